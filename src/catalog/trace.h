/* Records how a reference is resolved. The recorder is NULL, and nothing is recorded, except in
 * shelflife_catalogs_trace(). */
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

/* Adds a step. Copies the text. */
void shelflife_catalog_trace_add(struct catalog_recorder *recorder, enum shelflife_trace_kind kind,
                                 enum shelflife_trace_outcome outcome,
                                 const struct shelflife_product *product, const struct shelflife_row *row,
                                 str text);

/* Adds a step for each candidate row. That of the match was taken. */
void shelflife_catalog_trace_rows(struct catalog_recorder *recorder, const struct shelflife_catalogs *set,
                                  const struct catalog_choice *choice, const struct catalog_fields *known,
                                  const struct shelflife_match *match);

#endif
