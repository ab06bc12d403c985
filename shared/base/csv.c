#include "base/csv.h"

#include <string.h>

static bool at(const struct csv *c, uint8_t byte)
{
    return c->rest.len > 0 && c->rest.ptr[0] == byte;
}

static uint8_t take(struct csv *c)
{
    uint8_t byte = c->rest.ptr[0];

    c->rest = bytes_slice(c->rest, 1, c->rest.len);
    if (byte == '\n')
        c->line++;
    return byte;
}

static bool at_line_end(const struct csv *c)
{
    return c->rest.len == 0 || at(c, '\n') ||
           (at(c, '\r') && (c->rest.len == 1 || c->rest.ptr[1] == '\n'));
}

static void take_line_end(struct csv *c)
{
    if (at(c, '\r'))
        (void)take(c);
    if (at(c, '\n'))
        (void)take(c);
}

/* Semicolons where a comma is the decimal point; tabs from a copied range. */
static uint8_t find_separator(struct bytes file)
{
    size_t end = file.len, found;
    struct bytes line;

    (void)bytes_find(file, '\n', &end);
    line = bytes_slice(file, 0, end);
    if (bytes_find(line, ',', &found))
        return ',';
    if (bytes_find(line, ';', &found))
        return ';';
    return bytes_find(line, '\t', &found) ? '\t' : ',';
}

void csv_open(struct csv *c, struct bytes file)
{
    if (bytes_starts(file, BYTES_LIT("\xef\xbb\xbf")))
        file = bytes_slice(file, 3, file.len);
    memset(c, 0, sizeof(*c));
    c->rest = file;
    c->line = 1;
    c->separator = find_separator(file);
}

static enum status wrong(struct csv *c, const char *error)
{
    c->at_line = c->line;
    c->column = (unsigned)c->n + 1;
    c->error = error;
    return STATUS_MALFORMED;
}

static enum status quoted_cell(struct csv *c)
{
    unsigned begun = c->line;

    (void)take(c);
    for (;;) {
        if (c->rest.len == 0) {
            c->line = begun;
            return wrong(c, "a quotation mark is not closed");
        }
        if (at(c, '"')) {
            (void)take(c);
            if (!at(c, '"'))
                break;
        }
        if (at(c, '\0'))
            return wrong(c, "a NUL character");
        buf_u8(&c->text, take(c));
    }
    if (at_line_end(c) || at(c, c->separator))
        return STATUS_OK;
    return wrong(c, "text behind a closing quotation mark");
}

static enum status plain_cell(struct csv *c)
{
    while (!at_line_end(c) && !at(c, c->separator)) {
        if (at(c, '"'))
            return wrong(c,
                         "a quotation mark within a cell that does not begin with one");
        if (at(c, '\0'))
            return wrong(c, "a NUL character");
        buf_u8(&c->text, take(c));
    }
    return STATUS_OK;
}

static enum status cells(struct csv *c)
{
    enum status st;

    for (;;) {
        if (c->n == CSV_CELLS_MAX)
            return wrong(c, "too many columns");
        st = at(c, '"') ? quoted_cell(c) : plain_cell(c);
        if (st != STATUS_OK)
            return st;
        buf_u8(&c->text, '\0');
        c->n++;
        if (at_line_end(c))
            break;
        (void)take(c);
    }
    take_line_end(c);
    return buf_status(&c->text);
}

enum status csv_next(struct csv *c)
{
    const char *cell;
    enum status st;

    while (c->rest.len > 0 && at_line_end(c))
        take_line_end(c);
    if (c->rest.len == 0)
        return STATUS_NOT_FOUND;
    buf_reset(&c->text);
    c->n = 0;
    c->at_line = c->line;
    st = cells(c);
    if (st != STATUS_OK)
        return st;
    cell = buf_str(&c->text); /* it no longer grows */
    for (size_t i = 0; i < c->n; i++) {
        c->cells[i] = cell;
        cell += strlen(cell) + 1;
    }
    return STATUS_OK;
}

void csv_close(struct csv *c)
{
    buf_clear(&c->text);
}

bool csv_is_formula(struct bytes text)
{
    static const char *const first[] = { "=",  "+",  "-",  "@",  "\t",
                                         "\r", "＝", "＋", "－", "＠" };

    while (text.len > 0 && text.ptr[0] == '\'')
        text = bytes_slice(text, 1, text.len);
    for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
        if (bytes_starts(text, bytes_of(first[i])))
            return true;
    }
    return false;
}

const char *csv_undefused(const char *cell)
{
    return cell[0] == '\'' && csv_is_formula(bytes_of(cell + 1)) ? cell + 1 : cell;
}
