/*
 * Reads JSON and YAML documents into memory, for configuration such as catalogs and policies. A node knows
 * its path, so that errors can name it.
 *
 *     struct node policy = shelflife_document_root(document);
 *     struct node notice;
 *     str text;
 *     if (shelflife_node_get(&policy, "notice", &notice) && !shelflife_node_string(notice, &text, err))
 *         return false;
 */
#ifndef SHELFLIFE_JSON_DOCUMENT_H
#define SHELFLIFE_JSON_DOCUMENT_H

#include "base/base.h"

struct shelflife_document;

/* A value in a document. It can be copied. It is valid as long as the document and the variable that `parent`
 * points to. */
struct node {
    const struct node *parent; /* NULL at the root */
    const char *key;           /* in a map; NULL in an array */
    size_t index;              /* in its parent */
    bool named;                /* found by its key, which the caller therefore knows */
    bool secret;               /* errors do not quote it */
    bool placed;               /* errors name its line and column */
    const void *value;         /* never NULL in a node that one of these functions has set */
};

/*
 * Reads a text as JSON if its first character, after white space, is "{" or "["; otherwise as YAML. A YAML
 * text is one document with at most 1,000 levels of nesting; scalars follow the core schema, and aliases may
 * only repeat a limited amount. Duplicate keys, NULs and strings that are not UTF-8 are errors. Errors name
 * `origin`, line and column.
 */
struct shelflife_document *shelflife_document_read(str text, const char *origin, error *err);

/* The same for a text that people write: errors about its nodes name line and column, too. */
struct shelflife_document *shelflife_document_read_placed(str text, const char *origin, error *err);

/*
 * The same for a text that contains credentials. No error about it quotes any of it: errors name only the
 * place, the type found, and what would be right. Of keys, a path has only those that the caller asked for.
 * Wrong texts can be credentials, too, such as a bare token instead of a document.
 */
struct shelflife_document *shelflife_document_read_secret(str text, const char *origin, error *err);

void shelflife_document_free(struct shelflife_document *document);

/* For a `CLEANUP(cleanup_document) struct shelflife_document *d`. */
static inline void cleanup_document(struct shelflife_document **document)
{
    shelflife_document_free(*document);
}

struct node shelflife_document_root(const struct shelflife_document *document);

enum node_type { NODE_MAP, NODE_ARRAY, NODE_STRING, NODE_INTEGER, NODE_REAL, NODE_BOOL, NODE_NULL };
enum node_type shelflife_node_type(struct node node);

/* The text of a scalar: a string, or a number as it is written. Not for maps, lists and null. */
str shelflife_node_text(struct node node);

/* Fails with an error about a node: "<origin>: <path>: <message>", or "<origin>:<line>:<column>: <path>: …".
 */
bool shelflife_node_fail(struct node node, error *err, const char *format, ...) SHELFLIFE_PRINTF(3, 4);

/* Appends the path of a node, such as products[3].rows[0].release. Keys that are not plain words are written
 * as ["…"]. */
void shelflife_node_path(struct node node, buffer *out);

/* Where a node is in the text, from 1: its key in a map, or else itself. Columns are bytes. */
void shelflife_node_place(struct node node, uint32_t *line, uint32_t *column);

/* Finds the value of a key. Returns false if *parent is not a map or does not have the key, or if the value
 * is null. *parent must stay valid as long as *out. */
bool shelflife_node_get(const struct node *parent, const char *key, struct node *out);

/* The elements of an array, or the entries of a map in the order of the text, by position. */
size_t shelflife_node_count(struct node node);
bool shelflife_node_at(const struct node *parent, size_t i, struct node *out);

/* Read a value of a certain type. Fail with an error that names the path, the value found and the type
 * expected. Strings are NUL-terminated and point into the document. */
bool shelflife_node_map(struct node node, error *err);
bool shelflife_node_array(struct node node, error *err);
bool shelflife_node_string(struct node node, str *out, error *err); /* not empty */
bool shelflife_node_integer(struct node node, int64_t min, int64_t max, int64_t *out, error *err);
bool shelflife_node_bool(struct node node, bool *out, error *err);
bool shelflife_node_day(struct node node, shelflife_day *out, error *err); /* "2026-07-11" */
bool shelflife_node_span(struct node node, int32_t *days, error *err);     /* "90d" */
/* Reads one of `count` words and sets *out to its index. The error lists the words, the most similar one
 * first. */
bool shelflife_node_word(struct node node, const char *const *words, size_t count, size_t *out, error *err);

/* Fails if a map has keys that are not in `known`. The error suggests the most similar one. */
bool shelflife_node_known(struct node node, const char *const *known, size_t count, error *err);

/* The same for one entry of a map. */
bool shelflife_node_known_key(struct node entry, const char *const *known, size_t count, error *err);

/* Checks that a file has the apiVersion shelflife.dev/v1 and the given kind. */
bool shelflife_node_kind(struct node root, const char *kind, error *err);

#endif
