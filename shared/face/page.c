#include "face/page.h"

#include <string.h>

#include "record/json.h"

#include "page_data.h"

const struct page_asset *page_asset_find(struct bytes name)
{
    for (size_t i = 0; i < sizeof(page_assets) / sizeof(page_assets[0]); i++) {
        if (bytes_eq_text(name, page_assets[i].name))
            return &page_assets[i];
    }
    return NULL;
}

static void escape(struct bytes text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '&':
            buf_text(out, "&amp;");
            break;
        case '<':
            buf_text(out, "&lt;");
            break;
        case '>':
            buf_text(out, "&gt;");
            break;
        case '"':
            buf_text(out, "&quot;");
            break;
        case '\'':
            buf_text(out, "&#39;");
            break;
        default:
            buf_u8(out, text.ptr[i]);
        }
    }
}

static void add_row(struct buf *out, const char *name, struct bytes value)
{
    if (value.len == 0)
        return;
    buf_printf(out, "<dt>%s</dt><dd>", name);
    escape(value, out);
    buf_text(out, "</dd>\n");
}

/* Where the proof of its entry is, and the entry itself. */
static void add_proof(const json_t *links, struct buf *out)
{
    buf_text(out, "<dt>Proof</dt><dd><a href=\"");
    escape(json_member(links, "proof"), out);
    buf_text(out, "\">that it is in the log</a> · <a href=\"");
    escape(json_member(links, "entries"), out);
    buf_text(out, "\">the signed statement</a></dd>\n");
}

static void add_record(const json_t *record, struct buf *out)
{
    struct buf json = { 0 };

    buf_text(out, "<article class=\"record\"><h1>");
    escape(json_member(record, "text"), out);
    buf_text(out, "</h1>\n<dl>\n");
    add_row(out, "Stated by", json_member(record, "org_name"));
    add_row(out, "Identifier", json_member(record, "org"));
    add_row(out, "At", json_member(record, "at"));
    add_row(out, "Kind", json_member(record, "is"));
    add_row(out, "Reference", json_member(record, "reference"));
    add_proof(json_object_get(record, "links"), out);
    buf_text(out, "</dl>\n<pre>");
    json_print_pretty(json_object_get(record, "record"), &json);
    escape(buf_bytes(&json), out);
    if (json.bad)
        out->bad = true;
    buf_text(out, "</pre></article>\n");
    buf_clear(&json);
}

enum status page_record(const json_t *record, struct buf *out)
{
    static const char mark[] = "<!-- record -->";
    const struct page_asset *shell = page_asset_find(BYTES_LIT("index.html"));
    const uint8_t *at = memmem(shell->data, shell->len, mark, sizeof(mark) - 1);
    size_t before = at != NULL ? (size_t)(at - shell->data) : shell->len;

    buf_append(out, shell->data, before);
    add_record(record, out);
    buf_append(out, shell->data + before, shell->len - before);
    return buf_status(out);
}
