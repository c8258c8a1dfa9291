/*
 * Label selectors as kubectl's -l takes them: "app=web,tier!=cache,env in (a,b),!old".
 */
#ifndef SHELFLIFE_AUDIT_SELECTOR_H
#define SHELFLIFE_AUDIT_SELECTOR_H

#include "base/base.h"

enum { SHELFLIFE_AUDIT_SELECTOR_TERMS_MAX = 32, SHELFLIFE_AUDIT_SELECTOR_VALUES_MAX = 256 };

/* A condition for one label. */
struct shelflife_audit_selector_term {
    str key;
    bool negated; /* without values: the label must be absent. With values: it must have none of them */
    size_t first, count; /* of the selector's values; 0: any value will do */
};

/* The strings are parts of the text that was parsed. */
struct shelflife_audit_selector {
    struct shelflife_audit_selector_term terms[SHELFLIFE_AUDIT_SELECTOR_TERMS_MAX];
    str values[SHELFLIFE_AUDIT_SELECTOR_VALUES_MAX];
    size_t term_count, value_count;
};

/* Reads a selector. Errors are USAGE, and name the byte. */
bool shelflife_audit_selector_parse(str text, struct shelflife_audit_selector *out, error *err);

/* Whether an object matches. `labels` has the value of each term's key; NULL in `at`: it has no such label.
 */
bool shelflife_audit_selector_matches(const struct shelflife_audit_selector *selector, const str *labels);

#endif
