#include "unit/test.h"

#include "base/codec.h"

TEST(hex_goes_both_ways)
{
    static const uint8_t raw[] = { 0x00, 0x1f, 0xa0, 0xff };
    struct buf b = { 0 };
    uint8_t back[4];

    hex_encode((struct bytes){ raw, 4 }, &b);
    assert_buf_eq(&b, "001fa0ff");
    assert_status(hex_decode(buf_bytes(&b), back, 4), STATUS_OK);
    assert_memory_equal(raw, back, 4);
    assert_status(hex_decode(BYTES_LIT(""), back, 0), STATUS_OK);
    buf_clear(&b);
}

TEST(hex_is_strict)
{
    static const char *const bad[] = { "001FA0FF", "001fa0f",  "001fa0ff0", "001fa0ff00",
                                       "001fa0",   "001fa0fg", "0x1fa0ff",  " 01fa0ff" };
    uint8_t out[4];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_status(hex_decode(bytes_of(bad[i]), out, 4), STATUS_MALFORMED);
}

TEST(base64_as_in_rfc_4648)
{
    static const char *const pairs[][2] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
        { "\xfb\xff", "+/8=" },
    };
    uint8_t out[16];

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct buf b = { 0 };
        size_t len = sizeof(out);

        base64_encode(bytes_of(pairs[i][0]), &b);
        assert_buf_eq(&b, pairs[i][1]);
        assert_status(base64_decode(buf_bytes(&b), out, &len), STATUS_OK);
        assert_same_bytes(((struct bytes){ out, len }), bytes_of(pairs[i][0]));
        assert_status(base64_decode_exact(buf_bytes(&b), out, len), STATUS_OK);
        assert_status(base64_decode_exact(buf_bytes(&b), out, len + 1), STATUS_MALFORMED);
        buf_clear(&b);
    }
}

TEST(base64_is_canonical)
{
    static const char *const bad[] = {
        "Zg",   "Zg=",      "Zh==",     "Zm9=",   "Zg==\n", "\nZg==",   " Zg==",
        "Z=g=", "Zg==Zg==", "====",     "=",      "Zm9v=",  "Zm9v====", "Zm-v",
        "Zm_v", "A===",     "Zm9vYg=a", "Zm9v\n", "Z\ng==",
    };
    uint8_t out[16];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        size_t len = sizeof(out);

        if (base64_decode(bytes_of(bad[i]), out, &len) != STATUS_MALFORMED)
            fail_msg("taken: %s", bad[i]);
    }
}

/* Whatever the four characters, what decodes encodes to the same. */
TEST(base64_has_one_encoding_for_each_text)
{
    static const char *const starts[] = { "AAAA", "Zm9v", "Zm8=", "Zg==", "////" };
    size_t taken = 0;

    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        for (unsigned n = 0; n < 4 * 256; n++) {
            uint8_t text[4], out[3];
            size_t len = sizeof(out);
            struct buf again = { 0 };

            memcpy(text, starts[i], 4);
            text[n / 256] = (uint8_t)n;
            if (base64_decode((struct bytes){ text, 4 }, out, &len) != STATUS_OK)
                continue;
            base64_encode((struct bytes){ out, len }, &again);
            assert_same_bytes(buf_bytes(&again), ((struct bytes){ text, 4 }));
            buf_clear(&again);
            taken++;
        }
    }
    /* In the order of `starts`: free letters, and what padding leaves or allows. */
    assert_int_equal(taken,
                     (256 + 1) + 256 + (64 + 64 + 16 + 65) + (64 + 4 + 17 + 1) + 256);
}

TEST(base64_stays_within_its_room)
{
    uint8_t out[4] = { 1, 2, 3, 4 };
    size_t len = 2;

    assert_status(base64_decode(BYTES_LIT("Zm9v"), out, &len), STATUS_TOO_LARGE);
    assert_int_equal(out[2], 3);
    len = 3;
    assert_status(base64_decode(BYTES_LIT("Zm9v"), out, &len), STATUS_OK);
    assert_int_equal(len, 3);
    assert_int_equal(out[3], 4);
}

TEST(utf8_well_formed)
{
    static const char *const good[] = {
        "",
        "plain text of some length",
        "\xc2\x80",
        "\xdf\xbf",
        "\xe0\xa0\x80",
        "\xed\x9f\xbf",
        "\xee\x80\x80",
        "\xef\xbf\xbf",
        "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf",
        "eight by\xc3\xa9 and more text",
    };
    static const char *const bad[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xc2",
        "\xc2\x7f",
        "\xc2\xc0",
        "\xe0\x9f\xbf",
        "\xe0\xa0",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xe2\x82",
        "\xf0\x8f\xbf\xbf",
        "\xf0\x90\x80",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xfe",
        "eight by\xc3",
        "12345678\xe2\x28\xa1",
        "\xf0\x90\x80\xc0",
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(utf8_valid(bytes_of(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (utf8_valid(bytes_of(bad[i])))
            fail_msg("taken: number %zu", i);
    }
    /* Cut off at the end of what may be read. */
    assert_false(utf8_valid((struct bytes){ (const uint8_t *)"\xe2\x82\xac", 2 }));
}

TEST(utf8_is_walked_by_code_points)
{
    struct bytes text = BYTES_LIT("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    size_t at = 0;

    assert_int_equal(utf8_length(text), 4);
    assert_int_equal(utf8_next(text, &at), 'a');
    assert_int_equal(utf8_next(text, &at), 0xe9);
    assert_int_equal(utf8_next(text, &at), 0x20ac);
    assert_int_equal(utf8_next(text, &at), 0x1f600);
    assert_int_equal(at, text.len);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(hex_goes_both_ways),
    TEST_OF(hex_is_strict),
    TEST_OF(base64_as_in_rfc_4648),
    TEST_OF(base64_is_canonical),
    TEST_OF(base64_has_one_encoding_for_each_text),
    TEST_OF(base64_stays_within_its_room),
    TEST_OF(utf8_well_formed),
    TEST_OF(utf8_is_walked_by_code_points),
};

TEST_MAIN(tests)
