/* SARIF 2.1.0: phases are the rules, and code hosts show results at the line of the manifest. */
#include "report/internal.h"
#include "shelflife/json.h"
#include "shelflife/version.h"

typedef struct shelflife_json_writer writer;

#define SITE "https://shelflife.dev/"

static const struct {
    const char *name;    /* in Pascal case */
    const char *brief;   /* about the image: a sentence */
    const char *details; /* sentences that follow */
    const char *help;    /* what to do */
    const char *level, *severity;
} rules[] = {
    [SHELFLIFE_PHASE_SUPPORTED] = {"SupportedImage", "The image's release is supported.",
                                   "Its publisher still releases patches.",
                                   "Nothing has to be done. If a newer patch is named, update to it.", "none",
                                   "0.0"},
    [SHELFLIFE_PHASE_UNLISTED] =
        {"UnlistedImage", "No catalog covers the image.", "Its support dates are not known.",
         "Add a catalog with the image, inspect it for what it contains (--inspect), "
         "or accept it in the policy.",
         "note", "1.0"},
    [SHELFLIFE_PHASE_UNRESOLVED] =
        {"UnresolvedImage", "A catalog covers the image, but its tag does not identify a single release.",
         "The tag moves from release to release, or something replaces it before it is used.",
         "Write a tag that names the release, or inspect the image for what it contains (--inspect).", "note",
         "2.0"},
    [SHELFLIFE_PHASE_INVALID] = {"InvalidImageReference", "This is not an image reference.",
                                 "A container runtime cannot pull it.", "Correct the reference.", "warning",
                                 "3.0"},
    [SHELFLIFE_PHASE_ENDING] = {"EndingImage", "The image's release is about to reach its end of patch.",
                                "After that day no patches are released, so vulnerabilities stay open.",
                                "Plan to move to the release that the message names.", "warning", "4.0"},
    [SHELFLIFE_PHASE_UNPATCHED] = {"UnpatchedImage", "The image's release is past its end of patch.",
                                   "No more patches are released, so vulnerabilities stay open.",
                                   "Move to the release that the message names.", "warning", "6.0"},
    [SHELFLIFE_PHASE_UNAVAILABLE] = {"UnavailableImage",
                                     "The image's release is past its end of availability.",
                                     "It must not be used any more, and its publisher may remove it, so that "
                                     "it cannot be pulled.",
                                     "Move to a supported release, or ask for an exception in the policy.",
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

static void write_help(writer *w, enum shelflife_phase phase)
{
    char text[512];
    open_map(w, "help");
    snprintf(text, sizeof(text), "%s %s", rules[phase].details, rules[phase].help);
    shelflife_json_member_text(w, "text", text);
    snprintf(text, sizeof(text), "%s\n\n**What to do:** %s", rules[phase].details, rules[phase].help);
    shelflife_json_member_text(w, "markdown", text);
    shelflife_json_write_end(w);
}

static void write_rule(writer *w, enum shelflife_phase phase)
{
    char details[512];
    snprintf(details, sizeof(details), "%s %s", rules[phase].brief, rules[phase].details);
    open_map(w, NULL);
    shelflife_json_member_text(w, "id", shelflife_phase_name(phase));
    shelflife_json_member_text(w, "name", rules[phase].name);
    write_text(w, "shortDescription", shelflife_str_of(rules[phase].brief));
    write_text(w, "fullDescription", shelflife_str_of(details));
    write_help(w, phase);
    shelflife_json_member_text(w, "helpUri", SITE "#phases");
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
    shelflife_json_member_text(w, "informationUri", SITE);
    shelflife_json_member_array(w, "rules");
    for (int i = 0; i < SHELFLIFE_PHASES; i++)
        write_rule(w, (enum shelflife_phase)i);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
}

/* A URI, and a base that it is relative to unless it is absolute. */
static void write_artifact(writer *w, str uri, bool absolute)
{
    open_map(w, "artifactLocation");
    shelflife_json_member_string(w, "uri", uri);
    if (!absolute)
        shelflife_json_member_text(w, "uriBaseId", "%SRCROOT%");
    shelflife_json_write_end(w);
}

/* Code hosts only take results with a line. */
static void write_region(writer *w, uint64_t line, uint64_t column)
{
    open_map(w, "region");
    shelflife_json_member_count(w, "startLine", line ? line : 1);
    if (line && column)
        shelflife_json_member_count(w, "startColumn", column);
    shelflife_json_write_end(w);
}

static void write_physical(writer *w, str uri, bool absolute, uint64_t line, uint64_t column)
{
    open_map(w, "physicalLocation");
    write_artifact(w, uri, absolute);
    write_region(w, line, column);
    shelflife_json_write_end(w);
}

static void write_in_file(struct report_output *r, writer *w, str file, uint64_t line, uint64_t column)
{
    buffer uri CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&uri, SIZE_MAX);
    const bool absolute = shelflife_str_starts(file, STR("/"));
    while (shelflife_str_starts(file, STR("./")))
        file = shelflife_str_after(file, 2);
    if (absolute)
        shelflife_buffer_append(&uri, STR("file://"));
    if (shelflife_str_equal(file, STR("-")))
        file = STR("stdin");
    shelflife_report_escape_uri(file, &uri);
    write_physical(w, shelflife_buffer_str(&uri), absolute, line, column);
    r->out.failed |= uri.failed;
}

/* A part of a path: its slashes are escaped, too. */
static void put_part(str part, buffer *uri)
{
    while (part.len) {
        size_t slash = shelflife_str_find(part, '/');
        shelflife_report_escape_uri(shelflife_str_first(part, slash), uri);
        if (slash == SIZE_MAX)
            return;
        shelflife_buffer_append(uri, STR("%2F"));
        part = shelflife_str_after(part, slash + 1);
    }
}

/* An object of a cluster is in no file: cluster/CONTEXT/NAMESPACE/KIND/NAME, which does not change while the
   object exists. */
static void write_in_cluster(struct report_output *r, writer *w,
                             const struct shelflife_audit_workload *workload)
{
    const str parts[] = {workload->cluster.len ? workload->cluster : r->result->cluster, workload->namespace,
                         workload->kind, workload->name};
    buffer uri CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&uri, SIZE_MAX);
    shelflife_buffer_append(&uri, STR("cluster"));
    for (size_t i = 0; i < COUNT(parts); i++) {
        if (!parts[i].len)
            continue;
        shelflife_buffer_byte(&uri, '/');
        put_part(parts[i], &uri);
    }
    write_physical(w, shelflife_buffer_str(&uri), false, 0, 0);
    r->out.failed |= uri.failed;
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
    if (e->place.file.len)
        write_in_file(r, w, e->place.file, e->place.line, e->place.column);
    else
        write_in_cluster(r, w, e->workload);
    write_logical(r, w, e->workload);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
    shelflife_audit_fingerprint(e, fingerprint);
    open_map(w, "partialFingerprints");
    shelflife_json_member_text(w, "primaryLocationLineHash", fingerprint); /* GitHub only uses this one */
    shelflife_json_member_text(w, "shelflife/v1", fingerprint);
    shelflife_json_write_end(w);
    write_suppressions(w, e);
    write_properties(w, e->image);
    shelflife_json_write_end(w);
}

/* With the cluster before it, if there are several. */
static void write_problem_text(struct report_output *r, writer *w, const struct shelflife_audit_problem *p)
{
    buffer text CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&text, SIZE_MAX);
    if (p->cluster.len) {
        shelflife_buffer_append(&text, p->cluster);
        shelflife_buffer_append(&text, STR(": "));
    }
    shelflife_buffer_append(&text, p->text);
    write_text(w, "message", shelflife_buffer_str(&text));
    r->out.failed |= text.failed;
}

static void write_notification(struct report_output *r, writer *w, const struct shelflife_audit_problem *p)
{
    open_map(w, NULL);
    shelflife_json_member_text(w, "level", p->note ? "note" : "error");
    write_problem_text(r, w, p);
    if (p->source.len && !r->result->cluster_count) {
        shelflife_json_member_array(w, "locations");
        open_map(w, NULL);
        write_in_file(r, w, p->source, p->line, p->column);
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
