/* Compact ranges against RFC 6962's own definition. */
#include "tlog/tree.h"

#include "unit/tlog_source.h"

TEST(a_tree_of_nothing_has_the_empty_root)
{
    struct tree t;
    struct hash root, empty = hash_empty();

    tree_init(&t);
    root = tree_root(&t);
    assert_true(hash_eq(&root, &empty));
}

TEST(every_size_has_the_root_that_the_rfc_defines)
{
    struct source s;
    struct tree t;

    source_small(&s, 600);
    tree_init(&t);
    for (uint64_t size = 0; size < s.size; size++) {
        struct hash root = tree_root(&t), expected = source_mth(&s, 0, size);

        assert_int_equal(t.size, size);
        assert_true(hash_eq(&root, &expected));
        tree_append(&t, &s.leaves[size]);
    }
    source_clear(&s);
}

/* A tree just below 2^k leaves has k peaks; one more leaf joins them all. */
TEST(a_leaf_can_join_every_peak)
{
    struct source s;
    struct tree t;
    struct hash root, leaf;

    source_alike(&s, 0);
    for (unsigned k = 1; k < 63; k++) {
        tree_init(&t);
        t.size = ((uint64_t)1 << k) - 1;
        for (unsigned i = 0; i < k; i++)
            t.peaks[i] = s.perfect[k - 1 - i];
        leaf = s.perfect[0];
        tree_append(&t, &leaf);
        root = tree_root(&t);
        assert_int_equal(t.size, (uint64_t)1 << k);
        assert_true(hash_eq(&root, &s.perfect[k]));
    }
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_tree_of_nothing_has_the_empty_root),
    TEST_OF(every_size_has_the_root_that_the_rfc_defines),
    TEST_OF(a_leaf_can_join_every_peak),
};

TEST_MAIN(tests)
