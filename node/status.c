#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/shown.h"
#include "face/view.h"
#include "ledger/ledger.h"
#include "ledger/rows.h"
#include "node/author.h"
#include "node/command.h"
#include "node/outbox.h"
#include "node/output.h"
#include "node/peers.h"
#include "node/remote.h"
#include "node/session.h"
#include "node/signer.h"
#include "record/json.h"

#define ASK_MS 3000

/* The names of files in the folder that begin so, sorted. */
static void add_files(const char *dir, const char *prefix, json_t *out, const char *name)
{
    json_t *list = json_array();
    struct dirent **all = NULL;
    int n = scandir(dir, &all, NULL, alphasort);

    for (int i = 0; i < n; i++) {
        if (strncmp(all[i]->d_name, prefix, strlen(prefix)) == 0)
            json_array_append_new(list, json_string(all[i]->d_name));
        free(all[i]);
    }
    free(all);
    json_object_set_new(out, name, list);
}

/* As `avow peers` tells them, but for the broker. Offline: only what the daemon knows. */
static void add_peers(struct session *s, json_t *out, bool daemon, bool offline)
{
    json_t *look = NULL, *list = json_array(), *item;
    size_t i;

    if (!offline || daemon)
        peers_look(&s->config, s->store, daemon, &look);
    json_array_foreach(json_object_get(look, "sources"), i,
                       item) if (bytes_eq_text(json_member(item, "role"), "peer"))
        json_array_append(list, item);
    if (look == NULL)
        for (i = 0; i < s->config.n_peers; i++)
            json_array_append_new(list, json_pack("{s:s}", "url", s->config.peers[i]));
    json_object_set_new(out, "peers", list);
    json_decref(look);
}

static void add_broker(struct session *s, json_t *out, bool offline)
{
    json_t *broker = json_pack("{s:s}", "url", s->config.broker);
    struct message m;
    struct buf answer = { 0 };

    if (!offline) {
        bool reached = remote_status(s->link, ASK_MS, &answer, &m) == STATUS_OK;

        json_object_set_new(broker, "reachable", json_boolean(reached));
        if (reached)
            json_object_set_new(broker, "size",
                                json_integer((json_int_t)m.u.status.size));
    }
    json_object_set_new(out, "broker", broker);
    buf_clear(&answer);
}

/* What the replica says of a key: its row, or NULL. */
static json_t *key_row(struct session *s, const struct verifier_key *k)
{
    struct buf key = { 0 };
    json_t *row = NULL;

    rows_key_key(bytes_of(k->name), k->id, &key);
    if (rows_find(s->store, STORE_KEY, buf_bytes(&key), NULL, &row) != STATUS_OK)
        row = NULL;
    buf_clear(&key);
    return row;
}

/* "active", or why it is not. */
static void add_standing(struct session *s, const json_t *row, json_t *out)
{
    const json_t *revoked = json_object_get(row, "revoked");
    const json_t *until = json_object_get(row, "until");
    struct buf text = { 0 };

    if (row == NULL)
        buf_text(&text, "not in the log, as far as it is here");
    else if (revoked != NULL)
        buf_printf(&text, "revoked in entry %llu: " BYTES_FMT,
                   (unsigned long long)RECORD_INDEX(
                       (uint64_t)json_integer_value(json_object_get(revoked, "record"))),
                   BYTES_ARG(json_member(revoked, "reason")));
    else if (until != NULL && (uint64_t)json_integer_value(until) <= session_size(s))
        buf_printf(&text, "ended at entry %lld", (long long)json_integer_value(until));
    else
        buf_text(&text, "active");
    json_object_set_new(out, "standing", json_of(buf_bytes(&text)));
    buf_clear(&text);
}

/* The key that signs here, what it used last, and whether a draft holds it. */
static enum status add_key(struct session *s, json_t *out)
{
    struct verifier_key k;
    struct buf text = { 0 };
    char held[65] = "";
    uint64_t seq = 0, entered;
    json_t *row, *key;
    enum status st = signer_public(&s->config, NULL, &k);

    if (st != STATUS_OK)
        return STATUS_OK; /* none, or said */
    st = author_peek(s->config.dir, &k, &seq, held);
    row = key_row(s, &k);
    /* by another folder, or before this one was lost */
    entered = (uint64_t)json_integer_value(json_object_get(row, "seq"));
    if (entered > seq)
        seq = entered;
    verifier_key_print(&k, &text);
    key = json_pack("{s:s, s:s, s:I}", "org", k.name, "key", buf_str(&text), "seq",
                    (json_int_t)seq);
    add_standing(s, row, key);
    json_object_set_new(out, "key", key);
    if (held[0] != '\0')
        json_object_set_new(out, "held_by_draft", json_string(held));
    json_decref(row);
    buf_clear(&text);
    return st;
}

/* The key by which this node cosigns. */
static void add_cosigner(struct session *s, json_t *out)
{
    struct verifier_key k;
    struct buf text = { 0 };
    json_t *row, *cosigner;

    if (s->config.cosigner == NULL ||
        signer_public(&s->config, s->config.cosigner, &k) != STATUS_OK)
        return;
    row = key_row(s, &k);
    verifier_key_print(&k, &text);
    cosigner = json_pack("{s:s}", "key", buf_str(&text));
    add_standing(s, row, cosigner);
    json_object_set_new(out, "cosigner", cosigner);
    json_decref(row);
    buf_clear(&text);
}

/* As `avow audit` prints it: what two replicas of one size have in common. */
static enum status add_state_digest(struct session *s, json_t *out)
{
    struct hash digest;
    struct buf hex = { 0 };
    enum status st = ledger_digest(s->store, &digest);

    if (st != STATUS_OK)
        return st;
    hex_encode((struct bytes){ digest.b, HASH_LEN }, &hex);
    json_object_set_new(out, "digest", json_string(buf_str(&hex)));
    buf_clear(&hex);
    return STATUS_OK;
}

static enum status add_outbox(struct session *s, json_t *out)
{
    json_t *list = json_array();
    struct outbox o;
    enum status st = outbox_open(s->config.dir, OUTBOX_LOOK, &o);

    for (size_t i = 0; st == STATUS_OK && i < o.n; i++)
        json_array_append_new(list, outbox_json(&o, &o.items[i]));
    outbox_close(&o);
    json_object_set_new(out, "outbox", list);
    return st;
}

static enum status look(struct session *s, bool offline, bool digest, json_t **out)
{
    json_t *status = NULL;
    bool daemon;
    enum status st = STATUS_OK;

    if (digest)
        st = store_snapshot(s->store); /* size and digest are of one state */
    if (st != STATUS_OK)
        return st;
    if (session_size(s) > 0)
        st = view_status(s->store, AVOW_VERSION, &status);
    else
        status = json_pack("{s:i, s:s}", "size", 0, "origin", s->config.log.name);
    if (st == STATUS_OK && digest)
        st = add_state_digest(s, status);
    if (digest)
        store_release(s->store);
    if (st != STATUS_OK) {
        json_decref(status);
        return st;
    }
    json_object_set_new(status, "dir", json_string(s->config.dir));
    daemon = session_daemon(s);
    json_object_set_new(status, "followed_now", json_boolean(daemon));
    if (s->config.broker != NULL)
        add_broker(s, status, offline);
    if (s->config.n_peers > 0)
        add_peers(s, status, daemon, offline);
    st = add_key(s, status);
    add_cosigner(s, status);
    add_files(s->config.dir, "evidence-", status, "evidence");
    if (st == STATUS_OK)
        st = add_outbox(s, status);
    if (st == STATUS_OK)
        *out = status;
    else
        json_decref(status);
    return st;
}

/* --- for people ------------------------------------------------------------------- */

static void line(struct buf *out, const char *name, struct bytes value)
{
    if (value.len > 0)
        buf_printf(out, "%-12s" BYTES_FMT "\n", name, BYTES_ARG(value));
}

static void print_broker(const json_t *broker, long long size, struct buf *out)
{
    const json_t *reachable = json_object_get(broker, "reachable");
    long long there = json_integer_value(json_object_get(broker, "size"));

    buf_printf(out, "%-12s%s", "broker",
               json_string_value(json_object_get(broker, "url")));
    if (json_is_false(reachable))
        buf_text(out, ", cannot be reached");
    else if (json_is_true(reachable) && there > size)
        buf_printf(out, ", has %lld more", there - size);
    else if (json_is_true(reachable) && there < size)
        buf_printf(out, ", has only %lld", there);
    else if (json_is_true(reachable))
        buf_text(out, ", has the same");
    buf_text(out, "\n");
}

static void print_peers(const json_t *list, struct buf *out)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        struct bytes state = json_member(item, "state");
        struct bytes trouble = json_member(item, "trouble");

        buf_printf(out, "%-12s" BYTES_FMT, i == 0 ? "peers" : "",
                   BYTES_ARG(json_member(item, "url")));
        if (json_object_get(item, "size") != NULL)
            buf_printf(out, ", at %lld",
                       (long long)json_integer_value(json_object_get(item, "size")));
        if (trouble.len > 0)
            buf_text(out, ": "), shown_text(trouble, out);
        else if (state.len > 0)
            buf_printf(out, ", " BYTES_FMT, BYTES_ARG(state));
        buf_text(out, "\n");
    }
}

static void print_list(const char *name, const json_t *list, struct buf *out)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item) line(out, i == 0 ? name : "", json_bytes(item));
}

static void print_outbox(const json_t *list, struct buf *out)
{
    const json_t *item;
    size_t i, refused = 0, waits = 0, n = json_array_size(list);

    json_array_foreach(list, i, item)
    {
        refused += bytes_eq_text(json_member(item, "state"), "refused");
        waits += bytes_eq_text(json_member(item, "state"), "waits");
    }
    if (n > refused + waits)
        buf_printf(out, "%-12s%zu to be sent\n", "outbox", n - refused - waits);
    if (refused > 0)
        buf_printf(out, "%-12s%zu refused, %zu behind: see `avow outbox`\n", "OUTBOX",
                   refused, waits);
}

static void print_cosigners(const json_t *status, struct buf *out)
{
    const json_t *list = json_object_get(status, "cosigners"), *item;
    const json_t *cosigned = json_object_get(status, "cosigned");
    size_t i;

    if (cosigned != NULL)
        buf_printf(
            out, "%-12ssize %lld by %lld of %zu\n", "cosigned",
            (long long)json_integer_value(json_object_get(cosigned, "size")),
            (long long)json_integer_value(json_object_get(cosigned, "cosignatures")),
            json_array_size(list));
    json_array_foreach(list, i, item)
        line(out, i == 0 ? "cosigners" : "", json_member(item, "name"));
    /* docs/replication.md 8.3 */
    if (json_array_size(list) == 0 &&
        json_integer_value(json_object_get(status, "size")) > 0)
        buf_printf(out,
                   "%-12snone: nobody could tell that the broker runs on an old backup\n",
                   "COSIGNERS");
}

static int print_status(const json_t *status)
{
    const json_t *key = json_object_get(status, "key");
    const json_t *cosigner = json_object_get(status, "cosigner");
    long long size = json_integer_value(json_object_get(status, "size"));
    struct buf out = { 0 };

    line(&out, "node", json_member(status, "dir"));
    line(&out, "log", json_member(status, "origin"));
    buf_printf(&out, "%-12s%lld entr%s%s\n", "replica", size, size == 1 ? "y" : "ies",
               json_is_true(json_object_get(status, "followed_now")) ? ", followed now"
                                                                     : "");
    line(&out, "root", json_member(status, "root"));
    line(&out, "digest", json_member(status, "digest"));
    line(&out, "newest", json_member(status, "time"));
    line(&out, "STOPPED", json_member(json_object_get(status, "upgrade"), "text"));
    line(&out, "ENDED", json_member(json_object_get(status, "succeeded"), "text"));
    if (json_object_get(status, "broker") != NULL)
        print_broker(json_object_get(status, "broker"), size, &out);
    print_peers(json_object_get(status, "peers"), &out);
    print_cosigners(status, &out);
    if (key != NULL) {
        line(&out, "key", json_member(key, "key"));
        if (!bytes_eq_text(json_member(key, "standing"), "active"))
            line(&out, "", json_member(key, "standing"));
        buf_printf(&out, "%-12s%lld\n", "last seq",
                   (long long)json_integer_value(json_object_get(key, "seq")));
    }
    line(&out, "held by", json_member(status, "held_by_draft"));
    if (cosigner != NULL) {
        line(&out, "cosigns by", json_member(cosigner, "key"));
        if (!bytes_eq_text(json_member(cosigner, "standing"), "active"))
            line(&out, "", json_member(cosigner, "standing"));
    }
    print_outbox(json_object_get(status, "outbox"), &out);
    print_list("EVIDENCE", json_object_get(status, "evidence"), &out);
    return output_buf(&out);
}

int cmd_status(struct args *a)
{
    const char *dir = NULL;
    bool json = false, offline = false, digest = false;
    struct session s;
    json_t *status = NULL;
    const struct option options[] = {
        DIR_OPTION(&dir),
        { "offline", NULL, "do not ask the broker", .flag = &offline },
        { "digest", NULL, "add the digest of the state, to compare two replicas",
          .flag = &digest },
        JSON_OPTION(&json),
        { 0 },
    };
    enum status st;
    int code;

    if (!args_parse(a, options, 0, 0))
        return a->exit_code;
    st = session_open(dir, offline ? SESSION_READ : SESSION_ASK, &s);
    if (st != STATUS_OK)
        return status_exit_code(st);
    st = look(&s, offline, digest, &status);
    if (st == STATUS_OK)
        code = json ? output_json(json_incref(status)) : print_status(status);
    else
        code = output_failed(s.config.replica, st);
    json_decref(status);
    session_close(&s);
    return code;
}
