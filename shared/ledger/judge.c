#include "ledger/judge.h"

struct bytes judge_field(const struct judge *j, const char *name)
{
    return json_member(j->record->json, name);
}

const json_t *judge_json(const struct judge *j, const char *name)
{
    return json_object_get(j->record->json, name);
}

struct row *judge_row(struct judge *j, enum store_table t, struct bytes key)
{
    return state_row(j->state, t, key);
}

/* Frees the key. */
static struct row *row_by(struct judge *j, enum store_table t, struct buf *key)
{
    struct row *r = NULL;

    if (key->bad)
        state_fail(j->state, STATUS_NOMEM);
    else
        r = state_row(j->state, t, buf_bytes(key));
    buf_clear(key);
    return r;
}

struct row *judge_org_row(struct judge *j, struct bytes org)
{
    struct buf key = { 0 };

    rows_org_key(org, &key);
    return row_by(j, STORE_ORGANIZATION, &key);
}

struct row *judge_subject_row(struct judge *j, struct bytes id)
{
    struct buf key = { 0 };

    rows_subject_key(id, &key);
    return row_by(j, STORE_SUBJECT, &key);
}

struct row *judge_member_row(struct judge *j, struct bytes network, struct bytes org)
{
    struct buf key = { 0 };

    rows_member_key(network, org, &key);
    return row_by(j, STORE_MEMBER, &key);
}

struct row *judge_key_row(struct judge *j, struct bytes name, uint32_t id)
{
    struct buf key = { 0 };

    rows_key_key(name, id, &key);
    return row_by(j, STORE_KEY, &key);
}

bool judge_is(const json_t *object, const char *name, const char *value)
{
    return bytes_eq_text(json_member(object, name), value);
}

bool judge_signs(const struct judge *j, struct bytes org)
{
    bool signs = bytes_eq(j->st->org, org);

    for (size_t i = 0; !signs && i < j->st->n_with; i++)
        signs = bytes_eq(j->st->with[i], org);
    return signs;
}

bool judge_founding(const struct judge *j)
{
    return j->index == 0;
}

/* --- organizations and networks ---------------------------------------------------- */

const json_t *judge_org(struct judge *j, struct bytes org)
{
    const json_t *row = state_json(judge_org_row(j, org));

    return bytes_eq(json_member(row, "org"), org) ? row : NULL;
}

const json_t *judge_subject(struct judge *j, struct bytes id)
{
    const json_t *row = state_json(judge_subject_row(j, id));

    return bytes_eq(json_member(row, "id"), id) ? row : NULL;
}

bool judge_keyless(const json_t *org)
{
    return judge_is(org, "status", "listed") || judge_is(org, "status", "closed");
}

bool judge_is_member(struct judge *j, struct bytes network, struct bytes org)
{
    return judge_is(state_json(judge_member_row(j, network, org)), "status", "member");
}

static bool array_has(const json_t *array, struct bytes text)
{
    const json_t *item;

    judge_each(i, item, array) if (bytes_eq(json_bytes(item), text)) return true;
    return false;
}

bool judge_is_steward(struct judge *j, struct bytes org)
{
    const json_t *log = state_json(judge_row(j, STORE_LOG, BYTES_LIT("log")));

    return array_has(json_object_get(log, "stewards"), org);
}

bool judge_is_convener(const json_t *network, struct bytes org)
{
    const json_t *c;

    judge_each(i, c, json_object_get(network, "conveners"))
    {
        if (bytes_eq(json_member(c, "org"), org))
            return json_is_true(json_object_get(c, "active"));
    }
    return false;
}

/* --- demands ----------------------------------------------------------------------- */

enum status judge_demand_org(struct judge *j, struct bytes org, const char *role)
{
    const json_t *row = state_json(judge_org_row(j, org));
    struct bytes known = json_member(row, "org");

    if (bytes_eq(known, org))
        return STATUS_OK;
    if (row != NULL)
        return REFUSE(j, RULE_ORG_UNKNOWN,
                      "%s: expected the spelling under which it is known, " BYTES_FMT
                      ", found " BYTES_FMT,
                      role, BYTES_ARG(known), BYTES_ARG(org));
    return REFUSE(j, RULE_ORG_UNKNOWN,
                  "%s: expected a listed or registered organization, found " BYTES_FMT,
                  role, BYTES_ARG(org));
}

enum status judge_demand_orgs(struct judge *j, const json_t *orgs, const char *member,
                              const char *role)
{
    const json_t *item;

    judge_each(i, item, orgs)
    {
        struct bytes org = member != NULL ? json_member(item, member) : json_bytes(item);

        if (judge_demand_org(j, org, role) != STATUS_OK)
            return STATUS_REFUSED;
    }
    return STATUS_OK;
}

enum status judge_demand_network(struct judge *j, struct bytes network,
                                 const json_t **out)
{
    const json_t *row = state_json(judge_row(j, STORE_NETWORK, network));

    if (row == NULL)
        return REFUSE(j, RULE_NETWORK_UNKNOWN,
                      "expected a chartered network, found " BYTES_FMT,
                      BYTES_ARG(network));
    if (out != NULL)
        *out = row;
    return STATUS_OK;
}

static json_int_t conveners_that_sign(const struct judge *j, const json_t *network)
{
    json_int_t n = judge_is_convener(network, j->st->org);

    for (size_t i = 0; i < j->st->n_with; i++)
        n += judge_is_convener(network, j->st->with[i]);
    return n;
}

json_int_t judge_quorum(const json_t *network, const char *what)
{
    const json_t *quorum = json_object_get(network, "quorum");
    json_int_t needed = json_integer_value(json_object_get(quorum, what));
    json_int_t conveners =
        (json_int_t)json_array_size(json_object_get(network, "conveners"));

    return needed < conveners ? needed : conveners;
}

bool judge_has_quorum(struct judge *j, const json_t *network, const char *what)
{
    return conveners_that_sign(j, network) >= judge_quorum(network, what);
}

enum status judge_demand_admit(struct judge *j, struct bytes network)
{
    const json_t *row;

    if (judge_demand_network(j, network, &row) != STATUS_OK)
        return STATUS_REFUSED;
    if (!judge_is_convener(row, j->st->org))
        return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                      "expected an active convener of " BYTES_FMT
                      " as author, found " BYTES_FMT,
                      BYTES_ARG(network), BYTES_ARG(j->st->org));
    if (judge_has_quorum(j, row, "admit"))
        return STATUS_OK;
    return REFUSE(j, RULE_QUORUM_MISSING,
                  "expected signatures of %lld active conveners of " BYTES_FMT
                  ", found %lld",
                  (long long)judge_quorum(row, "admit"), BYTES_ARG(network),
                  (long long)conveners_that_sign(j, row));
}

static const json_t *log_row(struct judge *j)
{
    return state_json(judge_row(j, STORE_LOG, BYTES_LIT("log")));
}

/* All there are, or that sign; `but` (empty: nobody) left out. */
static size_t count_stewards(struct judge *j, struct bytes but, bool signing)
{
    const json_t *item;
    size_t n = 0;

    judge_each(i, item, json_object_get(log_row(j), "stewards"))
    {
        struct bytes org = json_bytes(item);

        n += !bytes_eq(org, but) && (!signing || judge_signs(j, org));
    }
    return n;
}

size_t judge_stewards(struct judge *j, struct bytes but)
{
    return count_stewards(j, but, false);
}

size_t judge_signing_stewards(struct judge *j, struct bytes but)
{
    return count_stewards(j, but, true);
}

size_t judge_stewards_needed(struct judge *j)
{
    json_int_t quorum = json_integer_value(json_object_get(log_row(j), "quorum"));

    return quorum > 2 ? (size_t)quorum : 2;
}

bool judge_convenes_alone(struct judge *j, const json_t *network)
{
    const json_t *item, *stewards = json_object_get(log_row(j), "stewards");
    struct bytes only = json_bytes(json_array_get(stewards, 0));
    size_t conveners = 0;

    judge_each(i, item, json_object_get(network, "conveners"))
    {
        if (!json_is_true(json_object_get(item, "active")))
            continue;
        if (!bytes_eq(json_member(item, "org"), only))
            return false;
        conveners++;
    }
    return conveners == 1 && json_array_size(stewards) == 1;
}

enum status judge_demand_two(struct judge *j, struct bytes network)
{
    const json_t *row;
    size_t conveners = 0, all = 0;

    if (judge_demand_network(j, network, &row) != STATUS_OK)
        return STATUS_REFUSED;
    if (!judge_is_convener(row, j->st->org) && !judge_is_steward(j, j->st->org))
        return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                      "expected an active convener of " BYTES_FMT
                      " or a steward as author, found " BYTES_FMT,
                      BYTES_ARG(network), BYTES_ARG(j->st->org));
    for (size_t i = 0; i < j->st->n_with + 1; i++) {
        struct bytes org = i == 0 ? j->st->org : j->st->with[i - 1];

        conveners += judge_is_convener(row, org);
        all += judge_is_convener(row, org) || judge_is_steward(j, org);
    }
    if ((conveners >= 1 && all >= 2) || judge_convenes_alone(j, row) ||
        judge_signing_stewards(j, (struct bytes){ 0 }) >= judge_stewards_needed(j))
        return STATUS_OK;
    return REFUSE(j, RULE_QUORUM_MISSING,
                  "expected signatures of two active conveners of " BYTES_FMT
                  ", of one and a steward, or of %zu stewards, found fewer",
                  BYTES_ARG(network), judge_stewards_needed(j));
}

enum status judge_demand_stewards(struct judge *j)
{
    const json_t *log = log_row(j);
    json_int_t needed = json_integer_value(json_object_get(log, "quorum"));
    json_int_t signing = judge_is_steward(j, j->st->org);

    if (signing == 0)
        return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                      "expected a steward of the log as author, found " BYTES_FMT,
                      BYTES_ARG(j->st->org));
    for (size_t i = 0; i < j->st->n_with; i++)
        signing += judge_is_steward(j, j->st->with[i]);
    if (signing >= needed)
        return STATUS_OK;
    return REFUSE(j, RULE_QUORUM_MISSING,
                  "expected signatures of %lld stewards, found %lld", (long long)needed,
                  (long long)signing);
}

enum status judge_demand_itself(struct judge *j)
{
    struct bytes org = judge_field(j, "org");

    if (bytes_eq(org, j->st->org))
        return STATUS_OK;
    return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                  "expected the organization itself, " BYTES_FMT
                  ", as author, found " BYTES_FMT,
                  BYTES_ARG(org), BYTES_ARG(j->st->org));
}

enum status judge_demand_networks(struct judge *j)
{
    const json_t *item;

    judge_each(i, item, judge_json(j, "networks"))
    {
        struct bytes network = json_bytes(item);

        if (judge_demand_network(j, network, NULL) != STATUS_OK)
            return STATUS_REFUSED;
        if (!judge_is_member(j, network, j->st->org))
            return REFUSE(j, RULE_AUTHOR_NOT_A_MEMBER,
                          "networks: expected those of which " BYTES_FMT
                          " is a member, found " BYTES_FMT,
                          BYTES_ARG(j->st->org), BYTES_ARG(network));
    }
    return STATUS_OK;
}

enum status judge_demand_free(struct judge *j, struct bytes id, const char *role)
{
    const json_t *org = state_json(judge_org_row(j, id));
    const json_t *subject = state_json(judge_subject_row(j, id));

    if (org != NULL)
        return REFUSE(j, RULE_SUBJECT_EXISTS,
                      "%s: expected one that is new, but " BYTES_FMT " is " BYTES_FMT,
                      role, BYTES_ARG(json_member(org, "org")),
                      BYTES_ARG(json_member(org, "status")));
    if (subject != NULL)
        return REFUSE(j, RULE_SUBJECT_EXISTS,
                      "%s: expected one that is free, but " BYTES_FMT " is a " BYTES_FMT,
                      role, BYTES_ARG(json_member(subject, "id")),
                      BYTES_ARG(json_member(subject, "kind")));
    return STATUS_OK;
}

enum status judge_demand_subject(struct judge *j, struct bytes id, const char *role,
                                 const char *kind, const char *also, const json_t **out)
{
    const json_t *row = judge_subject(j, id);

    if (row == NULL)
        return REFUSE(j, RULE_REF_UNKNOWN, "%s: expected an earlier %s, found " BYTES_FMT,
                      role, kind, BYTES_ARG(id));
    if (!judge_is(row, "kind", kind) && !(also != NULL && judge_is(row, "kind", also)))
        return REFUSE(j, RULE_SUBJECT_KIND,
                      "%s: expected a %s%s%s, but " BYTES_FMT " is a " BYTES_FMT, role,
                      kind, also != NULL ? " or " : "", also != NULL ? also : "",
                      BYTES_ARG(id), BYTES_ARG(json_member(row, "kind")));
    if (out != NULL)
        *out = row;
    return STATUS_OK;
}

enum status judge_demand_rev(struct judge *j)
{
    struct bytes newest = json_member(state_json(j->subject), "rev");
    struct bytes rev = judge_field(j, "rev");

    if (bytes_eq(rev, newest))
        return STATUS_OK;
    return REFUSE(j, RULE_REV_STALE,
                  "rev: expected the newest terms, " BYTES_FMT ", found " BYTES_FMT,
                  BYTES_ARG(newest), BYTES_ARG(rev));
}

json_t *judge_reference(struct judge *j)
{
    struct buf text = { 0 };
    json_t *reference = NULL;

    buf_printf(&text, "%llu/%u/", (unsigned long long)j->index, j->record->n);
    statement_id_print(j->st, &text);
    if (!text.bad)
        reference = json_of(buf_bytes(&text));
    buf_clear(&text);
    return reference;
}

const json_t *judge_terms(struct judge *j, const json_t *subject)
{
    const json_t *amended = json_object_get(subject, "amended");
    struct told told;

    if (subject == NULL || amended != NULL)
        return amended;
    if (judge_told(j, (uint64_t)json_integer_value(json_object_get(subject, "created")),
                   &told) == NULL) {
        state_fail(j->state, STATUS_ALTERED);
        return NULL;
    }
    return told.record;
}

const struct told *judge_told(struct judge *j, uint64_t number, struct told *out)
{
    enum status st;

    if (RECORD_INDEX(number) > j->index ||
        (RECORD_INDEX(number) == j->index && RECORD_N(number) > j->st->n))
        return NULL;
    if (RECORD_INDEX(number) == j->index) {
        *out = (struct told){ .record = j->st->records[RECORD_N(number) - 1].json,
                              .header = j->st->header,
                              .id = j->st->id };
        return out;
    }
    st = j->told(j->told_ctx, number, out);
    if (st != STATUS_OK && st != STATUS_NOT_FOUND)
        state_fail(j->state, st);
    return st == STATUS_OK ? out : NULL;
}

enum status judge_as(struct judge *j, enum kind kind, const json_t *json, rule_fn *rule)
{
    const struct record *real = j->record;
    struct record as = *real;
    enum status st;

    as.kind = kind;
    as.json = (json_t *)json; /* rules change no record */
    j->record = &as;
    st = rule(j);
    j->record = real;
    return st;
}
