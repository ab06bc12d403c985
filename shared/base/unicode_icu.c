#include "base/unicode_icu.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/unorm2.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>

/* UTF-16 takes no more units than UTF-8 takes bytes, and a normal form at most four times
 * as many (Unicode FAQ, normalization). */
#define EXPANSION 4
#define TEXT_MAX 4096 /* longer ones are not normalized */
#define UNITS_MAX (TEXT_MAX * EXPANSION)

struct units {
    UChar at[UNITS_MAX];
    int32_t len;
};

/* --- normal forms ----------------------------------------------------------------- */

static enum status to_units(struct bytes in, struct units *out)
{
    UErrorCode err = U_ZERO_ERROR;

    if (in.len > TEXT_MAX)
        return STATUS_TOO_LARGE;
    u_strFromUTF8(out->at, UNITS_MAX, &out->len, (const char *)in.ptr, (int32_t)in.len,
                  &err);
    return U_FAILURE(err) ? STATUS_MALFORMED : STATUS_OK;
}

static enum status normalize(const struct units *in, enum unicode_form form,
                             struct units *out)
{
    UErrorCode err = U_ZERO_ERROR;
    const UNormalizer2 *to =
        form == UNICODE_NFC ? unorm2_getNFCInstance(&err) : unorm2_getNFDInstance(&err);

    if (U_SUCCESS(err))
        out->len = unorm2_normalize(to, in->at, in->len, out->at, UNITS_MAX, &err);
    return U_FAILURE(err) ? STATUS_NOMEM : STATUS_OK;
}

static enum status from_units(const struct units *in, char *out, size_t max, size_t *len)
{
    UErrorCode err = U_ZERO_ERROR;
    int32_t got = 0;

    assert(max <= INT32_MAX);
    u_strToUTF8(out, (int32_t)max, &got, in->at, in->len, &err);
    if (err == U_BUFFER_OVERFLOW_ERROR)
        return STATUS_TOO_LARGE;
    *len = (size_t)got;
    return U_FAILURE(err) ? STATUS_MALFORMED : STATUS_OK;
}

enum status unicode_normalize(struct bytes in, enum unicode_form form, char *out,
                              size_t max, size_t *len)
{
    struct {
        struct units typed, normal;
    } *work = malloc(sizeof(*work));
    enum status st;

    if (work == NULL)
        return STATUS_NOMEM;
    st = to_units(in, &work->typed);
    if (st == STATUS_OK)
        st = normalize(&work->typed, form, &work->normal);
    if (st == STATUS_OK)
        st = from_units(&work->normal, out, max, len);
    explicit_bzero(work, sizeof(*work));
    free(work);
    return st;
}

bool unicode_eq(struct bytes a, struct bytes b)
{
    char text_a[TEXT_MAX], text_b[TEXT_MAX];
    size_t len_a, len_b;

    if (bytes_eq(a, b))
        return true;
    return unicode_normalize(a, UNICODE_NFC, text_a, sizeof(text_a), &len_a) ==
               STATUS_OK &&
           unicode_normalize(b, UNICODE_NFC, text_b, sizeof(text_b), &len_b) ==
               STATUS_OK &&
           len_a == len_b && memcmp(text_a, text_b, len_a) == 0;
}

/* --- what looks alike ------------------------------------------------------------- */

static USpoofChecker *spoof;
static const UNormalizer2 *folding; /* case, width, characters that do not show */

static void open_tables(void)
{
    UErrorCode err = U_ZERO_ERROR;

    folding = unorm2_getNFKCCasefoldInstance(&err);
    spoof = uspoof_open(&err);
    if (U_FAILURE(err)) {
        uspoof_close(spoof);
        spoof = NULL;
    }
}

static void skeleton(const struct units *in, struct units *out, UErrorCode *err)
{
    out->len = uspoof_getSkeleton(spoof, 0, in->at, in->len, out->at, UNITS_MAX, err);
}

static void fold(const struct units *in, struct units *out, UErrorCode *err)
{
    out->len = unorm2_normalize(folding, in->at, in->len, out->at, UNITS_MAX, err);
}

/* One space for any run of them, and none at the ends. */
static void squeeze(struct units *u)
{
    int32_t n = 0;

    for (int32_t i = 0; i < u->len; i++)
        if (u->at[i] != ' ' || (n > 0 && u->at[n - 1] != ' '))
            u->at[n++] = u->at[i];
    while (n > 0 && u->at[n - 1] == ' ')
        n--;
    u->len = n;
}

static enum status append(const struct units *u, struct buf *out)
{
    size_t room = (size_t)u->len * 3, start = out->len,
           len; /* a unit is at most 3 bytes */
    uint8_t *to = buf_space(out, room);
    enum status st = to != NULL ? from_units(u, (char *)to, room, &len) : STATUS_NOMEM;

    if (to != NULL)
        buf_truncate(out, st == STATUS_OK ? start + len : start);
    return st;
}

typedef void step_fn(const struct units *in, struct units *out, UErrorCode *err);

/* Folded first, "Irish" is like "irish"; folded last, "Irish" is like "lrish". */
static enum status two_steps(const struct units *name, step_fn *first, step_fn *second,
                             struct buf *key)
{
    struct units *one = malloc(2 * sizeof(*one));
    UErrorCode err = U_ZERO_ERROR;
    enum status st = STATUS_MALFORMED;

    if (one == NULL)
        return STATUS_NOMEM;
    first(name, one, &err);
    if (U_SUCCESS(err))
        second(one, one + 1, &err);
    if (U_SUCCESS(err)) {
        squeeze(one + 1);
        st = append(one + 1, key);
    }
    free(one);
    return st;
}

enum status unicode_skeletons(struct bytes name, struct buf *a, struct buf *b)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct units *u;
    enum status st;

    pthread_once(&once, open_tables);
    if (spoof == NULL)
        return STATUS_NOMEM;
    u = malloc(sizeof(*u));
    if (u == NULL)
        return STATUS_NOMEM;
    st = to_units(name, u);
    if (st == STATUS_OK)
        st = two_steps(u, skeleton, fold, a);
    if (st == STATUS_OK)
        st = two_steps(u, fold, skeleton, b);
    free(u);
    return st;
}
