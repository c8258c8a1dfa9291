/* The fields of an entry as text. */
#include "base/ascii.h"
#include "base/printable.h"
#include "report/internal.h"

const struct shelflife_judged_match *shelflife_report_match(const struct shelflife_audit_image *image)
{
    return image->verdict.match_count ? &image->verdict.matches[0] : NULL;
}

shelflife_day shelflife_report_end_of_patch(const struct shelflife_judged_match *judged)
{
    return shelflife_match_end_of_patch(judged->match, judged->extended);
}

shelflife_day shelflife_report_date(const struct shelflife_audit_image *image)
{
    const struct shelflife_judged_match *judged = shelflife_report_match(image);
    if (!judged)
        return SHELFLIFE_DAY_NONE;
    shelflife_day end = shelflife_report_end_of_patch(judged);
    if (judged->phase == SHELFLIFE_PHASE_UNAVAILABLE || end == SHELFLIFE_DAY_NONE)
        return judged->match->end_of_availability;
    return end;
}

bool shelflife_report_suppressed(const struct shelflife_audit_entry *entry)
{
    return entry->accepted || entry->history || entry->image->verdict.exception;
}

static void put_part(str part, buffer *out)
{
    if (part.len && out->len)
        shelflife_buffer_byte(out, '/');
    shelflife_buffer_append(out, part);
}

void shelflife_report_put_workload(const struct shelflife_audit_workload *w, buffer *out)
{
    buffer path CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&path, SIZE_MAX);
    put_part(w->namespace, &path);
    put_part(w->kind, &path);
    put_part(w->name, &path);
    shelflife_buffer_append(out, shelflife_buffer_str(&path));
    out->failed |= path.failed;
}

/* The names that kubectl prints, of built-in kinds. All others are in lower case, as kubectl also takes them.
 */
static const struct {
    str api_version, kind, name;
} short_kinds[] = {
    {STR_INIT("apps/v1"), STR_INIT("DaemonSet"), STR_INIT("ds")},
    {STR_INIT("apps/v1"), STR_INIT("Deployment"), STR_INIT("deploy")},
    {STR_INIT("apps/v1"), STR_INIT("ReplicaSet"), STR_INIT("rs")},
    {STR_INIT("apps/v1"), STR_INIT("StatefulSet"), STR_INIT("sts")},
    {STR_INIT("v1"), STR_INIT("Pod"), STR_INIT("po")},
    {STR_INIT("v1"), STR_INIT("ReplicationController"), STR_INIT("rc")},
};

static void put_short_kind(const struct shelflife_audit_workload *w, buffer *out)
{
    for (size_t i = 0; i < COUNT(short_kinds); i++)
        if (shelflife_str_equal(w->kind, short_kinds[i].kind) &&
            shelflife_str_equal(w->api_version, short_kinds[i].api_version)) {
            put_part(short_kinds[i].name, out);
            return;
        }
    size_t before = out->len;
    put_part(w->kind, out);
    for (size_t i = before; i < out->len; i++)
        out->at[i] = ascii_lower(out->at[i]);
}

void shelflife_report_put_short_workload(const struct shelflife_audit_workload *w, bool in_namespace,
                                         buffer *out)
{
    buffer path CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&path, SIZE_MAX);
    if (in_namespace)
        put_part(w->namespace, &path);
    put_short_kind(w, &path);
    put_part(w->name, &path);
    shelflife_buffer_append(out, shelflife_buffer_str(&path));
    out->failed |= path.failed;
}

str shelflife_report_title(const struct shelflife_product *product)
{
    return product->title.len ? product->title : product->name;
}

void shelflife_report_put_release(const struct shelflife_audit_image *image, buffer *out)
{
    const struct shelflife_judged_match *judged = shelflife_report_match(image);
    const struct shelflife_resolution *resolution = &image->verdict.resolution;
    if (judged) {
        const struct shelflife_match *match = judged->match;
        shelflife_buffer_append(out, shelflife_report_title(match->row->product));
        shelflife_buffer_append(out, match->release.len ? STR(" ") : STR(""));
        shelflife_buffer_append(out, match->release);
    } else if (resolution->product) {
        shelflife_buffer_append(out, shelflife_report_title(resolution->product));
    }
}

void shelflife_report_put_image(const struct shelflife_audit_image *image, buffer *out)
{
    shelflife_buffer_append(out, image->verdict.image);
    if (!image->digest.len || image->verdict.reference.digest.len)
        return;
    shelflife_buffer_byte(out, '@');
    shelflife_buffer_append(out, image->digest);
}

void shelflife_report_put_containers(const struct shelflife_audit_entry *entry, buffer *out)
{
    size_t shown = 0;
    for (size_t i = 0; i < entry->container_count; i++) {
        const struct shelflife_audit_container *c = &entry->containers[i];
        shelflife_buffer_append(out, shown++ ? STR(", ") : STR(""));
        shelflife_buffer_append(out, c->name.len ? c->name : c->path);
    }
    if (entry->container_total > shown && shown)
        shelflife_buffer_format(out, " and %llu more", (unsigned long long)(entry->container_total - shown));
}

static void put_verdict(const struct shelflife_audit_entry *entry, buffer *out)
{
    enum { VERDICT_MAX = 512, IMAGE_MAX = 200 };
    const struct shelflife_verdict *v = &entry->image->verdict;
    if (!entry->why.len || v->match_count) {
        shelflife_verdict_describe(v, VERDICT_MAX, out);
        return;
    }
    shelflife_printable_append(v->image, IMAGE_MAX, out);
    shelflife_buffer_append(out, STR(": the release cannot be determined"));
}

void shelflife_report_put_note(const struct shelflife_audit_entry *entry, buffer *out)
{
    enum { TEXT_MAX = 200 };
    size_t before = out->len;
    if (entry->unused)
        shelflife_buffer_append(out, STR("not used"));
    if (entry->why.len) {
        shelflife_buffer_append(out, out->len > before ? STR("; ") : STR(""));
        shelflife_buffer_append(out, STR("not resolved: "));
        shelflife_printable_append(entry->why, TEXT_MAX, out);
    }
    if (entry->hint.len) {
        shelflife_buffer_append(out, out->len > before ? STR("; ") : STR(""));
        shelflife_printable_append(entry->hint, TEXT_MAX, out);
    }
}

void shelflife_report_put_message(const struct shelflife_audit_entry *entry, buffer *out)
{
    enum { CONTAINERS_MAX = 200 };
    buffer names CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&names, SIZE_MAX);
    shelflife_report_put_containers(entry, &names);
    if (names.len) {
        shelflife_buffer_append(out, entry->container_total == 1 ? STR("container ") : STR("containers "));
        shelflife_printable_append(shelflife_buffer_str(&names), CONTAINERS_MAX, out);
        shelflife_buffer_append(out, STR(": "));
    }
    put_verdict(entry, out);
    if (entry->why.len || entry->hint.len || entry->unused) {
        shelflife_buffer_append(out, STR("; "));
        shelflife_report_put_note(entry, out);
    }
    out->failed |= names.failed;
}

void shelflife_report_put_day(shelflife_day day, buffer *out)
{
    char text[SHELFLIFE_DAY_TEXT_MAX];
    shelflife_buffer_append(out, shelflife_str_of(shelflife_day_format(day, text)));
}

static unsigned long long count(uint64_t n)
{
    return n;
}

void shelflife_report_put_new(const struct shelflife_audit_result *result, buffer *out)
{
    size_t new = 0;
    if (!result->counts.accepted)
        return;
    for (size_t i = 0; i < result->finding_count; i++)
        new += !shelflife_report_suppressed(result->findings[i]);
    if (new)
        shelflife_buffer_format(out, "%zu new finding%s", new, new == 1 ? "" : "s");
    else
        shelflife_buffer_append(out, STR("no new findings"));
    shelflife_buffer_format(out, "; %llu accepted by the baseline", count(result->counts.accepted));
}

void shelflife_report_put_summary(const struct shelflife_audit_result *result, buffer *out)
{
    const struct shelflife_audit_counts *c = &result->counts;
    shelflife_buffer_append(out, c->accepted ? STR("with these: ") : STR(""));
    shelflife_buffer_format(
        out, "%llu denied, %llu warned about, %llu allowed of %llu workload%s (%llu image%s) on ",
        count(c->actions[SHELFLIFE_DENY]), count(c->actions[SHELFLIFE_WARN]),
        count(c->actions[SHELFLIFE_ALLOW]), count(c->workloads), c->workloads == 1 ? "" : "s",
        count(c->images), c->images == 1 ? "" : "s");
    shelflife_report_put_day(result->at, out);
    if (c->left_out)
        shelflife_buffer_format(out, ", and %llu image%s not judged", count(c->left_out),
                                c->left_out == 1 ? "" : "s");
}

void shelflife_report_put_known(const struct shelflife_audit_result *result, buffer *out)
{
    const uint64_t *known = result->counts.known;
    uint64_t all = 0;
    if (!result->snapshot->inventory)
        return;
    for (size_t i = 0; i < SHELFLIFE_KNOWNS; i++)
        all += known[i];
    shelflife_buffer_format(out, "%llu of %llu image%s known by name, %llu by inspection, %llu not at all",
                            count(known[SHELFLIFE_KNOWN_BY_NAME]), count(all), all == 1 ? "" : "s",
                            count(known[SHELFLIFE_KNOWN_BY_INSPECTION]),
                            count(known[SHELFLIFE_KNOWN_BY_NOTHING]));
}

/* All sources could be read, but there was nothing in some of them. */
static bool only_empty(const struct shelflife_audit_result *result)
{
    for (size_t i = 0; i < result->problem_count; i++)
        if (!result->problems[i].empty && !result->problems[i].note)
            return false;
    return true;
}

const char *shelflife_report_why_partial(const struct shelflife_audit_result *result)
{
    if (result->interrupted)
        return "interrupted: the findings are incomplete";
    if (!result->unread)
        return "some objects have too many images";
    return !only_empty(result)      ? "some sources could not be read"
           : result->counts.objects ? "some sources have nothing to audit"
                                    : "no source has anything to audit";
}
