/* rooms: registry net file pki reference json base */
/* Allocation failure with manifests, configurations and images on disk. */
#include "unit/allocation_kit.h"

#include "registry/configuration.h"
#include "registry/layout.h"
#include "unit/registry_kit.h"

enum { LIMIT = 1 << 20 };

#define CONFIG                                                                                               \
    "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Env\":[\"A=1\",\"A=22\",\"A=333\"],"         \
    "\"Labels\":{\"l\":\"1\"}},"                                                                             \
    "\"history\":[{\"created_by\":\"x\"}]}"
#define SAYS "env A=333\nlabel l=1\nhistory RUN x\n"

struct stores {
    struct kit_store oci, docker;
};

static bool check_shown(const buffer *out, const char *expected, error *err)
{
    if (out->failed)
        return shelflife_fail_memory(err);
    return shelflife_str_equal(shelflife_buffer_str(out), shelflife_str_of(expected)) ||
           shelflife_fail(err, SHELFLIFE_ERROR_NONE, "%.*s", STR_PRINT(shelflife_buffer_str(out)));
}

typedef bool form(const struct shelflife_registry_layout *layout, error *err);

static bool read_form(struct kit_store *store, form *read, const char *expected, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    const struct shelflife_registry_wanted wanted = {0};
    const struct shelflife_registry_layout layout = {.text = "oci:D",
                                                     .wanted = &wanted,
                                                     .sink = kit_show,
                                                     .sink_context = &out,
                                                     .read = kit_store_read,
                                                     .context = store};
    shelflife_buffer_init(&out, LIMIT);
    return read(&layout, err) && check_shown(&out, expected, err);
}

static bool read_oci(void *context, error *err)
{
    struct stores *stores = context;
    return read_form(&stores->oci, shelflife_registry_layout_oci,
                     "oci:D:localhost/app:1 linux/amd64 [localhost/app:1]\n" SAYS "annotation a=b\n"
                     "note the index has linux/amd64 and linux/amd64/v3; runtimes choose by the processor\n"
                     "note localhost/ may be what Podman puts before a name without a registry\n",
                     err);
}

static bool read_docker(void *context, error *err)
{
    struct stores *stores = context;
    return read_form(&stores->docker, shelflife_registry_layout_docker,
                     "oci:D:app:1 linux/amd64 [app:1]\n" SAYS, err);
}

static void images_on_disk(void **state)
{
    kit_fail_each("an OCI layout", read_oci, *state);
    kit_fail_each("a docker-archive", read_docker, *state);
}

static int begin(void **state)
{
    struct stores *s = calloc(1, sizeof(*s));
    assert_non_null(s);
    kit_store_init(&s->oci);
    kit_store_init(&s->docker);
    const char *config = kit_store_blob(&s->oci, CONFIG);
    const char *manifest = kit_store_blob(
        &s->oci,
        kit_text(&s->oci,
                 "{\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"%s\"},"
                 "\"annotations\":{\"a\":\"b\"}}",
                 config));
    const char *platform = "\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"";
    const char *index = kit_store_blob(
        &s->oci,
        kit_text(&s->oci,
                 "{\"manifests\":[{\"digest\":\"%s\",%s}},{\"digest\":\"%s\",%s,\"variant\":\"v3\"}}]}",
                 manifest, platform, manifest, platform));
    kit_store_put(&s->oci, "index.json",
                  shelflife_str_of(kit_text(&s->oci,
                                            "{\"manifests\":[{\"digest\":\"%s\",\"annotations\":"
                                            "{\"org.opencontainers.image.ref.name\":\"localhost/app:1\"}}]}",
                                            index)));
    kit_store_put(&s->docker, "config.json", STR(CONFIG));
    kit_store_put(&s->docker, "manifest.json",
                  STR("[{\"Config\":\"config.json\",\"RepoTags\":[\"app:1\"]}]"));
    kit_start(true);
    *state = s;
    return 0;
}

static int end(void **state)
{
    struct stores *s = *state;
    kit_store_free(&s->oci);
    kit_store_free(&s->docker);
    free(s);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(images_on_disk)};
    return cmocka_run_group_tests_name("allocation registry", tests, begin, end);
}
