#include "registry/referrers.h"

#include "net/retry.h"
#include "pki/pki.h"
#include "registry/exchange.h"

enum { PATH_MAX_LENGTH = 512, URL_MAX = 64 << 10, MANIFESTS_READ_MAX = 8 };

#define INDEX_TYPE "application/vnd.oci.image.index.v1+json"
#define LIFECYCLE_TYPE "application/vnd.microsoft.artifact.lifecycle"
#define LIFECYCLE_DAY "vnd.microsoft.artifact.lifecycle.end-of-life.date"

bool shelflife_registry_fallback_tag(str digest, const char *ending, arena *a, str *tag, error *err)
{
    size_t colon = shelflife_str_find(digest, ':');
    return shelflife_arena_format(a, tag, "%.*s-%.*s%s", STR_PRINT(shelflife_str_first(digest, colon)),
                                  STR_PRINT(shelflife_str_after(digest, colon + 1)), ending) ||
           shelflife_arena_fail(a, err);
}

/* Adds the entries of an index that have the type, or no type at all. */
static bool add_entries(str bytes, str content_type, const char *type, arena *a,
                        struct shelflife_registry_referrer_list *out, error *err)
{
    struct shelflife_registry_manifest index;
    if (!shelflife_registry_manifest_read(bytes, content_type, a, &index, err))
        return false;
    if (index.kind != SHELFLIFE_REGISTRY_INDEX)
        return true;
    for (size_t i = 0; i < index.item_count && out->count < SHELFLIFE_REGISTRY_REFERRERS_MAX; i++)
        if (index.items[i].artifact_type.len == 0 ||
            shelflife_str_equal(index.items[i].artifact_type, shelflife_str_of(type)))
            out->at[out->count++] = index.items[i];
    return true;
}

/* ---- The referrers API ---- */

static void begin_page(void *context)
{
    shelflife_buffer_reset(context);
}

/* The URL of the next page: <…>; rel="next". Empty if there is none. */
static bool next_page(const struct shelflife_registry_place *place,
                      const struct shelflife_registry_endpoint *endpoint, buffer *url, error *err)
{
    str link = shelflife_registry_field(place->client, "link");
    size_t end = shelflife_str_find(link, '>');
    shelflife_buffer_reset(url);
    if (end == SIZE_MAX || link.at[0] != '<' ||
        !memmem(link.at + end, link.len - end, "next", sizeof("next") - 1))
        return true;
    const char *base = shelflife_registry_endpoint_url(endpoint, &place->client->secrets);
    if (!base)
        return shelflife_fail_memory(err);
    if (!shelflife_net_url_resolve(base, shelflife_str_after(shelflife_str_first(link, end), 1), url))
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "the registry's Link is not a URL");
    shelflife_buffer_byte(url, '\0');
    if (url->failed)
        return shelflife_fail_memory(err);
    return shelflife_registry_same_origin(base, url->at) ||
           shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "the registry's Link leads to another host");
}

static bool is_index_answer(const struct shelflife_registry_client *client)
{
    str type = shelflife_registry_field(client, "content-type");
    return shelflife_str_starts(type, STR(INDEX_TYPE)) || shelflife_str_starts(type, STR("application/json"));
}

/* Sets *known to whether the registry has the API. */
static bool ask_api(const struct shelflife_registry_place *place, str subject, const char *type, arena *a,
                    struct shelflife_registry_referrer_list *out, bool *known, error *err)
{
    struct shelflife_registry_client *client = place->client;
    struct shelflife_registry_endpoint *endpoint = place->host->endpoints[place->host->count - 1];
    CLEANUP(shelflife_buffer_free) buffer page, url;
    char path[PATH_MAX_LENGTH];
    CLEANUP(shelflife_buffer_free) buffer query;
    shelflife_buffer_init(&page, SHELFLIFE_REGISTRY_MANIFEST_MAX);
    shelflife_buffer_init(&url, URL_MAX);
    shelflife_buffer_init(&query, PATH_MAX_LENGTH);
    shelflife_net_url_encode(&query, shelflife_str_of(type));
    snprintf(path, sizeof(path), "/referrers/%.*s?artifactType=%.*s", STR_PRINT(subject),
             STR_PRINT(shelflife_buffer_str(&query)));
    *known = false;
    for (unsigned i = 0; i < SHELFLIFE_REGISTRY_REFERRER_PAGES_MAX; i++) {
        const struct shelflife_registry_call call = {
            .method = SHELFLIFE_NET_HTTP_GET,
            .repository = place->repository,
            .path = path,
            .url = url.len ? url.at : NULL,
            .accept = INDEX_TYPE,
            .most = SHELFLIFE_REGISTRY_MANIFEST_MAX,
            .begin = begin_page,
            .sink = shelflife_buffer_collect,
            .context = &page,
        };
        if (!shelflife_registry_send_to(client, place->host, endpoint, &call, err)) {
            int status = client->last.status;
            bool lacks = status == 404 || status == 400 || status == 405 || status == 501;
            if (lacks)
                atomic_store(&endpoint->no_referrers, true);
            if (status == 0)
                shelflife_registry_endpoint_failed(endpoint);
            return lacks;
        }
        if (!is_index_answer(client)) {
            atomic_store(&endpoint->no_referrers, true);
            return true;
        }
        *known = true;
        if (!add_entries(shelflife_buffer_str(&page), STR(INDEX_TYPE), type, a, out, err) ||
            !next_page(place, endpoint, &url, err))
            return false;
        if (url.len == 0)
            break;
    }
    return true;
}

/* ---- The tag ---- */

static bool ask_tag(const struct shelflife_registry_place *place, str subject, const char *type, arena *a,
                    struct shelflife_registry_referrer_list *out, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    str tag, content_type, digest;
    shelflife_buffer_init(&bytes, SHELFLIFE_REGISTRY_MANIFEST_MAX);
    if (!shelflife_registry_fallback_tag(subject, "", a, &tag, err))
        return false;
    if (!shelflife_registry_fetch_manifest(place, tag, SHELFLIFE_REGISTRY_MANIFEST_ACCEPT, &bytes, a,
                                           &content_type, &digest, err))
        return place->client->last.missing;
    return add_entries(shelflife_buffer_str(&bytes), content_type, type, a, out, err);
}

static bool begin_list(arena *a, struct shelflife_registry_referrer_list *out, error *err)
{
    *out = (struct shelflife_registry_referrer_list){
        .at = shelflife_arena_array(a, SHELFLIFE_REGISTRY_REFERRERS_MAX, sizeof(*out->at))};
    return out->at || shelflife_arena_fail(a, err);
}

static struct shelflife_registry_endpoint *own_endpoint(const struct shelflife_registry_place *place)
{
    return place->host->endpoints[place->host->count - 1];
}

/* The image came from a mirror then. */
static bool is_down(const struct shelflife_registry_place *place)
{
    return shelflife_registry_endpoint_is_down(own_endpoint(place));
}

static bool lacks_api(const struct shelflife_registry_place *place)
{
    return atomic_load(&own_endpoint(place)->no_referrers);
}

bool shelflife_registry_list_referrers(const struct shelflife_registry_place *place, str subject,
                                       const char *artifact_type, arena *a,
                                       struct shelflife_registry_referrer_list *out, error *err)
{
    bool known = false;
    if (!begin_list(a, out, err) ||
        (!lacks_api(place) && !ask_api(place, subject, artifact_type, a, out, &known, err)))
        return false;
    return known || ask_tag(place, subject, artifact_type, a, out, err);
}

/* ---- Lifecycle ---- */

/* The day of an annotation, which may have a time, too. */
static shelflife_day day_of(const struct shelflife_registry_annotations *annotations)
{
    enum { DAY_LENGTH = sizeof("2026-11-29") - 1 };
    str value = shelflife_registry_annotation(annotations, LIFECYCLE_DAY);
    shelflife_day day;
    return shelflife_day_parse(shelflife_str_first(value, DAY_LENGTH), &day) ? day : SHELFLIFE_DAY_NONE;
}

/* An index need not repeat the annotations of what it lists. */
static bool day_of_referrer(const struct shelflife_registry_place *place,
                            const struct shelflife_registry_descriptor *d, unsigned *read, arena *a,
                            shelflife_day *day, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    struct shelflife_registry_manifest manifest;
    str content_type, digest;
    shelflife_buffer_init(&bytes, SHELFLIFE_REGISTRY_MANIFEST_MAX);
    *day = day_of(&d->annotations);
    if (*day != SHELFLIFE_DAY_NONE || ++*read > MANIFESTS_READ_MAX)
        return true;
    if (!shelflife_registry_fetch_manifest(place, d->digest, SHELFLIFE_REGISTRY_MANIFEST_ACCEPT, &bytes, a,
                                           &content_type, &digest, err) ||
        !shelflife_registry_manifest_read(shelflife_buffer_str(&bytes), content_type, a, &manifest, err))
        return false;
    bool is_note = shelflife_str_equal(manifest.artifact_type, STR(LIFECYCLE_TYPE));
    *day = is_note ? day_of(&manifest.annotations) : SHELFLIFE_DAY_NONE;
    return true;
}

static bool find_day(const struct shelflife_registry_place *place, str subject, arena *a,
                     shelflife_day *earliest, error *err)
{
    struct shelflife_registry_referrer_list list;
    unsigned read = 0;
    bool known;
    if (lacks_api(place) || is_down(place))
        return true;
    if (!begin_list(a, &list, err) || !ask_api(place, subject, LIFECYCLE_TYPE, a, &list, &known, err))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        shelflife_day day;
        if (!day_of_referrer(place, &list.at[i], &read, a, &day, err))
            return false;
        if (day != SHELFLIFE_DAY_NONE && (*earliest == SHELFLIFE_DAY_NONE || day < *earliest))
            *earliest = day;
    }
    return true;
}

static bool note_failure(struct shelflife_registry_image *image, const char *why, arena *a, error *err)
{
    str note;
    return (shelflife_arena_format(a, &note, "the publisher's notes were not read: %s", why) &&
            shelflife_registry_image_note(image, note, a)) ||
           shelflife_arena_fail(a, err);
}

bool shelflife_registry_read_lifecycle(const struct shelflife_registry_place *place, shelflife_day today,
                                       arena *a, struct shelflife_registry_image *image, error *err)
{
    error why;
    shelflife_day day = SHELFLIFE_DAY_NONE;
    bool ok = find_day(place, image->digest, a, &day, &why) &&
              (day != SHELFLIFE_DAY_NONE || shelflife_str_equal(image->digest, image->manifest) ||
               find_day(place, image->manifest, a, &day, &why));
    image->outdated_since = day;
    image->outdated = day != SHELFLIFE_DAY_NONE && day <= today;
    return ok || note_failure(image, why.text, a, err);
}
