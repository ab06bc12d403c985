#include "unit/test.h"

#include "base/unicode_icu.h"

#define NFC "caf\xc3\xa9"
#define NFD "cafe\xcc\x81"

static void expect(const char *in, enum unicode_form form, const char *out)
{
    char text[64];
    size_t len;

    assert_status(unicode_normalize(bytes_of(in), form, text, sizeof(text), &len),
                  STATUS_OK);
    assert_bytes_eq(((struct bytes){ (uint8_t *)text, len }), out);
}

TEST(a_text_has_two_normal_forms)
{
    char text[4];
    size_t len;

    expect("", UNICODE_NFC, "");
    expect("plain", UNICODE_NFD, "plain");
    expect(NFD, UNICODE_NFC, NFC);
    expect(NFC, UNICODE_NFD, NFD);
    expect("\xed\x95\x9c", UNICODE_NFD, "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab");
    assert_status(unicode_normalize(bytes_of(NFC), UNICODE_NFC, text, 4, &len),
                  STATUS_TOO_LARGE);
    assert_status(unicode_normalize(BYTES_LIT("\xff"), UNICODE_NFC, text, 4, &len),
                  STATUS_MALFORMED);
}

TEST(equal_texts_are_equal)
{
    assert_true(unicode_eq(bytes_of(NFC), bytes_of(NFD)));
    assert_false(unicode_eq(bytes_of(NFC), BYTES_LIT("cafe")));
    assert_true(unicode_eq(BYTES_LIT("\xff"), BYTES_LIT("\xff")));
    assert_false(unicode_eq(BYTES_LIT("\xff"), BYTES_LIT("\xfe")));
}

static bool alike(const char *x, const char *y)
{
    struct buf a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };
    bool same;

    assert_status(unicode_skeletons(bytes_of(x), &a, &b), STATUS_OK);
    assert_status(unicode_skeletons(bytes_of(y), &c, &d), STATUS_OK);
    same =
        bytes_eq(buf_bytes(&a), buf_bytes(&c)) || bytes_eq(buf_bytes(&b), buf_bytes(&d));
    buf_clear(&a);
    buf_clear(&b);
    buf_clear(&c);
    buf_clear(&d);
    return same;
}

TEST(names_that_look_alike)
{
    assert_true(alike("Irish Aid", "Irish Aid"));
    assert_true(alike("Irish Aid", "irish AID"));
    assert_true(alike("Irish Aid", "lrish Aid"));             /* an l */
    assert_true(alike("Irish Aid", "Irish  Aid "));           /* spaces */
    assert_true(alike("Irish Aid", "Irish \xd0\x90id"));      /* a Cyrillic A */
    assert_true(alike("Irish Aid", "Irish\xe2\x80\x8b Aid")); /* a space without width */
    assert_true(alike("ILO", "lL0"));
    assert_true(alike(NFC, NFD));
    assert_false(alike("Irish Aid", "Irish Aids"));
    assert_false(alike("UNICEF", "UNFPA"));
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_text_has_two_normal_forms),
    TEST_OF(equal_texts_are_equal),
    TEST_OF(names_that_look_alike),
};

TEST_MAIN(tests)
