/* SARIF 2.1.0: phases are the rules, and code hosts show results at the line of the manifest. */
#include "report/internal.h"
#include "shelflife/json.h"
#include "shelflife/version.h"

typedef struct shelflife_json_writer writer;

static const struct {
    const char *description, *level, *severity;
} rules[] = {
    [SHELFLIFE_PHASE_SUPPORTED] = {"The image's release is supported.", "none", "0.0"},
    [SHELFLIFE_PHASE_UNLISTED] = {"No catalog covers the image.", "note", "1.0"},
    [SHELFLIFE_PHASE_UNRESOLVED] =
        {"A catalog covers the image, but its tag does not identify a single release.", "note", "2.0"},
    [SHELFLIFE_PHASE_INVALID] = {"This is not an image reference.", "warning", "3.0"},
    [SHELFLIFE_PHASE_ENDING] = {"The image's release is about to reach its end of patch.", "warning", "4.0"},
    [SHELFLIFE_PHASE_UNPATCHED] = {"The image's release is past its end of patch: vulnerabilities stay open.",
                                   "warning", "6.0"},
    [SHELFLIFE_PHASE_UNAVAILABLE] = {"The image's release is past its end of availability: it must not be "
                                     "used any more, and may be removed.",
                                     "error", "8.0"},
};
_Static_assert(COUNT(rules) == SHELFLIFE_PHASES, "each phase is a rule");

static void open_map(writer *w, const char *key)
{
    if (key)
        shelflife_json_member_map(w, key);
    else
        shelflife_json_write_map(w);
}

static void write_text(writer *w, const char *key, str text)
{
    open_map(w, key);
    shelflife_json_member_string(w, "text", text);
    shelflife_json_write_end(w);
}

static void write_rule(writer *w, enum shelflife_phase phase)
{
    open_map(w, NULL);
    shelflife_json_member_text(w, "id", shelflife_phase_name(phase));
    write_text(w, "shortDescription", shelflife_str_of(rules[phase].description));
    open_map(w, "defaultConfiguration");
    shelflife_json_member_text(w, "level", rules[phase].level);
    shelflife_json_write_end(w);
    open_map(w, "properties");
    shelflife_json_member_text(w, "security-severity", rules[phase].severity);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
}

static void write_tool(writer *w)
{
    open_map(w, "tool");
    open_map(w, "driver");
    shelflife_json_member_text(w, "name", "shelflife");
    shelflife_json_member_text(w, "version", SHELFLIFE_VERSION);
    shelflife_json_member_text(w, "semanticVersion", SHELFLIFE_VERSION);
    shelflife_json_member_array(w, "rules");
    for (int i = 0; i < SHELFLIFE_PHASES; i++)
        write_rule(w, (enum shelflife_phase)i);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
}

static bool is_absolute(str file)
{
    return shelflife_str_starts(file, STR("/"));
}

static void write_artifact(struct report_output *r, writer *w, str file)
{
    buffer uri CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&uri, SIZE_MAX);
    while (shelflife_str_starts(file, STR("./")))
        file = shelflife_str_after(file, 2);
    if (is_absolute(file))
        shelflife_buffer_append(&uri, STR("file://"));
    shelflife_report_escape_uri(file, &uri);
    open_map(w, "artifactLocation");
    shelflife_json_member_string(w, "uri", shelflife_buffer_str(&uri));
    if (!is_absolute(file))
        shelflife_json_member_text(w, "uriBaseId", "%SRCROOT%");
    shelflife_json_write_end(w);
    r->out.failed |= uri.failed;
}

static void write_physical(struct report_output *r, writer *w, str file, uint64_t line, uint64_t column)
{
    open_map(w, "physicalLocation");
    write_artifact(r, w, file);
    if (line) {
        open_map(w, "region");
        shelflife_json_member_count(w, "startLine", line);
        if (column)
            shelflife_json_member_count(w, "startColumn", column);
        shelflife_json_write_end(w);
    }
    shelflife_json_write_end(w);
}

static bool is_file(str file)
{
    return file.len && !shelflife_str_equal(file, STR("-"));
}

static void write_logical(struct report_output *r, writer *w, const struct shelflife_audit_workload *workload)
{
    buffer name CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&name, SIZE_MAX);
    shelflife_report_put_workload(workload, &name);
    shelflife_json_member_array(w, "logicalLocations");
    open_map(w, NULL);
    if (workload->name.len)
        shelflife_json_member_string(w, "name", workload->name);
    shelflife_json_member_string(w, "fullyQualifiedName", shelflife_buffer_str(&name));
    shelflife_json_member_text(w, "kind", "resource");
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
    r->out.failed |= name.failed;
}

static void write_suppressions(writer *w, const struct shelflife_audit_entry *e)
{
    const struct shelflife_exception *exception = e->image->verdict.exception;
    if (!exception && !e->accepted)
        return;
    shelflife_json_member_array(w, "suppressions");
    open_map(w, NULL);
    shelflife_json_member_text(w, "kind", "external");
    shelflife_json_member_text(w, "status", "accepted");
    if (exception)
        shelflife_json_member_string(w, "justification", exception->reason);
    else
        shelflife_json_member_text(w, "justification", "accepted by the baseline");
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
}

static void write_message(struct report_output *r, writer *w, const struct shelflife_audit_entry *e)
{
    buffer message CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&message, SIZE_MAX);
    shelflife_report_put_message(e, &message);
    write_text(w, "message", shelflife_buffer_str(&message));
    r->out.failed |= message.failed;
}

/* What is known about the image beyond its name. */
static void write_properties(writer *w, const struct shelflife_audit_image *image)
{
    if (!image->digest.len)
        return;
    open_map(w, "properties");
    shelflife_json_member_string(w, "digest", image->digest);
    shelflife_json_member_text(w, "known", shelflife_known_names[image->verdict.known]);
    shelflife_json_write_end(w);
}

static void write_result(struct report_output *r, writer *w, const struct shelflife_audit_entry *e)
{
    static const char *const levels[] = {
        [SHELFLIFE_ALLOW] = "note", [SHELFLIFE_WARN] = "warning", [SHELFLIFE_DENY] = "error"};
    enum shelflife_phase phase = e->image->verdict.phase;
    char fingerprint[SHELFLIFE_AUDIT_FINGERPRINT];
    open_map(w, NULL);
    shelflife_json_member_text(w, "ruleId", shelflife_phase_name(phase));
    shelflife_json_member_integer(w, "ruleIndex", phase);
    shelflife_json_member_text(w, "level", levels[e->action]);
    write_message(r, w, e);
    shelflife_json_member_array(w, "locations");
    open_map(w, NULL);
    if (is_file(e->place.file))
        write_physical(r, w, e->place.file, e->place.line, e->place.column);
    write_logical(r, w, e->workload);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
    shelflife_audit_fingerprint(e, fingerprint);
    open_map(w, "partialFingerprints");
    shelflife_json_member_text(w, "shelflife/v1", fingerprint);
    shelflife_json_write_end(w);
    write_suppressions(w, e);
    write_properties(w, e->image);
    shelflife_json_write_end(w);
}

static void write_notification(struct report_output *r, writer *w, const struct shelflife_audit_problem *p)
{
    open_map(w, NULL);
    shelflife_json_member_text(w, "level", p->note ? "note" : "error");
    write_text(w, "message", p->text);
    if (is_file(p->source) && !r->result->cluster.len) {
        shelflife_json_member_array(w, "locations");
        open_map(w, NULL);
        write_physical(r, w, p->source, p->line, p->column);
        shelflife_json_write_end(w);
        shelflife_json_write_end(w);
    }
    shelflife_json_write_end(w);
}

static void write_invocation(struct report_output *r, writer *w)
{
    shelflife_json_member_array(w, "invocations");
    open_map(w, NULL);
    shelflife_json_member_bool(w, "executionSuccessful", !r->result->partial);
    shelflife_json_member_array(w, "toolExecutionNotifications");
    for (size_t i = 0; i < r->result->problem_count; i++)
        write_notification(r, w, &r->result->problems[i]);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
}

bool shelflife_report_sarif(struct report_output *r)
{
    writer w;
    shelflife_json_writer_init(&w, &r->out);
    shelflife_json_write_map(&w);
    shelflife_json_member_text(&w, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    shelflife_json_member_text(&w, "version", "2.1.0");
    shelflife_json_member_array(&w, "runs");
    open_map(&w, NULL);
    write_tool(&w);
    write_invocation(r, &w);
    shelflife_json_member_text(&w, "columnKind", "unicodeCodePoints");
    shelflife_json_member_array(&w, "results");
    for (size_t i = 0; i < shelflife_report_row_count(r); i++) {
        write_result(r, &w, shelflife_report_row(r, i).entry);
        if (!shelflife_report_flush(r))
            return false;
    }
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    shelflife_buffer_byte(&r->out, '\n');
    return true;
}
