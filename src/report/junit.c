/* A test case for each image of a workload, for CI systems that show JUnit's XML. */
#include "report/internal.h"

enum outcome { OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_SKIPPED };

static enum outcome outcome_of(const struct report_output *r, const struct shelflife_audit_entry *e)
{
    bool fails = e->action == SHELFLIFE_DENY || (e->action == SHELFLIFE_WARN && r->options->warn_fails);
    if (shelflife_report_suppressed(e))
        return OUTCOME_SKIPPED;
    return fails && !r->options->never_fails ? OUTCOME_FAILED : OUTCOME_PASSED;
}

static void put_attribute(struct report_output *r, const char *name, str value)
{
    shelflife_buffer_format(&r->out, " %s=\"", name);
    shelflife_report_escape_xml(value, &r->out);
    shelflife_buffer_byte(&r->out, '"');
}

/* <name message="…"/>: why a case failed, was skipped or could not be run. */
static void put_why(struct report_output *r, const char *name, const char *type, str message)
{
    shelflife_buffer_format(&r->out, "      <%s", name);
    if (type)
        put_attribute(r, "type", shelflife_str_of(type));
    put_attribute(r, "message", message);
    shelflife_buffer_append(&r->out, STR("/>\n"));
}

static const char *why_skipped(const struct shelflife_audit_entry *e)
{
    return e->accepted  ? "accepted by the baseline; "
           : e->unused  ? "unused; "
           : e->history ? "history; "
                        : "waived; ";
}

static void put_outcome(struct report_output *r, const struct shelflife_audit_entry *e)
{
    buffer message CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&message, SIZE_MAX);
    enum outcome outcome = outcome_of(r, e);
    if (outcome == OUTCOME_SKIPPED)
        shelflife_buffer_append(&message, shelflife_str_of(why_skipped(e)));
    shelflife_report_put_message(e, &message);
    str text = shelflife_buffer_str(&message);
    if (outcome == OUTCOME_FAILED) {
        put_why(r, "failure", shelflife_phase_name(e->image->verdict.phase), text);
    } else if (outcome == OUTCOME_SKIPPED) {
        put_why(r, "skipped", NULL, text);
    } else {
        shelflife_buffer_append(&r->out, STR("      <system-out>"));
        shelflife_report_escape_xml(text, &r->out);
        shelflife_buffer_append(&r->out, STR("</system-out>\n"));
    }
    r->out.failed |= message.failed;
}

/* Cases have the same name only if they are the same: equal objects of two clusters or files differ. */
static void put_identity(struct report_output *r, const struct shelflife_audit_entry *e)
{
    buffer workload CLEANUP(shelflife_buffer_free), image CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&workload, SIZE_MAX);
    shelflife_buffer_init(&image, SIZE_MAX);
    if (e->workload->cluster.len) {
        shelflife_buffer_append(&workload, e->workload->cluster);
        shelflife_buffer_append(&workload, STR(": "));
    }
    shelflife_report_put_workload(e->workload, &workload);
    shelflife_report_put_image(e->image, &image);
    if (e->workload->file.len) { /* which many viewers take no notice of if it is only an attribute */
        shelflife_buffer_append(&image, STR(" in "));
        shelflife_buffer_append(&image, e->workload->file);
    }
    put_attribute(r, "classname", shelflife_buffer_str(&workload));
    put_attribute(r, "name", shelflife_buffer_str(&image));
    r->out.failed |= workload.failed || image.failed;
}

static void put_case(struct report_output *r, const struct shelflife_audit_entry *e)
{
    shelflife_buffer_append(&r->out, STR("    <testcase"));
    put_identity(r, e);
    if (e->place.file.len)
        put_attribute(r, "file", e->place.file);
    if (e->place.file.len && e->place.line)
        shelflife_buffer_format(&r->out, " line=\"%llu\"", (unsigned long long)e->place.line);
    shelflife_buffer_append(&r->out, STR(">\n"));
    put_outcome(r, e);
    shelflife_buffer_append(&r->out, STR("    </testcase>\n"));
}

static void put_problem(struct report_output *r, const struct shelflife_audit_problem *p)
{
    shelflife_buffer_append(&r->out, STR("    <testcase"));
    put_attribute(r, "classname", p->cluster.len ? p->cluster : STR("sources"));
    put_attribute(r, "name", p->source);
    if (p->line)
        shelflife_buffer_format(&r->out, " line=\"%llu\"", (unsigned long long)p->line);
    shelflife_buffer_append(&r->out, STR(">\n"));
    const char *type = p->forbidden ? "forbidden" : p->left_out ? "incomplete" : "unreadable";
    put_why(r, p->note ? "skipped" : "error", p->note ? NULL : type, p->text);
    shelflife_buffer_append(&r->out, STR("    </testcase>\n"));
}

static void put_counts(struct report_output *r)
{
    size_t tests = r->result->problem_count, outcomes[OUTCOME_SKIPPED + 1] = {0};
    for (size_t i = 0; i < r->result->problem_count; i++)
        outcomes[OUTCOME_SKIPPED] += r->result->problems[i].note;
    size_t errors = tests - outcomes[OUTCOME_SKIPPED];
    for (size_t i = 0; i < r->result->entry_count; i++) {
        if (!shelflife_report_includes(r, &r->result->entries[i]))
            continue;
        tests++;
        outcomes[outcome_of(r, &r->result->entries[i])]++;
    }
    shelflife_buffer_format(&r->out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", tests,
                            outcomes[OUTCOME_FAILED], errors, outcomes[OUTCOME_SKIPPED]);
}

static void put_suite(struct report_output *r)
{
    shelflife_buffer_append(&r->out, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"));
    put_counts(r);
    shelflife_buffer_append(&r->out, STR(">\n  <testsuite name=\"shelflife audit\""));
    put_counts(r);
    shelflife_buffer_append(&r->out, STR(" timestamp=\""));
    shelflife_report_put_day(r->result->today, &r->out);
    shelflife_buffer_append(&r->out,
                            STR("T00:00:00\">\n    <properties>\n      <property name=\"at\" value=\""));
    shelflife_report_put_day(r->result->at, &r->out);
    shelflife_buffer_append(&r->out, STR("\"/>\n    </properties>\n"));
}

bool shelflife_report_junit(struct report_output *r)
{
    put_suite(r);
    for (size_t i = 0; i < r->result->problem_count; i++)
        put_problem(r, &r->result->problems[i]);
    for (size_t i = 0; i < r->result->entry_count; i++) {
        if (!shelflife_report_includes(r, &r->result->entries[i]))
            continue;
        put_case(r, &r->result->entries[i]);
        if (!shelflife_report_flush(r))
            return false;
    }
    shelflife_buffer_append(&r->out, STR("  </testsuite>\n</testsuites>\n"));
    return true;
}
