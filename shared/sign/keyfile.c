#include "sign/keyfile.h"

#include <sodium.h>
#include <string.h>

#include "base/codec.h"
#include "base/fault.h"
#include "sign/sign_internal.h"

#define SALT_LEN crypto_pwhash_argon2id_SALTBYTES
#define NONCE_LEN crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define BOX_KEY_LEN crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define BOX_LEN (NONCE_LEN + SEED_LEN + crypto_aead_xchacha20poly1305_ietf_ABYTES)

/* Three quarters of a second and 256 MiB for each guess. */
static const struct keyfile_cost cost_of_new = {
    crypto_pwhash_argon2id_OPSLIMIT_MODERATE,
    crypto_pwhash_argon2id_MEMLIMIT_MODERATE,
};
/* A file may ask for more, not for all the machine has. */
static const struct keyfile_cost cost_max = {
    2 * crypto_pwhash_argon2id_OPSLIMIT_SENSITIVE,
    crypto_pwhash_argon2id_MEMLIMIT_SENSITIVE,
};
static const struct keyfile_cost cost_min = {
    crypto_pwhash_argon2id_OPSLIMIT_MIN,
    crypto_pwhash_argon2id_MEMLIMIT_MIN,
};

/* A key file taken apart; everything borrowed. */
struct parts {
    struct keyfile_head head;
    struct keyfile_cost cost;
    uint8_t salt[SALT_LEN];
    struct bytes above; /* the lines above `box`: its associated data */
    struct bytes last;  /* base64, of the box or the seed */
};

enum status secret_text_new(struct secret_text *out)
{
    char *ptr = fault_here() ? NULL : sodium_malloc(PASSPHRASE_MAX + 1);

    if (ptr == NULL)
        return STATUS_NOMEM;
    ptr[0] = '\0';
    out->ptr = ptr;
    out->len = 0;
    return STATUS_OK;
}

void secret_text_free(struct secret_text *s)
{
    sodium_free(s->ptr);
    s->ptr = NULL;
    s->len = 0;
}

/* A line of this word, a space, and the value that it gives. */
static struct bytes field(struct reader *r, struct bytes word)
{
    struct bytes line = reader_line(r);

    if (!bytes_starts(line, word) || line.len <= word.len || line.ptr[word.len] != ' ') {
        r->bad = true;
        return (struct bytes){ NULL, 0 };
    }
    return bytes_slice(line, word.len + 1, line.len);
}

/* The part of `rest` up to a space or the end. */
static struct bytes next_word(struct bytes *rest)
{
    struct bytes word = *rest;
    size_t at;

    if (!bytes_find(*rest, ' ', &at)) {
        *rest = bytes_slice(*rest, rest->len, rest->len);
        return word;
    }
    word.len = at;
    *rest = bytes_slice(*rest, at + 1, rest->len);
    return word;
}

static bool cost_allowed(const struct keyfile_cost *c)
{
    return c->opslimit >= cost_min.opslimit && c->opslimit <= cost_max.opslimit &&
           c->memlimit >= cost_min.memlimit && c->memlimit <= cost_max.memlimit;
}

/* "argon2id <opslimit> <memlimit> <base64 salt>" */
static enum status parse_argon2id(struct bytes kdf, struct parts *p)
{
    struct bytes rest = kdf;

    if (!bytes_eq(next_word(&rest), BYTES_LIT("argon2id")) ||
        decimal_parse(next_word(&rest), &p->cost.opslimit) != STATUS_OK ||
        decimal_parse(next_word(&rest), &p->cost.memlimit) != STATUS_OK ||
        !cost_allowed(&p->cost))
        return STATUS_MALFORMED;
    return base64_decode_exact(rest, p->salt, SALT_LEN);
}

static enum status parse(struct bytes text, struct parts *out)
{
    struct parts p = { 0 };
    struct reader r = reader_of(text);
    struct bytes name, kdf;

    if (text.len > KEYFILE_MAX ||
        !bytes_eq(reader_line(&r), BYTES_LIT("avow secret key v1")))
        return STATUS_MALFORMED;
    name = field(&r, BYTES_LIT("name"));
    if (verifier_key_parse(field(&r, BYTES_LIT("key")), &p.head.key) != STATUS_OK ||
        !bytes_eq_text(name, p.head.key.name))
        return STATUS_MALFORMED;
    kdf = field(&r, BYTES_LIT("kdf"));
    p.head.locked = !bytes_eq(kdf, BYTES_LIT("none"));
    if (p.head.locked && parse_argon2id(kdf, &p) != STATUS_OK)
        return STATUS_MALFORMED;
    p.above = bytes_slice(text, 0, text.len - r.len);
    p.last = field(&r, p.head.locked ? BYTES_LIT("box") : BYTES_LIT("seed"));
    if (r.bad || r.len != 0)
        return STATUS_MALFORMED;
    *out = p;
    return STATUS_OK;
}

enum status keyfile_head(struct bytes text, struct keyfile_head *out)
{
    struct parts p;
    enum status st = parse(text, &p);

    if (st == STATUS_OK)
        *out = p.head;
    return st;
}

static enum status derive(const struct secret_text *passphrase, struct keyfile_cost cost,
                          const uint8_t salt[SALT_LEN], uint8_t key[BOX_KEY_LEN])
{
    if (fault_here() ||
        crypto_pwhash_argon2id(key, BOX_KEY_LEN, passphrase->ptr, passphrase->len, salt,
                               cost.opslimit, (size_t)cost.memlimit,
                               crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
        return STATUS_NOMEM;
    return STATUS_OK;
}

static enum status open_box(const struct parts *p, const struct secret_text *passphrase,
                            uint8_t seed[SEED_LEN])
{
    uint8_t box[BOX_LEN], key[BOX_KEY_LEN];
    enum status st = base64_decode_exact(p->last, box, BOX_LEN);

    if (st != STATUS_OK)
        return st;
    if (passphrase == NULL || passphrase->ptr == NULL)
        return STATUS_BAD_PASSPHRASE;
    st = derive(passphrase, p->cost, p->salt, key);
    if (st == STATUS_OK && crypto_aead_xchacha20poly1305_ietf_decrypt(
                               seed, NULL, NULL, box + NONCE_LEN, BOX_LEN - NONCE_LEN,
                               p->above.ptr, p->above.len, box, key) != 0)
        st = STATUS_BAD_PASSPHRASE;
    sodium_memzero(key, sizeof(key));
    return st;
}

/* The seed must give the public key that the file names. */
static enum status make_key(const struct verifier_key *named,
                            const uint8_t seed[SEED_LEN], struct secret_key **out)
{
    struct secret_key *k;
    enum status st = secret_key_from_seed(bytes_of(named->name), named->type, seed, &k);

    if (st != STATUS_OK)
        return st;
    if (memcmp(secret_key_public(k)->pub, named->pub, PUBLIC_KEY_LEN) != 0) {
        secret_key_free(k);
        return STATUS_MALFORMED;
    }
    *out = k;
    return STATUS_OK;
}

enum status keyfile_open(struct bytes text, const struct secret_text *passphrase,
                         struct secret_key **out)
{
    uint8_t seed[SEED_LEN];
    struct parts p;
    enum status st = parse(text, &p);

    if (st != STATUS_OK)
        return st;
    if (p.head.locked)
        st = open_box(&p, passphrase, seed);
    else
        st = base64_decode_exact(p.last, seed, SEED_LEN);
    if (st == STATUS_OK)
        st = make_key(&p.head.key, seed, out);
    sodium_memzero(seed, sizeof(seed));
    return st;
}

/* The lines above are in `out`, from `start`. */
static enum status add_box(const struct secret_text *passphrase, struct keyfile_cost cost,
                           const uint8_t salt[SALT_LEN], const uint8_t seed[SEED_LEN],
                           size_t start, struct buf *out)
{
    uint8_t box[BOX_LEN], key[BOX_KEY_LEN];
    enum status st = derive(passphrase, cost, salt, key);

    if (st != STATUS_OK)
        return st;
    randombytes_buf(box, NONCE_LEN);
    crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE_LEN, NULL, seed, SEED_LEN,
                                               out->ptr + start, out->len - start, NULL,
                                               box, key);
    sodium_memzero(key, sizeof(key));
    buf_text(out, "box ");
    base64_encode((struct bytes){ box, BOX_LEN }, out);
    return STATUS_OK;
}

static enum status seal(const struct secret_text *passphrase, struct keyfile_cost cost,
                        const struct verifier_key *pub, const uint8_t seed[SEED_LEN],
                        struct buf *out)
{
    uint8_t salt[SALT_LEN];
    size_t start = out->len;
    enum status st = STATUS_OK;

    /* All its room at once: growing would leave copies of a bare seed behind. */
    if (buf_space(out, KEYFILE_MAX) == NULL)
        return STATUS_NOMEM;
    buf_truncate(out, start);
    buf_printf(out, "avow secret key v1\nname %s\nkey ", pub->name);
    verifier_key_print(pub, out);
    if (passphrase == NULL || passphrase->ptr == NULL) {
        buf_text(out, "\nkdf none\nseed ");
        base64_encode((struct bytes){ seed, SEED_LEN }, out);
    } else {
        randombytes_buf(salt, sizeof(salt));
        buf_printf(out, "\nkdf argon2id %llu %llu ", (unsigned long long)cost.opslimit,
                   (unsigned long long)cost.memlimit);
        base64_encode((struct bytes){ salt, SALT_LEN }, out);
        buf_text(out, "\n");
        st = add_box(passphrase, cost, salt, seed, start, out);
    }
    buf_text(out, "\n");
    return st == STATUS_OK ? buf_status(out) : st;
}

enum status keyfile_seal_at(const struct secret_key *k,
                            const struct secret_text *passphrase,
                            struct keyfile_cost cost, struct buf *out)
{
    uint8_t seed[SEED_LEN];
    size_t start = out->len;
    enum status st;

    secret_key_seed(k, seed);
    st = seal(passphrase, cost, secret_key_public(k), seed, out);
    sodium_memzero(seed, sizeof(seed));
    if (st != STATUS_OK)
        buf_truncate(out, start);
    return st;
}

enum status keyfile_seal(const struct secret_key *k, const struct secret_text *passphrase,
                         struct buf *out)
{
    return keyfile_seal_at(k, passphrase, cost_of_new, out);
}

void keyfile_text_clear(struct buf *text)
{
    if (text->ptr != NULL)
        sodium_memzero(text->ptr, text->cap);
    buf_clear(text);
}
