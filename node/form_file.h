/* node/form_file.h
 *
 * Files of many: CSV with a header line of options' names, a JSON array, or one JSON
 * object a line. Each row gives what a command line would give; in JSON also fields as
 * they stand in a record.
 */
#ifndef AVOW_NODE_FORM_FILE_H
#define AVOW_NODE_FORM_FILE_H

#include "base/csv.h"
#include "node/form.h"

struct form_cell {
    struct bytes name; /* of an option, or of a field */
    const char *text;  /* NULL: json */
    json_t *json;
    unsigned column; /* from 1; 0 where there are none */
};

struct form_file {
    const char *path; /* as it is told */
    struct buf text;
    bool table;
    struct csv csv;
    struct buf head; /* the names of the columns, each with a NUL */
    struct bytes names[CSV_CELLS_MAX];
    size_t n_names;
    json_t *items;      /* a JSON file that is one array or object; else lines */
    struct bytes lines; /* what is left of them */
    unsigned line;
    /* The row. */
    char where[48]; /* "line 3", "record 3" */
    struct form_cell cells[CSV_CELLS_MAX];
    size_t n;
    json_t *object; /* owns their JSON */
    char error[320];
    bool broken; /* nothing can be read behind the row that is wrong */
};

/* "-" is standard input. On failure the reason is said. */
enum status form_file_open(const char *path, struct form_file *f);
/* The next row, valid until the next call. STATUS_NOT_FOUND: that was all;
 * STATUS_MALFORMED: `where` and `error` say what is wrong with this one. */
enum status form_file_next(struct form_file *f);
void form_file_close(struct form_file *f);

/* The text of a cell; NULL: there is none of that name, or it is empty. */
const char *form_file_text(const struct form_file *f, const char *name);

/* Give the row's cells to the options, which then point into the file. STATUS_REFUSED:
 * `error`, and *column. */
enum status form_file_give(struct form_file *f, struct form_options *o, unsigned *column);

#endif
