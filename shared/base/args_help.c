#include <string.h>

#include "base/args_internal.h"
#include "base/say.h"

#define HELP_WIDTH 80
#define HELP_COLUMN_MAX 34 /* a longer name has its help on the next line */

int args_flush(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status_exit_code(STATUS_OK);
    say_error("cannot write to standard output");
    return status_exit_code(STATUS_IO);
}

/* Break `text` at spaces, lines after the first indented; the cursor is at `column`. */
static void print_wrapped(const char *text, size_t column, size_t indent)
{
    for (const char *word = text; *word != '\0';) {
        size_t len = strcspn(word, " ");

        if (word != text && column + 1 + len > HELP_WIDTH) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        } else if (word != text) {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)len, word);
        column += len;
        word += len + (word[len] == ' ');
    }
    putchar('\n');
}

static void print_row(const char *left, const char *right, size_t column)
{
    size_t len = strlen(left);

    printf("  %s", left);
    if (len + 4 > column)
        printf("\n%*s", (int)column, "");
    else
        printf("%*s", (int)(column - len - 2), "");
    print_wrapped(right, column, column);
}

/* Where the second column begins, for a left one this long. */
static void widen(size_t *column, size_t left_len)
{
    if (left_len + 4 > *column && left_len + 4 <= HELP_COLUMN_MAX)
        *column = left_len + 4;
}

static bool is_in(const struct command *c, const char *group)
{
    size_t len = group == NULL ? 0 : strlen(group);

    return group == NULL ||
           (c->name != NULL && strncmp(c->name, group, len) == 0 && c->name[len] == ' ');
}

static void command_left(const struct command *c, char *out, size_t size)
{
    snprintf(out, size, "%s%s%s", c->name, *c->args == '\0' ? "" : " ", c->args);
}

/* The group of a command of two words, where others of it follow; 0: none. */
static size_t group_len(const struct command *c)
{
    const char *space = c->name != NULL ? strchr(c->name, ' ') : NULL;
    size_t len = space != NULL ? (size_t)(space - c->name) : 0;

    return len > 0 && c[1].name != NULL && strncmp(c->name, c[1].name, len + 1) == 0 ? len
                                                                                     : 0;
}

/* "pledge …" and the second words of all that follow in the group. The last of them. */
static const struct command *print_group(const struct command *c, size_t len,
                                         size_t column)
{
    char left[64], words[1024];
    size_t used = 0;

    snprintf(left, sizeof(left), "%.*s ...", (int)len, c->name);
    words[0] = '\0';
    for (;; c++) {
        bool more = group_len(c) == len;

        if (used < sizeof(words))
            used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%s",
                                     c->name + len + 1, more ? ", " : "");
        if (!more)
            break;
    }
    print_row(left, words, column);
    return c;
}

void args_help_program(const struct program *program, const char *group)
{
    const struct command *c;
    char left[256];
    size_t column = 0;

    printf("usage: %s %s%sCOMMAND [ARGUMENTS] [OPTIONS]\n\n", program->name,
           group == NULL ? "" : group, group == NULL ? "" : " ");
    if (group == NULL) {
        print_wrapped(program->summary, 0, 0);
        putchar('\n');
    }
    for (c = program->commands; c->summary != NULL; c++) {
        if (c->name == NULL || !is_in(c, group))
            continue;
        command_left(c, left, sizeof(left));
        widen(&column, group == NULL && strchr(c->name, ' ') != NULL
                           ? strcspn(c->name, " ") + strlen(" ...")
                           : strlen(left));
    }
    for (c = program->commands; c->summary != NULL; c++) {
        if (!is_in(c, group))
            continue;
        if (c->name == NULL) {
            printf("%s%s:\n", c == program->commands ? "" : "\n", c->summary);
            continue;
        }
        if (group == NULL && group_len(c) > 0) {
            c = print_group(c, group_len(c), column);
            continue;
        }
        command_left(c, left, sizeof(left));
        print_row(left, c->summary, column);
    }
    printf("\n%s %s%sCOMMAND --help tells more of one.\n", program->name,
           group == NULL ? "" : group, group == NULL ? "" : " ");
}

static void option_left(const struct option *o, char *out, size_t size)
{
    snprintf(out, size, "--%s%s%s%s", o->name, o->value == NULL ? "" : " ",
             o->value == NULL ? "" : o->value, o->list == NULL ? "" : " ...");
}

/* "usage: avow-keys new --name NAME [OPTIONS] FILE": what must be there is spelt out. */
static void print_usage(const struct args *a, const struct option *options)
{
    printf("usage: %s %s", a->program->name, a->command->name);
    for (const struct option *o = options; o->name != NULL; o++) {
        if (o->required)
            printf(" --%s %s", o->name, o->value);
    }
    printf(" [OPTIONS]%s%s\n\n", *a->command->args == '\0' ? "" : " ", a->command->args);
}

void args_help_command(const struct args *a, const struct option *options)
{
    char left[256];
    size_t column = strlen("--help") + 4;

    print_usage(a, options);
    print_wrapped(a->command->summary, 0, 0);
    if (a->command->detail != NULL)
        printf("\n%s\n", a->command->detail);
    printf("\noptions:\n");
    for (const struct option *o = options; o->name != NULL; o++) {
        option_left(o, left, sizeof(left));
        widen(&column, strlen(left));
    }
    for (const struct option *o = options; o->name != NULL; o++) {
        option_left(o, left, sizeof(left));
        print_row(left, o->help, column);
    }
    print_row("--help", "show this", column);
}
