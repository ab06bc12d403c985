/* shared/link/message.h
 *
 * What travels between a node and a broker (or another node that serves) over nng: a
 * request and its answer, and the hint that is published when the log has grown. Integers
 * are big-endian. Every message begins
 *
 *      0  u8     version, 1
 *      1  u8     type
 *
 * and is at most LINK_FRAME_MAX long, with nothing after its last field. Requests:
 *
 *   STATUS  01   (nothing more)
 *   ENTRIES 02   2 u64 from, 10 u32 max_bytes (of the bundle)
 *   SUBMIT  03   2 u8 dry (0, 1), 3 statement to the end, 1 to NOTE_MAX bytes
 *   COSIGN  04   2 body of POST /log/cosignature to the end, 1 to CHECKPOINT_MAX bytes
 *   PROVE   05   2 u64 size
 *   EVIDENCE 06  (nothing more)
 *   TELL    07   2 checkpoint, signed by the log, with cosignatures made just now, to the
 *                end
 *   RETURN  08   as an ENTRIES answer
 *
 * Answers (a request's type with the highest bit set):
 *
 *   STATUS  81   2 u64 size, 10 u16 hints_port (0: none), 12 u8 waiting (0, 1), 13 u8 n,
 *                origin of n bytes, then the newest checkpoint with all cosignatures
 *                known, to the end (nothing, where size is 0)
 *   ENTRIES 82   2 u64 from, 10 u32 count, 14 u8 h <= 63, 15 h hashes of 32 bytes: the
 *                consistency proof, then u32 n, checkpoint of n bytes, then `count`
 *                entries as a bundle (tlog/bundle.h) to the end
 *   SUBMIT  83   2 u8 outcome, 3 u8 class (enum rule_class), 4 u16 line,
 *                6 u16 retry_after_s, 8 u64 index, 16 u8 n, rule's name of n bytes,
 *                u16 n, text of n bytes, then the receipt to the end
 *   COSIGN  84   2 u16 status, as HTTP's, 4 text to the end, UTF-8: the body of that
 *                answer
 *   PROVE   85   2 u64 size, 10 root of the first `size` entries, 42 u8 h <= 63, 43 h
 *                hashes of 32 bytes: the consistency proof, then the checkpoint to the
 *                end
 *   EVIDENCE 86  2 the evidence that convicts the log (docs/replication.md 4), to the
 *                end; nothing: none is known
 *   TELL    87, RETURN 88   2 u8 waiting (0, 1), 3 u64 size
 *   ERROR   ff   2 u16 status, as HTTP's (400 not understood, 503 busy), 4 text to the
 *                end
 *
 * Published:
 *
 *   HINT    10   2 u64 size
 *
 * In an ENTRIES answer the checkpoint is the newest, of size S, and the proof is the one
 * from `from + count` to S, empty where they are equal or the former is 0: so whoever
 * asked can tell by the root of each part whether it belongs to what was signed, before
 * keeping it. Count 0: the log is no longer than `from`; where S < from it is even
 * shorter, no proof is given, and who asked should wonder.
 *
 * In a PROVE answer the checkpoint is the newest, and the proof leads from the root to
 * it; where it is of fewer entries than `size` the root is all zero, and nothing is
 * proved.
 *
 * A server that is `waiting` wants to be told what its log was, and to be given what it
 * lacks (docs/replication.md 8): from its size on.
 */
#ifndef AVOW_LINK_MESSAGE_H
#define AVOW_LINK_MESSAGE_H

#include "base/bytes.h"
#include "base/limits.h"
#include "tlog/proof.h"

#define MESSAGE_VERSION 1

enum message_type {
    MESSAGE_STATUS = 0x01,
    MESSAGE_ENTRIES = 0x02,
    MESSAGE_SUBMIT = 0x03,
    MESSAGE_COSIGN = 0x04,
    MESSAGE_PROVE = 0x05,
    MESSAGE_EVIDENCE = 0x06,
    MESSAGE_TELL = 0x07,
    MESSAGE_RETURN = 0x08,
    MESSAGE_HINT = 0x10,
    MESSAGE_STATUS_ANSWER = 0x81,
    MESSAGE_ENTRIES_ANSWER = 0x82,
    MESSAGE_SUBMIT_ANSWER = 0x83,
    MESSAGE_COSIGN_ANSWER = 0x84,
    MESSAGE_PROVE_ANSWER = 0x85,
    MESSAGE_EVIDENCE_ANSWER = 0x86,
    MESSAGE_TELL_ANSWER = 0x87,
    MESSAGE_RETURN_ANSWER = 0x88,
    MESSAGE_ERROR = 0xff
};

enum message_outcome {
    MESSAGE_ACCEPTED = 0, /* index and receipt (no receipt where it was a dry run) */
    MESSAGE_KNOWN = 1,    /* the same */
    MESSAGE_REFUSED = 2,  /* rule, class, line, text; perhaps retry_after_s */
    MESSAGE_BUSY = 3      /* not judged: try again after retry_after_s */
};

/* The bytes are borrowed: from the buffer decoded, or from whoever encodes. */
/* An error's status, also by HTTP: what is stored is not what was signed, and therefore
 * not given. */
#define LINK_DAMAGED 500

struct message {
    enum message_type type;
    union {
        struct {
            uint64_t size;
            uint16_t hints_port;
            bool waiting;
            struct bytes origin;
            struct bytes checkpoint;
        } status; /* MESSAGE_STATUS_ANSWER */
        struct {
            uint64_t from;
            uint32_t max_bytes;
        } entries; /* MESSAGE_ENTRIES */
        struct {
            uint64_t from;
            uint32_t count;
            struct bytes proof; /* n hashes of HASH_LEN; message_hashes() gives them */
            struct bytes checkpoint;
            struct bytes bundle;
        } entries_answer; /* MESSAGE_ENTRIES_ANSWER, MESSAGE_RETURN */
        struct {
            bool dry;
            struct bytes statement;
        } submit; /* MESSAGE_SUBMIT */
        struct {
            enum message_outcome outcome;
            uint8_t rule_class;
            uint16_t line;
            uint16_t retry_after_s;
            uint64_t index;
            struct bytes rule;
            struct bytes text;
            struct bytes receipt;
        } submit_answer; /* MESSAGE_SUBMIT_ANSWER */
        struct {
            struct bytes body;
        } cosign; /* MESSAGE_COSIGN */
        struct {
            uint16_t status;
            struct bytes text;
        } answer; /* MESSAGE_COSIGN_ANSWER, MESSAGE_ERROR */
        struct {
            uint64_t size;
        } hint; /* MESSAGE_HINT */
        struct {
            uint64_t size;
        } prove; /* MESSAGE_PROVE */
        struct {
            uint64_t size;
            struct hash root;
            struct bytes proof;
            struct bytes checkpoint;
        } prove_answer; /* MESSAGE_PROVE_ANSWER */
        struct {
            struct bytes text;
        } evidence; /* MESSAGE_EVIDENCE_ANSWER */
        struct {
            struct bytes checkpoint;
        } tell; /* MESSAGE_TELL */
        struct {
            bool waiting;
            uint64_t size;
        } told; /* MESSAGE_TELL_ANSWER, MESSAGE_RETURN_ANSWER */
    } u;
};

/* STATUS_MALFORMED: cut short, too long, a length or number that cannot be, or bytes left
 * over. STATUS_NEWER: another version than ours. The entries of a bundle are walked and
 * counted, so that taking them apart later cannot fail. */
enum status message_decode(struct bytes in, struct message *out);

/* Appends to `out`. What is too long for its field is a caller's mistake, but for the
 * text of a refusal, which is cut. */
void message_encode(const struct message *m, struct buf *out);

/* Short ways to make what has no more than its numbers. */
void message_error(uint16_t status, const char *text, struct buf *out);

/* Of an ENTRIES or PROVE answer's `proof`. */
struct proof message_hashes(struct bytes proof);

#endif
