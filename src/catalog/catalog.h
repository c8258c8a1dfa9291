/*
 * Inside the room. A catalog file is loaded into an edition (load.c); when a set is finished, its editions
 * are laid out one behind the other and indexed (index.c); match.c resolves references by that index.
 *
 * Rows, products and patterns are named by their number, in the edition while it is loaded, in the set
 * afterwards. Strings point into the edition's arena.
 */
#ifndef SHELFLIFE_CATALOG_CATALOG_H
#define SHELFLIFE_CATALOG_CATALOG_H

#include "base/base.h"
#include "catalog/pattern.h"
#include "catalog/table.h"
#include "shelflife/catalog.h"

/* Limits that keep the work of a lookup independent of the catalogs' size. All but the last are of the file
   format, and told in policies/catalog.schema.json. */
enum {
    CATALOG_BYTES_MAX = 256 << 20,
    VERSION_MAX = 128,      /* bytes of a release or another spelling */
    PER_PRODUCT_MAX = 32,   /* tag patterns, and part patterns, of a product */
    ROWS_PER_KEY_MAX = 128, /* rows that share a spelling, or a digest */
    TOGETHER_MAX = 32,      /* patterns in question for one repository name */
    HOST_LABELS_MAX = 16,   /* of a mirror's host with "*" */
};

#define VECTOR(type)                                                                                         \
    struct {                                                                                                 \
        type *at;                                                                                            \
        size_t count, capacity;                                                                              \
    }

/* A new element of a vector, zeroed; NULL if memory ran out. */
#define VECTOR_ADD(v)                                                                                        \
    (shelflife_grow(&(v)->at, &(v)->capacity, (v)->count + 1, sizeof(*(v)->at))                              \
         ? (memset(&(v)->at[(v)->count], 0, sizeof(*(v)->at)), &(v)->at[(v)->count++])                       \
         : NULL)

/* What only the room knows of a product. */
struct product {
    uint32_t catalog;     /* its number */
    uint32_t tags, parts; /* first of its patterns in the set's */
    uint8_t tag_count, part_count;
    bool in_name;     /* a repository pattern has {version} */
    bool in_tag;      /* a repository pattern has not */
    bool is_part;     /* the catalog's `parts` name it */
    bool unversioned; /* its rows have no release */
};

/* Another spelling of a row's release, or a digest of the row. */
struct spelling {
    str text;
    uint32_t row;
};

struct mirror {
    str alias, canonical;
};

/* Everything that files say, of one or of all. */
struct content {
    VECTOR(struct shelflife_product) products;
    VECTOR(struct product) products_private;
    VECTOR(struct shelflife_row) rows;
    VECTOR(uint32_t) whens;              /* of each row: its first condition */
    VECTOR(struct condition) conditions; /* lists, each ended by one without a field; 0 is the empty list */
    VECTOR(struct spelling) spellings;
    VECTOR(struct spelling) digests;
    VECTOR(struct pattern) repositories, tags, parts;
    VECTOR(struct mirror) mirrors;
    VECTOR(struct spelling) covers; /* row is the catalog's number */
};

struct edition {
    struct shelflife_catalog catalog;
    str bytes;
    char *owned; /* the same, if it is ours to free */
    arena strings;
    struct content content; /* until the set is finished */
};

/* Reads a catalog. The bytes must outlive the edition, unless it is given them as `owned`. */
struct edition *shelflife_edition_read(str bytes, const char *origin, error *err);
void shelflife_edition_free(struct edition *edition);
void shelflife_content_free(struct content *content);

/* A spelling of a release of a product, by which references find its rows. */
struct key {
    const char *at;
    uint32_t owner; /* see key_owner() */
    uint32_t first; /* of its rows, in key_rows */
    uint16_t len, row_count;
};

/* A product has a set of keys for tags and one for repository names, in which every separator is ".". */
static inline uint32_t key_owner(uint32_t product, bool in_name)
{
    return product * 2 + in_name;
}

struct index {
    struct table repositories;                      /* whole names -> patterns without fields */
    struct table heads;                             /* literal heads -> patterns with fields */
    uint64_t head_lengths[NAME_MAX_BYTES / 64 + 1]; /* bit n: some head has n bytes */
    struct table mirrors;                           /* alias -> mirrors */
    struct table hosts;                             /* hosts with "*" -> hosts_at */
    struct table starred;                           /* host's number and path -> mirrors */
    struct table covers;                            /* prefix -> covers */
    struct table keys;                              /* owner and text -> keys */
    struct table words;                             /* catalog and codename -> words_at */
    struct table runs;    /* catalog and last letters of a part's literal -> parts */
    struct table digests; /* digest -> digest_groups */
    VECTOR(struct key) key_list;
    VECTOR(uint32_t) key_rows;
    VECTOR(str) host_list;
    VECTOR(struct spelling) word_list; /* row is the product's number */
    VECTOR(struct key) digest_list;
    VECTOR(uint32_t) by_version; /* rows, those of each product in order of version */
    VECTOR(uint32_t) newer;      /* of each row: how many rows of its product there are up to its version */
};

struct shelflife_catalogs {
    VECTOR(struct edition *) editions;
    struct content content; /* of all, once finished */
    struct index index;
    bool finished;
};

bool shelflife_index_build(struct shelflife_catalogs *set, error *err);
void shelflife_index_free(struct index *index);

/* shelflife_catalogs_resolve(), adding to *probes the slots of hash tables it looked at: for tests that hold
   the work to be independent of the catalogs' size. */
bool shelflife_catalogs_resolve_counted(const struct shelflife_catalogs *set, str name,
                                        const struct shelflife_reference *reference, arena *a,
                                        struct shelflife_resolution *out, uint64_t *probes, error *err);

/* Adds a catalog whose bytes outlive the set and are not copied. */
bool shelflife_catalogs_add_static(struct shelflife_catalogs *set, str bytes, const char *origin, error *err);

/* The catalogs compiled into the library (written by embed.cmake). */
struct embedded {
    const char *name; /* "google-dlc.json" */
    const char *at, *end;
};
extern const struct embedded shelflife_embedded_catalogs[];
extern const size_t shelflife_embedded_catalog_count;

#endif
