/*
 * A hash table from texts to numbers: open addressing, at most half full, the entries that are farthest
 * from home first (Robin Hood), so that no lookup ever looks at more than CATALOG_TABLE_REACH slots. The
 * table does not hold the texts; whoever looks something up compares it with what the number stands for.
 *
 * Hashes are made byte by byte, so that those of all prefixes of a text cost one pass over it.
 */
#ifndef SHELFLIFE_CATALOG_TABLE_H
#define SHELFLIFE_CATALOG_TABLE_H

#include "base/base.h"

typedef uint64_t catalog_hash; /* running state over some bytes */

enum { CATALOG_TABLE_REACH = 32 };
#define CATALOG_TABLE_NONE UINT32_MAX

/* A state to begin with; different seeds are different name spaces. */
static inline catalog_hash catalog_hash_start(uint32_t seed)
{
    return 0xcbf29ce484222325 ^ (seed + 1) * (catalog_hash)0x9e3779b97f4a7c15;
}

static inline catalog_hash catalog_hash_byte(catalog_hash h, char c)
{
    return (h ^ (unsigned char)c) * 0x100000001b3;
}

static inline catalog_hash catalog_hash_str(catalog_hash h, str s)
{
    for (size_t i = 0; i < s.len; i++)
        h = catalog_hash_byte(h, s.at[i]);
    return h;
}

/* The same from the end of s to its beginning. */
static inline catalog_hash catalog_hash_str_back(catalog_hash h, str s)
{
    for (size_t i = s.len; i > 0; i--)
        h = catalog_hash_byte(h, s.at[i - 1]);
    return h;
}

/* Of two texts as one key: a host's before and behind its "*". */
static inline catalog_hash catalog_hash_join(catalog_hash before, catalog_hash behind)
{
    return before * 0x9e3779b97f4a7c15 + behind;
}

struct catalog_table {
    struct catalog_table_slot {
        uint32_t hash, item; /* item + 1; 0 is an empty slot */
    } * slots;
    size_t mask;  /* slots - 1; 0: no slots */
    size_t count; /* entries */
};

/* Makes an empty table with room for so many entries. */
bool shelflife_catalog_table_init(struct catalog_table *table, size_t count, error *err);
void shelflife_catalog_table_free(struct catalog_table *table);

/* Adds an entry; several may have the same hash. Grows if it must. */
bool shelflife_catalog_table_put(struct catalog_table *table, catalog_hash state, uint32_t item, error *err);

/* Walks the entries of a hash: start with *at = 0, call until CATALOG_TABLE_NONE. Adds the slots looked at to
 *probes. */
uint32_t shelflife_catalog_table_next(const struct catalog_table *table, catalog_hash state, size_t *at,
                                      uint64_t *probes);

#endif
