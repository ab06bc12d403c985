#include "base/say.h"
#include "node/command.h"
#include "node/form.h"
#include "record/codes.h"
#include "record/rules_version.h"
#include "sign/key.h"

static const struct command own[] = {
    { NULL, NULL, NULL, "The node", NULL, 0 },
    { "init", cmd_init, "", "make a node: pin a log's key, fetch and verify the log",
      "Nothing is kept unless entry 0 states the key given with --log.", 0 },
    { "run", cmd_run, "", "follow the log, and cosign it, until stopped",
      "Prints one line when it is ready. SIGTERM or SIGINT stop it. With --serve it goes "
      "on\n"
      "serving what it verified when the log was found to be wrong.",
      0 },
    { "peers", cmd_peers, "", "tell whom the log is heard from, and how they stand",
      "As the daemon knows them; where none runs, each is asked.", 0 },
    { "sync", cmd_sync, "", "fetch what others have and the replica lacks", NULL, 0 },
    { "status", cmd_status, "", "tell how replica, broker and key stand", NULL, 0 },
    { NULL, NULL, NULL, "Saying", NULL, 0 },
    { "publish", cmd_publish, "FILE...", "sign the records in FILE, and publish them",
      "FILE holds records (a JSON object, an array of them, or one a line; - is "
      "standard\n"
      "input) or a signed statement, which is sent unchanged. What is told as published\n"
      "is proven by a receipt that was verified, and is in the replica.",
      0 },
    { "statement", cmd_statement, "FILE", "sign the records in FILE, and only print them",
      "With --with it is a draft, to be co-signed by others with `avow cosign`. Without "
      "a\n"
      "replica: --log, --key and --seq.",
      0 },
    { "cosign", cmd_cosign, "FILE", "show what a draft says, and co-sign it", NULL, 0 },
    { "outbox", cmd_outbox, "", "tell what waits to be sent, and what was refused",
      "What is published with no broker in reach is kept there, and goes out by itself.",
      0 },
    { NULL, NULL, NULL, "Reading the replica", NULL, 0 },
    { "list", cmd_list, "KIND",
      "list networks, organizations, partnerships, commitments, declarations, pledges, "
      "countries",
      NULL, 0 },
    { "show", cmd_show, "ID",
      "show one of them with its history, or an entry by its number or reference", NULL,
      0 },
    { "search", cmd_search, "WORDS", "find what is called so, or begins so",
      "In names, titles and ids, in every language; case and accents do not count.", 0 },
    { "due", cmd_due, "", "list deliverables and payments that are due or overdue",
      "On a day (--on), as the state is now.", 0 },
    { "totals", cmd_totals, "", "sum the money pledged", NULL, 0 },
    { "stocktake", cmd_stocktake, "NETWORK",
      "tell who of a network reported in a year, and what is stale, late or waits",
      "For each member the records of the year about what the network has: progress,\n"
      "money, other. Silent is who stated nothing about its partnerships,\n"
      "commitments, declarations and pledges.",
      0 },
    { "feed", cmd_feed, "", "watch what is said, as it is said", NULL, 0 },
    { NULL, NULL, NULL, "Proving", NULL, 0 },
    { "audit", cmd_audit, "", "check every signature, rule and hash of the replica",
      "Derives everything anew from the entries and compares. Says what is wrong, and\n"
      "ends with exit code 1 then.",
      0 },
    { "prove", cmd_prove, "ID", "print a proof of an entry, in one file",
      "ID: an entry's number, a record's reference, or a subject (its current terms).",
      0 },
    { "verify", cmd_verify, "FILE",
      "verify a proof, a receipt (with --statement), a signed statement, or evidence",
      "Needs no network. Exit code 1: it does not verify.", 0 },
    { NULL, NULL, NULL, "For shells", NULL, 0 },
    { "completion", cmd_completion, "bash",
      "print a script that completes words with Tab",
      "Put it where the shell looks: source <(avow completion bash).", 0 },
    { "complete", cmd_complete, "WORD...", "tell what could stand at the cursor",
      "What such a script calls, with what was typed behind --.", 0 },
    { 0 },
};

/* The commands above, with the verbs of the forms before what is read. */
static struct command commands[sizeof(own) / sizeof(own[0]) + 256];

static size_t add_verbs(size_t n)
{
    const size_t last = sizeof(commands) / sizeof(commands[0]) - 1;
    int number = 0;

    for (const struct verb_table *const *t = form_tables; *t != NULL; t++) {
        if (n < last && (*t)->heading != NULL)
            commands[n++] = (struct command){ .summary = (*t)->heading };
        for (const struct verb *v = (*t)->verbs; v->name != NULL && n < last; v++)
            commands[n++] = (struct command){ .name = v->name,
                                              .fn = cmd_form,
                                              .args = form_operand(v),
                                              .summary = v->summary,
                                              .variant = number++ };
    }
    return n;
}

static void list_commands(void)
{
    size_t n = 0;

    for (const struct command *c = own; c->summary != NULL; c++) {
        if (c->name == NULL && c[1].fn == cmd_list) /* before this heading */
            n = add_verbs(n);
        commands[n++] = *c;
    }
}

static void version(FILE *out)
{
    fprintf(out, "avow %s\nrules   %lld\ncodes   %s\n", AVOW_VERSION,
            (long long)rules_newest(), codes_digest());
}

static const struct program program = {
    .name = "avow",
    .summary = "an organization's node: says, follows, watches and audits what "
               "organizations state to one another",
    .commands = commands,
    .version = version,
};

int main(int argc, char **argv)
{
    if (sign_init() != STATUS_OK) {
        say_init(program.name, SAY_INFO);
        say_error("no source of randomness");
        return status_exit_code(STATUS_IO);
    }
    list_commands();
    return args_main(&program, argc, argv);
}
