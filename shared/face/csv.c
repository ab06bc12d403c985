#include "face/csv.h"

#include <string.h>

#include "base/csv.h"
#include "record/json.h"

/* --- columns -------------------------------------------------------------------------
 */

/* `path` leads from an item to a cell, by members; of a list on the way each has a part
 * in the cell. NUMBER: what we, or the rules, know to be one. */
enum cell { TEXT, NUMBER };
struct column {
    const char *name, *path;
    enum cell type;
};

#define SAME(name)       \
    {                    \
        name, name, TEXT \
    }
#define COUNTED(name)      \
    {                      \
        name, name, NUMBER \
    }
#define CREATED                                  \
    { "created_at", "created.at", TEXT },        \
    {                                            \
        "created_index", "created.index", NUMBER \
    }
#define AGREEMENT_HEAD                                                        \
    SAME("id"), SAME("title"), SAME("status"), SAME("flags"), SAME("author"), \
        SAME("author_name"), SAME("networks"), SAME("countries"), SAME("themes")
#define AGREEMENT_REST                                                              \
    SAME("lead"), SAME("lead_name"), { "parties", "parties.org", TEXT },            \
        { "party_names", "parties.name", TEXT },                                    \
        { "party_roles", "parties.role", TEXT },                                    \
        { "party_states", "parties.state", TEXT },                                  \
        { "signed", "signed.signed", NUMBER }, { "of", "signed.of", NUMBER },       \
        { "on_paper", "signed.on_paper", NUMBER }, COUNTED("records"), SAME("rev"), \
        CREATED
#define MONEY(column)                   \
    {                                   \
        column, "money." column, NUMBER \
    }

static const struct column networks[] = {
    SAME("id"),
    SAME("name"),
    SAME("purpose"),
    SAME("founded"),
    SAME("parent"),
    SAME("member_networks"),
    { "conveners", "conveners.org", TEXT },
    { "convener_roles", "conveners.role", TEXT },
    { "quorum_admit", "quorum.admit", NUMBER },
    { "quorum_speak", "quorum.speak", NUMBER },
    CREATED,
};

static const struct column organizations[] = {
    SAME("id"),      SAME("name"),         SAME("org_type"),
    SAME("country"), SAME("country_name"), SAME("status"),
    SAME("aliases"), SAME("website"),      SAME("networks"),
    SAME("by"),      SAME("by_name"),      SAME("signs"),
    CREATED,
};

static const struct column partnerships[] = { AGREEMENT_HEAD, AGREEMENT_REST };
static const struct column commitments[] = { AGREEMENT_HEAD, AGREEMENT_REST };
static const struct column declarations[] = { AGREEMENT_HEAD, AGREEMENT_REST };

static const struct column pledges[] = {
    AGREEMENT_HEAD,
    SAME("donor"),
    SAME("donor_name"),
    SAME("recipient"),
    SAME("recipient_name"),
    SAME("attested"),
    SAME("worth"),
    SAME("own_funds"),
    SAME("for"),
    SAME("currency"),
    MONEY("pledged"),
    MONEY("new"),
    MONEY("committed"),
    MONEY("disbursed"),
    MONEY("received"),
    MONEY("fees"),
    MONEY("decommitted"),
    MONEY("refunded"),
    MONEY("outstanding"),
    MONEY("disputed"),
    COUNTED("records"),
    SAME("rev"),
    CREATED,
    MONEY("spent"),
    SAME("wanted"),
};

static const struct column countries[] = {
    SAME("code"),
    SAME("name"),
    COUNTED("partnerships"),
    COUNTED("commitments"),
    COUNTED("declarations"),
    COUNTED("pledges"),
};

static const struct column events[] = {
    COUNTED("index"), COUNTED("n"),     SAME("at"),        SAME("org"),  SAME("is"),
    SAME("id"),       SAME("networks"), SAME("countries"), SAME("text"),
};

static const struct column totals[] = {
    SAME("value"),          SAME("name"),         SAME("currency"),
    SAME("attested"),       COUNTED("pledged"),   COUNTED("new"),
    COUNTED("passed_on"),   COUNTED("own_funds"), COUNTED("committed"),
    COUNTED("disbursed"),   COUNTED("received"),  COUNTED("refunded"),
    COUNTED("outstanding"), COUNTED("disputed"),  COUNTED("pledges"),
    COUNTED("spent"),
};

static const struct column due[] = {
    SAME("day"),
    SAME("due"),
    SAME("state"),
    SAME("kind"),
    SAME("id"),
    SAME("title"),
    SAME("status"),
    SAME("item"),
    SAME("deliverable_title"),
    { "responsible", "responsible.org", TEXT },
    { "responsible_names", "responsible.name", TEXT },
    SAME("networks"),
    SAME("countries"),
    SAME("track"),
    SAME("stale"),
    COUNTED("percent"),
    COUNTED("target"),
    COUNTED("value"),
    SAME("unit"),
    { "currency", "money.currency", TEXT },
    { "amount", "money.amount", NUMBER },
    COUNTED("paid"),
};

static const struct column search[] = {
    SAME("kind"),   SAME("id"),       SAME("title"),     SAME("snippet"),
    SAME("status"), SAME("networks"), SAME("countries"),
};

static const struct column history[] = {
    COUNTED("index"), COUNTED("n"), SAME("at"),   SAME("org"),
    SAME("org_name"), SAME("is"),   SAME("text"), SAME("reference"),
};

static const struct column stocktake[] = {
    SAME("section"),
    SAME("org"),
    SAME("name"),
    SAME("role"),
    SAME("status"),
    COUNTED("progress"),
    COUNTED("money"),
    COUNTED("other"),
    SAME("last"),
    SAME("silent"),
    COUNTED("stale_count"),
    COUNTED("due_count"),
    COUNTED("overdue"),
    COUNTED("unreceived"),
    COUNTED("waiting"),
    SAME("kind"),
    SAME("id"),
    SAME("title"),
    SAME("item"),
    SAME("deliverable_title"),
    SAME("for"),
    SAME("stale"),
    SAME("due"),
    SAME("state"),
    SAME("donor"),
    SAME("recipient"),
    SAME("currency"),
    COUNTED("pledged"),
    SAME("orgs"),
};

#define LIST(constant, lower) [CSV_##constant] = { lower, sizeof(lower) / sizeof(*lower) }
static const struct {
    const struct column *columns;
    size_t n;
} lists[CSV_COUNT] = {
    LIST(NETWORKS, networks),
    LIST(ORGANIZATIONS, organizations),
    LIST(PARTNERSHIPS, partnerships),
    LIST(COMMITMENTS, commitments),
    LIST(DECLARATIONS, declarations),
    LIST(PLEDGES, pledges),
    LIST(COUNTRIES, countries),
    LIST(EVENTS, events),
    LIST(TOTALS, totals),
    LIST(DUE, due),
    LIST(SEARCH, search),
    LIST(HISTORY, history),
    LIST(STOCKTAKE, stocktake),
};

enum csv_list csv_find(struct bytes name)
{
#define NAME(constant, text) text,
    static const char *const names[] = { CSV_TABLE(NAME) };
#undef NAME
    int i = 0;

    while (i < CSV_COUNT && !bytes_eq_text(name, names[i]))
        i++;
    return (enum csv_list)i;
}

/* --- cells ---------------------------------------------------------------------------
 */

static void add_scalar(const json_t *value, struct buf *out)
{
    if (json_is_integer(value))
        buf_printf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        buf_text(out, json_is_true(value) ? "true" : "false");
    else
        buf_add(out, json_bytes(value));
}

/* Follow the path; what lies at its end, or at the ends, joined. A part of a list that
 * has nothing there stands empty, so that columns of one list go together. */
static void add_path(const json_t *value, const char *path, struct buf *out)
{
    size_t len = strcspn(path, ".");
    const json_t *item;
    size_t i;

    if (json_is_array(value)) {
        json_array_foreach(value, i, item)
        {
            if (i > 0)
                buf_u8(out, ';');
            add_path(item, path, out);
        }
    } else if (*path == '\0') {
        add_scalar(value, out);
    } else if (json_is_object(value)) {
        char name[40];

        memcpy(name, path, len);
        name[len] = '\0';
        add_path(json_object_get(value, name), path[len] == '.' ? path + len + 1 : "",
                 out);
    }
}

static bool is_number(struct bytes text)
{
    bool digits = false;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];

        if (c >= '0' && c <= '9')
            digits = true;
        else if (c != '.' && !(i == 0 && c == '-'))
            return false;
    }
    return digits;
}

static void add_cell(struct bytes text, enum cell type, struct buf *out)
{
    bool formula = csv_is_formula(text) && !(type == NUMBER && is_number(text));
    bool quoted = false;

    for (size_t i = 0; i < text.len; i++)
        quoted = quoted || memchr(",\"\r\n", text.ptr[i], 4) != NULL;
    if (quoted)
        buf_u8(out, '"');
    if (formula)
        buf_u8(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buf_u8(out, '"');
        buf_u8(out, text.ptr[i]);
    }
    if (quoted)
        buf_u8(out, '"');
}

/* --- tables --------------------------------------------------------------------------
 */

static void add_row(enum csv_list list, const json_t *item, struct buf *out)
{
    struct buf cell = { 0 };

    for (size_t i = 0; i < lists[list].n; i++) {
        const struct column *c = &lists[list].columns[i];

        buf_reset(&cell);
        add_path(item, c->path, &cell);
        if (i > 0)
            buf_u8(out, ',');
        add_cell(buf_bytes(&cell), c->type, out);
        out->bad |= cell.bad;
    }
    buf_text(out, "\r\n");
    buf_clear(&cell);
}

/* So that the rows of an item add up to it. */
static void add_total(const json_t *item, struct buf *out)
{
    const char *attested;
    json_t *sums;

    json_object_foreach(json_object_get(item, "attested"), attested, sums)
    {
        json_t *row = json_copy(sums);

        if (row == NULL ||
            json_object_set(row, "value", json_object_get(item, "value")) != 0 ||
            json_object_set(row, "name", json_object_get(item, "name")) != 0 ||
            json_object_set(row, "currency", json_object_get(item, "currency")) != 0 ||
            json_object_set_new(row, "attested", json_string(attested)) != 0)
            out->bad = true;
        else
            add_row(CSV_TOTALS, row, out);
        json_decref(row);
    }
}

enum status csv_print(enum csv_list list, const json_t *items, struct buf *out)
{
    const json_t *item;
    size_t i;

    for (size_t c = 0; c < lists[list].n; c++)
        buf_printf(out, "%s%s", c > 0 ? "," : "", lists[list].columns[c].name);
    buf_text(out, "\r\n");
    json_array_foreach(items, i, item)
    {
        if (list == CSV_TOTALS)
            add_total(item, out);
        else
            add_row(list, item, out);
    }
    return buf_status(out);
}
