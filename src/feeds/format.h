/*
 * Catalogs as text, in the one form that policies/catalogs are kept in: a row is a line, and so is every
 * other value that is short; what is longer has a line for each of its elements. The same facts are always
 * the same bytes, so that a change can be read in a diff.
 */
#ifndef SHELFLIFE_FEEDS_FORMAT_H
#define SHELFLIFE_FEEDS_FORMAT_H

#include "shelflife/json.h"
#include "json/document.h"

/* Appends a value on one line: {"a": [1, 2]}. */
void shelflife_feeds_format_line(struct node value, buffer *out);

/* Appends a catalog, with a line break at its end. */
void shelflife_feeds_format_catalog(struct node root, buffer *out);

/* Writes a value to a JSON writer. */
void shelflife_feeds_format_copy(struct node value, struct shelflife_json_writer *w);

#endif
