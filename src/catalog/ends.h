/* Ends of support as numbers, so that those of several rows combine: the later, the greater. */
#ifndef SHELFLIFE_CATALOG_ENDS_H
#define SHELFLIFE_CATALOG_ENDS_H

#include "catalog/internal.h"

#define CATALOG_OVER INT32_MIN  /* on an unknown day */
#define CATALOG_NEVER INT32_MAX /* no known end */

static inline int32_t catalog_end(shelflife_day day)
{
    return day == SHELFLIFE_DAY_NONE ? CATALOG_NEVER : day;
}

static inline shelflife_day catalog_end_day(int32_t end)
{
    return end == CATALOG_NEVER || end == CATALOG_OVER ? SHELFLIFE_DAY_NONE : end;
}

static inline int32_t catalog_end_later(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* Where another row of the release has extended support, a row without it counts with its own end. */
static inline struct catalog_ends catalog_ends(const struct shelflife_row *row)
{
    bool extended = row->end_of_extended_patch != SHELFLIFE_DAY_NONE;
    int32_t patch = row->ended ? CATALOG_OVER : catalog_end(row->end_of_patch);
    return (struct catalog_ends){.patch = patch,
                                 .availability = catalog_end(row->end_of_availability),
                                 .extended = extended ? row->end_of_extended_patch : patch,
                                 .has_extended = extended};
}

static inline struct catalog_ends catalog_ends_latest(const struct catalog_ends *a,
                                                      const struct catalog_ends *b)
{
    return (struct catalog_ends){.patch = catalog_end_later(a->patch, b->patch),
                                 .availability = catalog_end_later(a->availability, b->availability),
                                 .extended = catalog_end_later(a->extended, b->extended),
                                 .has_extended = a->has_extended || b->has_extended};
}

/* Sets the dates of a match. */
static inline void catalog_ends_put(const struct catalog_ends *ends, struct shelflife_match *match)
{
    match->ended = ends->patch == CATALOG_OVER;
    match->end_of_patch = catalog_end_day(ends->patch);
    match->end_of_availability = catalog_end_day(ends->availability);
    match->end_of_extended_patch = ends->has_extended ? catalog_end_day(ends->extended) : SHELFLIFE_DAY_NONE;
}

#endif
