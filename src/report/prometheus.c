/*
 * Gauges for node_exporter's textfile collector. Series are bounded by namespaces and by images that need
 * attention, not by workloads.
 */
#include "base/prometheus.h"
#include "report/objects.h"

enum { SECONDS_OF_DAY = 86400 };

static void put_head(struct report_output *r, const char *name, const char *help)
{
    shelflife_prometheus_head(&r->out, name, "gauge", help);
}

/* ---- A series ---- */

static void put_label(struct report_output *r, bool *first, const char *name, str value)
{
    shelflife_buffer_append(&r->out, *first ? STR("{") : STR(","));
    shelflife_buffer_append(&r->out, shelflife_str_of(name));
    shelflife_prometheus_label(&r->out, "=", value);
    *first = false;
}

/* The label distinguishes the files of several clusters on one host. A file's audit has none. */
static void put_name(struct report_output *r, bool *first, const char *name, str cluster)
{
    *first = true;
    shelflife_buffer_append(&r->out, shelflife_str_of(name));
    if (cluster.len)
        put_label(r, first, "cluster", cluster);
}

static void put_value(struct report_output *r, bool first, int64_t value)
{
    shelflife_buffer_format(&r->out, "%s %lld\n", first ? "" : "}", (long long)value);
}

static void put_single(struct report_output *r, const char *name, const char *help, int64_t value)
{
    bool first;
    put_head(r, name, help);
    put_name(r, &first, name, r->result->cluster);
    put_value(r, first, value);
}

static void put_one_of(struct report_output *r, const char *name, const char *label, str which, int64_t value)
{
    bool first;
    put_name(r, &first, name, r->result->cluster);
    put_label(r, &first, label, which);
    put_value(r, first, value);
}

/* ---- Metrics ---- */

static void put_by_phase(struct report_output *r)
{
    const struct shelflife_audit_counts *counts = &r->result->counts;
    put_head(r, "shelflife_audit_workloads", "Workloads by the worst phase of their images.");
    for (int i = 0; i < SHELFLIFE_PHASES; i++)
        put_one_of(r, "shelflife_audit_workloads", "phase",
                   shelflife_str_of(shelflife_phase_name((enum shelflife_phase)i)),
                   (int64_t)counts->phases[i]);
    put_head(r, "shelflife_audit_workloads_by_action", "Workloads by the strictest action for their images.");
    for (int i = SHELFLIFE_ALLOW; i <= SHELFLIFE_DENY; i++)
        put_one_of(r, "shelflife_audit_workloads_by_action", "action",
                   shelflife_str_of(shelflife_action_name((enum shelflife_action)i)),
                   (int64_t)counts->actions[i]);
}

static void put_by_source(struct report_output *r)
{
    put_head(r, "shelflife_audit_images_known", "Images by where their release is known from.");
    for (size_t i = 0; i < SHELFLIFE_KNOWNS; i++)
        put_one_of(r, "shelflife_audit_images_known", "by", shelflife_str_of(shelflife_known_names[i]),
                   (int64_t)r->result->counts.known[i]);
}

static void put_cell(struct report_output *r, const struct shelflife_audit_workload *of, int phase,
                     int action, int64_t n)
{
    bool first;
    if (!n)
        return;
    put_name(r, &first, "shelflife_audit_findings", of->cluster.len ? of->cluster : r->result->cluster);
    put_label(r, &first, "namespace", of->namespace);
    put_label(r, &first, "phase", shelflife_str_of(shelflife_phase_name((enum shelflife_phase)phase)));
    put_label(r, &first, "action", shelflife_str_of(shelflife_action_name((enum shelflife_action)action)));
    put_value(r, first, n);
}

/* Groups of one namespace are neighbours; advances *i to the next namespace. */
static void put_namespace(struct report_output *r, const struct report_groups *groups, size_t *i)
{
    int64_t n[SHELFLIFE_PHASES][SHELFLIFE_DENY + 1] = {{0}};
    const struct shelflife_audit_workload *of = groups->at[*i].entries[0]->workload;
    do {
        for (size_t k = 0; k < groups->at[*i].count; k++) {
            const struct shelflife_audit_entry *e = groups->at[*i].entries[k];
            n[e->image->verdict.phase][e->action]++;
        }
    } while (++*i < groups->count && groups->at[*i].part > 1);
    for (int phase = 0; phase < SHELFLIFE_PHASES; phase++)
        for (int action = SHELFLIFE_ALLOW; action <= SHELFLIFE_DENY; action++)
            put_cell(r, of, phase, action, n[phase][action]);
}

static bool put_findings(struct report_output *r)
{
    struct report_groups groups;
    bool ok = true;
    if (!shelflife_report_group(r->result, &groups, r->err))
        return false;
    put_head(r, "shelflife_audit_findings",
             "Images of workloads that the policy warns about, denies, or allows by an exception.");
    for (size_t i = 0; ok && i < groups.count;) {
        put_namespace(r, &groups, &i);
        ok = shelflife_report_flush(r);
    }
    shelflife_report_groups_free(&groups);
    return ok;
}

static bool put_image_day(struct report_output *r, const char *name,
                          const struct shelflife_audit_image *image, shelflife_day day)
{
    const struct shelflife_match *match = shelflife_report_match(image)->match;
    bool first;
    if (day == SHELFLIFE_DAY_NONE)
        return false;
    put_name(r, &first, name, r->result->cluster);
    put_label(r, &first, "image", image->verdict.image);
    if (image->digest.len)
        put_label(r, &first, "digest", image->digest);
    put_label(r, &first, "product", match->row->product->name);
    put_label(r, &first, "release", match->release);
    put_value(r, first, (int64_t)day * SECONDS_OF_DAY);
    return true;
}

static bool is_same(const struct shelflife_audit_image *a, const struct shelflife_audit_image *b)
{
    return shelflife_str_equal(a->verdict.image, b->verdict.image) &&
           shelflife_str_equal(a->digest, b->digest);
}

/* An image that namespaces treat differently is in the result several times, in a row; it has one series. */
static bool put_dates(struct report_output *r, bool availability)
{
    const char *name = availability ? "shelflife_audit_image_end_of_availability_timestamp_seconds"
                                    : "shelflife_audit_image_end_of_patch_timestamp_seconds";
    const struct shelflife_audit_image *last = NULL;
    put_head(r, name,
             availability ? "Last day of the image's availability." : "Last day the image is patched.");
    for (size_t i = 0; i < r->result->image_count; i++) {
        const struct shelflife_audit_image *image = r->result->images[i];
        const struct shelflife_judged_match *judged = shelflife_report_match(image);
        if (!judged || !image->workloads || (last && is_same(image, last)))
            continue;
        if (put_image_day(r, name, image,
                          availability ? judged->match->end_of_availability
                                       : shelflife_report_end_of_patch(judged)))
            last = image;
        if (!shelflife_report_flush(r))
            return false;
    }
    return true;
}

static void put_catalogs(struct report_output *r)
{
    put_head(r, "shelflife_audit_catalog_age_seconds", "Time since the catalog's asOf.");
    for (size_t i = 0; i < r->result->catalog_count; i++)
        put_one_of(r, "shelflife_audit_catalog_age_seconds", "catalog", r->result->catalogs[i].catalog->name,
                   (int64_t)r->result->catalogs[i].age * SECONDS_OF_DAY);
}

/* Objects with a string that could not be read do not count: their sources were read. */
static int64_t count_unread(const struct shelflife_audit_result *result)
{
    int64_t count = 0;
    for (size_t i = 0; i < result->problem_count; i++)
        count += !result->problems[i].note;
    return count;
}

bool shelflife_report_prometheus(struct report_output *r)
{
    put_single(r, "shelflife_audit_at_timestamp_seconds", "The day the audit is for.",
               (int64_t)r->result->at * SECONDS_OF_DAY);
    put_single(r, "shelflife_audit_partial", "1 if some sources could not be read.", r->result->partial);
    if (r->result->counts.left_out)
        put_single(r, "shelflife_audit_images_left_out",
                   "Images of objects with too many images, which were not judged.",
                   (int64_t)r->result->counts.left_out);
    put_single(r, "shelflife_audit_problems", "Sources that could not be read completely.",
               count_unread(r->result));
    put_by_phase(r);
    put_by_source(r);
    put_catalogs(r);
    return put_findings(r) && put_dates(r, false) && put_dates(r, true);
}
