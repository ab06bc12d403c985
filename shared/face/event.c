#include "face/event.h"
#include "ledger/rows.h"

#include <stdlib.h>
#include <string.h>

#include "face/entry.h"
#include "record/json.h"

/* While the records are read, only what the filter needs is kept of each. */
struct scan {
    const struct filter *f;
    uint64_t to;
    const struct events_limit *limit;
    unsigned align;
    struct names *names; /* or NULL */
    struct event *events;
    size_t n, room;
    uint64_t seen;    /* records */
    uint64_t index;   /* of the last one seen */
    uint64_t reached; /* set when `full` */
    bool full;
};

static enum status keep(struct scan *scan, const struct store_record *r, json_t *facets)
{
    struct event *e;

    if (scan->n == scan->room) {
        size_t room = scan->room > 0 ? scan->room * 2 : 64;
        struct event *more = reallocarray(scan->events, room, sizeof(*more));

        if (more == NULL)
            return STATUS_NOMEM;
        scan->events = more;
        scan->room = room;
    }
    e = &scan->events[scan->n];
    memset(e, 0, sizeof(*e));
    if (r->is.len >= sizeof(e->is))
        return STATUS_ALTERED;
    memcpy(e->is, r->is.ptr, r->is.len);
    e->index = RECORD_INDEX(r->number);
    e->n = RECORD_N(r->number);
    e->subject = r->subject;
    e->facets = json_incref(facets);
    scan->n++;
    return STATUS_OK;
}

/* Before the entry `index`. */
static bool enough(const struct scan *scan, uint64_t index)
{
    const struct events_limit *l = scan->limit;

    if (scan->seen >= l->scanned)
        return true;
    if (scan->n < l->events)
        return false;
    return index % scan->align == 0 || scan->n / 8 >= l->events;
}

/* STATUS_EXISTS ends the reading of records. */
static enum status look_at(void *ctx, const struct store_record *r)
{
    struct scan *scan = ctx;
    uint64_t index = RECORD_INDEX(r->number);
    json_t *facets;
    enum status st = STATUS_OK;

    if (index >= scan->to)
        return STATUS_EXISTS;
    if (scan->seen > 0 && index != scan->index && enough(scan, index)) {
        scan->full = true;
        scan->reached = index;
        return STATUS_EXISTS;
    }
    scan->index = index;
    scan->seen++;
    if (json_parse(r->facets, &facets) != STATUS_OK)
        return STATUS_ALTERED;
    if (scan->f == NULL || filter_match(scan->f, r->is, facets))
        st = keep(scan, r, facets);
    json_decref(facets);
    return st;
}

static void add_string(struct buf *out, const char *name, struct bytes text)
{
    json_t *string = json_of(text);

    buf_printf(out, ",\"%s\":", name);
    if (string == NULL)
        out->bad = true;
    else
        json_print(string, out);
    json_decref(string);
}

static void add_list(struct buf *out, const char *name, const json_t *list)
{
    buf_printf(out, ",\"%s\":", name);
    if (json_is_array(list))
        json_print(list, out);
    else
        buf_text(out, "[]");
}

/* What the record is about: its subject, or the organization or network that it names. */
static struct bytes subject_of(const json_t *record)
{
    static const char *const members[] = { "id", "org", "network", "origin" };
    struct bytes found = { 0 };

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && found.len == 0; i++)
        found = json_member(record, members[i]);
    return found;
}

/* What is said of a record is about that one's subject. */
static enum status add_id(struct event *ev, const json_t *record, struct names *names)
{
    struct buf value = { 0 };
    struct bytes id = subject_of(record);
    json_t *row = NULL;
    enum status st = STATUS_OK;

    if (id.len == 0 && ev->subject != RECORD_NONE) {
        st = store_row_get(names_store(names), STORE_SUBJECT, ev->subject, NULL, &value);
        if (st == STATUS_OK)
            st = rows_parse(buf_bytes(&value), &row);
        id = json_member(row, "id");
    }
    add_string(&ev->json, "id", id);
    json_decref(row);
    buf_clear(&value);
    return st;
}

static enum status describe(struct event *ev, const struct entry *e, struct names *names)
{
    struct buf *out = &ev->json;
    struct buf text = { 0 };
    json_t *record;
    enum status st = entry_record(e, ev->n, &record);

    if (st != STATUS_OK)
        return st;
    st = event_sentence(names, ev->is, record, entry_author(e), &text);
    buf_printf(out, "{\"index\":%llu,\"n\":%u", (unsigned long long)ev->index, ev->n);
    add_string(out, "at", entry_at(e));
    add_string(out, "org", entry_author(e));
    add_string(out, "is", bytes_of(ev->is));
    if (st == STATUS_OK)
        st = add_id(ev, record, names);
    add_list(out, "networks", json_object_get(ev->facets, "networks"));
    add_list(out, "countries", json_object_get(ev->facets, "countries"));
    add_string(out, "text", buf_bytes(&text));
    buf_text(out, ",\"record\":");
    buf_add(out, e->records[ev->n - 1]);
    buf_text(out, "}");
    buf_clear(&text);
    json_decref(record);
    return st == STATUS_OK ? buf_status(out) : st;
}

static bool renames(const struct event *ev)
{
    return strncmp(ev->is, "organization.", 13) == 0 ||
           strncmp(ev->is, "network.", 8) == 0;
}

/* What is remembered of earlier entries and may have changed in these is forgotten. */
static enum status fresh_names(struct store *s, struct scan *scan, struct names **own)
{
    if (scan->names == NULL) {
        enum status st = names_new(s, (struct bytes){ 0 }, own);

        scan->names = *own;
        return st;
    }
    names_forget_subjects(scan->names);
    for (size_t i = 0; i < scan->n; i++) {
        if (renames(&scan->events[i])) {
            names_forget(scan->names);
            break;
        }
    }
    return STATUS_OK;
}

/* Those that do not fit are dropped, whole entries of them, from the end. */
static enum status describe_all(struct store *s, struct scan *scan)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    struct names *own = NULL;
    enum status st = entry != NULL ? STATUS_OK : STATUS_NOMEM;
    size_t bytes = 0, i;

    if (st == STATUS_OK)
        st = fresh_names(s, scan, &own);
    for (i = 0; st == STATUS_OK && i < scan->n; i++) {
        struct event *ev = &scan->events[i];

        if (i == 0 || ev->index != entry->index) {
            if (i > 0 && bytes >= scan->limit->bytes) {
                scan->reached = ev->index;
                break;
            }
            st = entry_read(s, ev->index, entry);
        }
        if (st == STATUS_OK)
            st = describe(ev, entry, scan->names);
        bytes += ev->json.len;
    }
    if (st == STATUS_OK) {
        for (size_t j = i; j < scan->n; j++)
            json_decref(scan->events[j].facets);
        scan->n = i;
    }
    names_free(own);
    if (entry != NULL)
        entry_clear(entry);
    free(entry);
    return st;
}

static enum status run(struct store *s, struct scan *scan, uint64_t from)
{
    enum status st = store_records(s, RECORD_NUMBER(from, 1), UINT64_MAX, look_at, scan);

    if (st == STATUS_EXISTS)
        st = STATUS_OK;
    if (st == STATUS_OK)
        st = describe_all(s, scan);
    if (st != STATUS_OK)
        events_free(scan->events, scan->n);
    return st;
}

enum status events_scan_aligned(struct store *s, const struct filter *f, uint64_t from,
                                uint64_t to, const struct events_limit *limit,
                                unsigned align, struct event **events, size_t *n,
                                uint64_t *reached)
{
    struct scan scan = { .to = to, .limit = limit, .align = align, .reached = to };
    enum status st;

    if (f != NULL && !filter_empty(f))
        scan.f = f;
    st = run(s, &scan, from);
    if (st != STATUS_OK)
        return st;
    *events = scan.events;
    *n = scan.n;
    *reached = scan.reached;
    return STATUS_OK;
}

enum status events_scan(struct store *s, const struct filter *f, uint64_t from,
                        uint64_t to, const struct events_limit *limit,
                        struct event **events, size_t *n, uint64_t *reached)
{
    return events_scan_aligned(s, f, from, to, limit, 1, events, n, reached);
}

enum status events_make(struct store *s, struct names *names, uint64_t from, uint64_t to,
                        struct event **events, size_t *n)
{
    static const struct events_limit none = { UINT64_MAX, SIZE_MAX, SIZE_MAX };
    struct scan scan = { .to = to, .limit = &none, .align = 1, .names = names };
    enum status st = run(s, &scan, from);

    if (st != STATUS_OK)
        return st;
    *events = scan.events;
    *n = scan.n;
    return STATUS_OK;
}

void events_free(struct event *events, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_decref(events[i].facets);
        buf_clear(&events[i].json);
    }
    free(events);
}

size_t events_message(const struct event *events, size_t n, const struct filter *f,
                      uint64_t size, struct bytes root_base64, struct buf *out)
{
    size_t matched = 0;

    for (size_t i = 0; i < n; i++) {
        const struct event *ev = &events[i];

        if (f != NULL && !filter_match(f, bytes_of(ev->is), ev->facets))
            continue;
        if (matched++ == 0) {
            buf_printf(out, "{\"size\":%llu", (unsigned long long)size);
            if (root_base64.len > 0)
                buf_printf(out, ",\"root\":\"" BYTES_FMT "\"", BYTES_ARG(root_base64));
            buf_text(out, ",\"events\":[");
        } else {
            buf_text(out, ",");
        }
        buf_add(out, buf_bytes(&ev->json));
    }
    if (matched > 0)
        buf_text(out, "]}");
    return matched;
}

enum status events_root(struct store *s, uint64_t size, struct buf *out)
{
    struct buf note = { 0 };
    enum status st = store_checkpoint_get(s, size, &note);

    if (st == STATUS_OK) {
        struct reader r = reader_of(buf_bytes(&note));

        reader_line(&r);
        reader_line(&r);
        buf_add(out, reader_line(&r));
    }
    buf_clear(&note);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}
