/* Tables as spreadsheets save them, and as the hostile write them. */
#include "base/csv.h"

#include "unit/test.h"

/* All rows, cells apart by |, rows by a newline; or "line:column: what is wrong". */
static const char *read_all(struct bytes file)
{
    static char out[4096];
    struct csv c;
    enum status st;
    size_t len = 0;

    out[0] = '\0';
    csv_open(&c, file);
    while ((st = csv_next(&c)) == STATUS_OK)
        for (size_t i = 0; i < c.n; i++)
            len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%s",
                                    i == 0 ? len > 0 ? "\n" : "" : "|", c.cells[i]);
    if (st == STATUS_MALFORMED)
        snprintf(out, sizeof(out), "%u:%u: %s", c.at_line, c.column, c.error);
    csv_close(&c);
    return out;
}

#define READS(file, want) assert_string_equal(read_all(BYTES_LIT(file)), want)

TEST(rows_and_cells)
{
    READS("", "");
    READS("a,b\n1,2\n", "a|b\n1|2");
    READS("a,b\r\n1,2\r\n", "a|b\n1|2");
    READS("a,b\n1,2", "a|b\n1|2");
    READS("a,,\n", "a||");
    READS("\n\na\n\r\n\nb\n", "a\nb");
    READS("\xef\xbb\xbf"
          "a,b\n",
          "a|b");
    READS("a;b\n1,5;2\n", "a|b\n1,5|2");
    READS("a\tb\n1;5\t2\n", "a|b\n1;5|2");
}

TEST(quotes_hold_everything_together)
{
    READS("a,b\n\"1,2\",\"x \"\"y\"\"\"\n", "a|b\n1,2|x \"y\"");
    READS("a,b\n\"one\ntwo\",3\n", "a|b\none\ntwo|3");
    READS("a,b\n\"\",\"\"\n", "a|b\n|");
}

TEST(what_is_wrong_is_told_with_its_place)
{
    READS("a,b\n1,\"2\n3", "2:2: a quotation mark is not closed");
    READS("a,b\n1,2\n\"x\"y,2\n", "3:1: text behind a closing quotation mark");
    READS("a,b\n1,x\"y\n",
          "2:2: a quotation mark within a cell that does not begin with one");
    READS("a,b\n1,\0\n", "2:2: a NUL character");
    READS("a,b\n1,\"\0\"\n", "2:2: a NUL character");
    READS("\"", "1:1: a quotation mark is not closed");
    READS("a\rb,c\n", "a\rb|c");
}

TEST(columns_have_an_end)
{
    static uint8_t commas[CSV_CELLS_MAX];

    memset(commas, ',', sizeof(commas));
    assert_string_equal(read_all((struct bytes){ commas, sizeof(commas) }),
                        "1:257: too many columns");
    assert_int_equal(strlen(read_all((struct bytes){ commas, sizeof(commas) - 1 })),
                     CSV_CELLS_MAX - 1);
}

TEST(only_our_own_apostrophes_go)
{
    assert_string_equal(csv_undefused("'=1+1"), "=1+1");
    assert_string_equal(csv_undefused("'-5"), "-5");
    assert_string_equal(csv_undefused("'＝1+1"), "＝1+1");
    assert_string_equal(csv_undefused("'tis"), "'tis");
    assert_string_equal(csv_undefused("''=1"), "'=1");
    assert_string_equal(csv_undefused("'''=1"), "''=1");
    assert_string_equal(csv_undefused("''tis"), "''tis");
    assert_string_equal(csv_undefused("-5"), "-5");
    assert_string_equal(csv_undefused("'"), "'");
    assert_string_equal(csv_undefused(""), "");
}

static const struct CMUnitTest tests[] = {
    TEST_OF(rows_and_cells),
    TEST_OF(quotes_hold_everything_together),
    TEST_OF(what_is_wrong_is_told_with_its_place),
    TEST_OF(columns_have_an_end),
    TEST_OF(only_our_own_apostrophes_go),
};
TEST_MAIN(tests)
