/* rooms: base json reference workload catalog policy inventory */
#include "unit/policy_kit.h"

#include <dirent.h>

#define DATA TESTS_DIR "/data/policies/judge/"

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

/* The horizon has every day on which the verdict changes, for three years. */
static void check_horizon(const struct shelflife_policy *policy, const struct shelflife_catalogs *catalogs,
                          const struct shelflife_inventory *inventory, str namespace,
                          const struct shelflife_verdict *first, const char *name)
{
    const shelflife_day *days;
    size_t count, next = 0;
    error err = {0};
    arena a, scratch;
    shelflife_arena_init(&a, 1 << 20);
    shelflife_arena_init(&scratch, 1 << 20);
    assert_true(shelflife_policy_horizon(policy, first, &a, &days, &count, &err));
    enum shelflife_phase phase = first->phase;
    enum shelflife_action action = first->action;
    for (shelflife_day at = first->at + 1; at < first->at + 3 * 365; at++) {
        struct shelflife_verdict v;
        bool listed = next < count && days[next] == at;
        next += listed;
        shelflife_arena_reset(&scratch);
        assert_true(shelflife_policy_judge(policy, catalogs, inventory, first->image, namespace, at, &scratch,
                                           &v, &err));
        if (!listed && (v.phase != phase || v.action != action))
            fail_msg("%s: %.*s changes on day %d, which the horizon has not", name, STR_PRINT(first->image),
                     at);
        phase = v.phase;
        action = v.action;
    }
    assert_true(next == count || days[next] >= first->at + 3 * 365);
    shelflife_arena_free(&a);
    shelflife_arena_free(&scratch);
}

static bool judge(const struct shelflife_policy *policy, const struct shelflife_catalogs *catalogs,
                  const struct shelflife_inventory *inventory, str line, const char *name)
{
    str fields[FIELDS];
    shelflife_day at;
    struct shelflife_verdict v;
    error err = {0};
    arena a;
    CLEANUP(shelflife_buffer_free) buffer line_text;
    split(line, fields);
    if (!shelflife_day_parse(fields[DAY], &at))
        fail_msg("%s: no day in %.*s", name, STR_PRINT(line));
    if (shelflife_str_equal(fields[NAMESPACE], STR("-")))
        fields[NAMESPACE] = (str){0};
    shelflife_arena_init(&a, 1 << 20);
    shelflife_buffer_init(&line_text, 1 << 16);
    if (!shelflife_policy_judge(policy, catalogs, inventory, fields[IMAGE], fields[NAMESPACE], at, &a, &v,
                                &err))
        fail_msg("%s", err.text);
    shelflife_verdict_describe(&v, 256, &line_text);
    str phase = shelflife_str_of(shelflife_phase_name(v.phase));
    str action = shelflife_str_of(shelflife_action_name(v.action));
    bool same = shelflife_str_equal(phase, fields[PHASE]) && shelflife_str_equal(action, fields[ACTION]) &&
                shelflife_str_equal(shelflife_buffer_str(&line_text), fields[LINE]);
    if (!same)
        print_message("%s wants: %.*s\n%s has:   %.*s | %.*s | %.*s | %.*s | %.*s | %.*s\n", name,
                      STR_PRINT(line), name, STR_PRINT(fields[IMAGE]),
                      STR_PRINT(fields[NAMESPACE].len ? fields[NAMESPACE] : STR("-")), STR_PRINT(fields[DAY]),
                      STR_PRINT(phase), STR_PRINT(action), STR_PRINT(shelflife_buffer_str(&line_text)));
    check_horizon(policy, catalogs, inventory, fields[NAMESPACE], &v, name);
    shelflife_arena_free(&a);
    return same;
}

static size_t judge_file(const struct shelflife_catalogs *catalogs,
                         const struct shelflife_inventory *inventory, const char *name, size_t *wrong)
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
        *wrong += !judge(policy, catalogs, inventory, line, name);
        count++;
    }
    shelflife_policy_free(policy);
    return count;
}

static void images_are_judged_as_the_files_say(void **state)
{
    (void)state;
    struct shelflife_catalogs *catalogs = read_catalogs();
    struct shelflife_inventory *inventory = read_inventory();
    size_t count = 0, wrong = 0;
    DIR *d = opendir(DATA);
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));) {
        str name = shelflife_str_of(entry->d_name);
        if (!shelflife_str_ends(name, STR(".yaml")))
            continue;
        char base[256];
        snprintf(base, sizeof(base), "%.*s", (int)(name.len - strlen(".yaml")), name.at);
        size_t lines = judge_file(catalogs, shelflife_str_starts(name, STR("inspected")) ? inventory : NULL,
                                  base, &wrong);
        assert_true(lines > 0);
        count += lines;
    }
    closedir(d);
    shelflife_catalogs_free(catalogs);
    shelflife_inventory_free(inventory);
    assert_int_equal(wrong, 0);
    assert_true(count >= 60);
}

#define APP "registry.example/team/app:"

static char digests[2][SHELFLIFE_DIGEST_TEXT + 1];

/* "sha256:" and 64 times a digit. */
static str digest_of(size_t slot, char digit)
{
    snprintf(digests[slot], sizeof(digests[slot]), "sha256:%064d", 0);
    memset(digests[slot] + strlen("sha256:"), digit, 64);
    return shelflife_str_of(digests[slot]);
}

static void what_runs_counts_more_than_what_the_tag_had(void **state)
{
    (void)state;
    enum { BY_TAG = 1, CONTRADICTED = 2, OUTDATED = 4 };
    static const struct {
        const char *image;
        char running; /* '-': not known */
        enum shelflife_phase phase;
        enum shelflife_known known;
        char inspected; /* '-': not in the inventory */
        unsigned flags;
    } cases[] = {
        {APP "1", '-', SHELFLIFE_PHASE_UNPATCHED, SHELFLIFE_KNOWN_BY_INSPECTION, '0', BY_TAG},
        {APP "1", '0', SHELFLIFE_PHASE_UNPATCHED, SHELFLIFE_KNOWN_BY_INSPECTION, '0', 0},
        {APP "1", '1', SHELFLIFE_PHASE_UNPATCHED, SHELFLIFE_KNOWN_BY_INSPECTION, '1', 0},
        {APP "1", '9', SHELFLIFE_PHASE_SUPPORTED, SHELFLIFE_KNOWN_BY_INSPECTION, '9', OUTDATED},
        /* What runs is not known to the inventory, but the tag is. */
        {APP "1", 'f', SHELFLIFE_PHASE_UNPATCHED, SHELFLIFE_KNOWN_BY_INSPECTION, '0', BY_TAG},
        {APP "2", 'f', SHELFLIFE_PHASE_UNLISTED, SHELFLIFE_KNOWN_BY_NOTHING, '-', 0},
        {APP "2", 'b', SHELFLIFE_PHASE_UNLISTED, SHELFLIFE_KNOWN_BY_NOTHING, 'b', 0},
        {"pine:3.11", '-', SHELFLIFE_PHASE_UNPATCHED, SHELFLIFE_KNOWN_BY_INSPECTION, '4',
         BY_TAG | CONTRADICTED},
        {"pine:3.11", 'b', SHELFLIFE_PHASE_SUPPORTED, SHELFLIFE_KNOWN_BY_NAME, 'b', 0},
        {"pine:latest", 'b', SHELFLIFE_PHASE_UNRESOLVED, SHELFLIFE_KNOWN_BY_NOTHING, 'b', 0},
        {"pine:edge-root", 'b', SHELFLIFE_PHASE_UNRESOLVED, SHELFLIFE_KNOWN_BY_NOTHING, 'b', 0},
        {"a b", '0', SHELFLIFE_PHASE_INVALID, SHELFLIFE_KNOWN_BY_NOTHING, '-', 0},
    };
    struct shelflife_catalogs *catalogs = read_catalogs();
    struct shelflife_inventory *inventory = read_inventory();
    struct shelflife_policy *policy = read_text("");
    arena a;
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        struct shelflife_verdict v;
        str running = cases[i].running == '-' ? (str){0} : digest_of(0, cases[i].running);
        if (!shelflife_policy_judge_running(policy, catalogs, inventory, shelflife_str_of(cases[i].image),
                                            running, (str){0}, day("2026-06-15"), &a, &v, &err))
            fail_msg("%s", err.text);
        unsigned flags = (v.inspected && v.inspected->by_tag ? BY_TAG : 0U) |
                         (v.contradicted ? CONTRADICTED : 0U) | (v.outdated ? OUTDATED : 0U);
        if (v.phase != cases[i].phase || v.known != cases[i].known || flags != cases[i].flags ||
            !v.inspected != (cases[i].inspected == '-'))
            fail_msg("%s running %c: %s, by %s, %u", cases[i].image, cases[i].running,
                     shelflife_phase_name(v.phase), shelflife_known_names[v.known], flags);
        if (!v.inspected)
            continue;
        assert_true(shelflife_str_equal(v.inspected->digest, digest_of(1, cases[i].inspected)));
        assert_str_equal(v.inspected->platform, "linux/amd64");
        assert_int_equal(v.inspected->on, day("2026-05-20"));
    }
    shelflife_arena_free(&a);
    shelflife_policy_free(policy);
    shelflife_inventory_free(inventory);
    shelflife_catalogs_free(catalogs);
}

static void an_image_is_inspected_if_the_policy_uses_that(void **state)
{
    (void)state;
    static const struct {
        const char *image, *namespace;
        bool inspects;
    } cases[] = {
        {APP "1", "", false},
        {"registry.example/team/both:1", "", true},
        {"registry.example/team/both:1", "blind", true}, /* images count more than namespaces */
        {APP "1", "seeing", true},
        {"pine:3.11", "pines", true},
        {"pine:3.11", "", false},
        {"mirror.example/both:1", "", false}, /* as it is written */
        {"a b", "seeing", false},
    };
    struct shelflife_catalogs *catalogs = read_catalogs();
    struct shelflife_policy *policy =
        read_text("inspection: ignore\n"
                  "mirrors: [{from: mirror.example/, to: registry.example/team/}]\n"
                  "overrides:\n"
                  "- {images: [\"registry.example/team/both:*\"], inspection: use}\n"
                  "- {namespaces: [blind], inspection: ignore}\n"
                  "- {namespaces: [seeing], inspection: use}\n"
                  "- {products: [pine], namespaces: [pines], inspection: use}\n");
    arena a;
    error err = {0};
    size_t count;
    const struct shelflife_mirror *mirrors = shelflife_policy_mirrors(policy, &count);
    assert_int_equal(count, 1);
    assert_str_equal(mirrors[0].from, "mirror.example/");
    assert_str_equal(mirrors[0].to, "registry.example/team/");
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool inspects = !cases[i].inspects;
        if (!shelflife_policy_inspects(policy, catalogs, shelflife_str_of(cases[i].image),
                                       shelflife_str_of(cases[i].namespace), &a, &inspects, &err))
            fail_msg("%s", err.text);
        if (inspects != cases[i].inspects)
            fail_msg("%s in %s", cases[i].image, cases[i].namespace);
    }
    shelflife_arena_free(&a);
    shelflife_policy_free(policy);
    shelflife_catalogs_free(catalogs);
}

static void what_is_run_as_it_is_written_has_no_parameters(void **state)
{
    static const struct {
        const char *image;
        enum shelflife_phase phase, as_written;
    } cases[] = {
        {"$(params.a)", SHELFLIFE_PHASE_UNRESOLVED, SHELFLIFE_PHASE_INVALID},
        {"ko://example.com/a", SHELFLIFE_PHASE_UNRESOLVED, SHELFLIFE_PHASE_INVALID},
        {"UPPER/Case", SHELFLIFE_PHASE_INVALID, SHELFLIFE_PHASE_INVALID},
        {"quay.io/a/b", SHELFLIFE_PHASE_UNLISTED, SHELFLIFE_PHASE_UNLISTED},
    };
    (void)state;
    struct shelflife_catalogs *catalogs = read_catalogs();
    struct shelflife_policy *policy = shelflife_policy_default(NULL);
    assert_non_null(policy);
    for (size_t i = 0; i < COUNT(cases); i++) {
        arena a;
        error err = {0};
        struct shelflife_verdict v;
        str image = shelflife_str_of(cases[i].image);
        shelflife_arena_init(&a, 1 << 20);
        assert_true(shelflife_policy_judge(policy, catalogs, NULL, image, STR("a"), 20600, &a, &v, &err));
        assert_int_equal(v.phase, cases[i].phase);
        assert_true(
            shelflife_policy_judge_as_written(policy, catalogs, NULL, image, STR("a"), 20600, &a, &v, &err));
        assert_int_equal(v.phase, cases[i].as_written);
        shelflife_arena_free(&a);
    }
    shelflife_policy_free(policy);
    shelflife_catalogs_free(catalogs);
}

static void running_out_is_an_error_whatever_the_limit(void **state)
{
    (void)state;
    struct shelflife_catalogs *catalogs = read_catalogs();
    struct shelflife_inventory *inventory = read_inventory();
    struct shelflife_policy *policy = shelflife_policy_default(NULL);
    assert_non_null(policy);
    bool ok = false;
    for (size_t limit = 0; limit < 100000 && !ok; limit += 8) {
        arena a;
        error err = {0};
        struct shelflife_verdict v;
        shelflife_arena_init(&a, limit);
        ok = shelflife_policy_judge(policy, catalogs, inventory, STR("registry.example/team/both:1"),
                                    STR("a"), 20600, &a, &v, &err);
        if (!ok)
            assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
        shelflife_arena_free(&a);
    }
    assert_true(ok);
    shelflife_policy_free(policy);
    shelflife_inventory_free(inventory);
    shelflife_catalogs_free(catalogs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_judged_as_the_files_say),
        cmocka_unit_test(what_runs_counts_more_than_what_the_tag_had),
        cmocka_unit_test(an_image_is_inspected_if_the_policy_uses_that),
        cmocka_unit_test(what_is_run_as_it_is_written_has_no_parameters),
        cmocka_unit_test(running_out_is_an_error_whatever_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
