/* tests/fuzz/http_query.c: "<path>?<query>" as anybody may send it. Filters have one
 * text, identifiers come back as they went, and every request is told apart. */
#include <string.h>

#include "fuzz/fuzz.h"

#include "face/filter.h"
#include "face/route.h"

static void check_filter(struct bytes query)
{
    struct filter *f = NULL, *again = NULL;
    char why[200];

    if (filter_parse(query, &f, why) != STATUS_OK) {
        require(memchr(why, '\0', sizeof(why)) != NULL);
        return;
    }
    require(filter_dup(f, &again) == STATUS_OK);
    require(strcmp(filter_text(f), filter_text(again)) == 0);
    require(filter_empty(f) == (filter_text(f)[0] == '\0'));
    require(filter_match(f, BYTES_LIT("pledge.made"), NULL) ==
            filter_match(again, BYTES_LIT("pledge.made"), NULL));
    filter_free(f);
    filter_free(again);
}

static void check_segment(struct bytes text)
{
    struct buf plain = { 0 }, coded = { 0 }, again = { 0 };

    if (query_decode_segment(text, &plain) == STATUS_OK) {
        query_encode_segment(buf_bytes(&plain), &coded);
        require(query_decode_segment(buf_bytes(&coded), &again) == STATUS_OK);
        require(bytes_eq(buf_bytes(&plain), buf_bytes(&again)));
    }
    buf_clear(&plain);
    buf_clear(&coded);
    buf_clear(&again);
}

static void check_route(struct bytes path, struct bytes query)
{
    static const char *const methods[] = { "GET", "HEAD", "POST", "OPTIONS", "TRACE" };

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        struct http_request rq = { .method = bytes_of(methods[i]),
                                   .path = path,
                                   .query = query };
        struct http_response out = { 0 };
        enum route_type type = route_find(&rq, &out);

        require((type == ROUTE_NONE) == (out.status == 404 || out.status == 405));
        require(type == ROUTE_NONE || out.body.len == 0);
        http_response_clear(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes path = { data, len }, query = { 0 };
    struct buf value = { 0 };
    size_t at;

    if (bytes_find(path, '?', &at)) {
        query = bytes_slice(path, at + 1, path.len);
        path = bytes_slice(path, 0, at);
    }
    check_filter(query);
    check_segment(path);
    check_route(path, query);
    if (query_param(query, "since", 0, &value) == STATUS_OK)
        require(value.len == 0 || memchr(value.ptr, 0, value.len) == NULL);
    buf_clear(&value);
    return 0;
}
