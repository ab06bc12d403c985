/* avow outbox: what waits to be sent, what was refused, and what waits for that. */
#include <string.h>

#include "base/say.h"
#include "node/author.h"
#include "node/command.h"
#include "node/outbox.h"
#include "node/output.h"
#include "node/tell.h"

static enum status print_item(struct session *s, const struct outbox *o,
                              const struct outbox_item *i, struct buf *out)
{
    enum status st;

    outbox_line(o, i, out);
    buf_u8(out, '\n');
    st = tell_records(s->store, i->statement, "  ", out);
    if (i->state == OUTBOX_REFUSED)
        buf_text(out, "  to do: drop it (--drop), and where it is still meant, say it "
                      "anew as the state allows\n");
    return st;
}

static int list(struct session *s, const struct outbox *o, bool json)
{
    struct buf out = { 0 };
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < o->n; i++) {
        if (json) {
            json_t *item = outbox_json(o, &o->items[i]);

            json_print(item, &out);
            buf_u8(&out, '\n');
            json_decref(item);
        } else {
            st = print_item(s, o, &o->items[i], &out);
        }
    }
    if (st == STATUS_OK && o->n == 0 && !json)
        say_info("the outbox is empty");
    if (st != STATUS_OK) {
        buf_clear(&out);
        return output_failed(s->config.replica, st);
    }
    return output_buf(&out);
}

/* A statement that was never refused may be in the log all the same; then its number is
 * used up, though the replica does not say so yet. */
static enum status take_out(struct outbox *o, struct outbox_item *i)
{
    bool perhaps = i->state != OUTBOX_REFUSED;
    enum status st = perhaps
                         ? author_used(o->dir, i->statement->key_id, i->statement->seq, 0)
                         : STATUS_OK;

    return st == STATUS_OK ? outbox_remove(i) : st;
}

static int drop(struct outbox *o, const char *id)
{
    struct outbox_item *i = outbox_find(o, bytes_of(id));
    enum outbox_state was;
    size_t waited = 0;
    enum status st;

    if (i == NULL) {
        say_error("no one statement in the outbox is called %s", id);
        say_hint("`avow outbox` lists them; at least 8 digits of the id");
        return status_exit_code(STATUS_NOT_FOUND);
    }
    if (i->claimed) {
        say_error("another process is sending %s just now", id);
        say_hint("look again in a moment: `avow outbox`");
        return status_exit_code(STATUS_BUSY);
    }
    was = i->state;
    for (size_t k = 0; k < o->n; k++)
        waited += o->items[k].state == OUTBOX_WAITS && &o->items[o->items[k].behind] == i;
    st = take_out(o, i);
    if (st != STATUS_OK)
        return status_exit_code(st);
    say_info("dropped seq %llu", (unsigned long long)i->statement->seq);
    if (was != OUTBOX_REFUSED)
        say_hint("if the broker had it already, it stands in the log all the same");
    if (waited > 0)
        say_hint("%zu that waited for it go out now, unless dropped, too", waited);
    return 0;
}

static int look(struct session *s, const char *id, bool json)
{
    struct outbox o;
    enum status st =
        outbox_open(s->config.dir, id != NULL ? OUTBOX_LOCK : OUTBOX_LOOK, &o);
    int code = status_exit_code(st);

    if (st == STATUS_OK)
        code = id != NULL ? drop(&o, id) : list(s, &o, json);
    outbox_close(&o);
    return code;
}

int cmd_outbox(struct args *a)
{
    const char *dir = NULL, *id = NULL;
    bool json = false, send = false;
    struct session s;
    const struct option options[] = {
        DIR_OPTION(&dir),
        { "drop", "ID", "take this statement out, for good: its id, or 8 digits of it",
          .text = &id },
        { "send", NULL, "first try to send what is ready", .flag = &send },
        JSON_OPTION(&json),
        { 0 },
    };
    enum status st;
    int code;

    if (!args_parse(a, options, 0, 0))
        return a->exit_code;
    if (send && id != NULL)
        return args_wrong(a, "--drop or --send, not both");
    st = session_open(dir, send ? SESSION_LINK : SESSION_READ, &s);
    if (st == STATUS_OK && send) {
        st = outbox_send_left(&s);
        if (st != STATUS_OK)
            session_close(&s);
    }
    if (st != STATUS_OK)
        return status_exit_code(st);
    code = look(&s, id, json);
    session_close(&s);
    return code;
}
