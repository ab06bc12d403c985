/* node/form_value.h
 *
 * From what people write on a command line, or in a cell of a table, to the JSON of a
 * field: by the field's row in the record floor's tables. Pure. Whether the result is
 * well formed is the record's check to say; here only what cannot be read is refused.
 *
 *     money     "700000 USD", "USD 700,000", ".5"; alone where a currency is given
 * besides; zeroes beyond the currency's decimals are left out period    2026/2027, 2026/,
 * /2027, 2026 list      a,b,c object    name=value,name=value: a comma parts where a
 * member's name and an equals sign follow; "…" around a value keeps all in it together
 *     short     ORG:role, DATE=AMOUNT, SCHEME:ID, CODE=PERCENT, PLEDGE=AMOUNT: the first
 *               two members of objects that begin so; alone, the first
 *     JSON      an object or a list as it is; numbers where decimals are meant
 *
 * White space at the ends, also what Unicode has of it and what has no width, is left
 * out.
 */
#ifndef AVOW_NODE_FORM_VALUE_H
#define AVOW_NODE_FORM_VALUE_H

#include "record/field.h"

struct form_value {
    struct bytes currency; /* for amounts that come without; may be empty */
    bool currency_wrong;   /* the currency that was given besides is none */
    bool decimal_comma; /* may stand in numbers: a table without commas between cells */
    char error[480];    /* set on STATUS_REFUSED: what was expected, what was found */
    char hint[480];     /* what to do; may be empty */
};

/* One value of the field, or one item of it where it is a list. */
enum status form_value_one(struct form_value *v, const struct field *f, struct bytes text,
                           json_t **out);
/* A whole field: lists are taken apart at their commas. */
enum status form_value_all(struct form_value *v, const struct field *f, struct bytes text,
                           json_t **out);

/* A field, or what an amendment sets, as a program wrote it: numbers become decimals
 * where the field is one, and amounts are read as above. */
enum status form_value_json(struct form_value *v, const struct field *f, json_t *value,
                            json_t **out);

/* Money written as above. */
enum status form_value_money(struct form_value *v, struct bytes text, json_t **out);
/* The currency that stands in money written as above; empty: none does. */
struct bytes form_value_currency(struct bytes text);
/* yes, no, true, false, x */
enum status form_value_bool(struct form_value *v, struct bytes text, bool *out);

/* Without white space at the ends. */
struct bytes form_value_trimmed(struct bytes text);

/* form_number.c. The members amount and currency of an object, as money is read above. */
enum status form_money_read(struct form_value *v, json_t **object);
/* Any other decimal as a record has it; appended. What is no number is left as it is, for
 * the check to refuse. */
void form_number_decimal(const struct form_value *v, struct bytes text, struct buf *out);
/* A JSON number as it would be written. */
void form_number_json(const json_t *number, struct buf *out);

enum status form_value_fail(struct form_value *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
