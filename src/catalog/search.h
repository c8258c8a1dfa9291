/* What the steps of resolving a reference share: the search itself, and how a text is searched for a version
 * of a product. */
#ifndef SHELFLIFE_CATALOG_SEARCH_H
#define SHELFLIFE_CATALOG_SEARCH_H

#include "catalog/combine.h"
#include "catalog/trace.h"

struct catalog_served; /* of resolve.c */

struct catalog_search {
    const struct shelflife_catalogs *set;
    arena *arena;
    uint64_t *probes;
    struct catalog_recorder *recorder;              /* NULL: steps are not recorded */
    const struct shelflife_evidence_list *evidence; /* or NULL */
    error *err;
    str name; /* canonical */
    str tag;
    struct shelflife_match *matches; /* allocated in the arena */
    size_t count, capacity;
    struct catalog_served *served;
    size_t served_count;
    catalog_hash *prefixes; /* of the name, by length */
    bool told;              /* a match names its release */
    bool open;              /* the release of a product cannot be determined */
};

/* ---- rows ---- */

/* Combines candidate rows, and records them. */
enum catalog_releases shelflife_catalog_settle(const struct catalog_search *s,
                                               const struct catalog_choice *choice,
                                               const struct catalog_fields *known,
                                               struct shelflife_match *match);
enum catalog_releases shelflife_catalog_settle_key(const struct catalog_search *s,
                                                   const struct catalog_key *key,
                                                   const struct catalog_fields *known,
                                                   struct shelflife_match *match);

/* Records a step about a product, by its number. */
void shelflife_catalog_record(const struct catalog_search *s, enum shelflife_trace_kind kind,
                              enum shelflife_trace_outcome outcome, uint32_t product, str text);

/* Begins a list of known fields, and adds to it. The second list ends with an element without a field. */
void shelflife_catalog_begin_fields(struct catalog_fields *known, const struct catalog_limits *limits,
                                    const struct catalog_condition *fields, size_t count);
void shelflife_catalog_know(struct catalog_fields *known, const struct catalog_condition *fields);

/* ---- versions ---- */

/* Where a version that is known up to byte i ends: ".4" of 3.12.4 belongs to it, "-slim" does not. */
size_t shelflife_catalog_version_end(str s, size_t i);

/* Whether a version of the row's release is an older patch than the newest. */
bool shelflife_catalog_is_outdated(const struct shelflife_row *row, str version);

/* How to search a text for the longest key. */
struct catalog_reader {
    uint32_t owner;
    bool all;   /* nothing but the suffix may follow the key */
    bool whole; /* nothing but numbers may follow the key, and version->len is that of the text */
    str suffix; /* a literal that must follow the key; if absent, the key must end at a boundary */
};

/* What is found at the beginning of a text. */
enum catalog_finding {
    CATALOG_FOUND_NOTHING,
    CATALOG_FOUND_LISTED, /* a version that is listed, but no single release of the reference's variant */
    CATALOG_FOUND_RELEASE,
};

/* Finds the longest key at the beginning of a text that has open rows, if these are of one release. Sets the
 * match's row and dates, *version to the version, and *end to the number of bytes used. */
enum catalog_finding shelflife_catalog_read_version(const struct catalog_search *s,
                                                    const struct catalog_reader *r, str text,
                                                    const struct catalog_fields *known,
                                                    struct shelflife_match *match, size_t *version,
                                                    size_t *end);

/* A text that begins with a version, without the "v" before it. */
struct catalog_version_text {
    str text;
    size_t numbers;     /* bytes of the numbers that it begins with */
    bool whole_numbers; /* no letter follows the numbers directly */
};

struct catalog_version_text shelflife_catalog_version_text(str text);

/* The same as read_version() for a text that may name a pre-release or an outdated patch. Sets the match's
 * version and kind, too. */
enum catalog_finding shelflife_catalog_match_text(const struct catalog_search *s,
                                                  const struct catalog_reader *r,
                                                  const struct catalog_version_text *t,
                                                  struct catalog_fields *known, struct shelflife_match *match,
                                                  size_t *used);

/* Matches a version that is not listed by the releases near it. */
bool shelflife_catalog_match_nearby(const struct catalog_search *s, uint32_t product, str version,
                                    const struct catalog_fields *known, struct shelflife_match *match);

/* ---- matches ---- */

/* The match of a product, or NULL. */
struct shelflife_match *shelflife_catalog_match_of(const struct catalog_search *s,
                                                   const struct shelflife_product *product);

/* Adds a copy of a match. */
bool shelflife_catalog_add_match(struct catalog_search *s, const struct shelflife_match *match);

static inline bool catalog_is_told(const struct shelflife_match *match)
{
    return match->kind == SHELFLIFE_MATCH_RELEASE || match->kind == SHELFLIFE_MATCH_PRE_RELEASE;
}

#endif
