/* rooms: base json reference workload catalog policy inventory net pki feeds sources registry log file */
#include "feeds/diff.h"
#include "unit/test.h"

#define HEAD                                                                                                 \
    "{\"apiVersion\":\"shelflife.dev/v1\",\"kind\":\"Catalog\",\"name\":\"c\",\"title\":\"C\","              \
    "\"source\":\"https://c.example\",\"asOf\":\"2026-01-01\",\"serial\":1,\"products\":["
#define PRODUCT(rows)                                                                                        \
    HEAD "{\"name\":\"p\",\"repositories\":[\"docker.io/library/"                                            \
         "p\"],\"tags\":[\"{version}\"],\"rows\":[" rows "]}]}"

static void rows_are_compared_by_release(void **state)
{
    static const struct {
        const char *before, *after, *release, *key, *old, *new; /* old or new NULL: absent */
    } cases[] = {
        {PRODUCT("{\"release\":\"1\",\"endOfPatch\":\"2026-01-01\"}"),
         PRODUCT("{\"release\":\"1\",\"endOfPatch\":\"2026-02-01\"}"), "1", "endOfPatch", "2026-01-01",
         "2026-02-01"},
        {PRODUCT("{\"release\":\"1\"}"), PRODUCT("{\"release\":\"1\",\"latest\":\"1.2\"}"), "1", "latest",
         NULL, "1.2"},
        {PRODUCT("{\"release\":\"1\",\"latest\":\"1.2\"}"), PRODUCT("{\"release\":\"1\"}"), "1", "latest",
         "1.2", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_feeds_differences d;
        error err = {0};
        shelflife_feeds_differences_init(&d);
        if (!shelflife_feeds_diff(shelflife_str_of(cases[i].before), "before",
                                  shelflife_str_of(cases[i].after), "after", &d, &err))
            fail_msg("%zu: %s", i, err.text);
        assert_int_equal(d.count, 1);
        assert_str_equal(d.at[0].product, "p");
        assert_str_equal(d.at[0].release, cases[i].release);
        assert_str_equal(d.at[0].key, cases[i].key);
        assert_str_equal(d.at[0].before, cases[i].old);
        assert_str_equal(d.at[0].after, cases[i].new);
        shelflife_feeds_differences_free(&d);
    }
}

static void order_makes_no_difference(void **state)
{
    static const char *const one = PRODUCT("{\"release\":\"1\"},{\"release\":\"2\"}");
    static const char *const two = PRODUCT("{\"release\":\"2\"},{\"release\":\"1\"}");
    struct shelflife_feeds_differences d;
    error err = {0};
    (void)state;
    shelflife_feeds_differences_init(&d);
    if (!shelflife_feeds_diff(shelflife_str_of(one), "one", shelflife_str_of(two), "two", &d, &err))
        fail_msg("%s", err.text);
    assert_int_equal(d.count, 0);
    shelflife_feeds_differences_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_compared_by_release),
        cmocka_unit_test(order_makes_no_difference),
    };
    return cmocka_run_group_tests_name("feeds_diff", tests, NULL, NULL);
}
