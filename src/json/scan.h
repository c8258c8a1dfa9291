/*
 * How the tokenizer and the writer pass over plain bytes: 16 at a time with SSE2, else 8 at a time in a
 * word. Both forms are always compiled, so that a test can hold them against each other;
 * SHELFLIFE_JSON_PORTABLE chooses the second where there is SSE2 too.
 *
 * Each scan returns the first byte it looks for, or end, and adds to *beyond the bytes it looked at from
 * there on: what is examined twice.
 */
#ifndef SHELFLIFE_JSON_SCAN_H
#define SHELFLIFE_JSON_SCAN_H

#include "base/base.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* What ends a run of plain bytes of a string that is read: a quote, a backslash, a control character. */
static inline bool shelflife_json_stops_read(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

/* What ends a run of bytes that can be written as they are without a look at UTF-8: all of the above, DEL,
   and every byte outside of ASCII. */
static inline bool shelflife_json_stops_write(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\' || c >= 0x7f;
}

enum { SHELFLIFE_JSON_WORD = sizeof(uint64_t), SHELFLIFE_JSON_BLOCK = 16 };

/* Not zero exactly if a byte of word is below 0x20, a quote or a backslash. (x - n) & ~x has the high bit
   of some byte set exactly if a byte of x is below n, for n up to 0x80.) */
static inline uint64_t shelflife_json_word_stops(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
    uint64_t quotes = word ^ ones * '"', backslashes = word ^ ones * '\\';
    return ((word - ones * 0x20) & ~word & highs) | ((quotes - ones) & ~quotes & highs) |
           ((backslashes - ones) & ~backslashes & highs);
}

static inline const char *shelflife_json_scan_bytes(const char *at, const char *end, bool write,
                                                    uint64_t *beyond)
{
    while (at < end && !(write ? shelflife_json_stops_write((unsigned char)*at)
                               : shelflife_json_stops_read((unsigned char)*at)))
        at++;
    *beyond += at < end;
    return at;
}

static inline const char *shelflife_json_scan_portable(const char *at, const char *end, bool write,
                                                       uint64_t *beyond)
{
    const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
    while (end - at >= SHELFLIFE_JSON_WORD) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        uint64_t stops = shelflife_json_word_stops(word);
        if (write) /* adding 1 carries DEL into the high bit; what is not ASCII has it already */
            stops |= (word | ((word & ~highs) + ones)) & highs;
        if (stops) {
            *beyond += SHELFLIFE_JSON_WORD; /* the bytes before the one found are looked at again */
            break;
        }
        at += SHELFLIFE_JSON_WORD;
    }
    return shelflife_json_scan_bytes(at, end, write, beyond);
}

#if defined(__SSE2__)
static inline const char *shelflife_json_scan_sse2(const char *at, const char *end, bool write,
                                                   uint64_t *beyond)
{
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    while (end - at >= SHELFLIFE_JSON_BLOCK) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i stops = _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash));
        if (write) { /* signed: bytes outside of ASCII are below 0x20 too */
            stops = _mm_or_si128(stops, _mm_cmplt_epi8(block, _mm_set1_epi8(0x20)));
            stops = _mm_or_si128(stops, _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7f)));
        } else {
            const __m128i last_control = _mm_set1_epi8(0x1f);
            stops = _mm_or_si128(stops, _mm_cmpeq_epi8(_mm_max_epu8(block, last_control), last_control));
        }
        unsigned mask = (unsigned)_mm_movemask_epi8(stops);
        if (mask) {
            unsigned skip = (unsigned)__builtin_ctz(mask);
            *beyond += SHELFLIFE_JSON_BLOCK - skip;
            return at + skip;
        }
        at += SHELFLIFE_JSON_BLOCK;
    }
    return shelflife_json_scan_bytes(at, end, write, beyond);
}
#endif

#if defined(__SSE2__) && !defined(SHELFLIFE_JSON_PORTABLE)
#define SHELFLIFE_JSON_SCAN shelflife_json_scan_sse2
#else
#define SHELFLIFE_JSON_SCAN shelflife_json_scan_portable
#endif

/* To the next byte of a string that is read which is not plain. */
static inline const char *shelflife_json_scan_read(const char *at, const char *end, uint64_t *beyond)
{
    return SHELFLIFE_JSON_SCAN(at, end, false, beyond);
}

/* To the next byte of a string to be written which needs a closer look. */
static inline const char *shelflife_json_scan_write(const char *at, const char *end)
{
    uint64_t beyond = 0;
    return SHELFLIFE_JSON_SCAN(at, end, true, &beyond);
}

#endif
