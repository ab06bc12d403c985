/* tests/unit/store_vfs.h
 *
 * A disk that fails: SQLite's own file layer, with the n-th write or sync made to go
 * wrong; and that forgets: what each file held when it was last synced is kept, which is
 * what a power cut leaves at least. After one (vfs_cut), what was written since is there
 * in part, in any order, torn at the borders of sectors; or, where the disk had lied
 * about syncs, what was written since vfs_begin.
 */
#ifndef AVOW_TESTS_UNIT_STORE_VFS_H
#define AVOW_TESTS_UNIT_STORE_VFS_H

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "base/bytes.h"

enum vfs_fault {
    VFS_WRITE_FAILS,
    VFS_DISK_FULL, /* half of it is written */
    VFS_SYNC_FAILS,
    VFS_FAULT_COUNT
};

enum { VFS_IMAGES = 8, VFS_SECTOR = 512, VFS_OPS = 16384 };

/* Something written, or, without bytes, a size that the file was cut to. */
struct vfs_op {
    sqlite3_int64 at;
    struct buf bytes;
};

/* A file as it is on disk for sure; as it was at vfs_begin; what was done since. */
struct vfs_image {
    char path[4200];
    struct buf content, begin;
    struct vfs_op *ops; /* VFS_OPS of them, where writes are kept */
    size_t n, synced;   /* so many of them are in `content` */
};

static struct {
    enum vfs_fault fault;
    int left; /* calls until the one that fails; 0: none does */
    bool fired;
    bool keep; /* images are kept */
    bool ops;  /* and what is done to them */
    int power; /* writes and syncs until there is none; 0: as long as nobody cuts it */
    bool cut;
    pthread_mutex_t lock;
    struct vfs_image images[VFS_IMAGES];
    sqlite3_vfs *real;
    sqlite3_vfs shim;
    sqlite3_io_methods methods;
} vfs = { .lock = PTHREAD_MUTEX_INITIALIZER };

struct vfs_file {
    sqlite3_file base;
    struct vfs_image *image;
    sqlite3_file *real; /* lies behind this struct */
};

static inline sqlite3_file *vfs_real(sqlite3_file *f)
{
    return ((struct vfs_file *)f)->real;
}

static inline bool vfs_fails(bool is_sync)
{
    if (vfs.left == 0 || (vfs.fault == VFS_SYNC_FAILS) != is_sync || --vfs.left > 0)
        return false;
    vfs.fired = true;
    return true;
}

static inline int vfs_close(sqlite3_file *f)
{
    return vfs_real(f)->pMethods->xClose(vfs_real(f));
}

static inline int vfs_read(sqlite3_file *f, void *to, int len, sqlite3_int64 at)
{
    return vfs_real(f)->pMethods->xRead(vfs_real(f), to, len, at);
}

/* A write, sync or cut; false: there is no power. */
static inline bool vfs_powered(void)
{
    if (vfs.power > 0 && --vfs.power == 0)
        vfs.cut = true;
    return !vfs.cut;
}

static inline void vfs_note(struct vfs_image *image, sqlite3_int64 at, const void *bytes,
                            size_t len)
{
    struct vfs_op *op;

    if (!vfs.ops || image == NULL)
        return;
    if (image->ops == NULL)
        image->ops = calloc(VFS_OPS, sizeof(*image->ops));
    if (image->ops == NULL || image->n == VFS_OPS)
        abort();
    op = &image->ops[image->n++];
    op->at = at;
    buf_append(&op->bytes, bytes, len);
}

static inline int vfs_write(sqlite3_file *f, const void *from, int len, sqlite3_int64 at)
{
    if (!vfs_powered())
        return SQLITE_IOERR_WRITE;
    vfs_note(((struct vfs_file *)f)->image, at, from, (size_t)len);
    if (!vfs_fails(false))
        return vfs_real(f)->pMethods->xWrite(vfs_real(f), from, len, at);
    if (vfs.fault == VFS_WRITE_FAILS)
        return SQLITE_IOERR_WRITE;
    vfs_real(f)->pMethods->xWrite(vfs_real(f), from, len / 2, at);
    return SQLITE_FULL;
}

static inline int vfs_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    if (!vfs_powered())
        return SQLITE_IOERR_TRUNCATE;
    vfs_note(((struct vfs_file *)f)->image, size, NULL, 0);
    return vfs_real(f)->pMethods->xTruncate(vfs_real(f), size);
}

static inline int vfs_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return vfs_real(f)->pMethods->xFileSize(vfs_real(f), size);
}

static inline int vfs_take_image(struct vfs_file *f)
{
    sqlite3_int64 size = 0;
    uint8_t *to;
    int rc = vfs_size(&f->base, &size);

    buf_reset(&f->image->content);
    to = buf_space(&f->image->content, (size_t)size);
    if (rc == SQLITE_OK && size > 0)
        rc = vfs_read(&f->base, to, (int)size, 0);
    return rc;
}

/* --- power ----------------------------------------------------------------------- */

static inline void vfs_fit(struct buf *file, size_t len)
{
    size_t had = file->len;

    if (len <= had) {
        buf_truncate(file, len);
        return;
    }
    memset(buf_space(file, len - had), 0, len - had);
}

static inline void vfs_put(struct buf *file, size_t at, const uint8_t *bytes, size_t len)
{
    if (file->len < at + len)
        vfs_fit(file, at + len);
    memcpy(file->ptr + at, bytes, len);
}

static inline void vfs_apply(struct buf *file, const struct vfs_op *op)
{
    if (op->bytes.len == 0)
        vfs_fit(file, (size_t)op->at);
    else
        vfs_put(file, (size_t)op->at, op->bytes.ptr, op->bytes.len);
}

/* Some of its sectors. */
static inline void vfs_tear(struct buf *file, const struct vfs_op *op)
{
    size_t end;

    for (size_t from = 0; from < op->bytes.len; from = end) {
        size_t at = (size_t)op->at + from;

        end = from + VFS_SECTOR - at % VFS_SECTOR;
        if (end > op->bytes.len)
            end = op->bytes.len;
        if (rand() % 2)
            vfs_put(file, at, op->bytes.ptr + from, end - from);
    }
}

/* Of these, in any order, some. */
static inline void vfs_apply_some(struct buf *file, const struct vfs_op ops[], size_t n)
{
    size_t *order = calloc(n + 1, sizeof(*order));

    if (order == NULL)
        abort();
    for (size_t i = 0; i < n; i++) {
        size_t j = (size_t)rand() % (i + 1);

        order[i] = order[j];
        order[j] = i;
    }
    for (size_t i = 0; i < n; i++) {
        int dice = rand() % 10;

        if (dice < 5)
            vfs_apply(file, &ops[order[i]]);
        else if (dice < 8)
            vfs_tear(file, &ops[order[i]]);
    }
    free(order);
}

static inline void vfs_read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "rb");
    uint8_t *to;
    size_t got = f != NULL ? 1 : 0;

    buf_reset(out);
    while (got > 0 && (to = buf_space(out, 65536)) != NULL) {
        got = fread(to, 1, 65536, f);
        buf_truncate(out, out->len - 65536 + got);
    }
    if (f != NULL)
        fclose(f);
}

static inline void vfs_write_file(const char *path, struct bytes content)
{
    FILE *f = fopen(path, "wb");

    if (f == NULL || fwrite(content.ptr, 1, content.len, f) != content.len)
        abort();
    fclose(f);
}

static inline void vfs_forget(void)
{
    for (int i = 0; i < VFS_IMAGES; i++) {
        struct vfs_image *image = &vfs.images[i];

        for (size_t k = 0; k < image->n; k++)
            buf_clear(&image->ops[k].bytes);
        free(image->ops);
        buf_clear(&image->content);
        buf_clear(&image->begin);
        *image = (struct vfs_image){ .path = "" };
    }
}

/* The file and its log, closed, are on disk as they are. From here on the power holds for
 * so many writes (0: until vfs_cut). */
static inline void vfs_begin(const char *path, int writes)
{
    assert(strlen(path) < 4100);
    vfs_forget();
    vfs.keep = vfs.ops = true;
    vfs.cut = false;
    vfs.power = writes;
    for (int i = 0; i < 2; i++) {
        struct vfs_image *image = &vfs.images[i];

        snprintf(image->path, sizeof(image->path), "%s%s", path, i == 0 ? "" : "-wal");
        vfs_read_file(image->path, &image->begin);
        buf_add(&image->content, buf_bytes(&image->begin));
    }
}

/* All is closed: write what a power cut left. `lied`: syncs had done nothing. */
static inline void vfs_cut(bool lied)
{
    char shm[4300];

    for (int i = 0; i < 2; i++) {
        struct vfs_image *image = &vfs.images[i];
        struct buf *file = lied ? &image->begin : &image->content;
        size_t from = lied ? 0 : image->synced;

        if (image->n > from)
            vfs_apply_some(file, image->ops + from, image->n - from);
        vfs_write_file(image->path, buf_bytes(file));
    }
    snprintf(shm, sizeof(shm), "%s-shm", vfs.images[0].path);
    remove(shm);
    vfs.keep = vfs.ops = vfs.cut = false;
    vfs.power = 0;
}

static inline void vfs_settle(struct vfs_image *image)
{
    for (; image->synced < image->n; image->synced++)
        vfs_apply(&image->content, &image->ops[image->synced]);
}

static inline int vfs_sync(sqlite3_file *f, int flags)
{
    struct vfs_file *file = (struct vfs_file *)f;
    int rc = !vfs_powered() || vfs_fails(true)
                 ? SQLITE_IOERR_FSYNC
                 : vfs_real(f)->pMethods->xSync(vfs_real(f), flags);

    if (rc == SQLITE_OK && vfs.ops && file->image != NULL)
        vfs_settle(file->image);
    else if (rc == SQLITE_OK && vfs.keep && file->image != NULL)
        rc = vfs_take_image(file);
    return rc;
}

static inline int vfs_lock(sqlite3_file *f, int kind)
{
    return vfs_real(f)->pMethods->xLock(vfs_real(f), kind);
}

static inline int vfs_unlock(sqlite3_file *f, int kind)
{
    return vfs_real(f)->pMethods->xUnlock(vfs_real(f), kind);
}

static inline int vfs_reserved(sqlite3_file *f, int *out)
{
    return vfs_real(f)->pMethods->xCheckReservedLock(vfs_real(f), out);
}

static inline int vfs_control(sqlite3_file *f, int op, void *arg)
{
    return vfs_real(f)->pMethods->xFileControl(vfs_real(f), op, arg);
}

static inline int vfs_sector(sqlite3_file *f)
{
    return vfs_real(f)->pMethods->xSectorSize(vfs_real(f));
}

static inline int vfs_device(sqlite3_file *f)
{
    return vfs_real(f)->pMethods->xDeviceCharacteristics(vfs_real(f));
}

static inline int vfs_shm_map(sqlite3_file *f, int page, int size, int extend,
                              void volatile **out)
{
    return vfs_real(f)->pMethods->xShmMap(vfs_real(f), page, size, extend, out);
}

static inline int vfs_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return vfs_real(f)->pMethods->xShmLock(vfs_real(f), offset, n, flags);
}

static inline void vfs_shm_barrier(sqlite3_file *f)
{
    vfs_real(f)->pMethods->xShmBarrier(vfs_real(f));
}

static inline int vfs_shm_unmap(sqlite3_file *f, int del)
{
    return vfs_real(f)->pMethods->xShmUnmap(vfs_real(f), del);
}

/* The database and its log have images; others (shared memory is none) need none. */
static inline struct vfs_image *vfs_image_of(const char *path, int flags)
{
    struct vfs_image *found = NULL;

    if (path == NULL || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
        return NULL;
    pthread_mutex_lock(&vfs.lock);
    for (int i = 0; i < VFS_IMAGES && found == NULL; i++) {
        struct vfs_image *image = &vfs.images[i];

        if (image->path[0] == '\0')
            snprintf(image->path, sizeof(image->path), "%s", path);
        if (strcmp(image->path, path) == 0)
            found = image;
    }
    pthread_mutex_unlock(&vfs.lock);
    return found;
}

static inline int vfs_open(sqlite3_vfs *shim, const char *path, sqlite3_file *f,
                           int flags, int *out_flags)
{
    struct vfs_file *file = (struct vfs_file *)f;
    int rc;

    (void)shim;
    file->real = (sqlite3_file *)(file + 1);
    file->image = vfs.keep ? vfs_image_of(path, flags) : NULL;
    file->base.pMethods = NULL;
    rc = vfs.real->xOpen(vfs.real, path, file->real, flags, out_flags);
    if (file->real->pMethods != NULL)
        file->base.pMethods = &vfs.methods;
    return rc;
}

/* From here on all of SQLite's files go through this. */
static inline void vfs_install(void)
{
    vfs.real = sqlite3_vfs_find(NULL);
    vfs.shim = *vfs.real; /* the rest of its calls don't look at which vfs they get */
    vfs.shim.zName = "failing";
    vfs.shim.szOsFile = (int)sizeof(struct vfs_file) + vfs.real->szOsFile;
    vfs.shim.xOpen = vfs_open;
    vfs.methods = (sqlite3_io_methods){
        2,          vfs_close,   vfs_read,     vfs_write,       vfs_truncate,  vfs_sync,
        vfs_size,   vfs_lock,    vfs_unlock,   vfs_reserved,    vfs_control,   vfs_sector,
        vfs_device, vfs_shm_map, vfs_shm_lock, vfs_shm_barrier, vfs_shm_unmap, NULL,
        NULL
    };
    sqlite3_vfs_register(&vfs.shim, 1);
}

static inline void vfs_arm(enum vfs_fault fault, int nth)
{
    vfs.fault = fault;
    vfs.left = nth;
    vfs.fired = false;
}

static inline bool vfs_disarm(void)
{
    vfs.left = 0;
    return vfs.fired;
}

#endif
