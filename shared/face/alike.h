/* shared/face/alike.h
 *
 * Which organizations share a name, or have names that look alike: anybody may be called
 * as another is, so such a name alone does not tell whose it is. In views only; the
 * ledger knows identifiers.
 */
#ifndef AVOW_FACE_ALIKE_H
#define AVOW_FACE_ALIKE_H

#include "store/store.h"

/* Has another organization a name, in any language, that looks like this one of `org`?
 * Costs a pass over all organizations at first, then only what was stated since: what is
 * known is remembered with the store. Also true where that cannot be told. */
bool alike_any(struct store *s, struct bytes org, struct bytes name);

#endif
