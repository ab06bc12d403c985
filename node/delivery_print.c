/* What was delivered, record by record. */
#include "node/delivery.h"
#include "node/output.h"
#include "node/standing.h"

void delivery_reference(const struct delivered *e, unsigned n, struct buf *out)
{
    if (e->fate == DELIVERY_QUEUED) {
        buf_text(out, "kept in the outbox");
        return;
    }
    buf_printf(out, "%llu/%u/", (unsigned long long)e->sub.index, n);
    statement_id_print(e->statement, out);
}

static const char *name_of(const struct record *r)
{
    const char *id = json_string_value(json_object_get(r->json, "id"));

    return id != NULL ? id : kind_name(r->kind);
}

static void print_json(const struct delivery *d, const struct delivered *e,
                       const struct record *r, const char *ref, struct buf *out)
{
    const json_t *id = json_object_get(r->json, "id");
    json_t *line = json_pack(
        "{s:I, s:i, s:s, s:s, s:b, s:I, s:I}", "index", (json_int_t)e->sub.index, "n",
        (int)r->n, "reference", ref, "is", kind_name(r->kind), "known", e->sub.known,
        "cosigned", (json_int_t)d->cosigned, "cosigners", (json_int_t)d->cosigners);

    if (id != NULL)
        json_object_set(line, "id", (json_t *)(uintptr_t)id);
    if (d->standing)
        standing_json(d->session->store, r, line);
    json_print(line, out);
    buf_u8(out, '\n');
    json_decref(line);
}

static void print_kept(const struct delivery *d, const struct delivered *e,
                       const struct record *r, struct buf *out)
{
    struct buf id = { 0 };
    json_t *line;

    if (!d->json) {
        buf_printf(out, "%s  kept in the outbox, will be sent\n", name_of(r));
        return;
    }
    statement_id_print(e->statement, &id);
    line = json_pack("{s:b, s:s, s:i, s:s}", "kept", 1, "statement", buf_str(&id), "n",
                     (int)r->n, "is", kind_name(r->kind));
    if (json_object_get(r->json, "id") != NULL)
        json_object_set(line, "id", json_object_get(r->json, "id"));
    json_print(line, out);
    buf_u8(out, '\n');
    json_decref(line);
    buf_clear(&id);
}

static void print_record(const struct delivery *d, const struct delivered *e,
                         const struct record *r, struct buf *out)
{
    struct buf ref = { 0 };

    if (e->fate == DELIVERY_QUEUED) {
        print_kept(d, e, r, out);
        return;
    }
    delivery_reference(e, r->n, &ref);
    if (d->json) {
        print_json(d, e, r, buf_str(&ref), out);
    } else {
        buf_printf(out, "%s  %s  %scosigned %zu of %zu\n", name_of(r), buf_str(&ref),
                   e->sub.known ? "known already, " : "", d->cosigned, d->cosigners);
        if (d->standing)
            standing_text(d->session->store, r, "  ", out);
    }
    out->bad |= ref.bad;
    buf_clear(&ref);
}

static void print_dry(const struct delivery *d, const struct delivered *e,
                      struct buf *out)
{
    if (d->json)
        buf_printf(out, "{\"dry_run\":true,\"records\":%zu,\"known\":%s}\n",
                   e->statement->n, e->sub.known ? "true" : "false");
    else
        buf_printf(out, "%zu record%s would be accepted%s\n", e->statement->n,
                   e->statement->n == 1 ? "" : "s",
                   e->sub.known ? ": known already" : "");
}

static int print_done(struct delivery *d)
{
    struct buf out = { 0 };

    for (size_t i = 0; i < d->n; i++) {
        const struct delivered *e = &d->done[i];

        if (d->dry)
            print_dry(d, e, &out);
        for (size_t k = 0; !d->dry && k < e->statement->n; k++)
            print_record(d, e, &e->statement->records[k], &out);
    }
    return output_buf(&out);
}

int delivery_finish(struct delivery *d, enum status st)
{
    int code = delivery_settle(d, st);

    if (!d->denied && print_done(d) != 0)
        return status_exit_code(STATUS_IO);
    return code;
}
