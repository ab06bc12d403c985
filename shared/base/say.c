#include "base/say.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define LINE_MAX_LEN 2048 /* longer lines are cut */
#define BAR_WIDTH 30
#define REDRAW_MS 100

static struct {
    pthread_mutex_t lock;
    const char *program;
    enum say_level least;
    bool bar; /* a progress bar stands on the current line */
    uint64_t drawn_ms;
} state = { .lock = PTHREAD_MUTEX_INITIALIZER, .program = "avow", .least = SAY_INFO };

void say_init(const char *program, enum say_level least)
{
    state.program = program;
    state.least = least;
}

bool say_colour(int fd)
{
    const char *off = getenv("NO_COLOR"), *term = getenv("TERM");

    return (off == NULL || *off == '\0') && term != NULL && strcmp(term, "dumb") != 0 &&
           isatty(fd);
}

/* What a message quotes may come from outside: a terminal must not obey it, and a line
 * must stay a line. */
static void defuse(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
    }
}

static void line(const char *label, const char *colour, const char *fmt, va_list args)
{
    char text[LINE_MAX_LEN];
    bool coloured = say_colour(STDERR_FILENO);

    vsnprintf(text, sizeof(text), fmt, args);
    defuse(text);
    pthread_mutex_lock(&state.lock);
    fprintf(stderr, "%s%s: %s%s:%s %s\n", state.bar ? "\r\033[K" : "", state.program,
            coloured ? colour : "", label, coloured ? "\033[0m" : "", text);
    state.bar = false;
    fflush(stderr);
    pthread_mutex_unlock(&state.lock);
}

void say(enum say_level level, const char *fmt, ...)
{
    static const char *const labels[] = {
        [SAY_DEBUG] = "debug",
        [SAY_INFO] = "info",
        [SAY_UNUSUAL] = "unusual",
        [SAY_BROKEN] = "broken",
    };
    static const char *const colours[] = {
        [SAY_DEBUG] = "\033[2m",
        [SAY_INFO] = "",
        [SAY_UNUSUAL] = "\033[33m",
        [SAY_BROKEN] = "\033[31m",
    };
    va_list args;

    if (level < state.least)
        return;
    va_start(args, fmt);
    line(labels[level], colours[level], fmt, args);
    va_end(args);
}

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
