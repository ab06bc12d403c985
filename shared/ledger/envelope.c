/* The judgement of a statement as a whole, in the order of docs/formats.md 2: log, known
 * already, whether the log goes on, entry 0, keys known, signatures, keys active, seq,
 * at, before.
 */

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "ledger/judge.h"

#define HEADER_LINE 2

/* Version line, header, records and a blank line stand above the first signature. */
static unsigned signature_line(const struct statement *st, size_t i)
{
    return (unsigned)(st->n + 4 + i);
}

static struct row *author_key(struct judge *j)
{
    return judge_key_row(j, j->st->org, j->st->key_id);
}

static uint64_t integer(const json_t *row, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(row, name));
}

static bool is_statement_key(const json_t *key)
{
    return key != NULL && integer(key, "type") == KEY_ED25519;
}

/* --- known already ----------------------------------------------------------------- */

/* The stored note's text is `text`: a blank line follows, which no statement contains. */
static bool same_text(struct bytes note, struct bytes text)
{
    return bytes_starts(note, text) && note.len > text.len && note.ptr[text.len] == '\n';
}

static bool is_known(struct judge *j, entry_text_fn *find, void *ctx, uint64_t *index)
{
    struct row *key = author_key(j);
    const json_t *row = state_json(key);
    struct buf note = { 0 };
    enum status st;
    bool same;

    if (!is_statement_key(row) || integer(row, "count") == 0 ||
        j->st->seq > integer(row, "seq"))
        return false;
    st = find(ctx, key, j->st->seq, index, &note);
    same = st == STATUS_OK && same_text(buf_bytes(&note), j->st->text);
    if (st != STATUS_OK && st != STATUS_NOT_FOUND)
        state_fail(j->state, st);
    buf_clear(&note);
    return same;
}

/* --- entry 0 ----------------------------------------------------------------------- */

static enum status refuse_zero(struct judge *j, unsigned line, const char *expected)
{
    return refuse(j->why, RULE_ENTRY_ZERO, line, "expected %s, found %s", expected,
                  kind_name(j->st->records[line - 3].kind));
}

/* That the origin is the header's log, record/ has seen. */
static enum status judge_charter(struct judge *j)
{
    const struct statement *st = j->st;

    if (st->records[0].kind != KIND_LOG_CHARTERED)
        return refuse_zero(j, 3, "log.chartered as the first record of a log");
    for (size_t i = 1; i < st->n; i++)
        if (st->records[i].kind != KIND_ORGANIZATION_REGISTERED &&
            st->records[i].kind != KIND_NETWORK_CHARTERED)
            return refuse_zero(j, st->records[i].n + 2,
                               "only organization.registered and network.chartered "
                               "behind log.chartered");
    return STATUS_OK;
}

static enum status judge_zero(struct judge *j)
{
    if (judge_founding(j))
        return judge_charter(j);
    for (size_t i = 0; i < j->st->n; i++)
        if (j->st->records[i].kind == KIND_LOG_CHARTERED)
            return refuse_zero(j, j->st->records[i].n + 2,
                               "log.chartered in entry 0 only");
    return STATUS_OK;
}

/* A key that one of the charter's own organization.registered records states. */
static bool charter_states(const struct statement *st, struct bytes org, uint32_t key_id,
                           struct verifier_key *out)
{
    const json_t *item;

    for (size_t i = 0; i < st->n; i++) {
        if (st->records[i].kind != KIND_ORGANIZATION_REGISTERED ||
            !bytes_eq(json_member(st->records[i].json, "org"), org))
            continue;
        judge_each(k, item, json_object_get(st->records[i].json, "keys"))
        {
            if (verifier_key_parse(json_member(item, "key"), out) == STATUS_OK &&
                out->id == key_id && out->type == KEY_ED25519)
                return true;
        }
    }
    return false;
}

/* --- keys and signatures ----------------------------------------------------------- */

static bool find_key(struct judge *j, const struct statement_signature *sig,
                     uint8_t pub[PUBLIC_KEY_LEN], const json_t **row)
{
    struct verifier_key vk;

    *row = NULL;
    if (judge_founding(j)) {
        if (!charter_states(j->st, sig->org, sig->key_id, &vk))
            return false;
        memcpy(pub, vk.pub, PUBLIC_KEY_LEN);
        return true;
    }
    *row = state_json(judge_key_row(j, sig->org, sig->key_id));
    return is_statement_key(*row) &&
           hex_decode(json_member(*row, "pub"), pub, PUBLIC_KEY_LEN) == STATUS_OK;
}

struct signer {
    const json_t *key; /* NULL in entry 0 */
    uint8_t pub[PUBLIC_KEY_LEN];
};

static enum status refuse_signature(struct judge *j, size_t i, enum rule rule,
                                    const char *expected, const char *found)
{
    const struct statement_signature *sig = &j->st->sigs[i];

    return refuse(j->why, rule, signature_line(j->st, i),
                  "expected %s, found key %08x of " BYTES_FMT "%s", expected, sig->key_id,
                  BYTES_ARG(sig->org), found);
}

static enum status refuse_inactive(struct judge *j, size_t i, const json_t *key)
{
    const json_t *revoked = json_object_get(key, "revoked");
    char what[160];

    if (revoked != NULL)
        snprintf(what, sizeof(what), ", which was revoked in entry %llu (" BYTES_FMT ")",
                 (unsigned long long)RECORD_INDEX(integer(revoked, "record")),
                 BYTES_ARG(json_member(revoked, "reason")));
    else if (j->index < integer(key, "since"))
        snprintf(what, sizeof(what), ", which signs from entry %llu on",
                 (unsigned long long)integer(key, "since"));
    else
        snprintf(what, sizeof(what), ", which signed up to entry %llu",
                 (unsigned long long)integer(key, "until") - 1);
    return refuse_signature(j, i, RULE_KEY_INACTIVE, "a key that is active", what);
}

static bool verifies(const struct statement *st, size_t i, const struct signer *signer)
{
    switch (st->sigs[i].verdict) {
    case VERDICT_GOOD:
        return true;
    case VERDICT_BAD:
        return false;
    case VERDICT_UNCHECKED:
        break;
    }
    return signature_verify(signer->pub, st->text, st->sigs[i].sig);
}

/* All keys known, then all signatures good, then all keys active. */
static enum status judge_signatures(struct judge *j)
{
    const struct statement *st = j->st;
    struct signer signers[STATEMENT_SIGNATURES_MAX];

    for (size_t i = 0; i < st->n_sigs; i++)
        if (!find_key(j, &st->sigs[i], signers[i].pub, &signers[i].key))
            return refuse_signature(j, i, RULE_KEY_UNKNOWN,
                                    judge_founding(j) ? "a key that entry 0 states"
                                                      : "a key that the log states",
                                    "");
    for (size_t i = 0; i < st->n_sigs; i++)
        if (!verifies(st, i, &signers[i]))
            return refuse_signature(j, i, RULE_SIGNATURE_BAD, "a signature that verifies",
                                    ", which did not sign this text");
    for (size_t i = 0; i < st->n_sigs; i++) {
        const json_t *kinds = json_object_get(signers[i].key, "kinds");

        if (signers[i].key != NULL && !key_active(signers[i].key, j->index))
            return refuse_inactive(j, i, signers[i].key);
        if (json_array_size(kinds) > 0)
            j->limits[j->n_limits++] = kinds;
    }
    return STATUS_OK;
}

/* --- seq, at, before --------------------------------------------------------------- */

static enum status refuse_at(struct judge *j, int64_t last)
{
    struct buf expected = { 0 }, found = { 0 };

    time_print(last, &expected);
    time_print(j->st->at, &found);
    (void)refuse(j->why, RULE_AT_EARLIER, HEADER_LINE,
                 "at: expected not before %s, that of the key's last statement, found %s",
                 buf_str(&expected), buf_str(&found));
    buf_clear(&expected);
    buf_clear(&found);
    return STATUS_REFUSED;
}

static enum status judge_place(struct judge *j)
{
    const struct statement *st = j->st;
    const json_t *row = state_json(author_key(j));

    if (integer(row, "count") > 0 && st->seq <= integer(row, "seq"))
        return refuse(
            j->why, RULE_SEQ_STALE, HEADER_LINE, "seq: expected above %llu, found %llu",
            (unsigned long long)integer(row, "seq"), (unsigned long long)st->seq);
    if (integer(row, "count") > 0 &&
        st->at < json_integer_value(json_object_get(row, "at")))
        return refuse_at(j, json_integer_value(json_object_get(row, "at")));
    if (j->index >= st->before)
        return refuse(
            j->why, RULE_BEFORE_PASSED, HEADER_LINE,
            "before: expected an entry below %llu, found that this would be %llu",
            (unsigned long long)st->before, (unsigned long long)j->index);
    return STATUS_OK;
}

enum status envelope_judge(struct judge *j, struct bytes origin, entry_text_fn *find,
                           void *ctx, bool *known, uint64_t *index)
{
    enum status st = STATUS_OK;

    assert(j->st->n > 0 && j->st->n_sigs > 0);
    *known = false;
    if (!judge_founding(j) && !bytes_eq(j->st->log, origin))
        return refuse(j->why, RULE_HEADER_LOG, HEADER_LINE,
                      "log: expected " BYTES_FMT ", found " BYTES_FMT, BYTES_ARG(origin),
                      BYTES_ARG(j->st->log));
    *known = is_known(j, find, ctx, index);
    if (*known)
        return STATUS_OK;
    st = log_judge(j);
    if (st == STATUS_OK)
        st = judge_zero(j);
    if (st == STATUS_OK)
        st = judge_signatures(j);
    if (st == STATUS_OK)
        st = judge_place(j);
    return st;
}

void envelope_apply(struct judge *j)
{
    json_t *row = state_edit(j->state, author_key(j));

    state_set_int(j->state, row, "seq", j->st->seq);
    state_set(j->state, row, "at", json_integer(j->st->at));
    state_set_int(j->state, row, "head", j->index);
    state_set_int(j->state, row, "count", integer(row, "count") + 1);
}
