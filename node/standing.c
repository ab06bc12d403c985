#include "node/standing.h"

#include "base/shown.h"
#include "face/names.h"
#include "ledger/rows.h"

#define NAMED_MAX 5

struct standing {
    json_t *row;
    const json_t *terms; /* those that are proposed, where there are; else in force */
    size_t parties, signed_, paper;
    bool proposed; /* an amendment waits */
    bool over;     /* nobody is waited for any more */
};

static bool open_standing(struct store *s, const struct record *r, struct standing *out)
{
    struct bytes id = json_member(r->json, "id");
    const json_t *party, *life;
    size_t i;

    *out = (struct standing){ 0 };
    if (id.len == 0 || rows_find(s, STORE_SUBJECT, id, NULL, &out->row) != STATUS_OK)
        return false;
    out->terms = json_object_get(out->row, "proposed");
    out->proposed = out->terms != NULL;
    life = json_object_get(out->row, "life");
    out->over = life != NULL && !bytes_eq_text(json_member(life, "is"), "suspended");
    if (!out->proposed)
        out->terms = out->row;
    json_array_foreach(json_object_get(out->terms, "parties"), i, party)
    {
        struct bytes state = json_member(party, "state");

        out->parties += !bytes_eq_text(state, "left");
        out->signed_ += bytes_eq_text(state, "signed");
        out->paper += bytes_eq_text(state, "elsewhere");
    }
    return true;
}

static bool waits(const struct standing *st, const json_t *party)
{
    struct bytes state = json_member(party, "state"), org = json_member(party, "org");

    if (st->over || bytes_eq_text(org, "public") || bytes_eq_text(org, "anonymous"))
        return false;
    return bytes_eq_text(state, "open") || bytes_eq_text(state, "keyless");
}

static bool declined(const struct standing *st, const json_t *party)
{
    (void)st;
    return bytes_eq_text(json_member(party, "state"), "declined");
}

/* "; waiting for World Bank, ILO" */
static void name_those(struct store *s, const struct standing *st, const char *what,
                       bool (*is)(const struct standing *st, const json_t *party),
                       struct buf *out)
{
    struct names *names = NULL;
    const json_t *party;
    size_t i, n = 0;

    if (names_new(s, (struct bytes){ 0 }, &names) != STATUS_OK)
        return;
    json_array_foreach(json_object_get(st->terms, "parties"), i, party)
    {
        if (!is(st, party) || n++ >= NAMED_MAX)
            continue;
        buf_text(out, n == 1 ? what : ", ");
        shown_text(names_org(names, json_member(party, "org")), out);
    }
    if (n > NAMED_MAX)
        buf_text(out, " …");
    names_free(names);
}

void standing_text(struct store *s, const struct record *r, const char *indent,
                   struct buf *out)
{
    struct standing st;

    if (!open_standing(s, r, &st))
        return;
    buf_printf(out, "%s" BYTES_FMT "%s: %zu of %zu signed", indent,
               BYTES_ARG(json_member(st.row, "status")),
               st.proposed ? ", an amendment is proposed" : "", st.signed_, st.parties);
    if (st.paper > 0)
        buf_printf(out, ", %zu on paper", st.paper);
    name_those(s, &st, "; waiting for ", waits, out);
    name_those(s, &st, "; declined by ", declined, out);
    buf_u8(out, '\n');
    json_decref(st.row);
}

void standing_json(struct store *s, const struct record *r, json_t *to)
{
    json_t *list = json_array();
    struct standing st;
    const json_t *party;
    size_t i;

    if (!open_standing(s, r, &st)) {
        json_decref(list);
        return;
    }
    json_array_foreach(json_object_get(st.terms, "parties"), i, party)
    {
        if (waits(&st, party))
            json_array_append(list, json_object_get(party, "org"));
    }
    json_object_set(to, "status", json_object_get(st.row, "status"));
    json_object_set_new(to, "signed", json_integer((json_int_t)st.signed_));
    json_object_set_new(to, "parties", json_integer((json_int_t)st.parties));
    json_object_set_new(to, "waiting", list);
    json_decref(st.row);
}
