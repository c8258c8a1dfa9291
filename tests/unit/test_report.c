/* rooms: all */
/* Reports of one audit, compared with files. To replace those after an intended change:
   SHELFLIFE_UPDATE=1 test_report */
#include <fcntl.h>
#include <unistd.h>

#include "audit/auditor.h"
#include "report/internal.h"
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
        {"expected/table-60.txt", SHELFLIFE_REPORT_TABLE, {.width = 60}},
        {"expected/table-80.txt", SHELFLIFE_REPORT_TABLE, {.width = 80}},
        {"expected/table-100.txt", SHELFLIFE_REPORT_TABLE, {.width = 100}},
        {"expected/table-120.txt", SHELFLIFE_REPORT_TABLE, {.width = 120}},
        {"expected/table-140.txt", SHELFLIFE_REPORT_TABLE, {.width = 140}},
        {"expected/table-200.txt", SHELFLIFE_REPORT_TABLE, {.width = 200}},
        {"expected/table-80-colour.txt", SHELFLIFE_REPORT_TABLE, {.width = 80, .colour = true}},
        {"expected/table.txt", SHELFLIFE_REPORT_TABLE, {.width = 0}},
        {"expected/wide.txt", SHELFLIFE_REPORT_WIDE, {.width = 80}},
        {"expected/by-namespace-80.txt",
         SHELFLIFE_REPORT_TABLE,
         {.width = 80, .group_by = SHELFLIFE_REPORT_BY_NAMESPACE}},
        {"expected/by-image-60.txt",
         SHELFLIFE_REPORT_TABLE,
         {.width = 60, .group_by = SHELFLIFE_REPORT_BY_IMAGE}},
        {"expected/by-owner.txt",
         SHELFLIFE_REPORT_WIDE,
         {.group_by = SHELFLIFE_REPORT_BY_OWNER, .sort_by = "move to"}},
        {"expected/by-product.md",
         SHELFLIFE_REPORT_MARKDOWN,
         {.group_by = SHELFLIFE_REPORT_BY_PRODUCT, .sort_by = "image"}},
        {"expected/by-product.csv",
         SHELFLIFE_REPORT_CSV,
         {.group_by = SHELFLIFE_REPORT_BY_PRODUCT, .no_headers = true}},
        {"expected/summary-80.txt", SHELFLIFE_REPORT_TABLE, {.width = 80, .summary = true}},
        {"expected/summary.md",
         SHELFLIFE_REPORT_MARKDOWN,
         {.summary = true, .group_by = SHELFLIFE_REPORT_BY_PRODUCT}},
        {"expected/summary.csv",
         SHELFLIFE_REPORT_CSV,
         {.summary = true, .group_by = SHELFLIFE_REPORT_BY_OWNER}},
        {"expected/no-headers-80.txt", SHELFLIFE_REPORT_TABLE, {.width = 80, .no_headers = true}},
        {"expected/report.json", SHELFLIFE_REPORT_JSON, {.width = 0}},
        {"expected/report.yaml", SHELFLIFE_REPORT_YAML, {.width = 0}},
        {"expected/report.csv", SHELFLIFE_REPORT_CSV, {.width = 0}},
        {"expected/report.md", SHELFLIFE_REPORT_MARKDOWN, {.width = 0}},
        {"expected/junit.xml", SHELFLIFE_REPORT_JUNIT, {.width = 0}},
        {"expected/junit-warn.xml", SHELFLIFE_REPORT_JUNIT, {.warn_fails = true}},
        {"expected/junit-never.xml", SHELFLIFE_REPORT_JUNIT, {.never_fails = true}},
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
    for (int format = SHELFLIFE_REPORT_TABLE; format <= SHELFLIFE_REPORT_YAML; format++) {
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
                    format == SHELFLIFE_REPORT_PROMETHEUS || format == SHELFLIFE_REPORT_YAML);
        for (size_t i = 0; i < text.len; i++)
            assert_true((unsigned char)text.at[i] >= 0x20 || text.at[i] == '\n' ||
                        (text.at[i] == '\r' && format == SHELFLIFE_REPORT_CSV));
    }
}

/* Of the table, not of the lines below it, which an empty line separates. */
static size_t longest_line(str text)
{
    size_t longest = 0;
    while (text.len && !shelflife_str_ends(text, STR("\n\n")))
        text.len--;
    while (text.len) {
        size_t width = shelflife_utf8_width(shelflife_str_line(&text));
        longest = width > longest ? width : longest;
    }
    return longest;
}

static void a_table_fits_its_terminal(void **state)
{
    static const struct shelflife_report_options tables[] = {
        {.width = 0},
        {.all = true},
        {.what = SHELFLIFE_REPORT_FORECAST},
        {.what = SHELFLIFE_REPORT_COMPARISON},
        {.group_by = SHELFLIFE_REPORT_BY_NAMESPACE},
        {.group_by = SHELFLIFE_REPORT_BY_IMAGE},
        {.summary = true, .group_by = SHELFLIFE_REPORT_BY_IMAGE},
    };
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 1 << 24);
    for (unsigned width = 60; width < 300; width++)
        for (size_t i = 0; i < COUNT(tables); i++) {
            struct shelflife_report_options options = tables[i];
            options.width = width;
            write_report(*state, SHELFLIFE_REPORT_TABLE, &options, &out);
            if (longest_line(shelflife_buffer_str(&out)) > width)
                fail_msg("table %zu in %u columns:\n%.*s", i, width, STR_PRINT(shelflife_buffer_str(&out)));
        }
}

/* A bit for each column in the first line of a table of findings. */
static uint64_t titles_of(str table)
{
    str line = shelflife_str_line(&table);
    uint64_t found = 0;
    for (size_t i = 0; i < shelflife_report_column_count && line.len; i++) {
        str title = shelflife_str_of(shelflife_report_columns[i].title);
        if (!shelflife_str_starts(line, title) ||
            (line.len > title.len && !shelflife_str_starts(shelflife_str_after(line, title.len), STR("  "))))
            continue;
        found |= UINT64_C(1) << i;
        line = shelflife_str_after(line, title.len);
        while (line.len && line.at[0] == ' ')
            line = shelflife_str_after(line, 1);
    }
    assert_int_equal(line.len, 0);
    return found;
}

static void a_wider_terminal_loses_no_column(void **state)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    uint64_t before = 0;
    shelflife_buffer_init(&out, 1 << 24);
    for (unsigned width = 40; width < 300; width++) {
        write_report(*state, SHELFLIFE_REPORT_TABLE, &(struct shelflife_report_options){.width = width},
                     &out);
        uint64_t now = titles_of(shelflife_buffer_str(&out));
        if (before & ~now)
            fail_msg("%u columns show less than %u:\n%.*s", width, width - 1,
                     STR_PRINT(shelflife_buffer_str(&out)));
        before = now;
    }
}

static void workloads_and_images_are_readable_in_80_columns(void **state)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 1 << 24);
    write_report(*state, SHELFLIFE_REPORT_TABLE, &(struct shelflife_report_options){.width = 80}, &out);
    assert_true(find(shelflife_buffer_str(&out), STR(" ml/deploy/train ")) != SIZE_MAX);
    assert_true(find(shelflife_buffer_str(&out), STR("/ml/tensor-gpu.2-4:m112\n")) != SIZE_MAX);
}

static size_t count_lines(str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += text.at[i] == '\n';
    return n;
}

/* By each column, by its key and by its title, no row is lost, and sorting again changes nothing. */
static void rows_are_sorted_by_any_column(void **state)
{
    CLEANUP(shelflife_buffer_free) buffer plain, by_key, by_title;
    shelflife_buffer_init(&plain, 1 << 24);
    shelflife_buffer_init(&by_key, 1 << 24);
    shelflife_buffer_init(&by_title, 1 << 24);
    for (int what = SHELFLIFE_REPORT_FINDINGS; what <= SHELFLIFE_REPORT_COMPARISON; what++) {
        struct shelflife_report_options options = {.what = (enum shelflife_report_what)what};
        write_report(*state, SHELFLIFE_REPORT_CSV, &options, &plain);
        for (size_t i = 0; i < shelflife_report_column_count; i++) {
            const struct report_column *column = &shelflife_report_columns[i];
            if (!(column->what >> what & 1))
                continue;
            options.sort_by = column->key;
            write_report(*state, SHELFLIFE_REPORT_CSV, &options, &by_key);
            options.sort_by = column->title;
            write_report(*state, SHELFLIFE_REPORT_CSV, &options, &by_title);
            assert_int_equal(by_key.len, plain.len);
            assert_int_equal(count_lines(shelflife_buffer_str(&by_key)),
                             count_lines(shelflife_buffer_str(&plain)));
            assert_true(shelflife_str_equal(shelflife_buffer_str(&by_key), shelflife_buffer_str(&by_title)));
        }
    }
}

static void an_unknown_column_is_an_error_that_lists_them(void **state)
{
    (void)state;
    error err = {0};
    assert_false(shelflife_report_check(SHELFLIFE_REPORT_TABLE,
                                        &(struct shelflife_report_options){.sort_by = "relase"}, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    assert_true(find(shelflife_str_of(err.text), STR("\"relase\" to sort by; there are action, phase, ")) !=
                SIZE_MAX);
    assert_true(find(shelflife_str_of(err.text), STR("hint, message")) != SIZE_MAX);
}

static void each_column_is_explained_once(void **state)
{
    (void)state;
    CLEANUP(shelflife_buffer_free) buffer out, start;
    shelflife_buffer_init(&out, 1 << 20);
    shelflife_buffer_init(&start, 1 << 10);
    shelflife_report_describe_columns(&out);
    for (size_t i = 0; i < shelflife_report_column_count; i++) {
        const struct report_column *column = &shelflife_report_columns[i];
        shelflife_buffer_reset(&start);
        shelflife_buffer_format(&start, "\n  %-20s ", column->title);
        str line = shelflife_buffer_str(&start), text = shelflife_buffer_str(&out);
        if (i == 0)
            line = shelflife_str_after(line, 1);
        size_t at = find(text, line);
        if (column->what & REPORT_COLUMN_ALWAYS && at == SIZE_MAX)
            fail_msg("%s is not in the help", column->title);
        assert_true(at == SIZE_MAX || find(shelflife_str_after(text, at + 1), line) == SIZE_MAX);
    }
    for (str text = shelflife_buffer_str(&out); text.len;)
        assert_true(shelflife_str_line(&text).len <= 79);
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

static void a_page_has_a_table_without_javascript(void **state)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 1 << 24);
    write_report(*state, SHELFLIFE_REPORT_HTML, &(struct shelflife_report_options){0}, &out);
    str page = shelflife_buffer_str(&out);
    assert_true(find(page, STR("<tr><td><b>deny</b><br>unavailable</td>")) != SIZE_MAX);
    assert_true(find(page, STR("&lt;script>alert(1)&lt;/script>")) != SIZE_MAX ||
                find(page, STR("&lt;script&gt;alert(1)&lt;/script&gt;")) != SIZE_MAX);
}

static void formats_say_what_they_cannot_express(void **state)
{
    const struct kit *k = *state;
    error err = {0};
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 1 << 20);
    static const struct {
        enum shelflife_report_format format;
        struct shelflife_report_options options;
        const char *text;
    } cases[] = {
        {SHELFLIFE_REPORT_SARIF,
         {.what = SHELFLIFE_REPORT_FORECAST},
         "a forecast can be printed as table, wide, json, csv, markdown or yaml, but not as sarif"},
        {SHELFLIFE_REPORT_JUNIT,
         {.group_by = SHELFLIFE_REPORT_BY_OWNER},
         "groups can be printed as table, wide, json, csv, markdown, sarif or yaml, but not as junit"},
        {SHELFLIFE_REPORT_JSON,
         {.summary = true},
         "a summary can be printed as table, wide, csv or markdown, but not as json"},
        {SHELFLIFE_REPORT_MARKDOWN,
         {.no_headers = true},
         "rows without titles can be printed as table, wide or csv, but not as markdown"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_false(shelflife_report_write(cases[i].format, k->result, &cases[i].options, take, &out, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
        assert_string_equal(err.text, cases[i].text);
    }
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
    for (int format = SHELFLIFE_REPORT_TABLE; format <= SHELFLIFE_REPORT_YAML; format++) {
        error err = {0};
        assert_false(shelflife_report_write((enum shelflife_report_format)format, k->result,
                                            &(struct shelflife_report_options){0}, refuse, NULL, &err));
        assert_string_equal(err.text, "the disk is full");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_are_as_before),
        cmocka_unit_test(nothing_passes_a_live_escape),
        cmocka_unit_test(a_table_fits_its_terminal),
        cmocka_unit_test(a_wider_terminal_loses_no_column),
        cmocka_unit_test(workloads_and_images_are_readable_in_80_columns),
        cmocka_unit_test(rows_are_sorted_by_any_column),
        cmocka_unit_test(an_unknown_column_is_an_error_that_lists_them),
        cmocka_unit_test(each_column_is_explained_once),
        cmocka_unit_test(a_page_is_whole_and_small),
        cmocka_unit_test(a_page_has_a_table_without_javascript),
        cmocka_unit_test(formats_say_what_they_cannot_express),
        cmocka_unit_test(a_sink_that_fails_ends_the_report),
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
