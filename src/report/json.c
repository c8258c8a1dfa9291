/* The report for programs: one object, whose findings have the form of `explain -o json`. */
#include "shelflife/json.h"
#include "report/inspected.h"
#include "report/internal.h"
#include "shelflife/version.h"

typedef struct shelflife_json_writer writer;

/* ---- Entries ---- */

static void write_match(writer *w, const struct shelflife_judged_match *judged)
{
    const struct shelflife_match *match = judged->match;
    const struct shelflife_row *row = match->row;
    shelflife_json_write_map(w);
    shelflife_json_member_nullable(w, "catalog", row->product->catalog->name);
    shelflife_json_member_nullable(w, "product", row->product->name);
    shelflife_json_member_nullable(w, "release", match->release);
    shelflife_json_member_text(w, "phase", shelflife_phase_name(judged->phase));
    shelflife_json_member_day(w, "endOfPatch", shelflife_report_end_of_patch(judged));
    shelflife_json_member_day(w, "endOfAvailability", match->end_of_availability);
    shelflife_json_member_bool(w, "outdated", match->outdated);
    shelflife_json_member_nullable(w, "latest", row->latest);
    shelflife_json_member_nullable(w, "source", row->source);
    shelflife_json_member_nullable(w, "row", row->path);
    shelflife_report_write_match_by(w, match);
    shelflife_json_write_end(w);
}

static void write_exception(writer *w, const struct shelflife_exception *exception)
{
    shelflife_json_write_key(w, STR("waivedBy"));
    if (!exception) {
        shelflife_json_write_null(w);
        return;
    }
    shelflife_json_write_map(w);
    shelflife_json_member_nullable(w, "owner", exception->owner);
    shelflife_json_member_nullable(w, "reason", exception->reason);
    shelflife_json_member_day(w, "until", exception->until);
    shelflife_json_write_end(w);
}

static void write_workload(writer *w, const struct shelflife_audit_workload *workload)
{
    shelflife_json_member_nullable(w, "cluster", workload->cluster);
    shelflife_json_member_nullable(w, "namespace", workload->namespace);
    shelflife_json_member_nullable(w, "apiVersion", workload->api_version);
    shelflife_json_member_nullable(w, "kind", workload->kind);
    shelflife_json_member_nullable(w, "name", workload->name);
    shelflife_json_member_nullable(w, "owner", workload->responsible);
    shelflife_json_member_text(w, "mode", shelflife_mode_name(workload->mode));
}

static void write_containers(writer *w, const struct shelflife_audit_entry *e)
{
    shelflife_json_member_array(w, "containers");
    for (size_t i = 0; i < e->container_count; i++) {
        shelflife_json_write_map(w);
        shelflife_json_member_nullable(w, "name", e->containers[i].name);
        shelflife_json_member_nullable(w, "path", e->containers[i].path);
        if (e->containers[i].line) {
            shelflife_json_member_count(w, "line", e->containers[i].line);
            shelflife_json_member_count(w, "column", e->containers[i].column);
        }
        shelflife_json_write_end(w);
    }
    shelflife_json_write_end(w);
    shelflife_json_member_count(w, "containersInAll", e->container_total);
}

static void write_place(writer *w, const struct shelflife_audit_entry *e)
{
    const struct shelflife_audit_place *place = &e->place;
    shelflife_json_member_nullable(w, "why", e->why);
    shelflife_json_member_nullable(w, "way", e->way);
    shelflife_json_member_nullable(w, "hint", e->hint);
    shelflife_json_member_nullable(w, "file", place->file);
    if (!place->file.len)
        return;
    shelflife_json_member_count(w, "line", place->line);
    shelflife_json_member_count(w, "column", place->column);
}

static void write_replacement(writer *w, const struct shelflife_verdict *v)
{
    buffer text CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&text, SIZE_MAX);
    shelflife_verdict_describe_replacement(v, &text);
    shelflife_json_member_nullable(w, "replacement", v->replacement ? v->replacement->release : (str){0});
    shelflife_json_member_bool(w, "orLater", v->replacement && v->or_later);
    shelflife_json_member_nullable(w, "moveTo", shelflife_buffer_str(&text));
    w->out->failed |= text.failed;
}

static void write_matches(writer *w, const struct shelflife_verdict *v)
{
    shelflife_json_member_array(w, "matches");
    for (size_t i = 0; i < v->match_count; i++)
        write_match(w, &v->matches[i]);
    shelflife_json_write_end(w);
}

static void write_time(writer *w, const struct shelflife_audit_entry *e)
{
    shelflife_json_member_day(w, "next", e->next);
    shelflife_json_write_key(w, STR("daysLeft"));
    if (e->next == SHELFLIFE_DAY_NONE)
        shelflife_json_write_null(w);
    else
        shelflife_json_write_integer(w, e->days_left);
}

static void write_message(struct report_output *r, writer *w, const struct shelflife_audit_entry *e)
{
    buffer message CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&message, SIZE_MAX);
    shelflife_report_put_message(e, &message);
    shelflife_json_member_nullable(w, "message", shelflife_buffer_str(&message));
    r->out.failed |= message.failed;
}

static void write_finding(struct report_output *r, writer *w, const struct report_row *row)
{
    const struct shelflife_audit_entry *e = row->entry;
    const struct shelflife_verdict *v = &e->image->verdict;
    char fingerprint[SHELFLIFE_AUDIT_FINGERPRINT];
    write_workload(w, e->workload);
    write_containers(w, e);
    shelflife_json_member_nullable(w, "image", v->image);
    shelflife_json_member_nullable(w, "digest", e->image->digest);
    shelflife_json_member_text(w, "phase", shelflife_phase_name(v->phase));
    shelflife_json_member_text(w, "action", shelflife_action_name(e->action));
    shelflife_json_member_text(w, "actionBeforeMode", shelflife_action_name(v->action));
    write_message(r, w, e);
    write_time(w, e);
    write_replacement(w, v);
    write_exception(w, v->exception);
    shelflife_json_member_bool(w, "outdated", v->outdated);
    shelflife_json_member_bool(w, "unverified", v->unverified);
    shelflife_json_member_bool(w, "contradicted", v->contradicted);
    shelflife_json_member_text(w, "known", shelflife_known_names[v->known]);
    shelflife_report_write_inspected(w, v);
    shelflife_json_member_count(w, "pods", e->pods);
    shelflife_json_member_bool(w, "stuck", e->stuck);
    shelflife_json_member_bool(w, "accepted", e->accepted);
    shelflife_json_member_bool(w, "history", e->history);
    shelflife_json_member_bool(w, "unused", e->unused);
    write_place(w, e);
    shelflife_audit_fingerprint(e, fingerprint);
    shelflife_json_member_text(w, "fingerprint", fingerprint);
    write_matches(w, v);
}

static void write_change(struct report_output *r, writer *w, const struct report_row *row)
{
    const struct shelflife_audit_change *c = row->change;
    (void)r;
    shelflife_json_member_day(w, "day", c->day);
    shelflife_json_member_integer(w, "days", (int64_t)c->day - r->result->at);
    write_workload(w, c->entry->workload);
    shelflife_json_member_nullable(w, "image", c->entry->image->verdict.image);
    shelflife_json_member_nullable(w, "digest", c->entry->image->digest);
    shelflife_json_member_text(w, "phase", shelflife_phase_name(c->to));
    shelflife_json_member_text(w, "oldPhase", shelflife_phase_name(c->from));
    shelflife_json_member_text(w, "action", shelflife_action_name(c->after));
    shelflife_json_member_text(w, "oldAction", shelflife_action_name(c->before));
    shelflife_json_member_bool(w, "stuck", c->stuck);
    shelflife_json_member_count(w, "pods", c->entry->pods);
    write_place(w, c->entry);
}

static void write_difference(struct report_output *r, writer *w, const struct report_row *row)
{
    write_finding(r, w, row);
    shelflife_json_member_text(w, "oldPhase", shelflife_phase_name(row->entry->image->old_phase));
    shelflife_json_member_text(w, "oldAction", shelflife_action_name(row->entry->old_action));
}

/* ---- The document ---- */

static void write_counts(writer *w, const struct shelflife_audit_result *result)
{
    const struct shelflife_audit_counts *c = &result->counts;
    const struct {
        const char *key;
        uint64_t n;
    } counts[] = {
        {"sources", c->sources},
        {"objects", c->objects},
        {"pods", c->pods},
        {"workloads", c->workloads},
        {"images", c->images},
        {"outdated", c->outdated},
        {"unverified", c->unverified},
        {"contradicted", c->contradicted},
        {"waived", c->waived},
        {"accepted", c->accepted},
        {"history", c->history},
        {"unused", c->unused},
        {"off", c->off},
    };
    shelflife_json_member_map(w, "summary");
    for (size_t i = 0; i < COUNT(counts); i++)
        shelflife_json_member_count(w, counts[i].key, counts[i].n);
    if (c->left_out)
        shelflife_json_member_count(w, "imagesLeftOut", c->left_out);
    shelflife_json_member_map(w, "known");
    for (size_t i = 0; i < SHELFLIFE_KNOWNS; i++)
        shelflife_json_member_count(w, shelflife_known_names[i], c->known[i]);
    shelflife_json_write_end(w);
    shelflife_json_member_map(w, "phases");
    for (int i = SHELFLIFE_PHASES - 1; i >= 0; i--)
        shelflife_json_member_count(w, shelflife_phase_name((enum shelflife_phase)i), c->phases[i]);
    shelflife_json_write_end(w);
    shelflife_json_member_map(w, "imagePhases");
    for (int i = SHELFLIFE_PHASES - 1; i >= 0; i--)
        shelflife_json_member_count(w, shelflife_phase_name((enum shelflife_phase)i), c->image_phases[i]);
    shelflife_json_write_end(w);
    shelflife_json_member_map(w, "actions");
    for (int i = SHELFLIFE_DENY; i >= SHELFLIFE_ALLOW; i--)
        shelflife_json_member_count(w, shelflife_action_name((enum shelflife_action)i), c->actions[i]);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
}

static void write_catalogs(writer *w, const struct shelflife_audit_result *result)
{
    shelflife_json_member_array(w, "catalogs");
    for (size_t i = 0; i < result->catalog_count; i++) {
        const struct shelflife_audit_catalog *c = &result->catalogs[i];
        shelflife_json_write_map(w);
        shelflife_json_member_nullable(w, "name", c->catalog->name);
        shelflife_json_member_nullable(w, "title", c->catalog->title);
        shelflife_json_member_day(w, "asOf", c->catalog->as_of);
        shelflife_json_member_integer(w, "ageDays", c->age);
        shelflife_json_member_bool(w, "stale", c->stale);
        shelflife_json_write_end(w);
    }
    shelflife_json_write_end(w);
}

static void write_problems(writer *w, const struct shelflife_audit_result *result)
{
    shelflife_json_member_array(w, "problems");
    for (size_t i = 0; i < result->problem_count; i++) {
        const struct shelflife_audit_problem *p = &result->problems[i];
        shelflife_json_write_map(w);
        shelflife_json_member_nullable(w, "cluster", p->cluster);
        shelflife_json_member_nullable(w, "source", p->source);
        shelflife_json_member_count(w, "line", p->line);
        shelflife_json_member_count(w, "column", p->column);
        shelflife_json_member_nullable(w, "text", p->text);
        shelflife_json_member_bool(w, "forbidden", p->forbidden);
        shelflife_json_member_bool(w, "part", p->part);
        shelflife_json_member_bool(w, "note", p->note);
        shelflife_json_member_count(w, "imagesLeftOut", p->left_out);
        shelflife_json_write_end(w);
    }
    shelflife_json_write_end(w);
}

static void write_skipped(writer *w, const struct shelflife_audit_result *result)
{
    shelflife_json_member_array(w, "skipped");
    for (size_t i = 0; i < result->skipped_count; i++) {
        shelflife_json_write_map(w);
        shelflife_json_member_nullable(w, "source", result->skipped[i].source);
        shelflife_json_member_nullable(w, "why", result->skipped[i].why);
        shelflife_json_member_count(w, "count", result->skipped[i].count);
        shelflife_json_write_end(w);
    }
    shelflife_json_write_end(w);
}

static void write_head(writer *w, const struct shelflife_audit_result *result, const char *kind)
{
    shelflife_json_member_text(w, "apiVersion", "shelflife.dev/v1");
    shelflife_json_member_text(w, "kind", kind);
    shelflife_json_member_text(w, "version", SHELFLIFE_VERSION);
    shelflife_json_member_nullable(w, "cluster", result->cluster);
    shelflife_json_member_array(w, "clusters");
    for (size_t i = 0; i < result->cluster_count; i++)
        shelflife_json_write_string(w, result->clusters[i]);
    shelflife_json_write_end(w);
    shelflife_json_member_day(w, "at", result->at);
    shelflife_json_member_day(w, "today", result->today);
    shelflife_json_write_key(w, STR("withinDays"));
    if (result->within < 0)
        shelflife_json_write_null(w);
    else
        shelflife_json_write_integer(w, result->within);
    shelflife_json_member_bool(w, "partial", result->partial);
    shelflife_json_member_bool(w, "interrupted", result->interrupted);
    shelflife_json_member_nullable(w, "digest", result->snapshot->digest);
    write_counts(w, result);
    write_catalogs(w, result);
    write_problems(w, result);
    write_skipped(w, result);
}

bool shelflife_report_json(struct report_output *r)
{
    static const struct {
        const char *kind, *list;
        void (*write)(struct report_output *, writer *, const struct report_row *);
    } forms[] = {
        [SHELFLIFE_REPORT_FINDINGS] = {"AuditReport", "findings", write_finding},
        [SHELFLIFE_REPORT_FORECAST] = {"AuditForecast", "changes", write_change},
        [SHELFLIFE_REPORT_COMPARISON] = {"AuditComparison", "differences", write_difference},
    };
    writer w;
    shelflife_json_writer_init(&w, &r->out);
    shelflife_json_write_map(&w);
    write_head(&w, r->result, forms[r->options->what].kind);
    shelflife_json_member_array(&w, forms[r->options->what].list);
    for (size_t i = 0; i < shelflife_report_row_count(r); i++) {
        struct report_row row = shelflife_report_row(r, i);
        shelflife_buffer_byte(&r->out, '\n');
        shelflife_json_write_map(&w);
        forms[r->options->what].write(r, &w, &row);
        shelflife_json_write_end(&w);
        if (!shelflife_report_flush(r))
            return false;
    }
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    shelflife_buffer_byte(&r->out, '\n');
    return true;
}
