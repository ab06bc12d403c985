/* shared/face/names.h
 *
 * What things are called, for people: organizations, networks, countries, money. Looked
 * up in the store once and remembered, so a list of a thousand costs no thousand
 * look-ups.
 *
 * `lang` is a list of language tags as in Accept-Language ("fr, en;q=0.5"); the first
 * that a text has is taken, then English, then whatever there is.
 */
#ifndef AVOW_FACE_NAMES_H
#define AVOW_FACE_NAMES_H

#include <jansson.h>

#include "store/store.h"

struct names;

/* Borrows the store and `lang`. */
enum status names_new(struct store *s, struct bytes lang, struct names **out);
void names_free(struct names *n); /* accepts NULL */
/* Look everything up anew; or only subjects, of which nearly every record changes one. */
void names_forget(struct names *n);
void names_forget_subjects(struct names *n);
struct store *names_store(const struct names *n);
struct bytes names_lang(const struct names *n);

/* A name; the identifier itself where it has none. Valid until names_free or
 * names_forget. Of an organization with its country and identifier, "Irish Aid (IE,
 * XM-DAC-21-1)", where another's name is the same or looks alike (alike.h). */
struct bytes names_org(struct names *n, struct bytes org);
/* Does this name of it tell the identifier already: is it that, or ends in "ID)"? */
bool names_tells(struct bytes name, struct bytes id);
struct bytes names_network(struct names *n, struct bytes network);
struct bytes names_country(struct bytes code);
/* The row of a subject, borrowed; NULL: there is none. */
const json_t *names_subject(struct names *n, struct bytes id);

/* A text (docs/vocabulary.md: a string, or {"en":…}) in the wanted language; borrowed. */
struct bytes names_text(const json_t *text, struct bytes lang);
/* {"amount","currency"}, an amount or a sum of such, as "USD 700,000", without a fraction
 * of zeroes; of zero nothing. */
void names_money(const json_t *money, struct buf *out);

#endif
