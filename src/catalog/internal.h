/*
 * Internals of the room. load.c reads a catalog file. When a set is finished, index.c joins the content of
 * its files and indexes it. resolve.c resolves references with the index.
 *
 * Rows, products and patterns are referred to by number: within the file while it is loaded, within the set
 * afterwards. Strings are in the file's arena.
 */
#ifndef SHELFLIFE_CATALOG_INTERNAL_H
#define SHELFLIFE_CATALOG_INTERNAL_H

#include "base/base.h"
#include "catalog/pattern.h"
#include "catalog/table.h"
#include "catalog/value.h"
#include "shelflife/catalog.h"

/* Limits that make the time of a lookup independent of the size of the catalogs. policies/catalog.schema.json
 * documents them, except the last. */
enum {
    CATALOG_BYTES_MAX = 256 << 20,
    CATALOG_VERSION_MAX = 128,        /* bytes of a release or of another spelling */
    CATALOG_PER_PRODUCT_MAX = 32,     /* tag patterns, and part patterns, of a product */
    CATALOG_ROWS_PER_KEY_MAX = 128,   /* rows that share a spelling, or a digest */
    CATALOG_TOGETHER_MAX = 32,        /* patterns that one repository name may match */
    CATALOG_HOST_LABELS_MAX = 16,     /* in a mirror's host with "*" */
    CATALOG_HEAD_HINTS = 4096,        /* bits */
    CATALOG_RULES_TOGETHER_MAX = 256, /* evidence rules that read the same variable, label or annotation, or
                                         lines that begin with the same text */
};

#define CATALOG_VECTOR(type)                                                                                 \
    struct {                                                                                                 \
        type *at;                                                                                            \
        size_t count, capacity;                                                                              \
    }

/* Adds an element to a vector, zeroed. Evaluates to NULL if memory runs out. */
#define CATALOG_VECTOR_ADD(v)                                                                                \
    (shelflife_grow(&(v)->at, &(v)->capacity, (v)->count + 1, sizeof(*(v)->at))                              \
         ? (memset(&(v)->at[(v)->count], 0, sizeof(*(v)->at)), &(v)->at[(v)->count++])                       \
         : NULL)

/* The private part of a product. */
struct catalog_product {
    uint32_t catalog;     /* the catalog's number */
    uint32_t tags, parts; /* its first pattern among those of the set */
    uint8_t tag_count, part_count;
    bool in_name;     /* a repository pattern has {version} */
    bool in_tag;      /* a repository pattern does not have {version} */
    bool is_part;     /* the catalog's `parts` list it */
    bool unversioned; /* its rows have no release */
    bool has_lts;     /* some of its rows have long-term support */
    uint32_t ordered; /* how many of its rows have a version that others can be compared with */
    bool has_rules;   /* it has evidence rules */
    uint8_t except_count;
    uint32_t except; /* the first of the tags that it does not match, among the set's `words` */
};

/* Another spelling of a row's release, or a digest of the row. */
struct catalog_spelling {
    str text;
    uint32_t row;
};

struct catalog_mirror {
    str alias, canonical;
};

/* A pattern of an evidence rule or of its condition. */
struct catalog_value {
    const char *at;
    uint32_t rule; /* CATALOG_TABLE_NONE: it is of a condition */
    uint32_t next; /* of a line of history: the next one with the same head, or CATALOG_TABLE_NONE */
    uint16_t len;
    uint16_t head; /* bytes before the first field or "*" */
};

static inline str catalog_value_text(const struct catalog_value *v)
{
    return (str){v->at, v->len};
}

/* What an evidence rule or its condition reads: a variable, label or annotation by its name, or lines of
 * history. One of the patterns must match. */
struct catalog_subject {
    str name;        /* absent for history */
    uint32_t number; /* of the name in the index */
    uint32_t values; /* the first of the patterns */
    uint8_t value_count;
    uint8_t kind; /* enum shelflife_evidence_kind */
};

/* Another spelling of a release in an evidence rule. */
struct catalog_rename {
    str text, release;
};

struct catalog_rule {
    struct catalog_subject subject;
    uint32_t product;
    uint32_t tests;   /* the first of its conditions */
    uint32_t renames; /* the first of its spellings of releases */
    uint32_t fields;  /* the first of the conditions that say which fields an image has if it matches */
    uint32_t next;    /* the next rule with the same key in the set's index, or CATALOG_TABLE_NONE */
    uint8_t when_count, unless_count; /* conditions that must be met, and those after them that must not */
    uint8_t rename_count;
    uint8_t key; /* the condition by whose value the rule is found; CATALOG_RULE_BY_NAME: by its own name */
};
enum { CATALOG_RULE_BY_NAME = UINT8_MAX };

/* The content of one file, or of all files of a set. */
struct catalog_content {
    CATALOG_VECTOR(struct shelflife_product) products;
    CATALOG_VECTOR(struct catalog_product) products_private;
    CATALOG_VECTOR(struct shelflife_row) rows;
    CATALOG_VECTOR(uint32_t) whens; /* of each row: its first condition */
    CATALOG_VECTOR(struct catalog_condition)
    conditions; /* lists, each terminated by an element without a field; 0 is the empty list */
    CATALOG_VECTOR(struct catalog_spelling) spellings;
    CATALOG_VECTOR(struct catalog_spelling) digests;
    CATALOG_VECTOR(struct catalog_pattern) repositories, tags, parts;
    CATALOG_VECTOR(struct catalog_limits) limits; /* of patterns; 0 has none */
    CATALOG_VECTOR(str) words;                    /* of limits, and tags that products do not match */
    CATALOG_VECTOR(struct catalog_mirror) mirrors;
    CATALOG_VECTOR(struct catalog_spelling) covers; /* row is the catalog's number */
    CATALOG_VECTOR(struct catalog_rule) rules;      /* in the order of the products */
    CATALOG_VECTOR(struct catalog_subject) tests;   /* conditions of rules */
    CATALOG_VECTOR(struct catalog_value) values;    /* of rules and of conditions */
    CATALOG_VECTOR(struct catalog_rename) renames;
};

struct catalog_file {
    struct shelflife_catalog catalog;
    str bytes;
    char *owned; /* the same bytes, if they must be freed */
    arena strings;
    struct catalog_content content; /* empty after the set is finished */
};

/* Reads a catalog file. The bytes must stay valid as long as it, unless they are set as `owned` afterwards.
 */
struct catalog_file *shelflife_catalog_file_read(str bytes, const char *origin, error *err);
void shelflife_catalog_file_free(struct catalog_file *file);
void shelflife_catalog_content_free(struct catalog_content *content);

/* A spelling of a release, by which references find rows of a product. */
struct catalog_key {
    const char *at;
    uint32_t owner; /* see catalog_key_owner() */
    uint32_t first; /* of its rows, in key_rows */
    uint16_t len, row_count;
};

/* A product has keys for tags, and other keys for repository names, in which all separators are ".". */
static inline uint32_t catalog_key_owner(uint32_t product, bool in_name)
{
    return product * 2 + in_name;
}

/* The ends of one or more rows; see ends.h. */
struct catalog_ends {
    int32_t patch, availability, extended;
    bool has_extended;
};

/* The releases of a product that begin with the same numbers, and continue after them. */
struct catalog_group {
    uint32_t row; /* the one that is patched longest */
    uint16_t len; /* of the numbers, which its release begins with; 0: all releases */
    bool whole;   /* they are all numbers of a release, with other text after them */
    struct catalog_ends ends;
};

/* A variable, label or annotation that evidence rules read. */
struct catalog_evidence_name {
    str text;
    uint32_t first; /* the first rule that is found by this name, or CATALOG_TABLE_NONE */
    uint8_t kind;   /* enum shelflife_evidence_kind */
    bool by_value;  /* rules are found by its value */
};

struct catalog_index {
    struct catalog_table repositories;                      /* whole names -> patterns without fields */
    struct catalog_table heads;                             /* literal heads -> patterns with fields */
    uint64_t head_lengths[CATALOG_NAME_MAX_BYTES / 64 + 1]; /* bit n: some head has n bytes */
    uint64_t head_hints[CATALOG_HEAD_HINTS / 64]; /* a bit for the hash of each head, so that most names need
                                                     no lookup */
    struct catalog_table mirrors;                 /* alias -> mirrors */
    struct catalog_table hosts;                   /* hosts with "*" -> hosts_at */
    struct catalog_table starred;                 /* host's number and path -> mirrors */
    struct catalog_table covers;                  /* prefix -> covers */
    struct catalog_table keys;                    /* owner and text -> keys */
    struct catalog_table words;                   /* catalog and codename -> words_at */
    struct catalog_table runs;                    /* catalog and last letters of a part's literal -> parts */
    struct catalog_table groups;                  /* product and numbers -> group_list */
    struct catalog_table digests;                 /* digest -> digest_groups */
    struct catalog_table names;                   /* kind and name of evidence -> name_list */
    struct catalog_table by_value;                /* number of a name, and its value -> rules */
    struct catalog_table lines;                   /* literal heads of lines of history -> values */
    uint64_t line_lengths[CATALOG_VALUE_PATTERN_MAX / 64 + 1]; /* bit n: some head has n bytes */
    uint64_t evidence_rules;                                   /* see shelflife_catalogs_evidence_rules() */
    CATALOG_VECTOR(struct catalog_evidence_name) name_list;
    CATALOG_VECTOR(struct catalog_group) group_list;
    CATALOG_VECTOR(struct catalog_key) key_list;
    CATALOG_VECTOR(uint32_t) key_rows;
    CATALOG_VECTOR(str) host_list;
    CATALOG_VECTOR(struct catalog_spelling) word_list; /* row is the product's number */
    CATALOG_VECTOR(struct catalog_key) digest_list;
    CATALOG_VECTOR(uint32_t) by_version; /* rows, sorted by version within each product */
    CATALOG_VECTOR(uint32_t)
    newer; /* of each row: the number of rows of its product up to its version */
};

/* The bit of a head's hash in head_hints. */
static inline size_t catalog_head_hint(catalog_hash h)
{
    return (size_t)((h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15) >> 52);
}
_Static_assert(CATALOG_HEAD_HINTS == 1 << (64 - 52), "the hint of any hash has a bit");

/* The release of a product that evidence says. */
struct catalog_found {
    struct shelflife_match match;
    uint32_t product;
    shelflife_day end_of_patch; /* of the image, as it says, or NONE */
};

struct catalog_found_list {
    struct catalog_found *at;
    size_t count, capacity;
};

/* What was found in a list of evidence, which is known by its place in memory. */
struct catalog_ahead_list {
    struct shelflife_evidence_list evidence;
    uint32_t first, count; /* among all that was found */
    shelflife_day snapshot;
};

/* See shelflife_catalogs_find_ahead(). */
struct catalog_ahead {
    CATALOG_VECTOR(struct catalog_ahead_list) lists;
    struct catalog_found_list found;
    struct catalog_table table; /* the place of a list -> lists */
};

struct shelflife_catalogs {
    CATALOG_VECTOR(struct catalog_file *) files;
    struct catalog_content content; /* of all, once finished */
    struct catalog_index index;
    bool finished;
    error failure;               /* why finishing failed, if its kind is not NONE */
    struct catalog_ahead *ahead; /* or NULL; if it has one, all else belongs to another set */
};

/* The key of an owner and text, whose hash is given, or NULL. */
const struct catalog_key *shelflife_catalog_find_key(const struct shelflife_catalogs *set, uint32_t owner,
                                                     catalog_hash hash, str text, uint64_t *probes);

bool shelflife_catalog_index_build(struct shelflife_catalogs *set, error *err);
void shelflife_catalog_index_free(struct catalog_index *index);

/* shelflife_catalogs_resolve() for tests: adds the number of examined slots of hash tables to *probes, which
 * must not depend on the size of the catalogs. */
bool shelflife_catalogs_resolve_counted(const struct shelflife_catalogs *set, str name,
                                        const struct shelflife_reference *reference,
                                        const struct shelflife_evidence_list *evidence, arena *a,
                                        struct shelflife_resolution *out, uint64_t *probes, error *err);

/* Adds a catalog without copying its bytes, which must stay valid as long as the set. */
bool shelflife_catalogs_add_static(struct shelflife_catalogs *set, str bytes, const char *origin, error *err);

/* The catalogs embedded in the library (generated by embed.cmake). */
struct catalog_embedded {
    const char *name; /* "google-dlc.json" */
    const char *at, *end;
};
extern const struct catalog_embedded shelflife_catalog_embedded_catalogs[];
extern const size_t shelflife_catalog_embedded_catalog_count;

#endif
