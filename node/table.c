#include "node/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/shown.h"

#define GAP 2
#define LEAST 8 /* no column is cut below this */

/* Cells lie row by row in `text`, each ending at its `ends`. */
struct table {
    const char *heads[TABLE_COLUMNS_MAX];
    bool right[TABLE_COLUMNS_MAX];
    size_t columns;
    struct buf text;
    struct buf ends; /* size_t each */
    size_t cells;
};

struct table *table_new(const char *const heads[], size_t n)
{
    struct table *t = calloc(1, sizeof(*t));

    assert(n > 0 && n <= TABLE_COLUMNS_MAX);
    if (t == NULL)
        return NULL;
    t->columns = n;
    for (size_t i = 0; i < n; i++) {
        t->right[i] = heads[i][0] == '>';
        t->heads[i] = heads[i] + t->right[i];
    }
    return t;
}

void table_free(struct table *t)
{
    if (t == NULL)
        return;
    buf_clear(&t->text);
    buf_clear(&t->ends);
    free(t);
}

void table_cell(struct table *t, struct bytes text)
{
    shown_text(text, &t->text);
    buf_append(&t->ends, &t->text.len, sizeof(t->text.len));
    t->cells++;
}

void table_text(struct table *t, const char *text)
{
    table_cell(t, bytes_of(text));
}

void table_printf(struct table *t, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    table_text(t, text);
}

size_t table_rows(const struct table *t)
{
    return t->cells / t->columns;
}

/* Combining marks take no place, East Asian wide characters and emoji two. */
static size_t character_width(uint32_t c)
{
    if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) ||
        (c >= 0xfe00 && c <= 0xfe0f))
        return 0;
    if ((c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
        (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
        (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
        (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) ||
        (c >= 0x20000 && c <= 0x3fffd))
        return 2;
    return 1;
}

size_t table_display_width(struct bytes text)
{
    size_t width = 0;

    for (size_t at = 0; at < text.len;)
        width += character_width(utf8_next(text, &at));
    return width;
}

static struct bytes cell(const struct table *t, size_t i)
{
    const size_t *ends = (const size_t *)(const void *)t->ends.ptr;

    return bytes_slice(buf_bytes(&t->text), i > 0 ? ends[i - 1] : 0, ends[i]);
}

static void measure(const struct table *t, size_t widths[])
{
    for (size_t i = 0; i < t->columns; i++)
        widths[i] = table_display_width(bytes_of(t->heads[i]));
    for (size_t i = 0; i < t->cells; i++) {
        size_t w = table_display_width(cell(t, i)), *most = &widths[i % t->columns];

        if (w > *most)
            *most = w;
    }
}

/* The widest column gives way first. */
static void fit(size_t widths[], size_t n, size_t width)
{
    size_t sum = (n - 1) * GAP;

    for (size_t i = 0; i < n; i++)
        sum += widths[i];
    while (sum > width) {
        size_t widest = 0;

        for (size_t i = 1; i < n; i++)
            if (widths[i] > widths[widest])
                widest = i;
        if (widths[widest] <= LEAST)
            return;
        widths[widest]--;
        sum--;
    }
}

static void print_cell(struct bytes text, size_t width, bool right, bool last,
                       struct buf *out)
{
    size_t full = table_display_width(text), used = 0, at = 0;

    if (full <= width) {
        buf_printf(out, "%*s", right ? (int)(width - full) : 0, "");
        buf_add(out, text);
        buf_printf(out, "%*s", right || last ? 0 : (int)(width - full), "");
        return;
    }
    while (at < text.len) {
        size_t next = at, w = character_width(utf8_next(text, &next));

        if (used + w > width - 1)
            break;
        used += w;
        at = next;
    }
    buf_add(out, bytes_slice(text, 0, at));
    buf_text(out, "…");
    buf_printf(out, "%*s", last ? 0 : (int)(width - 1 - used), "");
}

/* A line whose last cells are empty ends where the text does. */
static void end_line(struct buf *out)
{
    struct bytes all = buf_bytes(out);

    while (all.len > 0 && all.ptr[all.len - 1] == ' ')
        all.len--;
    buf_truncate(out, all.len);
    buf_text(out, "\n");
}

void table_print(const struct table *t, size_t width, bool colour, struct buf *out)
{
    size_t widths[TABLE_COLUMNS_MAX];

    out->bad |= t->text.bad || t->ends.bad;
    if (out->bad)
        return;
    measure(t, widths);
    if (width > 0)
        fit(widths, t->columns, width);
    for (size_t row = 0; row <= table_rows(t); row++) {
        if (row == 0 && colour)
            buf_text(out, "\033[1m");
        for (size_t i = 0; i < t->columns; i++) {
            bool last = i + 1 == t->columns;
            struct bytes text =
                row == 0 ? bytes_of(t->heads[i]) : cell(t, (row - 1) * t->columns + i);

            print_cell(text, widths[i], t->right[i], last, out);
            if (!last)
                buf_printf(out, "%*s", GAP, "");
        }
        if (row == 0 && colour)
            buf_text(out, "\033[0m");
        end_line(out);
    }
}

size_t table_terminal_width(void)
{
    struct winsize size;

    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}
