#include "base/siphash.h"

#include <endian.h>

static inline uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void mix(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static inline uint64_t read_word(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return le64toh(word);
}

static inline void add_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    mix(v);
    mix(v);
    v[0] ^= word;
}

void shelflife_siphash_init(struct shelflife_siphash *s, const unsigned char key[SHELFLIFE_SIPHASH_KEY])
{
    uint64_t k0 = read_word(key), k1 = read_word(key + 8);
    *s = (struct shelflife_siphash){.v = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
                                          k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573}};
}

void shelflife_siphash_add(struct shelflife_siphash *s, str text)
{
    const unsigned char *at = (const unsigned char *)text.at;
    size_t i = 0;
    for (; i < text.len && s->size % 8; i++) {
        s->word |= (uint64_t)at[i] << 8 * (s->size++ % 8);
        if (s->size % 8 == 0) {
            add_word(s->v, s->word);
            s->word = 0;
        }
    }
    for (; text.len - i >= 8; i += 8, s->size += 8)
        add_word(s->v, read_word(at + i));
    for (; i < text.len; i++)
        s->word |= (uint64_t)at[i] << 8 * (s->size++ % 8);
}

uint64_t shelflife_siphash_end(struct shelflife_siphash *s)
{
    add_word(s->v, s->word | s->size << 56);
    s->v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        mix(s->v);
    return s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
}

uint64_t shelflife_siphash_of(str text, const unsigned char key[SHELFLIFE_SIPHASH_KEY])
{
    struct shelflife_siphash s;
    shelflife_siphash_init(&s, key);
    shelflife_siphash_add(&s, text);
    return shelflife_siphash_end(&s);
}
