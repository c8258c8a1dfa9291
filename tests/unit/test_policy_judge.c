/* rooms: base json reference workload catalog policy */
#include "unit/test.h"

#include <dirent.h>

#include "shelflife/policy.h"

#define DATA TESTS_DIR "/data/policies/judge/"

static void read_file(const char *path, buffer *out)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s cannot be opened", path);
    shelflife_buffer_init(out, 1 << 20);
    assert_true(shelflife_buffer_reserve(out, 1 << 20));
    out->len = fread(out->at, 1, 1 << 20, f);
    fclose(f);
}

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
        cmocka_unit_test(running_out_is_an_error_whatever_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
