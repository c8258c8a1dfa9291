/* rooms: base json reference catalog net pki feeds */
#include "feeds/disagree.h"
#include "unit/test.h"

#define CATALOG(more, rows)                                                                                  \
    "apiVersion: shelflife.dev/v1\nkind: Catalog\nname: own\nasOf: 2026-01-01\n" more                        \
    "products:\n- name: app\n  repositories: ['r.example/app[-{x}]']\n  rows:\n" rows

static void dates_that_differ_are_remarks(void **state)
{
    static const struct {
        const char *first, *second, *problem; /* NULL: they agree */
    } cases[] = {
        {CATALOG("", "  - {release: '1', endOfPatch: 2026-01-01}\n"),
         CATALOG("", "  - {release: '2'}\n  - {release: '1', endOfPatch: 2026-02-01}\n"),
         "app 1: endOfPatch is 2026-01-01 here, and 2026-02-01 in second, products[0].rows[1]"},
        {CATALOG("", "  - {release: '1', endOfAvailability: 2026-01-01}\n"),
         CATALOG("publisher: P\n", "  - {release: '1', endOfAvailability: 2026-02-01}\n"),
         "app 1: endOfAvailability is 2026-01-01 here, and 2026-02-01 in second, products[0].rows[0]"},
        /* Two publishers; a note; another variant; only one has a day. */
        {CATALOG("publisher: P\n", "  - {release: '1', endOfPatch: 2026-01-01}\n"),
         CATALOG("publisher: Q\n", "  - {release: '1', endOfPatch: 2026-02-01}\n"), NULL},
        {CATALOG("", "  - {release: '1', endOfPatch: 2026-01-01, note: as published}\n"),
         CATALOG("", "  - {release: '1', endOfPatch: 2026-02-01}\n"), NULL},
        {CATALOG("", "  - {release: '1', endOfPatch: 2026-01-01}\n"),
         CATALOG("", "  - {release: '1', endOfPatch: 2026-02-01, when: {x: ''}}\n"), NULL},
        {CATALOG("", "  - {release: '1'}\n"), CATALOG("", "  - {release: '1', endOfPatch: 2026-02-01}\n"),
         NULL},
        {CATALOG("", "  - {release: '1', endOfPatch: 2026-01-01}\n"), "not a catalog", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct shelflife_feeds_named_catalog both[] = {{shelflife_str_of(cases[i].first), "first"},
                                                             {shelflife_str_of(cases[i].second), "second"}};
        struct shelflife_feeds_findings findings;
        error err = {0};
        shelflife_feeds_findings_init(&findings);
        if (!shelflife_feeds_disagree(both, COUNT(both), &findings, &err))
            fail_msg("%zu: %s", i, err.text);
        if (findings.count != (cases[i].problem != NULL))
            fail_msg("%zu: %zu findings", i, findings.count);
        if (cases[i].problem) {
            assert_str_equal(findings.at[0].problem, cases[i].problem);
            assert_str_equal(findings.at[0].file, "first");
            assert_true(findings.at[0].remark);
        }
        shelflife_feeds_findings_free(&findings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(dates_that_differ_are_remarks)};
    return cmocka_run_group_tests_name("feeds_disagree", tests, NULL, NULL);
}
