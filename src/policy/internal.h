/*
 * A policy in memory: what policies/policy.schema.json describes, checked and compiled.
 */
#ifndef SHELFLIFE_POLICY_INTERNAL_H
#define SHELFLIFE_POLICY_INTERNAL_H

#include "base/base.h"
#include "policy/glob.h"
#include "shelflife/policy.h"
#include "json/document.h"

/* The conditions that a policy has actions for: the phases, and after them some flags. */
enum {
    POLICY_ACTION_OUTDATED = SHELFLIFE_PHASES,
    POLICY_ACTION_UNVERIFIED,
    POLICY_ACTION_CONTRADICTED,
    POLICY_ACTION_CONDITIONS
};

enum policy_setting {
    POLICY_SETTING_NOTICE = POLICY_ACTION_CONDITIONS, /* the values before it are actions */
    POLICY_SETTING_DENY_AFTER,
    POLICY_SETTING_ENFORCE_FROM,
    POLICY_SETTING_BASES,
    POLICY_SETTING_SUPPORT,
    POLICY_SETTING_MAX_BUILD_AGE,
    POLICY_SETTING_INSPECTION,
    POLICY_SETTINGS,
};

enum { POLICY_NEVER = -1 }; /* for denyAfter and maxBuildAge */
enum { POLICY_INSPECTION_USE, POLICY_INSPECTION_IGNORE };

/*
 * What an override can change, by enum policy_setting: an action, a number of days (or POLICY_NEVER), a day
 * (or SHELFLIFE_DAY_NONE), whether extended support counts, or POLICY_INSPECTION_….
 */
struct policy_settings {
    int32_t value[POLICY_SETTINGS];
};

/* What an override applies to, from the least to the most specific. */
enum policy_level { POLICY_LEVEL_ALL, POLICY_LEVEL_CATALOG, POLICY_LEVEL_PRODUCT, POLICY_LEVEL_IMAGE };

struct policy_product_name {
    str catalog; /* absent: any catalog */
    str product; /* absent: any product of the catalog */
};

struct policy_override {
    size_t index; /* its position in the file */
    enum policy_level level;
    size_t images;                              /* a list of image patterns */
    const struct policy_product_name *products; /* POLICY_LEVEL_PRODUCT and POLICY_LEVEL_CATALOG */
    size_t product_count;
    size_t namespaces; /* a list of namespace patterns */
    uint32_t given;    /* bit i: settings.value[i] is set here */
    struct policy_settings settings;
};

struct policy_exception {
    struct shelflife_exception exception;
    size_t images, namespaces; /* lists of patterns */
};

struct policy_namespace_rule {
    size_t names; /* a list of namespace patterns */
    bool has_mode, has_floor;
    enum shelflife_mode mode, floor;
};

struct policy_trust {
    str user, group, kind;
};

enum { POLICY_OWNERS_MAX = 16 };

struct shelflife_policy {
    arena arena;                         /* of the members below */
    struct shelflife_document *document; /* of the strings */
    str bytes;
    struct shelflife_shapes *shapes;
    const struct shelflife_shape *own_shapes;
    size_t own_shape_count;
    str owners[POLICY_OWNERS_MAX]; /* paths of labels and annotations */
    size_t owner_count;
    struct policy_settings settings;
    struct shelflife_policy_globs images, namespaces; /* the patterns for each */
    int32_t max_age;
    bool stale_warns, keep;
    bool chooses_inspection; /* an override has `inspection` */
    enum shelflife_mode mode;
    const struct policy_namespace_rule *rules;
    size_t rule_count;
    const struct policy_override *overrides; /* in ascending precedence */
    size_t override_count;
    const struct policy_exception *exceptions;
    size_t exception_count;
    const struct shelflife_mirror *mirrors;
    size_t mirror_count;
    const struct policy_trust *trusted;
    size_t trusted_count;
};

/* Finds the lists of namespace patterns that a namespace matches. */
void shelflife_policy_namespace_lists(const struct shelflife_policy *policy, str namespace,
                                      uint64_t lists[SHELFLIFE_POLICY_GLOB_LIST_WORDS_MAX]);

/* Check and normalize the texts of a policy, with errors about `node` (validate.c). */
bool shelflife_policy_validate_image_pattern(struct node node, str pattern, error *err);
bool shelflife_policy_validate_namespace_pattern(struct node node, str pattern, error *err);
bool shelflife_policy_validate_namespace(struct node node, str name, error *err);
bool shelflife_policy_validate_product(struct node node, str text, bool catalog_only,
                                       struct policy_product_name *out, error *err);
bool shelflife_policy_validate_prefix(struct node node, str text, arena *a, str *out, error *err);

/* Reads `owners`, the labels and annotations that name the owner of an object. */
bool shelflife_policy_read_owners(struct shelflife_policy *policy, const struct node *root, error *err);

/* A preset of trusted controllers. */
struct policy_preset {
    const struct policy_trust *at;
    size_t count;
    bool accounts; /* `user` is the name of a service account, in a namespace that the policy names */
};

const char *const *shelflife_policy_preset_names(size_t *count);
const struct policy_preset *shelflife_policy_preset(size_t preset);

#endif
