#include "catalog/table.h"

/* The low bits of an FNV hash depend on few bits of the input. MurmurHash3's finalizer mixes them. */
static uint32_t finish(catalog_hash h)
{
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccd;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53;
    return (uint32_t)(h >> 32);
}

static bool make_slots(struct catalog_table *t, size_t slots, error *err)
{
    t->slots = shelflife_calloc(slots, sizeof(*t->slots));
    if (!t->slots)
        return shelflife_fail_memory(err);
    t->mask = slots - 1;
    return true;
}

bool shelflife_catalog_table_init(struct catalog_table *t, size_t count, error *err)
{
    size_t slots = 8;
    while (slots / 2 < count)
        slots *= 2;
    *t = (struct catalog_table){0};
    return make_slots(t, slots, err);
}

void shelflife_catalog_table_free(struct catalog_table *t)
{
    shelflife_free(t->slots);
    *t = (struct catalog_table){0};
}

/* The distance of slot i from the home of its entry. */
static size_t distance(const struct catalog_table *t, size_t i)
{
    return (i - t->slots[i].hash) & t->mask;
}

/* Returns false if an entry would be out of reach, and stores that entry in *left. */
static bool place(struct catalog_table *t, struct catalog_table_slot entry, struct catalog_table_slot *left)
{
    size_t far = 0;
    for (size_t i = entry.hash & t->mask; far < CATALOG_TABLE_REACH; i = (i + 1) & t->mask, far++) {
        if (!t->slots[i].item) {
            t->slots[i] = entry;
            return true;
        }
        size_t resident = distance(t, i);
        if (resident < far) {
            struct catalog_table_slot poorer = t->slots[i];
            t->slots[i] = entry;
            entry = poorer;
            far = resident;
        }
    }
    *left = entry;
    return false;
}

static bool double_slots(struct catalog_table *t, error *err)
{
    struct catalog_table old = *t;
    struct catalog_table_slot left;
    size_t slots = (old.mask + 1) * 2;
    for (bool fits = false; !fits; slots *= 2) {
        /* More than CATALOG_TABLE_REACH entries with one hash never fit. */
        if (slots > 16 * (old.count + 64)) {
            *t = old;
            return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "too many names with the same hash value");
        }
        if (!make_slots(t, slots, err)) {
            *t = old;
            return false;
        }
        fits = true;
        for (size_t i = 0; fits && i <= old.mask; i++)
            fits = !old.slots[i].item || place(t, old.slots[i], &left);
        if (!fits)
            shelflife_free(t->slots);
    }
    shelflife_free(old.slots);
    return true;
}

bool shelflife_catalog_table_put(struct catalog_table *t, catalog_hash state, uint32_t item, error *err)
{
    struct catalog_table_slot entry = {finish(state), item + 1};
    if (t->count + 1 > (t->mask + 1) / 2 && !double_slots(t, err))
        return false;
    while (!place(t, entry, &entry))
        if (!double_slots(t, err))
            return false;
    t->count++;
    return true;
}

uint32_t shelflife_catalog_table_next(const struct catalog_table *t, catalog_hash state, size_t *at,
                                      uint64_t *probes)
{
    uint32_t wanted = finish(state);
    while (t->mask && *at < CATALOG_TABLE_REACH) {
        const struct catalog_table_slot *slot = &t->slots[(wanted + *at) & t->mask];
        (*probes)++;
        if (!slot->item)
            return CATALOG_TABLE_NONE;
        (*at)++;
        if (slot->hash == wanted)
            return slot->item - 1;
    }
    return CATALOG_TABLE_NONE;
}
