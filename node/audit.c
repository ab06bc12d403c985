#include "io/audit.h"

#include "base/codec.h"
#include "base/say.h"
#include "node/command.h"
#include "node/output.h"
#include "node/policies.h"
#include "node/session.h"

/* More are counted, and not listed. */
#define FINDINGS_MAX 1000

struct listing {
    json_t *findings;
};

static void on_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    (void)ctx;
    say_progress(what, done, total);
}

static void on_found(void *ctx, const struct audit_finding *f)
{
    struct listing *l = ctx;

    if (json_array_size(l->findings) < FINDINGS_MAX)
        json_array_append_new(l->findings,
                              json_pack("{s:s, s:s}", "where", f->where, "why", f->why));
}

static void add_base64(const struct hash *h, struct buf *out)
{
    base64_encode((struct bytes){ h->b, HASH_LEN }, out);
}

static void add_digest(json_t *out, const char *name, const struct hash *digest, bool has)
{
    struct buf hex = { 0 };

    if (!has)
        return;
    hex_encode((struct bytes){ digest->b, HASH_LEN }, &hex);
    json_object_set_new(out, name, json_string(buf_str(&hex)));
    buf_clear(&hex);
}

static int print_json(const struct audit_counts *n, json_t *findings)
{
    struct buf root = { 0 };
    json_t *out;

    add_base64(&n->root, &root);
    out = json_pack("{s:b, s:s, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:O}",
                    "good", n->findings == 0, "origin", n->origin, "size",
                    (json_int_t)n->size, "root", buf_str(&root), "entries",
                    (json_int_t)n->entries, "signatures", (json_int_t)n->signatures,
                    "records", (json_int_t)n->records, "tiles", (json_int_t)n->tiles,
                    "checkpoints", (json_int_t)n->checkpoints, "cosignatures",
                    (json_int_t)n->cosignatures, "rows", (json_int_t)n->rows,
                    "findings_count", (json_int_t)n->findings, "findings", findings);
    add_digest(out, "digest", &n->digest, n->has_digest);
    add_digest(out, "digest_anew", &n->digest_anew, n->has_digest_anew);
    buf_clear(&root);
    return output_json(out);
}

static void add_digest_line(struct buf *out, const char *name, const struct hash *digest)
{
    buf_text(out, name);
    hex_encode((struct bytes){ digest->b, HASH_LEN }, out);
    buf_text(out, "\n");
}

static void add_count(struct buf *out, const char *what, uint64_t n)
{
    buf_printf(out, "%12llu  %s\n", (unsigned long long)n, what);
}

static int print_text(const struct audit_counts *n, const json_t *findings)
{
    const json_t *f;
    struct buf out = { 0 };
    size_t i;

    add_count(&out, "entries", n->entries);
    add_count(&out, "signatures", n->signatures);
    add_count(&out, "records judged by the rules", n->records);
    add_count(&out, "tiles", n->tiles);
    add_count(&out, "checkpoints", n->checkpoints);
    add_count(&out, "cosignatures", n->cosignatures);
    add_count(&out, "rows derived anew and compared", n->rows);
    buf_printf(&out, "log     %s\nsize    %llu\nroot    ", n->origin,
               (unsigned long long)n->size);
    add_base64(&n->root, &out);
    buf_text(&out, "\n");
    if (n->has_digest)
        add_digest_line(&out, "digest  ", &n->digest);
    if (audit_digests_differ(n))
        add_digest_line(&out, "anew    ", &n->digest_anew);
    json_array_foreach(findings, i, f) buf_printf(
        &out, "WRONG   %s: %s\n", json_string_value(json_object_get(f, "where")),
        json_string_value(json_object_get(f, "why")));
    if (n->findings == 0)
        buf_text(&out, "all is as its authors signed it\n");
    return output_buf(&out);
}

static int audit(struct session *s, unsigned threads, bool json)
{
    struct listing l = { json_array() };
    struct audit_options o = { .store_path = s->config.replica,
                               .scratch_dir = s->config.dir,
                               .log_key = &s->config.log,
                               .threads = threads,
                               .progress = on_progress,
                               .found = on_found,
                               .ctx = &l };
    struct audit_counts n;
    char error[300] = "";
    enum status st = audit_run(&o, &n, error);
    int code;

    if (st != STATUS_OK) {
        say_error("cannot audit %s: %s", s->config.replica,
                  error[0] != '\0' ? error : status_text(st));
        code = status_exit_code(st);
    } else {
        code = json ? print_json(&n, l.findings) : print_text(&n, l.findings);
    }
    json_decref(l.findings);
    if (st == STATUS_OK && n.findings > 0) {
        say_error("%llu thing%s wrong in %s", (unsigned long long)n.findings,
                  n.findings == 1 ? " is" : "s are", s->config.replica);
        say_hint("what others have is unharmed: fetch the log anew into another folder "
                 "with `avow init`, and keep this one as evidence");
        code = status_exit_code(STATUS_ALTERED);
    }
    return code;
}

int cmd_audit(struct args *a)
{
    const char *dir = NULL, *path = NULL;
    struct policy *policy = NULL;
    uint64_t threads = 0;
    bool json = false;
    struct session s;
    const struct option options[] = {
        DIR_OPTION(&dir),
        { "threads", "N", "verify on so many threads (default: all)",
          .number = &threads },
        POLICY_OPTION(&path),
        JSON_OPTION(&json),
        { 0 },
    };
    enum status st;
    int code;

    if (!args_parse(a, options, 0, 0))
        return a->exit_code;
    if (threads > 256)
        return args_wrong(a, "--threads: at most 256");
    st = session_open(dir, SESSION_READ, &s);
    if (st != STATUS_OK)
        return status_exit_code(st);
    st = policies_read(path, &policy);
    code = st == STATUS_OK ? audit(&s, (unsigned)threads, json) : status_exit_code(st);
    if (code == 0)
        code = status_exit_code(policies_demand(s.store, policy));
    policy_free(policy);
    session_close(&s);
    return code;
}
