#include "inspection/sets.h"

#include <stdio.h>

typedef struct shelflife_inspection_part part;

/* The edition of a set, and its number of parts; 0 if a part is missing. Parts of older editions with higher
   numbers do not matter. */
static int64_t complete_edition(const part *parts, uint32_t *count)
{
    const part *first = &parts[0];
    *count = first->count;
    if (!first->exists || first->edition <= 0 || first->index != 0 || first->count == 0 ||
        first->count > SHELFLIFE_INSPECTION_PARTS_MAX)
        return 0;
    for (uint32_t i = 1; i < first->count; i++)
        if (!parts[i].exists || parts[i].edition != first->edition || parts[i].index != i ||
            parts[i].count != first->count)
            return 0;
    return first->edition;
}

void shelflife_inspection_plan(part parts[SHELFLIFE_INSPECTION_SETS][SHELFLIFE_INSPECTION_PARTS_MAX],
                               int64_t now, struct shelflife_inspection_plan *out)
{
    int64_t newest = 0, highest = 0;
    *out = (struct shelflife_inspection_plan){.current = -1};
    for (int set = 0; set < SHELFLIFE_INSPECTION_SETS; set++) {
        uint32_t count;
        int64_t edition = complete_edition(parts[set], &count);
        if (edition > newest) {
            newest = edition;
            out->current = set;
            out->current_count = count;
        }
        for (uint32_t i = 0; i < SHELFLIFE_INSPECTION_PARTS_MAX; i++)
            if (parts[set][i].exists && parts[set][i].edition > highest)
                highest = parts[set][i].edition;
    }
    out->next = out->current == 0 ? 1 : 0;
    out->edition = now > highest ? now : highest + (highest < INT64_MAX);
}

void shelflife_inspection_part_name(const char *name, int set, uint32_t index,
                                    char out[SHELFLIFE_INSPECTION_NAME_MAX + 1])
{
    snprintf(out, SHELFLIFE_INSPECTION_NAME_MAX + 1, "%s-%c-%u", name, 'a' + set, (unsigned)index);
}
