#include "workload/parts.h"

/* Whether the repository already ends in the name. */
static bool has_name(str repository, str name)
{
    return shelflife_str_equal(repository, name) ||
           (shelflife_str_ends(repository, name) && repository.at[repository.len - name.len - 1] == '/');
}

/* Whether an image has a tag or a digest. */
static bool is_whole(str image)
{
    size_t slash = 0;
    for (size_t i = 0; i < image.len; i++)
        if (image.at[i] == '/')
            slash = i;
    return shelflife_str_find(shelflife_str_after(image, slash), ':') != SIZE_MAX ||
           shelflife_str_find(image, '@') != SIZE_MAX;
}

bool shelflife_workload_parts_join(const str parts[SHELFLIFE_WORKLOAD_PARTS], buffer *out)
{
    str hub = parts[SHELFLIFE_WORKLOAD_PART_HUB], registry = parts[SHELFLIFE_WORKLOAD_PART_REGISTRY];
    str repository = parts[SHELFLIFE_WORKLOAD_PART_REPOSITORY];
    str image = parts[SHELFLIFE_WORKLOAD_PART_IMAGE];
    str name = image.len ? image : parts[SHELFLIFE_WORKLOAD_PART_NAME];
    str tag = parts[SHELFLIFE_WORKLOAD_PART_TAG], digest = parts[SHELFLIFE_WORKLOAD_PART_DIGEST];
    registry = registry.len ? registry : hub;
    if (is_whole(image))
        tag = digest = (str){0};
    if (!repository.len && !image.len && !(name.len && (registry.len || tag.len || digest.len)))
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
