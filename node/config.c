#include "node/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/say.h"
#include "base/text.h"

static char *joined(const char *dir, const char *name)
{
    struct buf b = { 0 };

    buf_printf(&b, "%s/%s", dir, name);
    if (b.bad) {
        buf_clear(&b);
        return NULL;
    }
    return (char *)b.ptr; /* NUL-terminated by buf */
}

char *config_dir(const char *dir)
{
    const char *home;

    if (dir == NULL)
        dir = getenv("AVOW_DIR");
    if (dir != NULL && *dir != '\0')
        return strdup(dir);
    home = getenv("XDG_DATA_HOME");
    if (home != NULL && *home == '/')
        return joined(home, "avow");
    home = getenv("HOME");
    return joined(home != NULL ? home : ".", ".local/share/avow");
}

static enum status take_line(struct config *c, struct bytes name, struct bytes value)
{
    char **to = NULL;

    if (bytes_eq_text(name, "peer"))
        to = c->n_peers < CONFIG_PEERS_MAX ? &c->peers[c->n_peers++] : NULL;
    else if (bytes_eq_text(name, "log"))
        return verifier_key_parse(value, &c->log);
    else if (bytes_eq_text(name, "broker"))
        to = &c->broker;
    else if (bytes_eq_text(name, "key"))
        to = &c->key;
    else if (bytes_eq_text(name, "cosigner"))
        to = &c->cosigner;
    else if (bytes_eq_text(name, "policy"))
        to = &c->policy;
    if (to == NULL || *to != NULL || value.len == 0)
        return STATUS_MALFORMED;
    *to = bytes_to_text(value);
    return *to != NULL ? STATUS_OK : STATUS_NOMEM;
}

static enum status parse(struct config *c, struct bytes text, unsigned *line_no)
{
    struct reader r = reader_of(text);

    for (*line_no = 1; r.len > 0; ++*line_no) {
        struct bytes line = reader_line(&r);
        enum status st;
        size_t space;

        if (r.bad)
            return STATUS_MALFORMED;
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        if (!bytes_find(line, ' ', &space))
            return STATUS_MALFORMED;
        st = take_line(c, bytes_slice(line, 0, space),
                       bytes_slice(line, space + 1, line.len));
        if (st != STATUS_OK)
            return st;
    }
    return (c->broker != NULL || c->n_peers > 0) && c->log.name[0] != '\0'
               ? STATUS_OK
               : STATUS_MALFORMED;
}

static enum status set_paths(struct config *c, const char *dir)
{
    c->dir = config_dir(dir);
    if (c->dir == NULL)
        return STATUS_NOMEM;
    c->replica = joined(c->dir, "replica.db");
    return c->replica != NULL ? STATUS_OK : STATUS_NOMEM;
}

enum status config_load(const char *dir, struct config *out)
{
    struct config c = { 0 };
    struct buf text = { 0 };
    char *path = NULL;
    unsigned line = 0;
    enum status st = set_paths(&c, dir);

    if (st != STATUS_OK)
        goto fail;
    path = joined(c.dir, "node.conf");
    st = path != NULL ? text_read(path, 65536, &text) : STATUS_NOMEM;
    if (st == STATUS_NOT_FOUND) {
        say_error("no node in %s", c.dir);
        say_hint("make one with `avow init`, or name its folder with --dir or AVOW_DIR");
    } else if (st != STATUS_OK) {
        say_error("cannot read %s: %s", path != NULL ? path : "node.conf", file_why(st));
    }
    if (st != STATUS_OK)
        goto fail;
    st = parse(&c, buf_bytes(&text), &line);
    if (st != STATUS_OK) {
        say_error("%s: line %u is not a setting", path, line);
        st = st == STATUS_MALFORMED ? STATUS_USAGE : st;
        goto fail;
    }
    buf_clear(&text);
    free(path);
    *out = c;
    return STATUS_OK;
fail:
    buf_clear(&text);
    free(path);
    config_clear(&c);
    return st;
}

static enum status make_dirs(const char *dir)
{
    char *path = strdup(dir);
    enum status st = STATUS_OK;

    if (path == NULL)
        return STATUS_NOMEM;
    for (char *p = path + 1; st == STATUS_OK; p++) {
        bool end = *p == '\0';

        if (!end && *p != '/')
            continue;
        *p = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            st = STATUS_IO;
        if (end)
            break;
        *p = '/';
    }
    free(path);
    return st;
}

enum status config_make_dir(const struct config *c)
{
    enum status st = make_dirs(c->dir);

    if (st != STATUS_OK)
        say_error("cannot create %s: %s", c->dir,
                  st == STATUS_IO ? strerror(errno) : status_text(st));
    return st;
}

enum status config_add_peer(struct config *c, const char *url)
{
    for (size_t i = 0; i < c->n_peers; i++)
        if (strcmp(c->peers[i], url) == 0)
            return STATUS_OK;
    if (c->n_peers == CONFIG_PEERS_MAX) {
        say_error("a node has at most %d peers", CONFIG_PEERS_MAX);
        return STATUS_TOO_LARGE;
    }
    c->peers[c->n_peers] = strdup(url);
    if (c->peers[c->n_peers] == NULL)
        return STATUS_NOMEM;
    c->n_peers++;
    return STATUS_OK;
}

enum status config_create(const struct config *c)
{
    struct buf text = { 0 };
    char *path = joined(c->dir, "node.conf");
    enum status st = path != NULL ? make_dirs(c->dir) : STATUS_NOMEM;

    if (st == STATUS_OK) {
        buf_text(&text, "# An Avow node. The log's key is pinned here.\nlog ");
        verifier_key_print(&c->log, &text);
        buf_u8(&text, '\n');
        if (c->broker != NULL)
            buf_printf(&text, "broker %s\n", c->broker);
        for (size_t i = 0; i < c->n_peers; i++)
            buf_printf(&text, "peer %s\n", c->peers[i]);
        if (c->key != NULL)
            buf_printf(&text, "key %s\n", c->key);
        if (c->cosigner != NULL)
            buf_printf(&text, "cosigner %s\n", c->cosigner);
        if (c->policy != NULL)
            buf_printf(&text, "policy %s\n", c->policy);
        st = text.bad ? STATUS_NOMEM : file_create(path, buf_bytes(&text), 0600);
    }
    if (st == STATUS_EXISTS) {
        say_error("there is a node in %s already", c->dir);
        say_hint("name another folder with --dir, or bring this one up to date with "
                 "`avow sync`");
    } else if (st != STATUS_OK) {
        say_error("cannot create %s: %s", path != NULL ? path : c->dir,
                  st == STATUS_IO ? strerror(errno) : status_text(st));
    }
    buf_clear(&text);
    free(path);
    return st;
}

void config_clear(struct config *c)
{
    free(c->dir);
    free(c->replica);
    free(c->broker);
    for (size_t i = 0; i < c->n_peers; i++)
        free(c->peers[i]);
    free(c->key);
    free(c->cosigner);
    free(c->policy);
    *c = (struct config){ 0 };
}
