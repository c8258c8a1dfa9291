/* rooms: base json reference workload catalog policy */
#include "unit/test.h"

#include "policy/glob.h"

static bool matches(const char *pattern, str text)
{
    arena a;
    struct shelflife_policy_glob glob;
    shelflife_arena_init(&a, 1 << 16);
    assert_true(shelflife_policy_glob_compile(shelflife_str_of(pattern), &a, &glob));
    bool match = shelflife_policy_glob_match(&glob, text);
    shelflife_arena_free(&a);
    return match;
}

static void one_star_stops_at_slashes_two_do_not(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool match;
    } cases[] = {
        {"docker.io/library/python", "docker.io/library/python", true},
        {"docker.io/library/python", "docker.io/library/python:3.8", false},
        {"docker.io/library/python:*", "docker.io/library/python:3.8", true},
        {"docker.io/library/python:*", "docker.io/library/python", false},
        {"docker.io/library/python**", "docker.io/library/python", true},
        {"docker.io/library/python**", "docker.io/library/python:3@sha256:00", true},
        {"docker.io/library/python*", "docker.io/library/python/evil", false},
        {"docker.io/library/python", "xdocker.io/library/python", false},
        {"gcr.io/acme/*", "gcr.io/acme/app", true},
        {"gcr.io/acme/*", "gcr.io/acme/", true},
        {"gcr.io/acme/*", "gcr.io/acme/a/b", false},
        {"gcr.io/acme/**", "gcr.io/acme/a/b", true},
        {"gcr.io/**/b", "gcr.io/acme/a/b", true},
        {"gcr.io/**/b", "gcr.io/b", false},
        {"gcr.io/*/*/b", "gcr.io/acme/a/b", true},
        {"gcr.io/*/b", "gcr.io/acme/a/b", false},
        {"**", "", true},
        {"*", "", true},
        {"**", "a/b/c", true},
        {"*", "a/b", false},
        {"***", "a/b", true},
        {"*a*b*", "xxaxxbxx", true},
        {"*a*b*", "xxbxxaxx", false},
        {"*ab", "aab", true},
        {"**ab*c", "ab/abc", true},
        {"**/x*y", "a/x/xay", true},
        {"**/x*y", "a/xa/by", false},
        {"a**b**c", "a/b/c/b/c", true},
        {"a**b**c", "a/b/c/b", false},
        {"", "", true},
        {"", "a", false},
        {"a", "", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (matches(cases[i].pattern, shelflife_str_of(cases[i].text)) != cases[i].match)
            fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].text);
}

/* Matching by trying everything, to compare with. */
static bool naive(const char *p, const char *t)
{
    if (!*p)
        return !*t;
    if (p[0] != '*')
        return *t == *p && naive(p + 1, t + 1);
    bool any = p[1] == '*';
    const char *rest = p;
    while (*rest == '*')
        rest++;
    for (;; t++) {
        if (naive(rest, t))
            return true;
        if (!*t || (*t == '/' && !any))
            return false;
    }
}

static void agrees_with_trying_everything(void **state)
{
    (void)state;
    static const char letters[] = "a/*b";
    for (unsigned p = 0; p < 4096; p++)
        for (unsigned t = 0; t < 243; t++) {
            char pattern[7] = "", text[6] = "";
            for (unsigned i = 0, n = p; i < 6; i++, n /= 4)
                pattern[i] = letters[n % 4];
            for (unsigned i = 0, n = t; i < 5; i++, n /= 3)
                text[i] = "a/b"[n % 3];
            if (matches(pattern, shelflife_str_of(text)) != naive(pattern, text))
                fail_msg("\"%s\" and \"%s\"", pattern, text);
        }
}

static void the_longest_pattern_fits(void **state)
{
    (void)state;
    char pattern[SHELFLIFE_POLICY_GLOB_MAX + 1];
    for (size_t i = 0; i < SHELFLIFE_POLICY_GLOB_MAX; i++)
        pattern[i] = i % 2 ? 'a' : '*';
    pattern[SHELFLIFE_POLICY_GLOB_MAX] = '\0';
    char text[1024];
    memset(text, 'a', sizeof(text));
    assert_true(matches(pattern, (str){text, sizeof(text)}));
    assert_false(matches(pattern, (str){text, SHELFLIFE_POLICY_GLOB_MAX / 2 - 1}));
    text[sizeof(text) - 1] = 'b';
    assert_false(matches(pattern, (str){text, sizeof(text)}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_star_stops_at_slashes_two_do_not),
        cmocka_unit_test(agrees_with_trying_everything),
        cmocka_unit_test(the_longest_pattern_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
