/* The columns of the tabular formats. */
#include "report/internal.h"

enum shelflife_phase shelflife_report_row_phase(const struct report_row *row)
{
    return row->change ? row->change->to : row->entry->image->verdict.phase;
}

enum shelflife_action shelflife_report_row_action(const struct report_row *row)
{
    return row->change ? row->change->after : row->entry->action;
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

static void put_days(const struct report_row *row, buffer *out)
{
    shelflife_day date = shelflife_report_date(row->entry->image);
    if (date != SHELFLIFE_DAY_NONE)
        shelflife_buffer_format(out, "%lld", (long long)date - row->entry->image->verdict.at);
}

static void put_workload(const struct report_row *row, buffer *out)
{
    shelflife_report_put_workload(row->entry->workload, out);
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

/* Enough of it to tell it from others: "sha256:0123456789ab". */
static void put_short_digest(const struct report_row *row, buffer *out)
{
    enum { DIGITS = 12 };
    str digest = row->entry->image->digest;
    size_t colon = shelflife_str_find(digest, ':');
    shelflife_buffer_append(out,
                            colon == SIZE_MAX ? digest : shelflife_str_first(digest, colon + 1 + DIGITS));
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

static void put_place(const struct report_row *row, buffer *out)
{
    const struct shelflife_audit_place *place = &row->entry->place;
    shelflife_buffer_append(out, place->file);
    if (place->file.len && place->line)
        shelflife_buffer_format(out, ":%llu", (unsigned long long)place->line);
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

enum {
    FINDINGS = REPORT_COLUMN_FINDINGS,
    FORECAST = REPORT_COLUMN_FORECAST,
    COMPARISON = REPORT_COLUMN_COMPARISON
};

#define IN_ALL .wide = true, .csv = true, .markdown = true
#define IN_LISTS .wide = true, .csv = true

/* clang-format off: one column of the report a line, or two */
const struct report_column shelflife_report_columns[] = {
    {"DATE", "day", FORECAST, 1, IN_ALL, .put = put_change_day},
    {"DAYS", "days", FORECAST, 2, IN_LISTS, .number = true, .put = put_change_days},
    {"WAS", "oldAction", COMPARISON, 1, IN_ALL, .style = REPORT_STYLE_PLAIN, .put = put_old_action},
    {"ACTION", "action", REPORT_COLUMN_ALWAYS, 1, IN_ALL, .style = REPORT_STYLE_ACTION, .put = put_action},
    {"WAS", "oldAction", FORECAST, 0, IN_LISTS, .put = put_old_action},
    {"PHASE", "phase", FINDINGS | COMPARISON, 1, IN_ALL, .style = REPORT_STYLE_PHASE, .put = put_phase},
    {"BECOMES", "phase", FORECAST, 1, IN_ALL, .style = REPORT_STYLE_PHASE, .put = put_phase},
    {"FROM", "oldPhase", FORECAST | COMPARISON, 0, IN_LISTS, .put = put_old_phase},
    {"DATE", "date", FINDINGS | COMPARISON, 1, .put = put_date},
    {"DAYS", "days", FINDINGS, 2, .number = true, .put = put_days},
    {"WORKLOAD", "workload", REPORT_COLUMN_ALWAYS, 1, .markdown = true, .foreign = true, .shrinks = true,
     .put = put_workload},
    {"NAMESPACE", "namespace", REPORT_COLUMN_ALWAYS, 0, IN_LISTS, .put = put_namespace},
    {"KIND", "kind", REPORT_COLUMN_ALWAYS, 0, IN_LISTS, .put = put_kind},
    {"NAME", "name", REPORT_COLUMN_ALWAYS, 0, IN_LISTS, .put = put_name},
    {"CONTAINER", "containers", REPORT_COLUMN_ALWAYS, 6, IN_LISTS, .put = put_containers},
    {"IMAGE", "image", REPORT_COLUMN_ALWAYS, 1, IN_ALL, .foreign = true, .shrinks = true, .put = put_image},
    {"DIGEST", "shortDigest", REPORT_COLUMN_ALWAYS, 1, .put = put_short_digest},
    {"FULL DIGEST", "digest", REPORT_COLUMN_ALWAYS, 0, IN_ALL, .foreign = true, .put = put_digest},
    {"KNOWN BY", "known", FINDINGS | COMPARISON, 4, IN_ALL, .put = put_known},
    {"RELEASE", "release", REPORT_COLUMN_ALWAYS, 4, IN_ALL, .put = put_release},
    {"MODE", "mode", REPORT_COLUMN_ALWAYS, 0, IN_LISTS, .put = put_mode},
    {"END OF PATCH", "endOfPatch", REPORT_COLUMN_ALWAYS, 0, IN_ALL, .put = put_end_of_patch},
    {"END OF AVAILABILITY", "endOfAvailability", REPORT_COLUMN_ALWAYS, 0, IN_ALL,
     .put = put_end_of_availability},
    {"NEXT", "next", FINDINGS, 0, IN_LISTS, .put = put_next},
    {"DAYS LEFT", "daysLeft", FINDINGS, 0, IN_LISTS, .number = true, .put = put_days_left},
    {"MOVE TO", "replacement", REPORT_COLUMN_ALWAYS, 3, IN_ALL, .put = put_replacement},
    {"CATALOG", "catalog", REPORT_COLUMN_ALWAYS, 0, IN_LISTS, .put = put_catalog},
    {"ROW", "row", REPORT_COLUMN_ALWAYS, 0, IN_LISTS, .put = put_catalog_row},
    {"WAIVED BY", "waivedBy", REPORT_COLUMN_ALWAYS, 8, IN_ALL, .foreign = true, .put = put_waived_by},
    {"UNTIL", "waivedUntil", REPORT_COLUMN_ALWAYS, 9, IN_ALL, .put = put_waived_until},
    {"OUTDATED", "outdated", FINDINGS, 0, IN_LISTS, .put = put_outdated},
    {"UNVERIFIED", "unverified", FINDINGS, 0, IN_LISTS, .put = put_unverified},
    {"CONTRADICTED", "contradicted", FINDINGS, 0, IN_LISTS, .put = put_contradicted},
    {"PODS", "pods", REPORT_COLUMN_ALWAYS, 7, IN_LISTS, .number = true, .put = put_pods},
    {"STUCK", "stuck", REPORT_COLUMN_ALWAYS, 2, IN_ALL, .put = put_stuck},
    {"OWNER", "owner", FINDINGS | COMPARISON, 5, IN_ALL, .foreign = true, .put = put_responsible},
    {"OWNER", "owner", FORECAST, 1, IN_ALL, .foreign = true, .shrinks = true, .put = put_responsible},
    {"PLACE", "place", REPORT_COLUMN_ALWAYS, 6, .wide = true, .markdown = true, .foreign = true,
     .put = put_place},
    {"FILE", "file", REPORT_COLUMN_ALWAYS, 0, .csv = true, .put = put_file},
    {"LINE", "line", REPORT_COLUMN_ALWAYS, 0, .csv = true, .number = true, .put = put_line},
    {"COLUMN", "column", REPORT_COLUMN_ALWAYS, 0, .csv = true, .number = true, .put = put_column},
    {"MESSAGE", "message", FINDINGS, 0, .csv = true, .put = put_message},
};
/* clang-format on */
const size_t shelflife_report_column_count = COUNT(shelflife_report_columns);
