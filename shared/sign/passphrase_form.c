#include "sign/passphrase_form.h"

#include <sodium.h>
#include <string.h>

#include "base/unicode_icu.h"

#define MARK BYTES_LIT("\xef\xbb\xbf")
#define CHARACTERS_MIN 8
#define DIFFERENT_MIN 4

static struct bytes without_mark(const struct secret_text *s)
{
    struct bytes all = { (const uint8_t *)s->ptr, s->len };

    return bytes_starts(all, MARK) ? bytes_slice(all, MARK.len, all.len) : all;
}

/* `out` has its room. STATUS_MALFORMED: it has no such form. */
static enum status respell(const struct secret_text *s, enum unicode_form form,
                           struct secret_text *out)
{
    enum status st =
        unicode_normalize(without_mark(s), form, out->ptr, PASSPHRASE_MAX, &out->len);

    if (st == STATUS_OK)
        out->ptr[out->len] = '\0';
    return st;
}

enum status passphrase_form_new(struct secret_text *s)
{
    struct secret_text normal;
    enum status st = secret_text_new(&normal);

    if (st != STATUS_OK)
        return st;
    st = respell(s, UNICODE_NFC, &normal);
    if (st == STATUS_OK) {
        memcpy(s->ptr, normal.ptr, normal.len + 1);
        s->len = normal.len;
    }
    secret_text_free(&normal);
    return st == STATUS_MALFORMED ? STATUS_OK : st;
}

static bool same(const struct secret_text *a, const struct secret_text *b)
{
    return a->len == b->len && sodium_memcmp(a->ptr, b->ptr, a->len) == 0;
}

/* Each guess costs most of a second, so none is made twice. */
static enum status open_respelled(struct bytes keyfile, const struct secret_text *s,
                                  struct secret_text *nfc, struct secret_text *nfd,
                                  struct secret_key **out)
{
    enum status st = STATUS_BAD_PASSPHRASE;

    if (respell(s, UNICODE_NFC, nfc) != STATUS_OK)
        return st;
    if (!same(nfc, s))
        st = keyfile_open(keyfile, nfc, out);
    if (st != STATUS_BAD_PASSPHRASE || respell(s, UNICODE_NFD, nfd) != STATUS_OK)
        return st;
    return same(nfd, s) || same(nfd, nfc) ? st : keyfile_open(keyfile, nfd, out);
}

enum status passphrase_form_open(struct bytes keyfile, const struct secret_text *s,
                                 struct secret_key **out)
{
    struct secret_text nfc = { NULL, 0 }, nfd = { NULL, 0 };
    enum status st = keyfile_open(keyfile, s, out), more;

    if (st != STATUS_BAD_PASSPHRASE || s->ptr == NULL)
        return st;
    more = secret_text_new(&nfc);
    if (more == STATUS_OK)
        more = secret_text_new(&nfd);
    st = more == STATUS_OK ? open_respelled(keyfile, s, &nfc, &nfd, out) : more;
    secret_text_free(&nfc);
    secret_text_free(&nfd);
    return st;
}

bool passphrase_form_weak(const struct secret_text *s)
{
    size_t characters = 0, different = 0;

    for (size_t i = 0; i < s->len; i++) {
        characters += ((unsigned char)s->ptr[i] & 0xc0) != 0x80;
        different += memchr(s->ptr, s->ptr[i], i) == NULL;
    }
    return characters < CHARACTERS_MIN || different < DIFFERENT_MIN;
}
