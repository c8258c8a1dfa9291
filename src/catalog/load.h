/* Between the files that load a catalog. All functions that take an optional key leave *out as it is without
   one; errors name the node. */
#ifndef SHELFLIFE_CATALOG_LOAD_H
#define SHELFLIFE_CATALOG_LOAD_H

#include "catalog/catalog.h"
#include "json/document.h"

struct loader {
    struct edition *edition;
    struct content *content; /* of the edition */
    char *chunk;             /* room for strings, chunk_left bytes of it */
    size_t chunk_left;
    struct table interned; /* strings that are kept -> kept */
    VECTOR(str) kept;
    arena scratch;
    error *err;
};

/* The product that is being read. */
struct reading {
    struct shelflife_product *product;
    struct product *private;
    uint32_t number;
    str names[64]; /* of its patterns' fields */
    size_t name_count;
};

/* ---- load_text.c ---- */

/* Copies into the edition; keep() copies equal strings once. */
bool shelflife_load_bytes(struct loader *l, str s, str *out);
bool shelflife_load_keep(struct loader *l, str s, str *out);

/* Optional: any text, a day (NONE without one), an array (count 0 without one). */
bool shelflife_load_text(struct loader *l, const struct node *map, const char *key, str *out);
bool shelflife_load_day(struct loader *l, const struct node *map, const char *key, shelflife_day *out);
bool shelflife_load_array(struct loader *l, const struct node *map, const char *key, struct node *out,
                          size_t *count);

/* Fails: the key is missing. */
bool shelflife_load_missing(struct loader *l, struct node map, const char *key, const char *example);

/* Texts that consist of certain characters. */
enum word { WORD_NAME, WORD_VERSION, WORD_CODENAME, WORD_VALUE, WORD_FIELD };
bool shelflife_load_word(struct loader *l, struct node node, enum word word, str *out);
bool shelflife_load_optional_word(struct loader *l, const struct node *map, const char *key, enum word word,
                                  str *out);

/* Whether `name`, the node's key, can be a field's. */
bool shelflife_load_field_name(struct loader *l, struct node node, str name);

/* Whether a node is a map of fields, and how many. */
bool shelflife_load_fields(struct loader *l, struct node fields, size_t *count);

/* ---- load_names.c ---- */

bool shelflife_load_mirrors(struct loader *l, const struct node *root);
bool shelflife_load_covers(struct loader *l, const struct node *root);

/* Whether a repository pattern is written as names are normalized to. */
bool shelflife_load_example(struct loader *l, struct node node, str text, bool fields);

/* ---- load_patterns.c ---- */

bool shelflife_load_repositories(struct loader *l, const struct node *product, struct reading *r);
bool shelflife_load_tags(struct loader *l, const struct node *product, struct reading *r);
bool shelflife_load_parts(struct loader *l, const struct node *product, struct reading *r);

/* Adds to the list of conditions that is being written; one without a field ends it. */
bool shelflife_load_condition(struct loader *l, str field, str value);

/* ---- load_rows.c ---- */

/* After the patterns, whose fields rows may name. */
bool shelflife_load_rows(struct loader *l, const struct node *product, struct reading *r);

/* Gives rows without a source of their own this one. */
void shelflife_load_sources(struct loader *l, const struct shelflife_product *product, str source);

#endif
