/*
 * The readers of feeds, one for each format, each in the file of its name: read_endoflife.c. A reader checks
 * all that it uses, and skips what it does not know. Its errors name the place in the feed.
 */
#ifndef SHELFLIFE_FEEDS_READ_H
#define SHELFLIFE_FEEDS_READ_H

#include "feeds/facts.h"

/* What a reader gets: a feed, and the day of the import if the user set one. */
struct feeds_input {
    str bytes;
    const char *origin;
    shelflife_day as_of; /* or NONE */
    shelflife_day today; /* the same, or the day on which the feed was fetched; or NONE */
    buffer *skipped;     /* lines about what is not imported; or NULL */
};

/* Fills in the facts, which have been initialized. They may point into the bytes. */
typedef bool shelflife_feeds_reader(const struct feeds_input *input, struct feeds_facts *facts, error *err);

shelflife_feeds_reader shelflife_feeds_read_endoflife;
shelflife_feeds_reader shelflife_feeds_read_google;
shelflife_feeds_reader shelflife_feeds_read_aws_dlc;
shelflife_feeds_reader shelflife_feeds_read_distro_info;
shelflife_feeds_reader shelflife_feeds_read_node_releases;
shelflife_feeds_reader shelflife_feeds_read_cle;
shelflife_feeds_reader shelflife_feeds_read_openeox;

#endif
