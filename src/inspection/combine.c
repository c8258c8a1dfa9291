#include "inspection/combine.h"

/* The day of a reference of before. If its tag names another image now, it is not also of today. */
static shelflife_day day_of(const struct shelflife_inventory_entry *old,
                            const struct shelflife_inventory_reference *seen,
                            const struct shelflife_inventory *fresh)
{
    const struct shelflife_reference by_name = {.name = seen->name, .tag = seen->tag};
    struct shelflife_inventory_entry now;
    bool moved = seen->tag.len && shelflife_inventory_find(fresh, &by_name, &now) &&
                 strcmp(now.digest, old->digest) != 0;
    return moved && seen->last_seen >= now.last_seen ? now.last_seen - 1 : seen->last_seen;
}

/* Adds what was known before. */
static bool add_known(const struct shelflife_inventory *known, const struct shelflife_inventory *fresh,
                      struct shelflife_inventory *into, error *err)
{
    for (size_t i = 0; i < shelflife_inventory_count(known); i++) {
        struct shelflife_inventory_entry entry;
        shelflife_inventory_at(known, i, &entry);
        if (!shelflife_inventory_put(into, &entry, err))
            return false;
        for (size_t k = 0; k < shelflife_inventory_reference_count(known, i); k++) {
            struct shelflife_inventory_reference seen;
            shelflife_inventory_reference_at(known, i, k, &seen);
            seen.last_seen = day_of(&entry, &seen, fresh);
            if (!shelflife_inventory_see(into, &seen, shelflife_str_of(entry.digest), err))
                return false;
        }
    }
    return true;
}

bool shelflife_inspection_combine(const struct shelflife_inventory *known,
                                  const struct shelflife_inventory *fresh, struct shelflife_inventory *into,
                                  error *err)
{
    return (!known || add_known(known, fresh, into, err)) && shelflife_inventory_merge(into, fresh, err);
}
