/* Inspecting an image in a registry; see registry.h. */
#include "net/retry.h"
#include "registry/referrers.h"
#include "registry/sent.h"

static bool end(struct shelflife_registry_client *client, const struct shelflife_reference *reference,
                bool ok, struct shelflife_registry_failure *failure, error *err)
{
    if (failure)
        *failure = ok ? (struct shelflife_registry_failure){0} : client->last;
    if (!ok)
        shelflife_registry_sent_hide(&client->sent, err);
    return ok || shelflife_error_prefix(err, "%.*s", STR_PRINT(reference->normalized));
}

bool shelflife_registry_resolve(struct shelflife_registry_client *client,
                                const struct shelflife_reference *reference, arena *a, str *digest,
                                struct shelflife_registry_failure *failure, error *err)
{
    struct shelflife_registry_place place;
    shelflife_registry_begin(client);
    bool ok = reference->digest.len
                  ? shelflife_arena_copy(a, reference->digest, digest) || shelflife_arena_fail(a, err)
                  : shelflife_registry_place_of(client, reference, &place, err) &&
                        shelflife_registry_fetch_digest(&place, shelflife_registry_tag_of(reference), a,
                                                        digest, err);
    return end(client, reference, ok, failure, err);
}

static bool inspect(struct shelflife_registry_client *client, const struct shelflife_reference *reference,
                    const struct shelflife_registry_wanted *wanted, arena *a,
                    struct shelflife_registry_image *out, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    struct shelflife_registry_place place;
    str content_type, digest;
    shelflife_buffer_init(&bytes, SHELFLIFE_REGISTRY_MANIFEST_MAX);
    if (!shelflife_registry_place_of(client, reference, &place, err) ||
        !shelflife_registry_fetch_manifest(
            &place, reference->digest.len ? reference->digest : shelflife_registry_tag_of(reference),
            SHELFLIFE_REGISTRY_MANIFEST_ACCEPT, &bytes, a, &content_type, &digest, err))
        return false;
    const struct shelflife_registry_source source = shelflife_registry_source_of(&place);
    if (shelflife_registry_image_read(&source, digest, shelflife_buffer_str(&bytes), content_type, wanted, a,
                                      out, err))
        return !wanted->referrers ||
               shelflife_registry_read_lifecycle(
                   &place, shelflife_day_of_seconds(shelflife_clock_system.seconds(NULL)), a, out, err);
    client->last.missing = false; /* a part of it may be missing, but the image exists */
    return false;
}

bool shelflife_registry_inspect(struct shelflife_registry_client *client,
                                const struct shelflife_reference *reference,
                                const struct shelflife_registry_wanted *wanted, arena *a,
                                struct shelflife_registry_image *out,
                                struct shelflife_registry_failure *failure, error *err)
{
    *out = (struct shelflife_registry_image){.outdated_since = SHELFLIFE_DAY_NONE};
    shelflife_registry_begin(client);
    bool ok = inspect(client, reference, wanted, a, out, err);
    return end(client, reference, ok, failure, err);
}
