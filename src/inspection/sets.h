/*
 * Where the parts of an inventory go in a cluster: into ConfigMaps NAME-a-0, NAME-a-1 … or NAME-b-0 …, by
 * turns. The set that has the newest complete edition stays as it is while the next edition is written into
 * the other. So a reader finds a complete edition at any time, wherever a writer was interrupted, if it takes
 * the newest one that is complete.
 */
#ifndef SHELFLIFE_INSPECTION_SETS_H
#define SHELFLIFE_INSPECTION_SETS_H

#include "base/base.h"

enum { SHELFLIFE_INSPECTION_SETS = 2, SHELFLIFE_INSPECTION_PARTS_MAX = 64 };

/* What one ConfigMap has. All zero: there is none. */
struct shelflife_inspection_part {
    bool exists;
    int64_t edition;       /* 0: not a part of an inventory that can be read */
    uint32_t index, count; /* the part's place, and how many belong to its edition */
};

struct shelflife_inspection_plan {
    int current;            /* the set to read: 0, 1, or -1: neither is complete */
    uint32_t current_count; /* its parts */
    int next;               /* the set to write */
    int64_t edition;        /* of what is written: newer than all there are */
};

/* What to read and to write. `now` is in seconds since the epoch. */
void shelflife_inspection_plan(
    struct shelflife_inspection_part parts[SHELFLIFE_INSPECTION_SETS][SHELFLIFE_INSPECTION_PARTS_MAX],
    int64_t now, struct shelflife_inspection_plan *out);

/* The name of a part: "NAME-a-0". */
enum { SHELFLIFE_INSPECTION_NAME_MAX = 253 };
void shelflife_inspection_part_name(const char *name, int set, uint32_t index,
                                    char out[SHELFLIFE_INSPECTION_NAME_MAX + 1]);

#endif
