/* broker/config.h
 *
 * What the broker of one folder is told: DIR/avow-broker.conf (lines `name = value`, `#`
 * begins a comment), then the command line. Every name but
 * `witness` has a default.
 *
 *     http = 127.0.0.1:8421       where pages, API and feed are served; port 0: any free
 *     link = tcp://127.0.0.1:7421 where nodes ask
 *     hints = tcp://127.0.0.1:7422  where they are told of news; "none": not at all
 *     public_url =                what the world calls this server
 *     threads = 0                 that verify; 0: one for each processor
 *     readers = 4                 threads that read the log for answers
 *     connections_max = 10000
 *     watchers_max = 8000
 *     address_max = 256           connections of one address, if not of this machine;
 *                                 0: any
 *     answers_mb = 128            MB of answers in memory
 *     stuck_s = 60                seconds until a peer that takes nothing is cut
 *     trusted_proxy = ADDRESS     whose Forwarded or X-Forwarded-For says who asks;
 *                                 addresses and prefixes (10.0.0.0/8), also in several
 *                                 lines
 *
 *     link_peers_max = 1000       connections of nodes, and as many for hints
 *     address_link_peers_max = 100  ... of one address
 *
 *     rate = 1000                 statements a second, of one key, in the long run;
 *                                 0: any, and any records and bytes
 *     burst = 20000               statements that one key may send at once
 *
 *     record_rate = 100           records of one organization: a whole portfolio at once,
 *     record_burst = 20000        then no more than nodes' disks bear
 *
 *     byte_rate = 100000          their bytes
 *     byte_burst = 20000000
 *
 *     sender_rate = 100           statements of one address that are not accepted: known,
 *     sender_burst = 5000         refused, dry runs; not of this machine
 *
 *     log_level = info            debug, info, unusual, broken
 *     witness = VKEY URL          a tlog-witness that is asked for cosignatures; any
 *                                 number of lines
 */
#ifndef AVOW_BROKER_CONFIG_H
#define AVOW_BROKER_CONFIG_H

#include "base/bytes.h"
#include "base/peer.h"
#include "base/say.h"
#include "sign/key.h"

#define CONFIG_FILE "avow-broker.conf"
#define CONFIG_MAX 65536
#define CONFIG_WITNESSES_MAX 32

struct config_witness {
    struct verifier_key key;
    char url[256]; /* the submission prefix */
};

struct config {
    char http[128], link[128], hints[128], public_url[256], log_level[16];
    uint64_t threads, readers, connections_max, watchers_max, stuck_s, rate, burst;
    uint64_t record_rate, record_burst, byte_rate, byte_burst, sender_rate, sender_burst;
    uint64_t link_peers_max, address_link_peers_max;
    uint64_t address_max, answers_mb;
    struct peer_proxies proxies;
    bool link_given, hints_given; /* not the defaults */
    struct config_witness witnesses[CONFIG_WITNESSES_MAX];
    size_t n_witnesses;
};

void config_defaults(struct config *c);
/* STATUS_USAGE, and said: an unknown name, or a value that is none. STATUS_OK where there
 * is no such file. */
enum status config_read(struct config *c, const char *path);
/* One name. STATUS_MALFORMED: unknown, or no value for it. STATUS_USAGE, and said: not a
 * log level. */
enum status config_set(struct config *c, struct bytes name, struct bytes value);
/* "ADDRESS:PORT", "[::1]:8421". */
enum status config_http(const struct config *c, char address[64], uint16_t *port);
/* Of a checked configuration. */
enum say_level config_level(const struct config *c);

#endif
