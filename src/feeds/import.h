/*
 * Imports support dates that publishers announce into a new or an existing catalog. A feed is a file in one
 * of several formats; a reader for each format (read.h) turns it into facts (facts.h), and merge.c writes
 * these into the catalog.
 *
 * A feed changes only the keys that its format has, such as endOfPatch and latest. Everything else stays as
 * it is in the catalog: repositories, tags, parts, other spellings, digests and notes. A release that is
 * missing from the feed stays, too.
 *
 * serial and asOf change only if another fact changes; otherwise the bytes are identical.
 */
#ifndef SHELFLIFE_FEEDS_IMPORT_H
#define SHELFLIFE_FEEDS_IMPORT_H

#include "feeds/request.h"

/* The most bytes of a feed. Feeds of publishers have less than 10 MiB. */
enum { SHELFLIFE_FEEDS_BYTES_MAX = 16 << 20 };

struct shelflife_feeds_format {
    const char *name;  /* "endoflife" */
    const char *about; /* "a response of endoflife.date": completes "import …" */
    const char *url;   /* where its publisher has it, or an example of such a URL */
    bool is_page;      /* of images: it has the dates of each one that it is about */
    bool is_made;      /* at each request: its own day is that on which its dates were correct */
};

/* The formats, in the order of the help text. */
extern const struct shelflife_feeds_format shelflife_feeds_formats[];
extern const size_t shelflife_feeds_format_count;

/* The format of a name; NULL if there is none. */
const struct shelflife_feeds_format *shelflife_feeds_format_find(const char *name);

/* Appends the catalog to `out`, whose content is not valid after a failure. Sets *outcome except `skipped`.
   Errors name the feed or the catalog, with the place in it. */
bool shelflife_feeds_import(const struct shelflife_feeds_import *asked, buffer *out,
                            struct shelflife_feeds_imported *outcome, error *err);

#endif
