/* Recording how a reference is resolved. Nothing is ever recorded without a recorder, which is NULL but for
   shelflife_catalogs_trace(). */
#ifndef SHELFLIFE_CATALOG_TRACE_H
#define SHELFLIFE_CATALOG_TRACE_H

#include "catalog/combine.h"

enum { CATALOG_TRACE_MAX = 512 /* steps */ };

struct catalog_recorder {
    arena *arena;
    struct shelflife_trace_step *steps;
    size_t count, capacity;
    bool cut;
};

/* Adds a step; text is copied. */
void shelflife_catalog_trace_add(struct catalog_recorder *recorder, enum shelflife_trace_kind kind,
                                 enum shelflife_trace_outcome outcome,
                                 const struct shelflife_product *product, const struct shelflife_row *row,
                                 str text);

/* Adds a step for each of the rows in question, of which that of the match was taken. */
void shelflife_catalog_trace_rows(struct catalog_recorder *recorder, const struct shelflife_catalogs *set,
                                  const struct catalog_choice *choice, const struct catalog_fields *known,
                                  const struct shelflife_match *match);

#endif
