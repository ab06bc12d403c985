#include "face/names.h"

#include <stdlib.h>
#include <string.h>

#include "face/alike.h"
#include "ledger/rows.h"
#include "record/codes.h"
#include "record/json.h"
#include "record/money.h"

/* Remembered from one batch to the next: some MiB. */
#define NAMES_MAX 20000

struct names {
    struct store *s;
    struct bytes lang;
    json_t *orgs;     /* identifier: name */
    json_t *networks; /* id: name */
    json_t *subjects; /* id: row, or null */
};

enum status names_new(struct store *s, struct bytes lang, struct names **out)
{
    struct names *n = calloc(1, sizeof(*n));

    if (n == NULL)
        return STATUS_NOMEM;
    n->s = s;
    n->lang = lang;
    n->orgs = json_object();
    n->networks = json_object();
    n->subjects = json_object();
    if (n->orgs == NULL || n->networks == NULL || n->subjects == NULL) {
        names_free(n);
        return STATUS_NOMEM;
    }
    *out = n;
    return STATUS_OK;
}

void names_free(struct names *n)
{
    if (n == NULL)
        return;
    json_decref(n->orgs);
    json_decref(n->networks);
    json_decref(n->subjects);
    free(n);
}

void names_forget(struct names *n)
{
    json_object_clear(n->orgs);
    json_object_clear(n->networks);
    json_object_clear(n->subjects);
}

void names_forget_subjects(struct names *n)
{
    json_object_clear(n->subjects);
    if (json_object_size(n->orgs) > NAMES_MAX)
        json_object_clear(n->orgs);
    if (json_object_size(n->networks) > NAMES_MAX)
        json_object_clear(n->networks);
}

struct store *names_store(const struct names *n)
{
    return n->s;
}

struct bytes names_lang(const struct names *n)
{
    return n->lang;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Tags are alike in either case. */
static bool same_tag(struct bytes a, struct bytes b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

/* The first subtag: "pt" of "pt-BR". */
static struct bytes primary(struct bytes tag)
{
    size_t len = 0;

    while (len < tag.len && tag.ptr[len] != '-')
        len++;
    return bytes_slice(tag, 0, len);
}

/* The text in this language, else one in another form of it. */
static const json_t *by_tag(const json_t *texts, struct bytes tag)
{
    const json_t *text, *near = NULL;
    const char *name;

    json_object_foreach((json_t *)(uintptr_t)texts, name, text)
    {
        if (same_tag(bytes_of(name), tag))
            return text;
        if (near == NULL && same_tag(primary(bytes_of(name)), primary(tag)))
            near = text;
    }
    return near;
}

/* RFC 9110, 12.4.2: "q=0.8" in thousandths; one where it is not said. */
static unsigned quality(struct bytes parameters)
{
    unsigned q = 0, unit = 1000;
    size_t at = 0;

    while (at + 1 < parameters.len &&
           !(lower(parameters.ptr[at]) == 'q' && parameters.ptr[at + 1] == '='))
        at++;
    if (at + 1 >= parameters.len)
        return unit;
    for (at += 2; at < parameters.len && unit > 0; at++) {
        if (parameters.ptr[at] == '.')
            continue;
        if (parameters.ptr[at] < '0' || parameters.ptr[at] > '9')
            break;
        q += unit * (unsigned)(parameters.ptr[at] - '0');
        unit /= 10;
    }
    return q;
}

static struct bytes next_tag(struct bytes *list, unsigned *q)
{
    struct bytes item = *list, tag;
    size_t at, start = 0;

    if (bytes_find(*list, ',', &at)) {
        item = bytes_slice(*list, 0, at);
        *list = bytes_slice(*list, at + 1, list->len);
    } else {
        *list = (struct bytes){ 0 };
    }
    while (start < item.len && item.ptr[start] == ' ')
        start++;
    tag = bytes_slice(item, start, item.len);
    for (at = 0; at < tag.len && tag.ptr[at] != ';' && tag.ptr[at] != ' '; at++)
        ;
    *q = quality(bytes_slice(tag, at, tag.len));
    return bytes_slice(tag, 0, at);
}

struct bytes names_text(const json_t *text, struct bytes lang)
{
    const json_t *found = NULL;
    unsigned best = 0, q;

    if (!json_is_object(text))
        return json_bytes(text);
    while (lang.len > 0) {
        struct bytes tag = next_tag(&lang, &q);
        const json_t *one = q > best ? by_tag(text, tag) : NULL;

        if (one != NULL) {
            found = one;
            best = q;
        }
    }
    if (found == NULL)
        found = by_tag(text, BYTES_LIT("en"));
    if (found == NULL)
        found = json_object_iter_value(json_object_iter((json_t *)(uintptr_t)text));
    return json_bytes(found);
}

/* A name that others have, too, says by whom. */
static json_t *name_of_row(const struct names *n, enum store_table t, struct bytes id,
                           const json_t *row)
{
    struct bytes name = names_text(json_object_get(row, "name"), n->lang);
    struct bytes country = json_member(row, "country");
    struct buf text = { 0 };
    json_t *string;

    if (t != STORE_ORGANIZATION || name.len == 0 || !alike_any(n->s, id, name))
        return json_of(name);
    buf_add(&text, name);
    buf_printf(&text, " (" BYTES_FMT "%s" BYTES_FMT ")", BYTES_ARG(country),
               country.len > 0 ? ", " : "", BYTES_ARG(id));
    string = text.bad ? NULL : json_of(buf_bytes(&text));
    buf_clear(&text);
    return string;
}

bool names_tells(struct bytes name, struct bytes id)
{
    return bytes_eq(name, id) ||
           (name.len > id.len + 1 && name.ptr[name.len - 1] == ')' &&
            bytes_eq(bytes_slice(name, name.len - id.len - 1, name.len - 1), id));
}

static struct bytes name_in(struct names *n, json_t *cache, enum store_table t,
                            struct bytes id)
{
    struct buf key = { 0 };
    const json_t *name;
    json_t *row = NULL;
    char *text = bytes_to_text(id);

    if (text == NULL)
        return id;
    name = json_object_get(cache, text);
    if (name == NULL) {
        if (t == STORE_ORGANIZATION)
            rows_org_key(id, &key);
        else
            buf_add(&key, id);
        if (rows_find(n->s, t, buf_bytes(&key), NULL, &row) == STATUS_OK)
            json_object_set_new(cache, text, name_of_row(n, t, id, row));
        else
            json_object_set_new(cache, text, json_of(id));
        json_decref(row);
        buf_clear(&key);
        name = json_object_get(cache, text);
    }
    free(text);
    return json_string_length(name) > 0 ? json_bytes(name) : id;
}

struct bytes names_org(struct names *n, struct bytes org)
{
    if (bytes_eq_text(org, "public"))
        return BYTES_LIT("the public");
    if (bytes_eq_text(org, "anonymous"))
        return BYTES_LIT("an anonymous donor");
    return name_in(n, n->orgs, STORE_ORGANIZATION, org);
}

struct bytes names_network(struct names *n, struct bytes network)
{
    return name_in(n, n->networks, STORE_NETWORK, network);
}

struct bytes names_country(struct bytes code)
{
    const char *label = code_label(CODE_COUNTRY, code);

    return label != NULL ? bytes_of(label) : code;
}

const json_t *names_subject(struct names *n, struct bytes id)
{
    char *text = bytes_to_text(id);
    const json_t *row;
    json_t *found = NULL;

    if (text == NULL)
        return NULL;
    row = json_object_get(n->subjects, text);
    if (row == NULL) {
        if (rows_find(n->s, STORE_SUBJECT, id, NULL, &found) != STATUS_OK)
            found = json_null();
        json_object_set_new(n->subjects, text, found);
        row = json_object_get(n->subjects, text);
    }
    free(text);
    return json_is_object(row) ? row : NULL;
}

/* A sum, as views print it, may be more than one amount can be. */
static bool read_sum(const json_t *money, char currency[4], money_sum *out)
{
    struct bytes amount = json_member(money, "amount"),
                 code = json_member(money, "currency");
    struct buf digits = { 0 }, again = { 0 };
    bool good = code.len == 3;

    for (size_t i = 0; i < amount.len; i++) {
        if (amount.ptr[i] != '.' && (digits.len > 0 || amount.ptr[i] != '0'))
            buf_u8(&digits, amount.ptr[i]);
    }
    if (good && money_sum_parse(buf_bytes(&digits), out) == STATUS_OK) {
        memcpy(currency, code.ptr, 3);
        currency[3] = '\0';
        money_print(*out, currency, &again);
    }
    good = again.len > 0 && bytes_eq(buf_bytes(&again), amount);
    buf_clear(&digits);
    buf_clear(&again);
    return good;
}

void names_money(const json_t *money, struct buf *out)
{
    struct money one;
    char currency[4];
    money_sum sum;
    size_t at, start;

    if (money_parse(money, 0, &one, NULL) == STATUS_OK) {
        memcpy(currency, one.currency, sizeof(currency));
        sum = one.minor;
    } else if (!read_sum(money, currency, &sum)) {
        return;
    }
    buf_printf(out, "%s ", currency);
    start = out->len;
    money_print_grouped(sum, currency, out);
    if (out->bad)
        return;
    if (bytes_find(bytes_slice(buf_bytes(out), start, out->len), '.', &at)) {
        struct bytes tail = bytes_slice(buf_bytes(out), start + at + 1, out->len);
        bool zero = true;

        for (size_t i = 0; i < tail.len; i++)
            zero = zero && tail.ptr[i] == '0';
        if (zero)
            buf_truncate(out, start + at);
    }
}
