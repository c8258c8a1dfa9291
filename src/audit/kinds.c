#include "audit/kinds.h"
#include "audit/auditor.h"

#include "audit/list.h"

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

static bool read_schemas(audit *a, struct shelflife_kube_client *client, struct schemas *s, error *err)
{
    const struct shelflife_kube_list list = {.path = SHELFLIFE_KUBE_CRDS_PATH, .limit = CRDS_A_PAGE};
    struct shelflife_kube_reply reply = {0};
    error why = {0};
    *s = (struct schemas){.pages = {.api_version = STR("schema/v1"),
                                    .kind = STR("Schema"),
                                    .begin = begin_schemas,
                                    .commit = commit_schemas,
                                    .restart = restart_schemas}};
    shelflife_arena_init(&s->arena, SIZE_MAX);
    struct shelflife_shapes *shapes =
        shelflife_shapes_new(schema_shapes, COUNT(schema_shapes), schema_fields, COUNT(schema_fields), err);
    bool ok = shapes && shelflife_audit_list_open(&s->pages, shapes, on_crd, s, err) &&
              (shelflife_kube_list(client, &list, shelflife_audit_list_event, &s->pages, &reply, &why) ||
               shelflife_audit_note_list(a, STR("customresourcedefinitions.apiextensions.k8s.io"), &reply,
                                         s->committed > 0, &why, err));
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

static bool is_wanted(const audit *a, const struct schemas *s, const struct shelflife_kube_resource *r,
                      bool namespaced_only)
{
    /* Deployments are in "extensions" too, of old API servers. */
    if (!r->can_list || (namespaced_only && !r->namespaced) || is(r->kind, "Secret") ||
        is(r->group, "extensions"))
        return false;
    switch (shelflife_shapes_kind(a->shapes, shelflife_str_of(r->group), shelflife_str_of(r->kind))) {
    case SHELFLIFE_KIND_NEVER:
    case SHELFLIFE_KIND_HISTORY:
        return false;
    case SHELFLIFE_KIND_MAYBE:
        return has_schema(s, r);
    case SHELFLIFE_KIND_NAMED:
        return true;
    }
    return false;
}

static bool choose(const audit *a, const struct schemas *s, bool namespaced_only, kinds *out, error *err)
{
    const struct shelflife_kube_resources *all = &out->resources;
    out->at = calloc(all->count + 1, sizeof(*out->at));
    if (!out->at)
        return shelflife_fail_memory(err);
    for (int pods = 1; pods >= 0; pods--)
        for (size_t i = 0; i < all->count; i++) {
            const struct shelflife_kube_resource *r = &all->items[i];
            bool is_pod = is(r->group, "") && is(r->kind, "Pod");
            if (is_pod == pods && is_wanted(a, s, r, namespaced_only))
                out->at[out->count++] = *r;
        }
    return true;
}

static bool note_gaps(audit *a, const struct shelflife_kube_resources *resources, error *err)
{
    for (size_t i = 0; i < resources->gap_count; i++) {
        const struct shelflife_audit_problem problem = {
            .source = shelflife_str_of(resources->gaps[i].group_version),
            .text = shelflife_str_of(resources->gaps[i].why)};
        if (!shelflife_audit_note(a, &problem, err))
            return false;
    }
    return true;
}

bool shelflife_audit_kinds_find(audit *a, struct shelflife_kube_client *client, bool namespaced_only,
                                kinds *out, error *err)
{
    *out = (kinds){0};
    if (!shelflife_kube_discover(client, &out->resources, err))
        return false;
    CLEANUP(free_schemas) struct schemas schemas;
    if (read_schemas(a, client, &schemas, err) && note_gaps(a, &out->resources, err) &&
        choose(a, &schemas, namespaced_only, out, err))
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
    write_rule("apiextensions.k8s.io", "list", out);
    shelflife_buffer_append(out, STR("  - customresourcedefinitions\n"));
}

void shelflife_audit_kinds_write_role(const kinds *k, buffer *out)
{
    shelflife_buffer_append(out, STR("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
                                     "metadata:\n  name: shelflife-audit\nrules:\n"));
    write_rule("", "list", out);
    shelflife_buffer_append(out, STR("  - namespaces\n"));
    shelflife_audit_kinds_write_rules(k, "list", out);
}
