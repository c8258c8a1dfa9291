#include "inventory/table.h"

enum { FIRST_SLOTS = 16 };

static uint32_t *first_empty(const struct inventory_table *table, uint64_t hash)
{
    size_t i = hash & table->mask;
    while (table->slots[i])
        i = (i + 1) & table->mask;
    return &table->slots[i];
}

bool shelflife_inventory_table_reserve(struct inventory_table *table, size_t count,
                                       const struct inventory_table_kind *kind, const void *of)
{
    size_t slots = table->slots ? table->mask + 1 : FIRST_SLOTS;
    while (slots / 2 < count)
        slots *= 2;
    if (table->slots && slots == table->mask + 1)
        return true;
    struct inventory_table grown = {.mask = slots - 1};
    grown.slots = shelflife_calloc(slots, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; table->slots && i <= table->mask; i++)
        if (table->slots[i])
            *first_empty(&grown, kind->hash(of, table->slots[i] - 1)) = table->slots[i];
    shelflife_free(table->slots);
    *table = grown;
    return true;
}

uint32_t *shelflife_inventory_table_seek(const struct inventory_table *table, uint64_t hash,
                                         const struct inventory_table_kind *kind, const void *of,
                                         const void *key)
{
    if (!table->slots)
        return NULL;
    size_t i = hash & table->mask;
    while (table->slots[i] && !kind->same(of, table->slots[i] - 1, key))
        i = (i + 1) & table->mask;
    return &table->slots[i];
}

void shelflife_inventory_table_free(struct inventory_table *table)
{
    shelflife_free(table->slots);
    *table = (struct inventory_table){0};
}
