/* docs/rules.md says of each rule what the program says, and of no other. Run from the
 * top of the tree. */
#include "unit/test.h"

#include "base/file.h"
#include "record/refusal.h"

#define DOC "docs/rules.md"
#define DOC_MAX 65536

static const char *const classes[] = {
    [RULE_FORMAT] = "format", [RULE_AUTHORITY] = "authority", [RULE_STATE] = "state",
    [RULE_SIZE] = "size",     [RULE_ADMISSION] = "admission", [RULE_UPGRADE] = "upgrade",
};

static void read_doc(struct buf *doc)
{
    assert_status(file_read(DOC, DOC_MAX, doc), STATUS_OK);
}

TEST(each_rule_has_its_row)
{
    struct buf doc = { 0 };
    const char *at;

    read_doc(&doc);
    at = buf_str(&doc);
    for (enum rule r = RULE_NONE + 1; r < RULE_COUNT; r++) {
        char row[1024];
        const char *found;

        snprintf(row, sizeof(row), "\n| %s | %s | %s |\n", rule_name(r),
                 classes[rule_class_of(r)], rule_text(r));
        found = strstr(at, row); /* in the order of judgement */
        if (found == NULL)
            fail_msg(DOC " lacks, or has elsewhere:%s", row);
        at = found + 1;
    }
    buf_clear(&doc);
}

TEST(each_row_is_a_rule)
{
    struct buf doc = { 0 };
    struct reader r;
    size_t rows = 0;
    bool inside = false;

    read_doc(&doc);
    r = reader_of(buf_bytes(&doc));
    while (r.len > 0) {
        struct bytes line = reader_line(&r), name;
        size_t end;

        if (bytes_eq_text(line, "| name | class | demands |")) {
            inside = true;
            (void)reader_line(&r); /* the rule below the head */
            continue;
        }
        if (!bytes_starts(line, bytes_of("| ")))
            inside = false; /* tests/rules/ checks the other table */
        if (!inside)
            continue;
        name = bytes_slice(line, 2, line.len);
        assert_true(bytes_find(name, ' ', &end));
        name = bytes_slice(name, 0, end);
        if (rule_find(name) == RULE_NONE)
            fail_msg(DOC " has a row for no rule: " BYTES_FMT, BYTES_ARG(name));
        rows++;
    }
    assert_int_equal(rows, RULE_COUNT - 1);
    buf_clear(&doc);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(each_rule_has_its_row),
    TEST_OF(each_row_is_a_rule),
};
TEST_MAIN(tests)
