/* What all subjects (partnerships, commitments, declarations, pledges) have in common. */

#include <string.h>

#include "ledger/judge.h"

enum status subject_none(struct judge *j)
{
    j->subject = NULL;
    return STATUS_OK;
}

enum status subject_free(struct judge *j)
{
    struct bytes id = judge_field(j, "id");

    j->subject = judge_subject_row(j, id);
    return judge_demand_free(j, id, "id");
}

/* "pledge" of "pledge.made". */
static struct bytes kind_family(enum kind k)
{
    struct bytes name = bytes_of(kind_name(k));
    size_t dot = name.len;

    (void)bytes_find(name, '.', &dot);
    return bytes_slice(name, 0, dot);
}

enum status subject_known(struct judge *j)
{
    struct bytes id = judge_field(j, "id"), family = kind_family(j->record->kind), kind;

    j->subject = judge_subject_row(j, id);
    if (judge_subject(j, id) == NULL)
        return REFUSE(j, RULE_SUBJECT_UNKNOWN,
                      "id: expected an earlier " BYTES_FMT ", found " BYTES_FMT,
                      BYTES_ARG(family), BYTES_ARG(id));
    kind = json_member(state_json(j->subject), "kind");
    if (!bytes_eq(kind, family))
        return REFUSE(j, RULE_SUBJECT_KIND,
                      "id: expected a " BYTES_FMT ", but " BYTES_FMT " is a " BYTES_FMT,
                      BYTES_ARG(family), BYTES_ARG(id), BYTES_ARG(kind));
    return STATUS_OK;
}

static void facet_list(struct judge *j, json_t *facets, const char *name,
                       const json_t *terms)
{
    if (json_object_get(terms, name) != NULL)
        state_share(j->state, facets, name, terms);
    else
        state_set(j->state, facets, name, json_array());
}

static void classify(struct judge *j, json_t *facets, const json_t *terms)
{
    facet_list(j, facets, "networks", terms);
    facet_list(j, facets, "countries", terms);
    facet_list(j, facets, "themes", terms);
}

void subject_classify(struct judge *j, json_t *subject, const json_t *terms)
{
    classify(j, state_own(j->state, subject, "facets"), terms);
}

static json_t *facets_create(struct judge *j)
{
    json_t *facets = json_object();

    classify(j, facets, j->record->json);
    state_set(j->state, facets, "orgs", json_array());
    return facets;
}

json_t *subject_create(struct judge *j, const char *status)
{
    struct state *s = j->state;
    json_t *subject = json_object(), *facets = facets_create(j);

    state_share(s, subject, "id", j->record->json);
    state_set(s, subject, "kind", json_of(kind_family(j->record->kind)));
    state_set(s, subject, "author", json_of(j->st->org));
    state_share(s, subject, "title", j->record->json);
    state_set_int(s, subject, "created", j->number);
    state_set_int(s, subject, "terms", j->number);
    state_set(s, subject, "rev", judge_reference(j));
    state_set_int(s, subject, "last", j->number);
    state_set_int(s, subject, "records", 0);
    state_set(s, subject, "status", json_string(status));
    state_set(s, subject, "flags", json_array());
    state_set(s, facets, "status", json_string(status));
    state_set(s, subject, "facets", facets);
    state_set(s, subject, "parties", json_array());
    state_set_int(s, subject, "signed", 0);
    state_set_int(s, subject, "paper", 0);
    state_put(s, j->subject, subject);
    subject_add_org(j, subject, j->st->org);
    return subject;
}

json_t *subject_edit(struct judge *j)
{
    return state_edit(j->state, j->subject);
}

void subject_set_status(struct judge *j, json_t *subject, const char *status)
{
    if (judge_is(subject, "status", status))
        return;
    state_set(j->state, subject, "status", json_string(status));
    state_set(j->state, state_own(j->state, subject, "facets"), "status",
              json_string(status));
}

/* Nobody is taken out again: who had a part in it finds its later records too. */
void subject_add_org(struct judge *j, json_t *subject, struct bytes org)
{
    struct state *s = j->state;
    const json_t *item;

    judge_each(i, item, json_object_get(json_object_get(subject, "facets"), "orgs"))
    {
        if (bytes_eq(json_bytes(item), org))
            return;
    }
    state_push(s, state_own(s, state_own(s, subject, "facets"), "orgs"), json_of(org));
}

void subject_set_flags(struct judge *j, json_t *subject, const char *const flags[],
                       size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        state_push(j->state, list, json_string(flags[i]));
    state_set(j->state, subject, "flags", list);
}

/* --- parties -------------------------------------------------------------------------
 */

size_t subject_count(const json_t *owner, const char *state)
{
    const json_t *party;
    size_t n = 0;

    judge_each(i, party, json_object_get(owner, "parties"))
    {
        n += judge_is(party, "state", state);
    }
    return n;
}

void subject_count_signatures(struct judge *j, json_t *owner)
{
    state_set_int(j->state, owner, "signed", subject_count(owner, "signed"));
    state_set_int(j->state, owner, "paper", subject_count(owner, "elsewhere"));
}

static const char *first_state(struct judge *j, struct bytes org, const json_t *elsewhere)
{
    const json_t *row;

    if (judge_signs(j, org))
        return "signed";
    row = judge_org(j, org);
    if (row != NULL && !judge_keyless(row))
        return "open";
    return elsewhere != NULL ? "elsewhere" : "keyless";
}

void subject_add_party(struct judge *j, json_t *owner, struct bytes org,
                       const json_t *role, const json_t *elsewhere)
{
    const char *state = first_state(j, org, elsewhere);
    json_t *party = json_object();

    state_set(j->state, party, "org", json_of(org));
    if (role != NULL)
        state_set(j->state, party, "role", json_incref((json_t *)role));
    state_set(j->state, party, "state", json_string(state));
    if (strcmp(state, "signed") == 0)
        state_set_int(j->state, party, "record", j->number);
    state_push(j->state, json_object_get(owner, "parties"), party);
    subject_count_signatures(j, owner);
}

size_t subject_party(const json_t *owner, struct bytes org)
{
    const json_t *party;

    judge_each(i, party, json_object_get(owner, "parties"))
    {
        if (bytes_eq(json_member(party, "org"), org))
            return i;
    }
    return SIZE_MAX;
}

const json_t *subject_party_at(const json_t *owner, size_t party)
{
    return json_array_get(json_object_get(owner, "parties"), party);
}

void subject_party_states(struct judge *j, json_t *owner, size_t party, const char *state)
{
    struct state *s = j->state;
    json_t *p = state_own_at(s, state_own(s, owner, "parties"), party);

    state_set(s, p, "state", json_string(state));
    state_set_int(s, p, "record", j->number);
    (void)json_object_del(p, "capacity"); /* what an earlier acceptance said */
    (void)json_object_del(p, "signed_on");
    state_share(s, p, "capacity", j->record->json);
    state_share(s, p, "signed_on", j->record->json);
    subject_count_signatures(j, owner);
}

/* --- closing a record -------------------------------------------------------------- */

/* Ids and codes have no character that JSON would escape. */
static void add_name(struct buf *out, struct bytes name, bool *first)
{
    if (name.len == 0)
        return;
    buf_printf(out, "%s\"" BYTES_FMT "\"", *first ? "" : ",", BYTES_ARG(name));
    *first = false;
}

/* Once each: `seen` are those that stand in the list already. */
static void add_names(struct buf *out, const json_t *names, const char *member,
                      struct bytes seen, bool *first)
{
    const json_t *item;

    judge_each(i, item, names)
    {
        struct bytes name = member != NULL ? json_member(item, member) : json_bytes(item);

        if (!bytes_eq(name, seen))
            add_name(out, name, first);
    }
}

/* Of a record about no subject. */
static void print_facets(struct judge *j)
{
    struct buf *out = &j->facets;
    struct bytes org = judge_field(j, "org");
    bool first = true;

    buf_text(out, "{\"networks\":[");
    add_name(out, judge_field(j, "network"), &first);
    buf_text(out, "],\"countries\":[");
    first = true;
    add_name(out, judge_field(j, "country"), &first);
    buf_text(out, "],\"themes\":[],\"orgs\":[");
    first = true;
    add_name(out, j->st->org, &first);
    if (!bytes_eq(org, j->st->org))
        add_name(out, org, &first);
    add_names(out, judge_json(j, "stewards"), NULL, j->st->org, &first);
    add_names(out, judge_json(j, "conveners"), "org", j->st->org, &first);
    buf_text(out, "]}");
}

/* The network or organization whose history a record about no subject is part of. NULL:
 * neither's. */
static struct row *directory_row(struct judge *j)
{
    static const struct {
        const char *family, *member; /* NULL: the author */
        bool network;
    } families[] = {
        { "network.", "network", true },  { "membership.", "network", true },
        { "convener.", "network", true }, { "organization.", "org", false },
        { "key.", "org", false },         { "cosigner.", NULL, false },
        { "steward.", "org", false },     { "domain.", "org", false },
    };
    struct bytes is = bytes_of(kind_name(j->record->kind));

    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        const char *member = families[i].member;
        struct bytes id = member != NULL ? judge_field(j, member) : j->st->org;

        if (!bytes_starts(is, bytes_of(families[i].family)))
            continue;
        return families[i].network ? judge_row(j, STORE_NETWORK, id)
                                   : judge_org_row(j, id);
    }
    return NULL;
}

static void close_directory(struct judge *j, struct effect *effect)
{
    struct row *r = directory_row(j);
    const json_t *last = json_object_get(state_json(r), "last");

    print_facets(j);
    if (state_json(r) == NULL)
        return;
    if (last != NULL)
        effect->prev = (uint64_t)json_integer_value(last);
    state_set_int(j->state, state_edit(j->state, r), "last", j->number);
}

void subject_close(struct judge *j, struct effect *effect)
{
    json_t *subject;

    effect->subject = j->subject;
    effect->prev = RECORD_NONE;
    if (j->subject == NULL) {
        close_directory(j, effect);
        return;
    }
    subject = subject_edit(j);
    if (subject == NULL)
        return;
    if (json_integer_value(json_object_get(subject, "records")) > 0)
        effect->prev = (uint64_t)json_integer_value(json_object_get(subject, "last"));
    state_set_int(j->state, subject, "last", j->number);
    state_set_int(j->state, subject, "records",
                  (uint64_t)json_integer_value(json_object_get(subject, "records")) + 1);
    rows_print(json_object_get(subject, "facets"), &j->facets);
}
