#include "broker/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"
#include "base/say.h"
#include "tlog/tile.h"

#define BOOT_FILE "/proc/sys/kernel/random/boot_id"
#define RUN_SETTING "run"
#define FORMAT "avow/newest/v2"
#define RUNNING "running"
#define CHECK_DIGITS 16
#define LOG_DIGITS 16
#define RUN_LEN 16 /* bytes */
#define MARK_MAX 1024

/* A line, read. */
struct line {
    bool valid; /* it is one, and of this log */
    char boot[64];
    char run[2 * RUN_LEN + 1];
    char files[400];
    uint64_t size;
    struct hash root;
};

/* Where a line is kept. */
struct place {
    char path[4200]; /* empty: nowhere */
    int fd;          /* -1: not open for writing */
    struct buf found;
};

struct mark {
    char store[4096], log[LOG_DIGITS + 1];
    bool failed; /* and said */
    struct place beside, memory;
    struct line now; /* files: as they are found at first, then as the line says */
};

/* --- the files ------------------------------------------------------------------------
 */

static void read_boot(char boot[64])
{
    struct buf text = { 0 };
    struct reader r;
    struct bytes line;

    strcpy(boot, "-");
    if (file_read(BOOT_FILE, 62, &text) == STATUS_OK) {
        r = reader_of(buf_bytes(&text));
        line = reader_line(&r);
        if (!r.bad && line.len > 0)
            snprintf(boot, 64, BYTES_FMT, BYTES_ARG(line));
    }
    buf_clear(&text);
}

/* An empty file says no more than one that is not there. */
static void print_file(const char *path, struct buf *out)
{
    struct statx f;

    if (statx(AT_FDCWD, path, 0, STATX_BASIC_STATS | STATX_BTIME, &f) != 0 ||
        f.stx_size == 0) {
        buf_text(out, "none");
        return;
    }
    buf_printf(out, "%u:%u/%" PRIu64 "/%lld.%09u/%" PRIu64 "/%lld.%09u/%lld.%09u",
               f.stx_dev_major, f.stx_dev_minor, (uint64_t)f.stx_ino,
               (long long)f.stx_btime.tv_sec, f.stx_btime.tv_nsec, (uint64_t)f.stx_size,
               (long long)f.stx_mtime.tv_sec, f.stx_mtime.tv_nsec,
               (long long)f.stx_ctime.tv_sec, f.stx_ctime.tv_nsec);
}

static enum status look_files(const struct mark *m, char out[400])
{
    char wal[4200];
    struct buf text = { 0 };
    enum status st = STATUS_OK;

    snprintf(wal, sizeof(wal), "%s-wal", m->store);
    print_file(m->store, &text);
    buf_u8(&text, ',');
    print_file(wal, &text);
    if (text.bad || text.len >= 400)
        st = STATUS_NOMEM;
    else
        strcpy(out, buf_str(&text));
    buf_clear(&text);
    return st;
}

static void read_place(struct place *p)
{
    buf_reset(&p->found);
    if (p->path[0] != '\0' && file_read(p->path, MARK_MAX, &p->found) != STATUS_OK)
        buf_reset(&p->found); /* it tells nothing */
}

/* False: it does not fit. */
static bool find_places(struct mark *m)
{
    const char *slash = strrchr(m->store, '/');
    const char *memory = getenv("RUNTIME_DIRECTORY");
    int dir_len = slash != NULL ? (int)(slash - m->store) : 1, n;

    m->beside.fd = m->memory.fd = -1;
    n = snprintf(m->beside.path, sizeof(m->beside.path), "%.*s/%s", dir_len,
                 slash != NULL ? m->store : ".", MARK_FILE);
    if (n < 0 || (size_t)n >= sizeof(m->beside.path))
        return false;
    if (memory == NULL || memory[0] != '/')
        return true;
    n = snprintf(m->memory.path, sizeof(m->memory.path), "%.*s/%s",
                 (int)strcspn(memory, ":"), memory, MARK_FILE);
    return n > 0 && (size_t)n < sizeof(m->memory.path);
}

enum status mark_open(const char *store_path, struct mark **out)
{
    struct mark *m = calloc(1, sizeof(*m));
    enum status st;

    if (m == NULL)
        return STATUS_NOMEM;
    st = strlen(store_path) < sizeof(m->store) ? STATUS_OK : STATUS_TOO_LARGE;
    if (st == STATUS_OK) {
        strcpy(m->store, store_path);
        st = find_places(m) ? look_files(m, m->now.files) : STATUS_TOO_LARGE;
    }
    if (st != STATUS_OK) {
        free(m);
        return st;
    }
    read_boot(m->now.boot);
    strcpy(m->now.run, "-");
    read_place(&m->beside);
    read_place(&m->memory);
    *out = m;
    return STATUS_OK;
}

static void close_place(struct place *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    buf_clear(&p->found);
}

void mark_close(struct mark *m)
{
    if (m == NULL)
        return;
    close_place(&m->beside);
    close_place(&m->memory);
    free(m);
}

/* --- a line ---------------------------------------------------------------------------
 */

static void print_check(struct bytes line, struct buf *out)
{
    struct hash h = hash_sha256(line);

    hex_encode((struct bytes){ h.b, CHECK_DIGITS / 2 }, out);
}

static void print_line(const struct mark *m, struct buf *out)
{
    const struct line *l = &m->now;

    buf_printf(out, FORMAT " %s %s %s %020" PRIu64 " ", m->log, l->boot, l->run, l->size);
    base64_encode((struct bytes){ l->root.b, HASH_LEN }, out);
    buf_printf(out, " %s ", l->files);
    print_check(buf_bytes(out), out);
    buf_u8(out, '\n');
}

/* The next field, as text; false: it does not fit. */
static bool take_field(struct bytes *left, char *out, size_t room)
{
    size_t end;

    if (!bytes_find(*left, ' ', &end) || end + 1 > room)
        return false;
    memcpy(out, left->ptr, end);
    out[end] = '\0';
    *left = bytes_slice(*left, end + 1, left->len);
    return true;
}

static bool take_size(struct bytes *left, uint64_t *out)
{
    char digits[21];

    *out = 0;
    if (!take_field(left, digits, sizeof(digits)) || strspn(digits, "0123456789") != 20)
        return false;
    for (const char *d = digits; *d != '\0'; d++)
        *out = *out * 10 + (uint64_t)(*d - '0'); /* the check vouches for its bounds */
    return true;
}

static bool check_holds(struct bytes text)
{
    struct buf check = { 0 };
    size_t end = text.len > CHECK_DIGITS + 1 ? text.len - CHECK_DIGITS - 1 : 0;
    bool holds;

    print_check(bytes_slice(text, 0, end), &check);
    buf_u8(&check, '\n');
    holds = end > 0 && !check.bad &&
            bytes_eq(bytes_slice(text, end, text.len), buf_bytes(&check));
    buf_clear(&check);
    return holds;
}

static struct line parse(const struct mark *m, struct bytes text)
{
    struct line l = { 0 };
    struct bytes left = text;
    char format[sizeof(FORMAT)], log[LOG_DIGITS + 1], root[64];

    l.valid = check_holds(text) && take_field(&left, format, sizeof(format)) &&
              strcmp(format, FORMAT) == 0 && take_field(&left, log, sizeof(log)) &&
              strcmp(log, m->log) == 0 && take_field(&left, l.boot, sizeof(l.boot)) &&
              take_field(&left, l.run, sizeof(l.run)) && take_size(&left, &l.size) &&
              take_field(&left, root, sizeof(root)) &&
              base64_decode_exact(bytes_of(root), l.root.b, HASH_LEN) == STATUS_OK &&
              take_field(&left, l.files, sizeof(l.files));
    return l;
}

/* --- what they tell -------------------------------------------------------------------
 */

static enum status root_at(struct store *s, uint64_t size, struct hash *root)
{
    struct tree tree;
    enum status st = tile_tree(store_tile_read, s, size, &tree);

    if (st == STATUS_OK)
        *root = tree_root(&tree);
    return st;
}

static enum status read_log(struct mark *m, struct store *s)
{
    struct buf digits = { 0 };
    struct hash first;
    enum status st = root_at(s, 1, &first);

    if (st == STATUS_OK) {
        hex_encode((struct bytes){ first.b, LOG_DIGITS / 2 }, &digits);
        st = buf_status(&digits);
    }
    if (st == STATUS_OK)
        strcpy(m->log, buf_str(&digits));
    buf_clear(&digits);
    return st;
}

/* Is the log's file that of the run that wrote the line? */
static bool is_of_run(struct store *s, const struct line *l)
{
    struct buf run = { 0 };
    bool same = store_setting_get(s, RUN_SETTING, &run) == STATUS_OK &&
                bytes_eq_text(buf_bytes(&run), l->run);

    buf_clear(&run);
    return same;
}

uint64_t mark_promised(const struct mark *m)
{
    return m->now.size;
}

enum status mark_kept(const struct mark *m, struct store *s, bool *kept)
{
    uint64_t held = 0;
    struct hash root;
    enum status st = store_size(s, &held);

    *kept = m->now.size == 0;
    if (st != STATUS_OK || *kept || held < m->now.size)
        return st;
    st = root_at(s, m->now.size, &root);
    if (st == STATUS_OK)
        *kept = hash_eq(&root, &m->now.root);
    return st;
}

/* docs/replication.md 8.2 */
static bool nothing_missing(const struct mark *m, struct store *s,
                            const struct line *beside, const struct line *memory)
{
    bool same_boot = strcmp(m->now.boot, "-") != 0;

    if (!same_boot || !beside->valid || strcmp(beside->boot, m->now.boot) != 0 ||
        !is_of_run(s, beside))
        return false;
    if (strcmp(beside->files, m->now.files) == 0)
        return true;
    return memory->valid && strcmp(memory->boot, m->now.boot) == 0 &&
           strcmp(memory->run, beside->run) == 0 && memory->size <= beside->size;
}

static void promise(struct mark *m, uint64_t size, const struct hash *root)
{
    if (size <= m->now.size)
        return;
    m->now.size = size;
    m->now.root = *root;
}

enum status mark_look(struct mark *m, struct store *s, enum mark_says *says)
{
    struct line beside, memory;
    bool kept = false;
    enum status st = read_log(m, s);

    if (st != STATUS_OK)
        return st;
    beside = parse(m, buf_bytes(&m->beside.found));
    memory = parse(m, buf_bytes(&m->memory.found));
    if (beside.valid)
        promise(m, beside.size, &beside.root);
    if (memory.valid)
        promise(m, memory.size, &memory.root);
    st = mark_kept(m, s, &kept);
    *says = !kept                                     ? MARK_LACKS
            : nothing_missing(m, s, &beside, &memory) ? MARK_NEWEST
                                                      : MARK_UNKNOWN;
    return st;
}

/* --- keeping it -----------------------------------------------------------------------
 */

static bool replace_place(struct place *p, struct bytes line)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    return file_replace(p->path, line, 0600) == STATUS_OK;
}

/* In place, where the line there has the same length. */
static bool write_place(struct place *p, struct bytes line)
{
    if (p->fd < 0)
        p->fd = open(p->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    return p->fd >= 0 && pwrite(p->fd, line.ptr, line.len, 0) == (ssize_t)line.len;
}

/* `whole`: synced, of whatever length. */
static bool write_line(struct mark *m, bool whole)
{
    struct place *places[] = { &m->beside, &m->memory };
    struct buf text = { 0 };
    bool all = true;

    print_line(m, &text);
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        struct place *p = places[i];
        bool done = p->path[0] == '\0';

        if (!done && !text.bad && !whole && !m->failed)
            done = write_place(p, buf_bytes(&text));
        if (!done && !text.bad)
            done = replace_place(p, buf_bytes(&text));
        if (!done && !m->failed)
            say_unusual("cannot write %s: %s; the next start waits for a node", p->path,
                        strerror(errno));
        all = all && done;
    }
    m->failed = !all;
    buf_clear(&text);
    return all;
}

void mark_promise(struct mark *m, uint64_t size, const struct hash *root)
{
    if (size <= m->now.size)
        return;
    promise(m, size, root);
    strcpy(m->now.files, RUNNING);
    (void)write_line(m, true);
}

static enum status new_run(struct mark *m)
{
    uint8_t random[RUN_LEN];
    struct buf digits = { 0 };
    enum status st;

    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return STATUS_IO;
    hex_encode((struct bytes){ random, sizeof(random) }, &digits);
    st = buf_status(&digits);
    if (st == STATUS_OK)
        strcpy(m->now.run, buf_str(&digits));
    buf_clear(&digits);
    return st;
}

enum status mark_begin(struct mark *m, struct store *s, uint64_t size,
                       const struct hash *root)
{
    enum status st = new_run(m);

    if (st != STATUS_OK)
        return st;
    strcpy(m->now.files, RUNNING);
    m->now.size = size;
    m->now.root = *root;
    /* The line first: what the run before left in order is then no longer believed. */
    (void)write_line(m, true);
    return store_setting_put(s, RUN_SETTING, bytes_of(m->now.run));
}

void mark_set(struct mark *m, uint64_t size, const struct hash *root)
{
    if (size < m->now.size)
        return;
    m->now.size = size;
    m->now.root = *root;
    (void)write_line(m, false);
}

void mark_end(struct mark *m)
{
    if (look_files(m, m->now.files) == STATUS_OK)
        (void)write_line(m, true);
}
