/* Evidence that a log took what its rules refuse, for who has the log's key; judged where
 * a replica holds what came before. */
#include <string.h>

#include "base/clock.h"
#include "base/say.h"
#include "ledger/ledger.h"
#include "link/breach.h"
#include "node/output.h"
#include "node/tell.h"
#include "node/verify.h"

enum finding {
    FOUND_NO_REPLICA,
    FOUND_TOO_SHORT,     /* the replica lacks entries before it */
    FOUND_OTHER_HISTORY, /* or holds others: the log signed both */
    FOUND_TOO_OLD,       /* this program does not know the rules */
    FOUND_BREAKS,
    FOUND_BREAKS_NONE,
};

struct judgement {
    enum finding found;
    uint64_t held;
    struct refusal why; /* FOUND_BREAKS */
};

static enum status open_by_log(void *ctx, struct bytes note, struct checkpoint *out)
{
    const struct trust *t = ctx;

    return log_keys_open(&t->keys, UINT64_MAX, note, out);
}

/* --- judging ---------------------------------------------------------------------- */

static void conclude(const struct outcome *o, struct judgement *out)
{
    out->why = o->why;
    if (o->type == OUTCOME_ACCEPTED)
        out->found = FOUND_BREAKS_NONE;
    else if (o->type == OUTCOME_REFUSED && (rule_class_of(o->why.rule) == RULE_UPGRADE ||
                                            o->why.rule == RULE_KIND_UNKNOWN))
        out->found = FOUND_TOO_OLD;
    else
        out->found = FOUND_BREAKS;
}

/* By the rules, as a replica of just the entries before it would when it fetches it. */
static enum status judge_entry(struct store *s, const struct breach *b,
                               struct judgement *out)
{
    struct ledger *ledger = NULL;
    struct statement *statement = NULL;
    struct outcome o = { .type = OUTCOME_REFUSED };
    enum status st = statement_open(b->entry, b->cp.origin, &statement, &o.why);

    if (st == STATUS_OK) {
        st = ledger_open(s, &ledger);
        if (st == STATUS_OK)
            st = ledger_judge(ledger, statement, &o);
    } else if (st == STATUS_REFUSED) {
        st = STATUS_OK;
    }
    ledger_close(ledger);
    statement_free(statement);
    if (st == STATUS_OK)
        conclude(&o, out);
    return st;
}

/* What is wrong with an entry by itself, whatever comes before it, anybody can judge.
 * FOUND_NO_REPLICA: its form is good. */
static enum status judge_form(const struct breach *b, struct judgement *out)
{
    struct statement *statement = NULL;
    struct outcome o = { .type = OUTCOME_REFUSED };
    enum status st = statement_open(b->entry, b->cp.origin, &statement, &o.why);

    statement_free(statement);
    if (st == STATUS_REFUSED)
        conclude(&o, out);
    else
        out->found = FOUND_NO_REPLICA;
    return st == STATUS_REFUSED ? STATUS_OK : st;
}

/* What a replica holds it has judged: it took it by the rules. */
static enum status judge_held(struct store *s, const struct breach *b,
                              struct judgement *out)
{
    struct store_entry e;
    struct buf note = { 0 };
    enum status st = store_entry_get(s, b->index, &e, &note);

    if (st == STATUS_OK)
        out->found = bytes_eq(e.note, b->entry) ? FOUND_BREAKS_NONE : FOUND_OTHER_HISTORY;
    buf_clear(&note);
    return st;
}

static enum status judge(struct store *s, const struct breach *b, struct judgement *out)
{
    struct tree tree;
    struct hash root;
    enum status st = store_size(s, &out->held);

    if (st != STATUS_OK)
        return st;
    out->found = FOUND_TOO_SHORT;
    if (out->held < b->index)
        return STATUS_OK;
    st = tile_tree(store_tile_read, s, b->index, &tree);
    if (st != STATUS_OK)
        return st;
    root = tree_root(&tree);
    out->found = FOUND_OTHER_HISTORY;
    if (!hash_eq(&root, &b->root_before))
        return STATUS_OK;
    return out->held == b->index ? judge_entry(s, b, out) : judge_held(s, b, out);
}

static enum status judge_in_snapshot(struct trust *t, const struct breach *b,
                                     struct judgement *out)
{
    enum status st;

    *out = (struct judgement){ .found = FOUND_NO_REPLICA };
    st = judge_form(b, out);
    if (st != STATUS_OK || out->found != FOUND_NO_REPLICA || t->store == NULL)
        return st;
    st = store_snapshot(t->store);
    if (st != STATUS_OK)
        return st;
    st = judge(t->store, b, out);
    store_release(t->store);
    if (st != STATUS_OK)
        say_error("cannot judge by %s: %s", t->config.replica, status_text(st));
    return st;
}

/* --- telling ---------------------------------------------------------------------- */

static void tell_refusal_of(const char *head, const struct refusal *why, struct buf *out)
{
    buf_text(out, head);
    if (why->rule == RULE_NONE)
        buf_text(out, "a rule that is not known here");
    else
        buf_text(out, rule_name(why->rule));
    if (why->line > 0)
        buf_printf(out, ", line %u", why->line);
    if (why->text[0] != '\0')
        buf_printf(out, ": %s", why->text);
    buf_u8(out, '\n');
}

static enum status tell_entry(struct trust *t, const struct breach *b, struct buf *out)
{
    struct statement *s = NULL;
    struct refusal why;
    enum status st = statement_open(b->entry, b->cp.origin, &s, &why);

    if (st == STATUS_REFUSED) { /* its form may be what is wrong with it */
        buf_printf(out, "it is     %zu bytes that are no statement\n", b->entry.len);
        return STATUS_OK;
    }
    if (st != STATUS_OK)
        return st;
    buf_text(out, "names     ");
    buf_add(out, s->org);
    buf_text(out, " as author, at ");
    time_print(s->at, out);
    buf_u8(out, '\n');
    st = tell_records(t->store, s, "  ", out);
    statement_free(s);
    return st;
}

/* Nothing is verified that was not judged: an honest entry can be shown like that, too.
 */
static void say_not_judged(const char *path, const struct breach *b,
                           const struct judgement *j)
{
    unsigned long long before = (unsigned long long)b->index;

    switch (j->found) {
    case FOUND_NO_REPLICA:
        say_error("%s: not judged: needs the log", path);
        say_hint("whether entry %llu breaks a rule is for who holds the %llu entries "
                 "before it: give a replica (--dir)",
                 before, before);
        break;
    case FOUND_TOO_SHORT:
        say_error("%s: not judged: needs the log: the replica holds %llu of the %llu "
                  "entries before it",
                  path, (unsigned long long)j->held, before);
        break;
    case FOUND_OTHER_HISTORY:
        say_error("%s: not judged: the replica holds another history than the one that "
                  "this entry is of",
                  path);
        break;
    default:
        say_error("%s: not judged: this program does not know the log's rules", path);
        say_hint("upgrade avow, and verify it again");
        break;
    }
}

static int print_json(const struct breach *b, const struct judgement *j)
{
    bool judged = j->found == FOUND_BREAKS;
    const struct refusal *why = judged ? &j->why : &b->said;
    int code = output_json(json_pack(
        "{s:b, s:s, s:I, s:I, s:b, s:s, s:i, s:s}", "verified", judged, "log",
        b->cp.origin, "index", (json_int_t)b->index, "size", (json_int_t)b->cp.size,
        "judged", judged, "rule", why->rule == RULE_NONE ? "" : rule_name(why->rule),
        "line", (int)why->line, "text", why->text));

    return code != 0 || judged ? code : status_exit_code(STATUS_BAD_PROOF);
}

static int print(struct trust *t, const struct options *o, const char *path,
                 const struct breach *b)
{
    struct judgement j;
    struct buf out = { 0 };
    enum status st = judge_in_snapshot(t, b, &j);

    if (st != STATUS_OK)
        return status_exit_code(st);
    if (j.found == FOUND_BREAKS_NONE) {
        say_error("%s: the log signed entry %llu, but it breaks no rule: judged by what "
                  "%s holds",
                  path, (unsigned long long)b->index, t->config.replica);
        return status_exit_code(STATUS_BAD_PROOF);
    }
    if (j.found != FOUND_BREAKS)
        say_not_judged(path, b, &j);
    if (o->json)
        return print_json(b, &j);
    if (j.found != FOUND_BREAKS)
        return status_exit_code(STATUS_BAD_PROOF);
    buf_printf(&out, "verified: the log %s has this as entry %llu, and signed it with ",
               b->cp.origin, (unsigned long long)b->index);
    buf_printf(&out, "its tree of %llu\n", (unsigned long long)b->cp.size);
    st = tell_entry(t, b, &out);
    tell_refusal_of("breaks    ", &j.why, &out);
    buf_printf(&out, "          judged here, by the %llu entries before it\n",
               (unsigned long long)b->index);
    if (st == STATUS_OK)
        return output_buf(&out);
    buf_clear(&out);
    return status_exit_code(st);
}

int verify_breach(struct trust *t, const struct options *o, const char *path,
                  struct bytes text)
{
    struct breach b;
    enum status st;
    int code;

    if (t->policy != NULL) {
        say_error("%s: evidence against a log goes by the log's key: give --log", path);
        return status_exit_code(STATUS_BAD_PROOF);
    }
    st = breach_verify(text, open_by_log, t, &b);
    if (st == STATUS_OK) {
        code = print(t, o, path, &b);
        breach_clear(&b);
        return code;
    }
    if (st == STATUS_BAD_SIG)
        say_error("%s: the log did not sign its checkpoint", path);
    else if (st == STATUS_BAD_PROOF)
        say_error("%s: its proofs do not lead from the entry to what the log signed",
                  path);
    else
        say_error("%s: it does not show that the log signed an entry", path);
    return status_exit_code(STATUS_BAD_PROOF);
}
