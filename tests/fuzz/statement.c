/* Whatever comes is opened or refused by a rule. What opens keeps the exact bytes, and
 * its header and records compose to a text that says the same. */
#include "record/statement.h"
#include "fuzz/fuzz.h"

static bool no_key(void *ctx, struct bytes org, uint32_t key_id,
                   uint8_t pub[PUBLIC_KEY_LEN])
{
    (void)ctx;
    (void)org;
    (void)key_id;
    (void)pub;
    return false;
}

static void compose(const struct statement *s, struct buf *note)
{
    struct bytes records[RECORDS_MAX];
    struct statement_header h = { .log = s->log,
                                  .org = s->org,
                                  .lang = s->lang,
                                  .key_id = s->key_id,
                                  .seq = s->seq,
                                  .at = s->at,
                                  .before = s->before,
                                  .with = s->with,
                                  .n_with = s->n_with };

    for (size_t i = 0; i < s->n; i++)
        records[i] = s->records[i].line;
    statement_compose(&h, records, s->n, note);
    buf_text(note, "\n");
    for (size_t i = 0; i < s->n_sigs; i++)
        note_signature_print(s->sigs[i].org, s->sigs[i].key_id,
                             (struct bytes){ s->sigs[i].sig, SIGNATURE_LEN }, note);
}

static void check_opened(struct statement *s, struct bytes in)
{
    struct statement *again = NULL;
    struct buf note = { 0 };

    require(bytes_eq(s->note, in) && bytes_starts(in, s->text));
    require(s->n >= 1 && s->n <= RECORDS_MAX && s->n_sigs >= 1);
    statement_verify(s, no_key, NULL);
    compose(s, &note);
    /* A longer way to write the header may have been just short enough. */
    if (note.len <= NOTE_MAX) {
        require(statement_open(buf_bytes(&note), NULL, &again, NULL) == STATUS_OK);
        require(again->seq == s->seq && again->at == s->at && again->n == s->n);
        require(bytes_eq(again->org, s->org) && again->n_sigs == s->n_sigs);
    }
    statement_free(again);
    buf_clear(&note);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes in = { data, len };
    struct refusal why = { 0 };
    struct statement *s = NULL;
    enum status st = statement_open(in, NULL, &s, &why);

    if (st == STATUS_OK)
        check_opened(s, in);
    else
        require(st == STATUS_REFUSED && why.rule != RULE_NONE && why.text[0] != '\0');
    statement_free(s);
    return 0;
}
