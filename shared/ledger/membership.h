/* shared/ledger/membership.h
 *
 * Becoming a member: granted first, and then accepted, or signed along.
 */
#ifndef AVOW_LEDGER_MEMBERSHIP_H
#define AVOW_LEDGER_MEMBERSHIP_H

#include "ledger/judge.h"

/* The row of a granted membership. */
void membership_create(struct judge *j, struct bytes network, struct bytes org,
                       const char *role);
/* Its place among the network's conveners, active or not; SIZE_MAX: it is none. */
size_t membership_convener(const json_t *network, struct bytes org);
/* Make it a membership; of a convener, an active one. */
void membership_join(struct judge *j, struct bytes network, struct bytes org);

#endif
