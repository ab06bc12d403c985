/* shared/record/field.h
 *
 * Tables of fields: what may stand in a record, and in what form. A form is the table of
 * one JSON object; its rows name a check for each member. Checks are the functions below
 * and those that a family adds; they see one value that is not null.
 *
 *     static const struct field fields[] = {
 *         FIELD("id", field_own_subject, REQUIRED),
 *         FIELD("networks", field_network, LIST),
 *         FIELD("parties", field_object, REQUIRED | LIST, .form = &party, .unique =
 * "org"),
 *     };
 *     FORM(PARTNERSHIP_PROPOSED, fields, check);
 *
 * A new kind is a line of KIND_TABLE and a FORM.
 */
#ifndef AVOW_RECORD_FIELD_H
#define AVOW_RECORD_FIELD_H

#include "base/limits.h"
#include "record/codes.h"
#include "record/json.h"
#include "record/kind.h"

/* The check of one record: where we are in it, for the refusal. */
struct check {
    const struct record_context *ctx;
    const json_t *record;
    struct refusal *why;
    struct {
        const char *name;
        size_t item; /* of a list, from 1; 0: no list */
    } path[JSON_DEPTH_MAX + 1];
    unsigned depth;
};

struct field;
typedef enum status field_check_fn(struct check *c, const struct field *f,
                                   const json_t *value);

enum {
    REQUIRED = 1,
    LIST = 2, /* a required list has at least one item */
    ONCE = 4  /* stated with the proposal: no amendment sets it */
};

struct field {
    const char *name;
    field_check_fn *check;
    unsigned flags;
    union {
        const struct form *form;  /* field_object, field_set */
        const char *const *words; /* field_word; ends in NULL */
        enum code_list list;      /* field_code */
        int64_t max;              /* field_integer; 0: 2^53-1 */
    };
    const char *unique; /* a list of objects: the member in which they differ */
    const char *within; /* … and the member that tells items of equal names apart */
};

#define FIELD(name_, check_, ...)                            \
    {                                                        \
        .name = name_, .check = check_, .flags = __VA_ARGS__ \
    }
#define WORDS(...)                 \
    .words = (const char *const[]) \
    {                              \
        __VA_ARGS__, NULL          \
    }

struct form {
    const struct field *fields;
    size_t n;
    /* What a table cannot say of the object, once its fields are well formed. */
    enum status (*check)(struct check *c, const json_t *object);
    const struct form *also; /* further fields, all optional */
};

#define FIELDS_OF(fields_) .fields = fields_, .n = sizeof(fields_) / sizeof(fields_[0])
/* The form of a kind, which has the members common to all records besides. */
#define FORM(constant, fields_, ...)                                                \
    const struct form form_##constant = { FIELDS_OF(fields_), .also = &form_common, \
                                          __VA_ARGS__ }
/* ... and those that classify. */
#define FORM_CLASSIFIED(constant, fields_, ...)                                         \
    const struct form form_##constant = { FIELDS_OF(fields_), .also = &form_classified, \
                                          __VA_ARGS__ }

extern const struct form form_common;     /* is, evidence, refs, note */
extern const struct form form_classified; /* networks … themes, and the common ones */
#define KIND_FORM(constant, name) extern const struct form form_##constant;
KIND_TABLE(KIND_FORM)
#undef KIND_FORM

/* The form of a kind's records. */
const struct form *kind_form(enum kind k);

enum status form_check(struct check *c, const struct form *form, const json_t *object);
/* Its value is an organization's identifier, or may be one (a fund). */
bool field_names_org(const struct field *f);
/* The row of a member, the form's own or one it has also; NULL: there is none. */
const struct field *form_member(const struct form *form, const char *name);
/* Check one member, a list or a value, as the table's row says. */
enum status field_check(struct check *c, const struct field *f, const json_t *value);

/* Refuse the value where the check stands: "deliverables[2].due: …". */
enum status field_refuse(struct check *c, enum rule rule, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Refuse a member of the object where the check stands. */
enum status field_refuse_member(struct check *c, enum rule rule, const char *member,
                                const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* field.type: what was expected ("a list"), and what sort of value was found. */
enum status field_refuse_type(struct check *c, const char *expected, const json_t *value);
/* For messages: the beginning of a text, whole characters. */
struct bytes field_shown(struct bytes text);

/* Values. */
field_check_fn field_object;    /* .form */
field_check_fn field_set;       /* .form, a proposal's: what an amendment changes of it */
field_check_fn field_string;    /* any; the form's own check judges it */
field_check_fn field_title;     /* a string, or one a language; no newline */
field_check_fn field_text;      /* the same, longer, newlines allowed */
field_check_fn field_label;     /* one string like a title */
field_check_fn field_org;       /* an organization */
field_check_fn field_donor;     /* … or `public`, `anonymous` */
field_check_fn field_recipient; /* … or `anonymous` */
field_check_fn field_network;
field_check_fn field_domain;       /* of DNS, as it is: no IDNA */
field_check_fn field_own_subject;  /* ORG:LOCAL, ORG the author */
field_check_fn field_subject;      /* ORG:LOCAL */
field_check_fn field_fund;         /* an organization, or a subject */
field_check_fn field_local;        /* like LOCAL */
field_check_fn field_origin;       /* the header's log */
field_check_fn field_other_origin; /* … and not that */
field_check_fn field_reference;    /* <entry index>/<n>/<statement id> */
field_check_fn field_date;
field_check_fn field_day; /* a date that is a full day */
field_check_fn field_quantity;
field_check_fn field_percent;  /* 0 to 100 */
field_check_fn field_measured; /* a quantity, or text */
field_check_fn field_code;     /* .list */
field_check_fn field_place;    /* ISO 3166-2, by shape */
field_check_fn field_digits;   /* a code by shape: 1 to 5 digits */
field_check_fn field_word;     /* .words */
field_check_fn field_bool;
field_check_fn field_true;
field_check_fn field_vocabulary; /* of a tag: tag:<code>, sector:<code>, https: */
field_check_fn field_role;       /* a text that shows something */
field_check_fn field_integer;    /* 1 to .max */
field_check_fn field_index;      /* of an entry: from 0 */
field_check_fn field_sha256;     /* 64 hex digits */
field_check_fn field_key_id;     /* 8 hex digits */
field_check_fn field_url;
field_check_fn field_kinds; /* a kind's name, or the part before the dot */

/* Objects that several kinds have. */
extern const struct form form_money;
extern const struct form form_counts; /* money, and how it was converted */
extern const struct form form_period;
extern const struct form form_budget_line;
extern const struct form form_signed_elsewhere;

/* BCP 47 by its shape. */
bool lang_valid(struct bytes lang);
/* A log's origin: not empty, no space or plus, does not begin with "avow/". */
bool origin_valid(struct bytes origin);

/* Members `key` and `proof` of `object`: a key of this type, named `name`, that proves to
 * be held for `org` (docs/formats.md 1). */
enum key_use { KEY_FOR_ORG, KEY_FOR_LOG, KEY_FOR_COSIGNER };
enum status key_check(struct check *c, const json_t *object, enum key_use use,
                      struct bytes owner);

#endif
