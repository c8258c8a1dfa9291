#include "report/internal.h"

const char *const shelflife_report_formats[] = {
    [SHELFLIFE_REPORT_TABLE] = "table",
    [SHELFLIFE_REPORT_WIDE] = "wide",
    [SHELFLIFE_REPORT_JSON] = "json",
    [SHELFLIFE_REPORT_CSV] = "csv",
    [SHELFLIFE_REPORT_MARKDOWN] = "markdown",
    [SHELFLIFE_REPORT_JUNIT] = "junit",
    [SHELFLIFE_REPORT_SARIF] = "sarif",
    [SHELFLIFE_REPORT_POLICYREPORT] = "policyreport",
    [SHELFLIFE_REPORT_OPENREPORTS] = "openreports",
    [SHELFLIFE_REPORT_PROMETHEUS] = "prometheus",
    [SHELFLIFE_REPORT_HTML] = "html",
    [SHELFLIFE_REPORT_YAML] = "yaml",
    NULL,
};

/* What formats can express, besides findings in the result's order. */
enum {
    CAN_ALL_REPORTS = 1, /* forecasts and comparisons */
    CAN_ORDER = 2,
    CAN_SUMMARIZE = 4,
    CAN_OMIT_HEADERS = 8,
    CAN_EVERYTHING = 15,
};

static const struct {
    bool (*write)(struct report_output *r);
    unsigned can;
} formats[] = {
    [SHELFLIFE_REPORT_TABLE] = {shelflife_report_table, CAN_EVERYTHING},
    [SHELFLIFE_REPORT_WIDE] = {shelflife_report_wide, CAN_EVERYTHING},
    [SHELFLIFE_REPORT_JSON] = {shelflife_report_json, CAN_ALL_REPORTS | CAN_ORDER},
    [SHELFLIFE_REPORT_CSV] = {shelflife_report_csv, CAN_EVERYTHING},
    [SHELFLIFE_REPORT_MARKDOWN] = {shelflife_report_markdown, CAN_ALL_REPORTS | CAN_ORDER | CAN_SUMMARIZE},
    [SHELFLIFE_REPORT_JUNIT] = {shelflife_report_junit, 0},
    [SHELFLIFE_REPORT_SARIF] = {shelflife_report_sarif, CAN_ORDER},
    [SHELFLIFE_REPORT_POLICYREPORT] = {shelflife_report_policyreport, 0},
    [SHELFLIFE_REPORT_OPENREPORTS] = {shelflife_report_openreports, 0},
    [SHELFLIFE_REPORT_PROMETHEUS] = {shelflife_report_prometheus, 0},
    [SHELFLIFE_REPORT_HTML] = {shelflife_report_html, 0},
    [SHELFLIFE_REPORT_YAML] = {shelflife_report_yaml, CAN_ALL_REPORTS | CAN_ORDER},
};
_Static_assert(COUNT(formats) + 1 == COUNT(shelflife_report_formats), "each name has a format");

enum {
    FLUSH_AT = 64 << 10,    /* bytes that are worth a call of the sink */
    PIECE_MAX = 1024 << 20, /* between two flushes: no real page of data is so large */
};

bool shelflife_report_pass(struct report_output *r)
{
    if (r->out.failed)
        return shelflife_fail_memory(r->err);
    if (r->out.len && !r->sink(r->context, shelflife_buffer_str(&r->out), r->err))
        return false;
    shelflife_buffer_reset(&r->out);
    return true;
}

bool shelflife_report_flush(struct report_output *r)
{
    return r->out.len < FLUSH_AT && !r->out.failed ? true : shelflife_report_pass(r);
}

/* The findings have history among them only if it was asked for. */
static bool asked_for_history(const struct shelflife_audit_result *result)
{
    for (size_t i = 0; i < result->finding_count; i++)
        if (result->findings[i]->history)
            return true;
    return false;
}

bool shelflife_report_includes(const struct report_output *r, const struct shelflife_audit_entry *entry)
{
    return !entry->history || r->history || r->options->all;
}

static void put_formats(unsigned that_can, buffer *out)
{
    size_t left = 0;
    for (size_t i = 0; i < COUNT(formats); i++)
        left += (formats[i].can & that_can) == that_can;
    for (size_t i = 0; i < COUNT(formats); i++) {
        if ((formats[i].can & that_can) != that_can)
            continue;
        shelflife_buffer_append(out, shelflife_str_of(shelflife_report_formats[i]));
        left--;
        shelflife_buffer_append(out, left > 1 ? STR(", ") : left ? STR(" or ") : STR(""));
    }
}

/* Something that this format cannot express. */
static bool fail_format(enum shelflife_report_format format, const char *what, unsigned can, error *err)
{
    buffer list CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&list, SIZE_MAX);
    put_formats(can, &list);
    return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "%s can be printed as %.*s, but not as %s", what,
                          STR_PRINT(shelflife_buffer_str(&list)), shelflife_report_formats[format]);
}

/* Names the keys that rows can be sorted by. */
static bool fail_sort_by(const char *name, unsigned what, error *err)
{
    buffer list CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&list, SIZE_MAX);
    for (size_t i = 0; i < shelflife_report_column_count; i++) {
        if (!(shelflife_report_columns[i].what & what))
            continue;
        shelflife_buffer_append(&list, list.len ? STR(", ") : STR(""));
        shelflife_buffer_append(&list, shelflife_str_of(shelflife_report_columns[i].key));
    }
    return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "there is no column \"%s\" to sort by; there are %.*s",
                          name, STR_PRINT(shelflife_buffer_str(&list)));
}

bool shelflife_report_check(enum shelflife_report_format format,
                            const struct shelflife_report_options *options, error *err)
{
    static const char *const reports[] = {
        [SHELFLIFE_REPORT_FINDINGS] = NULL,
        [SHELFLIFE_REPORT_FORECAST] = "a forecast",
        [SHELFLIFE_REPORT_COMPARISON] = "a comparison",
    };
    const struct {
        bool wanted;
        unsigned can;
        const char *what;
    } needs[] = {
        {reports[options->what] != NULL, CAN_ALL_REPORTS, reports[options->what]},
        {options->sort_by != NULL, CAN_ORDER, "sorted rows"},
        {options->group_by != SHELFLIFE_REPORT_UNGROUPED, CAN_ORDER, "groups"},
        {options->summary, CAN_SUMMARIZE, "a summary"},
        {options->no_headers, CAN_OMIT_HEADERS, "rows without titles"},
    };
    for (size_t i = 0; i < COUNT(needs); i++)
        if (needs[i].wanted && !(formats[format].can & needs[i].can))
            return fail_format(format, needs[i].what, needs[i].can, err);
    const unsigned what = 1U << options->what;
    return !options->sort_by ||
           shelflife_report_find_column(shelflife_str_of(options->sort_by), what) != SIZE_MAX ||
           fail_sort_by(options->sort_by, what, err);
}

bool shelflife_report_write(enum shelflife_report_format format, const struct shelflife_audit_result *result,
                            const struct shelflife_report_options *options, shelflife_report_sink *sink,
                            void *context, error *err)
{
    struct report_output r = {
        .result = result, .options = options, .sink = sink, .context = context, .err = err};
    if (!shelflife_report_check(format, options, err))
        return false;
    r.history = asked_for_history(result);
    shelflife_buffer_init(&r.out, PIECE_MAX);
    bool ok = shelflife_report_order(&r) && formats[format].write(&r) && shelflife_report_pass(&r);
    free(r.order);
    shelflife_buffer_free(&r.out);
    return ok;
}
