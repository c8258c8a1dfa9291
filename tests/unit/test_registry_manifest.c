/* rooms: registry net file pki reference json base */
#include "registry/manifest.h"
#include "unit/registry_kit.h"

#define D1 "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define D2 "sha256:2222222222222222222222222222222222222222222222222222222222222222"
#define OCI "application/vnd.oci.image.manifest.v1+json"
#define OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define DOCKER "application/vnd.docker.distribution.manifest.v2+json"
#define DOCKER_LIST "application/vnd.docker.distribution.manifest.list.v2+json"
#define OCI_CONFIG "application/vnd.oci.image.config.v1+json"
#define CONFIG "\"config\":{\"mediaType\":\"" OCI_CONFIG "\",\"digest\":\"" D1 "\",\"size\":2}"

static const struct {
    const char *type, *text;
    int kind;          /* -1: an error */
    const char *image; /* NULL: it is one; else, or of the error, the text */
} manifests[] = {
    /* The type of the response, then the document's, then its members. */
    {OCI, "{\"schemaVersion\":2," CONFIG ",\"layers\":[]}", SHELFLIFE_REGISTRY_MANIFEST, NULL},
    {OCI "; charset=utf-8", "{\"schemaVersion\":2," CONFIG "}", SHELFLIFE_REGISTRY_MANIFEST, NULL},
    {"application/json", "{\"schemaVersion\":2,\"mediaType\":\"" DOCKER "\"," CONFIG "}",
     SHELFLIFE_REGISTRY_MANIFEST, NULL},
    {"", "{\"schemaVersion\":2," CONFIG "}", SHELFLIFE_REGISTRY_MANIFEST, NULL},
    {"", "{\"SchemaVersion\":2,\"Config\":{\"MediaType\":\"" OCI_CONFIG "\",\"Digest\":\"" D1 "\"}}",
     SHELFLIFE_REGISTRY_MANIFEST, NULL},
    {DOCKER_LIST, "{\"manifests\":[]}", SHELFLIFE_REGISTRY_INDEX, NULL},
    {"", "{\"mediaType\":\"" OCI_INDEX "\",\"manifests\":[]}", SHELFLIFE_REGISTRY_INDEX, NULL},
    {"text/plain", "{\"manifests\":[{\"digest\":\"" D1 "\"}]}", SHELFLIFE_REGISTRY_INDEX, NULL},
    /* What could be taken for either. */
    {OCI, "{\"manifests\":[]," CONFIG "}", -1,
     "the manifest has \"manifests\" and also \"config\" or \"layers\", so that it could be an index or an "
     "image"},
    {OCI_INDEX, "{\"manifests\":[],\"layers\":[]}", -1,
     "the manifest has \"manifests\" and also \"config\" or \"layers\", so that it could be an index or an "
     "image"},
    {OCI_INDEX, "{" CONFIG "}", -1, "the manifest has no \"manifests\""},
    {OCI, "{\"manifests\":[]}", -1, "the manifest has no \"config\""},
    {"", "{}", -1, "the manifest has no \"config\""},
    /* The old schema. */
    {"application/vnd.docker.distribution.manifest.v1+prettyjws", "{\"schemaVersion\":1}", -1,
     "the manifest has the old schema 1, which has no configuration; push the image again with a tool of "
     "today"},
    {"", "{\"schemaVersion\":1,\"name\":\"x\"}", -1,
     "the manifest has the old schema 1, which has no configuration; push the image again with a tool of "
     "today"},
    {"", "{\"fsLayers\":[{\"blobSum\":\"x\"}],\"history\":[{}]}", -1,
     "the manifest has the old schema 1, which has no configuration; push the image again with a tool of "
     "today"},
    {"", "{\"schemaVersion\":3," CONFIG "}", -1, "schemaVersion of the manifest must be 2"},
    /* What is not an image. */
    {OCI, "{\"config\":{\"mediaType\":\"application/vnd.cncf.helm.config.v1+json\",\"digest\":\"" D1 "\"}}",
     SHELFLIFE_REGISTRY_MANIFEST,
     "not an image: its config is of type application/vnd.cncf.helm.config.v1+json"},
    {OCI,
     "{\"artifactType\":\"application/x\",\"config\":{\"mediaType\":\"application/"
     "vnd.oci.empty.v1+json\",\"digest\":\"" D1 "\"}}",
     SHELFLIFE_REGISTRY_MANIFEST, "not an image: its config is of type application/vnd.oci.empty.v1+json"},
    {OCI, "{\"artifactType\":\"application/x\"}", SHELFLIFE_REGISTRY_MANIFEST,
     "not an image: it is of type application/x"},
    {OCI, "{\"config\":{}}", SHELFLIFE_REGISTRY_MANIFEST,
     "the config of the manifest has no digest, such as sha256: and 64 hex digits"},
    {OCI, "{\"config\":{\"mediaType\":\"application/octet-stream\",\"digest\":\"" D1 "\"}}",
     SHELFLIFE_REGISTRY_MANIFEST, NULL},
    {OCI, "{\"config\":{\"mediaType\":\"" OCI_CONFIG "\",\"digest\":\"sha256:../../etc\"}}",
     SHELFLIFE_REGISTRY_MANIFEST,
     "the config of the manifest has no digest, such as sha256: and 64 hex digits"},
    /* Wrong types. */
    {OCI, "[]", -1, "the manifest: it must be a map, not an array"},
    {OCI, "{\"config\":[]}", -1, "the manifest: config must be a map, not an array"},
    {OCI, "{\"config\":{\"size\":-1}}", -1, "the manifest: config.size must be an integer from 0 to 10^18"},
    {OCI, "{\"config\":{\"size\":1e3}}", -1, "the manifest: config.size must be an integer from 0 to 10^18"},
    {OCI, "{\"fsLayers\":[],\"mediaType\":4}", -1, "the manifest: mediaType must be a string, not a number"},
    {OCI_INDEX, "{\"manifests\":{}}", -1, "the manifest: manifests must be an array, not a map"},
    {OCI_INDEX, "{\"manifests\":[{},3]}", -1, "the manifest: manifests[1] must be a map, not a number"},
    {OCI_INDEX, "{\"manifests\":[{},{\"platform\":{\"os\":4}}]}", -1,
     "the manifest: manifests[1].platform.os must be a string, not a number"},
    {OCI_INDEX, "{\"manifests\":[{\"annotations\":{\"a\":4}}]}", -1,
     "the manifest: an annotation must be a string, not a number"},
    /* null is missing. */
    {OCI, "{\"mediaType\":null,\"annotations\":null,\"subject\":null,\"layers\":null," CONFIG "}",
     SHELFLIFE_REGISTRY_MANIFEST, NULL},
};

static void manifests_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(manifests); i++) {
        CLEANUP(shelflife_arena_free) arena a;
        struct shelflife_registry_manifest out = {0};
        error err = {0};
        shelflife_arena_init(&a, 1 << 20);
        bool ok = shelflife_registry_manifest_read(shelflife_str_of(manifests[i].text),
                                                   shelflife_str_of(manifests[i].type), &a, &out, &err);
        if (ok != (manifests[i].kind >= 0) || (ok && (int)out.kind != manifests[i].kind))
            fail_msg("%s: %s", manifests[i].text, err.text);
        if (ok && out.kind == SHELFLIFE_REGISTRY_MANIFEST)
            assert_int_equal(shelflife_registry_manifest_is_image(&out, &err), manifests[i].image == NULL);
        assert_string_equal(err.text, manifests[i].image ? manifests[i].image : "");
    }
}

static void all_of_a_manifest_is_read(void **state)
{
    (void)state;
    static const char text[] = "{\"schemaVersion\":2,\"mediaType\":\"" OCI
                               "\",\"artifactType\":\"application/x\"," CONFIG ",\"layers\":[{\"mediaType\":"
                               "\"application/y\",\"digest\":\"" D2
                               "\",\"size\":12,\"annotations\":{\"org.opencontainers.image.title\":\"f\"}}],"
                               "\"subject\":{\"mediaType\":\"" OCI "\",\"digest\":\"" D2
                               "\",\"size\":3},\"annotations\":{\"a\":\"1\",\"b\":\"\",\"c\":\"x\\ny\"}}";
    CLEANUP(shelflife_arena_free) arena a;
    struct shelflife_registry_manifest m = {0};
    shelflife_arena_init(&a, 1 << 20);
    assert_true(shelflife_registry_manifest_read(shelflife_str_of(text), (str){0}, &a, &m, NULL));
    assert_str_equal(m.media_type, OCI);
    assert_str_equal(m.artifact_type, "application/x");
    assert_str_equal(m.config.digest, D1);
    assert_int_equal(m.config.size, 2);
    assert_int_equal(m.item_count, 1);
    assert_str_equal(m.items[0].media_type, "application/y");
    assert_str_equal(m.items[0].digest, D2);
    assert_int_equal(m.items[0].size, 12);
    assert_str_equal(shelflife_registry_annotation(&m.items[0].annotations, "org.opencontainers.image.title"),
                     "f");
    assert_str_equal(m.subject.digest, D2);
    assert_int_equal(m.annotations.count, 2);
    assert_str_equal(shelflife_registry_annotation(&m.annotations, "a"), "1");
    assert_str_equal(shelflife_registry_annotation(&m.annotations, "c"), "");
}

/* ---- Platforms of an index ---- */

#define ENTRY(digit, platform) "{\"digest\":\"sha256:" digit "\"" platform "}"
#define PLATFORM(os, architecture) ",\"platform\":{\"os\":\"" os "\",\"architecture\":\"" architecture "\"}"
#define VARIANT(os, architecture, variant)                                                                   \
    ",\"platform\":{\"os\":\"" os "\",\"architecture\":\"" architecture "\",\"variant\":\"" variant "\"}"
#define HEX63 "000000000000000000000000000000000000000000000000000000000000000"

static const struct {
    const char *manifests, *wanted, *order; /* the last digit of each */
} indexes[] = {
    {"", "linux/amd64", ""},
    {ENTRY(HEX63 "1", PLATFORM("linux", "arm64")) "," ENTRY(HEX63 "2", PLATFORM("linux", "amd64")),
     "linux/amd64", "2"},
    {ENTRY(HEX63 "1", PLATFORM("linux", "amd64")) "," ENTRY(HEX63 "2", PLATFORM("linux", "amd64")),
     "linux/amd64", "12"},
    {ENTRY(HEX63 "1", PLATFORM("unknown", "unknown")) "," ENTRY(HEX63 "2", PLATFORM("linux", "amd64")),
     "linux/amd64", "2"},
    {ENTRY(HEX63 "1", PLATFORM("unknown", "unknown")), "unknown/unknown", ""},
    {ENTRY(HEX63 "1", "") "," ENTRY(HEX63 "2", PLATFORM("linux", "amd64")) "," ENTRY(HEX63 "3", ""),
     "linux/amd64", "213"},
    {ENTRY(HEX63 "1", ",\"platform\":{}") "," ENTRY(HEX63 "2", ",\"platform\":null"), "linux/amd64", "12"},
    {ENTRY(HEX63 "1", VARIANT("linux", "arm", "v6")) "," ENTRY(
         HEX63 "2", VARIANT("linux", "arm", "v7")) "," ENTRY(HEX63 "3", VARIANT("linux", "arm64", "v8")),
     "linux/arm64", "321"},
    {ENTRY("short", PLATFORM("linux", "amd64")) "," ENTRY(HEX63 "2", PLATFORM("linux", "amd64")),
     "linux/amd64", "2"},
};

static void the_best_platform_comes_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(indexes); i++) {
        CLEANUP(shelflife_arena_free) arena a;
        struct shelflife_registry_manifest index = {0};
        struct shelflife_registry_platform wanted;
        const struct shelflife_registry_descriptor **order;
        size_t count;
        char text[1024], shown[16] = "";
        error err = {0};
        shelflife_arena_init(&a, 1 << 20);
        snprintf(text, sizeof(text), "{\"schemaVersion\":2,\"manifests\":[%s]}", indexes[i].manifests);
        if (!shelflife_registry_manifest_read(shelflife_str_of(text), (str){0}, &a, &index, &err))
            fail_msg("%s", err.text);
        assert_true(shelflife_registry_platform_parse(shelflife_str_of(indexes[i].wanted), &wanted, &err));
        assert_true(shelflife_registry_manifest_candidates(&index, &wanted, &a, &order, &count, &err));
        assert_true(count < sizeof(shown));
        for (size_t k = 0; k < count; k++)
            shown[k] = order[k]->digest.at[order[k]->digest.len - 1];
        assert_string_equal(shown, indexes[i].order);
    }
}

/* ---- Hostile manifests ---- */

static const struct {
    const char *before, *repeated, *after;
    size_t count;
    const char *error;
} hostile[] = {
    {"{\"manifests\":[{}", ",{}", "]}", SHELFLIFE_REGISTRY_DESCRIPTORS_MAX,
     "the manifest: manifests has more than 4096 elements"},
    {"{\"annotations\":{\"a\":\"\"", ",\"a\":\"\"", "}}", SHELFLIFE_REGISTRY_ANNOTATIONS_MAX,
     "the manifest: there are more than 4096 annotations"},
    {"{\"annotations\":", "[", "", 10, "the manifest: annotations must be a map, not an array"},
    {"{", "        ", "}", SHELFLIFE_REGISTRY_MANIFEST_MAX / 8, "the manifest has more than 4194304 bytes"},
    {"{" CONFIG ",\"annotations\":{\"a\":\"", "long", "\"}}", 100000, ""},
    {"{" CONFIG ",\"annotations\":{\"", "long", "\":\"\"}}", 100000, ""},
    {"{" CONFIG ",\"x\":", "[[", "", 10000, "*"},
};

static void hostile_manifests_take_little_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(hostile); i++) {
        CLEANUP(shelflife_arena_free) arena a;
        CLEANUP(shelflife_buffer_free) buffer text;
        struct shelflife_registry_manifest out = {0};
        error err = {0};
        shelflife_arena_init(&a, 1 << 20);
        shelflife_buffer_init(&text, 1 << 24);
        shelflife_buffer_append(&text, shelflife_str_of(hostile[i].before));
        repeat(&text, hostile[i].repeated, hostile[i].count);
        shelflife_buffer_append(&text, shelflife_str_of(hostile[i].after));
        bool ok = shelflife_registry_manifest_read(shelflife_buffer_str(&text), (str){0}, &a, &out, &err);
        assert_int_equal(ok, hostile[i].error[0] == '\0');
        if (hostile[i].error[0] != '*')
            assert_string_equal(err.text, hostile[i].error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(manifests_are_told_apart),
        cmocka_unit_test(all_of_a_manifest_is_read),
        cmocka_unit_test(the_best_platform_comes_first),
        cmocka_unit_test(hostile_manifests_take_little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
