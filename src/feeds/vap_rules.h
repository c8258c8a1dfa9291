/* For vap.c: the days from which images are denied, as regular expressions (RE2) over names and tags. */
#ifndef SHELFLIFE_TOOLS_VAP_RULES_H
#define SHELFLIFE_TOOLS_VAP_RULES_H

#include "feeds/vap.h"
#include "json/document.h"

/* A reference "NAME:TAG" that begins with `head`, the rest of which is `regex` and not `unless`, is denied
   from that day on. */
struct feeds_vap_rule {
    str head, regex, unless;
    shelflife_day from;
};

struct feeds_vap_rules {
    struct feeds_vap_rule *at; /* owned; ordered by head, day and exception */
    size_t count, capacity;
    arena memory; /* of the strings */
};

void shelflife_feeds_vap_rules_init(struct feeds_vap_rules *rules);
void shelflife_feeds_vap_rules_free(struct feeds_vap_rules *rules);

/* Adds the rules of a catalog's document. *left counts the patterns that were too many to tell apart. */
bool shelflife_feeds_vap_rules_add(struct feeds_vap_rules *rules, struct node catalog,
                                   const struct shelflife_feeds_vap *vap, size_t *left, error *err);

/* Orders them, and makes one of those that differ by nothing but the expression. */
bool shelflife_feeds_vap_rules_finish(struct feeds_vap_rules *rules, error *err);

/* Appends text as a regular expression that matches it. */
void shelflife_feeds_regex_quote(str text, buffer *out);

#endif
