/* The changelog of a catalog: what differs from one edition to the next, as Markdown for people. */
#ifndef SHELFLIFE_FEEDS_CHANGELOG_H
#define SHELFLIFE_FEEDS_CHANGELOG_H

#include "feeds/diff.h"

/*
 * Appends the entry of an edition: a heading with the name, serial and day of the new catalog, then a list of
 * new products and releases, changed dates, releases that ended, and what was removed. Newest patches and
 * other changes are only counted. `after` must be a catalog that loads, and `differences` what
 * shelflife_feeds_diff() found.
 */
bool shelflife_feeds_changelog_write(str after, const char *after_origin,
                                     const struct shelflife_feeds_differences *differences, buffer *out,
                                     error *err);

/* Appends a changelog with the entry in front of its other entries. An absent changelog is a new one. */
void shelflife_feeds_changelog_insert(str changelog, str entry, buffer *out);

#endif
