/* shared/face/route_internal.h: what the files of the routes share. */
#ifndef AVOW_FACE_ROUTE_INTERNAL_H
#define AVOW_FACE_ROUTE_INTERNAL_H

#include "face/route.h"

#define ROUTE_TEXT "text/plain; charset=utf-8"
#define ROUTE_JSON "application/json"
/* Ask each time whether it changed: the answer may be 304. */
#define ROUTE_REVALIDATE "no-cache"
#define ROUTE_IMMUTABLE "public, max-age=31536000, immutable"

void route_not_found(struct http_response *out, const char *what);
/* Status 200 of this type; the body is in place. */
void route_ok(struct http_response *out, const char *type, const char *cache_control);

/* Below "/log/" and below "/api/v1/": `path` is what follows. */
enum status route_log(struct store *s, struct bytes path, struct http_response *out);
enum status route_api(struct store *s, const struct route_context *ctx,
                      const struct http_request *rq, struct bytes path,
                      struct http_response *out);
/* "<index>/<n>" behind "/r/". */
enum status route_record(struct store *s, const struct http_request *rq,
                         struct bytes path, struct http_response *out);

#endif
