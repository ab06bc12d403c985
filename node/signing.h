/* node/signing.h
 *
 * Making signed statements as an organization, in two steps, so that all can be shown and
 * judged before a passphrase is asked for: signing_begin knows who signs and which number
 * comes next, signing_unlock has the secret keys.
 */
#ifndef AVOW_NODE_SIGNING_H
#define AVOW_NODE_SIGNING_H

#include "node/author.h"
#include "node/session.h"
#include "sign/passphrase.h"

struct signing_options {
    const char *key; /* file; NULL: the node's */
    const char *lang;
    uint64_t before;
    struct args_list with, with_keys;
    struct passphrase_source src;
};

/* Initialize with "en" and UINT64_MAX. */
#define SIGNING_OPTIONS(o)                                                               \
    { "key", "KEYFILE", "sign with this key instead of the node's", .text = &(o)->key }, \
        { "lang", "LANG", "language of the texts (default en)", .text = &(o)->lang },    \
        { "before", "N", "not valid at or after entry N", .number = &(o)->before },      \
        { "with", "ORG", "co-signed by this organization", .list = &(o)->with },         \
        { "with-key", "KEYFILE",                                                         \
          "co-sign with this key, whose organization joins --with",                      \
          .list = &(o)->with_keys },                                                     \
        PASSPHRASE_OPTIONS(&(o)->src)

struct signing {
    const struct signing_options *o;
    struct session *session;
    struct verifier_key who; /* the author's key */
    struct secret_key *key;  /* NULL: not unlocked */
    struct author *author;   /* locked: nobody else signs with this key */
    struct verifier_key co_who[STATEMENT_SIGNATURES_MAX];
    struct secret_key *co_keys[STATEMENT_SIGNATURES_MAX];
    size_t n_co;
    struct bytes with[STATEMENT_SIGNATURES_MAX];
    size_t n_with;
    json_t *named; /* owns what names in --with stand for */
};

/* Who is to co-sign, by its id; a name is confirmed on the terminal, else refused, like
 * one who has no key to sign with. Said. *out is the argument, or stands in `named`. */
enum status signing_with(struct store *s, const char *org, json_t *named,
                         struct bytes *out);

/* Who signs, and whose keys are here. Unless it is for a draft, all in --with have their
 * keys here. On failure the reason is said. */
enum status signing_begin(struct signing *g, struct session *s,
                          const struct signing_options *o, bool for_draft);
/* Read the secret keys, asking for passphrases. Doing it again is fine. Said. */
enum status signing_unlock(struct signing *g);
/* Lets go of the key's lock, too; all zero is fine. */
void signing_end(struct signing *g);

/* A statement of these records, at this time. */
struct draft signing_draft(const struct signing *g, const struct bytes *records, size_t n,
                           int64_t now);
/* The note as it will be, with zeroes for signatures. */
void signing_preview(const struct signing *g, const struct draft *d, struct buf *note);
/* Signed and co-signed. `trial`: no number is used up. STATUS_REFUSED with `why`, its
 * lines those of `note`. */
enum status signing_sign(struct signing *g, const struct draft *d, bool trial,
                         struct buf *note, struct refusal *why);

/* How many of the records fit into one statement with so many co-signers: one at least.
 */
size_t signing_fitting(size_t n_with, const struct bytes *lines, size_t n);

#endif
