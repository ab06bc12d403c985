/* broker/config.c */
#include "broker/config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/say.h"
#include "base/text.h"
#include "broker/broker.h"
#include "io/link_nng.h"

bool path_in(const char *dir, const char *file, char out[4096])
{
    int n = snprintf(out, 4096, "%s/%s", dir, file);

    if (n > 0 && n < 4096)
        return true;
    say_error("the path is too long: %s", dir);
    return false;
}

enum value_type { VALUE_TEXT, VALUE_NUMBER };

static const struct {
    const char *name;
    enum value_type type;
    size_t at, room;
} table[] = {
#define TEXT(name)                                        \
    {                                                     \
#name, VALUE_TEXT, offsetof(struct config, name), \
            sizeof(((struct config *)0)->name)            \
    }
#define NUMBER(name)                                          \
    {                                                         \
#name, VALUE_NUMBER, offsetof(struct config, name), 0 \
    }
    TEXT(http),
    TEXT(link),
    TEXT(hints),
    TEXT(public_url),
    TEXT(log_level),
    NUMBER(threads),
    NUMBER(readers),
    NUMBER(rate),
    NUMBER(burst),
    NUMBER(connections_max),
    NUMBER(watchers_max),
    NUMBER(stuck_s),
    NUMBER(record_rate),
    NUMBER(record_burst),
    NUMBER(byte_rate),
    NUMBER(byte_burst),
    NUMBER(sender_rate),
    NUMBER(sender_burst),
    NUMBER(link_peers_max),
    NUMBER(address_link_peers_max),
    NUMBER(address_max),
    NUMBER(answers_mb),
};

void config_defaults(struct config *c)
{
    *c = (struct config){
        .http = "127.0.0.1:8421",
        .link = "tcp://127.0.0.1:7421",
        .hints = "tcp://127.0.0.1:7422",
        .log_level = "info",
        .readers = 4,
        .connections_max = 10000,
        .watchers_max = 8000,
        .address_max = 256,
        .answers_mb = 128,
        .stuck_s = 60,
        .link_peers_max = LINK_PEERS_MAX,
        .address_link_peers_max = LINK_ADDRESS_PEERS_MAX,
        .rate = 1000,
        .burst = 20000,
        .record_rate = 100,
        .record_burst = 20000,
        .byte_rate = 100000,
        .byte_burst = 20000000,
        .sender_rate = 100,
        .sender_burst = 5000,
    };
}

static const char *const level_names[] = { "debug", "info", "unusual", "broken" };

static enum status check_level(struct bytes value)
{
    for (size_t i = 0; i < sizeof(level_names) / sizeof(*level_names); i++)
        if (bytes_eq_text(value, level_names[i]))
            return STATUS_OK;
    say_error("log level: expected debug, info, unusual or broken, found " BYTES_FMT,
              BYTES_ARG(value));
    return STATUS_USAGE;
}

static struct bytes trim(struct bytes b)
{
    while (b.len > 0 && (b.ptr[0] == ' ' || b.ptr[0] == '\t'))
        b = bytes_slice(b, 1, b.len);
    while (b.len > 0 && strchr(" \t\r", b.ptr[b.len - 1]) != NULL)
        b = bytes_slice(b, 0, b.len - 1);
    return b;
}

/* "VKEY URL" */
static enum status add_witness(struct config *c, struct bytes value)
{
    struct config_witness *w = &c->witnesses[c->n_witnesses];
    struct bytes url;
    size_t space;

    if (c->n_witnesses == CONFIG_WITNESSES_MAX || !bytes_find(value, ' ', &space))
        return STATUS_MALFORMED;
    url = trim(bytes_slice(value, space, value.len));
    if (verifier_key_parse(bytes_slice(value, 0, space), &w->key) != STATUS_OK ||
        w->key.type != KEY_COSIGN || url.len == 0 || url.len >= sizeof(w->url))
        return STATUS_MALFORMED;
    memcpy(w->url, url.ptr, url.len);
    w->url[url.len] = '\0';
    c->n_witnesses++;
    return STATUS_OK;
}

/* Addresses and prefixes, parted by blanks. */
static enum status add_proxies(struct config *c, struct bytes value)
{
    enum status st = value.len > 0 ? STATUS_OK : STATUS_MALFORMED;

    while (st == STATUS_OK && value.len > 0) {
        size_t space = value.len;

        bytes_find(value, ' ', &space);
        st = peer_proxies_add(&c->proxies, bytes_slice(value, 0, space));
        value = trim(bytes_slice(value, space, value.len));
    }
    return st == STATUS_OK ? STATUS_OK : STATUS_MALFORMED;
}

enum status config_set(struct config *c, struct bytes name, struct bytes value)
{
    if (bytes_eq_text(name, "witness"))
        return add_witness(c, value);
    if (bytes_eq_text(name, "trusted_proxy"))
        return add_proxies(c, value);
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        char *field = (char *)c + table[i].at;

        if (!bytes_eq_text(name, table[i].name))
            continue;
        if (table[i].type == VALUE_NUMBER) {
            uint64_t n;

            if (decimal_parse(value, &n) != STATUS_OK || n > 1000000000)
                return STATUS_MALFORMED;
            memcpy(field, &n, sizeof(n));
            return STATUS_OK;
        }
        if (field == c->log_level && check_level(value) != STATUS_OK)
            return STATUS_USAGE;
        if (value.len >= table[i].room)
            return STATUS_MALFORMED;
        memcpy(field, value.ptr, value.len);
        field[value.len] = '\0';
        c->link_given = c->link_given || field == c->link;
        c->hints_given = c->hints_given || field == c->hints;
        return STATUS_OK;
    }
    return STATUS_MALFORMED;
}

static enum status read_line(struct config *c, struct bytes line)
{
    size_t at;

    if (bytes_find(line, '#', &at))
        line = bytes_slice(line, 0, at);
    line = trim(line);
    if (line.len == 0)
        return STATUS_OK;
    if (!bytes_find(line, '=', &at))
        return STATUS_MALFORMED;
    return config_set(c, trim(bytes_slice(line, 0, at)),
                      trim(bytes_slice(line, at + 1, line.len)));
}

enum status config_read(struct config *c, const char *path)
{
    struct buf text = { 0 };
    enum status st = text_read(path, CONFIG_MAX, &text);
    struct bytes rest;

    if (st == STATUS_NOT_FOUND) {
        buf_clear(&text);
        return STATUS_OK;
    }
    rest = buf_bytes(&text);
    for (unsigned n = 1; st == STATUS_OK && rest.len > 0; n++) {
        size_t end = rest.len;

        bytes_find(rest, '\n', &end);
        st = read_line(c, bytes_slice(rest, 0, end));
        if (st != STATUS_OK)
            say_error("%s line %u is not a setting: " BYTES_FMT, path, n,
                      BYTES_ARG(bytes_slice(rest, 0, end)));
        rest = bytes_slice(rest, end + 1, rest.len);
    }
    if (st != STATUS_OK && st != STATUS_MALFORMED && st != STATUS_USAGE)
        say_error("cannot read %s: %s", path, file_why(st));
    buf_clear(&text);
    return st == STATUS_MALFORMED ? STATUS_USAGE : st;
}

/* Of IPv6 in brackets. */
enum status config_http(const struct config *c, char address[64], uint16_t *port)
{
    const char *colon = strrchr(c->http, ':');
    struct bytes host = bytes_of(c->http);
    uint64_t n;

    if (colon == NULL || decimal_parse(bytes_of(colon + 1), &n) != STATUS_OK ||
        n > UINT16_MAX)
        return STATUS_MALFORMED;
    host.len = (size_t)(colon - c->http);
    if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
        host = bytes_slice(host, 1, host.len - 1);
    if (host.len == 0 || host.len >= 64)
        return STATUS_MALFORMED;
    snprintf(address, 64, BYTES_FMT, BYTES_ARG(host));
    *port = (uint16_t)n;
    return STATUS_OK;
}

enum say_level config_level(const struct config *c)
{
    for (size_t i = 0; i < sizeof(level_names) / sizeof(*level_names); i++)
        if (strcmp(level_names[i], c->log_level) == 0)
            return (enum say_level)i;
    return SAY_INFO;
}
