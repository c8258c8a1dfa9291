/*
 * SipHash-2-4, a hash with a key: without the key, no one can make two texts with the same hash. For hash
 * tables, and to compare texts that are not kept.
 */
#ifndef SHELFLIFE_BASE_SIPHASH_H
#define SHELFLIFE_BASE_SIPHASH_H

#include "base/base.h"

enum { SHELFLIFE_SIPHASH_KEY = 16 /* bytes */ };

struct shelflife_siphash {
    uint64_t v[4];
    uint64_t word; /* the bytes after the last whole word, the first one lowest */
    uint64_t size; /* bytes so far */
};

void shelflife_siphash_init(struct shelflife_siphash *s, const unsigned char key[SHELFLIFE_SIPHASH_KEY]);
void shelflife_siphash_add(struct shelflife_siphash *s, str text);
/* The hash of what has been added. Nothing can be added afterwards. */
uint64_t shelflife_siphash_end(struct shelflife_siphash *s);

/* The hash of one text. */
uint64_t shelflife_siphash_of(str text, const unsigned char key[SHELFLIFE_SIPHASH_KEY]);

#endif
