/* record.confirmed, .disputed, .settled, .voided: what is said of an earlier record, of
 * whatever kind it is. mark.h has where it is kept. */

#include <string.h>

#include "base/codec.h"
#include "ledger/agreement.h"
#include "ledger/mark.h"
#include "ledger/pledge.h"
#include "record/field.h"

/* The record that is spoken of. Its JSON is borrowed anew by whoever needs it: reading
 * another record may take its place. */
struct target {
    struct told told;
    uint64_t number;
    enum kind kind;
    struct bytes author;
};

/* --- the rows ------------------------------------------------------------------------
 */

struct row *mark_row(struct judge *j, uint64_t number)
{
    char key[48];

    snprintf(key, sizeof(key), "%llu/%u", (unsigned long long)RECORD_INDEX(number),
             RECORD_N(number));
    return judge_row(j, STORE_MARK, bytes_of(key));
}

static size_t open_disputes(const json_t *mark)
{
    const json_t *item;
    size_t n = 0;

    judge_each(i, item, json_object_get(mark, "disputes"))
    {
        n += json_object_get(item, "settled") == NULL;
    }
    return n;
}

bool mark_is_disputed(struct judge *j, uint64_t number)
{
    return open_disputes(state_json(mark_row(j, number))) > 0;
}

bool mark_terms_disputed(struct judge *j, const json_t *subject)
{
    const json_t *item;

    /* Few have any, and others need not look. */
    if (json_object_get(subject, "disputes") == NULL)
        return false;
    if (mark_is_disputed(j,
                         (uint64_t)json_integer_value(json_object_get(subject, "terms"))))
        return true;
    judge_each(i, item, json_object_get(subject, "earlier"))
    {
        json_t *record = json_object_get(item, "record");

        if (json_is_true(json_object_get(item, "held")) &&
            mark_is_disputed(j, (uint64_t)json_integer_value(record)))
            return true;
    }
    return false;
}

static json_t *mark_edit(struct judge *j, const struct target *t)
{
    struct row *r = mark_row(j, t->number);
    json_t *mark;

    if (state_json(r) != NULL)
        return state_edit(j->state, r);
    mark = json_object();
    state_set_int(j->state, mark, "record", t->number);
    if (j->subject != NULL)
        state_set(j->state, mark, "subject",
                  json_of(json_member(state_json(j->subject), "id")));
    state_set(j->state, mark, "confirmed", json_array());
    state_set(j->state, mark, "disputes", json_array());
    if (r != NULL)
        state_put(j->state, r, mark);
    return mark;
}

/* --- finding it ----------------------------------------------------------------------
 */

static bool find(struct judge *j, struct target *t)
{
    struct reference ref;

    if (reference_parse(judge_field(j, "ref"), &ref) != STATUS_OK ||
        ref.index >= j->index || ref.n < 1 || ref.n > RECORDS_MAX)
        return false;
    t->number = RECORD_NUMBER(ref.index, ref.n);
    if (judge_told(j, t->number, &t->told) == NULL ||
        memcmp(t->told.id.b, ref.statement, HASH_LEN) != 0)
        return false;
    t->author = json_member(t->told.header, "org");
    return kind_find(json_member(t->told.record, "is"), &t->kind);
}

enum status record_found(struct judge *j)
{
    struct target t;
    struct row *r;

    if (!find(j, &t))
        return REFUSE(j, RULE_REF_UNKNOWN,
                      "ref: expected an earlier record, found " BYTES_FMT,
                      BYTES_ARG(judge_field(j, "ref")));
    if (json_object_get(t.told.record, "id") != NULL) {
        r = judge_subject_row(j, json_member(t.told.record, "id"));
        j->subject = state_json(r) != NULL ? r : NULL;
    } else if (json_object_get(t.told.record, "ref") != NULL) {
        /* Said of what was said: about the same subject, as the mark of that has it. */
        struct reference ref;

        if (reference_parse(json_member(t.told.record, "ref"), &ref) == STATUS_OK) {
            struct bytes id = json_member(
                state_json(mark_row(j, RECORD_NUMBER(ref.index, ref.n))), "subject");

            j->subject = id.len > 0 ? judge_subject_row(j, id) : NULL;
        }
    }
    return STATUS_OK;
}

/* --- who may -------------------------------------------------------------------------
 */

static bool form_says(const struct form *form, const json_t *object, struct bytes org);

static bool value_says(const struct field *f, const json_t *value, struct bytes org)
{
    const json_t *item;

    if (json_is_string(value))
        return field_names_org(f) && bytes_eq(json_bytes(value), org);
    if (json_is_object(value))
        return (f->check == field_object || f->check == field_set) &&
               form_says(f->form, value, org);
    judge_each(i, item, value)
    {
        if (value_says(f, item, org))
            return true;
    }
    return false;
}

/* It stands in a field whose values are organizations: a text, a code or an id of another
 * sort names nobody, whatever it spells. */
static bool form_says(const struct form *form, const json_t *object, struct bytes org)
{
    json_t *o = (json_t *)object; /* jansson's iterators take no const */

    for (void *it = json_object_iter(o); it != NULL; it = json_object_iter_next(o, it)) {
        const struct field *f = form_member(form, json_object_iter_key(it));

        if (f != NULL && value_says(f, json_object_iter_value(it), org))
            return true;
    }
    return false;
}

/* In the record, or as a party of what it is about: a disbursement says only the pledge.
 */
static bool names(struct judge *j, const struct target *t, struct bytes org)
{
    const json_t *subject = state_json(j->subject);
    size_t party;

    return form_says(kind_form(t->kind), t->told.record, org) ||
           amendment_answered(subject, org, &party) != NULL ||
           subject_party(subject, org) != SIZE_MAX;
}

static bool convenes(struct judge *j)
{
    const json_t *item, *row = judge_org(j, j->st->org);

    judge_each(i, item, json_object_get(row, "networks"))
    {
        if (judge_is_convener(state_json(judge_row(j, STORE_NETWORK, json_bytes(item))),
                              j->st->org))
            return true;
    }
    return false;
}

/* *who: for whom the author speaks. */
static enum status demand_named(struct judge *j, const struct target *t,
                                struct bytes *who)
{
    struct bytes behalf = judge_field(j, "on_behalf");

    *who = behalf.len > 0 ? behalf : j->st->org;
    if (behalf.len > 0 && !convenes(j))
        return REFUSE(
            j, RULE_AUTHOR_NOT_ALLOWED,
            "on_behalf: expected an active convener as author, found " BYTES_FMT,
            BYTES_ARG(j->st->org));
    if (behalf.len > 0 && judge_demand_org(j, behalf, "on_behalf") != STATUS_OK)
        return STATUS_REFUSED;
    if (behalf.len > 0 && !judge_keyless(judge_org(j, behalf)))
        return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                      "on_behalf: expected an organization without keys, but " BYTES_FMT
                      " can speak for itself",
                      BYTES_ARG(behalf));
    if (bytes_eq(*who, t->author))
        return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                      "ref: expected a record of another, but it is by " BYTES_FMT,
                      BYTES_ARG(t->author));
    if (names(j, t, *who))
        return STATUS_OK;
    return REFUSE(j, RULE_AUTHOR_NOT_A_PARTY,
                  "ref: expected a record that names " BYTES_FMT, BYTES_ARG(*who));
}

/* --- confirmed -----------------------------------------------------------------------
 */

/* The item of that organization in a list of the mark, one's own; a new one if need be.
 */
static json_t *item_edit(struct judge *j, json_t *mark, const char *list,
                         struct bytes org)
{
    json_t *own = state_own(j->state, mark, list), *fresh;
    const json_t *item;

    judge_each(i, item, own)
    {
        if (bytes_eq(json_member(item, "org"), org))
            return state_own_at(j->state, own, i);
    }
    fresh = json_object();
    state_set(j->state, fresh, "org", json_of(org));
    state_push(j->state, own, fresh);
    return fresh;
}

enum status record_confirmed_judge(struct judge *j)
{
    struct target t;
    struct bytes who;
    json_t *item;

    if (!find(j, &t))
        return STATUS_REFUSED;
    if (demand_named(j, &t, &who) != STATUS_OK)
        return STATUS_REFUSED;
    item = item_edit(j, mark_edit(j, &t), "confirmed", who);
    state_set_int(j->state, item, "record", j->number);
    return STATUS_OK;
}

/* --- disputed, settled ---------------------------------------------------------------
 */

static bool is_transaction(enum kind k)
{
    return k == KIND_PLEDGE_COMMITTED || k == KIND_PLEDGE_DECOMMITTED ||
           k == KIND_PLEDGE_DISBURSED || k == KIND_PLEDGE_RECEIVED ||
           k == KIND_PLEDGE_REFUNDED || k == KIND_PLEDGE_SPENT;
}

static struct row *transaction_of(struct judge *j, const struct target *t)
{
    if (!is_transaction(t->kind))
        return NULL;
    return pledge_transaction(j, t->author, json_member(t->told.record, "tx"));
}

/* A record of the subject began, or ceased, to be disputed. */
static enum status follow(struct judge *j, const struct target *t, bool disputed)
{
    json_t *subject;
    json_int_t n;

    if (j->subject == NULL)
        return STATUS_OK;
    subject = subject_edit(j);
    n = json_integer_value(json_object_get(subject, "disputes")) + (disputed ? 1 : -1);
    if (n > 0)
        state_set_int(j->state, subject, "disputes", (uint64_t)n);
    else
        (void)json_object_del(subject, "disputes");
    if (judge_is(subject, "kind", "pledge"))
        return pledge_restate(j, transaction_of(j, t), "disputed",
                              disputed ? json_true() : NULL);
    agreement_settle(j, subject);
    return STATUS_OK;
}

enum status record_disputed_judge(struct judge *j)
{
    struct target t;
    struct bytes who;
    bool before;
    json_t *item;

    if (!find(j, &t))
        return STATUS_REFUSED;
    if (demand_named(j, &t, &who) != STATUS_OK)
        return STATUS_REFUSED;
    before = mark_is_disputed(j, t.number);
    item = item_edit(j, mark_edit(j, &t), "disputes", who);
    state_set(j->state, item, "by", json_of(j->st->org));
    state_set_int(j->state, item, "record", j->number);
    (void)json_object_del(item, "settled");
    return before ? STATUS_OK : follow(j, &t, true);
}

static const json_t *dispute_of(const json_t *mark, struct bytes who)
{
    const json_t *item;

    judge_each(i, item, json_object_get(mark, "disputes"))
    {
        if (bytes_eq(json_member(item, "org"), who) &&
            json_object_get(item, "settled") == NULL)
            return item;
    }
    return NULL;
}

enum status record_settled_judge(struct judge *j)
{
    struct target t;
    struct bytes who;
    json_t *item;

    if (!find(j, &t))
        return STATUS_REFUSED;
    if (demand_named(j, &t, &who) != STATUS_OK)
        return STATUS_REFUSED;
    if (dispute_of(state_json(mark_row(j, t.number)), who) == NULL)
        return REFUSE(j, RULE_LIFE_STATE,
                      "ref: expected a record that " BYTES_FMT " disputes",
                      BYTES_ARG(who));
    item = item_edit(j, mark_edit(j, &t), "disputes", who);
    state_set_int(j->state, item, "settled", j->number);
    return mark_is_disputed(j, t.number) ? STATUS_OK : follow(j, &t, false);
}

/* --- voided --------------------------------------------------------------------------
 */

static enum status demand_voidable(struct judge *j, const struct target *t)
{
    if (!is_transaction(t->kind) && t->kind != KIND_COMMITMENT_PROGRESSED)
        return REFUSE(j, RULE_SUBJECT_KIND,
                      "ref: expected a transaction or a progress report, but it is a %s",
                      kind_name(t->kind));
    if (!bytes_eq(j->st->org, t->author))
        return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                      "expected its author, " BYTES_FMT ", found " BYTES_FMT,
                      BYTES_ARG(t->author), BYTES_ARG(j->st->org));
    if (json_object_get(state_json(mark_row(j, t->number)), "voided") != NULL)
        return REFUSE(j, RULE_LIFE_STATE,
                      "ref: expected a record that is not void, but it is");
    return STATUS_OK;
}

enum status record_voided_judge(struct judge *j)
{
    struct target t;

    if (!find(j, &t))
        return STATUS_REFUSED;
    if (demand_voidable(j, &t) != STATUS_OK)
        return STATUS_REFUSED;
    state_set_int(j->state, mark_edit(j, &t), "voided", j->number);
    if (is_transaction(t.kind)) {
        json_t *number = json_integer((json_int_t)j->number);

        if (number == NULL)
            state_fail(j->state, STATUS_NOMEM);
        return pledge_restate(j, transaction_of(j, &t), "voided", number);
    }
    commitment_forget_report(j, subject_edit(j), t.told.record, t.number);
    return STATUS_OK;
}
