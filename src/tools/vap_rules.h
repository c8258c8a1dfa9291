/* For vap.c: the days from which images are denied, as regular expressions (RE2) over names and tags. */
#ifndef SHELFLIFE_TOOLS_VAP_RULES_H
#define SHELFLIFE_TOOLS_VAP_RULES_H

#include "tools/vap.h"
#include "json/document.h"

/* A reference "NAME:TAG" that begins with `head`, the rest of which is `regex` and not `unless`, is denied
   from that day on. */
struct vap_rule {
    str head, regex, unless;
    shelflife_day from;
};

struct vap_rules {
    struct vap_rule *at; /* owned; ordered by head, day and exception */
    size_t count, capacity;
    arena memory; /* of the strings */
};

void shelflife_vap_rules_init(struct vap_rules *rules);
void shelflife_vap_rules_free(struct vap_rules *rules);

/* Adds the rules of a catalog's document. *left counts the patterns that were too many to tell apart. */
bool shelflife_vap_rules_add(struct vap_rules *rules, struct node catalog, const struct shelflife_vap *vap,
                             size_t *left, error *err);

/* Orders them, and makes one of those that differ by nothing but the expression. */
bool shelflife_vap_rules_finish(struct vap_rules *rules, error *err);

/* Appends text as a regular expression that matches it. */
void shelflife_regex_quote(str text, buffer *out);

#endif
