/* shared/record/json.h
 *
 * Strict JSON (docs/formats.md 2) to and from jansson values: jansson's parser and
 * printer are called here and nowhere else; its accessors anywhere from this floor up.
 */
#ifndef AVOW_RECORD_JSON_H
#define AVOW_RECORD_JSON_H

#include <jansson.h>

#include "record/refusal.h"

/* One line, one object; `line_no` goes into the refusal. Everything that docs/formats.md
 * 2 says of JSON is checked, but the ban on null (allowed below "set") and on newlines in
 * titles, which field types know. */
enum status json_line_parse(struct bytes line, unsigned line_no, json_t **out,
                            struct refusal *why);

/* Our own stored rows and files: jansson's strictness, duplicates refused. */
enum status json_parse(struct bytes text, json_t **out);
/* The same, of what people wrote. STATUS_MALFORMED: `error` says where and why, such as
 * "line 4: unexpected token near ']'". */
#define JSON_ERROR_MAX 200 /* a line and jansson's text, of at most 160 */
enum status json_parse_told(struct bytes text, json_t **out, char error[JSON_ERROR_MAX]);
/* Compact, members in order of insertion. */
void json_print(const json_t *value, struct buf *out);
/* Compact, members sorted: equal values print alike. */
void json_print_sorted(const json_t *value, struct buf *out);
void json_print_pretty(const json_t *value, struct buf *out);

struct bytes json_bytes(const json_t *string); /* empty where it is none; borrowed */
struct bytes json_member(const json_t *object, const char *name); /* of a string member */
json_t *json_of(struct bytes utf8);                               /* a new string */

#endif
