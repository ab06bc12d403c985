#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "tlog/policy_internal.h"

/* At least: "group g 1 x\n". A witness defines a name and a key, in a line far longer. */
#define BYTES_PER_DEFINITION 12

/* What is defined already: names and keys by a SHA-256 that tells them apart, so that
 * nobody can choose names that collide. */
struct slot {
    struct hash what;
    uint32_t node; /* of a name */
    bool used;
};

struct parser {
    struct policy *p;
    struct slot *slots; /* open addressing, at most half full */
    size_t mask;
    bool quorum_seen;
};

/* The next item of the line; empty: there is none.
 * tlog-policy, Structure: "whitespace" means sequences of ASCII space and tab. */
static struct bytes next_item(struct bytes *line)
{
    size_t from = 0, to;
    struct bytes item;

    while (from < line->len && (line->ptr[from] == ' ' || line->ptr[from] == '\t'))
        from++;
    to = from;
    while (to < line->len && line->ptr[to] != ' ' && line->ptr[to] != '\t')
        to++;
    item = bytes_slice(*line, from, to);
    *line = bytes_slice(*line, to, line->len);
    return item;
}

/* At most one item more, the URL, which means nothing to us. */
static bool ends_with_url(struct bytes *line)
{
    next_item(line);
    return next_item(line).len == 0;
}

/* Room for one item more. */
static enum status grow(void **list, size_t *cap, size_t n, size_t item)
{
    size_t more = *cap == 0 ? 16 : *cap * 2;
    void *wider;

    if (n < *cap)
        return STATUS_OK;
    wider = fault_here() ? NULL : realloc(*list, more * item);
    if (wider == NULL)
        return STATUS_NOMEM;
    *list = wider;
    *cap = more;
    return STATUS_OK;
}

/* The slot that holds `what`, or the free one where it belongs. */
static struct slot *find(struct parser *ps, const struct hash *what)
{
    uint64_t at;

    memcpy(&at, what->b, sizeof(at));
    while (ps->slots[at & ps->mask].used &&
           !hash_eq(&ps->slots[at & ps->mask].what, what))
        at++;
    return &ps->slots[at & ps->mask];
}

static bool define(struct parser *ps, const struct hash *what, uint32_t node)
{
    struct slot *s = find(ps, what);

    if (s->used)
        return false;
    *s = (struct slot){ .what = *what, .node = node, .used = true };
    return true;
}

static bool define_name(struct parser *ps, struct bytes name, uint32_t node)
{
    struct hash what = hash_leaf(name); /* begins with 0x00, as no key type does */

    return name.len > 0 && !bytes_eq_text(name, "none") && define(ps, &what, node);
}

/* tlog-policy, Public key representation:
 *   Two vkeys are considered duplicate if they wrap the same underlying public key, even
 *   if they differ by key name and key id. */
static bool define_key(struct parser *ps, const struct verifier_key *key)
{
    uint8_t typed[1 + PUBLIC_KEY_LEN] = { (uint8_t)key->type };
    struct hash what;

    memcpy(typed + 1, key->pub, PUBLIC_KEY_LEN);
    what = hash_sha256((struct bytes){ typed, sizeof(typed) });
    return define(ps, &what, NODE_NONE);
}

static enum status add_node(struct policy *p, uint32_t need)
{
    enum status st =
        grow((void **)&p->nodes, &p->node_cap, p->node_n, sizeof(p->nodes[0]));

    if (st == STATUS_OK)
        p->nodes[p->node_n++] = (struct policy_node){ NODE_NONE, need };
    return st;
}

/* tlog-cosignature has types that are not ours: what else the policy says is kept. The
 * key may be written differently, and is a duplicate only as it stands. */
static enum status add_foreign(struct parser *ps, struct bytes vkey)
{
    struct policy *p = ps->p;
    struct policy_foreign f = { .type = 0 };
    struct bytes name;
    struct hash what = hash_sha256(vkey);
    enum status st;

    if (!verifier_key_foreign(vkey, &name, &f.type) || !define(ps, &what, NODE_NONE))
        return STATUS_MALFORMED;
    memcpy(f.name, name.ptr, name.len < KEY_NAME_MAX ? name.len : KEY_NAME_MAX);
    st = grow((void **)&p->foreign, &p->foreign_cap, p->foreign_n, sizeof(f));
    if (st == STATUS_OK)
        p->foreign[p->foreign_n++] = f;
    return st;
}

/* log <vkey> [<url>] */
static enum status parse_log(struct parser *ps, struct bytes line)
{
    struct policy *p = ps->p;
    struct bytes vkey = next_item(&line);
    struct verifier_key key;
    enum status st = verifier_key_parse(vkey, &key);

    if (st != STATUS_OK)
        return ends_with_url(&line) ? add_foreign(ps, vkey) : STATUS_MALFORMED;
    if (key.type != KEY_ED25519 || !ends_with_url(&line) || !define_key(ps, &key))
        return STATUS_MALFORMED;
    st = grow((void **)&p->logs, &p->log_cap, p->log_n, sizeof(p->logs[0]));
    if (st == STATUS_OK)
        p->logs[p->log_n++] = key;
    return st;
}

/* witness <name> <vkey> [<url>] */
static enum status parse_witness(struct parser *ps, struct bytes line)
{
    struct policy *p = ps->p;
    struct bytes name = next_item(&line);
    struct policy_witness w = { .node = (uint32_t)p->node_n };
    struct bytes vkey = next_item(&line);
    enum status st = verifier_key_parse(vkey, &w.key);

    if (st != STATUS_OK) {
        if (!ends_with_url(&line) || !define_name(ps, name, w.node))
            return STATUS_MALFORMED;
        st = add_foreign(ps, vkey);
        return st == STATUS_OK ? add_node(p, 1) : st;
    }
    if (w.key.type != KEY_COSIGN || !ends_with_url(&line) ||
        !define_name(ps, name, w.node) || !define_key(ps, &w.key))
        return STATUS_MALFORMED;
    st = grow((void **)&p->witnesses, &p->witness_cap, p->witness_n,
              sizeof(p->witnesses[0]));
    if (st == STATUS_OK)
        st = add_node(p, 1);
    if (st == STATUS_OK)
        p->witnesses[p->witness_n++] = w;
    return st;
}

/* tlog-policy, Defining a witness group:
 *   Each defined name can be listed as a group member at most once. */
static bool join(struct parser *ps, struct bytes name, uint32_t group)
{
    struct hash what = hash_leaf(name);
    const struct slot *s = find(ps, &what);

    if (!s->used || ps->p->nodes[s->node].parent != NODE_NONE)
        return false;
    ps->p->nodes[s->node].parent = group;
    return true;
}

static bool threshold(struct bytes text, uint32_t n, uint32_t *need)
{
    uint64_t k;

    if (bytes_eq_text(text, "all"))
        k = n;
    else if (bytes_eq_text(text, "any"))
        k = 1;
    else if (decimal_parse(text, &k) != STATUS_OK)
        return false;
    *need = (uint32_t)k;
    return k >= 1 && k <= n;
}

/* group <name> all|any|<k> <name>... */
static enum status parse_group(struct parser *ps, struct bytes line)
{
    uint32_t group = (uint32_t)ps->p->node_n;
    struct bytes name = next_item(&line);
    struct bytes k = next_item(&line);
    struct bytes member;
    uint32_t n = 0, need;

    while ((member = next_item(&line)).len > 0) {
        if (!join(ps, member, group))
            return STATUS_MALFORMED;
        n++;
    }
    if (!threshold(k, n, &need) || !define_name(ps, name, group))
        return STATUS_MALFORMED;
    return add_node(ps->p, need);
}

/* quorum none|<name> */
static enum status parse_quorum(struct parser *ps, struct bytes line)
{
    struct bytes name = next_item(&line);
    struct hash what = hash_leaf(name);
    const struct slot *s = find(ps, &what);

    if (ps->quorum_seen || name.len == 0 || next_item(&line).len > 0)
        return STATUS_MALFORMED;
    if (bytes_eq_text(name, "none"))
        ps->p->quorum = NODE_NONE;
    else if (s->used)
        ps->p->quorum = s->node;
    else
        return STATUS_MALFORMED;
    ps->quorum_seen = true;
    return STATUS_OK;
}

/* tlog-policy, Character set:
 *   the allowed octet values are 0x09 (tab), 0x0A (newline), 0x20-0x7E, and 0x80-0xFF. */
static bool octets_valid(struct bytes line)
{
    for (size_t i = 0; i < line.len; i++)
        if ((line.ptr[i] < 0x20 && line.ptr[i] != '\t') || line.ptr[i] == 0x7f)
            return false;
    return true;
}

static enum status parse_line(struct parser *ps, struct bytes line)
{
    static const struct {
        const char *word;
        enum status (*parse)(struct parser *ps, struct bytes line);
    } kinds[] = {
        { "log", parse_log },
        { "witness", parse_witness },
        { "group", parse_group },
        { "quorum", parse_quorum },
    };
    struct bytes word;

    if (!octets_valid(line))
        return STATUS_MALFORMED;
    word = next_item(&line);
    if (word.len == 0 || word.ptr[0] == '#')
        return STATUS_OK;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (bytes_eq_text(word, kinds[i].word))
            return kinds[i].parse(ps, line);
    return STATUS_MALFORMED;
}

static int id_cmp(const void *a, const void *b)
{
    const struct policy_id *x = a, *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

static enum status index_keys(struct policy *p)
{
    uint32_t n = 0;

    p->ids = fault_here() ? NULL : calloc(p->log_n + p->witness_n + 1, sizeof(p->ids[0]));
    if (p->ids == NULL)
        return STATUS_NOMEM;
    for (size_t i = 0; i < p->log_n; i++, n++)
        p->ids[n] = (struct policy_id){ p->logs[i].id, n };
    for (size_t i = 0; i < p->witness_n; i++, n++)
        p->ids[n] = (struct policy_id){ p->witnesses[i].key.id, n };
    qsort(p->ids, n, sizeof(p->ids[0]), id_cmp);
    return STATUS_OK;
}

static enum status parse_lines(struct parser *ps, struct bytes text, unsigned *line)
{
    struct reader r = reader_of(text);
    enum status st = STATUS_OK;

    while (st == STATUS_OK && r.len > 0) {
        struct bytes one = reader_line(&r);

        ++*line;
        st = r.bad ? STATUS_MALFORMED : parse_line(ps, one);
    }
    /* tlog-policy, Defining the quorum:
     *   A policy file must include exactly one quorum line. */
    if (st == STATUS_OK && !ps->quorum_seen) {
        ++*line;
        st = STATUS_MALFORMED;
    }
    return st;
}

enum status policy_parse(struct bytes text, struct policy **out, unsigned *line)
{
    struct parser ps = { .mask = 15 };
    unsigned at = 0;
    enum status st = STATUS_NOMEM;

    if (text.len > POLICY_MAX)
        return STATUS_TOO_LARGE;
    while (ps.mask < 2 * (text.len / BYTES_PER_DEFINITION))
        ps.mask = ps.mask * 2 + 1;
    ps.p = fault_here() ? NULL : calloc(1, sizeof(*ps.p));
    ps.slots = fault_here() ? NULL : calloc(ps.mask + 1, sizeof(ps.slots[0]));
    if (ps.p == NULL || ps.slots == NULL)
        goto done;
    st = parse_lines(&ps, text, &at);
    if (st == STATUS_OK)
        st = index_keys(ps.p);
    if (st == STATUS_OK) {
        *out = ps.p;
        ps.p = NULL;
    } else if (line != NULL) {
        *line = at;
    }
done:
    free(ps.slots);
    policy_free(ps.p);
    return st;
}
