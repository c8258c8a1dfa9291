/*
 * How the tokenizer and the writer skip plain bytes: with SSE2, or 8 at a time in a word. Both forms are
 * always compiled, so that a test can compare them. SHELFLIFE_JSON_PORTABLE selects the second one even
 * where SSE2 is available.
 */
#ifndef SHELFLIFE_JSON_SCAN_H
#define SHELFLIFE_JSON_SCAN_H

#include <endian.h>

#include "base/base.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* What ends a run of plain bytes in a string being read: a quote, a backslash or a control character. */
static inline bool shelflife_json_stops_read(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

/* What ends a run of bytes that can be written unchanged without decoding UTF-8: all of the above, DEL, and
 * all bytes outside ASCII. */
static inline bool shelflife_json_stops_write(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\' || c >= 0x7f;
}

enum { SHELFLIFE_JSON_WORD = sizeof(uint64_t), SHELFLIFE_JSON_VECTOR = 16, SHELFLIFE_JSON_BLOCK = 64 };

#define SHELFLIFE_JSON_ONES UINT64_C(0x0101010101010101)
#define SHELFLIFE_JSON_HIGHS UINT64_C(0x8080808080808080)

/* ---- Reading: block by block ---- */

/* Sets the high bit of each byte of word that is 0. No sum carries into the next byte. */
static inline uint64_t shelflife_json_zeros(uint64_t word)
{
    return ~(((word & ~SHELFLIFE_JSON_HIGHS) + ~SHELFLIFE_JSON_HIGHS) | word | ~SHELFLIFE_JSON_HIGHS);
}

/* Bit i is set if byte i of the block ends a run in a string being read. */
static inline uint64_t shelflife_json_stops_portable(const char block[static SHELFLIFE_JSON_BLOCK])
{
    uint64_t all = 0;
    for (unsigned i = 0; i < SHELFLIFE_JSON_BLOCK; i += SHELFLIFE_JSON_WORD) {
        uint64_t word;
        memcpy(&word, block + i, sizeof(word));
        word = le64toh(word);
        uint64_t stops = shelflife_json_zeros(word & SHELFLIFE_JSON_ONES * 0xe0) |
                         shelflife_json_zeros(word ^ SHELFLIFE_JSON_ONES * '"') |
                         shelflife_json_zeros(word ^ SHELFLIFE_JSON_ONES * '\\');
        /* The multiplication collects the 8 bits in the highest byte. */
        all |= ((stops >> 7) * UINT64_C(0x0102040810204080) >> 56) << i;
    }
    return all;
}

#if defined(__SSE2__)
static inline uint64_t shelflife_json_vector_stops(const char *at)
{
    const __m128i last_control = _mm_set1_epi8(0x1f);
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i stops =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    stops = _mm_or_si128(stops, _mm_cmpeq_epi8(_mm_max_epu8(bytes, last_control), last_control));
    return (unsigned)_mm_movemask_epi8(stops);
}

static inline uint64_t shelflife_json_stops_sse2(const char block[static SHELFLIFE_JSON_BLOCK])
{
    enum { V = SHELFLIFE_JSON_VECTOR };
    return shelflife_json_vector_stops(block) | shelflife_json_vector_stops(block + V) << V |
           shelflife_json_vector_stops(block + 2 * V) << 2 * V |
           shelflife_json_vector_stops(block + 3 * V) << 3 * V;
}
#endif

#if defined(__SSE2__) && !defined(SHELFLIFE_JSON_PORTABLE)
#define SHELFLIFE_JSON_STOPS shelflife_json_stops_sse2
#else
#define SHELFLIFE_JSON_STOPS shelflife_json_stops_portable
#endif

/*
 * A window of 64 bytes on the chunk, which moves block by block. The end of a string is then found from a
 * few bits, without waiting for a load that depends on the end of the string before.
 */
struct shelflife_json_window {
    const char *at; /* the block; its last bytes may be beyond the chunk */
    uint64_t stops;
};

/* For less than a block. The padding is NUL, which ends a run like the end of the chunk. */
__attribute__((noinline)) UNUSED static uint64_t shelflife_json_tail_stops(const char *at, size_t left)
{
    char padded[SHELFLIFE_JSON_BLOCK] = {0};
    shelflife_copy(padded, at, left);
    return SHELFLIFE_JSON_STOPS(padded);
}

static inline void shelflife_json_look(struct shelflife_json_window *w, const char *at, const char *end)
{
    size_t left = (size_t)(end - at);
    bool whole = left >= SHELFLIFE_JSON_BLOCK;
    w->at = at;
    w->stops = whole ? SHELFLIFE_JSON_STOPS(at) : shelflife_json_tail_stops(at, left);
}

/* The same as below where the rest of the block has nothing, or `at` is after it. */
static inline __attribute__((always_inline)) const char *shelflife_json_scan_on(
    struct shelflife_json_window *w, const char *at, const char *end)
{
    for (;;) {
        const char *next = w->at + SHELFLIFE_JSON_BLOCK;
        at = at > next ? at : next;
        if (at == end)
            return end;
        shelflife_json_look(w, next, end);
        size_t i = (size_t)(at - next);
        uint64_t stops = i < SHELFLIFE_JSON_BLOCK ? w->stops >> i : 0;
        if (stops)
            return at + (unsigned)__builtin_ctzll(stops);
    }
}

/* The first byte from `at` on that is not plain in a string being read, or `end`. `at` must not decrease from
 * call to call. */
static inline __attribute__((always_inline)) const char *shelflife_json_scan_read(
    struct shelflife_json_window *w, const char *at, const char *end)
{
    size_t i = (size_t)(at - w->at);
    uint64_t stops = i < SHELFLIFE_JSON_BLOCK ? w->stops >> i : 0;
    return stops ? at + (unsigned)__builtin_ctzll(stops) : shelflife_json_scan_on(w, at, end);
}

/* ---- Writing: string by string ---- */

static inline const char *shelflife_json_scan_bytes(const char *at, const char *end)
{
    while (at < end && !shelflife_json_stops_write((unsigned char)*at))
        at++;
    return at;
}

/* Whether a byte of the word ends a run. Adding 1 carries DEL into the high bit; bytes outside ASCII have it
 * set. */
static inline bool shelflife_json_word_stops(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return shelflife_json_zeros(word & SHELFLIFE_JSON_ONES * 0xe0) |
           shelflife_json_zeros(word ^ SHELFLIFE_JSON_ONES * '"') |
           shelflife_json_zeros(word ^ SHELFLIFE_JSON_ONES * '\\') |
           ((word | ((word & ~SHELFLIFE_JSON_HIGHS) + SHELFLIFE_JSON_ONES)) & SHELFLIFE_JSON_HIGHS);
}

static inline const char *shelflife_json_scan_portable(const char *at, const char *end)
{
    const char *start = at;
    while (end - at >= SHELFLIFE_JSON_WORD && !shelflife_json_word_stops(at))
        at += SHELFLIFE_JSON_WORD;
    /* The last bytes at once, together with some examined before. */
    if (end - start >= SHELFLIFE_JSON_WORD && end - at < SHELFLIFE_JSON_WORD &&
        !shelflife_json_word_stops(end - SHELFLIFE_JSON_WORD))
        return end;
    return shelflife_json_scan_bytes(at, end);
}

#if defined(__SSE2__)
static inline const char *shelflife_json_scan_sse2(const char *at, const char *end)
{
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    for (; end - at >= SHELFLIFE_JSON_VECTOR; at += SHELFLIFE_JSON_VECTOR) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i stops = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
        /* As signed bytes, those outside ASCII are below 0x20, too. */
        stops = _mm_or_si128(stops, _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)));
        stops = _mm_or_si128(stops, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
        unsigned mask = (unsigned)_mm_movemask_epi8(stops);
        if (mask)
            return at + __builtin_ctz(mask);
    }
    return shelflife_json_scan_portable(at, end);
}
#endif

/* The next byte of a string being written that may need an escape or a check. */
static inline const char *shelflife_json_scan_write(const char *at, const char *end)
{
#if defined(__SSE2__) && !defined(SHELFLIFE_JSON_PORTABLE)
    return shelflife_json_scan_sse2(at, end);
#else
    return shelflife_json_scan_portable(at, end);
#endif
}

#endif
