#include "audit/hash_index.h"

#include <sys/random.h>
#include <time.h>

struct shelflife_slot {
    uint32_t hash, number; /* number + 1; 0: free */
};

struct shelflife_audit_hash_key shelflife_audit_hash_key_new(void)
{
    struct shelflife_audit_hash_key key;
    struct timespec now = {0};
    if (getrandom(&key, sizeof(key), 0) == sizeof(key))
        return key;
    /* Supported kernels do not fail here; the clock is still better than a constant. */
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (struct shelflife_audit_hash_key){{(uint64_t)now.tv_nsec, (uint64_t)(uintptr_t)&key}};
}

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

uint32_t shelflife_audit_hash(const struct shelflife_audit_hash_key *key, const void *bytes, size_t len)
{
    uint64_t v[4] = {key->k[0] ^ UINT64_C(0x736f6d6570736575), key->k[1] ^ UINT64_C(0x646f72616e646f6d),
                     key->k[0] ^ UINT64_C(0x6c7967656e657261), key->k[1] ^ UINT64_C(0x7465646279746573)};
    const char *at = bytes;
    for (size_t left = len;; left -= 8, at += 8) {
        uint64_t word = left < 8 ? (uint64_t)len << 56 : 0;
        if (left > 0)
            memcpy(&word, at, left < 8 ? left : 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
        if (left < 8)
            break;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    uint64_t h = v[0] ^ v[1] ^ v[2] ^ v[3];
    return (uint32_t)(h ^ h >> 32);
}

uint32_t shelflife_audit_hash_index_find(const struct shelflife_audit_hash_index *index, uint32_t hash,
                                         shelflife_audit_hash_index_equal *equal, const void *context)
{
    if (index->count == 0)
        return SHELFLIFE_AUDIT_HASH_INDEX_NONE;
    for (size_t at = hash & index->mask; index->slots[at].number; at = (at + 1) & index->mask)
        if (index->slots[at].hash == hash && equal(context, index->slots[at].number - 1))
            return index->slots[at].number - 1;
    return SHELFLIFE_AUDIT_HASH_INDEX_NONE;
}

static void put(struct shelflife_audit_hash_index *index, struct shelflife_slot slot)
{
    size_t at = slot.hash & index->mask;
    while (index->slots[at].number)
        at = (at + 1) & index->mask;
    index->slots[at] = slot;
}

static bool grow(struct shelflife_audit_hash_index *index)
{
    size_t old_size = index->slots ? index->mask + 1 : 0, size = old_size ? 2 * old_size : 64;
    struct shelflife_audit_hash_index bigger = {.slots = calloc(size, sizeof(*bigger.slots)),
                                                .mask = size - 1};
    if (!bigger.slots)
        return false;
    for (size_t i = 0; i < old_size; i++)
        if (index->slots[i].number)
            put(&bigger, index->slots[i]);
    bigger.count = index->count;
    free(index->slots);
    *index = bigger;
    return true;
}

bool shelflife_audit_hash_index_add(struct shelflife_audit_hash_index *index, uint32_t hash, uint32_t number)
{
    bool full = !index->slots || (index->count + 1) * 4 > (index->mask + 1) * 3;
    if (number >= SHELFLIFE_AUDIT_HASH_INDEX_NONE || (full && !grow(index)))
        return false;
    put(index, (struct shelflife_slot){hash, number + 1});
    index->count++;
    return true;
}

void shelflife_audit_hash_index_reset(struct shelflife_audit_hash_index *index)
{
    if (index->count)
        memset(index->slots, 0, (index->mask + 1) * sizeof(*index->slots));
    index->count = 0;
}

void shelflife_audit_hash_index_free(struct shelflife_audit_hash_index *index)
{
    free(index->slots);
    *index = (struct shelflife_audit_hash_index){0};
}
