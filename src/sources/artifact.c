#include "sources/artifact.h"

#include "pki/pki.h"
#include "json/document.h"

enum { MEMORY_MAX = 64 << 20 };

#define SCHEME "oci://"

bool shelflife_sources_is_artifact(const char *text)
{
    return shelflife_str_starts(shelflife_str_of(text), STR(SCHEME));
}

bool shelflife_sources_artifact_parse(const char *text, arena *a, struct shelflife_reference *out, error *err)
{
    str rest = shelflife_str_after(shelflife_str_of(text), strlen(SCHEME)), whole;
    size_t slash = shelflife_str_find(rest, '/');
    str host = shelflife_str_first(rest, slash);
    /* A host without a dot or port would be taken for the beginning of a path. */
    bool plain = shelflife_str_find(host, '.') == SIZE_MAX && shelflife_str_find(host, ':') == SIZE_MAX;
    if (slash == SIZE_MAX || slash == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "%s: must be oci://HOST/REPOSITORY:TAG", text);
    if (!shelflife_arena_format(a, &whole, "%.*s%s%.*s", STR_PRINT(host), plain ? ":443" : "",
                                STR_PRINT(shelflife_str_after(rest, slash))))
        return shelflife_arena_fail(a, err);
    if (shelflife_reference_parse(whole, a, out, err))
        return true;
    if (err && err->kind == SHELFLIFE_ERROR_INPUT)
        err->kind = SHELFLIFE_ERROR_USAGE;
    return shelflife_error_prefix(err, "%s", text);
}

/* ---- Signatures ---- */

/* A search for a signature that the key made. */
struct search {
    str key, bytes, digest;
    buffer *signature;
    bool found, own;
    size_t others; /* signatures that do not match */
    error why;
};

static bool try_own(void *context, str digest, str signature, error *err)
{
    struct search *s = context;
    (void)digest;
    if (s->found)
        return true;
    if (!shelflife_pki_verify(s->key, s->bytes, signature, &s->why)) {
        s->others++;
        return s->why.kind == SHELFLIFE_ERROR_INPUT || shelflife_fail(err, s->why.kind, "%s", s->why.text);
    }
    s->found = s->own = true;
    shelflife_buffer_reset(s->signature);
    shelflife_buffer_append(s->signature, signature);
    return !s->signature->failed || shelflife_fail_memory(err);
}

/* Whether a payload that cosign signed is about the digest. */
static bool names_digest(str payload, str digest)
{
    static const char *const path[] = {"critical", "image", "docker-manifest-digest"};
    struct node nodes[COUNT(path) + 1];
    str text;
    CLEANUP(cleanup_document)
    struct shelflife_document *d = shelflife_document_read(payload, "payload", NULL);
    if (!d)
        return false;
    nodes[0] = shelflife_document_root(d);
    for (size_t i = 0; i < COUNT(path); i++)
        if (!shelflife_node_get(&nodes[i], path[i], &nodes[i + 1]))
            return false;
    return shelflife_node_type(nodes[COUNT(path)]) == NODE_STRING &&
           shelflife_node_string(nodes[COUNT(path)], &text, NULL) && shelflife_str_equal(text, digest);
}

static bool try_cosign(void *context, str payload, str signature, error *err)
{
    struct search *s = context;
    if (s->found)
        return true;
    if (!shelflife_pki_verify(s->key, payload, signature, &s->why)) {
        s->others++;
        return s->why.kind == SHELFLIFE_ERROR_INPUT || shelflife_fail(err, s->why.kind, "%s", s->why.text);
    }
    s->found = names_digest(payload, s->digest);
    s->others += !s->found;
    return true;
}

static bool find_signature(struct shelflife_registry_client *client,
                           const struct shelflife_reference *reference, struct search *s, error *err)
{
    if (!shelflife_registry_referrers(client, reference, s->digest, SHELFLIFE_SOURCES_SIGNATURE_TYPE, try_own,
                                      s, err) ||
        (!s->found &&
         !shelflife_registry_cosign_signatures(client, reference, s->digest, try_cosign, s, err)))
        return false;
    if (s->found)
        return true;
    if (s->others)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                              "%.*s: none of its %zu signatures was made for it with the key",
                              STR_PRINT(reference->normalized), s->others);
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                          "%.*s: has no signature: push it with --key, or sign it with \"cosign sign --key\"",
                          STR_PRINT(reference->normalized));
}

/* ---- The file ---- */

/* By the digest, so that the signatures are those of what was downloaded. */
static bool pull(const struct shelflife_sources_artifact *artifact,
                 const struct shelflife_reference *reference, str digest, buffer *bytes, arena *a,
                 bool *transient, error *err)
{
    struct shelflife_reference exact = *reference;
    struct shelflife_registry_failure failure;
    bool unchanged;
    str same;
    exact.digest = digest;
    bool ok = shelflife_registry_pull(artifact->client, &exact, artifact->type, (str){0}, bytes, a, &same,
                                      &unchanged, &failure, err);
    *transient = failure.transient;
    return ok;
}

static bool fetch(const struct shelflife_sources_artifact *artifact,
                  const struct shelflife_reference *reference, buffer *bytes, buffer *signature, arena *a,
                  struct shelflife_sources_artifact_found *found, error *err)
{
    struct shelflife_registry_failure failure = {0};
    str digest;
    bool resolved = shelflife_registry_resolve(artifact->client, reference, a, &digest, &failure, err);
    found->transient = failure.transient;
    if (!resolved)
        return false;
    snprintf(found->digest, sizeof(found->digest), "%.*s", STR_PRINT(digest));
    found->unchanged = shelflife_str_equal(digest, shelflife_str_of(artifact->known));
    if (found->unchanged)
        return true;
    if (artifact->begin && !artifact->begin(artifact->context, err))
        return false;
    if (!pull(artifact, reference, digest, bytes, a, &found->transient, err))
        return false;
    struct search s = {
        .key = artifact->key, .bytes = shelflife_buffer_str(bytes), .digest = digest, .signature = signature};
    if (!find_signature(artifact->client, reference, &s, err)) {
        found->transient = true; /* it is pushed after the file */
        return false;
    }
    found->own = s.own;
    return true;
}

bool shelflife_sources_artifact_fetch(const struct shelflife_sources_artifact *artifact, buffer *bytes,
                                      buffer *signature, struct shelflife_sources_artifact_found *found,
                                      error *err)
{
    CLEANUP(shelflife_arena_free) arena memory;
    struct shelflife_reference reference;
    *found = (struct shelflife_sources_artifact_found){0};
    shelflife_arena_init(&memory, MEMORY_MAX);
    return shelflife_sources_artifact_parse(artifact->url, &memory, &reference, err) &&
           fetch(artifact, &reference, bytes, signature, &memory, found, err);
}
