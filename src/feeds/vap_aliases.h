/* Prefixes of image names that are replaced by others: the policy's mirrors and those of the catalogs. */
#ifndef SHELFLIFE_FEEDS_VAP_ALIASES_H
#define SHELFLIFE_FEEDS_VAP_ALIASES_H

#include "feeds/vap_rules.h"
#include "feeds/vap_writer.h"

struct feeds_vap_alias {
    str from, to;
};

struct feeds_vap_aliases {
    struct feeds_vap_alias *at; /* owned */
    size_t count, capacity;
};

void shelflife_feeds_vap_aliases_free(struct feeds_vap_aliases *aliases);

/* Adds the mirrors of a catalog that lead to a rule. The strings live in the memory of the rules. */
bool shelflife_feeds_vap_aliases_add(struct feeds_vap_writer *w, struct node catalog,
                                     struct feeds_vap_rules *rules, struct feeds_vap_aliases *aliases);

/* Writes the aliases as the variable `name`: pairs of prefixes, the longest first because it counts. Sorts
   them. */
void shelflife_feeds_vap_aliases_put(struct feeds_vap_writer *w, const char *name,
                                     struct feeds_vap_aliases *aliases);

/* Writes the policy's mirrors as the variable `mirrors`. */
bool shelflife_feeds_vap_put_mirrors(struct feeds_vap_writer *w);

#endif
