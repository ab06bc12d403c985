#include "unit/test.h"

#include "base/args.h"

/* What the last command got. */
static struct {
    const char *command;
    int variant;
    bool flag;
    const char *text;
    uint64_t number;
    struct args_list list;
    size_t n;
    const char *operands[8];
} got;

static int run(struct args *a)
{
    const struct option options[] = {
        { "flag", NULL, "a flag", .flag = &got.flag },
        { "name", "NAME", "a text", .text = &got.text,
          .required = a->command->variant == 7 },
        { "limit", "N", "a number", .number = &got.number },
        { "country", "CODE", "a list", .list = &got.list },
        { 0 },
    };

    if (!args_parse(a, options, 0, 4))
        return a->exit_code;
    got.command = a->command->name;
    got.variant = a->command->variant;
    got.n = a->n;
    for (size_t i = 0; i < a->n; i++)
        got.operands[i] = a->words[i];
    return 0;
}

static const struct command commands[] = {
    { .summary = "Words" },
    { "list", run, "KIND", "list what there is", NULL, 0 },
    { "pledge make", run, "ID", "pledge", "More of it.", 1 },
    { "pledge amend", run, "ID", "change a pledge", NULL, 2 },
    { "pledge", run, "", "all pledges", NULL, 3 },
    { "org update", run, "", "change an organization", NULL, 7 },
    { 0 },
};

static void version(FILE *out)
{
    fputs("version 1\n", out);
}

static const struct program program = { "prog", "does things", commands, version };

/* Both streams go to a file while the words, separated by spaces, are run. */
static int run_words(const char *line, struct buf *said)
{
    static char text[512], *argv[64];
    int argc = 0, code, streams[2] = { dup(1), dup(2) };
    FILE *to = tmpfile();
    int c;

    memset(&got, 0, sizeof(got));
    snprintf(text, sizeof(text), "%s", line);
    argv[argc++] = text;
    for (char *p = text; *p != '\0'; p++) {
        if (*p == ' ') {
            *p = '\0';
            argv[argc++] = p + 1;
        }
    }
    argv[argc] = NULL;
    fflush(stdout);
    dup2(fileno(to), 1);
    dup2(fileno(to), 2);
    code = args_main(&program, argc, argv);
    fflush(stdout);
    dup2(streams[0], 1);
    dup2(streams[1], 2);
    close(streams[0]);
    close(streams[1]);
    rewind(to);
    buf_reset(said);
    while ((c = fgetc(to)) != EOF)
        buf_u8(said, (uint8_t)c);
    fclose(to);
    return code;
}

static struct buf said;

/* Runs well, and silently. */
static void good(const char *line)
{
    int code = run_words(line, &said);

    if (code != 0 || said.len != 0)
        fail_msg("%s: %d, said: %s", line, code, buf_str(&said));
}

static void says(const char *line, int code, const char *part)
{
    int was = run_words(line, &said);

    if (was != code || strstr(buf_str(&said), part) == NULL)
        fail_msg("%s: %d, said: %s", line, was, buf_str(&said));
    assert_null(got.command);
}

TEST(options_stand_anywhere)
{
    good("prog list one --flag --name N two --limit=18446744073709551615 three");
    assert_string_equal(got.command, "list");
    assert_true(got.flag);
    assert_string_equal(got.text, "N");
    assert_true(got.number == UINT64_MAX);
    assert_int_equal(got.n, 3);
    assert_string_equal(got.operands[0], "one");
    assert_string_equal(got.operands[1], "two");
    assert_string_equal(got.operands[2], "three");
}

TEST(values_are_taken_as_they_are)
{
    good("prog list --name= --country KE --country=a=b --country --flag");
    assert_string_equal(got.text, "");
    assert_int_equal(got.list.n, 3);
    assert_string_equal(got.list.items[0], "KE");
    assert_string_equal(got.list.items[1], "a=b");
    assert_string_equal(got.list.items[2], "--flag");
    assert_false(got.flag);
}

TEST(two_dashes_end_the_options)
{
    good("prog list - -- --flag -x --help");
    assert_int_equal(got.n, 4);
    assert_string_equal(got.operands[0], "-");
    assert_string_equal(got.operands[1], "--flag");
    assert_string_equal(got.operands[3], "--help");
    assert_false(got.flag);
}

TEST(the_longer_command_is_meant)
{
    good("prog pledge make X");
    assert_int_equal(got.variant, 1);
    assert_int_equal(got.n, 1);
    good("prog pledge amend");
    assert_int_equal(got.variant, 2);
    good("prog pledge other");
    assert_int_equal(got.variant, 3);
    assert_int_equal(got.n, 1);
}

TEST(wrong_usage_is_2_and_says_what)
{
    says("prog", 2, "a command is missing");
    says("prog lits", 2, "did you mean prog list?");
    says("prog org updaet", 2, "did you mean prog org update?");
    says("prog org", 2, "a second word is missing");
    says("prog zzzzzz", 2, "unknown command 'zzzzzz'");
    says("prog list --nmae x", 2, "did you mean --name?");
    says("prog list --count=KE", 2, "did you mean --country?");
    says("prog list --zzzzzz", 2, "unknown option --zzzzzz");
    says("prog list -x", 2, "unknown option -x");
    says("prog list --name", 2, "--name wants a value");
    says("prog list --flag=yes", 2, "--flag takes no value");
    says("prog list --flag --flag", 2, "--flag is given twice");
    says("prog list --name a --name b", 2, "--name is given twice");
    says("prog list --limit -1", 2, "'-1' is not a whole number");
    says("prog list --limit 18446744073709551616", 2, "is not a whole number");
    says("prog list 1 2 3 4 5", 2, "one argument too many: '5'");
    says("prog org update", 2, "--name NAME is missing");
    assert_non_null(strstr(buf_str(&said), "prog: hint: prog org update --help"));
}

TEST(help_is_0)
{
    says("prog --help", 0, "usage: prog COMMAND");
    assert_non_null(strstr(buf_str(&said), "  pledge ...  make, amend\n"));
    assert_non_null(strstr(buf_str(&said), "Words:\n"));
    says("prog -h", 0, "does things");
    says("prog help", 0, "does things");
    says("prog org --help", 0, "usage: prog org COMMAND");
    assert_null(strstr(buf_str(&said), "pledge"));
    says("prog help org", 0, "usage: prog org COMMAND");
    says("prog pledge make --bad --help", 0, "usage: prog pledge make [OPTIONS] ID");
    assert_non_null(strstr(buf_str(&said), "More of it.\n"));
    assert_non_null(strstr(buf_str(&said), "  --country CODE ...  a list\n"));
    says("prog help pledge make", 0, "usage: prog pledge make [OPTIONS] ID");
    says("prog org update --help", 0, "usage: prog org update --name NAME [OPTIONS]\n");
    says("prog --version", 0, "version 1\n");
}

TEST(the_nearest_word)
{
    static const char *const words[] = { "partnership", "commitment", "pledge" };

    assert_string_equal(args_nearest("plegde", words, 3), "pledge");
    assert_string_equal(args_nearest("comitment", words, 3), "commitment");
    assert_string_equal(args_nearest("part", words, 3), "partnership");
    assert_null(args_nearest("", words, 3));
    assert_null(args_nearest("xyz", words, 3));
    assert_null(args_nearest("pledge", words, 0));
}

static int tear_down(void **state)
{
    (void)state;
    buf_clear(&said);
    return 0;
}

static const struct CMUnitTest tests[] = {
    TEST_OF(options_stand_anywhere),
    TEST_OF(values_are_taken_as_they_are),
    TEST_OF(two_dashes_end_the_options),
    TEST_OF(the_longer_command_is_meant),
    TEST_OF(wrong_usage_is_2_and_says_what),
    TEST_OF(help_is_0),
    TEST_OF(the_nearest_word),
};

TEST_MAIN_BETWEEN(tests, NULL, tear_down)
