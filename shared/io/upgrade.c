#include "io/upgrade.h"

#include "base/say.h"
#include "ledger/renew.h"

static void progress(void *ctx, uint64_t done, uint64_t total)
{
    (void)ctx;
    say_progress("entries judged again", done, total);
}

static bool is_older(const char *path)
{
    struct store *s = NULL;
    enum status st = store_open(path, STORE_READ, &s);

    store_close(s);
    return st == STATUS_OLDER;
}

enum status upgrade_store(const char *path)
{
    char error[640];
    enum status st;

    if (!is_older(path))
        return STATUS_OK;
    say_info("%s is of an earlier version: its state is derived anew from its entries",
             path);
    st = ledger_renew(path, progress, NULL, error);
    if (st == STATUS_BUSY)
        return STATUS_OK; /* somebody else's, who says so */
    if (st == STATUS_OK) {
        say_info("%s is up to date", path);
        return STATUS_OK;
    }
    say_error("cannot bring %s up to date: %s%s%s", path, status_text(st),
              error[0] != '\0' ? ": " : "", error);
    say_hint("nothing in it was changed: the program that wrote it can still use it");
    return st;
}

void upgrade_hint(enum status st, const char *command)
{
    if (st == STATUS_OLDER)
        say_hint("%s brings it up to date, and loses nothing", command);
    else if (st == STATUS_NEWER)
        say_hint("use the program that wrote it, or a later one");
}
