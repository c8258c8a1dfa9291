/*
 * What all rooms use: the public types under shorter names, cleanup attributes, and small helpers.
 */
#ifndef SHELFLIFE_BASE_BASE_H
#define SHELFLIFE_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/banned.h"
#include "shelflife/arena.h"
#include "shelflife/buffer.h"
#include "shelflife/day.h"
#include "shelflife/error.h"
#include "shelflife/str.h"

typedef struct shelflife_str str;
typedef struct shelflife_error error;
typedef struct shelflife_arena arena;
typedef struct shelflife_buffer buffer;

#define STR(literal) SHELFLIFE_STR(literal)
/* The same as an initializer, for tables. */
#define STR_INIT(literal)                                                                                    \
    {                                                                                                        \
        "" literal, sizeof(literal) - 1                                                                      \
    }
#define STR_PRINT(s) SHELFLIFE_STR_PRINT(s)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Calls `function` with the variable's address when it goes out of scope. */
#define CLEANUP(function) __attribute__((cleanup(function)))
#define UNUSED __attribute__((unused))
/* A function that is not copied into its caller, which then needs no registers for it. */
#define NOINLINE __attribute__((noinline))
/* For large local variables that are written before they are read. The build's flags would zero them. */
#if defined(__has_attribute)
#if __has_attribute(uninitialized)
#define UNINITIALIZED __attribute__((uninitialized))
#endif
#endif
#ifndef UNINITIALIZED
#define UNINITIALIZED
#endif

/* shelflife_free() for a `CLEANUP(cleanup_free) char *p`. */
static inline void cleanup_free(void *pointer_to_pointer)
{
    void *p;
    memcpy(&p, pointer_to_pointer, sizeof(p));
    shelflife_free(p);
}

/* memcpy(), which must not be given NULL even for 0 bytes: an absent string has no address. Returns the end
   of the copy. */
static inline void *shelflife_copy(void *to, const void *from, size_t n)
{
    if (n == 0)
        return to;
    memcpy(to, from, n);
    return (char *)to + n;
}

/* Grows *array, which has room for *capacity elements of `size` bytes, to hold at least `need`. Returns false
 * if memory runs out; *array is then unchanged. */
bool shelflife_grow(void *array, size_t *capacity, size_t need, size_t size) SHELFLIFE_MUST_CHECK;

/* An empty buffer in memory of the caller's, which never grows and must not be freed. It has room for one
   byte less, so that no text that is formatted needs more for its NUL. */
static inline buffer shelflife_buffer_in(char *memory, size_t size)
{
    return (buffer){.at = memory, .capacity = size, .limit = size - 1};
}

/* A sink that appends to a buffer. LIMIT if the bytes do not fit. */
bool shelflife_buffer_collect(void *buffer, str bytes, error *err) SHELFLIFE_MUST_CHECK;

/* Joins a and b in the arena, followed by a NUL that is not part of the length. */
bool shelflife_arena_join(arena *out_arena, str a, str b, str *out) SHELFLIFE_MUST_CHECK;

/* qsort(), which must not be given NULL even for 0 elements. */
static inline void shelflife_sort(void *at, size_t count, size_t size,
                                  int (*compare)(const void *, const void *))
{
    if (count > 1)
        qsort(at, count, size, compare);
}

/* The index of the first element that is not below the key; `count` if there is none. The array is sorted.
   compare() is given the key and an element, as bsearch() does it. */
size_t shelflife_lower_bound(const void *key, const void *at, size_t count, size_t size,
                             int (*compare)(const void *, const void *));

/* The last `count` decimal digits of n, without a NUL. */
void shelflife_digits(char *text, int count, int n);

/* Writes a Unix time as "2026-11-23T09:41:00" in UTC, with `between` in place of the T. Returns the length.
 */
enum { SHELFLIFE_TIME_TEXT_MAX = 24 };
size_t shelflife_time_format(int64_t seconds, char between, char text[SHELFLIFE_TIME_TEXT_MAX]);

/* Reads an RFC 3339 time ("2026-11-23T10:00:00Z", "2026-11-23T12:00:00.5+02:00") into whole seconds since the
   epoch. */
bool shelflife_time_parse(str text, int64_t *seconds);

static inline bool shelflife_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* s without white space at either end. */
str shelflife_str_trim(str s);

/* A cheap hash, made of a text's length, its beginning and its end. It is easy to make texts that have the
 * same.
 */
static inline uint32_t shelflife_str_tag(str s)
{
    uint64_t head = 0, tail = 0;
    if (s.len >= 8) {
        memcpy(&head, s.at, 8);
        memcpy(&tail, s.at + s.len - 8, 8);
    } else if (s.len >= 4) {
        memcpy(&head, s.at, 4);
        memcpy(&tail, s.at + s.len - 4, 4);
    } else if (s.len > 0) {
        head = (unsigned char)s.at[0];
        tail = (unsigned char)s.at[s.len - 1];
    }
    return (uint32_t)(((head ^ tail << 7 ^ tail >> 57 ^ s.len) * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

/* Takes the first line of a text, without its line feed; the last line need not have one. *rest is what
   follows. */
str shelflife_str_line(str *rest);

/* The length of the longest prefix of s of at most `max` bytes that ends between two characters. */
size_t shelflife_utf8_cut(str s, size_t max);

/* Returns the character of s at *i and advances *i. At an invalid byte, returns 0xFFFFFFFF and advances by
 * one byte. */
uint32_t shelflife_utf8_next(str s, size_t *i);

/* The position of the next byte from i that is not ASCII, or the length. Most text is ASCII. */
size_t shelflife_utf8_skip_ascii(str s, size_t i);

/* How many columns of a terminal s takes: two for each wide character, such as those of Chinese, and one for
 * any other character and for each invalid byte. */
size_t shelflife_utf8_width(str s);

#endif
