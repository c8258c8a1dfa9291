/* rooms: base json reference workload catalog policy inventory */
#include "unit/policy_kit.h"

#include <dirent.h>

#include "policy/internal.h"

#define DATA TESTS_DIR "/data/policies/"

static struct shelflife_policy *read_path(const char *path, const char *origin, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    read_file(path, &bytes);
    return shelflife_policy_read(shelflife_buffer_str(&bytes), origin, err);
}

/* Calls `check` for each file of the folder with that ending; how many there were. */
static size_t each_file(const char *folder, const char *ending,
                        void (*check)(const char *path, const char *name))
{
    size_t count = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));) {
        char path[4096];
        str name = shelflife_str_of(entry->d_name);
        if (name.at[0] == '.' || !shelflife_str_ends(name, shelflife_str_of(ending)))
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        check(path, entry->d_name);
        count++;
    }
    closedir(d);
    return count;
}

static void check_good(const char *path, const char *name)
{
    error err = {0};
    struct shelflife_policy *policy = read_path(path, name, &err);
    if (!policy)
        fail_msg("%s", err.text);
    shelflife_policy_free(policy);
}

static void good_policies_are_read(void **state)
{
    (void)state;
    assert_true(each_file(DATA "good", "", check_good) >= 5);
}

/* bad/x.yaml is refused with the message in bad/x.txt. */
static void check_bad(const char *path, const char *name)
{
    error err = {0};
    char expected_path[4096];
    CLEANUP(shelflife_buffer_free) buffer expected;
    struct shelflife_policy *policy = read_path(path, name, &err);
    if (policy)
        fail_msg("%s is read without an error", name);
    assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
    snprintf(expected_path, sizeof(expected_path), "%.*s.txt", (int)(strlen(path) - strlen(".yaml")), path);
    read_file(expected_path, &expected);
    shelflife_buffer_append(&expected, STR("\0"));
    expected.at[expected.len - 2] = '\0';
    assert_string_equal(err.text, expected.at);
}

static void ignore(const char *path, const char *name)
{
    (void)path;
    (void)name;
}

static void bad_policies_are_refused_with_what_would_be_right(void **state)
{
    (void)state;
    size_t count = each_file(DATA "bad", ".yaml", check_bad);
    assert_true(count >= 60);
    assert_int_equal(each_file(DATA "bad", "", ignore), 2 * count);
}

/* All but bytes, document and shapes, which have their own identity. */
static void assert_same(const struct shelflife_policy *a, const struct shelflife_policy *b)
{
    if (!a || !b) {
        fail_msg("there is no policy to compare");
        return;
    }
    assert_memory_equal(&a->settings, &b->settings, sizeof(a->settings));
    assert_int_equal(a->max_age, b->max_age);
    assert_int_equal(a->stale_warns, b->stale_warns);
    assert_int_equal(a->keep, b->keep);
    assert_int_equal(a->mode, b->mode);
    assert_int_equal(a->override_count, b->override_count);
    assert_int_equal(a->exception_count, b->exception_count);
    assert_int_equal(a->mirror_count, b->mirror_count);
    assert_int_equal(a->trusted_count, b->trusted_count);
    for (size_t i = 0; i < a->trusted_count; i++)
        assert_true(shelflife_str_equal(a->trusted[i].user, b->trusted[i].user));
}

static void the_default_policy_says_what_is_built_in(void **state)
{
    (void)state;
    error err = {0};
    struct shelflife_policy *embedded = shelflife_policy_default(&err);
    if (!embedded)
        fail_msg("%s", err.text);
    struct shelflife_policy *least =
        shelflife_policy_read(STR("apiVersion: shelflife.dev/v1\nkind: Policy\n"), "least", &err);
    struct shelflife_policy *file = read_path(SOURCE_DIR "/policies/default.yaml", "default.yaml", &err);
    assert_non_null(least);
    assert_non_null(file);
    assert_same(embedded, least);
    assert_true(shelflife_str_equal(shelflife_policy_bytes(embedded), shelflife_policy_bytes(file)));
    assert_str_equal(shelflife_policy_bytes(least), "apiVersion: shelflife.dev/v1\nkind: Policy\n");
    assert_non_null(shelflife_policy_shapes(least));
    static const struct {
        const char *namespace;
        enum shelflife_mode mode;
    } modes[] = {{"kube-system", SHELFLIFE_MODE_OFF},
                 {"default", SHELFLIFE_MODE_ENFORCE},
                 {"", SHELFLIFE_MODE_ENFORCE}};
    for (size_t i = 0; i < COUNT(modes); i++) {
        str namespace = shelflife_str_of(modes[i].namespace);
        assert_int_equal(shelflife_policy_mode(embedded, namespace, SHELFLIFE_MODE_POLICY), modes[i].mode);
        assert_int_equal(shelflife_policy_mode(least, namespace, SHELFLIFE_MODE_POLICY), modes[i].mode);
    }
    shelflife_policy_free(embedded);
    shelflife_policy_free(least);
    shelflife_policy_free(file);
}

/* What default.yaml only shows in comments is right, too. */
static void the_examples_in_the_default_policy_are_valid(void **state)
{
    (void)state;
    CLEANUP(shelflife_buffer_free) buffer file, text;
    read_file(SOURCE_DIR "/policies/default.yaml", &file);
    shelflife_buffer_init(&text, 1 << 20);
    shelflife_buffer_append(&text, STR("apiVersion: shelflife.dev/v1\nkind: Policy\n"));
    static const char *const examples[] = {
        "enforceFrom:", "mirrors:", "overrides:", "exceptions:", "shapes:", "owners:"};
    size_t found = 0;
    bool inside = false;
    for (str rest = shelflife_buffer_str(&file); rest.len;) {
        size_t end = shelflife_str_find(rest, '\n');
        str line = shelflife_str_first(rest, end);
        rest = shelflife_str_after(rest, line.len + 1);
        str bare = shelflife_str_after(line, 2);
        bool comment = shelflife_str_starts(line, STR("# "));
        bool starts = false;
        for (size_t i = 0; comment && i < COUNT(examples); i++)
            starts |= shelflife_str_starts(bare, shelflife_str_of(examples[i]));
        found += starts;
        inside = comment && (inside || starts);
        if (inside) {
            shelflife_buffer_append(&text, bare);
            shelflife_buffer_byte(&text, '\n');
        }
    }
    assert_int_equal(found, COUNT(examples));
    error err = {0};
    struct shelflife_policy *policy = shelflife_policy_read(shelflife_buffer_str(&text), "examples", &err);
    if (!policy) {
        fail_msg("%s", err.text);
        return;
    }
    assert_int_equal(policy->override_count, 3);
    assert_int_equal(policy->exception_count, 1);
    assert_int_equal(policy->mirror_count, 1);
    assert_int_equal(policy->owner_count, 3);
    assert_str_equal(policy->owners[1], "metadata.labels[\"app.kubernetes.io/part-of\"]");
    assert_str_equal(policy->owners[2], "metadata.annotations[\"example.com/owner\"]");
    shelflife_policy_free(policy);
}

static void everything_is_read_where_it_belongs(void **state)
{
    (void)state;
    error err = {0};
    struct shelflife_policy *p = read_path(DATA "good/full.yaml", "full.yaml", &err);
    if (!p) {
        fail_msg("%s", err.text);
        return;
    }
    static const int32_t settings[POLICY_SETTINGS] = {
        [SHELFLIFE_PHASE_SUPPORTED] = SHELFLIFE_ALLOW,
        [SHELFLIFE_PHASE_UNLISTED] = SHELFLIFE_WARN,
        [SHELFLIFE_PHASE_UNRESOLVED] = SHELFLIFE_WARN,
        [SHELFLIFE_PHASE_INVALID] = SHELFLIFE_DENY,
        [SHELFLIFE_PHASE_ENDING] = SHELFLIFE_ALLOW,
        [SHELFLIFE_PHASE_UNPATCHED] = SHELFLIFE_DENY,
        [SHELFLIFE_PHASE_UNAVAILABLE] = SHELFLIFE_DENY,
        [POLICY_ACTION_OUTDATED] = SHELFLIFE_WARN,
        [POLICY_ACTION_UNVERIFIED] = SHELFLIFE_WARN,
        [POLICY_ACTION_CONTRADICTED] = SHELFLIFE_DENY,
        [POLICY_SETTING_NOTICE] = 84,
        [POLICY_SETTING_DENY_AFTER] = 0,
        [POLICY_SETTING_ENFORCE_FROM] = 20819,
        [POLICY_SETTING_BASES] = SHELFLIFE_WARN,
        [POLICY_SETTING_SUPPORT] = 1,
        [POLICY_SETTING_MAX_BUILD_AGE] = 180,
        [POLICY_SETTING_INSPECTION] = POLICY_INSPECTION_IGNORE,
    };
    for (size_t i = 0; i < POLICY_SETTINGS; i++)
        assert_int_equal(p->settings.value[i], settings[i]);
    assert_int_equal(p->max_age, 30);
    assert_true(p->stale_warns);
    assert_true(p->keep);
    assert_int_equal(p->mode, SHELFLIFE_MODE_AUDIT);
    /* Sorted by prefix, normalized. */
    static const struct {
        const char *from, *to;
    } mirrors[] = {
        {"harbor.corp.example/all/", "docker.io/acme/"},
        {"harbor.corp.example/dockerhub/", "docker.io/"},
        {"localhost:5000/", "gcr.io/"},
    };
    assert_int_equal(p->mirror_count, COUNT(mirrors));
    for (size_t i = 0; i < COUNT(mirrors); i++) {
        assert_str_equal(p->mirrors[i].from, mirrors[i].from);
        assert_str_equal(p->mirrors[i].to, mirrors[i].to);
    }
    static const enum policy_level levels[] = {POLICY_LEVEL_ALL, POLICY_LEVEL_CATALOG, POLICY_LEVEL_PRODUCT,
                                               POLICY_LEVEL_IMAGE, POLICY_LEVEL_IMAGE};
    assert_int_equal(p->override_count, COUNT(levels));
    for (size_t i = 0; i < COUNT(levels); i++)
        assert_int_equal(p->overrides[i].level, levels[i]);
    assert_int_equal(p->exception_count, 2);
    assert_str_equal(p->exceptions[0].exception.owner, "team");
    assert_str_equal(p->exceptions[0].exception.reason, "contract");
    assert_str_equal(p->exceptions[1].exception.path, "exceptions[1]");
    shelflife_policy_free(p);
}

/* A policy whose patterns of one kind use all states but those that are kept, and `more` after them. */
static struct shelflife_policy *read_long_patterns(const char *key, size_t kept, const char *more, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer yaml;
    char letters[SHELFLIFE_POLICY_GLOB_MAX];
    memset(letters, 'a', sizeof(letters));
    shelflife_buffer_init(&yaml, 1 << 20);
    shelflife_buffer_format(
        &yaml, "apiVersion: shelflife.dev/v1\nkind: Policy\noverrides:\n- {notice: 1d, %s: [", key);
    for (size_t left = SHELFLIFE_POLICY_GLOB_STATES_MAX - kept, states; left; left -= states) {
        states = left < SHELFLIFE_POLICY_GLOB_MAX - 1 ? left : SHELFLIFE_POLICY_GLOB_MAX - 1;
        shelflife_buffer_format(&yaml, "\"**%.*s\", ", (int)(states - 1), letters);
    }
    shelflife_buffer_format(&yaml, "%s]}\n", more);
    return shelflife_policy_read(shelflife_buffer_str(&yaml), "p", err);
}

static void more_patterns_than_an_automaton_holds_are_refused(void **state)
{
    static const struct {
        const char *key, *more, *expected;
        size_t kept; /* kube-system is a pattern of each policy */
    } cases[] = {
        {"images", "x.io/a",
         ": overrides[0].images[129]: is one pattern too many: the image patterns of a policy may have at "
         "most "
         "65535 characters in all (each pattern counts as 1, and 1 more for each character after its first "
         "\"*\")",
         0},
        {"namespaces", "a",
         ": overrides[0].namespaces[129]: is one pattern too many: the namespace patterns of a policy may "
         "have "
         "at most 65535 characters in all (each pattern counts as 1, and 1 more for each character after its "
         "first \"*\")",
         1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        struct shelflife_policy *policy = read_long_patterns(cases[i].key, cases[i].kept, "", &err);
        if (!policy)
            fail_msg("%s", err.text);
        shelflife_policy_free(policy);
        assert_null(read_long_patterns(cases[i].key, cases[i].kept, cases[i].more, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
        assert_true(shelflife_str_ends(shelflife_str_of(err.text), shelflife_str_of(cases[i].expected)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_policies_are_read),
        cmocka_unit_test(bad_policies_are_refused_with_what_would_be_right),
        cmocka_unit_test(the_default_policy_says_what_is_built_in),
        cmocka_unit_test(the_examples_in_the_default_policy_are_valid),
        cmocka_unit_test(everything_is_read_where_it_belongs),
        cmocka_unit_test(more_patterns_than_an_automaton_holds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
