#include "broker/forked.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "ledger/log_keys.h"
#include "link/replica.h"

static enum status open_by(void *ctx, struct bytes note, struct checkpoint *out)
{
    struct log_keys keys;
    enum status st = log_keys_load(ctx, &keys);

    if (st == STATUS_OK)
        st = log_keys_open(&keys, UINT64_MAX, note, out);
    log_keys_clear(&keys);
    return st;
}

static enum status accuse(void *ctx, struct bytes note, struct checkpoint *out)
{
    struct log_keys keys;
    enum status st = log_keys_load(ctx, &keys);

    if (st == STATUS_OK)
        st = log_keys_accuse(&keys, note, out);
    log_keys_clear(&keys);
    return st;
}

/* A broker has a checkpoint of all that it holds. */
static enum status vouch(void *store, uint64_t size, struct replica_vouch *out)
{
    enum status st = store_checkpoint_newest(store, &out->at, &out->checkpoint);

    out->proof.n = 0;
    return st == STATUS_OK && out->at < size ? STATUS_NOT_FOUND : st;
}

/* "DIR/<name>", DIR that of the log. */
static void path_beside(const char *store_path, const char *name, struct buf *out)
{
    const char *slash = strrchr(store_path, '/');

    if (slash != NULL)
        buf_append(out, store_path, (size_t)(slash - store_path) + 1);
    buf_text(out, name);
}

enum status forked_keep(const char *store_path, struct store *s, struct bytes theirs,
                        const struct checkpoint *cp)
{
    struct replica_view view = { .open = open_by,
                                 .accuse = accuse,
                                 .open_ctx = s,
                                 .read = store_tile_read,
                                 .read_ctx = s,
                                 .vouch = vouch,
                                 .vouch_ctx = s };
    struct buf text = { 0 }, path = { 0 };
    char name[64];
    enum status st = replica_contradiction(&view, theirs, cp, &text);

    snprintf(name, sizeof(name), "evidence-fork-%" PRIu64 ".json", cp->size);
    path_beside(store_path, name, &path);
    if (st == STATUS_OK)
        st = path.bad ? STATUS_NOMEM
                      : file_replace(buf_str(&path), buf_bytes(&text), 0644);
    buf_clear(&text);
    buf_clear(&path);
    return st;
}

static int is_fork(const struct dirent *e)
{
    return strncmp(e->d_name, "evidence-fork-", 14) == 0;
}

enum status forked_look(const char *store_path, struct store *s, uint64_t *size)
{
    struct dirent **all = NULL;
    struct buf dir = { 0 };
    enum status st = STATUS_NOT_FOUND;
    int n;

    path_beside(store_path, ".", &dir);
    n = dir.bad ? 0 : scandir(buf_str(&dir), &all, is_fork, alphasort);
    for (int i = 0; i < n; i++) {
        struct buf path = { 0 }, text = { 0 };

        path_beside(store_path, all[i]->d_name, &path);
        if (st != STATUS_OK &&
            file_read(buf_str(&path), FORK_TEXT_MAX, &text) == STATUS_OK)
            st = fork_verify(buf_bytes(&text), accuse, s, size);
        buf_clear(&path);
        buf_clear(&text);
        free(all[i]);
    }
    free(all);
    buf_clear(&dir);
    return st == STATUS_OK ? st : STATUS_NOT_FOUND;
}
