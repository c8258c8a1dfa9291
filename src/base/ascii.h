/* Classes of ASCII characters, whatever the locale. Bytes above 0x7F belong to none. */
#ifndef SHELFLIFE_BASE_ASCII_H
#define SHELFLIFE_BASE_ASCII_H

#include <stdbool.h>

#include "shelflife/str.h"

static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool ascii_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool ascii_is_letter(char c)
{
    return ascii_is_lower(c) || ascii_is_upper(c);
}

static inline bool ascii_is_alphanumeric(char c)
{
    return ascii_is_letter(c) || ascii_is_digit(c);
}

static inline char ascii_lower(char c)
{
    return ascii_is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

/* Whether two texts are equal if the case of letters does not count. */
static inline bool ascii_equal_fold(struct shelflife_str a, struct shelflife_str b)
{
    bool equal = a.len == b.len;
    for (size_t i = 0; equal && i < a.len; i++)
        equal = ascii_lower(a.at[i]) == ascii_lower(b.at[i]);
    return equal;
}

#endif
