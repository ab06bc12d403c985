/* node/submit.h
 *
 * Handing a signed statement to the broker, and believing its answer only as far as the
 * receipt proves it.
 */
#ifndef AVOW_NODE_SUBMIT_H
#define AVOW_NODE_SUBMIT_H

#include "node/session.h"

struct submitted {
    bool known;  /* the log had it already */
    bool proven; /* the receipt is of the very bytes that were sent */
    uint64_t index;
    struct buf receipt;
    char rule[64], text[1024]; /* STATUS_REFUSED: why */
    unsigned line;
};

/* `what` names the statement in messages. Asks again while the broker is busy. STATUS_OK:
 * accepted or known, with a receipt whose checkpoint the log signed and whose proof leads
 * there. STATUS_REFUSED: not said. STATUS_UNREACHABLE, STATUS_TIMEOUT, STATUS_BUSY: not
 * answered; not said. Others: said. A dry run has no receipt. */
enum status submit(struct session *s, const char *what, struct bytes note, bool dry,
                   struct submitted *out);

/* Say why it was refused. */
void submit_tell(const char *what, struct bytes note, const struct submitted *sub);

/* Is the receipt in `out`, of the entry at out->index, signed by the log, and does it
 * prove `note`? Sets `proven`; where `known` is set it need not be, yet. Said. */
enum status submit_check_receipt(struct session *s, const char *what, struct bytes note,
                                 struct submitted *out);

/* Where `proven` is not yet set: the stored entry, which differs in its signature lines,
 * is what the receipt proves, and says what `note` says; then the receipt holds it as its
 * extra line, and is proven. The lines that it lacks are told. The replica must have the
 * entry. Said. */
enum status submit_prove_known(struct session *s, const char *what, struct bytes note,
                               struct submitted *sub);

/* A receipt that was kept proves `note`, or an entry of its text that it holds.
 * STATUS_NOT_FOUND, not said: neither. The checkpoint's signatures are not looked at. */
enum status submit_prove_kept(struct bytes note, struct submitted *sub);

/* The receipt's checkpoint is one of the tree that the replica holds, which must have its
 * size. STATUS_FORK, said, and the evidence is written: it is not. */
enum status submit_check_log(struct session *s, const struct submitted *sub);

#endif
