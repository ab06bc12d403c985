#include "sign/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "base/say.h"
#include "base/text.h"
#include "sign/passphrase_form.h"

#define KEY_INTERRUPT 0x03
#define KEY_END 0x04
#define KEY_BACKSPACE 0x08
#define KEY_KILL_LINE 0x15
#define KEY_DELETE 0x7f

enum taken { TAKEN, TAKEN_TOO_LONG, TAKEN_END, TAKEN_FAILED };

enum status passphrase_source_check(const struct passphrase_source *src)
{
    if ((src->file != NULL) + (src->env != NULL) + src->none <= 1)
        return STATUS_OK;
    say_error("the passphrase is to come from several places at once");
    say_hint("give one of the options that tell where it comes from");
    return STATUS_USAGE;
}

static bool put(struct secret_text *s, char c)
{
    if (s->len == PASSPHRASE_MAX)
        return false;
    s->ptr[s->len++] = c;
    s->ptr[s->len] = '\0';
    return true;
}

/* The whole last character, which may be several bytes of UTF-8. */
static void rub_out(struct secret_text *s)
{
    while (s->len > 0 && ((unsigned char)s->ptr[s->len - 1] & 0xc0) == 0x80)
        s->len--;
    if (s->len > 0)
        s->len--;
    s->ptr[s->len] = '\0';
}

/* A line, byte by byte, so that no more is taken from `fd` than is ours. With `editing`
 * as a person types it, on a terminal that hands over each key. */
static enum taken take_line(int fd, bool editing, struct secret_text *s)
{
    for (;;) {
        char c;
        ssize_t got = read(fd, &c, 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return TAKEN_FAILED;
        if (got == 0)
            return editing || s->len == 0 ? TAKEN_END : TAKEN;
        if (c == '\n' || (editing && c == '\r'))
            return TAKEN;
        if (editing && (c == KEY_INTERRUPT || c == KEY_END))
            return TAKEN_END;
        if (editing && (c == KEY_BACKSPACE || c == KEY_DELETE))
            rub_out(s);
        else if (editing && c == KEY_KILL_LINE)
            s->ptr[s->len = 0] = '\0';
        else if (!put(s, c))
            return TAKEN_TOO_LONG;
    }
}

static enum status say_taken(enum taken taken, const char *from)
{
    switch (taken) {
    case TAKEN:
        return STATUS_OK;
    case TAKEN_TOO_LONG:
        say_error("passphrase from %s: longer than %d bytes", from, PASSPHRASE_MAX);
        return STATUS_USAGE;
    case TAKEN_END:
        say_error("passphrase from %s: there is none", from);
        return STATUS_USAGE;
    case TAKEN_FAILED:
        say_error("passphrase from %s: %s", from, strerror(errno));
        return STATUS_IO;
    }
    return STATUS_IO;
}

static enum status from_file(const char *path, struct secret_text *s)
{
    int fd;
    enum status st = file_open(path, &fd);

    if (st != STATUS_OK) {
        say_error("passphrase from %s: %s", path, file_why(st));
        return STATUS_IO;
    }
    st = say_taken(take_line(fd, false, s), fd == STDIN_FILENO ? "standard input" : path);
    file_close(fd);
    if (st == STATUS_OK && s->len > 0 && s->ptr[s->len - 1] == '\r')
        s->ptr[--s->len] = '\0';
    return st;
}

static enum status from_env(const char *name, struct secret_text *s)
{
    const char *value = getenv(name);

    if (value == NULL)
        return say_taken(TAKEN_END, name);
    for (; *value != '\0'; value++) {
        if (!put(s, *value))
            return say_taken(TAKEN_TOO_LONG, name);
    }
    return STATUS_OK;
}

/* Ask once, without echo. Keys come one by one and unprocessed, so that an interrupt
 * leaves no terminal without echo behind. */
static enum status ask(int tty, const char *label, const char *prompt,
                       struct secret_text *s)
{
    struct termios before, quiet;
    enum taken taken;

    if (tcgetattr(tty, &before) != 0)
        return say_taken(TAKEN_FAILED, "/dev/tty");
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    /* Before the prompt, so that nothing typed in answer to it is shown. */
    if (tcsetattr(tty, TCSAFLUSH, &quiet) != 0)
        return say_taken(TAKEN_FAILED, "/dev/tty");
    dprintf(tty, "%s%s: ", label, prompt);
    taken = take_line(tty, true, s);
    tcsetattr(tty, TCSAFLUSH, &before);
    dprintf(tty, "\n");
    return say_taken(taken, "the terminal");
}

static enum status ask_again(int tty, const char *prompt, const struct secret_text *first)
{
    struct secret_text again;
    enum status st = secret_text_new(&again);

    if (st != STATUS_OK)
        return st;
    st = ask(tty, "again, ", prompt, &again);
    if (st == STATUS_OK &&
        (again.len != first->len || sodium_memcmp(again.ptr, first->ptr, first->len))) {
        say_error("the two passphrases differ");
        st = STATUS_USAGE;
    }
    secret_text_free(&again);
    return st;
}

static enum status from_terminal(enum passphrase_use use, const char *prompt,
                                 struct secret_text *s)
{
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    enum status st;

    if (tty < 0) {
        say_error("%s: no terminal to ask on", prompt);
        say_hint("give --passphrase-file or --passphrase-env, or set "
                 "AVOW_PASSPHRASE_FILE");
        return STATUS_USAGE;
    }
    st = ask(tty, "", prompt, s);
    if (st == STATUS_OK && use == PASSPHRASE_CHOOSE && s->len > 0)
        st = ask_again(tty, prompt, s);
    close(tty);
    return st;
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0';
}

static enum status take(const struct passphrase_source *src, enum passphrase_use use,
                        const char *prompt, struct secret_text *s)
{
    bool ambient = !src->no_environment;

    if (src->file != NULL)
        return from_file(src->file, s);
    if (src->env != NULL)
        return from_env(src->env, s);
    if (ambient && is_set("AVOW_PASSPHRASE_FILE"))
        return from_file(getenv("AVOW_PASSPHRASE_FILE"), s);
    if (ambient && is_set("AVOW_PASSPHRASE"))
        return from_env("AVOW_PASSPHRASE", s);
    if (!src->no_terminal)
        return from_terminal(use, prompt, s);
    say_error("%s is wanted", prompt);
    say_hint("give --passphrase-file or --passphrase-env, or set AVOW_PASSPHRASE_FILE");
    return STATUS_USAGE;
}

/* Said, not refused: whoever insists has reasons, and a test has. */
static void warn_if_weak(const struct secret_text *s)
{
    if (passphrase_form_weak(s))
        say_hint("this passphrase is easily guessed: whoever gets the file can sign with "
                 "the key; choose several words, with `avow-keys passwd`");
}

enum status passphrase_get(const struct passphrase_source *src, enum passphrase_use use,
                           const char *prompt, struct secret_text *out)
{
    struct secret_text s = { NULL, 0 };
    enum status st = passphrase_source_check(src);

    if (st != STATUS_OK)
        return st;
    if (src->none) {
        *out = s;
        return STATUS_OK;
    }
    st = secret_text_new(&s);
    if (st != STATUS_OK) {
        say_error("%s", status_text(st));
        return st;
    }
    st = take(src, use, prompt, &s);
    if (st == STATUS_OK && s.len == 0) {
        say_error("%s: it is empty", prompt);
        st = STATUS_USAGE;
    }
    if (st == STATUS_OK && use == PASSPHRASE_CHOOSE) {
        st = passphrase_form_new(&s);
        if (st == STATUS_OK)
            warn_if_weak(&s);
        else
            say_error("%s: %s", prompt, status_text(st));
    }
    if (st != STATUS_OK) {
        secret_text_free(&s);
        return st;
    }
    *out = s;
    return STATUS_OK;
}

/* A bare seed is a secret only as long as the file is. A group may read it where somebody
 * means it to. */
static enum status check_mode(const char *path)
{
    struct stat info;

    if (strcmp(path, "-") == 0 || stat(path, &info) != 0 || !S_ISREG(info.st_mode) ||
        (info.st_mode & 077) == 0)
        return STATUS_OK;
    if ((info.st_mode & 037) == 0) {
        say_hint("%s: its group may read this unlocked secret key; chmod 600 it", path);
        return STATUS_OK;
    }
    say_error("%s: others may read or write this unlocked secret key (mode %04o)", path,
              (unsigned)info.st_mode & 07777);
    say_hint(
        "chmod 600 it; if others use this machine, treat the key as stolen: revoke it, "
        "and make another");
    return STATUS_IO;
}

void keyfile_say_malformed(const char *path, struct bytes text)
{
    bool was_one = bytes_starts(text, BYTES_LIT("avow secret key"));

    say_error(was_one ? "%s: a secret key file, but altered or cut off"
                      : "%s: not a secret key file",
              path);
    say_hint(was_one ? "restore it from its backup; do not overwrite it before that"
                     : "it begins with `avow secret key v1`; name the file that "
                       "`avow-keys new` wrote");
}

static enum status open_text(const char *path, const struct passphrase_source *src,
                             struct bytes text, struct secret_key **out)
{
    struct secret_text passphrase = { NULL, 0 };
    char prompt[KEY_NAME_MAX + 32];
    struct keyfile_head head;
    enum status st = keyfile_head(text, &head);

    if (st != STATUS_OK) {
        keyfile_say_malformed(path, text);
        return st;
    }
    if (head.locked) {
        snprintf(prompt, sizeof(prompt), "passphrase of %s", head.key.name);
        st = passphrase_get(src, PASSPHRASE_OPEN, prompt, &passphrase);
        if (st != STATUS_OK)
            return st;
    } else {
        st = check_mode(path);
        if (st != STATUS_OK)
            return st;
    }
    st = passphrase_form_open(text, &passphrase, out);
    secret_text_free(&passphrase);
    if (st == STATUS_BAD_PASSPHRASE)
        say_error("%s: wrong passphrase, or the file was altered", path);
    else if (st != STATUS_OK)
        say_error("%s: %s", path, status_text(st));
    return st;
}

enum status keyfile_load(const char *path, const struct passphrase_source *src,
                         struct secret_key **out)
{
    struct buf text = { 0 };
    enum status st = text_read(path, KEYFILE_MAX, &text);

    if (st == STATUS_OK) {
        st = open_text(path, src, buf_bytes(&text), out);
    } else if (st == STATUS_TOO_LARGE) {
        say_error("%s: too large for a secret key file", path);
    } else {
        say_error("%s: %s", path, file_why(st));
        st = st == STATUS_NOT_FOUND ? STATUS_IO : st; /* not an answer "no" */
    }
    keyfile_text_clear(&text);
    return st;
}
