/* node/command.h
 *
 * avow: one file per command. What they share besides: session.h (replica and link),
 * signer.h (keys), output.h, table.h, tell.h.
 */
#ifndef AVOW_NODE_COMMAND_H
#define AVOW_NODE_COMMAND_H

#include "base/args.h"

/* How long a command waits for the broker without any progress. */
#define PATIENCE_MS 10000

int cmd_init(struct args *a);
int cmd_run(struct args *a);
int cmd_peers(struct args *a);
int cmd_sync(struct args *a);
int cmd_status(struct args *a);
int cmd_publish(struct args *a);
int cmd_statement(struct args *a);
int cmd_cosign(struct args *a);
int cmd_list(struct args *a);
int cmd_show(struct args *a);
int cmd_totals(struct args *a);
int cmd_stocktake(struct args *a);
int cmd_due(struct args *a);
int cmd_search(struct args *a);
int cmd_feed(struct args *a);
int cmd_outbox(struct args *a);
int cmd_audit(struct args *a);
int cmd_prove(struct args *a);
int cmd_verify(struct args *a);
int cmd_complete(struct args *a);
int cmd_completion(struct args *a);

/* For tables of options. */
#define DIR_OPTION(to)                                                                   \
    {                                                                                    \
        "dir", "DIR", "the node's folder; default: $AVOW_DIR, else ~/.local/share/avow", \
            .text = (to)                                                                 \
    }
#define PEER_OPTION(to)                                                                \
    {                                                                                  \
        "peer", "URL",                                                                 \
            "another that serves the log (repeatable): tcp://host:port, https://host", \
            .list = (to)                                                               \
    }
#define JSON_OPTION(to)                                  \
    {                                                    \
        "json", NULL, "JSON, for programs", .flag = (to) \
    }
#define CSV_OPTION(to)                                     \
    {                                                      \
        "csv", NULL, "CSV, for spreadsheets", .flag = (to) \
    }

#endif
