/* Checks the evidence rules of a product: for each pattern, an example of an image's configuration is made
 * and resolved. */
#ifndef SHELFLIFE_FEEDS_LINT_EVIDENCE_H
#define SHELFLIFE_FEEDS_LINT_EVIDENCE_H

#include "feeds/findings.h"
#include "shelflife/catalog.h"

struct feeds_lint_evidence {
    const struct shelflife_catalogs *set; /* only the checked file */
    const struct shelflife_product *product;
    const struct node *root, *node; /* of the catalog and of the product */
    arena *scratch;
    struct shelflife_feeds_findings *findings;
    error *err;
};

/* Adds the findings: patterns that find no release, or one that an earlier rule finds; rules that two
 * products share without a note; spellings of releases that no row has; and patterns for lines of anything.
 */
bool shelflife_feeds_lint_evidence(const struct feeds_lint_evidence *l);

/* Sets *reached if the example of a rule resolves to the row, by its number in the product. */
bool shelflife_feeds_lint_evidence_reaches(const struct feeds_lint_evidence *l, size_t row, bool *reached);

#endif
