/* Writes logs of several sizes as static folders, as they are served, with this project's
 * own code; other people's programs then check them.
 *
 *     makelog DIR SIZE...
 *
 *     DIR/keys                    verifier keys: the log's, then the cosigners'
 *     DIR/<size>/log/...          what a broker serves
 *     DIR/<size>/consistency      a proof from the size before, a hash a line
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/codec.h"
#include "tlog/bundle.h"
#include "tlog/policy.h"
#include "tlog/proof.h"

#define ORIGIN "log.example.org/interop"
#define COSIGNERS 3
#define LEVELS 3 /* of tiles: up to 2^24 entries */

struct maker {
    const char *dir;
    uint64_t cap;
    uint64_t size;
    struct tree tree;
    struct hash *hashes[LEVELS]; /* as tiles list them */
    struct secret_key *log;
    struct secret_key *cosigners[COSIGNERS];
};

/* A test fixture: what fails ends it. */
static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "makelog: error: %s\n", what);
    exit(3);
}

static void make_folders(char *path)
{
    for (char *at = path + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        must(mkdir(path, 0755) == 0 || errno == EEXIST, path);
        *at = '/';
    }
}

/* Writes DIR/<name>, takes what is in `content`. */
static void write_file(const struct maker *m, const char *name, struct buf *content)
{
    char path[4096];
    FILE *f;

    must(buf_status(content) == STATUS_OK, "out of memory");
    must(snprintf(path, sizeof(path), "%s/%s", m->dir, name) < (int)sizeof(path), name);
    make_folders(path);
    f = fopen(path, "wb");
    must(f != NULL, path);
    must(fwrite(content->ptr, 1, content->len, f) == content->len, path);
    must(fclose(f) == 0, path);
    buf_clear(content);
}

/* Of many lengths: some are as short, and one as long, as an entry can be. */
static void entry(uint64_t i, struct buf *out)
{
    size_t len = i == 3 ? NOTE_MAX : i % 5 == 0 ? 1 : 20 + i * 7919 % 200;

    buf_printf(out, "%" PRIu64 "\n", i);
    while (out->len < len)
        buf_u8(out, (uint8_t)(out->len * (i + 1)));
    buf_truncate(out, len);
}

static enum status read_tile(void *ctx, unsigned level, uint64_t n, unsigned width,
                             struct hash out[TILE_WIDTH])
{
    const struct maker *m = ctx;

    must(level < LEVELS && width <= tile_width(level, n, m->size), "a tile is missing");
    memcpy(out, &m->hashes[level][n * TILE_WIDTH], width * sizeof(out[0]));
    return STATUS_OK;
}

static void grow(struct maker *m, uint64_t size)
{
    struct buf text = { 0 };

    for (uint64_t i = m->size; i < size; i++) {
        struct hash leaf;
        uint64_t n = i + 1;

        entry(i, &text);
        leaf = hash_leaf(buf_bytes(&text));
        tree_append(&m->tree, &leaf);
        m->hashes[0][i] = leaf;
        m->size = n;
        for (unsigned level = 1; level < LEVELS && n % TILE_WIDTH == 0; level++) {
            n /= TILE_WIDTH;
            m->hashes[level][n - 1] =
                tile_root(&m->hashes[level - 1][(n - 1) * TILE_WIDTH]);
        }
        buf_reset(&text);
    }
    buf_clear(&text);
}

static void write_tile(struct maker *m, const struct tile_name *t)
{
    struct buf name = { 0 }, content = { 0 }, text = { 0 };
    uint64_t first = t->n * TILE_WIDTH;

    buf_printf(&name, "%" PRIu64 "/log/tile/", m->size);
    tile_name_print(t, &name);
    for (uint64_t i = first; i < first + t->width; i++) {
        if (t->level == TILE_ENTRIES) {
            entry(i, &text);
            bundle_add(&content, buf_bytes(&text));
            buf_reset(&text);
        } else {
            buf_append(&content, m->hashes[t->level][i].b, HASH_LEN);
        }
    }
    write_file(m, buf_str(&name), &content);
    buf_clear(&name);
    buf_clear(&text);
}

static void write_tiles(struct maker *m)
{
    static const unsigned levels[] = { 0, 1, 2, TILE_ENTRIES };

    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        struct tile_name t = { .level = levels[i] };

        for (; (t.width = tile_width(t.level, t.n, m->size)) > 0; t.n++)
            write_tile(m, &t);
    }
}

static void make_checkpoint(struct maker *m, struct buf *out)
{
    const struct secret_key *keys[1] = { m->log };
    struct checkpoint c = { .origin = ORIGIN, .size = m->size };
    struct buf text = { 0 };

    c.root = tree_root(&m->tree);
    must(checkpoint_sign(&c, keys, 1, out) == STATUS_OK, "cannot sign");
    checkpoint_print(&c, &text);
    for (unsigned i = 0; i < COSIGNERS; i++)
        cosignature_sign(m->cosigners[i], buf_bytes(&text), 1700000000 + i, out);
    buf_clear(&text);
}

static void write_proof(struct maker *m, uint64_t index, struct bytes checkpoint)
{
    struct receipt r = { .index = index, .checkpoint = checkpoint };
    struct buf content = { 0 };
    char name[64];

    must(proof_inclusion(read_tile, m, index, m->size, &r.proof) == STATUS_OK,
         "cannot prove inclusion");
    receipt_print(&r, &content);
    snprintf(name, sizeof(name), "%" PRIu64 "/log/proof/%" PRIu64, m->size, index);
    write_file(m, name, &content);
}

static void write_consistency(struct maker *m, uint64_t old)
{
    struct buf content = { 0 };
    struct proof p;
    char name[64];

    must(proof_consistency(read_tile, m, old, m->size, &p) == STATUS_OK,
         "cannot prove consistency");
    for (size_t i = 0; i < p.n; i++) {
        base64_encode((struct bytes){ p.hashes[i].b, HASH_LEN }, &content);
        buf_text(&content, "\n");
    }
    snprintf(name, sizeof(name), "%" PRIu64 "/consistency", m->size);
    write_file(m, name, &content);
}

static void make_policy(const struct maker *m, struct buf *out)
{
    buf_text(out, "log ");
    verifier_key_print(secret_key_public(m->log), out);
    for (unsigned i = 0; i < COSIGNERS; i++) {
        buf_printf(out, "\nwitness w%u ", i);
        verifier_key_print(secret_key_public(m->cosigners[i]), out);
    }
    buf_text(out, "\ngroup log:majority 2 w0 w1 w2\nquorum log:majority\n");
}

/* Our own verdict first: what others check must at least convince ourselves. */
static void check_policy(const struct maker *m, struct bytes text, struct bytes note)
{
    struct policy *p = NULL;
    struct checkpoint c;
    size_t cosigned;

    must(policy_parse(text, &p, NULL) == STATUS_OK, "the policy does not parse");
    must(policy_check(p, note, &c, &cosigned) == STATUS_OK && c.size == m->size &&
             cosigned == COSIGNERS,
         "the checkpoint does not meet the policy");
    policy_free(p);
}

static void write_size(struct maker *m, uint64_t old)
{
    const uint64_t at[] = { 0, 1, 254, 255, 256, 65535, 65536, m->size / 2, m->size - 1 };
    struct buf checkpoint = { 0 }, policy = { 0 };
    char name[64];

    write_tiles(m);
    make_checkpoint(m, &checkpoint);
    make_policy(m, &policy);
    check_policy(m, buf_bytes(&policy), buf_bytes(&checkpoint));
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
        if (at[i] < m->size)
            write_proof(m, at[i], buf_bytes(&checkpoint));
    if (old > 0)
        write_consistency(m, old);
    snprintf(name, sizeof(name), "%" PRIu64 "/log/checkpoint", m->size);
    write_file(m, name, &checkpoint);
    snprintf(name, sizeof(name), "%" PRIu64 "/log/policy", m->size);
    write_file(m, name, &policy);
}

static void make_keys(struct maker *m)
{
    struct buf keys = { 0 };

    must(sign_init() == STATUS_OK, "no randomness");
    must(secret_key_generate(BYTES_LIT(ORIGIN), KEY_ED25519, &m->log) == STATUS_OK,
         "no key");
    verifier_key_print(secret_key_public(m->log), &keys);
    buf_text(&keys, "\n");
    for (unsigned i = 0; i < COSIGNERS; i++) {
        char name[32];

        snprintf(name, sizeof(name), "XM-DAC-4130%u/office", i);
        must(secret_key_generate(bytes_of(name), KEY_COSIGN, &m->cosigners[i]) ==
                 STATUS_OK,
             "no key");
        verifier_key_print(secret_key_public(m->cosigners[i]), &keys);
        buf_text(&keys, "\n");
    }
    write_file(m, "keys", &keys);
}

int main(int argc, char **argv)
{
    struct maker m = { 0 };
    uint64_t size;

    must(argc > 2, "usage: makelog DIR SIZE...");
    m.dir = argv[1];
    must(decimal_parse(bytes_of(argv[argc - 1]), &m.cap) == STATUS_OK &&
             m.cap < (uint64_t)1 << 24,
         "the last size is no size");
    tree_init(&m.tree);
    for (unsigned level = 0; level < LEVELS; level++) {
        m.hashes[level] = calloc((m.cap >> (8 * level)) + 1, sizeof(struct hash));
        must(m.hashes[level] != NULL, "out of memory");
    }
    make_keys(&m);
    for (int i = 2; i < argc; i++) {
        uint64_t old = m.size;

        must(decimal_parse(bytes_of(argv[i]), &size) == STATUS_OK && size > old &&
                 size <= m.cap,
             "sizes must ascend");
        grow(&m, size);
        write_size(&m, old);
    }
    for (unsigned level = 0; level < LEVELS; level++)
        free(m.hashes[level]);
    for (unsigned i = 0; i < COSIGNERS; i++)
        secret_key_free(m.cosigners[i]);
    secret_key_free(m.log);
    return 0;
}
