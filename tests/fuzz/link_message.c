/* What decodes as a message of the link encodes to the same bytes. */
#include "fuzz/fuzz.h"
#include "link/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes in = { data, len };
    struct buf again = { 0 };
    struct message m;

    if (message_decode(in, &m) == STATUS_OK) {
        message_encode(&m, &again);
        require(bytes_eq(buf_bytes(&again), in));
        if (m.type == MESSAGE_ENTRIES_ANSWER)
            message_hashes(m.u.entries_answer.proof);
    }
    buf_clear(&again);
    return 0;
}
