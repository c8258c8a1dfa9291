#include "inspection/image_id.h"

/* The name of a reference, followed by a separator and a text. */
static bool join(const struct shelflife_reference *r, char between, str text, arena *a,
                 struct shelflife_reference *out, str *part, error *err)
{
    str whole;
    if (!shelflife_arena_format(a, &whole, "%.*s%c%.*s", STR_PRINT(r->name), between, STR_PRINT(text)))
        return shelflife_arena_fail(a, err);
    *out = (struct shelflife_reference){.normalized = whole, .name = shelflife_str_first(whole, r->name.len)};
    out->registry = shelflife_str_first(out->name, r->registry.len);
    out->repository = shelflife_str_after(out->name, r->name.len - r->repository.len);
    *part = shelflife_str_after(whole, r->name.len + 1);
    return true;
}

bool shelflife_inspection_with_digest(const struct shelflife_reference *reference, str digest, arena *a,
                                      struct shelflife_reference *out, error *err)
{
    str part;
    if (!join(reference, '@', digest, a, out, &part, err))
        return false;
    out->digest = part;
    return true;
}

bool shelflife_inspection_with_tag(const struct shelflife_reference *reference, arena *a,
                                   struct shelflife_reference *out, error *err)
{
    str part, tag = reference->tag.len ? reference->tag : STR("latest");
    if (!join(reference, ':', tag, a, out, &part, err))
        return false;
    out->tag = part;
    return true;
}

bool shelflife_inspection_image_id(str text, arena *a, struct shelflife_reference *out, error *err)
{
    static const str pullable = STR_INIT("docker-pullable://");
    struct shelflife_reference r;
    error why = {0};
    if (shelflife_str_starts(text, pullable))
        text = shelflife_str_after(text, pullable.len);
    /* Anything else than a name before the digest is not a reference, such as "docker://". */
    if (shelflife_str_find(text, '@') == SIZE_MAX)
        return false;
    if (!shelflife_reference_parse(text, a, &r, &why)) {
        if (why.kind != SHELFLIFE_ERROR_INPUT && err)
            *err = why;
        return false;
    }
    return r.digest.len && shelflife_inspection_with_digest(&r, r.digest, a, out, err);
}
