/* The order in which a broker judges a batch. */
#include "broker/order.h"

#include "unit/test.h"

#define N 6

/* What came, in the order of arrival: whose, which number, which text, with how many
 * signatures; 0: refused before it was opened. */
struct came {
    const char *org;
    uint64_t seq;
    uint8_t text;
    size_t n_sigs;
};

static void assert_order(const struct came came[N], const char *expected)
{
    struct submission submissions[N] = { 0 }, *subs[N];
    struct statement statements[N] = { 0 };
    char got[N + 1] = "";

    for (size_t i = 0; i < N; i++) {
        statements[i].org = bytes_of(came[i].org);
        statements[i].seq = came[i].seq;
        statements[i].id.b[0] = came[i].text;
        statements[i].n_sigs = came[i].n_sigs;
        submissions[i].st = came[i].n_sigs > 0 ? &statements[i] : NULL;
        subs[i] = &submissions[i];
    }
    order_by_seq(subs, N);
    for (size_t i = 0; i < N; i++)
        got[i] = (char)('a' + (subs[i] - submissions));
    assert_string_equal(got, expected);
}

TEST(a_key_goes_by_seq_and_others_keep_their_places)
{
    const struct came came[N] = { { "A", 3, 1, 1 }, { "B", 1, 2, 1 }, { "A", 1, 3, 1 },
                                  { "", 0, 0, 0 },  { "B", 2, 4, 1 }, { "A", 2, 5, 1 } };

    assert_order(came, "cbfdea");
}

TEST(of_one_text_the_copy_with_most_signatures_comes_first)
{
    const struct came came[N] = { { "A", 1, 1, 1 }, { "B", 1, 2, 1 }, { "A", 1, 1, 3 },
                                  { "A", 1, 1, 2 }, { "B", 1, 2, 1 }, { "A", 2, 3, 1 } };

    assert_order(came, "cbdaef");
}

/* Another text of that number is for the rules to refuse, whoever signed it. */
TEST(of_two_texts_the_one_that_came_first_does)
{
    const struct came came[N] = { { "A", 1, 1, 1 }, { "A", 1, 2, 3 }, { "B", 1, 3, 1 },
                                  { "B", 2, 4, 1 }, { "B", 3, 5, 1 }, { "B", 4, 6, 1 } };

    assert_order(came, "abcdef");
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_key_goes_by_seq_and_others_keep_their_places),
    TEST_OF(of_one_text_the_copy_with_most_signatures_comes_first),
    TEST_OF(of_two_texts_the_one_that_came_first_does),
};

TEST_MAIN(tests)
