/* SHA-256 and the RFC 6962 hashes: known answers, threads, faults. */
#include "tlog/hash.h"

#include <pthread.h>

#include "base/codec.h"
#include "base/fault.h"
#include "unit/test.h"

static void assert_hash(struct hash h, const char *hex)
{
    struct buf text = { 0 };

    hex_encode((struct bytes){ h.b, HASH_LEN }, &text);
    assert_buf_eq(&text, hex);
    buf_clear(&text);
}

TEST(sha256_gives_the_known_answers)
{
    assert_hash(hash_sha256(BYTES_LIT("")),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hash(hash_sha256(BYTES_LIT("abc")),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hash(hash_sha256(BYTES_LIT(
                    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* The known answers of Certificate Transparency's tests. */
TEST(leaves_and_nodes_are_told_apart)
{
    struct hash a = hash_leaf(BYTES_LIT(""));
    struct hash b = hash_leaf(BYTES_LIT("\x00"));

    assert_hash(hash_empty(),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hash(a, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    assert_hash(b, "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
    assert_hash(hash_node(&a, &b),
                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
    assert_false(hash_eq(&a, &b));
    assert_true(hash_eq(&a, &a));
}

TEST(pieces_give_what_the_whole_gives)
{
    struct hasher *h = NULL;

    assert_status(hasher_new(&h), STATUS_OK);
    for (int round = 0; round < 3; round++) {
        hasher_add(h, BYTES_LIT("a"));
        hasher_add(h, (struct bytes){ NULL, 0 });
        /* Another hash of this thread meanwhile does not disturb it. */
        hash_sha256(BYTES_LIT("something else"));
        hasher_add(h, BYTES_LIT("bc"));
        assert_hash(hasher_end(h),
                    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
    hasher_free(h);
    hasher_free(NULL);
}

TEST(no_memory_is_said)
{
    bool fired = true;

    for (int nth = 1; fired; nth++) {
        struct hasher *h = NULL;
        enum status st;

        fault_arm(nth);
        st = hasher_new(&h);
        fired = fault_disarm();
        assert_status(st, fired ? STATUS_NOMEM : STATUS_OK);
        hasher_free(h);
    }
}

static void *hash_much(void *seed)
{
    struct hash *h = seed;

    for (int i = 0; i < 10000; i++)
        *h = hash_node(h, h);
    return NULL;
}

TEST(threads_do_not_disturb_each_other)
{
    pthread_t threads[4];
    struct hash sums[5] = { 0 };

    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hash_much, &sums[i]), 0);
    hash_much(&sums[4]);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(hash_eq(&sums[i], &sums[4]));
    }
}

static const struct CMUnitTest tests[] = {
    TEST_OF(sha256_gives_the_known_answers),    TEST_OF(leaves_and_nodes_are_told_apart),
    TEST_OF(pieces_give_what_the_whole_gives),  TEST_OF(no_memory_is_said),
    TEST_OF(threads_do_not_disturb_each_other),
};

TEST_MAIN(tests)
