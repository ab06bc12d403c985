/* Forms: values as people write them, options from the tables of fields, records made of
 * them, numbers for ids, files of many. */
#include "ledger/rows.h"
#include "node/form_file.h"
#include "node/form_value.h"

#include <fcntl.h>
#include <unistd.h>

#include "unit/test.h"

/* --- values ----------------------------------------------------------------------- */

static const struct field *field_of(enum kind k, const char *name)
{
    const struct field *f = form_member(kind_form(k), name);

    assert_non_null(f);
    return f;
}

/* The JSON of a value, or "refused: " and why. */
static const char *value_in(enum kind k, const char *name, const char *text,
                            const char *currency)
{
    static char out[2048];
    struct form_value v = { .currency = bytes_of(currency) };
    struct buf b = { 0 };
    json_t *json = NULL;
    enum status st = form_value_all(&v, field_of(k, name), bytes_of(text), &json);

    if (st == STATUS_OK)
        json_print(json, &b);
    else
        buf_printf(&b, "refused: %s", v.error);
    snprintf(out, sizeof(out), "%s", buf_str(&b));
    buf_clear(&b);
    json_decref(json);
    return out;
}

#define MADE(name, text, want) \
    assert_string_equal(value_in(KIND_PLEDGE_MADE, name, text, "USD"), want)
#define PROPOSED(name, text, want) \
    assert_string_equal(value_in(KIND_COMMITMENT_PROPOSED, name, text, NULL), want)

TEST(money_as_it_is_written)
{
    MADE("money", "700000", "{\"amount\":\"700000\",\"currency\":\"USD\"}");
    MADE("money", "700,000.50", "{\"amount\":\"700000.50\",\"currency\":\"USD\"}");
    MADE("money", "EUR 1,234,567", "{\"amount\":\"1234567\",\"currency\":\"EUR\"}");
    MADE("money", " 12.5 eur ", "{\"amount\":\"12.50\",\"currency\":\"EUR\"}");
    MADE("money", "JPY 700000.00", "{\"amount\":\"700000\",\"currency\":\"JPY\"}");
    MADE("money", "7.2500", "{\"amount\":\"7.25\",\"currency\":\"USD\"}");
    MADE("money", ".63", "{\"amount\":\"0.63\",\"currency\":\"USD\"}");
    MADE("money", "amount=606,796.5", "{\"amount\":\"606796.50\",\"currency\":\"USD\"}");
    MADE("money", "amount=95,200,000.0,currency=krw",
         "{\"amount\":\"95200000\",\"currency\":\"KRW\"}");
    /* A thousand to some, and one to others. */
    MADE("money", "JPY 700.000", "{\"amount\":\"700.000\",\"currency\":\"JPY\"}");
    MADE("money", "12.500", "{\"amount\":\"12.500\",\"currency\":\"USD\"}");
    MADE("money", "JPY 0.500", "{\"amount\":\"0.500\",\"currency\":\"JPY\"}");
    MADE("money", "amount=5,currency=CHF", "{\"amount\":\"5\",\"currency\":\"CHF\"}");
    MADE("money", "{\"amount\":\"5\",\"currency\":\"CHF\"}",
         "{\"amount\":\"5\",\"currency\":\"CHF\"}");
    /* What only looks like groups is left for the rules to refuse. */
    MADE("money", "7,00", "{\"amount\":\"7,00\",\"currency\":\"USD\"}");
    MADE("money", "1,0000", "{\"amount\":\"1,0000\",\"currency\":\"USD\"}");
    MADE("money", "1.000,5", "{\"amount\":\"1.000,5\",\"currency\":\"USD\"}");
    MADE("money", ",000", "{\"amount\":\",000\",\"currency\":\"USD\"}");
    MADE("money", "5 dollars",
         "refused: expected money such as \"USD 50000\", found \"5 "
         "dollars\"");
    MADE("money", "XYZ 5", "refused: expected a currency, found \"XYZ\"");
    PROPOSED("budget", "5", "refused: expected a currency with the amount 5");
    MADE("usd", "amount=606,796,rate=0.824",
         "{\"amount\":\"606796\",\"currency\":\"USD\",\"rate\":\"0.824\"}");
    MADE("usd", "{\"amount\":606796.5,\"rate\":0.824}",
         "{\"amount\":\"606796.50\",\"currency\":\"USD\",\"rate\":\"0.824\"}");
    MADE("usd", "amount=5,currency=EUR", "{\"amount\":\"5\",\"currency\":\"EUR\"}");
    PROPOSED("budget", "amount=5", "refused: expected a currency with the amount 5");
    MADE("usd", "5", "{\"amount\":\"5\",\"currency\":\"USD\"}");
    MADE("usd", "amount=5,currency=USD,rate=1.1,rate_on=2026-11",
         "{\"amount\":\"5\",\"currency\":\"USD\",\"rate\":\"1.1\",\"rate_on\":\"2026-"
         "11\"}");
}

/* As value_in, of a table whose cells semicolons part. */
static const char *comma_in(enum kind k, const char *name, const char *text)
{
    static char out[512];
    struct form_value v = { .currency = BYTES_LIT("USD"), .decimal_comma = true };
    struct buf b = { 0 };
    json_t *json = NULL;

    if (form_value_all(&v, field_of(k, name), bytes_of(text), &json) == STATUS_OK)
        json_print(json, &b);
    else
        buf_printf(&b, "%s; %s", v.error, v.hint);
    snprintf(out, sizeof(out), "%s", buf_str(&b));
    buf_clear(&b);
    json_decref(json);
    return out;
}

#define COMMA(name, text, want) \
    assert_string_equal(comma_in(KIND_PLEDGE_MADE, name, text), want)

TEST(decimal_commas)
{
    COMMA("money", "12,5", "{\"amount\":\"12.50\",\"currency\":\"USD\"}");
    COMMA("money", "1.234.567,50", "{\"amount\":\"1234567.50\",\"currency\":\"USD\"}");
    COMMA("money", "1.234.567", "{\"amount\":\"1234567\",\"currency\":\"USD\"}");
    COMMA("money", "12,500", "{\"amount\":\"12500\",\"currency\":\"USD\"}");
    COMMA("money", "12,500,000", "{\"amount\":\"12500000\",\"currency\":\"USD\"}");
    COMMA("money", "KWD 12.500", "{\"amount\":\"12.500\",\"currency\":\"KWD\"}");
    COMMA("money", "KWD 12,50", "{\"amount\":\"12.500\",\"currency\":\"KWD\"}");
    COMMA("money", "KWD 12,500",
          "\"12,500\" may be thousands or decimals of KWD in a table whose cells "
          "semicolons or tabs part; write 12500 or 12.500");
    COMMA("country_split", "code=ZM,percent=100,0",
          "[{\"code\":\"ZM\",\"percent\":\"100.0\"}]");
    assert_string_equal(value_in(KIND_PLEDGE_MADE, "money", "KWD 12,500", NULL),
                        "{\"amount\":\"12500\",\"currency\":\"KWD\"}");
}

static const char *json_in(enum kind k, const char *name, const char *text)
{
    static char out[512];
    struct form_value v = { .currency = BYTES_LIT("USD") };
    struct buf b = { 0 };
    json_t *read = json_loads(text, JSON_DECODE_ANY, NULL), *json = NULL;

    assert_non_null(read);
    if (form_value_json(&v, field_of(k, name), read, &json) == STATUS_OK)
        json_print(json, &b);
    else
        buf_printf(&b, "refused: %s", v.error);
    snprintf(out, sizeof(out), "%s", buf_str(&b));
    buf_clear(&b);
    json_decref(json);
    json_decref(read);
    return out;
}

#define JSON(constant, name, text, want) \
    assert_string_equal(json_in(KIND_##constant, name, text), want)

TEST(numbers_of_json)
{
    JSON(PLEDGE_MADE, "money", "{\"amount\":700000.5,\"currency\":\"USD\"}",
         "{\"amount\":\"700000.50\",\"currency\":\"USD\"}");
    JSON(PLEDGE_MADE, "money", "{\"amount\":7}",
         "{\"amount\":\"7\",\"currency\":\"USD\"}");
    JSON(PLEDGE_MADE, "money", "{\"amount\":1e3,\"currency\":\"EUR\"}",
         "{\"amount\":\"1000\",\"currency\":\"EUR\"}");
    JSON(PLEDGE_MADE, "country_split",
         "[{\"code\":\"ZM\",\"percent\":60},{\"percent\":0.1}]",
         "[{\"code\":\"ZM\",\"percent\":\"60\"},{\"percent\":\"0.1\"}]");
    JSON(PLEDGE_MADE, "schedule", "[{\"due\":2027,\"money\":{\"amount\":5}}]",
         "[{\"due\":\"2027\",\"money\":{\"amount\":\"5\",\"currency\":\"USD\"}}]");
    JSON(COMMITMENT_PROPOSED, "deliverables",
         "[{\"id\":1,\"step\":2,\"target\":-0.000001,\"extra\":1.5}]",
         "[{\"id\":\"1\",\"step\":2,\"target\":\"-0.000001\",\"extra\":1.5}]");
    JSON(PLEDGE_AMENDED, "set", "{\"money\":{\"amount\":8},\"title\":null}",
         "{\"money\":{\"amount\":\"8\",\"currency\":\"USD\"},\"title\":null}");
}

TEST(white_space_at_the_ends_goes)
{
    MADE("title", "\t\xc2\xa0 Cash\xc2\xa0transfers \xe2\x80\x8b\xe3\x80\x80\n",
         "\"Cash\xc2\xa0transfers\"");
    MADE("title", "\xe2\x80\x8b \xe2\x80\x8b", "\"\"");
    MADE("networks", "spf\xc2\xa0,\xef\xbb\xbfusp", "[\"spf\",\"usp\"]");
    JSON(PLEDGE_MADE, "title", "{\"en\":\" a\u200b\"}", "{\"en\":\"a\"}");
}

TEST(short_forms)
{
    MADE("sector_split", "16010=99.37,12220=.63",
         "[{\"code\":\"16010\",\"percent\":\"99.37\"},{\"code\":\"12220\",\"percent\":"
         "\"0.63\"}]");
    MADE("period", "2026/2027", "{\"start\":\"2026\",\"end\":\"2027\"}");
    MADE("period", "2026/", "{\"start\":\"2026\"}");
    MADE("period", "/2027-06", "{\"end\":\"2027-06\"}");
    MADE("period", "2026", "{\"start\":\"2026\",\"end\":\"2026\"}");
    MADE("networks", "spf, usp ,", "[\"spf\",\"usp\"]");
    MADE("networks", "", "[]");
    MADE("schedule", "2027-03=50,000,2027-09=USD 5",
         "[{\"due\":\"2027-03\",\"money\":{\"amount\":\"50000\",\"currency\":\"USD\"}},"
         "{\"due\":\"2027-09\",\"money\":{\"amount\":\"5\",\"currency\":\"USD\"}}]");
    MADE("country_split", "ZM=60,KE=40",
         "[{\"code\":\"ZM\",\"percent\":\"60\"},{\"code\":\"KE\",\"percent\":\"40\"}]");
    MADE("refs", "iati:44000-P1:2", "[{\"scheme\":\"iati\",\"id\":\"44000-P1:2\"}]");
    MADE("in_kind", "500 tents: large", "{\"description\":\"500 tents: large\"}");
    MADE("own_funds", "yes", "true");
    MADE("own_funds", "perhaps", "refused: expected yes or no, found \"perhaps\"");
    MADE("title", "a=b, c", "\"a=b, c\"");
    MADE("title", "{\"en\":\"a\"}", "{\"en\":\"a\"}");
    PROPOSED(
        "parties", "44000:lead,ILO:funding",
        "[{\"org\":\"44000\",\"role\":\"lead\"},{\"org\":\"ILO\",\"role\":\"funding\"}]");
    PROPOSED("parties", "44000", "[{\"org\":\"44000\"}]");
}

TEST(objects_by_their_members)
{
    PROPOSED(
        "deliverables",
        "id=d1,title=Homes, schools, and wells,measure=unit,step=2,due=2027",
        "[{\"id\":\"d1\",\"title\":\"Homes, schools, and wells\",\"measure\":\"unit\","
        "\"step\":2,\"due\":\"2027\"}]");
    PROPOSED("deliverables", "id=d1,title=\"a,measure=b\",measure=unit",
             "[{\"id\":\"d1\",\"title\":\"a,measure=b\",\"measure\":\"unit\"}]");
    PROPOSED(
        "deliverables", "id=d1,responsible=ILO,responsible=44000,descending=no",
        "[{\"id\":\"d1\",\"responsible\":[\"ILO\",\"44000\"],\"descending\":false}]");
    PROPOSED("deliverables", "id=d1,milestones=\"period=2026,target=5\"",
             "[{\"id\":\"d1\",\"milestones\":[{\"period\":{\"start\":\"2026\",\"end\":"
             "\"2026\"},\"target\":\"5\"}]}]");
    PROPOSED("deliverables", "id=d1,step=two",
             "refused: expected a whole number, found \"two\"");
    PROPOSED("deliverables",
             "{\"id\":", "refused: not JSON: line 1: unexpected token near end of file");
    PROPOSED("deliverables", "[{]",
             "refused: not JSON: line 1: string or '}' expected near ']'");
    PROPOSED(
        "budget_lines", "id=b1,title=Staff,money=USD 5",
        "[{\"id\":\"b1\",\"title\":\"Staff\",\"money\":{\"amount\":\"5\",\"currency\":"
        "\"USD\"}}]");
}

/* --- options ---------------------------------------------------------------------- */

static size_t options_seen;

static void each_once(void *ctx, const struct option *options)
{
    const char *verb = ctx;

    for (const struct option *o = options; o->name != NULL; o++, options_seen++) {
        assert_non_null(o->help);
        for (const struct option *other = options; other < o; other++)
            if (strcmp(o->name, other->name) == 0)
                fail_msg("%s: --%s twice", verb, o->name);
    }
}

TEST(every_verb_has_each_option_once)
{
    const struct program program = { .name = "avow" };
    const struct verb *v;
    bool kinds[KIND_COUNT] = { false };

    for (size_t i = 0; (v = form_verb(i)) != NULL; i++) {
        const struct command c = { v->name,    cmd_form, form_operand(v),
                                   v->summary, NULL,     (int)i };

        args_options(&program, &c, each_once, (void *)(uintptr_t)v->name);
        kinds[v->kind] = true;
        assert_non_null(v->example);
        assert_non_null(strstr(v->example, v->name));
    }
    assert_true(options_seen > 1000);
    for (int k = KIND_PARTNERSHIP_PROPOSED; k < KIND_COUNT; k++)
        if (!kinds[k])
            fail_msg("no verb for %s", kind_name((enum kind)k));
}

/* Every field of every kind that a verb has can be given, or is filled in. */
TEST(every_field_can_be_given)
{
    static const char *const made[] = { "is", "set", "why" };
    const struct verb *v;

    for (size_t i = 0; (v = form_verb(i)) != NULL; i++) {
        struct form_options *o;

        assert_status(form_options_new(v, &o), STATUS_OK);
        for (const struct form *part = kind_form(v->kind);
             v->kind >= KIND_PARTNERSHIP_PROPOSED && part != NULL; part = part->also)
            for (size_t k = 0; k < part->n; k++) {
                bool found = form_option_find(o, bytes_of(part->fields[k].name)) != NULL;

                for (size_t m = 0; m < sizeof(made) / sizeof(made[0]); m++)
                    found |= strcmp(part->fields[k].name, made[m]) == 0;
                if (!found)
                    fail_msg("%s: %s cannot be given", v->name, part->fields[k].name);
            }
        form_options_free(o);
    }
}

/* --- numbers ---------------------------------------------------------------------- */

static void add_subject(struct store *s, const char *id)
{
    struct buf key = { 0 };
    uint64_t row;

    rows_subject_key(bytes_of(id), &key);
    assert_status(store_row_add(s, STORE_SUBJECT, buf_bytes(&key), BYTES_LIT("{}"), &row),
                  STATUS_OK);
    buf_clear(&key);
}

static const char *next_local(struct store *s, uint64_t used)
{
    static char out[64];
    struct buf b = { 0 };

    assert_status(form_next_local(s, "ILO", "PL-", &used, &b), STATUS_OK);
    snprintf(out, sizeof(out), "%s", buf_str(&b));
    buf_clear(&b);
    return out;
}

TEST(the_next_free_number)
{
    char id[64];
    struct store *s;

    assert_status(store_open(scratch_dir(), STORE_SCRATCH, &s), STATUS_OK);
    assert_string_equal(next_local(s, 0), "PL-0001");
    assert_status(store_begin(s), STATUS_OK);
    for (int i = 1; i <= 37; i++) {
        snprintf(id, sizeof(id), "ILO:PL-%04d", i);
        add_subject(s, id);
    }
    add_subject(s, "44000:PL-0038"); /* another's is no obstacle */
    add_subject(s, "ILO:PL-10000");
    assert_status(store_end(s, STATUS_OK), STATUS_OK);
    assert_string_equal(next_local(s, 0), "PL-0038");
    assert_string_equal(next_local(s, 38), "PL-0039");
    assert_string_equal(next_local(s, 9999), "PL-10001");
    store_close(s);
}

/* --- files ------------------------------------------------------------------------ */

/* The rows of a file with this content, as "where name=value …" or "where: error". */
static const char *rows_of(const char *content, size_t len)
{
    static char out[4096];
    const char *path = scratch_path("rows");
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    struct form_file *f = malloc(sizeof(*f));
    size_t n = 0;
    enum status st = STATUS_OK;

    assert_true(fd >= 0 && write(fd, content, len) == (ssize_t)len);
    close(fd);
    out[0] = '\0';
    if (form_file_open(path, f) != STATUS_OK)
        snprintf(out, sizeof(out), "not opened: %s", f->error);
    else
        while (!f->broken && (st = form_file_next(f)) != STATUS_NOT_FOUND && n < 3000) {
            n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s", n > 0 ? "; " : "",
                                  f->where);
            if (st != STATUS_OK)
                n += (size_t)snprintf(out + n, sizeof(out) - n, ": %s", f->error);
            for (size_t i = 0; st == STATUS_OK && i < f->n; i++)
                n += (size_t)snprintf(out + n, sizeof(out) - n, " " BYTES_FMT "=%.40s",
                                      BYTES_ARG(f->cells[i].name),
                                      f->cells[i].text != NULL ? f->cells[i].text
                                      : json_is_string(f->cells[i].json)
                                          ? json_string_value(f->cells[i].json)
                                          : "(JSON)");
        }
    form_file_close(f);
    free(f);
    unlink(path);
    return out;
}

#define FILE_HAS(content, want) \
    assert_string_equal(rows_of(content, sizeof(content) - 1), want)

TEST(rows_of_files)
{
    FILE_HAS("title,to\nA,'=B\n", "line 2 title=A to==B");
    FILE_HAS("[{\"a\":1,\"b\":[2]},{\"a\":\"x\"}]",
             "record 1 a=1 b=(JSON); record 2 a=x");
    FILE_HAS("{\"a\":\"x\"}\n\n{\"a\":\"y\"}\r\n", "line 1 a=x; line 3 a=y");
    FILE_HAS("\xef\xbb\xbf{\"a\":\"x\"}", "record 1 a=x");
    FILE_HAS(" {\n \"a\": \"x\"}", "record 1 a=x");
}

TEST(hostile_files)
{
    FILE_HAS("", "not opened: holds nothing");
    FILE_HAS("\xff\xfe"
             "a",
             "not opened: not UTF-8");
    FILE_HAS("[{\"a\":1", "not opened: not JSON: line 2: '}' expected near end of file");
    FILE_HAS("[1,{\"a\":\"x\"}]", "record 1: not a JSON object; record 2 a=x");
    FILE_HAS("{\"a\":\"x\"}\n{\"a\":\n{\"a\":\"y\"}\n",
             "line 1 a=x; line 2: expected one JSON object, found: unexpected token near "
             "end of "
             "file; line 3 a=y");
    FILE_HAS(
        "{\"a\":1,\"a\":2}\n{\"b\":1}",
        "line 1: expected each member once, found: duplicate object key near '\"a\"'; "
        "line 2 b=1");
    FILE_HAS("a,b\n1,2,3\n4,5\n",
             "line 2: 3 cells, and only 2 columns have a name; line 3 a=4 b=5");
    FILE_HAS("a,b\n1,\"2\n3,4\n", "line 2, column 2: a quotation mark is not closed");
    FILE_HAS("a\n\0\n", "line 2, column 1: a NUL character");
}

static const struct CMUnitTest tests[] = {
    TEST_OF(money_as_it_is_written),
    TEST_OF(decimal_commas),
    TEST_OF(numbers_of_json),
    TEST_OF(white_space_at_the_ends_goes),
    TEST_OF(short_forms),
    TEST_OF(objects_by_their_members),
    TEST_OF(every_verb_has_each_option_once),
    TEST_OF(every_field_can_be_given),
    TEST_OF(the_next_free_number),
    TEST_OF(rows_of_files),
    TEST_OF(hostile_files),
};
TEST_MAIN(tests)
