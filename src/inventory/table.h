/*
 * A hash table of the indexes of things that are kept elsewhere, with open addressing; it is at most half
 * full. Hashes are keyed (SipHash), so that no one can choose names that collide.
 */
#ifndef SHELFLIFE_INVENTORY_TABLE_H
#define SHELFLIFE_INVENTORY_TABLE_H

#include "base/base.h"

/* Zeroed memory is an empty table. */
struct inventory_table {
    uint32_t *slots; /* index + 1; 0 is an empty slot */
    size_t mask;     /* slots - 1 */
};

/* How the things of a table are hashed and compared; `of` is what they are kept in. */
struct inventory_table_kind {
    uint64_t (*hash)(const void *of, uint32_t index);
    bool (*same)(const void *of, uint32_t index, const void *key);
};

/* Makes room for `count` indexes in all. False without memory; the table is then as before. */
bool shelflife_inventory_table_reserve(struct inventory_table *table, size_t count,
                                       const struct inventory_table_kind *kind,
                                       const void *of) SHELFLIFE_MUST_CHECK;

/* The slot of the thing that equals the key, or the empty slot for it. NULL if the table has no slots. The
   caller fills an empty slot with index + 1; room for it was made before. */
uint32_t *shelflife_inventory_table_seek(const struct inventory_table *table, uint64_t hash,
                                         const struct inventory_table_kind *kind, const void *of,
                                         const void *key);

void shelflife_inventory_table_free(struct inventory_table *table);

#endif
