#include "base/args.h"

#include <assert.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/args_internal.h"
#include "base/bytes.h"
#include "base/say.h"

#define WORD_MAX 64 /* longer words are near nothing */

/* How many letters must be changed, added, dropped, or swapped with the next. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1]; /* the row before the last, the last, this one */
    size_t a_len = strlen(a), b_len = strlen(b);

    for (size_t j = 0; j <= b_len; j++)
        rows[1][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        rows[2][0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = rows[1][j - 1] + (a[i - 1] != b[j - 1]);

            if (rows[1][j] + 1 < best)
                best = rows[1][j] + 1;
            if (rows[2][j - 1] + 1 < best)
                best = rows[2][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                rows[0][j - 2] + 1 < best)
                best = rows[0][j - 2] + 1;
            rows[2][j] = best;
        }
        memcpy(rows[0], rows[1], sizeof(rows[0]));
        memcpy(rows[1], rows[2], sizeof(rows[1]));
    }
    return rows[1][b_len];
}

const char *args_nearest(const char *word, const char *const candidates[], size_t n)
{
    size_t len = strlen(word), least = 2 + len / 4; /* this far is no longer near */
    const char *nearest = NULL;

    if (len == 0 || len > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t far;

        if (strlen(candidates[i]) > WORD_MAX)
            continue;
        far = distance(word, candidates[i]);
        /* What is only begun is near too. */
        if (len >= 3 && strncmp(word, candidates[i], len) == 0)
            far = 1;
        if (far < least) {
            least = far;
            nearest = candidates[i];
        }
    }
    return nearest;
}

int args_wrong(const struct args *a, const char *fmt, ...)
{
    char text[1024];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    say_error("%s", text);
    if (a->command != NULL)
        say_hint("%s %s --help shows what it takes", a->program->name, a->command->name);
    else
        say_hint("%s --help lists the commands", a->program->name);
    return status_exit_code(STATUS_USAGE);
}

static bool is_end(const struct option *o)
{
    return o->name == NULL;
}

/* `name` is not NUL-terminated. NULL: no such option, which has been said. */
static const struct option *find_option(const struct args *a,
                                        const struct option *options, struct bytes name)
{
    const char *names[ARGS_OPTIONS_MAX], *near;
    char *text;
    size_t n = 0;

    for (const struct option *o = options; !is_end(o); o++) {
        if (bytes_eq_text(name, o->name))
            return o;
        assert(n < ARGS_OPTIONS_MAX);
        names[n++] = o->name;
    }
    text = bytes_to_text(name);
    near = text == NULL ? NULL : args_nearest(text, names, n);
    free(text);
    if (near == NULL) {
        args_wrong(a, "unknown option --" BYTES_FMT, BYTES_ARG(name));
    } else {
        say_error("unknown option --" BYTES_FMT, BYTES_ARG(name));
        say_hint("did you mean --%s?", near);
    }
    return NULL;
}

static bool set_option(const struct args *a, const struct option *o, const char *value)
{
    if (o->text != NULL) {
        *o->text = value;
    } else if (o->list != NULL) {
        if (o->list->n == ARGS_LIST_MAX) {
            args_wrong(a, "--%s: more than %d of them", o->name, ARGS_LIST_MAX);
            return false;
        }
        o->list->items[o->list->n++] = value;
    } else if (decimal_parse(bytes_of(value), o->number) != STATUS_OK) {
        args_wrong(a, "--%s: '%s' is not a whole number", o->name, value);
        return false;
    }
    return true;
}

/* The option words[*at], whose value may be the next word: *at is then moved on. `seen`
 * has a place for each item of the table. */
static bool take_option(const struct args *a, const struct option *options, size_t *at,
                        bool *seen)
{
    struct bytes name = bytes_of(a->words[*at] + 2);
    const struct option *o;
    const char *value = NULL;
    size_t equals;

    if (bytes_find(name, '=', &equals)) {
        value = a->words[*at] + 2 + equals + 1;
        name.len = equals;
    }
    o = find_option(a, options, name);
    if (o == NULL)
        return false;
    if (seen[o - options] && o->list == NULL) {
        args_wrong(a, "--%s is given twice", o->name);
        return false;
    }
    seen[o - options] = true;
    if (o->flag != NULL) {
        if (value != NULL)
            args_wrong(a, "--%s takes no value", o->name);
        *o->flag = true;
        return value == NULL;
    }
    if (value == NULL && *at + 1 < a->n)
        value = a->words[++*at];
    if (value == NULL) {
        args_wrong(a, "--%s wants a value: --%s %s", o->name, o->name, o->value);
        return false;
    }
    return set_option(a, o, value);
}

static bool wants_help(const struct args *a)
{
    for (size_t i = 0; i < a->n && strcmp(a->words[i], "--") != 0; i++) {
        if (strcmp(a->words[i], "--help") == 0 || strcmp(a->words[i], "-h") == 0)
            return true;
    }
    return false;
}

/* Options are set; operands are moved to the front of a->words. */
static bool sort_words(struct args *a, const struct option *options, bool *seen)
{
    bool ended = false;
    size_t n = 0;

    for (size_t i = 0; i < a->n; i++) {
        char *word = a->words[i];

        if (ended || word[0] != '-' || word[1] == '\0') {
            a->words[n++] = word;
        } else if (strcmp(word, "--") == 0) {
            ended = true;
        } else if (word[1] != '-') {
            args_wrong(a, "unknown option %s", word);
            return false;
        } else if (!take_option(a, options, &i, seen)) {
            return false;
        }
    }
    a->n = n;
    return true;
}

static bool check_complete(const struct args *a, const struct option *options,
                           const bool *seen, size_t min, size_t max)
{
    for (const struct option *o = options; !is_end(o); o++) {
        if (o->required && !seen[o - options]) {
            args_wrong(a, "--%s %s is missing", o->name, o->value);
            return false;
        }
    }
    if (a->n < min) {
        args_wrong(a, "too few arguments: wanted %s", a->command->args);
        return false;
    }
    if (a->n > max) {
        args_wrong(a, "one argument too many: '%s'", a->words[max]);
        return false;
    }
    return true;
}

bool args_parse(struct args *a, const struct option *options, size_t min, size_t max)
{
    bool seen[ARGS_OPTIONS_MAX] = { 0 };

    assert(min <= max);
    if (a->show != NULL) {
        a->show(a->show_ctx, options);
        return false;
    }
    a->exit_code = status_exit_code(STATUS_USAGE);
    if (wants_help(a)) {
        args_help_command(a, options);
        a->exit_code = args_flush();
        return false;
    }
    return sort_words(a, options, seen) && check_complete(a, options, seen, min, max);
}

/* How many of the words the name of this command takes up; 0: it is another. */
static size_t matches(const struct command *c, char **words, size_t n)
{
    const char *space;
    size_t first;

    if (c->name == NULL || n == 0)
        return 0;
    space = strchr(c->name, ' ');
    if (space == NULL)
        return strcmp(c->name, words[0]) == 0 ? 1 : 0;
    first = (size_t)(space - c->name);
    return n > 1 && strlen(words[0]) == first && strncmp(c->name, words[0], first) == 0 &&
                   strcmp(space + 1, words[1]) == 0
               ? 2
               : 0;
}

const struct command *args_find(const struct program *program, char **words, size_t n,
                                size_t *taken)
{
    const struct command *best = NULL;

    *taken = 0;
    for (const struct command *c = program->commands; c->summary != NULL; c++) {
        size_t m = matches(c, words, n);

        if (m > *taken) {
            *taken = m;
            best = c;
        }
    }
    return best;
}

static const struct command *find_command(struct args *a)
{
    size_t taken;
    const struct command *c = args_find(a->program, a->words, a->n, &taken);

    a->words += taken;
    a->n -= taken;
    return c;
}

void args_options(const struct program *program, const struct command *command,
                  void (*show)(void *ctx, const struct option *options), void *ctx)
{
    struct args a = {
        .program = program, .command = command, .show = show, .show_ctx = ctx
    };

    (void)command->fn(&a);
}

/* Is it the first word of commands of two words? */
static bool is_group(const struct args *a, const char *word)
{
    size_t len = strlen(word);

    for (const struct command *c = a->program->commands; c->summary != NULL; c++) {
        if (c->name != NULL && strncmp(c->name, word, len) == 0 && c->name[len] == ' ')
            return true;
    }
    return false;
}

static int unknown_command(const struct args *a)
{
    const char *names[256] = { 0 }, *near;
    const char *second = a->n > 1 && a->words[1][0] != '-' ? a->words[1] : NULL;
    bool group = is_group(a, a->words[0]);
    char text[2 * WORD_MAX];
    size_t n = 0;

    if (group && second == NULL) {
        say_error("%s: a second word is missing", a->words[0]);
        say_hint("%s %s --help lists what there is", a->program->name, a->words[0]);
        return status_exit_code(STATUS_USAGE);
    }
    for (const struct command *c = a->program->commands; c->summary != NULL; c++) {
        if (c->name != NULL && n < sizeof(names) / sizeof(names[0]))
            names[n++] = c->name;
    }
    snprintf(text, sizeof(text), "%s%s%s", a->words[0], group ? " " : "",
             group ? second : "");
    near = args_nearest(text, names, n);
    if (near == NULL && !group && second != NULL) {
        snprintf(text, sizeof(text), "%s %s", a->words[0], second);
        near = args_nearest(text, names, n);
    }
    if (near == NULL)
        return args_wrong(a, "unknown command '%s%s%s'", a->words[0], group ? " " : "",
                          group ? second : "");
    say_error("unknown command '%s'", text);
    say_hint("did you mean %s %s?", a->program->name, near);
    return status_exit_code(STATUS_USAGE);
}

/* `program --help`, `program help [command]`, `program group --help`, `--version`. */
static bool answer_program(struct args *a, int *exit_code)
{
    const char *first = a->words[0], *group = NULL;

    if (strcmp(first, "--version") == 0 && a->program->version != NULL) {
        a->program->version(stdout);
        *exit_code = args_flush();
        return true;
    }
    if (is_group(a, first) && wants_help(a))
        group = first;
    else if (strcmp(first, "help") == 0 && a->n > 1 && is_group(a, a->words[1]))
        group = a->words[1];
    else if (strcmp(first, "--help") != 0 && strcmp(first, "-h") != 0 &&
             strcmp(first, "help") != 0)
        return false;
    args_help_program(a->program, group);
    *exit_code = args_flush();
    return true;
}

int args_main(const struct program *program, int argc, char **argv)
{
    struct args a = { .program = program };
    char help[] = "--help", *only_help[] = { help };
    bool asked;
    int exit_code;

    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error like a full disk */
    say_init(program->name, SAY_INFO);
    if (argc < 2)
        return args_wrong(&a, "what to do? a command is missing");
    a.words = argv + 1;
    a.n = (size_t)argc - 1;
    asked = strcmp(a.words[0], "help") == 0 && a.n > 1;
    if (asked) {
        a.words++;
        a.n--;
    }
    a.command = find_command(&a);
    if (a.command == NULL && asked) {
        a.words--;
        a.n++;
    }
    if (a.command == NULL && answer_program(&a, &exit_code))
        return exit_code;
    if (a.command == NULL)
        return unknown_command(&a);
    if (asked) {
        a.words = only_help;
        a.n = 1;
    }
    return a.command->fn(&a);
}
