/* Which of the outbox wait for which, and telling it. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/shown.h"
#include "node/outbox_internal.h"

#define ID_DIGITS_MIN 8

/* --- what builds on what ---------------------------------------------------------- */

/* The member by which a record makes something that others can name. */
static struct bytes made_by(const struct record *r)
{
    if (r->kind == KIND_ORGANIZATION_LISTED || r->kind == KIND_ORGANIZATION_REGISTERED)
        return json_member(r->json, "org");
    if (r->kind == KIND_NETWORK_CHARTERED)
        return json_member(r->json, "network");
    return json_member(r->json, "id");
}

/* Somewhere in the value is a string that is `name`, or refers to that statement. */
static bool names(const json_t *value, struct bytes name, const char *statement)
{
    const json_t *item;
    const char *key;
    size_t i;
    bool found = false;

    if (json_is_string(value))
        return (name.len > 0 && bytes_eq(json_bytes(value), name)) ||
               strstr(json_string_value(value), statement) != NULL;
    json_object_foreach((json_t *)(uintptr_t)value, key, item) found =
        found || names(item, name, statement);
    json_array_foreach(value, i, item) found = found || names(item, name, statement);
    return found;
}

static const char *common_name(const struct statement *later,
                               const struct statement *earlier)
{
    struct buf id = { 0 };
    const char *found = NULL;

    statement_id_print(earlier, &id);
    for (size_t e = 0; !id.bad && found == NULL && e < earlier->n; e++) {
        struct bytes name = made_by(&earlier->records[e]);

        for (size_t k = 0; found == NULL && k < later->n; k++)
            if (names(later->records[k].json, name, buf_str(&id)))
                found = name.len > 0 ? (const char *)name.ptr : "what it names";
    }
    buf_clear(&id);
    return found;
}

static bool same_batch(const struct outbox_item *a, const struct outbox_item *b)
{
    struct bytes batch = json_member(a->about, "batch");

    return batch.len > 0 && bytes_eq(batch, json_member(b->about, "batch"));
}

static bool is_one_key(const struct statement *a, const struct statement *b)
{
    return bytes_eq(a->org, b->org) && a->key_id == b->key_id;
}

/* Does it wait because of one before it? */
static bool waits_behind(struct outbox_item *i, const struct outbox_item *before)
{
    const struct statement *s = i->statement, *b = before->statement;

    i->named = common_name(s, b);
    if (i->named != NULL)
        i->reason = OUTBOX_NAMES;
    else if (same_batch(i, before))
        i->reason = OUTBOX_FILE;
    else if (before->state == OUTBOX_WAITS && is_one_key(s, b))
        i->reason = OUTBOX_NUMBER;
    else if (before->state == OUTBOX_SENDING && is_one_key(s, b))
        i->reason = OUTBOX_ORDER;
    else
        return false;
    return true;
}

static enum outbox_state state_of(const struct outbox_item *i)
{
    if (i->state == OUTBOX_GONE)
        return OUTBOX_GONE;
    if (i->claimed)
        return OUTBOX_SENDING;
    return json_object_get(i->about, "refused") != NULL ? OUTBOX_REFUSED : OUTBOX_READY;
}

/* Each looks at those before it: at what was refused or is sent by others, and at what
 * waits for that. */
void outbox_tell_states(struct outbox *o)
{
    for (size_t k = 0; k < o->n; k++) {
        struct outbox_item *i = &o->items[k];

        i->state = state_of(i);
        for (size_t e = 0; e < k && i->state == OUTBOX_READY; e++) {
            const struct outbox_item *before = &o->items[e];

            if (before->state == OUTBOX_READY || before->state == OUTBOX_GONE ||
                !waits_behind(i, before))
                continue;
            i->state = OUTBOX_WAITS;
            i->behind = before->state == OUTBOX_WAITS ? before->behind : e;
        }
    }
}

bool outbox_goes(const struct outbox *o, const struct outbox_item *i)
{
    return i->state == OUTBOX_READY || i->state == OUTBOX_SENDING ||
           (i->state == OUTBOX_WAITS && o->items[i->behind].state == OUTBOX_SENDING);
}

struct outbox_item *outbox_find(struct outbox *o, struct bytes id)
{
    struct outbox_item *found = NULL;

    for (size_t i = 0; id.len >= ID_DIGITS_MIN && i < o->n; i++) {
        struct buf hex = { 0 };
        bool is;

        statement_id_print(o->items[i].statement, &hex);
        is = bytes_starts(buf_bytes(&hex), id);
        buf_clear(&hex);
        if (is && found != NULL)
            return NULL;
        if (is)
            found = &o->items[i];
    }
    return found;
}

enum status outbox_refuse(struct outbox *o, size_t item, const struct submitted *sub)
{
    struct outbox_item *i = &o->items[item];
    struct buf at = { 0 };
    json_t *refused;

    time_print(clock_now_s(), &at);
    refused = json_pack("{s:s, s:s, s:i, s:s}", "rule", sub->rule, "text", sub->text,
                        "line", (int)sub->line, "at", buf_str(&at));
    buf_clear(&at);
    if (i->about == NULL)
        i->about = json_object();
    if (json_object_set_new(i->about, "refused", refused) != 0)
        return STATUS_NOMEM;
    outbox_tell_states(o);
    return outbox_write_about(i->path, i->about);
}

/* --- telling ---------------------------------------------------------------------- */

static const char *state_name(enum outbox_state s)
{
    switch (s) {
    case OUTBOX_READY:
        return "ready";
    case OUTBOX_SENDING:
        return "sending";
    case OUTBOX_REFUSED:
        return "refused";
    case OUTBOX_GONE:
        return "gone";
    case OUTBOX_WAITS:
        break;
    }
    return "waits";
}

void outbox_why(const struct outbox_item *i, struct buf *out)
{
    switch (i->reason) {
    case OUTBOX_NAMES:
        buf_printf(out, "it names %s", i->named);
        break;
    case OUTBOX_FILE:
        buf_text(out, "it is of the same file");
        break;
    case OUTBOX_NUMBER:
        buf_text(out, "it has a higher seq than another that waits for that, and would "
                      "make it stale");
        break;
    case OUTBOX_ORDER:
        buf_text(out, "it has a higher seq of the same key");
        break;
    }
}

json_t *outbox_json(const struct outbox *o, const struct outbox_item *i)
{
    const struct statement *s = i->statement;
    struct buf id = { 0 }, at = { 0 };
    json_t *out, *records = json_array(), *refused = json_object_get(i->about, "refused");

    statement_id_print(s, &id);
    time_print(s->at, &at);
    for (size_t k = 0; k < s->n; k++)
        json_array_append(records, s->records[k].json);
    out = json_pack("{s:s, s:s, s:o, s:I, s:s, s:o}", "statement", buf_str(&id), "state",
                    state_name(i->state), "org", json_of(s->org), "seq",
                    (json_int_t)s->seq, "at", buf_str(&at), "records", records);
    if (out != NULL && refused != NULL)
        json_object_set(out, "refused", refused);
    if (out != NULL && i->state == OUTBOX_WAITS) {
        buf_reset(&id);
        statement_id_print(o->items[i->behind].statement, &id);
        json_object_set_new(out, "waits_for", json_string(buf_str(&id)));
        buf_reset(&at);
        outbox_why(i, &at);
        json_object_set_new(out, "because", json_of(buf_bytes(&at)));
    }
    buf_clear(&id);
    buf_clear(&at);
    return out;
}

static void short_id(const struct statement *s, struct buf *out)
{
    hex_encode((struct bytes){ s->id.b, ID_DIGITS_MIN / 2 }, out);
}

void outbox_line(const struct outbox *o, const struct outbox_item *i, struct buf *out)
{
    const json_t *refused = json_object_get(i->about, "refused");

    short_id(i->statement, out);
    buf_printf(out, "  seq %llu  ", (unsigned long long)i->statement->seq);
    switch (i->state) {
    case OUTBOX_READY:
        buf_text(out, "is sent when the broker is in reach");
        break;
    case OUTBOX_SENDING:
        buf_text(out, "is being sent by another process");
        break;
    case OUTBOX_GONE:
        buf_text(out, "is gone");
        break;
    case OUTBOX_REFUSED:
        buf_text(out, "refused: ");
        shown_text(json_member(refused, "rule"), out);
        buf_text(out, ": ");
        shown_text(json_member(refused, "text"), out);
        break;
    case OUTBOX_WAITS:
        buf_text(out, "waits until it is decided about ");
        short_id(o->items[i->behind].statement, out);
        buf_text(out, ": ");
        outbox_why(i, out);
        break;
    }
}
