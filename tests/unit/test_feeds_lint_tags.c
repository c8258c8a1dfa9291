/* rooms: base json reference catalog net pki feeds */
#include "feeds/lint_tags.h"
#include "unit/test.h"

#define HEAD "apiVersion: shelflife.dev/v1\nkind: Catalog\nname: own\nasOf: 2026-01-01\nproducts:\n"
#define ROWS "  rows: [{release: '2.0'}, {release: '1.0'}]\n"
#define APP HEAD "- name: app\n  repositories: [r.example/app]\n" ROWS

static void a_repository_whose_tags_name_few_releases_is_found(void **state)
{
    static const struct {
        const char *yaml, *references;
        const char *counted; /* the beginning of the finding; NULL: there is none */
    } cases[] = {
        /* None of five. */
        {APP,
         "r.example/app:1.1\nr.example/app:1.2\n# "
         "x\n\nr.example/app:1.3\nr.example/app:1.4\nr.example/app:1.5\n",
         "of 5 tags of r.example/app with a version, 0 name a release of app; \"1.1\" does not"},
        /* A third is enough. A partial version names one of several releases. */
        {APP,
         "r.example/app:1.1\nr.example/app:1.2\nr.example/app:1.3\nr.example/app:1.4\nr.example/app:2\n"
         "r.example/app:1.0.7\n",
         NULL},
        /* Too few; older, newer and without a number do not count. */
        {APP,
         "r.example/app:1.1\nr.example/app:1.2\nr.example/app:1.3\nr.example/app:1.4\nr.example/app:0.9\n"
         "r.example/app:3.0\nr.example/app:v7\nr.example/app:latest\nr.example/app:nightly-x\nr.example/app\n"
         "not a reference\nr.example/other:1.5\nr.example/app@sha256:"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
         NULL},
        /* A reason, another form of release, and a name with a version. */
        {HEAD "- name: app\n  repositories: [{pattern: r.example/app, reason: builds}]\n" ROWS,
         "r.example/app:1.1\nr.example/app:1.2\nr.example/app:1.3\nr.example/app:1.4\nr.example/app:1.5\n",
         NULL},
        {HEAD "- name: app\n  wholeTag: true\n  repositories: [r.example/app]\n" ROWS,
         "r.example/app:1.1\nr.example/app:1.2\nr.example/app:1.3\nr.example/app:1.4\nr.example/app:1.5\n",
         NULL},
        {HEAD "- name: app\n  repositories: [r.example/app]\n  rows: [{endOfPatch: 2026-01-01}]\n",
         "r.example/app:1.1\nr.example/app:1.2\nr.example/app:1.3\nr.example/app:1.4\nr.example/app:1.5\n",
         NULL},
        {HEAD "- name: app\n  repositories: ['r.example/app-{version}']\n" ROWS,
         "r.example/app-1-0:1.1\nr.example/app-1-0:1.2\nr.example/app-1-0:1.3\nr.example/app-1-0:1.4\n"
         "r.example/app-1-0:1.5\n",
         NULL},
        /* A tag with a digest, and a port in the host. */
        {HEAD "- name: app\n  repositories: ['r.example:5000/app']\n" ROWS,
         "r.example:5000/app:v1.1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
         "r.example:5000/app:1.2\nr.example:5000/app:1.3\nr.example:5000/app:1.4\nr.example:5000/app:x-1.5",
         "of 5 tags of r.example:5000/app with a version, 0 name a release of app; \"v1.1\" does not"},
        {"nothing", "r.example/app:1.1\n", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_feeds_findings findings;
        error err = {0};
        shelflife_feeds_findings_init(&findings);
        if (!shelflife_feeds_lint_tags(shelflife_str_of(cases[i].yaml), "own.yaml",
                                       shelflife_str_of(cases[i].references), &findings, &err))
            fail_msg("%zu: %s", i, err.text);
        if (findings.count != (cases[i].counted != NULL))
            fail_msg("%zu: %zu findings", i, findings.count);
        if (cases[i].counted) {
            assert_str_equal(findings.at[0].problem, cases[i].counted);
            assert_str_equal(findings.at[0].path, "products[0].repositories[0]");
            assert_false(findings.at[0].remark);
        }
        shelflife_feeds_findings_free(&findings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repository_whose_tags_name_few_releases_is_found),
    };
    return cmocka_run_group_tests_name("feeds_lint_tags", tests, NULL, NULL);
}
