#include "audit/kinds.h"
#include "audit/auditor.h"

#include "audit/list.h"
#include "base/ascii.h"
#include "workload/kinds.h"

enum { CRDS_A_PAGE = 20 /* each may be a megabyte */ };

typedef struct shelflife_audit audit;
typedef struct shelflife_audit_kinds_to_read kinds;

/* ---- Schemas: custom resources that have Pod templates ---- */

/*
 * A schema is read with the extractor as well, by shapes of its own: what they take for images are types of
 * properties.
 */
#define SCHEMA "spec.versions[].schema.openAPIV3Schema.properties."
#define TEMPLATE ".**.containers.items.properties.image.type"
static const struct shelflife_shape schema_shapes[] = {
    {STR_INIT("schema"), STR_INIT("Schema"), STR_INIT(SCHEMA "spec" TEMPLATE)},
    {STR_INIT("schema"), STR_INIT("Schema"), STR_INIT(SCHEMA "template" TEMPLATE)},
    {STR_INIT("schema"), STR_INIT("Schema"), STR_INIT(SCHEMA "spec.type")},
    {STR_INIT("schema"), STR_INIT("Schema"), STR_INIT(SCHEMA "spec.properties.*.type")},
};
static const str schema_fields[] = {STR_INIT("spec.group"), STR_INIT("spec.names.kind")};

struct custom_kind {
    str group, kind;
};

struct schemas {
    struct shelflife_audit_list pages;
    arena arena;
    struct custom_kind *at;
    size_t count, capacity, committed;
    bool read; /* false: not asked for, or forbidden */
};

static void begin_schemas(void *context)
{
    struct schemas *s = context;
    s->count = s->committed;
}

static bool commit_schemas(void *context, const struct shelflife_kube_page *page UNUSED, error *err UNUSED)
{
    struct schemas *s = context;
    s->committed = s->count;
    return true;
}

static void restart_schemas(void *context)
{
    struct schemas *s = context;
    s->committed = s->count = 0;
}

/* A Pod template, or a spec of which the schema says nothing: then only the objects can tell. */
static bool may_have_images(const struct shelflife_object *crd)
{
    bool spec = false, details = false;
    for (size_t i = 0; i < crd->image_count; i++) {
        str path = crd->images[i].path;
        if (shelflife_str_ends(path, STR(".containers.items.properties.image.type")))
            return true;
        bool is_spec = shelflife_str_ends(path, STR(".openAPIV3Schema.properties.spec.type"));
        spec = spec || is_spec;
        details = details || !is_spec;
    }
    return spec && !details;
}

static bool on_crd(void *context, const struct shelflife_audit_found_object *found, error *err)
{
    struct schemas *s = context;
    struct custom_kind k;
    if (!may_have_images(found->object))
        return true;
    if (!shelflife_arena_copy(&s->arena, found->object->fields[0], &k.group) ||
        !shelflife_arena_copy(&s->arena, found->object->fields[1], &k.kind) ||
        !shelflife_grow(&s->at, &s->capacity, s->count + 1, sizeof(k)))
        return shelflife_fail_memory(err);
    s->at[s->count++] = k;
    return true;
}

static void free_schemas(struct schemas *s)
{
    shelflife_audit_list_free(&s->pages);
    shelflife_arena_free(&s->arena);
    free(s->at);
}

static bool list_schemas(audit *a, struct shelflife_kube_client *client, struct schemas *s, error *err)
{
    const struct shelflife_kube_list list = {.path = SHELFLIFE_KUBE_CRDS_PATH, .limit = CRDS_A_PAGE};
    struct shelflife_kube_reply reply = {0};
    error why = {0};
    bool ok = shelflife_kube_list(client, &list, shelflife_audit_list_event, &s->pages, &reply, &why);
    s->read = ok || reply.status != 403;
    return ok || shelflife_audit_note_optional(
                     a, STR("customresourcedefinitions.apiextensions.k8s.io"), &reply,
                     STR("may not be listed (403 Forbidden), so all custom resources are read"), &why, err);
}

static bool read_schemas(audit *a, struct shelflife_kube_client *client, struct schemas *s, error *err)
{
    *s = (struct schemas){.pages = {.api_version = STR("schema/v1"),
                                    .kind = STR("Schema"),
                                    .begin = begin_schemas,
                                    .commit = commit_schemas,
                                    .restart = restart_schemas}};
    shelflife_arena_init(&s->arena, SIZE_MAX);
    struct shelflife_shapes *shapes =
        shelflife_shapes_new(schema_shapes, COUNT(schema_shapes), schema_fields, COUNT(schema_fields), err);
    bool ok = shapes && shelflife_audit_list_open(&s->pages, shapes, on_crd, s, err) &&
              list_schemas(a, client, s, err);
    shelflife_shapes_free(shapes);
    return ok;
}

/* ---- Choosing ---- */

static bool is(const char *text, const char *wanted)
{
    return shelflife_str_equal(shelflife_str_of(text), shelflife_str_of(wanted));
}

static bool has_schema(const struct schemas *s, const struct shelflife_kube_resource *r)
{
    for (size_t i = 0; i < s->count; i++)
        if (shelflife_str_equal(s->at[i].group, shelflife_str_of(r->group)) &&
            shelflife_str_equal(s->at[i].kind, shelflife_str_of(r->kind)))
            return true;
    return false;
}

/* The groups that Kubernetes itself serves or has a server for. */
static bool is_own_group(const char *group)
{
    static const char *const groups[] = {"",
                                         "admissionregistration.k8s.io",
                                         "apiextensions.k8s.io",
                                         "apiregistration.k8s.io",
                                         "apps",
                                         "authentication.k8s.io",
                                         "authorization.k8s.io",
                                         "autoscaling",
                                         "batch",
                                         "certificates.k8s.io",
                                         "coordination.k8s.io",
                                         "custom.metrics.k8s.io",
                                         "discovery.k8s.io",
                                         "events.k8s.io",
                                         "extensions",
                                         "external.metrics.k8s.io",
                                         "flowcontrol.apiserver.k8s.io",
                                         "internal.apiserver.k8s.io",
                                         "metrics.k8s.io",
                                         "networking.k8s.io",
                                         "node.k8s.io",
                                         "policy",
                                         "rbac.authorization.k8s.io",
                                         "resource.k8s.io",
                                         "scheduling.k8s.io",
                                         "storage.k8s.io",
                                         "storagemigration.k8s.io"};
    for (size_t i = 0; i < COUNT(groups); i++)
        if (is(group, groups[i]))
            return true;
    return false;
}

enum wanted { NOT_WANTED, PODS, SURE, TEMPLATES, GUESS };

static enum wanted want(const audit *a, const struct schemas *s, const struct shelflife_kube_resource *r,
                        bool namespaced_only)
{
    /* Deployments are in "extensions" too, of old API servers. */
    if (!r->can_list || (namespaced_only && !r->namespaced) || is(r->kind, "Secret") ||
        is(r->group, "extensions"))
        return NOT_WANTED;
    switch (shelflife_shapes_kind(a->shapes, shelflife_str_of(r->group), shelflife_str_of(r->kind))) {
    case SHELFLIFE_KIND_NEVER:
    case SHELFLIFE_KIND_HISTORY:
        return NOT_WANTED;
    case SHELFLIFE_KIND_MAYBE:
        if (s->read)
            return has_schema(s, r) ? SURE : NOT_WANTED;
        return is_own_group(r->group) ? NOT_WANTED : GUESS;
    case SHELFLIFE_KIND_NAMED:
        if (is(r->group, "") && is(r->kind, "Pod"))
            return PODS;
        /* Nothing runs PodTemplates, and the roles "view" and "edit" do not allow them. */
        return is(r->group, "") && is(r->kind, "PodTemplate") ? TEMPLATES : SURE;
    }
    return NOT_WANTED;
}

static bool choose(const audit *a, const struct schemas *s, bool namespaced_only, kinds *out, error *err)
{
    const struct shelflife_kube_resources *all = &out->resources;
    out->at = calloc(all->count + 1, sizeof(*out->at));
    if (!out->at)
        return shelflife_fail_memory(err);
    for (enum wanted which = PODS; which <= GUESS; which++) {
        for (size_t i = 0; i < all->count; i++)
            if (want(a, s, &all->items[i], namespaced_only) == which)
                out->at[out->count++] = all->items[i];
        if (which == SURE)
            out->sure = out->count;
        if (which == TEMPLATES)
            out->known = out->count;
    }
    return true;
}

/* Whether kinds of the group are known to have images: by the built-in shapes, or the policy's own. */
static bool is_known_group(const audit *a, str group)
{
    size_t count;
    const struct shelflife_shape *own = shelflife_policy_own_shapes(a->options.snapshot->policy, &count);
    for (size_t i = 0; i < count; i++)
        if (shelflife_str_equal(own[i].group, group))
            return true;
    return shelflife_workload_kinds_know(group);
}

static bool note_gaps(audit *a, const struct shelflife_kube_resources *resources, error *err)
{
    for (size_t i = 0; i < resources->gap_count; i++) {
        const struct shelflife_kube_gap *gap = &resources->gaps[i];
        const struct shelflife_audit_problem problem = {.source = shelflife_str_of(gap->group_version),
                                                        .text = shelflife_str_of(gap->why),
                                                        .note =
                                                            !is_known_group(a, shelflife_str_of(gap->group))};
        if (!shelflife_audit_note(a, &problem, err))
            return false;
    }
    return true;
}

bool shelflife_audit_kinds_find(audit *a, struct shelflife_kube_client *client, bool namespaced_only,
                                bool schemas, kinds *out, error *err)
{
    *out = (kinds){0};
    if (!shelflife_kube_discover(client, &out->resources, err))
        return false;
    CLEANUP(free_schemas) struct schemas s = {0};
    if ((!schemas || read_schemas(a, client, &s, err)) && note_gaps(a, &out->resources, err) &&
        choose(a, &s, namespaced_only, out, err))
        return true;
    shelflife_audit_kinds_free(out);
    return false;
}

/* ---- Without a cluster ---- */

/* The plural of a kind, as all known kinds have it. */
static void put_plural(str kind, buffer *out)
{
    static const struct {
        str end, plural;
    } ends[] = {{STR_INIT("vertex"), STR_INIT("vertices")}, {STR_INIT("y"), STR_INIT("ies")},
                {STR_INIT("s"), STR_INIT("ses")},           {STR_INIT("ch"), STR_INIT("ches")},
                {STR_INIT("sh"), STR_INIT("shes")},         {STR_INIT(""), STR_INIT("s")}};
    char name[128];
    size_t i = 0, n = kind.len < sizeof(name) ? kind.len : sizeof(name);
    for (size_t k = 0; k < n; k++)
        name[k] = ascii_lower(kind.at[k]);
    const str lower = {name, n};
    while (!shelflife_str_ends(lower, ends[i].end))
        i++;
    shelflife_buffer_append(out, shelflife_str_first(lower, n - ends[i].end.len));
    shelflife_buffer_append(out, ends[i].plural);
}

static bool is_there(const kinds *out, str group, str kind)
{
    for (size_t i = 0; i < out->resources.count; i++)
        if (shelflife_str_equal(shelflife_str_of(out->resources.items[i].group), group) &&
            shelflife_str_equal(shelflife_str_of(out->resources.items[i].kind), kind))
            return true;
    return false;
}

/* Rows about all kinds of a group name no resource. */
static bool add_known(void *context, str group, str kind, error *err)
{
    kinds *out = context;
    struct shelflife_kube_resources *r = &out->resources;
    CLEANUP(shelflife_buffer_free) buffer plural;
    str copies[3];
    shelflife_buffer_init(&plural, SIZE_MAX);
    if (shelflife_workload_kinds_is_any(kind) || shelflife_str_equal(group, STR("*")) ||
        shelflife_str_equal(group, STR("extensions")) || is_there(out, group, kind))
        return true;
    put_plural(kind, &plural);
    const str texts[] = {group, kind, shelflife_buffer_str(&plural)};
    for (size_t i = 0; i < COUNT(texts); i++)
        if (plural.failed || !shelflife_arena_copy(&r->memory, texts[i], &copies[i]))
            return shelflife_fail_memory(err);
    if (!shelflife_grow(&r->items, &r->capacity, r->count + 1, sizeof(*r->items)))
        return shelflife_fail_memory(err);
    r->items[r->count++] = (struct shelflife_kube_resource){
        .group = copies[0].at, .version = "", .kind = copies[1].at, .name = copies[2].at, .can_list = true};
    return true;
}

static bool add_all_known(const audit *a, kinds *out, error *err)
{
    size_t count;
    const struct shelflife_shape *own = shelflife_policy_own_shapes(a->options.snapshot->policy, &count);
    if (!shelflife_workload_kinds_each(add_known, out, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!add_known(out, own[i].group, own[i].kind, err))
            return false;
    return true;
}

bool shelflife_audit_kinds_known(const audit *a, kinds *out, error *err)
{
    const struct schemas none = {0};
    *out = (kinds){0};
    shelflife_arena_init(&out->resources.memory, SIZE_MAX);
    if (add_all_known(a, out, err) && choose(a, &none, false, out, err))
        return true;
    shelflife_audit_kinds_free(out);
    return false;
}

void shelflife_audit_kinds_free(kinds *k)
{
    shelflife_kube_resources_free(&k->resources);
    free(k->at);
    *k = (kinds){0};
}

/* ---- The role ---- */

static void write_rule(const char *group, const char *verbs, buffer *out)
{
    shelflife_buffer_format(out, "- apiGroups: [\"%s\"]\n  verbs: [%s]\n  resources:\n", group, verbs);
}

static bool is_first_of_group(const kinds *k, size_t i)
{
    for (size_t n = 0; n < i; n++)
        if (is(k->at[n].group, k->at[i].group))
            return false;
    return true;
}

void shelflife_audit_kinds_write_rules(const kinds *k, const char *verbs, buffer *out)
{
    for (size_t i = 0; i < k->count; i++) {
        if (!is_first_of_group(k, i))
            continue;
        write_rule(k->at[i].group, verbs, out);
        for (size_t n = i; n < k->count; n++)
            if (is(k->at[n].group, k->at[i].group))
                shelflife_buffer_format(out, "  - %s\n", k->at[n].name);
    }
}

void shelflife_audit_kinds_write_schemas(buffer *out)
{
    write_rule("apiextensions.k8s.io", "list", out);
    shelflife_buffer_append(out, STR("  - customresourcedefinitions\n"));
}

void shelflife_audit_kinds_write_role(const kinds *k, const char *namespace, buffer *out)
{
    shelflife_buffer_format(out, "apiVersion: rbac.authorization.k8s.io/v1\nkind: %s\nmetadata:\n",
                            namespace ? "Role" : "ClusterRole");
    shelflife_buffer_append(out, STR("  name: shelflife-audit\n"));
    if (namespace)
        shelflife_buffer_format(out, "  namespace: \"%s\"\n", namespace);
    shelflife_buffer_append(out, STR("rules:\n"));
    write_rule("", namespace ? "get" : "list", out);
    shelflife_buffer_append(out, STR("  - namespaces\n"));
    shelflife_audit_kinds_write_rules(k, "list", out);
    if (!namespace)
        shelflife_audit_kinds_write_schemas(out);
}
