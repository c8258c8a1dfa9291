/*
 * Finds mistakes in a catalog file: what the loader refuses, and rows, patterns and mirrors that it accepts
 * but that never have an effect. A finding has its place in the file and a suggestion.
 *
 * To check whether a row or a pattern can match, an example of it is made and resolved. This takes longer
 * than loading: the time grows with patterns times rows.
 */
#ifndef SHELFLIFE_FEEDS_LINT_H
#define SHELFLIFE_FEEDS_LINT_H

#include "base/base.h"

struct shelflife_feeds_finding {
    str file;       /* its origin, if several files were compared; otherwise absent */
    str path;       /* "products[3].rows[0]", or absent */
    str problem;    /* what is wrong */
    str suggestion; /* how to correct it, or absent */
    bool remark;    /* a fact to know about the sources, not a mistake in the file */
};

struct shelflife_feeds_findings {
    struct shelflife_feeds_finding *at;
    size_t count, capacity;
    arena memory; /* of the strings */
};

void shelflife_feeds_findings_init(struct shelflife_feeds_findings *findings);
void shelflife_feeds_findings_free(struct shelflife_feeds_findings *findings);

/* Adds a finding, copying its strings. Fails only without memory, or if findings->memory reaches its limit.
 */
bool shelflife_feeds_findings_add(struct shelflife_feeds_findings *findings,
                                  const struct shelflife_feeds_finding *finding, error *err);

/* Adds the findings of one file. Fails like shelflife_feeds_findings_add(). */
bool shelflife_feeds_lint(str bytes, const char *origin, struct shelflife_feeds_findings *findings,
                          error *err);

#endif
