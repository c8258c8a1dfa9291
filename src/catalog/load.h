/* Between the files that load a catalog. All functions that take an optional key leave *out as it is without
   one; errors name the node. */
#ifndef SHELFLIFE_CATALOG_LOAD_H
#define SHELFLIFE_CATALOG_LOAD_H

#include "catalog/internal.h"
#include "json/document.h"

struct catalog_loader {
    struct catalog_file *edition;
    struct catalog_content *content; /* of the edition */
    char *chunk;                     /* room for strings, chunk_left bytes of it */
    size_t chunk_left;
    struct catalog_table interned; /* strings that are kept -> kept */
    CATALOG_VECTOR(str) kept;
    arena scratch;
    error *err;
};

/* The product that is being read. */
struct catalog_reading {
    struct shelflife_product *product;
    struct catalog_product *private;
    uint32_t number;
    str names[64]; /* of its patterns' fields */
    size_t name_count;
};

/* ---- load_text.c ---- */

/* Copies into the edition; keep() copies equal strings once. */
bool shelflife_catalog_load_bytes(struct catalog_loader *l, str s, str *out);
bool shelflife_catalog_load_keep(struct catalog_loader *l, str s, str *out);

/* Optional: any text, a day (NONE without one), an array (count 0 without one). */
bool shelflife_catalog_load_text(struct catalog_loader *l, const struct node *map, const char *key, str *out);
bool shelflife_catalog_load_day(struct catalog_loader *l, const struct node *map, const char *key,
                                shelflife_day *out);
bool shelflife_catalog_load_array(struct catalog_loader *l, const struct node *map, const char *key,
                                  struct node *out, size_t *count);

/* Fails: the key is missing. */
bool shelflife_catalog_load_missing(struct catalog_loader *l, struct node map, const char *key,
                                    const char *example);

/* Texts that consist of certain characters. */
enum catalog_word {
    CATALOG_WORD_NAME,
    CATALOG_WORD_VERSION,
    CATALOG_WORD_CODENAME,
    CATALOG_WORD_VALUE,
    CATALOG_WORD_FIELD
};
bool shelflife_catalog_load_word(struct catalog_loader *l, struct node node, enum catalog_word word,
                                 str *out);
bool shelflife_catalog_load_optional_word(struct catalog_loader *l, const struct node *map, const char *key,
                                          enum catalog_word word, str *out);

/* Whether `name`, the node's key, can be a field's. */
bool shelflife_catalog_load_field_name(struct catalog_loader *l, struct node node, str name);

/* Whether a node is a map of fields, and how many. */
bool shelflife_catalog_load_fields(struct catalog_loader *l, struct node fields, size_t *count);

/* ---- load_names.c ---- */

bool shelflife_catalog_load_mirrors(struct catalog_loader *l, const struct node *root);
bool shelflife_catalog_load_covers(struct catalog_loader *l, const struct node *root);

/* Whether a repository pattern is written as names are normalized to. */
bool shelflife_catalog_load_example(struct catalog_loader *l, struct node node, str text, bool fields);

/* ---- load_patterns.c ---- */

bool shelflife_catalog_load_repositories(struct catalog_loader *l, const struct node *product,
                                         struct catalog_reading *r);
bool shelflife_catalog_load_tags(struct catalog_loader *l, const struct node *product,
                                 struct catalog_reading *r);
bool shelflife_catalog_load_parts(struct catalog_loader *l, const struct node *product,
                                  struct catalog_reading *r);

/* Adds to the list of conditions that is being written; one without a field ends it. */
bool shelflife_catalog_load_condition(struct catalog_loader *l, str field, str value);

/* ---- load_rows.c ---- */

/* After the patterns, whose fields rows may name. */
bool shelflife_catalog_load_rows(struct catalog_loader *l, const struct node *product,
                                 struct catalog_reading *r);

/* Gives rows without a source of their own this one. */
void shelflife_catalog_load_sources(struct catalog_loader *l, const struct shelflife_product *product,
                                    str source);

#endif
