#include "node/remote.h"

#define ANSWER_BIT 0x80
#define HTTP_BUSY 503

enum status remote_call(struct link_client *link, const struct message *request,
                        int timeout_ms, struct buf *answer, struct message *out)
{
    struct buf frame = { 0 };
    enum status st;

    message_encode(request, &frame);
    st = buf_status(&frame);
    if (st == STATUS_OK)
        st = link_client_call(link, buf_bytes(&frame), timeout_ms, answer);
    buf_clear(&frame);
    if (st == STATUS_OK)
        st = message_decode(buf_bytes(answer), out);
    if (st != STATUS_OK)
        return st;
    if (out->type == MESSAGE_ERROR)
        return out->u.answer.status == HTTP_BUSY ? STATUS_BUSY : STATUS_MALFORMED;
    return (unsigned)out->type == ((unsigned)request->type | ANSWER_BIT)
               ? STATUS_OK
               : STATUS_MALFORMED;
}

enum status remote_status(struct link_client *link, int timeout_ms, struct buf *answer,
                          struct message *out)
{
    struct message request = { .type = MESSAGE_STATUS };

    return remote_call(link, &request, timeout_ms, answer, out);
}
