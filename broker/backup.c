/* broker/backup.c: avow-broker backup */
#include <inttypes.h>
#include <stdio.h>

#include "broker/broker.h"
#include "io/upgrade.h"

static void progress(void *ctx, uint64_t done, uint64_t total)
{
    (void)ctx;
    say_progress("pages", done, total);
}

static enum status backup(const char *store, const char *to, uint64_t *size)
{
    struct store *s = NULL, *copy = NULL;
    enum status st = store_open(store, STORE_READ, &s);

    if (st == STATUS_OK)
        st = store_backup(s, to, progress, NULL);
    store_close(s);
    if (st == STATUS_OK)
        st = store_open(to, STORE_READ, &copy);
    if (st == STATUS_OK)
        st = store_size(copy, size);
    store_close(copy);
    return st;
}

int cmd_backup(struct args *a)
{
    char store[4096];
    const char *to;
    uint64_t size = 0;
    bool json = false;
    enum status st;
    const struct option options[] = {
        { "json", NULL, "say what was copied as JSON", .flag = &json },
        { 0 },
    };

    if (!args_parse(a, options, 2, 2))
        return a->exit_code;
    if (!path_in(a->words[0], STORE_FILE, store))
        return 2;
    to = a->words[1];
    st = backup(store, to, &size);
    if (st == STATUS_EXISTS) {
        say_error("%s is there already", to);
    } else if (st == STATUS_NOT_FOUND) {
        say_error("%s: there is none", store);
        return 3;
    } else if (st != STATUS_OK) {
        say_error("cannot copy %s to %s: %s", store, to, status_text(st));
        upgrade_hint(st, "`avow-broker run`, when it starts,");
    } else if (json) {
        printf("{\"size\":%" PRIu64 "}\n", size);
    } else {
        printf("%s: %" PRIu64 " entries\n", to, size);
    }
    return status_exit_code(st);
}
