#include "node/tell.h"

#include <stdlib.h>

#include "base/say.h"
#include "base/shown.h"
#include "face/event.h"

/* Names come from the replica; without one an empty one stands in for it. */
struct namer {
    struct store *scratch;
    struct names *names;
};

enum status tell_scratch(struct store **out)
{
    const char *tmp = getenv("TMPDIR");

    return store_open(tmp != NULL && *tmp != '\0' ? tmp : "/tmp", STORE_SCRATCH, out);
}

static enum status namer_open(struct namer *n, struct store *s)
{
    enum status st = STATUS_OK;

    *n = (struct namer){ 0 };
    if (s == NULL) {
        st = tell_scratch(&n->scratch);
        s = n->scratch;
    }
    return st == STATUS_OK ? names_new(s, (struct bytes){ 0 }, &n->names) : st;
}

static void namer_close(struct namer *n)
{
    names_free(n->names);
    store_close(n->scratch);
}

enum status tell_records(struct store *s, const struct statement *st, const char *indent,
                         struct buf *out)
{
    struct namer n;
    enum status status = namer_open(&n, s);

    for (size_t i = 0; status == STATUS_OK && i < st->n; i++) {
        const struct record *r = &st->records[i];

        struct buf text = { 0 };

        buf_printf(out, "%s%u  ", indent, r->n);
        status = event_sentence(n.names, kind_name(r->kind), r->json, st->org, &text);
        shown_text(buf_bytes(&text), out);
        buf_u8(out, '\n');
        out->bad |= text.bad;
        buf_clear(&text);
    }
    namer_close(&n);
    return status == STATUS_OK ? buf_status(out) : status;
}

struct bytes tell_subject(const json_t *record)
{
    static const char *const members[] = { "id",  "ref",     "key_id", "org",
                                           "key", "network", "origin", "is" };
    struct bytes name = { 0 };

    for (size_t i = 0; name.len == 0 && i < sizeof(members) / sizeof(members[0]); i++)
        name = json_member(record, members[i]);
    return name;
}

void tell_holds(const struct verifier_key *k)
{
    say_hint(
        "the draft holds key %08x of %s: until it is published, or dropped with `avow "
        "statement --drop`, this key signs nothing else, whatever its kind",
        k->id, k->name);
}

void tell_held(const struct verifier_key *k, const char *draft)
{
    say_error(
        "key %08x of %s signs nothing now: a draft that is out for co-signature holds "
        "it, %s",
        k->id, k->name, draft);
    say_hint("publish it, or drop it with `avow statement --drop`; or sign with another "
             "key (--key)");
}

/* --- refusals --------------------------------------------------------------------- */

static const struct {
    enum rule rule;
    const char *hint;
} hints[] = {
    { RULE_NOTE_SIZE, "split the file: a statement holds at most 256 records and 60,000 "
                      "bytes" },
    { RULE_KIND_UNKNOWN, "docs/schema/ has the kinds of records" },
    { RULE_FIELD_UNKNOWN, "docs/schema/ has the fields of each kind" },
    { RULE_FIELD_MISSING, "docs/schema/ has the fields of each kind" },
    { RULE_HEADER_WITH,
      "have it co-signed by each organization with `avow cosign FILE`" },
    { RULE_KEY_UNKNOWN, "a key is known once a convener has registered its organization "
                        "with it, or the organization has added it" },
    { RULE_KEY_INACTIVE, "use a key that is active: `avow show ORG` lists them" },
    { RULE_KEY_LAST, "add another key first (`avow-keys new`, then key.added)" },
    { RULE_AUTHOR_SIGNATURES,
      "have another key of the same organization sign it, too: `avow statement` by the "
      "first, `avow cosign --key` by the next" },
    { RULE_QUORUM_MISSING, "make a draft with `avow statement --with ORG`, and have it "
                           "signed by the others with `avow cosign`" },
    { RULE_LOG_RULES, "the program that serves the log is older than its rules: its "
                      "people have to upgrade it" },
    { RULE_LOG_CODES, "the program that serves the log lacks its code lists: its people "
                      "have to upgrade it" },
    { RULE_LOG_SUCCEEDED, "make a node of the log that it names, with `avow init`" },
    { RULE_ADMISSION_LOG_KEY,
      "whoever runs the broker copies the key's file there first, "
      "with `avow-broker keys DIR --add KEYFILE`" },
    { RULE_SEQ_STALE, "another statement by this key came first; bring the replica up "
                      "with `avow sync`, then sign and publish anew" },
    { RULE_AT_EARLIER, "set this machine's clock, then sign and publish anew" },
    { RULE_ADMISSION_AT, "this machine's clock, or the broker's, is wrong: set it, then "
                         "sign and publish anew" },
    { RULE_SUBJECT_UNKNOWN, "is the id right? `avow list` shows what there is" },
    { RULE_SUBJECT_EXISTS, "choose another id; `avow show ID` tells what has this one" },
    { RULE_REV_STALE, "somebody changed it: read the terms with `avow show ID`, which "
                      "also gives their rev" },
    { RULE_ORG_UNKNOWN, "an organization is listed first, with organization.listed" },
    { RULE_NETWORK_UNKNOWN, "`avow list networks` shows the networks there are" },
    { RULE_AUTHOR_NOT_A_MEMBER, "name only networks that you are a member of: `avow show "
                                "ORG` lists them" },
    { RULE_TX_TWICE, "choose another tx; `avow show ID` lists those there are" },
};

/* Lines of the text, before the blank line; 0: unknown. */
static unsigned text_lines(struct bytes note)
{
    struct reader r = reader_of(note);
    unsigned n = 0;

    while (r.len > 0 && reader_line(&r).len > 0)
        n++;
    return n;
}

static void say_where(const char *what, struct bytes note, const char *rule,
                      unsigned line, const char *text)
{
    unsigned last = text_lines(note);

    if (line >= 3 && (last == 0 || line <= last))
        say_error("%s: refused: %s: record %u: %s", what, rule, line - 2, text);
    else if (line >= 3)
        say_error("%s: refused: %s: signature %u: %s", what, rule, line - last - 1, text);
    else if (line == 2)
        say_error("%s: refused: %s: header: %s", what, rule, text);
    else
        say_error("%s: refused: %s: %s", what, rule, text);
}

void tell_refusal(const char *what, struct bytes note, const char *rule, unsigned line,
                  const char *text)
{
    enum rule r = rule_find(bytes_of(rule));

    say_where(what, note, rule, line, text);
    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
        if (hints[i].rule == r && r != RULE_NONE)
            say_hint("%s", hints[i].hint);
}

int tell_refused(const char *what, struct bytes note, const struct refusal *why)
{
    tell_refusal(what, note, rule_name(why->rule), why->line, why->text);
    return status_exit_code(STATUS_REFUSED);
}
