/* rooms: base json reference catalog */
/* What a match means on a day, what it is replaced by, and how versions compare. */
#include "unit/catalog_kit.h"

static void phases_have_names(void **state)
{
    static const char *const names[] = {"supported", "unlisted",  "unresolved", "invalid",
                                        "ending",    "unpatched", "unavailable"};
    (void)state;
    assert_int_equal(COUNT(names), SHELFLIFE_PHASES);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(shelflife_phase_name((enum shelflife_phase)i), names[i]);
}

static void phases_change_on_the_day_after(void **state)
{
    static const struct {
        const char *patch, *available, *extended;
        bool ended;
        const char *at;
        int32_t notice;
        bool count_extended;
        const char *phase;
    } cases[] = {
        {"2025-07-11", "2026-07-11", "", false, "2025-04-11", 90, false, "supported"}, /* 91 days before */
        {"2025-07-11", "2026-07-11", "", false, "2025-04-12", 90, false, "ending"},
        {"2025-07-11", "2026-07-11", "", false, "2025-07-11", 90, false, "ending"},
        {"2025-07-11", "2026-07-11", "", false, "2025-07-11", 0, false, "ending"},
        {"2025-07-11", "2026-07-11", "", false, "2025-07-10", 0, false, "supported"},
        {"2025-07-11", "2026-07-11", "", false, "2025-07-12", 90, false, "unpatched"},
        {"2025-07-11", "2026-07-11", "", false, "2026-07-11", 90, false, "unpatched"},
        {"2025-07-11", "2026-07-11", "", false, "2026-07-12", 90, false, "unavailable"},
        {"", "", "", false, "2999-01-01", 90, false, "supported"},
        {"", "2026-07-11", "", false, "2026-07-11", 90, false, "supported"},
        {"", "2026-07-11", "", false, "2026-07-12", 90, false, "unavailable"},
        {"", "", "", true, "2000-01-01", 90, false, "unpatched"},
        {"", "2026-07-11", "", true, "2026-07-12", 90, false, "unavailable"},
        /* A date before the other is kept as published. */
        {"2025-07-11", "2025-01-01", "", false, "2025-02-01", 90, false, "unavailable"},
        {"2026-07-11", "", "2028-06-30", false, "2026-11-23", 90, false, "unpatched"},
        {"2026-07-11", "", "2028-06-30", false, "2026-11-23", 90, true, "supported"},
        {"2026-07-11", "", "2028-06-30", false, "2028-06-30", 90, true, "ending"},
        {"2026-07-11", "", "2028-06-30", false, "2028-07-01", 90, true, "unpatched"},
        {"2026-07-11", "", "", false, "2026-07-12", 90, true, "unpatched"},
        {"", "", "2028-06-30", true, "2026-11-23", 90, true, "supported"},
        {"", "", "2028-06-30", true, "2026-11-23", 90, false, "unpatched"},
        {"9999-12-31", "", "", false, "0001-01-01", 36500, false, "supported"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct shelflife_match match = {.end_of_patch = day(cases[i].patch),
                                              .end_of_availability = day(cases[i].available),
                                              .end_of_extended_patch = day(cases[i].extended),
                                              .ended = cases[i].ended};
        const char *phase = shelflife_phase_name(
            shelflife_match_phase(&match, day(cases[i].at), cases[i].notice, cases[i].count_extended));
        if (strcmp(phase, cases[i].phase) != 0)
            fail_msg("case %zu: %s is not %s", i, phase, cases[i].phase);
    }
}

static void versions_compare_as_people_do(void **state)
{
    /* In order; those in one row are different texts of one version, which differ only in their bytes. */
    static const char *const order[] = {"",
                                        "0.9",
                                        "1",
                                        "1-2",
                                        "1.1",
                                        "1.1.9",
                                        "1.1.10",
                                        "1.2",
                                        "1.10",
                                        "1.10.0",
                                        "1.10.1",
                                        "1.10a",
                                        "1.10rc1",
                                        "2",
                                        "8u502-b07",
                                        "8u512",
                                        "8u1000",
                                        "9",
                                        "10",
                                        "22.04",
                                        "22.10",
                                        "2026.07.1",
                                        "99999999999999999999998",
                                        "99999999999999999999999",
                                        "a",
                                        "nightly"};
    (void)state;
    for (size_t i = 0; i < COUNT(order); i++)
        for (size_t k = 0; k < COUNT(order); k++) {
            int is = shelflife_version_compare(shelflife_str_of(order[i]), shelflife_str_of(order[k]));
            if ((is > 0) - (is < 0) != (i > k) - (i < k))
                fail_msg("\"%s\" and \"%s\": %d", order[i], order[k], is);
        }
    assert_true(shelflife_version_compare(STR("1.01"), STR("1.1")) != 0);
    assert_true(shelflife_version_compare(STR("1.01"), STR("1.2")) < 0);
    assert_true(shelflife_version_compare(STR("1.01.3"), STR("1.1.2")) > 0);
}

static const char replacements[] =
    "--- {apiVersion: shelflife.dev/v1, kind: Catalog, name: r, asOf: 2026-01-01, products: [\n"
    "{name: python, repositories: [docker.io/library/python], rows: [\n"
    "  {release: '3.9', endOfPatch: 2025-10-31}, {release: '3.13', endOfPatch: 2029-10-31},\n"
    "  {release: '3.12', endOfPatch: 2028-10-31}, {release: '3.10', endOfPatch: 2026-10-31},\n"
    "  {release: '3.11', endOfPatch: 2027-10-31, endOfExtendedPatch: 2030-01-01},\n"
    "  {release: '3.8', endOfPatch: 2024-10-07}, {release: nightly}]},\n"
    "{name: framework, repositories: [{pattern: 'x.example/t/f.{version}[.{py}]', fields: {service: t}},\n"
    "                                 {pattern: 'x.example/p/f.{version}', fields: {service: p}}], rows: [\n"
    "  {release: '1.0', endOfPatch: 2020-01-01}, {release: '1.1', when: {service: t}, endOfPatch: "
    "2020-01-01},\n"
    "  {release: '1.1', when: {service: p}, endOfPatch: 2020-01-01},\n"
    "  {release: '1.2', when: {service: t, py: [py3, py4]}, endOfPatch: 2030-01-01},\n"
    "  {release: '1.3', when: {service: [p, q], py: ''}, endOfPatch: 2030-01-01}]},\n"
    "{name: lasting, repositories: [docker.io/library/lasting], rows: [{release: '1', ended: true},\n"
    "  {release: '2', endOfPatch: 2029-01-01}, {release: '3', lts: true, endOfPatch: 2027-06-01},\n"
    "  {release: '4', lts: true, endOfPatch: 2028-01-01}, {release: '5', endOfPatch: 2028-01-01}, "
    "{release: '6'}]},\n"
    "{name: fork, repositories: [{pattern: docker.io/library/fork, before: '3'}], rows: [\n"
    "  {release: '1', ended: true}, {release: '2'}, {release: '3'}]},\n"
    "{name: named, repositories: [docker.io/library/named], rows: [{release: edge, ended: true},\n"
    "  {release: '2'}, {release: fresh}]},\n"
    "{name: whole, repositories: [x.example/whole], rows: [{endOfPatch: 2020-01-01}]}]}\n";

static void the_nearest_lasting_release_replaces(void **state)
{
    static const struct {
        const char *image, *at;
        bool extended;
        const char *release; /* NULL: none */
        bool or_later;
    } cases[] = {
        {"python:3.8", "2026-10-01", false, "3.11", true},
        {"python:3.8", "2026-11-23", false, "3.12", true}, /* 3.11 ends within a year */
        {"python:3.10", "2026-11-23", false, "3.12", true},
        {"python:3", "2026-11-23", false, NULL, false},
        {"python:2.7", "2026-11-23", false, "3.12", true},
        {"python:3.8", "2025-01-01", false, "3.10", true},
        {"python:3.8", "2027-10-01", false, "3.12", true},
        {"python:3.8", "2027-10-01", true, "3.11", true},
        {"python:3.8", "2028-10-31", false, "3.13", false},
        {"python:3.8", "2029-06-01", false, "3.13", false}, /* the last one, for less than a year */
        {"lasting:1", "2026-11-23", false, "4", true}, /* with long-term support; 2 is nearer, 3 too short */
        {"lasting:4", "2026-11-23", false, "5", true},
        {"lasting:5", "2026-11-23", false, "6", false},
        {"lasting:0.9", "2026-11-23", false, "4", true}, /* older than any release listed */
        {"fork:1", "2026-11-23", false, "2", false},
        {"python:3.8", "2029-12-31", false, NULL, false}, /* nightly is not suggested */
        {"python:3.13", "2029-12-31", false, NULL, false},
        {"x.example/t/f.1-1", "2026-11-23", false, "1.2", false},
        {"x.example/p/f.1-1", "2026-11-23", false, "1.3", false},
        {"x.example/t/f.1-0", "2026-11-23", false, "1.2", true},
        {"x.example/t/f.1-2.py3", "2026-11-23", false, NULL, false},
        {"named:edge", "2026-11-23", false, NULL, false},
        {"named:2", "2026-11-23", false, NULL, false},
        {"x.example/whole", "2026-11-23", false, NULL, false},
    };
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    arena a;
    (void)state;
    add_text(set, replacements, "replacements");
    finish(set);
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_resolution found = resolve(set, cases[i].image, &a);
        bool or_later = true;
        assert_int_equal(found.match_count, 1);
        const struct shelflife_row *row = shelflife_match_replacement(
            set, &found.matches[0], day(cases[i].at), 90, cases[i].extended, &or_later);
        str release = row ? row->release : (str){0};
        if (!shelflife_str_equal(release, shelflife_str_of(cases[i].release)) ||
            or_later != cases[i].or_later)
            fail_msg("%s on %s: %.*s%s", cases[i].image, cases[i].at, STR_PRINT(release),
                     or_later ? " or later" : "");
    }
    shelflife_arena_free(&a);
    shelflife_catalogs_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phases_have_names),
        cmocka_unit_test(phases_change_on_the_day_after),
        cmocka_unit_test(versions_compare_as_people_do),
        cmocka_unit_test(the_nearest_lasting_release_replaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
