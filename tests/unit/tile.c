/* Tile names, widths, and hashes read out of tiles. */
#include "tlog/tile.h"

#include "unit/tlog_source.h"

/* The largest size there is. */
static const uint64_t HUGE_SIZE = INT64_MAX;

static const struct {
    const char *path;
    struct tile_name name;
} names[] = {
    { "0/000", { 0, 0, 256 } },
    { "0/000.p/1", { 0, 0, 1 } },
    { "0/999.p/255", { 0, 999, 255 } },
    { "0/x001/000", { 0, 1000, 256 } },
    { "0/x001/x234/067", { 0, 1234067, 256 } },
    { "63/x001/x234/067.p/112", { 63, 1234067, 112 } },
    { "entries/x001/x234/067.p/9", { TILE_ENTRIES, 1234067, 9 } },
    { "entries/000", { TILE_ENTRIES, 0, 256 } },
    { "0/x036/x028/x797/x018/x963/967", { 0, INT64_MAX / 256, 256 } },
};

TEST(names_parse_and_print_the_same)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct tile_name t;
        struct buf out = { 0 };

        assert_status(tile_name_parse(bytes_of(names[i].path), &t), STATUS_OK);
        assert_int_equal(t.level, names[i].name.level);
        assert_int_equal(t.n, names[i].name.n);
        assert_int_equal(t.width, names[i].name.width);
        tile_name_print(&t, &out);
        assert_buf_eq(&out, names[i].path);
        buf_clear(&out);
    }
}

TEST(each_tile_has_one_name)
{
    static const char *const bad[] = {
        "",
        "/",
        "0",
        "0/",
        "/000",
        "0//000",
        "0/000/",
        "00/000",
        "64/000",
        "-1/000",
        "+1/000",
        "x/000",
        "entrie/000",
        "entries",
        "0/0",
        "0/00",
        "0/0000",
        "0/00a",
        "0/ 00",
        "0/-01",
        "0/x000/000",
        "0/x000/x001/000",
        "0/x001",
        "0/x001/",
        "0/x001/x000",
        "0/001/000",
        "0/X001/000",
        "0/x01/000",
        "0/x0001/000",
        "0/x-01/000",
        "0/000.p",
        "0/000.p/",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "0/000.p/1/",
        "0/000.p/1/2",
        "0/000.p/+1",
        "0/000.P/1",
        "0/000.q/1",
        "0/000.p1",
        "0/x001.p/000",
        "0/000/1",
        "0/000.p/18446744073709551617",
        "0/x036/x028/x797/x018/x963/968",
        "0/x999/x999/x999/x999/x999/x999/999",
        "0/x001/x000/x000/x000/x000/x000/x000/x000/x000/x000/000",
        "0/000\n",
        "0/../000",
    };
    struct tile_name t;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (tile_name_parse(bytes_of(bad[i]), &t) != STATUS_MALFORMED)
            fail_msg("accepted: \"%s\"", bad[i]);
    assert_status(tile_name_parse((struct bytes){ (const uint8_t *)"0/0\00000", 7 }, &t),
                  STATUS_MALFORMED);
}

/* The example of tlog-tiles, Partial Tiles. */
TEST(a_tree_of_70000_has_the_tiles_of_the_specification)
{
    assert_int_equal(tile_width(0, 0, 70000), 256);
    assert_int_equal(tile_width(0, 272, 70000), 256);
    assert_int_equal(tile_width(0, 273, 70000), 112);
    assert_int_equal(tile_width(0, 274, 70000), 0);
    assert_int_equal(tile_width(TILE_ENTRIES, 273, 70000), 112);
    assert_int_equal(tile_width(1, 0, 70000), 256);
    assert_int_equal(tile_width(1, 1, 70000), 17);
    assert_int_equal(tile_width(2, 0, 70000), 1);
    assert_int_equal(tile_width(2, 1, 70000), 0);
    assert_int_equal(tile_width(3, 0, 70000), 0);
}

TEST(widths_at_the_edges)
{
    assert_int_equal(tile_width(0, 0, 0), 0);
    assert_int_equal(tile_width(0, 0, 1), 1);
    assert_int_equal(tile_width(0, 0, 256), 256);
    assert_int_equal(tile_width(1, 0, 255), 0);
    assert_int_equal(tile_width(1, 0, 256), 1);
    assert_int_equal(tile_width(0, 1, 256), 0);
    assert_int_equal(tile_width(0, UINT64_MAX, HUGE_SIZE), 0);
    assert_int_equal(tile_width(0, HUGE_SIZE / 256, HUGE_SIZE), 255);
    assert_int_equal(tile_width(7, 0, HUGE_SIZE), 127);
    for (unsigned level = 8; level < 64; level++)
        assert_int_equal(tile_width(level, 0, UINT64_MAX), 0);
}

TEST(the_tree_comes_back_from_its_tiles)
{
    struct source s;
    struct tree grown, read;

    source_small(&s, 70000);
    tree_init(&grown);
    for (uint64_t size = 0;; size++) {
        bool look = size < 600 || size % 4999 == 0 || (size & (size - 1)) == 0 ||
                    (size & (size + 1)) == 0 || size == s.size;

        if (look) {
            struct hash a = tree_root(&grown), b;

            s.reads = 0;
            assert_status(tile_tree(source_read, &s, size, &read), STATUS_OK);
            assert_int_equal(read.size, size);
            assert_true(s.reads <= 3);
            b = tree_root(&read);
            assert_true(hash_eq(&a, &b));
            assert_memory_equal(grown.peaks, read.peaks,
                                (size_t)__builtin_popcountll(size) * HASH_LEN);
        }
        if (size == s.size)
            break;
        tree_append(&grown, &s.leaves[size]);
    }
    source_clear(&s);
}

TEST(the_largest_tree_costs_one_read_a_level)
{
    struct source s;
    struct tree t;
    struct hash root, expected;

    source_alike(&s, HUGE_SIZE);
    assert_status(tile_tree(source_read, &s, HUGE_SIZE, &t), STATUS_OK);
    assert_int_equal(s.reads, 8);
    root = tree_root(&t);
    expected = source_mth(&s, 0, HUGE_SIZE);
    assert_true(hash_eq(&root, &expected));
    assert_status(tile_tree(source_read, &s, (uint64_t)INT64_MAX + 1, &t),
                  STATUS_MALFORMED);
}

TEST(ranges_hash_as_the_rfc_defines)
{
    struct source s;
    struct hash h, expected;

    source_small(&s, 1100);
    for (uint64_t len = 1; len <= 1100; len = len < 20 ? len + 1 : len * 2 - 13) {
        uint64_t step = 1;

        while (step < len)
            step *= 2;
        for (uint64_t start = 0; start + len <= s.size; start += step) {
            assert_status(tile_range_hash(source_read, &s, start, start + len, &h),
                          STATUS_OK);
            expected = source_mth(&s, start, start + len);
            assert_true(hash_eq(&h, &expected));
        }
    }
    source_clear(&s);
}

TEST(ranges_that_are_no_subtrees_are_refused)
{
    static const uint64_t bad[][2] = {
        { 0, 0 },          { 5, 5 },
        { 5, 4 },          { 1, 3 },
        { 2, 5 },          { 4, 9 },
        { UINT64_MAX, 0 }, { 0, (uint64_t)INT64_MAX + 1 },
        { 0, UINT64_MAX }, { (uint64_t)1 << 62, UINT64_MAX },
    };
    struct source s;
    struct hash h;

    source_alike(&s, HUGE_SIZE);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_status(tile_range_hash(source_read, &s, bad[i][0], bad[i][1], &h),
                      STATUS_MALFORMED);
    assert_int_equal(s.reads, 0);
    assert_status(tile_range_hash(source_read, &s, (uint64_t)1 << 62, HUGE_SIZE, &h),
                  STATUS_OK);
}

TEST(a_full_tile_goes_up_as_its_root)
{
    struct source s;
    struct hash h, expected;

    source_small(&s, 512);
    h = tile_root(&s.leaves[256]);
    expected = source_mth(&s, 256, 512);
    assert_true(hash_eq(&h, &expected));
    source_clear(&s);
}

TEST(a_missing_tile_is_reported)
{
    struct source s;
    struct tree t;
    struct hash h;

    source_alike(&s, 70000);
    for (unsigned nth = 1; nth <= 3; nth++) {
        s.reads = 0;
        s.fail_at = nth;
        assert_status(tile_tree(source_read, &s, 70000, &t), STATUS_NOT_FOUND);
        s.reads = 0;
        assert_status(tile_range_hash(source_read, &s, 0, 70000, &h), STATUS_NOT_FOUND);
    }
}

static const struct CMUnitTest tests[] = {
    TEST_OF(names_parse_and_print_the_same),
    TEST_OF(each_tile_has_one_name),
    TEST_OF(a_tree_of_70000_has_the_tiles_of_the_specification),
    TEST_OF(widths_at_the_edges),
    TEST_OF(the_tree_comes_back_from_its_tiles),
    TEST_OF(the_largest_tree_costs_one_read_a_level),
    TEST_OF(ranges_hash_as_the_rfc_defines),
    TEST_OF(ranges_that_are_no_subtrees_are_refused),
    TEST_OF(a_full_tile_goes_up_as_its_root),
    TEST_OF(a_missing_tile_is_reported),
};

TEST_MAIN(tests)
