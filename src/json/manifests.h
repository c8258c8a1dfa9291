/*
 * Reads manifests as kubectl does: a stream of JSON and YAML documents in any order.
 *
 * - UTF-16 with a byte order mark is read. Bytes that are not UTF-8 count as U+FFFD.
 * - A line that begins with "---" begins a document, whatever the document before it contains.
 * - A document that begins with "{" or "[" is JSON or, if it is not valid JSON, YAML. A JSON document may be
 *   followed by another one, or by YAML, without a separator.
 * - Byte order marks are allowed at the start of each document.
 *
 * An error ends its document only: the next call reads the one after it.
 *
 *     for (bool more = true; more;)
 *         if (!shelflife_json_manifests_next(m, handler, context, &more, &why))
 *             report(why, shelflife_json_manifests_position(m));
 */
#ifndef SHELFLIFE_JSON_MANIFESTS_H
#define SHELFLIFE_JSON_MANIFESTS_H

#include "json/yaml.h"

struct shelflife_json_manifests;

/* Reads from `input`, up to the end of the text or its first error. NULL without memory. */
struct shelflife_json_manifests *shelflife_json_manifests_new(shelflife_yaml_input *input, void *context);
void shelflife_json_manifests_free(struct shelflife_json_manifests *m); /* NULL is fine */

/* Gets each line of YAML whose first character is "#", without its end, before the events of what follows
   it. Of a longer line, only the first SHELFLIFE_JSON_COMMENT_MAX bytes. */
enum { SHELFLIFE_JSON_COMMENT_MAX = 4096 };
typedef bool shelflife_json_comment_handler(void *context, str line, uint64_t number, error *err);
void shelflife_json_manifests_comments(struct shelflife_json_manifests *m,
                                       shelflife_json_comment_handler *handler, void *context);

/*
 * Reads the next document and reports its events: one value, or none if there is only white space and
 * comments left. Sets *more to whether something may follow. The kind of the error is INPUT if the document
 * is wrong; the handler may then have got a part of it. After any other error, *more is false.
 */
bool shelflife_json_manifests_next(struct shelflife_json_manifests *m, shelflife_json_handler *handler,
                                   void *context, bool *more, error *err) SHELFLIFE_MUST_CHECK;

/* In a handler: the position of the event's token. After an error: its position. Columns are in bytes for
   JSON, in characters for YAML. */
struct shelflife_json_position shelflife_json_manifests_position(const struct shelflife_json_manifests *m);

#endif
