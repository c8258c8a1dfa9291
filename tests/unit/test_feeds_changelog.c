/* rooms: base json reference catalog net pki feeds */
#include "feeds/changelog.h"
#include "unit/test.h"

#define CATALOG(products)                                                                                    \
    "{\"apiVersion\":\"shelflife.dev/v1\",\"kind\":\"Catalog\",\"name\":\"own\",\"asOf\":\"2026-01-01\","    \
    "\"serial\":3,\"products\":[" products "]}"
#define APP(rows) CATALOG("{\"name\":\"app\",\"repositories\":[\"r.example/app\"],\"rows\":[" rows "]}")
#define HEAD "## own 3, as of 2026-01-01\n\n"

static void an_entry_lists_releases_and_dates_and_counts_the_rest(void **state)
{
    static const struct {
        const char *before, *after, *entry;
    } cases[] = {
        {APP("{\"release\":\"1\"}"), APP("{\"release\":\"1\"}"), HEAD "- checked; nothing has changed\n"},
        {APP("{\"release\":\"1\"}"), APP("{\"release\":\"1\",\"endOfPatch\":\"2027-01-01\"}"),
         HEAD "- app 1: end of patch none -> 2027-01-01\n"},
        {APP("{\"release\":\"1\",\"latest\":\"1.1\"}"),
         APP("{\"release\":\"2\",\"endOfPatch\":\"2028-01-01\",\"endOfAvailability\":\"2029-01-01\"},"
             "{\"release\":\"1\",\"latest\":\"1.2\",\"latestDate\":\"2026-01-01\"}"),
         HEAD
         "- new release: app 2, end of patch 2028-01-01, end of availability 2029-01-01\n- 1 newest patch\n"},
        {APP("{\"release\":\"1\"},{\"release\":\"0\"}"), APP("{\"release\":\"1\",\"ended\":true}"),
         HEAD "- app 1: ended, on a day that its source does not name\n- removed: app 0\n"},
        {APP("{\"release\":\"1\",\"ended\":true}"), APP("{\"release\":\"1\",\"lts\":true,\"note\":\"x\"}"),
         HEAD "- app 1: no longer marked as ended\n- 2 other changes\n"},
        {APP("{\"release\":\"1\",\"when\":{\"py\":\"py3\"}}"),
         APP("{\"release\":\"1\",\"when\":{\"py\":\"py3\"},\"endOfExtendedPatch\":\"2027-01-01\"}"),
         HEAD "- app 1 {\"py\": \"py3\"}: end of extended support none -> 2027-01-01\n"},
        {APP("{\"release\":\"1\"}"),
         CATALOG("{\"name\":\"new\",\"repositories\":[\"r.example/new\"],\"rows\":[{\"release\":\"1\"}]}"),
         HEAD "- new product: new\n- removed product: app\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_feeds_differences d;
        buffer entry;
        error err = {0};
        str before = shelflife_str_of(cases[i].before), after = shelflife_str_of(cases[i].after);
        shelflife_feeds_differences_init(&d);
        shelflife_buffer_init(&entry, SIZE_MAX);
        if (!shelflife_feeds_diff(before, "before", after, "after", &d, &err) ||
            !shelflife_feeds_changelog_write(after, "after", &d, &entry, &err))
            fail_msg("%zu: %s", i, err.text);
        assert_str_equal(shelflife_buffer_str(&entry), cases[i].entry);
        shelflife_buffer_free(&entry);
        shelflife_feeds_differences_free(&d);
    }
}

static void an_entry_goes_before_the_others(void **state)
{
    static const struct {
        const char *before, *after;
    } cases[] = {
        {"", "# Changelog of the catalogs\n\n## new\n"},
        {" \n", "# Changelog of the catalogs\n\n## new\n"},
        {"# Ours\n\nText\n\n## old\n- x\n", "# Ours\n\nText\n\n## new\n\n## old\n- x\n"},
        {"## old\n", "## new\n\n## old\n"},
        {"# Ours", "# Ours\n\n## new\n"},
        {"# Ours\n\n", "# Ours\n\n## new\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer out;
        shelflife_buffer_init(&out, SIZE_MAX);
        shelflife_feeds_changelog_insert(shelflife_str_of(cases[i].before), STR("## new\n"), &out);
        assert_str_equal(shelflife_buffer_str(&out), cases[i].after);
        shelflife_buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_lists_releases_and_dates_and_counts_the_rest),
        cmocka_unit_test(an_entry_goes_before_the_others),
    };
    return cmocka_run_group_tests_name("feeds_changelog", tests, NULL, NULL);
}
