/* rooms: base json reference workload catalog policy inventory admission net file kube pki inputs audit */
#include "unit/test.h"

#include "audit/ignore.h"

/* Patterns, one per line, in the folder "base/" if there is one; and paths, where "!" is left out, "+" is
   taken back, and "-" is what no pattern says anything about. A path that ends in "/" is a folder. */
static const struct {
    const char *patterns, *base, *paths;
} cases[] = {
    {"\xef\xbb\xbf"
     "old/\r\n",
     "", "! old/\n"},
    {"*.bak", "", "! a.bak\n! x/y/a.bak\n- a.bak.yaml\n! .bak\n"},
    {"old", "", "! old\n! x/old\n! old/\n- older\n"},
    {"old/", "", "! old/\n! x/old/\n- old\n"},
    {"/old", "", "! old\n- x/old\n"},
    {"a/old", "", "! a/old\n- x/a/old\n"},
    {"**/a/old", "", "! a/old\n! x/a/old\n! x/y/a/old\n- xa/old\n"},
    {"a/**/b", "", "! a/b\n! a/x/b\n! a/x/y/b\n- a/xb\n- ab\n- a/b/c\n"},
    {"a/**", "", "! a/b\n! a/b/c\n- a\n- b/a/c\n"},
    {"**", "", "! a\n! a/b\n"},
    {"**/", "", "! a/\n! a/b/\n- a\n"},
    {"a/*/c", "", "! a/b/c\n- a/c\n- a/b/b/c\n"},
    {"a**b", "", "! ab\n! axxb\n- a/b\n"},
    {"a?c", "", "! abc\n- ac\n- a/c\n"},
    {"[a-c]x", "", "! ax\n! cx\n- dx\n"},
    {"[!a-c]x", "", "- ax\n! dx\n- /x\n"},
    {"[]]x", "", "! ]x\n"},
    {"[a-]x", "", "! -x\n! ax\n- bx\n"},
    {"*.yaml\n!keep.yaml", "", "! a.yaml\n+ keep.yaml\n+ x/keep.yaml\n- a.json\n"},
    {"!keep.yaml\n*.yaml", "", "! keep.yaml\n"},
    {"# comment\n\n  \r\n\\#a\n\\!b\nc  \nd\\ \r", "", "! #a\n! !b\n! c\n! d \n- # comment\n- a\n"},
    {"/a\nb/c", "sub/", "! sub/a\n- sub/x/a\n! sub/b/c\n"},
    {"\\*", "", "! *\n- a\n"},
    {"é*", "", "! élan\n- elan\n"},
};

static char word_of(enum shelflife_audit_ignored ignored)
{
    return "-+!"[ignored];
}

static void patterns_match_as_in_gitignore(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_audit_ignore list = {0};
        error err = {0};
        if (!shelflife_audit_ignore_read(&list, shelflife_str_of(cases[i].patterns), strlen(cases[i].base),
                                         "f", &err))
            fail_msg("%s", err.text);
        for (const char *line = cases[i].paths, *end; *line; line = end + 1) {
            end = strchr(line, '\n');
            str path = {line + 2, (size_t)(end - line) - 2};
            bool is_folder = shelflife_str_ends(path, STR("/"));
            path.len -= is_folder;
            char told = word_of(shelflife_audit_ignore_match(&list, path, is_folder));
            if (told != *line)
                fail_msg("\"%s\": \"%.*s\" is \"%c\", not \"%c\"", cases[i].patterns, STR_PRINT(path), told,
                         *line);
        }
        shelflife_audit_ignore_free(&list);
    }
}

static void mistakes_have_their_line(void **state)
{
    static const struct {
        const char *text, *message;
    } mistakes[] = {
        {"a\n[b", "f:2: \"[\" without \"]\"; write \"\\[\" for the character itself"},
        {"a\\", "f:1: a \"\\\" at the end has no meaning"},
        {"\n\n/", "f:3: no name in it"},
        {"!", "f:1: no name in it"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        struct shelflife_audit_ignore list = {0};
        error err = {0};
        assert_false(shelflife_audit_ignore_read(&list, shelflife_str_of(mistakes[i].text), 0, "f", &err));
        assert_string_equal(err.text, mistakes[i].message);
        shelflife_audit_ignore_free(&list);
    }
}

static void there_are_limits(void **state)
{
    struct shelflife_audit_ignore list = {0};
    error err = {0};
    char text[SHELFLIFE_AUDIT_IGNORE_PATTERN_MAX + 2];
    (void)state;
    memset(text, 'a', sizeof(text));
    assert_false(shelflife_audit_ignore_add(&list, (str){text, sizeof(text) - 1}, 0, &err));
    assert_string_equal(err.text, "longer than 512 bytes");
    for (size_t i = 0; i < SHELFLIFE_AUDIT_IGNORE_PATTERNS_MAX; i++)
        assert_true(shelflife_audit_ignore_add(&list, STR("a"), 0, &err));
    assert_false(shelflife_audit_ignore_add(&list, STR("b"), 0, &err));
    assert_string_equal(err.text, "more than 1000 patterns");
    shelflife_audit_ignore_free(&list);
}

/* Where a matcher that goes back would not end. */
static void many_stars_take_no_longer(void **state)
{
    struct shelflife_audit_ignore list = {0};
    error err = {0};
    char pattern[SHELFLIFE_AUDIT_IGNORE_PATTERN_MAX], path[4096];
    (void)state;
    memset(path, 'a', sizeof(path));
    for (size_t i = 0; i < sizeof(pattern); i++)
        pattern[i] = i % 2 ? '*' : 'a';
    pattern[sizeof(pattern) - 1] = 'b';
    assert_true(shelflife_audit_ignore_add(&list, (str){pattern, sizeof(pattern)}, 0, &err));
    for (size_t i = 0; i + 3 < sizeof(pattern); i += 3)
        memcpy(pattern + i, "**/", 3);
    assert_true(shelflife_audit_ignore_add(&list, (str){pattern, sizeof(pattern)}, 0, &err));
    assert_int_equal(shelflife_audit_ignore_match(&list, (str){path, sizeof(path)}, false),
                     SHELFLIFE_AUDIT_IGNORE_UNKNOWN);
    path[sizeof(path) - 1] = 'b';
    assert_int_equal(shelflife_audit_ignore_match(&list, (str){path, sizeof(path)}, false),
                     SHELFLIFE_AUDIT_IGNORE_LEFT_OUT);
    shelflife_audit_ignore_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_as_in_gitignore),
        cmocka_unit_test(mistakes_have_their_line),
        cmocka_unit_test(there_are_limits),
        cmocka_unit_test(many_stars_take_no_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
