/* rooms: base json reference workload catalog policy inventory */
#include "unit/policy_kit.h"

static void names_that_no_catalog_has_are_listed(void **state)
{
    (void)state;
    static const char text[] = "apiVersion: shelflife.dev/v1\nkind: Policy\noverrides:\n"
                               "- {namespaces: [a], notice: 1d}\n"
                               "- {products: [apple, pear, fruit/apple, fruit/oak, nut/apple], notice: 1d}\n"
                               "- {images: ['**'], notice: 1d}\n"
                               "- {catalogs: [tree, nut], notice: 1d}\n";
    static const char *const lines[] = {
        "overrides[1].products[1]: no catalog has a product \"pear\" (did you mean \"peat\"?)",
        "overrides[1].products[3]: catalog \"fruit\" has no product \"oak\"",
        "overrides[1].products[4]: there is no catalog \"nut\"",
        "overrides[3].catalogs[1]: there is no catalog \"nut\""};
    struct shelflife_catalogs *catalogs = read_catalogs();
    struct shelflife_policy *policy = shelflife_policy_read(shelflife_str_of(text), "p", NULL);
    assert_non_null(policy);
    for (size_t max = 0; max <= COUNT(lines) + 1; max++) {
        arena a;
        const str *found;
        size_t count, whole = max < COUNT(lines) ? max : COUNT(lines);
        char more[64];
        shelflife_arena_init(&a, 1 << 20);
        assert_true(shelflife_policy_unmatched(policy, catalogs, max, &a, &found, &count, NULL));
        assert_int_equal(count, whole + (whole < COUNT(lines)));
        for (size_t i = 0; i < whole; i++)
            assert_str_equal(found[i], lines[i]);
        snprintf(more, sizeof(more), "overrides: %zu more such names", COUNT(lines) - whole);
        if (whole < COUNT(lines))
            assert_str_equal(found[whole], more);
        shelflife_arena_free(&a);
    }
    shelflife_policy_free(policy);
    shelflife_catalogs_free(catalogs);
}

static void a_text_with_mistakes_has_lines_with_their_places(void **state)
{
    (void)state;
    static const char text[] = "noticee: 1d\noverrides:\n- {products: [aple, 3, A, fruit/appel], x: y}\n- 5\n"
                               "- {catalogs: tree}\nexceptions:\n- {until: 2026-01-31}\n- until: 2026-01-30\n"
                               "- {until: soon}\n- []\n";
    static const char *const lines[] = {
        "p:3:15: overrides[0].products[0]: no catalog has a product \"aple\" (did you mean \"apple\"?); this "
        "has no "
        "effect",
        "p:3:27: overrides[0].products[3]: catalog \"fruit\" has no product \"appel\" (did you mean "
        "\"apple\"?); this "
        "has no effect",
        "p:8:3: exceptions[1].until: the exception ended on 2026-01-30: remove it or set a later date",
        "p: 1 more such lines",
    };
    static const char *const others[] = {
        "[]", "5", "a", "overrides: 5\nexceptions: 5", "null", "overrides: {a: 1}"};
    struct shelflife_catalogs *catalogs = read_catalogs();
    shelflife_day at = 0;
    arena a;
    const str *found;
    size_t count;
    assert_true(shelflife_day_parse(STR("2026-01-31"), &at));
    shelflife_arena_init(&a, 1 << 20);
    for (size_t max = 2; max <= 3; max++) {
        assert_true(shelflife_policy_without_effect(shelflife_str_of(text), "p", catalogs, at, max, &a,
                                                    &found, &count, NULL));
        assert_int_equal(count, 3);
        for (size_t i = 0; i < 3; i++)
            assert_str_equal(found[i], lines[i == 2 && max == 2 ? 3 : i]);
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_true(shelflife_policy_without_effect(shelflife_str_of(others[i]), "p", catalogs, at, 9, &a,
                                                    &found, &count, NULL));
        assert_int_equal(count, 0);
    }
    error err = {0};
    assert_false(
        shelflife_policy_without_effect(STR("a: ["), "p", catalogs, at, 9, &a, &found, &count, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
    shelflife_arena_free(&a);
    shelflife_catalogs_free(catalogs);
}

static void an_arena_without_room_is_an_error(void **state)
{
    (void)state;
    struct shelflife_catalogs *catalogs = read_catalogs();
    struct shelflife_policy *policy = read_text("overrides:\n- {products: [pear, plum], notice: 1d}\n");
    bool ok = false;
    for (size_t limit = 0; limit < 4096 && !ok; limit += 8) {
        arena a;
        error err = {0};
        const str *found;
        size_t count;
        shelflife_arena_init(&a, limit);
        ok = shelflife_policy_unmatched(policy, catalogs, 1, &a, &found, &count, &err);
        if (!ok)
            assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
        shelflife_arena_free(&a);
    }
    assert_true(ok);
    shelflife_policy_free(policy);
    shelflife_catalogs_free(catalogs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_no_catalog_has_are_listed),
        cmocka_unit_test(a_text_with_mistakes_has_lines_with_their_places),
        cmocka_unit_test(an_arena_without_room_is_an_error),
    };
    return cmocka_run_group_tests_name("policy, unmatched", tests, NULL, NULL);
}
