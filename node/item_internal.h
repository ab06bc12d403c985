/* node/item_internal.h: what the files that print one thing share */
#ifndef AVOW_NODE_ITEM_INTERNAL_H
#define AVOW_NODE_ITEM_INTERNAL_H

#include "node/item.h"
#include "record/json.h"

#define ITEM_NAME_WIDTH 12

struct item {
    const json_t *json;
    const struct item_style *style;
    struct buf *out;
};

/* "name        value"; nothing where the value is empty. */
void item_line(struct item *it, const char *name, struct bytes value);
void item_member(struct item *it, const char *name);
/* A heading, after an empty line. */
__attribute__((format(printf, 2, 3))) void item_head(struct item *it, const char *format,
                                                     ...);
/* Struck out where it counts no more, in bold where `strong`; plain without colour. */
void item_strong(struct item *it, struct bytes text);
void item_struck(struct item *it, struct bytes text);
/* "2026-11-23, #12/1": day and place of a stamp. */
void item_stamp(struct item *it, const json_t *stamp);
/* "International Labour Organization (XM-DAC-41302)" of "<name>" and "<name>_name". */
void item_org(struct item *it, const json_t *object, const char *name);
/* "USD 700,000" of a decimal. */
void item_amount(struct bytes amount, struct bytes currency, struct buf *out);

/* Any value of terms on one line. */
void item_value(const struct item *it, const json_t *value, struct buf *out);
/* Terms in force, those that wait and how they differ, those that were replaced. */
void item_terms(struct item *it);
void item_proposed(struct item *it);
void item_earlier(struct item *it);
/* Parties and how each signed. */
void item_parties(struct item *it, const json_t *owner);
void item_pledge(struct item *it);
void item_deliverables(struct item *it);
void item_deliverable(struct item *it, const json_t *one); /* as a view has it */
void item_funding(struct item *it);
/* What was said of a record, each on a line behind `indent`. */
void item_marks(struct item *it, const json_t *told, const char *indent);
void item_history(struct item *it);
void item_organization(struct item *it);
void item_network(struct item *it);

#endif
