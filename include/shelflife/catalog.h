/*
 * Catalogs list products, their releases and support dates, and the repositories and tags of their images. A
 * set of catalogs has an index, which resolves image references. policies/catalog.schema.json describes the
 * file format.
 *
 *     struct shelflife_catalogs *set = shelflife_catalogs_new();
 *     shelflife_catalogs_add_embedded(set, &err);
 *     shelflife_catalogs_add(set, bytes, "mine.yaml", &err);
 *     shelflife_catalogs_finish(set, &err);
 *     shelflife_catalogs_resolve(set, reference.name, &reference, &arena, &resolution, &err);
 *
 * Resolving takes time proportional to the length of the reference, whatever the size of the catalogs.
 */
#ifndef SHELFLIFE_CATALOG_H
#define SHELFLIFE_CATALOG_H

#include "shelflife/arena.h"
#include "shelflife/buffer.h"
#include "shelflife/day.h"
#include "shelflife/error.h"
#include "shelflife/evidence.h"
#include "shelflife/reference.h"
#include "shelflife/str.h"

SHELFLIFE_BEGIN_DECLS

/* The phase of an image or a match, from best to worst. */
enum shelflife_phase {
    SHELFLIFE_PHASE_SUPPORTED,
    SHELFLIFE_PHASE_UNLISTED,    /* no catalog covers it */
    SHELFLIFE_PHASE_UNRESOLVED,  /* a catalog covers it, but it could be more than one release */
    SHELFLIFE_PHASE_INVALID,     /* not an image reference */
    SHELFLIFE_PHASE_ENDING,      /* end of patch within the notice period */
    SHELFLIFE_PHASE_UNPATCHED,   /* past end of patch */
    SHELFLIFE_PHASE_UNAVAILABLE, /* past end of availability */
};
enum { SHELFLIFE_PHASES = SHELFLIFE_PHASE_UNAVAILABLE + 1 };

/* The names in the order of the enum, NULL at the end. */
SHELFLIFE_API extern const char *const shelflife_phase_names[];
/* "supported", "unlisted" and so on. */
SHELFLIFE_API const char *shelflife_phase_name(enum shelflife_phase phase);

/* A catalog file. The strings of this and the following structures are valid as long as the set. */
struct shelflife_catalog {
    struct shelflife_str name;      /* "google-dlc"; unique within a set */
    struct shelflife_str title;     /* "Google Deep Learning Containers framework support policy" */
    struct shelflife_str publisher; /* shown after a product's title, in parentheses; may be absent */
    struct shelflife_str source;    /* URL */
    struct shelflife_str license;
    struct shelflife_str origin; /* the file or URL it was read from, or "embedded" */
    shelflife_day as_of;         /* the day on which its dates were correct */
    int64_t serial;              /* higher in each newer version of the catalog */
    size_t product_count, row_count;
};

struct shelflife_product {
    const struct shelflife_catalog *catalog;
    struct shelflife_str name, title; /* "tensorflow", "TensorFlow" */
    size_t first_row, row_count;      /* among the set's rows, in the order of the file */
    bool whole_tag;             /* its releases are whole tags, so that none can take the place of another */
    uint8_t supported_releases; /* the publisher patches this many of the newest releases, and announces no
                                   days; 0: unknown */
};

/* A release of a product, or a variant of one, with its support dates. */
struct shelflife_row {
    const struct shelflife_product *product;
    struct shelflife_str release; /* "2.11"; absent if the product has no versions */
    shelflife_day end_of_patch, end_of_availability;
    shelflife_day end_of_extended_patch; /* of paid or long-term support; counts if the policy says so */
    bool ended;                          /* support has ended on an unknown day: unpatched, without a date */
    bool lts;                            /* long-term support */
    uint8_t numbers;                     /* versions of the release have exactly this many numbers; 0: any */
    struct shelflife_str latest;         /* the newest patch, "3.12.14", or absent */
    shelflife_day latest_date;           /* the day on which it was published */
    struct shelflife_str moved_to;       /* where the publisher's images are now, or absent */
    struct shelflife_str source;         /* URL; the catalog's if the row has none */
    struct shelflife_str note;
    struct shelflife_str codename; /* "bookworm", or absent */
    struct shelflife_str path;     /* JSON path in the file: "products[3].rows[0]" */
};

/* The part of a reference that a match was found by. */
enum shelflife_match_by {
    SHELFLIFE_MATCH_BY_DIGEST,
    SHELFLIFE_MATCH_BY_REPOSITORY, /* the repository's name, which has the version */
    SHELFLIFE_MATCH_BY_TAG,
    SHELFLIFE_MATCH_BY_PART,     /* the part of a tag that names the base system: "-bookworm" */
    SHELFLIFE_MATCH_BY_EVIDENCE, /* what the image's configuration says */
};

/* How much the reference says about the release. */
enum shelflife_match_kind {
    SHELFLIFE_MATCH_RELEASE,     /* it names one release */
    SHELFLIFE_MATCH_SEVERAL,     /* it can be any of several releases */
    SHELFLIFE_MATCH_OLDER,       /* it names a version that is older than any release listed */
    SHELFLIFE_MATCH_BETWEEN,     /* it names a version between two releases listed */
    SHELFLIFE_MATCH_PRE_RELEASE, /* it names a pre-release of a release: 3.14.0rc2 */
};

/*
 * A release of a product that a reference resolves to. If the reference fits several rows of the release,
 * each date is the latest among these rows. A match of another kind than RELEASE is unresolved, unless all
 * releases that it can be have ended; see shelflife_match_phase().
 */
struct shelflife_match {
    const struct shelflife_row *row; /* of several rows, the one that is patched longest; for a version that
                                        is not listed, the next newer release */
    enum shelflife_match_kind kind;
    enum shelflife_match_by by;
    struct shelflife_str release; /* as messages show it: the row's release, "3" for any release 3.x, absent
                                     for any release, or a version that is not listed */
    struct shelflife_str
        pattern; /* the catalog's pattern that matched; absent for any release, or a digest */
    struct shelflife_str version; /* the part of the reference that names the release: "3.12.4" */
    shelflife_day end_of_patch, end_of_availability, end_of_extended_patch;
    shelflife_day counts_after;    /* BETWEEN: the day on which the later of the two releases has ended; NONE
                                      if that is unknown */
    struct shelflife_str moved_to; /* the repository in which the publisher's images are now, or absent; not
                                      for base systems */
    struct shelflife_str before;   /* the first release that does not exist in the repository, or absent */
    const struct shelflife_evidence *evidence; /* BY_EVIDENCE: what says so; else NULL */
    const struct shelflife_row *contradicts;   /* BY_EVIDENCE: a row of the other release of the product that
                                                  the reference names, or NULL */
    uint32_t rows_open; /* how many rows of the release the reference fits; at least 1 */
    bool ended;
    bool outdated; /* the reference names a patch release, and row->latest is newer */
    bool base;     /* it is the base system of an image that is something else, too */
    bool own_end;  /* end_of_patch is what the image says of its own end, not the row's */
};

struct shelflife_resolution {
    struct shelflife_str canonical; /* the name with mirrors applied: "docker.io/library/python" */
    const struct shelflife_match *matches;
    size_t match_count;
    const struct shelflife_catalog
        *covered_by; /* the catalog that covers the repository or publisher, or NULL */
    const struct shelflife_product *product; /* the product of the repository, or NULL */
    bool unverified;   /* it has a tag and a digest, and no catalog lists the digest: the match relies on the
                          tag */
    bool only_covered; /* no catalog lists the repository: matches are parts of a tag that a catalog covers */
    shelflife_day snapshot; /* the day of the base system's packages, if the evidence says so, or NONE */
};

/* A set of catalogs with its index. Only one thread may build it; once it is finished it does not change, and
   any number of threads may use it. */
struct shelflife_catalogs;

/* Returns NULL if memory runs out. */
SHELFLIFE_API struct shelflife_catalogs *shelflife_catalogs_new(void);

/* Adds a catalog in JSON or YAML. It replaces a catalog of the same name. Errors name `origin`, the file or
   URL, and the JSON path; the set is then unchanged. */
SHELFLIFE_API bool shelflife_catalogs_add(struct shelflife_catalogs *set, struct shelflife_str bytes,
                                          const char *origin, struct shelflife_error *err);

/* Adds the catalogs that are embedded in the library. */
SHELFLIFE_API bool shelflife_catalogs_add_embedded(struct shelflife_catalogs *set,
                                                   struct shelflife_error *err);

/* Builds the index. Before this call nothing can be resolved or listed except the catalogs; after it nothing
   can be added. If it fails, the set can only be freed. */
SHELFLIFE_API bool shelflife_catalogs_finish(struct shelflife_catalogs *set, struct shelflife_error *err);

SHELFLIFE_API void shelflife_catalogs_free(struct shelflife_catalogs *set);

/* Lists the catalogs, and the products and rows of a finished set, in the order in which they were added. */
SHELFLIFE_API size_t shelflife_catalogs_count(const struct shelflife_catalogs *set);
SHELFLIFE_API const struct shelflife_catalog *shelflife_catalogs_at(const struct shelflife_catalogs *set,
                                                                    size_t i);
SHELFLIFE_API size_t shelflife_catalogs_product_count(const struct shelflife_catalogs *set);
SHELFLIFE_API const struct shelflife_product *shelflife_catalogs_product_at(
    const struct shelflife_catalogs *set, size_t i);
SHELFLIFE_API size_t shelflife_catalogs_row_count(const struct shelflife_catalogs *set);
SHELFLIFE_API const struct shelflife_row *shelflife_catalogs_row_at(const struct shelflife_catalogs *set,
                                                                    size_t i);

/* The bytes that a catalog was read from, for example to compute a digest. */
SHELFLIFE_API struct shelflife_str shelflife_catalogs_bytes_at(const struct shelflife_catalogs *set,
                                                               size_t i);

/* Appends the variant of the release that a row is for: "py: py310", "acc: gpu, py: py37 or py38". Appends
   nothing if the row is for all variants. */
SHELFLIFE_API void shelflife_catalogs_variant(const struct shelflife_catalogs *set,
                                              const struct shelflife_row *row, struct shelflife_buffer *out);

/* Releases the bytes that shelflife_catalogs_bytes_at() returns, except those of embedded catalogs. Saves
   memory in a set that lives long. Call it before other threads use the set. */
SHELFLIFE_API void shelflife_catalogs_drop_bytes(struct shelflife_catalogs *set);

/*
 * Resolves a reference. `name` is the image's name, to which the caller may have applied its own mirrors, see
 * shelflife_policy_map(); tag and digest are those of `reference`. `evidence` is what the image's
 * configuration says, or NULL if it is not known; about a product it counts more than the reference.
 * *out points into the arena, the evidence and the set.
 * Fails only if the set is not finished, or if memory or the arena's limit runs out.
 */
SHELFLIFE_API bool shelflife_catalogs_resolve(const struct shelflife_catalogs *set, struct shelflife_str name,
                                              const struct shelflife_reference *reference,
                                              const struct shelflife_evidence_list *evidence,
                                              struct shelflife_arena *arena, struct shelflife_resolution *out,
                                              struct shelflife_error *err);

/*
 * Makes a set that resolves as `set` does, in less time with some evidence: what the lists say is found now
 * and kept, list by list, until that needs more than `most` bytes. The new set uses the memory of `set`, and
 * knows a list by its place in memory. So `set`, and the evidence in the lists, must stay as they are, and
 * valid, until the new set is freed with shelflife_catalogs_free(). Nothing can be added to it, and any
 * number of threads may use it. Returns NULL if `set` is not finished, or if memory runs out.
 */
SHELFLIFE_API struct shelflife_catalogs *shelflife_catalogs_find_ahead(
    const struct shelflife_catalogs *set, const struct shelflife_evidence_list *lists, size_t count,
    size_t most, struct shelflife_error *err);

/* Whether a rule of a catalog reads this: a variable, label or annotation of this name, or such a line of
   history. Only this is worth keeping of a configuration, and nothing else of it is anybody's business. */
SHELFLIFE_API bool shelflife_catalogs_reads(const struct shelflife_catalogs *set,
                                            const struct shelflife_evidence *evidence);

/* A hash of all that shelflife_catalogs_reads() depends on. If it changes, images that were inspected before
   may say more. */
SHELFLIFE_API uint64_t shelflife_catalogs_evidence_rules(const struct shelflife_catalogs *set);

/* How a reference was resolved: the steps, in order, and the outcome of each. */
enum shelflife_trace_kind {
    SHELFLIFE_TRACE_MIRROR,   /* text: the prefix that a mirror replaced */
    SHELFLIFE_TRACE_DIGEST,   /* text: the digest, looked up among the rows' digests */
    SHELFLIFE_TRACE_PATTERN,  /* text: a repository pattern of a product that the name matches */
    SHELFLIFE_TRACE_VERSION,  /* text: a part of the reference that may be the version */
    SHELFLIFE_TRACE_ROW,      /* a row of the release found */
    SHELFLIFE_TRACE_PART,     /* text: the part of the tag that names a base system */
    SHELFLIFE_TRACE_EVIDENCE, /* text: a variable, label or annotation with its value, or a line of history,
                                 that an evidence rule of the product reads; any bytes, as the image has them
                               */
};

enum shelflife_trace_outcome {
    SHELFLIFE_TRACE_TAKEN,
    SHELFLIFE_TRACE_NOT_LISTED,   /* digest: no row lists it */
    SHELFLIFE_TRACE_LESS_LITERAL, /* pattern: another one matches, with more bytes before its first field,
                                     or without fields */
    SHELFLIFE_TRACE_DUPLICATE,  /* pattern, part, evidence: another one found a release of the product already
                                 */
    SHELFLIFE_TRACE_NO_RELEASE, /* version, evidence: the product has no such release */
    SHELFLIFE_TRACE_SEVERAL,    /* version: it fits several releases */
    SHELFLIFE_TRACE_SHORTER,    /* version: a longer part of the reference names a release, too */
    SHELFLIFE_TRACE_OTHER_VARIANT, /* row: it is for another variant than the reference */
    SHELFLIFE_TRACE_LESS_EXACT,    /* row: another one fits the reference more exactly */
    SHELFLIFE_TRACE_NOT_LATER,     /* row: it fits, but another one that fits has later dates */
    SHELFLIFE_TRACE_CONTRADICTED,  /* part: the tag names two releases of the product */
    SHELFLIFE_TRACE_CONDITION,     /* evidence: `when` or `unless` of the rule does not hold */
    SHELFLIFE_TRACE_OTHER_VALUE,   /* evidence: the value fits no pattern of the rule */
};

struct shelflife_trace_step {
    enum shelflife_trace_kind kind;
    enum shelflife_trace_outcome outcome;
    const struct shelflife_product *product; /* or NULL */
    const struct shelflife_row
        *row; /* for a row: the row; for a version: the first row it fits; otherwise NULL */
    struct shelflife_str text;
};

struct shelflife_trace {
    const struct shelflife_trace_step *steps;
    size_t count;
    bool cut; /* there were more steps than are recorded */
};

/* Like shelflife_catalogs_resolve(), and records how. The trace points into the arena, the set and the
 * reference. */
SHELFLIFE_API bool shelflife_catalogs_trace(const struct shelflife_catalogs *set, struct shelflife_str name,
                                            const struct shelflife_reference *reference,
                                            const struct shelflife_evidence_list *evidence,
                                            struct shelflife_arena *arena, struct shelflife_resolution *out,
                                            struct shelflife_trace *trace, struct shelflife_error *err);

/* The end of patch that counts: with `extended`, that of extended support, if the row has one. */
static inline shelflife_day shelflife_match_end_of_patch(const struct shelflife_match *match, bool extended)
{
    return extended && match->end_of_extended_patch != SHELFLIFE_DAY_NONE ? match->end_of_extended_patch
                                                                          : match->end_of_patch;
}

/*
 * The phase of a match on a day. Dates are inclusive: the phase changes on the day after. `notice` is in
 * days. With `extended`, the end of extended support replaces the end of patch, if the row has one. A match
 * of another kind than RELEASE is unresolved until all releases that it can be have ended; one of kind
 * SEVERAL stays unresolved if they end after the day of the catalog, as newer releases may have come by then.
 */
SHELFLIFE_API enum shelflife_phase shelflife_match_phase(const struct shelflife_match *match,
                                                         shelflife_day at, int32_t notice, bool extended);

/*
 * The release to move to: the nearest newer release of the same product and variant that exists in the
 * repository and is supported for at least a year, those with long-term support first; if there is none, the
 * newest one that is supported on that day, judged by the same notice and support; or NULL. *or_later is set
 * if still newer releases are as good.
 */
SHELFLIFE_API const struct shelflife_row *shelflife_match_replacement(const struct shelflife_catalogs *set,
                                                                      const struct shelflife_match *match,
                                                                      shelflife_day at, int32_t notice,
                                                                      bool extended, bool *or_later);

/* Compares versions: digits as numbers, all else by byte. Returns <0, 0 or >0. */
SHELFLIFE_API int shelflife_version_compare(struct shelflife_str a, struct shelflife_str b);

SHELFLIFE_END_DECLS

#endif
