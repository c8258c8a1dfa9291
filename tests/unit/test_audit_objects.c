/* rooms: base json workload inputs audit file kube pki net policy inventory catalog reference */
#include "unit/test.h"

#include "audit/objects.h"
#include "audit/values.h"

/* One line for each object: "apps/v1 Deployment ns/name finished image…". */
static bool tell(void *context, const struct shelflife_audit_found_object *found, error *err)
{
    buffer *out = context;
    const struct shelflife_object *o = found->object;
    (void)err;
    shelflife_buffer_format(out, "%.*s %.*s %.*s/%.*s%s", STR_PRINT(found->api_version),
                            STR_PRINT(found->kind), STR_PRINT(found->namespace), STR_PRINT(o->name),
                            found->finished ? " finished" : "");
    for (size_t i = 0; i < o->image_count; i++)
        shelflife_buffer_format(out, " %.*s", STR_PRINT(o->images[i].text));
    for (size_t i = 0; i < found->running_count; i++)
        shelflife_buffer_format(out, " %.*s=%.*s", STR_PRINT(found->running[i].container),
                                STR_PRINT(found->running[i].digest));
    shelflife_buffer_byte(out, '\n');
    return true;
}

static bool read_text(struct shelflife_audit_objects *objects, const char *kind, str text, size_t chunk,
                      error *err)
{
    struct shelflife_json_parser *p = shelflife_json_parser_new(shelflife_audit_objects_event, objects, true);
    assert_non_null(p);
    shelflife_audit_objects_begin(objects, kind ? STR("v1") : STR(""), shelflife_str_of(kind), NULL, NULL);
    bool ok = true;
    for (size_t at = 0; ok && at < text.len; at += chunk)
        ok = shelflife_json_parser_feed(p, shelflife_str_first(shelflife_str_after(text, at), chunk), err);
    ok = ok && shelflife_json_parser_finish(p, err);
    shelflife_json_parser_free(p);
    return ok;
}

#define POD(name, image)                                                                                     \
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"" name "\"},\"spec\":{\"containers\":" \
    "[{\"name\":\"c\",\"image\":\"" image "\"}]}}"
#define BARE(name, image)                                                                                    \
    "{\"metadata\":{\"name\":\"" name                                                                        \
    "\",\"namespace\":\"n\"},\"spec\":{\"containers\":[{\"image\":\"" image "\"}]}}"
#define JOB(status)                                                                                          \
    "{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"metadata\":{\"name\":\"j\"},\"status\":" status         \
    ",\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"image\":\"i\"}]}}}}"

#define RUNNING(status) "{\"kind\":\"Pod\",\"status\":{" status "}}"
#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void objects_are_found_in_whatever_they_are_wrapped(void **state)
{
    static const struct {
        const char *kind, *text, *told;
    } cases[] = {
        {NULL, POD("a", "x"), "v1 Pod /a x\n"},
        {NULL, POD("a", "x") "\n" POD("b", "y"), "v1 Pod /a x\nv1 Pod /b y\n"},
        {NULL, "[" POD("a", "x") "," POD("b", "y") ",[" POD("c", "z") "],1,\"s\"]",
         "v1 Pod /a x\nv1 Pod /b y\n"},
        {NULL, "null 1 \"text\" []", ""},
        {NULL, "{}", ""},
        {NULL, "{\"spec\":{\"containers\":[{\"image\":\"x\"}]}}", ""},
        /* Lists: as kubectl prints them, with kind after the items; typed ones; lists in lists */
        {NULL, "{\"apiVersion\":\"v1\",\"items\":[" POD("a", "x") "," POD("b", "y") "],\"kind\":\"List\"}",
         "v1 Pod /a x\nv1 Pod /b y\n"},
        {NULL,
         "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[" BARE("a", "x") "," BARE("b", "y") "]}",
         "v1 Pod n/a x\nv1 Pod n/b y\n"},
        {NULL,
         "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"kind\":\"List\",\"items\":[" POD("a",
                                                                                                  "x") "]}]}",
         "v1 Pod /a x\n"},
        {NULL, "{\"kind\":\"List\",\"items\":{\"a\":" POD("a", "x") "},\"x\":1}", " List /\n"},
        {NULL, "{\"kind\":\"List\",\"items\":null}", " List /\n"},
        {NULL, "{\"kind\":\"List\",\"it\\u0065ms\":[" POD("a", "x") "]}", "v1 Pod /a x\n"},
        {"Pod", "{\"kind\":\"PodList\",\"metadata\":{},\"items\":[" BARE("a", "x") "]}", "v1 Pod n/a x\n"},
        {"Pod", "{\"items\":[" BARE("a", "x") "],\"kind\":\"PodList\"}", "v1 Pod n/a x\n"},
        {NULL,
         "{\"apiVersion\":\"v1\",\"items\":[" BARE("a", "x") "," POD("b", "y") "],\"kind\":\"PodList\"}",
         "v1 Pod /b y\nv1 Pod n/a x\n"},
        {NULL,
         "{\"items\":[{\"spec\":{\"containers\":[{\"image\":\"x\"}],\"a\":[{\"b\":1}]},\"kind\":\"Pod\"},{},"
         "{\"a\":1}],\"kind\":\"List\"}",
         " Pod / x\n"},
        {NULL, "{\"items\":[" BARE("a", "x") "],\"x\":1}", ""},
        /* for kubectl, each object with items is a list; for an API server it is not */
        {NULL,
         "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"items\":[" POD(
             "b", "y") "],\"spec\":{\"containers\":[{\"image\":"
                       "\"x\"}]}}",
         "v1 Pod /b y\n"},
        {NULL,
         "{\"kind\":\"AdmissionReview\",\"request\":{\"object\":{\"kind\":\"Pod\",\"items\":[],\"spec\":{"
         "\"containers\":[{\"image\":\"x\"}]}}}}",
         " Pod / x\n"},
        /* reviews */
        {NULL,
         "{\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"u\",\"namespace\":\"ns\",\"object\":" POD(
             "a", "x") ","
                       "\"oldObject\":" POD("a", "old") "}}",
         "v1 Pod ns/a x\n"},
        {NULL, "{\"request\":{\"object\":" POD("a", "x") "},\"kind\":\"AdmissionReview\"}", "v1 Pod /a x\n"},
        {NULL, "{\"kind\":\"AdmissionReview\",\"request\":{\"object\":null,\"operation\":\"DELETE\"}}", ""},
        {NULL, "{\"kind\":\"Odd\",\"request\":{\"object\":" POD("a", "x") "}}", " Odd /\n"},
        /* finished workloads */
        {NULL, "{\"kind\":\"Pod\",\"status\":{\"phase\":\"Succeeded\",\"conditions\":[]}}",
         " Pod / finished\n"},
        {NULL,
         "{\"kind\":\"Pod\",\"status\":{\"conditions\":[{\"type\":\"Failed\",\"status\":\"True\"}],\"phase\":"
         "\"R\"}}",
         " Pod /\n"},
        {NULL, JOB("{\"conditions\":[{\"type\":\"Complete\",\"status\":\"True\"}]}"),
         "batch/v1 Job /j finished i\n"},
        {NULL, JOB("{\"conditions\":[{\"status\":\"True\",\"x\":{\"a\":[1]},\"type\":\"Failed\"}]}"),
         "batch/v1 Job /j finished i\n"},
        {NULL,
         JOB("{\"conditions\":[{\"type\":\"Failed\",\"status\":\"False\"},{\"type\":\"S\",\"status\":"
             "\"True\"}]}"),
         "batch/v1 Job /j i\n"},
        {NULL, JOB("{\"conditions\":[{\"type\":\"Complete\"},{\"status\":\"True\"}],\"active\":1}"),
         "batch/v1 Job /j i\n"},
        {NULL, JOB("[]"), "batch/v1 Job /j i\n"},
        /* what runs */
        {NULL,
         RUNNING("\"containerStatuses\":[{\"name\":\"a\",\"state\":{\"running\":{\"name\":\"x\"}},"
                 "\"imageID\":\"r.test/a@sha256:1\"},{\"imageID\":\"docker-pullable://b@sha256:2\",\"name\":"
                 "\"b\"}],\"initContainerStatuses\":[{\"name\":\"c\",\"imageID\":\"c@sha256:3\"}],"
                 "\"ephemeralContainerStatuses\":[{\"name\":\"d\",\"imageID\":\"d@sha256:4\"}]"),
         " Pod / a=sha256:1 b=sha256:2 c=sha256:3 d=sha256:4\n"},
        /* no digest that a registry knows, not started, no name, another type, the last of two */
        {NULL,
         RUNNING(
             "\"containerStatuses\":[{\"name\":\"a\",\"imageID\":\"sha256:1\"},{\"name\":\"b\",\"imageID\":"
             "\"\"},{\"imageID\":\"c@sha256:3\"},{\"name\":\"d\"},7,{\"name\":[\"e\"],\"imageID\":{}},"
             "{\"name\":\"f\",\"imageID\":\"x@sha256:1\",\"imageID\":\"x@y@sha256:2\"},{\"name\":\"g\","
             "\"imageID\":\"x@sha256:1\",\"imageID\":\"sha256:3\"}]"),
         " Pod / f=sha256:2\n"},
        {NULL, RUNNING("\"containerStatuses\":{\"name\":\"a\",\"imageID\":\"r.test/a@sha256:1\"}"),
         " Pod /\n"},
        {NULL,
         RUNNING("\"containerStatuses\":[{\"name\":\"" LONG "\",\"imageID\":\"r.test/a@sha256:1\"},{"
                 "\"name\":\"b\",\"imageID\":\"" LONG LONG LONG LONG "/a@sha256:1\"},{\"name\":\"c\","
                 "\"imageID\":\"a@" LONG LONG LONG "\"}]"),
         " Pod / b=sha256:1\n"},
        {NULL,
         "{\"kind\":\"PodList\",\"items\":[" RUNNING("\"containerStatuses\":[{\"name\":\"a\",\"imageID\":"
                                                     "\"a@sha256:1\"}]") "," RUNNING("\"phase\":\"x\"") "]}",
         " Pod / a=sha256:1\n Pod /\n"},
        {NULL, JOB("\"Failed\""), "batch/v1 Job /j i\n"},
        {NULL, JOB("{\"phase\":[\"Failed\"]}"), "batch/v1 Job /j i\n"},
    };
    static const size_t chunks[] = {SIZE_MAX / 2, 1, 7};
    (void)state;
    static const str fields[] = {STR_INIT("spec.replicas")};
    struct shelflife_shapes *shapes = shelflife_shapes_new(NULL, 0, fields, 1, NULL);
    buffer out;
    shelflife_buffer_init(&out, 1 << 16);
    struct shelflife_audit_objects *objects = shelflife_audit_objects_new(shapes, tell, &out);
    assert_non_null(objects);
    for (size_t i = 0; i < 2 * COUNT(cases) * COUNT(chunks); i++) {
        size_t n = i % (COUNT(cases) * COUNT(chunks));
        error err = {0};
        if (i == COUNT(cases) * COUNT(chunks))
            shelflife_audit_objects_keep_specs(
                objects, shelflife_audit_values_are_in); /* which changes nothing else */
        shelflife_buffer_reset(&out);
        const char *text = cases[n / COUNT(chunks)].text;
        if (!read_text(objects, cases[n / COUNT(chunks)].kind, shelflife_str_of(text),
                       chunks[n % COUNT(chunks)], &err))
            fail_msg("%s: %s", text, err.text);
        assert_str_equal(shelflife_buffer_str(&out), cases[n / COUNT(chunks)].told);
    }
    shelflife_audit_objects_free(objects);
    shelflife_buffer_free(&out);
    shelflife_shapes_free(shapes);
}

static void lists_in_lists_have_a_limit(void **state)
{
    (void)state;
    struct shelflife_shapes *shapes = shelflife_shapes_new(NULL, 0, NULL, 0, NULL);
    buffer out, text;
    error err = {0};
    shelflife_buffer_init(&out, 1 << 16);
    shelflife_buffer_init(&text, 1 << 16);
    struct shelflife_audit_objects *objects = shelflife_audit_objects_new(shapes, tell, &out);
    for (int i = 0; i < 100; i++)
        shelflife_buffer_append(&text, STR("{\"kind\":\"List\",\"items\":["));
    assert_false(read_text(objects, NULL, shelflife_buffer_str(&text), 1000, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    /* and the next text starts afresh */
    assert_true(read_text(objects, NULL, STR(POD("a", "x")), 1000, &err));
    assert_str_equal(shelflife_buffer_str(&out), "v1 Pod /a x\n");
    shelflife_audit_objects_free(objects);
    shelflife_buffer_free(&out);
    shelflife_buffer_free(&text);
    shelflife_shapes_free(shapes);
}

/* ---- Values of charts ---- */

static bool tell_values(void *context, const struct shelflife_audit_found_object *found, error *err)
{
    buffer *out = context;
    CLEANUP(shelflife_arena_free) arena memory;
    struct shelflife_audit_values values;
    shelflife_arena_init(&memory, 64 << 20);
    if (!shelflife_audit_values_read(found, &memory, &values, err))
        return false;
    for (const struct shelflife_audit_value *v = values.first; v; v = v->next)
        shelflife_buffer_format(out, "%.*s=%.*s%s\n", STR_PRINT(v->image.path), STR_PRINT(v->image.image),
                                v->image.unused ? " unused" : "");
    for (const struct shelflife_audit_values_note *n = values.notes; n; n = n->next)
        shelflife_buffer_format(out, "%.*s\n", STR_PRINT(n->why));
    if (values.left_out)
        shelflife_buffer_format(out, "%zu left out\n", values.left_out);
    return true;
}

static void check_values(str text, size_t chunk, const char *told)
{
    struct shelflife_shapes *shapes = shelflife_shapes_new(NULL, 0, NULL, 0, NULL);
    CLEANUP(shelflife_buffer_free) buffer out;
    error err = {0};
    shelflife_buffer_init(&out, 1 << 16);
    struct shelflife_audit_objects *objects = shelflife_audit_objects_new(shapes, tell_values, &out);
    assert_non_null(objects);
    shelflife_audit_objects_keep_specs(objects, shelflife_audit_values_are_in);
    if (!read_text(objects, NULL, text, chunk, &err))
        fail_msg("%s", err.text);
    str said = shelflife_buffer_str(&out);
    if (told)
        assert_str_equal(said, told);
    shelflife_audit_objects_free(objects);
    shelflife_shapes_free(shapes);
}

#define FLUX "\"apiVersion\":\"helm.toolkit.fluxcd.io/v2\",\"kind\":\"HelmRelease\""
#define ARGO "\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Application\""
#define WEB "{\"web\":{\"repository\":\"a/b\",\"tag\":\"1\"}}"

static void values_of_charts_are_read(void **state UNUSED)
{
    static const struct {
        const char *text, *told;
    } cases[] = {
        {"{" FLUX ",\"spec\":{\"values\":" WEB "}}", "spec.values.web=a/b:1\n"},
        {"{\"spec\":{\"values\":" WEB "}," FLUX "}", "spec.values.web=a/b:1\n"},
        {"{\"spec\":{\"values\":" WEB "},\"kind\":\"Deployment\"}", ""},
        /* of two, the last */
        {"{" FLUX ",\"spec\":{\"values\":{\"image\":\"x:1\"}},\"spec\":{\"values\":" WEB "}}",
         "spec.values.web=a/b:1\n"},
        {"{\"apiVersion\":\"helm.toolkit.fluxcd.io/v2\",\"kind\":\"HelmReleaseList\",\"items\":[{\"spec\":{"
         "\"values\":" WEB "}}]}",
         "spec.values.web=a/b:1\n"},
        {"{\"items\":[{\"spec\":{\"values\":" WEB "}}],\"apiVersion\":\"helm.toolkit.fluxcd.io/v2\","
         "\"kind\":\"HelmReleaseList\"}",
         "spec.values.web=a/b:1\n"},
        {"{" FLUX ",\"spec\":7} {" FLUX ",\"spec\":\"text\"} {" FLUX ",\"spec\":[]} {" FLUX "}", ""},
        {"{" ARGO ",\"spec\":{\"source\":{\"helm\":{\"values\":\"image: x:1\\nweb: {image: "
         "x}\",\"parameters\":[{\"name\":\"image\",\"value\":\"x:2\"},{\"name\":\"web.tag\",\"value\":\"3\"}]"
         "}}}}",
         "spec.source.helm.parameters > image=x:2\nspec.source.helm.values > web.image=x:3\n"},
        {"{" ARGO ",\"spec\":{\"source\":{\"helm\":{\"values\":\"image: x:1\",\"valuesObject\":" WEB "}}}}",
         "spec.source.helm.values > image=x:1 unused\nspec.source.helm.valuesObject.web=a/b:1\n"},
    };
    static const size_t chunks[] = {SIZE_MAX / 2, 1, 7};
    for (size_t i = 0; i < COUNT(cases) * COUNT(chunks); i++)
        check_values(shelflife_str_of(cases[i / COUNT(chunks)].text), chunks[i % COUNT(chunks)],
                     cases[i / COUNT(chunks)].told);
}

static void values_of_charts_have_limits(void **state UNUSED)
{
    static const struct {
        const char *begin, *each, *end, *told;
        size_t count;
    } cases[] = {
        {"{" FLUX ",\"spec\":{\"values\":[", "[],", "0]}}",
         "the values are not read: this takes more memory than the limit of 8388608 bytes\n", 500000},
        {"{" FLUX ",\"spec\":{\"values\":\"", "0123456789", "\"}}",
         "the values are not read: this takes more memory than the limit of 8388608 bytes\n", 1000000},
        {"{\"kind\":\"Other\",\"spec\":{\"values\":[", "[],", "0]}}", "", 500000},
        {"{" FLUX ",\"spec\":{\"values\":[", "{\"image\":\"a:1\"},", "0]}}", NULL, 1000},
        {"{" ARGO ",\"spec\":{\"source\":{\"helm\":{\"parameters\":[", "{\"name\":\"a\",\"value\":\"b\"},",
         "0]}}}}", "further parameters are not read: there are more than 1000\n", 2000},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_buffer_free) buffer text;
        shelflife_buffer_init(&text, 64 << 20);
        shelflife_buffer_append(&text, shelflife_str_of(cases[i].begin));
        for (size_t k = 0; k < cases[i].count; k++)
            shelflife_buffer_append(&text, shelflife_str_of(cases[i].each));
        shelflife_buffer_append(&text, shelflife_str_of(cases[i].end));
        check_values(shelflife_buffer_str(&text), 1000, cases[i].told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_found_in_whatever_they_are_wrapped),
        cmocka_unit_test(lists_in_lists_have_a_limit),
        cmocka_unit_test(values_of_charts_are_read),
        cmocka_unit_test(values_of_charts_have_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
