/* Power is cut at any write, ROUNDS times (40): of what was written since the last sync
 * there is then some, in any order, torn at the borders of sectors. The broker's
 * sequencer comes back with all that it acknowledged, in a log and state that equal a
 * replay of it; a node with all that it reported, and no smaller tree than it has
 * cosigned. Every fourth disk had lied about its syncs: then the broker has all the same,
 * or says that something is missing, and signs nothing. SEED, which is printed when it
 * fails, replays it. */
#include "broker/sequencer.h"
#include "node/witness.h"
#include "unit/scribe.h"
#include "unit/store_vfs.h"

#include "base/file.h"
#define say say_line /* a word of the scribe's */
#include "base/say.h"
#undef say
#include "broker/mark.h"
#include "sign/keyfile.h"

enum { POOL = 240, MANY = 24 };

/* The story, and what it comes to: after so many entries this root and digest. */
static struct {
    struct buf notes[POOL];
    struct hash roots[POOL + 1], digests[POOL + 1];
    struct secret_key *log_key;
    struct buf first; /* the store of entry 0 alone */
} story;

static int rounds;
static unsigned seed;
static char log_path[4096], replica_path[4096], mark_path[4096];

/* --- the story ------------------------------------------------------------------------
 */

static void keep_note(struct stage *s, unsigned i)
{
    stage_commit(s);
    buf_add(&story.notes[i], buf_bytes(&s->last));
    story.roots[i + 1] = ledger_root(s->ledger);
    assert_status(ledger_digest(s->store, &story.digests[i + 1]), STATUS_OK);
}

static void make_story(void)
{
    struct stage *s = stage_new();

    keep_note(s, 0);
    for (unsigned i = 1; i < POOL; i++) {
        if (i % 3 == 1)
            ACCEPTED(say(s, &s->ilo,
                         "{'is':'pledge.made','id':'XM-DAC-41302:PL-%u','title':'Pledge "
                         "%u','donor':'XM-DAC-41302','recipient':'XM-DAC-41122','basis':"
                         "'announced','money':{'amount':'1000.00','currency':'USD'}}",
                         i, i));
        else
            ACCEPTED(say(s, &s->unicef,
                         "{'is':'organization.listed','org':'XM-DAC-%u','name':'Number "
                         "%u','org_type':'10'}",
                         50000 + i, i));
        keep_note(s, i);
    }
    story.log_key = scribe_key(STAGE_ORIGIN, KEY_ED25519, 0);
    stage_free(s);
}

static void sign_checkpoint(uint64_t size, struct buf *out)
{
    struct checkpoint c = { .size = size, .root = story.roots[size] };
    const struct secret_key *keys[] = { story.log_key };

    snprintf(c.origin, sizeof(c.origin), "%s", STAGE_ORIGIN);
    assert_status(checkpoint_sign(&c, keys, 1, out), STATUS_OK);
}

static enum status take(struct ledger *l, uint64_t i)
{
    struct statement *st = NULL;
    struct refusal why;
    struct outcome o;
    enum status result = statement_open(buf_bytes(&story.notes[i]), NULL, &st, &why);

    if (result == STATUS_OK)
        result = ledger_take(l, st, &o);
    statement_free(st);
    if (result == STATUS_OK)
        assert_int_equal(o.type, OUTCOME_ACCEPTED);
    return result;
}

/* Up to `end`, under one checkpoint. */
static enum status take_and_commit(struct ledger *l, uint64_t end)
{
    struct buf note = { 0 };
    enum status st = STATUS_OK;

    for (uint64_t i = ledger_size(l); st == STATUS_OK && i < end; i++)
        st = take(l, i);
    sign_checkpoint(end, &note);
    if (st == STATUS_OK)
        st = ledger_commit(l, buf_bytes(&note));
    buf_clear(&note);
    return st;
}

static void make_first(const char *path)
{
    struct store *s = NULL;
    struct ledger *l = NULL;

    assert_status(store_open(path, STORE_CREATE, &s), STATUS_OK);
    assert_status(ledger_open(s, &l), STATUS_OK);
    assert_status(take_and_commit(l, 1), STATUS_OK);
    ledger_close(l);
    store_close(s);
    vfs_read_file(path, &story.first);
}

static void start_over(const char *path)
{
    static const char *const ends[] = { "-wal", "-shm" };
    char name[4300];

    for (size_t i = 0; i < 2; i++) {
        snprintf(name, sizeof(name), "%s%s", path, ends[i]);
        remove(name);
    }
    remove(mark_path);
    vfs_write_file(path, buf_bytes(&story.first));
}

/* What is there equals a replay of as many entries. Gives how many. */
static uint64_t check_replay(const char *path)
{
    struct store *s = NULL;
    struct tree tree;
    struct hash root, digest;
    struct buf note = { 0 };
    struct store_entry e;
    uint64_t size = 0, signed_size = 0;

    assert_status(store_open(path, STORE_READ, &s), STATUS_OK);
    assert_status(store_size(s, &size), STATUS_OK);
    assert_true(size >= 1 && size <= POOL);
    assert_status(tile_tree(store_tile_read, s, size, &tree), STATUS_OK);
    root = tree_root(&tree);
    assert_true(hash_eq(&root, &story.roots[size]));
    assert_status(ledger_digest(s, &digest), STATUS_OK);
    assert_true(hash_eq(&digest, &story.digests[size]));
    assert_status(store_entry_get(s, size - 1, &e, &note), STATUS_OK);
    assert_same_bytes(e.note, buf_bytes(&story.notes[size - 1]));
    assert_status(store_checkpoint_newest(s, &signed_size, &note), STATUS_OK);
    assert_int_equal(signed_size, size);
    if (rand() % 16 == 0)
        assert_status(store_check(s), STATUS_OK);
    buf_clear(&note);
    store_close(s);
    return size;
}

/* --- a broker -------------------------------------------------------------------------
 */

struct power_broker {
    struct metrics metrics;
    struct admission *admission;
    struct recovery *recovery;
    struct sequencer *sequencer;
    struct intake *intake;
    struct answerer *answerer;
    atomic_uint asked, answered;
    atomic_ullong acknowledged; /* entries: each of these has a receipt */
};

static struct keys *broker_keys;

static void on_committed(void *ctx, uint64_t size, const struct hash *root)
{
    (void)ctx;
    (void)size;
    (void)root;
}

static enum status broker_open(const char *path, struct power_broker *b)
{
    struct sequencer_options o = { .store_path = path,
                                   .keys = broker_keys,
                                   .metrics = &b->metrics,
                                   .committed = on_committed };
    enum status st;

    memset(b, 0, sizeof(*b));
    metrics_init(&b->metrics);
    assert_status(admission_new(&(struct admission_options){ 0 }, &b->admission),
                  STATUS_OK);
    assert_status(recovery_new(path, false, &b->metrics, &b->recovery), STATUS_OK);
    o.recovery = b->recovery;
    st = sequencer_new(&o, &b->sequencer);
    if (st == STATUS_OK)
        st = intake_new(1, sequencer_origin(b->sequencer),
                        sequencer_keyring(b->sequencer), b->admission, &b->intake);
    if (st == STATUS_OK)
        st = answerer_new(path, &b->answerer);
    if (st == STATUS_OK) {
        sequencer_attach(b->sequencer, b->intake, b->answerer, b->admission);
        sequencer_start(b->sequencer);
    }
    return st;
}

static void broker_close(struct power_broker *b)
{
    if (b->intake != NULL)
        pipeline_finish(intake_pipeline(b->intake));
    if (b->sequencer != NULL)
        sequencer_join(b->sequencer);
    answerer_free(b->answerer);
    intake_free(b->intake);
    sequencer_free(b->sequencer);
    recovery_end(b->recovery);
    recovery_free(b->recovery);
    admission_free(b->admission);
}

static void on_done(struct submission *s, struct bytes receipt)
{
    struct power_broker *b = s->asker;

    if (s->fate == SUBMISSION_JUDGED && receipt.len > 0) {
        assert_true(s->outcome.type == OUTCOME_ACCEPTED ||
                    s->outcome.type == OUTCOME_KNOWN);
        if (s->outcome.index + 1 > atomic_load(&b->acknowledged))
            atomic_store(&b->acknowledged, s->outcome.index + 1);
    }
    atomic_fetch_add(&b->answered, 1);
}

static void wait_answers(struct power_broker *b)
{
    static const struct timespec ms = { .tv_nsec = 200000 };

    for (int i = 0; atomic_load(&b->answered) < atomic_load(&b->asked); i++) {
        assert_true(i < 100000);
        nanosleep(&ms, NULL);
    }
}

/* Several at once, and one batch after the other. */
static void publish(struct power_broker *b, uint64_t from, uint64_t n)
{
    for (uint64_t i = from; i < from + n && i < POOL; i++) {
        atomic_fetch_add(&b->asked, 1);
        assert_status(
            intake_push(b->intake, buf_bytes(&story.notes[i]), false, NULL, on_done, b),
            STATUS_OK);
        if (rand() % 3 == 0)
            wait_answers(b);
    }
    wait_answers(b);
}

/* The line beside the log is not synced while it runs: after a cut there may be an older
 * one, the beginning of one, or nothing. */
static void cut_mark(struct bytes before)
{
    const char *path = mark_path;
    struct buf now = { 0 };

    vfs_read_file(path, &now);
    switch (rand() % 4) {
    case 0:
        vfs_write_file(path, before);
        break;
    case 1:
        vfs_write_file(path, bytes_slice(buf_bytes(&now), 0,
                                         now.len == 0 ? 0 : (size_t)rand() % now.len));
        break;
    default:
        break;
    }
    buf_clear(&now);
}

/* The disk had said that all is there, and nothing was: what is noticed by? */
static void check_lied(const char *path, uint64_t acknowledged)
{
    struct power_broker b;
    struct store *s = NULL;
    uint64_t size = 0, after = 0;
    enum status st = broker_open(path, &b);

    if (st == STATUS_OK && !recovery_waits(b.recovery)) {
        broker_close(&b);
        assert_true(check_replay(path) >= acknowledged);
        return;
    }
    if (st == STATUS_OK) {
        size = sequencer_size_at_start(b.sequencer);
        publish(&b, size, 3);
        assert_int_equal(atomic_load(&b.acknowledged), 0);
    }
    broker_close(&b);
    if (st == STATUS_OK && store_open(path, STORE_READ, &s) == STATUS_OK) {
        assert_status(store_size(s, &after), STATUS_OK);
        assert_int_equal(after, size);
    }
    store_close(s);
}

static uint64_t broker_round(const char *path, uint64_t held, bool lies)
{
    struct power_broker b;
    struct buf mark = { 0 }, whole = { 0 };
    uint64_t acknowledged, size;
    char wal[4300];

    vfs_begin(path, 1 + rand() % 150);
    assert_status(broker_open(path, &b), STATUS_OK);
    assert_int_equal(sequencer_size_at_start(b.sequencer), held);
    assert_false(recovery_waits(b.recovery));
    vfs_read_file(mark_path, &mark);
    publish(&b, held, 1 + (uint64_t)rand() % MANY);
    acknowledged = atomic_load(&b.acknowledged);
    if (rand() % 8 != 0)
        vfs.cut = true; /* at the latest */
    broker_close(&b);
    if (lies && vfs.cut) {
        struct buf log = { 0 };

        snprintf(wal, sizeof(wal), "%s-wal", path);
        vfs_read_file(path, &whole);
        vfs_read_file(wal, &log);
        vfs_read_file(mark_path, &mark);
        vfs_cut(true);
        check_lied(path, acknowledged);
        vfs_write_file(path, buf_bytes(&whole)); /* its backup comes back */
        vfs_write_file(wal, buf_bytes(&log));
        snprintf(wal, sizeof(wal), "%s-shm", path);
        remove(wal);
        vfs_write_file(mark_path, buf_bytes(&mark));
        buf_clear(&log);
    } else {
        cut_mark(buf_bytes(&mark));
        vfs_cut(false);
    }
    size = check_replay(path);
    assert_true(size >= acknowledged && size >= held);
    buf_clear(&mark);
    buf_clear(&whole);
    return size;
}

TEST(a_broker_comes_back_with_all_that_it_acknowledged)
{
    const char *path = log_path;
    uint64_t held = 1, most = 0;

    srand(seed);
    start_over(path);
    for (int i = 0; i < rounds; i++) {
        if (held + MANY > POOL) {
            start_over(path);
            held = 1;
        }
        held = broker_round(path, held, i % 4 == 3);
        most = held > most ? held : most;
    }
    assert_true(most > 1);
}

/* --- a node ---------------------------------------------------------------------------
 */

/* Until the power is cut: takes parts, cosigns some. *stored, *left: what it has
 * reported as kept, and the size of the last cosignature that left it. */
static void node_work(struct store *s, struct ledger *l, const struct secret_key *key,
                      uint64_t *stored, uint64_t *left)
{
    enum status st = STATUS_OK;

    for (int i = rand() % 6; i >= 0 && st == STATUS_OK; i--) {
        uint64_t end = ledger_size(l) + 1 + (uint64_t)rand() % 5;
        struct buf note = { 0 }, body = { 0 };

        st = take_and_commit(l, end);
        if (st == STATUS_OK)
            *stored = end;
        sign_checkpoint(end, &note);
        if (st == STATUS_OK && rand() % 2 == 0) {
            st = witness_cosign(s, key, buf_bytes(&note), 1795000000, &body);
            if (st == STATUS_OK)
                *left = end;
        }
        buf_clear(&note);
        buf_clear(&body);
    }
}

static void check_cosigned(const char *path, struct secret_key *key, uint64_t left)
{
    struct store *s = NULL;
    struct witness *w = NULL;
    struct checkpoint last;

    assert_status(store_open(path, STORE_WRITE, &s), STATUS_OK);
    assert_status(witness_new(key, s, &w), STATUS_OK);
    assert_status(witness_last_checkpoint(w, &last), STATUS_OK);
    assert_true(last.size >= left);
    if (last.size > 0)
        assert_true(hash_eq(&last.root, &story.roots[last.size]));
    witness_free(w);
    store_close(s);
}

static uint64_t node_round(const char *path, uint64_t held, uint64_t *left)
{
    struct secret_key *key = scribe_key("XM-DAC-41302/node", KEY_COSIGN, 0);
    uint64_t stored = held, size;
    struct store *s = NULL;
    struct ledger *l = NULL;

    vfs_begin(path, 1 + rand() % 60);
    if (store_open(path, STORE_WRITE, &s) == STATUS_OK &&
        ledger_open(s, &l) == STATUS_OK) {
        assert_status(ledger_check_root(l), STATUS_OK);
        assert_int_equal(ledger_size(l), held);
        node_work(s, l, key, &stored, left);
    }
    if (rand() % 8 != 0)
        vfs.cut = true;
    ledger_close(l);
    store_close(s);
    vfs_cut(false);
    size = check_replay(path);
    assert_true(size >= stored);
    check_cosigned(path, key, *left);
    return size;
}

TEST(a_node_comes_back_with_all_that_it_reported_and_cosigned)
{
    const char *path = replica_path;
    uint64_t held = 1, left = 0;

    srand(seed + 1);
    start_over(path);
    for (int i = 0; i < rounds; i++) {
        if (held + 30 > POOL) {
            start_over(path);
            held = 1;
            left = 0;
        }
        held = node_round(path, held, &left);
    }
}

/* --- what they share ------------------------------------------------------------------
 */

static int set_up(void **state)
{
    static const struct passphrase_source none;
    struct log_keys stated = { 0 };
    struct buf text = { 0 };
    const char *given = getenv("ROUNDS"), *seed_given = getenv("SEED");

    (void)state;
    rounds = given != NULL ? atoi(given) : 40;
    seed = seed_given != NULL ? (unsigned)atoi(seed_given) : (unsigned)getpid();
    snprintf(log_path, sizeof(log_path), "%s", scratch_path("log.db"));
    snprintf(replica_path, sizeof(replica_path), "%s", scratch_path("replica.db"));
    snprintf(mark_path, sizeof(mark_path), "%s", scratch_path(MARK_FILE));
    print_message("# SEED=%u ROUNDS=%d\n", seed, rounds);
    say_init("power", SAY_BROKEN);
    vfs_install();
    make_story();
    make_first(scratch_path("first.db"));
    assert_status(keyfile_seal(story.log_key, &(struct secret_text){ 0 }, &text),
                  STATUS_OK);
    assert_status(file_create(scratch_path("log.key"), buf_bytes(&text), 0600),
                  STATUS_OK);
    buf_clear(&text);
    assert_status(keys_open(scratch_dir(), &none, &stated, &broker_keys), STATUS_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vfs_forget();
    keys_close(broker_keys);
    secret_key_free(story.log_key);
    buf_clear(&story.first);
    for (unsigned i = 0; i < POOL; i++)
        buf_clear(&story.notes[i]);
    return 0;
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_broker_comes_back_with_all_that_it_acknowledged),
    TEST_OF(a_node_comes_back_with_all_that_it_reported_and_cosigned),
};

TEST_MAIN_BETWEEN(tests, set_up, tear_down)
