#include "policy/internal.h"

/* Patterns of one kind, as they are read. */
struct patterns {
    const char *what;
    bool (*check)(struct node, str, error *);
    struct shelflife_policy_glob *at;
    size_t count, capacity, states, lists;
};

/* The state while a policy is read. */
struct reader {
    struct shelflife_policy *policy;
    error *err;
    struct patterns images, namespaces;
    /* For shelflife_policy_check(): reading goes on after a mistake, as far as the rest does not depend on
     * it. */
    void (*report)(void *context, const error *mistake);
    void *context;
    size_t mistakes;
};

static const struct policy_settings default_settings = {
    .value = {
        [SHELFLIFE_PHASE_SUPPORTED] = SHELFLIFE_ALLOW,
        [SHELFLIFE_PHASE_UNLISTED] = SHELFLIFE_ALLOW,
        [SHELFLIFE_PHASE_UNRESOLVED] = SHELFLIFE_ALLOW,
        [SHELFLIFE_PHASE_INVALID] = SHELFLIFE_WARN,
        [SHELFLIFE_PHASE_ENDING] = SHELFLIFE_WARN,
        [SHELFLIFE_PHASE_UNPATCHED] = SHELFLIFE_WARN,
        [SHELFLIFE_PHASE_UNAVAILABLE] = SHELFLIFE_DENY,
        [POLICY_ACTION_OUTDATED] = SHELFLIFE_ALLOW,
        [POLICY_ACTION_UNVERIFIED] = SHELFLIFE_ALLOW,
        [POLICY_ACTION_CONTRADICTED] = SHELFLIFE_ALLOW,
        [POLICY_SETTING_NOTICE] = 90,
        [POLICY_SETTING_DENY_AFTER] = POLICY_NEVER,
        [POLICY_SETTING_ENFORCE_FROM] = SHELFLIFE_DAY_NONE,
        [POLICY_SETTING_BASES] = SHELFLIFE_DENY,
        [POLICY_SETTING_SUPPORT] = false,
        [POLICY_SETTING_MAX_BUILD_AGE] = POLICY_NEVER,
        [POLICY_SETTING_INSPECTION] = POLICY_INSPECTION_USE,
    }};

static const char *const support_words[] = {"standard", "extended"};
static const char *const inspection_words[] = {"use", "ignore"};
static const char *const stale_words[] = {"keep", "warn"};
static const char *const existing_words[] = {"enforce", "keep"};

static void *allocate(struct reader *r, size_t count, size_t size)
{
    void *p = shelflife_arena_array(&r->policy->arena, count, size);
    if (!p)
        shelflife_arena_fail(&r->policy->arena, r->err);
    return p;
}

/* Whether reading can go on: nothing is wrong, or a mistake that has been reported. */
static bool go_on(struct reader *r, bool ok)
{
    if (ok)
        return true;
    if (!r->report || r->err->kind != SHELFLIFE_ERROR_INPUT || r->mistakes == SHELFLIFE_POLICY_MISTAKES_MAX)
        return false;
    r->report(r->context, r->err);
    return ++r->mistakes < SHELFLIFE_POLICY_MISTAKES_MAX;
}

/* The keys of a map. A wrong one does not stop shelflife_policy_check(). */
static bool check_keys(struct reader *r, struct node map, const char *const *keys, size_t count)
{
    struct node child;
    if (!r->report)
        return shelflife_node_known(map, keys, count, r->err);
    for (size_t i = 0; shelflife_node_at(&map, i, &child); i++)
        if (!go_on(r, shelflife_node_known_key(child, keys, count, r->err)))
            return false;
    return true;
}

/* Finds a required key of a map. The error explains it with `why`. */
static bool need(struct reader *r, const struct node *map, const char *key, const char *why, struct node *out)
{
    return shelflife_node_get(map, key, out) ||
           shelflife_node_fail(*map, r->err, "%s is missing: %s", key, why);
}

static bool need_text(struct reader *r, const struct node *map, const char *key, const char *why, str *out)
{
    struct node node;
    if (!need(r, map, key, why, &node) || !shelflife_node_string(node, out, r->err))
        return false;
    for (size_t i = 0; i < out->len; i++)
        if (!strchr(" \t\r\n", out->at[i]))
            return true;
    return shelflife_node_fail(node, r->err, "must not be blank: %s", why);
}

/* Finds an optional list. Without it, *count is 0. */
static bool list(struct reader *r, const struct node *map, const char *key, struct node *out, size_t *count)
{
    *count = 0;
    if (!shelflife_node_get(map, key, out))
        return true;
    if (!shelflife_node_array(*out, r->err))
        return false;
    *count = shelflife_node_count(*out);
    return true;
}

/* The same for a list that must not be empty, as that could mean both none and all. */
static bool list_of_some(struct reader *r, const struct node *map, const char *key, struct node *out,
                         size_t *count)
{
    if (!list(r, map, key, out, count))
        return false;
    return *count || !shelflife_node_get(map, key, out) ||
           shelflife_node_fail(*out, r->err, "is empty: it must name at least one");
}

static bool word(struct reader *r, struct node node, const char *const *words, size_t count, int32_t *out)
{
    size_t i;
    if (!shelflife_node_word(node, words, count, &i, r->err))
        return false;
    *out = (int32_t)i;
    return true;
}

/* ---- Settings, of the policy and of overrides ---- */

static bool read_actions(struct reader *r, struct node node, struct policy_settings *out, uint32_t *given)
{
    const char *conditions[POLICY_ACTION_CONDITIONS] = {
        [POLICY_ACTION_OUTDATED] = "outdated",
        [POLICY_ACTION_UNVERIFIED] = "unverified",
        [POLICY_ACTION_CONTRADICTED] = "contradicted",
    };
    memcpy(conditions, shelflife_phase_names, SHELFLIFE_PHASES * sizeof(*conditions));
    struct node child;
    if (!shelflife_node_map(node, r->err) || !check_keys(r, node, conditions, COUNT(conditions)))
        return false;
    for (size_t i = 0; i < COUNT(conditions); i++)
        if (shelflife_node_get(&node, conditions[i], &child)) {
            if (!go_on(r, word(r, child, shelflife_action_names, SHELFLIFE_DENY + 1, &out->value[i])))
                return false;
            *given |= UINT32_C(1) << i;
        }
    return true;
}

static bool read_notice(struct reader *r, struct node node, int32_t *out)
{
    return shelflife_node_span(node, out, r->err);
}

static bool read_span_or_never(struct reader *r, struct node node, int32_t *out)
{
    str text;
    *out = POLICY_NEVER;
    return (shelflife_node_string(node, &text, NULL) && shelflife_str_equal(text, STR("never"))) ||
           shelflife_node_span(node, out, r->err);
}

static bool read_enforce_from(struct reader *r, struct node node, int32_t *out)
{
    return shelflife_node_day(node, out, r->err);
}

static bool read_bases(struct reader *r, struct node node, int32_t *out)
{
    return word(r, node, shelflife_action_names, SHELFLIFE_DENY + 1, out);
}

static bool read_support(struct reader *r, struct node node, int32_t *out)
{
    return word(r, node, support_words, COUNT(support_words), out);
}

static bool read_inspection(struct reader *r, struct node node, int32_t *out)
{
    return word(r, node, inspection_words, COUNT(inspection_words), out);
}

static bool read_settings(struct reader *r, struct node map, struct policy_settings *out, uint32_t *given)
{
    static const struct {
        const char *key;
        bool (*read)(struct reader *, struct node, int32_t *);
        enum policy_setting setting;
    } rows[] = {
        {"notice", read_notice, POLICY_SETTING_NOTICE},
        {"denyAfter", read_span_or_never, POLICY_SETTING_DENY_AFTER},
        {"enforceFrom", read_enforce_from, POLICY_SETTING_ENFORCE_FROM},
        {"bases", read_bases, POLICY_SETTING_BASES},
        {"support", read_support, POLICY_SETTING_SUPPORT},
        {"maxBuildAge", read_span_or_never, POLICY_SETTING_MAX_BUILD_AGE},
        {"inspection", read_inspection, POLICY_SETTING_INSPECTION},
    };
    struct node node;
    *given = 0;
    if (shelflife_node_get(&map, "actions", &node) && !go_on(r, read_actions(r, node, out, given)))
        return false;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (shelflife_node_get(&map, rows[i].key, &node)) {
            if (!go_on(r, rows[i].read(r, node, &out->value[rows[i].setting])))
                return false;
            *given |= UINT32_C(1) << rows[i].setting;
        }
    return true;
}

/* ---- Patterns ---- */

/* Adds a pattern to the newest list. */
static bool add_pattern(struct patterns *to, str text, error *err)
{
    if (!shelflife_grow(&to->at, &to->capacity, to->count + 1, sizeof(*to->at)))
        return shelflife_fail_memory(err);
    to->at[to->count++] = (struct shelflife_policy_glob){text, to->lists};
    to->states += shelflife_policy_glob_states(text);
    return true;
}

/* Reads a list of patterns, or SHELFLIFE_POLICY_GLOB_LIST_OF_ALL if there is none. */
static bool read_patterns(struct reader *r, const struct node *map, const char *key, struct patterns *to,
                          size_t *out)
{
    struct node node, child;
    size_t count;
    *out = SHELFLIFE_POLICY_GLOB_LIST_OF_ALL;
    if (!list_of_some(r, map, key, &node, &count))
        return false;
    if (!count)
        return true;
    *out = ++to->lists;
    for (size_t i = 0; i < count; i++) {
        str text;
        shelflife_node_at(&node, i, &child);
        if (!go_on(r, shelflife_node_string(child, &text, r->err) && to->check(child, text, r->err) &&
                          add_pattern(to, text, r->err)))
            return false;
        if (to->states > SHELFLIFE_POLICY_GLOB_STATES_MAX)
            return shelflife_node_fail(child, r->err,
                                       "is one pattern too many: the %s patterns of a policy may have at "
                                       "most %d characters in all (each pattern counts as 1, and 1 more for "
                                       "each character after its first \"*\")",
                                       to->what, SHELFLIFE_POLICY_GLOB_STATES_MAX);
    }
    return true;
}

static bool read_namespaces_of(struct reader *r, const struct node *map, const char *key, size_t *out)
{
    return read_patterns(r, map, key, &r->namespaces, out);
}

static bool read_images_of(struct reader *r, const struct node *map, size_t *out)
{
    return read_patterns(r, map, "images", &r->images, out);
}

static bool compile_patterns(struct reader *r, const struct node *root)
{
    (void)root;
    struct shelflife_policy *policy = r->policy;
    return (shelflife_policy_globs_compile(r->images.at, r->images.count, &policy->arena, &policy->images) &&
            shelflife_policy_globs_compile(r->namespaces.at, r->namespaces.count, &policy->arena,
                                           &policy->namespaces)) ||
           shelflife_arena_fail(&policy->arena, r->err);
}

/* ---- The sections ---- */

static bool read_max_age(struct reader *r, struct node node)
{
    return shelflife_node_span(node, &r->policy->max_age, r->err);
}

static bool read_on_stale(struct reader *r, struct node node)
{
    int32_t i = 0;
    bool ok = word(r, node, stale_words, COUNT(stale_words), &i);
    r->policy->stale_warns = i == 1;
    return ok;
}

static bool read_existing(struct reader *r, struct node node)
{
    int32_t i = 0;
    bool ok = word(r, node, existing_words, COUNT(existing_words), &i);
    r->policy->keep = i == 1;
    return ok;
}

static bool read_mode_word(struct reader *r, struct node node, enum shelflife_mode *out)
{
    int32_t i;
    if (!word(r, node, shelflife_mode_names, SHELFLIFE_MODE_POLICY, &i))
        return false;
    *out = (enum shelflife_mode)i;
    return true;
}

static bool read_mode(struct reader *r, struct node node)
{
    return read_mode_word(r, node, &r->policy->mode);
}

static bool read_namespace_rule(struct reader *r, struct node node, struct policy_namespace_rule *out)
{
    static const char *const keys[] = {"names", "mode", "floor"};
    struct node child;
    if (!shelflife_node_map(node, r->err) || !check_keys(r, node, keys, COUNT(keys)) ||
        !need(r, &node, "names", "which namespaces does this entry apply to?", &child) ||
        !read_namespaces_of(r, &node, "names", &out->names))
        return false;
    out->has_mode = shelflife_node_get(&node, "mode", &child);
    if (out->has_mode && !read_mode_word(r, child, &out->mode))
        return false;
    out->has_floor = shelflife_node_get(&node, "floor", &child);
    if (out->has_floor && !read_mode_word(r, child, &out->floor))
        return false;
    return out->has_mode || out->has_floor ||
           shelflife_node_fail(node, r->err, "changes nothing: give it a mode or a floor");
}

/* After the policy's own entries comes the default, which applies unless one of them says otherwise. */
static bool read_namespaces(struct reader *r, const struct node *root)
{
    struct node node, child;
    size_t count;
    if (!list(r, root, "namespaces", &node, &count))
        return false;
    struct policy_namespace_rule *rules = allocate(r, count + 1, sizeof(*rules));
    if (!rules)
        return false;
    rules[count] = (struct policy_namespace_rule){
        .names = ++r->namespaces.lists, .has_mode = true, .mode = SHELFLIFE_MODE_OFF};
    if (!add_pattern(&r->namespaces, STR("kube-system"), r->err))
        return false;
    for (size_t i = 0; i < count; i++) {
        shelflife_node_at(&node, i, &child);
        if (!go_on(r, read_namespace_rule(r, child, &rules[i])))
            return false;
    }
    r->policy->rules = rules;
    r->policy->rule_count = count + 1;
    return true;
}

static bool read_products(struct reader *r, const struct node *map, bool catalogs,
                          struct policy_override *out)
{
    struct node node, child;
    size_t count;
    if (!list_of_some(r, map, catalogs ? "catalogs" : "products", &node, &count))
        return false;
    struct policy_product_name *names = allocate(r, count, sizeof(*names));
    if (!names)
        return false;
    for (size_t i = 0; i < count; i++) {
        str text;
        shelflife_node_at(&node, i, &child);
        if (!go_on(r, shelflife_node_string(child, &text, r->err) &&
                          shelflife_policy_validate_product(child, text, catalogs, &names[i], r->err)))
            return false;
    }
    out->products = names;
    out->product_count = count;
    return true;
}

/* What the override applies to: at most one of three keys. */
static bool read_selector(struct reader *r, struct node node, struct policy_override *out)
{
    struct node child;
    bool catalogs = shelflife_node_get(&node, "catalogs", &child);
    bool products = shelflife_node_get(&node, "products", &child);
    bool images = shelflife_node_get(&node, "images", &child);
    bool namespaces = shelflife_node_get(&node, "namespaces", &child);
    if (catalogs + products + images > 1)
        return shelflife_node_fail(node, r->err, "give it only one of catalogs, products and images");
    if (!catalogs && !products && !images && !namespaces)
        return shelflife_node_fail(
            node, r->err,
            "selects nothing: give it catalogs, products, images or namespaces; settings "
            "for all images belong at the top level");
    out->level = images     ? POLICY_LEVEL_IMAGE
                 : products ? POLICY_LEVEL_PRODUCT
                 : catalogs ? POLICY_LEVEL_CATALOG
                            : POLICY_LEVEL_ALL;
    return read_images_of(r, &node, &out->images) &&
           read_namespaces_of(r, &node, "namespaces", &out->namespaces) &&
           (images || read_products(r, &node, catalogs, out));
}

static bool read_override(struct reader *r, struct node node, struct policy_override *out)
{
    static const char *const keys[] = {"catalogs", "products", "images",      "namespaces",
                                       "actions",  "notice",   "denyAfter",   "enforceFrom",
                                       "bases",    "support",  "maxBuildAge", "inspection"};
    if (!shelflife_node_map(node, r->err) || !check_keys(r, node, keys, COUNT(keys)) ||
        !go_on(r, read_selector(r, node, out)) || !read_settings(r, node, &out->settings, &out->given))
        return false;
    return out->given || shelflife_node_fail(node, r->err,
                                             "changes nothing: give it actions, notice, denyAfter, "
                                             "enforceFrom, bases, support, maxBuildAge or inspection");
}

static bool read_overrides(struct reader *r, const struct node *root)
{
    struct node node, child;
    size_t count, sorted_count = 0;
    if (!list(r, root, "overrides", &node, &count))
        return false;
    struct policy_override *written = allocate(r, count, sizeof(*written));
    struct policy_override *sorted = written ? allocate(r, count, sizeof(*sorted)) : NULL;
    if (!sorted)
        return false;
    for (size_t i = 0; i < count; i++) {
        shelflife_node_at(&node, i, &child);
        if (!go_on(r, read_override(r, child, &written[i])))
            return false;
        written[i].index = i;
        r->policy->chooses_inspection |= written[i].given >> POLICY_SETTING_INSPECTION & 1;
    }
    /* By level; those for certain namespaces after those for all; otherwise in the order of the file. */
    for (unsigned rank = 0; rank < 2 * (POLICY_LEVEL_IMAGE + 1); rank++)
        for (size_t i = 0; i < count; i++)
            if (written[i].level * 2 + (written[i].namespaces != SHELFLIFE_POLICY_GLOB_LIST_OF_ALL) == rank)
                sorted[sorted_count++] = written[i];
    r->policy->overrides = sorted;
    r->policy->override_count = count;
    return true;
}

static bool read_until(struct reader *r, const struct node *map, shelflife_day *out)
{
    struct node node;
    return need(r, map, "until", "the last day on which it applies, such as \"2027-03-01\"", &node) &&
           shelflife_node_day(node, out, r->err);
}

static bool read_exception(struct reader *r, struct node node, struct policy_exception *out)
{
    static const char *const keys[] = {"images", "namespaces", "owner", "reason", "until"};
    struct node child;
    if (!shelflife_node_map(node, r->err) || !check_keys(r, node, keys, COUNT(keys)) ||
        !go_on(r, need(r, &node, "images", "which images does it allow? (\"**\" for all)", &child) &&
                      read_images_of(r, &node, &out->images)) ||
        !go_on(r, read_namespaces_of(r, &node, "namespaces", &out->namespaces)) ||
        !go_on(r, need_text(r, &node, "owner", "who is responsible for this exception?",
                            &out->exception.owner)) ||
        !go_on(r, need_text(r, &node, "reason", "why is it needed?", &out->exception.reason)) ||
        !go_on(r, read_until(r, &node, &out->exception.until)))
        return false;
    return shelflife_arena_format(&r->policy->arena, &out->exception.path, "exceptions[%zu]", node.index) ||
           shelflife_arena_fail(&r->policy->arena, r->err);
}

static bool read_exceptions(struct reader *r, const struct node *root)
{
    struct node node, child;
    size_t count;
    if (!list(r, root, "exceptions", &node, &count))
        return false;
    struct policy_exception *exceptions = allocate(r, count, sizeof(*exceptions));
    if (!exceptions)
        return false;
    for (size_t i = 0; i < count; i++) {
        shelflife_node_at(&node, i, &child);
        if (!go_on(r, read_exception(r, child, &exceptions[i])))
            return false;
    }
    r->policy->exceptions = exceptions;
    r->policy->exception_count = count;
    return true;
}

static bool read_mirror(struct reader *r, struct node node, struct shelflife_mirror *out)
{
    static const char *const keys[] = {"from", "to"};
    struct node from, to;
    str text;
    return shelflife_node_map(node, r->err) && check_keys(r, node, keys, COUNT(keys)) &&
           need(r, &node, "from", "the prefix of image names, such as \"harbor.example/dockerhub/\"",
                &from) &&
           shelflife_node_string(from, &text, r->err) &&
           shelflife_policy_validate_prefix(from, text, &r->policy->arena, &out->from, r->err) &&
           need(r, &node, "to", "the prefix to replace it with, such as \"docker.io/\"", &to) &&
           shelflife_node_string(to, &text, r->err) &&
           shelflife_policy_validate_prefix(to, text, &r->policy->arena, &out->to, r->err);
}

static int compare_mirrors(const void *a, const void *b)
{
    return shelflife_str_compare(((const struct shelflife_mirror *)a)->from,
                                 ((const struct shelflife_mirror *)b)->from);
}

static bool read_mirrors(struct reader *r, const struct node *root)
{
    struct node node, child;
    size_t count;
    if (!list(r, root, "mirrors", &node, &count))
        return false;
    struct shelflife_mirror *mirrors = allocate(r, count, sizeof(*mirrors));
    if (!mirrors)
        return false;
    for (size_t i = 0; i < count; i++) {
        shelflife_node_at(&node, i, &child);
        if (!go_on(r, read_mirror(r, child, &mirrors[i])))
            return false;
    }
    shelflife_sort(mirrors, count, sizeof(*mirrors), compare_mirrors);
    for (size_t i = 1; i < count; i++)
        if (mirrors[i].from.len && shelflife_str_equal(mirrors[i - 1].from, mirrors[i].from))
            return shelflife_node_fail(node, r->err, "the prefix \"%.*s\" appears in two entries: remove one",
                                       STR_PRINT(mirrors[i].from));
    r->policy->mirrors = mirrors;
    r->policy->mirror_count = count;
    return true;
}

/* A string that may be empty, for the core group. */
static bool read_group(struct reader *r, const struct node *map, str *out)
{
    struct node node;
    *out = STR("");
    if (!shelflife_node_get(map, "group", &node) || shelflife_node_string(node, out, NULL))
        return true;
    str shown;
    return (shelflife_node_type(node) == NODE_STRING) || shelflife_node_string(node, &shown, r->err);
}

static bool read_shape(struct reader *r, struct node node, struct shelflife_shape *out)
{
    static const char *const keys[] = {"group", "kind", "path"};
    struct node child;
    error why = {0};
    if (!shelflife_node_map(node, r->err) || !check_keys(r, node, keys, COUNT(keys)) ||
        !read_group(r, &node, &out->group) ||
        !need_text(r, &node, "kind", "which kind? (\"*\" for all kinds of the group)", &out->kind) ||
        !need_text(r, &node, "path", "where is the image, as in \"spec.steps[].image\"?", &out->path))
        return false;
    /* Compiles the shape alone, so that an error can name it. */
    struct shelflife_shapes *shapes = shelflife_shapes_new(out, 1, NULL, 0, &why);
    enum shelflife_kind_images images =
        shapes ? shelflife_shapes_kind(shapes, out->group, out->kind) : SHELFLIFE_KIND_MAYBE;
    shelflife_shapes_free(shapes);
    if (images == SHELFLIFE_KIND_NEVER || images == SHELFLIFE_KIND_HISTORY)
        return shelflife_node_fail(node, r->err, "%.*s of group \"%.*s\" is never searched, because %s",
                                   STR_PRINT(out->kind), STR_PRINT(out->group),
                                   images == SHELFLIFE_KIND_NEVER
                                       ? "it contains no images"
                                       : "only the Pod template in its data can run");
    if (shapes)
        return true;
    if (why.kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(r->err);
    shelflife_node_get(&node, "path", &child);
    return shelflife_node_fail(child, r->err, "%s", why.text);
}

static bool read_shapes(struct reader *r, const struct node *root)
{
    struct node node, child;
    size_t count;
    if (!list(r, root, "shapes", &node, &count))
        return false;
    struct shelflife_shape *shapes = allocate(r, count, sizeof(*shapes));
    if (!shapes)
        return false;
    for (size_t i = 0; i < count; i++) {
        shelflife_node_at(&node, i, &child);
        if (!go_on(r, read_shape(r, child, &shapes[i])))
            return false;
    }
    error why = {0};
    if (r->mistakes)
        return true;
    r->policy->own_shapes = shapes;
    r->policy->own_shape_count = count;
    r->policy->shapes = shelflife_shapes_new(shapes, count, NULL, 0, &why);
    if (r->policy->shapes)
        return true;
    return why.kind == SHELFLIFE_ERROR_MEMORY ? shelflife_fail_memory(r->err)
                                              : shelflife_node_fail(*root, r->err, "shapes: %s", why.text);
}

static bool read_owners(struct reader *r, const struct node *root)
{
    return shelflife_policy_read_owners(r->policy, root, r->err);
}

/* ---- Trusted controllers ---- */

/* Presets and controllers are counted before they are written. */
struct trusts {
    struct policy_trust *at; /* NULL: only count */
    size_t count;
};

static void add_trust(struct trusts *t, struct policy_trust trust)
{
    if (t->at)
        t->at[t->count] = trust;
    t->count++;
}

static bool add_preset(struct reader *r, const struct policy_preset *preset, str namespace_name,
                       struct trusts *t)
{
    for (size_t i = 0; i < preset->count; i++) {
        struct policy_trust trust = preset->at[i];
        if (preset->accounts && t->at &&
            !shelflife_arena_format(&r->policy->arena, &trust.user, "system:serviceaccount:%.*s:%.*s",
                                    STR_PRINT(namespace_name), STR_PRINT(trust.user)))
            return shelflife_arena_fail(&r->policy->arena, r->err);
        add_trust(t, trust);
    }
    return true;
}

/* Earlier versions had a list of names. */
static bool check_preset_map(struct reader *r, struct node node)
{
    str text;
    if (shelflife_node_type(node) != NODE_STRING || !shelflife_node_string(node, &text, NULL))
        return shelflife_node_map(node, r->err);
    if (shelflife_str_equal(text, STR("kubernetes")))
        return shelflife_node_fail(node, r->err, "must be a map: write {name: kubernetes}");
    return shelflife_node_fail(node, r->err,
                               "must be a map: write {name: %.*s, namespace: NAMESPACE}, with the namespace "
                               "that these controllers run in",
                               STR_PRINT(text));
}

static bool read_preset(struct reader *r, struct node node, struct trusts *t)
{
    static const char *const keys[] = {"name", "namespace"};
    struct node name, child;
    size_t known, which;
    str namespace_name = {0};
    const char *const *names = shelflife_policy_preset_names(&known);
    if (!check_preset_map(r, node) || !check_keys(r, node, keys, COUNT(keys)) ||
        !need(r, &node, "name", "which preset?", &name) ||
        !shelflife_node_word(name, names, known, &which, r->err))
        return false;
    const struct policy_preset *preset = shelflife_policy_preset(which);
    bool given = shelflife_node_get(&node, "namespace", &child);
    if (given && !preset->accounts)
        return shelflife_node_fail(
            child, r->err, "must not be given: the controllers of \"%s\" are in kube-system", names[which]);
    if (preset->accounts &&
        (!need_text(r, &node, "namespace", "which namespace do these controllers run in?", &namespace_name) ||
         !shelflife_node_get(&node, "namespace", &child) ||
         !shelflife_policy_validate_namespace(child, namespace_name, r->err)))
        return false;
    return add_preset(r, preset, namespace_name, t);
}

static bool add_presets(struct reader *r, const struct node *map, struct trusts *t)
{
    struct node node, child;
    if (!map || !shelflife_node_get(map, "presets", &node)) /* by default, Kubernetes' own controllers */
        return add_preset(r, shelflife_policy_preset(0), (str){0}, t);
    if (!shelflife_node_array(node, r->err))
        return false;
    for (size_t i = 0; shelflife_node_at(&node, i, &child); i++)
        if (!go_on(r, read_preset(r, child, t)))
            return false;
    return true;
}

static bool add_controller(struct reader *r, struct node node, struct trusts *t)
{
    static const char *const keys[] = {"user", "owners"};
    static const char *const owner_keys[] = {"group", "kind"};
    struct node owners, owner;
    size_t count;
    str user;
    if (!shelflife_node_map(node, r->err) || !check_keys(r, node, keys, COUNT(keys)) ||
        !need_text(r, &node, "user",
                   "the controller's user name, such as \"system:serviceaccount:NAMESPACE:NAME\"", &user) ||
        !need(r, &node, "owners", "the kinds that it creates objects for", &owners) ||
        !list_of_some(r, &node, "owners", &owners, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct policy_trust trust = {.user = user};
        shelflife_node_at(&owners, i, &owner);
        if (!shelflife_node_map(owner, r->err) || !check_keys(r, owner, owner_keys, COUNT(owner_keys)) ||
            !read_group(r, &owner, &trust.group) ||
            !need_text(r, &owner, "kind", "the kind of the owner, such as \"ReplicaSet\"", &trust.kind))
            return false;
        add_trust(t, trust);
    }
    return true;
}

static bool add_trusts(struct reader *r, const struct node *map, struct trusts *t)
{
    struct node node, child;
    size_t count = 0;
    if (!add_presets(r, map, t) || (map && !list(r, map, "controllers", &node, &count)))
        return false;
    for (size_t i = 0; i < count; i++) {
        shelflife_node_at(&node, i, &child);
        if (!go_on(r, add_controller(r, child, t)))
            return false;
    }
    return true;
}

static bool read_trusted(struct reader *r, const struct node *root)
{
    static const char *const keys[] = {"presets", "controllers"};
    struct node node, *map = NULL;
    struct trusts t = {0};
    if (shelflife_node_get(root, "trustedControllers", &node)) {
        map = &node;
        if (!shelflife_node_map(node, r->err) || !check_keys(r, node, keys, COUNT(keys)))
            return false;
    }
    if (!add_trusts(r, map, &t))
        return false;
    if (r->mistakes)
        return true;
    t = (struct trusts){.at = allocate(r, t.count, sizeof(*t.at))};
    if (!t.at || !add_trusts(r, map, &t))
        return false;
    r->policy->trusted = t.at;
    r->policy->trusted_count = t.count;
    return true;
}

/* ---- The policy ---- */

static bool read_words(struct reader *r, const struct node *root)
{
    static const struct {
        const char *key;
        bool (*read)(struct reader *, struct node);
    } rows[] = {
        {"maxAge", read_max_age},
        {"onStale", read_on_stale},
        {"existingWorkloads", read_existing},
        {"mode", read_mode},
    };
    struct node node;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (shelflife_node_get(root, rows[i].key, &node) && !go_on(r, rows[i].read(r, node)))
            return false;
    return true;
}

static bool read_root(struct reader *r, struct node root)
{
    static const char *const keys[] = {"apiVersion",
                                       "kind",
                                       "notice",
                                       "maxAge",
                                       "onStale",
                                       "actions",
                                       "denyAfter",
                                       "enforceFrom",
                                       "bases",
                                       "support",
                                       "maxBuildAge",
                                       "inspection",
                                       "existingWorkloads",
                                       "trustedControllers",
                                       "mirrors",
                                       "mode",
                                       "namespaces",
                                       "overrides",
                                       "exceptions",
                                       "shapes",
                                       "owners"};
    static bool (*const sections[])(struct reader *, const struct node *) = {
        read_words,      read_trusted, read_mirrors, read_namespaces,  read_overrides,
        read_exceptions, read_shapes,  read_owners,  compile_patterns,
    };
    uint32_t given;
    if (!shelflife_node_map(root, r->err) || !go_on(r, shelflife_node_kind(root, "Policy", r->err)) ||
        !check_keys(r, root, keys, COUNT(keys)) || !read_settings(r, root, &r->policy->settings, &given))
        return false;
    for (size_t i = 0; i < COUNT(sections); i++)
        if (!go_on(r, sections[i](r, &root)))
            return false;
    return r->mistakes == 0;
}

static void cleanup_policy(struct shelflife_policy **policy)
{
    shelflife_policy_free(*policy);
}

static void cleanup_reader(struct reader *r)
{
    shelflife_free(r->images.at);
    shelflife_free(r->namespaces.at);
}

static struct shelflife_policy *read_policy(struct reader *r, str bytes, const char *origin)
{
    CLEANUP(cleanup_policy) struct shelflife_policy *policy = shelflife_calloc(1, sizeof(*policy));
    if (!policy) {
        shelflife_fail_memory(r->err);
        return NULL;
    }
    r->policy = policy;
    shelflife_arena_init(&policy->arena, SIZE_MAX);
    policy->settings = default_settings;
    policy->max_age = 180;
    policy->mode = SHELFLIFE_MODE_ENFORCE;
    if (!shelflife_arena_copy(&policy->arena, bytes, &policy->bytes)) {
        shelflife_arena_fail(&policy->arena, r->err);
        return NULL;
    }
    policy->document = shelflife_document_read_placed(bytes, origin, r->err);
    if (!policy->document || !read_root(r, shelflife_document_root(policy->document)))
        return NULL;
    struct shelflife_policy *read = policy;
    policy = NULL;
    return read;
}

struct shelflife_policy *shelflife_policy_check(str bytes, const char *origin,
                                                void (*report)(void *context, const error *mistake),
                                                void *context, error *err)
{
    CLEANUP(cleanup_reader)
    struct reader r = {
        .err = err,
        .images = {.what = "image", .check = shelflife_policy_validate_image_pattern},
        .namespaces = {.what = "namespace", .check = shelflife_policy_validate_namespace_pattern},
        .report = report,
        .context = context,
    };
    return read_policy(&r, bytes, origin);
}

struct shelflife_policy *shelflife_policy_read(str bytes, const char *origin, error *err)
{
    return shelflife_policy_check(bytes, origin, NULL, NULL, err);
}

void shelflife_policy_free(struct shelflife_policy *policy)
{
    if (!policy)
        return;
    shelflife_shapes_free(policy->shapes);
    shelflife_document_free(policy->document);
    shelflife_arena_free(&policy->arena);
    shelflife_free(policy);
}

str shelflife_policy_bytes(const struct shelflife_policy *policy)
{
    return policy->bytes;
}

const struct shelflife_shapes *shelflife_policy_shapes(const struct shelflife_policy *policy)
{
    return policy->shapes;
}

const struct shelflife_shape *shelflife_policy_own_shapes(const struct shelflife_policy *policy,
                                                          size_t *count)
{
    *count = policy->own_shape_count;
    return policy->own_shapes;
}

int32_t shelflife_policy_max_age(const struct shelflife_policy *policy)
{
    return policy->max_age;
}
