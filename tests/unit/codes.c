#include "unit/test.h"

#include "base/codec.h"
#include "record/codes.h"
#include "tlog/hash.h"

TEST(lists_are_in_byte_order_and_every_code_is_found)
{
    for (enum code_list list = 0; list < CODE_LISTS; list++) {
        const char *before = "";

        assert_non_null(code_at(list, 0));
        for (size_t i = 0; code_at(list, i) != NULL; i++) {
            const char *code = code_at(list, i);

            assert_true(strcmp(before, code) < 0);
            assert_true(code_known(list, bytes_of(code)));
            assert_true(strlen(code_label(list, bytes_of(code))) > 0);
            before = code;
        }
        assert_false(code_known(list, BYTES_LIT("")));
        assert_false(code_known(list, BYTES_LIT("~")));
        assert_null(code_label(list, BYTES_LIT("~")));
    }
}

TEST(lists_hold_what_the_vocabulary_says)
{
    static const struct {
        enum code_list list;
        const char *code;
        bool known;
    } cases[] = {
        { CODE_COUNTRY, "PS", true },
        { CODE_COUNTRY, "XK", true },
        { CODE_COUNTRY, "AN", true },
        { CODE_COUNTRY, "ps", false },
        { CODE_COUNTRY, "UK", false },
        { CODE_CURRENCY, "USD", true },
        { CODE_CURRENCY, "DEM", true },
        { CODE_CURRENCY, "XAU", false },
        { CODE_SECTOR, "16010", true },
        { CODE_SECTOR, "16", false },
        { CODE_SECTOR, "160", true },
        { CODE_CLUSTER, "PRO-GBV", true },
        { CODE_CLUSTER, "12", false },
        { CODE_POLICY_MARKER, "12", true },
        { CODE_POLICY_SIGNIFICANCE, "4", true },
        { CODE_TAG_VOCABULARY, "99", true },
        { CODE_SECTOR_VOCABULARY, "10", true },
        { CODE_AID_TYPE, "C01", true },
        { CODE_CASH_MODALITY, "3", false },
        { CODE_EARMARKING, "4", true },
        { CODE_TIED, "5", true },
        { CODE_SDG, "1", true },
        { CODE_SDG, "1.3", true },
        { CODE_SDG, "17.19", true },
        { CODE_SDG, "18", false },
        { CODE_THEME, "disability", true },
        { CODE_THEME, "older-persons", true },
        { CODE_THEME, "Health", false },
        { CODE_ORG_TYPE, "40", true },
        { CODE_ORG_TYPE, "4", false },
        { CODE_DOCUMENT, "A01", true },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(code_known(cases[i].list, bytes_of(cases[i].code)),
                         cases[i].known);
    assert_string_equal(code_label(CODE_COUNTRY, BYTES_LIT("PS")), "State of Palestine");
    assert_string_equal(code_list_name(CODE_ORG_TYPE), "org-type");
}

TEST(currencies_have_minor_units)
{
    static const struct {
        const char *code;
        int units;
    } cases[] = { { "USD", 2 },  { "JPY", 0 }, { "KWD", 3 },  { "CLF", 4 },
                  { "UYI", 0 },  { "XDR", 2 }, { "DEM", 2 },  { "XEU", 2 },
                  { "XAU", -1 }, { "", -1 },   { "USDX", -1 } };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(currency_minor_units(bytes_of(cases[i].code)), cases[i].units);
    for (size_t i = 0; code_at(CODE_CURRENCY, i) != NULL; i++) {
        int units = currency_minor_units(bytes_of(code_at(CODE_CURRENCY, i)));

        assert_in_range(units, 0, 4);
        assert_int_equal(strlen(code_at(CODE_CURRENCY, i)), 3);
    }
}

/* As codes.h defines it. */
TEST(the_digest_is_that_of_the_lists)
{
    struct buf text = { 0 }, hex = { 0 };
    struct hash hash;

    for (enum code_list list = 0; list < CODE_LISTS; list++) {
        buf_printf(&text, "%s\n", code_list_name(list));
        for (size_t i = 0; code_at(list, i) != NULL; i++) {
            const char *code = code_at(list, i);

            buf_printf(&text, "%s\t%s\n", code, code_extra(list, bytes_of(code)));
        }
    }
    hash = hash_sha256(buf_bytes(&text));
    hex_encode((struct bytes){ hash.b, sizeof(hash.b) }, &hex);
    assert_string_equal(buf_str(&hex), codes_digest());
    buf_clear(&text);
    buf_clear(&hex);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(lists_are_in_byte_order_and_every_code_is_found),
    TEST_OF(lists_hold_what_the_vocabulary_says),
    TEST_OF(currencies_have_minor_units),
    TEST_OF(the_digest_is_that_of_the_lists),
};
TEST_MAIN(tests)
