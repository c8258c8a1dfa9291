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
    NULL,
};

static const struct {
    bool (*write)(struct report_output *r);
    bool findings_only;
} formats[] = {
    [SHELFLIFE_REPORT_TABLE] = {shelflife_report_table, false},
    [SHELFLIFE_REPORT_WIDE] = {shelflife_report_wide, false},
    [SHELFLIFE_REPORT_JSON] = {shelflife_report_json, false},
    [SHELFLIFE_REPORT_CSV] = {shelflife_report_csv, false},
    [SHELFLIFE_REPORT_MARKDOWN] = {shelflife_report_markdown, false},
    [SHELFLIFE_REPORT_JUNIT] = {shelflife_report_junit, true},
    [SHELFLIFE_REPORT_SARIF] = {shelflife_report_sarif, true},
    [SHELFLIFE_REPORT_POLICYREPORT] = {shelflife_report_policyreport, true},
    [SHELFLIFE_REPORT_OPENREPORTS] = {shelflife_report_openreports, true},
    [SHELFLIFE_REPORT_PROMETHEUS] = {shelflife_report_prometheus, true},
    [SHELFLIFE_REPORT_HTML] = {shelflife_report_html, true},
};
_Static_assert(COUNT(formats) + 1 == COUNT(shelflife_report_formats), "each name has a format");

enum {
    FLUSH_AT = 64 << 10,    /* bytes that are worth a call of the sink */
    PIECE_MAX = 1024 << 20, /* between two flushes: no real page of data is so large */
};

static bool pass_to_sink(struct report_output *r)
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
    return r->out.len < FLUSH_AT && !r->out.failed ? true : pass_to_sink(r);
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

bool shelflife_report_write(enum shelflife_report_format format, const struct shelflife_audit_result *result,
                            const struct shelflife_report_options *options, shelflife_report_sink *sink,
                            void *context, error *err)
{
    struct report_output r = {
        .result = result, .options = options, .sink = sink, .context = context, .err = err};
    if (formats[format].findings_only && options->what != SHELFLIFE_REPORT_FINDINGS)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "a %s can be printed as table, wide, json, csv or markdown, but not as %s",
                              options->what == SHELFLIFE_REPORT_FORECAST ? "forecast" : "comparison",
                              shelflife_report_formats[format]);
    r.history = asked_for_history(result);
    shelflife_buffer_init(&r.out, PIECE_MAX);
    bool ok = formats[format].write(&r) && pass_to_sink(&r);
    shelflife_buffer_free(&r.out);
    return ok;
}

/* ---- Rows ---- */

size_t shelflife_report_row_count(const struct report_output *r)
{
    switch (r->options->what) {
    case SHELFLIFE_REPORT_FORECAST:
        return r->result->change_count;
    case SHELFLIFE_REPORT_COMPARISON:
        return r->result->difference_count;
    case SHELFLIFE_REPORT_FINDINGS:
        break;
    }
    return r->options->all ? r->result->entry_count : r->result->finding_count;
}

struct report_row shelflife_report_row(const struct report_output *r, size_t i)
{
    switch (r->options->what) {
    case SHELFLIFE_REPORT_FORECAST:
        return (struct report_row){r->result->changes[i].entry, &r->result->changes[i]};
    case SHELFLIFE_REPORT_COMPARISON:
        return (struct report_row){r->result->differences[i], NULL};
    case SHELFLIFE_REPORT_FINDINGS:
        break;
    }
    return (struct report_row){r->options->all ? &r->result->entries[i] : r->result->findings[i], NULL};
}
