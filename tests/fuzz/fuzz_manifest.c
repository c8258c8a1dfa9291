/* rooms: registry net file pki reference json base */
/*
 * Any bytes are a manifest or an error, under any media type. Digests are digests, limits hold, and what may
 * be for a platform is a part of the index, each entry once, and never an attestation.
 */
#include "pki/pki.h"
#include "registry/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void check_descriptor(const struct shelflife_registry_descriptor *d)
{
    check(d->digest.len == 0 || shelflife_pki_digest_is_valid(d->digest));
    check(shelflife_str_is_utf8(d->media_type) && shelflife_str_is_utf8(d->artifact_type));
    check(d->annotations.count <= SHELFLIFE_REGISTRY_ANNOTATIONS_MAX);
}

static void check_candidates(const struct shelflife_registry_manifest *index, arena *a)
{
    static const char *const wanted[] = {"linux/amd64", "linux/arm64/v9", "unknown/unknown"};
    for (size_t i = 0; i < COUNT(wanted); i++) {
        struct shelflife_registry_platform platform;
        const struct shelflife_registry_descriptor **order;
        size_t count;
        check(shelflife_registry_platform_parse(shelflife_str_of(wanted[i]), &platform, NULL));
        check(shelflife_registry_manifest_candidates(index, &platform, a, &order, &count, NULL));
        check(count <= index->item_count);
        for (size_t k = 0; k < count; k++) {
            check(order[k] >= index->items && order[k] < index->items + index->item_count);
            check(order[k]->digest.len > 0);
            check(!order[k]->has_platform || !shelflife_registry_platform_is_unknown(&order[k]->platform));
            check(k == 0 || order[k] != order[k - 1]);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"",
                                        "application/vnd.oci.image.manifest.v1+json",
                                        "application/vnd.oci.image.index.v1+json",
                                        "application/vnd.docker.distribution.manifest.v2+json; charset=utf-8",
                                        "application/vnd.docker.distribution.manifest.list.v2+json",
                                        "application/vnd.docker.distribution.manifest.v1+json",
                                        "text/plain"};
    struct shelflife_registry_manifest m = {0};
    error err = {0};
    arena a;
    if (size == 0)
        return 0;
    shelflife_arena_init(&a, 64 << 20);
    if (shelflife_registry_manifest_read((str){(const char *)data + 1, size - 1},
                                         shelflife_str_of(types[data[0] % COUNT(types)]), &a, &m, &err)) {
        check(m.item_count <= SHELFLIFE_REGISTRY_DESCRIPTORS_MAX);
        check_descriptor(&m.config);
        check_descriptor(&m.subject);
        for (size_t i = 0; i < m.item_count; i++)
            check_descriptor(&m.items[i]);
        if (m.kind == SHELFLIFE_REGISTRY_INDEX)
            check_candidates(&m, &a);
        else
            check(!shelflife_registry_manifest_is_image(&m, &err) || m.config.digest.len > 0);
    } else {
        check(err.kind == SHELFLIFE_ERROR_INPUT || err.kind == SHELFLIFE_ERROR_LIMIT);
    }
    shelflife_arena_free(&a);
    return 0;
}
