/* Proofs made from tiles, and receipts. */
#include "tlog/proof.h"

#include "base/codec.h"
#include "base/fault.h"
#include "unit/tlog_source.h"

static const uint64_t HUGE_SIZE = INT64_MAX;

static void assert_included(struct source *s, uint64_t index, uint64_t size)
{
    struct hash root = source_mth(s, 0, size);
    struct hash leaf = source_mth(s, index, index + 1), other = hash_empty();
    struct proof p;

    s->size = size;
    assert_status(proof_inclusion(source_read, s, index, size, &p), STATUS_OK);
    assert_status(proof_inclusion_verify(&p, index, size, &leaf, &root), STATUS_OK);
    assert_status(proof_inclusion_verify(&p, index, size, &other, &root),
                  STATUS_BAD_PROOF);
    assert_status(proof_inclusion_verify(&p, index, size, &leaf, &other),
                  STATUS_BAD_PROOF);
    for (size_t i = 0; i < p.n; i++) {
        p.hashes[i].b[i % HASH_LEN] ^= 1;
        assert_status(proof_inclusion_verify(&p, index, size, &leaf, &root),
                      STATUS_BAD_PROOF);
        p.hashes[i].b[i % HASH_LEN] ^= 1;
    }
    if (p.n < PROOF_HASHES_MAX) {
        p.hashes[p.n++] = root;
        assert_status(proof_inclusion_verify(&p, index, size, &leaf, &root),
                      STATUS_BAD_PROOF);
        p.n--;
    }
    if (p.n > 0) {
        p.n--;
        assert_status(proof_inclusion_verify(&p, index, size, &leaf, &root),
                      STATUS_BAD_PROOF);
    }
}

TEST(every_leaf_of_every_small_tree_is_proven)
{
    struct source s;

    source_small(&s, 70);
    for (uint64_t size = 1; size <= 70; size++)
        for (uint64_t index = 0; index < size; index++)
            assert_included(&s, index, size);
    source_clear(&s);
}

TEST(leaves_at_the_edges_of_tiles_are_proven)
{
    static const uint64_t sizes[] = { 255, 256, 257, 511, 512, 513, 65535, 65536, 65537 };
    struct source s;

    source_small(&s, 65537);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint64_t size = sizes[i];
        const uint64_t at[] = { 0, 1, 254, size / 2, size - 2, size - 1 };

        for (size_t j = 0; j < sizeof(at) / sizeof(at[0]); j++)
            assert_included(&s, at[j], size);
    }
    source_clear(&s);
}

static void assert_consistent(struct source *s, uint64_t old, uint64_t size)
{
    struct hash old_root = source_mth(s, 0, old), root = source_mth(s, 0, size);
    struct hash other = hash_leaf(BYTES_LIT("other"));
    struct proof p;

    s->size = size;
    assert_status(proof_consistency(source_read, s, old, size, &p), STATUS_OK);
    assert_true((p.n == 0) == (old == 0 || old == size));
    assert_status(proof_consistency_verify(&p, old, size, &old_root, &root), STATUS_OK);
    assert_status(proof_consistency_verify(&p, old, size, &other, &root),
                  STATUS_BAD_PROOF);
    if (old > 0)
        assert_status(proof_consistency_verify(&p, old, size, &old_root, &other),
                      STATUS_BAD_PROOF);
    for (size_t i = 0; i < p.n; i++) {
        p.hashes[i].b[i % HASH_LEN] ^= 0x80;
        assert_status(proof_consistency_verify(&p, old, size, &old_root, &root),
                      STATUS_BAD_PROOF);
        p.hashes[i].b[i % HASH_LEN] ^= 0x80;
    }
    p.hashes[p.n] = root;
    p.n++;
    assert_status(proof_consistency_verify(&p, old, size, &old_root, &root),
                  STATUS_BAD_PROOF);
    p.n -= p.n > 1 ? 2 : 1;
    if (old > 0 && old < size)
        assert_status(proof_consistency_verify(&p, old, size, &old_root, &root),
                      STATUS_BAD_PROOF);
}

TEST(every_small_tree_is_consistent_with_every_larger_one)
{
    struct source s;

    source_small(&s, 70);
    for (uint64_t size = 0; size <= 70; size++)
        for (uint64_t old = 0; old <= size; old++)
            assert_consistent(&s, old, size);
    source_clear(&s);
}

TEST(trees_at_the_edges_of_tiles_are_consistent)
{
    static const uint64_t sizes[] = {
        1, 255, 256, 257, 300, 512, 769, 65535, 65536, 65537
    };
    size_t n = sizeof(sizes) / sizeof(sizes[0]);
    struct source s;

    source_small(&s, 65537);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            assert_consistent(&s, sizes[j], sizes[i]);
    source_clear(&s);
}

/* At most three tiles a level: beside the path, on the tree's edge, and above both. */
TEST(the_largest_trees_are_proven_with_few_reads)
{
    struct source s;
    struct proof p;
    struct hash root, old_root;
    const uint64_t half = (uint64_t)1 << 62;
    const uint64_t at[] = { 0,        1,    HUGE_SIZE / 3, HUGE_SIZE / 2,
                            half - 1, half, HUGE_SIZE - 2, HUGE_SIZE - 1 };
    const uint64_t olds[] = { 1, HUGE_SIZE / 3, half, HUGE_SIZE - 3, HUGE_SIZE - 1 };

    source_alike(&s, HUGE_SIZE);
    root = source_mth(&s, 0, HUGE_SIZE);
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        s.reads = 0;
        assert_status(proof_inclusion(source_read, &s, at[i], HUGE_SIZE, &p), STATUS_OK);
        assert_true(p.n <= PROOF_HASHES_MAX && s.reads <= 24);
        assert_status(proof_inclusion_verify(&p, at[i], HUGE_SIZE, &s.perfect[0], &root),
                      STATUS_OK);
    }
    for (size_t i = 0; i < sizeof(olds) / sizeof(olds[0]); i++) {
        s.reads = 0;
        old_root = source_mth(&s, 0, olds[i]);
        assert_status(proof_consistency(source_read, &s, olds[i], HUGE_SIZE, &p),
                      STATUS_OK);
        assert_true(s.reads <= 24);
        assert_status(proof_consistency_verify(&p, olds[i], HUGE_SIZE, &old_root, &root),
                      STATUS_OK);
    }
    /* C2SP allows no 64th hash; only trees of more than 2^62 leaves could need it. */
    assert_status(proof_consistency(source_read, &s, 3, HUGE_SIZE, &p), STATUS_TOO_LARGE);
}

TEST(what_is_not_in_the_tree_is_not_proven)
{
    struct source s;
    struct proof p = { .n = 0 };
    struct hash h = hash_empty();

    source_alike(&s, 100);
    assert_status(proof_inclusion(source_read, &s, 0, 0, &p), STATUS_NOT_FOUND);
    assert_status(proof_inclusion(source_read, &s, 100, 100, &p), STATUS_NOT_FOUND);
    assert_status(proof_inclusion(source_read, &s, 1, UINT64_MAX, &p), STATUS_NOT_FOUND);
    assert_status(proof_consistency(source_read, &s, 101, 100, &p), STATUS_NOT_FOUND);
    assert_status(proof_consistency(source_read, &s, 1, UINT64_MAX, &p),
                  STATUS_NOT_FOUND);
    assert_status(proof_inclusion_verify(&p, 0, 0, &h, &h), STATUS_BAD_PROOF);
    assert_status(proof_inclusion_verify(&p, UINT64_MAX, UINT64_MAX, &h, &h),
                  STATUS_BAD_PROOF);
    assert_status(proof_inclusion_verify(&p, 0, UINT64_MAX, &h, &h), STATUS_BAD_PROOF);
    assert_status(proof_consistency_verify(&p, 2, 1, &h, &h), STATUS_BAD_PROOF);
    assert_status(proof_consistency_verify(&p, 1, UINT64_MAX, &h, &h), STATUS_BAD_PROOF);
    p.n = PROOF_HASHES_MAX;
    memset(p.hashes, 0, sizeof(p.hashes));
    assert_status(proof_consistency_verify(&p, UINT64_MAX - 1, UINT64_MAX, &h, &h),
                  STATUS_BAD_PROOF);
    assert_status(proof_inclusion_verify(&p, UINT64_MAX - 1, UINT64_MAX, &h, &h),
                  STATUS_BAD_PROOF);
    s.fail_at = 1;
    assert_status(proof_inclusion(source_read, &s, 5, 100, &p), STATUS_NOT_FOUND);
}

#define HASH_A "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ="
#define HASH_B "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA="

TEST(receipts_parse_and_print_the_same)
{
    static const char *const good[] = {
        "c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex 73894\n" HASH_A "\n" HASH_B "\n\na\n\nb",
        "c2sp.org/tlog-proof@v1\nextra YWdl\nindex 1\n" HASH_A "\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 9223372036854775806\n\nx",
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct receipt r;
        struct buf out = { 0 };

        assert_status(receipt_parse(bytes_of(good[i]), &r), STATUS_OK);
        receipt_print(&r, &out);
        assert_buf_eq(&out, good[i]);
        buf_clear(&out);
    }
}

TEST(bent_receipts_are_malformed)
{
    static const char *const bad[] = {
        "",
        "\n",
        "c2sp.org/tlog-proof@v1",
        "c2sp.org/tlog-proof@v2\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\r\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\n\nx",
        "c2sp.org/tlog-proof@v1\nindex\n\nx",
        "c2sp.org/tlog-proof@v1\nindex \n\nx",
        "c2sp.org/tlog-proof@v1\nindex 00\n\nx",
        "c2sp.org/tlog-proof@v1\nindex -1\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 0 \n\nx",
        "c2sp.org/tlog-proof@v1\nindex  0\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 9223372036854775807\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 18446744073709551616\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n" HASH_A "\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n" HASH_A,
        "c2sp.org/tlog-proof@v1\nindex 0\n " HASH_A "\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 0\n" HASH_A HASH_B "\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx",
        "c2sp.org/tlog-proof@v1\nextra \nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nextra\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nextra !!!!\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nextra Y\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nextra YWdl\nextra YWdl\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra YWdl\n\nx",
        /* Bits set behind the end: a second way to write the same. */
        "c2sp.org/tlog-proof@v1\nindex 0\n"
        "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlR=\n\nx",
    };
    struct receipt r;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (receipt_parse(bytes_of(bad[i]), &r) != STATUS_MALFORMED)
            fail_msg("accepted: %s", bad[i]);
}

TEST(a_proof_of_64_hashes_is_malformed)
{
    struct buf text = { 0 };
    struct receipt r;

    buf_text(&text, "c2sp.org/tlog-proof@v1\nindex 0\n");
    for (int i = 0; i < PROOF_HASHES_MAX; i++)
        buf_text(&text, HASH_A "\n");
    buf_text(&text, "\nx");
    assert_status(receipt_parse(buf_bytes(&text), &r), STATUS_OK);
    buf_truncate(&text, text.len - 2);
    buf_text(&text, HASH_A "\n\nx");
    assert_status(receipt_parse(buf_bytes(&text), &r), STATUS_MALFORMED);
    buf_clear(&text);
}

/* 64 bytes of any signature: receipt_verify looks at the proof alone. */
#define SIG_LINE                                                               \
    "\n\xe2\x80\x94 example.com/log "                                          \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
    "AAAAAAAAAAAAAAAAAAA=\n"

static void make_receipt(struct source *s, uint64_t index, struct buf *note,
                         struct receipt *r)
{
    struct hash root = source_mth(s, 0, s->size);

    buf_printf(note, "example.com/log\n%u\n", (unsigned)s->size);
    base64_encode((struct bytes){ root.b, HASH_LEN }, note);
    buf_text(note, "\n" SIG_LINE);
    *r = (struct receipt){ .index = index, .checkpoint = buf_bytes(note) };
    assert_status(proof_inclusion(source_read, s, index, s->size, &r->proof), STATUS_OK);
}

TEST(a_receipt_proves_its_entry_and_no_other)
{
    struct source s;
    struct buf note = { 0 };
    struct receipt r;

    source_small(&s, 300);
    make_receipt(&s, 257, &note, &r);
    assert_status(receipt_verify(&r, &s.leaves[257]), STATUS_OK);
    assert_status(receipt_verify(&r, &s.leaves[256]), STATUS_BAD_PROOF);
    r.index = 256;
    assert_status(receipt_verify(&r, &s.leaves[257]), STATUS_BAD_PROOF);
    r.index = 557;
    assert_status(receipt_verify(&r, &s.leaves[257]), STATUS_BAD_PROOF);
    r.index = 257;
    r.checkpoint = bytes_slice(r.checkpoint, 1, r.checkpoint.len);
    assert_status(receipt_verify(&r, &s.leaves[257]), STATUS_OK); /* another origin */
    r.checkpoint = BYTES_LIT("example.com/log\n300\n" HASH_A "\n");
    assert_status(receipt_verify(&r, &s.leaves[257]), STATUS_MALFORMED);
    r.checkpoint = BYTES_LIT("example.com/log\n300\n" HASH_A "\n" SIG_LINE);
    assert_status(receipt_verify(&r, &s.leaves[257]), STATUS_BAD_PROOF);
    r.checkpoint = BYTES_LIT("example.com/log\n300\nextra\n" SIG_LINE);
    assert_status(receipt_verify(&r, &s.leaves[257]), STATUS_MALFORMED);
    buf_clear(&note);
    source_clear(&s);
}

TEST(no_memory_is_said)
{
    struct receipt r;

    fault_arm(1);
    assert_status(
        receipt_parse(BYTES_LIT("c2sp.org/tlog-proof@v1\nextra YWdl\nindex 1\n\nx"), &r),
        STATUS_NOMEM);
    assert_true(fault_disarm());
}

static const struct CMUnitTest tests[] = {
    TEST_OF(every_leaf_of_every_small_tree_is_proven),
    TEST_OF(leaves_at_the_edges_of_tiles_are_proven),
    TEST_OF(every_small_tree_is_consistent_with_every_larger_one),
    TEST_OF(trees_at_the_edges_of_tiles_are_consistent),
    TEST_OF(the_largest_trees_are_proven_with_few_reads),
    TEST_OF(what_is_not_in_the_tree_is_not_proven),
    TEST_OF(receipts_parse_and_print_the_same),
    TEST_OF(bent_receipts_are_malformed),
    TEST_OF(a_proof_of_64_hashes_is_malformed),
    TEST_OF(a_receipt_proves_its_entry_and_no_other),
    TEST_OF(no_memory_is_said),
};

TEST_MAIN(tests)
