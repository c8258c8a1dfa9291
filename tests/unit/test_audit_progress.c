/* rooms: base json reference workload catalog policy inventory admission net file kube pki inputs audit */
#include "audit/auditor.h"
#include "audit/progress.h"
#include "unit/policy_kit.h"

#define AT 20636 /* 2026-07-02 */

struct fixture {
    struct shelflife_catalogs *catalogs;
    struct shelflife_policy *policy;
    struct shelflife_snapshot snapshot;
    struct shelflife_audit_counters counters;
    struct shelflife_audit *audit;
    struct shelflife_audit_progress progress;
    struct shelflife_audit_rollup rollup;
};

static void set_up(struct fixture *f, bool counted)
{
    error err = {0};
    *f = (struct fixture){.catalogs = read_catalogs(), .policy = shelflife_policy_default(NULL)};
    f->snapshot = (struct shelflife_snapshot){.catalogs = f->catalogs, .policy = f->policy};
    const struct shelflife_audit_options options = {.snapshot = &f->snapshot,
                                                    .at = AT,
                                                    .today = AT,
                                                    .within = -1,
                                                    .progress = counted ? &f->counters : NULL};
    f->audit = shelflife_audit_new(&options, &err);
    assert_non_null(f->audit);
    shelflife_audit_progress_init(&f->progress, f->audit);
    shelflife_audit_rollup_init(&f->rollup, f->audit->key);
}

static void tear_down(struct fixture *f)
{
    shelflife_audit_rollup_free(&f->rollup);
    shelflife_audit_progress_free(&f->progress);
    shelflife_audit_free(f->audit);
    shelflife_policy_free(f->policy);
    shelflife_catalogs_free(f->catalogs);
}

/* Adds an image to the rollup, and counts. Returns the findings so far. */
static uint64_t add(struct fixture *f, const char *image)
{
    error err = {0};
    const struct shelflife_input_image input = {
        .image = shelflife_str_of(image), .kind = STR("Image"), .place = {STR("list"), 1, 1}};
    if (!shelflife_audit_rollup_add_input(&f->rollup, &input, &err) ||
        !shelflife_audit_progress_count(&f->progress, &f->rollup, &err))
        fail_msg("%s", err.text);
    return f->counters.findings;
}

static void warnings_and_denials_are_findings(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f, true);
    assert_int_equal(add(&f, "fern:1"), 1);   /* past end of availability: denied */
    assert_int_equal(add(&f, "pine:3.8"), 2); /* past end of patch: warned about */
    assert_int_equal(add(&f, "fern:2"), 2);   /* supported */
    assert_int_equal(add(&f, "moss:1"), 2);   /* in no catalog */
    tear_down(&f);
}

static void a_record_is_counted_once(void **state)
{
    struct fixture f;
    error err = {0};
    (void)state;
    set_up(&f, true);
    assert_int_equal(add(&f, "fern:1"), 1);
    assert_true(shelflife_audit_progress_count(&f.progress, &f.rollup, &err));
    assert_int_equal(f.counters.findings, 1);
    assert_int_equal(add(&f, "fern:1"), 1); /* the same image: no new record */
    tear_down(&f);
}

static void after_a_restart_only_its_own_findings_are_taken_back(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f, true);
    f.counters.findings = 10; /* of other sources */
    assert_int_equal(add(&f, "fern:1"), 11);
    assert_int_equal(add(&f, "pine:3.8"), 12);
    shelflife_audit_rollup_reset(&f.rollup);
    shelflife_audit_progress_restart(&f.progress);
    assert_int_equal(f.counters.findings, 10);
    /* The numbers of texts begin again: the number of fern:1 is now that of a supported image. */
    assert_int_equal(add(&f, "fern:2"), 10);
    assert_int_equal(add(&f, "fern:1"), 11);
    tear_down(&f);
}

static void without_counters_nothing_is_judged(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f, false);
    assert_int_equal(add(&f, "fern:1"), 0);
    assert_int_equal(f.progress.counted, 0);
    shelflife_audit_progress_restart(&f.progress);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(warnings_and_denials_are_findings),
        cmocka_unit_test(a_record_is_counted_once),
        cmocka_unit_test(after_a_restart_only_its_own_findings_are_taken_back),
        cmocka_unit_test(without_counters_nothing_is_judged),
    };
    return cmocka_run_group_tests_name("audit_progress", tests, NULL, NULL);
}
