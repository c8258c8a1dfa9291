/* rooms: base json reference workload catalog policy inventory admission net file kube pki inputs audit */
#include "unit/test.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/auditor.h"

#define DATA TESTS_DIR "/data/audit/"
#define CATALOGS TESTS_DIR "/data/policies/judge/catalog/"

enum { AT = 20619 /* 2026-06-15 */, WITHIN = 100 };

static bool read_file(const char *path, buffer *out)
{
    FILE *f = fopen(path, "rb");
    shelflife_buffer_init(out, 1 << 20);
    if (!f)
        return false;
    assert_true(shelflife_buffer_reserve(out, 1 << 20));
    out->len = fread(out->at, 1, 1 << 20, f);
    fclose(f);
    return true;
}

static struct shelflife_catalogs *read_catalogs(void)
{
    static const char *const names[] = {"fruit", "tree", "fern"};
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    assert_non_null(set);
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[8192];
        CLEANUP(shelflife_buffer_free) buffer bytes;
        snprintf(path, sizeof(path), CATALOGS "%s.yaml", names[i]);
        assert_true(read_file(path, &bytes));
        assert_true(shelflife_catalogs_add(set, shelflife_buffer_str(&bytes), names[i], NULL));
    }
    assert_true(shelflife_catalogs_finish(set, NULL));
    return set;
}

static struct shelflife_inventory *read_inventory(void)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    error err = {0};
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    assert_non_null(inventory);
    assert_true(read_file(TESTS_DIR "/data/policies/judge/inventory.json", &bytes));
    if (!shelflife_inventory_add(inventory, shelflife_buffer_str(&bytes), "inventory.json", &err) ||
        !shelflife_inventory_finish(inventory, &err))
        fail_msg("%s", err.text);
    return inventory;
}

static struct shelflife_policy *read_policy(const char *folder, const char *name)
{
    char path[8192];
    error err = {0};
    CLEANUP(shelflife_buffer_free) buffer bytes;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (!read_file(path, &bytes))
        return NULL;
    struct shelflife_policy *policy = shelflife_policy_read(shelflife_buffer_str(&bytes), name, &err);
    if (!policy)
        fail_msg("%s: %s", path, err.text);
    return policy;
}

/* ---- A result as text ---- */

static const char *day(shelflife_day at)
{
    static char texts[4][SHELFLIFE_DAY_TEXT_MAX];
    static unsigned next;
    return at == SHELFLIFE_DAY_NONE ? "-" : shelflife_day_format(at, texts[next++ % 4]);
}

static void tell_name(const struct shelflife_audit_workload *w, buffer *out)
{
    shelflife_buffer_format(out, "%.*s/%.*s/%.*s", STR_PRINT(w->namespace), STR_PRINT(w->kind),
                            STR_PRINT(w->name));
}

static void tell_entry(const struct shelflife_audit_entry *e, buffer *out)
{
    const struct {
        bool set;
        const char *word;
    } flags[] = {{e->declared, "declared"}, {e->history, "history"}, {e->accepted, "accepted"},
                 {e->soon, "soon"},         {e->stuck, "stuck"},     {e->workload->seen, "seen"}};
    tell_name(e->workload, out);
    shelflife_buffer_format(out, " %.*s", STR_PRINT(e->image->verdict.image));
    if (e->image->digest.len)
        shelflife_buffer_format(out, " %.*s by %s", STR_PRINT(shelflife_str_first(e->image->digest, 9)),
                                shelflife_known_names[e->image->verdict.known]);
    shelflife_buffer_format(out, " %s %s", shelflife_phase_name(e->image->verdict.phase),
                            shelflife_action_name(e->action));
    if (e->action != e->image->verdict.action)
        shelflife_buffer_format(out, "(%s)", shelflife_action_name(e->image->verdict.action));
    shelflife_buffer_format(out, " next %s pods %d of %d", day(e->next), (int)e->pods,
                            (int)e->workload->pods);
    for (size_t i = 0; i < COUNT(flags); i++)
        if (flags[i].set)
            shelflife_buffer_format(out, " %s", flags[i].word);
    if (e->workload->responsible.len)
        shelflife_buffer_format(out, " by %.*s", STR_PRINT(e->workload->responsible));
    for (size_t i = 0; i < e->container_count; i++) {
        const struct shelflife_audit_container *c = &e->containers[i];
        shelflife_buffer_format(out, " %.*s=%.*s", STR_PRINT(c->name), STR_PRINT(c->path));
        if (c->line != e->place.line || c->column != e->place.column)
            shelflife_buffer_format(out, "@%d:%d", (int)c->line, (int)c->column);
    }
    str file = e->workload->file;
    if (shelflife_str_starts(file, STR("files/")))
        shelflife_buffer_format(out, " %.*s", STR_PRINT(file));
    shelflife_buffer_format(out, " :%d:%d\n", (int)e->place.line, (int)e->place.column);
}

static void tell_counts(const struct shelflife_audit_counts *c, buffer *out)
{
    shelflife_buffer_format(out, "objects %d pods %d workloads %d images %d", (int)c->objects, (int)c->pods,
                            (int)c->workloads, (int)c->images);
    shelflife_buffer_format(out, " allow %d warn %d deny %d", (int)c->actions[SHELFLIFE_ALLOW],
                            (int)c->actions[SHELFLIFE_WARN], (int)c->actions[SHELFLIFE_DENY]);
    for (size_t i = 0; i < SHELFLIFE_KNOWNS && c->known[SHELFLIFE_KNOWN_BY_INSPECTION]; i++)
        shelflife_buffer_format(out, " %s %d", shelflife_known_names[i], (int)c->known[i]);
    shelflife_buffer_format(out, " waived %d accepted %d history %d off %d\n", (int)c->waived,
                            (int)c->accepted, (int)c->history, (int)c->off);
}

static void tell_result(const struct shelflife_audit_result *r, buffer *out)
{
    tell_counts(&r->counts, out);
    shelflife_buffer_append(out, STR("entries\n"));
    for (size_t i = 0; i < r->entry_count; i++) {
        bool found = false;
        for (size_t k = 0; k < r->finding_count; k++)
            found = found || r->findings[k] == &r->entries[i];
        shelflife_buffer_append(out, found ? STR("  ! ") : STR("    "));
        tell_entry(&r->entries[i], out);
    }
    shelflife_buffer_append(out, r->change_count ? STR("forecast\n") : STR(""));
    for (size_t i = 0; i < r->change_count; i++) {
        const struct shelflife_audit_change *c = &r->changes[i];
        shelflife_buffer_format(out, "  %s ", day(c->day));
        tell_name(c->entry->workload, out);
        shelflife_buffer_format(out, " %s->%s %s->%s%s\n", shelflife_phase_name(c->from),
                                shelflife_phase_name(c->to), shelflife_action_name(c->before),
                                shelflife_action_name(c->after), c->stuck ? " stuck" : "");
    }
    shelflife_buffer_append(out, r->difference_count ? STR("differences\n") : STR(""));
    for (size_t i = 0; i < r->difference_count; i++) {
        shelflife_buffer_append(out, STR("  "));
        tell_name(r->differences[i]->workload, out);
        shelflife_buffer_format(out, " %s->%s\n", shelflife_action_name(r->differences[i]->old_action),
                                shelflife_action_name(r->differences[i]->action));
    }
    for (size_t i = 0; i < r->problem_count; i++)
        shelflife_buffer_format(out, "problem %d:%d %.*s\n", (int)r->problems[i].line,
                                (int)r->problems[i].column, STR_PRINT(r->problems[i].text));
}

/* ---- Cases: folders of input, policies and what comes out ---- */

/* The working directory is the case's folder, so that its files have the names that a baseline has. */
static void add_sources(struct shelflife_audit *audit)
{
    static const char *const names[] = {"input.yaml", "input.json", "files"};
    error err = {0};
    for (size_t i = 0; i < COUNT(names); i++)
        if (access(names[i], R_OK) == 0)
            assert_true(shelflife_audit_path(audit, names[i], &err));
    if (access("images.txt", R_OK) == 0)
        assert_true(shelflife_audit_image_list(audit, "images.txt", &err));
    CLEANUP(shelflife_buffer_free) buffer baseline;
    if (read_file("baseline.json", &baseline) &&
        !shelflife_audit_baseline(audit, shelflife_buffer_str(&baseline), "baseline.json", &err))
        fail_msg("%s", err.text);
}

static bool run_case(const struct shelflife_catalogs *catalogs, const struct shelflife_inventory *inventory,
                     const char *folder)
{
    error err = {0};
    char path[8192];
    const char *name = strrchr(folder, '/') + 1; /* it says which options the case has */
    struct shelflife_policy *policy = read_policy(folder, "policy.yaml"),
                            *old = read_policy(folder, "old.yaml");
    if (!policy)
        policy = shelflife_policy_default(&err);
    assert_non_null(policy);
    const bool inspected = strstr(name, "inspected") != NULL;
    const struct shelflife_snapshot now = {
        .catalogs = catalogs, .policy = policy, .inventory = inspected ? inventory : NULL};
    const struct shelflife_snapshot before = {.catalogs = catalogs, .policy = old};
    const struct shelflife_audit_options options = {.snapshot = &now,
                                                    .old = old ? &before : NULL,
                                                    .at = AT,
                                                    .today = AT,
                                                    .within = strstr(name, "within") ? WITHIN : -1,
                                                    .mode = SHELFLIFE_MODE_POLICY,
                                                    .files = true,
                                                    .digests = inspected,
                                                    .all = strstr(name, "all") != NULL,
                                                    .history = strstr(name, "history") != NULL};
    struct shelflife_audit *audit = shelflife_audit_new(&options, &err);
    assert_non_null(audit);
    assert_int_equal(chdir(folder), 0);
    add_sources(audit);
    struct shelflife_audit_result *result = shelflife_audit_finish(audit, &err);
    if (!result)
        fail_msg("%s", err.text);
    CLEANUP(shelflife_buffer_free) buffer told, expected;
    shelflife_buffer_init(&told, 1 << 20);
    tell_result(result, &told);
    snprintf(path, sizeof(path), "%s/expected.txt", folder);
    read_file(path, &expected);
    bool same = shelflife_str_equal(shelflife_buffer_str(&told), shelflife_buffer_str(&expected));
    if (!same && getenv("SHELFLIFE_WRITE_EXPECTED")) {
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        fwrite(told.at, 1, told.len, f);
        fclose(f);
    } else if (!same) {
        print_message("%s differs from the output; with SHELFLIFE_WRITE_EXPECTED=1 it is replaced:\n%.*s",
                      path, STR_PRINT(shelflife_buffer_str(&told)));
    }
    shelflife_audit_result_free(result);
    shelflife_audit_free(audit);
    shelflife_policy_free(policy);
    shelflife_policy_free(old);
    return same;
}

static void audits_find_what_the_cases_say(void **state)
{
    (void)state;
    struct shelflife_catalogs *catalogs = read_catalogs();
    struct shelflife_inventory *inventory = read_inventory();
    size_t count = 0, wrong = 0;
    DIR *d = opendir(DATA);
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));) {
        char folder[4096];
        snprintf(folder, sizeof(folder), DATA "%s", entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        wrong += !run_case(catalogs, inventory, folder);
        count++;
    }
    closedir(d);
    shelflife_catalogs_free(catalogs);
    shelflife_inventory_free(inventory);
    assert_int_equal(wrong, 0);
    assert_true(count >= 7);
}

/* ---- Baselines ---- */

static struct shelflife_audit_result *audit_images(const struct shelflife_snapshot *snapshot,
                                                   const char *image_list, str baseline)
{
    error err = {0};
    const struct shelflife_audit_options options = {.snapshot = snapshot,
                                                    .at = AT,
                                                    .today = AT,
                                                    .within = -1,
                                                    .mode = SHELFLIFE_MODE_POLICY,
                                                    .files = true};
    struct shelflife_audit *audit = shelflife_audit_new(&options, &err);
    assert_non_null(audit);
    if (baseline.len && !shelflife_audit_baseline(audit, baseline, "baseline", &err))
        fail_msg("%s", err.text);
    assert_true(shelflife_audit_image_list(audit, image_list, &err));
    struct shelflife_audit_result *result = shelflife_audit_finish(audit, &err);
    assert_non_null(result);
    shelflife_audit_free(audit);
    return result;
}

static void a_baseline_that_was_written_accepts_everything(void **state)
{
    (void)state;
    struct shelflife_catalogs *catalogs = read_catalogs();
    struct shelflife_policy *policy = shelflife_policy_default(NULL);
    const struct shelflife_snapshot snapshot = {.catalogs = catalogs, .policy = policy};
    buffer first, second;
    shelflife_buffer_init(&first, 1 << 20);
    shelflife_buffer_init(&second, 1 << 20);
    struct shelflife_audit_result *r = audit_images(&snapshot, DATA "images/images.txt", (str){0});
    size_t found = r->finding_count;
    assert_true(found > 1);
    shelflife_audit_write_baseline(r, &first);
    shelflife_audit_result_free(r);
    r = audit_images(&snapshot, DATA "images/images.txt", shelflife_buffer_str(&first));
    assert_int_equal(r->finding_count, 0);
    assert_int_equal(r->counts.accepted, found);
    shelflife_audit_write_baseline(r, &second);
    assert_true(shelflife_str_equal(shelflife_buffer_str(&first), shelflife_buffer_str(&second)));
    shelflife_audit_result_free(r);
    shelflife_buffer_free(&first);
    shelflife_buffer_free(&second);
    shelflife_policy_free(policy);
    shelflife_catalogs_free(catalogs);
}

#define HEAD "apiVersion: shelflife.dev/v1\nkind: Baseline\n"

static void a_bad_baseline_is_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"kind: Baseline", "b: apiVersion is missing: it must be \"shelflife.dev/v1\""},
        {HEAD, "b: findings is missing"},
        {HEAD "findings: [{kind: Pod, file: a.yaml}]", "b: findings[0]: image is missing"},
        {HEAD "findings: [{kind: Pod, image: a, phase: ending, action: warn}]",
         "b: findings[0]: file is missing, which files' findings are identified by: the baseline is of a "
         "cluster or of an older version; make a new baseline with --write-baseline"},
        {HEAD "findings: [{kind: Pod, file: a.yaml, image: a, phase: endin, action: warn}]",
         "b: findings[0].phase: must be \"ending\""},
        {HEAD "findings: [{kind: Pod, imag: a}]",
         "b: findings[0].imag: unknown key; did you mean \"image\"?"},
    };
    (void)state;
    struct shelflife_policy *policy = shelflife_policy_default(NULL);
    const struct shelflife_snapshot snapshot = {.policy = policy};
    const struct shelflife_audit_options options = {.snapshot = &snapshot, .files = true};
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        struct shelflife_audit *audit = shelflife_audit_new(&options, &err);
        assert_false(shelflife_audit_baseline(audit, shelflife_str_of(cases[i].text), "b", &err));
        if (!shelflife_str_starts(shelflife_str_of(err.text), shelflife_str_of(cases[i].message)))
            fail_msg("\"%s\" does not begin with \"%s\"", err.text, cases[i].message);
        shelflife_audit_free(audit);
    }
    shelflife_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audits_find_what_the_cases_say),
        cmocka_unit_test(a_baseline_that_was_written_accepts_everything),
        cmocka_unit_test(a_bad_baseline_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
