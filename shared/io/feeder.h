/* shared/io/feeder.h
 *
 * The thread that makes events of what was committed, from a store of its own, and hands
 * them to the face. So neither the writer nor the face waits for it. Where nobody watches
 * it makes none.
 */
#ifndef AVOW_IO_FEEDER_H
#define AVOW_IO_FEEDER_H

#include "io/face.h"
#include "tlog/hash.h"

struct feeder;

/* `size`: what the face was opened with. */
enum status feeder_new(const char *store_path, struct face *face, uint64_t size,
                       struct feeder **out);
/* A checkpoint of this size and root was committed. Any thread, never waits. */
void feeder_committed(struct feeder *f, uint64_t size, const struct hash *root);
/* Accepts NULL. Call before face_close. */
void feeder_free(struct feeder *f);

#endif
