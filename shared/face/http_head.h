/* shared/face/http_head.h
 *
 * The head of an HTTP/1 request: bytes from anybody into start line and fields, strictly
 * by RFC 9112. Pure. What it takes is well-formed; what it does not take is a fault with
 * a status of its own, so that every request is answered.
 */
#ifndef AVOW_FACE_HTTP_HEAD_H
#define AVOW_FACE_HTTP_HEAD_H

#include "base/bytes.h"

/* Bytes of a head: room for what browsers send with proxies' fields, and no more. */
#define HTTP_HEAD_MAX ((size_t)16384)
#define HTTP_TARGET_MAX ((size_t)8192)
#define HTTP_METHOD_MAX ((size_t)32)
#define HTTP_FIELDS_MAX 100

struct http_fault {
    unsigned status;
    const char *type, *title, *detail; /* static; as route_problem takes them */
};

/* Everything borrowed from the text. */
struct http_head {
    struct bytes method, path, query; /* path and query as sent; without "?" */
    unsigned minor;                   /* of HTTP/1.x */
    struct http_field {
        struct bytes name, value; /* the value without blanks around it */
    } fields[HTTP_FIELDS_MAX];
    size_t n;
    bool has_length, coded; /* Content-Length, Transfer-Encoding */
    uint64_t length;        /* of the body; 0 where none is stated */
    bool keep;              /* the connection, by version and Connection */
    size_t len;             /* of the head, with the empty line at its end */
};

enum http_head_result { HTTP_HEAD_MORE, HTTP_HEAD_TAKEN, HTTP_HEAD_FAULT };

/* `text` is what came in so far, at most HTTP_HEAD_MAX or a little more; bytes behind the
 * head are not looked at. `*scanned` is 0 at first and the caller keeps it between calls
 * for more and more of the same text, so that all of them together cost what one does. */
enum http_head_result http_head_parse(struct bytes text, size_t *scanned,
                                      struct http_head *out, struct http_fault *fault);

/* The values of all fields of this name (lower case), parted by ", ", appended. */
void http_head_get(const struct http_head *h, const char *name, struct buf *out);
size_t http_head_count(const struct http_head *h, const char *name);
/* The first of them; empty: none. */
struct bytes http_head_first(const struct http_head *h, const char *name);
/* Is `token` an element of the list in the fields of this name, in any case? */
bool http_head_lists(const struct http_head *h, const char *name, const char *token);

/* A path as one spelling: percent-encodings that need not be are decoded, others
 * in upper case; slashes of the path stay what they are. Of a taken head; appended. */
void http_path_normal(struct bytes path, struct buf *out);

#endif
