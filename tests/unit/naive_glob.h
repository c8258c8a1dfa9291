/* Matches one pattern of a policy at a time, to compare with: "*" any characters but "/", "**" any. */
#ifndef SHELFLIFE_NAIVE_GLOB_H
#define SHELFLIFE_NAIVE_GLOB_H

#include "base/base.h"

/* Whether the rest of the pattern from each byte on matches the rest of the text, from its end backwards. */
static inline bool naive_glob(str pattern, str text)
{
    enum { PATTERN_MAX = 1024 };
    bool now[PATTERN_MAX + 1], later[PATTERN_MAX + 1];
    if (pattern.len > PATTERN_MAX || !text.len)
        return false;
    for (size_t t = text.len + 1; t-- > 0;) {
        now[pattern.len] = t == text.len;
        for (size_t p = pattern.len; p-- > 0;) {
            size_t rest = p;
            while (rest < pattern.len && pattern.at[rest] == '*')
                rest++;
            bool more = t < text.len;
            if (rest == p)
                now[p] = more && pattern.at[p] == text.at[t] && later[p + 1];
            else
                now[p] = now[rest] || (more && later[p] && (rest - p > 1 || text.at[t] != '/'));
        }
        memcpy(later, now, pattern.len + 1);
    }
    return now[0];
}

#endif
