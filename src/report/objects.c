#include "report/objects.h"

#include "base/printable.h"
#include "shelflife/json.h"

typedef struct shelflife_json_writer writer;
typedef const struct shelflife_audit_entry entry;

const struct report_kind shelflife_report_kinds[] = {
    [REPORT_FLAVOUR_WGPOLICY] = {STR_INIT("wgpolicyk8s.io"), STR_INIT("v1alpha2"), STR_INIT("PolicyReport"),
                                 STR_INIT("ClusterPolicyReport"), STR_INIT("policyreports"),
                                 STR_INIT("clusterpolicyreports")},
    [REPORT_FLAVOUR_OPENREPORTS] = {STR_INIT("openreports.io"), STR_INIT("v1alpha1"), STR_INIT("Report"),
                                    STR_INIT("ClusterReport"), STR_INIT("reports"),
                                    STR_INIT("clusterreports")},
};

/* ---- Groups ---- */

static int compare_namespaces(entry *x, entry *y)
{
    int order = shelflife_str_compare(x->workload->cluster, y->workload->cluster);
    return order ? order : shelflife_str_compare(x->workload->namespace, y->workload->namespace);
}

/* By cluster and namespace; inside one the worst stay first, as the entries lie in memory. */
static int compare(const void *a, const void *b)
{
    entry *x = *(entry *const *)a, *y = *(entry *const *)b;
    int order = compare_namespaces(x, y);
    return order ? order : (x > y) - (x < y);
}

static void cut_into_groups(struct report_groups *g, size_t count)
{
    entry *previous = NULL;
    for (size_t i = 0; i < count; i++) {
        struct report_group *last = g->count ? &g->at[g->count - 1] : NULL;
        bool same = last && previous && compare_namespaces(previous, g->entries[i]) == 0;
        previous = g->entries[i];
        if (same && last->count < REPORT_RESULTS_MAX) {
            last->count++;
            continue;
        }
        g->at[g->count++] = (struct report_group){.namespace = g->entries[i]->workload->namespace,
                                                  .part = same ? last->part + 1 : 1,
                                                  .entries = g->entries + i,
                                                  .count = 1};
    }
}

bool shelflife_report_group(const struct shelflife_audit_result *result, struct report_groups *out,
                            error *err)
{
    size_t n = result->finding_count;
    *out = (struct report_groups){0};
    out->entries = calloc(n + 1, sizeof(entry *));
    out->at = calloc(n + 1, sizeof(*out->at));
    if (!out->entries || !out->at) {
        shelflife_report_groups_free(out);
        return shelflife_fail_memory(err);
    }
    for (size_t i = 0; i < n; i++)
        out->entries[i] = result->findings[i];
    shelflife_sort(out->entries, n, sizeof(entry *), compare);
    cut_into_groups(out, n);
    return true;
}

void shelflife_report_groups_free(struct report_groups *groups)
{
    free(groups->entries);
    free(groups->at);
    *groups = (struct report_groups){0};
}

/* ---- One object ---- */

/* The result is the action of the policy. The action after the namespace's mode is a property. */
static const char *outcome_of(entry *e)
{
    static const char *const outcomes[] = {
        [SHELFLIFE_ALLOW] = "pass", [SHELFLIFE_WARN] = "warn", [SHELFLIFE_DENY] = "fail"};
    return shelflife_report_suppressed(e) ? "skip" : outcomes[e->image->verdict.action];
}

static const char *severity_of(entry *e)
{
    static const char *const severities[] = {
        [SHELFLIFE_PHASE_SUPPORTED] = "info",   [SHELFLIFE_PHASE_UNLISTED] = "info",
        [SHELFLIFE_PHASE_UNRESOLVED] = "info",  [SHELFLIFE_PHASE_INVALID] = "low",
        [SHELFLIFE_PHASE_ENDING] = "low",       [SHELFLIFE_PHASE_UNPATCHED] = "medium",
        [SHELFLIFE_PHASE_UNAVAILABLE] = "high",
    };
    return severities[e->image->verdict.phase];
}

/* A string that may be as long as a manifest allows. */
static void write_cut(writer *w, const char *key, str value)
{
    enum { VALUE_MAX = 512 };
    buffer clean CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&clean, VALUE_MAX);
    if (!value.len)
        return;
    shelflife_printable_append(value, VALUE_MAX, &clean);
    shelflife_json_member_string(w, key, shelflife_buffer_str(&clean));
    w->out->failed |= clean.failed;
}

static void write_resource(writer *w, const struct shelflife_audit_workload *workload)
{
    shelflife_json_member_array(w, "resources");
    shelflife_json_write_map(w);
    write_cut(w, "apiVersion", workload->api_version);
    write_cut(w, "kind", workload->kind);
    write_cut(w, "namespace", workload->namespace);
    write_cut(w, "name", workload->name);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
}

static void write_properties(writer *w, entry *e)
{
    const struct shelflife_verdict *v = &e->image->verdict;
    const struct shelflife_judged_match *judged = shelflife_report_match(e->image);
    char fingerprint[SHELFLIFE_AUDIT_FINGERPRINT];
    shelflife_audit_fingerprint(e, fingerprint);
    shelflife_json_member_map(w, "properties");
    write_cut(w, "image", v->image);
    if (e->image->digest.len) {
        write_cut(w, "digest", e->image->digest);
        shelflife_json_member_text(w, "known", shelflife_known_names[v->known]);
    }
    shelflife_json_member_text(w, "phase", shelflife_phase_name(v->phase));
    shelflife_json_member_text(w, "action", shelflife_action_name(e->action));
    if (judged) {
        write_cut(w, "product", judged->match->row->product->name);
        write_cut(w, "release", judged->match->release);
        shelflife_json_member_optional_day(w, "endOfPatch", shelflife_report_end_of_patch(judged));
        shelflife_json_member_optional_day(w, "endOfAvailability", judged->match->end_of_availability);
    }
    if (v->replacement)
        write_cut(w, "replacement", v->replacement->release);
    if (v->exception)
        shelflife_json_member_optional_day(w, "waivedUntil", v->exception->until);
    write_cut(w, "owner", e->workload->responsible);
    write_cut(w, "file", e->workload->file);
    shelflife_json_member_text(w, "fingerprint", fingerprint);
    shelflife_json_write_end(w);
}

static void write_result(writer *w, const struct shelflife_audit_result *result, entry *e)
{
    enum { SECONDS_OF_DAY = 86400 };
    buffer message CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&message, SIZE_MAX);
    shelflife_report_put_message(e, &message);
    shelflife_json_write_map(w);
    shelflife_json_member_text(w, "source", "shelflife");
    shelflife_json_member_text(w, "policy", "image-support-dates");
    shelflife_json_member_text(w, "rule", shelflife_phase_name(e->image->verdict.phase));
    shelflife_json_member_text(w, "category", "Supply chain");
    shelflife_json_member_text(w, "severity", severity_of(e));
    shelflife_json_member_text(w, "result", outcome_of(e));
    shelflife_json_member_bool(w, "scored", true);
    shelflife_json_member_map(w, "timestamp");
    shelflife_json_member_integer(w, "seconds", (int64_t)result->today * SECONDS_OF_DAY);
    shelflife_json_member_integer(w, "nanos", 0);
    shelflife_json_write_end(w);
    shelflife_json_member_string(w, "message", shelflife_buffer_str(&message));
    write_resource(w, e->workload);
    write_properties(w, e);
    shelflife_json_write_end(w);
    w->out->failed |= message.failed;
}

static void write_summary(writer *w, const struct report_group *group)
{
    static const char *const outcomes[] = {"pass", "fail", "warn", "error", "skip"};
    shelflife_json_member_map(w, "summary");
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        int64_t n = 0;
        for (size_t k = 0; k < group->count; k++)
            n += shelflife_str_equal(shelflife_str_of(outcomes[i]),
                                     shelflife_str_of(outcome_of(group->entries[k])));
        shelflife_json_member_integer(w, outcomes[i], n);
    }
    shelflife_json_write_end(w);
}

void shelflife_report_object_name(const struct report_group *group, buffer *out)
{
    shelflife_buffer_append(out, STR("shelflife"));
    if (group->part > 1)
        shelflife_buffer_format(out, "-%u", group->part);
}

/* An object without a namespace may own one that has a namespace, but not vice versa. */
static void write_owner(writer *w, const struct report_stamp *stamp)
{
    shelflife_json_member_array(w, "ownerReferences");
    shelflife_json_write_map(w);
    shelflife_json_member_text(w, "apiVersion", "rbac.authorization.k8s.io/v1");
    shelflife_json_member_text(w, "kind", "ClusterRole");
    shelflife_json_member_string(w, "name", stamp->owner);
    shelflife_json_member_string(w, "uid", stamp->owner_uid);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
}

static void write_metadata(writer *w, const struct shelflife_audit_result *result,
                           const struct report_group *group, const struct report_stamp *stamp)
{
    buffer name CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&name, SIZE_MAX);
    shelflife_report_object_name(group, &name);
    shelflife_json_member_map(w, "metadata");
    shelflife_json_member_string(w, "name", shelflife_buffer_str(&name));
    if (group->namespace.len)
        shelflife_json_member_string(w, "namespace", group->namespace);
    shelflife_json_member_map(w, "labels");
    shelflife_json_member_text(w, REPORT_LABEL, REPORT_LABEL_VALUE);
    shelflife_json_write_end(w);
    shelflife_json_member_map(w, "annotations");
    shelflife_json_member_day(w, "shelflife.dev/at", result->at);
    if (stamp && stamp->digest)
        shelflife_json_member_text(w, REPORT_DIGEST_ANNOTATION, stamp->digest);
    shelflife_json_write_end(w);
    if (stamp && stamp->owner.len)
        write_owner(w, stamp);
    shelflife_json_write_end(w);
    w->out->failed |= name.failed;
}

static void write_api_version(writer *w, const struct report_kind *kind)
{
    char text[64];
    snprintf(text, sizeof(text), "%.*s/%.*s", STR_PRINT(kind->group), STR_PRINT(kind->version));
    shelflife_json_member_text(w, "apiVersion", text);
}

void shelflife_report_object(const struct shelflife_audit_result *result, const struct report_group *group,
                             enum report_flavour flavour, const struct report_stamp *stamp, writer *w)
{
    const struct report_kind *kind = &shelflife_report_kinds[flavour];
    shelflife_json_write_map(w);
    write_api_version(w, kind);
    shelflife_json_member_string(w, "kind", group->namespace.len ? kind->kind : kind->cluster_kind);
    write_metadata(w, result, group, stamp);
    if (flavour == REPORT_FLAVOUR_OPENREPORTS)
        shelflife_json_member_text(w, "source", "shelflife");
    if (group->namespace.len) {
        shelflife_json_member_map(w, "scope");
        shelflife_json_member_text(w, "apiVersion", "v1");
        shelflife_json_member_text(w, "kind", "Namespace");
        shelflife_json_member_string(w, "name", group->namespace);
        shelflife_json_write_end(w);
    }
    write_summary(w, group);
    shelflife_json_member_array(w, "results");
    for (size_t i = 0; i < group->count; i++)
        write_result(w, result, group->entries[i]);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
}
