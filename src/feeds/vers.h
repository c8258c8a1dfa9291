/*
 * Ranges of versions as Package URL's "vers" writes them: vers:semver/>=1.0.0|<2.0.0, vers:generic/1.2.3. All
 * schemes are compared alike: by shelflife_version_compare(), without zeros at the end.
 */
#ifndef SHELFLIFE_FEEDS_VERS_H
#define SHELFLIFE_FEEDS_VERS_H

#include "base/base.h"

enum { FEEDS_VERS_MAX = 64 /* constraints of a range */ };

struct feeds_vers {
    bool all; /* "*" */
    struct feeds_vers_constraint {
        enum feeds_vers_operator {
            FEEDS_VERS_EQUAL,
            FEEDS_VERS_NOT_EQUAL,
            FEEDS_VERS_LESS,
            FEEDS_VERS_LESS_EQUAL,
            FEEDS_VERS_GREATER,
            FEEDS_VERS_GREATER_EQUAL,
        } is;
        str version;
    } at[FEEDS_VERS_MAX]; /* sorted by version */
    size_t count;
};

/* Reads a range. Returns the error as the end of a sentence, or NULL. */
const char *shelflife_feeds_vers_read(str text, struct feeds_vers *out);

/* Whether a version is in the range. */
bool shelflife_feeds_vers_contains(const struct feeds_vers *range, str version);

/* The releases that a half-open interval is made of: >=3.8|<3.10 is 3.8 and 3.9; >=1.0.0|<2.0.0 is 1. Writes
   their texts into the arena. Returns their number, at most `max`; 0 if there is no such list; SIZE_MAX if
   memory runs out. */
size_t shelflife_feeds_vers_releases(str from, str before, arena *a, str *out, size_t max);

/* The range of a release and its patches: "vers:generic/>=3.12|<3.13". Absent if a release such as 22.04 or
   bookworm cannot be counted. */
bool shelflife_feeds_vers_write(str release, arena *a, str *out);

#endif
