/* rooms: base json reference workload catalog policy inventory */
#include "base/base.h"
#include "shelflife/policy.h"

static const char catalog[] =
    "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": \"tree\", \"asOf\": "
    "\"2026-01-01\","
    " \"parts\": [\"oak\"], \"products\": ["
    "{\"name\": \"oak\", \"part\": [\"{codename}\"], \"repositories\": [\"docker.io/library/oak\"], "
    "\"rows\": "
    "[{\"release\": \"11\", \"codename\": \"bark\", \"endOfPatch\": \"2025-06-30\"}]},"
    "{\"name\": \"pine\", \"repositories\": [\"docker.io/library/pine\"], \"rows\": "
    "[{\"release\": \"3.8\", \"endOfPatch\": \"2025-01-01\", \"endOfAvailability\": \"2025-12-31\"},"
    " {\"release\": \"3.9\", \"endOfPatch\": \"2026-08-01\", \"latest\": \"3.9.9\"}]}]}";

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void judge(const struct shelflife_policy *policy, const struct shelflife_catalogs *catalogs, str image,
                  str namespace)
{
    enum { LONGEST = 100, DAY = 20600 };
    arena a;
    buffer line;
    struct shelflife_verdict v;
    error err;
    shelflife_arena_init(&a, 1 << 20);
    shelflife_buffer_init(&line, 4096);
    if (shelflife_policy_judge(policy, catalogs, NULL, image, namespace, DAY, &a, &v, &err)) {
        shelflife_verdict_describe(&v, LONGEST, &line);
        check(!line.failed && line.len <= LONGEST && shelflife_str_is_utf8(shelflife_buffer_str(&line)));
        check(!v.exception || v.action == SHELFLIFE_ALLOW);
        check(v.announced == SHELFLIFE_DAY_NONE || v.action == SHELFLIFE_WARN);
    }
    shelflife_policy_mode(policy, namespace, SHELFLIFE_MODE_POLICY);
    shelflife_policy_keeps(policy, image, namespace, image);
    shelflife_buffer_free(&line);
    shelflife_arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A policy; its last line is judged as an image, too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    error err;
    str text = {(const char *)data, size};
    struct shelflife_policy *policy = shelflife_policy_read(text, "fuzz", &err);
    if (!policy) {
        check(err.kind != SHELFLIFE_ERROR_NONE && shelflife_str_is_utf8(shelflife_str_of(err.text)));
        return 0;
    }
    struct shelflife_catalogs *catalogs = shelflife_catalogs_new();
    check(catalogs && shelflife_catalogs_add(catalogs, (str){catalog, sizeof(catalog) - 1}, "tree", &err) &&
          shelflife_catalogs_finish(catalogs, &err));
    size_t end = shelflife_str_find_last(text, '\n');
    judge(policy, catalogs, end == SIZE_MAX ? text : shelflife_str_after(text, end + 1), STR("prod-1"));
    judge(policy, catalogs, STR("pine:3.8-bark"), STR("kube-system"));
    judge(policy, catalogs, STR("pine:3.9.1"), STR("a"));
    judge(policy, catalogs, STR("pine:latest"), (str){0});
    judge(policy, catalogs, STR("gcr.io/acme/app:1"), STR("a"));
    shelflife_catalogs_free(catalogs);
    shelflife_policy_free(policy);
    return 0;
}
