/* shared/io/audit_internal.h: what the files of audit.c share. */
#ifndef AVOW_IO_AUDIT_INTERNAL_H
#define AVOW_IO_AUDIT_INTERNAL_H

#include "io/audit.h"
#include "io/pipeline.h"
#include "ledger/keyring.h"
#include "ledger/ledger.h"

/* 256^8 = 2^64 leaves. */
#define AUDIT_LEVELS 8
/* A state that is wrong everywhere need not be told row by row. */
#define AUDIT_FINDINGS_MAX 1000

/* The tiles as they grow with the entries, compared with the store's when full. */
struct audit_tiles {
    struct {
        struct hash hashes[TILE_WIDTH];
        unsigned width;
        uint64_t n;
    } level[AUDIT_LEVELS];
};

struct audit {
    const struct audit_options *o;
    struct audit_counts *counts;
    struct store *store;   /* what is checked: one snapshot */
    struct store *scratch; /* what should be there */
    struct ledger *ledger; /* over the scratch store */
    struct keyring *keyring;
    struct pipeline *pipeline;
    struct tree tree;
    struct audit_tiles tiles;
    bool judging; /* no entry was refused so far */
};

void audit_found(struct audit *a, const char *why, const char *where_fmt, ...)
    __attribute__((format(printf, 3, 4)));
void audit_progress(struct audit *a, const char *what, uint64_t done, uint64_t total);

/* audit_tiles.c */
enum status audit_leaf(struct audit *a, uint64_t index, const struct hash *leaf);
enum status audit_tiles_end(struct audit *a); /* the partial ones */
enum status audit_checkpoints(struct audit *a);

/* audit_anchor.c: does a larger tree's checkpoint vouch for all that is held? */
bool audit_anchored(struct audit *a, const struct log_keys *keys);

/* audit_state.c */
enum status audit_state(struct audit *a);
enum status audit_digests(struct audit *a);

#endif
