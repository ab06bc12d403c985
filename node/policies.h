/* node/policies.h
 *
 * Whose cosignatures a user demands: a policy file (C2SP tlog-policy) that an option or
 * node.conf names.
 */
#ifndef AVOW_NODE_POLICIES_H
#define AVOW_NODE_POLICIES_H

#include "store/store.h"
#include "tlog/policy.h"

#define POLICY_OPTION(to)                                                               \
    {                                                                                   \
        "policy", "FILE", "cosigned as this policy demands: logs, witnesses, a quorum", \
            .text = (to)                                                                \
    }

/* `path` NULL: *out is NULL. What fails is said. */
enum status policies_read(const char *path, struct policy **out);

/* The one that follows from the log's state (docs/formats.md 3). Said. */
enum status policies_of_log(struct store *s, struct policy **out);

/* A line for each witness of the policy that cosigned the note. */
void policies_tell(const struct policy *p, struct bytes note, struct buf *out);
/* Say who of the policy did not cosign the note. */
void policies_say_lacking(const struct policy *p, struct bytes note);

/* Is the newest checkpoint of the replica cosigned as `p` demands (NULL: nothing)?
 * STATUS_REFUSED: no; said, and who did not. */
enum status policies_demand(struct store *s, const struct policy *p);

#endif
