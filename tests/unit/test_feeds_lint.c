/* rooms: base json reference workload catalog policy inventory net pki feeds sources registry log file */
#include "feeds/lint.h"
#include "unit/test.h"

#define HEAD                                                                                                 \
    "apiVersion: shelflife.dev/v1\nkind: Catalog\nname: own\ntitle: Own\nsource: none\nlicense: none\n"      \
    "asOf: 2026-01-01\n"
#define PRODUCT HEAD "products:\n- name: p\n  repositories: [r.example/p]\n"

#define EVIDENCE(rules) PRODUCT "  evidence: " rules "\n  rows:\n  - {release: '1'}\n  - {release: '2'}\n"

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
        /* Evidence */
        {EVIDENCE(
             "[{env: A}, {label: B, value: ['v{version}', 'x-{version}-*'], when: [{env: C, value: 'c*'}, "
             "{history: 'ADD x* /'}]}, {history: 'app-{version}-'}]"),
         ""},
        {EVIDENCE("[{env: A}, {env: A, value: 'v{version}'}]"),
         "products[0].evidence[1].value: the pattern \"{version}\" already finds what this one finds (remove "
         "it, or "
         "move it before the other one)\n"},
        {EVIDENCE("[{env: A, value: ['{version}', '{version}-*']}]"),
         "products[0].evidence[0].value[1]: the pattern \"{version}\" already finds what this one finds "
         "(remove it, "
         "or move it before the other one)\n"},
        {EVIDENCE("[{env: A, value: '*-{version}', when: [{env: B}, {env: A, value: 'b-*'}]}]"), ""},
        {EVIDENCE("[{env: A, unless: {env: A}}]"), "products[0].evidence[0]: no release of the product is "
                                                   "found by this pattern (remove it, or correct the "
                                                   "pattern, `when` or `unless`)\n"},
        {EVIDENCE("[{env: A, when: {env: B, value: x}, unless: {env: B, value: 'x*'}}]"),
         "products[0].evidence[0]: no release of the product is found by this pattern (remove it, or correct "
         "the "
         "pattern, `when` or `unless`)\n"},
        {EVIDENCE("[{env: A, value: 'x{version}_'}, {env: A, releases: {one: '1', two: v2, three: '3'}}]"),
         "products[0].evidence[1].releases.three: no row has the release \"3\" (remove it, or add a row for "
         "the "
         "release)\n"},
        {EVIDENCE("[{history: 'RUN a{version} *'}]"), "products[0].evidence[0].history: the pattern fits "
                                                      "lines that have nothing to do with the product (write "
                                                      "more of the line, such as the name of the file)\n"},
        {EVIDENCE("[{env: A}]") "- name: q\n"
                                "  evidence: [{env: A}]\n"
                                "  rows:\n"
                                "  - {release: '1'}\n",
         "products[0].evidence[0]: a rule of the product \"q\" finds a release in the same value (give one "
         "of the "
         "rules a condition or another pattern, or say in a `note` why both products are there)\n"
         "products[1].evidence[0]: a rule of the product \"p\" finds a release in the same value (give one "
         "of the "
         "rules a condition or another pattern, or say in a `note` why both products are there)\n"},
        {EVIDENCE("[{env: A, note: so}]") "- name: q\n"
                                          "  evidence: [{env: A, note: so}]\n"
                                          "  rows:\n"
                                          "  - {release: '1'}\n",
         ""},
        {HEAD "parts: [p]\n"
              "products:\n"
              "- name: p\n"
              "  part: ['p{version}']\n"
              "  repositories: [r.example/p]\n"
              "  evidence: [{env: A}]\n"
              "  rows:\n"
              "  - {release: '1'}\n"
              "- name: q\n"
              "  evidence: [{env: A}]\n"
              "  rows:\n"
              "  - {release: '1'}\n",
         ""},
        /* Rows that only evidence finds, with a variant, and with a number of numbers. */
        {HEAD "products:\n"
              "- name: p\n"
              "  evidence: [{env: A, value: '{acc}/{version}'}, {env: B, value: '{snapshot}'}]\n"
              "  rows:\n"
              "  - {release: '1', when: {acc: gpu}}\n"
              "  - {release: '1', when: {acc: [cpu, tpu]}}\n"
              "  - {release: '2', numbers: 2}\n"
              "- name: q\n"
              "  evidence: [{label: C, value: 'until {endOfPatch}'}]\n"
              "  rows:\n"
              "  - {endOfPatch: 2026-01-01}\n",
         ""},
        {HEAD "products:\n"
              "- name: p\n"
              "  evidence: [{env: A, value: '1{version}'}]\n"
              "  rows:\n"
              "  - {release: 'x'}\n"
              "  - {release: '2', when: {}}\n"
              "  - {release: '1', is: ['2']}\n",
         "products[0].rows[1]: no reference matches this row (remove the row, or change a pattern or its "
         "fields so "
         "that it differs from the others)\n"
         "products[0].rows[2].is[0]: \"2\" is the release of rows[1]: it identifies neither of the two "
         "(remove the "
         "spelling)\n"},
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
