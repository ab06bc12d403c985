#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/say.h"
#include "node/command.h"
#include "node/follow.h"
#include "node/output.h"
#include "node/policies.h"

struct options {
    const char *dir, *log, *broker, *key, *cosigner, *policy;
    struct args_list peers;
    bool offline, json;
};

/* Where the daemon runs may not be where we are now. */
static enum status absolute(const char *path, char **out)
{
    if (path == NULL)
        return STATUS_OK;
    *out = realpath(path, NULL);
    if (*out != NULL)
        return STATUS_OK;
    say_error("%s: %s", path, strerror(errno));
    return STATUS_IO;
}

static enum status configure(const struct options *o, struct config *c)
{
    struct buf replica = { 0 };
    enum status st = absolute(o->key, &c->key);

    if (st == STATUS_OK)
        st = absolute(o->cosigner, &c->cosigner);
    if (st == STATUS_OK && o->policy != NULL)
        st = absolute(o->policy, &c->policy);
    if (st != STATUS_OK)
        return st;
    c->dir = config_dir(o->dir);
    c->broker = o->broker != NULL ? strdup(o->broker) : NULL;
    if (c->dir == NULL || (c->broker == NULL) != (o->broker == NULL))
        return STATUS_NOMEM;
    for (size_t i = 0; i < o->peers.n; i++) {
        st = config_add_peer(c, o->peers.items[i]);
        if (st != STATUS_OK)
            return st;
    }
    buf_printf(&replica, "%s/replica.db", c->dir);
    c->replica = (char *)replica.ptr;
    return replica.bad ? STATUS_NOMEM : STATUS_OK;
}

static bool is_there(const struct config *c)
{
    struct buf path = { 0 };
    bool yes;

    buf_printf(&path, "%s/node.conf", c->dir);
    yes = access(buf_str(&path), F_OK) == 0;
    buf_clear(&path);
    return yes;
}

/* Entry 0 and all the rest, checked; the follower refuses a log whose charter does not
 * state the pinned key. STATUS_REFUSED, said: the log is wrong from *size on. */
static enum status fetch(const struct config *c, uint64_t *size)
{
    struct follow *f;
    bool damaged;
    enum status st = follow_open(c, &f);

    if (st == STATUS_BUSY)
        say_error("another process uses %s", c->replica);
    if (st != STATUS_OK)
        return st;
    st = follow_until_current(f, PATIENCE_MS);
    *size = follow_size(f);
    damaged = follow_met_damage(f);
    follow_close(f);
    if (st == STATUS_UNREACHABLE)
        say_hint("is the address right? --offline makes the node without asking");
    if (st == STATUS_BAD_PROOF && damaged)
        say_hint("the key is right: its people should run `avow-broker check`; another "
                 "node (--peer) may have what it lacks");
    else if (st == STATUS_BAD_PROOF)
        say_hint("are the key and the address right? ask whoever gave them to you");
    return st;
}

static int report(const struct options *o, const struct config *c, uint64_t size)
{
    struct buf out = { 0 };

    if (o->json)
        return output_json(json_pack("{s:s, s:s, s:I}", "dir", c->dir, "origin",
                                     c->log.name, "size", (json_int_t)size));
    buf_printf(&out, "node in %s follows %s: ", c->dir, c->log.name);
    if (o->offline)
        buf_text(&out, "nothing fetched yet\n");
    else
        buf_printf(&out, "%llu entr%s, all verified\n", (unsigned long long)size,
                   size == 1 ? "y" : "ies");
    return output_buf(&out);
}

static int init(const struct options *o, struct config *c)
{
    uint64_t size = 0;
    enum status st = configure(o, c);

    if (st == STATUS_OK && is_there(c))
        st = config_create(c); /* says so */
    if (st != STATUS_OK)
        return status_exit_code(st);
    if (!o->offline) {
        st = config_make_dir(c);
        if (st == STATUS_OK)
            st = fetch(c, &size);
    }
    /* What was promised to be kept is of use only in a node. */
    if (st == STATUS_REFUSED && size > 0 && config_create(c) == STATUS_OK) {
        say_info("the node in %s is made all the same: it has the %llu entries before "
                 "that, all verified, and the evidence",
                 c->dir, (unsigned long long)size);
        return status_exit_code(st);
    }
    if (st == STATUS_OK)
        st = config_create(c);
    return st == STATUS_OK ? report(o, c, size) : status_exit_code(st);
}

int cmd_init(struct args *a)
{
    struct options o = { 0 };
    struct config c = { 0 };
    const struct option options[] = {
        DIR_OPTION(&o.dir),
        { "log", "VKEY", "the log's verifier key, pinned from now on", .text = &o.log,
          .required = true },
        { "broker", "URL", "the broker: tcp://host:port, or https://host",
          .text = &o.broker },
        PEER_OPTION(&o.peers),
        { "key", "KEYFILE", "what this node signs statements with", .text = &o.key },
        POLICY_OPTION(&o.policy),
        { "cosigner", "KEYFILE", "what it cosigns checkpoints with",
          .text = &o.cosigner },
        { "offline", NULL, "ask the broker nothing yet", .flag = &o.offline },
        JSON_OPTION(&o.json),
        { 0 },
    };
    int code;

    if (!args_parse(a, options, 0, 0))
        return a->exit_code;
    if (verifier_key_parse(bytes_of(o.log), &c.log) != STATUS_OK ||
        c.log.type != KEY_ED25519)
        return args_wrong(a, "--log: '%s' is not a log's verifier key", o.log);
    if (o.broker == NULL && o.peers.n == 0)
        return args_wrong(a, "name the broker with --broker, or a node with --peer");
    code = init(&o, &c);
    config_clear(&c);
    return code;
}
