/* broker/cmd_keys.c: avow-broker keys: which keys the log has, and which are here. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "broker/broker.h"
#include "record/json.h"

static enum status read_stated(const char *store, struct log_keys *out)
{
    struct store *s = NULL;
    enum status st = store_open(store, STORE_READ, &s);

    if (st == STATUS_OK)
        st = log_keys_load(s, out);
    store_close(s);
    if (st == STATUS_NOT_FOUND) {
        say_error("%s: there is none; avow-broker init makes it", store);
        st = STATUS_IO;
    } else if (st != STATUS_OK) {
        say_error("cannot read %s: %s", store, status_text(st));
    }
    return st;
}

/* --- adding ----------------------------------------------------------------------- */

/* It is opened, so that a wrong passphrase is found now and not when it is to sign. */
static enum status check_new(const char *file, const struct passphrase_source *pass,
                             const struct log_keys *stated, struct verifier_key *out)
{
    struct secret_key *key = NULL;
    const struct log_key *known;
    enum status st = keyfile_load(file, pass, &key);

    if (st != STATUS_OK)
        return st;
    *out = *secret_key_public(key);
    secret_key_free(key);
    if (out->type != KEY_ED25519 || stated->n == 0 ||
        strcmp(out->name, stated->list[0].key.name) != 0) {
        say_error("%s is not a key for checkpoints of this log: its name is %s", file,
                  out->name);
        if (stated->n > 0)
            say_hint("make one with `avow-keys new --name %s FILE`",
                     stated->list[0].key.name);
        return STATUS_REFUSED;
    }
    known = log_keys_find(stated, out);
    if (known == NULL || known->until == UINT64_MAX)
        return STATUS_OK;
    say_error("%s holds a key that the log has retired", file);
    return STATUS_REFUSED;
}

static enum status add(const char *dir, const char *file,
                       const struct passphrase_source *pass,
                       const struct log_keys *stated)
{
    char path[4096], name[32];
    struct verifier_key key;
    struct buf text = { 0 };
    enum status st = check_new(file, pass, stated, &key);

    if (st != STATUS_OK)
        return st;
    if (keys_path(dir, &key, path)) {
        say_error("%s holds it already", path);
        return STATUS_EXISTS;
    }
    snprintf(name, sizeof(name), "log-%08x.key", key.id);
    if (!path_in(dir, name, path))
        return STATUS_USAGE;
    st = text_read(file, KEYFILE_MAX, &text);
    if (st == STATUS_OK)
        st = file_create(path, buf_bytes(&text), 0600);
    keyfile_text_clear(&text);
    if (st != STATUS_OK) {
        say_error("cannot write %s: %s", path, status_text(st));
        return st;
    }
    printf("%s\n", path);
    if (log_keys_find(stated, &key) == NULL)
        say_hint("now the stewards may state it: log.key_added, with what `avow-keys "
                 "prove` prints");
    return STATUS_OK;
}

/* --- listing ---------------------------------------------------------------------- */

struct listing {
    const char *dir;
    const struct log_keys *stated;
    json_t *items; /* NULL: a table */
    size_t missing;
};

static void tell(struct listing *l, const struct verifier_key *key, const char *state,
                 uint64_t entry, const char *path)
{
    struct buf vkey = { 0 };

    verifier_key_print(key, &vkey);
    if (l->items != NULL) {
        json_t *item = json_pack("{s:s, s:s, s:s*}", "key", buf_str(&vkey), "state",
                                 state, "file", path);

        if (entry != UINT64_MAX)
            json_object_set_new(item, "entry", json_integer((json_int_t)entry));
        json_array_append_new(l->items, item);
    } else if (entry != UINT64_MAX) {
        printf("%08x  %s at entry %" PRIu64 "  %s\n", key->id, state, entry,
               path != NULL                    ? path
               : strcmp(state, "retired") == 0 ? "-"
                                               : "NOT HERE");
    } else {
        printf("%08x  %s  %s\n", key->id, state, path);
    }
    buf_clear(&vkey);
}

static void tell_stated(struct listing *l)
{
    for (size_t i = 0; i < l->stated->n; i++) {
        const struct log_key *k = &l->stated->list[i];
        bool retired = k->until != UINT64_MAX;
        uint64_t from = retired ? k->until : k->since;
        char path[4096];
        bool here = keys_path(l->dir, &k->key, path);

        /* What an entry changes holds from the next on. */
        tell(l, &k->key, retired ? "retired" : "active", from > 0 ? from - 1 : 0,
             here ? path : NULL);
        l->missing += !here && !retired;
    }
}

static void tell_unstated(void *ctx, const char *path, const struct verifier_key *key)
{
    struct listing *l = ctx;

    if (log_keys_find(l->stated, key) == NULL)
        tell(l, key, "not stated", UINT64_MAX, path);
}

static int list(const char *dir, const struct log_keys *stated, bool json)
{
    struct listing l = { .dir = dir, .stated = stated };
    struct buf out = { 0 };

    if (json)
        l.items = json_array();
    tell_stated(&l);
    (void)keys_each(dir, tell_unstated, &l);
    if (json) {
        json_print(l.items, &out);
        printf("%s\n", buf_str(&out));
        json_decref(l.items);
        buf_clear(&out);
    }
    if (l.missing == 0)
        return 0;
    say_error("%zu active key%s of the log %s not here", l.missing,
              l.missing == 1 ? "" : "s", l.missing == 1 ? "is" : "are");
    return 1;
}

int cmd_keys(struct args *a)
{
    struct passphrase_source pass = { 0 };
    struct log_keys stated = { 0 };
    const char *file = NULL;
    char store[4096];
    bool json = false;
    enum status st;
    int code;
    const struct option options[] = {
        { "add", "KEYFILE", "copy this key file here, for a key that is to sign",
          .text = &file },
        { "json", NULL, "JSON, for programs", .flag = &json },
        PASSPHRASE_OPTIONS(&pass),
        { 0 },
    };

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    if (passphrase_source_check(&pass) != STATUS_OK ||
        !path_in(a->words[0], STORE_FILE, store))
        return 2;
    st = read_stated(store, &stated);
    if (st == STATUS_OK && file != NULL)
        code = status_exit_code(add(a->words[0], file, &pass, &stated));
    else
        code = st == STATUS_OK ? list(a->words[0], &stated, json) : status_exit_code(st);
    log_keys_clear(&stated);
    return code;
}
