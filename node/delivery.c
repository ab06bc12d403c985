#include "node/delivery.h"

#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "node/command.h"
#include "node/cosigners.h"
#include "node/output.h"
#include "node/standing.h"
#include "node/tell.h"
#include "node/unsent.h"

/* --- sending ---------------------------------------------------------------------- */

static void say_unanswered(const struct delivery *d, enum status st)
{
    const char *broker = d->session->config.broker;

    if (st == STATUS_TIMEOUT)
        say_error("the broker at %s did not answer in time: it may have it or not",
                  broker);
    else if (st == STATUS_BUSY)
        say_error("the broker at %s is busy", broker);
    else
        say_error("cannot reach the broker at %s", broker);
}

static enum status remember(struct delivery *d, struct statement *s,
                            struct submitted *sub)
{
    struct delivered *more = reallocarray(d->done, d->n + 1, sizeof(*more));

    if (more == NULL) {
        statement_free(s);
        buf_clear(&sub->receipt);
        return STATUS_NOMEM;
    }
    d->done = more;
    d->done[d->n++] = (struct delivered){ .statement = s, .sub = *sub };
    return STATUS_OK;
}

/* What was made here is on disk until its fate is known. */
static enum status send_statement(struct delivery *d, const char *what, struct bytes note,
                                  const struct statement *s, bool made_here,
                                  struct submitted *sub)
{
    const char *dir = d->session->config.dir;
    bool unanswered;
    enum status st = made_here && !d->dry ? unsent_keep(dir, note, s) : STATUS_OK;

    if (st != STATUS_OK)
        return st;
    st = submit(d->session, what, note, d->dry, sub);
    unanswered = st == STATUS_UNREACHABLE || st == STATUS_TIMEOUT || st == STATUS_BUSY;
    if (unanswered)
        say_unanswered(d, st);
    if (d->dry)
        return st;
    if (st == STATUS_OK || (st == STATUS_REFUSED && made_here))
        unsent_forget(dir, note, s);
    else if (made_here)
        unsent_hint(dir, s);
    else if (unanswered)
        say_hint("publish the same file again: it is never entered twice");
    return st;
}

enum status delivery_send(struct delivery *d, const char *what, struct bytes note,
                          bool made_here)
{
    struct statement *s = NULL;
    struct submitted sub = { 0 };
    struct refusal why;
    enum status st = statement_open(note, d->session->config.log.name, &s, &why);

    if (st == STATUS_REFUSED)
        tell_refused(what, note, &why);
    if (st != STATUS_OK)
        return st;
    st = send_statement(d, what, note, s, made_here, &sub);
    if (st == STATUS_OK)
        return remember(d, s, &sub);
    buf_clear(&sub.receipt);
    statement_free(s);
    return st;
}

/* --- afterwards ------------------------------------------------------------------- */

static enum status save_receipt(const struct delivery *d)
{
    struct buf copy = { 0 };

    if (d->receipt == NULL || d->n == 0 || d->dry)
        return STATUS_OK;
    buf_add(&copy, buf_bytes(&d->done[d->n - 1].sub.receipt));
    return output_file(d->receipt, &copy) == 0 ? STATUS_OK : STATUS_IO;
}

static uint64_t newest(const struct delivery *d)
{
    uint64_t last = 0;

    for (size_t i = 0; i < d->n; i++)
        if (d->done[i].sub.index > last)
            last = d->done[i].sub.index;
    return last;
}

/* The replica has what was published, and those entries that were known say the same. */
static enum status bring_up(struct delivery *d)
{
    enum status st = session_catch_up(d->session, newest(d) + 1, PATIENCE_MS);

    for (size_t i = 0; st == STATUS_OK && i < d->n; i++) {
        if (!d->done[i].sub.proven)
            st = submit_prove_known(d->session, d->done[i].statement->text,
                                    &d->done[i].sub);
        if (st == STATUS_OK)
            st = submit_check_log(d->session, &d->done[i].sub);
    }
    return st;
}

void delivery_reference(const struct delivered *e, unsigned n, struct buf *out)
{
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

static void print_record(const struct delivery *d, const struct delivered *e,
                         const struct record *r, struct buf *out)
{
    struct buf ref = { 0 };

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

static void await_cosignatures(struct delivery *d)
{
    struct cosigners c = { 0 };

    if (cosigners_load(d->session->store, &c) == STATUS_OK && c.n > 0)
        (void)cosigners_wait(d->session, &c, newest(d), (int)d->wait_s * 1000,
                             &d->cosigned);
    d->cosigners = c.n;
    cosigners_clear(&c);
}

int delivery_settle(struct delivery *d, enum status st)
{
    enum status up = STATUS_OK, saved;
    int code = status_exit_code(st);

    if (d->n == 0)
        return code;
    if (!d->dry)
        up = bring_up(d);
    if (up == STATUS_BAD_PROOF || up == STATUS_REFUSED || up == STATUS_FORK) {
        d->denied = true;
        return status_exit_code(up);
    }
    saved = save_receipt(d);
    if (!d->dry)
        await_cosignatures(d);
    if (code == 0)
        code = status_exit_code(saved);
    return code != 0 ? code : status_exit_code(up);
}

int delivery_finish(struct delivery *d, enum status st)
{
    int code = delivery_settle(d, st);

    if (!d->denied && print_done(d) != 0)
        return status_exit_code(STATUS_IO);
    return code;
}

void delivery_clear(struct delivery *d)
{
    for (size_t i = 0; i < d->n; i++) {
        statement_free(d->done[i].statement);
        buf_clear(&d->done[i].sub.receipt);
    }
    free(d->done);
    d->done = NULL;
    d->n = 0;
}
