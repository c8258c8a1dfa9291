/* Finds releases in what an image's configuration says. */
#ifndef SHELFLIFE_CATALOG_EVIDENCE_H
#define SHELFLIFE_CATALOG_EVIDENCE_H

#include "catalog/search.h"

/* ---- index_evidence.c ---- */

/* Indexes the evidence rules of a set. */
bool shelflife_catalog_evidence_build(struct shelflife_catalogs *set, error *err);

/* The number of a name in the index, or CATALOG_TABLE_NONE if no rule reads it. */
uint32_t shelflife_catalog_evidence_name(const struct shelflife_catalogs *set,
                                         enum shelflife_evidence_kind kind, str name, uint64_t *probes);

/* The first of the rules that are found by the value of a name, or CATALOG_TABLE_NONE. */
uint32_t shelflife_catalog_evidence_by_value(const struct shelflife_catalogs *set, uint32_t name, str value,
                                             uint64_t *probes);

/* Iterates over the patterns of lines of history whose head a line begins with: start with {0}, and call
 * until it returns NULL. The line may still not match. */
struct catalog_line_search {
    catalog_hash hash;
    size_t hashed;  /* bytes of the line */
    uint32_t value; /* the next pattern + 1; 0: look for the next head */
};
const struct catalog_value *shelflife_catalog_evidence_line(const struct shelflife_catalogs *set, str line,
                                                            struct catalog_line_search *search,
                                                            uint64_t *probes);

/* ---- ahead.c ---- */

/* What was found in a list of evidence ahead, or NULL. */
const struct catalog_ahead_list *shelflife_catalog_ahead_of(const struct shelflife_catalogs *set,
                                                            const struct shelflife_evidence_list *evidence,
                                                            uint64_t *probes);

/* NULL is fine. */
void shelflife_catalog_ahead_free(struct catalog_ahead *ahead);

/* ---- evidence.c ---- */

/* Appends the releases that the search's evidence says, whatever the reference is. Sets the snapshot, which
 * must be NONE before. */
bool shelflife_catalog_evidence_find(const struct catalog_search *s, struct catalog_found_list *out,
                                     shelflife_day *snapshot);

/* Adds the matches that the search's evidence has to those of the reference, and sets the snapshot. */
bool shelflife_catalog_evidence_resolve(struct catalog_search *s, struct shelflife_resolution *out);

#endif
