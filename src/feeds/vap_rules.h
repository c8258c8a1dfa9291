/* The days from which images are denied, as regular expressions (RE2) for names and tags. */
#ifndef SHELFLIFE_FEEDS_VAP_RULES_H
#define SHELFLIFE_FEEDS_VAP_RULES_H

#include "base/base.h"
#include "json/document.h"

/* Finds the first day on which the policy, as shelflife_feeds_vap_strip() leaves it, denies an image; NONE if
   it never does. */
typedef bool shelflife_feeds_vap_judge(void *context, str image, shelflife_day *from, error *err);

/* Denies a reference "NAME:TAG" from a day on, if it begins with `head` and the rest matches `regex` but not
   `unless`. */
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

/* What rules do not express. */
struct feeds_vap_left {
    size_t patterns; /* patterns that have too many variants */
    size_t products; /* products that only some words of a tag, or whole tags, belong to */
};

/* Adds the rules of a catalog's document, and counts what is left out. */
bool shelflife_feeds_vap_rules_add(struct feeds_vap_rules *rules, struct node catalog,
                                   shelflife_feeds_vap_judge *judge, void *context,
                                   struct feeds_vap_left *left, error *err);

/* Sorts the rules, and merges those that differ only in the expression. */
bool shelflife_feeds_vap_rules_finish(struct feeds_vap_rules *rules, error *err);

/* Whether rule i is the first of its head. */
bool shelflife_feeds_vap_rules_begins_head(const struct feeds_vap_rules *rules, size_t i);

/* Appends text as a regular expression that matches it. */
void shelflife_feeds_regex_quote(str text, buffer *out);

#endif
