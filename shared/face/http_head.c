#include "face/http_head.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "face/query.h"

/* --- characters ------------------------------------------------------------------- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 9110 5.6.2 */
static bool is_token(uint8_t c)
{
    return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* RFC 9110 5.5: visible, blank, or beyond ASCII. */
static bool is_value(uint8_t c)
{
    return c == '\t' || (c >= ' ' && c != 0x7f);
}

static bool is_host(uint8_t c)
{
    return is_alnum(c) || (c != '\0' && strchr("-._~%!$&'()*+,;=:[]", c) != NULL);
}

static bool all(struct bytes b, bool (*is)(uint8_t))
{
    for (size_t i = 0; i < b.len; i++)
        if (!is(b.ptr[i]))
            return false;
    return true;
}

static int hex_value(uint8_t c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that stands at `*at`, which moves behind it; -1: a bad escape. */
static int escaped(struct bytes b, size_t *at)
{
    size_t i = *at;
    int high, low;

    if (b.ptr[i] != '%') {
        (*at)++;
        return b.ptr[i];
    }
    if (b.len - i < 3)
        return -1;
    high = hex_value(b.ptr[i + 1]);
    low = hex_value(b.ptr[i + 2]);
    *at += 3;
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static struct bytes trim(struct bytes b)
{
    while (b.len > 0 && (b.ptr[0] == ' ' || b.ptr[0] == '\t'))
        b = bytes_slice(b, 1, b.len);
    while (b.len > 0 && (b.ptr[b.len - 1] == ' ' || b.ptr[b.len - 1] == '\t'))
        b = bytes_slice(b, 0, b.len - 1);
    return b;
}

static bool same_word(struct bytes b, const char *word)
{
    return b.len == strlen(word) && strncasecmp((const char *)b.ptr, word, b.len) == 0;
}

/* --- faults ----------------------------------------------------------------------- */

static bool fault(struct http_fault *f, unsigned status, const char *type,
                  const char *title, const char *detail)
{
    *f = (struct http_fault){ status, type, title, detail };
    return false;
}

static bool malformed(struct http_fault *f, const char *detail)
{
    return fault(f, 400, "request.form", "Not an HTTP request", detail);
}

static bool bad_target(struct http_fault *f, const char *detail)
{
    return fault(f, 400, "request.target", "Not an address here", detail);
}

static bool bad_host(struct http_fault *f, const char *detail)
{
    return fault(f, 400, "request.host", "The request names no host", detail);
}

/* --- the start line --------------------------------------------------------------- */

static bool take_version(struct bytes version, struct http_head *out,
                         struct http_fault *f)
{
    if (version.len != 8 || !bytes_starts(version, BYTES_LIT("HTTP/")) ||
        !is_digit(version.ptr[5]) || version.ptr[6] != '.' || !is_digit(version.ptr[7]))
        return malformed(f, "the first line is METHOD TARGET HTTP/1.1");
    if (version.ptr[5] != '1')
        return fault(f, 505, "request.version", "This version of HTTP is not spoken here",
                     "the server speaks HTTP/1.1");
    out->minor = version.ptr[7] - (unsigned)'0';
    return true;
}

static bool check_escapes(struct bytes b, struct http_fault *f)
{
    for (size_t i = 0; i < b.len;) {
        uint8_t c = b.ptr[i];
        int byte = escaped(b, &i);

        if (c <= ' ' || c == 0x7f || c == '#')
            return bad_target(f, "the target has a character that must be encoded");
        if (byte < 0)
            return bad_target(f, "a % is not followed by two hexadecimal digits");
    }
    return true;
}

/* RFC 9112 3.2: also with scheme and host in front, or "*" of OPTIONS. */
static bool take_target(struct bytes target, struct http_head *out, struct http_fault *f)
{
    size_t at;

    if (!check_escapes(target, f))
        return false;
    if ((target.len > 7 && strncasecmp((const char *)target.ptr, "http://", 7) == 0) ||
        (target.len > 8 && strncasecmp((const char *)target.ptr, "https://", 8) == 0)) {
        target = bytes_slice(target, target.ptr[4] == ':' ? 7 : 8, target.len);
        for (at = 0; at < target.len && target.ptr[at] != '/' && target.ptr[at] != '?';)
            at++;
        target = bytes_slice(target, at, target.len);
    } else if (target.len == 0 || (target.ptr[0] != '/' && !bytes_eq_text(target, "*") &&
                                   !bytes_eq_text(out->method, "CONNECT"))) {
        return bad_target(f, "the target begins with a slash");
    }
    at = target.len;
    bytes_find(target, '?', &at);
    out->path = bytes_slice(target, 0, at);
    out->query = bytes_slice(target, at + 1, target.len);
    if (out->path.len == 0)
        out->path = BYTES_LIT("/");
    return true;
}

static bool take_start(struct bytes line, struct http_head *out, struct http_fault *f)
{
    size_t first, second;

    if (line.len > HTTP_TARGET_MAX + HTTP_METHOD_MAX)
        return fault(f, 414, "request.size", "The address is too long",
                     "the first line of a request is at most 8,192 bytes");
    if (!bytes_find(line, ' ', &first) || first == 0 || first > HTTP_METHOD_MAX ||
        !all(bytes_slice(line, 0, first), is_token))
        return malformed(f, "the first line is METHOD TARGET HTTP/1.1");
    out->method = bytes_slice(line, 0, first);
    line = bytes_slice(line, first + 1, line.len);
    if (!bytes_find(line, ' ', &second))
        return malformed(f, "the first line is METHOD TARGET HTTP/1.1");
    return take_version(bytes_slice(line, second + 1, line.len), out, f) &&
           take_target(bytes_slice(line, 0, second), out, f);
}

/* --- fields ----------------------------------------------------------------------- */

static bool take_field(struct bytes line, struct http_head *out, struct http_fault *f)
{
    struct http_field *field;
    size_t colon;

    if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
        return malformed(f, "a header field goes on in another line");
    if (!bytes_find(line, ':', &colon) || colon == 0 ||
        !all(bytes_slice(line, 0, colon), is_token))
        return malformed(f, "a header field is NAME: VALUE");
    if (out->n == HTTP_FIELDS_MAX)
        return fault(f, 431, "request.size", "Too many header fields",
                     "a request has at most 100 header fields");
    field = &out->fields[out->n++];
    field->name = bytes_slice(line, 0, colon);
    field->value = trim(bytes_slice(line, colon + 1, line.len));
    if (!all(field->value, is_value))
        return malformed(f, "a header field has a control character");
    return true;
}

static bool check_host(const struct http_head *h, struct http_fault *f)
{
    size_t n = http_head_count(h, "host");

    if (n > 1)
        return bad_host(f, "there is more than one Host field");
    if (n == 0 && h->minor > 0)
        return bad_host(f, "a request by HTTP/1.1 has a Host field");
    if (!all(http_head_first(h, "host"), is_host))
        return bad_host(f, "Host is a name and perhaps a port");
    return true;
}

/* RFC 9112 6.3 */
static bool take_length(struct http_head *h, struct http_fault *f)
{
    for (size_t i = 0; i < h->n; i++) {
        uint64_t n;

        if (!same_word(h->fields[i].name, "content-length"))
            continue;
        if (decimal_parse(h->fields[i].value, &n) != STATUS_OK ||
            (h->has_length && n != h->length))
            return malformed(f, "Content-Length is one whole number");
        h->has_length = true;
        h->length = n;
    }
    h->coded = http_head_count(h, "transfer-encoding") > 0;
    if (h->coded && h->has_length)
        return malformed(f, "a body has a Content-Length or a Transfer-Encoding");
    return true;
}

static bool take_fields(struct bytes text, struct http_head *out, struct http_fault *f)
{
    struct reader r = reader_of(text);

    while (r.len > 0) {
        struct bytes line = reader_line(&r);

        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line = bytes_slice(line, 0, line.len - 1);
        if (line.len > 0 && !take_field(line, out, f))
            return false;
    }
    return check_host(out, f) && take_length(out, f);
}

/* --- the whole -------------------------------------------------------------------- */

/* Behind the empty line; 0: it did not come yet. Lines end in CR LF or LF. */
static size_t end_of_head(struct bytes text, size_t *scanned)
{
    for (size_t i = *scanned; i < text.len; i++) {
        if (text.ptr[i] != '\n')
            continue;
        if ((i >= 1 && text.ptr[i - 1] == '\n') ||
            (i >= 2 && text.ptr[i - 1] == '\r' && text.ptr[i - 2] == '\n'))
            return i + 1;
    }
    *scanned = text.len;
    return 0;
}

/* Empty lines ahead of a request are left behind by some clients. */
static size_t blank_ahead(struct bytes text)
{
    size_t i = 0;

    while (i < text.len && i < 4 && (text.ptr[i] == '\r' || text.ptr[i] == '\n'))
        i++;
    return i;
}

static bool whole(struct bytes text, struct http_head *out, struct http_fault *f)
{
    size_t end = 0;

    bytes_find(text, '\n', &end);
    out->keep = false;
    if (!take_start(
            bytes_slice(text, 0, end > 0 && text.ptr[end - 1] == '\r' ? end - 1 : end),
            out, f) ||
        !take_fields(bytes_slice(text, end + 1, text.len), out, f))
        return false;
    out->keep = out->minor > 0 ? !http_head_lists(out, "connection", "close")
                               : http_head_lists(out, "connection", "keep-alive");
    return true;
}

enum http_head_result http_head_parse(struct bytes text, size_t *scanned,
                                      struct http_head *out, struct http_fault *f)
{
    size_t skip = blank_ahead(text), end, line;

    assert(*scanned <= text.len);
    if (text.len > skip && !is_token(text.ptr[skip])) {
        malformed(f, "the first line is METHOD TARGET HTTP/1.1");
        return HTTP_HEAD_FAULT;
    }
    if (*scanned < skip)
        *scanned = skip;
    end = end_of_head(text, scanned);
    if (end > HTTP_HEAD_MAX || (end == 0 && text.len >= HTTP_HEAD_MAX)) {
        if (bytes_find(text, '\n', &line) && line < HTTP_TARGET_MAX + HTTP_METHOD_MAX)
            fault(f, 431, "request.size", "The header is too large",
                  "a request's header is at most 16,384 bytes");
        else
            fault(f, 414, "request.size", "The address is too long",
                  "the first line of a request is at most 8,192 bytes");
        return HTTP_HEAD_FAULT;
    }
    if (end == 0)
        return HTTP_HEAD_MORE;
    *out = (struct http_head){ .len = end };
    return whole(bytes_slice(text, skip, end), out, f) ? HTTP_HEAD_TAKEN
                                                       : HTTP_HEAD_FAULT;
}

void http_head_get(const struct http_head *h, const char *name, struct buf *out)
{
    bool another = false;

    for (size_t i = 0; i < h->n; i++) {
        if (!same_word(h->fields[i].name, name))
            continue;
        if (another)
            buf_text(out, ", ");
        buf_add(out, h->fields[i].value);
        another = true;
    }
}

size_t http_head_count(const struct http_head *h, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < h->n; i++)
        n += same_word(h->fields[i].name, name);
    return n;
}

struct bytes http_head_first(const struct http_head *h, const char *name)
{
    for (size_t i = 0; i < h->n; i++)
        if (same_word(h->fields[i].name, name))
            return h->fields[i].value;
    return (struct bytes){ 0 };
}

bool http_head_lists(const struct http_head *h, const char *name, const char *token)
{
    for (size_t i = 0; i < h->n; i++) {
        struct bytes rest = h->fields[i].value;

        while (same_word(h->fields[i].name, name) && rest.len > 0) {
            size_t comma = rest.len;

            bytes_find(rest, ',', &comma);
            if (same_word(trim(bytes_slice(rest, 0, comma)), token))
                return true;
            rest = bytes_slice(rest, comma + 1, rest.len);
        }
    }
    return false;
}

void http_path_normal(struct bytes path, struct buf *out)
{
    for (size_t i = 0; i < path.len;) {
        bool slash = path.ptr[i] == '/';
        int value = escaped(path, &i);
        uint8_t byte = (uint8_t)value;

        assert(value >= 0);
        if (slash)
            buf_u8(out, '/');
        else
            query_encode_segment((struct bytes){ &byte, 1 }, out);
    }
}
