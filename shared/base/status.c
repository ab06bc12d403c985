#include "base/status.h"

#include <stddef.h>

#define STATUS_ROW(name, code, text) { #name, code, text },
static const struct {
    const char *name;
    int code;
    const char *text;
} table[] = { STATUS_TABLE(STATUS_ROW) };
#undef STATUS_ROW

#define TABLE_LEN (sizeof(table) / sizeof(table[0]))

const char *status_text(enum status st)
{
    return (size_t)st < TABLE_LEN ? table[st].text : "unknown status";
}

const char *status_name(enum status st)
{
    return (size_t)st < TABLE_LEN ? table[st].name : "UNKNOWN";
}

int status_exit_code(enum status st)
{
    return (size_t)st < TABLE_LEN ? table[st].code : 3;
}
