/* broker/order.c */
#include "broker/order.h"

#include <stdlib.h>

struct place {
    const struct statement *st;
    struct submission *sub;
    size_t at;
};

static int by_key(const struct place *a, const struct place *b)
{
    int c = bytes_cmp(a->st->org, b->st->org);

    if (c == 0)
        c = (a->st->key_id > b->st->key_id) - (a->st->key_id < b->st->key_id);
    return c;
}

static int by_key_and_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int c = by_key(x, y);

    return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

/* One text that came with more signatures first: a log takes a text once. */
static int by_key_and_seq(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int c = by_key(x, y);

    if (c == 0)
        c = (x->st->seq > y->st->seq) - (x->st->seq < y->st->seq);
    if (c == 0 && hash_eq(&x->st->id, &y->st->id))
        c = (x->st->n_sigs < y->st->n_sigs) - (x->st->n_sigs > y->st->n_sigs);
    return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

void order_by_seq(struct submission *subs[], size_t n)
{
    struct place *places = calloc(2 * n + 1, sizeof(*places)), *sorted = places + n;
    size_t m = 0;

    if (places == NULL)
        return; /* the order of arrival will do */
    for (size_t i = 0; i < n; i++)
        if (subs[i]->st != NULL)
            places[m++] = (struct place){ subs[i]->st, subs[i], i };
    for (size_t i = 0; i < m; i++)
        sorted[i] = places[i];
    qsort(places, m, sizeof(*places), by_key_and_place);
    qsort(sorted, m, sizeof(*sorted), by_key_and_seq);
    for (size_t i = 0; i < m; i++)
        subs[places[i].at] = sorted[i].sub;
    free(places);
}
