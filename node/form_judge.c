/* The verdict before the signature: the rules, on the local replica. */
#include <string.h>

#include "base/say.h"
#include "ledger/ledger.h"
#include "ledger/rows.h"
#include "node/form.h"
#include "node/outbox.h"
#include "node/pending.h"

/* --- judging ---------------------------------------------------------------------- */

/* A key that the organization could sign with; none: the rules will say so. */
static enum status some_key(struct store *s, struct bytes org, uint32_t *id)
{
    json_t *row = NULL, *key;
    struct buf name = { 0 };
    const json_t *item;
    size_t i;
    enum status st;

    rows_org_key(org, &name);
    st = rows_find(s, STORE_ORGANIZATION, buf_bytes(&name), NULL, &row);
    json_array_foreach(json_object_get(row, "keys"), i, item)
    {
        const char *hex = json_string_value(item);
        unsigned value;

        if (hex == NULL || sscanf(hex, "%x", &value) != 1)
            continue;
        buf_reset(&name);
        rows_key_key(org, value, &name);
        if (rows_find(s, STORE_KEY, buf_bytes(&name), NULL, &key) != STATUS_OK)
            continue;
        if (json_object_get(key, "until") == NULL)
            *id = value;
        json_decref(key);
    }
    json_decref(row);
    buf_clear(&name);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

/* As if all had signed: whose line is lacking is given one of its keys. */
static enum status as_if_signed(struct store *s, struct pending *p)
{
    struct statement *st = p->statement;
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && i < st->n_sigs; i++) {
        if (!p->signed_[i])
            status = some_key(s, st->sigs[i].org, &st->sigs[i].key_id);
        st->sigs[i].verdict = VERDICT_GOOD;
    }
    return status;
}

static enum status judge(struct store *s, struct ledger *ledger, struct pending *p,
                         bool take, struct form_verdict *out)
{
    struct outcome o;
    enum status st = as_if_signed(s, p);

    if (st == STATUS_OK)
        st = take ? ledger_take(ledger, p->statement, &o)
                  : ledger_judge(ledger, p->statement, &o);
    if (st != STATUS_OK)
        return st;
    out->size = ledger_committed(ledger);
    out->accepted = o.type == OUTCOME_ACCEPTED;
    out->why = o.why;
    return STATUS_OK;
}

/* In a snapshot, with a ledger for this once, behind what waits in the outbox. */
static enum status judge_once(struct session *session, struct pending *p,
                              struct form_verdict *out)
{
    struct store *s = session->store;
    struct ledger *ledger = NULL;
    struct outbox o;
    enum status st = outbox_open(session->config.dir, OUTBOX_LOOK, &o);

    if (st == STATUS_OK)
        st = store_snapshot(s);
    if (st == STATUS_OK) {
        st = ledger_open(s, &ledger);
        if (st == STATUS_OK)
            st = outbox_take(&o, &p->statement->id, ledger);
        if (st == STATUS_OK)
            st = judge(s, ledger, p, false, out);
        ledger_close(ledger);
        store_release(s);
    }
    outbox_close(&o);
    return st;
}

/* A reference to a record that waits would name a place that is not known yet. */
static bool refers_ahead(const json_t *value, uint64_t size)
{
    struct reference r;
    const json_t *item;
    const char *key;
    size_t i;
    bool found = json_is_string(value) &&
                 reference_parse(json_bytes(value), &r) == STATUS_OK && r.index >= size;

    json_object_foreach((json_t *)(uintptr_t)value, key, item) found =
        found || refers_ahead(item, size);
    json_array_foreach(value, i, item) found = found || refers_ahead(item, size);
    return found;
}

static void check_references(const struct statement *s, struct form_verdict *out)
{
    for (size_t i = 0; out->accepted && i < s->n; i++) {
        if (!refers_ahead(s->records[i].json, out->size))
            continue;
        out->accepted = false;
        refuse(
            &out->why, RULE_REF_UNKNOWN, s->records[i].n + 2,
            "it refers to a record that waits in the outbox, whose place in the log is "
            "not known yet: say this when that was sent");
    }
}

static enum status judge_note(struct session *s, struct ledger *ledger, bool take,
                              struct bytes note, struct form_verdict *out)
{
    struct pending p;
    enum status st;

    *out = (struct form_verdict){ 0 };
    st = pending_open(note, s->config.log.name, &p, &out->why);
    if (st == STATUS_REFUSED)
        return STATUS_OK;
    if (st == STATUS_OK) {
        st = ledger != NULL ? judge(s->store, ledger, &p, take, out)
                            : judge_once(s, &p, out);
        if (st == STATUS_OK)
            check_references(p.statement, out);
        pending_clear(&p);
    }
    out->needs_others = !out->accepted && (out->why.rule == RULE_QUORUM_MISSING ||
                                           out->why.rule == RULE_AUTHOR_SIGNATURES);
    if (st != STATUS_OK)
        say_error("cannot read %s: %s", s->config.replica, status_text(st));
    return st;
}

enum status form_judge(struct session *s, struct ledger *ledger, struct bytes note,
                       struct form_verdict *out)
{
    return judge_note(s, ledger, false, note, out);
}

enum status form_judge_next(struct session *s, struct ledger *ledger, struct bytes note,
                            struct form_verdict *out)
{
    return judge_note(s, ledger, true, note, out);
}

/* --- hints ------------------------------------------------------------------------ */

/* The last word of the text, or what is quoted there, was found: "…, found 44001". */
static struct bytes found(const struct refusal *why)
{
    struct bytes word = bytes_of(why->text);
    size_t space;

    if (word.len > 0 && word.ptr[word.len - 1] == '"') {
        word.len--;
        while (bytes_find(word, '"', &space))
            word = bytes_slice(word, space + 1, word.len);
        return word;
    }
    while (bytes_find(word, ' ', &space))
        word = bytes_slice(word, space + 1, word.len);
    return word;
}

static void add_meant(const struct buf *near, const char *otherwise, struct buf *out)
{
    if (near->len > 0)
        buf_printf(out, "did you mean %s?", buf_str(near));
    else
        buf_text(out, otherwise);
}

static void nearest(struct store *s, enum store_table t, const struct refusal *why,
                    const char *otherwise, struct buf *out)
{
    struct buf near = { 0 };

    form_nearest(s, t, found(why), &near);
    add_meant(&near, otherwise, out);
    buf_clear(&near);
}

/* "expected a code of the list country, found "Zambia"" */
static void nearest_code(const struct refusal *why, struct buf *out)
{
    static const char before[] = "a code of the list ";
    const char *list = strstr(why->text, before);
    struct bytes name;
    struct buf near = { 0 };

    if (list == NULL)
        return;
    name = bytes_of(list + sizeof(before) - 1);
    name.len = strcspn((const char *)name.ptr, ",");
    form_nearest_code(name, found(why), &near);
    if (near.len > 0)
        add_meant(&near, "", out);
    buf_clear(&near);
}

/* Of all that has the form of an identifier only organizations can be listed. */
static bool is_about_org(const struct refusal *why)
{
    return why->rule == RULE_ORG_UNKNOWN ||
           (why->rule == RULE_SUBJECT_UNKNOWN &&
            strstr(why->text, "a listed or registered organization") != NULL) ||
           (why->rule == RULE_ID_FORM &&
            strstr(why->text, "an organization's identifier") != NULL);
}

bool form_hints(const struct refusal *why)
{
    return is_about_org(why) || why->rule == RULE_NETWORK_UNKNOWN ||
           why->rule == RULE_SUBJECT_UNKNOWN || why->rule == RULE_CODE_UNKNOWN;
}

void form_hint(struct store *s, const struct refusal *why, struct buf *out)
{
    if (is_about_org(why))
        nearest(s, STORE_ORGANIZATION, why,
                "`avow list organizations` shows those there are; one that is not there "
                "is listed first",
                out);
    else if (why->rule == RULE_NETWORK_UNKNOWN)
        nearest(s, STORE_NETWORK, why,
                "`avow list networks` shows the networks there are", out);
    else if (why->rule == RULE_SUBJECT_UNKNOWN)
        nearest(s, STORE_SUBJECT, why,
                "is the replica current? `avow sync`; `avow list` shows what there is",
                out);
    else if (why->rule == RULE_CODE_UNKNOWN)
        nearest_code(why, out);
}

void form_hint_refusal(struct store *s, const struct refusal *why)
{
    struct buf hint = { 0 };

    form_hint(s, why, &hint);
    if (hint.len > 0)
        say_hint("%s", buf_str(&hint));
    buf_clear(&hint);
}
