#include "registry/layout.h"

#include "pki/pki.h"

/* ---- Files ---- */

static bool fail_file(error *err, str name)
{
    return shelflife_error_prefix(err, "%.*s", STR_PRINT(name));
}

static bool fail_missing(error *err, str name)
{
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%.*s is missing", STR_PRINT(name));
}

bool shelflife_registry_layout_file(const struct shelflife_registry_layout *layout, str name, buffer *out,
                                    error *err)
{
    bool found;
    if (!layout->read(layout->context, name, shelflife_buffer_collect, out, &found, err))
        return fail_file(err, name);
    return found || fail_missing(err, name);
}

struct checked {
    struct shelflife_pki_hasher *hasher;
    shelflife_registry_sink *sink;
    void *context;
};

static bool check(void *context, str chunk, error *err)
{
    struct checked *c = context;
    return shelflife_pki_hasher_add(c->hasher, chunk, err) && c->sink(c->context, chunk, err);
}

bool shelflife_registry_layout_blob(const struct shelflife_registry_layout *layout, str name, str digest,
                                    shelflife_registry_sink *sink, void *context, error *err)
{
    char computed[SHELFLIFE_PKI_DIGEST_TEXT_MAX];
    bool found;
    CLEANUP(cleanup_pki_hasher) struct shelflife_pki_hasher *hasher = shelflife_pki_hasher_new(digest, err);
    struct checked c = {hasher, sink, context};
    if (!hasher)
        return false;
    if (!layout->read(layout->context, name, check, &c, &found, err))
        return fail_file(err, name);
    if (!found)
        return fail_missing(err, name);
    if (!shelflife_pki_hasher_end(hasher, computed, err))
        return false;
    return shelflife_str_equal(shelflife_str_of(computed), digest) ||
           shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%.*s does not have the digest that it is listed with",
                          STR_PRINT(name));
}

/* ---- Blobs by their digest ---- */

/* The file of a blob, or of a manifest. */
typedef bool blob_name(str digest, bool manifest, arena *a, str *out);

struct blobs {
    const struct shelflife_registry_layout *layout;
    blob_name *name;
    arena *arena;
};

static bool oci_name(str digest, bool manifest, arena *a, str *out)
{
    (void)manifest;
    size_t colon = shelflife_str_find(digest, ':');
    return shelflife_arena_format(a, out, "blobs/%.*s/%.*s", STR_PRINT(shelflife_str_first(digest, colon)),
                                  STR_PRINT(shelflife_str_after(digest, colon + 1)));
}

static bool dir_name(str digest, bool manifest, arena *a, str *out)
{
    size_t colon = shelflife_str_find(digest, ':');
    bool usual = shelflife_str_starts(digest, STR("sha256:"));
    return shelflife_arena_format(
        a, out, "%.*s%s%.*s%s", STR_PRINT(shelflife_str_first(digest, usual ? 0 : colon)), usual ? "" : "-",
        STR_PRINT(shelflife_str_after(digest, colon + 1)), manifest ? ".manifest.json" : "");
}

static bool read_blob(void *context, const struct shelflife_registry_descriptor *what,
                      shelflife_registry_sink *sink, void *sink_context, error *err)
{
    struct blobs *b = context;
    str name;
    if (!b->name(what->digest, false, b->arena, &name))
        return shelflife_arena_fail(b->arena, err);
    return shelflife_registry_layout_blob(b->layout, name, what->digest, sink, sink_context, err);
}

static bool read_manifest(void *context, const struct shelflife_registry_descriptor *what, buffer *bytes,
                          arena *a, str *content_type, error *err)
{
    struct blobs *b = context;
    str name = {0};
    if (!b->name(what->digest, true, a, &name))
        return shelflife_arena_fail(a, err);
    *content_type = what->media_type;
    return shelflife_registry_layout_blob(b->layout, name, what->digest, shelflife_buffer_collect, bytes,
                                          err);
}

static bool read_image(const struct shelflife_registry_layout *layout, blob_name *name, str digest, str bytes,
                       str media_type, arena *a, struct shelflife_registry_image *image, error *err)
{
    struct blobs blobs = {layout, name, a};
    struct shelflife_registry_source source = {&blobs, read_manifest, read_blob};
    return shelflife_registry_image_read(&source, digest, bytes, media_type, layout->wanted, a, image, err);
}

/* ---- OCI layouts ---- */

static bool read_oci_image(const struct shelflife_registry_layout *layout,
                           const struct shelflife_registry_listed *listed, arena *a,
                           struct shelflife_registry_image *image, error *err)
{
    struct blobs blobs = {layout, oci_name, a};
    str media_type = {0};
    CLEANUP(shelflife_buffer_free) buffer bytes;
    shelflife_buffer_init(&bytes, SHELFLIFE_REGISTRY_MANIFEST_MAX);
    return read_manifest(&blobs, &listed->descriptor, &bytes, a, &media_type, err) &&
           read_image(layout, oci_name, listed->key, shelflife_buffer_str(&bytes), media_type, a, image, err);
}

/* The name that containerd gives, or else that of the OCI layout, which may be only a tag. */
static bool name_oci_image(struct shelflife_registry_list *list, struct shelflife_registry_listed *listed,
                           const struct shelflife_registry_annotations *annotations, error *err)
{
    str full = shelflife_registry_annotation(annotations, "io.containerd.image.name");
    str name = shelflife_registry_annotation(annotations, "org.opencontainers.image.ref.name");
    bool is_reference =
        shelflife_str_find(name, '/') != SIZE_MAX || shelflife_str_find(name, ':') != SIZE_MAX;
    return (full.len == 0 || shelflife_registry_list_name(list, listed, full, true, err)) &&
           (name.len == 0 || shelflife_str_equal(name, full) ||
            shelflife_registry_list_name(list, listed, name, full.len == 0 && is_reference, err));
}

static bool list_oci_images(const struct shelflife_registry_manifest *index,
                            struct shelflife_registry_list *list, error *err)
{
    for (size_t i = 0; i < index->item_count; i++) {
        const struct shelflife_registry_descriptor *d = &index->items[i];
        if (d->digest.len == 0 || (d->has_platform && shelflife_registry_platform_is_unknown(&d->platform)))
            continue;
        struct shelflife_registry_listed *listed = shelflife_registry_list_get(list, d->digest, err);
        if (!listed || !name_oci_image(list, listed, &d->annotations, err))
            return false;
        listed->descriptor = *d;
    }
    return true;
}

/* The index is in the list's arena. */
static bool list_oci(const struct shelflife_registry_layout *layout, struct shelflife_registry_list *list,
                     error *err)
{
    struct shelflife_registry_manifest index = {0};
    CLEANUP(shelflife_buffer_free) buffer bytes;
    shelflife_buffer_init(&bytes, SHELFLIFE_REGISTRY_MANIFEST_MAX);
    if (!shelflife_registry_layout_file(layout, STR("index.json"), &bytes, err))
        return false;
    return (shelflife_registry_manifest_read(shelflife_buffer_str(&bytes),
                                             STR("application/vnd.oci.image.index.v1+json"), &list->memory,
                                             &index, err) &&
            list_oci_images(&index, list, err)) ||
           shelflife_error_prefix(err, "index.json");
}

bool shelflife_registry_layout_oci(const struct shelflife_registry_layout *layout, error *err)
{
    struct shelflife_registry_list list;
    shelflife_registry_list_init(&list);
    bool ok = list_oci(layout, &list, err) || shelflife_error_prefix(err, "%s", layout->text);
    ok = ok && shelflife_registry_list_read(layout, &list, read_oci_image, err);
    shelflife_registry_list_free(&list);
    return ok;
}

/* ---- skopeo's folders ---- */

static bool read_dir_image(const struct shelflife_registry_layout *layout,
                           const struct shelflife_registry_listed *listed, arena *a,
                           struct shelflife_registry_image *image, error *err)
{
    char hex[SHELFLIFE_PKI_SHA256_TEXT_MAX];
    str digest;
    CLEANUP(shelflife_buffer_free) buffer bytes;
    shelflife_buffer_init(&bytes, SHELFLIFE_REGISTRY_MANIFEST_MAX);
    if (!shelflife_registry_layout_file(layout, listed->key, &bytes, err))
        return false;
    str parts = shelflife_buffer_str(&bytes);
    if (!shelflife_pki_sha256(&parts, 1, hex, err))
        return false;
    if (!shelflife_arena_format(a, &digest, "sha256:%s", hex))
        return shelflife_arena_fail(a, err);
    return read_image(layout, dir_name, digest, parts, (str){0}, a, image, err);
}

bool shelflife_registry_layout_dir(const struct shelflife_registry_layout *layout, error *err)
{
    struct shelflife_registry_list list;
    shelflife_registry_list_init(&list);
    bool ok = shelflife_registry_list_get(&list, STR("manifest.json"), err) &&
              shelflife_registry_list_read(layout, &list, read_dir_image, err);
    shelflife_registry_list_free(&list);
    return ok;
}
