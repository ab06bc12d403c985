/* shared/base/args.h
 *
 * The command line of all three programs: a table of commands, each with a table of
 * options, from which parsing, `--help` and the usage errors follow.
 *
 *     static int cmd_new(struct args *a)
 *     {
 *         const char *name = NULL;
 *         bool cosign = false;
 *         const struct option options[] = {
 *             { "name", "NAME", "whose key it is", .text = &name, .required = true },
 *             { "cosign", NULL, "make it a cosigner's key", .flag = &cosign },
 *             { 0 },
 *         };
 *
 *         if (!args_parse(a, options, 1, 1))
 *             return a->exit_code;
 *         return make_key(a->words[0], name, cosign);
 *     }
 *
 *     static const struct command commands[] = {
 *         { "new", cmd_new, "FILE", "make a key" },
 *         { "pledge make", cmd_pledge_make, "ID", "pledge money or goods" },
 *         { 0 },
 *     };
 *
 * Options are long: `--name NAME` or `--name=NAME`, anywhere after the command; `--`
 * ends them; `-` alone is an operand. Each stands once, but for lists. `--help` (and -h)
 * is answered on stdout with exit code 0; wrong usage on stderr, with a hint, exit
 * code 2.
 */
#ifndef AVOW_BASE_ARGS_H
#define AVOW_BASE_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

#define ARGS_LIST_MAX 256 /* as many as a statement may have records */
#define ARGS_OPTIONS_MAX 128

/* The values of an option that may stand several times, in order. All zero: empty. */
struct args_list {
    const char *items[ARGS_LIST_MAX];
    size_t n;
};

/* Exactly one of the pointers is set; what it points to is left alone when the option is
 * not given, so initialize it with the default. A table ends with an all-zero item, and
 * has at most ARGS_OPTIONS_MAX. */
struct option {
    const char *name;  /* without the dashes */
    const char *value; /* what the value is called in help; NULL for a flag */
    const char *help;  /* lower case, no full stop */
    bool *flag;
    const char **text;
    uint64_t *number; /* decimal, no sign */
    struct args_list *list;
    bool required;
};

struct args;

/* A command with a NULL name and fn but a summary is a heading in the program's help. */
struct command {
    const char *name;          /* one word, or two: "pledge make" */
    int (*fn)(struct args *a); /* gives the exit code */
    const char *args;          /* operands, for help: "FILE...", "" */
    const char *summary;       /* lower case, no full stop, one line */
    const char *detail;        /* more for the command's own help, or NULL */
    int variant;               /* for a function that serves several commands */
};

struct program {
    const char *name;
    const char *summary;
    const struct command *commands; /* ends with an all-zero item */
    void (*version)(FILE *out);     /* answers --version; NULL: there is none */
};

struct args {
    const struct program *program;
    const struct command *command;
    char **words; /* after args_parse: the operands */
    size_t n;
    int exit_code; /* what to return when args_parse gave false */
    /* Set by args_options: args_parse hands the table over, and gives false. */
    void (*show)(void *ctx, const struct option *options);
    void *show_ctx;
};

/* All of main: say_init, find the command, run it. Gives the program's exit code. A limit
 * on file sizes fails as a full disk does, and ends nobody. */
int args_main(const struct program *program, int argc, char **argv);

/* False: help was given, or an error was said: return a->exit_code. True: the options are
 * set, and there are from `min` to `max` operands in a->words (SIZE_MAX: any number). */
bool args_parse(struct args *a, const struct option *options, size_t min, size_t max);

/* Say a usage error (and a hint to look at --help) from within a command. Gives 2. */
int args_wrong(const struct args *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The command that these words begin with, which takes up *taken of them; NULL: none. */
const struct command *args_find(const struct program *program, char **words, size_t n,
                                size_t *taken);
/* Show the options of a command, which does nothing before it calls args_parse. */
void args_options(const struct program *program, const struct command *command,
                  void (*show)(void *ctx, const struct option *options), void *ctx);

/* The nearest of `n` words, for "did you mean"; NULL: none is near. */
const char *args_nearest(const char *word, const char *const candidates[], size_t n);

#endif
