/* rooms: base file net json workload inputs */
/* Compose and CI files are read as a whole or not at all, whichever allocation fails. */
#include "fuzz/inputs.h"
#include "unit/allocation_kit.h"

struct input {
    const struct shelflife_input_format *format;
    const char *path;
    str text; /* several files, as in fuzz/inputs.h */
    size_t expected;
};

static bool read_once(void *context, error *err)
{
    struct input *in = context;
    size_t count = 0;
    const struct shelflife_input_files files = {.read = read_file, .exists = has_file, .context = &in->text};
    const struct shelflife_input_options options = {.files = &files};
    const struct shelflife_input_sink sink = {.image = on_image, .unread = on_unread, .context = &count};
    str first;
    assert_true(find_file(in->text, (str){0}, &first));
    bool ok = in->format->read(in->path, first, &options, &sink, err);
    if (ok)
        assert_int_equal(count, in->expected);
    return ok;
}

static void a_compose_file_is_read_as_a_whole_or_not_at_all(void **state)
{
    struct input in = {&shelflife_input_compose, "docker-compose.yml",
                       STR("include: [sub.yml]\n"
                           "services:\n"
                           "  a: &a {image: \"nginx:${V:-1}\", profiles: [x]}\n"
                           "  b: {<<: *a, extends: {file: sub.yml, service: s}, scale: 0}\n"
                           "  c: {build: {context: ., args: [P=$W]}, image: own}\n"
                           "  d: {image: own}\n"
                           "  e: {build: {dockerfile_inline: \"FROM a:1\"}}\n"
                           "=== docker-compose.override.yml\n"
                           "services: {a: {image: $W}, f: {image: $X}}\n"
                           "=== sub.yml\n"
                           "services: {s: {image: redis:6}}\n"
                           "=== .env\n"
                           "W=python:3.8\n"
                           "=== Dockerfile\n"
                           "ARG P\nFROM $P\n"),
                       7};
    (void)state;
    kit_fail_each("a Compose file", read_once, &in);
}

static void a_gitlab_ci_file_is_read_as_a_whole_or_not_at_all(void **state)
{
    struct input in = {
        &shelflife_input_gitlab_ci, ".gitlab-ci.yml",
        STR("include: [{local: a.yml, inputs: {i: x}}, {remote: r}]\n"
            "default: {image: \"ruby:$V\"}\n"
            "variables: {V: 1, W: {value: $V}}\n"
            ".h: {image: {name: python:3.8}, services: [s:1, !reference [j, services]]}\n"
            ".u: {image: u:1}\n"
            "j: {extends: .h, inherit: {variables: [V]}, services: [t:1]}\n"
            "m: {image: \"n:$A\", parallel: {matrix: [{A: [1, 2]}]}, rules: [{variables: {A: 3}}]}\n"
            "d: {}\n"
            "t: {trigger: {include: c.yml}}\n"
            "=== a.yml\n"
            "spec: {inputs: {i: {default: d}}}\n"
            "---\n"
            "k: {image: \"$[[ inputs.i ]]\", services: !reference [.h, services]}\n"
            "=== c.yml\n"
            "image: c:1\nc: {}\n"),
        10};
    (void)state;
    kit_fail_each("a GitLab CI file", read_once, &in);
}

static void a_github_workflow_is_read_as_a_whole_or_not_at_all(void **state)
{
    struct input in = {
        &shelflife_input_github_workflow, ".github/workflows/ci.yml",
        STR("jobs:\n"
            "  a:\n"
            "    strategy: {matrix: {v: [1, 2], exclude: [{v: 2}], include: [{v: 3}, {x: y}]}}\n"
            "    container: node:${{ matrix.v }}\n"
            "    services: {s: {image: \"${{ needs.x }}\"}}\n"
            "    steps: [{uses: \"docker://a:1\"}]\n"
            "  b: {uses: o/r/w@1, <<: {}}\n"),
        6};
    (void)state;
    kit_fail_each("a GitHub workflow", read_once, &in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_compose_file_is_read_as_a_whole_or_not_at_all),
        cmocka_unit_test(a_gitlab_ci_file_is_read_as_a_whole_or_not_at_all),
        cmocka_unit_test(a_github_workflow_is_read_as_a_whole_or_not_at_all),
    };
    kit_start(false);
    return cmocka_run_group_tests_name("allocation inputs", tests, NULL, NULL);
}
