/* Mistakes that checks find in catalog files, with their places and suggestions. */
#ifndef SHELFLIFE_FEEDS_FINDINGS_H
#define SHELFLIFE_FEEDS_FINDINGS_H

#include "base/base.h"
#include "json/document.h"

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

/* Adds a finding at a node. */
bool shelflife_feeds_findings_add_at(struct shelflife_feeds_findings *findings, error *err, struct node node,
                                     const char *suggestion, const char *format, ...) SHELFLIFE_PRINTF(5, 6);

#endif
