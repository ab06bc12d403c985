/* tests/bench/bench.h
 *
 * What the programs of the benchmark share. They end at the first thing that is not as it
 * should be: a figure of a run that went wrong is worth nothing.
 */
#ifndef AVOW_TESTS_BENCH_BENCH_H
#define AVOW_TESTS_BENCH_BENCH_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/limits.h"

static inline void must(bool ok, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static inline void must(bool ok, const char *fmt, ...)
{
    va_list ap;

    if (ok)
        return;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

static inline void must_be_ok(enum status st, const char *what)
{
    must(st == STATUS_OK, "%s: %s", what, status_text(st));
}

/* Monotonic, one clock for all processes of this machine. */
static inline uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline uint64_t number_of(const char *text, const char *what)
{
    uint64_t n = 0;

    must(decimal_parse(bytes_of(text), &n) == STATUS_OK, "%s: not a number: %s", what,
         text);
    return n;
}

static inline void *must_calloc(size_t n, size_t size)
{
    void *p = calloc(n, size);

    must(p != NULL, "out of memory");
    return p;
}

/* A histogram of times: 64 steps for each doubling, so within 1.6 %. */
#define HISTOGRAM_STEPS 64
struct histogram {
    uint64_t n, max;
    uint64_t counts[64 * HISTOGRAM_STEPS];
};

static inline size_t histogram_slot(uint64_t v)
{
    unsigned shift = 0;

    while (v >> shift >= 2 * HISTOGRAM_STEPS)
        shift++;
    return shift * HISTOGRAM_STEPS + (size_t)(v >> shift);
}

static inline void histogram_add(struct histogram *h, uint64_t v)
{
    h->counts[histogram_slot(v)]++;
    h->n++;
    if (v > h->max)
        h->max = v;
}

/* The largest value of the slot in which this share (0 to 1) of all ends. */
static inline uint64_t histogram_at(const struct histogram *h, double share)
{
    uint64_t below = 0, want = (uint64_t)((double)h->n * share);

    for (size_t i = 0; i < sizeof(h->counts) / sizeof(h->counts[0]); i++) {
        below += h->counts[i];
        if (below > want || (below == h->n && below > 0)) {
            unsigned shift =
                i < 2 * HISTOGRAM_STEPS ? 0 : (unsigned)(i / HISTOGRAM_STEPS) - 1;
            uint64_t top = ((uint64_t)(i - shift * HISTOGRAM_STEPS) + 1) << shift;

            return top - 1 < h->max ? top - 1 : h->max;
        }
    }
    return 0;
}

static inline double ms_of(uint64_t ns)
{
    return (double)ns / 1e6;
}

/* Statements ready to be sent: of each u32 author (big-endian, counted from 0; no two of
 * one author may overtake each other), u16 length, the note. */
struct parcel {
    uint32_t author;
    struct bytes note;
};

static inline void parcel_add(struct buf *out, uint32_t author, struct bytes note)
{
    must(note.len <= NOTE_MAX, "a statement of %zu bytes", note.len);
    buf_u32(out, author);
    buf_u16(out, (uint16_t)note.len);
    buf_add(out, note);
}

static inline struct parcel parcel_next(struct reader *r)
{
    struct parcel p = { .author = reader_u32(r) };

    p.note = reader_take(r, reader_u16(r));
    must(!r->bad && p.note.len > 0, "not a file of statements");
    return p;
}

#endif
