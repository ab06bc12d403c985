#include "face/accept.h"

#include <string.h>
#include <strings.h>

static struct bytes trim(struct bytes b)
{
    while (b.len > 0 && (b.ptr[0] == ' ' || b.ptr[0] == '\t'))
        b = bytes_slice(b, 1, b.len);
    while (b.len > 0 && (b.ptr[b.len - 1] == ' ' || b.ptr[b.len - 1] == '\t'))
        b = bytes_slice(b, 0, b.len - 1);
    return b;
}

/* What stands ahead of `end`, trimmed, is cut off `*rest`. */
static struct bytes take_until(struct bytes *rest, uint8_t end)
{
    struct bytes part;
    size_t at = rest->len;

    bytes_find(*rest, end, &at);
    part = trim(bytes_slice(*rest, 0, at));
    *rest = bytes_slice(*rest, at + 1, rest->len);
    return part;
}

/* RFC 9110 12.4.2: "0.5", "1", "0.333", "1.000". What is no weight counts as none. */
static unsigned weight_of(struct bytes text)
{
    unsigned n, scale = 100;

    if (text.len == 0 || text.len > 5 || (text.ptr[0] != '0' && text.ptr[0] != '1') ||
        (text.len > 1 && text.ptr[1] != '.'))
        return 0;
    n = text.ptr[0] == '1' ? 1000 : 0;
    for (size_t i = 2; i < text.len; i++, scale /= 10) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return 0;
        n += scale * (text.ptr[i] - (unsigned)'0');
    }
    return n > 1000 ? 1000 : n;
}

static unsigned weight_in(struct bytes parameters)
{
    while (parameters.len > 0) {
        struct bytes p = take_until(&parameters, ';');

        if (p.len >= 2 && (p.ptr[0] | 0x20) == 'q' && p.ptr[1] == '=')
            return weight_of(bytes_slice(p, 2, p.len));
    }
    return 1000;
}

static bool same_word(struct bytes b, const char *word, size_t len)
{
    return b.len == len && strncasecmp((const char *)b.ptr, word, len) == 0;
}

/* How exactly a range says the name: 3 itself, 2 its family, 1 anything, 0 not. */
static unsigned closeness(struct bytes range, const char *name)
{
    const char *slash = strchr(name, '/');
    size_t family = slash != NULL ? (size_t)(slash - name) + 1 : 0;

    if (same_word(range, name, strlen(name)))
        return 3;
    if (slash == NULL)
        return bytes_eq_text(range, "*") ? 1 : 0;
    if (bytes_eq_text(range, "*/*"))
        return 1;
    return range.len == family + 1 && range.ptr[family] == '*' &&
                   same_word(bytes_slice(range, 0, family), name, family)
               ? 2
               : 0;
}

static struct accept closest(struct bytes header, const char *name)
{
    struct accept found = { 0 };
    unsigned best = 0;

    for (size_t at = 0; header.len > 0; at++) {
        struct bytes element = take_until(&header, ',');
        struct bytes range = take_until(&element, ';');
        unsigned close = closeness(range, name);

        if (close <= best)
            continue;
        best = close;
        found = (struct accept){ weight_in(element), close == 3, at };
    }
    return found;
}

struct accept accept_media(struct bytes header, const char *type)
{
    if (trim(header).len == 0)
        return (struct accept){ .thousandths = 1000 };
    return closest(header, type);
}

struct accept accept_coding(struct bytes header, const char *coding)
{
    return closest(header, coding);
}
