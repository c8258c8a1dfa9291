#include "registry/fetch.h"

#include "pki/pki.h"
#include "registry/configuration.h"
#include "registry/exchange.h"

enum { PATH_MAX_LENGTH = 512, SMALL_BLOB = 1 << 20 /* bytes */ };

bool shelflife_registry_place_of(struct shelflife_registry_client *client,
                                 const struct shelflife_reference *reference,
                                 struct shelflife_registry_place *out, error *err)
{
    *out = (struct shelflife_registry_place){
        .client = client,
        .host = shelflife_registry_host_of(client->registry, reference->registry, err),
        .repository = reference->repository,
    };
    return out->host != NULL;
}

str shelflife_registry_tag_of(const struct shelflife_reference *reference)
{
    return reference->tag.len ? reference->tag : STR("latest");
}

/* The part of a path after the repository. Tags and digests need no encoding. */
static const char *make_path(const char *kind, str name, char path[PATH_MAX_LENGTH])
{
    snprintf(path, PATH_MAX_LENGTH, "/%s/%.*s", kind, STR_PRINT(name));
    return path;
}

static bool is_digest(str name)
{
    return shelflife_str_find(name, ':') != SIZE_MAX;
}

static bool check_digest_kind(str digest, error *err)
{
    return shelflife_pki_digest_is_valid(digest) ||
           shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                          "a digest must be sha256 or sha512 for its content to be checked");
}

/* The digest that the registry says its answer has; absent if it says none that can be checked. */
static str told_digest(const struct shelflife_registry_client *client)
{
    str digest = shelflife_registry_field(client, "docker-content-digest");
    return shelflife_pki_digest_is_valid(digest) ? digest : (str){0};
}

/* ---- Manifests ---- */

struct manifest {
    buffer *bytes;
    str wanted;                                 /* the digest; absent for a tag */
    char digest[SHELFLIFE_PKI_DIGEST_TEXT_MAX]; /* of the bytes */
};

static void begin_manifest(void *context)
{
    struct manifest *m = context;
    shelflife_buffer_reset(m->bytes);
}

static bool take_manifest(void *context, str bytes, error *err)
{
    const struct manifest *m = context;
    return shelflife_buffer_collect(m->bytes, bytes, err);
}

static bool end_manifest(void *context, const struct shelflife_registry_client *client, error *err)
{
    struct manifest *m = context;
    str like = m->wanted.len ? m->wanted : told_digest(client);
    bool told = like.len > 0;
    if (!told)
        like = STR("sha256:");
    CLEANUP(cleanup_pki_hasher) struct shelflife_pki_hasher *hasher = shelflife_pki_hasher_new(like, err);
    if (!hasher || !shelflife_pki_hasher_add(hasher, shelflife_buffer_str(m->bytes), err) ||
        !shelflife_pki_hasher_end(hasher, m->digest, err))
        return false;
    if (!told || shelflife_str_equal(shelflife_str_of(m->digest), like))
        return true;
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                          "%s: the registry sent a manifest with another digest than the one %s, "
                          "%.*s",
                          m->digest, m->wanted.len ? "asked for" : "that it says", STR_PRINT(like));
}

bool shelflife_registry_fetch_manifest(const struct shelflife_registry_place *place, str tag_or_digest,
                                       const char *accept, buffer *bytes, arena *a, str *content_type,
                                       str *digest, error *err)
{
    char path[PATH_MAX_LENGTH];
    bool by_digest = is_digest(tag_or_digest);
    struct manifest m = {.bytes = bytes, .wanted = by_digest ? tag_or_digest : (str){0}};
    if (by_digest && !check_digest_kind(tag_or_digest, err))
        return false;
    const struct shelflife_registry_call call = {
        .method = SHELFLIFE_NET_HTTP_GET,
        .repository = place->repository,
        .path = make_path("manifests", tag_or_digest, path),
        .may = SHELFLIFE_REGISTRY_MAY_PULL | (by_digest ? 0U : (unsigned)SHELFLIFE_REGISTRY_MAY_RESOLVE),
        .accept = accept,
        .most = SHELFLIFE_REGISTRY_MANIFEST_MAX,
        .begin = begin_manifest,
        .sink = take_manifest,
        .end = end_manifest,
        .context = &m,
    };
    if (!shelflife_registry_send(place->client, place->host, &call, err))
        return false;
    str type = shelflife_registry_field(place->client, "content-type");
    type = shelflife_str_trim(shelflife_str_first(type, shelflife_str_find(type, ';')));
    return (shelflife_arena_copy(a, type, content_type) &&
            shelflife_arena_copy(a, shelflife_str_of(m.digest), digest)) ||
           shelflife_arena_fail(a, err);
}

/* ---- Digests of tags ---- */

static bool digest_of_manifest(const struct shelflife_registry_place *place, str tag, arena *a, str *digest,
                               error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    str content_type;
    shelflife_buffer_init(&bytes, SHELFLIFE_REGISTRY_MANIFEST_MAX);
    return shelflife_registry_fetch_manifest(place, tag, SHELFLIFE_REGISTRY_MANIFEST_ACCEPT, &bytes, a,
                                             &content_type, digest, err);
}

bool shelflife_registry_fetch_digest(const struct shelflife_registry_place *place, str tag, arena *a,
                                     str *digest, error *err)
{
    char path[PATH_MAX_LENGTH];
    const struct shelflife_registry_call call = {
        .method = SHELFLIFE_NET_HTTP_HEAD,
        .repository = place->repository,
        .path = make_path("manifests", tag, path),
        .may = SHELFLIFE_REGISTRY_MAY_RESOLVE,
        .accept = SHELFLIFE_REGISTRY_MANIFEST_ACCEPT,
    };
    if (!shelflife_registry_send(place->client, place->host, &call, err)) {
        /* Some do not know HEAD. */
        int status = place->client->last.status;
        return (status == 405 || status == 501) && digest_of_manifest(place, tag, a, digest, err);
    }
    str told = told_digest(place->client);
    if (told.len == 0)
        return digest_of_manifest(place, tag, a, digest, err);
    return shelflife_arena_copy(a, told, digest) || shelflife_arena_fail(a, err);
}

/* ---- Blobs ---- */

struct blob {
    shelflife_registry_sink *sink;
    void *context;
    struct shelflife_pki_hasher *hasher;
    uint64_t passed; /* bytes that the sink has got */
    uint64_t at;     /* in the response */
    str digest;
};

static void begin_blob(void *context)
{
    struct blob *b = context;
    b->at = 0;
}

static bool take_blob(void *context, str bytes, error *err)
{
    struct blob *b = context;
    uint64_t before = b->at;
    b->at += bytes.len;
    if (b->at <= b->passed)
        return true;
    if (before < b->passed)
        bytes = shelflife_str_after(bytes, (size_t)(b->passed - before));
    b->passed = b->at;
    return shelflife_pki_hasher_add(b->hasher, bytes, err) && b->sink(b->context, bytes, err);
}

static bool end_blob(void *context, const struct shelflife_registry_client *client, error *err)
{
    struct blob *b = context;
    (void)client;
    return b->at == b->passed ||
           shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%.*s: the registry sent it in two different lengths",
                          STR_PRINT(b->digest));
}

static bool check_blob(struct blob *b, error *err)
{
    char digest[SHELFLIFE_PKI_DIGEST_TEXT_MAX];
    return shelflife_pki_hasher_end(b->hasher, digest, err) &&
           (shelflife_str_equal(shelflife_str_of(digest), b->digest) ||
            shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                           "%.*s: the registry sent something else, with the digest %s", STR_PRINT(b->digest),
                           digest));
}

static bool stream_blob(const struct shelflife_registry_place *place, str digest, uint64_t most,
                        shelflife_registry_sink *sink, void *context, error *err)
{
    char path[PATH_MAX_LENGTH];
    CLEANUP(cleanup_pki_hasher) struct shelflife_pki_hasher *hasher = shelflife_pki_hasher_new(digest, err);
    struct blob b = {.sink = sink, .context = context, .hasher = hasher, .digest = digest};
    const struct shelflife_registry_call call = {
        .method = SHELFLIFE_NET_HTTP_GET,
        .repository = place->repository,
        .path = make_path("blobs", digest, path),
        .may = SHELFLIFE_REGISTRY_MAY_PULL,
        .accept = "*/*",
        .most = most,
        .begin = begin_blob,
        .sink = take_blob,
        .end = end_blob,
        .context = &b,
    };
    return hasher && shelflife_registry_send(place->client, place->host, &call, err) && check_blob(&b, err);
}

bool shelflife_registry_fetch_blob(const struct shelflife_registry_place *place,
                                   const struct shelflife_registry_descriptor *what, uint64_t most,
                                   shelflife_registry_sink *sink, void *context, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    shelflife_buffer_init(&bytes, SMALL_BLOB);
    if (!check_digest_kind(what->digest, err))
        return false;
    if (what->size > most)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%.*s: has more than %ju bytes",
                              STR_PRINT(what->digest), (uintmax_t)most);
    if (what->size == 0 || what->size > SMALL_BLOB)
        return stream_blob(place, what->digest, what->size ? what->size : most, sink, context, err);
    /* A small one is checked before the sink gets any of it. */
    return stream_blob(place, what->digest, what->size, shelflife_buffer_collect, &bytes, err) &&
           sink(context, shelflife_buffer_str(&bytes), err);
}

/* ---- For images ---- */

static bool get_manifest(void *context, const struct shelflife_registry_descriptor *what, buffer *bytes,
                         arena *a, str *content_type, error *err)
{
    str digest;
    return shelflife_registry_fetch_manifest(context, what->digest, SHELFLIFE_REGISTRY_MANIFEST_ACCEPT, bytes,
                                             a, content_type, &digest, err);
}

static bool get_blob(void *context, const struct shelflife_registry_descriptor *what,
                     shelflife_registry_sink *sink, void *sink_context, error *err)
{
    return shelflife_registry_fetch_blob(context, what, SHELFLIFE_REGISTRY_CONFIGURATION_MAX, sink,
                                         sink_context, err);
}

struct shelflife_registry_source shelflife_registry_source_of(struct shelflife_registry_place *place)
{
    return (struct shelflife_registry_source){.context = place, .manifest = get_manifest, .blob = get_blob};
}
