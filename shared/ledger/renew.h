/* shared/ledger/renew.h
 *
 * The state of a store is derived from its entries, so a program that finds a store of an
 * earlier version (STATUS_OLDER) derives it anew, by its own rules, and loses nothing.
 */
#ifndef AVOW_LEDGER_RENEW_H
#define AVOW_LEDGER_RENEW_H

#include "store/store.h"

/* Judge every entry of the store at `path` again, signatures too, and write the state and
 * the records that follow, all in one transaction: a crash or a failure leaves the file
 * as it was. A store of this version is derived anew all the same. STATUS_REFUSED,
 * STATUS_ALTERED: an entry does not stand up to the rules, or its tree is another.
 * `error`, 640 bytes, then says where; it is empty where the status says all. `progress`
 * may be NULL. */
enum status ledger_renew(const char *path, store_progress_fn *progress, void *ctx,
                         char error[640]);

#endif
