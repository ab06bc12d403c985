/* A broker that lies: it takes any signature for good, so that whoever likes may publish
 * in anybody's name, and signs checkpoints over that. Linked in place of
 * shared/record/statement.c into build/.../lie/bin, for tests of those who follow it. */
#define statement_verify statement_verify_honestly
#include "../../shared/record/statement.c"
#undef statement_verify

void statement_verify(struct statement *s, key_lookup_fn *lookup, void *ctx);

void statement_verify(struct statement *s, key_lookup_fn *lookup, void *ctx)
{
    statement_verify_honestly(s, lookup, ctx);
    for (size_t i = 0; i < s->n_sigs; i++)
        s->sigs[i].verdict = VERDICT_GOOD;
}
