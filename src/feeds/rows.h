/* The rows of several catalogs, brought together by product, release and variant to be compared. */
#ifndef SHELFLIFE_FEEDS_ROWS_H
#define SHELFLIFE_FEEDS_ROWS_H

#include "base/base.h"

/* The dates that are compared. */
enum feeds_date { FEEDS_DATE_PATCH, FEEDS_DATE_EXTENDED, FEEDS_DATE_AVAILABILITY, FEEDS_DATES };
extern const char *const shelflife_feeds_rows_keys[FEEDS_DATES]; /* "endOfPatch" */

struct feeds_dated_row {
    size_t catalog; /* its number */
    const char *origin;
    bool publishes; /* the catalog names a publisher */
    bool explained; /* the row has a note or a source of its own */
    bool has_facts; /* it has a key that feeds renew */
    bool ended;
    str product, release, variant; /* variant: `when` as JSON on one line */
    str path;                      /* "products[3].rows[0]" */
    str dates[FEEDS_DATES];        /* absent: no such day */
};

struct feeds_dated_rows {
    struct feeds_dated_row *at;
    size_t count, capacity;
    arena memory; /* of the strings */
};

void shelflife_feeds_rows_init(struct feeds_dated_rows *rows);
void shelflife_feeds_rows_free(struct feeds_dated_rows *rows);

/* Adds the rows of a catalog, which must load. `origin` must outlive the rows. */
bool shelflife_feeds_rows_add(struct feeds_dated_rows *rows, str bytes, const char *origin, size_t number,
                              error *err);

/* Sorts the rows: those of one release and variant follow each other, in the order of their catalogs. */
void shelflife_feeds_rows_sort(struct feeds_dated_rows *rows);

/* The first row after the one at `from` that is of another release or variant. */
size_t shelflife_feeds_rows_next(const struct feeds_dated_rows *rows, size_t from);

/* Whether a key of a row is one that feeds renew. */
bool shelflife_feeds_rows_is_fact(const char *key);

#endif
