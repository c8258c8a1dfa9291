/*
 * Checks with the tags of real images whether the repositories of a catalog belong to its products. Where few
 * tags of a repository name a release, it may contain something else under the name of the product.
 */
#ifndef SHELFLIFE_FEEDS_LINT_TAGS_H
#define SHELFLIFE_FEEDS_LINT_TAGS_H

#include "feeds/lint.h"

/*
 * `references` is a text with one image reference per line; blank lines and those that begin with "#" are
 * skipped. Counted are, for each repository pattern of the catalog, the references whose tag has a number,
 * except those whose version is older or newer than all releases. Adds a finding for each pattern without a
 * `reason` of which at least 5 tags were counted, and less than a third of them name a release.
 *
 * Nothing is found in a catalog that does not load. Fails like shelflife_feeds_findings_add().
 */
bool shelflife_feeds_lint_tags(str bytes, const char *origin, str references,
                               struct shelflife_feeds_findings *findings, error *err);

#endif
