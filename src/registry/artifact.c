/* Files in registries; see registry.h. */
#include "pki/pki.h"
#include "registry/exchange.h"
#include "registry/referrers.h"
#include "registry/sent.h"
#include "shelflife/json.h"

enum {
    PATH_MAX_LENGTH = 512,
    URL_MAX = 64 << 10,
    MANIFEST_MAX = 64 << 10,
    REFERRER_MAX = 1 << 20, /* bytes of the layer of a referrer */
};

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define INDEX_TYPE "application/vnd.oci.image.index.v1+json"
#define EMPTY_TYPE "application/vnd.oci.empty.v1+json"
#define TITLE "org.opencontainers.image.title"
#define COSIGN_TYPE "application/vnd.dev.cosign.simplesigning.v1+json"
#define COSIGN_SIGNATURE "dev.cosignproject.cosign/signature"

static const str empty = {"{}", 2};

static bool fail_with(const struct shelflife_registry_client *client,
                      const struct shelflife_reference *reference, error *err)
{
    shelflife_registry_sent_hide(&client->sent, err);
    return shelflife_error_prefix(err, "%.*s", STR_PRINT(reference->normalized));
}

static bool digest_of(str bytes, arena *a, str *digest, error *err)
{
    char hex[SHELFLIFE_PKI_SHA256_TEXT_MAX];
    return shelflife_pki_sha256(&bytes, 1, hex, err) &&
           (shelflife_arena_format(a, digest, "sha256:%s", hex) || shelflife_arena_fail(a, err));
}

/* ---- Uploading ---- */

/* An upload to the one endpoint that takes it: the registry itself, if it may, rather than a mirror. */
struct upload {
    struct shelflife_registry_place place;
    struct shelflife_registry_endpoint *endpoint;
    arena *memory;
    bool knows_subject; /* the registry keeps lists of referrers itself */
};

static bool begin_upload(struct shelflife_registry_client *client,
                         const struct shelflife_reference *reference, arena *a, struct upload *u, error *err)
{
    *u = (struct upload){.memory = a};
    shelflife_registry_begin(client);
    if (!shelflife_registry_place_of(client, reference, &u->place, err))
        return false;
    for (size_t i = u->place.host->count; i-- > 0 && !u->endpoint;)
        if (u->place.host->endpoints[i]->may & SHELFLIFE_REGISTRY_MAY_PUSH)
            u->endpoint = u->place.host->endpoints[i];
    return u->endpoint ||
           shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                          "no host in hosts.toml has the capability \"push\" for this registry");
}

static bool send(struct upload *u, enum shelflife_net_http_method method, const char *path, const char *url,
                 str body, const char *content_type, error *err)
{
    const struct shelflife_registry_call call = {
        .method = method,
        .repository = u->place.repository,
        .path = path,
        .url = url,
        .body = body,
        .content_type = content_type,
        .most = SHELFLIFE_REGISTRY_REFUSAL_MAX,
    };
    return shelflife_registry_send_to(u->place.client, u->place.host, u->endpoint, &call, err);
}

/* Where the bytes go: the Location of the answer, with the digest. */
static bool upload_url(struct upload *u, str digest, buffer *url, error *err)
{
    str location = shelflife_registry_field(u->place.client, "location");
    const char *base = shelflife_registry_endpoint_url(u->endpoint, u->memory);
    if (!base)
        return shelflife_arena_fail(u->memory, err);
    if (location.len == 0 || !shelflife_net_url_resolve(base, location, url))
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "the registry does not say where to upload to");
    shelflife_buffer_append(url, memchr(url->at, '?', url->len) ? STR("&digest=") : STR("?digest="));
    shelflife_buffer_append(url, digest);
    shelflife_buffer_byte(url, '\0');
    if (url->failed)
        return shelflife_fail_memory(err);
    return shelflife_registry_check_url(u->place.client->registry, base, url->at, "to upload to", err);
}

static bool push_blob(struct upload *u, str bytes, str digest, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer url;
    shelflife_buffer_init(&url, URL_MAX);
    char path[PATH_MAX_LENGTH];
    snprintf(path, sizeof(path), "/blobs/%.*s", STR_PRINT(digest));
    if (send(u, SHELFLIFE_NET_HTTP_HEAD, path, NULL, (str){0}, NULL, err))
        return true;
    if (u->place.client->last.status != 404)
        return false;
    return send(u, SHELFLIFE_NET_HTTP_POST, "/blobs/uploads/", NULL, (str){0}, NULL, err) &&
           upload_url(u, digest, &url, err) &&
           send(u, SHELFLIFE_NET_HTTP_PUT, "", url.at, bytes, "application/octet-stream", err);
}

static bool push_manifest(struct upload *u, str name, str bytes, const char *type, error *err)
{
    char path[PATH_MAX_LENGTH];
    snprintf(path, sizeof(path), "/manifests/%.*s", STR_PRINT(name));
    if (!send(u, SHELFLIFE_NET_HTTP_PUT, path, NULL, bytes, type, err))
        return false;
    u->knows_subject = shelflife_registry_field(u->place.client, "oci-subject").len > 0;
    return true;
}

/* ---- Manifests ---- */

static void write_descriptor(struct shelflife_json_writer *w, str type, str digest, uint64_t size)
{
    shelflife_json_member_string(w, "mediaType", type);
    shelflife_json_member_string(w, "digest", digest);
    shelflife_json_member_count(w, "size", size);
}

static bool write_manifest(const struct shelflife_registry_artifact *artifact,
                           const struct shelflife_registry_descriptor *subject, str config, str layer,
                           buffer *out, error *err)
{
    struct shelflife_json_writer w;
    shelflife_json_writer_init(&w, out);
    shelflife_json_write_map(&w);
    shelflife_json_member_integer(&w, "schemaVersion", 2);
    shelflife_json_member_text(&w, "mediaType", MANIFEST_TYPE);
    shelflife_json_member_text(&w, "artifactType", artifact->artifact_type);
    shelflife_json_member_map(&w, "config");
    write_descriptor(&w, STR(EMPTY_TYPE), config, empty.len);
    shelflife_json_member_text(&w, "data", "e30=");
    shelflife_json_write_end(&w);
    shelflife_json_member_array(&w, "layers");
    shelflife_json_write_map(&w);
    write_descriptor(&w, shelflife_str_of(artifact->media_type), layer, artifact->bytes.len);
    if (artifact->title) {
        shelflife_json_member_map(&w, "annotations");
        shelflife_json_member_text(&w, TITLE, artifact->title);
        shelflife_json_write_end(&w);
    }
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    if (subject) {
        shelflife_json_member_map(&w, "subject");
        write_descriptor(&w, subject->media_type, subject->digest, subject->size);
        shelflife_json_write_end(&w);
    }
    shelflife_json_write_end(&w);
    return !out->failed || shelflife_fail_memory(err);
}

/* What a manifest refers to is described by its type and size, too. */
static bool describe_subject(struct upload *u, str digest, struct shelflife_registry_descriptor *out,
                             error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    str type, same;
    shelflife_buffer_init(&bytes, SHELFLIFE_REGISTRY_MANIFEST_MAX);
    if (!shelflife_registry_fetch_manifest(&u->place, digest, SHELFLIFE_REGISTRY_MANIFEST_ACCEPT, &bytes,
                                           u->memory, &type, &same, err))
        return false;
    *out = (struct shelflife_registry_descriptor){.media_type = type, .digest = same, .size = bytes.len};
    return true;
}

/* ---- The index of referrers under a tag, for registries that do not keep one ---- */

static void write_entry(struct shelflife_json_writer *w, const struct shelflife_registry_descriptor *d)
{
    shelflife_json_write_map(w);
    write_descriptor(w, d->media_type, d->digest, d->size);
    shelflife_json_member_optional(w, "artifactType", d->artifact_type);
    if (d->annotations.count) {
        shelflife_json_member_map(w, "annotations");
        for (size_t i = 0; i < d->annotations.count; i++) {
            shelflife_json_write_key(w, d->annotations.at[i].name);
            shelflife_json_write_string(w, d->annotations.at[i].value);
        }
        shelflife_json_write_end(w);
    }
    shelflife_json_write_end(w);
}

static bool read_index(struct upload *u, str tag, struct shelflife_registry_manifest *out, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    str type, digest;
    *out = (struct shelflife_registry_manifest){.kind = SHELFLIFE_REGISTRY_INDEX};
    shelflife_buffer_init(&bytes, SHELFLIFE_REGISTRY_MANIFEST_MAX);
    if (!shelflife_registry_fetch_manifest(&u->place, tag, SHELFLIFE_REGISTRY_MANIFEST_ACCEPT, &bytes,
                                           u->memory, &type, &digest, err))
        return u->place.client->last.missing;
    return shelflife_registry_manifest_read(shelflife_buffer_str(&bytes), type, u->memory, out, err) &&
           (out->kind == SHELFLIFE_REGISTRY_INDEX ||
            shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                           "the tag %.*s must be an index of referrers, but is a manifest", STR_PRINT(tag)));
}

static bool add_to_index(struct upload *u, str subject, const struct shelflife_registry_descriptor *added,
                         error *err)
{
    struct shelflife_registry_manifest before;
    struct shelflife_json_writer w;
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, SHELFLIFE_REGISTRY_MANIFEST_MAX);
    str tag;
    if (!shelflife_registry_fallback_tag(subject, "", u->memory, &tag, err) ||
        !read_index(u, tag, &before, err))
        return false;
    for (size_t i = 0; i < before.item_count; i++)
        if (shelflife_str_equal(before.items[i].digest, added->digest))
            return true;
    shelflife_json_writer_init(&w, &out);
    shelflife_json_write_map(&w);
    shelflife_json_member_integer(&w, "schemaVersion", 2);
    shelflife_json_member_text(&w, "mediaType", INDEX_TYPE);
    shelflife_json_member_array(&w, "manifests");
    for (size_t i = 0; i < before.item_count; i++)
        write_entry(&w, &before.items[i]);
    write_entry(&w, added);
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    if (out.failed)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "the index of referrers %.*s is full",
                              STR_PRINT(tag));
    return push_manifest(u, tag, shelflife_buffer_str(&out), INDEX_TYPE, err);
}

/* ---- Push ---- */

static bool push(struct upload *u, str tag, const struct shelflife_registry_artifact *artifact, str *digest,
                 error *err)
{
    CLEANUP(shelflife_buffer_free) buffer manifest;
    struct shelflife_registry_descriptor subject = {0};
    bool refers = artifact->subject.len > 0;
    str config, layer;
    shelflife_buffer_init(&manifest, MANIFEST_MAX);
    if (!digest_of(empty, u->memory, &config, err) || !digest_of(artifact->bytes, u->memory, &layer, err) ||
        (refers && !describe_subject(u, artifact->subject, &subject, err)) ||
        !push_blob(u, empty, config, err) || !push_blob(u, artifact->bytes, layer, err) ||
        !write_manifest(artifact, refers ? &subject : NULL, config, layer, &manifest, err) ||
        !digest_of(shelflife_buffer_str(&manifest), u->memory, digest, err) ||
        !push_manifest(u, refers ? *digest : tag, shelflife_buffer_str(&manifest), MANIFEST_TYPE, err))
        return false;
    const struct shelflife_registry_descriptor added = {
        .media_type = STR(MANIFEST_TYPE),
        .digest = *digest,
        .size = manifest.len,
        .artifact_type = shelflife_str_of(artifact->artifact_type),
    };
    return !refers || u->knows_subject || add_to_index(u, artifact->subject, &added, err);
}

bool shelflife_registry_push(struct shelflife_registry_client *client,
                             const struct shelflife_reference *reference,
                             const struct shelflife_registry_artifact *artifact, arena *a, str *digest,
                             error *err)
{
    struct upload u;
    str tag = shelflife_registry_tag_of(reference);
    return (begin_upload(client, reference, a, &u, err) && push(&u, tag, artifact, digest, err)) ||
           fail_with(client, reference, err);
}

/* ---- Pull ---- */

/* The manifest of an artifact, and its type. */
static bool fetch_typed(const struct shelflife_registry_place *place, str name, arena *a, str *digest,
                        struct shelflife_registry_manifest *out, str *type, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    str content_type;
    shelflife_buffer_init(&bytes, SHELFLIFE_REGISTRY_MANIFEST_MAX);
    if (!shelflife_registry_fetch_manifest(place, name, SHELFLIFE_REGISTRY_MANIFEST_ACCEPT, &bytes, a,
                                           &content_type, digest, err) ||
        !shelflife_registry_manifest_read(shelflife_buffer_str(&bytes), content_type, a, out, err))
        return false;
    /* Before OCI 1.1 the type was that of the configuration. */
    *type = out->artifact_type.len ? out->artifact_type : out->config.media_type;
    return true;
}

static bool take_layer(const struct shelflife_registry_manifest *m,
                       struct shelflife_registry_descriptor *layer, error *err)
{
    if (m->item_count != 1)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "must have one layer, not %zu", m->item_count);
    *layer = m->items[0];
    return true;
}

/* The only layer of an artifact, whose type must be `type`. */
static bool fetch_artifact(const struct shelflife_registry_place *place, str name, const char *type, arena *a,
                           str *digest, struct shelflife_registry_descriptor *layer, error *err)
{
    struct shelflife_registry_manifest m;
    str found;
    if (!fetch_typed(place, name, a, digest, &m, &found, err))
        return false;
    if (m.kind != SHELFLIFE_REGISTRY_MANIFEST || !shelflife_str_equal(found, shelflife_str_of(type)))
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "is %.*s, but must be an artifact of the type %s",
                              STR_PRINT(found.len ? shelflife_str_first(found, 128) : STR("an image")), type);
    return take_layer(&m, layer, err);
}

static bool pull(const struct shelflife_registry_place *place, const struct shelflife_reference *reference,
                 const char *type, str known, buffer *bytes, arena *a, str *digest, bool *unchanged,
                 error *err)
{
    struct shelflife_registry_descriptor layer;
    str name = reference->digest;
    *unchanged = false;
    if (name.len == 0) {
        name = shelflife_registry_tag_of(reference);
        if (known.len) {
            if (!shelflife_registry_fetch_digest(place, name, a, digest, err))
                return false;
            *unchanged = shelflife_str_equal(*digest, known);
        }
    } else {
        *digest = name;
        *unchanged = shelflife_str_equal(name, known);
    }
    if (*unchanged)
        return true;
    size_t before = bytes->len;
    if (fetch_artifact(place, name, type, a, digest, &layer, err) &&
        shelflife_registry_fetch_blob(place, &layer, bytes->limit - bytes->len, shelflife_buffer_collect,
                                      bytes, err))
        return true;
    bytes->len = before;
    return false;
}

bool shelflife_registry_pull(struct shelflife_registry_client *client,
                             const struct shelflife_reference *reference, const char *artifact_type,
                             str known_digest, buffer *bytes, arena *a, str *digest, bool *unchanged,
                             struct shelflife_registry_failure *failure, error *err)
{
    struct shelflife_registry_place place;
    shelflife_registry_begin(client);
    bool ok = shelflife_registry_place_of(client, reference, &place, err) &&
              pull(&place, reference, artifact_type, known_digest, bytes, a, digest, unchanged, err);
    if (failure)
        *failure = ok ? (struct shelflife_registry_failure){0} : client->last;
    return ok || fail_with(client, reference, err);
}

/* ---- Referrers ---- */

/* An entry without a type may be of another one: then it is passed over. */
static bool pass_referrer(const struct shelflife_registry_place *place, str digest, const char *type,
                          arena *a, bool (*sink)(void *context, str digest, str bytes, error *err),
                          void *context, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    struct shelflife_registry_manifest m;
    struct shelflife_registry_descriptor layer;
    str same, found;
    shelflife_buffer_init(&bytes, REFERRER_MAX);
    place->client->last = (struct shelflife_registry_failure){0};
    if (!fetch_typed(place, digest, a, &same, &m, &found, err))
        return place->client->last.missing; /* listed still, but deleted */
    if (m.kind != SHELFLIFE_REGISTRY_MANIFEST || !shelflife_str_equal(found, shelflife_str_of(type)))
        return true;
    return take_layer(&m, &layer, err) &&
           shelflife_registry_fetch_blob(place, &layer, REFERRER_MAX, shelflife_buffer_collect, &bytes,
                                         err) &&
           sink(context, digest, shelflife_buffer_str(&bytes), err);
}

bool shelflife_registry_referrers(struct shelflife_registry_client *client,
                                  const struct shelflife_reference *reference, str subject,
                                  const char *artifact_type,
                                  bool (*sink)(void *context, str digest, str bytes, error *err),
                                  void *context, error *err)
{
    CLEANUP(shelflife_arena_free) arena memory;
    struct shelflife_registry_place place;
    struct shelflife_registry_referrer_list list = {0};
    shelflife_arena_init(&memory, SHELFLIFE_REGISTRY_ARTIFACT_MEMORY_MAX);
    shelflife_registry_begin(client);
    bool ok = shelflife_registry_place_of(client, reference, &place, err) &&
              shelflife_registry_list_referrers(&place, subject, artifact_type, &memory, &list, err);
    for (size_t i = 0; ok && i < list.count; i++)
        ok = pass_referrer(&place, list.at[i].digest, artifact_type, &memory, sink, context, err);
    return ok || fail_with(client, reference, err);
}

/* ---- Signatures as cosign stores them ---- */

static bool pass_signature(const struct shelflife_registry_place *place,
                           const struct shelflife_registry_descriptor *layer,
                           bool (*sink)(void *context, str payload, str signature, error *err), void *context,
                           error *err)
{
    CLEANUP(shelflife_buffer_free) buffer payload;
    shelflife_buffer_init(&payload, REFERRER_MAX);
    str signature = shelflife_registry_annotation(&layer->annotations, COSIGN_SIGNATURE);
    if (signature.len == 0 || !shelflife_str_equal(layer->media_type, STR(COSIGN_TYPE)))
        return true;
    return shelflife_registry_fetch_blob(place, layer, REFERRER_MAX, shelflife_buffer_collect, &payload,
                                         err) &&
           sink(context, shelflife_buffer_str(&payload), signature, err);
}

static bool pass_signatures(const struct shelflife_registry_place *place, str subject, arena *a,
                            bool (*sink)(void *context, str payload, str signature, error *err),
                            void *context, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    struct shelflife_registry_manifest m;
    str tag, type, digest;
    shelflife_buffer_init(&bytes, SHELFLIFE_REGISTRY_MANIFEST_MAX);
    if (!shelflife_registry_fallback_tag(subject, ".sig", a, &tag, err))
        return false;
    if (!shelflife_registry_fetch_manifest(place, tag, SHELFLIFE_REGISTRY_MANIFEST_ACCEPT, &bytes, a, &type,
                                           &digest, err))
        return place->client->last.missing;
    if (!shelflife_registry_manifest_read(shelflife_buffer_str(&bytes), type, a, &m, err))
        return false;
    bool ok = m.kind == SHELFLIFE_REGISTRY_MANIFEST;
    size_t count = ok ? m.item_count : 0;
    for (size_t i = 0; i < count && i < SHELFLIFE_REGISTRY_REFERRERS_MAX; i++)
        if (!pass_signature(place, &m.items[i], sink, context, err))
            return false;
    return true;
}

bool shelflife_registry_cosign_signatures(struct shelflife_registry_client *client,
                                          const struct shelflife_reference *reference, str subject,
                                          bool (*sink)(void *context, str payload, str signature, error *err),
                                          void *context, error *err)
{
    CLEANUP(shelflife_arena_free) arena memory;
    struct shelflife_registry_place place;
    shelflife_arena_init(&memory, SHELFLIFE_REGISTRY_ARTIFACT_MEMORY_MAX);
    shelflife_registry_begin(client);
    return (shelflife_registry_place_of(client, reference, &place, err) &&
            pass_signatures(&place, subject, &memory, sink, context, err)) ||
           fail_with(client, reference, err);
}
