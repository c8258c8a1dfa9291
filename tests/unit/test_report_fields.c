/* rooms: base json reference workload catalog policy inventory net kube pki inputs audit report log file */
#include "report/internal.h"
#include "unit/test.h"

enum { NONE = SHELFLIFE_DAY_NONE };

static void the_date_is_that_of_the_phase(void **state)
{
    static const struct {
        shelflife_day patch, extended_patch, availability;
        bool extended;
        enum shelflife_phase phase;
        shelflife_day end_of_patch, date;
    } cases[] = {
        {10, NONE, NONE, false, SHELFLIFE_PHASE_UNPATCHED, 10, 10},
        {10, 20, 30, false, SHELFLIFE_PHASE_UNPATCHED, 10, 10},
        {10, 20, 30, true, SHELFLIFE_PHASE_SUPPORTED, 20, 20},
        {10, NONE, 30, true, SHELFLIFE_PHASE_ENDING, 10, 10},
        {10, NONE, 30, false, SHELFLIFE_PHASE_UNAVAILABLE, 10, 30},
        {NONE, NONE, 30, false, SHELFLIFE_PHASE_SUPPORTED, NONE, 30},
        {NONE, NONE, NONE, false, SHELFLIFE_PHASE_SUPPORTED, NONE, NONE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct shelflife_match match = {.end_of_patch = cases[i].patch,
                                              .end_of_extended_patch = cases[i].extended_patch,
                                              .end_of_availability = cases[i].availability};
        const struct shelflife_judged_match judged = {
            .match = &match, .phase = cases[i].phase, .extended = cases[i].extended};
        const struct shelflife_audit_image image = {.verdict = {.matches = &judged, .match_count = 1}};
        if (shelflife_report_end_of_patch(&judged) != cases[i].end_of_patch ||
            shelflife_report_date(&image) != cases[i].date)
            fail_msg("case %zu", i);
    }
    const struct shelflife_audit_image unknown = {0};
    assert_null(shelflife_report_match(&unknown));
    assert_int_equal(shelflife_report_date(&unknown), NONE);
}

static void absent_parts_of_a_workload_are_left_out(void **state)
{
    static const struct {
        struct shelflife_audit_workload workload;
        const char *text;
    } cases[] = {
        {{.namespace = STR_INIT("a"), .kind = STR_INIT("Pod"), .name = STR_INIT("b")}, "a/Pod/b"},
        {{.kind = STR_INIT("Pod"), .name = STR_INIT("b")}, "Pod/b"},
        {{.kind = STR_INIT("Image")}, "Image"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer out CLEANUP(shelflife_buffer_free);
        shelflife_buffer_init(&out, SIZE_MAX);
        shelflife_report_put_workload(&cases[i].workload, &out);
        assert_str_equal(shelflife_buffer_str(&out), cases[i].text);
    }
}

static void containers_are_named_and_the_rest_counted(void **state)
{
    static const struct shelflife_audit_container list[] = {
        {.name = STR_INIT("main"), .path = STR_INIT("spec.c[0]")}, {.path = STR_INIT("spec.c[1]")}};
    static const struct {
        uint32_t count, total;
        const char *text;
    } cases[] = {{0, 0, ""}, {1, 1, "main"}, {2, 2, "main, spec.c[1]"}, {2, 5, "main, spec.c[1] and 3 more"}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct shelflife_audit_entry entry = {
            .containers = list, .container_count = cases[i].count, .container_total = cases[i].total};
        buffer out CLEANUP(shelflife_buffer_free);
        shelflife_buffer_init(&out, SIZE_MAX);
        shelflife_report_put_containers(&entry, &out);
        assert_str_equal(shelflife_buffer_str(&out), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_date_is_that_of_the_phase),
        cmocka_unit_test(absent_parts_of_a_workload_are_left_out),
        cmocka_unit_test(containers_are_named_and_the_rest_counted),
    };
    return cmocka_run_group_tests_name("report_fields", tests, NULL, NULL);
}
