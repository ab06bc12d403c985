/* shared/io/http_curl.h
 *
 * An HTTP client with bounds: one server, answers of a size that the asker allows, by a
 * time that it says. Certificates are verified (SSL_CERT_FILE names another list of
 * authorities than the system's), redirects are answers like others and never followed,
 * and the proxies of the environment are used (http_proxy, https_proxy, no_proxy).
 *
 * Any thread may ask, several at once.
 */
#ifndef AVOW_IO_HTTP_CURL_H
#define AVOW_IO_HTTP_CURL_H

#include "base/bytes.h"

struct http_client;

struct http_answer {
    unsigned status;
    unsigned retry_after_s; /* 0: none */
    char type[64];          /* Content-Type; "" none */
    struct buf body;
};
void http_answer_clear(struct http_answer *a);

/* Is this an address for it: http: or https:? */
bool http_client_is_url(const char *url);

/* `base`: scheme, host, perhaps a port and a path, in front of every path that is asked
 * for. STATUS_USAGE: not such an address. */
enum status http_client_open(const char *base, struct http_client **out);
void http_client_close(struct http_client *c); /* accepts NULL; nobody asks any more */

/* GET `path`, which begins with a slash; or POST `body`, where that is not NULL. Whatever
 * status the server gives is an answer (`out` is cleared first). By clock_ms() of
 * `until_ms`, STATUS_TIMEOUT. STATUS_UNREACHABLE: no connection, none that can be
 * trusted, or it was cut; STATUS_TOO_LARGE: the answer is of more than `max` bytes;
 * STATUS_BUSY: too many ask at once. */
enum status http_client_ask(struct http_client *c, const char *path,
                            const struct bytes *body, size_t max, uint64_t until_ms,
                            struct http_answer *out);

/* Who asks is answered STATUS_TIMEOUT at once, now and later. Any thread. */
void http_client_quit(struct http_client *c);

#endif
