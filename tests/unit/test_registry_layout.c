/* rooms: registry net file pki reference json base */
#include "registry/layout.h"
#include "unit/registry_kit.h"

#define MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define INDEX "application/vnd.oci.image.index.v1+json"
#define CONFIG "application/vnd.oci.image.config.v1+json"
#define LOST "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define REF_NAME "org.opencontainers.image.ref.name"

/* ---- Making images ---- */

static const char *add_manifest(struct kit_store *s, const char *config, const char *annotations)
{
    return kit_store_blob(s, kit_text(s, "{\"config\":{\"mediaType\":\"" CONFIG "\",\"digest\":\"%s\"}%s}",
                                      config, annotations));
}

/* An image of a platform with a variable. */
static const char *add_image(struct kit_store *s, const char *architecture, const char *variable)
{
    const char *config = kit_store_blob(
        s, kit_text(s, "{\"os\":\"linux\",\"architecture\":\"%s\",\"config\":{\"Env\":[\"%s\"]}}",
                    architecture, variable));
    return add_manifest(s, config, "");
}

static const char *entry(struct kit_store *s, const char *digest, const char *architecture,
                         const char *annotation, const char *value)
{
    const char *platform =
        architecture[0]
            ? kit_text(s, ",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}", architecture)
            : "";
    const char *annotations =
        annotation[0] ? kit_text(s, ",\"annotations\":{\"%s\":\"%s\"}", annotation, value) : "";
    return kit_text(s, "{\"digest\":\"%s\"%s%s}", digest, platform, annotations);
}

static const char *add_index(struct kit_store *s, const char *a, const char *b)
{
    return kit_store_blob(
        s, kit_text(s, "{\"schemaVersion\":2,\"mediaType\":\"" INDEX "\",\"manifests\":[%s%s%s]}", a,
                    b[0] ? "," : "", b));
}

static void put_index(struct kit_store *s, const char *a, const char *b)
{
    kit_store_put(
        s, "index.json",
        shelflife_str_of(kit_text(s, "{\"schemaVersion\":2,\"manifests\":[%s%s%s]}", a, b[0] ? "," : "", b)));
}

typedef bool form(const struct shelflife_registry_layout *layout, error *err);

static void check_form(struct kit_store *s, form *read, const char *platform, const char *name,
                       const char *expected)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    const struct shelflife_registry_wanted wanted = {.platform = shelflife_str_of(platform)};
    const struct shelflife_registry_layout layout = {.text = "oci:D",
                                                     .name = shelflife_str_of(name),
                                                     .wanted = &wanted,
                                                     .sink = kit_show,
                                                     .sink_context = &out,
                                                     .read = kit_store_read,
                                                     .context = s};
    error err = {0};
    shelflife_buffer_init(&out, 1 << 20);
    if (!read(&layout, &err))
        shelflife_buffer_format(&out, "!! %s\n", err.text);
    assert_str_equal(shelflife_buffer_str(&out), expected);
    kit_store_free(s);
}

/* ---- OCI layouts ---- */

static void an_image_is_read(void **state)
{
    (void)state;
    struct kit_store s;
    kit_store_init(&s);
    const char *config =
        kit_store_blob(&s, "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Env\":[\"A=1\"],"
                           "\"Labels\":{\"l\":\"2\"}},\"history\":[{\"created_by\":\"ADD a.tar /\"}]}");
    const char *manifest =
        add_manifest(&s, config,
                     ",\"annotations\":{\"x\":\"y\",\"org.opencontainers.image.base.name\":\"debian:12\","
                     "\"org.opencontainers.image.base.digest\":\"" LOST "\"}");
    put_index(&s, entry(&s, manifest, "", "z", "w"), "");
    check_form(&s, shelflife_registry_layout_oci, NULL, NULL,
               "oci:D linux/amd64\nenv A=1\nlabel l=2\nhistory ADD a.tar /\nannotation x=y\n"
               "annotation org.opencontainers.image.base.name=debian:12\n"
               "annotation org.opencontainers.image.base.digest=" LOST "\nbase debian:12 sha256:111\n");
}

static void the_image_of_the_platform_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *platform, *expected;
    } cases[] = {
        {NULL, "oci:D:app:1 linux/amd64 [app:1]\nenv A=amd\n"},
        {"linux/arm64", "oci:D:app:1 linux/arm64 [app:1]\nenv A=arm\n"},
        {"linux/arm64/v9",
         "oci:D:app:1 linux/arm64 [app:1]\nenv A=arm\n"
         "note there is no image for linux/arm64/v9; that for linux/arm64 runs there, but not all "
         "runtimes choose it\n"},
        {"linux/s390x",
         "! oci:D:app:1: there is no image for linux/s390x; there are linux/amd64, linux/arm64\n"},
        {"linux", "! oci:D:app:1: \"linux\" is not a platform; write OS/ARCHITECTURE or "
                  "OS/ARCHITECTURE/VARIANT, such as "
                  "linux/arm64\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kit_store s;
        kit_store_init(&s);
        const char *both = kit_text(&s, "%s,%s", entry(&s, add_image(&s, "amd64", "A=amd"), "amd64", "", ""),
                                    entry(&s, add_image(&s, "arm64", "A=arm"), "arm64", "", ""));
        const char *attestation = kit_text(
            &s, "{\"digest\":\"" LOST "\",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}}");
        put_index(&s, entry(&s, add_index(&s, attestation, both), "", REF_NAME, "app:1"), "");
        check_form(&s, shelflife_registry_layout_oci, cases[i].platform, NULL, cases[i].expected);
    }
}

static void more_evidence_than_an_inventory_may_have_is_an_error(void **state)
{
    (void)state;
    enum { EACH = 3000 };
    static char text[3 * EACH + 64];
    struct kit_store s;
    size_t len = 0;
    kit_store_init(&s);
    for (int i = 0; i < 3; i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%c=", i ? "\",\"" : "", 'A' + i);
        memset(text + len, 'x', EACH);
        len += EACH;
    }
    put_index(&s, entry(&s, add_image(&s, "amd64", text), "", "", ""), "");
    check_form(&s, shelflife_registry_layout_oci, NULL, NULL,
               "! oci:D: the image has 3 pieces of evidence with 9003 bytes: 1024 with 8192 bytes are "
               "allowed\n");
}

static void what_runtimes_disagree_about_is_noted(void **state)
{
    (void)state;
    struct kit_store s;
    kit_store_init(&s); /* podman's cache writes arm64 under amd64 */
    put_index(
        &s,
        entry(&s, add_index(&s, entry(&s, add_image(&s, "arm64", "A=1"), "amd64", "", ""), ""), "", "", ""),
        "");
    check_form(
        &s, shelflife_registry_layout_oci, NULL, NULL,
        "oci:D linux/arm64\nenv A=1\nnote the index says linux/amd64, the configuration linux/arm64\n");

    kit_store_init(&s); /* no platforms */
    const char *arm = entry(&s, add_image(&s, "arm64", "A=arm"), "", "", "");
    put_index(
        &s, entry(&s, add_index(&s, arm, entry(&s, add_image(&s, "amd64", "A=amd"), "", "", "")), "", "", ""),
        "");
    check_form(&s, shelflife_registry_layout_oci, NULL, NULL,
               "oci:D linux/amd64\nenv A=amd\nnote the index names no platform; runtimes may choose another "
               "image of it\n");

    kit_store_init(&s); /* an index in an index */
    const char *inner = add_index(&s, entry(&s, add_image(&s, "amd64", "A=1"), "amd64", "", ""), "");
    put_index(&s,
              entry(&s,
                    add_index(&s, kit_text(&s, "{\"mediaType\":\"" INDEX "\",\"digest\":\"%s\"}", inner), ""),
                    "", "", ""),
              "");
    check_form(&s, shelflife_registry_layout_oci, NULL, NULL,
               "oci:D linux/amd64\nenv A=1\nnote the index names no platform; runtimes may choose another "
               "image of it\n"
               "note the image is in an index within an index; not all runtimes look there\n");

    kit_store_init(&s); /* variants */
    const char *v1 = entry(&s, add_image(&s, "amd64", "A=1"), "amd64", "", "");
    const char *v3 = kit_text(
        &s,
        "{\"digest\":\"%s\",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\",\"variant\":\"v3\"}}",
        add_image(&s, "amd64", "A=3"));
    put_index(&s, entry(&s, add_index(&s, v3, v1), "", "", ""), "");
    check_form(&s, shelflife_registry_layout_oci, NULL, NULL,
               "oci:D linux/amd64\nenv A=1\nnote the index has linux/amd64 and linux/amd64/v3; runtimes "
               "choose by the "
               "processor\n");

    kit_store_init(&s); /* only one image */
    put_index(&s, entry(&s, add_image(&s, "amd64", "A=1"), "", "", ""), "");
    check_form(&s, shelflife_registry_layout_oci, "linux/arm64", NULL,
               "oci:D linux/amd64\nenv A=1\nnote linux/arm64 was asked for; there is only one image, for "
               "linux/amd64\n");
}

static void names_are_those_of_containerd_and_of_the_layout(void **state)
{
    (void)state;
    static const struct {
        const char *name, *expected;
    } cases[] = {
        {NULL, "oci:D:docker.io/library/app:1 linux/amd64 [docker.io/library/app:1] [other/app:2]\nenv A=1\n"
               "oci:D:v3 linux/amd64\nenv A=2\n"
               "oci:D:localhost/x:1 linux/amd64 [localhost/x:1]\nenv A=3\n"
               "note localhost/ may be what Podman puts before a name without a registry\n"},
        {"app:1", "oci:D:app:1 linux/amd64 [docker.io/library/app:1] [other/app:2]\nenv A=1\n"},
        {"1", "oci:D:1 linux/amd64 [docker.io/library/app:1] [other/app:2]\nenv A=1\n"},
        {"v3", "oci:D:v3 linux/amd64\nenv A=2\n"},
        {"app:2",
         "!! oci:D: there is no image \"app:2\"; there are docker.io/library/app:1, 1, other/app:2, v3, "
         "localhost/x:1\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kit_store s;
        kit_store_init(&s);
        const char *one = add_image(&s, "amd64", "A=1"), *two = add_image(&s, "amd64", "A=2");
        const char *containerd = kit_text(&s,
                                          "{\"digest\":\"%s\",\"annotations\":{\"io.containerd.image.name\":"
                                          "\"docker.io/library/app:1\",\"" REF_NAME "\":\"1\"}}",
                                          one);
        const char *rest = kit_text(&s, "%s,%s,%s", entry(&s, two, "", REF_NAME, "v3"),
                                    entry(&s, one, "", REF_NAME, "other/app:2"),
                                    entry(&s, add_image(&s, "amd64", "A=3"), "", REF_NAME, "localhost/x:1"));
        put_index(&s, containerd, rest);
        check_form(&s, shelflife_registry_layout_oci, NULL, cases[i].name, cases[i].expected);
    }
}

static void an_image_without_a_name_may_be_a_replaced_one(void **state)
{
    (void)state;
    struct kit_store s;
    kit_store_init(&s);
    const char *old = add_image(&s, "amd64", "A=1");
    put_index(&s, entry(&s, old, "", "", ""),
              entry(&s, add_image(&s, "amd64", "A=2"), "", REF_NAME, "app:1"));
    char *expected =
        strdup(kit_text(&s,
                        "oci:D:%s linux/amd64\nenv A=1\nnote it has no name, while others have one: "
                        "mostly, another image has taken its name\n"
                        "oci:D:app:1 linux/amd64 [app:1]\nenv A=2\n",
                        old));
    assert_non_null(expected);
    check_form(&s, shelflife_registry_layout_oci, NULL, NULL, expected);
    free(expected);
}

static void one_broken_image_does_not_stop_the_others(void **state)
{
    (void)state;
    struct kit_store s;
    kit_store_init(&s);
    put_index(&s, entry(&s, LOST, "", REF_NAME, "lost:1"),
              entry(&s, add_image(&s, "amd64", "A=2"), "", REF_NAME, "app:1"));
    check_form(&s, shelflife_registry_layout_oci, NULL, NULL,
               "! oci:D:lost:1: "
               "blobs/sha256/1111111111111111111111111111111111111111111111111111111111111111 is missing\n"
               "oci:D:app:1 linux/amd64 [app:1]\nenv A=2\n");

    kit_store_init(&s); /* bytes of another digest */
    kit_store_put(&s, "blobs/sha256/1111111111111111111111111111111111111111111111111111111111111111",
                  STR("{}"));
    put_index(&s, entry(&s, LOST, "", "", ""), "");
    check_form(&s, shelflife_registry_layout_oci, NULL, NULL,
               "! oci:D: blobs/sha256/1111111111111111111111111111111111111111111111111111111111111111 does "
               "not have the "
               "digest that it is listed with\n");

    kit_store_init(&s);
    put_index(
        &s,
        entry(&s,
              kit_store_blob(&s, "{\"config\":{\"mediaType\":\"application/vnd.cncf.helm.config.v1+json\","
                                 "\"digest\":\"" LOST "\"}}"),
              "", "", ""),
        "");
    check_form(&s, shelflife_registry_layout_oci, NULL, NULL,
               "! oci:D: not an image: its config is of type application/vnd.cncf.helm.config.v1+json\n");
}

/* The layout has one image, which cannot be read. */
static void check_failure(struct kit_store *s, const char *expected)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    const struct shelflife_registry_wanted wanted = {0};
    const struct shelflife_registry_layout layout = {.text = "oci:D",
                                                     .wanted = &wanted,
                                                     .sink = kit_show,
                                                     .sink_context = &out,
                                                     .read = kit_store_read,
                                                     .context = s};
    shelflife_buffer_init(&out, 1 << 20);
    assert_true(shelflife_registry_layout_oci(&layout, NULL));
    assert_true(out.len > 0);
    out.at[out.len - 1] = '\0';
    if (out.at[0] != '!' || !strstr(out.at, expected))
        fail_msg("%s", out.at);
    kit_store_free(s);
}

static void indexes_are_followed_only_so_far(void **state)
{
    (void)state;
    struct kit_store s;
    kit_store_init(&s);
    const char *digest = add_image(&s, "amd64", "A=1");
    for (size_t i = 0; i <= SHELFLIFE_REGISTRY_NESTED_MAX; i++)
        digest = add_index(&s, entry(&s, digest, "amd64", "", ""), "");
    put_index(&s, entry(&s, digest, "", "", ""), "");
    check_failure(&s, "there are more than 4 indexes within each other");

    kit_store_init(&s); /* many images without a platform */
    const char *arm = entry(&s, add_image(&s, "arm64", "A=1"), "", "", "");
    const char *many = arm;
    for (size_t i = 0; i < SHELFLIFE_REGISTRY_TRIED_MAX; i++)
        many = kit_text(&s, "%s,%s", many, arm);
    put_index(&s, entry(&s, add_index(&s, many, ""), "", "", ""), "");
    check_failure(&s, "the index has more than 16 manifests that may be for the platform");
}

static void what_is_no_layout_is_an_error(void **state)
{
    (void)state;
    struct kit_store s;
    kit_store_init(&s);
    check_form(&s, shelflife_registry_layout_oci, NULL, NULL, "!! oci:D: index.json is missing\n");
    kit_store_init(&s);
    kit_store_put(&s, "index.json", STR("{\"manifests\":[]}"));
    check_form(&s, shelflife_registry_layout_oci, NULL, NULL, "!! oci:D: there is no image in it\n");
    kit_store_init(&s);
    kit_store_put(&s, "index.json", STR("{\"manifests\":3}"));
    check_form(&s, shelflife_registry_layout_oci, NULL, NULL,
               "!! oci:D: index.json: the manifest: manifests must be an array, not a number\n");
}

/* ---- docker-archives ---- */

static void all_names_of_members_of_docker_archives_are_read(void **state)
{
    (void)state;
    static const char config[] =
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Env\":[\"A=1\"]}}";
    static const struct {
        const char *manifest, *file, *expected; /* HEX is replaced by the configuration's digits */
    } cases[] = {
        {"[{\"Config\":\"HEX.json\",\"RepoTags\":[\"app:1\",\"other/app:2\"],\"Layers\":[\"a/layer.tar\"]}]",
         "HEX.json", "oci:D:app:1 linux/amd64 [app:1] [other/app:2]\nenv A=1\n"},
        {"[{\"config\":\"config.json\",\"repoTags\":null,\"layers\":[]}]", "config.json",
         "oci:D linux/amd64\nenv A=1\n"},
        {"[{\"Config\":\"blobs/sha256/HEX\",\"RepoTags\":[]}]", "blobs/sha256/HEX",
         "oci:D linux/amd64\nenv A=1\n"},
        {"[{\"Config\":\"blobs/sha256/HEX\",\"LayerSources\":{\"x\":{\"size\":1}}}]", "blobs/sha256/HEX",
         "oci:D linux/amd64\nenv A=1\n"},
        {"[{\"Config\":\"HEX.json\",\"RepoTags\":[\"a:1\"]},{\"Config\":\"HEX.json\",\"RepoTags\":[\"b:1\"]}"
         "]",
         "HEX.json", "oci:D:a:1 linux/amd64 [a:1] [b:1]\nenv A=1\n"},
        {"[{\"Config\":\"HEX.json\",\"RepoTags\":[\"a:1\"]},{\"Config\":\"lost.json\",\"RepoTags\":[\"b:1\"]}"
         "]",
         "HEX.json", "oci:D:a:1 linux/amd64 [a:1]\nenv A=1\n! oci:D:b:1: lost.json is missing\n"},
        {"[{\"Config\":\"1111111111111111111111111111111111111111111111111111111111111111.json\"}]",
         "1111111111111111111111111111111111111111111111111111111111111111.json",
         "! oci:D: 1111111111111111111111111111111111111111111111111111111111111111.json does not have the "
         "digest that it "
         "is listed with\n"},
        {"[{\"Config\":\"../../etc/passwd\"}]", "x", "! oci:D: ../../etc/passwd is missing\n"},
        {"[]", "x", "!! oci:D: there is no image in it\n"},
        {"{}", "x", "!! oci:D: manifest.json: it must be an array, not a map\n"},
        {"[[]]", "x", "!! oci:D: manifest.json: [0] must be a map, not an array\n"},
        {"[{}]", "x", "!! oci:D: manifest.json: [0] has no \"Config\"\n"},
        {"[{\"Config\":null}]", "x", "!! oci:D: manifest.json: [0].Config must be a string, not null\n"},
        {"[{\"Config\":[]}]", "x", "!! oci:D: manifest.json: [0].Config must be a string, not an array\n"},
        {"[{\"Config\":\"a\\u0000\"}]", "x",
         "!! oci:D: manifest.json: [0]: a name is too long, or has control characters\n"},
        {"[{\"Config\":\"a\",\"RepoTags\":{}}]", "x",
         "!! oci:D: manifest.json: [0].RepoTags must be an array, not a map\n"},
        {"[{\"Config\":\"a\",\"RepoTags\":[3]}]", "x",
         "!! oci:D: manifest.json: [0].RepoTags must be a string, not a number\n"},
        {"[{\"Config\":\"a\",\"RepoTags\":[[]]}]", "x",
         "!! oci:D: manifest.json: [0].RepoTags must be a string, not an array\n"},
        {"[{\"Config\":\"a\"}", "x",
         "!! oci:D: manifest.json: line 1, column 16 (byte offset 15): expected \",\" or \"]\", found the "
         "end of the text\n"},
    };
    str bytes = shelflife_str_of(config);
    char hex[SHELFLIFE_PKI_SHA256_TEXT_MAX];
    assert_true(shelflife_pki_sha256(&bytes, 1, hex, NULL));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kit_store s;
        buffer text[2];
        const char *const templates[] = {cases[i].manifest, cases[i].file};
        kit_store_init(&s);
        for (size_t k = 0; k < COUNT(text); k++) {
            shelflife_buffer_init(&text[k], 1 << 16);
            for (const char *at = templates[k]; *at; at++)
                if (strncmp(at, "HEX", 3) == 0) {
                    shelflife_buffer_append(&text[k], shelflife_str_of(hex));
                    at += 2;
                } else {
                    shelflife_buffer_byte(&text[k], *at);
                }
        }
        kit_store_put(&s, "manifest.json", shelflife_buffer_str(&text[0]));
        kit_store_put(&s, kit_text(&s, "%.*s", STR_PRINT(shelflife_buffer_str(&text[1]))), bytes);
        shelflife_buffer_free(&text[0]);
        shelflife_buffer_free(&text[1]);
        check_form(&s, shelflife_registry_layout_docker, NULL, NULL, cases[i].expected);
    }
}

/* ---- skopeo's folders ---- */

static void a_folder_of_skopeo_is_read(void **state)
{
    (void)state;
    struct kit_store s, blobs;
    kit_store_init(&s);
    kit_store_init(&blobs);
    const char *config = kit_store_blob(&blobs, "{\"config\":{\"Env\":[\"A=1\"]}}");
    kit_store_put(&s, config + strlen("sha256:"), STR("{\"config\":{\"Env\":[\"A=1\"]}}"));
    kit_store_put(&s, "manifest.json",
                  shelflife_str_of(
                      kit_text(&s, "{\"config\":{\"mediaType\":\"" CONFIG "\",\"digest\":\"%s\"}}", config)));
    check_form(&s, shelflife_registry_layout_dir, NULL, NULL, "oci:D \nenv A=1\n");
    kit_store_init(&s);
    check_form(&s, shelflife_registry_layout_dir, NULL, NULL, "! oci:D: manifest.json is missing\n");
    kit_store_free(&blobs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_is_read),
        cmocka_unit_test(the_image_of_the_platform_is_read),
        cmocka_unit_test(more_evidence_than_an_inventory_may_have_is_an_error),
        cmocka_unit_test(what_runtimes_disagree_about_is_noted),
        cmocka_unit_test(names_are_those_of_containerd_and_of_the_layout),
        cmocka_unit_test(an_image_without_a_name_may_be_a_replaced_one),
        cmocka_unit_test(one_broken_image_does_not_stop_the_others),
        cmocka_unit_test(indexes_are_followed_only_so_far),
        cmocka_unit_test(what_is_no_layout_is_an_error),
        cmocka_unit_test(all_names_of_members_of_docker_archives_are_read),
        cmocka_unit_test(a_folder_of_skopeo_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
