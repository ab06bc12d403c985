/* shared/base/say.h
 *
 * What programs say on stderr. Daemons log at four levels, named by whose matter it is;
 * command lines say `PROGRAM: error: ...` and `PROGRAM: hint: ...`, and show progress.
 * Thread-safe: a line is written whole. What it quotes of others is shown as base/shown.h
 * has it.
 */
#ifndef AVOW_BASE_SAY_H
#define AVOW_BASE_SAY_H

#include <stdbool.h>
#include <stdint.h>

/* Of lines of one format (but debug's) so many are printed within so long; the rest is
 * counted, and the number said later. So nobody outside can fill the disk by them. */
#define SAY_SAME_MAX 20
#define SAY_SAME_MS 60000

enum say_level {
    SAY_DEBUG,
    SAY_INFO,
    SAY_UNUSUAL, /* the world did something odd */
    SAY_BROKEN   /* we have a bug */
};

/* Call first in main. `program` stands before every line and outlives all calls. */
void say_init(const char *program, enum say_level least);
/* The least level from now on. */
void say_least(enum say_level least);
void say(enum say_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
#define say_debug(...) say(SAY_DEBUG, __VA_ARGS__)
#define say_info(...) say(SAY_INFO, __VA_ARGS__)
#define say_unusual(...) say(SAY_UNUSUAL, __VA_ARGS__)
#define say_broken(...) say(SAY_BROKEN, __VA_ARGS__)

/* Lower case, no full stop: what failed, on what, why. */
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* What to do next. */
void say_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A progress bar on stderr, drawn only on a terminal, at most ten times a second.
 * `total` 0: unknown, a count is shown. done == total (above 0) ends the line. */
void say_progress(const char *what, uint64_t done, uint64_t total);

/* Colour on this stream (NO_COLOR unset, TERM not dumb, a terminal)? */
bool say_colour(int fd);

#endif
