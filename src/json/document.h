/*
 * Small JSON and YAML documents whole, as configuration wants them: catalogs, policies. The room's only
 * use of jansson; callers see nodes, which know their own path, so that every error can name it.
 *
 *     struct node policy = shelflife_document_root(document);
 *     struct node notice;
 *     str text;
 *     if (node_get(policy, "notice", &notice) && !node_string(notice, &text, err)) return false;
 */
#ifndef SHELFLIFE_JSON_DOCUMENT_H
#define SHELFLIFE_JSON_DOCUMENT_H

#include "base/base.h"

struct shelflife_document;

/* A value inside a document. A plain value: copy it at will; it must not outlive its document, nor `parent`
   the variable it points to. */
struct node {
    const struct node *parent; /* NULL at the root */
    const char *key;           /* in a map; NULL in an array */
    size_t index;              /* in an array */
    const void *value;         /* never NULL in a node that a function here has filled */
};

/*
 * Reads text: JSON if its first character other than white space is "{" or "[", else one YAML document
 * (libyaml; anchors and aliases under a budget, nesting up to 1,000, duplicate keys refused, core schema
 * scalars). Errors name `origin`, line and column. Strings must be UTF-8 and without NUL.
 */
struct shelflife_document *shelflife_document_read(str text, const char *origin, error *err);
void shelflife_document_free(struct shelflife_document *document);

/* For a `CLEANUP(cleanup_document) struct shelflife_document *d`. */
static inline void cleanup_document(struct shelflife_document **document)
{
    shelflife_document_free(*document);
}

struct node shelflife_document_root(const struct shelflife_document *document);

enum node_type { NODE_MAP, NODE_ARRAY, NODE_STRING, NODE_INTEGER, NODE_REAL, NODE_BOOL, NODE_NULL };
enum node_type shelflife_node_type(struct node node);

/* Errors, always as "<origin>: <path>: <what is wrong and what would be right>". */
bool shelflife_node_fail(struct node node, error *err, const char *format, ...) SHELFLIFE_PRINTF(3, 4);

/* Appends the path ("products[3].rows[0].release"; keys that are no plain words in ["…"]). */
void shelflife_node_path(struct node node, buffer *out);

/* The value under a key of a map: false if node is no map or has no such key, or it is null. *parent must
   outlive *out. */
bool shelflife_node_get(const struct node *parent, const char *key, struct node *out);

/* Array elements and map entries (in the order of the text), by position. */
size_t shelflife_node_count(struct node node);
bool shelflife_node_at(const struct node *parent, size_t i, struct node *out);

/* Typed reads. False with an error that names the path, what is there, and what should be. A string points
   into the document and has a NUL behind it. */
bool shelflife_node_map(struct node node, error *err);
bool shelflife_node_array(struct node node, error *err);
bool shelflife_node_string(struct node node, str *out, error *err); /* not empty */
bool shelflife_node_integer(struct node node, int64_t min, int64_t max, int64_t *out, error *err);
bool shelflife_node_bool(struct node node, bool *out, error *err);
bool shelflife_node_day(struct node node, shelflife_day *out, error *err); /* "2026-07-11" */
bool shelflife_node_span(struct node node, int32_t *days, error *err);     /* "90d" */
/* One of `count` words; the index of the one. The error lists them, the nearest first. */
bool shelflife_node_word(struct node node, const char *const *words, size_t count, size_t *out, error *err);

/* Refuses keys of a map that are not among `known`, suggesting the nearest. */
bool shelflife_node_known(struct node node, const char *const *known, size_t count, error *err);

/* What a YAML or JSON file is, for every kind we read: checks apiVersion shelflife.dev/v1 and `kind`. */
bool shelflife_node_kind(struct node root, const char *kind, error *err);

#endif
