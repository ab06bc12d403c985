/* shared/io/link_client_http.c: the link over HTTP alone (docs/replication.md 7): what is
 * asked, what waits, and the thread that hears of news. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/link_http.h"
#include "record/json.h"

/* How long the server may keep a question for news; below what proxies allow. */
#define NEWS_WAIT_S 25
#define NEWS_PATIENCE_MS 35000
#define NEWS_RETRY_MIN_MS 250
#define NEWS_RETRY_MAX_MS 10000
/* One event with its record, at most. */
#define NEWS_MAX (256 * 1024)

/* --- news ------------------------------------------------------------------------- */

/* docs/replication.md 7.5. STATUS_REFUSED: the log is not that long (any more). */
static enum status hear(struct http_link *l, uint64_t since, uint64_t *size)
{
    struct http_answer a = { 0 };
    struct buf path = { 0 };
    json_t *json = NULL;
    json_int_t n;
    enum status st;

    buf_printf(&path, "/api/v1/events?since=%llu&wait=%d&limit=1",
               (unsigned long long)since, NEWS_WAIT_S);
    st = http_client_ask(l->http, buf_str(&path), NULL, NEWS_MAX,
                         clock_ms() + NEWS_PATIENCE_MS, &a);
    if (st == STATUS_OK)
        st = a.status == 200   ? json_parse(buf_bytes(&a.body), &json)
             : a.status == 409 ? STATUS_REFUSED
                               : STATUS_UNREACHABLE;
    if (st == STATUS_OK) {
        n = json_integer_value(json_object_get(json, "size"));
        *size = n > 0 ? (uint64_t)n : 0;
        st = n >= 0 ? STATUS_OK : STATUS_MALFORMED;
    }
    json_decref(json);
    http_answer_clear(&a);
    buf_clear(&path);
    return st;
}

/* Under the lock. */
static void pause_ms(struct http_link *l, uint64_t ms)
{
    struct timespec t = link_client_deadline(ms);

    while (!l->base.quit && link_client_changed(&l->base, &t))
        ;
}

static void *listen_for_news(void *arg)
{
    struct http_link *l = arg;
    uint64_t retry_ms = NEWS_RETRY_MIN_MS, since, size = 0;
    enum status st;

    pthread_mutex_lock(&l->base.lock);
    since = l->seen;
    while (!l->base.quit) {
        pthread_mutex_unlock(&l->base.lock);
        st = hear(l, since, &size);
        pthread_mutex_lock(&l->base.lock);
        if (st == STATUS_OK && size >= since) {
            bool none = size == since;

            l->base.hint = since = size;
            pthread_cond_broadcast(&l->base.changed);
            retry_ms = NEWS_RETRY_MIN_MS;
            /* One that does not wait is not asked all the time. */
            pause_ms(l, none ? NEWS_RETRY_MIN_MS : 0);
            continue;
        }
        pause_ms(l, retry_ms);
        retry_ms = retry_ms * 2 < NEWS_RETRY_MAX_MS ? retry_ms * 2 : NEWS_RETRY_MAX_MS;
        since = l->seen;
    }
    pthread_mutex_unlock(&l->base.lock);
    return NULL;
}

static enum status client_hints(struct link_client *base, const char *hints_url)
{
    struct http_link *l = (struct http_link *)base;
    enum status st = STATUS_OK;

    (void)hints_url;
    pthread_mutex_lock(&l->base.lock);
    if (!l->has_thread && !l->base.quit) {
        l->has_thread = pthread_create(&l->thread, NULL, listen_for_news, l) == 0;
        st = l->has_thread ? STATUS_OK : STATUS_NOMEM;
    }
    pthread_mutex_unlock(&l->base.lock);
    return st;
}

static void client_quit(struct link_client *base)
{
    http_client_quit(((struct http_link *)base)->http);
}

static bool client_connected(struct link_client *base)
{
    (void)base;
    return true;
}

/* --- asking ----------------------------------------------------------------------- */

static enum status client_call(struct link_client *base, struct bytes request,
                               int timeout_ms, struct buf *answer)
{
    struct http_link *l = (struct http_link *)base;
    uint64_t until = clock_ms() + (uint64_t)timeout_ms;
    struct message m;
    enum status st = message_decode(request, &m);

    buf_reset(answer);
    if (st != STATUS_OK)
        return st;
    switch (m.type) {
    case MESSAGE_STATUS:
        return link_http_status(l, until, answer);
    case MESSAGE_ENTRIES:
    case MESSAGE_PROVE:
        pthread_mutex_lock(&l->tiles_lock);
        st = m.type == MESSAGE_ENTRIES ? link_http_entries(l, &m, until, answer)
                                       : link_http_prove(l, &m, until, answer);
        pthread_mutex_unlock(&l->tiles_lock);
        return st;
    case MESSAGE_SUBMIT:
        return link_http_submit(l, &m, until, answer);
    case MESSAGE_COSIGN:
        return link_http_cosign(l, &m, until, answer);
    case MESSAGE_EVIDENCE: /* docs/replication.md 7.7 */
        message_encode(&(struct message){ .type = MESSAGE_EVIDENCE_ANSWER }, answer);
        return buf_status(answer);
    default:
        return STATUS_MALFORMED;
    }
}

static void client_close(struct link_client *base)
{
    struct http_link *l = (struct http_link *)base;

    if (l->http != NULL)
        link_client_quit(base);
    if (l->has_thread)
        pthread_join(l->thread, NULL);
    http_client_close(l->http);
    link_http_forget(l);
    pthread_mutex_destroy(&l->tiles_lock);
    link_client_destroy(&l->base);
    free(l);
}

enum status link_client_open_http(const char *url, struct link_client **out)
{
    static const struct link_client_type type = {
        .close = client_close,
        .hints = client_hints,
        .call = client_call,
        .quit = client_quit,
        .connected = client_connected,
    };
    struct http_link *l = calloc(1, sizeof(*l));
    enum status st;

    if (l == NULL)
        return STATUS_NOMEM;
    link_client_init(&l->base, &type);
    pthread_mutex_init(&l->tiles_lock, NULL);
    st = http_client_open(url, &l->http);
    if (st != STATUS_OK) {
        client_close(&l->base);
        return st;
    }
    *out = &l->base;
    return STATUS_OK;
}
