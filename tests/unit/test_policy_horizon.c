/* rooms: base json reference workload catalog policy inventory */
#include "unit/policy_kit.h"

/* The days after 2026-06-02 on which the verdict about pine:3.8-bark may change. Its matches are Pine 3.8,
   which ended on 2025-10-07, and Oak 11, which ended on 2025-06-30, extended until 2027-06-30. */
static const struct {
    const char *policy;
    const char *days; /* joined by " " */
} horizons[] = {
    /* The end of extended support, and its notice. */
    {"notice: 90d\n", "2027-04-01 2027-07-01"},
    {"notice: 0\n", "2027-06-30 2027-07-01"},
    /* Each end and one year. */
    {"notice: 0\ndenyAfter: 365d\n", "2026-07-01 2026-10-08 2027-06-30 2027-07-01 2028-06-30"},
    {"notice: 0\nenforceFrom: 2026-09-01\n", "2026-09-01 2027-06-30 2027-07-01"},
    {"notice: 0\nenforceFrom: 2026-06-02\n", "2027-06-30 2027-07-01"},
    /* A catalog of 2026-06-01 is stale after 30 days, which counts only with onStale: warn. */
    {"notice: 0\nmaxAge: 30d\n", "2027-06-30 2027-07-01"},
    {"notice: 0\nmaxAge: 30d\nonStale: warn\n", "2026-07-02 2027-06-30 2027-07-01"},
    {"notice: 0\nexceptions:\n- {images: ['**'], owner: o, reason: r, until: 2026-12-31}\n",
     "2027-01-01 2027-06-30 2027-07-01"},
    {"notice: 0\noverrides:\n- {products: [oak], notice: 10d}\n", "2027-06-20 2027-06-30 2027-07-01"},
    {"notice: 0\noverrides:\n- {products: [oak], actions: {outdated: warn}}\n", "2027-06-30 2027-07-01"},
};

static void the_horizon_has_each_day_on_which_a_verdict_may_change(void **state)
{
    (void)state;
    struct shelflife_catalogs *catalogs = read_catalogs();
    for (size_t i = 0; i < COUNT(horizons); i++) {
        struct shelflife_policy *policy = read_text(horizons[i].policy);
        struct shelflife_verdict verdict;
        const shelflife_day *days;
        size_t count;
        error err = {0};
        arena a;
        CLEANUP(shelflife_buffer_free) buffer text;
        shelflife_arena_init(&a, 1 << 20);
        shelflife_buffer_init(&text, 4096);
        assert_true(shelflife_policy_judge(policy, catalogs, NULL, STR("pine:3.8-bark"), (str){0},
                                           day("2026-06-02"), &a, &verdict, &err));
        assert_int_equal(verdict.match_count, 2);
        assert_true(shelflife_policy_horizon(policy, &verdict, &a, &days, &count, &err));
        for (size_t k = 0; k < count; k++) {
            char one[SHELFLIFE_DAY_TEXT_MAX];
            shelflife_buffer_format(&text, "%s%s", k ? " " : "", shelflife_day_format(days[k], one));
        }
        if (!shelflife_str_equal(shelflife_buffer_str(&text), shelflife_str_of(horizons[i].days)))
            fail_msg("%s: \"%.*s\" is not \"%s\"", horizons[i].policy, STR_PRINT(shelflife_buffer_str(&text)),
                     horizons[i].days);
        shelflife_arena_free(&a);
        shelflife_policy_free(policy);
    }
    shelflife_catalogs_free(catalogs);
}

static void an_arena_without_room_is_an_error(void **state)
{
    (void)state;
    struct shelflife_catalogs *catalogs = read_catalogs();
    struct shelflife_policy *policy = read_text("notice: 0\n");
    struct shelflife_verdict verdict;
    const shelflife_day *days;
    size_t count;
    error err = {0};
    arena a, full;
    shelflife_arena_init(&a, 1 << 20);
    shelflife_arena_init(&full, 4);
    assert_true(shelflife_policy_judge(policy, catalogs, NULL, STR("pine:3.8-bark"), (str){0},
                                       day("2026-06-02"), &a, &verdict, &err));
    assert_false(shelflife_policy_horizon(policy, &verdict, &full, &days, &count, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    shelflife_arena_free(&full);
    shelflife_arena_free(&a);
    shelflife_policy_free(policy);
    shelflife_catalogs_free(catalogs);
}

static void namespaces_of_a_class_have_the_same_verdicts(void **state)
{
    (void)state;
    error err = {0};
    struct shelflife_policy *policy = shelflife_policy_read(
        STR("apiVersion: shelflife.dev/v1\nkind: Policy\nexistingWorkloads: keep\noverrides:\n"
            "- {namespaces: ['prod-*'], notice: 30d}\n- {catalogs: [tree], notice: 10d}\n"
            "exceptions:\n- {images: ['**'], namespaces: [a, prod-a], owner: o, reason: r, until: "
            "2030-01-01}\n"),
        "p", &err);
    static const struct {
        const char *namespace, *class;
    } cases[] = {{"a", "01"}, {"b", "00"}, {"", "00"}, {"prod-a", "11"}, {"prod-b", "10"}};
    assert_non_null(policy);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_buffer_free) buffer class;
        shelflife_buffer_init(&class, 100);
        shelflife_policy_namespace_class(policy, shelflife_str_of(cases[i].namespace), &class);
        assert_str_equal(shelflife_buffer_str(&class), cases[i].class);
    }
    shelflife_policy_free(policy);
}

static void pods_of_trusted_owners_are_kept_if_the_policy_says_so(void **state)
{
    (void)state;
    error err = {0};
    struct shelflife_policy *policy = read_text("existingWorkloads: keep\n");
    assert_true(shelflife_policy_keeps_pods_of(policy, STR("apps"), STR("ReplicaSet")));
    assert_false(shelflife_policy_keeps_pods_of(policy, STR(""), STR("ReplicaSet")));
    assert_false(shelflife_policy_keeps_pods_of(policy, STR("example.com"), STR("Train")));
    shelflife_policy_free(policy);
    policy = shelflife_policy_default(&err);
    assert_false(shelflife_policy_keeps_pods_of(policy, STR("apps"), STR("ReplicaSet")));
    shelflife_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_horizon_has_each_day_on_which_a_verdict_may_change),
        cmocka_unit_test(an_arena_without_room_is_an_error),
        cmocka_unit_test(namespaces_of_a_class_have_the_same_verdicts),
        cmocka_unit_test(pods_of_trusted_owners_are_kept_if_the_policy_says_so),
    };
    return cmocka_run_group_tests_name("policy, horizon", tests, NULL, NULL);
}
