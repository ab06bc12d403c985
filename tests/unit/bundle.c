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

/* No statement is like that; a log that has one is to be shown to have it. */
TEST(entries_of_every_length_are_read)
{
    static const uint16_t lengths[] = { 0, 1, NOTE_MAX, NOTE_MAX + 1, ENTRY_MAX };
    static uint8_t in[2 + ENTRY_MAX];

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct reader r = reader_of((struct bytes){ in, 2 + (size_t)lengths[i] });
        struct bytes e = { in, 42 };

        in[0] = (uint8_t)(lengths[i] >> 8);
        in[1] = (uint8_t)lengths[i];
        assert_status(bundle_next(&r, &e), STATUS_OK);
        assert_int_equal(e.len, lengths[i]);
        if (lengths[i] == 0)
            continue;
        r = reader_of((struct bytes){ in, 1 + (size_t)lengths[i] });
        e.len = 42;
        assert_status(bundle_next(&r, &e), STATUS_MALFORMED);
        assert_int_equal(e.len, 42); /* written only on success */
    }
}

static const struct CMUnitTest tests[] = {
    TEST_OF(entries_come_out_as_they_went_in),
    TEST_OF(a_bundle_cut_anywhere_is_malformed),
    TEST_OF(entries_of_every_length_are_read),
};

TEST_MAIN(tests)
