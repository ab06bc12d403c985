/* Telling a broker what the log was, and giving back what it lacks:
 * docs/replication.md 8. */
#include <string.h>

#include "base/say.h"
#include "io/link_serve.h"
#include "node/follow_internal.h"

/* What a stopped replica still has to say is not waited for. */
#define LAST_TIMEOUT_MS 2000

/* The checkpoint with the log's lines, and with ours of this moment where we cosign. */
static enum status print_told(struct follow *f, struct bytes note, struct buf *out)
{
    struct checkpoint cp;
    struct buf body = { 0 };
    const uint8_t *end;
    enum status st = log_keys_own_lines(f->store, &f->config.log, note, out);

    if (st == STATUS_OK && f->witness != NULL && !f->stopped) {
        /* docs/replication.md 8.4: the time in it tells that it is the newest now. */
        st = witness_step(f->witness, note, &cp, &body);
        end = st == STATUS_OK ? memmem(body.ptr, body.len, "\n\n", 2) : NULL;
        if (end != NULL) /* the lines behind the text */
            buf_append(out, end + 2, (size_t)(body.ptr + body.len - end - 2));
        else if (st == STATUS_FORK)
            st = STATUS_OK; /* said; it is told without our word */
    }
    buf_clear(&body);
    return st == STATUS_OK ? buf_status(out) : st;
}

/* Its answer into *waiting, *size. Nothing that it answers is a failure of ours. */
static bool call(struct follow *f, size_t source, const struct message *m, bool *waiting,
                 uint64_t *size)
{
    int timeout_ms = f->stopped ? LAST_TIMEOUT_MS : CALL_TIMEOUT_MS;
    struct buf request = { 0 }, answer = { 0 };
    struct message back;
    enum status st;

    message_encode(m, &request);
    st = buf_status(&request);
    if (st == STATUS_OK)
        st = link_client_call(askers_link(f->askers, source), buf_bytes(&request),
                              timeout_ms, &answer);
    if (st == STATUS_OK)
        st = message_decode(buf_bytes(&answer), &back);
    if (st == STATUS_OK &&
        (back.type == MESSAGE_TELL_ANSWER || back.type == MESSAGE_RETURN_ANSWER)) {
        *waiting = back.u.told.waiting;
        *size = back.u.told.size;
    } else {
        st = STATUS_UNREACHABLE;
    }
    buf_clear(&request);
    buf_clear(&answer);
    return st == STATUS_OK;
}

static enum status tell(struct follow *f, size_t source, bool *waiting, uint64_t *size,
                        uint64_t *newest)
{
    struct message m = { .type = MESSAGE_TELL };
    struct buf note = { 0 }, text = { 0 };
    enum status st = store_checkpoint_newest(f->store, newest, &note);

    *waiting = false;
    if (st == STATUS_OK)
        st = print_told(f, buf_bytes(&note), &text);
    m.u.tell.checkpoint = buf_bytes(&text);
    if (st == STATUS_OK && !call(f, source, &m, waiting, size))
        *waiting = false;
    buf_clear(&note);
    buf_clear(&text);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st; /* we have nothing */
}

/* One part from *size on; *size: from where the next begins. */
static enum status give_part(struct follow *f, size_t source, bool *waiting,
                             uint64_t *size)
{
    struct message m;
    struct buf frame = { 0 };
    uint64_t before = *size;
    enum status st = link_answer_entries(f->store, before, LINK_RETURN_MAX, &frame);

    if (st == STATUS_OK)
        st = message_decode(buf_bytes(&frame), &m);
    if (st == STATUS_OK) {
        m.type = MESSAGE_RETURN;
        if (!call(f, source, &m, waiting, size) || *size <= before)
            *waiting = false; /* not now, or not by us */
    }
    buf_clear(&frame);
    return st;
}

enum status follow_return(struct follow *f, size_t source, uint64_t size)
{
    uint64_t begin, newest = 0;
    bool waiting;
    enum status st = tell(f, source, &waiting, &size, &newest);

    begin = size;
    while (st == STATUS_OK && waiting && size < newest)
        st = give_part(f, source, &waiting, &size);
    if (st == STATUS_OK && size > begin) {
        f->shorter = false;
        say_info("gave the broker back entries %llu to %llu, which it had lost",
                 (unsigned long long)begin, (unsigned long long)size - 1);
        if (waiting)
            st = tell(f, source, &waiting, &size, &newest);
    }
    if (st != STATUS_OK)
        say_error("cannot give the broker back what it lacks: %s", status_text(st));
    return st;
}
