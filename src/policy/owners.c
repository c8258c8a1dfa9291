#include "policy/internal.h"

/* Writes the path of a label or annotation: metadata.labels["team"]. */
static bool write_path(const char *map, str key, arena *a, str *out)
{
    CLEANUP(shelflife_buffer_free) buffer path;
    shelflife_buffer_init(&path, SIZE_MAX / 2);
    shelflife_buffer_format(&path, "metadata.%s[\"", map);
    for (size_t i = 0; i < key.len; i++) {
        if (key.at[i] == '"' || key.at[i] == '\\')
            shelflife_buffer_byte(&path, '\\');
        shelflife_buffer_byte(&path, key.at[i]);
    }
    shelflife_buffer_append(&path, STR("\"]"));
    return !path.failed && shelflife_arena_copy(a, shelflife_buffer_str(&path), out);
}

/* Compiles the path alone, so that an error can name it. */
static bool check_path(struct node node, str path, error *err)
{
    error why = {0};
    struct shelflife_shapes *shapes = shelflife_shapes_new(NULL, 0, &path, 1, &why);
    shelflife_shapes_free(shapes);
    if (shapes)
        return true;
    return why.kind == SHELFLIFE_ERROR_MEMORY ? shelflife_fail_memory(err)
                                              : shelflife_node_fail(node, err, "%s", why.text);
}

static bool read_keys(struct shelflife_policy *policy, const struct node *owners, const char *map, error *err)
{
    struct node list, child;
    str key;
    if (!shelflife_node_get(owners, map, &list))
        return true;
    if (!shelflife_node_array(list, err))
        return false;
    for (size_t i = 0; shelflife_node_at(&list, i, &child); i++) {
        if (!shelflife_node_string(child, &key, err))
            return false;
        if (policy->owner_count == POLICY_OWNERS_MAX)
            return shelflife_node_fail(child, err, "more than %d labels and annotations", POLICY_OWNERS_MAX);
        str *path = &policy->owners[policy->owner_count];
        if (!write_path(map, key, &policy->arena, path))
            return shelflife_fail_memory(err);
        if (!check_path(child, *path, err))
            return false;
        policy->owner_count++;
    }
    return true;
}

bool shelflife_policy_read_owners(struct shelflife_policy *policy, const struct node *root, error *err)
{
    static const char *const keys[] = {"labels", "annotations"};
    struct node node;
    if (!shelflife_node_get(root, "owners", &node))
        return true;
    return shelflife_node_map(node, err) && shelflife_node_known(node, keys, COUNT(keys), err) &&
           read_keys(policy, &node, "labels", err) && read_keys(policy, &node, "annotations", err);
}

const str *shelflife_policy_owners(const struct shelflife_policy *policy, size_t *count)
{
    *count = policy->owner_count;
    return policy->owners;
}
