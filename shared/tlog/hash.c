#include "tlog/hash.h"

#include <assert.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"

struct hasher {
    EVP_MD_CTX *ctx;
};

/* Fetched once: looking an algorithm up costs more than hashing a node. Never freed:
 * other threads may still hash while the process exits. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;
static pthread_key_t ctx_key; /* frees a thread's context when the thread ends */

static _Thread_local EVP_MD_CTX *thread_ctx;

static void free_ctx(void *ctx)
{
    EVP_MD_CTX_free(ctx);
    thread_ctx = NULL; /* what ends after us may hash again */
}

static void fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (sha256 == NULL || pthread_key_create(&ctx_key, free_ctx) != 0)
        abort();
}

/* A hash has no way to say that it could not be computed, and nothing here may go on
 * with a wrong one: without memory for the first hash of a thread there is no program. */
static EVP_MD_CTX *context(void)
{
    if (thread_ctx == NULL) {
        pthread_once(&once, fetch);
        thread_ctx = EVP_MD_CTX_new();
        if (thread_ctx == NULL || pthread_setspecific(ctx_key, thread_ctx) != 0)
            abort();
    }
    return thread_ctx;
}

static void begin(EVP_MD_CTX *ctx)
{
    if (EVP_DigestInit_ex2(ctx, sha256, NULL) != 1)
        abort();
}

static void add(EVP_MD_CTX *ctx, const void *ptr, size_t len)
{
    if (len > 0 && EVP_DigestUpdate(ctx, ptr, len) != 1)
        abort();
}

static struct hash end(EVP_MD_CTX *ctx)
{
    struct hash h;

    if (EVP_DigestFinal_ex(ctx, h.b, NULL) != 1)
        abort();
    return h;
}

struct hash hash_sha256(struct bytes data)
{
    EVP_MD_CTX *ctx = context();

    begin(ctx);
    add(ctx, data.ptr, data.len);
    return end(ctx);
}

struct hash hash_leaf(struct bytes entry)
{
    EVP_MD_CTX *ctx = context();

    begin(ctx);
    add(ctx, "\x00", 1);
    add(ctx, entry.ptr, entry.len);
    return end(ctx);
}

struct hash hash_node(const struct hash *left, const struct hash *right)
{
    uint8_t node[1 + 2 * HASH_LEN];

    node[0] = 0x01;
    memcpy(node + 1, left->b, HASH_LEN);
    memcpy(node + 1 + HASH_LEN, right->b, HASH_LEN);
    return hash_sha256((struct bytes){ node, sizeof(node) });
}

struct hash hash_empty(void)
{
    return hash_sha256((struct bytes){ NULL, 0 });
}

bool hash_eq(const struct hash *a, const struct hash *b)
{
    return memcmp(a->b, b->b, HASH_LEN) == 0;
}

enum status hasher_new(struct hasher **out)
{
    struct hasher *h = fault_here() ? NULL : calloc(1, sizeof(*h));

    if (h == NULL)
        return STATUS_NOMEM;
    pthread_once(&once, fetch);
    h->ctx = fault_here() ? NULL : EVP_MD_CTX_new();
    if (h->ctx == NULL) {
        free(h);
        return STATUS_NOMEM;
    }
    begin(h->ctx);
    *out = h;
    return STATUS_OK;
}

void hasher_add(struct hasher *h, struct bytes data)
{
    assert(h != NULL);
    add(h->ctx, data.ptr, data.len);
}

struct hash hasher_end(struct hasher *h)
{
    struct hash sum = end(h->ctx);

    begin(h->ctx);
    return sum;
}

void hasher_free(struct hasher *h)
{
    if (h == NULL)
        return;
    EVP_MD_CTX_free(h->ctx);
    free(h);
}
