/*
 * A policy says what to do about each phase: for which images and namespaces, and from which day on. It is a
 * YAML or JSON file of kind Policy; policies/policy.schema.json describes the format, and
 * policies/default.yaml explains it with examples. A policy does not change once it is read, and any number
 * of threads may use it.
 *
 * An image is judged in these steps: the policy's mirrors map its name; the catalogs resolve it, with what
 * its configuration says, if an inventory has it and the policy does not ignore it; each match gets a phase
 * and an action, where overrides by image count more than those by product, and those more than those by
 * catalog; the strictest action is taken; an exception that applies allows the image. The mode of a
 * namespace, and the exemptions for updates and existing workloads, are applied by admission.h afterwards.
 *
 * Image patterns of overrides are compared with the reference as it is written, with the policy's mirrors
 * applied, and with those of the catalogs applied as well. Under a name that is not the written one, an
 * override can only make settings stricter. Exceptions apply to the written reference only. All patterns
 * together take time proportional to the length of the reference.
 */
#ifndef SHELFLIFE_POLICY_H
#define SHELFLIFE_POLICY_H

#include "shelflife/buffer.h"
#include "shelflife/catalog.h"
#include "shelflife/inventory.h"
#include "shelflife/workload.h"

SHELFLIFE_BEGIN_DECLS

/* What is done about an image, from mildest to strictest. */
enum shelflife_action { SHELFLIFE_ALLOW, SHELFLIFE_WARN, SHELFLIFE_DENY };
/* The names in the order of the enum, NULL at the end. */
SHELFLIFE_API extern const char *const shelflife_action_names[];
SHELFLIFE_API const char *shelflife_action_name(enum shelflife_action action);

/* How a namespace applies the actions, from loosest to strictest. */
enum shelflife_mode {
    SHELFLIFE_MODE_OFF,     /* images are not judged */
    SHELFLIFE_MODE_AUDIT,   /* findings go to log, metrics and audit annotations only */
    SHELFLIFE_MODE_WARN,    /* deny becomes warn */
    SHELFLIFE_MODE_ENFORCE, /* actions are applied as they are */
    SHELFLIFE_MODE_POLICY,  /* as a request's mode: what the policy says about the namespace */
};
/* The names in the order of the enum, NULL at the end. */
SHELFLIFE_API extern const char *const shelflife_mode_names[];
SHELFLIFE_API const char *shelflife_mode_name(enum shelflife_mode mode);
/* Parses all modes except "policy". */
SHELFLIFE_API bool shelflife_mode_parse(struct shelflife_str text, enum shelflife_mode *mode);

struct shelflife_policy;

/* Reads a policy. Errors name `origin`, the file or URL, the line and column, and the JSON path. */
SHELFLIFE_API struct shelflife_policy *shelflife_policy_read(struct shelflife_str bytes, const char *origin,
                                                             struct shelflife_error *err);

/* The same, but a mistake does not end it: `report` is called for each, in the order in which the policy is
   read, for at most SHELFLIFE_POLICY_MISTAKES_MAX. Returns NULL if there was any; then *err is one of them.
   With another failure, such as a text that is not YAML, *err is that, and it was not reported. `report` may
   be NULL. */
enum { SHELFLIFE_POLICY_MISTAKES_MAX = 100 };
SHELFLIFE_API struct shelflife_policy *shelflife_policy_check(
    struct shelflife_str bytes, const char *origin,
    void (*report)(void *context, const struct shelflife_error *mistake), void *context,
    struct shelflife_error *err);

/* Reads the built-in policy, policies/default.yaml, which is embedded in the library. */
SHELFLIFE_API struct shelflife_policy *shelflife_policy_default(struct shelflife_error *err);
SHELFLIFE_API void shelflife_policy_free(struct shelflife_policy *policy);

/* The bytes that the policy was read from, for example to compute a digest. */
SHELFLIFE_API struct shelflife_str shelflife_policy_bytes(const struct shelflife_policy *policy);

/* Where images are in objects: the built-in shapes and those of the policy. */
SHELFLIFE_API const struct shelflife_shapes *shelflife_policy_shapes(const struct shelflife_policy *policy);

/* The mode for a namespace. `path` is the mode that the request's path asks for; with SHELFLIFE_MODE_POLICY
   the policy's mode for the namespace applies. The policy's floor for the namespace can make the mode
   stricter. Objects without a namespace get the policy's default mode. */
SHELFLIFE_API enum shelflife_mode shelflife_policy_mode(const struct shelflife_policy *policy,
                                                        struct shelflife_str namespace_name,
                                                        enum shelflife_mode path);

/* Applies a mode to an action: with WARN deny becomes warn, with AUDIT and OFF everything is allowed. */
SHELFLIFE_API enum shelflife_action shelflife_mode_soften(enum shelflife_mode mode,
                                                          enum shelflife_action action);

/* Whether the policy trusts `user` as a controller of owners of this API group and kind. */
SHELFLIFE_API bool shelflife_policy_trusts(const struct shelflife_policy *policy, struct shelflife_str user,
                                           struct shelflife_str owner_group, struct shelflife_str owner_kind);

/*
 * Whether `existingWorkloads: keep` applies to an object that `user` creates for an owner of this API group
 * and kind: the policy trusts this user as a controller of this kind. Always false with `existingWorkloads:
 * enforce`.
 */
SHELFLIFE_API bool shelflife_policy_keeps(const struct shelflife_policy *policy, struct shelflife_str user,
                                          struct shelflife_str owner_group, struct shelflife_str owner_kind);

/* Whether the policy trusts this user as a controller of any kind. Controllers get no warnings, as no person
 * reads them. */
SHELFLIFE_API bool shelflife_policy_is_controller(const struct shelflife_policy *policy,
                                                  struct shelflife_str user);

/* An exception of the policy. */
struct shelflife_exception {
    struct shelflife_str owner, reason;
    shelflife_day until;
    struct shelflife_str path; /* "exceptions[2]" */
};

struct shelflife_judged_match {
    const struct shelflife_match *match;
    enum shelflife_phase phase;
    enum shelflife_action action; /* before enforceFrom, onStale and exceptions */
    int32_t notice;               /* in days, with overrides applied */
    bool extended;                /* extended support counts for this match */
};

/* Conditions besides the phase that the policy has an action for, and that the image meets. */
enum {
    SHELFLIFE_BECAUSE_OUTDATED = 1,
    SHELFLIFE_BECAUSE_UNVERIFIED = 2,
    SHELFLIFE_BECAUSE_UNRESOLVED = 4, /* only the base system is known */
    SHELFLIFE_BECAUSE_CONTRADICTED = 8,
    SHELFLIFE_BECAUSE_BUILD_AGE = 16, /* its base system's packages are older than maxBuildAge, and nothing
                                         else is wrong with it */
};

/* What an inventory has about an image that is judged. Strings that an inventory owns are valid as long as
   it. */
struct shelflife_inspected {
    struct shelflife_str digest;                 /* that the configuration was found by */
    struct shelflife_str platform;               /* "linux/amd64" */
    struct shelflife_str base_name, base_digest; /* as annotated, which is a hint; or absent */
    shelflife_day on;                            /* the day of the inspection */
    shelflife_day snapshot; /* of the base system's packages, or NONE: as the configuration says, or else that
                               of the base image, if the inventory has it */
    bool by_tag;   /* the reference has a tag only: this is the digest it had when it was seen last */
    bool outdated; /* its publisher has published a newer build */
};

/* Where the release of an image is known from. */
enum shelflife_known {
    SHELFLIFE_KNOWN_BY_NAME,       /* its reference */
    SHELFLIFE_KNOWN_BY_INSPECTION, /* its configuration, at least in part */
    SHELFLIFE_KNOWN_BY_NOTHING,    /* it is not known */
};
enum { SHELFLIFE_KNOWNS = SHELFLIFE_KNOWN_BY_NOTHING + 1 };

/* The names in the order of the enum, NULL at the end: "name", "inspection", "nothing". */
SHELFLIFE_API extern const char *const shelflife_known_names[];

/* The verdict about an image in a namespace on a day. It points into the arena, the catalogs and the
   inventory, except `image`, which is the caller's string. */
struct shelflife_verdict {
    struct shelflife_str image;           /* as written */
    struct shelflife_reference reference; /* absent if `invalid` is set */
    const char *invalid;                  /* why it is not a reference, or NULL. If something replaces the
                                             text with a reference (reference.h), the phase is unresolved, or
                                             that of the matches that hold for each tag of the repository */
    struct shelflife_resolution resolution;
    /* Those of the resolution that count on this day. Worst first: by action, then by phase, then by date,
       the earlier first. Overrides can give a milder phase the stricter action. Messages about the image are
       about the first match. */
    const struct shelflife_judged_match *matches;
    size_t match_count;
    shelflife_day at;             /* the day it was judged for */
    enum shelflife_phase phase;   /* the worst phase among the matches; at best unresolved if the product of
                                     the repository is known, and its release is not */
    enum shelflife_action action; /* after overrides, enforceFrom, onStale and exceptions */
    bool outdated;                /* one of the matches is, or its publisher has published a newer build */
    bool unverified;              /* its tag names the release, and neither a catalog nor an inspection says
                                     that the digest has it, too */
    bool contradicted; /* its configuration names another release than the reference, and is believed */
    enum shelflife_known known;
    unsigned because;                            /* SHELFLIFE_BECAUSE_… */
    const struct shelflife_inspected *inspected; /* NULL: not in the inventory, or the policy ignores that */
    bool stale; /* the catalog of the worst match, or that covers the image, is older than maxAge */
    shelflife_day announced; /* the action will be deny from this day on (enforceFrom), or NONE */
    const struct shelflife_exception *exception; /* the exception that allows it, or NULL */
    const struct shelflife_row *replacement;     /* the release to move to, for the worst match; or NULL */
    struct shelflife_str moved_to;               /* the repository in which the images are now, or absent */
    bool or_later;                               /* releases newer than the replacement are supported, too */
};

/* The policy's mirrors. */
SHELFLIFE_API const struct shelflife_mirror *shelflife_policy_mirrors(const struct shelflife_policy *policy,
                                                                      size_t *count);

/* Applies the policy's mirrors to an image's name: replaces the longest prefix that a mirror has. *out is the
   name to resolve; it is `name` itself if no mirror applies. */
SHELFLIFE_API bool shelflife_policy_map(const struct shelflife_policy *policy, struct shelflife_str name,
                                        struct shelflife_arena *arena, struct shelflife_str *out,
                                        struct shelflife_error *err);

/* Judges an image. `inventory` may be NULL. Fails only if the catalogs are not finished, or if memory or the
 * arena's limit runs out.
 */
SHELFLIFE_API bool shelflife_policy_judge(const struct shelflife_policy *policy,
                                          const struct shelflife_catalogs *catalogs,
                                          const struct shelflife_inventory *inventory,
                                          struct shelflife_str image, struct shelflife_str namespace_name,
                                          shelflife_day at, struct shelflife_arena *arena,
                                          struct shelflife_verdict *out, struct shelflife_error *err);

/* The same for an image that a kubelet runs exactly as it is written. What looks like a parameter is replaced
   by nothing then, so the phase is invalid, not unresolved. */
SHELFLIFE_API bool shelflife_policy_judge_as_written(
    const struct shelflife_policy *policy, const struct shelflife_catalogs *catalogs,
    const struct shelflife_inventory *inventory, struct shelflife_str image,
    struct shelflife_str namespace_name, shelflife_day at, struct shelflife_arena *arena,
    struct shelflife_verdict *out, struct shelflife_error *err);

/* The same for an image that runs: `digest` is what the container runtime says it runs. If the inventory has
   it, that counts, and not what it has about the reference. */
SHELFLIFE_API bool shelflife_policy_judge_running(const struct shelflife_policy *policy,
                                                  const struct shelflife_catalogs *catalogs,
                                                  const struct shelflife_inventory *inventory,
                                                  struct shelflife_str image, struct shelflife_str digest,
                                                  struct shelflife_str namespace_name, shelflife_day at,
                                                  struct shelflife_arena *arena,
                                                  struct shelflife_verdict *out, struct shelflife_error *err);

/* The verdict about an image that could not be found out, for the reason `why`: unresolved, whatever its text
   looks like. It has no name, so that only overrides and exceptions for all images apply. */
SHELFLIFE_API bool shelflife_policy_judge_unresolved(const struct shelflife_policy *policy,
                                                     struct shelflife_str image, struct shelflife_str why,
                                                     struct shelflife_str namespace_name, shelflife_day at,
                                                     struct shelflife_arena *arena,
                                                     struct shelflife_verdict *out,
                                                     struct shelflife_error *err);

/* Whether the policy lets an image in a namespace be inspected, and uses what is found. False for what is not
   a reference. */
SHELFLIFE_API bool shelflife_policy_inspects(const struct shelflife_policy *policy,
                                             const struct shelflife_catalogs *catalogs,
                                             struct shelflife_str image, struct shelflife_str namespace_name,
                                             struct shelflife_arena *arena, bool *inspects,
                                             struct shelflife_error *err);

/*
 * Appends a verdict as one line: "python:3.8-slim-bookworm: Python 3.8 is past end of patch since 2024-10-07;
 * move to Python 3.12 or later; and 1 more finding". The other findings are matches that are not supported or
 * whose action is not to allow them. Writes at most `max` bytes: it cuts the image's name in the middle,
 * never the date. The line has no control or format characters (Unicode categories Cc and Cf).
 */
SHELFLIFE_API void shelflife_verdict_describe(const struct shelflife_verdict *verdict, size_t max,
                                              struct shelflife_buffer *out);

/* Appends what to move to, at most 256 bytes: "Python 3.12 or later". Nothing if the image's release is
   supported, or if there is nothing to move to. */
SHELFLIFE_API void shelflife_verdict_describe_replacement(const struct shelflife_verdict *verdict,
                                                          struct shelflife_buffer *out);

/*
 * Lists the catalogs and products that the policy's overrides name and that the set does not have, as one
 * line each: overrides[2].products[0]: no catalog has a product "tensorflo". Such an override has no effect;
 * it is not an error, as the catalog may be added later. Writes at most `max` lines, and one more with the
 * number of those left out.
 */
SHELFLIFE_API bool shelflife_policy_unmatched(const struct shelflife_policy *policy,
                                              const struct shelflife_catalogs *catalogs, size_t max,
                                              struct shelflife_arena *arena,
                                              const struct shelflife_str **lines, size_t *count,
                                              struct shelflife_error *err);

/* The same for the text of a policy, which may have mistakes: what shelflife_policy_check() reports is not
 * repeated. Each line begins with `origin`, line and column. Exceptions that ended before the day `at` have
 * lines, too. */
SHELFLIFE_API bool shelflife_policy_without_effect(struct shelflife_str bytes, const char *origin,
                                                   const struct shelflife_catalogs *catalogs,
                                                   shelflife_day at, size_t max,
                                                   struct shelflife_arena *arena,
                                                   const struct shelflife_str **lines, size_t *count,
                                                   struct shelflife_error *err);

/* ---- For audits, which judge many objects and days ---- */

/* The labels and annotations that name the owner of an object, in order of preference, as fields for
   shelflife_shapes_new(): metadata.labels["team"]. */
SHELFLIFE_API const struct shelflife_str *shelflife_policy_owners(const struct shelflife_policy *policy,
                                                                  size_t *count);

/* The shapes that the policy adds to the built-in ones. */
SHELFLIFE_API const struct shelflife_shape *shelflife_policy_own_shapes(const struct shelflife_policy *policy,
                                                                        size_t *count);

/* The age in days from which on a catalog is stale. */
SHELFLIFE_API int32_t shelflife_policy_max_age(const struct shelflife_policy *policy);

/* Whether `existingWorkloads: keep` applies to Pods that any trusted controller creates for an owner of this
 * kind. */
SHELFLIFE_API bool shelflife_policy_keeps_pods_of(const struct shelflife_policy *policy,
                                                  struct shelflife_str owner_group,
                                                  struct shelflife_str owner_kind);

/* Appends a key for the namespace. Namespaces with equal keys have the same verdicts about all images. */
SHELFLIFE_API void shelflife_policy_namespace_class(const struct shelflife_policy *policy,
                                                    struct shelflife_str namespace_name,
                                                    struct shelflife_buffer *out);

/* Lists the days after verdict->at on which the verdict can change, in ascending order. Between them it does
 * not. */
SHELFLIFE_API bool shelflife_policy_horizon(const struct shelflife_policy *policy,
                                            const struct shelflife_verdict *verdict,
                                            struct shelflife_arena *arena, const shelflife_day **days,
                                            size_t *count, struct shelflife_error *err);

SHELFLIFE_END_DECLS

#endif
