/* The policy that follows from the state, and the newest checkpoint that meets it. */
#include "face/route_internal.h"

#include <assert.h>
#include <string.h>

#include "ledger/rows.h"
#include "tlog/policy.h"

/* Cosigned checkpoints that are tried, newest first, until one meets the policy. */
#define COSIGNED_TRIED 64

/* --- policy ----------------------------------------------------------------------- */

struct groups {
    struct store *s;
    uint64_t size;
    struct buf witnesses, groups, members;
    size_t n;
    enum status st;
};

/* A witness line, and its name for the group; nothing for one that was retired. */
static void add_witness(struct groups *g, struct bytes name, struct buf *group)
{
    json_t *key = NULL;
    const json_t *until;

    g->st = rows_find(g->s, STORE_KEY, name, NULL, &key);
    if (g->st != STATUS_OK)
        return;
    until = json_object_get(key, "until");
    if (until == NULL || (uint64_t)json_integer_value(until) > g->size) {
        struct bytes url = json_member(key, "url");

        buf_printf(&g->witnesses, "witness " BYTES_FMT " " BYTES_FMT, BYTES_ARG(name),
                   BYTES_ARG(json_member(key, "key")));
        if (url.len > 0)
            buf_printf(&g->witnesses, " " BYTES_FMT, BYTES_ARG(url));
        buf_text(&g->witnesses, "\n");
        buf_printf(group, " " BYTES_FMT, BYTES_ARG(name));
    }
    json_decref(key);
}

static enum status add_organization(void *ctx, uint64_t row, struct bytes key,
                                    struct bytes value)
{
    struct groups *g = ctx;
    struct buf group = { 0 };
    const json_t *cosigner;
    json_t *json;
    size_t i;

    (void)row;
    (void)key;
    /* Most have none: not worth parsing. */
    if (memmem(value.ptr, value.len, "\"cosigners\":[]", 14) != NULL)
        return STATUS_OK;
    if (json_parse(value, &json) != STATUS_OK)
        return STATUS_ALTERED;
    json_array_foreach(json_object_get(json, "cosigners"), i, cosigner)
    {
        if (g->st == STATUS_OK)
            add_witness(g, json_bytes(cosigner), &group);
    }
    if (group.len > 0) {
        struct bytes org = json_member(json, "org");

        buf_printf(&g->groups, "group org:" BYTES_FMT " any%s\n", BYTES_ARG(org),
                   buf_str(&group));
        buf_printf(&g->members, " org:" BYTES_FMT, BYTES_ARG(org));
        g->n++;
    }
    if (g->st == STATUS_OK && g->n == POLICY_ORGS_MAX)
        g->st = STATUS_EXISTS; /* the first ones, and no more */
    if (group.bad)
        g->st = STATUS_NOMEM;
    buf_clear(&group);
    json_decref(json);
    return g->st;
}

static enum status add_logs(struct store *s, struct buf *out)
{
    const json_t *key;
    json_t *log = NULL;
    size_t i;
    enum status st = rows_find(s, STORE_LOG, BYTES_LIT("log"), NULL, &log);

    if (st != STATUS_OK)
        return st;
    json_array_foreach(json_object_get(log, "keys"), i, key)
    {
        if (json_object_get(key, "until") == NULL)
            buf_printf(out, "log " BYTES_FMT "\n", BYTES_ARG(json_member(key, "key")));
    }
    json_decref(log);
    return STATUS_OK;
}

enum status route_policy(struct store *s, struct buf *out)
{
    struct groups g = { .s = s };
    enum status st = store_size(s, &g.size);

    if (st == STATUS_OK)
        st = add_logs(s, out);
    if (st == STATUS_OK)
        st = store_rows(s, STORE_ORGANIZATION, 1, false, add_organization, &g);
    if (st == STATUS_EXISTS)
        st = STATUS_OK;
    if (st == STATUS_OK && g.n == 0)
        buf_text(out, "quorum none\n");
    if (st == STATUS_OK && g.n > 0) {
        buf_add(out, buf_bytes(&g.witnesses));
        buf_add(out, buf_bytes(&g.groups));
        buf_printf(out, "group log:majority %zu%s\nquorum log:majority\n", g.n / 2 + 1,
                   buf_str(&g.members));
    }
    if (g.witnesses.bad || g.groups.bad || g.members.bad)
        st = STATUS_NOMEM;
    assert(st != STATUS_OK || out->len <= POLICY_MAX);
    buf_clear(&g.witnesses);
    buf_clear(&g.groups);
    buf_clear(&g.members);
    return st == STATUS_OK ? buf_status(out) : st;
}

/* --- the newest that is cosigned --------------------------------------------------- */

static enum status try_size(struct store *s, const struct policy *policy, uint64_t size,
                            struct buf *note)
{
    struct checkpoint cp;
    enum status st;

    buf_reset(note);
    st = route_checkpoint(s, size, note);
    if (st == STATUS_OK)
        st = policy_check(policy, buf_bytes(note), &cp, NULL);
    return st;
}

static enum status newest_that_meets(struct store *s, const struct policy *policy,
                                     uint64_t *size, struct buf *note)
{
    uint64_t sizes[COSIGNED_TRIED], newest = 0;
    size_t n = COSIGNED_TRIED;
    enum status st = store_checkpoint_newest(s, &newest, note);

    if (st == STATUS_OK)
        st = try_size(s, policy, newest, note); /* meets `quorum none` as it is */
    if (st == STATUS_OK) {
        *size = newest;
        return STATUS_OK;
    }
    if (st == STATUS_REFUSED)
        st = store_cosigned_sizes(s, sizes, &n);
    if (st != STATUS_OK)
        return st;
    for (size_t i = 0; i < n; i++) {
        st = try_size(s, policy, sizes[i], note);
        if (st == STATUS_OK)
            *size = sizes[i];
        /* An older one may be signed by keys that were retired since. */
        if (st != STATUS_REFUSED && st != STATUS_NOT_FOUND && st != STATUS_BAD_SIG)
            return st;
    }
    return STATUS_NOT_FOUND;
}

enum status route_cosigned(struct store *s, uint64_t *size, struct buf *out)
{
    struct buf text = { 0 }, note = { 0 };
    struct policy *policy = NULL;
    enum status st = route_policy(s, &text);

    if (st == STATUS_OK)
        st = policy_parse(buf_bytes(&text), &policy, NULL);
    if (st == STATUS_OK)
        st = newest_that_meets(s, policy, size, &note);
    if (st == STATUS_OK) {
        buf_add(out, buf_bytes(&note));
        st = buf_status(out);
    }
    policy_free(policy);
    buf_clear(&text);
    buf_clear(&note);
    return st;
}
