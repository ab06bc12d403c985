/* tests/bench/statements.c: makes a log's worth of signed statements, ahead of the
 * measuring.
 *
 *   statements DIR AUTHORS COUNT [RECORDS]
 *
 * DIR, which exists, gets log.key, log.vkey and charter, for `avow-broker init`, and
 * three files of parcels (bench.h), to be published one after the other: `found` (the
 * steward registers AUTHORS organizations in a network and admits them), `join` (each
 * accepts) and `load` (COUNT statements, each of RECORDS pledges, by authors in random
 * order). The keys follow from their numbers alone: they guard nothing.
 */
#include <sys/stat.h>

#include "base/clock.h"
#include "base/codec.h"
#include "record/codes.h"
#include "record/statement.h"
#include "sign/keyfile.h"
#include "tests/bench/bench.h"

#define ORIGIN "avow.example.org/bench"
#define STEWARD "XM-DAC-41302"
#define NETWORK "usp2030"
/* Of registrations, which are the largest records here, as many as fit a statement. */
#define FOUNDED_AT_ONCE 64

/* Each key lies between guard pages of its own, and a process has only so many maps. */
#define AUTHORS_MAX 10000

struct author {
    char org[ORG_ID_MAX + 1];
    struct secret_key *key;
    uint64_t seq;
};

struct maker {
    const char *dir;
    struct secret_key *log;
    struct author steward;
    struct author *authors;
    uint32_t n;
    int64_t at;
    uint64_t random;
    uint64_t pledges;
};

/* splitmix64: the same statements in every run. */
static uint64_t random_next(struct maker *m)
{
    uint64_t z = m->random += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static struct secret_key *make_key(const char *name, uint32_t number)
{
    uint8_t seed[SEED_LEN] = { 'b', 'e', 'n', 'c', 'h' };
    struct secret_key *key = NULL;

    memcpy(seed + 8, &number, sizeof(number));
    must_be_ok(secret_key_from_seed(bytes_of(name), KEY_ED25519, seed, &key), name);
    return key;
}

/* "key":"…","proof":"…" */
static void add_key(struct buf *out, const struct secret_key *key, const char *org)
{
    uint8_t sig[SIGNATURE_LEN];

    key_proof_sign(key, BYTES_LIT(ORIGIN), bytes_of(org), sig);
    buf_text(out, "\"key\":\"");
    verifier_key_print(secret_key_public(key), out);
    buf_text(out, "\",\"proof\":\"");
    base64_encode((struct bytes){ sig, sizeof(sig) }, out);
    buf_text(out, "\"");
}

static void sign(struct maker *m, struct author *a, const struct buf records[], size_t n,
                 struct buf *note)
{
    struct bytes lines[RECORDS_MAX];
    struct statement_header h = {
        .log = BYTES_LIT(ORIGIN),
        .org = bytes_of(a->org),
        .lang = BYTES_LIT("en"),
        .key_id = secret_key_public(a->key)->id,
        .seq = ++a->seq,
        .at = m->at,
        .before = UINT64_MAX,
    };
    size_t text_len;

    for (size_t i = 0; i < n; i++)
        lines[i] = buf_bytes(&records[i]);
    buf_reset(note);
    statement_compose(&h, lines, n, note);
    text_len = note->len;
    buf_text(note, "\n");
    note_sign(a->key, bytes_slice(buf_bytes(note), 0, text_len), note);
    must_be_ok(buf_status(note), "statement");
}

static void write_file(const struct maker *m, const char *name, const struct buf *content)
{
    char path[4096];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", m->dir, name);
    f = fopen(path, "wb");
    must(f != NULL && fwrite(content->ptr, 1, content->len, f) == content->len &&
             fclose(f) == 0,
         "cannot write %s", path);
    must(chmod(path, 0600) == 0, "cannot protect %s", path);
}

static void register_record(struct buf *out, const struct author *a, bool founding)
{
    buf_printf(out, "{\"is\":\"organization.registered\",\"org\":\"%s\",", a->org);
    if (!founding)
        buf_text(out, "\"network\":\"" NETWORK "\",");
    buf_printf(out,
               "\"name\":\"Organization %s\",\"org_type\":\"10\",\"country\":\"KE\","
               "\"keys\":[{",
               a->org);
    add_key(out, a->key, a->org);
    buf_text(out, ",\"label\":\"office\"}]}");
}

static void make_charter(struct maker *m)
{
    struct buf records[3] = { 0 }, note = { 0 };

    buf_text(&records[0], "{\"is\":\"log.chartered\",\"origin\":\"" ORIGIN "\",");
    add_key(&records[0], m->log, ORIGIN);
    buf_printf(&records[0],
               ",\"rules\":%d,\"codes\":\"%s\",\"stewards\":[\"" STEWARD
               "\"],\"quorum\":1,\"title\":\"A log to be measured\"}",
               RULES_VERSION, codes_digest());
    register_record(&records[1], &m->steward, true);
    buf_text(&records[2],
             "{\"is\":\"network.chartered\",\"network\":\"" NETWORK
             "\",\"name\":\"Global Partnership for Universal Social Protection\","
             "\"conveners\":[{\"org\":\"" STEWARD "\",\"role\":\"convener\"}],"
             "\"quorum\":{\"admit\":1,\"speak\":1}}");
    sign(m, &m->steward, records, 3, &note);
    write_file(m, "charter", &note);
    for (size_t i = 0; i < 3; i++)
        buf_clear(&records[i]);
    buf_clear(&note);
}

static void make_log_key(struct maker *m)
{
    static const struct secret_text open = { 0 };
    struct buf text = { 0 };

    must_be_ok(keyfile_seal(m->log, &open, &text), "log.key");
    write_file(m, "log.key", &text);
    buf_reset(&text);
    verifier_key_print(secret_key_public(m->log), &text);
    buf_text(&text, "\n");
    write_file(m, "log.vkey", &text);
    buf_clear(&text);
}

/* Registrations and grants: two records for each organization. */
static void make_found(struct maker *m)
{
    static struct buf records[2 * FOUNDED_AT_ONCE];
    struct buf out = { 0 }, note = { 0 };

    for (uint32_t first = 0; first < m->n; first += FOUNDED_AT_ONCE) {
        size_t n = 0;

        for (uint32_t i = first; i < m->n && i < first + FOUNDED_AT_ONCE; i++) {
            buf_reset(&records[n]);
            register_record(&records[n++], &m->authors[i], false);
            buf_reset(&records[n]);
            buf_printf(&records[n++],
                       "{\"is\":\"membership.granted\",\"network\":\"" NETWORK
                       "\",\"org\":\"%s\",\"role\":\"member\"}",
                       m->authors[i].org);
        }
        sign(m, &m->steward, records, n, &note);
        parcel_add(&out, 0, buf_bytes(&note));
    }
    write_file(m, "found", &out);
    for (size_t i = 0; i < 2 * FOUNDED_AT_ONCE; i++)
        buf_clear(&records[i]);
    buf_clear(&out);
    buf_clear(&note);
}

static void make_join(struct maker *m)
{
    struct buf out = { 0 }, note = { 0 }, record = { 0 };

    for (uint32_t i = 0; i < m->n; i++) {
        buf_reset(&record);
        buf_printf(&record,
                   "{\"is\":\"membership.accepted\",\"network\":\"" NETWORK
                   "\",\"org\":\"%s\"}",
                   m->authors[i].org);
        sign(m, &m->authors[i], &record, 1, &note);
        parcel_add(&out, i, buf_bytes(&note));
    }
    write_file(m, "join", &out);
    buf_clear(&out);
    buf_clear(&note);
    buf_clear(&record);
}

static void pledge_record(struct maker *m, const struct author *a, struct buf *out)
{
    static const char *const countries[] = { "KE", "MZ", "TG", "ZM", "KH", "VN", "PY" };
    uint64_t r = random_next(m);

    buf_reset(out);
    buf_printf(out,
               "{\"is\":\"pledge.made\",\"id\":\"%s:PL-%06" PRIu64
               "\",\"title\":\"Support to the national social protection floor, "
               "phase %d\",\"donor\":\"%s\",\"recipient\":\"" STEWARD
               "\",\"basis\":\"announced\",\"money\":{\"amount\":\"%d.00\","
               "\"currency\":\"USD\"},\"networks\":[\"" NETWORK
               "\"],\"countries\":[\"%s\"],\"sectors\":[\"16010\"],\"sdgs\":[\"1.3\"]}",
               a->org, ++m->pledges, (int)(r % 9) + 1, a->org,
               (int)(r >> 8 & 0xffff) * 100 + 100, countries[(r >> 32) % 7]);
}

static uint64_t make_load(struct maker *m, uint64_t count, size_t n_records)
{
    static struct buf records[RECORDS_MAX];
    struct buf out = { 0 }, note = { 0 };
    uint64_t bytes = 0;

    for (uint64_t i = 0; i < count; i++) {
        uint32_t author = (uint32_t)(random_next(m) % m->n);

        for (size_t k = 0; k < n_records; k++)
            pledge_record(m, &m->authors[author], &records[k]);
        sign(m, &m->authors[author], records, n_records, &note);
        parcel_add(&out, author, buf_bytes(&note));
        bytes += note.len;
    }
    write_file(m, "load", &out);
    for (size_t k = 0; k < n_records; k++)
        buf_clear(&records[k]);
    buf_clear(&out);
    buf_clear(&note);
    return bytes;
}

int main(int argc, char **argv)
{
    struct maker m = { .random = 1, .at = clock_now_s() };
    uint64_t authors, count, n_records, bytes;

    must(argc == 4 || argc == 5, "usage: statements DIR AUTHORS COUNT [RECORDS]");
    m.dir = argv[1];
    authors = number_of(argv[2], "AUTHORS");
    count = number_of(argv[3], "COUNT");
    n_records = argc > 4 ? number_of(argv[4], "RECORDS") : 1;
    must(authors > 0 && authors <= AUTHORS_MAX, "AUTHORS: 1 to %d", AUTHORS_MAX);
    must(n_records > 0 && n_records <= RECORDS_MAX, "RECORDS: 1 to %d", RECORDS_MAX);
    must_be_ok(sign_init(), "randomness");
    m.n = (uint32_t)authors;
    m.authors = must_calloc(m.n, sizeof(*m.authors));
    m.log = make_key(ORIGIN, 0);
    snprintf(m.steward.org, sizeof(m.steward.org), "%s", STEWARD);
    m.steward.key = make_key(STEWARD, 1);
    for (uint32_t i = 0; i < m.n; i++) {
        snprintf(m.authors[i].org, sizeof(m.authors[i].org), "KE-NCB-%06" PRIu32, i);
        m.authors[i].key = make_key(m.authors[i].org, 2 + i);
    }
    make_log_key(&m);
    make_charter(&m);
    make_found(&m);
    make_join(&m);
    bytes = make_load(&m, count, (size_t)n_records);
    printf("{\"found\":%" PRIu32 ",\"join\":%" PRIu32 ",\"load\":%" PRIu64
           ",\"statement_bytes\":%" PRIu64 "}\n",
           (m.n + FOUNDED_AT_ONCE - 1) / FOUNDED_AT_ONCE, m.n, count,
           count > 0 ? bytes / count : 0);
    for (uint32_t i = 0; i < m.n; i++)
        secret_key_free(m.authors[i].key);
    secret_key_free(m.steward.key);
    secret_key_free(m.log);
    free(m.authors);
    return 0;
}
