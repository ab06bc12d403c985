/* node/config.h
 *
 * A node's folder: node.conf (what it follows, and as whom), replica.db, and the
 * sequence files of the keys it signs with (author.h).
 *
 * node.conf is lines "<name> <value>": log (the log's verifier key, pinned), broker (the
 * address of its link, or of its HTTP), peer (that of another node that serves; any
 * number of them; without a broker at least one), and may have key and cosigner (paths of
 * key files), and policy (that of a file: whose cosignatures are demanded).
 */
#ifndef AVOW_NODE_CONFIG_H
#define AVOW_NODE_CONFIG_H

#include "sign/key.h"

#define CONFIG_PEERS_MAX 32

struct config {
    char *dir;
    char *replica; /* path of replica.db */
    struct verifier_key log;
    char *broker; /* "tcp://host:port", "https://host"; NULL: the log comes from peers */
    char *peers[CONFIG_PEERS_MAX]; /* the same */
    size_t n_peers;
    char *key;      /* path; NULL: this node does not sign */
    char *cosigner; /* path; NULL: it does not cosign */
    char *policy;   /* path; NULL: none is demanded */
};

/* `dir` NULL: $AVOW_DIR, else avow in $XDG_DATA_HOME or ~/.local/share. Malloc'ed. */
char *config_dir(const char *dir);

/* Reads node.conf of the folder. On failure the reason is said. STATUS_USAGE: a setting
 * in it is none. */
enum status config_load(const char *dir, struct config *out);
/* One more peer, once: STATUS_TOO_LARGE, said. */
enum status config_add_peer(struct config *c, const char *url);
/* Creates the folder, 0700, where there is none. Said. */
enum status config_make_dir(const struct config *c);
/* Creates the folder and node.conf; STATUS_EXISTS: there is one. Said. */
enum status config_create(const struct config *c);
void config_clear(struct config *c);

#endif
