/* rooms: base json workload */
#include "unit/workload.h"

#include "workload/kinds.h"

#define K64 "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
#define K256 K64 K64 K64 K64

static void bad_paths_are_refused_with_their_byte(void **state)
{
    static const struct {
        const char *path, *error; /* NULL: it is fine */
    } cases[] = {
        {"a", NULL},
        {"a.b-c._d.0", NULL},
        {"**.image", NULL},
        {"a.*.b", NULL},
        {"*", NULL},
        {"a[].b[][]", NULL},
        {"[\"a.b\"].c[\"\\\"\\\\\"][]", NULL},
        {"a.[\"b\"]", "path \"a.[\"b\"]\": byte 3: a key must be \"*\""},
        {"[\"status\"].x", "never looked for below status"},
        {"spec.annotations.x", "never looked for below status"},
        {"spec.managedFields[].x", "never looked for below status"},
        {"", "path \"\": byte 1: a key must be \"*\""},
        {".a", "path \".a\": byte 1: a key must be \"*\""},
        {"a.", "path \"a.\": byte 3: a key must be \"*\""},
        {"a..b", "path \"a..b\": byte 3: a key must be \"*\""},
        {"a b", "path \"a b\": byte 2: a step is followed by"},
        {"a*", "path \"a*\": byte 2: a step is followed by"},
        {"a.***", "path \"a.***\": byte 5: a step is followed by"},
        {"[]", "path \"[]\": byte 2: a path begins with a key"},
        {"a[0]", "path \"a[0]\": byte 3: brackets are empty"},
        {"a[", "path \"a[\": byte 3: brackets are empty"},
        {"a[\"b", "path \"a[\"b\": byte 5: a quoted key ends in"},
        {"a[\"b\"", "path \"a[\"b\"\": byte 6: a quoted key ends in"},
        {"a[\"b\\", "path \"a[\"b\\\": byte 6: a quoted key ends in"},
        {"a{}", NULL},
        {"a[].**.b{}", NULL},
        {"a[]{}", NULL},
        {"{}", "path \"{}\": byte 1: a key must be \"*\""},
        {"a{", "path \"a{\": byte 3: braces are empty"},
        {"a{b}", "path \"a{b}\": byte 3: braces are empty"},
        {"a{}.b", "path \"a{}.b\": byte 4: nothing follows \"{}\""},
        {"a{}{}", "path \"a{}{}\": byte 4: nothing follows \"{}\""},
        {"a.**{}", "it ends in \"**\""},
        {"a]", "path \"a]\": byte 2: a step is followed by"},
        {"a.**", "it ends in \"**\""},
        {"a.**.**.b", "\"**\" follows \"**\""},
        {K256, NULL},
        {K256 "k", "a key has at most 256 bytes"},
        {"[\"" K256 "k\"]", "a key has at most 256 bytes"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_shape extra = {STR_INIT("*"), STR_INIT("*"), shelflife_str_of(cases[i].path)};
        error err = {0};
        struct shelflife_shapes *shapes = shelflife_shapes_new(&extra, 1, NULL, 0, &err);
        if (!cases[i].error && !shapes)
            fail_msg("%s: %s", cases[i].path, err.text);
        if (cases[i].error && (shapes || !strstr(err.text, cases[i].error)))
            fail_msg("%s: \"%s\" is not \"%s\"", cases[i].path, err.text, cases[i].error);
        assert_int_equal(err.kind, cases[i].error ? SHELFLIFE_ERROR_USAGE : SHELFLIFE_ERROR_NONE);
        shelflife_shapes_free(shapes);
    }
}

static void a_field_is_one_value(void **state)
{
    static const struct {
        const char *path;
        bool fine;
    } cases[] = {{"metadata.labels[\"a.b/c\"]", true},
                 {"status.phase", true},
                 {"spec.*", false},
                 {"spec.**.a", false},
                 {"spec.a[]", false},
                 {"spec.a{}", false},
                 {"spec.", false}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        str field = shelflife_str_of(cases[i].path);
        error err = {0};
        struct shelflife_shapes *shapes = shelflife_shapes_new(NULL, 0, &field, 1, &err);
        assert_int_equal(shapes != NULL, cases[i].fine);
        assert_int_equal(err.kind, cases[i].fine ? SHELFLIFE_ERROR_NONE : SHELFLIFE_ERROR_USAGE);
        shelflife_shapes_free(shapes);
    }
}

/* Enough patterns for sets of many words: their edges are crossed in every way. */
static void many_shapes_work_and_too_many_are_refused(void **state)
{
    enum { SHAPES = 300 };
    static char paths[SHAPES][64];
    static struct shelflife_shape extra[4 * SHAPES];
    (void)state;
    for (unsigned i = 0; i < SHAPES; i++) {
        snprintf(paths[i], sizeof(paths[i]), "spec.k%u%s.**.*.x%u[].y", i % 7, i % 2 ? ".k" : "", i);
        extra[i] = (struct shelflife_shape){STR_INIT("*"), STR_INIT("*"), shelflife_str_of(paths[i])};
    }
    struct run run;
    run_init(&run, 1 << 20, extra, SHAPES, NULL, 0);
    for (unsigned i = 0; i < SHAPES; i++) {
        char text[256], path[64];
        snprintf(text, sizeof(text), "{\"spec\":{\"k%u\":{\"k\":[{\"b\":{\"x%u\":[0,{\"y\":\"i\"}]}}]}}}",
                 i % 7, i);
        snprintf(path, sizeof(path), "spec.k%u.k[0].b.x%u[1].y", i % 7, i);
        const struct shelflife_object *o = run_text(&run, "g", i % 2 ? "K" : "", shelflife_str_of(text), 5);
        assert_non_null(o);
        assert_int_equal(o->image_count, 1);
        assert_str_equal(o->images[0].path, path);
    }
    run_free(&run);
    static char more[4 * SHAPES][64];
    for (unsigned i = 0; i < COUNT(more); i++) {
        snprintf(more[i], sizeof(more[i]), "a.b.c.x%u", i);
        extra[i] = (struct shelflife_shape){STR_INIT("*"), STR_INIT("*"), shelflife_str_of(more[i])};
    }
    error err = {0};
    assert_null(shelflife_shapes_new(extra, COUNT(more), NULL, 0, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
}

static void the_same_path_may_be_given_twice(void **state)
{
    static const struct shelflife_shape extra[] = {
        {STR_INIT("a"), STR_INIT("*"), STR_INIT("spec.image")},
        {STR_INIT("b"), STR_INIT("*"), STR_INIT("spec.image")},
        {STR_INIT("*"), STR_INIT("*"), STR_INIT("spec.containers[].image")},
    };
    static const str fields[] = {STR_INIT("spec.image"), STR_INIT("spec.image")};
    struct run run;
    (void)state;
    run_init(&run, 1 << 20, extra, COUNT(extra), fields, COUNT(fields));
    str text = STR("{\"spec\":{\"image\":\"i\",\"containers\":[{\"image\":\"j\"}]}}");
    const char *const groups[] = {"a", "b", "c"};
    for (size_t i = 0; i < COUNT(groups); i++) {
        const struct shelflife_object *o = run_text(&run, groups[i], "K", text, text.len);
        assert_non_null(o);
        assert_int_equal(o->image_count, i < 2 ? 2 : 1);
        assert_str_equal(o->fields[0], "i");
        assert_str_equal(o->fields[1], "i");
    }
    run_free(&run);
}

static void kinds_are_known_beforehand(void **state)
{
    static const struct shelflife_shape extra[] = {
        {STR_INIT("example.com"), STR_INIT("Train"), STR_INIT("spec.image")},
        {STR_INIT("all.example.com"), STR_INIT("*"), STR_INIT("spec.image")},
        {STR_INIT("*"), STR_INIT("*"), STR_INIT("spec.runner.image")},
    };
    static const struct {
        const char *group, *kind;
        enum shelflife_kind_images images;
    } cases[] = {
        {"", "Pod", SHELFLIFE_KIND_NAMED},
        {"", "EphemeralContainers", SHELFLIFE_KIND_NAMED},
        {"apps", "Deployment", SHELFLIFE_KIND_NAMED},
        {"argoproj.io", "Workflow", SHELFLIFE_KIND_NAMED},
        {"example.com", "Train", SHELFLIFE_KIND_NAMED},
        {"all.example.com", "Whatever", SHELFLIFE_KIND_NAMED},
        {"", "Secret", SHELFLIFE_KIND_MAYBE},
        {"example.com", "Bus", SHELFLIFE_KIND_MAYBE},
        {"", "Event", SHELFLIFE_KIND_NEVER},
        {"kyverno.io", "ClusterPolicy", SHELFLIFE_KIND_NEVER},
        {"apps", "ControllerRevision", SHELFLIFE_KIND_HISTORY},
    };
    (void)state;
    struct shelflife_shapes *shapes = shelflife_shapes_new(extra, COUNT(extra), NULL, 0, NULL);
    assert_non_null(shapes);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(
            shelflife_shapes_kind(shapes, shelflife_str_of(cases[i].group), shelflife_str_of(cases[i].kind)),
            cases[i].images);
    shelflife_shapes_free(shapes);
}

static void kinds_of_kubernetes_itself_run_as_they_are_written(void **state)
{
    static const struct {
        const char *group, *kind;
        bool as_written;
    } cases[] = {
        {"", "Pod", true},
        {"", "EphemeralContainers", true},
        {"batch", "CronJob", true},
        {"apps", "ControllerRevision", true},
        {"apps.kruise.io", "DaemonSet", false},
        {"tekton.dev", "Task", false},
        {"", "Task", false},
    };
    struct run run;
    (void)state;
    run_init(&run, 1 << 20, NULL, 0, NULL, 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        str group = shelflife_str_of(cases[i].group), kind = shelflife_str_of(cases[i].kind);
        assert_int_equal(shelflife_workload_kinds_run_as_written(group, kind), cases[i].as_written);
        const struct shelflife_object *o = run_text(
            &run, cases[i].group, cases[i].kind,
            STR("{\"spec\":{\"containers\":[{\"image\":\"i\"}],\"template\":{\"spec\":{\"containers\":"
                "[{\"image\":\"i\"}]}}}}"),
            1000);
        assert_non_null(o);
        for (size_t k = 0; k < o->image_count; k++)
            assert_int_equal(o->images[k].as_written, cases[i].as_written);
    }
    run_free(&run);
}

/* ---- The tables ---- */

struct visits {
    size_t left, cron_jobs, helm_charts;
};

static bool visit(void *context, str group, str kind, error *err)
{
    struct visits *v = context;
    (void)group;
    v->cron_jobs += shelflife_str_equal(kind, STR("CronJob"));
    v->helm_charts += shelflife_str_equal(kind, STR("HelmChart"));
    return v->left-- > 1 || shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "enough");
}

static void the_tables_can_be_walked(void **state)
{
    struct visits all = {.left = SIZE_MAX}, some = {.left = 2};
    error err = {0};
    (void)state;
    assert_true(shelflife_workload_kinds_each(visit, &all, &err));
    assert_int_equal(all.cron_jobs, 1);
    assert_int_equal(all.helm_charts, 1);
    assert_false(shelflife_workload_kinds_each(visit, &some, &err));
    assert_string_equal(err.text, "enough");
    assert_int_equal(some.left, 0);
}

static void groups_with_images_are_known(void **state)
{
    (void)state;
    assert_true(shelflife_workload_kinds_know(STR("")));
    assert_true(shelflife_workload_kinds_know(STR("apps")));
    assert_true(shelflife_workload_kinds_know(STR("tekton.dev")));
    assert_true(shelflife_workload_kinds_know(STR("helm.cattle.io")));
    assert_false(shelflife_workload_kinds_know(STR("metrics.k8s.io")));
    assert_false(shelflife_workload_kinds_know(STR("kyverno.io")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_paths_are_refused_with_their_byte),
        cmocka_unit_test(a_field_is_one_value),
        cmocka_unit_test(many_shapes_work_and_too_many_are_refused),
        cmocka_unit_test(the_same_path_may_be_given_twice),
        cmocka_unit_test(kinds_are_known_beforehand),
        cmocka_unit_test(kinds_of_kubernetes_itself_run_as_they_are_written),
        cmocka_unit_test(the_tables_can_be_walked),
        cmocka_unit_test(groups_with_images_are_known),
    };
    return cmocka_run_group_tests_name("workload_shapes", tests, NULL, NULL);
}
