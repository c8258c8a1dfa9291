#include "kube/kube.h"
#include "json/document.h"

enum {
    BODY_MAX = 16 << 20,
    MEMORY_MAX = 32 << 20,
    RESOURCES_MAX = 20000,
    GROUPS_MAX = 2000,
};

void shelflife_kube_resources_free(struct shelflife_kube_resources *r)
{
    shelflife_arena_free(&r->memory);
    shelflife_free(r->items);
    shelflife_free(r->gaps);
    *r = (struct shelflife_kube_resources){0};
}

static bool collect(void *context, str bytes, error *err)
{
    return shelflife_buffer_collect(context, bytes, err);
}

static void collect_again(void *context)
{
    shelflife_buffer_reset(context);
}

static bool get(struct shelflife_kube_client *client, str path, bool once, struct shelflife_document **out,
                struct shelflife_kube_reply *reply, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer body;
    CLEANUP(shelflife_buffer_free) buffer origin;
    shelflife_buffer_init(&body, BODY_MAX);
    shelflife_buffer_init(&origin, 4096);
    const struct shelflife_kube_request request = {
        .path = path, .sink = collect, .again = collect_again, .context = &body, .once = once};
    if (!shelflife_kube_request(client, &request, reply, err))
        return false;
    shelflife_buffer_format(&origin, "response to GET %.*s", STR_PRINT(shelflife_str_first(path, 200)));
    shelflife_buffer_byte(&origin, '\0');
    if (origin.failed)
        return shelflife_fail_memory(err);
    *out = shelflife_document_read(shelflife_buffer_str(&body), origin.at, err);
    return *out != NULL;
}

static bool copy(struct shelflife_kube_resources *r, str text, const char **out, error *err)
{
    str kept = STR("");
    if (!shelflife_arena_copy(&r->memory, text, &kept))
        return shelflife_arena_fail(&r->memory, err);
    *out = kept.at;
    return true;
}

static bool need_text(const struct node *map, const char *key, str *out, error *err)
{
    struct node node;
    *out = STR("");
    if (!shelflife_node_get(map, key, &node))
        return shelflife_node_fail(*map, err, "must have a %s", key);
    return shelflife_node_string(node, out, err);
}

static bool is_known(const struct shelflife_kube_resources *r, size_t from, str name)
{
    for (size_t i = from; i < r->count; i++)
        if (shelflife_str_equal(shelflife_str_of(r->items[i].name), name))
            return true;
    return false;
}

static bool can_list(const struct node *resource)
{
    struct node verbs, verb;
    str text = STR("");
    if (shelflife_node_get(resource, "verbs", &verbs))
        for (size_t i = 0; shelflife_node_at(&verbs, i, &verb); i++)
            if (shelflife_node_string(verb, &text, NULL) && shelflife_str_equal(text, STR("list")))
                return true;
    return false;
}

/* `from`: the index of this group's first resource. */
static bool add_resource(struct shelflife_kube_resources *r, size_t from, str group, str version,
                         const struct node *node, error *err)
{
    struct shelflife_kube_resource item = {.can_list = can_list(node)};
    struct node namespaced;
    str name, kind;
    if (!shelflife_node_map(*node, err) || !need_text(node, "name", &name, err))
        return false;
    if (shelflife_str_find(name, '/') != SIZE_MAX || is_known(r, from, name))
        return true;
    if (!need_text(node, "kind", &kind, err))
        return false;
    if (shelflife_node_get(node, "namespaced", &namespaced) &&
        !shelflife_node_bool(namespaced, &item.namespaced, err))
        return false;
    if (r->count == RESOURCES_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "the server has more than %d resources",
                              RESOURCES_MAX);
    if (!copy(r, group, &item.group, err) || !copy(r, version, &item.version, err) ||
        !copy(r, kind, &item.kind, err) || !copy(r, name, &item.name, err))
        return false;
    if (!shelflife_grow(&r->items, &r->capacity, r->count + 1, sizeof(*r->items)))
        return shelflife_fail_memory(err);
    r->items[r->count++] = item;
    return true;
}

/* GET /apis/apps/v1, or /api/v1 for the group "". */
static bool read_version(struct shelflife_kube_client *client, struct shelflife_kube_resources *r,
                         size_t from, str group, str version, struct shelflife_kube_reply *reply, error *err)
{
    CLEANUP(cleanup_document) struct shelflife_document *d = NULL;
    CLEANUP(shelflife_buffer_free) buffer path;
    struct node root, list, item;
    shelflife_buffer_init(&path, 4096);
    const struct shelflife_kube_target target = {.group = group, .version = version};
    if (!shelflife_kube_path(&path, &target, err))
        return false;
    if (!get(client, shelflife_buffer_str(&path), group.len > 0, &d, reply, err))
        return false;
    root = shelflife_document_root(d);
    if (!shelflife_node_map(root, err))
        return false;
    if (!shelflife_node_get(&root, "resources", &list))
        return true;
    if (!shelflife_node_array(list, err))
        return false;
    for (size_t i = 0; shelflife_node_at(&list, i, &item); i++)
        if (!add_resource(r, from, group, version, &item, err))
            return false;
    return true;
}

static bool add_gap(struct shelflife_kube_resources *r, str group, str version, const error *why, error *err)
{
    struct shelflife_kube_gap gap = {0};
    str name = STR("");
    if (!shelflife_arena_format(&r->memory, &name, "%.*s/%.*s", STR_PRINT(group), STR_PRINT(version)))
        return shelflife_arena_fail(&r->memory, err);
    gap.group_version = name.at;
    if (!copy(r, group, &gap.group, err) || !copy(r, shelflife_str_of(why->text), &gap.why, err))
        return false;
    if (!shelflife_grow(&r->gaps, &r->gap_capacity, r->gap_count + 1, sizeof(*r->gaps)))
        return shelflife_fail_memory(err);
    r->gaps[r->gap_count++] = gap;
    return true;
}

/* A version that cannot be read is a gap, unless the server itself is unreachable. */
static bool try_version(struct shelflife_kube_client *client, struct shelflife_kube_resources *r, size_t from,
                        str group, str version, error *err)
{
    struct shelflife_kube_reply reply = {0};
    error why = {0};
    if (read_version(client, r, from, group, version, &reply, &why))
        return true;
    bool gone = reply.status == 0,
         ours = why.kind == SHELFLIFE_ERROR_MEMORY || why.kind == SHELFLIFE_ERROR_LIMIT;
    if (!gone && !ours)
        return add_gap(r, group, version, &why, err);
    if (err)
        *err = why;
    return false;
}

static bool read_group(struct shelflife_kube_client *client, struct shelflife_kube_resources *r,
                       const struct node *group, error *err)
{
    struct node preferred, versions, item;
    str name, version, first = STR("");
    size_t from = r->count;
    if (!shelflife_node_map(*group, err) || !need_text(group, "name", &name, err))
        return false;
    if (shelflife_node_get(group, "preferredVersion", &preferred) &&
        (!need_text(&preferred, "version", &first, err) || !try_version(client, r, from, name, first, err)))
        return false;
    if (!shelflife_node_get(group, "versions", &versions))
        return true;
    for (size_t i = 0; shelflife_node_at(&versions, i, &item); i++) {
        if (!need_text(&item, "version", &version, err))
            return false;
        if (!shelflife_str_equal(version, first) && !try_version(client, r, from, name, version, err))
            return false;
    }
    return true;
}

static bool read_groups(struct shelflife_kube_client *client, struct shelflife_kube_resources *r, error *err)
{
    CLEANUP(cleanup_document) struct shelflife_document *d = NULL;
    struct shelflife_kube_reply reply;
    struct node root, groups, group;
    if (!get(client, STR("/apis"), false, &d, &reply, err))
        return false;
    root = shelflife_document_root(d);
    if (!shelflife_node_map(root, err))
        return false;
    if (!shelflife_node_get(&root, "groups", &groups))
        return true;
    if (!shelflife_node_array(groups, err))
        return false;
    if (shelflife_node_count(groups) > GROUPS_MAX)
        return shelflife_node_fail(groups, err, "must be at most %d groups", GROUPS_MAX);
    for (size_t i = 0; shelflife_node_at(&groups, i, &group); i++)
        if (!read_group(client, r, &group, err))
            return false;
    return true;
}

bool shelflife_kube_discover(struct shelflife_kube_client *client, struct shelflife_kube_resources *out,
                             error *err)
{
    struct shelflife_kube_resources read = {0};
    struct shelflife_kube_reply reply;
    shelflife_arena_init(&read.memory, MEMORY_MAX);
    if (!read_version(client, &read, 0, STR(""), STR("v1"), &reply, err) ||
        !read_groups(client, &read, err)) {
        shelflife_kube_resources_free(&read);
        return false;
    }
    *out = read;
    return true;
}
