/* rooms: base json reference workload catalog policy inventory */
#include "unit/test.h"

#include "policy/glob.h"
#include "unit/naive_glob.h"

struct automaton {
    arena memory;
    struct shelflife_policy_globs globs;
};

static void compile(struct automaton *a, struct shelflife_policy_glob *patterns, size_t count)
{
    shelflife_arena_init(&a->memory, SIZE_MAX);
    assert_true(shelflife_policy_globs_compile(patterns, count, &a->memory, &a->globs));
}

static void match(const struct automaton *a, str text, uint64_t lists[SHELFLIFE_POLICY_GLOB_LIST_WORDS_MAX])
{
    memset(lists, 0, a->globs.list_width * sizeof(*lists));
    shelflife_policy_globs_match(&a->globs, text, lists);
    assert_true(shelflife_policy_globs_has(lists, SHELFLIFE_POLICY_GLOB_LIST_OF_ALL));
}

static bool matches(const char *pattern, str text)
{
    struct automaton a;
    uint64_t lists[SHELFLIFE_POLICY_GLOB_LIST_WORDS_MAX];
    compile(&a, &(struct shelflife_policy_glob){shelflife_str_of(pattern), 1}, 1);
    match(&a, text, lists);
    shelflife_arena_free(&a.memory);
    return shelflife_policy_globs_has(lists, 1);
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
        {"*\xff", "a\xff", true},
        {"*a", "\xff\x01 a", true},
        {"", "a", false},
        /* An absent namespace matches no pattern, not even "**". */
        {"**", "", false},
        {"", "", false},
        {"a", "", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (matches(cases[i].pattern, shelflife_str_of(cases[i].text)) != cases[i].match)
            fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].text);
}

static void agrees_with_the_naive_matcher_on_all_short_patterns(void **state)
{
    (void)state;
    static const char letters[] = "a/*b";
    enum { PATTERNS = 4096 };
    static struct shelflife_policy_glob patterns[PATTERNS];
    static char texts[PATTERNS][7];
    uint64_t lists[SHELFLIFE_POLICY_GLOB_LIST_WORDS_MAX];
    struct automaton a;
    for (unsigned p = 0; p < PATTERNS; p++) {
        for (unsigned i = 0, n = p; i < 6; i++, n /= 4)
            texts[p][i] = letters[n % 4];
        patterns[p] = (struct shelflife_policy_glob){{texts[p], 6}, p + 1};
    }
    compile(&a, patterns, PATTERNS);
    for (unsigned t = 0; t < 243; t++) {
        char text[6] = "";
        for (unsigned i = 0, n = t; i < 5; i++, n /= 3)
            text[i] = "a/b"[n % 3];
        match(&a, (str){text, 5}, lists);
        for (unsigned p = 0; p < PATTERNS; p++)
            if (shelflife_policy_globs_has(lists, patterns[p].list) !=
                naive_glob(patterns[p].text, (str){text, 5}))
                fail_msg("\"%.6s\" and \"%s\"", patterns[p].text.at, text);
    }
    shelflife_arena_free(&a.memory);
}

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

/* A text of few letters, which share beginnings and repeat, so that many states are live together. */
static str random_text(uint64_t *seed, char *at, size_t max, const char *letters, size_t count)
{
    size_t len = next_random(seed) % max;
    for (size_t i = 0; i < len; i++)
        at[i] = letters[next_random(seed) % count];
    return (str){at, len};
}

static void agrees_with_the_naive_matcher_on_random_ones(void **state)
{
    (void)state;
    enum { ROUNDS = 60, PATTERNS = 200, LISTS = 90, LONGEST = 150, TEXTS = 60 };
    static char texts[PATTERNS][LONGEST];
    struct shelflife_policy_glob patterns[PATTERNS];
    uint64_t lists[SHELFLIFE_POLICY_GLOB_LIST_WORDS_MAX], seed = 1;
    size_t found = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct automaton a;
        size_t count = 1 + next_random(&seed) % PATTERNS;
        for (size_t i = 0; i < count; i++) {
            size_t longest = next_random(&seed) % 3 ? 12 : LONGEST;
            patterns[i].text = random_text(&seed, texts[i], longest, "aab/**.", 7);
            patterns[i].list = 1 + next_random(&seed) % LISTS;
        }
        compile(&a, patterns, count);
        for (unsigned t = 0; t < TEXTS; t++) {
            char text[LONGEST];
            bool expected[LISTS + 1] = {true};
            str random = random_text(&seed, text, t % 2 ? 20 : LONGEST, "aaab/.", 6);
            match(&a, random, lists);
            for (size_t i = 0; i < count; i++)
                expected[patterns[i].list] |= naive_glob(patterns[i].text, random);
            for (size_t i = 0; i < a.globs.list_width * 64; i++) {
                if (shelflife_policy_globs_has(lists, i) != (i <= LISTS && expected[i]))
                    fail_msg("round %u, list %zu, \"%.*s\"", round, i, STR_PRINT(random));
                found += i > 0 && i <= LISTS && expected[i];
            }
        }
        shelflife_arena_free(&a.memory);
    }
    assert_true(found > 1000);
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

/* Where the only state that is left goes from one word to the next. */
static void a_long_literal_goes_on_in_the_next_word(void **state)
{
    (void)state;
    char pattern[200] = "*/", text[200] = "x/";
    memset(pattern + 2, 'a', 190);
    memset(text + 2, 'a', 190);
    assert_true(matches(pattern, shelflife_str_of(text)));
    assert_false(matches(pattern, shelflife_str_first(shelflife_str_of(text), 191)));
}

static void no_pattern_matches_nothing(void **state)
{
    (void)state;
    struct automaton a;
    uint64_t lists[SHELFLIFE_POLICY_GLOB_LIST_WORDS_MAX];
    compile(&a, NULL, 0);
    match(&a, STR("a"), lists);
    assert_int_equal(a.globs.list_width, 1);
    assert_int_equal(lists[0], 1);
    shelflife_arena_free(&a.memory);
}

/* The most states, in as many lists: the last pattern uses the last bit of both sets. */
static void the_most_patterns_fit(void **state)
{
    (void)state;
    struct automaton a;
    uint64_t lists[SHELFLIFE_POLICY_GLOB_LIST_WORDS_MAX];
    static char texts[SHELFLIFE_POLICY_GLOB_STATES_MAX][8];
    static struct shelflife_policy_glob patterns[SHELFLIFE_POLICY_GLOB_STATES_MAX];
    for (size_t i = 0; i < COUNT(patterns); i++) {
        snprintf(texts[i], sizeof(texts[i]), "%zu%s", i, i + 1 == COUNT(patterns) ? "*" : "");
        patterns[i] = (struct shelflife_policy_glob){shelflife_str_of(texts[i]), i + 1};
        assert_int_equal(shelflife_policy_glob_states(patterns[i].text), 1);
    }
    compile(&a, patterns, COUNT(patterns));
    assert_int_equal(a.globs.list_width, SHELFLIFE_POLICY_GLOB_LIST_WORDS_MAX);
    match(&a, STR("4711"), lists);
    assert_true(shelflife_policy_globs_has(lists, 4712));
    size_t found = 0;
    for (size_t i = 0; i < COUNT(lists); i++)
        found += (size_t)__builtin_popcountll(lists[i]);
    assert_int_equal(found, 2);
    match(&a, STR("65534-x"), lists);
    assert_true(shelflife_policy_globs_has(lists, 65535));
    shelflife_arena_free(&a.memory);
}

static void running_out_of_memory_is_reported(void **state)
{
    (void)state;
    struct shelflife_policy_glob patterns[] = {{STR_INIT("a*b"), 1}, {STR_INIT("**/c"), 2}};
    struct shelflife_policy_globs globs;
    bool ok = false;
    for (size_t limit = 0; limit < 10000 && !ok; limit += 8) {
        arena a;
        shelflife_arena_init(&a, limit);
        ok = shelflife_policy_globs_compile(patterns, COUNT(patterns), &a, &globs);
        assert_true(ok || limit < 1000);
        shelflife_arena_free(&a);
    }
    assert_true(ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_star_stops_at_slashes_two_do_not),
        cmocka_unit_test(agrees_with_the_naive_matcher_on_all_short_patterns),
        cmocka_unit_test(agrees_with_the_naive_matcher_on_random_ones),
        cmocka_unit_test(the_longest_pattern_fits),
        cmocka_unit_test(a_long_literal_goes_on_in_the_next_word),
        cmocka_unit_test(no_pattern_matches_nothing),
        cmocka_unit_test(the_most_patterns_fit),
        cmocka_unit_test(running_out_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
