/*
 * Hash tables of array indexes. Hashes are keyed with a secret (SipHash-1-3), so that users cannot choose
 * names that collide.
 */
#ifndef SHELFLIFE_AUDIT_HASH_INDEX_H
#define SHELFLIFE_AUDIT_HASH_INDEX_H

#include "base/base.h"

struct shelflife_audit_hash_key {
    uint64_t k[2];
};

/* A random key. */
struct shelflife_audit_hash_key shelflife_audit_hash_key_new(void);

uint32_t shelflife_audit_hash(const struct shelflife_audit_hash_key *key, const void *bytes, size_t len);

/* A hash table of numbers. Zeroed memory is an empty table. */
struct shelflife_audit_hash_index {
    struct shelflife_slot *slots;
    size_t mask, count;
};

/* Whether the element with that number is the one to find. */
typedef bool shelflife_audit_hash_index_equal(const void *context, uint32_t number);

#define SHELFLIFE_AUDIT_HASH_INDEX_NONE (UINT32_MAX - 1)

uint32_t shelflife_audit_hash_index_find(const struct shelflife_audit_hash_index *index, uint32_t hash,
                                         shelflife_audit_hash_index_equal *equal, const void *context);
/* Adds a number that the table does not contain. False without memory. */
bool shelflife_audit_hash_index_add(struct shelflife_audit_hash_index *index, uint32_t hash,
                                    uint32_t number) SHELFLIFE_MUST_CHECK;
void shelflife_audit_hash_index_reset(
    struct shelflife_audit_hash_index *index); /* empties it, keeps the memory */
void shelflife_audit_hash_index_free(struct shelflife_audit_hash_index *index);

#endif
