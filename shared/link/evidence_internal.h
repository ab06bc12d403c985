/* Reading members of evidence, whoever wrote it (fork.c): STATUS_MALFORMED. */
#ifndef AVOW_LINK_EVIDENCE_INTERNAL_H
#define AVOW_LINK_EVIDENCE_INTERNAL_H

#include "record/json.h"
#include "tlog/proof.h"

/* Above zero. */
enum status evidence_read_size(const json_t *number, uint64_t *out);
enum status evidence_read_proof(const json_t *list, struct proof *out);

#endif
