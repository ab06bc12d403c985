/* tests/model/judge.c: the ledger, for programs that ask it much: tests in other
 * languages.
 *
 *   judge [-g] [-t] [-c COUNT] [DIR]
 *
 * Reads frames from stdin over a scratch store in DIR (/tmp): a length (u32, big-endian),
 * then so many bytes, of which the first says what the rest is:
 *
 *   S NOTE   take a statement    {"accepted":INDEX} | {"known":INDEX} |
 *                                {"refused":"<rule>","line":N}
 *            (with -t the last two have a "text", too)
 *   J NOTE   judge it only: the same answers, and nothing changes
 *   C        commit              {"committed":SIZE}
 *   D        commit, and the rows of the state, table by table, in byte order of keys
 *            {"table":"<name>","key":"…","row":{…}} each, then {"rows":COUNT}
 *   D TABLES the same of these tables, names by commas
 *   H        commit, and         {"digest":"<64 hex>"} of the state
 *   N        a new, empty log    {"new":true}
 *   V        what entry 0 states {"rules":VERSION,"codes":"<64 hex>"}
 *
 * One answer line (of D: lines) on stdout for each frame, in order; stdout is flushed
 * when nothing more is to be read for now. -c: commit every COUNT statements (256). -g: a
 * signature of 64 bytes 'G' is taken for good, of 64 'B' for bad; all others are
 * verified. At the end of input the answers to D and H follow. Ends at the first failure
 * of the world, with exit code 1.
 */
#include <poll.h>
#include <unistd.h>

#include "base/codec.h"
#include "ledger/ledger.h"
#include "record/codes.h"
#include "record/json.h"
#include "tests/bench/bench.h"

struct judge_program {
    const char *dir;
    bool given, texts;
    uint64_t every, uncommitted;
    struct store *store;
    struct ledger *ledger;
    struct buf out;
};

/* --- answers ------------------------------------------------------------------------ */

static void flush(struct judge_program *p)
{
    must_be_ok(buf_status(&p->out), "answer");
    must(fwrite(buf_bytes(&p->out).ptr, 1, p->out.len, stdout) == p->out.len &&
             fflush(stdout) == 0,
         "stdout: cannot write");
    buf_reset(&p->out);
}

static void quote(struct bytes text, struct buf *out)
{
    json_t *string = json_stringn((const char *)text.ptr, text.len);

    must(string != NULL, "not a string in UTF-8");
    json_print(string, out);
    json_decref(string);
}

static void answer(struct judge_program *p, const struct outcome *o)
{
    if (o->type == OUTCOME_REFUSED)
        buf_printf(&p->out, "{\"refused\":\"%s\",\"line\":%u", rule_name(o->why.rule),
                   o->why.line);
    else
        buf_printf(&p->out, "{\"%s\":%" PRIu64,
                   o->type == OUTCOME_ACCEPTED ? "accepted" : "known", o->index);
    if (p->texts && o->type != OUTCOME_ACCEPTED) {
        buf_text(&p->out, ",\"text\":");
        quote(bytes_of(o->why.text), &p->out);
    }
    buf_text(&p->out, "}\n");
}

/* --- the log ------------------------------------------------------------------------ */

static void open_log(struct judge_program *p)
{
    must_be_ok(store_open(p->dir, STORE_SCRATCH, &p->store), p->dir);
    must_be_ok(ledger_open(p->store, &p->ledger), "ledger");
    p->uncommitted = 0;
}

static void close_log(struct judge_program *p)
{
    ledger_close(p->ledger);
    store_close(p->store);
}

static void commit(struct judge_program *p)
{
    if (p->uncommitted > 0)
        must_be_ok(ledger_commit(p->ledger, (struct bytes){ NULL, 0 }), "commit");
    p->uncommitted = 0;
}

static bool is_all(const uint8_t sig[SIGNATURE_LEN], uint8_t c)
{
    for (size_t i = 0; i < SIGNATURE_LEN; i++)
        if (sig[i] != c)
            return false;
    return true;
}

static void give_verdicts(struct statement *st)
{
    for (size_t i = 0; i < st->n_sigs; i++)
        if (is_all(st->sigs[i].sig, 'G'))
            st->sigs[i].verdict = VERDICT_GOOD;
        else if (is_all(st->sigs[i].sig, 'B'))
            st->sigs[i].verdict = VERDICT_BAD;
}

static void hand_in(struct judge_program *p, struct bytes note, bool take)
{
    struct outcome o = { .type = OUTCOME_REFUSED };
    struct statement *st = NULL;
    const char *origin = ledger_size(p->ledger) > 0 ? ledger_origin(p->ledger) : NULL;
    enum status opened = statement_open(note, origin, &st, &o.why);

    if (opened == STATUS_OK) {
        if (p->given)
            give_verdicts(st);
        must_be_ok((take ? ledger_take : ledger_judge)(p->ledger, st, &o), "judgement");
    } else {
        must(opened == STATUS_REFUSED, "statement: %s", status_text(opened));
    }
    statement_free(st);
    answer(p, &o);
    if (take && o.type == OUTCOME_ACCEPTED && ++p->uncommitted == p->every)
        commit(p);
}

/* --- the state ---------------------------------------------------------------------- */

struct line {
    size_t at, key_len, len; /* in lines.text: the key, and then the value */
};

struct lines {
    struct buf text;
    struct line *line;
    size_t n, cap;
};

static enum status collect(void *ctx, uint64_t row, struct bytes key, struct bytes value)
{
    struct lines *l = ctx;

    (void)row;
    if (l->n == l->cap) {
        l->cap = l->cap == 0 ? 1024 : l->cap * 2;
        l->line = realloc(l->line, l->cap * sizeof(*l->line));
        must(l->line != NULL, "out of memory");
    }
    l->line[l->n++] = (struct line){ l->text.len, key.len, value.len };
    buf_add(&l->text, key);
    buf_add(&l->text, value);
    return STATUS_OK;
}

static int compare(const void *a, const void *b, void *text)
{
    const struct line *x = a, *y = b;
    const uint8_t *base = text;

    return bytes_cmp((struct bytes){ base + x->at, x->key_len },
                     (struct bytes){ base + y->at, y->key_len });
}

static uint64_t dump_table(struct judge_program *p, enum store_table t)
{
    struct lines l = { 0 };
    uint64_t n;

    must_be_ok(store_rows(p->store, t, 1, false, collect, &l), store_table_name(t));
    must_be_ok(buf_status(&l.text), "rows");
    if (l.n > 0)
        qsort_r(l.line, l.n, sizeof(*l.line), compare, (void *)buf_bytes(&l.text).ptr);
    for (size_t i = 0; i < l.n; i++) {
        const uint8_t *key = buf_bytes(&l.text).ptr + l.line[i].at;

        buf_printf(&p->out, "{\"table\":\"%s\",\"key\":", store_table_name(t));
        quote((struct bytes){ key, l.line[i].key_len }, &p->out);
        buf_text(&p->out, ",\"row\":");
        buf_append(&p->out, key + l.line[i].key_len, l.line[i].len);
        buf_text(&p->out, "}\n");
    }
    n = l.n;
    buf_clear(&l.text);
    free(l.line);
    return n;
}

static bool is_named(struct bytes names, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i + len <= names.len; i++)
        if (memcmp(names.ptr + i, name, len) == 0 &&
            (i == 0 || names.ptr[i - 1] == ',') &&
            (i + len == names.len || names.ptr[i + len] == ','))
            return true;
    return names.len == 0;
}

static void dump(struct judge_program *p, struct bytes names)
{
    uint64_t n = 0;

    commit(p);
    for (enum store_table t = 0; t < STORE_TABLE_COUNT; t++)
        if (is_named(names, store_table_name(t)))
            n += dump_table(p, t);
    buf_printf(&p->out, "{\"rows\":%" PRIu64 "}\n", n);
}

static void digest(struct judge_program *p)
{
    struct hash h;

    commit(p);
    must_be_ok(ledger_digest(p->store, &h), "digest");
    buf_text(&p->out, "{\"digest\":\"");
    hex_encode((struct bytes){ h.b, HASH_LEN }, &p->out);
    buf_text(&p->out, "\"}\n");
}

/* --- frames ------------------------------------------------------------------------- */

static void perform(struct judge_program *p, struct bytes frame)
{
    struct bytes rest;

    must(frame.len > 0, "an empty frame");
    rest = (struct bytes){ frame.ptr + 1, frame.len - 1 };
    switch (frame.ptr[0]) {
    case 'S':
    case 'J':
        hand_in(p, rest, frame.ptr[0] == 'S');
        break;
    case 'C':
        commit(p);
        buf_printf(&p->out, "{\"committed\":%" PRIu64 "}\n", ledger_committed(p->ledger));
        break;
    case 'D':
        dump(p, rest);
        break;
    case 'H':
        digest(p);
        break;
    case 'N':
        close_log(p);
        open_log(p);
        buf_text(&p->out, "{\"new\":true}\n");
        break;
    case 'V':
        buf_printf(&p->out, "{\"rules\":%d,\"codes\":\"%s\"}\n", RULES_VERSION,
                   codes_digest());
        break;
    default:
        must(false, "no such frame: %c", frame.ptr[0]);
    }
}

/* Performs what stands whole in `in`; what remains is moved to its beginning. */
static void perform_all(struct judge_program *p, struct buf *in)
{
    const uint8_t *base = buf_bytes(in).ptr;
    size_t at = 0;

    while (in->len - at >= 4) {
        uint32_t len = (uint32_t)base[at] << 24 | (uint32_t)base[at + 1] << 16 |
                       (uint32_t)base[at + 2] << 8 | base[at + 3];

        if (in->len - at - 4 < len)
            break;
        perform(p, (struct bytes){ base + at + 4, len });
        at += 4 + len;
    }
    if (at > 0)
        memmove(in->ptr, in->ptr + at, in->len - at);
    buf_truncate(in, in->len - at);
}

static void read_all(struct judge_program *p)
{
    static uint8_t piece[1 << 16];
    struct pollfd ready = { .fd = STDIN_FILENO, .events = POLLIN };
    struct buf in = { 0 };
    ssize_t n;

    for (;;) {
        if (p->out.len >= sizeof(piece) || poll(&ready, 1, 0) == 0)
            flush(p);
        n = read(STDIN_FILENO, piece, sizeof(piece));
        must(n >= 0, "stdin: cannot read");
        if (n == 0)
            break;
        buf_append(&in, piece, (size_t)n);
        must_be_ok(buf_status(&in), "stdin");
        perform_all(p, &in);
    }
    must(in.len == 0, "stdin: ends within a frame");
    buf_clear(&in);
}

int main(int argc, char **argv)
{
    struct judge_program p = { .dir = "/tmp", .every = 256 };
    int option;

    while ((option = getopt(argc, argv, "gtc:")) != -1)
        switch (option) {
        case 'g':
            p.given = true;
            break;
        case 't':
            p.texts = true;
            break;
        case 'c':
            p.every = number_of(optarg, "-c");
            break;
        default:
            return 2;
        }
    if (optind < argc)
        p.dir = argv[optind];
    must_be_ok(sign_init(), "libsodium");
    open_log(&p);
    read_all(&p);
    dump(&p, (struct bytes){ NULL, 0 });
    digest(&p);
    flush(&p);
    close_log(&p);
    buf_clear(&p.out);
    return 0;
}
