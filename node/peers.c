#include "node/peers.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/say.h"
#include "ledger/log_keys.h"
#include "node/command.h"
#include "node/output.h"
#include "node/remote.h"
#include "node/session.h"
#include "node/table.h"
#include "record/json.h"

#define FILE_MAX (1 << 20)
#define WRITE_MS 1000
/* What nothing changes in is written anew that often, for "last heard". */
#define REWRITE_MS 10000
#define ASK_MS 3000

/* --- the daemon's file
 * ------------------------------------------------------------------ */

static const char *state_name(enum replica_source_state state)
{
    switch (state) {
    case REPLICA_SOURCE_NEW:
        return "new";
    case REPLICA_SOURCE_ANSWERS:
        return "answers";
    case REPLICA_SOURCE_SILENT:
        return "silent";
    case REPLICA_SOURCE_SHORTER:
        return "shorter";
    case REPLICA_SOURCE_TROUBLE:
        return "trouble";
    }
    return "";
}

static json_t *source_json(const char *url, const char *role, const char *state,
                           uint64_t size, const char *trouble)
{
    json_t *out = json_pack("{s:s, s:s, s:s}", "url", url, "role", role, "state", state);

    if (size > 0)
        json_object_set_new(out, "size", json_integer((json_int_t)size));
    if (trouble[0] != '\0')
        json_object_set_new(out, "trouble", json_string(trouble));
    return out;
}

static void set_time(json_t *out, const char *name, int64_t at)
{
    struct buf text = { 0 };

    time_print(at, &text);
    json_object_set_new(out, name, json_of(buf_bytes(&text)));
    buf_clear(&text);
}

/* Without the times: what tells whether something changed. */
static json_t *daemon_json(struct follow *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < follow_sources(f); i++) {
        struct replica_source look;
        const char *url = follow_source(f, i, &look);

        json_array_append_new(list,
                              source_json(url, follow_role(f, i), state_name(look.state),
                                          look.size, look.text));
    }
    return json_pack("{s:b, s:o}", "following", !follow_is_stopped(f), "sources", list);
}

static void add_times(struct follow *f, json_t *out, uint64_t now_ms)
{
    json_t *list = json_object_get(out, "sources"), *item;
    int64_t now = clock_now_s();
    size_t i;

    set_time(out, "at", now);
    json_array_foreach(list, i, item)
    {
        struct replica_source look;

        follow_source(f, i, &look);
        json_object_set_new(item, "entries", json_integer((json_int_t)look.entries));
        if (look.heard_ms > 0)
            set_time(item, "heard", now - (int64_t)((now_ms - look.heard_ms) / 1000));
    }
}

static void file_path(const char *dir, struct buf *out)
{
    buf_printf(out, "%s/peers.json", dir);
}

void peers_write(struct peers_file *p, struct follow *f, uint64_t now_ms)
{
    json_t *json;
    struct buf text = { 0 }, path = { 0 };

    if (p->written_ms != 0 && now_ms < p->written_ms + WRITE_MS)
        return;
    json = daemon_json(f);
    json_print(json, &text);
    if (p->written_ms == 0 || now_ms >= p->written_ms + REWRITE_MS ||
        !bytes_eq(buf_bytes(&text), buf_bytes(&p->written))) {
        p->written_ms = now_ms;
        buf_reset(&p->written);
        buf_add(&p->written, buf_bytes(&text));
        add_times(f, json, now_ms);
        buf_reset(&text);
        json_print_pretty(json, &text);
        buf_u8(&text, '\n');
        file_path(follow_dir(f), &path);
        if (text.bad || path.bad ||
            file_replace(buf_str(&path), buf_bytes(&text), 0644) != STATUS_OK)
            say_unusual("cannot write %s", buf_str(&path));
    }
    json_decref(json);
    buf_clear(&path);
    buf_clear(&text);
}

void peers_clear(struct peers_file *p)
{
    buf_clear(&p->written);
}

/* --- looking
 * ------------------------------------------------------------------------------ */

static enum status read_daemon(const struct config *c, json_t **out)
{
    struct buf path = { 0 }, text = { 0 };
    enum status st;

    file_path(c->dir, &path);
    st = path.bad ? STATUS_NOMEM : file_read(buf_str(&path), FILE_MAX, &text);
    if (st == STATUS_OK)
        st = json_parse(buf_bytes(&text), out);
    buf_clear(&path);
    buf_clear(&text);
    return st;
}

/* Is what it signed of our tree, as far as we can see? */
static const char *compare(const struct config *c, struct store *store,
                           const struct message *m)
{
    struct checkpoint cp;
    struct tree tree;
    struct hash root;
    uint64_t held = 0;

    if (store == NULL || store_size(store, &held) != STATUS_OK || m->u.status.size > held)
        return "";
    if (m->u.status.size == 0)
        return "";
    if (log_keys_believe(store, &c->log, m->u.status.checkpoint, &cp) != STATUS_OK)
        return "it has no checkpoint signed by the log's keys";
    if (tile_tree(store_tile_read, store, cp.size, &tree) != STATUS_OK)
        return "";
    root = tree_root(&tree);
    return hash_eq(&root, &cp.root) ? "" : "its log is another than this replica's";
}

static json_t *ask_one(const struct config *c, struct store *store, const char *url,
                       const char *role)
{
    struct link_client *link = NULL;
    struct buf answer = { 0 };
    struct message m;
    json_t *out;
    const char *trouble;

    if (link_client_open(url, NULL, &link) != STATUS_OK) {
        out = source_json(url, role, "trouble", 0, "this is no address");
    } else if (remote_status(link, ASK_MS, &answer, &m) != STATUS_OK) {
        out = source_json(url, role, "silent", 0, "it does not answer");
    } else {
        trouble = compare(c, store, &m);
        out = source_json(url, role, trouble[0] == '\0' ? "answers" : "trouble",
                          m.u.status.size, trouble);
        set_time(out, "heard", clock_now_s());
    }
    link_client_close(link);
    buf_clear(&answer);
    return out;
}

enum status peers_look(const struct config *c, struct store *store, bool daemon,
                       json_t **out)
{
    json_t *list;

    if (daemon && read_daemon(c, out) == STATUS_OK)
        return STATUS_OK;
    list = json_array();
    if (c->broker != NULL)
        json_array_append_new(list, ask_one(c, store, c->broker, "broker"));
    for (size_t i = 0; i < c->n_peers; i++)
        json_array_append_new(list, ask_one(c, store, c->peers[i], "peer"));
    *out = json_pack("{s:o}", "sources", list);
    set_time(*out, "at", clock_now_s());
    return *out != NULL ? STATUS_OK : STATUS_NOMEM;
}

/* --- avow peers
 * ----------------------------------------------------------------------------- */

/* "12 behind", "3 ahead", "same". */
static void print_distance(struct table *t, const json_t *source, uint64_t held)
{
    const json_t *size = json_object_get(source, "size");
    uint64_t there = (uint64_t)json_integer_value(size);

    if (size == NULL)
        table_text(t, "");
    else if (there == held)
        table_text(t, "same");
    else
        table_printf(t, "%llu %s",
                     (unsigned long long)(there > held ? there - held : held - there),
                     there > held ? "ahead" : "behind");
}

static int print_table(const json_t *peers, uint64_t held)
{
    static const char *const heads[] = { "ADDRESS", "ROLE",  "STATE",  ">SIZE",
                                         "",        "HEARD", "TROUBLE" };
    struct table *t = table_new(heads, sizeof(heads) / sizeof(heads[0]));
    const json_t *item;
    struct buf out = { 0 };
    size_t i;

    if (t == NULL)
        return status_exit_code(STATUS_NOMEM);
    json_array_foreach(json_object_get(peers, "sources"), i, item)
    {
        table_cell(t, json_member(item, "url"));
        table_cell(t, json_member(item, "role"));
        table_cell(t, json_member(item, "state"));
        if (json_object_get(item, "size") != NULL)
            table_printf(t, "%lld",
                         (long long)json_integer_value(json_object_get(item, "size")));
        else
            table_text(t, "");
        print_distance(t, item, held);
        table_cell(t, json_member(item, "heard"));
        table_cell(t, json_member(item, "trouble"));
    }
    table_print(t, table_terminal_width(), false, &out);
    table_free(t);
    return output_buf(&out);
}

int cmd_peers(struct args *a)
{
    const char *dir = NULL;
    bool json = false;
    struct session s;
    json_t *peers = NULL;
    uint64_t held;
    const struct option options[] = {
        DIR_OPTION(&dir),
        JSON_OPTION(&json),
        { 0 },
    };
    enum status st;
    int code;

    if (!args_parse(a, options, 0, 0))
        return a->exit_code;
    st = session_open(dir, SESSION_READ, &s);
    if (st != STATUS_OK)
        return status_exit_code(st);
    held = session_size(&s);
    st = peers_look(&s.config, s.store, session_daemon(&s), &peers);
    if (st != STATUS_OK) {
        code = output_failed(s.config.dir, st);
    } else if (json) {
        json_object_set_new(peers, "held", json_integer((json_int_t)held));
        code = output_json(json_incref(peers));
    } else {
        code = print_table(peers, held);
    }
    json_decref(peers);
    session_close(&s);
    return code;
}
