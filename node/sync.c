#include "base/say.h"
#include "node/command.h"
#include "node/outbox.h"
#include "node/output.h"
#include "node/policies.h"
#include "node/remote.h"
#include "node/session.h"

/* What the broker has, asked of it when a daemon follows for us. */
static enum status broker_size(struct session *s, uint64_t *size)
{
    struct message m;
    struct buf answer = { 0 };
    enum status st = remote_status(s->link, PATIENCE_MS, &answer, &m);

    *size = st == STATUS_OK ? m.u.status.size : 0;
    buf_clear(&answer);
    if (st != STATUS_OK)
        say_error("cannot reach the broker at %s: %s", s->config.broker, status_text(st));
    return st;
}

/* `ours`: what the replica had before the broker was asked. */
static enum status sync_replica(struct session *s, uint64_t ours)
{
    uint64_t size = 0;
    enum status st;

    if (s->follow != NULL)
        return session_catch_up(s, 0, PATIENCE_MS);
    if (s->link == NULL) {
        say_info("`avow run` holds the replica, and follows its peers");
        return STATUS_OK;
    }
    say_info("`avow run` holds the replica; waiting until it is current");
    st = broker_size(s, &size);
    if (st == STATUS_OK && size < ours) {
        follow_say_shorter(s->config.broker, size, ours);
        st = STATUS_BAD_PROOF;
    }
    return st == STATUS_OK ? session_catch_up(s, size, PATIENCE_MS) : st;
}

static int print_synced(bool json, uint64_t size, uint64_t fresh)
{
    struct buf out = { 0 };

    if (json)
        return output_json(
            json_pack("{s:I, s:I}", "size", (json_int_t)size, "new", (json_int_t)fresh));
    buf_printf(&out, "%llu entr%s, %llu new, all verified\n", (unsigned long long)size,
               size == 1 ? "y" : "ies", (unsigned long long)fresh);
    return output_buf(&out);
}

int cmd_sync(struct args *a)
{
    const char *dir = NULL, *path = NULL;
    bool json = false;
    struct args_list peers = { 0 };
    struct policy *policy = NULL;
    struct session s;
    const struct option options[] = {
        DIR_OPTION(&dir),
        PEER_OPTION(&peers),
        POLICY_OPTION(&path),
        JSON_OPTION(&json),
        { 0 },
    };
    enum status st;
    uint64_t begin;
    int code;

    if (!args_parse(a, options, 0, 0))
        return a->exit_code;
    st = policies_read(path, &policy);
    if (st == STATUS_OK)
        st = session_open_with(dir, SESSION_FOLLOW, &peers, &s);
    if (st != STATUS_OK) {
        policy_free(policy);
        return status_exit_code(st);
    }
    begin = session_size(&s);
    st = sync_replica(&s, begin);
    if (st == STATUS_OK)
        st = outbox_send_left(&s);
    code = st == STATUS_OK
               ? print_synced(json, session_size(&s), session_size(&s) - begin)
               : status_exit_code(st);
    if (code == 0)
        code = status_exit_code(policies_demand(s.store, policy));
    session_close(&s);
    policy_free(policy);
    return code;
}
