/*
 * Writes catalogs in the canonical form of policies/catalogs: rows and other short values on one line, longer
 * values with one line per element. Equal catalogs give identical bytes, so that diffs are readable.
 */
#ifndef SHELFLIFE_FEEDS_FORMAT_H
#define SHELFLIFE_FEEDS_FORMAT_H

#include "shelflife/json.h"
#include "json/document.h"

/* Appends a value on one line: {"a": [1, 2]}. */
void shelflife_feeds_format_line(struct node value, buffer *out);

/* Appends a catalog, with a line break at its end. */
void shelflife_feeds_format_catalog(struct node root, buffer *out);

/* Appends a catalog that is a text. Errors name `origin`. */
bool shelflife_feeds_format_text(str text, const char *origin, buffer *out, error *err);

/* Writes a value to a JSON writer. */
void shelflife_feeds_format_copy(struct node value, struct shelflife_json_writer *w);

/* Writes a catalog with another asOf and serial. A catalog without a serial gets one. */
void shelflife_feeds_format_edition(struct node root, shelflife_day as_of, int64_t serial,
                                    struct shelflife_json_writer *w);

#endif
