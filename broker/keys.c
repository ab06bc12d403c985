#include "broker/keys.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/text.h"
#include "broker/broker.h"

struct keys {
    const char *dir;
    struct passphrase_source src;
    struct secret_key **list;
    size_t n;
};

/* --- files ------------------------------------------------------------------------ */

static int is_key_file(const struct dirent *d)
{
    size_t len = strlen(d->d_name);

    return strcmp(d->d_name, KEY_FILE) == 0 ||
           (strncmp(d->d_name, "log-", 4) == 0 && len > 8 &&
            strcmp(d->d_name + len - 4, ".key") == 0);
}

static enum status read_head(const char *path, struct verifier_key *out)
{
    struct keyfile_head head;
    struct buf text = { 0 };
    enum status st = text_read(path, KEYFILE_MAX, &text);

    if (st == STATUS_OK)
        st = keyfile_head(buf_bytes(&text), &head);
    if (st == STATUS_OK)
        *out = head.key;
    keyfile_text_clear(&text);
    return st;
}

enum status keys_each(const char *dir,
                      void (*fn)(void *ctx, const char *path,
                                 const struct verifier_key *key),
                      void *ctx)
{
    struct dirent **all = NULL;
    struct verifier_key key;
    char path[4096];
    int n = scandir(dir, &all, is_key_file, alphasort);

    for (int i = 0; i < n; i++) {
        if (path_in(dir, all[i]->d_name, path) && read_head(path, &key) == STATUS_OK)
            fn(ctx, path, &key);
        free(all[i]);
    }
    free(all);
    return n >= 0 ? STATUS_OK : STATUS_IO;
}

struct wanted {
    const struct verifier_key *key;
    char *path;
    bool found;
};

static void is_wanted(void *ctx, const char *path, const struct verifier_key *key)
{
    struct wanted *w = ctx;

    if (w->found || memcmp(key->pub, w->key->pub, PUBLIC_KEY_LEN) != 0)
        return;
    strcpy(w->path, path);
    w->found = true;
}

bool keys_path(const char *dir, const struct verifier_key *key, char out[4096])
{
    struct wanted w = { .key = key, .path = out };

    (void)keys_each(dir, is_wanted, &w);
    return w.found;
}

/* --- opened ----------------------------------------------------------------------- */

struct opening {
    struct keys *k;
    const struct log_keys *stated; /* NULL: any */
    size_t seen;
    enum status st;
};

static void open_one(void *ctx, const char *path, const struct verifier_key *key)
{
    struct opening *o = ctx;
    const struct log_key *known =
        o->stated != NULL ? log_keys_find(o->stated, key) : NULL;
    struct secret_key **more;

    o->seen++;
    if (o->st != STATUS_OK || keys_find(o->k, key) != NULL ||
        (known != NULL && known->until != UINT64_MAX))
        return;
    more = reallocarray(o->k->list, o->k->n + 1, sizeof(struct secret_key *));
    if (more == NULL) {
        o->st = STATUS_NOMEM;
        return;
    }
    o->k->list = more;
    o->st = keyfile_load(path, &o->k->src, &more[o->k->n]);
    if (o->st == STATUS_OK)
        o->k->n++;
}

/* What is wrong with the one that should be there? */
static enum status say_none(const char *dir, const struct passphrase_source *src,
                            size_t seen)
{
    struct secret_key *key = NULL;
    char path[4096];
    enum status st;

    if (seen > 0) {
        say_error("%s holds only keys that the log has retired", dir);
        return STATUS_REFUSED;
    }
    if (!path_in(dir, KEY_FILE, path))
        return STATUS_USAGE;
    st = keyfile_load(path, src, &key);
    secret_key_free(key);
    return st == STATUS_OK ? STATUS_IO : st;
}

enum status keys_open(const char *dir, const struct passphrase_source *src,
                      const struct log_keys *stated, struct keys **out)
{
    struct keys *k = calloc(1, sizeof(*k));
    struct opening o = { .k = k, .stated = stated };

    if (k == NULL)
        return STATUS_NOMEM;
    k->dir = dir;
    k->src = *src;
    (void)keys_each(dir, open_one, &o);
    if (o.st == STATUS_OK && k->n == 0)
        o.st = say_none(dir, src, o.seen);
    if (o.st != STATUS_OK) {
        keys_close(k);
        return o.st;
    }
    *out = k;
    return STATUS_OK;
}

void keys_refresh(struct keys *k)
{
    struct opening o = { .k = k };

    k->src.no_terminal = true;
    (void)keys_each(k->dir, open_one, &o);
}

const struct secret_key *keys_find(const struct keys *k, const struct verifier_key *key)
{
    for (size_t i = 0; i < k->n; i++)
        if (memcmp(secret_key_public(k->list[i])->pub, key->pub, PUBLIC_KEY_LEN) == 0 &&
            secret_key_public(k->list[i])->id == key->id)
            return k->list[i];
    return NULL;
}

void keys_close(struct keys *k)
{
    if (k == NULL)
        return;
    for (size_t i = 0; i < k->n; i++)
        secret_key_free(k->list[i]);
    free(k->list);
    free(k);
}
