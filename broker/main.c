/* broker/main.c: avow-broker orders statements into the log, and serves it. */
#include <stdio.h>

#include "broker/broker.h"
#include "record/codes.h"
#include "record/rules_version.h"

static const struct command commands[] = {
    { .name = "init",
      .fn = cmd_init,
      .args = "DIR",
      .summary = "make a new log from its charter",
      .detail =
          "The charter is entry 0: a signed statement that charters the log, states\n"
          "its key and registers its stewards. DIR gets the log, a copy of the key\n"
          "file, and avow-broker.conf. Prints the log's verifier key, which clients\n"
          "pin." },
    { .name = "run",
      .fn = cmd_run,
      .args = "DIR",
      .summary = "take statements, serve nodes, pages and the feed",
      .detail = "Prints one line when it is ready, and writes the addresses to\n"
                "DIR/run.json. Settings are read from DIR/avow-broker.conf. SIGTERM or\n"
                "SIGINT stop it; what it took is then finished and answered first.\n"
                "A log that may be of an old backup waits until a cosigning node has\n"
                "told what is newest, and takes back from nodes what it lacks." },
    { .name = "keys",
      .fn = cmd_keys,
      .args = "DIR",
      .summary = "list the log's keys and their files, or add a file",
      .detail =
          "Every checkpoint is signed by each active key of the log, so the broker has\n"
          "to hold the file of a key before the statement that adds it (log.key_added)\n"
          "is accepted; a broker that runs finds it by itself. The file of a retired\n"
          "key may go. Exit code 1: an active key is not here." },
    { .name = "check",
      .fn = cmd_check,
      .args = "DIR",
      .summary = "verify every hash, signature, rule and row of the log",
      .detail =
          "Derives everything anew from the entries and compares. Says which entry,\n"
          "tile, checkpoint or row is wrong. May run while a broker does." },
    { .name = "backup",
      .fn = cmd_backup,
      .args = "DIR TO",
      .summary = "copy the log to the new file TO",
      .detail =
          "Copies what is committed now; may run while a broker does. The copy has\n"
          "no key in it. To use one: put it in place as DIR/log.db. A broker that\n"
          "runs on it takes no statements until a cosigning node has told it what\n"
          "is newest, and gets what it lacks from nodes." },
    { 0 },
};

static void version(FILE *out)
{
    fprintf(out, "avow-broker %s\nrules   %lld\ncodes   %s\n", AVOW_VERSION,
            (long long)rules_newest(), codes_digest());
}

static const struct program program = {
    .name = "avow-broker",
    .summary = "orders statements into the log, and serves it",
    .commands = commands,
    .version = version,
};

int main(int argc, char **argv)
{
    if (sign_init() != STATUS_OK)
        return 3;
    return args_main(&program, argc, argv);
}
