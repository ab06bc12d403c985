/* broker/check.c: avow-broker check */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "broker/broker.h"
#include "io/audit.h"
#include "io/upgrade.h"

static void found(void *ctx, const struct audit_finding *f)
{
    (void)ctx;
    say_error("%s: %s", f->where, f->why);
}

static void progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    (void)ctx;
    say_progress(what, done, total);
}

static void add_digest(struct buf *out, const char *before, const struct hash *digest,
                       const char *after)
{
    buf_text(out, before);
    hex_encode((struct bytes){ digest->b, HASH_LEN }, out);
    buf_text(out, after);
}

static void print_json(const struct audit_counts *c, const char *root)
{
    struct buf digests = { 0 };

    if (c->has_digest)
        add_digest(&digests, ",\"digest\":\"", &c->digest, "\"");
    if (c->has_digest_anew)
        add_digest(&digests, ",\"digest_anew\":\"", &c->digest_anew, "\"");
    printf("{\"origin\":\"%s\",\"size\":%" PRIu64 ",\"root\":\"%s\",\"entries\":%" PRIu64
           ",\"signatures\":%" PRIu64 ",\"records\":%" PRIu64 ",\"tiles\":%" PRIu64
           ",\"checkpoints\":%" PRIu64 ",\"cosignatures\":%" PRIu64 ",\"rows\":%" PRIu64
           ",\"findings\":%" PRIu64 "%s}\n",
           c->origin, c->size, root, c->entries, c->signatures, c->records, c->tiles,
           c->checkpoints, c->cosignatures, c->rows, c->findings, buf_str(&digests));
    buf_clear(&digests);
}

static void print_text(const struct audit_counts *c, const char *root)
{
    struct buf digests = { 0 };

    if (c->has_digest)
        add_digest(&digests, "digest of the state ", &c->digest, "\n");
    if (audit_digests_differ(c))
        add_digest(&digests, "derived anew        ", &c->digest_anew, "\n");
    printf("%s: %" PRIu64 " entries, root %s\n%s"
           "checked %" PRIu64 " signatures, %" PRIu64 " records, %" PRIu64
           " tiles, %" PRIu64 " checkpoints, %" PRIu64 " cosignatures, %" PRIu64
           " rows: %s\n",
           c->origin, c->size, root, buf_str(&digests), c->signatures, c->records,
           c->tiles, c->checkpoints, c->cosignatures, c->rows,
           c->findings == 0 ? "all is well" : "something is wrong");
    buf_clear(&digests);
}

static void print_counts(const struct audit_counts *c, bool json)
{
    struct buf root = { 0 };

    base64_encode((struct bytes){ c->root.b, HASH_LEN }, &root);
    if (json)
        print_json(c, buf_str(&root));
    else
        print_text(c, buf_str(&root));
    buf_clear(&root);
}

int cmd_check(struct args *a)
{
    char store[4096], error[300];
    struct audit_counts counts;
    struct audit_options o = { .store_path = store,
                               .progress = progress,
                               .found = found };
    uint64_t threads = 0;
    bool json = false;
    enum status st;
    const struct option options[] = {
        { "threads", "N", "that verify signatures (0: one a processor)",
          .number = &threads },
        { "json", NULL, "say what was checked as JSON", .flag = &json },
        { 0 },
    };

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    if (!path_in(a->words[0], STORE_FILE, store))
        return 2;
    o.scratch_dir = a->words[0];
    o.threads = (unsigned)threads;
    if (access(store, F_OK) != 0) {
        say_error("cannot check %s: %s", store, strerror(errno));
        say_hint("name the folder that `avow-broker init` made");
        return status_exit_code(STATUS_IO);
    }
    st = audit_run(&o, &counts, error);
    if (st != STATUS_OK) {
        say_error("cannot check %s: %s%s%s", store, status_text(st),
                  error[0] != '\0' ? ": " : "", error);
        upgrade_hint(st, "`avow-broker run`, when it starts,");
        return status_exit_code(st);
    }
    print_counts(&counts, json);
    return counts.findings == 0 ? 0 : 1;
}
