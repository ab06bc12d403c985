/* node/form.h
 *
 * Verbs of the command line for what can be said: `avow pledge make --to ILO …`. A verb
 * is a kind of record and a few words; its options follow from the kind's table of fields
 * (record/field.h), so that every field can be given.
 *
 * To add a verb, add a row to a table of verbs (form_verbs.c), or a table to form_tables:
 *
 *     { "pledge withdraw", KIND_PLEDGE_WITHDRAWN, "take back a pledge",
 *       "avow pledge withdraw 44000:PL-0001 --reason \"budget cut\"" },
 *
 * That is all, where the fields speak for themselves: `id` of an earlier subject and
 * `ref` become the operand (by itself an own id, "PL-1", or "17/2", is enough), an own
 * new `id`, `rev`, `tx` and `why` are filled in, lists are asked for in the singular
 * (`--network a --network b`), `set` of an amendment is taken apart. Where they do not,
 * `words` renames an option, explains it, hides it (option ""), or adds one that is no
 * field (field NULL), and `fill` completes the record: it is called when all that was
 * given stands in it, reads its own words with form_text, and may look into the
 * replica. What fill refuses it says with form_refuse. Words common to all verbs are in
 * form_option.c.
 *
 * The way of a verb, all in form.c: options → record (form_build.c, with defaults by
 * form_fill.c, asking for what is lacking: form_ask.c) → judged on the replica before
 * anything is signed (form_judge.c) → shown (form_preview.c) → asked → signed and sent
 * (signing.h, delivery.h). The same from files of many (form_batch.c).
 */
#ifndef AVOW_NODE_FORM_H
#define AVOW_NODE_FORM_H

#include "base/args.h"
#include "node/signing.h"
#include "record/field.h"

struct form_fill;

struct form_word {
    const char *field;  /* of the record's form; NULL: none, it is for `fill` */
    const char *option; /* NULL: made from the field's name; "": not offered */
    const char *value;  /* what the value is called; NULL: as common; "": a flag */
    const char *help;   /* NULL: as common */
};

struct verb {
    const char *name; /* "pledge make" */
    enum kind kind;
    const char *summary;           /* lower case, no full stop */
    const char *example;           /* a whole command line */
    const struct form_word *words; /* ends with an all-zero item; or NULL */
    enum status (*fill)(struct form_fill *f, json_t *record);
    const char *operand; /* NULL: as the fields say; "": none. Goes to fill, too */
};

struct verb_table {
    const char *heading;      /* in the program's help; NULL: goes on under the last */
    const struct verb *verbs; /* ends with an all-zero item */
};
extern const struct verb_table *const form_tables[]; /* ends with NULL */
/* form_org.c, form_network.c */
extern const struct verb_table form_organizations, form_keys, form_networks, form_log;

/* The i-th of all verbs, in order; NULL: there are fewer. */
const struct verb *form_verb(size_t i);
/* What it takes besides options: "ID", "REF" or "". */
const char *form_operand(const struct verb *v);
/* Runs the verb that a->command->variant counts. */
int cmd_form(struct args *a);

/* --- what can be given ------------------------------------------------------------ */

enum form_role {
    FORM_FIELD,  /* a field, of the record or of what an amendment sets */
    FORM_AMOUNT, /* of `money` */
    FORM_CURRENCY,
    FORM_OPERAND, /* id or ref: an operand, or a column of a file */
    FORM_EVIDENCE_URL,
    FORM_EVIDENCE_FILE,
    FORM_QUOTE,
    FORM_JSON, /* FIELD=JSON */
    FORM_SET,  /* FIELD=VALUE, of an amendment */
    FORM_REMOVE,
    FORM_CORRECTION,
    FORM_WORD /* the verb's own */
};

struct form_option {
    enum form_role role;
    const struct field *field;
    bool set; /* of what an amendment sets */
    const char *name, *value, *help;
    char made[40]; /* the name, where it is made */
    char *told;    /* the help, where it is made */
    char *shown;   /* instead of the help, in --help; or NULL */
    /* What was given. */
    bool flag;
    const char *text;
    struct args_list list;
    json_t *json; /* from a file of records; owned */
};

#define FORM_OPTIONS_MAX 100

struct form_options {
    const struct verb *verb;
    struct form_option items[FORM_OPTIONS_MAX];
    size_t n;
};

/* STATUS_NOMEM. */
enum status form_options_new(const struct verb *v, struct form_options **out);
void form_options_free(struct form_options *o); /* accepts NULL */
/* Nothing is given any more. */
void form_options_reset(struct form_options *o);
/* By its name, or its field's; NULL. */
struct form_option *form_option_find(struct form_options *o, struct bytes name);
struct form_option *form_option_of(struct form_options *o, enum form_role role);
bool form_option_given(const struct form_option *o);

/* --- making a record -------------------------------------------------------------- */

struct ids;

struct form_fill {
    const struct verb *verb;
    struct form_options *options;
    struct store *store;       /* the replica */
    const char *org;           /* the author */
    const char *operand;       /* NULL: none */
    json_t *subject;           /* the row of the subject that it is about; NULL: none */
    json_t *terms;             /* its newest terms, for an amendment; else NULL */
    const json_t *unsent;      /* records that wait to be sent; or NULL */
    uint64_t next_id, next_tx; /* numbers used up so far, in a batch */
    bool decimal_comma;        /* may stand in numbers (form_value.h) */
    struct ids *ids;           /* where numbers are given; NULL: they are only tried */
    bool given;                /* one was */
    /* What is told of an option that cannot be read; the others are read all the same.
     * NULL: the first ends it. */
    void (*each_fault)(const struct form_fill *f);
    size_t n_faults;
    bool currency_told;
    char where[64]; /* what the error is about: "--amount" */
    char error[480], hint[480];
};

/* One record of what was given and of defaults. STATUS_REFUSED: error and hint say. */
enum status form_build(struct form_fill *f, json_t **record);
void form_fill_clear(struct form_fill *f);
/* Which required fields are not there yet; `each` may give them: false to stop. */
typedef bool form_lack_fn(void *ctx, const struct form_option *lacking);
void form_lacking(struct form_fill *f, const json_t *record, form_lack_fn *each,
                  void *ctx);

/* For `fill`. Words of its own that take a value may be given several times. */
enum status form_refuse(struct form_fill *f, const char *hint, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The verb's own word; NULL: not given. */
const char *form_text(const struct form_fill *f, const char *option);
const struct args_list *form_list(const struct form_fill *f, const char *option);
bool form_flag(const struct form_fill *f, const char *option);

/* Defaults (form_fill.c), in the order in which form_build calls them. */
enum status form_find_subject(struct form_fill *f, json_t *record);
enum status form_fill_defaults(struct form_fill *f, json_t *record);
/* The codes of a split are its list, where no list is given (form_split.c). */
enum status form_fill_splits(struct form_fill *f, json_t *to);
/* The newest terms, proposed ones if there are, or those in force. */
enum status form_terms(struct store *s, const json_t *subject, bool newest, json_t **out);
/* "17/2", "17" or whole: the reference. STATUS_NOT_FOUND. */
enum status form_reference(struct store *s, struct bytes text, struct buf *out);
/* "PL-0007": the first of these that is free for `org` above `*used`. */
enum status form_next_local(struct store *s, const char *org, const char *prefix,
                            uint64_t *used, struct buf *out);

/* --- names (form_names.c) ----------------------------------------------------------- */

/* What is called just so, by its id, a name or an alias, but for case; else what is like
 * it. For hints: "44000 (World Bank), …". Nothing is appended where nothing is. */
void form_nearest(struct store *s, enum store_table t, struct bytes name,
                  struct buf *out);
/* The same of a code list, by its name, for what its codes are called: "ZM (Zambia)". */
void form_nearest_code(struct bytes list, struct bytes name, struct buf *out);
/* Organizations that are called just so: a new list of their ids, and for hints. */
json_t *form_called(struct store *s, struct bytes name, struct buf *out);
/* Is it the id of an organization here, letter by letter? */
bool form_org_known(struct store *s, struct bytes org);
/* Each organization that a record names and that is not known here, but one that it
 * makes. False: stop. *instead: what stands in its place from now on. */
typedef bool form_org_fn(void *ctx, const struct field *f, struct bytes name,
                         json_t **instead);
bool form_each_unknown_org(struct form_fill *f, json_t *record, form_org_fn *each,
                           void *ctx);
/* On the terminal: is one of those meant that are called so? A new string; NULL: no, or
 * nothing is called so, or nobody is there to ask. */
json_t *form_propose(struct store *s, struct bytes name);

/* --- showing and judging ---------------------------------------------------------- */

struct form_verdict {
    bool accepted;
    bool needs_others; /* refused only for lack of signatures */
    uint64_t size;     /* by so many entries */
    struct refusal why;
};

/* What the rules say on the replica, and on what waits in the outbox before it, of a note
 * whose signatures are lacking: as if they were there. `ledger`: one that has taken what
 * waits, or NULL. */
enum status form_judge(struct session *s, struct ledger *ledger, struct bytes note,
                       struct form_verdict *out);
/* The same behind all that this ledger has taken, and it takes this one, too. */
struct ledger;
enum status form_judge_next(struct session *s, struct ledger *ledger, struct bytes note,
                            struct form_verdict *out);
/* Hints that need the replica: what is called like that which is not known. */
bool form_hints(const struct refusal *why); /* is there one for this rule? */
void form_hint(struct store *s, const struct refusal *why,
               struct buf *out);                                    /* appended */
void form_hint_refusal(struct store *s, const struct refusal *why); /* said */

/* Everything that is signed, for people, by its author or by who co-signs it; appended.
 * `s` NULL: without a replica, so without names. */
enum form_reader { FORM_AUTHOR, FORM_COSIGNER };
enum status form_preview(struct store *s, const struct statement *statement,
                         enum form_reader reader, struct buf *out);

#endif
