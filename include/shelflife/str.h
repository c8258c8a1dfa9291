/*
 * Strings with a length. They point to bytes that they do not own, need no NUL at the end, and may contain
 * any byte.
 */
#ifndef SHELFLIFE_STR_H
#define SHELFLIFE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "shelflife/export.h"

SHELFLIFE_BEGIN_DECLS

struct shelflife_str {
    const char *at; /* may be NULL if len is 0: the string is absent */
    size_t len;     /* bytes */
};

/* A string literal: SHELFLIFE_STR("spec"). */
#ifdef __cplusplus
#define SHELFLIFE_STR(literal) (shelflife_str{"" literal, sizeof(literal) - 1})
#else
#define SHELFLIFE_STR(literal) ((struct shelflife_str){"" literal, sizeof(literal) - 1})
#endif

/* The arguments for "%.*s": printf("%.*s", SHELFLIFE_STR_PRINT(s)). Prints at most INT_MAX bytes. */
#define SHELFLIFE_STR_PRINT(s) shelflife_str_print_length(s), shelflife_str_print_text(s)

static inline int shelflife_str_print_length(struct shelflife_str s)
{
    return s.len > 0x7fffffff ? 0x7fffffff : (int)s.len;
}

static inline const char *shelflife_str_print_text(struct shelflife_str s)
{
    return s.at ? s.at : "";
}

/* Converts a NUL-terminated string. NULL becomes an absent string. */
SHELFLIFE_API struct shelflife_str shelflife_str_of(const char *text);

static inline bool shelflife_str_equal(struct shelflife_str a, struct shelflife_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Compares by byte, a prefix before longer strings. Returns <0, 0 or >0. */
SHELFLIFE_API int shelflife_str_compare(struct shelflife_str a, struct shelflife_str b);

/* s without its first n bytes, and the first n bytes of s. If n exceeds s.len, s.len is used. */
static inline struct shelflife_str shelflife_str_after(struct shelflife_str s, size_t n)
{
    if (n > s.len)
        n = s.len;
    struct shelflife_str rest = {n ? s.at + n : s.at, s.len - n};
    return rest;
}

static inline struct shelflife_str shelflife_str_first(struct shelflife_str s, size_t n)
{
    struct shelflife_str first = {s.at, n < s.len ? n : s.len};
    return first;
}

static inline bool shelflife_str_starts(struct shelflife_str s, struct shelflife_str prefix)
{
    return s.len >= prefix.len && shelflife_str_equal(shelflife_str_first(s, prefix.len), prefix);
}

static inline bool shelflife_str_ends(struct shelflife_str s, struct shelflife_str suffix)
{
    return s.len >= suffix.len && shelflife_str_equal(shelflife_str_after(s, s.len - suffix.len), suffix);
}

/* The position of the first or last byte c, or SIZE_MAX if there is none. */
SHELFLIFE_API size_t shelflife_str_find(struct shelflife_str s, char c);
SHELFLIFE_API size_t shelflife_str_find_last(struct shelflife_str s, char c);

/* Whether s is valid UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
SHELFLIFE_API bool shelflife_str_is_utf8(struct shelflife_str s);

SHELFLIFE_END_DECLS

#endif
