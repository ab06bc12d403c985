/* Who writes: a lock on the log's file itself, so that nothing that is deleted or copied
 * beside it lets a second writer in.
 *
 * When any descriptor of a file is closed, the kernel drops all of the process's POSIX
 * locks on that file, which are what SQLite's handles have. So the one that holds our
 * lock is closed only when the last handle on that file in this process is. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "store/store_internal.h"

/* Between calls: handles > 0; `locked` only where fd is one. */
struct store_file {
    struct store_file *next;
    dev_t dev;
    ino_t ino;
    unsigned handles;
    int fd; /* -1: none was needed yet */
    bool locked;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of what follows */
static struct store_file *files;

static struct store_file *find(const struct stat *st)
{
    struct store_file *f = files;

    while (f != NULL && (f->dev != st->st_dev || f->ino != st->st_ino))
        f = f->next;
    return f;
}

static enum status add(const struct stat *st, struct store_file **out)
{
    struct store_file *f = fault_here() ? NULL : calloc(1, sizeof(*f));

    if (f == NULL)
        return STATUS_NOMEM;
    f->dev = st->st_dev;
    f->ino = st->st_ino;
    f->fd = -1;
    f->next = files;
    files = f;
    *out = f;
    return STATUS_OK;
}

static void drop(struct store_file *f)
{
    struct store_file **at = &files;

    if (--f->handles > 0)
        return;
    while (*at != f)
        at = &(*at)->next;
    *at = f->next;
    if (f->fd != -1)
        close(f->fd);
    free(f);
}

/* flock, not fcntl: it needs no file open for writing, and is none of SQLite's. */
static enum status take(struct store_file *f, const char *path)
{
    if (f->locked)
        return STATUS_BUSY;
    if (f->fd == -1)
        f->fd = fault_here() ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (f->fd == -1)
        return STATUS_IO;
    if (flock(f->fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? STATUS_BUSY : STATUS_IO;
    f->locked = true;
    return STATUS_OK;
}

static enum status join(const char *path, bool write, struct store_file **out)
{
    struct store_file *f;
    struct stat st;
    enum status result = STATUS_OK;

    if (fault_here() || stat(path, &st) != 0)
        return STATUS_IO;
    f = find(&st);
    if (f == NULL)
        result = add(&st, &f);
    if (result != STATUS_OK)
        return result;
    f->handles++;
    if (write)
        result = take(f, path);
    if (result == STATUS_OK)
        *out = f;
    else
        drop(f);
    return result;
}

enum status store_file_join(const char *path, bool write, struct store_file **out)
{
    enum status st;

    pthread_mutex_lock(&lock);
    st = join(path, write, out);
    pthread_mutex_unlock(&lock);
    return st;
}

void store_file_leave(struct store_file *f, bool wrote)
{
    if (f == NULL)
        return;
    pthread_mutex_lock(&lock);
    if (wrote) {
        assert(f->locked);
        flock(f->fd, LOCK_UN);
        f->locked = false;
    }
    drop(f);
    pthread_mutex_unlock(&lock);
}
