/* rooms: registry net file pki reference json base */
#include "registry/configuration.h"
#include "unit/test.h"

static const struct {
    const char *line, *normal;
    bool adds;
} lines[] = {
    /* Docker's old builder, and buildah after it. */
    {"/bin/sh -c #(nop) ADD file:2162b1254cec798e in / ", "ADD file:2162b1254cec798e in /", true},
    {"/bin/sh -c #(nop)  CMD [\"/bin/bash\"]", "CMD [\"/bin/bash\"]", false},
    {"/bin/sh -c #(nop)  LABEL org.opencontainers.image.version=24.04",
     "LABEL org.opencontainers.image.version=24.04", false},
    {"/bin/sh -c #(nop)  ARG RELEASE", "ARG RELEASE", false},
    {"/bin/bash -o pipefail -c #(nop) COPY dir:abc in /app ", "COPY dir:abc in /app", true},
    {"/bin/sh -c apt-get update", "RUN apt-get update", true},
    {"|1 VERSION=3 /bin/sh -c apt-get update", "RUN apt-get update", true},
    {"|2 A=x y B=/bin/no /bin/bash -eo pipefail -c make all", "RUN make all", true},
    {"cmd /S /C #(nop) WORKDIR C:\\app", "WORKDIR C:\\app", false},
    /* BuildKit. */
    {"ADD alpine-minirootfs-3.23.6-x86_64.tar.gz / # buildkit",
     "ADD alpine-minirootfs-3.23.6-x86_64.tar.gz /", true},
    {"COPY /rootfs/ / # buildkit", "COPY /rootfs/ /", true},
    {"RUN /bin/sh -c apt-get update # buildkit", "RUN apt-get update", true},
    {"RUN |1 VERSION=3 /bin/sh -c apt-get update # buildkit", "RUN apt-get update", true},
    {"RUN /bin/ash -eo pipefail -c apk add curl # buildkit", "RUN apk add curl", true},
    {"ENV PYTHON_VERSION=3.11.16", "ENV PYTHON_VERSION=3.11.16", false},
    {"WORKDIR /app", "WORKDIR /app", false},
    {"ENTRYPOINT [\"/bin/sh\" \"-c\"]", "ENTRYPOINT [\"/bin/sh\" \"-c\"]", false},
    /* What other programs write. */
    {"# debian.sh --arch 'amd64' out/ 'bookworm' '@1785715200'",
     "RUN # debian.sh --arch 'amd64' out/ 'bookworm' '@1785715200'", true},
    {"RUN # debian.sh --arch 'amd64' out/ 'bookworm' '@1785715200'",
     "RUN # debian.sh --arch 'amd64' out/ 'bookworm' '@1785715200'", true},
    {"/bin/sh", "RUN /bin/sh", true},
    {"bazel build //app:image", "RUN bazel build //app:image", true},
    {"/usr/bin/sh-like -c", "RUN /usr/bin/sh-like -c", true},
    /* A comment in a command makes no instruction. */
    {"RUN /bin/sh -c #(nop) ADD alpine-minirootfs-3.1.1-x86_64.tar.gz / # buildkit",
     "RUN #(nop) ADD alpine-minirootfs-3.1.1-x86_64.tar.gz /", true},
    {"/bin/sh -c echo '#(nop) ADD x /'", "RUN echo '#(nop) ADD x /'", true},
    {"|1 A=b", "RUN |1 A=b", true},
    {"ADDRESS=1 run", "RUN ADDRESS=1 run", true},
    {"", "", false},
    {"  # buildkit", "", false},
};

static void lines_of_all_builders_are_written_alike(void **state)
{
    (void)state;
    CLEANUP(shelflife_arena_free) arena a;
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(lines); i++) {
        str out;
        assert_true(shelflife_registry_history_line(shelflife_str_of(lines[i].line), &a, &out));
        assert_str_equal(out, lines[i].normal);
        assert_int_equal(shelflife_registry_history_adds_files(out), lines[i].adds);
    }
}

static void a_normalized_line_stays_as_it_is(void **state)
{
    (void)state;
    CLEANUP(shelflife_arena_free) arena a;
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(lines); i++) {
        str out;
        if (strstr(lines[i].normal, "/bin/sh -c"))
            continue;
        assert_true(shelflife_registry_history_line(shelflife_str_of(lines[i].normal), &a, &out));
        assert_str_equal(out, lines[i].normal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_all_builders_are_written_alike),
        cmocka_unit_test(a_normalized_line_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
