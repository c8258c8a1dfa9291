/*
 * What a catalog file says that it will not have meant: what the loader refuses, and what it takes but that
 * never counts. A finding names its place in the file and what would be right.
 *
 * Whether a row can be reached, and whether a pattern leads to one, is found out by resolving an example of
 * it. So this needs time that grows with patterns and rows, unlike loading.
 */
#ifndef SHELFLIFE_FEEDS_LINT_H
#define SHELFLIFE_FEEDS_LINT_H

#include "base/base.h"

struct shelflife_feeds_finding {
    str path;       /* "products[3].rows[0]", or absent */
    str problem;    /* what is wrong */
    str suggestion; /* what would be right, or absent */
};

struct shelflife_feeds_findings {
    struct shelflife_feeds_finding *at;
    size_t count, capacity;
    arena memory; /* of the strings */
};

void shelflife_feeds_findings_init(struct shelflife_feeds_findings *findings);
void shelflife_feeds_findings_free(struct shelflife_feeds_findings *findings);

/* Adds the findings of one file. False only if memory ran out, or the findings' limit of it. */
bool shelflife_feeds_lint(str bytes, const char *origin, struct shelflife_feeds_findings *findings,
                          error *err);

#endif
