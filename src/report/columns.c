/* The columns of the tabular formats. */
#include "base/ascii.h"
#include "report/internal.h"

enum shelflife_phase shelflife_report_row_phase(const struct report_row *row)
{
    return row->tally ? row->tally->worst : row->change ? row->change->to : row->entry->image->verdict.phase;
}

enum shelflife_action shelflife_report_row_action(const struct report_row *row)
{
    return row->change ? row->change->after : row->entry->action;
}

bool shelflife_report_is_of_rows(const struct report_output *r, const struct report_column *column)
{
    return column->what & r->shown && (!column->of_many || r->many_clusters) &&
           (!column->of_allowed || r->some_allowed);
}

static const struct shelflife_judged_match *match_of(const struct report_row *row)
{
    return shelflife_report_match(row->entry->image);
}

static void put_action_name(enum shelflife_action action, buffer *out)
{
    shelflife_buffer_append(out, shelflife_str_of(shelflife_action_name(action)));
}

static void put_phase_name(enum shelflife_phase phase, buffer *out)
{
    shelflife_buffer_append(out, shelflife_str_of(shelflife_phase_name(phase)));
}

static void put_count(uint64_t n, buffer *out)
{
    if (n)
        shelflife_buffer_format(out, "%llu", (unsigned long long)n);
}

static void put_yes(bool yes, buffer *out)
{
    if (yes)
        shelflife_buffer_append(out, STR("yes"));
}

static void put_change_day(const struct report_row *row, buffer *out)
{
    shelflife_report_put_day(row->change->day, out);
}

static void put_change_days(const struct report_row *row, buffer *out)
{
    shelflife_buffer_format(out, "%lld", (long long)row->change->day - row->entry->image->verdict.at);
}

static void put_action(const struct report_row *row, buffer *out)
{
    put_action_name(shelflife_report_row_action(row), out);
}

static void put_old_action(const struct report_row *row, buffer *out)
{
    put_action_name(row->change ? row->change->before : row->entry->old_action, out);
}

static void put_phase(const struct report_row *row, buffer *out)
{
    put_phase_name(shelflife_report_row_phase(row), out);
}

static void put_old_phase(const struct report_row *row, buffer *out)
{
    put_phase_name(row->change ? row->change->from : row->entry->image->old_phase, out);
}

static void put_date(const struct report_row *row, buffer *out)
{
    shelflife_report_put_day(shelflife_report_date(row->entry->image), out);
}

/* "743d ago", "in 12d" */
static void put_distance(shelflife_day day, shelflife_day from, buffer *out)
{
    const long long days = (long long)day - from;
    if (day == SHELFLIFE_DAY_NONE)
        return;
    if (days == 0)
        shelflife_buffer_append(out, STR("today"));
    else
        shelflife_buffer_format(out, days < 0 ? "%lldd ago" : "in %lldd", days < 0 ? -days : days);
}

static void put_when(const struct report_row *row, buffer *out)
{
    const struct shelflife_audit_image *image = row->entry->image;
    put_distance(row->change ? row->change->day : shelflife_report_date(image), image->verdict.at, out);
}

static void put_workload(const struct report_row *row, buffer *out)
{
    shelflife_report_put_short_workload(row->entry->workload, row->many_namespaces, out);
}

static void put_cluster(const struct report_row *row, buffer *out)
{
    shelflife_buffer_append(out, row->entry->workload->cluster);
}

static void put_namespace(const struct report_row *row, buffer *out)
{
    shelflife_buffer_append(out, row->entry->workload->namespace);
}

static void put_kind(const struct report_row *row, buffer *out)
{
    shelflife_buffer_append(out, row->entry->workload->kind);
}

static void put_name(const struct report_row *row, buffer *out)
{
    shelflife_buffer_append(out, row->entry->workload->name);
}

static void put_containers(const struct report_row *row, buffer *out)
{
    shelflife_report_put_containers(row->entry, out);
}

static void put_image(const struct report_row *row, buffer *out)
{
    shelflife_buffer_append(out, row->entry->image->verdict.image);
}

static void put_digest(const struct report_row *row, buffer *out)
{
    shelflife_buffer_append(out, row->entry->image->digest);
}

/* Enough of it to distinguish it from others: "0123456789ab". The image may have it already. */
static void put_short_digest(const struct report_row *row, buffer *out)
{
    enum { DIGITS = 12 };
    const struct shelflife_audit_image *image = row->entry->image;
    size_t colon = shelflife_str_find(image->digest, ':');
    if (colon != SIZE_MAX && !image->verdict.reference.digest.len)
        shelflife_buffer_append(out,
                                shelflife_str_first(shelflife_str_after(image->digest, colon + 1), DIGITS));
}

/* Without an inventory, it is always the name. */
static void put_known(const struct report_row *row, buffer *out)
{
    const struct shelflife_audit_image *image = row->entry->image;
    if (image->digest.len || image->verdict.inspected)
        shelflife_buffer_append(out, shelflife_str_of(shelflife_known_names[image->verdict.known]));
}

static void put_release(const struct report_row *row, buffer *out)
{
    shelflife_report_put_release(row->entry->image, out);
}

static void put_mode(const struct report_row *row, buffer *out)
{
    shelflife_buffer_append(out, shelflife_str_of(shelflife_mode_name(row->entry->workload->mode)));
}

static void put_end_of_patch(const struct report_row *row, buffer *out)
{
    if (match_of(row))
        shelflife_report_put_day(shelflife_report_end_of_patch(match_of(row)), out);
}

static void put_end_of_availability(const struct report_row *row, buffer *out)
{
    if (match_of(row))
        shelflife_report_put_day(match_of(row)->match->end_of_availability, out);
}

static void put_next(const struct report_row *row, buffer *out)
{
    shelflife_report_put_day(row->entry->next, out);
}

static void put_days_left(const struct report_row *row, buffer *out)
{
    if (row->entry->next != SHELFLIFE_DAY_NONE)
        shelflife_buffer_format(out, "%d", row->entry->days_left);
}

static void put_replacement(const struct report_row *row, buffer *out)
{
    shelflife_verdict_describe_replacement(&row->entry->image->verdict, out);
}

static void put_catalog(const struct report_row *row, buffer *out)
{
    if (match_of(row))
        shelflife_buffer_append(out, match_of(row)->match->row->product->catalog->name);
}

static void put_catalog_row(const struct report_row *row, buffer *out)
{
    if (match_of(row))
        shelflife_buffer_append(out, match_of(row)->match->row->path);
}

static void put_waived_by(const struct report_row *row, buffer *out)
{
    const struct shelflife_exception *exception = row->entry->image->verdict.exception;
    if (exception)
        shelflife_buffer_append(out, exception->owner);
}

static void put_waived_until(const struct report_row *row, buffer *out)
{
    const struct shelflife_exception *exception = row->entry->image->verdict.exception;
    if (exception)
        shelflife_report_put_day(exception->until, out);
}

static void put_outdated(const struct report_row *row, buffer *out)
{
    put_yes(row->entry->image->verdict.outdated, out);
}

static void put_unverified(const struct report_row *row, buffer *out)
{
    put_yes(row->entry->image->verdict.unverified, out);
}

static void put_contradicted(const struct report_row *row, buffer *out)
{
    put_yes(row->entry->image->verdict.contradicted, out);
}

static void put_pods(const struct report_row *row, buffer *out)
{
    put_count(row->entry->pods, out);
}

static void put_stuck(const struct report_row *row, buffer *out)
{
    put_yes(row->change ? row->change->stuck : row->entry->stuck, out);
}

static void put_responsible(const struct report_row *row, buffer *out)
{
    shelflife_buffer_append(out, row->entry->workload->responsible);
}

/* "deploy/app.yaml:12" */
static void put_place(const struct report_row *row, buffer *out)
{
    const struct shelflife_audit_place *place = &row->entry->place;
    shelflife_buffer_append(out, place->file);
    if (place->file.len && place->line)
        shelflife_buffer_format(out, ":%llu", (unsigned long long)place->line);
}

static void put_note(const struct report_row *row, buffer *out)
{
    shelflife_report_put_note(row->entry, out);
}

static void put_why(const struct report_row *row, buffer *out)
{
    shelflife_buffer_append(out, row->entry->why);
}

static void put_way(const struct report_row *row, buffer *out)
{
    shelflife_buffer_append(out, row->entry->way);
}

static void put_hint(const struct report_row *row, buffer *out)
{
    shelflife_buffer_append(out, row->entry->hint);
}

static void put_file(const struct report_row *row, buffer *out)
{
    shelflife_buffer_append(out, row->entry->place.file);
}

static void put_line(const struct report_row *row, buffer *out)
{
    put_count(row->entry->place.line, out);
}

static void put_column(const struct report_row *row, buffer *out)
{
    put_count(row->entry->place.column, out);
}

static void put_message(const struct report_row *row, buffer *out)
{
    shelflife_report_put_message(row->entry, out);
}

/* ---- Of a summary ---- */

static void put_group_namespace(const struct report_row *row, buffer *out)
{
    shelflife_report_put_group_name(SHELFLIFE_REPORT_BY_NAMESPACE, row, out);
}

static void put_group_image(const struct report_row *row, buffer *out)
{
    shelflife_report_put_group_name(SHELFLIFE_REPORT_BY_IMAGE, row, out);
}

static void put_group_owner(const struct report_row *row, buffer *out)
{
    shelflife_report_put_group_name(SHELFLIFE_REPORT_BY_OWNER, row, out);
}

static void put_group_product(const struct report_row *row, buffer *out)
{
    shelflife_report_put_group_name(SHELFLIFE_REPORT_BY_PRODUCT, row, out);
}

static void put_rows(const struct report_row *row, buffer *out)
{
    shelflife_buffer_format(out, "%zu", row->tally->rows);
}

static void put_denied(const struct report_row *row, buffer *out)
{
    shelflife_buffer_format(out, "%zu", row->tally->actions[SHELFLIFE_DENY]);
}

static void put_warned(const struct report_row *row, buffer *out)
{
    shelflife_buffer_format(out, "%zu", row->tally->actions[SHELFLIFE_WARN]);
}

static void put_allowed(const struct report_row *row, buffer *out)
{
    shelflife_buffer_format(out, "%zu", row->tally->actions[SHELFLIFE_ALLOW]);
}

/* ---- The table of columns ---- */

enum {
    FINDINGS = REPORT_COLUMN_FINDINGS,
    FORECAST = REPORT_COLUMN_FORECAST,
    COMPARISON = REPORT_COLUMN_COMPARISON,
    ALWAYS = REPORT_COLUMN_ALWAYS,
    SUMMARY = REPORT_COLUMN_SUMMARY,
    COUNTED = REPORT_COLUMN_COUNTED,
    COUNTED_ALL = REPORT_COLUMN_COUNTED_ALL,
    BY_NAMESPACE = REPORT_COLUMN_BY << SHELFLIFE_REPORT_BY_NAMESPACE,
    BY_IMAGE = REPORT_COLUMN_BY << SHELFLIFE_REPORT_BY_IMAGE,
    BY_OWNER = REPORT_COLUMN_BY << SHELFLIFE_REPORT_BY_OWNER,
    BY_PRODUCT = REPORT_COLUMN_BY << SHELFLIFE_REPORT_BY_PRODUCT,
};

#define IN_ALL .wide = true, .csv = true, .markdown = true
#define IN_LISTS .wide = true, .csv = true
#define CUT_START .cut = REPORT_CUT_START
#define CUT_END .cut = REPORT_CUT_END
#define NUMBER .number = true

/* clang-format off: a column takes two or three lines */
const struct report_column shelflife_report_columns[] = {
    {"DATE", "day", FORECAST, 1, IN_ALL, .put = put_change_day, .help = "the first day on which it is so"},
    {"DAYS", "days", FORECAST, 0, .csv = true, NUMBER, .put = put_change_days, .help = "days until then"},
    {"WAS", "oldAction", COMPARISON, 1, IN_ALL, .put = put_old_action,
     .help = "the action before: by the policy of --compare, or until the day of a forecast"},
    {"ACTION", "action", ALWAYS, 1, IN_ALL, .style = REPORT_STYLE_ACTION, .put = put_action,
     .help = "what the webhook does when the object is created: deny, warn or allow"},
    {"WAS", "oldAction", FORECAST, 0, IN_LISTS, .put = put_old_action},
    {"PHASE", "phase", FINDINGS | COMPARISON, 1, IN_ALL, .style = REPORT_STYLE_PHASE, .put = put_phase,
     .help = "of the image's release: supported, ending (soon unpatched), unpatched, unavailable; or "
             "unresolved (which release is not known), unlisted (in no catalog), invalid (not a reference)"},
    {"BECOMES", "phase", FORECAST, 1, IN_ALL, .style = REPORT_STYLE_PHASE, .put = put_phase,
     .help = "the phase from that day on"},
    {"FROM", "oldPhase", FORECAST | COMPARISON, 0, IN_LISTS, .put = put_old_phase,
     .help = "the phase before"},
    {"SINCE/UNTIL", "date", FINDINGS | COMPARISON, 3, .wide = true, .put = put_date,
     .help = "the last day on which the release was patched or available, or will be"},
    {"WHEN", "when", FINDINGS, 6, .wide = true, .put = put_when, .sort = put_date,
     .help = "how far that day is from the day of the audit: 743d ago, in 12d"},
    {"WHEN", "when", FORECAST, 3, .wide = true, .put = put_when, .sort = put_change_day},
    {"CLUSTER", "cluster", ALWAYS, 1, IN_ALL, .of_many = true, .foreign = true, CUT_END, .put = put_cluster,
     .help = "the context or the server; in tables only if there are several"},
    {"WORKLOAD", "workload", ALWAYS, 1, .markdown = true, .foreign = true, CUT_START, .put = put_workload,
     .help = "the object, or the one that owns it: deploy/cart; with its namespace if there are several"},
    {"NAMESPACE", "namespace", ALWAYS, 0, IN_LISTS, .put = put_namespace,
     .help = "of the object; of a summary: of all objects"},
    {"KIND", "kind", ALWAYS, 0, IN_LISTS, .put = put_kind, .help = "of the object"},
    {"NAME", "name", ALWAYS, 0, IN_LISTS, .put = put_name, .help = "of the object"},
    {"CONTAINER", "containers", ALWAYS, 11, IN_LISTS, CUT_END, .put = put_containers,
     .help = "the containers with this image"},
    {"IMAGE", "image", ALWAYS, 1, IN_ALL, .foreign = true, CUT_START, .put = put_image,
     .help = "the reference as it is written"},
    {"DIGEST", "shortDigest", ALWAYS, 9, .put = put_short_digest,
     .help = "12 digits of what a tag was or is running as"},
    {"FULL DIGEST", "digest", ALWAYS, 0, IN_ALL, .foreign = true, .put = put_digest,
     .help = "of what runs or, else, of what the inventory has for the reference"},
    {"KNOWN BY", "known", FINDINGS | COMPARISON, 10, IN_ALL, .put = put_known,
     .help = "where the release is known from: name, inspection, nothing"},
    {"MOVE TO", "replacement", ALWAYS, 4, IN_ALL, CUT_END, .put = put_replacement,
     .help = "the nearest release that is supported for at least a year, or else the newest"},
    {"RELEASE", "release", ALWAYS, 7, IN_ALL, CUT_END, .put = put_release,
     .help = "the worst release in the image"},
    {"MODE", "mode", ALWAYS, 0, IN_LISTS, .put = put_mode,
     .help = "of the namespace: enforce, warn, audit, off"},
    {"END OF PATCH", "endOfPatch", ALWAYS, 0, IN_ALL, .put = put_end_of_patch,
     .help = "the last day on which the release is patched"},
    {"END OF AVAILABILITY", "endOfAvailability", ALWAYS, 0, IN_ALL, .put = put_end_of_availability,
     .help = "the last day on which the release may be used"},
    {"NEXT", "next", FINDINGS, 0, IN_LISTS, .put = put_next,
     .help = "the day on which the phase changes next"},
    {"DAYS LEFT", "daysLeft", FINDINGS, 0, IN_LISTS, NUMBER, .put = put_days_left, .help = "days until then"},
    {"CATALOG", "catalog", ALWAYS, 0, IN_LISTS, .put = put_catalog,
     .help = "the catalog that has the release"},
    {"ROW", "row", ALWAYS, 0, IN_LISTS, .put = put_catalog_row, .help = "the place in that catalog"},
    {"WAIVED BY", "waivedBy", ALWAYS, 13, IN_ALL, .foreign = true, CUT_END, .put = put_waived_by,
     .help = "the owner of the policy's exception that allows it"},
    {"WAIVED UNTIL", "waivedUntil", ALWAYS, 14, IN_ALL, .put = put_waived_until,
     .help = "the last day of that exception"},
    {"OUTDATED", "outdated", FINDINGS, 0, IN_LISTS, .put = put_outdated,
     .help = "there is a newer patch of the release"},
    {"UNVERIFIED", "unverified", FINDINGS, 0, IN_LISTS, .put = put_unverified,
     .help = "only the tag names the release, not the digest beside it"},
    {"CONTRADICTED", "contradicted", FINDINGS, 0, IN_LISTS, .put = put_contradicted,
     .help = "the image's configuration names another release than its tag"},
    {"PODS", "pods", ALWAYS, 12, IN_LISTS, NUMBER, .put = put_pods, .help = "Pods that run it"},
    {"STUCK", "stuck", ALWAYS, 5, IN_ALL, .put = put_stuck,
     .help = "yes: its controller cannot replace a lost Pod"},
    {"OWNER", "owner", ALWAYS, 8, IN_ALL, .foreign = true, CUT_END, .put = put_responsible,
     .help = "the team, by the labels and annotations in `owners` of the policy"},
    {"PLACE", "place", ALWAYS, 2, .wide = true, .markdown = true, .foreign = true, CUT_START,
     .put = put_place, .help = "file and line of the image"},
    {"FILE", "file", ALWAYS, 0, .csv = true, .put = put_file, .help = "of the place"},
    {"LINE", "line", ALWAYS, 0, .csv = true, NUMBER, .put = put_line, .help = "of the place"},
    {"COLUMN", "column", ALWAYS, 0, .csv = true, NUMBER, .put = put_column, .help = "of the place"},
    {"WAY", "way", ALWAYS, 8, IN_ALL, CUT_END, .put = put_way,
     .help = "how it got there, if it is not written so"},
    {"NOTE", "note", ALWAYS, 5, .wide = true, .markdown = true, CUT_END, .put = put_note,
     .help = "why an image of a file is not resolved or not used, and what to correct"},
    {"WHY", "why", ALWAYS, 0, .csv = true, .put = put_why, .help = "why it is not resolved"},
    {"HINT", "hint", ALWAYS, 0, .csv = true, .put = put_hint, .help = "what to correct"},
    {"MESSAGE", "message", FINDINGS, 0, .csv = true, .put = put_message, .help = "all of this in a sentence"},
    {"NAMESPACE", "namespace", BY_NAMESPACE, 1, IN_ALL, .foreign = true, CUT_END, .put = put_group_namespace},
    {"IMAGE", "image", BY_IMAGE, 1, IN_ALL, .foreign = true, CUT_START, .put = put_group_image},
    {"OWNER", "owner", BY_OWNER, 1, IN_ALL, .foreign = true, CUT_END, .put = put_group_owner},
    {"PRODUCT", "product", BY_PRODUCT, 1, IN_ALL, CUT_END, .put = put_group_product},
    {"WORST", "worst", SUMMARY, 1, IN_ALL, .style = REPORT_STYLE_PHASE, .put = put_phase,
     .help = "in a summary: the worst phase"},
    {"FINDINGS", "count", COUNTED << SHELFLIFE_REPORT_FINDINGS, 1, IN_ALL, NUMBER, .put = put_rows,
     .help = "in a summary: those of the group"},
    {"CHANGES", "count", COUNTED << SHELFLIFE_REPORT_FORECAST, 1, IN_ALL, NUMBER, .put = put_rows,
     .help = "in the summary of a forecast: those of the group"},
    {"DIFFERENCES", "count", COUNTED << SHELFLIFE_REPORT_COMPARISON, 1, IN_ALL, NUMBER, .put = put_rows,
     .help = "in the summary of a comparison: those of the group"},
    {"IMAGES", "count", COUNTED_ALL, 1, IN_ALL, NUMBER, .put = put_rows,
     .help = "in a summary of everything (--all): those of the group's workloads"},
    {"DENIED", "denied", SUMMARY, 1, IN_ALL, NUMBER, .put = put_denied, .help = "of them: denied"},
    {"WARNED", "warned", SUMMARY, 1, IN_ALL, NUMBER, .put = put_warned, .help = "of them: warned about"},
    {"ALLOWED", "allowed", SUMMARY, 1, IN_ALL, NUMBER, .of_allowed = true, .put = put_allowed,
     .help = "of them: allowed; in tables only if there are any"},
};
/* clang-format on */
_Static_assert(COUNT(shelflife_report_columns) <= 64, "Markdown has a bit for each");
const size_t shelflife_report_column_count = COUNT(shelflife_report_columns);

/* Appends a text in lines of at most 79 characters, each after the first with `indent` blanks before it. */
static void put_wrapped(str text, size_t indent, buffer *out)
{
    enum { LINE_MAX = 79 };
    for (;;) {
        size_t end = text.len, most = LINE_MAX - indent;
        if (end > most) {
            end = most;
            while (end > 1 && text.at[end] != ' ')
                end--;
        }
        shelflife_buffer_append(out, shelflife_str_first(text, end));
        shelflife_buffer_byte(out, '\n');
        if (end >= text.len)
            return;
        text = shelflife_str_after(text, end + 1);
        shelflife_buffer_format(out, "%*s", (int)indent, "");
    }
}

void shelflife_report_describe_columns(buffer *out)
{
    enum { LEFT_WIDTH = 20 };
    for (size_t i = 0; i < shelflife_report_column_count; i++) {
        const struct report_column *column = &shelflife_report_columns[i];
        if (!column->help)
            continue;
        shelflife_buffer_format(out, "  %-*s ", LEFT_WIDTH, column->title);
        put_wrapped(shelflife_str_of(column->help), LEFT_WIDTH + 3, out);
    }
}

size_t shelflife_report_find_column(str name, unsigned what)
{
    for (size_t i = 0; i < shelflife_report_column_count; i++) {
        const struct report_column *column = &shelflife_report_columns[i];
        if (column->what & what && (ascii_equal_fold(name, shelflife_str_of(column->key)) ||
                                    ascii_equal_fold(name, shelflife_str_of(column->title))))
            return i;
    }
    return SIZE_MAX;
}
