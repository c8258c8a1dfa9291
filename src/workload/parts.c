#include "workload/parts.h"

/* Whether the repository already ends in the name. */
static bool has_name(str repository, str name)
{
    return shelflife_str_equal(repository, name) ||
           (shelflife_str_ends(repository, name) && repository.at[repository.len - name.len - 1] == '/');
}

bool shelflife_workload_parts_join(const str parts[SHELFLIFE_WORKLOAD_PARTS], buffer *out)
{
    str registry = parts[SHELFLIFE_WORKLOAD_PART_REGISTRY];
    str repository = parts[SHELFLIFE_WORKLOAD_PART_REPOSITORY];
    str name = parts[SHELFLIFE_WORKLOAD_PART_NAME], tag = parts[SHELFLIFE_WORKLOAD_PART_TAG];
    str digest = parts[SHELFLIFE_WORKLOAD_PART_DIGEST];
    if (!repository.len && !(name.len && (registry.len || tag.len || digest.len)))
        return false;
    while (shelflife_str_ends(registry, STR("/")))
        registry.len--;
    if (registry.len) {
        shelflife_buffer_append(out, registry);
        shelflife_buffer_byte(out, '/');
    }
    shelflife_buffer_append(out, repository);
    if (name.len && repository.len && !has_name(repository, name))
        shelflife_buffer_byte(out, '/');
    if (name.len && !has_name(repository, name))
        shelflife_buffer_append(out, name);
    if (tag.len) {
        shelflife_buffer_byte(out, ':');
        shelflife_buffer_append(out, tag);
    }
    /* Some write "1.25@sha256:…" as the tag. */
    if (digest.len && shelflife_str_find(tag, '@') == SIZE_MAX) {
        shelflife_buffer_byte(out, '@');
        shelflife_buffer_append(out, digest);
    }
    return true;
}
