/* The part of the page for browsers without JavaScript: the day of the audit as a plain table. */
#include "report/html.h"

typedef const struct shelflife_audit_entry entry;

enum { ROWS_MAX = 1000 };

struct row {
    entry *entry;
    size_t order; /* in the report */
};

static bool is_unknown(entry *e)
{
    enum shelflife_phase phase = e->image->verdict.phase;
    return phase == SHELFLIFE_PHASE_UNLISTED || phase == SHELFLIFE_PHASE_UNRESOLVED ||
           phase == SHELFLIFE_PHASE_INVALID;
}

/* Whether the entry is none of the findings, but an image that nothing is known about. */
static bool is_only_unknown(const struct report_output *r, entry *e)
{
    const struct shelflife_verdict *v = &e->image->verdict;
    return is_unknown(e) && v->action == SHELFLIFE_ALLOW && !v->exception && !e->soon && !e->accepted &&
           shelflife_report_includes(r, e);
}

/* What will change, by day; then what has ended; then what is not known. */
static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int unknown = is_unknown(x->entry) - is_unknown(y->entry);
    int64_t i = x->entry->next == SHELFLIFE_DAY_NONE ? INT64_MAX : x->entry->next;
    int64_t k = y->entry->next == SHELFLIFE_DAY_NONE ? INT64_MAX : y->entry->next;
    if (unknown)
        return unknown;
    return i != k ? (i > k) - (i < k) : (x->order > y->order) - (x->order < y->order);
}

/* The caller frees what is returned; NULL without memory. */
static struct row *list_rows(const struct report_output *r, size_t *out)
{
    const struct shelflife_audit_result *result = r->result;
    size_t count = 0;
    struct row *rows = calloc(result->finding_count + result->entry_count + 1, sizeof(*rows));
    if (!rows)
        return NULL;
    for (size_t i = 0; i < result->finding_count; i++, count++)
        rows[count] = (struct row){result->findings[i], count};
    for (size_t i = 0; i < result->entry_count; i++)
        if (is_only_unknown(r, &result->entries[i])) {
            rows[count] = (struct row){&result->entries[i], count};
            count++;
        }
    shelflife_sort(rows, count, sizeof(*rows), compare_rows);
    *out = count;
    return rows;
}

/* ---- Text ---- */

/* A line below the first one of a cell; nothing if the text is absent. */
static void put_line(struct report_output *r, const char *before, str text)
{
    if (!text.len)
        return;
    shelflife_buffer_format(&r->out, "<br>%s", before);
    shelflife_report_escape_xml(text, &r->out);
}

static void put_written(struct report_output *r, entry *e, void (*put)(entry *, buffer *))
{
    buffer text CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&text, SIZE_MAX);
    put(e, &text);
    shelflife_report_escape_xml(shelflife_buffer_str(&text), &r->out);
    r->out.failed |= text.failed;
}

static void put_workload(entry *e, buffer *out)
{
    shelflife_report_put_workload(e->workload, out);
}

void shelflife_report_html_put_place(const struct shelflife_audit_place *place, buffer *out)
{
    shelflife_buffer_append(out, place->file);
    if (place->file.len && place->line)
        shelflife_buffer_format(out, ":%llu", (unsigned long long)place->line);
}

static void put_place(entry *e, buffer *out)
{
    shelflife_report_html_put_place(&e->place, out);
}

/* ---- The parts ---- */

static void put_row(struct report_output *r, entry *e)
{
    buffer *out = &r->out;
    shelflife_buffer_format(out, "<tr><td><b>%s</b><br>%s</td><td>", shelflife_action_name(e->action),
                            shelflife_phase_name(e->image->verdict.phase));
    put_written(r, e, put_workload);
    put_line(r, "cluster ", e->workload->cluster);
    shelflife_buffer_append(out, STR("<br>"));
    put_written(r, e, put_place);
    shelflife_buffer_append(out, STR("</td><td>"));
    put_written(r, e, shelflife_report_put_message);
    put_line(r, "not resolved: ", e->why);
    put_line(r, "", e->way);
    put_line(r, "to correct: ", e->hint);
    shelflife_buffer_append(out, STR("</td></tr>\n"));
}

static bool put_table(struct report_output *r)
{
    size_t count = 0, shown = 0;
    bool ok = true;
    struct row *rows = list_rows(r, &count);
    if (!rows)
        return shelflife_fail_memory(r->err);
    shelflife_buffer_append(&r->out,
                            STR("<table class=\"static\"><thead><tr><th scope=\"col\">Action, phase</th>"
                                "<th scope=\"col\">Workload</th><th scope=\"col\">Image</th></tr></thead>"
                                "<tbody>\n"));
    for (; shown < count && shown < ROWS_MAX && ok; shown++) {
        put_row(r, rows[shown].entry);
        ok = shelflife_report_flush(r);
    }
    shelflife_buffer_append(&r->out, STR("</tbody></table>\n"));
    if (shown < count)
        shelflife_buffer_format(&r->out,
                                "<p>%llu more rows are not in this table; <code>-o markdown</code> has all "
                                "findings.</p>\n",
                                (unsigned long long)(count - shown));
    free(rows);
    return ok;
}

static void put_summary(struct report_output *r)
{
    buffer summary CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&summary, SIZE_MAX);
    shelflife_report_put_new(r->result, &summary);
    shelflife_buffer_append(&summary, summary.len ? STR("; ") : STR(""));
    shelflife_report_put_summary(r->result, &summary);
    shelflife_buffer_append(&r->out, STR("<p>"));
    for (size_t i = 0; i < r->result->cluster_count; i++) {
        shelflife_buffer_append(&r->out, i ? STR(", ") : STR("Of "));
        shelflife_report_escape_xml(r->result->clusters[i], &r->out);
    }
    shelflife_buffer_append(&r->out, r->result->cluster_count ? STR(": ") : STR(""));
    shelflife_report_escape_xml(shelflife_buffer_str(&summary), &r->out);
    shelflife_buffer_append(&r->out, STR(".</p>\n"));
    if (r->result->partial)
        shelflife_buffer_format(&r->out, "<p class=\"notice\">Partial: %s.</p>\n",
                                shelflife_report_why_partial(r->result));
    r->out.failed |= summary.failed;
}

static bool put_problems(struct report_output *r)
{
    const struct shelflife_audit_result *result = r->result;
    shelflife_buffer_append(&r->out, STR("<ul>\n"));
    for (size_t i = 0; i < result->problem_count; i++) {
        const struct shelflife_audit_problem *p = &result->problems[i];
        shelflife_buffer_append(&r->out, STR("<li>"));
        shelflife_report_escape_xml(p->cluster, &r->out);
        shelflife_buffer_append(&r->out, p->cluster.len ? STR(" ") : STR(""));
        shelflife_report_escape_xml(p->source, &r->out);
        if (p->line)
            shelflife_buffer_format(&r->out, ":%llu", (unsigned long long)p->line);
        shelflife_buffer_append(&r->out, STR(": "));
        shelflife_report_escape_xml(p->text, &r->out);
        shelflife_buffer_append(&r->out, STR("</li>\n"));
        if (!shelflife_report_flush(r))
            return false;
    }
    for (size_t i = 0; i < result->skipped_count; i++) {
        const struct shelflife_audit_skipped *s = &result->skipped[i];
        shelflife_buffer_append(&r->out, STR("<li>Skipped "));
        shelflife_report_escape_xml(s->source, &r->out);
        shelflife_buffer_append(&r->out, STR(": "));
        shelflife_report_escape_xml(s->why, &r->out);
        shelflife_buffer_append(&r->out, STR("</li>\n"));
        if (!shelflife_report_flush(r))
            return false;
    }
    shelflife_buffer_append(&r->out, STR("</ul>\n"));
    return true;
}

bool shelflife_report_html_static(struct report_output *r)
{
    put_summary(r);
    return put_problems(r) && put_table(r);
}
