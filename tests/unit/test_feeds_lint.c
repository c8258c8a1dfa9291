/* rooms: base json reference workload catalog policy inventory net pki feeds sources log file */
#include "feeds/lint.h"
#include "unit/test.h"

#define HEAD                                                                                                 \
    "apiVersion: shelflife.dev/v1\nkind: Catalog\nname: own\ntitle: Own\nsource: none\nlicense: none\n"      \
    "asOf: 2026-01-01\n"
#define PRODUCT HEAD "products:\n- name: p\n  repositories: [r.example/p]\n"

/* Findings as lines "PATH: PROBLEM (SUGGESTION)". */
static void write_findings(const char *yaml, buffer *out)
{
    struct shelflife_feeds_findings findings;
    error err = {0};
    shelflife_feeds_findings_init(&findings);
    if (!shelflife_feeds_lint(shelflife_str_of(yaml), "own.yaml", &findings, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < findings.count; i++) {
        const struct shelflife_feeds_finding *f = &findings.at[i];
        shelflife_buffer_format(out, "%.*s: %.*s (%.*s)\n", STR_PRINT(f->path), STR_PRINT(f->problem),
                                STR_PRINT(f->suggestion));
    }
    shelflife_feeds_findings_free(&findings);
}

static void a_finding_has_a_place_and_a_suggestion(void **state)
{
    static const struct {
        const char *yaml, *findings;
    } cases[] = {
        {PRODUCT "  rows:\n"
                 "  - {release: '1', latest: 1.2.3, endOfPatch: 2026-01-01, endOfAvailability: 2026-01-01}\n",
         ""},
        /* The loader refuses it. */
        {PRODUCT "  rows: 3\n", "products[0].rows: must be a list, but is the number 3 ()\n"},
        /* Dates */
        {PRODUCT "  rows:\n"
                 "  - {release: '1', endOfPatch: 2026-01-02, endOfAvailability: 2026-01-01}\n",
         "products[0].rows[0].endOfAvailability: endOfAvailability 2026-01-01 is before endOfPatch "
         "2026-01-02 (correct the values or, if they were published like this, say so in a `note`)\n"},
        {PRODUCT "  rows:\n"
                 "  - {release: '1', endOfPatch: 2026-01-02, endOfAvailability: 2026-01-01, note: so}\n",
         ""},
        {PRODUCT "  rows:\n"
                 "  - {release: '1', latest: '2.0', endOfPatch: 2026-01-02}\n",
         "products[0].rows[0].latest: \"2.0\" is not a patch of release \"1\" (correct the values "
         "or, if they were published like this, say so in a `note`)\n"},
        /* Patterns and rows without effect */
        {PRODUCT "  tags: ['{version}', 'v{version}']\n"
                 "  rows:\n"
                 "  - {release: '1', endOfPatch: 2026-01-02}\n",
         "products[0].tags[1]: the pattern matches no row (remove it, or move it before the pattern that "
         "matches its tags)\n"},
        {HEAD "products:\n"
              "- name: p\n"
              "  repositories: [r.example/p, r.example/p]\n"
              "  rows:\n"
              "  - {release: '1', endOfPatch: 2026-01-02}\n",
         "products[0].repositories[1]: the same pattern appears earlier (remove one)\n"},
        {PRODUCT "  rows:\n"
                 "  - {release: '1', endOfPatch: 2026-01-02}\n"
                 "- name: q\n"
                 "  repositories: [r.example/p]\n"
                 "  rows:\n"
                 "  - {release: '1', endOfPatch: 2026-01-02}\n",
         "products[0].repositories[0]: the pattern overlaps with another product's: r.example/p:1 is p 1 and "
         "q 1 (change repositories, tags or fields so that only one of the two products matches)\n"},
        {PRODUCT "  rows:\n"
                 "  - {release: '1', endOfPatch: 2026-01-02}\n"
                 "  - {release: '2', is: ['1'], endOfPatch: 2026-01-02}\n",
         "products[0].rows[0]: no reference matches this row: r.example/p:1 matches p, but no single release "
         "(remove the row, or change a pattern or its fields so that it differs from the others)\n"
         "products[0].rows[1].is[0]: \"1\" is the release of rows[0]: it identifies neither of the two "
         "(remove the spelling)\n"},
        /* Mirrors */
        {HEAD "mirrors: {other.example: [copy.example]}\n"
              "products:\n"
              "- name: p\n"
              "  repositories: [r.example/p]\n"
              "  rows:\n"
              "  - {release: '1', endOfPatch: 2026-01-02}\n",
         "mirrors[\"other.example\"]: no repository of the catalog begins with \"other.example\" (remove the "
         "mirrors, or add the prefix to `covers`)\n"},
        {HEAD "mirrors: {r.example: [copy.example]}\n"
              "products:\n"
              "- name: p\n"
              "  repositories: [r.example/p]\n"
              "  rows:\n"
              "  - {release: '1', endOfPatch: 2026-01-02}\n",
         ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer out CLEANUP(shelflife_buffer_free);
        shelflife_buffer_init(&out, SIZE_MAX);
        write_findings(cases[i].yaml, &out);
        if (!shelflife_str_equal(shelflife_buffer_str(&out), shelflife_str_of(cases[i].findings)))
            fail_msg("case %zu: %.*s", i, STR_PRINT(shelflife_buffer_str(&out)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_has_a_place_and_a_suggestion),
    };
    return cmocka_run_group_tests_name("feeds_lint", tests, NULL, NULL);
}
