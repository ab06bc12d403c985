/* broker/order.h: the order in which a batch is judged. */
#ifndef AVOW_BROKER_ORDER_H
#define AVOW_BROKER_ORDER_H

#include "broker/intake.h"

/* Statements of one key by seq, in the places that this key has; everybody else stays. So
 * what one author sent over several connections arrives in order, and what one author
 * says in answer to another stays behind it. Of one text the copy with the most signature
 * lines comes first, so that nobody strips what an author had signed by a second key; if
 * it is refused, the others are judged as if it had not come. */
void order_by_seq(struct submission *subs[], size_t n);

#endif
