/* Entry bundles: what goes in comes out, and nothing else. */
#include "tlog/bundle.h"

#include "unit/test.h"

TEST(entries_come_out_as_they_went_in)
{
    static uint8_t large[NOTE_MAX];
    const struct bytes entries[] = { BYTES_LIT("a"),
                                     { large, sizeof(large) },
                                     BYTES_LIT("\x00\x01") };
    struct buf b = { 0 };
    struct reader r;
    struct bytes e;

    memset(large, 'x', sizeof(large));
    for (size_t i = 0; i < 3; i++)
        bundle_add(&b, entries[i]);
    assert_int_equal(b.len, 3 * 2 + 1 + NOTE_MAX + 2);
    assert_memory_equal(b.ptr,
                        "\x00\x01"
                        "a\xea\x60xx",
                        7);
    r = reader_of(buf_bytes(&b));
    for (size_t i = 0; i < 3; i++) {
        assert_true(r.len > 0);
        assert_status(bundle_next(&r, &e), STATUS_OK);
        assert_same_bytes(e, entries[i]);
    }
    assert_int_equal(r.len, 0);
    buf_clear(&b);
}

TEST(a_bundle_cut_anywhere_is_malformed)
{
    struct buf b = { 0 };

    bundle_add(&b, BYTES_LIT("first"));
    bundle_add(&b, BYTES_LIT("second"));
    for (size_t cut = 1; cut < b.len; cut++) {
        struct reader r = reader_of(bytes_slice(buf_bytes(&b), 0, cut));
        struct bytes e;
        enum status st = STATUS_OK;

        while (st == STATUS_OK && r.len > 0)
            st = bundle_next(&r, &e);
        assert_status(st, cut == 7 ? STATUS_OK : STATUS_MALFORMED);
    }
    buf_clear(&b);
}

TEST(empty_and_oversized_entries_are_malformed)
{
    static uint8_t in[2 + UINT16_MAX];
    struct reader r = reader_of((struct bytes){ in, sizeof(in) });
    struct bytes e = { in, 42 };

    assert_status(bundle_next(&r, &e), STATUS_MALFORMED);
    in[0] = (NOTE_MAX + 1) >> 8;
    in[1] = (NOTE_MAX + 1) & 0xff;
    r = reader_of((struct bytes){ in, sizeof(in) });
    assert_status(bundle_next(&r, &e), STATUS_MALFORMED);
    in[1]--;
    r = reader_of((struct bytes){ in, sizeof(in) });
    assert_int_equal(e.len, 42); /* written only on success */
    assert_status(bundle_next(&r, &e), STATUS_OK);
    assert_int_equal(e.len, NOTE_MAX);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(entries_come_out_as_they_went_in),
    TEST_OF(a_bundle_cut_anywhere_is_malformed),
    TEST_OF(empty_and_oversized_entries_are_malformed),
};

TEST_MAIN(tests)
