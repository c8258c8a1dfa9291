/* rooms: base file net json workload inputs */
/*
 * Dockerfiles, and what is reported of each: the files in data/inputs/dockerfile. A case is
 *
 *     === what it is about [| target=STAGE | NAME=VALUE…]
 *     the Dockerfile
 *     ---
 *     what is reported
 *
 * To replace what is reported after an intended change: SHELFLIFE_UPDATE=1 test_inputs_dockerfile
 */
#include "inputs/dockerfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "file/file.h"
#include "unit/test.h"

#define FOLDER TESTS_DIR "/data/inputs/dockerfile/"

/* ---- A sink that writes lines ---- */

static void write_place(buffer *out, const struct shelflife_input_place *place)
{
    assert_str_equal(place->file, "Dockerfile");
    shelflife_buffer_format(out, "%u:%u ", place->line, place->column);
}

static void write_part(buffer *out, const char *label, str part)
{
    if (part.len)
        shelflife_buffer_format(out, "\n    %s: %.*s", label, STR_PRINT(part));
}

static bool write_image(void *context, const struct shelflife_input_image *image, error *err UNUSED)
{
    buffer *out = context;
    write_place(out, &image->place);
    shelflife_buffer_format(out, "%.*s %.*s: %.*s %.*s", STR_PRINT(image->kind), STR_PRINT(image->name),
                            STR_PRINT(image->path), STR_PRINT(image->image));
    if (image->unused)
        shelflife_buffer_append(out, STR(" (unused)"));
    write_part(out, "way", image->way);
    write_part(out, "why", image->why);
    write_part(out, "hint", image->hint);
    shelflife_buffer_byte(out, '\n');
    return true;
}

static bool write_unread(void *context, const struct shelflife_input_unread *unread, error *err UNUSED)
{
    buffer *out = context;
    write_place(out, &unread->place);
    shelflife_buffer_format(out, "not read: %.*s\n", STR_PRINT(unread->why));
    return true;
}

static void read_dockerfile(str text, const struct shelflife_input_build *build, buffer *out)
{
    struct shelflife_input_sink sink = {.image = write_image, .unread = write_unread, .context = out};
    error err = {0};
    if (!shelflife_input_dockerfile_read(STR("Dockerfile"), text, build, &sink, &err))
        fail_msg("%s", err.text);
}

/* ---- The cases ---- */

enum { ARGS_MAX = 4 };

/* "=== title | target=STAGE | NAME=VALUE" */
static void read_build(str title, struct shelflife_input_build_arg args[ARGS_MAX],
                       struct shelflife_input_build *build)
{
    for (size_t bar; (bar = shelflife_str_find(title, '|')) != SIZE_MAX;) {
        title = shelflife_str_after(title, bar + 1);
        str option = shelflife_str_trim(shelflife_str_first(title, shelflife_str_find(title, '|')));
        size_t equal = shelflife_str_find(option, '=');
        str name = shelflife_str_first(option, equal), value = shelflife_str_after(option, equal + 1);
        if (shelflife_str_equal(name, STR("target"))) {
            build->target = value;
            continue;
        }
        assert_true(build->arg_count < ARGS_MAX);
        args[build->arg_count++] = (struct shelflife_input_build_arg){name, value};
    }
    build->args = args;
}

/* Takes the lines up to one that begins with `end`, which stays. */
static str take_until(str *rest, str end)
{
    str from = *rest;
    while (rest->len && !shelflife_str_starts(*rest, end))
        (void)shelflife_str_line(rest);
    return shelflife_str_first(from, from.len - rest->len);
}

static void check_case(str *rest, buffer *all)
{
    CLEANUP(shelflife_buffer_free) buffer got;
    struct shelflife_input_build_arg args[ARGS_MAX];
    struct shelflife_input_build build = {0};
    shelflife_buffer_init(&got, 1 << 20);
    str title = shelflife_str_line(rest), text = take_until(rest, STR("---\n"));
    (void)shelflife_str_line(rest);
    str wanted = take_until(rest, STR("==="));
    read_build(title, args, &build);
    read_dockerfile(text, &build, &got);
    shelflife_buffer_format(all, "%.*s\n%.*s---\n%.*s", STR_PRINT(title), STR_PRINT(text),
                            STR_PRINT(shelflife_buffer_str(&got)));
    if (!getenv("SHELFLIFE_UPDATE") && !shelflife_str_equal(shelflife_buffer_str(&got), wanted))
        fail_msg("%.*s\n%.*s---\n%.*s", STR_PRINT(title), STR_PRINT(text),
                 STR_PRINT(shelflife_buffer_str(&got)));
}

static void check_file(const char *file)
{
    CLEANUP(shelflife_buffer_free) buffer text, all;
    error err = {0};
    shelflife_buffer_init(&text, 1 << 20);
    shelflife_buffer_init(&all, 1 << 20);
    if (!shelflife_file_read(file, &text, &err))
        fail_msg("%s", err.text);
    for (str rest = shelflife_buffer_str(&text); rest.len;)
        check_case(&rest, &all);
    if (getenv("SHELFLIFE_UPDATE")) {
        FILE *to = fopen(file, "wb");
        assert_non_null(to);
        assert_int_equal(fwrite(all.at, 1, all.len, to), all.len);
        assert_int_equal(fclose(to), 0);
    }
}

#define CHECKS(test, file)                                                                                   \
    static void test(void **state UNUSED)                                                                    \
    {                                                                                                        \
        check_file(FOLDER file);                                                                             \
    }

CHECKS(the_base_of_the_final_stage_comes_first, "stages.txt")
CHECKS(only_global_args_count, "args.txt")
CHECKS(lines_are_read_as_docker_reads_them, "lines.txt")
CHECKS(docker_and_buildah_may_differ, "tools.txt")
CHECKS(buildah_agrees, "buildah.txt") /* integration/test_dockerfile.py builds them */
CHECKS(errors_do_not_hide_the_rest, "errors.txt")

/* ---- What a text file does not show ---- */

static void check_text(str text, const char *wanted)
{
    CLEANUP(shelflife_buffer_free) buffer got;
    shelflife_buffer_init(&got, 1 << 20);
    read_dockerfile(text, NULL, &got);
    assert_str_equal(shelflife_buffer_str(&got), wanted);
}

static void byte_order_marks_and_line_ends_do_not_matter(void **state UNUSED)
{
    check_text(STR("\xef\xbb\xbf# escape=`\r\nFROM `\r\n  python:3.8\r\nRUN <<E\r\nFROM a\r\nE\r\nFROM b:1"),
               "7:6 Stage 1: FROM b:1\n3:3 Stage 0: FROM python:3.8 (unused)\n    way: not needed\n");
    check_text(STR("#!/usr/bin/env docker\n# syntax=a/b:1\nFROM\fpython:3.8\v\n"),
               "3:6 Stage 0: FROM python:3.8\n"
               "2:10 Frontend syntax: # syntax a/b:1 (unused)\n    way: frontend\n");
}

static void what_is_built_names_the_user(void **state UNUSED)
{
    CLEANUP(shelflife_buffer_free) buffer got;
    shelflife_buffer_init(&got, 1 << 20);
    struct shelflife_input_build build = {.kind = STR("Service"), .name = STR("web")};
    read_dockerfile(STR("FROM python:3.8\n"), &build, &got);
    assert_str_equal(shelflife_buffer_str(&got), "1:6 Service web: FROM python:3.8\n");
}

static void the_name_of_a_file_tells_a_dockerfile(void **state UNUSED)
{
    static const char *const names[] = {"Dockerfile",        "a/Containerfile",     "dockerfile",
                                        "Dockerfile.prod",   "x/web.Dockerfile",    "web.dockerfile",
                                        "Containerfile.dev", "./web.Containerfile", "Dockerfile."};
    static const char *const others[] = {"Dockerfile.dockerignore",
                                         "Dockerfiles",
                                         "Dockerfile/x.txt",
                                         "MyDockerfile",
                                         "Docker",
                                         "Dockerfile-x",
                                         ".dockerignore"};
    for (size_t i = 0; i < COUNT(names); i++)
        assert_ptr_equal(shelflife_input_format_of(names[i]), &shelflife_input_dockerfile);
    for (size_t i = 0; i < COUNT(others); i++)
        assert_null(shelflife_input_format_of(others[i]));
}

/* ---- Limits ---- */

/* `before`, then `count` times `part`, in which %zu is the number, then `after`. */
static void check_many(const char *before, size_t count, const char *part, const char *after,
                       const char *wanted)
{
    CLEANUP(shelflife_buffer_free) buffer text, got;
    shelflife_buffer_init(&text, SIZE_MAX);
    shelflife_buffer_init(&got, SIZE_MAX);
    str rest = shelflife_str_of(part);
    size_t number = shelflife_str_find(rest, '@');
    shelflife_buffer_append(&text, shelflife_str_of(before));
    for (size_t i = 0; i < count; i++) {
        shelflife_buffer_append(&text, shelflife_str_first(rest, number));
        if (number != SIZE_MAX)
            shelflife_buffer_format(&text, "%zu", i);
        shelflife_buffer_append(&text, shelflife_str_after(rest, number == SIZE_MAX ? number : number + 1));
    }
    shelflife_buffer_append(&text, shelflife_str_of(after));
    assert_false(text.failed);
    read_dockerfile(shelflife_buffer_str(&text), NULL, &got);
    str lines = shelflife_buffer_str(&got);
    if (!shelflife_str_starts(lines, shelflife_str_of(wanted)))
        fail_msg("%s…: %.*s", part, STR_PRINT(shelflife_str_first(lines, 300)));
}

static void limits_are_reported(void **state UNUSED)
{
    check_many("", 500000, "FROM a:1 AS s@\n", "", "0:0 not read: it has more than 10000 stages\n");
    check_many("", 500000, "ARG A@=1\n", "", "0:0 not read: it has more than 10000 ARGs\n");
    check_many("FROM a:1\n", 200000, "COPY --from=b:@ x y\n", "",
               "0:0 not read: it names more than 100000 images and stages\n");
    check_many("FROM a:1\n", 1 << 20, "# 20 bytes of comment\n", "",
               "0:0 not read: it is larger than 16 MiB\n");
    check_many("ARG A=0123456789\nFROM a:", 1000, "$A", "\n", "2:6 Stage 0: FROM a:$A");
    check_many("ARG A=a\nFROM a:", 100, "${A:+", "\n", "2:6 Stage 0: FROM a:${A");
    check_many("ARG A=a\nFROM b:${A#", 100, "a", "}\n", "2:6 Stage 0: FROM b:${A#");
}

static void values_do_not_grow_without_bound(void **state UNUSED)
{
    check_many("ARG A0=0123456789\n", 40, "ARG B=$A0$A0\nARG A0=$B\n", "FROM a:$A0\n",
               "82:6 Stage 0: FROM a:$A0\n    why: B is set after its use\n");
    check_many("ARG V=0123456789012345678901234567890123456789\nARG V=$V$V$V$V$V$V$V$V$V$V$V$V$V$V$V$V$V\n"
               "FROM a:",
               1 << 20, "${V##*a*b*}", "\n", "3:6 Stage 0: FROM a:${V##*a*b*}");
}

static void many_of_everything_takes_linear_time(void **state UNUSED)
{
    check_many("", 10000, "FROM a:1 AS s@\nCOPY --from=s0 x y\n", "", "19999:6 Stage s9999: FROM a:1\n");
    check_many("FROM a:1 AS s0\n", 9999, "FROM s0 AS s0\n", "", "1:6 Stage s0: FROM a:1\n");
    check_many("ARG A=1\n", 400000, "ARG A=$A\n", "FROM a:$A\n", "1:5 Stage 0: FROM a:1\n");
    check_many("FROM a:1\nRUN ", 1000000, "\\\n", "x\nFROM b:1\n", "1000003:6 Stage 1: FROM b:1\n");
    check_many("FROM a:1\nRUN ", 300000, "<<A@ ", "\nFROM b:1\n",
               "2:5 not read: the heredoc <<A0 has no end\n");
    check_many("FROM a:1\n", 300000, "RUN <<A\nA\n", "FROM b:1\n", "600002:6 Stage 1: FROM b:1\n");
    check_many("FROM a:1 AS a\n", 9000, "ONBUILD COPY --from=a x y\n", "FROM a\n", "1:6 Stage a: FROM a:1\n");
}

static bool fail_to_write(void *context UNUSED, const struct shelflife_input_image *image UNUSED, error *err)
{
    return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "full");
}

static bool fail_to_write_unread(void *context UNUSED, const struct shelflife_input_unread *unread UNUSED,
                                 error *err)
{
    return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "full");
}

static void a_sink_can_stop_the_reader(void **state UNUSED)
{
    static const str texts[] = {STR_INIT("FROM a:1\n"), STR_INIT("# syntax=a\nFROM scratch"),
                                STR_INIT(""),           STR_INIT("FROM a:1\nRUN <<A"),
                                STR_INIT("FOO\n"),      STR_INIT("ARG =1")};
    struct shelflife_input_sink sink = {.image = fail_to_write, .unread = fail_to_write_unread};
    for (size_t i = 0; i < COUNT(texts); i++) {
        error err = {0};
        assert_false(shelflife_input_dockerfile_read(STR("Dockerfile"), texts[i], NULL, &sink, &err));
        assert_string_equal(err.text, "full");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_base_of_the_final_stage_comes_first),
        cmocka_unit_test(only_global_args_count),
        cmocka_unit_test(lines_are_read_as_docker_reads_them),
        cmocka_unit_test(docker_and_buildah_may_differ),
        cmocka_unit_test(buildah_agrees),
        cmocka_unit_test(errors_do_not_hide_the_rest),
        cmocka_unit_test(byte_order_marks_and_line_ends_do_not_matter),
        cmocka_unit_test(what_is_built_names_the_user),
        cmocka_unit_test(the_name_of_a_file_tells_a_dockerfile),
        cmocka_unit_test(limits_are_reported),
        cmocka_unit_test(values_do_not_grow_without_bound),
        cmocka_unit_test(many_of_everything_takes_linear_time),
        cmocka_unit_test(a_sink_can_stop_the_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
