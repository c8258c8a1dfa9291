/*
 * A policy as it is held in memory: what policies/policy.schema.json describes, checked and compiled.
 */
#ifndef SHELFLIFE_POLICY_RULES_H
#define SHELFLIFE_POLICY_RULES_H

#include "base/base.h"
#include "policy/glob.h"
#include "shelflife/policy.h"
#include "json/document.h"

/* Conditions of an image that policy has an action for: the phases, and two flags behind them. */
enum { ACTION_OUTDATED = SHELFLIFE_PHASES, ACTION_UNVERIFIED, ACTION_CONDITIONS };

enum setting {
    SETTING_NOTICE = ACTION_CONDITIONS, /* below: an action each */
    SETTING_DENY_AFTER,
    SETTING_ENFORCE_FROM,
    SETTING_BASES,
    SETTING_SUPPORT,
    SETTINGS,
};

enum { DENY_AFTER_NEVER = -1 };

/*
 * All that an override can change, by enum setting: an action, days (DENY_AFTER_NEVER), a day
 * (SHELFLIFE_DAY_NONE), or whether extended support counts.
 */
struct settings {
    int32_t value[SETTINGS];
};

struct globs {
    const struct shelflife_glob *at;
    size_t count; /* 0: the entry is for all */
};

/* What an override is about, from the least to the most particular. */
enum level { LEVEL_ALL, LEVEL_CATALOG, LEVEL_PRODUCT, LEVEL_IMAGE };

struct product_name {
    str catalog; /* absent: of any */
    str product; /* absent: any of the catalog */
};

struct override {
    size_t index; /* as written */
    enum level level;
    struct globs images;                 /* LEVEL_IMAGE */
    const struct product_name *products; /* LEVEL_PRODUCT and LEVEL_CATALOG */
    size_t product_count;
    struct globs namespaces;
    uint32_t given; /* bit i: settings.value[i] is set here */
    struct settings settings;
};

struct waiver {
    struct shelflife_exception exception;
    struct globs images, namespaces;
};

struct namespace_rule {
    struct globs names;
    bool has_mode, has_floor;
    enum shelflife_mode mode, floor;
};

struct mirror {
    str from, to; /* normalized; both end in "/" */
};

struct trust {
    str user, group, kind;
};

enum { OWNERS_MAX = 16 };

struct shelflife_policy {
    arena arena;                         /* of all below */
    struct shelflife_document *document; /* of the strings */
    str bytes;
    struct shelflife_shapes *shapes;
    const struct shelflife_shape *own_shapes;
    size_t own_shape_count;
    str owners[OWNERS_MAX]; /* paths of labels and annotations */
    size_t owner_count;
    struct settings settings;
    int32_t max_age;
    bool stale_warns, keep;
    enum shelflife_mode mode;
    const struct namespace_rule *namespaces;
    size_t namespace_count;
    const struct override *overrides; /* by precedence: what comes later counts more */
    size_t override_count;
    const struct waiver *waivers;
    size_t waiver_count;
    const struct mirror *mirrors;
    size_t mirror_count;
    const struct trust *trusted;
    size_t trusted_count;
};

/* Whether one of the patterns matches, or there are none. An absent namespace matches no pattern. */
bool shelflife_globs_match(const struct globs *globs, str text);

/* The name by which catalogs know an image: the user's mirrors applied, once, the longest prefix. */
bool shelflife_policy_map(const struct shelflife_policy *policy, str name, arena *a,
                          str *out) SHELFLIFE_MUST_CHECK;

/* Checks and normalizes what a policy says of images, with errors about `node`; see check.c. */
bool shelflife_check_image_pattern(struct node node, str pattern, error *err);
bool shelflife_check_namespace_pattern(struct node node, str pattern, error *err);
bool shelflife_check_product(struct node node, str text, bool catalog_only, struct product_name *out,
                             error *err);
bool shelflife_check_prefix(struct node node, str text, arena *a, str *out, error *err);

/* Reads `owners`: which labels and annotations say who answers for an object. */
bool shelflife_policy_read_owners(struct shelflife_policy *policy, const struct node *root, error *err);

/* The presets of trusted controllers: their names, and the pairs of the one at an index. */
const char *const *shelflife_preset_names(size_t *count);
const struct trust *shelflife_preset(size_t preset, size_t *count);

#endif
