/* rooms: feeds catalog reference net pki json base */
#include "feeds/vers.h"
#include "unit/test.h"

static void a_range_contains_versions(void **state)
{
    static const struct {
        const char *range, *in, *out; /* separated by spaces */
    } cases[] = {
        {"vers:semver/>=1.0.0|<2.0.0", "1.0.0 1.9.9 1", "0.9 2.0.0 2"},
        {"vers:npm/>1.0|<=1.5", "1.1 1.5", "1.0 1.6"},
        {"vers:generic/1.2.3", "1.2.3", "1.2 1.2.4"},
        {"vers:generic/=1.2|3.4", "1.2 3.4", "2"},
        {"vers:generic/<2", "1 0.1", "2 3"},
        {"vers:generic/>=3", "3 4.1", "2.9"},
        {"vers:generic/<1|>=2|<3|>=5", "0.5 2.1 5 6", "1 3 4.9"},
        {"vers:generic/>=1|!=1.5|<2", "1 1.4", "1.5 2"},
        {"vers:generic/!=2", "1 3", "2"},
        {"vers:generic/*", "1 anything", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct feeds_vers range;
        const char *fault = shelflife_feeds_vers_read(shelflife_str_of(cases[i].range), &range);
        if (fault)
            fail_msg("%s %s", cases[i].range, fault);
        for (int in = 0; in < 2; in++)
            for (str rest = shelflife_str_of(in ? cases[i].in : cases[i].out); rest.len;) {
                str one = shelflife_str_first(rest, shelflife_str_find(rest, ' '));
                rest = shelflife_str_after(rest, one.len + 1);
                if (shelflife_feeds_vers_contains(&range, one) != in)
                    fail_msg("%s: %.*s", cases[i].range, STR_PRINT(one));
            }
    }
}

static void what_is_no_range_is_refused(void **state)
{
    static const char *const cases[] = {"",
                                        "vers:",
                                        "vers:/1",
                                        "vers:npm",
                                        "vers:npm/",
                                        "vers:npm/>=",
                                        "1.0",
                                        "vers:npm/>=1||<2",
                                        "vers:npm/>=1 2"};
    struct feeds_vers range;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (!shelflife_feeds_vers_read(shelflife_str_of(cases[i]), &range))
            fail_msg("%s", cases[i]);
}

static void an_interval_is_made_of_releases(void **state)
{
    static const struct {
        const char *from, *before, *releases;
    } cases[] = {
        {"3.8", "3.10", "3.8 3.9"},  {"1.0.0", "2.0.0", "1"}, {"1", "3", "1 2"}, {"3.12.0", "3.13.0", "3.12"},
        {"3", "3.2", "3.0 3.1"},     {"1.5", "2.0", ""},      {"2", "1", ""},    {"1", "1", ""},
        {"22.04", "22.10", ""},      {"a", "b", ""},          {"1.", "2", ""},   {"1", "1000", ""},
        {"1.2.3", "1.2.4", "1.2.3"}, {"0", "1", "0"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        arena a CLEANUP(shelflife_arena_free);
        buffer all CLEANUP(shelflife_buffer_free);
        str out[100];
        shelflife_arena_init(&a, 1 << 20);
        shelflife_buffer_init(&all, 4096);
        size_t count = shelflife_feeds_vers_releases(shelflife_str_of(cases[i].from),
                                                     shelflife_str_of(cases[i].before), &a, out, COUNT(out));
        for (size_t k = 0; k < count; k++)
            shelflife_buffer_format(&all, "%s%.*s", k ? " " : "", STR_PRINT(out[k]));
        assert_str_equal(shelflife_buffer_str(&all), cases[i].releases);
    }
}

static void a_release_is_a_range(void **state)
{
    static const char *const cases[][2] = {{"3.12", "vers:generic/>=3.12|<3.13"},
                                           {"3", "vers:generic/>=3|<4"},
                                           {"3.0", "vers:generic/>=3.0|<3.1"},
                                           {"22.04", ""},
                                           {"bookworm", ""},
                                           {"1.4-2", ""}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        arena a CLEANUP(shelflife_arena_free);
        str range;
        shelflife_arena_init(&a, 1 << 20);
        assert_true(shelflife_feeds_vers_write(shelflife_str_of(cases[i][0]), &a, &range));
        assert_str_equal(range, cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_contains_versions), cmocka_unit_test(what_is_no_range_is_refused),
        cmocka_unit_test(an_interval_is_made_of_releases), cmocka_unit_test(a_release_is_a_range)};
    return cmocka_run_group_tests_name("feeds_vers", tests, NULL, NULL);
}
