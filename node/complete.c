/* Completion for shells: `avow completion bash` prints a script, which asks `avow
 * complete` what could stand at the cursor. That answers from the tables of commands and
 * options, the code lists and the replica; where there is none, from what is left. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "face/view.h"
#include "ledger/rows.h"
#include "node/command.h"
#include "node/config.h"
#include "node/form.h"
#include "node/output.h"
#include "record/codes.h"

enum {
    CANDIDATES_MAX = 200, /* more than anybody reads */
    ROWS_MAX = 50000      /* looked at, newest first: it must be quick */
};

struct completing {
    struct bytes begun; /* what stands before the cursor */
    struct bytes lead;  /* "--to=", which is printed before each */
    struct buf out;
    size_t n, rows;
    const char *dir;
    const char *kind;  /* of subjects; NULL: any */
    const char *field; /* of rows: what is named */
    /* The option whose value it is. */
    struct bytes option;
    char value[64], help[512];
    struct buf key_begun; /* as keys of subjects have it */
};

static void offer(struct completing *c, struct bytes word)
{
    if (!bytes_starts(word, c->begun) || c->n == CANDIDATES_MAX)
        return;
    c->n++;
    buf_add(&c->out, c->lead);
    buf_add(&c->out, word);
    buf_u8(&c->out, '\n');
}

/* --- the replica ------------------------------------------------------------------ */

static enum status offer_row(void *ctx, uint64_t row, struct bytes key,
                             struct bytes value)
{
    struct completing *c = ctx;
    json_t *json = NULL;

    (void)row;
    /* Ids of subjects are their keys, in lower case: most rows need not be parsed. */
    if (strcmp(c->field, "id") == 0 && !bytes_starts(key, buf_bytes(&c->key_begun)))
        return ++c->rows == ROWS_MAX ? STATUS_EXISTS : STATUS_OK;
    if (rows_parse(value, &json) != STATUS_OK)
        return STATUS_ALTERED;
    if (c->kind == NULL || bytes_eq_text(json_member(json, "kind"), c->kind))
        offer(c, json_member(json, c->field));
    json_decref(json);
    return c->n == CANDIDATES_MAX || ++c->rows == ROWS_MAX ? STATUS_EXISTS : STATUS_OK;
}

/* Nothing is said of what fails: there is nothing to offer, then. */
static void offer_rows(struct completing *c, enum store_table t, const char *field)
{
    char *dir = config_dir(c->dir), *path = NULL;
    struct store *s = NULL;
    uint64_t count = 0;

    c->field = field;
    c->rows = 0;
    buf_reset(&c->key_begun);
    rows_subject_key(c->begun, &c->key_begun);
    if (dir != NULL && asprintf(&path, "%s/replica.db", dir) >= 0 &&
        store_open(path, STORE_READ, &s) == STATUS_OK &&
        store_row_count(s, t, &count) == STATUS_OK && count > 0)
        (void)store_rows(s, t, count, true, offer_row, c);
    store_close(s);
    free(path);
    free(dir);
}

/* --- values ----------------------------------------------------------------------- */

static void offer_codes(struct completing *c, enum code_list list)
{
    const char *code;

    for (size_t i = 0; (code = code_at(list, i)) != NULL; i++)
        offer(c, bytes_of(code));
}

/* "one of a, b, c" */
static void offer_words(struct completing *c, const char *help)
{
    static const char begin[] = "one of ";

    if (strncmp(help, begin, sizeof(begin) - 1) != 0)
        return;
    for (help += sizeof(begin) - 1; *help != '\0';) {
        size_t len = strcspn(help, ",");

        offer(c, (struct bytes){ (const uint8_t *)help, len });
        help += len;
        help += strspn(help, ", ");
    }
}

static void offer_value(struct completing *c)
{
    static const struct {
        const char *option;
        enum code_list list;
    } codes[] = { { "country", CODE_COUNTRY },
                  { "currency", CODE_CURRENCY },
                  { "sector", CODE_SECTOR },
                  { "sdg", CODE_SDG },
                  { "theme", CODE_THEME },
                  { "org-type", CODE_ORG_TYPE },
                  { "country-split", CODE_COUNTRY },
                  { "sector-split", CODE_SECTOR },
                  { "cluster", CODE_CLUSTER },
                  { "policy-marker", CODE_POLICY_MARKER },
                  { "aid-type", CODE_AID_TYPE },
                  { "earmarking", CODE_EARMARKING },
                  { "tied", CODE_TIED } };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (bytes_eq_text(c->option, codes[i].option))
            offer_codes(c, codes[i].list);
    if (strncmp(c->value, "ORG", 3) == 0)
        offer_rows(c, STORE_ORGANIZATION, "org");
    else if (strcmp(c->value, "NETWORK") == 0 || bytes_eq_text(c->option, "network"))
        offer_rows(c, STORE_NETWORK, "network");
    else if (strcmp(c->value, "ID") == 0 || strncmp(c->value, "PLEDGE", 6) == 0)
        offer_rows(c, STORE_SUBJECT, "id");
    else if (strcmp(c->value, "WORD") == 0)
        offer_words(c, c->help);
}

static void offer_operand(struct completing *c, const struct command *command)
{
    static const char *const families[] = { "pledge", "commitment", "partnership",
                                            "declaration" };

    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        if (strncmp(command->name, families[i], strlen(families[i])) == 0)
            c->kind = families[i];
    if (strcmp(command->args, "KIND") == 0)
        for (int k = 0; k < VIEW_KINDS; k++)
            offer(c, bytes_of(view_kind_name((enum view_kind)k)));
    if (strncmp(command->args, "ID", 2) == 0)
        offer_rows(c, STORE_SUBJECT, "id");
    if (strcmp(command->name, "show") == 0 || strncmp(command->args, "ORG", 3) == 0)
        offer_rows(c, STORE_ORGANIZATION, "org");
    if (strcmp(command->name, "show") == 0 || strncmp(command->args, "NETWORK", 7) == 0)
        offer_rows(c, STORE_NETWORK, "network");
}

/* --- commands and options --------------------------------------------------------- */

/* First words, or the second ones of a group; each once. */
static void offer_commands(struct completing *c, const struct program *p,
                           const char *group)
{
    size_t len = group != NULL ? strlen(group) : 0;
    struct bytes last = { 0 };

    for (const struct command *cmd = p->commands; cmd->summary != NULL; cmd++) {
        struct bytes word = bytes_of(cmd->name);
        size_t space = word.len;
        bool in = cmd->name != NULL &&
                  (group == NULL || (word.len > len && word.ptr[len] == ' ' &&
                                     strncmp(cmd->name, group, len) == 0));

        if (!in)
            continue;
        if (group != NULL)
            word = bytes_slice(word, len + 1, word.len);
        else if (bytes_find(word, ' ', &space))
            word = bytes_slice(word, 0, space);
        if (!bytes_eq(word, last))
            offer(c, word);
        last = word;
    }
}

static void offer_options(void *ctx, const struct option *options)
{
    struct completing *c = ctx;
    char name[80];

    for (const struct option *o = options; o->name != NULL; o++) {
        snprintf(name, sizeof(name), "--%s", o->name);
        offer(c, bytes_of(name));
    }
    offer(c, BYTES_LIT("--help"));
}

static void find_value(void *ctx, const struct option *options)
{
    struct completing *c = ctx;

    for (const struct option *o = options; o->name != NULL; o++)
        if (bytes_eq_text(c->option, o->name) && o->value != NULL) {
            snprintf(c->value, sizeof(c->value), "%s", o->value);
            snprintf(c->help, sizeof(c->help), "%s", o->help);
        }
}

/* "--to IL" or "--to=IL": is the cursor at a value? */
static bool at_value(struct completing *c, char **words, size_t n)
{
    const char *before = n > 1 ? words[n - 2] : "";
    size_t equals;

    if (bytes_starts(c->begun, BYTES_LIT("--")) && bytes_find(c->begun, '=', &equals)) {
        c->option = bytes_slice(c->begun, 2, equals);
        c->lead = bytes_slice(c->begun, 0, equals + 1);
        c->begun = bytes_slice(c->begun, equals + 1, c->begun.len);
        return true;
    }
    if (strncmp(before, "--", 2) != 0 || strchr(before, '=') != NULL)
        return false;
    c->option = bytes_of(before + 2);
    return true;
}

static void complete(struct completing *c, const struct program *p, char **words,
                     size_t n)
{
    const struct command *command;
    size_t taken;

    c->begun = bytes_of(words[n - 1]);
    command = args_find(p, words, n - 1, &taken);
    if (command == NULL && n <= 2) {
        offer_commands(c, p, n == 2 ? words[0] : NULL);
        return;
    }
    if (command == NULL)
        return;
    if (n - 1 == 1 && taken == 1) /* "network" alone, and "network charter" */
        offer_commands(c, p, words[0]);
    if (at_value(c, words, n)) {
        args_options(p, command, find_value, c);
        if (c->value[0] != '\0') {
            offer_value(c);
            return;
        }
    }
    if (c->begun.len > 0 && c->begun.ptr[0] == '-')
        args_options(p, command, offer_options, c);
    else
        offer_operand(c, command);
}

int cmd_complete(struct args *a)
{
    struct completing c = { 0 };
    const struct option options[] = { { 0 } };

    if (!args_parse(a, options, 1, SIZE_MAX))
        return a->exit_code;
    for (size_t i = 0; i + 1 < a->n; i++)
        if (strcmp(a->words[i], "--dir") == 0)
            c.dir = a->words[i + 1];
        else if (strncmp(a->words[i], "--dir=", 6) == 0)
            c.dir = a->words[i] + 6;
    complete(&c, a->program, a->words, a->n);
    buf_clear(&c.key_begun);
    return output_buf(&c.out);
}

/* --- the script ------------------------------------------------------------------- */

/* Words are parted at spaces here, since the shell parts them at colons and equals signs,
 * too, of which ids and values are full; what stands before the last of these in the word
 * is cut from the answers, as the shell expects. */
static const char bash[] =
    "# bash completion for avow; printed by `avow completion bash`\n"
    "_avow() {\n"
    "    local line=${COMP_LINE:0:COMP_POINT} cur IFS=$' \\t' words=()\n"
    "    read -ra words <<<\"$line\"\n"
    "    [[ $line == *[[:space:]] ]] && words+=('')\n"
    "    cur=${words[${#words[@]}-1]}\n"
    "    IFS=$'\\n'\n"
    "    COMPREPLY=($(\"${words[0]}\" complete -- \"${words[@]:1}\" 2>/dev/null))\n"
    "    local cut=\n"
    "    [[ $cur == *[:=]* ]] && cut=${cur%\"${cur##*[:=]}\"}\n"
    "    COMPREPLY=(\"${COMPREPLY[@]#\"$cut\"}\")\n"
    "}\n"
    "complete -o bashdefault -o default -F _avow avow\n";

int cmd_completion(struct args *a)
{
    const struct option options[] = { { 0 } };
    struct buf out = { 0 };

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    if (strcmp(a->words[0], "bash") != 0)
        return args_wrong(a, "there is a script for bash, and none for %s", a->words[0]);
    buf_text(&out, bash);
    return output_buf(&out);
}
