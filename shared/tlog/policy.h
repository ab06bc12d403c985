/* shared/tlog/policy.h
 *
 * Trust policies (C2SP tlog-policy): which logs, which witnesses, which quorum.
 */
#ifndef AVOW_TLOG_POLICY_H
#define AVOW_TLOG_POLICY_H

#include "tlog/checkpoint.h"

struct policy;

/* `line` (may be NULL) says where STATUS_MALFORMED was. STATUS_TOO_LARGE: more than
 * POLICY_MAX bytes. */
enum status policy_parse(struct bytes text, struct policy **out, unsigned *line);
void policy_free(struct policy *p);

size_t policy_log_count(const struct policy *p);
const struct verifier_key *policy_log(const struct policy *p, size_t i);
size_t policy_witness_count(const struct policy *p);
const struct verifier_key *policy_witness(const struct policy *p, size_t i);

/* Keys of types that this program does not know: such a log signs nothing here, and such
 * a witness counts as one that has not cosigned. `type` is that of its verifier key. */
size_t policy_foreign_count(const struct policy *p);
const char *policy_foreign(const struct policy *p, size_t i, uint8_t *type);

/* The note is a checkpoint signed by one of the logs and cosigned as the quorum says.
 * STATUS_BAD_SIG: no known log signed it, or a known key's signature does not verify.
 * STATUS_REFUSED: signed, but the quorum is not met. `cosigned` (may be NULL): how many
 * of the witnesses did. Both are written on STATUS_OK and STATUS_REFUSED. A policy
 * without logs accepts nothing here. */
enum status policy_check(const struct policy *p, struct bytes note,
                         struct checkpoint *out, size_t *cosigned);

#endif
