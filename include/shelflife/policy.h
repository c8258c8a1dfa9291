/*
 * Policy: what is done about a phase, for whom, from when. One YAML or JSON file of kind Policy,
 * described by policies/policy.schema.json and, with comments, by policies/default.yaml. Immutable once
 * read.
 *
 * Judging an image: mirrors map its name, the catalogs resolve it, every match gets a phase and an action
 * (image pattern over product over catalog over default), the strictest action counts, and an exception
 * that holds comes last. What a namespace's mode, an UPDATE or an existing workload soften is not part of
 * an image's own verdict: see admission.h.
 */
#ifndef SHELFLIFE_POLICY_H
#define SHELFLIFE_POLICY_H

#include "shelflife/buffer.h"
#include "shelflife/catalog.h"
#include "shelflife/workload.h"

SHELFLIFE_BEGIN_DECLS

/* What is done, from the mildest to the strictest. */
enum shelflife_action { SHELFLIFE_ALLOW, SHELFLIFE_WARN, SHELFLIFE_DENY };
SHELFLIFE_API const char *shelflife_action_name(enum shelflife_action action);

/* How a namespace takes it, from the loosest to the tightest. */
enum shelflife_mode {
    SHELFLIFE_MODE_OFF,     /* not judged */
    SHELFLIFE_MODE_AUDIT,   /* nobody is told but log, metrics and audit annotations */
    SHELFLIFE_MODE_WARN,    /* deny becomes warn */
    SHELFLIFE_MODE_ENFORCE, /* as is */
    SHELFLIFE_MODE_POLICY,  /* not given by the path: the policy's own mode for the namespace */
};
SHELFLIFE_API const char *shelflife_mode_name(enum shelflife_mode mode);
SHELFLIFE_API bool shelflife_mode_parse(struct shelflife_str text, enum shelflife_mode *mode);

struct shelflife_policy;

/* Reads a policy. An error names `origin`, the JSON path, and what would be right. */
SHELFLIFE_API struct shelflife_policy *shelflife_policy_read(struct shelflife_str bytes, const char *origin,
                                                             struct shelflife_error *err);

/* The built-in default policy (policies/default.yaml, embedded). */
SHELFLIFE_API struct shelflife_policy *shelflife_policy_default(struct shelflife_error *err);
SHELFLIFE_API void shelflife_policy_free(struct shelflife_policy *policy);

/* The bytes it was read from, for a digest. */
SHELFLIFE_API struct shelflife_str shelflife_policy_bytes(const struct shelflife_policy *policy);

/* Where images are: the built-in shapes and the policy's own. */
SHELFLIFE_API const struct shelflife_shapes *shelflife_policy_shapes(const struct shelflife_policy *policy);

/* The mode for a namespace: the path's (or with MODE_POLICY the policy's own), tightened to the floor that
   the policy sets for the namespace by name. An absent namespace has the default mode. */
SHELFLIFE_API enum shelflife_mode shelflife_policy_mode(const struct shelflife_policy *policy,
                                                        struct shelflife_str namespace_name,
                                                        enum shelflife_mode path);

/* What of an action a mode lets through: with WARN deny becomes warn; with AUDIT and OFF all is allowed. */
SHELFLIFE_API enum shelflife_action shelflife_mode_soften(enum shelflife_mode mode,
                                                          enum shelflife_action action);

/*
 * Whether `existingWorkloads: keep` holds for this creator: a trusted controller, by user name, for an
 * object controlled by an owner of this kind. Always false with `enforce`. owner_group is the API group of
 * the owner's apiVersion.
 */
SHELFLIFE_API bool shelflife_policy_keeps(const struct shelflife_policy *policy, struct shelflife_str user,
                                          struct shelflife_str owner_group, struct shelflife_str owner_kind);

/* Whether this user is a controller (trusted, whatever existingWorkloads says): people are warned, these
   are not. */
SHELFLIFE_API bool shelflife_policy_is_controller(const struct shelflife_policy *policy,
                                                  struct shelflife_str user);

/* An exception as written. */
struct shelflife_exception {
    struct shelflife_str owner, reason;
    shelflife_day until;
    struct shelflife_str path; /* "exceptions[2]" */
};

struct shelflife_judged_match {
    const struct shelflife_match *match;
    enum shelflife_phase phase;
    enum shelflife_action action; /* before enforceFrom, staleness and exceptions */
    int32_t notice;               /* days, as overridden for this match */
    bool extended;                /* extended support counts for this match */
};

/* What, besides phases, policy has an action other than allow for, and found. */
enum {
    SHELFLIFE_BECAUSE_OUTDATED = 1,
    SHELFLIFE_BECAUSE_UNVERIFIED = 2,
    SHELFLIFE_BECAUSE_UNRESOLVED = 4, /* only the base system could be told */
};

/* What is to be said of one image in one namespace on one day. All of it is the arena's, but for `image`,
   which is the caller's string. */
struct shelflife_verdict {
    struct shelflife_str image;           /* as written */
    struct shelflife_reference reference; /* all absent if the phase is invalid */
    const char *invalid;                  /* why it is no reference; else NULL */
    struct shelflife_resolution resolution;
    /* Worst first: by what is done about them (overrides may make a milder phase the worse match), by
       phase, then by date, the earlier first. A line about the image speaks of the first. */
    const struct shelflife_judged_match *matches;
    size_t match_count;
    shelflife_day at;             /* the day judged for */
    enum shelflife_phase phase;   /* the worst of the matches' */
    enum shelflife_action action; /* after overrides, enforceFrom, staleness and exceptions */
    bool outdated;                /* some match is */
    bool unverified;
    unsigned because;        /* SHELFLIFE_BECAUSE_… */
    bool stale;              /* the catalog of the worst match (or covering it) is past maxAge */
    shelflife_day announced; /* not NONE: action would be deny from this day on (enforceFrom) */
    const struct shelflife_exception *exception; /* that waived it, or NULL */
    const struct shelflife_row *replacement;     /* for the worst match, or NULL */
    bool or_later;
};

/* Maps an image's name through the policy's mirrors: the longest prefix that matches is replaced, once. *out
   is the name by which the catalogs know the image, which is `name` itself if no mirror matches. */
SHELFLIFE_API bool shelflife_policy_map(const struct shelflife_policy *policy, struct shelflife_str name,
                                        struct shelflife_arena *arena, struct shelflife_str *out,
                                        struct shelflife_error *err);

/* Judges an image. False only if the arena's limit or memory ran out. */
SHELFLIFE_API bool shelflife_policy_judge(const struct shelflife_policy *policy,
                                          const struct shelflife_catalogs *catalogs,
                                          struct shelflife_str image, struct shelflife_str namespace_name,
                                          shelflife_day at, struct shelflife_arena *arena,
                                          struct shelflife_verdict *out, struct shelflife_error *err);

/*
 * One line about a verdict, without the container: "python:3.8-slim-bookworm: Python 3.8 is past end of
 * patch since 2024-10-07; move to 3.11 or later (+1)". At most `max` bytes: cut in the image name's middle
 * with "…", never in the date. No control or format characters (Unicode Cc, Cf), whatever the input.
 */
SHELFLIFE_API void shelflife_verdict_describe(const struct shelflife_verdict *verdict, size_t max,
                                              struct shelflife_buffer *out);

/*
 * Catalogs and products that overrides name and no catalog of the set has: such an override does nothing,
 * which its writer wants to hear, though it is no error, since a catalog may come later. A line for each, at
 * most `max`, and one more if there are more: overrides[2].products[0]: no catalog has a product "tensorflo".
 */
SHELFLIFE_API bool shelflife_policy_unmatched(const struct shelflife_policy *policy,
                                              const struct shelflife_catalogs *catalogs, size_t max,
                                              struct shelflife_arena *arena,
                                              const struct shelflife_str **lines, size_t *count,
                                              struct shelflife_error *err);

/* ---- For audits ---- */

/* The labels and annotations that say who answers for an object, in the order to ask, as fields for
   shelflife_shapes_new(): metadata.labels["team"]. */
SHELFLIFE_API const struct shelflife_str *shelflife_policy_owners(const struct shelflife_policy *policy,
                                                                  size_t *count);

/* The policy's own shapes, as written. */
SHELFLIFE_API const struct shelflife_shape *shelflife_policy_own_shapes(const struct shelflife_policy *policy,
                                                                        size_t *count);

/* In days: an older catalog is stale. */
SHELFLIFE_API int32_t shelflife_policy_max_age(const struct shelflife_policy *policy);

/* Whether `existingWorkloads: keep` holds for Pods that some trusted controller makes for an owner of this
   kind. */
SHELFLIFE_API bool shelflife_policy_keeps_pods_of(const struct shelflife_policy *policy,
                                                  struct shelflife_str owner_group,
                                                  struct shelflife_str owner_kind);

/* Appends a text that is the same for namespaces in which every image has the same verdict. */
SHELFLIFE_API void shelflife_policy_namespace_class(const struct shelflife_policy *policy,
                                                    struct shelflife_str namespace_name,
                                                    struct shelflife_buffer *out);

/* The days after verdict->at on which the verdict may be another, in order. Between them it is the same. */
SHELFLIFE_API bool shelflife_policy_horizon(const struct shelflife_policy *policy,
                                            const struct shelflife_verdict *verdict,
                                            struct shelflife_arena *arena, const shelflife_day **days,
                                            size_t *count, struct shelflife_error *err);

SHELFLIFE_END_DECLS

#endif
