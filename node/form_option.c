/* The options of a verb: from the fields of its kind. */
#include <stdlib.h>
#include <string.h>

#include "node/form.h"

/* --- words ------------------------------------------------------------------------ */

/* Common to all verbs that have the field. */
static const struct form_word common[] = {
    { "title", NULL, "TITLE", "what it is called" },
    { "description", NULL, "TEXT", "what it is about" },
    { "donor", "from", "ORG", "who gives (default: your own organization)" },
    { "recipient", "to", "ORG", "who receives" },
    { "in_kind", NULL, "WHAT",
      "goods or services instead of money: \"500 tents\", or "
      "description=…,quantity=…,unit=…,value=MONEY" },
    { "unstated", NULL, "", "the amount is not stated" },
    { "for", NULL, "ID", "the commitment or partnership that it is for" },
    { "wanted", NULL, "ID", "which of the things wanted there it answers" },
    { "from_fund", NULL, "ORG|ID", "the fund that it is paid from: not new money" },
    { "own_funds", NULL, "", "donor and recipient are the same" },
    { "on", NULL, "DATE", "when" },
    { "period", NULL, "START/END", "2026/2027, 2026-07/2027-06, 2026/ or /2027" },
    { "schedule", NULL, "DATE=AMOUNT", "a payment to come: 2027-03=50000" },
    { "conditions", NULL, "TEXT", "what it depends on" },
    { "finance_type", NULL, "CODE", "IATI finance type: 110 is a grant" },
    { "earmarking", NULL, "CODE", "IATI earmarking: 1 unearmarked to 4 tightly" },
    { "aid_type", NULL, "CODE", "IATI aid type: C01, or code=1,vocabulary=4" },
    { "tied", NULL, "CODE", "IATI tied status: 5 is untied" },
    { "cash", NULL, "", "it is cash and voucher assistance" },
    { "usd", NULL, "AMOUNT", "what it counts in US dollars, or amount=…,rate=…" },
    { "counts", NULL, "MONEY",
      "what it counts in the pledge's currency, or amount=…,currency=…,rate=…,"
      "rate_on=…,rate_source=…" },
    { "fees", NULL, "MONEY", "what banks kept of it" },
    { "of", NULL, "TX", "the other side's transaction that this covers" },
    { "matches", NULL, "TX", "the other side's transaction that was told before" },
    { "tx", NULL, "TX", "its own id (default: the next free, T1, T2 …)" },
    { "budget", NULL, "MONEY", "the whole of it: \"USD 5000000\"" },
    { "budget_lines", "budget-line", "ITEM", "id=b1,title=…,money=USD 20000" },
    { "parties", "party", "ORG:ROLE", "who takes part; your own organization leads" },
    { "deliverables", NULL, "ITEM",
      "id=d1,title=…,measure=unit,unit=households,target=2000,due=2027-12" },
    { "open", NULL, "", "others may accede" },
    { "partnership", NULL, "ID", "the partnership that it belongs to" },
    { "parent", NULL, "ID", "the partnership above it" },
    { "administrative_agent", NULL, "ORG", "who administers it" },
    { "signed_on", NULL, "DATE", "when it was signed" },
    { "capacity", NULL, "TEXT", "as what your organization accepts" },
    { "reason", NULL, "TEXT", "why" },
    { "lead", "to", "ORG", "who leads from now on; must co-sign" },
    { "deliverable", NULL, "ID", "which of its deliverables" },
    { "value", NULL, "VALUE", "how much is reached, or what" },
    { "text", NULL, "TEXT", "in words" },
    { "with", "jointly-with", "ORG", "done together with" },
    { "on_behalf", NULL, "ORG", "for a party that has no key" },
    { "networks", NULL, "NETWORK", "yours, that it concerns" },
    { "countries", NULL, "CODE", "ISO 3166 code: ZM" },
    { "country_split", NULL, "CODE=PERCENT", "shares that add up to 100" },
    { "regions", NULL, "CODE", "IATI region" },
    { "region_split", NULL, "CODE=PERCENT", "shares, with those of countries" },
    { "places", NULL, "CODE", "ISO 3166-2 code: ZM-09" },
    { "sectors", NULL, "CODE", "DAC sector: 16010, or its category: 160" },
    { "sector_split", NULL, "CODE=PERCENT", "shares that add up to 100" },
    { "clusters", NULL, "CODE", "OCHA's global cluster: EDU" },
    { "tags", NULL, "ITEM", "vocabulary=tag:99,code=…,title=…,percent=…" },
    { "policy_markers", NULL, "CODE=NUMBER", "IATI marker and significance: 1=2" },
    { "humanitarian", NULL, "", "it is humanitarian" },
    { "sdgs", NULL, "GOAL", "goal or target: 1.3" },
    { "themes", NULL, "THEME", "such as children, health, older-persons, disability" },
    { "evidence", NULL, "ITEM", "url=…,title=…,locator=…,quote=…,category=…,sha256=…" },
    { "refs", NULL, "SCHEME:ID", "what others call it: iati-activity:44000-P123" },
    { "note", NULL, "TEXT", "a remark" },
    { 0 },
};

static const struct form_word *word_in(const struct form_word *words, const char *field)
{
    if (words == NULL)
        return NULL;
    for (; words->field != NULL || words->option != NULL; words++)
        if (words->field != NULL && strcmp(words->field, field) == 0)
            return words;
    return NULL;
}

/* "budget_lines" is asked for as --budget-line, "countries" as --country. */
static void make_name(const struct field *f, char out[40])
{
    static const char *const kept[] = { "of", "matches" };
    size_t len = strlen(f->name);
    bool singular = (f->flags & LIST) != 0;

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        singular = singular && strcmp(f->name, kept[i]) != 0;
    if (len > 39)
        len = 39;
    for (size_t i = 0; i < len; i++)
        out[i] = f->name[i] == '_' ? '-' : f->name[i];
    out[len] = '\0';
    if (singular && len > 3 && strcmp(out + len - 3, "ies") == 0)
        memcpy(out + len - 3, "y", 2);
    else if (singular && len > 1 && out[len - 1] == 's')
        out[len - 1] = '\0';
}

/* "one of reported, announced, agreement, payment" */
static char *tell_words(const struct field *f)
{
    struct buf b = { 0 };

    buf_text(&b, "one of ");
    for (const char *const *w = f->words; *w != NULL; w++)
        buf_printf(&b, "%s%s", w == f->words ? "" : ", ", *w);
    if (!b.bad)
        return (char *)b.ptr;
    buf_clear(&b);
    return NULL;
}

/* --- the table -------------------------------------------------------------------- */

static struct form_option *add(struct form_options *o, enum form_role role,
                               const char *name, const char *value, const char *help)
{
    struct form_option *item = &o->items[o->n];

    if (o->n == FORM_OPTIONS_MAX)
        return item - 1; /* a test makes all verbs' options */
    o->n++;
    item->role = role;
    item->name = name;
    item->value = value;
    item->help = help;
    return item;
}

/* Required, and nothing fills it in. Of governance each verb knows for itself. */
static bool is_asked(const struct verb *v, const struct field *f)
{
    static const char *const filled[] = { "donor", "basis", "parties", "tx" };

    for (size_t i = 0; i < sizeof(filled) / sizeof(filled[0]); i++)
        if (strcmp(f->name, filled[i]) == 0)
            return false;
    return v->kind >= KIND_PARTNERSHIP_PROPOSED && (f->flags & REQUIRED);
}

static void mark_required(struct form_option *item)
{
    if (asprintf(&item->shown, "%s (required)", item->help) < 0)
        item->shown = NULL;
}

static void add_field(struct form_options *o, const struct field *f, bool set)
{
    const struct form_word *own = word_in(o->verb->words, f->name);
    const struct form_word *word = word_in(common, f->name);
    const char *value = own != NULL && own->value != NULL ? own->value
                        : word != NULL                    ? word->value
                                                          : NULL;
    const char *help = own != NULL && own->help != NULL ? own->help
                       : word != NULL                   ? word->help
                                                        : NULL;
    const char *name = own != NULL && own->option != NULL ? own->option
                       : word != NULL                     ? word->option
                                                          : NULL;
    struct form_option *item;

    if (name != NULL && *name == '\0')
        return;
    item = add(o, FORM_FIELD, name, value, help);
    item->field = f;
    item->set = set;
    if (name == NULL) {
        make_name(f, item->made);
        item->name = item->made;
    }
    if (f->check == field_word && (own == NULL || own->help == NULL)) {
        item->told = tell_words(f);
        item->help = item->told;
    }
    if (f->check == field_bool || f->check == field_true)
        item->value = NULL;
    else if (value == NULL || *value == '\0')
        item->value = field_names_org(f)       ? "ORG"
                      : f->check == field_date ? "DATE"
                      : f->check == field_word ? "WORD"
                                               : "VALUE";
    if (item->help == NULL)
        item->help = item->name;
    if (!set && is_asked(o->verb, f))
        mark_required(item);
}

/* The members of the form itself and of those it has also, each name once. */
static void add_form(struct form_options *o, const struct form *form, bool set)
{
    for (const struct form *part = form; part != NULL && part != &form_common;
         part = part->also)
        for (size_t i = 0; i < part->n; i++) {
            const struct field *f = &part->fields[i];

            if (form_member(form, f->name) != f || (set && (f->flags & ONCE)))
                continue;
            if (f->check == field_set)
                add_form(o, f->form, true);
            else if (f->check == field_own_subject)
                add(o, FORM_FIELD, "id", "LOCAL", "its id (default: the next free)")
                    ->field = f;
            else if (strcmp(f->name, "id") == 0 && f->check == field_subject)
                add(o, FORM_OPERAND, "id", "ID", NULL)->field = f;
            else if (strcmp(f->name, "ref") == 0 && f->check == field_reference)
                add(o, FORM_OPERAND, "ref", "REF", NULL)->field = f;
            else if (strcmp(f->name, "rev") == 0)
                add(o, FORM_FIELD, "rev", "REF",
                    "the terms that are meant (default: the newest)")
                    ->field = f;
            else if (strcmp(f->name, "why") == 0)
                add(o, FORM_CORRECTION, "correction", NULL,
                    "it corrects a mistake, and changes nothing that was agreed")
                    ->field = f;
            else if (strcmp(f->name, "money") == 0 && f->form == &form_money) {
                add(o, FORM_AMOUNT, "amount", "AMOUNT",
                    "how much: 700000, 700,000.50, or \"USD 700000\"")
                    ->field = f;
                o->items[o->n - 1].set = set;
                add(o, FORM_CURRENCY, "currency", "CODE",
                    "of all amounts that come without: USD");
            } else
                add_field(o, f, set);
        }
}

static void add_common(struct form_options *o, bool amends)
{
    for (size_t i = 0; i < form_common.n; i++)
        if (!(form_common.fields[i].flags & ONCE))
            add_field(o, &form_common.fields[i], false);
    add(o, FORM_EVIDENCE_URL, "evidence-url", "URL", "a document, by its https: address");
    add(o, FORM_EVIDENCE_FILE, "evidence-file", "FILE",
        "a document, by the SHA-256 of this file, which stays with you");
    add(o, FORM_QUOTE, "quote", "TEXT", "what the document says, word for word");
    if (amends) {
        add(o, FORM_SET, "set", "FIELD=VALUE",
            "put this in place of a whole field, also of a list");
        add(o, FORM_REMOVE, "remove", "FIELD[=ITEM]",
            "remove a field, or an item of a list: party=44000");
    }
    add(o, FORM_JSON, "json-field", "FIELD=JSON", "any field, as JSON");
}

const char *form_operand(const struct verb *v)
{
    const struct form *form = kind_form(v->kind);
    const struct field *id = form_member(form, "id");

    if (v->operand != NULL)
        return v->operand;
    if (form_member(form, "ref") != NULL)
        return "REF";
    return id != NULL && id->check == field_subject ? "ID" : "";
}

enum status form_options_new(const struct verb *v, struct form_options **out)
{
    struct form_options *o = calloc(1, sizeof(*o));
    const struct form *form = kind_form(v->kind);

    if (o == NULL)
        return STATUS_NOMEM;
    o->verb = v;
    add_form(o, form, false);
    for (const struct form_word *w = v->words;
         w != NULL && (w->field != NULL || w->option != NULL); w++)
        if (w->field == NULL)
            add(o, FORM_WORD, w->option, *w->value == '\0' ? NULL : w->value, w->help);
    add_common(o, form_member(form, "set") != NULL);
    *out = o;
    return STATUS_OK;
}

static void forget(struct form_option *o)
{
    o->flag = false;
    o->text = NULL;
    o->list.n = 0;
    json_decref(o->json);
    o->json = NULL;
}

void form_options_reset(struct form_options *o)
{
    for (size_t i = 0; i < o->n; i++)
        forget(&o->items[i]);
}

void form_options_free(struct form_options *o)
{
    if (o == NULL)
        return;
    form_options_reset(o);
    for (size_t i = 0; i < o->n; i++) {
        free(o->items[i].told);
        free(o->items[i].shown);
    }
    free(o);
}

/* "from-fund" and "from_fund" are the same. */
static bool same(struct bytes a, const char *b)
{
    if (a.len != strlen(b))
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (a.ptr[i] != b[i] && !(a.ptr[i] == '-' && b[i] == '_') &&
            !(a.ptr[i] == '_' && b[i] == '-'))
            return false;
    return true;
}

struct form_option *form_option_find(struct form_options *o, struct bytes name)
{
    for (size_t i = 0; i < o->n; i++)
        if (same(name, o->items[i].name))
            return &o->items[i];
    for (size_t i = 0; i < o->n; i++)
        if (o->items[i].field != NULL && same(name, o->items[i].field->name))
            return &o->items[i];
    return NULL;
}

struct form_option *form_option_of(struct form_options *o, enum form_role role)
{
    for (size_t i = 0; i < o->n; i++)
        if (o->items[i].role == role)
            return &o->items[i];
    return NULL;
}

bool form_option_given(const struct form_option *o)
{
    return o->flag || o->text != NULL || o->list.n > 0 || o->json != NULL;
}
