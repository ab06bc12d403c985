/* Portable proofs, for who has the log's key or a policy, and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/say.h"
#include "link/portable.h"
#include "node/output.h"
#include "node/tell.h"
#include "node/verify.h"

bool verify_is_about(struct bytes text)
{
    /* The member stands anywhere in the object, but what prints it puts it there. */
    return bytes_starts(text, BYTES_LIT("{")) &&
           memmem(text.ptr, text.len, PORTABLE_NAME, sizeof(PORTABLE_NAME) - 1) != NULL;
}

/* --- for people ------------------------------------------------------------------- */

static void tell_signers(const struct statement *s, struct buf *out)
{
    for (size_t i = 0; i < s->n_sigs; i++)
        buf_printf(out, "%s" BYTES_FMT "+%08x", i > 0 ? ", " : "",
                   BYTES_ARG(s->sigs[i].org), s->sigs[i].key_id);
}

static enum status tell_entry(struct trust *t, const struct portable_entry *e,
                              struct buf *out)
{
    const struct statement *s = e->statement;

    buf_printf(out, "\nentry %llu, ", (unsigned long long)e->index);
    time_print(s->at, out);
    buf_printf(out, ", by " BYTES_FMT, BYTES_ARG(s->org));
    for (size_t i = 0; i < s->n_with; i++)
        buf_printf(out, ", with " BYTES_FMT, BYTES_ARG(s->with[i]));
    buf_text(out, ", signed with ");
    tell_signers(s, out);
    buf_u8(out, '\n');
    return tell_records(t->store, s, "  ", out);
}

static bool is_new(const struct portable *p, size_t entry, size_t sig)
{
    const struct statement_signature *x = &p->entries[entry].statement->sigs[sig];

    for (size_t i = 0; i <= entry; i++) {
        const struct statement *s = p->entries[i].statement;

        for (size_t k = 0; k < (i < entry ? s->n_sigs : sig); k++)
            if (s->sigs[k].key_id == x->key_id && bytes_eq(s->sigs[k].org, x->org))
                return false;
    }
    return true;
}

/* Each key once, with the entry that stated it and who said so. */
static void tell_keys(const struct portable *p, struct buf *out)
{
    const char *head = "\nkeys     ";

    for (size_t i = 0; i < p->n; i++) {
        const struct statement *s = p->entries[i].statement;

        for (size_t k = 0; k < s->n_sigs; k++) {
            size_t by;

            if (!is_new(p, i, k))
                continue;
            by = portable_key(p, s->sigs[k].org, s->sigs[k].key_id);
            buf_printf(out,
                       "%s" BYTES_FMT "+%08x, stated in entry %llu by " BYTES_FMT "\n",
                       head, BYTES_ARG(s->sigs[k].org), s->sigs[k].key_id,
                       (unsigned long long)p->entries[by].index,
                       BYTES_ARG(p->entries[by].statement->org));
            head = "         ";
        }
    }
}

static int print(struct trust *t, const struct portable *p, const struct checkpoint *cp,
                 size_t cosigned)
{
    struct buf out = { 0 };
    enum status st = STATUS_OK;

    buf_printf(&out, "about    " BYTES_FMT "\n", BYTES_ARG(p->about));
    for (size_t i = 0; st == STATUS_OK && i < p->n; i++)
        if (p->entries[i].about)
            st = tell_entry(t, &p->entries[i], &out);
    tell_keys(p, &out);
    buf_printf(&out, "in       %s, proven for size %llu\n", cp->origin,
               (unsigned long long)cp->size);
    verify_tell_cosigners(t, p->checkpoint, cosigned, &out);
    buf_text(&out,
             "not shown  that nothing else was said about it, then or since, nor what "
             "the rules made of it: a replica of the log shows that\n");
    if (st != STATUS_OK)
        buf_clear(&out);
    return st == STATUS_OK ? output_buf(&out) : status_exit_code(st);
}

/* --- for programs ----------------------------------------------------------------- */

static json_t *entry_json(const struct portable_entry *e)
{
    const struct statement *s = e->statement;
    struct buf id = { 0 }, at = { 0 }, signers = { 0 };
    json_t *records = json_array(), *keys = json_array(), *out;

    statement_id_print(s, &id);
    time_print(s->at, &at);
    for (size_t i = 0; i < s->n; i++)
        json_array_append(records, s->records[i].json);
    for (size_t i = 0; i < s->n_sigs; i++) {
        buf_reset(&signers);
        buf_printf(&signers, BYTES_FMT "+%08x", BYTES_ARG(s->sigs[i].org),
                   s->sigs[i].key_id);
        json_array_append_new(keys, json_of(buf_bytes(&signers)));
    }
    out = json_pack("{s:I, s:b, s:s, s:o, s:s, s:o, s:o}", "index", (json_int_t)e->index,
                    "about", e->about, "statement", buf_str(&id), "org", json_of(s->org),
                    "at", buf_str(&at), "signed_with", keys, "records", records);
    buf_clear(&id);
    buf_clear(&at);
    buf_clear(&signers);
    return out;
}

static int print_json(const struct portable *p, const struct checkpoint *cp,
                      size_t cosigned)
{
    json_t *entries = json_array();

    for (size_t i = 0; i < p->n; i++)
        json_array_append_new(entries, entry_json(&p->entries[i]));
    return output_json(json_pack("{s:b, s:o, s:s, s:I, s:I, s:o}", "verified", 1, "about",
                                 json_of(p->about), "log", cp->origin, "size",
                                 (json_int_t)cp->size, "cosigned", (json_int_t)cosigned,
                                 "entries", entries));
}

/* --- verifying -------------------------------------------------------------------- */

static int say_not(const char *path, const struct portable *p, size_t at, enum status st)
{
    unsigned long long index = p->entries[at].index;

    switch ((int)st) {
    case STATUS_BAD_PROOF:
        say_error("%s: entry %llu: the proof does not lead to the checkpoint", path,
                  index);
        break;
    case STATUS_BAD_SIG:
        say_error("%s: entry %llu: a signature is not by a key that an earlier entry of "
                  "the proof states",
                  path, index);
        break;
    case STATUS_REFUSED:
        say_error("%s: entry %llu: is no statement for this log", path, index);
        st = STATUS_BAD_PROOF;
        break;
    default:
        say_error("%s: %s", path, status_text(st));
    }
    return status_exit_code(st);
}

static int verify(struct trust *t, const struct options *o, const char *path,
                  struct portable *p)
{
    struct checkpoint cp;
    size_t cosigned, at = 0;
    enum status st = verify_checkpoint(t, path, p->checkpoint, &cp, &cosigned);

    if (st != STATUS_OK)
        return status_exit_code(st);
    st = portable_verify(p, &cp, &at);
    if (st != STATUS_OK)
        return say_not(path, p, at < p->n ? at : 0, st);
    return o->json ? print_json(p, &cp, cosigned) : print(t, p, &cp, cosigned);
}

int verify_about(struct trust *t, const struct options *o, const char *path,
                 struct bytes text)
{
    struct portable p;
    enum status st = portable_parse(text, &p);
    int code;

    if (st == STATUS_MALFORMED || st == STATUS_TOO_LARGE) {
        say_error("%s: not a proof: it is %s", path,
                  st == STATUS_TOO_LARGE ? "too large" : "malformed");
        return status_exit_code(STATUS_BAD_PROOF);
    }
    if (st != STATUS_OK)
        return status_exit_code(st);
    code = verify(t, o, path, &p);
    portable_clear(&p);
    return code;
}
