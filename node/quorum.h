/* node/quorum.h
 *
 * What one office cannot say alone: whose signatures a statement still lacks, by the
 * replica. Only told; the rules decide.
 */
#ifndef AVOW_NODE_QUORUM_H
#define AVOW_NODE_QUORUM_H

#include "node/pending.h"
#include "store/store.h"

/* Whoever is to sign and has not: organizations in `with`, other keys of the author. One
 * phrase, "44002, XM-DAC-41122, 1 more key of ILO"; nothing where none lacks. `s` NULL:
 * nobody knows how many keys an organization demands. */
enum status quorum_lacking(struct store *s, const struct pending *p, struct buf *out);

/* Who could be asked, where a rule refused the record for lack of signatures: conveners
 * and stewards that do not sign yet, or the author's other keys. Nothing where it is not
 * known. */
enum status quorum_candidates(struct store *s, const struct statement *st,
                              const struct refusal *why, struct buf *out);

#endif
