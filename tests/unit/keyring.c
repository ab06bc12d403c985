/* The keyring follows the committed log, and is read by many while it grows. */
#include "unit/scribe.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/fault.h"
#include "ledger/keyring.h"

static bool knows(struct keyring *k, const struct scribe *w)
{
    uint8_t pub[PUBLIC_KEY_LEN];
    const struct verifier_key *key = secret_key_public(w->key);

    if (!keyring_lookup(k, bytes_of(w->org), key->id, pub))
        return false;
    assert_memory_equal(pub, key->pub, PUBLIC_KEY_LEN);
    return true;
}

TEST(a_keyring_follows_commits)
{
    struct stage *s = stage_new();
    struct keyring *k;
    struct scribe *ke;
    uint8_t pub[PUBLIC_KEY_LEN];

    assert_status(keyring_new(&k), STATUS_OK);
    assert_status(keyring_refresh(k, s->store), STATUS_OK);
    assert_false(knows(k, &s->ilo)); /* the charter is not committed */
    stage_commit(s);
    assert_status(keyring_refresh(k, s->store), STATUS_OK);
    assert_true(knows(k, &s->ilo));
    assert_true(knows(k, &s->unicef));
    ke = stage_register(s, "KE-GOV");
    stage_commit(s);
    assert_false(knows(k, ke));
    assert_status(keyring_refresh(k, s->store), STATUS_OK);
    assert_status(keyring_refresh(k, s->store), STATUS_OK);
    assert_true(knows(k, ke));
    /* Name and id go together. */
    assert_false(
        keyring_lookup(k, bytes_of(s->ilo.org), secret_key_public(ke->key)->id, pub));
    keyring_free(k);
    stage_free(s);
}

TEST(cosigners_are_not_in_it)
{
    struct stage *s = stage_new();
    struct secret_key *cosigner = scribe_key("XM-DAC-41302/hq", KEY_COSIGN, 0);
    struct buf record = { 0 };
    struct keyring *k;
    uint8_t pub[PUBLIC_KEY_LEN];

    buf_text(&record, "{'is':'cosigner.added',");
    scribe_state_key(cosigner, STAGE_ORIGIN, s->ilo.org, &record);
    ACCEPTED(say(s, &s->ilo, "%s}", buf_str(&record)));
    stage_commit(s);
    assert_status(keyring_new(&k), STATUS_OK);
    assert_status(keyring_refresh(k, s->store), STATUS_OK);
    assert_false(keyring_lookup(k, bytes_of("XM-DAC-41302/hq"),
                                secret_key_public(cosigner)->id, pub));
    keyring_free(k);
    buf_clear(&record);
    secret_key_free(cosigner);
    stage_free(s);
}

/* Registered in bulk, ten a statement: more than the first table holds. */
#define MANY 200

static void register_many(struct stage *s)
{
    struct buf records = { 0 };

    for (int i = 0; i < MANY; i++) {
        struct scribe w;
        char org[32];

        snprintf(org, sizeof(org), "XX-%d", i);
        scribe_init(&w, org);
        stage_registration(&w, "spiac-b", &records);
        scribe_clear(&w);
        if (i % 10 == 9) {
            ACCEPTED(say(s, &s->ilo, "%s", buf_str(&records)));
            buf_reset(&records);
            stage_commit(s);
        }
    }
    buf_clear(&records);
}

struct reading {
    struct keyring *k;
    const struct scribe *who;
    atomic_bool stop;
};

static void *read_on(void *arg)
{
    struct reading *r = arg;
    uint8_t pub[PUBLIC_KEY_LEN];
    const struct verifier_key *key = secret_key_public(r->who->key);
    bool always = true;

    while (!atomic_load(&r->stop))
        always = always && keyring_lookup(r->k, bytes_of(r->who->org), key->id, pub) &&
                 memcmp(pub, key->pub, PUBLIC_KEY_LEN) == 0;
    return always ? r : NULL;
}

TEST(it_is_read_while_it_grows)
{
    struct stage *s = stage_new();
    struct reading reading = { .who = &s->ilo };
    pthread_t threads[3];
    bool fired = true;

    stage_commit(s);
    assert_status(keyring_new(&reading.k), STATUS_OK);
    assert_status(keyring_refresh(reading.k, s->store), STATUS_OK);
    register_many(s);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &reading), 0);
    /* With every fault on the way: what is there stays, and the rest comes later. */
    for (int nth = 1; fired; nth++) {
        enum status st;

        fault_arm(nth);
        st = keyring_refresh(reading.k, s->store);
        fired = fault_disarm();
        assert_true(st == STATUS_OK || fired);
    }
    atomic_store(&reading.stop, true);
    for (int i = 0; i < 3; i++) {
        void *result;

        pthread_join(threads[i], &result);
        assert_non_null(result);
    }
    for (int i = 0; i < MANY; i++) {
        struct scribe w;
        char org[32];

        snprintf(org, sizeof(org), "XX-%d", i);
        scribe_init(&w, org);
        assert_true(knows(reading.k, &w));
        scribe_clear(&w);
    }
    keyring_free(reading.k);
    stage_free(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_keyring_follows_commits),
    TEST_OF(cosigners_are_not_in_it),
    TEST_OF(it_is_read_while_it_grows),
};
TEST_MAIN(tests)
