#include "node/policies.h"

#include <stdlib.h>

#include "base/say.h"
#include "face/route.h"
#include "node/output.h"

static void say_foreign(const char *path, const struct policy *p)
{
    for (size_t i = 0; i < policy_foreign_count(p); i++) {
        uint8_t type;
        const char *name = policy_foreign(p, i, &type);

        say_unusual("%s: the key of %s is of type 0x%02x, which this program does not "
                    "know: it counts for nothing here",
                    path, name, type);
    }
}

enum status policies_read(const char *path, struct policy **out)
{
    struct buf text = { 0 };
    unsigned line = 0;
    enum status st;

    *out = NULL;
    if (path == NULL)
        return STATUS_OK;
    st = input_text(path, POLICY_MAX, &text);
    if (st != STATUS_OK)
        return st;
    st = policy_parse(buf_bytes(&text), out, &line);
    if (st == STATUS_MALFORMED)
        say_error("%s: line %u is not of a policy", path, line);
    if (st == STATUS_OK)
        say_foreign(path, *out);
    buf_clear(&text);
    return st;
}

enum status policies_of_log(struct store *s, struct policy **out)
{
    struct buf text = { 0 };
    enum status st = route_policy(s, &text);

    if (st == STATUS_OK)
        st = policy_parse(buf_bytes(&text), out, NULL);
    if (st != STATUS_OK)
        say_error("cannot tell the log's policy: %s", status_text(st));
    buf_clear(&text);
    return st;
}

static bool cosigned_by(const struct note *n, const struct verifier_key *k)
{
    return cosignature_find(n, k, NULL, NULL) == STATUS_OK;
}

void policies_say_lacking(const struct policy *p, struct bytes note)
{
    struct note *n = malloc(sizeof(*n));
    struct buf lacking = { 0 };
    bool parsed = n != NULL && note_parse(note, n) == STATUS_OK;

    for (size_t i = 0; i < policy_witness_count(p); i++)
        if (!parsed || !cosigned_by(n, policy_witness(p, i)))
            buf_printf(&lacking, "%s%s", lacking.len > 0 ? ", " : "",
                       policy_witness(p, i)->name);
    if (!lacking.bad && lacking.len > 0)
        say_hint("not cosigned by %s", buf_str(&lacking));
    buf_clear(&lacking);
    free(n);
}

void policies_tell(const struct policy *p, struct bytes note, struct buf *out)
{
    struct note *n = malloc(sizeof(*n));
    bool parsed = n != NULL && note_parse(note, n) == STATUS_OK;

    for (size_t i = 0; parsed && i < policy_witness_count(p); i++)
        if (cosigned_by(n, policy_witness(p, i)))
            buf_printf(out, "  %s\n", policy_witness(p, i)->name);
    free(n);
}

enum status policies_demand(struct store *s, const struct policy *p)
{
    struct buf note = { 0 };
    struct checkpoint cp;
    uint64_t size = 0;
    enum status st, met;

    if (p == NULL)
        return STATUS_OK;
    st = store_checkpoint_newest(s, &size, &note);
    buf_reset(&note);
    if (st == STATUS_OK)
        st = route_checkpoint(s, size, &note); /* with its cosignatures */
    if (st != STATUS_OK) {
        say_error("cannot read the newest checkpoint: %s", status_text(st));
        goto done;
    }
    met = policy_check(p, buf_bytes(&note), &cp, NULL);
    if (met == STATUS_BAD_SIG) {
        say_error(
            "the newest checkpoint, of size %llu, is signed by no log of the policy",
            (unsigned long long)size);
        st = STATUS_REFUSED;
    } else if (met != STATUS_OK) {
        say_error("the newest checkpoint, of size %llu, is not cosigned as the policy "
                  "demands",
                  (unsigned long long)size);
        policies_say_lacking(p, buf_bytes(&note));
        say_hint("bring the replica up with `avow sync`, or wait for the cosigners");
        st = STATUS_REFUSED;
    }
done:
    buf_clear(&note);
    return st;
}
