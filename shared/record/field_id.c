/* Values that name something: organizations, networks, subjects, records, kinds. */
#include "record/field.h"

#include "base/codec.h"

static bool alphanumeric(uint8_t b)
{
    uint8_t lower = b | 0x20;

    return (b >= '0' && b <= '9') || (lower >= 'a' && lower <= 'z');
}

static bool same_ignoring_case(struct bytes a, const char *lower)
{
    struct bytes b = bytes_of(lower);

    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        uint8_t c = a.ptr[i];

        if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != b.ptr[i])
            return false;
    }
    return true;
}

bool org_reserved(struct bytes id)
{
    return same_ignoring_case(id, "public") || same_ignoring_case(id, "anonymous");
}

bool network_id_valid(struct bytes id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!(alphanumeric(id.ptr[i]) && !(id.ptr[i] >= 'A' && id.ptr[i] <= 'Z')) &&
            id.ptr[i] != '-')
            return false;
    return id.len >= 2 && id.len <= NETWORK_ID_MAX;
}

bool local_id_valid(struct bytes id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!alphanumeric(id.ptr[i]) && id.ptr[i] != '.' && id.ptr[i] != '_' &&
            id.ptr[i] != '-')
            return false;
    return id.len >= 1 && id.len <= LOCAL_ID_MAX;
}

static bool label_valid(struct bytes label)
{
    for (size_t i = 0; i < label.len; i++)
        if (!(alphanumeric(label.ptr[i]) &&
              !(label.ptr[i] >= 'A' && label.ptr[i] <= 'Z')) &&
            (label.ptr[i] != '-' || i == 0 || i + 1 == label.len))
            return false;
    return label.len >= 1 && label.len <= 63;
}

bool domain_valid(struct bytes domain)
{
    struct bytes rest = domain;
    size_t dot, labels = 1;

    if (domain.len > 253)
        return false;
    for (; bytes_find(rest, '.', &dot); labels++) {
        if (!label_valid(bytes_slice(rest, 0, dot)))
            return false;
        rest = bytes_slice(rest, dot + 1, rest.len);
    }
    return labels >= 2 && label_valid(rest);
}

bool org_id_vouched(struct bytes id, struct bytes *network)
{
    struct bytes rest;
    size_t dot;

    if (!bytes_starts(id, BYTES_LIT("XV.")))
        return false;
    rest = bytes_slice(id, 3, id.len);
    if (!bytes_find(rest, '.', &dot) || dot + 1 == rest.len)
        return false;
    *network = bytes_slice(rest, 0, dot);
    return network_id_valid(*network);
}

/* Ids are unique without regard to case, so "xv." is as much a network's as "XV.". */
bool org_id_valid(struct bytes id)
{
    struct bytes network;

    if (id.len == 0 || id.len > ORG_ID_MAX || !alphanumeric(id.ptr[0]) ||
        org_reserved(id) || id.ptr[id.len - 1] == ':')
        return false;
    for (size_t i = 1; i < id.len; i++)
        if (!alphanumeric(id.ptr[i]) && id.ptr[i] != '.' && id.ptr[i] != '_' &&
            id.ptr[i] != '/' && id.ptr[i] != '-' && id.ptr[i] != ':')
            return false;
    return !same_ignoring_case(bytes_slice(id, 0, 3), "xv.") ||
           org_id_vouched(id, &network);
}

bool subject_id_split(struct bytes id, struct bytes *org, struct bytes *local)
{
    size_t colon = id.len;

    while (colon > 0 && id.ptr[colon - 1] != ':')
        colon--;
    if (colon == 0)
        return false;
    *org = bytes_slice(id, 0, colon - 1);
    *local = bytes_slice(id, colon, id.len);
    return org_id_valid(*org) && local_id_valid(*local);
}

bool lang_valid(struct bytes lang)
{
    size_t part = 0, parts = 0;

    if (lang.len > 35) /* RFC 5646 4.4.1 */
        return false;
    for (size_t i = 0; i <= lang.len; i++) {
        uint8_t b = i < lang.len ? lang.ptr[i] : '-';

        if (b == '-') {
            if (part < (parts == 0 ? 2u : 1u) || part > 8)
                return false;
            parts++;
            part = 0;
        } else if (!alphanumeric(b) || (parts == 0 && b <= '9')) {
            return false;
        } else {
            part++;
        }
    }
    return true;
}

bool origin_valid(struct bytes origin)
{
    for (size_t i = 0; i < origin.len; i++)
        if (origin.ptr[i] <= ' ' || origin.ptr[i] >= 0x7f || origin.ptr[i] == '+')
            return false;
    return origin.len > 0 && origin.len <= ORIGIN_MAX &&
           !bytes_starts(origin, BYTES_LIT("avow/"));
}

enum status reference_parse(struct bytes text, struct reference *out)
{
    struct bytes rest;
    struct reference r;
    size_t slash;
    uint64_t n;

    if (!bytes_find(text, '/', &slash) ||
        decimal_parse(bytes_slice(text, 0, slash), &r.index) != STATUS_OK)
        return STATUS_MALFORMED;
    rest = bytes_slice(text, slash + 1, text.len);
    if (!bytes_find(rest, '/', &slash) ||
        decimal_parse(bytes_slice(rest, 0, slash), &n) != STATUS_OK || n < 1 ||
        n > RECORDS_MAX)
        return STATUS_MALFORMED;
    rest = bytes_slice(rest, slash + 1, rest.len);
    if (hex_decode(rest, r.statement, sizeof(r.statement)) != STATUS_OK)
        return STATUS_MALFORMED;
    r.n = (unsigned)n;
    *out = r;
    return STATUS_OK;
}

static enum status check(struct check *c, const json_t *value, bool valid,
                         const char *expected)
{
    if (!json_is_string(value))
        return field_refuse_type(c, "a string", value);
    if (valid)
        return STATUS_OK;
    return field_refuse(c, RULE_ID_FORM, "expected %s, found \"" BYTES_FMT "\"", expected,
                        BYTES_ARG(field_shown(json_bytes(value))));
}

enum status field_org(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return check(c, value, org_id_valid(json_bytes(value)),
                 "an organization's identifier such as \"XM-DAC-41302\"");
}

/* Individuals receive grants without being named; the crowd receives nothing. */
enum status field_recipient(struct check *c, const struct field *f, const json_t *value)
{
    if (bytes_eq_text(json_bytes(value), "anonymous"))
        return STATUS_OK;
    return field_org(c, f, value);
}

/* The crowd, and those who do not wish to be named, give; they do nothing else. */
enum status field_donor(struct check *c, const struct field *f, const json_t *value)
{
    if (bytes_eq_text(json_bytes(value), "public") ||
        bytes_eq_text(json_bytes(value), "anonymous"))
        return STATUS_OK;
    return field_org(c, f, value);
}

enum status field_domain(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return check(c, value, domain_valid(json_bytes(value)),
                 "a domain such as \"ilo.org\", in small letters");
}

enum status field_network(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return check(c, value, network_id_valid(json_bytes(value)),
                 "a network's identifier such as \"spiac-b\"");
}

enum status field_subject(struct check *c, const struct field *f, const json_t *value)
{
    struct bytes org, local;

    (void)f;
    return check(c, value, subject_id_split(json_bytes(value), &org, &local),
                 "ORG:LOCAL such as \"XM-DAC-41302:PL-0001\"");
}

enum status field_own_subject(struct check *c, const struct field *f, const json_t *value)
{
    struct bytes org, local;

    if (field_subject(c, f, value) != STATUS_OK)
        return STATUS_REFUSED;
    if (subject_id_split(json_bytes(value), &org, &local) && bytes_eq(org, c->ctx->org))
        return STATUS_OK;
    return field_refuse(c, RULE_ID_AUTHOR,
                        "expected an id that begins with the author's \"" BYTES_FMT
                        ":\", found \"" BYTES_FMT "\"",
                        BYTES_ARG(c->ctx->org),
                        BYTES_ARG(field_shown(json_bytes(value))));
}

enum status field_fund(struct check *c, const struct field *f, const json_t *value)
{
    struct bytes org, local;

    (void)f;
    return check(c, value,
                 org_id_valid(json_bytes(value)) ||
                     subject_id_split(json_bytes(value), &org, &local),
                 "an organization's identifier, or ORG:LOCAL of a fund window");
}

enum status field_local(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return check(c, value, local_id_valid(json_bytes(value)),
                 "1 to 64 letters, digits, dots, underscores, hyphens");
}

static enum status check_origin(struct check *c, const json_t *value)
{
    return check(c, value, origin_valid(json_bytes(value)), "a log's origin");
}

enum status field_origin(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    if (check_origin(c, value) != STATUS_OK)
        return STATUS_REFUSED;
    if (bytes_eq(json_bytes(value), c->ctx->log))
        return STATUS_OK;
    return field_refuse(c, RULE_FIELD_VALUE,
                        "expected the log of the header, found \"" BYTES_FMT "\"",
                        BYTES_ARG(field_shown(json_bytes(value))));
}

enum status field_other_origin(struct check *c, const struct field *f,
                               const json_t *value)
{
    (void)f;
    if (check_origin(c, value) != STATUS_OK)
        return STATUS_REFUSED;
    if (!bytes_eq(json_bytes(value), c->ctx->log))
        return STATUS_OK;
    return field_refuse(c, RULE_FIELD_VALUE,
                        "expected another log than this one, found \"" BYTES_FMT "\"",
                        BYTES_ARG(c->ctx->log));
}

enum status field_reference(struct check *c, const struct field *f, const json_t *value)
{
    struct reference r;

    (void)f;
    return check(c, value, reference_parse(json_bytes(value), &r) == STATUS_OK,
                 "<entry index>/<n>/<statement id>");
}

/* "pledge" stands for all kinds "pledge.…". */
static bool kinds_known(struct bytes name)
{
    enum kind exact;

    if (kind_find(name, &exact))
        return true;
    for (enum kind k = 0; k < KIND_COUNT; k++) {
        struct bytes known = bytes_of(kind_name(k));

        if (bytes_starts(known, name) && known.len > name.len && name.len > 0 &&
            known.ptr[name.len] == '.')
            return true;
    }
    return false;
}

/* A kind that we lack may be one of a later version: that is not the author's mistake. */
enum status field_kinds(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    if (!json_is_string(value))
        return field_refuse_type(c, "a string", value);
    if (kinds_known(json_bytes(value)))
        return STATUS_OK;
    return field_refuse(c, RULE_KIND_UNKNOWN,
                        "expected a kind, or its part before the dot, found \"" BYTES_FMT
                        "\"",
                        BYTES_ARG(field_shown(json_bytes(value))));
}
