/* organization.domain, domain.seen: which domains an organization claims, and who found
 * its line there. No rule asks DNS: programs look, and organizations state what they saw.
 */

#include "base/clock.h"
#include "ledger/judge.h"

/* The claim that stands, by its place in the row's "domains"; SIZE_MAX: there is none. */
static size_t claim_of(const json_t *org, struct bytes domain)
{
    const json_t *item;

    judge_each(i, item, json_object_get(org, "domains"))
    {
        if (bytes_eq(json_member(item, "domain"), domain))
            return i;
    }
    return SIZE_MAX;
}

static size_t find_claim(struct judge *j)
{
    return claim_of(judge_org(j, judge_field(j, "org")), judge_field(j, "domain"));
}

static enum status refuse_unclaimed(struct judge *j)
{
    return REFUSE(j, RULE_SUBJECT_UNKNOWN,
                  "domain: expected one that " BYTES_FMT " claims, found " BYTES_FMT,
                  BYTES_ARG(judge_field(j, "org")), BYTES_ARG(judge_field(j, "domain")));
}

/* --- claimed ------------------------------------------------------------------------ */

enum status domain_subject(struct judge *j)
{
    bool ends = json_is_true(judge_json(j, "ended"));

    if (organization_found(j) != STATUS_OK)
        return STATUS_REFUSED;
    if (ends)
        return find_claim(j) != SIZE_MAX ? STATUS_OK : refuse_unclaimed(j);
    if (find_claim(j) == SIZE_MAX)
        return STATUS_OK;
    return REFUSE(j, RULE_SUBJECT_EXISTS,
                  "domain: expected a new one, but " BYTES_FMT " claims " BYTES_FMT
                  " already",
                  BYTES_ARG(judge_field(j, "org")), BYTES_ARG(judge_field(j, "domain")));
}

static void claim(struct judge *j, json_t *row)
{
    json_t *fresh = json_object();

    state_share(j->state, fresh, "domain", j->record->json);
    state_set_int(j->state, fresh, "record", j->number);
    state_set(j->state, fresh, "seen", json_array());
    if (json_object_get(row, "domains") == NULL)
        state_set(j->state, row, "domains", json_array());
    state_push(j->state, state_own(j->state, row, "domains"), fresh);
}

enum status organization_domain_judge(struct judge *j)
{
    size_t at = find_claim(j);
    json_t *row;

    if (judge_demand_itself(j) != STATUS_OK)
        return STATUS_REFUSED;
    row = state_edit(j->state, judge_org_row(j, judge_field(j, "org")));
    state_set_int(j->state, row, "changed", j->number);
    if (at == SIZE_MAX) {
        claim(j, row);
        return STATUS_OK;
    }
    (void)json_array_remove(state_own(j->state, row, "domains"), at);
    if (json_array_size(json_object_get(row, "domains")) == 0)
        (void)json_object_del(row, "domains");
    return STATUS_OK;
}

/* --- seen --------------------------------------------------------------------------- */

enum status domain_claimed(struct judge *j)
{
    if (organization_found(j) != STATUS_OK)
        return STATUS_REFUSED;
    return find_claim(j) != SIZE_MAX ? STATUS_OK : refuse_unclaimed(j);
}

/* Who looks belongs to a network, and looks for another; nobody saw what is to come. */
static enum status demand_witness(struct judge *j)
{
    struct bytes org = judge_field(j, "org"), on = judge_field(j, "on");
    struct buf at = { 0 };
    enum status st = STATUS_OK;

    if (bytes_eq(org, j->st->org))
        st = REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                    "expected another than " BYTES_FMT ", whose domain it is, as author",
                    BYTES_ARG(org));
    else if (json_array_size(json_object_get(judge_org(j, j->st->org), "networks")) == 0)
        st = REFUSE(j, RULE_AUTHOR_NOT_A_MEMBER,
                    "expected a member of some network as author, found " BYTES_FMT,
                    BYTES_ARG(j->st->org));
    if (st != STATUS_OK)
        return st;
    time_print(j->st->at, &at);
    if (bytes_cmp(on, bytes_slice(buf_bytes(&at), 0, on.len)) > 0)
        st = REFUSE(j, RULE_FIELD_VALUE,
                    "on: expected a day not after that of at, found " BYTES_FMT,
                    BYTES_ARG(on));
    buf_clear(&at);
    return st;
}

/* The newest of each witness and method counts: that of the latest day, among equals the
 * later in the log. */
static void see(struct judge *j, json_t *seen)
{
    const json_t *item;
    json_t *own = NULL;

    judge_each(i, item, seen)
    {
        if (bytes_eq(json_member(item, "org"), j->st->org) &&
            bytes_eq(json_member(item, "method"), judge_field(j, "method"))) {
            if (bytes_cmp(json_member(item, "on"), judge_field(j, "on")) > 0)
                return;
            own = state_own_at(j->state, seen, i);
        }
    }
    if (own == NULL) {
        own = json_object();
        state_set(j->state, own, "org", json_of(j->st->org));
        state_share(j->state, own, "method", j->record->json);
        state_push(j->state, seen, own);
    }
    state_share(j->state, own, "on", j->record->json);
    state_share(j->state, own, "found", j->record->json);
    state_set_int(j->state, own, "record", j->number);
}

enum status domain_seen_judge(struct judge *j)
{
    struct state *s = j->state;
    size_t at = find_claim(j);
    json_t *row;

    if (demand_witness(j) != STATUS_OK)
        return STATUS_REFUSED;
    row = state_edit(s, judge_org_row(j, judge_field(j, "org")));
    see(j, state_own(s, state_own_at(s, state_own(s, row, "domains"), at), "seen"));
    return STATUS_OK;
}
