/* rooms: all */
/* Reports of one audit, compared with files. To replace those after an intended change:
   SHELFLIFE_UPDATE=1 test_report */
#include <fcntl.h>
#include <unistd.h>

#include "audit/auditor.h"
#include "report/report.h"
#include "unit/test.h"

#define FOLDER TESTS_DIR "/data/reports"

struct kit {
    struct shelflife_catalogs *catalogs;
    struct shelflife_inventory *inventory; /* or NULL */
    struct shelflife_policy *policy, *strict;
    struct shelflife_snapshot snapshot, old;
    struct shelflife_audit *audit;
    struct shelflife_audit_result *result;
};

static void read_file(const char *name, buffer *out)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t n = 1;
    while (fd >= 0 && n > 0 && shelflife_buffer_reserve(out, 1 << 16)) {
        n = read(fd, out->at + out->len, 1 << 16);
        out->len += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        close(fd);
}

static struct shelflife_policy *read_policy(const char *name)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    error err = {0};
    shelflife_buffer_init(&bytes, 1 << 20);
    read_file(name, &bytes);
    struct shelflife_policy *policy = shelflife_policy_read(shelflife_buffer_str(&bytes), name, &err);
    if (!policy)
        fail_msg("%s", err.text);
    return policy;
}

static void read_catalog(struct kit *k)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    error err = {0};
    shelflife_buffer_init(&bytes, 1 << 20);
    read_file("catalog.json", &bytes);
    k->catalogs = shelflife_catalogs_new();
    if (!shelflife_catalogs_add(k->catalogs, shelflife_buffer_str(&bytes), "catalog.json", &err) ||
        !shelflife_catalogs_finish(k->catalogs, &err))
        fail_msg("%s", err.text);
}

static void read_inventory(struct kit *k)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    error err = {0};
    shelflife_buffer_init(&bytes, 1 << 20);
    read_file("inventory.json", &bytes);
    k->inventory = shelflife_inventory_new();
    assert_non_null(k->inventory);
    if (!shelflife_inventory_add(k->inventory, shelflife_buffer_str(&bytes), "inventory.json", &err) ||
        !shelflife_inventory_finish(k->inventory, &err))
        fail_msg("%s", err.text);
}

static shelflife_day day_of(const char *text)
{
    shelflife_day day = 0;
    assert_true(shelflife_day_parse(shelflife_str_of(text), &day));
    return day;
}

static struct kit *begin(void **state)
{
    struct kit *k = calloc(1, sizeof(*k));
    *state = k;
    assert_non_null(k);
    assert_int_equal(chdir(FOLDER), 0);
    read_catalog(k);
    return k;
}

static void audit(struct kit *k, const char *folder)
{
    error err = {0};
    k->policy = read_policy("policy.yaml");
    k->strict = read_policy("strict.yaml");
    k->snapshot = (struct shelflife_snapshot){
        .catalogs = k->catalogs, .policy = k->policy, .inventory = k->inventory, .digest = STR("sha256:0")};
    k->old = (struct shelflife_snapshot){
        .catalogs = k->catalogs, .policy = k->strict, .inventory = k->inventory, .digest = STR("sha256:1")};
    const struct shelflife_audit_options options = {
        .snapshot = &k->snapshot,
        .old = &k->old,
        .at = day_of("2026-11-23"),
        .today = day_of("2026-11-23"),
        .within = -1,
        .mode = SHELFLIFE_MODE_POLICY,
        .digests = k->inventory != NULL,
    };
    k->audit = shelflife_audit_new(&options, &err);
    if (!k->audit || !shelflife_audit_path(k->audit, folder, &err))
        fail_msg("%s", err.text);
    k->result = shelflife_audit_finish(k->audit, &err);
    if (!k->result)
        fail_msg("%s", err.text);
}

static int set_up(void **state)
{
    audit(begin(state), "manifests");
    return 0;
}

static int set_up_inspected(void **state)
{
    struct kit *k = begin(state);
    read_inventory(k);
    audit(k, "running");
    return 0;
}

static int tear_down(void **state)
{
    struct kit *k = *state;
    shelflife_audit_result_free(k->result);
    shelflife_audit_free(k->audit);
    shelflife_catalogs_free(k->catalogs);
    shelflife_inventory_free(k->inventory);
    shelflife_policy_free(k->policy);
    shelflife_policy_free(k->strict);
    free(k);
    return 0;
}

static bool take(void *context, str bytes, error *err)
{
    (void)err;
    shelflife_buffer_append(context, bytes);
    return true;
}

static void write_report(const struct kit *k, enum shelflife_report_format format,
                         const struct shelflife_report_options *options, buffer *out)
{
    error err = {0};
    shelflife_buffer_reset(out);
    if (!shelflife_report_write(format, k->result, options, take, out, &err))
        fail_msg("%s: %s", shelflife_report_formats[format], err.text);
    assert_false(out->failed);
}

static void expect(const char *file, str got)
{
    CLEANUP(shelflife_buffer_free) buffer wanted;
    shelflife_buffer_init(&wanted, 1 << 24);
    if (getenv("SHELFLIFE_UPDATE")) {
        FILE *to = fopen(file, "wb");
        assert_non_null(to);
        assert_int_equal(fwrite(got.at, 1, got.len, to), got.len);
        assert_int_equal(fclose(to), 0);
        return;
    }
    read_file(file, &wanted);
    if (!shelflife_str_equal(shelflife_buffer_str(&wanted), got))
        fail_msg("%s is not what was written:\n%.*s", file, STR_PRINT(got));
}

static void reports_are_as_before(void **state)
{
    static const struct {
        const char *file;
        enum shelflife_report_format format;
        struct shelflife_report_options options;
    } cases[] = {
        {"expected/table-80.txt", SHELFLIFE_REPORT_TABLE, {.width = 80}},
        {"expected/table-80-colour.txt", SHELFLIFE_REPORT_TABLE, {.width = 80, .colour = true}},
        {"expected/table-160.txt", SHELFLIFE_REPORT_TABLE, {.width = 160}},
        {"expected/table.txt", SHELFLIFE_REPORT_TABLE, {.width = 0}},
        {"expected/wide.txt", SHELFLIFE_REPORT_WIDE, {.width = 80}},
        {"expected/report.json", SHELFLIFE_REPORT_JSON, {.width = 0}},
        {"expected/report.csv", SHELFLIFE_REPORT_CSV, {.width = 0}},
        {"expected/report.md", SHELFLIFE_REPORT_MARKDOWN, {.width = 0}},
        {"expected/junit.xml", SHELFLIFE_REPORT_JUNIT, {.width = 0}},
        {"expected/junit-warn.xml", SHELFLIFE_REPORT_JUNIT, {.warn_fails = true}},
        {"expected/report.sarif", SHELFLIFE_REPORT_SARIF, {.width = 0}},
        {"expected/policyreport.json", SHELFLIFE_REPORT_POLICYREPORT, {.width = 0}},
        {"expected/openreports.json", SHELFLIFE_REPORT_OPENREPORTS, {.width = 0}},
        {"expected/metrics.prom", SHELFLIFE_REPORT_PROMETHEUS, {.width = 0}},
        {"expected/forecast-80.txt",
         SHELFLIFE_REPORT_TABLE,
         {.what = SHELFLIFE_REPORT_FORECAST, .width = 80}},
        {"expected/forecast.json", SHELFLIFE_REPORT_JSON, {.what = SHELFLIFE_REPORT_FORECAST}},
        {"expected/forecast.csv", SHELFLIFE_REPORT_CSV, {.what = SHELFLIFE_REPORT_FORECAST}},
        {"expected/forecast.md", SHELFLIFE_REPORT_MARKDOWN, {.what = SHELFLIFE_REPORT_FORECAST}},
        {"expected/comparison-80.txt",
         SHELFLIFE_REPORT_TABLE,
         {.what = SHELFLIFE_REPORT_COMPARISON, .width = 80}},
        {"expected/comparison.json", SHELFLIFE_REPORT_JSON, {.what = SHELFLIFE_REPORT_COMPARISON}},
        {"expected/comparison.md", SHELFLIFE_REPORT_MARKDOWN, {.what = SHELFLIFE_REPORT_COMPARISON}},
    };
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 1 << 24);
    for (size_t i = 0; i < COUNT(cases); i++) {
        write_report(*state, cases[i].format, &cases[i].options, &out);
        expect(cases[i].file, shelflife_buffer_str(&out));
    }
}

static void digests_are_in_all_formats(void **state)
{
    static const struct {
        const char *file;
        enum shelflife_report_format format;
        struct shelflife_report_options options;
    } cases[] = {
        {"expected/inspected/table-80.txt", SHELFLIFE_REPORT_TABLE, {.width = 80}},
        {"expected/inspected/table.txt", SHELFLIFE_REPORT_TABLE, {.width = 0}},
        {"expected/inspected/wide.txt", SHELFLIFE_REPORT_WIDE, {.width = 80}},
        {"expected/inspected/report.json", SHELFLIFE_REPORT_JSON, {.all = true}},
        {"expected/inspected/report.csv", SHELFLIFE_REPORT_CSV, {.all = true}},
        {"expected/inspected/report.md", SHELFLIFE_REPORT_MARKDOWN, {.width = 0}},
        {"expected/inspected/junit.xml", SHELFLIFE_REPORT_JUNIT, {.width = 0}},
        {"expected/inspected/report.sarif", SHELFLIFE_REPORT_SARIF, {.width = 0}},
        {"expected/inspected/policyreport.json", SHELFLIFE_REPORT_POLICYREPORT, {.width = 0}},
        {"expected/inspected/metrics.prom", SHELFLIFE_REPORT_PROMETHEUS, {.width = 0}},
        {"expected/inspected/forecast.json", SHELFLIFE_REPORT_JSON, {.what = SHELFLIFE_REPORT_FORECAST}},
        {"expected/inspected/comparison.md",
         SHELFLIFE_REPORT_MARKDOWN,
         {.what = SHELFLIFE_REPORT_COMPARISON}},
    };
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 1 << 24);
    for (size_t i = 0; i < COUNT(cases); i++) {
        write_report(*state, cases[i].format, &cases[i].options, &out);
        expect(cases[i].file, shelflife_buffer_str(&out));
    }
}

/* Where `part` begins in text, or SIZE_MAX. */
static size_t find(str text, str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (shelflife_str_starts(shelflife_str_after(text, i), part))
            return i;
    return SIZE_MAX;
}

static void nothing_passes_a_live_escape(void **state)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 1 << 24);
    for (int format = SHELFLIFE_REPORT_TABLE; format <= SHELFLIFE_REPORT_HTML; format++) {
        write_report(*state, (enum shelflife_report_format)format,
                     &(struct shelflife_report_options){.width = 80}, &out);
        str text = shelflife_buffer_str(&out);
        assert_true(shelflife_str_is_utf8(text));
        assert_true(find(text, STR("\x1b")) == SIZE_MAX);
        assert_true(find(text, STR("\xc2\x9b")) == SIZE_MAX);
        assert_true(find(text, STR("<script>alert")) == SIZE_MAX || format == SHELFLIFE_REPORT_JSON ||
                    format == SHELFLIFE_REPORT_TABLE || format == SHELFLIFE_REPORT_WIDE ||
                    format == SHELFLIFE_REPORT_CSV || format == SHELFLIFE_REPORT_SARIF ||
                    format == SHELFLIFE_REPORT_POLICYREPORT || format == SHELFLIFE_REPORT_OPENREPORTS ||
                    format == SHELFLIFE_REPORT_PROMETHEUS);
        for (size_t i = 0; i < text.len; i++)
            assert_true((unsigned char)text.at[i] >= 0x20 || text.at[i] == '\n' ||
                        (text.at[i] == '\r' && format == SHELFLIFE_REPORT_CSV));
    }
}

static size_t longest_line(str text)
{
    size_t longest = 0, n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n = text.at[i] == '\n' ? 0 : n + (((unsigned char)text.at[i] & 0xc0) != 0x80);
        longest = n > longest ? n : longest;
    }
    return longest;
}

static void a_table_fits_its_terminal(void **state)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 1 << 24);
    for (unsigned width = 70; width < 300; width++) {
        write_report(*state, SHELFLIFE_REPORT_TABLE, &(struct shelflife_report_options){.width = width},
                     &out);
        assert_true(longest_line(shelflife_buffer_str(&out)) <= (width < 80 ? 80 : width));
    }
}

static void a_page_is_whole_and_small(void **state)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 1 << 24);
    write_report(*state, SHELFLIFE_REPORT_HTML, &(struct shelflife_report_options){0}, &out);
    str page = shelflife_buffer_str(&out);
    assert_true(shelflife_str_starts(page, STR("<!doctype html>")));
    assert_true(shelflife_str_ends(page, STR("</html>\n")));
    assert_true(page.len < 300000);
    assert_true(find(page, STR("{{")) == SIZE_MAX);
    str data = shelflife_str_after(page, find(page, STR("id=\"data\">")) + strlen("id=\"data\">"));
    data.len = find(data, STR("</script>"));
    assert_true(find(data, STR("<")) == SIZE_MAX);
    assert_true(find(data, STR("\\u003cscript>alert(1)\\u003c/script>")) != SIZE_MAX);
    assert_true(shelflife_str_starts(data, STR("{\"version\"")));
    assert_true(shelflife_str_ends(data, STR("]}")));
}

static void findings_only_formats_say_so(void **state)
{
    const struct kit *k = *state;
    error err = {0};
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 1 << 20);
    assert_false(shelflife_report_write(SHELFLIFE_REPORT_SARIF, k->result,
                                        &(struct shelflife_report_options){.what = SHELFLIFE_REPORT_FORECAST},
                                        take, &out, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    assert_string_equal(err.text,
                        "a forecast can be printed as table, wide, json, csv or markdown, but not as sarif");
}

static bool refuse(void *context, str bytes, error *err)
{
    (void)context;
    (void)bytes;
    return shelflife_fail(err, SHELFLIFE_ERROR_IO, "the disk is full");
}

static void a_sink_that_fails_ends_the_report(void **state)
{
    const struct kit *k = *state;
    for (int format = SHELFLIFE_REPORT_TABLE; format <= SHELFLIFE_REPORT_HTML; format++) {
        error err = {0};
        assert_false(shelflife_report_write((enum shelflife_report_format)format, k->result,
                                            &(struct shelflife_report_options){0}, refuse, NULL, &err));
        assert_string_equal(err.text, "the disk is full");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_are_as_before),        cmocka_unit_test(nothing_passes_a_live_escape),
        cmocka_unit_test(a_table_fits_its_terminal),    cmocka_unit_test(a_page_is_whole_and_small),
        cmocka_unit_test(findings_only_formats_say_so), cmocka_unit_test(a_sink_that_fails_ends_the_report),
    };
    const struct CMUnitTest inspected[] = {
        cmocka_unit_test(digests_are_in_all_formats),
        cmocka_unit_test(nothing_passes_a_live_escape),
        cmocka_unit_test(a_page_is_whole_and_small),
        cmocka_unit_test(a_sink_that_fails_ends_the_report),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down) ||
           cmocka_run_group_tests(inspected, set_up_inspected, tear_down);
}
