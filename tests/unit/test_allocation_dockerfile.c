/* rooms: base file net json workload inputs */
/* A Dockerfile is read as a whole or not at all, whichever allocation fails. */
#include "inputs/dockerfile.h"
#include "unit/allocation_kit.h"

static bool count_image(void *context, const struct shelflife_input_image *image, error *err UNUSED)
{
    assert_true(image->place.line > 0);
    ++*(size_t *)context;
    return true;
}

static bool count_unread(void *context, const struct shelflife_input_unread *unread, error *err UNUSED)
{
    assert_true(unread->why.len > 0);
    ++*(size_t *)context;
    return true;
}

static bool read_once(void *context UNUSED, error *err)
{
    static const struct shelflife_input_build_arg arg = {STR_INIT("G"), STR_INIT("1")};
    const struct shelflife_input_build build = {.args = &arg, .arg_count = 1};
    size_t count = 0;
    const struct shelflife_input_sink sink = {
        .image = count_image, .unread = count_unread, .context = &count};
    bool ok = shelflife_input_dockerfile_read(STR("Dockerfile"),
                                              STR("# syntax=docker/dockerfile:1\n"
                                                  "ARG V=v3.8-slim W=${V#v} G N\n"
                                                  "FROM golang:1.19 AS Build\n"
                                                  "RUN --mount=from=busybox:1,target=/x <<E\n"
                                                  "E\n"
                                                  "FROM python:${W/slim/$G}\n"
                                                  "COPY --from=build \\\n"
                                                  "  /x /x\n"
                                                  "FROM node:$N\n"
                                                  "FOO\n"
                                                  "FROM 1\n"),
                                              &build, &sink, err);
    if (ok)
        assert_int_equal(count, 8);
    return ok;
}

static void a_dockerfile_is_read_as_a_whole_or_not_at_all(void **state UNUSED)
{
    kit_fail_each("a Dockerfile", read_once, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_dockerfile_is_read_as_a_whole_or_not_at_all)};
    kit_start(false);
    return cmocka_run_group_tests_name("allocation dockerfile", tests, NULL, NULL);
}
