/* shared/io/http_curl.c */
#include "io/http_curl.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/say.h"

/* Who asks at once: one who follows, one who waits for news, and commands. */
#define HANDLES_MAX 8
#define CONNECT_MS 8000L
/* How often to look at the clock, where nothing comes. */
#define LOOK_MS 1000

/* A connection, kept for the next question. */
struct handle {
    CURL *easy;
    CURLM *multi;
    bool busy;
};

struct http_client {
    char *base; /* no slash at its end */
    atomic_bool quit;

    pthread_mutex_t lock; /* all below */
    struct handle handles[HANDLES_MAX];
    char trouble[160]; /* what was said last of why it cannot be reached */
};

struct asking {
    struct http_answer *out;
    size_t max;
    bool posts, too_large, nomem;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_library(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

void http_answer_clear(struct http_answer *a)
{
    buf_clear(&a->body);
    memset(a, 0, sizeof(*a));
}

bool http_client_is_url(const char *url)
{
    return strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

/* Nothing but scheme, host, port and path: what else there may be in an address, names,
 * passwords and queries, is not for us. */
static bool is_base(const char *url)
{
    static const CURLUPart none[] = { CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY,
                                      CURLUPART_FRAGMENT };
    CURLU *u = curl_url();
    bool ok = u != NULL && http_client_is_url(url) &&
              curl_url_set(u, CURLUPART_URL, url, 0) == 0;

    for (size_t i = 0; ok && i < sizeof(none) / sizeof(none[0]); i++) {
        char *part = NULL;

        ok = curl_url_get(u, none[i], &part, 0) != CURLUE_OK;
        curl_free(part);
    }
    curl_url_cleanup(u);
    return ok;
}

enum status http_client_open(const char *base, struct http_client **out)
{
    struct http_client *c;
    size_t len = strlen(base);

    pthread_once(&once, init_library);
    if (!is_base(base))
        return STATUS_USAGE;
    c = calloc(1, sizeof(*c));
    if (c == NULL)
        return STATUS_NOMEM;
    pthread_mutex_init(&c->lock, NULL);
    c->base = strdup(base);
    if (c->base == NULL) {
        http_client_close(c);
        return STATUS_NOMEM;
    }
    while (len > 0 && c->base[len - 1] == '/')
        c->base[--len] = '\0';
    *out = c;
    return STATUS_OK;
}

void http_client_close(struct http_client *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < HANDLES_MAX; i++) {
        curl_easy_cleanup(c->handles[i].easy);
        if (c->handles[i].multi != NULL)
            curl_multi_cleanup(c->handles[i].multi);
    }
    pthread_mutex_destroy(&c->lock);
    free(c->base);
    free(c);
}

void http_client_quit(struct http_client *c)
{
    pthread_mutex_lock(&c->lock);
    atomic_store(&c->quit, true);
    for (size_t i = 0; i < HANDLES_MAX; i++)
        if (c->handles[i].multi != NULL)
            curl_multi_wakeup(c->handles[i].multi);
    pthread_mutex_unlock(&c->lock);
}

static enum status take(struct http_client *c, struct handle **out)
{
    struct handle *h = NULL;
    enum status st = STATUS_OK;

    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; h == NULL && i < HANDLES_MAX; i++)
        h = c->handles[i].busy ? NULL : &c->handles[i];
    if (h == NULL) {
        st = STATUS_BUSY;
    } else {
        if (h->easy == NULL)
            h->easy = curl_easy_init();
        if (h->multi == NULL)
            h->multi = curl_multi_init();
        h->busy = h->easy != NULL && h->multi != NULL;
        st = h->busy ? STATUS_OK : STATUS_NOMEM;
    }
    pthread_mutex_unlock(&c->lock);
    *out = h;
    return st;
}

static void give_back(struct http_client *c, struct handle *h)
{
    pthread_mutex_lock(&c->lock);
    h->busy = false;
    pthread_mutex_unlock(&c->lock);
}

static size_t on_body(char *ptr, size_t size, size_t n, void *arg)
{
    struct asking *a = arg;
    struct buf *body = &a->out->body;

    (void)size; /* 1, says the library */
    a->too_large = n > a->max - body->len;
    if (a->too_large)
        return 0;
    buf_append(body, ptr, n);
    a->nomem = body->bad;
    return a->nomem ? 0 : n;
}

static enum status set_options(struct http_client *c, CURL *e, const char *url,
                               const struct bytes *body, struct asking *a)
{
    const char *authorities = getenv("SSL_CERT_FILE");
    bool ok;

    curl_easy_reset(e); /* connections are kept */
    ok = curl_easy_setopt(e, CURLOPT_URL, url) == CURLE_OK &&
         curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR,
                          strncmp(c->base, "https:", 6) == 0 ? "https" : "http") ==
             CURLE_OK &&
         curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
         curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
         curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) == CURLE_OK &&
         curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) ==
             CURLE_OK &&
         curl_easy_setopt(e, CURLOPT_USERAGENT, "avow/" AVOW_VERSION) == CURLE_OK &&
         curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
         curl_easy_setopt(e, CURLOPT_WRITEDATA, a) == CURLE_OK;
    if (ok && authorities != NULL && authorities[0] != '\0')
        ok = curl_easy_setopt(e, CURLOPT_CAINFO, authorities) == CURLE_OK;
    if (ok && body != NULL)
        ok = curl_easy_setopt(e, CURLOPT_POST, 1L) == CURLE_OK &&
             curl_easy_setopt(e, CURLOPT_POSTFIELDS, body->ptr) == CURLE_OK &&
             curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len) ==
                 CURLE_OK;
    return ok ? STATUS_OK : STATUS_NOMEM;
}

/* Until it is done (*result says how), the time is over, or nobody wants it any more. */
static enum status perform(struct http_client *c, CURLM *multi, uint64_t until_ms,
                           CURLcode *result)
{
    int running = 1, left;
    const CURLMsg *m;

    for (;;) {
        uint64_t now = clock_ms();

        if (atomic_load(&c->quit) || now >= until_ms)
            return STATUS_TIMEOUT;
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            return STATUS_UNREACHABLE;
        if (running == 0)
            break;
        curl_multi_poll(multi, NULL, 0,
                        until_ms - now < LOOK_MS ? (int)(until_ms - now) : LOOK_MS, NULL);
    }
    m = curl_multi_info_read(multi, &left);
    if (m == NULL || m->msg != CURLMSG_DONE)
        return STATUS_UNREACHABLE;
    *result = m->data.result;
    return STATUS_OK;
}

/* Once, as long as it stays the same. */
static void say_trouble(struct http_client *c, CURLcode result)
{
    char now[sizeof(c->trouble)] = "";
    bool news;

    if (result != CURLE_OK)
        snprintf(now, sizeof(now), "%s", curl_easy_strerror(result));
    pthread_mutex_lock(&c->lock);
    news = strcmp(now, c->trouble) != 0;
    memcpy(c->trouble, now, sizeof(now));
    pthread_mutex_unlock(&c->lock);
    if (news && result != CURLE_OK)
        say_unusual("%s: %s", c->base, now);
}

static void read_head(CURL *e, struct http_answer *out)
{
    const char *type = NULL;
    curl_off_t after = 0;
    long status = 0;

    curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(e, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(e, CURLINFO_RETRY_AFTER, &after);
    out->status = (unsigned)status;
    out->retry_after_s = after > UINT16_MAX ? UINT16_MAX : (unsigned)after;
    snprintf(out->type, sizeof(out->type), "%s", type != NULL ? type : "");
}

static enum status ask(struct http_client *c, struct handle *h, struct asking *a,
                       uint64_t until_ms)
{
    CURLcode result = CURLE_OK;
    long sent = 0;
    enum status st;

    if (curl_multi_add_handle(h->multi, h->easy) != CURLM_OK)
        return STATUS_NOMEM;
    st = perform(c, h->multi, until_ms, &result);
    if (st == STATUS_OK && result == CURLE_OK)
        read_head(h->easy, a->out);
    curl_multi_remove_handle(h->multi, h->easy);
    if (st != STATUS_OK)
        return st;
    if (a->too_large)
        return STATUS_TOO_LARGE;
    if (a->nomem)
        return STATUS_NOMEM;
    say_trouble(c, result);
    if (result == CURLE_OK)
        return STATUS_OK;
    /* What was sent may have arrived, whatever became of its answer. */
    curl_easy_getinfo(h->easy, CURLINFO_REQUEST_SIZE, &sent);
    return a->posts && sent > 0 ? STATUS_TIMEOUT : STATUS_UNREACHABLE;
}

/* Of a POST. */
static enum status set_headers(CURL *e, struct curl_slist **headers)
{
    static const char *const lines[] = {
        "Content-Type: text/plain; charset=utf-8",
        "Expect:" /* the body is sent unasked */
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct curl_slist *more = curl_slist_append(*headers, lines[i]);

        if (more == NULL)
            return STATUS_NOMEM;
        *headers = more;
    }
    return curl_easy_setopt(e, CURLOPT_HTTPHEADER, *headers) == CURLE_OK ? STATUS_OK
                                                                         : STATUS_NOMEM;
}

enum status http_client_ask(struct http_client *c, const char *path,
                            const struct bytes *body, size_t max, uint64_t until_ms,
                            struct http_answer *out)
{
    struct asking a = { .out = out, .max = max, .posts = body != NULL };
    struct curl_slist *headers = NULL;
    struct buf url = { 0 };
    struct handle *h;
    enum status st = take(c, &h);

    http_answer_clear(out);
    if (st != STATUS_OK)
        goto end;
    buf_printf(&url, "%s%s", c->base, path);
    st = buf_status(&url);
    if (st == STATUS_OK)
        st = set_options(c, h->easy, buf_str(&url), body, &a);
    if (st == STATUS_OK && body != NULL)
        st = set_headers(h->easy, &headers);
    if (st == STATUS_OK)
        st = ask(c, h, &a, until_ms);
    curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, NULL);
    give_back(c, h);
end:
    curl_slist_free_all(headers);
    buf_clear(&url);
    return st;
}
