/*
 * Renews a catalog from its feeds: makes the next edition, and compares it with the one before. What a
 * mistake of a publisher, or an old or foreign feed, would do is listed as refused: products, rows and ends
 * that vanish, and ends that move to an earlier day.
 */
#ifndef SHELFLIFE_FEEDS_UPDATE_H
#define SHELFLIFE_FEEDS_UPDATE_H

#include "feeds/diff.h"
#include "feeds/import.h"
#include "feeds/lint.h"

struct shelflife_feeds_update {
    str catalog; /* the edition before; it must load */
    const char *origin;
    const struct shelflife_feeds_feed *feeds; /* in the order of the catalog, later ones win */
    size_t feed_count;
    shelflife_day as_of; /* becomes asOf; NONE: the earliest day of the feeds */
    /* The day on which each feed was fetched from its publisher; NONE: unknown, it is a copy. Then its own
       day counts, and without one, the feed does not renew asOf. */
    const shelflife_day *fetched;
    shelflife_day today; /* no feed may be of a day later than the next; 0: not checked */
};

struct shelflife_feeds_edition {
    bool changed; /* there is a new edition, with a higher serial; it may differ in asOf only */
    struct shelflife_feeds_differences differences; /* from the edition before */
    /* Only `problem` and `suggestion` are set. */
    struct shelflife_feeds_findings refused; /* what a user must accept */
    struct shelflife_feeds_findings notes;   /* what a user should know: feeds that disagree */
};

void shelflife_feeds_edition_init(struct shelflife_feeds_edition *edition);
void shelflife_feeds_edition_free(struct shelflife_feeds_edition *edition);

/*
 * Appends the new edition, or the same bytes if nothing has changed. An edition also counts as changed if no
 * date changed but the feeds are of a later day than asOf: the dates were confirmed on this day. Whether to
 * use an edition with refused changes is up to the caller. Errors name the feed or the catalog, with the
 * place in it.
 */
bool shelflife_feeds_update(const struct shelflife_feeds_update *asked, buffer *out,
                            struct shelflife_feeds_edition *edition, error *err);

#endif
