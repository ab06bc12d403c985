/* shared/face/accept.h
 *
 * What a client would rather have: Accept and Accept-Encoding (RFC 9110 12.5). Pure.
 */
#ifndef AVOW_FACE_ACCEPT_H
#define AVOW_FACE_ACCEPT_H

#include "base/bytes.h"

/* How much one thing is wanted, by the element of the list that says most of it. */
struct accept {
    unsigned thousandths; /* of weight: 0, not at all, to 1000 */
    bool named;           /* itself, not by a wildcard */
    size_t at;            /* where it stands in the list */
};

/* A media type ("text/csv"), in a list with ranges as wildcards. Parameters other than q
 * are not looked at. An empty header takes anything. */
struct accept accept_media(struct bytes header, const char *type);
/* A content coding ("gzip"), in a list with "*". An empty header takes none but the
 * identity. */
struct accept accept_coding(struct bytes header, const char *coding);

#endif
