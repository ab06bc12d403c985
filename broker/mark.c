#include "broker/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"
#include "base/say.h"
#include "tlog/tile.h"

#define BOOT_FILE "/proc/sys/kernel/random/boot_id"
#define MARK_MAX 256

struct mark {
    char path[4200];
    char boot[64];
    struct statx log;
    int fd; /* -1: not open for writing */
};

static void read_boot(struct mark *m)
{
    struct buf text = { 0 };
    struct reader r;
    struct bytes line;

    if (file_read(BOOT_FILE, sizeof(m->boot) - 1, &text) == STATUS_OK) {
        r = reader_of(buf_bytes(&text));
        line = reader_line(&r);
        if (!r.bad)
            memcpy(m->boot, line.ptr, line.len);
    }
    buf_clear(&text);
}

enum status mark_open(const char *store_path, struct mark **out)
{
    struct mark *m = calloc(1, sizeof(*m));
    const char *slash = strrchr(store_path, '/');
    int dir_len = slash != NULL ? (int)(slash - store_path) : 1, n;

    if (m == NULL)
        return STATUS_NOMEM;
    m->fd = -1;
    n = snprintf(m->path, sizeof(m->path), "%.*s/%s", dir_len,
                 slash != NULL ? store_path : ".", MARK_FILE);
    if (n < 0 || (size_t)n >= sizeof(m->path) ||
        statx(AT_FDCWD, store_path, 0, STATX_INO | STATX_BTIME, &m->log) != 0) {
        free(m);
        return STATUS_IO;
    }
    read_boot(m);
    *out = m;
    return STATUS_OK;
}

void mark_close(struct mark *m)
{
    if (m == NULL)
        return;
    if (m->fd >= 0)
        close(m->fd);
    free(m);
}

/* All but the size and root. */
static void print_binding(const struct mark *m, struct buf *out)
{
    const struct statx *f = &m->log;

    buf_printf(out, "avow/newest/v1 %s %u:%u/%" PRIu64 "/%lld.%09u ", m->boot,
               f->stx_dev_major, f->stx_dev_minor, (uint64_t)f->stx_ino,
               (long long)f->stx_btime.tv_sec, f->stx_btime.tv_nsec);
}

static void print(const struct mark *m, uint64_t size, const struct hash *root,
                  struct buf *out)
{
    print_binding(m, out);
    buf_printf(out, "%020" PRIu64 " ", size);
    base64_encode((struct bytes){ root->b, HASH_LEN }, out);
    buf_u8(out, '\n');
}

/* The size in it; 0: it is not bound to this log and boot. */
static uint64_t bound_size(const struct mark *m, struct bytes text)
{
    struct buf binding = { 0 };
    uint64_t size = 0;

    print_binding(m, &binding);
    if (m->boot[0] != '\0' && text.len > binding.len + 20 &&
        bytes_eq(bytes_slice(text, 0, binding.len), buf_bytes(&binding))) {
        for (size_t i = binding.len; i < binding.len + 20; i++) {
            if (text.ptr[i] < '0' || text.ptr[i] > '9') {
                size = 0;
                break;
            }
            size = size * 10 + (uint64_t)(text.ptr[i] - '0');
        }
    }
    buf_clear(&binding);
    return size;
}

enum status mark_look(struct mark *m, struct store *s, bool *fits)
{
    struct buf there = { 0 }, expected = { 0 };
    uint64_t size = 0, held = 0;
    struct tree tree;
    struct hash root;
    enum status st = file_read(m->path, MARK_MAX, &there);

    *fits = false;
    if (st == STATUS_OK)
        size = bound_size(m, buf_bytes(&there));
    else if (st == STATUS_NOT_FOUND || st == STATUS_IO || st == STATUS_TOO_LARGE)
        st = STATUS_OK; /* it tells nothing */
    if (st == STATUS_OK)
        st = store_size(s, &held);
    if (st == STATUS_OK && size > 0 && size <= held) {
        st = tile_tree(store_tile_read, s, size, &tree);
        if (st == STATUS_OK) {
            root = tree_root(&tree);
            print(m, size, &root, &expected);
            *fits = bytes_eq(buf_bytes(&there), buf_bytes(&expected));
        }
    }
    buf_clear(&there);
    buf_clear(&expected);
    return st;
}

void mark_set(struct mark *m, uint64_t size, const struct hash *root)
{
    struct buf text = { 0 };

    print(m, size, root, &text);
    if (m->fd < 0)
        m->fd = open(m->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (text.bad || m->fd < 0 ||
        pwrite(m->fd, text.ptr, text.len, 0) != (ssize_t)text.len) {
        say_unusual("cannot write %s: %s; the next start waits for a node", m->path,
                    strerror(errno));
        unlink(m->path);
        if (m->fd >= 0)
            close(m->fd);
        m->fd = -1;
    }
    buf_clear(&text);
}
