/*
 * Writes JSON as YAML, in block style. The text can come in chunks; memory is needed for the longest string
 * and for nesting.
 *
 * YAML 1.2 reads the same data, and so does 1.1 unless a number has an exponent and no point. A string is
 * quoted unless it is letters, digits and harmless signs, and is not a word such as "no" or "null". Hidden
 * characters are escaped.
 */
#ifndef SHELFLIFE_JSON_YAML_WRITER_H
#define SHELFLIFE_JSON_YAML_WRITER_H

#include "base/base.h"

struct shelflife_yaml_writer;

/* Appends to `out`, which must outlive the writer. Returns NULL if memory runs out. */
struct shelflife_yaml_writer *shelflife_yaml_writer_new(buffer *out);
void shelflife_yaml_writer_free(struct shelflife_yaml_writer *w);

/* Takes the next part of one JSON value. Fails if it is not JSON, is nested more deeply than
   SHELFLIFE_JSON_WRITER_DEPTH_MAX, or has a key of more than 1000 bytes, which YAML does not read. */
bool shelflife_yaml_writer_feed(struct shelflife_yaml_writer *w, str json, error *err) SHELFLIFE_MUST_CHECK;

/* Ends the text. Fails if the value is not complete. */
bool shelflife_yaml_writer_finish(struct shelflife_yaml_writer *w, error *err) SHELFLIFE_MUST_CHECK;

#endif
