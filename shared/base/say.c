#include "base/say.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/shown.h"

#define LINE_MAX_LEN 2048 /* longer lines are cut */
#define BAR_WIDTH 30
#define REDRAW_MS 100
/* Different kinds of lines that are counted at once. */
#define KINDS_MAX 64

/* Lines of one kind: those of one format. */
struct kind {
    const char *fmt; /* NULL: free */
    enum say_level level;
    uint64_t since_ms; /* the first of those counted */
    unsigned n;
};

static struct {
    pthread_mutex_t lock;
    const char *program;
    atomic_int least;
    bool bar; /* a progress bar stands on the current line */
    uint64_t drawn_ms;
    struct kind kinds[KINDS_MAX];
} state = { .lock = PTHREAD_MUTEX_INITIALIZER, .program = "avow", .least = SAY_INFO };

void say_init(const char *program, enum say_level least)
{
    state.program = program;
    say_least(least);
}

void say_least(enum say_level least)
{
    atomic_store(&state.least, (int)least);
}

bool say_colour(int fd)
{
    const char *off = getenv("NO_COLOR"), *term = getenv("TERM");

    return (off == NULL || *off == '\0') && term != NULL && strcmp(term, "dumb") != 0 &&
           isatty(fd);
}

/* Under the lock. */
static void print(const char *label, const char *colour, const char *text)
{
    bool coloured = say_colour(STDERR_FILENO);
    char shown[LINE_MAX_LEN];

    shown_line(bytes_of(text), shown, sizeof(shown));
    fprintf(stderr, "%s%s: %s%s:%s %s\n", state.bar ? "\r\033[K" : "", state.program,
            coloured ? colour : "", label, coloured ? "\033[0m" : "", shown);
    state.bar = false;
    fflush(stderr);
}

static void line(const char *label, const char *colour, const char *fmt, va_list args)
{
    char text[LINE_MAX_LEN];

    vsnprintf(text, sizeof(text), fmt, args);
    pthread_mutex_lock(&state.lock);
    print(label, colour, text);
    pthread_mutex_unlock(&state.lock);
}

/* --- daemons ---------------------------------------------------------------------- */

static const struct {
    const char *label, *colour;
} levels[] = {
    [SAY_DEBUG] = { "debug", "\033[2m" },
    [SAY_INFO] = { "info", "" },
    [SAY_UNUSUAL] = { "unusual", "\033[33m" },
    [SAY_BROKEN] = { "broken", "\033[31m" },
};

/* Under the lock: how many were held back, of the kinds whose time is over. */
static void tell_held(uint64_t now)
{
    char text[LINE_MAX_LEN];

    for (size_t i = 0; i < KINDS_MAX; i++) {
        struct kind *k = &state.kinds[i];

        if (k->fmt == NULL || now - k->since_ms < SAY_SAME_MS)
            continue;
        if (k->n > SAY_SAME_MAX) {
            snprintf(text, sizeof(text), "%u more lines like \"%s\"", k->n - SAY_SAME_MAX,
                     k->fmt);
            print(levels[k->level].label, levels[k->level].colour, text);
        }
        *k = (struct kind){ 0 };
    }
}

/* Under the lock: its kind; the one counted longest gives way where there is no room. */
static struct kind *kind_of(enum say_level level, const char *fmt, uint64_t now)
{
    struct kind *oldest = &state.kinds[0];

    for (size_t i = 0; i < KINDS_MAX; i++) {
        struct kind *k = &state.kinds[i];

        if (k->fmt == fmt)
            return k;
        if (oldest->fmt != NULL && (k->fmt == NULL || k->since_ms < oldest->since_ms))
            oldest = k;
    }
    *oldest = (struct kind){ .fmt = fmt, .level = level, .since_ms = now };
    return oldest;
}

/* Under the lock: is it to be printed? *last: none of its kind for a while. */
static bool admit(enum say_level level, const char *fmt, bool *last)
{
    uint64_t now = clock_ms();
    unsigned n;

    *last = false;
    tell_held(now);
    if (level == SAY_DEBUG) /* who asks for them wants them all */
        return true;
    n = ++kind_of(level, fmt, now)->n;
    *last = n == SAY_SAME_MAX;
    return n <= SAY_SAME_MAX;
}

void say(enum say_level level, const char *fmt, ...)
{
    char text[LINE_MAX_LEN];
    va_list args;
    bool last;

    if ((int)level < atomic_load(&state.least))
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    pthread_mutex_lock(&state.lock);
    if (admit(level, fmt, &last))
        print(levels[level].label, levels[level].colour, text);
    if (last)
        print(levels[level].label, levels[level].colour,
              "more lines like the last one are counted only, for a minute");
    pthread_mutex_unlock(&state.lock);
}

/* --- commands --------------------------------------------------------------------- */

void say_error(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    line("error", "\033[31m", fmt, args);
    va_end(args);
}

void say_hint(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    line("hint", "\033[36m", fmt, args);
    va_end(args);
}

static void draw_bar(const char *what, uint64_t done, uint64_t total)
{
    char bar[BAR_WIDTH + 1];
    double part = done < total ? (double)done / (double)total : 1;
    int filled = (int)(part * BAR_WIDTH);

    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)filled);
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, "\r\033[K%s [%s] %3d%%  %" PRIu64 " of %" PRIu64, what, bar,
            (int)(part * 100), done, total);
}

void say_progress(const char *what, uint64_t done, uint64_t total)
{
    bool end = total > 0 && done >= total;
    uint64_t now = clock_ms();

    if (!isatty(STDERR_FILENO))
        return;
    pthread_mutex_lock(&state.lock);
    if (end || !state.bar || now - state.drawn_ms >= REDRAW_MS) {
        if (total > 0)
            draw_bar(what, done, total);
        else
            fprintf(stderr, "\r\033[K%s %" PRIu64, what, done);
        if (end)
            fputc('\n', stderr);
        state.bar = !end;
        state.drawn_ms = now;
        fflush(stderr);
    }
    pthread_mutex_unlock(&state.lock);
}
