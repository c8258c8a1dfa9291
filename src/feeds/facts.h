/*
 * What a feed says, whatever its format: products with their releases. A reader fills this in, and merge.c
 * writes it into a catalog. All strings point into the feed, its document, or the memory of the facts.
 */
#ifndef SHELFLIFE_FEEDS_FACTS_H
#define SHELFLIFE_FEEDS_FACTS_H

#include "base/base.h"
#include "json/document.h"

enum {
    FEEDS_PRODUCTS_MAX = 10000,  /* of a feed */
    FEEDS_RELEASES_MAX = 200000, /* of a feed */
    FEEDS_REPOSITORIES_MAX = 64, /* of a product that a feed adds */
    FEEDS_VALUES_MAX = 1500000,  /* of a document: what follows a comma, a bracket or the end of a line */
};

/* The keys of a row that a feed has. The others stay as they are. If a feed has a key without a value for a
   release, the row loses this key. */
enum feeds_key {
    FEEDS_KEY_END = 1 << 0, /* endOfPatch, and `ended` */
    FEEDS_KEY_AVAILABILITY = 1 << 1,
    FEEDS_KEY_EXTENDED = 1 << 2,
    FEEDS_KEY_LTS = 1 << 3,
    FEEDS_KEY_LATEST = 1 << 4,
    FEEDS_KEY_LATEST_DATE = 1 << 5,
};

struct feeds_release {
    str release; /* as a catalog writes it: "3.12"; may be absent if there is an image */
    str codename;
    str latest;
    str note; /* why a date is what it is, if the feed does not contain the date itself */
    shelflife_day end_of_patch, end_of_availability, end_of_extended_patch, released, latest_date;
    bool ended; /* on an unknown day */
    bool lts;
    unsigned keys; /* of enum feeds_key */
    /* What distinguishes the variants of a release, if the feed has variants. */
    str images;      /* references of images, separated by spaces; absent if the feed does not name any */
    str python;      /* "3.10", or absent */
    str accelerator; /* "cpu", "gpu" or "tpu", or absent */
    str service;     /* "training" or "prediction", or absent */
    str system;      /* how the value of a field `os` begins: "ubuntu", or absent */
    size_t line;     /* in the feed; 0: unknown */
};

struct feeds_product {
    str name;   /* as the feed names it */
    str title;  /* for display; may be absent */
    str source; /* URL; may be absent */
    struct feeds_release *releases;
    size_t release_count, release_capacity;
    str repositories[FEEDS_REPOSITORIES_MAX]; /* of its images, according to its package URLs */
    size_t repository_count;
    unsigned supported_releases; /* how many of the newest releases the publisher patches; 0: no such rule */
    /* The name is that of a family: also of products with further words, such as "Inference (Arm64)". */
    bool family;
    bool placed; /* it is a product of the catalog, whatever its name */
};

struct feeds_facts {
    arena memory;
    struct shelflife_document *document; /* of the strings, owned */
    struct feeds_product *products;
    size_t product_count, product_capacity;
    struct feeds_product **by_name; /* see shelflife_feeds_facts_index() */
    size_t release_count;
    bool single;         /* the feed is about one product */
    bool unnamed;        /* its name is not in the feed, so it is whatever product the user named */
    str other;           /* a name that the product certainly does not have; absent: not known */
    bool by_repository;  /* products have the catalog's names only by chance, but name a repository */
    bool by_image;       /* releases belong to the catalog's products by the names of their images */
    shelflife_day as_of; /* the day of the feed; NONE if it does not contain one */
};

void shelflife_feeds_facts_init(struct feeds_facts *facts);
void shelflife_feeds_facts_free(struct feeds_facts *facts);

/* Reads a JSON or YAML document, which the facts then own. Fails if it has too many values, because each
   takes memory. */
bool shelflife_feeds_facts_document(struct feeds_facts *facts, str bytes, const char *origin, error *err);

/* Adds a product. Returns NULL and sets *err if there are too many, or memory runs out. The pointer is valid
   until the next product is added. */
struct feeds_product *shelflife_feeds_facts_add(struct feeds_facts *facts, str name, error *err);

/* The product of a name, which is added if there is none. */
struct feeds_product *shelflife_feeds_facts_product(struct feeds_facts *facts, str name, error *err);

/* Adds a release to a product, without any day. The pointer is valid until the next one is added. */
struct feeds_release *shelflife_feeds_facts_release(struct feeds_facts *facts, struct feeds_product *product,
                                                    str release, error *err);

/* Indexes the products, to which none are added afterwards. Fails if a release has different dates in two
 * places. */
bool shelflife_feeds_facts_index(struct feeds_facts *facts, const char *origin, error *err);

/* The first product of a name; NULL if there is none. Facts must be indexed. */
struct feeds_product *shelflife_feeds_facts_find(const struct feeds_facts *facts, str name);

/* Copies a string into the memory of the facts. */
bool shelflife_feeds_facts_copy(struct feeds_facts *facts, str text, str *copy, error *err);

/* Adds the repository of a package URL of an image to those of the product, unless it is there. Ignores URLs
   of anything else: pkg:docker/library/python, pkg:oci/argocd?repository_url=quay.io%2Fargoproj. */
bool shelflife_feeds_facts_purl(struct feeds_facts *facts, struct feeds_product *product, str purl,
                                error *err);

/* The text under a key; absent if there is no map, no such key, or no string. */
str shelflife_feeds_text_at(const struct node *map, const char *key);

/* The text itself, or the one under a key of a map; absent if there is neither. */
str shelflife_feeds_text_or_at(const struct node *node, const char *key);

/* Whether a map has a value under a key. */
bool shelflife_feeds_has_key(const struct node *map, const char *key);

/* Whether a map has true under a key. */
bool shelflife_feeds_flag_at(const struct node *map, const char *key);

/* Reads the day under a key; NONE if there is none, or it is null. */
bool shelflife_feeds_day_at(const struct node *map, const char *key, shelflife_day *out, error *err);

/* How many numbers a version such as 12.9.1 has; 0 if it is not made of numbers and dots only. */
size_t shelflife_feeds_count_numbers(str version);

/* The first numbers of a version: 12.9 for two; all of it for 0. */
str shelflife_feeds_cut(str version, size_t numbers);

/* Whether a catalog can have this text as a version. */
bool shelflife_feeds_is_version(str s);

/* "noble" for "Noble Numbat": the first word as tags spell it. Absent if the text does not begin with a word.
 */
bool shelflife_feeds_codename(struct feeds_facts *facts, str name, str *codename, error *err);

#endif
