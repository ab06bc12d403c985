#include "node/records.h"

#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "node/output.h"
#include "record/json.h"

/* A file of many statements' worth of records. */
#define FILE_MAX (64 * 1024 * 1024)
#define STATEMENT_BEGIN "avow/statement/"

static struct bytes trimmed(struct bytes line)
{
    while (line.len > 0 && strchr(" \t\r\n", line.ptr[0]) != NULL)
        line = bytes_slice(line, 1, line.len);
    while (line.len > 0 && strchr(" \t\r\n", line.ptr[line.len - 1]) != NULL)
        line.len--;
    return line;
}

static enum status add(struct records *r, struct bytes line)
{
    if ((r->n & (r->n - 1)) == 0) { /* room doubles at powers of two */
        struct bytes *more =
            reallocarray(r->lines, r->n > 0 ? r->n * 2 : 1, sizeof(*more));

        if (more == NULL)
            return STATUS_NOMEM;
        r->lines = more;
    }
    r->lines[r->n++] = line;
    return STATUS_OK;
}

/* Records of a JSON value, printed compactly, members in the order in which they stand.
 */
static enum status take_values(struct records *r, const json_t *whole)
{
    size_t n = json_is_array(whole) ? json_array_size(whole) : 1;
    struct reader lines;
    enum status st;

    for (size_t i = 0; i < n; i++) {
        json_print(json_is_array(whole) ? json_array_get(whole, i) : whole, &r->text);
        buf_u8(&r->text, '\n');
    }
    st = buf_status(&r->text);
    lines = reader_of(buf_bytes(&r->text));
    while (st == STATUS_OK && lines.len > 0)
        st = add(r, reader_line(&lines));
    return st;
}

/* Where the object that the text begins with ends; 0: it does not. */
static size_t object_end(struct bytes text)
{
    size_t depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == '}' || c == ']') && (depth == 0 || --depth == 0))
            return i + 1;
    }
    return 0;
}

/* Objects one after the other, of which one takes several lines. */
static bool spans_lines(struct bytes text)
{
    while (text.len > 0 && text.ptr[0] == '{') {
        size_t end = object_end(text), newline;
        struct bytes object = bytes_slice(text, 0, end);
        json_t *json = NULL;

        if (end == 0)
            return false;
        if (bytes_find(object, '\n', &newline)) {
            bool whole = json_parse(object, &json) == STATUS_OK;

            json_decref(json);
            return whole;
        }
        text = trimmed(bytes_slice(text, end, text.len));
    }
    return false;
}

/* One object a line, kept as it stands. A line that is no JSON is left to the check of
 * the statement, which knows better words. */
static enum status take_lines(struct records *r, struct bytes text)
{
    enum status st = STATUS_OK;

    while (st == STATUS_OK && text.len > 0) {
        size_t end = text.len;
        struct bytes line;

        bytes_find(text, '\n', &end);
        line = trimmed(bytes_slice(text, 0, end));
        if (line.len > 0)
            st = add(r, line);
        text = bytes_slice(text, end + 1, text.len);
    }
    return st;
}

static enum status take(struct records *r, const char *path)
{
    struct bytes text = buf_bytes(&r->file), begun = trimmed(text);
    char told[JSON_ERROR_MAX] = "line 1: expected an object or an array";
    json_t *whole = NULL;
    enum status st;

    if (bytes_starts(text, BYTES_LIT(STATEMENT_BEGIN))) {
        r->statement = true;
        return STATUS_OK;
    }
    if (begun.len == 0) {
        say_error("%s: holds no record", path);
        return STATUS_REFUSED;
    }
    /* With what stands before it, so that lines are counted from the first. */
    st = json_parse_told(text, &whole, told);
    if (st == STATUS_OK && !json_is_object(whole) && !json_is_array(whole))
        st = STATUS_MALFORMED;
    if (st == STATUS_OK) {
        st = take_values(r, whole);
    } else if (spans_lines(begun)) {
        say_error("%s: it holds several records that take several lines each", path);
        say_hint("put them in an array, or one a line");
        return STATUS_REFUSED;
    } else if (begun.ptr[0] == '{') {
        st = take_lines(r, text);
    }
    json_decref(whole);
    if (st == STATUS_MALFORMED) {
        say_error("%s: not JSON: %s", path, told);
        say_hint("a record is a JSON object such as {\"is\":\"pledge.made\",…}; a file "
                 "holds one, an array of them, or one a line");
        st = STATUS_REFUSED;
    } else if (st == STATUS_OK && r->n == 0) {
        say_error("%s: holds no record", path);
        st = STATUS_REFUSED;
    }
    return st;
}

enum status records_read(const char *path, struct records *out)
{
    enum status st;

    *out = (struct records){ 0 };
    st = input_text(path, FILE_MAX, &out->file);
    if (st == STATUS_OK)
        st = take(out, path);
    if (st != STATUS_OK)
        records_clear(out);
    return st;
}

void records_clear(struct records *r)
{
    buf_clear(&r->file);
    buf_clear(&r->text);
    free(r->lines);
    *r = (struct records){ 0 };
}
