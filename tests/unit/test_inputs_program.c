/* rooms: audit inputs kube net file pki admission policy inventory catalog workload reference json base */
/* What runs with --render, and that nothing does without it: with programs that are scripts in a folder of
 * PATH. */
#include "unit/folder_kit.h"

#include "file/file.h"
#include "unit/inputs_kit.h"

static const char kustomization[] = "resources: [deploy.yaml]\n";
static const char deployment[] = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"
                                 "spec: {containers: [{name: main, image: python:3.8}]}\n";
static const char built[] = "#!/bin/sh\n"
                            "echo 'apiVersion: v1'; echo 'kind: Pod'; echo 'metadata: {name: web}'\n"
                            "echo 'spec: {containers: [{name: main, image: \"python:3.13\"}]}'\n";

static void put_program(void **state, const char *name, const char *script)
{
    char path[PATH_MAX];
    put(state, name, shelflife_str_of(script));
    assert_int_equal(chmod(path_in(state, name, path), 0700), 0);
}

/* Reads a file of the folder, which is also all of PATH. */
static void check_options(void **state, const char *name, struct shelflife_input_options options,
                          const char *expected)
{
    char *old = strdup(getenv("PATH"));
    struct told t;
    buffer text;
    error err = {0};
    tell_new(&t);
    shelflife_buffer_init(&text, 1 << 20);
    assert_non_null(old);
    assert_int_equal(setenv("PATH", *state, 1), 0);
    assert_int_equal(chdir(*state), 0);
    assert_true(shelflife_file_read(name, &text, &err));
    if (!tell(&t, shelflife_input_format_of(name), name, shelflife_buffer_str(&text), &options, &err))
        fail_msg("%s", err.text);
    assert_int_equal(setenv("PATH", old, 1), 0);
    assert_int_equal(chdir("/"), 0);
    str told = shelflife_buffer_str(&t.text);
    if (!shelflife_str_equal(told, shelflife_str_of(expected)))
        fail_msg("reported\n%.*sexpected\n%s", STR_PRINT(told), expected);
    free(old);
    shelflife_buffer_free(&text);
    tell_free(&t);
}

static void check_render(void **state, const char *name, const char *expected)
{
    check_options(state, name, (struct shelflife_input_options){.render = true}, expected);
}

static void put_kustomization(void **state)
{
    put(state, "kustomization.yaml", shelflife_str_of(kustomization));
    put(state, "deploy.yaml", shelflife_str_of(deployment));
}

static void nothing_runs_unless_it_is_asked_for(void **state)
{
    static const char *const names[] = {"kubectl", "kustomize", "helm"};
    char path[PATH_MAX];
    for (size_t i = 0; i < COUNT(names); i++)
        put_program(state, names[i], "#!/bin/sh\n: >>\"${0%/*}/called\"\n");
    put_kustomization(state);
    put(state, "Chart.yaml", STR("name: shop\n"));
    check_options(state, "kustomization.yaml", (struct shelflife_input_options){0},
                  "image deploy.yaml:4: Pod/web python:3.8\n");
    check_options(state, "Chart.yaml", (struct shelflife_input_options){0},
                  "unread Chart.yaml:0: not rendered: --render runs helm template on it\n");
    assert_int_not_equal(access(path_in(state, "called", path), F_OK), 0);
    check_render(state, "Chart.yaml", "");
    assert_int_equal(access(path_in(state, "called", path), F_OK), 0);
}

static void a_remote_base_is_refused_before_anything_runs(void **state)
{
    char path[PATH_MAX];
    put_program(state, "kubectl", "#!/bin/sh\n: >>\"${0%/*}/called\"\n");
    put(state, "deploy.yaml", shelflife_str_of(deployment));
    put(state, "kustomization.yaml", STR("resources: [deploy.yaml, 'https://example.com/base?ref=main']\n"));
    check_render(
        state, "kustomization.yaml",
        "unread kustomization.yaml:1: the remote base https://example.com/base?ref=main is not fetched\n"
        "unread kustomization.yaml:0: not rendered: it names something that would have to be fetched\n"
        "image deploy.yaml:4: Pod/web python:3.8\n");
    put(state, "kustomization.yaml",
        STR("resources: [deploy.yaml]\nconfigMapGenerator: [{name: a, files: "
            "['b=http://example.com/b']}]\n"));
    check_render(
        state, "kustomization.yaml",
        "unread kustomization.yaml:0: not rendered: it names something that would have to be fetched\n"
        "image deploy.yaml:4: Pod/web python:3.8\n");
    assert_int_not_equal(access(path_in(state, "called", path), F_OK), 0);
}

static void kubectl_comes_first_then_kustomize(void **state)
{
    put_kustomization(state);
    check_render(state, "kustomization.yaml",
                 "unread kustomization.yaml:0: not rendered: neither kubectl nor kustomize is in PATH\n"
                 "image deploy.yaml:4: Pod/web python:3.8\n");
    put_program(state, "kustomize", built);
    check_render(state, "kustomization.yaml",
                 "image kustomization.yaml:0: Pod/web python:3.13 | built by kustomize\n");
    put_program(state, "kubectl", "#!/bin/sh\necho 'kind: None'\n");
    check_render(state, "kustomization.yaml", "");
}

static void a_program_that_fails_says_why_in_printable_words(void **state)
{
    put_kustomization(state);
    put_program(state, "kubectl",
                "#!/bin/sh\nprintf 'E1130 03:11:31.422073    7372 run.go:72] no\\033[31m "
                "way\\n\\ntwo\\nthree\\n' >&2\n"
                "echo 'kind: Lie'\nexit 1\n");
    check_render(state, "kustomization.yaml",
                 "unread kustomization.yaml:0: not rendered: kubectl failed: no?[31m way; two\n"
                 "image deploy.yaml:4: Pod/web python:3.8\n");
    put_program(state, "kubectl", "#!/bin/sh\nkill -9 $$\n");
    check_render(state, "kustomization.yaml",
                 "unread kustomization.yaml:0: not rendered: kubectl was killed by a signal\n"
                 "image deploy.yaml:4: Pod/web python:3.8\n");
}

static void a_program_that_never_ends_is_killed(void **state)
{
    put_kustomization(state);
    put_program(state, "kubectl", "#!/bin/sh\nwhile :; do :; done\n");
    check_options(
        state, "kustomization.yaml",
        (struct shelflife_input_options){.render = true, .render_timeout_ms = 100},
        "unread kustomization.yaml:0: not rendered: kubectl: it did not finish within 0 s and was killed\n"
        "image deploy.yaml:4: Pod/web python:3.8\n");
}

static void a_program_that_prints_forever_is_killed(void **state)
{
    put(state, "Chart.yaml", STR("name: shop\n"));
    put_program(state, "helm",
                "#!/bin/sh\nx=12345678901234567890123456789012\nx=$x$x$x$x$x$x$x$x\nx=$x$x$x$x$x$x$x$x\n"
                "x=$x$x$x$x$x$x$x$x\nwhile echo \"$x\"; do echo \"$x\" >&2; done\n");
    check_render(state, "Chart.yaml",
                 "unread Chart.yaml:0: not rendered: helm: it printed more than 67108864 bytes\n");
}

/* All that it is given, so that no secret of ours gets into it. */
static void a_program_gets_only_path_and_an_empty_home(void **state)
{
    put(state, "Chart.yaml", STR("name: shop\n"));
    put_program(state, "helm",
                "#!/bin/sh\n"
                "[ -z \"$SECRET\" ] && [ -d \"$HOME\" ] && [ \"$HELM_PLUGINS\" = \"$HOME/helm\" ] && "
                "[ \"$1\" = template ] && [ $# = 2 ] && ! read line && set -- \"$HOME\"/* && [ \"$1\" = "
                "\"$HOME/*\" ] && exit\n"
                "echo wrong >&2; exit 1\n");
    assert_int_equal(setenv("SECRET", "x", 1), 0);
    check_render(state, "Chart.yaml", "");
    assert_int_equal(unsetenv("SECRET"), 0);
}

static void a_program_in_the_current_folder_is_not_run(void **state)
{
    char *old = strdup(getenv("PATH"));
    struct told t;
    error err = {0};
    put_program(state, "helm", "#!/bin/sh\nexit 1\n");
    assert_int_equal(chdir(*state), 0);
    assert_int_equal(setenv("PATH", ".:", 1), 0);
    tell_new(&t);
    assert_true(tell(&t, &shelflife_input_chart, "Chart.yaml", STR("name: shop\n"),
                     &(struct shelflife_input_options){.render = true}, &err));
    assert_str_equal(shelflife_buffer_str(&t.text),
                     "unread Chart.yaml:0: not rendered: helm is not in PATH\n");
    tell_free(&t);
    assert_int_equal(setenv("PATH", old, 1), 0);
    assert_int_equal(chdir("/"), 0);
    free(old);
}

static void places_are_files_of_the_chart(void **state)
{
    char path[PATH_MAX];
    static const char *const folders[] = {"charts", "charts/db", "charts/db/templates", "templates"};
    for (size_t i = 0; i < COUNT(folders); i++)
        assert_int_equal(mkdir(path_in(state, folders[i], path), 0700), 0);
    put(state, "Chart.yaml",
        STR("name: shop\ndependencies: [{name: db, alias: store}, {name: packed, alias: box}]\n"));
    put(state, "charts/db/Chart.yaml", STR("name: db\n"));
    put(state, "charts/db/templates/a.yaml", STR(""));
    put(state, "charts/packed-1.0.0.tgz", STR(""));
    put(state, "templates/web.yaml", STR(""));
    put_program(state, "helm",
                "#!/bin/sh\n"
                "object() { printf -- '---\\n# Source: shop/%s\\n%b\\n' \"$1\" "
                "\"kind: Pod\\napiVersion: v1\\nmetadata: {name: web, annotations: {helm.sh/hook: '$2'}}\\n"
                "spec: {containers: [{name: a, image: python:3.8}]}\"; }\n"
                "object templates/web.yaml\nobject templates/web.yaml test\nobject templates/web.yaml "
                "pre-delete,post-install\n"
                "object templates/web.yaml never\nobject charts/store/templates/a.yaml\nobject "
                "charts/box/templates/b.yaml\n");
    check_render(
        state, "Chart.yaml",
        "image templates/web.yaml:0: Pod/web python:3.8 | rendered by helm with the default values\n"
        "unused templates/web.yaml:0: Pod/web python:3.8 | hook: test\n"
        "image templates/web.yaml:0: Pod/web python:3.8 | hook: pre-delete,post-install\n"
        "unused templates/web.yaml:0: Pod/web python:3.8 | hook: never | hint: helm has no such hook, and "
        "never creates "
        "the object\n"
        "image charts/db/templates/a.yaml:0: Pod/web python:3.8 | rendered by helm with the default values\n"
        "image charts/packed-1.0.0.tgz:0: Pod/web python:3.8 | rendered by helm with the default values\n");
}

static void values_are_passed_as_paths(void **state)
{
    const char *const values[] = {"prod.yaml"}, *const url[] = {"https://example.com/values.yaml"};
    put(state, "Chart.yaml", STR("name: shop\n"));
    put(state, "prod.yaml", STR("image: python:3.8\n"));
    put_program(state, "helm",
                "#!/bin/sh\n[ \"$3\" = --values ] && [ \"$4\" = \"${0%/*}/prod.yaml\" ] && exit\necho \"$4\" "
                ">&2\nexit 1\n");
    check_options(state, "Chart.yaml",
                  (struct shelflife_input_options){.render = true, .values = values, .value_count = 1}, "");
    check_options(
        state, "Chart.yaml",
        (struct shelflife_input_options){.render = true, .values = url, .value_count = 1},
        "unread Chart.yaml:0: not rendered: https://example.com/values.yaml: No such file or directory\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(nothing_runs_unless_it_is_asked_for),
        IN_A_FOLDER(a_remote_base_is_refused_before_anything_runs),
        IN_A_FOLDER(kubectl_comes_first_then_kustomize),
        IN_A_FOLDER(a_program_that_fails_says_why_in_printable_words),
        IN_A_FOLDER(a_program_that_never_ends_is_killed),
        IN_A_FOLDER(a_program_that_prints_forever_is_killed),
        IN_A_FOLDER(a_program_gets_only_path_and_an_empty_home),
        IN_A_FOLDER(a_program_in_the_current_folder_is_not_run),
        IN_A_FOLDER(places_are_files_of_the_chart),
        IN_A_FOLDER(values_are_passed_as_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
