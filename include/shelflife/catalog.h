/*
 * Catalogs: products, their releases and support dates, and where their images are found; and the index
 * that resolves a reference against all of them. The file format is described by
 * policies/catalog.schema.json.
 *
 * Resolving costs work proportional to the length of the reference, whatever the size of the catalogs,
 * and never backtracks.
 */
#ifndef SHELFLIFE_CATALOG_H
#define SHELFLIFE_CATALOG_H

#include "shelflife/arena.h"
#include "shelflife/buffer.h"
#include "shelflife/day.h"
#include "shelflife/error.h"
#include "shelflife/reference.h"
#include "shelflife/str.h"

SHELFLIFE_BEGIN_DECLS

/* Phases of an image or a match, from the mildest to the worst. */
enum shelflife_phase {
    SHELFLIFE_PHASE_SUPPORTED,
    SHELFLIFE_PHASE_UNLISTED,    /* no catalog covers it */
    SHELFLIFE_PHASE_UNRESOLVED,  /* a catalog covers it, but no single release can be told */
    SHELFLIFE_PHASE_INVALID,     /* not a reference */
    SHELFLIFE_PHASE_ENDING,      /* end of patch within the notice period */
    SHELFLIFE_PHASE_UNPATCHED,   /* past end of patch */
    SHELFLIFE_PHASE_UNAVAILABLE, /* past end of availability */
};
enum { SHELFLIFE_PHASES = SHELFLIFE_PHASE_UNAVAILABLE + 1 };

/* "supported" … */
SHELFLIFE_API const char *shelflife_phase_name(enum shelflife_phase phase);

/* One catalog file, as far as verdicts speak of it. Strings live as long as the set. */
struct shelflife_catalog {
    struct shelflife_str name;      /* "google-dlc": unique in a set */
    struct shelflife_str title;     /* "Google Deep Learning Containers framework support policy" */
    struct shelflife_str publisher; /* told behind a product's title, "TensorFlow 2.11 (…)"; may be absent */
    struct shelflife_str source;    /* URL */
    struct shelflife_str license;
    struct shelflife_str origin; /* file, URL or "embedded" */
    shelflife_day as_of;         /* the day it was true */
    int64_t serial;              /* grows with every edition */
    size_t product_count, row_count;
};

struct shelflife_product {
    const struct shelflife_catalog *catalog;
    struct shelflife_str name, title; /* "tensorflow", "TensorFlow" */
    size_t first_row, row_count;      /* in the set's rows, in the order of the file */
};

/* A release where it is found, with its dates. */
struct shelflife_row {
    const struct shelflife_product *product;
    struct shelflife_str release; /* "2.11"; absent if the product has no versions */
    shelflife_day end_of_patch, end_of_availability;
    shelflife_day end_of_extended_patch; /* paid or long-term support; counts only if policy opts in */
    bool ended;                          /* over since an unknown day: unpatched, without a date */
    struct shelflife_str latest;         /* newest patch, "3.12.14", or absent */
    struct shelflife_str source;         /* the row's own, else the catalog's */
    struct shelflife_str note;
    struct shelflife_str codename; /* "bookworm", or absent */
    struct shelflife_str path;     /* JSON path in the file: "products[3].rows[0]" */
};

/* How a match was found. */
enum shelflife_match_by {
    SHELFLIFE_MATCH_BY_DIGEST,
    SHELFLIFE_MATCH_BY_REPOSITORY, /* the version is in the repository's name */
    SHELFLIFE_MATCH_BY_TAG,
    SHELFLIFE_MATCH_BY_PART, /* a base system in another image's tag: "-bookworm" */
};

/*
 * A reference resolved to one release of one product. The dates are those to judge by: where the
 * reference leaves several rows of the release open, the latest of each.
 */
struct shelflife_match {
    const struct shelflife_row *row; /* the one whose dates count (or the first of equal ones) */
    enum shelflife_match_by by;
    struct shelflife_str pattern; /* the catalog's pattern that matched */
    struct shelflife_str version; /* the text of the reference that told the release: "3.12.4" */
    shelflife_day end_of_patch, end_of_availability, end_of_extended_patch;
    bool ended;
    bool outdated;    /* the version names a patch, and row->latest is newer */
    size_t rows_open; /* rows of the release that the reference left open: 1 or more */
};

struct shelflife_resolution {
    struct shelflife_str canonical; /* name after mirrors: "docker.io/library/python" */
    const struct shelflife_match *matches;
    size_t match_count;
    const struct shelflife_catalog *covered_by; /* not NULL: a catalog covers the repository or publisher */
    const struct shelflife_product *product;    /* of the covering catalog, if the product is known though
                                                   the release is not */
    bool unverified; /* tag and digest, the digest is not listed: only the tag (or name) speaks */
};

/* A set of catalogs with its index. Built by one thread; immutable and shareable once finished. */
struct shelflife_catalogs;

SHELFLIFE_API struct shelflife_catalogs *shelflife_catalogs_new(void);

/* Reads one catalog file (JSON or YAML) into the set. A catalog of the same name replaces the one before
   it. An error names `origin`, the JSON path, and what would be right; the set is then as it was. */
SHELFLIFE_API bool shelflife_catalogs_add(struct shelflife_catalogs *set, struct shelflife_str bytes,
                                          const char *origin, struct shelflife_error *err);

/* Adds the catalogs compiled into the library. */
SHELFLIFE_API bool shelflife_catalogs_add_embedded(struct shelflife_catalogs *set,
                                                   struct shelflife_error *err);

/* Builds the index. After it nothing can be added, before it nothing be resolved. */
SHELFLIFE_API bool shelflife_catalogs_finish(struct shelflife_catalogs *set, struct shelflife_error *err);

SHELFLIFE_API void shelflife_catalogs_free(struct shelflife_catalogs *set);

/* The parts, for listings: in order of addition. */
SHELFLIFE_API size_t shelflife_catalogs_count(const struct shelflife_catalogs *set);
SHELFLIFE_API const struct shelflife_catalog *shelflife_catalogs_at(const struct shelflife_catalogs *set,
                                                                    size_t i);
SHELFLIFE_API size_t shelflife_catalogs_product_count(const struct shelflife_catalogs *set);
SHELFLIFE_API const struct shelflife_product *shelflife_catalogs_product_at(
    const struct shelflife_catalogs *set, size_t i);
SHELFLIFE_API size_t shelflife_catalogs_row_count(const struct shelflife_catalogs *set);
SHELFLIFE_API const struct shelflife_row *shelflife_catalogs_row_at(const struct shelflife_catalogs *set,
                                                                    size_t i);

/* The raw bytes each catalog was read from, in order, for a digest over the set. */
SHELFLIFE_API struct shelflife_str shelflife_catalogs_bytes_at(const struct shelflife_catalogs *set,
                                                               size_t i);

/* Appends which variant of its release a row is: "py: py310", "acc: gpu, py: py37 or py38". Nothing, if it is
   for all of them. */
SHELFLIFE_API void shelflife_catalogs_variant(const struct shelflife_catalogs *set,
                                              const struct shelflife_row *row, struct shelflife_buffer *out);

/* Gives back the memory of raw bytes that were copied, for a set that is to be kept: of those catalogs
   shelflife_catalogs_bytes_at() is absent from here on. Before the set is shared. */
SHELFLIFE_API void shelflife_catalogs_drop_bytes(struct shelflife_catalogs *set);

/*
 * Resolves a reference. `name` is the reference's name to look up, which the caller may have mapped
 * through its own mirrors; tag and digest are taken from the reference. *out points into the arena and the
 * set. False only if the arena's limit or memory ran out.
 */
SHELFLIFE_API bool shelflife_catalogs_resolve(const struct shelflife_catalogs *set, struct shelflife_str name,
                                              const struct shelflife_reference *reference,
                                              struct shelflife_arena *arena, struct shelflife_resolution *out,
                                              struct shelflife_error *err);

/* How a reference was resolved: what was looked at, in order, and what became of it. */
enum shelflife_trace_kind {
    SHELFLIFE_TRACE_MIRROR,  /* text: the prefix that stands for another, that of the canonical name */
    SHELFLIFE_TRACE_DIGEST,  /* text: the digest, looked up in the rows' lists */
    SHELFLIFE_TRACE_PATTERN, /* text: a pattern of a product's repositories that the name matches */
    SHELFLIFE_TRACE_VERSION, /* text: what may be the version, as far as a boundary */
    SHELFLIFE_TRACE_ROW,     /* a row of the release that was told */
    SHELFLIFE_TRACE_PART,    /* text: what names a base system in the tag */
};

enum shelflife_trace_outcome {
    SHELFLIFE_TRACE_TAKEN,
    SHELFLIFE_TRACE_NOT_LISTED,    /* digest: no row lists it */
    SHELFLIFE_TRACE_LESS_LITERAL,  /* pattern: one of the catalog with more bytes before its first field, or
                                      none at all, matches too */
    SHELFLIFE_TRACE_TOLD_ALREADY,  /* pattern, part: another one has told a release of the product */
    SHELFLIFE_TRACE_NO_RELEASE,    /* version: no release of the product is spelled so */
    SHELFLIFE_TRACE_SEVERAL,       /* version: rows of several releases remain, so none is told */
    SHELFLIFE_TRACE_SHORTER,       /* version: it names a release, but a longer one does, too */
    SHELFLIFE_TRACE_OTHER_VARIANT, /* row: the reference tells another value of one of its fields */
    SHELFLIFE_TRACE_LESS_EXACT,    /* row: another's fields are told more exactly */
    SHELFLIFE_TRACE_NOT_LATER,     /* row: the reference leaves it open, but the latest dates count */
    SHELFLIFE_TRACE_CONTRADICTED,  /* part: the tag names another release of the product, too */
};

struct shelflife_trace_step {
    enum shelflife_trace_kind kind;
    enum shelflife_trace_outcome outcome;
    const struct shelflife_product *product; /* NULL: of none */
    const struct shelflife_row *row;         /* of a row, or the first that a version names; else NULL */
    struct shelflife_str text;
};

struct shelflife_trace {
    const struct shelflife_trace_step *steps;
    size_t count;
    bool cut; /* there were more than memory, or anybody's patience, has room for */
};

/* The same as shelflife_catalogs_resolve(), and tells how. What the trace points to is the arena's, the
   set's and the reference's. */
SHELFLIFE_API bool shelflife_catalogs_trace(const struct shelflife_catalogs *set, struct shelflife_str name,
                                            const struct shelflife_reference *reference,
                                            struct shelflife_arena *arena, struct shelflife_resolution *out,
                                            struct shelflife_trace *trace, struct shelflife_error *err);

/*
 * The phase of a match on a day. Both dates are inclusive: the phase changes on the day after. `notice`
 * is in days; with `extended`, end of extended patch stands in for end of patch where the row has it.
 */
SHELFLIFE_API enum shelflife_phase shelflife_match_phase(const struct shelflife_match *match,
                                                         shelflife_day at, int32_t notice, bool extended);

/*
 * The nearest newer release of the same product that is supported on that day (by the same rules), or
 * NULL. *or_later says whether there is a still newer supported one.
 */
SHELFLIFE_API const struct shelflife_row *shelflife_match_replacement(const struct shelflife_catalogs *set,
                                                                      const struct shelflife_match *match,
                                                                      shelflife_day at, int32_t notice,
                                                                      bool extended, bool *or_later);

/* Compares versions as people do: numeric runs as numbers, others bytewise. <0, 0, >0. */
SHELFLIFE_API int shelflife_version_compare(struct shelflife_str a, struct shelflife_str b);

SHELFLIFE_END_DECLS

#endif
