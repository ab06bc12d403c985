#include "face/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/args.h"
#include "ledger/index.h"
#include "record/codes.h"
#include "record/json.h"
#include "record/kind.h"

/* In the order of the canonical text. */
enum filter_name {
    FILTER_COUNTRY,
    FILTER_DONOR,
    FILTER_IS,
    FILTER_NETWORK,
    FILTER_ORG,
    FILTER_RECIPIENT,
    FILTER_STATUS,
    FILTER_THEME,
    FILTER_NAMES
};

static const char *const names[] = {
    [FILTER_COUNTRY] = "country", [FILTER_DONOR] = "donor",
    [FILTER_IS] = "is",           [FILTER_NETWORK] = "network",
    [FILTER_ORG] = "org",         [FILTER_RECIPIENT] = "recipient",
    [FILTER_STATUS] = "status",   [FILTER_THEME] = "theme",
};

struct value {
    enum filter_name name;
    char *text;
};

/* Values are sorted by name, then text, none twice; organizations are in lower case. */
struct filter {
    struct value values[FILTER_VALUES_MAX];
    size_t n;
    struct buf text;
};

static bool is_org(enum filter_name name)
{
    return name == FILTER_ORG || name == FILTER_DONOR || name == FILTER_RECIPIENT;
}

/* Of subjects and organizations (ledger/rows.h). */
static bool status_valid(struct bytes word)
{
    static const char *const known[] = {
        "proposed",   "agreed",         "declared",  "declined",  "in-progress",
        "suspended",  "completed",      "ended",     "withdrawn", "announced",
        "committed",  "part-disbursed", "disbursed", "received",  "listed",
        "registered", "closed",
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (bytes_eq_text(word, known[i]))
            return true;
    }
    return false;
}

/* A kind, or what stands before its dot: another one would match nothing, for ever. */
static bool kind_valid(struct bytes word)
{
    for (int k = 0; k < KIND_COUNT; k++) {
        struct bytes name = bytes_of(kind_name((enum kind)k));

        if (bytes_starts(name, word) &&
            (name.len == word.len || name.ptr[word.len] == '.'))
            return word.len > 0;
    }
    return false;
}

static bool value_valid(enum filter_name name, struct bytes value)
{
    switch (name) {
    case FILTER_COUNTRY:
        return code_known(CODE_COUNTRY, value);
    case FILTER_THEME:
        return code_known(CODE_THEME, value);
    case FILTER_NETWORK:
        return network_id_valid(value);
    case FILTER_ORG:
    case FILTER_DONOR:
    case FILTER_RECIPIENT:
        return org_id_valid(value) || bytes_eq_text(value, "public") ||
               bytes_eq_text(value, "anonymous");
    case FILTER_STATUS:
        return status_valid(value);
    case FILTER_IS:
        return kind_valid(value);
    case FILTER_NAMES:
        break;
    }
    return false;
}

static bool name_find(struct bytes name, enum filter_name *out)
{
    for (int i = 0; i < FILTER_NAMES; i++) {
        if (bytes_eq_text(name, names[i])) {
            *out = (enum filter_name)i;
            return true;
        }
    }
    return false;
}

/* What else paths of the API take. */
static const char *const others[] = { "after", "by",          "dry_run", "format",
                                      "lang",  "limit",       "on",      "q",
                                      "since", "third_party", "wait" };
#define OTHER_NAMES (sizeof(others) / sizeof(others[0]))

static bool other_find(struct bytes name)
{
    for (size_t i = 0; i < OTHER_NAMES; i++) {
        if (bytes_eq_text(name, others[i]))
            return true;
    }
    return false;
}

static bool is_plain(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= ' ' || text.ptr[i] >= 0x7f)
            return false;
    }
    return text.len > 0;
}

static void say_unknown(struct bytes name, char why[200])
{
    const char *all[FILTER_NAMES + OTHER_NAMES], *near;
    char word[64];

    if (!is_plain(name) || name.len >= sizeof(word)) {
        snprintf(why, 200, "a parameter has a name that no path takes");
        return;
    }
    snprintf(word, sizeof(word), BYTES_FMT, BYTES_ARG(name));
    memcpy(all, names, sizeof(names));
    memcpy(all + FILTER_NAMES, others, sizeof(others));
    near = args_nearest(word, all, FILTER_NAMES + OTHER_NAMES);
    snprintf(why, 200, "there is no parameter \"%s\"%s%s%s", word,
             near != NULL ? "; did you mean " : "", near != NULL ? near : "",
             near != NULL ? "?" : "");
}

enum status filter_names_known(struct bytes query, char why[200])
{
    struct reader r = reader_of(query);
    struct buf name = { 0 }, value = { 0 };
    enum status st = STATUS_OK;

    why[0] = '\0';
    while (st == STATUS_OK && r.len > 0) {
        enum filter_name which;

        if (query_next(&r, &name, &value) == STATUS_NOMEM)
            st = STATUS_NOMEM;
        else if ((name.len > 0 || value.len > 0) &&
                 !name_find(buf_bytes(&name), &which) && !other_find(buf_bytes(&name)))
            st = STATUS_REFUSED;
    }
    if (st == STATUS_REFUSED)
        say_unknown(buf_bytes(&name), why);
    buf_clear(&name);
    buf_clear(&value);
    return st;
}

bool filter_asked(struct bytes query)
{
    struct reader r = reader_of(query);
    struct buf name = { 0 }, value = { 0 };
    enum filter_name which;
    bool asked = false;

    while (!asked && r.len > 0) {
        query_next(&r, &name, &value);
        asked = name_find(buf_bytes(&name), &which);
    }
    buf_clear(&name);
    buf_clear(&value);
    return asked;
}

static int value_cmp(const void *a, const void *b)
{
    const struct value *left = a, *right = b;

    if (left->name != right->name)
        return left->name < right->name ? -1 : 1;
    return strcmp(left->text, right->text);
}

static enum status value_add(struct filter *f, enum filter_name name, struct bytes value)
{
    char *text = bytes_to_text(value);

    if (text == NULL)
        return STATUS_NOMEM;
    for (char *c = text; is_org(name) && *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + ('a' - 'A'));
    }
    f->values[f->n++] = (struct value){ name, text };
    return STATUS_OK;
}

static enum status take(struct filter *f, struct bytes name, struct bytes value,
                        enum status decoded, char why[200])
{
    enum filter_name which;

    if (!name_find(name, &which))
        return STATUS_OK;
    if (f->n == FILTER_VALUES_MAX) {
        snprintf(why, 200, "a filter has at most %d values", FILTER_VALUES_MAX);
        return STATUS_REFUSED;
    }
    if (decoded != STATUS_OK) {
        snprintf(why, 200, "the value of %s is not percent-encoded UTF-8", names[which]);
        return decoded == STATUS_NOMEM ? STATUS_NOMEM : STATUS_REFUSED;
    }
    if (!value_valid(which, value)) {
        snprintf(why, 200,
                 is_plain(value) ? "%s cannot be \"%.*s\"" : "%s cannot have this value",
                 names[which], (int)(value.len > 100 ? 100 : value.len),
                 (const char *)value.ptr);
        return STATUS_REFUSED;
    }
    return value_add(f, which, value);
}

/* Sort, drop what is there twice, print. */
static void settle(struct filter *f)
{
    size_t kept = 0;

    qsort(f->values, f->n, sizeof(f->values[0]), value_cmp);
    for (size_t i = 0; i < f->n; i++) {
        if (kept > 0 && value_cmp(&f->values[kept - 1], &f->values[i]) == 0)
            free(f->values[i].text);
        else
            f->values[kept++] = f->values[i];
    }
    f->n = kept;
    /* No value that passes value_valid has "&" or "=". */
    for (size_t i = 0; i < f->n; i++)
        buf_printf(&f->text, "%s%s=%s", i > 0 ? "&" : "", names[f->values[i].name],
                   f->values[i].text);
}

enum status filter_parse(struct bytes query, struct filter **out, char why[200])
{
    struct reader r = reader_of(query);
    struct buf name = { 0 }, value = { 0 };
    struct filter *f = calloc(1, sizeof(*f));
    enum status st = f != NULL ? STATUS_OK : STATUS_NOMEM;

    why[0] = '\0';
    while (st == STATUS_OK && r.len > 0) {
        enum status decoded = query_next(&r, &name, &value);

        st = take(f, buf_bytes(&name), buf_bytes(&value), decoded, why);
    }
    if (st == STATUS_OK) {
        settle(f);
        st = buf_status(&f->text);
    }
    buf_clear(&name);
    buf_clear(&value);
    if (st != STATUS_OK) {
        filter_free(f);
        return st;
    }
    *out = f;
    return STATUS_OK;
}

enum status filter_dup(const struct filter *f, struct filter **out)
{
    char why[200];

    return filter_parse(buf_bytes(&f->text), out, why);
}

void filter_free(struct filter *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < f->n; i++)
        free(f->values[i].text);
    buf_clear(&f->text);
    free(f);
}

bool filter_empty(const struct filter *f)
{
    return f->n == 0;
}

const char *filter_text(const struct filter *f)
{
    return buf_str(&f->text);
}

static bool same(struct bytes a, const char *text, bool fold)
{
    size_t len = strlen(text);

    if (a.len != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = a.ptr[i];

        if (fold && c >= 'A' && c <= 'Z')
            c = (uint8_t)(c + ('a' - 'A'));
        if (c != (uint8_t)text[i])
            return false;
    }
    return true;
}

static bool list_has(const json_t *list, const char *text, bool fold)
{
    size_t i;
    const json_t *item;

    json_array_foreach(list, i, item)
    {
        if (same(json_bytes(item), text, fold))
            return true;
    }
    return false;
}

/* "pledge" stands for itself and for "pledge.made". */
static bool kind_matches(struct bytes is, const char *text)
{
    size_t len = strlen(text);

    return is.len >= len && memcmp(is.ptr, text, len) == 0 &&
           (is.len == len || is.ptr[len] == '.');
}

static bool value_matches(const struct value *v, struct bytes is, const json_t *facets)
{
    switch (v->name) {
    case FILTER_COUNTRY:
        return list_has(json_object_get(facets, "countries"), v->text, false);
    case FILTER_THEME:
        return list_has(json_object_get(facets, "themes"), v->text, false);
    case FILTER_NETWORK:
        return list_has(json_object_get(facets, "networks"), v->text, false);
    case FILTER_ORG:
        return list_has(json_object_get(facets, "orgs"), v->text, true);
    case FILTER_DONOR:
    case FILTER_RECIPIENT:
        return same(json_member(facets, names[v->name]), v->text, true);
    case FILTER_STATUS:
        return same(json_member(facets, "status"), v->text, false);
    case FILTER_IS:
        return kind_matches(is, v->text);
    case FILTER_NAMES:
        break;
    }
    return false;
}

bool filter_match(const struct filter *f, struct bytes is, const json_t *facets)
{
    size_t i = 0;

    while (i < f->n) {
        enum filter_name name = f->values[i].name;
        bool any = false;

        for (; i < f->n && f->values[i].name == name; i++)
            any = any || value_matches(&f->values[i], is, facets);
        if (!any)
            return false;
    }
    return true;
}

bool filter_match_is(const struct filter *f, struct bytes is)
{
    bool asked = false, any = false;

    for (size_t i = 0; i < f->n; i++) {
        if (f->values[i].name != FILTER_IS)
            continue;
        asked = true;
        any = any || kind_matches(is, f->values[i].text);
    }
    return !asked || any;
}

static bool is_indexed(enum filter_name name)
{
    return name != FILTER_IS;
}

void filter_words(const struct filter *f, struct buf *out)
{
    size_t i = 0;

    while (i < f->n) {
        enum filter_name name = f->values[i].name;
        bool first = true;

        for (; i < f->n && f->values[i].name == name; i++) {
            if (!is_indexed(name))
                continue;
            buf_text(out, !first ? " OR " : out->len > 0 ? " AND (" : "(");
            buf_text(out, "facets : \"");
            index_word(names[name], bytes_of(f->values[i].text), out);
            buf_u8(out, '"');
            first = false;
        }
        if (!first)
            buf_u8(out, ')');
    }
}

const char *filter_sole(const struct filter *f, const char *name)
{
    return f->n == 1 && strcmp(names[f->values[0].name], name) == 0 ? f->values[0].text
                                                                    : NULL;
}
