/* rooms: all */
/* Allocation failure in an audit of files, and in its reports. */
#include "unit/allocation_kit.h"
#include "unit/policy_kit.h"

#include "audit/auditor.h"
#include "report/report.h"

#define DATA TESTS_DIR "/data/audit/"

enum { AT = 20619 /* 2026-06-15 */, LIMIT = 1 << 20 };

struct auditing {
    struct shelflife_snapshot now, before;
    const char *path, *images, *baseline; /* NULL: none */
    buffer baseline_text;
    struct shelflife_audit_result *result; /* to report */
    bool ordered;                          /* sorted and grouped */
    enum shelflife_report_format format;
    enum shelflife_report_what what;
    buffer expected; /* what comes out when nothing fails */
};

static bool append(void *context, str bytes, error *err)
{
    buffer *out = context;
    shelflife_buffer_append(out, bytes);
    return !out->failed || shelflife_fail_memory(err);
}

/* Either what always comes out, or an error. */
static bool is_expected(buffer *expected, const buffer *out, error *err)
{
    str said = shelflife_buffer_str(out);
    if (out->failed)
        return shelflife_fail_memory(err);
    if (expected->len == 0)
        shelflife_buffer_append(expected, said);
    return shelflife_str_equal(said, shelflife_buffer_str(expected)) ||
           shelflife_fail(err, SHELFLIFE_ERROR_NONE, "says %.*s", STR_PRINT(said));
}

/* ---- An audit ---- */

static struct shelflife_audit_result *audit_files(const struct auditing *a, error *err)
{
    const struct shelflife_audit_options options = {.snapshot = &a->now,
                                                    .files = true,
                                                    .old = a->before.policy ? &a->before : NULL,
                                                    .at = AT,
                                                    .today = AT,
                                                    .within = 100,
                                                    .mode = SHELFLIFE_MODE_POLICY,
                                                    .all = true};
    struct shelflife_audit *audit = shelflife_audit_new(&options, err);
    struct shelflife_audit_result *result = NULL;
    if (audit && (!a->path || shelflife_audit_path(audit, a->path, err)) &&
        (!a->images || shelflife_audit_image_list(audit, a->images, err)) &&
        (!a->baseline ||
         shelflife_audit_baseline(audit, shelflife_buffer_str(&a->baseline_text), a->baseline, err)))
        result = shelflife_audit_finish(audit, err);
    shelflife_audit_free(audit);
    return result;
}

/* A source that could not be read for want of memory is a problem of the result, and makes it partial. */
static bool has_memory_problem(const struct shelflife_audit_result *r, error *err)
{
    for (size_t i = 0; i < r->problem_count && r->partial; i++) {
        shelflife_fail(err, SHELFLIFE_ERROR_IO, "%.*s", STR_PRINT(r->problems[i].text));
        if (kit_blames_memory(err))
            return true;
    }
    return false;
}

static bool audit_once(void *context, error *err)
{
    struct auditing *a = context;
    static const struct shelflife_report_options all = {.all = true};
    struct shelflife_audit_result *result = audit_files(a, err);
    if (!result)
        return false;
    kit_exempt = true;
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, LIMIT);
    bool ok = !has_memory_problem(result, err) &&
              shelflife_report_write(SHELFLIFE_REPORT_JSON, result, &all, append, &out, err) &&
              is_expected(&a->expected, &out, err);
    kit_exempt = false;
    shelflife_audit_result_free(result);
    return ok;
}

static void files_are_audited(void **state)
{
    struct auditing *a = *state;
    static const struct {
        const char *path, *images, *baseline;
    } cases[] = {
        {DATA "history", NULL, NULL},
        {DATA "modes/input.yaml", DATA "images/images.txt", NULL},
        {DATA "baseline/input.yaml", NULL, DATA "baseline/baseline.json"},
        {DATA "files-chains/files", NULL, NULL},
        {DATA "broken/input.json", NULL, NULL},
        {DATA "values-all/files/argo.yaml", NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        a->path = cases[i].path;
        a->images = cases[i].images;
        a->baseline = cases[i].baseline;
        if (a->baseline)
            read_file(a->baseline, &a->baseline_text);
        shelflife_buffer_init(&a->expected, LIMIT);
        kit_fail_each(a->path + strlen(DATA), audit_once, a);
        shelflife_buffer_free(&a->expected);
        shelflife_buffer_free(&a->baseline_text);
    }
}

/* ---- Its reports ---- */

static bool report_once(void *context, error *err)
{
    struct auditing *a = context;
    const struct shelflife_report_options options = {.what = a->what,
                                                     .width = 100,
                                                     .colour = true,
                                                     .sort_by = a->ordered ? "image" : NULL,
                                                     .group_by = a->ordered ? SHELFLIFE_REPORT_BY_OWNER
                                                                            : SHELFLIFE_REPORT_UNGROUPED};
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 16 * LIMIT);
    return shelflife_report_write(a->format, a->result, &options, append, &out, err) &&
           is_expected(&a->expected, &out, err);
}

static bool write_baseline_once(void *context, error *err)
{
    struct auditing *a = context;
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, LIMIT);
    shelflife_audit_write_baseline(a->result, &out);
    return is_expected(&a->expected, &out, err);
}

static void fail_each_report(struct auditing *a, const char *name, kit_operation *operation)
{
    shelflife_buffer_init(&a->expected, 16 * LIMIT);
    kit_fail_each(name, operation, a);
    shelflife_buffer_free(&a->expected);
}

static void reports_are_written(void **state)
{
    struct auditing *a = *state;
    error err;
    a->path = DATA "compare/input.yaml";
    a->images = a->baseline = NULL;
    a->result = audit_files(a, &err);
    assert_non_null(a->result);
    assert_true(a->result->finding_count > 1 && a->result->difference_count && a->result->change_count);
    for (int format = 0; shelflife_report_formats[format]; format++) {
        a->format = (enum shelflife_report_format)format;
        a->what = SHELFLIFE_REPORT_FINDINGS;
        fail_each_report(a, shelflife_report_formats[format], report_once);
    }
    a->format = SHELFLIFE_REPORT_TABLE;
    a->what = SHELFLIFE_REPORT_FORECAST;
    fail_each_report(a, "forecast", report_once);
    a->what = SHELFLIFE_REPORT_COMPARISON;
    fail_each_report(a, "comparison", report_once);
    a->what = SHELFLIFE_REPORT_FINDINGS;
    a->ordered = true;
    fail_each_report(a, "groups", report_once);
    a->format = SHELFLIFE_REPORT_MARKDOWN;
    fail_each_report(a, "groups in Markdown", report_once);
    a->ordered = false;
    fail_each_report(a, "baseline", write_baseline_once);
    shelflife_audit_result_free(a->result);
}

/* ---- */

static struct shelflife_policy *read_policy(const char *path)
{
    CLEANUP(shelflife_buffer_free) buffer text;
    read_file(path, &text);
    struct shelflife_policy *policy = shelflife_policy_read(shelflife_buffer_str(&text), path, NULL);
    assert_non_null(policy);
    return policy;
}

static int begin(void **state)
{
    struct auditing *a = calloc(1, sizeof(*a));
    assert_non_null(a);
    shelflife_set_allocator(malloc, realloc, free); /* see libjansson in allocation_kit.h */
    struct shelflife_catalogs *set = read_catalogs();
    a->now = (struct shelflife_snapshot){.catalogs = set, .policy = read_policy(DATA "compare/policy.yaml")};
    a->before = (struct shelflife_snapshot){.catalogs = set, .policy = read_policy(DATA "compare/old.yaml")};
    *state = a;
    kit_start(false);
    return 0;
}

static int end(void **state)
{
    struct auditing *a = *state;
    struct shelflife_policy *policies[] = {(struct shelflife_policy *)(uintptr_t)a->now.policy,
                                           (struct shelflife_policy *)(uintptr_t)a->before.policy};
    for (size_t i = 0; i < COUNT(policies); i++)
        shelflife_policy_free(policies[i]);
    shelflife_catalogs_free((struct shelflife_catalogs *)(uintptr_t)a->now.catalogs);
    free(a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_audited),
        cmocka_unit_test(reports_are_written),
    };
    return cmocka_run_group_tests_name("allocation audit", tests, begin, end);
}
