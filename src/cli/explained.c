#include "cli/explained.h"
#include "cli/explain_candidates.h"

#include "cli/explain_trace.h"
#include "cli/output.h"
#include "report/inspected.h"

enum { LINE_MAX_BYTES = 1024, MEMORY_MAX = 16 << 20 };

static void print_pair(const char *name, str value)
{
    printf("  %-11s ", name);
    shelflife_cli_print(value);
    putchar('\n');
}

static void print_day(const char *name, shelflife_day day)
{
    char text[SHELFLIFE_DAY_TEXT_MAX];
    if (day != SHELFLIFE_DAY_NONE)
        printf("  %-11s %s %s\n", "", name, shelflife_day_format(day, text));
}

/* The part of the reference, or of the configuration, that names the release. */
static void print_by(const struct shelflife_match *match)
{
    const struct shelflife_evidence *evidence = match->evidence;
    const str text = evidence ? evidence->value : match->version;
    printf("by %s", shelflife_report_match_by(match));
    if (evidence && evidence->name.len) {
        putchar(' ');
        shelflife_cli_print(evidence->name);
    }
    if (!text.len) /* the repository as a whole */
        return;
    printf(" \"");
    shelflife_cli_print(text);
    putchar('"');
}

static void print_source(const struct cli_style *style, const struct shelflife_match *match)
{
    const struct shelflife_catalog *catalog = match->row->product->catalog;
    char as_of[SHELFLIFE_DAY_TEXT_MAX];
    printf("  %-11s %s", "", style->dim);
    print_by(match);
    if (match->pattern.len) {
        printf(", pattern ");
        shelflife_cli_print(match->pattern);
    }
    printf(", in catalog ");
    shelflife_cli_print(catalog->name);
    printf(" of %s, ", shelflife_day_format(catalog->as_of, as_of));
    shelflife_cli_print(match->row->path);
    printf("%s\n", style->plain);
    if (match->row->source.len) {
        printf("  %-11s %s", "", style->dim);
        shelflife_cli_print(match->row->source);
        printf("%s\n", style->plain);
    }
}

static const char *const kind_words[] = {
    [SHELFLIFE_MATCH_RELEASE] = "release",
    [SHELFLIFE_MATCH_SEVERAL] = "several",
    [SHELFLIFE_MATCH_OLDER] = "older",
    [SHELFLIFE_MATCH_BETWEEN] = "between",
    [SHELFLIFE_MATCH_PRE_RELEASE] = "pre-release",
};

static const char *const kind_notes[] = {
    [SHELFLIFE_MATCH_RELEASE] = NULL,
    [SHELFLIFE_MATCH_SEVERAL] = "it can be any of several releases, which have all ended",
    [SHELFLIFE_MATCH_OLDER] = "it is older than any release listed",
    [SHELFLIFE_MATCH_BETWEEN] = "it is between two releases that have ended",
    [SHELFLIFE_MATCH_PRE_RELEASE] = "it is a pre-release of this release",
};

static void print_match(const struct cli_style *style, const struct shelflife_judged_match *judged)
{
    const struct shelflife_match *match = judged->match;
    const struct shelflife_row *row = match->row;
    printf("  %-11s %s", "match", style->bold);
    shelflife_cli_print(row->product->title);
    printf("%s", match->release.len ? " " : "");
    shelflife_cli_print(match->release);
    printf("%s, %s%s%s: %s\n", style->plain, shelflife_cli_phase_style(style, judged->phase),
           shelflife_phase_name(judged->phase), style->plain, shelflife_action_name(judged->action));
    print_day("end of patch", match->end_of_patch);
    print_day("end of extended support", match->end_of_extended_patch);
    print_day("end of availability", match->end_of_availability);
    if (kind_notes[match->kind])
        print_pair("", shelflife_str_of(kind_notes[match->kind]));
    else if (match->ended)
        print_pair("", STR("ended on a date that was not published"));
    if (match->moved_to.len) {
        printf("  %-11s moved to ", "");
        shelflife_cli_print(match->moved_to);
        putchar('\n');
    }
    if (row->latest.len && match->kind == SHELFLIFE_MATCH_RELEASE) {
        printf("  %-11s newest patch ", "");
        shelflife_cli_print(row->latest);
        printf("%s\n", match->outdated ? "; this image is older" : "");
    }
    if (match->contradicts) {
        printf("  %-11s the reference says ", "");
        shelflife_cli_print(match->contradicts->release);
        printf("; the configuration is believed\n");
    }
    if (row->note.len)
        print_pair("", row->note);
    print_source(style, match);
}

static void describe(struct cli_explained *x, const struct shelflife_trace_step *step, buffer *out)
{
    shelflife_buffer_init(out, MEMORY_MAX);
    shelflife_cli_describe_step(x->catalogs, step, out);
    x->failed |= out->failed;
}

static void describe_needed(struct cli_explained *x, buffer *out)
{
    shelflife_buffer_init(out, MEMORY_MAX);
    shelflife_cli_needed(x->catalogs, &x->verdict, &x->trace, out);
    x->failed |= out->failed;
}

static void print_runners_up(struct cli_explained *x, const struct cli_style *style)
{
    bool first = true;
    for (size_t i = 0; i < x->trace.count; i++) {
        const struct shelflife_trace_step *step = &x->trace.steps[i];
        const char *why = shelflife_cli_why_not_taken(&x->verdict, step);
        if (!why)
            continue;
        buffer what CLEANUP(shelflife_buffer_free);
        describe(x, step, &what);
        printf("  %-11s %s", first ? "not used" : "", style->dim);
        shelflife_cli_print(shelflife_buffer_str(&what));
        printf(": %s%s\n", why, style->plain);
        first = false;
    }
}

static void print_needed(struct cli_explained *x)
{
    buffer needed CLEANUP(shelflife_buffer_free);
    describe_needed(x, &needed);
    if (needed.len)
        print_pair("needed", shelflife_buffer_str(&needed));
}

static void print_softening(const struct shelflife_verdict *verdict)
{
    char day[SHELFLIFE_DAY_TEXT_MAX];
    if (verdict->announced != SHELFLIFE_DAY_NONE)
        printf("  %-11s denied from %s on\n", "", shelflife_day_format(verdict->announced, day));
    if (verdict->stale)
        print_pair("", STR("the catalog is older than the policy allows (maxAge)"));
    if (!verdict->exception)
        return;
    printf("  %-11s allowed until %s by an exception of ", "",
           shelflife_day_format(verdict->exception->until, day));
    shelflife_cli_print(verdict->exception->owner);
    printf(": ");
    shelflife_cli_print(verdict->exception->reason);
    putchar('\n');
}

/* What the inventory has, and for which digest. */
static void print_inspected(const struct shelflife_inspected *inspected)
{
    char day[SHELFLIFE_DAY_TEXT_MAX];
    if (!inspected)
        return;
    printf("  %-11s ", "inspected");
    shelflife_cli_print(inspected->digest);
    printf("%s", inspected->platform.len ? " for " : "");
    shelflife_cli_print(inspected->platform);
    printf(" on %s\n", shelflife_day_format(inspected->on, day));
    if (inspected->by_tag)
        print_pair("", STR("the tag had this digest when it was seen last"));
    if (inspected->base_name.len || inspected->base_digest.len) {
        printf("  %-11s ", "base image");
        shelflife_cli_print(inspected->base_name);
        printf("%s", inspected->base_name.len && inspected->base_digest.len ? "@" : "");
        shelflife_cli_print(inspected->base_digest);
        printf(", as annotated\n");
    }
    print_day("packages of", inspected->snapshot);
    if (inspected->outdated)
        print_pair("", STR("its publisher has a newer build"));
}

void shelflife_cli_explained_print(struct cli_explained *x, const struct cli_style *style)
{
    const struct shelflife_verdict *verdict = &x->verdict;
    char at[SHELFLIFE_DAY_TEXT_MAX];
    buffer line CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&line, LINE_MAX_BYTES);
    shelflife_verdict_describe(verdict, LINE_MAX_BYTES, &line);
    printf("%s%.*s%s\n", style->bold, STR_PRINT(shelflife_buffer_str(&line)), style->plain);
    printf("  %-11s %s%s%s on %s: %s\n", "verdict", shelflife_cli_phase_style(style, verdict->phase),
           shelflife_phase_name(verdict->phase), style->plain, shelflife_day_format(verdict->at, at),
           shelflife_action_name(verdict->action));
    print_softening(verdict);
    if (verdict->reference.normalized.len)
        print_pair("reference", verdict->reference.normalized);
    if (verdict->resolution.canonical.len &&
        !shelflife_str_equal(verdict->resolution.canonical, verdict->reference.name))
        print_pair("mirror of", verdict->resolution.canonical);
    print_inspected(verdict->inspected);
    if (verdict->unverified)
        print_pair("unverified", STR("no catalog lists the digest; the release is taken from the tag alone"));
    if (!verdict->match_count && verdict->resolution.covered_by)
        print_pair("covered by", verdict->resolution.covered_by->title);
    for (size_t i = 0; i < verdict->match_count; i++)
        print_match(style, &verdict->matches[i]);
    print_runners_up(x, style);
    shelflife_cli_candidates_print(x->catalogs, &x->verdict, style);
    print_needed(x);
}

static void write_match(struct shelflife_json_writer *w, const struct shelflife_judged_match *judged)
{
    const struct shelflife_match *match = judged->match;
    const struct shelflife_product *product = match->row->product;
    shelflife_json_write_map(w);
    shelflife_json_member_nullable(w, "catalog", product->catalog->name);
    shelflife_json_member_nullable(w, "product", product->name);
    shelflife_json_member_nullable(w, "release", match->release);
    shelflife_json_member_text(w, "phase", shelflife_phase_name(judged->phase));
    shelflife_json_member_day(w, "endOfPatch", match->end_of_patch);
    shelflife_json_member_day(w, "endOfAvailability", match->end_of_availability);
    shelflife_json_member_bool(w, "outdated", match->outdated);
    shelflife_json_member_nullable(w, "latest", match->row->latest);
    shelflife_json_member_nullable(w, "source", match->row->source);
    shelflife_json_member_day(w, "endOfExtendedPatch", match->end_of_extended_patch);
    shelflife_json_member_bool(w, "ended", match->ended);
    shelflife_json_member_text(w, "action", shelflife_action_name(judged->action));
    shelflife_report_write_match_by(w, match);
    shelflife_json_member_nullable(w, "version", match->version);
    shelflife_json_member_nullable(w, "pattern", match->pattern);
    shelflife_json_member_nullable(w, "row", match->row->path);
    shelflife_json_member_nullable(w, "note", match->row->note);
    shelflife_json_member_day(w, "asOf", product->catalog->as_of);
    shelflife_json_member_text(w, "kind", kind_words[match->kind]);
    shelflife_json_member_nullable(w, "movedTo", match->moved_to);
    shelflife_json_write_end(w);
}

static void write_runners_up(struct cli_explained *x, struct shelflife_json_writer *w)
{
    shelflife_json_member_array(w, "runnersUp");
    for (size_t i = 0; i < x->trace.count; i++) {
        const struct shelflife_trace_step *step = &x->trace.steps[i];
        const char *why = shelflife_cli_why_not_taken(&x->verdict, step);
        if (!why)
            continue;
        buffer what CLEANUP(shelflife_buffer_free);
        describe(x, step, &what);
        shelflife_json_write_map(w);
        shelflife_json_member_nullable(w, "what", shelflife_buffer_str(&what));
        shelflife_json_member_nullable(w, "why", shelflife_str_of(why));
        shelflife_json_member_nullable(w, "product", step->product ? step->product->name : (str){0});
        shelflife_json_member_nullable(w, "release", step->row ? step->row->release : (str){0});
        shelflife_json_member_nullable(w, "row", step->row ? step->row->path : (str){0});
        shelflife_json_member_nullable(w, "text", step->text);
        shelflife_json_write_end(w);
    }
    shelflife_json_write_end(w);
}

static void write_needed(struct cli_explained *x, struct shelflife_json_writer *w)
{
    buffer needed CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&needed, LINE_MAX_BYTES);
    shelflife_cli_needed(x->catalogs, &x->verdict, &x->trace, &needed);
    shelflife_json_member_nullable(w, "needed", shelflife_buffer_str(&needed));
}

void shelflife_cli_explained_write(struct cli_explained *x, struct shelflife_json_writer *w)
{
    const struct shelflife_verdict *verdict = &x->verdict;
    const struct shelflife_reference *reference = &verdict->reference;
    shelflife_json_member_nullable(w, "image", verdict->image);
    shelflife_json_member_map(w, "reference");
    shelflife_json_member_nullable(w, "registry", reference->registry);
    shelflife_json_member_nullable(w, "repository", reference->repository);
    shelflife_json_member_nullable(w, "tag", reference->tag);
    shelflife_json_member_nullable(w, "digest", reference->digest);
    shelflife_json_write_end(w);
    shelflife_json_member_day(w, "at", verdict->at);
    shelflife_json_member_text(w, "phase", shelflife_phase_name(verdict->phase));
    shelflife_json_member_text(w, "action", shelflife_action_name(verdict->action));
    shelflife_json_member_bool(w, "unverified", verdict->unverified);
    shelflife_json_member_array(w, "matches");
    for (size_t i = 0; i < verdict->match_count; i++)
        write_match(w, &verdict->matches[i]);
    shelflife_json_write_end(w);
    shelflife_json_member_bool(w, "stale", verdict->stale);
    shelflife_json_member_nullable(w, "canonical", verdict->resolution.canonical);
    shelflife_json_member_nullable(
        w, "coveredBy", verdict->resolution.covered_by ? verdict->resolution.covered_by->name : (str){0});
    write_runners_up(x, w);
    write_needed(x, w);
    shelflife_cli_candidates_write(x->catalogs, &x->verdict, w);
    shelflife_json_member_bool(w, "outdated", verdict->outdated);
    shelflife_json_member_bool(w, "contradicted", verdict->contradicted);
    shelflife_json_member_text(w, "known", shelflife_known_names[verdict->known]);
    shelflife_report_write_inspected(w, verdict);
}

/* ---- How it was resolved ---- */

/* Finds the entry of the inventory that the verdict is based on. */
static bool find_inspected(const struct cli_explained *x, struct shelflife_inventory_entry *out)
{
    const struct shelflife_inspected *inspected = x->verdict.inspected;
    return inspected && shelflife_inventory_find_digest(x->inventory, inspected->digest, out);
}

bool shelflife_cli_explained_trace(struct cli_explained *x, error *err)
{
    struct shelflife_inventory_entry entry;
    struct shelflife_resolution again;
    str name;
    x->trace = (struct shelflife_trace){0};
    if (x->verdict.invalid)
        return true;
    if (!shelflife_policy_map(x->policy, x->verdict.reference.name, &x->arena, &name, err))
        return false;
    return shelflife_catalogs_trace(x->catalogs, name, &x->verdict.reference,
                                    find_inspected(x, &entry) ? &entry.evidence : NULL, &x->arena, &again,
                                    &x->trace, err);
}
