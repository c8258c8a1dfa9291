/* rooms: base json reference catalog */
/* What a trace contains: rows, mirrors, digests, versions. */
#include "unit/catalog_kit.h"

#include "catalog/trace.h"

static const char catalog[] =
    "--- {apiVersion: shelflife.dev/v1, kind: Catalog, name: c, asOf: 2026-01-01, products: [{name: p, "
    "repositories: ['x.example/{acc}-{version}[.{py}]'], rows: ["
    "{release: '1', when: {acc: gpu, py: py37}, endOfPatch: 2025-01-01},"
    "{release: '1', when: {acc: gpu, py: py38}, endOfPatch: 2025-06-01},"
    "{release: '1', when: {acc: cpu}, endOfPatch: 2024-01-01}, {release: '1', endOfPatch: 2023-01-01}]}]}";

static struct shelflife_trace trace_of(const struct shelflife_catalogs *set, const char *image, arena *a)
{
    struct shelflife_reference reference;
    struct shelflife_resolution found;
    struct shelflife_trace trace;
    error err;
    assert_true(shelflife_reference_parse(shelflife_str_of(image), a, &reference, &err));
    assert_true(shelflife_catalogs_trace(set, reference.name, &reference, NULL, a, &found, &trace, &err));
    return trace;
}

static void each_row_of_the_release_has_an_outcome(void **state)
{
    /* T taken, V another variant, E less exact; in the order of the rows */
    static const struct {
        const char *image, *outcomes;
    } cases[] = {
        {"x.example/gpu-1.py37:m1", "TVVE"},
        {"x.example/gpu-1.py38:m1", "VTVE"},
        {"x.example/cpu-1:m1", "VVTE"},
        {"x.example/tpu-1:m1", "VVVT"},
    };
    static const char letters[] = {[SHELFLIFE_TRACE_TAKEN] = 'T',
                                   [SHELFLIFE_TRACE_OTHER_VARIANT] = 'V',
                                   [SHELFLIFE_TRACE_LESS_EXACT] = 'E'};
    (void)state;
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    add_text(set, catalog, "c.yaml");
    finish(set);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_arena_free) arena a;
        shelflife_arena_init(&a, 1 << 20);
        char said[8] = "";
        struct shelflife_trace trace = trace_of(set, cases[i].image, &a);
        for (size_t k = 0; k < trace.count; k++)
            if (trace.steps[k].kind == SHELFLIFE_TRACE_ROW)
                said[trace.steps[k].row - shelflife_catalogs_row_at(set, 0)] =
                    letters[trace.steps[k].outcome];
        if (strcmp(said, cases[i].outcomes) != 0)
            fail_msg("%s: %s", cases[i].image, said);
        assert_false(trace.cut);
    }
    shelflife_catalogs_free(set);
}

static void mirrors_digests_and_shorter_versions_are_recorded(void **state)
{
#define DIGEST "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    static const char text[] =
        "--- {apiVersion: shelflife.dev/v1, kind: Catalog, name: c, asOf: 2026-01-01, mirrors: {x.example: "
        "[y.example]}, products: [{name: p, repositories: [{pattern: x.example/p}], tags: ['{version}'], "
        "rows: ["
        "{release: '1'}, {release: '1.2', digests: ['" DIGEST "']}]}]}";
    static const struct {
        const char *image;
        enum shelflife_trace_kind kind;
        enum shelflife_trace_outcome outcome;
        const char *text;
    } cases[] = {
        {"y.example/p:1.2", SHELFLIFE_TRACE_MIRROR, SHELFLIFE_TRACE_TAKEN, "y.example"},
        {"x.example/p@" DIGEST, SHELFLIFE_TRACE_DIGEST, SHELFLIFE_TRACE_TAKEN, DIGEST},
        {"x.example/p@" OTHER, SHELFLIFE_TRACE_DIGEST, SHELFLIFE_TRACE_NOT_LISTED, OTHER},
        {"x.example/p:1.2", SHELFLIFE_TRACE_VERSION, SHELFLIFE_TRACE_TAKEN, "1.2"},
        {"x.example/p:1.2", SHELFLIFE_TRACE_VERSION, SHELFLIFE_TRACE_SHORTER, "1"},
        {"x.example/p:3", SHELFLIFE_TRACE_VERSION, SHELFLIFE_TRACE_NO_RELEASE, "3"},
    };
    (void)state;
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    add_text(set, text, "c.yaml");
    finish(set);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_arena_free) arena a;
        shelflife_arena_init(&a, 1 << 20);
        bool there = false;
        struct shelflife_trace trace = trace_of(set, cases[i].image, &a);
        for (size_t k = 0; k < trace.count; k++)
            there = there ||
                    (trace.steps[k].kind == cases[i].kind && trace.steps[k].outcome == cases[i].outcome &&
                     shelflife_str_equal(trace.steps[k].text, shelflife_str_of(cases[i].text)));
        if (!there)
            fail_msg("%s: %s is not in the trace", cases[i].image, cases[i].text);
    }
    shelflife_catalogs_free(set);
}

/* A name may fit many rows; the trace ends after CATALOG_TRACE_MAX steps, and says so. */
static void a_long_trace_is_cut(void **state)
{
    (void)state;
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    buffer text;
    shelflife_buffer_init(&text, 1 << 20);
    shelflife_buffer_format(&text,
                            "--- {apiVersion: shelflife.dev/v1, kind: Catalog, name: c, asOf: 2026-01-01, "
                            "products: [");
    for (int i = 0; i < 8; i++) {
        shelflife_buffer_format(&text, "{name: p%d, repositories: ['x.example/{a}[.{f%d}]'], rows: [", i, i);
        for (int k = 0; k < 100; k++)
            shelflife_buffer_format(&text, "{release: '1', when: {a: v%d}},", k);
        shelflife_buffer_format(&text, "], tags: ['{version}']},");
    }
    shelflife_buffer_format(&text, "]}%c", 0);
    add_text(set, text.at, "c.yaml");
    finish(set);
    CLEANUP(shelflife_arena_free) arena a;
    shelflife_arena_init(&a, 1 << 20);
    struct shelflife_reference reference;
    struct shelflife_resolution found;
    struct shelflife_trace trace;
    error err;
    assert_true(shelflife_reference_parse(STR("x.example/v1:1"), &a, &reference, &err));
    assert_true(shelflife_catalogs_trace(set, reference.name, &reference, NULL, &a, &found, &trace, &err));
    assert_true(trace.cut);
    assert_true(trace.count > 0 && trace.count <= CATALOG_TRACE_MAX);
    shelflife_buffer_free(&text);
    shelflife_catalogs_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_of_the_release_has_an_outcome),
        cmocka_unit_test(mirrors_digests_and_shorter_versions_are_recorded),
        cmocka_unit_test(a_long_trace_is_cut),
    };
    return cmocka_run_group_tests_name("catalog trace", tests, NULL, NULL);
}
