#include "record/codes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct code {
    const char *code, *extra, *label;
};

struct code_table {
    const char *name;
    const struct code *codes; /* in byte order */
    size_t n;
};

#include "codes_data.h"

static_assert(CODES_FILES == CODE_LISTS, "one file for each list, in the same order");

static const struct code *find(enum code_list list, struct bytes code)
{
    const struct code_table *table = &code_tables[list];
    size_t low = 0, high = table->n;

    assert(list < CODE_LISTS);
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = bytes_cmp(code, bytes_of(table->codes[mid].code));

        if (order == 0)
            return &table->codes[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

bool code_known(enum code_list list, struct bytes code)
{
    return find(list, code) != NULL;
}

const char *code_list_name(enum code_list list)
{
    assert(list < CODE_LISTS);
    return code_tables[list].name;
}

const char *code_label(enum code_list list, struct bytes code)
{
    const struct code *found = find(list, code);

    return found == NULL ? NULL : found->label;
}

const char *code_extra(enum code_list list, struct bytes code)
{
    const struct code *found = find(list, code);

    return found == NULL ? NULL : found->extra;
}

const char *code_at(enum code_list list, size_t i)
{
    assert(list < CODE_LISTS);
    return i < code_tables[list].n ? code_tables[list].codes[i].code : NULL;
}

int currency_minor_units(struct bytes currency)
{
    const struct code *found = find(CODE_CURRENCY, currency);

    return found == NULL ? -1 : found->extra[0] - '0';
}

const char *codes_digest(void)
{
    return CODES_DIGEST;
}
