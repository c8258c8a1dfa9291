/*
 * Finds mistakes in a catalog file: what the loader refuses, and rows, patterns and mirrors that it accepts
 * but that never have an effect. A finding has its place in the file and a suggestion.
 *
 * To check whether a row or a pattern can match, an example of it is made and resolved. This takes longer
 * than loading: the time grows with patterns times rows.
 */
#ifndef SHELFLIFE_FEEDS_LINT_H
#define SHELFLIFE_FEEDS_LINT_H

#include "feeds/findings.h"

/* Adds the findings of one file. Fails like shelflife_feeds_findings_add(). */
bool shelflife_feeds_lint(str bytes, const char *origin, struct shelflife_feeds_findings *findings,
                          error *err);

#endif
