/* Shared by the files that load a catalog. If an optional key is missing, functions leave *out unchanged.
 * Errors name the node. */
#ifndef SHELFLIFE_CATALOG_LOAD_H
#define SHELFLIFE_CATALOG_LOAD_H

#include "catalog/internal.h"
#include "json/document.h"

struct catalog_loader {
    struct catalog_file *file;
    struct catalog_content *content; /* of the file */
    char *chunk;                     /* free memory for strings: chunk_left bytes */
    size_t chunk_left;
    struct catalog_table interned; /* strings -> kept */
    CATALOG_VECTOR(str) kept;
    arena scratch;
    error *err;
};

/* The product being read. */
struct catalog_reading {
    struct shelflife_product *product;
    struct catalog_product *private;
    uint32_t number;
    str names[64]; /* of its patterns' fields */
    size_t name_count;
};

/* ---- load_text.c ---- */

/* Copy a string into the file's memory. keep() copies equal strings only once. */
bool shelflife_catalog_load_bytes(struct catalog_loader *l, str s, str *out);
bool shelflife_catalog_load_keep(struct catalog_loader *l, str s, str *out);

/* Read optional keys: any text, a day (NONE if missing), an array (count 0 if missing). */
bool shelflife_catalog_load_text(struct catalog_loader *l, const struct node *map, const char *key, str *out);
bool shelflife_catalog_load_day(struct catalog_loader *l, const struct node *map, const char *key,
                                shelflife_day *out);
bool shelflife_catalog_load_flag(struct catalog_loader *l, const struct node *map, const char *key,
                                 bool *out);
bool shelflife_catalog_load_array(struct catalog_loader *l, const struct node *map, const char *key,
                                  struct node *out, size_t *count);

/* Reads an optional number from 1 to 100. */
bool shelflife_catalog_load_small(struct catalog_loader *l, const struct node *map, const char *key,
                                  uint8_t *out);

/* Fails because a key is missing. */
bool shelflife_catalog_load_missing(struct catalog_loader *l, struct node map, const char *key,
                                    const char *example);

/* Read texts of certain characters. */
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

/* Checks that `name`, the key of the node, can be the name of a field. */
bool shelflife_catalog_load_field_name(struct catalog_loader *l, struct node node, str name);

/* Checks that a node is a map of fields, and counts them. */
bool shelflife_catalog_load_fields(struct catalog_loader *l, struct node fields, size_t *count);

/* ---- load_names.c ---- */

bool shelflife_catalog_load_mirrors(struct catalog_loader *l, const struct node *root);
bool shelflife_catalog_load_covers(struct catalog_loader *l, const struct node *root);

/* Checks the list of feeds. Nothing but the commands that renew catalogs uses it. */
bool shelflife_catalog_load_feeds(struct catalog_loader *l, const struct node *root);

/* Checks that a repository pattern is written like a normalized name. */
bool shelflife_catalog_load_example(struct catalog_loader *l, struct node node, str text, bool fields);

/* ---- load_patterns.c ---- */

bool shelflife_catalog_load_repositories(struct catalog_loader *l, const struct node *product,
                                         struct catalog_reading *r);
bool shelflife_catalog_load_bases(struct catalog_loader *l, const struct node *root);
bool shelflife_catalog_load_tags(struct catalog_loader *l, const struct node *product,
                                 struct catalog_reading *r);
bool shelflife_catalog_load_parts(struct catalog_loader *l, const struct node *product,
                                  struct catalog_reading *r);

/* Reads the tags that a product does not match. */
bool shelflife_catalog_load_except_tags(struct catalog_loader *l, const struct node *product,
                                        struct catalog_reading *r);

/* Adds the name of a field that a pattern of the product has. */
bool shelflife_catalog_load_know_field(struct catalog_loader *l, struct node node, struct catalog_reading *r,
                                       str name);

/* Adds to the current list of conditions. A condition without a field terminates the list. */
bool shelflife_catalog_load_condition(struct catalog_loader *l, str field, str value);

/* Reads the `fields` of a map: those that an image has if the pattern matches. Those of the pattern itself
   are in `own`, and may not be among them. */
bool shelflife_catalog_load_fixed(struct catalog_loader *l, const struct node *map, struct catalog_reading *r,
                                  const str *own, size_t own_count, uint32_t *out);

/* ---- load_evidence.c ---- */

bool shelflife_catalog_load_evidence(struct catalog_loader *l, const struct node *product,
                                     struct catalog_reading *r);

/* Checks the evidence rules with the rows. */
bool shelflife_catalog_check_evidence(struct catalog_loader *l, const struct node *product,
                                      const struct catalog_reading *r);

/* ---- load_rows.c ---- */

/* Reads the rows. Call it after the patterns, as rows may name their fields. */
bool shelflife_catalog_load_rows(struct catalog_loader *l, const struct node *product,
                                 struct catalog_reading *r);

/* Sets the source of all rows without one. */
void shelflife_catalog_load_sources(struct catalog_loader *l, const struct shelflife_product *product,
                                    str source);

#endif
