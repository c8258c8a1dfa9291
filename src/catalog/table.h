/*
 * A hash table from texts to numbers, with open addressing. It is at most half full, and entries far from
 * home take precedence (Robin Hood hashing), so that no lookup examines more than CATALOG_TABLE_REACH slots.
 * The table does not store the texts: callers compare the text that belongs to a number.
 *
 * Hashes are computed byte by byte, so that those of all prefixes of a text take one pass.
 */
#ifndef SHELFLIFE_CATALOG_TABLE_H
#define SHELFLIFE_CATALOG_TABLE_H

#include "base/base.h"

typedef uint64_t catalog_hash; /* the state after some bytes */

enum { CATALOG_TABLE_REACH = 32 };
#define CATALOG_TABLE_NONE UINT32_MAX

/* The initial state. Different seeds make different name spaces. */
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

/* Hashes two texts as one key: those before and after the "*" in a host. */
static inline catalog_hash catalog_hash_join(catalog_hash before, catalog_hash after)
{
    return before * 0x9e3779b97f4a7c15 + after;
}

struct catalog_table {
    struct catalog_table_slot {
        uint32_t hash, item; /* item + 1; 0 is an empty slot */
    } * slots;
    size_t mask;  /* slots - 1; 0: no slots */
    size_t count; /* entries */
};

/* Makes an empty table with room for `count` entries. */
bool shelflife_catalog_table_init(struct catalog_table *table, size_t count, error *err);
void shelflife_catalog_table_free(struct catalog_table *table);

/* Adds an entry, and grows the table if necessary. Several entries may have the same hash. */
bool shelflife_catalog_table_put(struct catalog_table *table, catalog_hash state, uint32_t item, error *err);

/* Iterates over the entries of a hash: start with *at = 0, and call until it returns CATALOG_TABLE_NONE. Adds
 * the number of examined slots to *probes. */
uint32_t shelflife_catalog_table_next(const struct catalog_table *table, catalog_hash state, size_t *at,
                                      uint64_t *probes);

#endif
