/*
 * The patterns of a policy. A pattern matches a whole text; "*" matches any characters except "/", and "**"
 * matches any characters. Matching takes time proportional to the length of the pattern times that of the
 * text.
 */
#ifndef SHELFLIFE_POLICY_GLOB_H
#define SHELFLIFE_POLICY_GLOB_H

#include "base/base.h"

enum { SHELFLIFE_POLICY_GLOB_MAX = 512 }; /* bytes of a pattern */

struct shelflife_policy_glob {
    str literal; /* the text before the first wildcard */
    str rest;    /* from the first wildcard on: "*" as '*', "**" as '\1' */
};

/* Compiles a pattern of at most SHELFLIFE_POLICY_GLOB_MAX bytes into the arena. */
bool shelflife_policy_glob_compile(str pattern, arena *a,
                                   struct shelflife_policy_glob *out) SHELFLIFE_MUST_CHECK;

bool shelflife_policy_glob_match(const struct shelflife_policy_glob *glob, str text);

#endif
