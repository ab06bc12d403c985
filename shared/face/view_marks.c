/* What was said of a record later: confirmed, disputed and settled, voided; and whether
 * the key that signed it was revoked with effect before it. */
#include "face/view_internal.h"

#include <stdio.h>

#include "ledger/rows.h"

/* A stamp with the reason that the record gives. */
json_t *view_record_reasoned(struct view *v, uint64_t number)
{
    json_t *stamp = view_record_stamp(v, number), *record = NULL;
    const struct entry *e = view_entry(v, RECORD_INDEX(number));

    if (e == NULL)
        return stamp;
    v->st = entry_record(e, RECORD_N(number), &record);
    if (v->st == STATUS_OK)
        view_put_text(v, stamp, "reason", json_object_get(record, "reason"));
    json_decref(record);
    return stamp;
}

static void put_confirmed(struct view *v, json_t *out, const json_t *list)
{
    json_t *shown = json_array();
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
        view_add(v, shown, view_record_stamp(v, view_number(item, "record")));
    if (json_array_size(shown) > 0)
        view_put(v, out, "confirmed", shown);
    else
        json_decref(shown);
}

/* `org` is the side; whoever said so, itself or a convener, is in the stamp. */
static json_t *dispute_view(struct view *v, const json_t *dispute)
{
    json_t *out = json_object();
    uint64_t settled = view_number(dispute, "settled");

    view_put_org(v, out, "org", json_member(dispute, "org"));
    view_put(v, out, "stated", view_record_reasoned(v, view_number(dispute, "record")));
    if (settled != RECORD_NONE)
        view_put(v, out, "settled", view_record_reasoned(v, settled));
    return out;
}

static void put_disputes(struct view *v, json_t *out, const json_t *list)
{
    json_t *shown = json_array();
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item) view_add(v, shown, dispute_view(v, item));
    if (json_array_size(shown) > 0)
        view_put(v, out, "disputes", shown);
    else
        json_decref(shown);
}

bool view_repudiated(struct view *v, uint64_t index)
{
    bool yes = false;

    if (v->st == STATUS_OK)
        v->st = rows_repudiated(v->s, index, &yes);
    return yes;
}

void view_put_marks(struct view *v, json_t *out, uint64_t number)
{
    char key[48];
    json_t *mark = NULL;
    enum status st;

    snprintf(key, sizeof(key), "%llu/%u", (unsigned long long)RECORD_INDEX(number),
             RECORD_N(number));
    if (v->st != STATUS_OK)
        return;
    st = rows_find(v->s, STORE_MARK, bytes_of(key), NULL, &mark);
    if (st != STATUS_OK && st != STATUS_NOT_FOUND)
        v->st = st;
    if (view_repudiated(v, RECORD_INDEX(number)))
        view_put(v, out, "repudiated", json_true());
    if (mark == NULL)
        return;
    put_confirmed(v, out, json_object_get(mark, "confirmed"));
    put_disputes(v, out, json_object_get(mark, "disputes"));
    if (view_number(mark, "voided") != RECORD_NONE)
        view_put(v, out, "voided", view_record_reasoned(v, view_number(mark, "voided")));
    json_decref(mark);
}

/* --- signature lines ---------------------------------------------------------------- */

/* The key was revoked with effect before this entry. */
static void mark_signer(struct view *v, json_t *signer, uint64_t index)
{
    struct buf key = { 0 };
    json_t *row = NULL;
    enum status st;

    buf_printf(&key, BYTES_FMT "+" BYTES_FMT, BYTES_ARG(json_member(signer, "org")),
               BYTES_ARG(json_member(signer, "key")));
    st = rows_find(v->s, STORE_KEY, buf_bytes(&key), NULL, &row);
    if (st == STATUS_OK && rows_repudiates(row, index))
        view_put(v, signer, "repudiated", json_true());
    else if (st != STATUS_OK && st != STATUS_NOT_FOUND)
        v->st = st;
    json_decref(row);
    buf_clear(&key);
}

json_t *view_signers(struct view *v, const struct entry *e, struct bytes org)
{
    json_t *signers = NULL, *one;
    size_t i;

    v->st = entry_signers(e, org, &signers);
    json_array_foreach(signers, i, one)
    {
        if (v->st == STATUS_OK)
            mark_signer(v, one, e->index);
    }
    return signers;
}
