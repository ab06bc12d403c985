#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"

#define CHUNK 65536

static enum status read_all(int fd, size_t max, struct buf *out)
{
    size_t start = out->len;

    for (;;) {
        /* One more than allowed is asked for, to notice that there is more. */
        size_t room = max - (out->len - start) + 1;
        size_t ask = room < CHUNK ? room : CHUNK;
        uint8_t *to = buf_space(out, ask);
        ssize_t got;

        if (to == NULL)
            return STATUS_NOMEM;
        got = fault_here() ? (errno = EIO, -1) : read(fd, to, ask);
        buf_truncate(out, out->len - ask + (got > 0 ? (size_t)got : 0));
        if (got == 0)
            return STATUS_OK;
        if (got < 0 && errno != EINTR)
            return STATUS_IO;
        if (out->len - start > max)
            return STATUS_TOO_LARGE;
    }
}

/* A pipe that a shell made is read as it fills; a FIFO that somebody put into the place
 * of a file would keep us for ever. */
static enum status check_type(const char *path, int fd)
{
    struct stat info, name;

    if (fstat(fd, &info) != 0)
        return STATUS_IO;
    if (S_ISREG(info.st_mode))
        return STATUS_OK;
    if (S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        return STATUS_IO;
    }
    if (S_ISFIFO(info.st_mode) && (lstat(path, &name) != 0 || S_ISFIFO(name.st_mode))) {
        errno = ESPIPE;
        return STATUS_IO;
    }
    return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) == 0 ? STATUS_OK
                                                                     : STATUS_IO;
}

enum status file_open(const char *path, int *out)
{
    enum status st;
    int fd;

    if (strcmp(path, "-") == 0) {
        *out = STDIN_FILENO;
        return STATUS_OK;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
    st = check_type(path, fd);
    if (st != STATUS_OK)
        file_close(fd);
    else
        *out = fd;
    return st;
}

void file_close(int fd)
{
    int error = errno;

    if (fd != STDIN_FILENO)
        close(fd);
    errno = error;
}

const char *file_why(enum status st)
{
    if (st != STATUS_IO && st != STATUS_NOT_FOUND)
        return status_text(st);
    return errno == ESPIPE ? "a FIFO, not a file" : strerror(errno);
}

enum status file_read(const char *path, size_t max, struct buf *out)
{
    size_t start = out->len;
    int fd;
    enum status st = file_open(path, &fd);

    if (st != STATUS_OK)
        return st;
    st = read_all(fd, max, out);
    if (st != STATUS_OK)
        buf_truncate(out, start);
    file_close(fd);
    return st;
}

static enum status write_all(int fd, struct bytes content)
{
    while (content.len > 0) {
        ssize_t put =
            fault_here() ? (errno = ENOSPC, -1) : write(fd, content.ptr, content.len);

        if (put < 0 && errno != EINTR)
            return STATUS_IO;
        if (put > 0)
            content = bytes_slice(content, (size_t)put, content.len);
    }
    return STATUS_OK;
}

static enum status sync_fd(int fd)
{
    if (fault_here()) {
        errno = EIO;
        return STATUS_IO;
    }
    return fsync(fd) == 0 ? STATUS_OK : STATUS_IO;
}

/* A name is on disk only when its directory is. */
static enum status sync_directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct bytes dir = slash == NULL ? BYTES_LIT(".")
                       : slash == path
                           ? BYTES_LIT("/")
                           : bytes_slice(bytes_of(path), 0, (size_t)(slash - path));
    char *text = bytes_to_text(dir);
    enum status st = STATUS_IO;
    int fd;

    if (text == NULL)
        return STATUS_NOMEM;
    fd = open(text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        st = sync_fd(fd);
        close(fd);
    }
    free(text);
    return st;
}

/* `fd` is a new file: fill it, sync it, close it. */
static enum status fill(int fd, struct bytes content, unsigned mode)
{
    /* The umask may have taken bits, or the temporary name's 0600 lacks some. */
    enum status st = fchmod(fd, (mode_t)mode) == 0 ? STATUS_OK : STATUS_IO;

    if (st == STATUS_OK)
        st = write_all(fd, content);
    if (st == STATUS_OK)
        st = sync_fd(fd);
    if (close(fd) != 0 && st == STATUS_OK)
        st = STATUS_IO;
    return st;
}

static void remove_quietly(const char *path)
{
    int error = errno;

    unlink(path);
    errno = error;
}

/* Give the finished file its name; EEXIST if that is taken. */
static int name_new(const char *temp, const char *path)
{
    if (renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    /* A file system that cannot do this can often link (NFS). */
    return link(temp, path) == 0 ? unlink(temp) : -1;
}

/* Under a temporary name first, so that a crash leaves no half of it; in the same
 * directory, or naming it could not be atomic. */
static enum status put_file(const char *path, struct bytes content, unsigned mode,
                            int (*name)(const char *temp, const char *path))
{
    struct buf temp = { 0 };
    enum status st;
    int fd;

    buf_printf(&temp, "%s.XXXXXX", path);
    st = buf_status(&temp);
    if (st != STATUS_OK)
        goto done;
    fd = mkostemp((char *)temp.ptr, O_CLOEXEC);
    if (fd < 0) {
        st = STATUS_IO;
        goto done;
    }
    st = fill(fd, content, mode);
    if (st == STATUS_OK && name(buf_str(&temp), path) != 0)
        st = errno == EEXIST ? STATUS_EXISTS : STATUS_IO;
    if (st != STATUS_OK)
        remove_quietly(buf_str(&temp));
done:
    buf_clear(&temp);
    return st;
}

enum status file_create(const char *path, struct bytes content, unsigned mode)
{
    enum status st = put_file(path, content, mode, name_new);

    if (st != STATUS_OK)
        return st;
    st = sync_directory_of(path);
    if (st != STATUS_OK)
        remove_quietly(path);
    return st;
}

enum status file_replace(const char *path, struct bytes content, unsigned mode)
{
    enum status st = put_file(path, content, mode, rename);

    return st == STATUS_OK ? sync_directory_of(path) : st;
}
