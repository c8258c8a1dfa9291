/* rooms: base json reference workload catalog policy */
#include "unit/policy_kit.h"

#include <dirent.h>

#include "shelflife/policy.h"

#define DATA TESTS_DIR "/data/policies/judge/"

static struct shelflife_catalogs *read_catalogs(void)
{
    static const char *const names[] = {"fruit", "tree", "fern"};
    error err = {0};
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    assert_non_null(set);
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[4096];
        CLEANUP(shelflife_buffer_free) buffer bytes;
        snprintf(path, sizeof(path), DATA "catalog/%s.yaml", names[i]);
        read_file(path, &bytes);
        if (!shelflife_catalogs_add(set, shelflife_buffer_str(&bytes), names[i], &err))
            fail_msg("%s", err.text);
    }
    if (!shelflife_catalogs_finish(set, &err))
        fail_msg("%s", err.text);
    return set;
}

enum { IMAGE, NAMESPACE, DAY, PHASE, ACTION, LINE, FIELDS };

static void split(str line, str fields[FIELDS])
{
    for (size_t i = 0; i < FIELDS; i++) {
        size_t end = 0;
        while (i + 1 < FIELDS && end < line.len &&
               !shelflife_str_starts(shelflife_str_after(line, end), STR(" | ")))
            end++;
        fields[i] = i + 1 < FIELDS ? shelflife_str_first(line, end) : line;
        line = shelflife_str_after(line, end + 3);
    }
}

/* Days told as turns are all on which the verdict changes, for three years. */
static void check_turns(const struct shelflife_policy *policy, const struct shelflife_catalogs *catalogs,
                        str namespace, const struct shelflife_verdict *first, const char *name)
{
    const shelflife_day *turns;
    size_t count, next = 0;
    error err = {0};
    arena a, scratch;
    shelflife_arena_init(&a, 1 << 20);
    shelflife_arena_init(&scratch, 1 << 20);
    assert_true(shelflife_policy_turns(policy, first, &a, &turns, &count, &err));
    enum shelflife_phase phase = first->phase;
    enum shelflife_action action = first->action;
    for (shelflife_day at = first->at + 1; at < first->at + 3 * 365; at++) {
        struct shelflife_verdict v;
        bool turn = next < count && turns[next] == at;
        next += turn;
        shelflife_arena_reset(&scratch);
        assert_true(
            shelflife_policy_judge(policy, catalogs, first->image, namespace, at, &scratch, &v, &err));
        if (!turn && (v.phase != phase || v.action != action))
            fail_msg("%s: %.*s changes on day %d, which is no turn", name, STR_PRINT(first->image), at);
        phase = v.phase;
        action = v.action;
    }
    assert_true(next == count || turns[next] >= first->at + 3 * 365);
    shelflife_arena_free(&a);
    shelflife_arena_free(&scratch);
}

static bool judge(const struct shelflife_policy *policy, const struct shelflife_catalogs *catalogs, str line,
                  const char *name)
{
    str fields[FIELDS];
    shelflife_day at;
    struct shelflife_verdict v;
    error err = {0};
    arena a;
    CLEANUP(shelflife_buffer_free) buffer told;
    split(line, fields);
    if (!shelflife_day_parse(fields[DAY], &at))
        fail_msg("%s: no day in %.*s", name, STR_PRINT(line));
    if (shelflife_str_equal(fields[NAMESPACE], STR("-")))
        fields[NAMESPACE] = (str){0};
    shelflife_arena_init(&a, 1 << 20);
    shelflife_buffer_init(&told, 1 << 16);
    if (!shelflife_policy_judge(policy, catalogs, fields[IMAGE], fields[NAMESPACE], at, &a, &v, &err))
        fail_msg("%s", err.text);
    shelflife_verdict_describe(&v, 256, &told);
    str phase = shelflife_str_of(shelflife_phase_name(v.phase));
    str action = shelflife_str_of(shelflife_action_name(v.action));
    bool same = shelflife_str_equal(phase, fields[PHASE]) && shelflife_str_equal(action, fields[ACTION]) &&
                shelflife_str_equal(shelflife_buffer_str(&told), fields[LINE]);
    if (!same)
        print_message("%s wants: %.*s\n%s has:   %.*s | %.*s | %.*s | %.*s | %.*s | %.*s\n", name,
                      STR_PRINT(line), name, STR_PRINT(fields[IMAGE]),
                      STR_PRINT(fields[NAMESPACE].len ? fields[NAMESPACE] : STR("-")), STR_PRINT(fields[DAY]),
                      STR_PRINT(phase), STR_PRINT(action), STR_PRINT(shelflife_buffer_str(&told)));
    check_turns(policy, catalogs, fields[NAMESPACE], &v, name);
    shelflife_arena_free(&a);
    return same;
}

static size_t judge_file(const struct shelflife_catalogs *catalogs, const char *name, size_t *wrong)
{
    char path[4096];
    error err = {0};
    size_t count = 0;
    CLEANUP(shelflife_buffer_free) buffer policy_bytes, lines;
    snprintf(path, sizeof(path), DATA "%s.yaml", name);
    read_file(path, &policy_bytes);
    snprintf(path, sizeof(path), DATA "%s.txt", name);
    read_file(path, &lines);
    struct shelflife_policy *policy = shelflife_policy_read(shelflife_buffer_str(&policy_bytes), name, &err);
    if (!policy)
        fail_msg("%s", err.text);
    for (str rest = shelflife_buffer_str(&lines); rest.len;) {
        str line = shelflife_str_first(rest, shelflife_str_find(rest, '\n'));
        rest = shelflife_str_after(rest, line.len + 1);
        if (line.len == 0 || line.at[0] == '#')
            continue;
        *wrong += !judge(policy, catalogs, line, name);
        count++;
    }
    shelflife_policy_free(policy);
    return count;
}

static void images_are_judged_as_the_files_say(void **state)
{
    (void)state;
    struct shelflife_catalogs *catalogs = read_catalogs();
    size_t count = 0, wrong = 0;
    DIR *d = opendir(DATA);
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));) {
        str name = shelflife_str_of(entry->d_name);
        if (!shelflife_str_ends(name, STR(".yaml")))
            continue;
        char base[256];
        snprintf(base, sizeof(base), "%.*s", (int)(name.len - strlen(".yaml")), name.at);
        size_t lines = judge_file(catalogs, base, &wrong);
        assert_true(lines > 0);
        count += lines;
    }
    closedir(d);
    shelflife_catalogs_free(catalogs);
    assert_int_equal(wrong, 0);
    assert_true(count >= 60);
}

static void namespaces_of_a_class_have_the_same_verdicts(void **state)
{
    (void)state;
    error err = {0};
    struct shelflife_policy *policy = shelflife_policy_read(
        STR("apiVersion: shelflife.dev/v1\nkind: Policy\nexistingWorkloads: keep\noverrides:\n"
            "- {namespaces: ['prod-*'], notice: 30d}\n- {catalogs: [tree], notice: 10d}\n"
            "exceptions:\n- {images: ['**'], namespaces: [a, prod-a], owner: o, reason: r, until: "
            "2030-01-01}\n"),
        "p", &err);
    static const struct {
        const char *namespace, *class;
    } cases[] = {{"a", "01"}, {"b", "00"}, {"", "00"}, {"prod-a", "11"}, {"prod-b", "10"}};
    assert_non_null(policy);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_buffer_free) buffer class;
        shelflife_buffer_init(&class, 100);
        shelflife_policy_namespace_class(policy, shelflife_str_of(cases[i].namespace), &class);
        assert_str_equal(shelflife_buffer_str(&class), cases[i].class);
    }
    assert_true(shelflife_policy_keeps_pods_of(policy, STR("apps"), STR("ReplicaSet")));
    assert_false(shelflife_policy_keeps_pods_of(policy, STR(""), STR("ReplicaSet")));
    assert_false(shelflife_policy_keeps_pods_of(policy, STR("example.com"), STR("Train")));
    shelflife_policy_free(policy);
    policy = shelflife_policy_default(&err);
    assert_false(shelflife_policy_keeps_pods_of(policy, STR("apps"), STR("ReplicaSet")));
    shelflife_policy_free(policy);
}

/* Names in overrides, and the lines about those that are unknown. */
static void names_that_no_catalog_has_are_told(void **state)
{
    (void)state;
    static const char text[] = "apiVersion: shelflife.dev/v1\nkind: Policy\noverrides:\n"
                               "- {namespaces: [a], notice: 1d}\n"
                               "- {products: [apple, pear, fruit/apple, fruit/oak, nut/apple], notice: 1d}\n"
                               "- {images: ['**'], notice: 1d}\n"
                               "- {catalogs: [tree, nut], notice: 1d}\n";
    static const char *const lines[] = {"overrides[3].catalogs[1]: there is no catalog \"nut\"",
                                        "overrides[1].products[1]: no catalog has a product \"pear\"",
                                        "overrides[1].products[3]: catalog \"fruit\" has no product \"oak\"",
                                        "overrides[1].products[4]: there is no catalog \"nut\""};
    struct shelflife_catalogs *catalogs = read_catalogs();
    struct shelflife_policy *policy = shelflife_policy_read(shelflife_str_of(text), "p", NULL);
    assert_non_null(policy);
    for (size_t max = 0; max <= COUNT(lines) + 1; max++) {
        arena a;
        const str *told;
        size_t count, whole = max < COUNT(lines) ? max : COUNT(lines);
        char more[64];
        shelflife_arena_init(&a, 1 << 20);
        assert_true(shelflife_policy_unmatched(policy, catalogs, max, &a, &told, &count, NULL));
        assert_int_equal(count, whole + (whole < COUNT(lines)));
        for (size_t i = 0; i < whole; i++)
            assert_str_equal(told[i], lines[i]);
        snprintf(more, sizeof(more), "overrides: %zu more such names", COUNT(lines) - whole);
        if (whole < COUNT(lines))
            assert_str_equal(told[whole], more);
        shelflife_arena_free(&a);
    }
    shelflife_policy_free(policy);
    shelflife_catalogs_free(catalogs);
}

static void running_out_is_an_error_whatever_the_limit(void **state)
{
    (void)state;
    struct shelflife_catalogs *catalogs = read_catalogs();
    struct shelflife_policy *policy = shelflife_policy_default(NULL);
    assert_non_null(policy);
    bool ok = false;
    for (size_t limit = 0; limit < 100000 && !ok; limit += 8) {
        arena a;
        error err = {0};
        struct shelflife_verdict v;
        shelflife_arena_init(&a, limit);
        ok = shelflife_policy_judge(policy, catalogs, STR("pine:3.8-bark"), STR("a"), 20600, &a, &v, &err);
        if (!ok)
            assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
        shelflife_arena_free(&a);
    }
    assert_true(ok);
    shelflife_policy_free(policy);
    shelflife_catalogs_free(catalogs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_judged_as_the_files_say),
        cmocka_unit_test(namespaces_of_a_class_have_the_same_verdicts),
        cmocka_unit_test(names_that_no_catalog_has_are_told),
        cmocka_unit_test(running_out_is_an_error_whatever_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
