/* tests/unit/store_vfs.h
 *
 * A disk that fails: SQLite's own file layer, with the n-th write or sync made to go
 * wrong; and that forgets: what each file held when it was last synced is kept, which is
 * what a power cut leaves at least.
 */
#ifndef AVOW_TESTS_UNIT_STORE_VFS_H
#define AVOW_TESTS_UNIT_STORE_VFS_H

#include <sqlite3.h>

#include "base/bytes.h"

enum vfs_fault {
    VFS_WRITE_FAILS,
    VFS_DISK_FULL, /* half of it is written */
    VFS_SYNC_FAILS,
    VFS_FAULT_COUNT
};

enum { VFS_IMAGES = 8 };

/* A file as it is on disk for sure. */
struct vfs_image {
    char path[512];
    struct buf content;
};

static struct {
    enum vfs_fault fault;
    int left; /* calls until the one that fails; 0: none does */
    bool fired;
    bool keep; /* images are kept */
    struct vfs_image images[VFS_IMAGES];
    sqlite3_vfs *real;
    sqlite3_vfs shim;
    sqlite3_io_methods methods;
} vfs;

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

static inline int vfs_write(sqlite3_file *f, const void *from, int len, sqlite3_int64 at)
{
    if (!vfs_fails(false))
        return vfs_real(f)->pMethods->xWrite(vfs_real(f), from, len, at);
    if (vfs.fault == VFS_WRITE_FAILS)
        return SQLITE_IOERR_WRITE;
    vfs_real(f)->pMethods->xWrite(vfs_real(f), from, len / 2, at);
    return SQLITE_FULL;
}

static inline int vfs_truncate(sqlite3_file *f, sqlite3_int64 size)
{
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

static inline int vfs_sync(sqlite3_file *f, int flags)
{
    struct vfs_file *file = (struct vfs_file *)f;
    int rc = vfs_fails(true) ? SQLITE_IOERR_FSYNC
                             : vfs_real(f)->pMethods->xSync(vfs_real(f), flags);

    if (rc == SQLITE_OK && vfs.keep && file->image != NULL)
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
    if (path == NULL || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
        return NULL;
    for (int i = 0; i < VFS_IMAGES; i++) {
        struct vfs_image *image = &vfs.images[i];

        if (image->path[0] == '\0')
            snprintf(image->path, sizeof(image->path), "%s", path);
        if (strcmp(image->path, path) == 0)
            return image;
    }
    return NULL;
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
