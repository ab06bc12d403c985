/* shared/record/terms.h
 *
 * Terms: the fields of a proposal as changed by amendments, in the shape of the
 * proposal's record (`is` and `id` with them). Pure: what may be amended by whom, and
 * when it holds, is the ledger's.
 */
#ifndef AVOW_RECORD_TERMS_H
#define AVOW_RECORD_TERMS_H

#include <jansson.h>

#include "base/status.h"

/* The terms as changed by `set`, an amendment's, that kind_check has accepted: null
 * removes, all else replaces whole. What was there keeps its place, what is new follows
 * in the order of `set`. `out` is a new object that shares its values with both, which
 * stay as they are. STATUS_NOMEM.
 *
 * That the whole is well formed (exactly one of money, unstated, in_kind …) no amendment
 * can tell: kind_check the result, with the proposal's author as context. */
enum status terms_apply(const json_t *terms, const json_t *set, json_t **out);

/* One difference: where, what stood there, what stands there now; NULL: nothing. The path
 * lasts for the call. Anything but STATUS_OK ends the walk and is its result. */
typedef enum status terms_change_fn(void *ctx, const char *path, const json_t *before,
                                    const json_t *after);

/* Tell each difference, in the order of `before`, then what is new in that of `after`.
 * Paths are "title.fr", "period.end", "parties[44000].role": items of a list are matched
 * by what names them (org, id, code, pledge) where each has such a name of its own, and
 * their order is no difference. Money, and lists of other things, differ as a whole.
 * STATUS_NOMEM. */
enum status terms_difference(const json_t *before, const json_t *after,
                             terms_change_fn *each, void *ctx);

#endif
