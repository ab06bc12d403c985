/* The outbox: what waits for what, who has claimed what, and what of it stays when it is
 * gone. */
#include "node/outbox.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/codec.h"
#include "base/file.h"
#include "node/author.h"
#include "unit/test.h"

#define LOG_NAME "avow.example.org/spf"
#define NOW 1800000000
#define DAY 86400

/* --- a folder, a key, statements ---------------------------------------------------- */

static char dir[4096];

static void new_folder(void)
{
    static unsigned n;
    char name[32];

    snprintf(name, sizeof(name), "node-%u", n++);
    snprintf(dir, sizeof(dir), "%s", scratch_path(name));
    assert_int_equal(mkdir(dir, 0755), 0);
}

static struct secret_key *key_of(const char *org)
{
    const struct hash seed = hash_sha256(bytes_of(org));
    struct secret_key *key = NULL;

    assert_status(sign_init(), STATUS_OK);
    assert_status(secret_key_from_seed(bytes_of(org), KEY_ED25519, seed.b, &key),
                  STATUS_OK);
    return key;
}

/* The next statement of this key, which lists an organization. */
static struct statement *signed_by(const struct secret_key *key, const char *listed,
                                   int64_t now)
{
    struct author *author = NULL;
    struct statement *s = NULL;
    struct refusal why = { 0 };
    struct buf note = { 0 }, line = { 0 };
    struct bytes record;
    struct draft d = { .origin = BYTES_LIT(LOG_NAME),
                       .lang = "en",
                       .now = now,
                       .before = UINT64_MAX,
                       .records = &record,
                       .n_records = 1 };

    buf_printf(&line,
               "{\"is\":\"organization.listed\",\"org\":\"%s\",\"name\":\"One\","
               "\"org_type\":\"10\"}",
               listed);
    record = buf_bytes(&line);
    assert_status(author_open(dir, secret_key_public(key), &author), STATUS_OK);
    assert_status(author_sign(author, key, &d, &note, &why), STATUS_OK);
    author_close(author);
    assert_status(statement_open(buf_bytes(&note), LOG_NAME, &s, &why), STATUS_OK);
    buf_clear(&note);
    buf_clear(&line);
    return s;
}

static void open_locked(struct outbox *o)
{
    assert_status(outbox_open(dir, OUTBOX_LOCK, o), STATUS_OK);
}

/* Kept in a list of its own, whose lock is let go; the claim stays until it is closed. */
static struct outbox_item *kept(struct outbox *o, const struct statement *s)
{
    size_t at;

    open_locked(o);
    assert_status(outbox_keep(o, s->note, s, NULL, &at), STATUS_OK);
    outbox_unlock(o);
    return &o->items[at];
}

static void left(const struct statement *s)
{
    struct outbox o;

    kept(&o, s);
    outbox_close(&o);
}

/* As somebody else sees it. */
static enum outbox_state state_of(const struct statement *s, const char *why)
{
    struct outbox o;
    struct buf text = { 0 };
    enum outbox_state state;
    size_t at;

    assert_status(outbox_open(dir, OUTBOX_LOOK, &o), STATUS_OK);
    at = outbox_place(&o, &s->id);
    state = at < o.n ? o.items[at].state : OUTBOX_GONE;
    if (why != NULL) {
        outbox_why(&o.items[at], &text);
        assert_buf_eq(&text, why);
    }
    buf_clear(&text);
    outbox_close(&o);
    return state;
}

/* --- claims ------------------------------------------------------------------------- */

TEST(what_is_kept_is_claimed_until_the_list_is_closed)
{
    struct secret_key *key = key_of("XM-A");
    struct outbox o, other;
    struct statement *s;
    size_t at;

    new_folder();
    s = signed_by(key, "XM-B", NOW);
    assert_int_equal(kept(&o, s)->state, OUTBOX_READY);
    assert_true(o.items[0].own && o.items[0].fresh);
    assert_int_equal(state_of(s, NULL), OUTBOX_SENDING);

    open_locked(&other);
    assert_status(outbox_keep(&other, s->note, s, NULL, &at), STATUS_BUSY);
    assert_int_equal(at, 0);
    assert_status(outbox_claim(&other.items[at]), STATUS_BUSY);
    assert_status(outbox_await(&other.items[at], 50), STATUS_BUSY);
    outbox_close(&o);
    assert_status(outbox_await(&other.items[at], 5000), STATUS_OK);
    assert_status(outbox_reread(&other), STATUS_OK);
    assert_int_equal(other.items[at].state, OUTBOX_READY);
    assert_status(outbox_keep(&other, s->note, s, NULL, &at), STATUS_OK);
    assert_true(other.items[at].own && !other.items[at].fresh);
    outbox_close(&other);
    statement_free(s);
    secret_key_free(key);
}

TEST(a_claim_ends_with_its_process_however_that_ends)
{
    struct secret_key *key = key_of("XM-A");
    struct statement *s;
    struct outbox o;
    int ready[2], status;
    pid_t child;
    char byte;

    new_folder();
    s = signed_by(key, "XM-B", NOW);
    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        kept(&o, s);
        if (write(ready[1], "k", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(state_of(s, NULL), OUTBOX_SENDING);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(state_of(s, NULL), OUTBOX_READY);
    close(ready[0]);
    close(ready[1]);
    statement_free(s);
    secret_key_free(key);
}

TEST(claims_stay_when_the_list_is_read_anew)
{
    struct secret_key *key = key_of("XM-A");
    struct secret_key *early = key_of("XM-C");
    struct statement *s, *before;
    struct outbox o;

    new_folder();
    s = signed_by(key, "XM-B", NOW);
    kept(&o, s);
    before = signed_by(early, "XM-D", NOW - DAY);
    left(before);
    assert_status(outbox_lock(&o), STATUS_OK);
    assert_status(outbox_reread(&o), STATUS_OK);
    assert_int_equal(o.n, 2);
    assert_int_equal(outbox_place(&o, &s->id), 1);
    assert_true(o.items[1].own && o.items[1].claim >= 0 && o.items[0].claim < 0);
    assert_int_equal(state_of(s, NULL), OUTBOX_SENDING);
    outbox_close(&o);
    statement_free(s);
    statement_free(before);
    secret_key_free(key);
    secret_key_free(early);
}

/* --- what waits for what ------------------------------------------------------------ */

TEST(a_key_goes_in_order_and_others_do_not_wait)
{
    struct secret_key *key = key_of("XM-A");
    struct secret_key *free_one = key_of("XM-C");
    struct statement *first, *second, *third, *other, *named;
    struct outbox o;

    new_folder();
    first = signed_by(key, "XM-B", NOW);
    kept(&o, first);
    second = signed_by(key, "XM-E", NOW);
    left(second);
    third = signed_by(key, "XM-F", NOW);
    left(third);
    other = signed_by(free_one, "XM-D", NOW + 1);
    left(other);
    named = signed_by(free_one, "XM-B", NOW + 2);
    left(named);
    assert_int_equal(state_of(second, "it has a higher seq of the same key"),
                     OUTBOX_WAITS);
    assert_int_equal(state_of(third, "it has a higher seq of the same key"),
                     OUTBOX_WAITS);
    assert_int_equal(state_of(other, NULL), OUTBOX_READY);
    assert_int_equal(state_of(named, "it names XM-B"), OUTBOX_WAITS);
    outbox_close(&o);
    assert_int_equal(state_of(third, NULL), OUTBOX_READY);
    statement_free(first);
    statement_free(second);
    statement_free(third);
    statement_free(other);
    statement_free(named);
    secret_key_free(key);
    secret_key_free(free_one);
}

static const struct submitted no = { .rule = "org.unknown", .text = "none of it" };

TEST(what_was_refused_is_ready_when_it_is_kept_again)
{
    struct secret_key *key = key_of("XM-A");
    struct statement *s;
    struct outbox o;
    size_t at;

    new_folder();
    s = signed_by(key, "XM-B", NOW);
    left(s);
    open_locked(&o);
    assert_status(outbox_refuse(&o, 0, &no), STATUS_OK);
    outbox_close(&o);
    assert_int_equal(state_of(s, NULL), OUTBOX_REFUSED);
    open_locked(&o);
    assert_status(outbox_keep(&o, s->note, s, NULL, &at), STATUS_OK);
    assert_int_equal(o.items[at].state, OUTBOX_READY);
    assert_false(o.items[at].fresh);
    outbox_close(&o);
    assert_int_equal(state_of(s, NULL), OUTBOX_READY);
    statement_free(s);
    secret_key_free(key);
}

/* A crash between the two files leaves the first. */
TEST(what_is_said_of_a_statement_is_said_of_it_alone)
{
    struct secret_key *key = key_of("XM-A");
    struct statement *s;
    char path[4200];

    new_folder();
    s = signed_by(key, "XM-B", NOW);
    snprintf(path, sizeof(path), "%s/outbox-%08x-%016d.json", dir, s->key_id, 1);
    assert_status(file_create(path, BYTES_LIT("{\"refused\":{}}"), 0644), STATUS_OK);
    left(s);
    assert_int_equal(state_of(s, NULL), OUTBOX_READY);
    statement_free(s);
    secret_key_free(key);
}

TEST(another_statement_of_the_number_is_not_overwritten)
{
    struct secret_key *key = key_of("XM-A");
    struct statement *s, *twin;
    struct outbox o;
    size_t at;

    new_folder();
    s = signed_by(key, "XM-B", NOW);
    twin = signed_by(key, "XM-C", NOW);
    assert_int_equal(s->seq, twin->seq);
    left(s);
    open_locked(&o);
    assert_status(outbox_keep(&o, twin->note, twin, NULL, &at), STATUS_EXISTS);
    outbox_close(&o);
    assert_int_equal(state_of(s, NULL), OUTBOX_READY);
    statement_free(s);
    statement_free(twin);
    secret_key_free(key);
}

/* --- numbers ------------------------------------------------------------------------ */

/* What the log refused leaves neither its number nor the time of a wrong clock. */
TEST(what_was_not_published_leaves_no_trace)
{
    struct secret_key *key = key_of("XM-A");
    struct statement *ahead, *next;
    struct outbox o;

    new_folder();
    ahead = signed_by(key, "XM-B", NOW + DAY);
    kept(&o, ahead);
    assert_status(outbox_lock(&o), STATUS_OK);
    assert_status(outbox_remove(&o.items[0]), STATUS_OK);
    outbox_close(&o);
    next = signed_by(key, "XM-B", NOW);
    assert_int_equal(next->seq, ahead->seq);
    assert_int_equal(next->at, NOW);
    statement_free(next);
    statement_free(ahead);
    secret_key_free(key);
}

/* Refused and still there: its number is taken, its time does not count. */
TEST(the_time_of_what_was_refused_does_not_count)
{
    struct secret_key *key = key_of("XM-A");
    struct statement *ahead, *waits, *next;
    struct outbox o;

    new_folder();
    ahead = signed_by(key, "XM-B", NOW + DAY);
    left(ahead);
    waits = signed_by(key, "XM-C", NOW);
    assert_int_equal(waits->at, NOW + DAY); /* it may be published yet */
    open_locked(&o);
    assert_status(outbox_refuse(&o, 0, &no), STATUS_OK);
    outbox_close(&o);
    next = signed_by(key, "XM-C", NOW);
    assert_int_equal(next->seq, ahead->seq + 1);
    assert_int_equal(next->at, NOW);
    statement_free(next);
    statement_free(waits);
    statement_free(ahead);
    secret_key_free(key);
}

TEST(what_was_published_counts_when_it_has_left_the_outbox)
{
    struct secret_key *key = key_of("XM-A");
    struct statement *s, *next;
    struct outbox o;

    new_folder();
    s = signed_by(key, "XM-B", NOW + 60);
    kept(&o, s);
    assert_status(outbox_lock(&o), STATUS_OK);
    assert_status(author_used(dir, s->key_id, s->seq, s->at), STATUS_OK);
    assert_status(outbox_remove(&o.items[0]), STATUS_OK);
    outbox_close(&o);
    next = signed_by(key, "XM-C", NOW);
    assert_int_equal(next->seq, s->seq + 1);
    assert_int_equal(next->at, NOW + 60);
    statement_free(next);
    statement_free(s);
    secret_key_free(key);
}

/* Its number is used up, since it is signed and out of hand; its time is not. */
TEST(a_draft_that_is_dropped_leaves_its_number_only)
{
    struct secret_key *key = key_of("XM-A");
    static const char id[] =
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    struct author *a = NULL;
    struct statement *next;
    struct refusal why;
    struct buf note = { 0 };
    struct bytes record =
        BYTES_LIT("{\"is\":\"organization.listed\",\"org\":\"XM-B\",\"name\":\"One\","
                  "\"org_type\":\"10\"}");
    struct draft d = { .origin = BYTES_LIT(LOG_NAME),
                       .lang = "en",
                       .now = NOW + DAY,
                       .before = UINT64_MAX,
                       .records = &record,
                       .n_records = 1 };

    new_folder();
    assert_status(author_open(dir, secret_key_public(key), &a), STATUS_OK);
    assert_status(author_sign(a, key, &d, &note, &why), STATUS_OK);
    assert_status(author_hold(a, bytes_of(id)), STATUS_OK);
    author_close(a);
    assert_status(author_open(dir, secret_key_public(key), &a), STATUS_OK);
    assert_string_equal(author_held(a), id);
    assert_status(author_hold(a, (struct bytes){ 0 }), STATUS_OK);
    author_close(a);
    next = signed_by(key, "XM-B", NOW);
    assert_int_equal(next->seq, 2);
    assert_int_equal(next->at, NOW);
    buf_clear(&note);
    statement_free(next);
    secret_key_free(key);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(what_is_kept_is_claimed_until_the_list_is_closed),
    TEST_OF(a_claim_ends_with_its_process_however_that_ends),
    TEST_OF(claims_stay_when_the_list_is_read_anew),
    TEST_OF(a_key_goes_in_order_and_others_do_not_wait),
    TEST_OF(what_was_refused_is_ready_when_it_is_kept_again),
    TEST_OF(what_is_said_of_a_statement_is_said_of_it_alone),
    TEST_OF(another_statement_of_the_number_is_not_overwritten),
    TEST_OF(what_was_not_published_leaves_no_trace),
    TEST_OF(the_time_of_what_was_refused_does_not_count),
    TEST_OF(what_was_published_counts_when_it_has_left_the_outbox),
    TEST_OF(a_draft_that_is_dropped_leaves_its_number_only),
};

TEST_MAIN(tests)
