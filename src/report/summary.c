/* Writes the lines below a table. */
#include "report/internal.h"

static void put_number(struct report_output *r, uint64_t n, const char *what)
{
    if (n)
        shelflife_buffer_format(&r->out, "%llu %s\n", (unsigned long long)n, what);
}

/* Images about which nothing is known, so that "allowed" does not mean that they are supported. */
static void put_not_judged(struct report_output *r)
{
    static const struct {
        enum shelflife_phase phase;
        const char *what;
    } reasons[] = {{SHELFLIFE_PHASE_UNLISTED, "in no catalog"},
                   {SHELFLIFE_PHASE_UNRESOLVED, "without a known release"}};
    const uint64_t *counts = r->result->counts.image_phases;
    uint64_t sum = 0;
    for (size_t i = 0; i < COUNT(reasons); i++)
        sum += counts[reasons[i].phase];
    if (!sum)
        return;
    shelflife_buffer_format(&r->out, "%llu image%s not judged:", (unsigned long long)sum,
                            sum == 1 ? "" : "s");
    for (size_t i = 0, shown = 0; i < COUNT(reasons); i++)
        if (counts[reasons[i].phase])
            shelflife_buffer_format(&r->out, "%s %llu %s", shown++ ? "," : "",
                                    (unsigned long long)counts[reasons[i].phase], reasons[i].what);
    shelflife_buffer_byte(&r->out, '\n');
}

static void put_skipped(struct report_output *r)
{
    for (size_t i = 0; i < r->result->skipped_count; i++) {
        const struct shelflife_audit_skipped *s = &r->result->skipped[i];
        shelflife_buffer_format(&r->out, "skipped: %.*s: %llu", STR_PRINT(s->why),
                                (unsigned long long)s->count);
        if (s->source.len) {
            shelflife_buffer_append(&r->out, STR(" ("));
            shelflife_report_escape_plain(s->source, &r->out);
            shelflife_buffer_byte(&r->out, ')');
        }
        shelflife_buffer_byte(&r->out, '\n');
    }
}

static void put_catalogs(struct report_output *r)
{
    for (size_t i = 0; i < r->result->catalog_count; i++) {
        const struct shelflife_audit_catalog *c = &r->result->catalogs[i];
        if (!c->stale || !c->used)
            continue;
        shelflife_buffer_append(&r->out, STR("catalog "));
        shelflife_report_escape_plain(c->catalog->name, &r->out);
        shelflife_buffer_format(&r->out, " is %d days old: newer dates may be known\n", c->age);
    }
}

static void put_known(struct report_output *r)
{
    size_t before = r->out.len;
    shelflife_report_put_known(r->result, &r->out);
    if (r->out.len > before)
        shelflife_buffer_byte(&r->out, '\n');
}

static void put_findings(struct report_output *r)
{
    const struct shelflife_audit_result *result = r->result;
    size_t before = r->out.len;
    shelflife_report_put_new(result, &r->out);
    if (r->out.len > before)
        shelflife_buffer_byte(&r->out, '\n');
    shelflife_report_put_summary(result, &r->out);
    shelflife_buffer_byte(&r->out, '\n');
    put_known(r);
    if (!result->counts.workloads && result->counts.objects)
        shelflife_buffer_format(&r->out, "no images in %llu object%s\n",
                                (unsigned long long)result->counts.objects,
                                result->counts.objects == 1 ? "" : "s");
    put_not_judged(r);
    put_number(r, result->counts.waived, "allowed by exceptions");
    if (!r->options->all)
        put_number(r, result->counts.history, "finished or scaled to zero (history)");
    if (!r->options->all)
        put_number(r, result->counts.unused, "in what is not used, such as a stage that is not built");
    put_skipped(r);
    put_catalogs(r);
    if (result->partial)
        shelflife_buffer_format(&r->out, "%s: %s\n", result->counts.objects ? "PARTIAL" : "NOTHING AUDITED",
                                shelflife_report_why_partial(result));
}

static void put_forecast(struct report_output *r)
{
    uint64_t to[SHELFLIFE_PHASES] = {0}, stuck = 0;
    for (size_t i = 0; i < r->result->change_count; i++) {
        to[r->result->changes[i].to]++;
        stuck += r->result->changes[i].stuck;
    }
    shelflife_buffer_format(&r->out, "%zu change%s after ", r->result->change_count,
                            r->result->change_count == 1 ? "" : "s");
    shelflife_report_put_day(r->result->at, &r->out);
    if (r->result->within >= 0) {
        shelflife_buffer_append(&r->out, STR(" until "));
        shelflife_report_put_day(r->result->at + r->result->within, &r->out);
    }
    for (int phase = SHELFLIFE_PHASES - 1; phase >= 0; phase--)
        if (to[phase])
            shelflife_buffer_format(&r->out, ", %llu to %s", (unsigned long long)to[phase],
                                    shelflife_phase_name((enum shelflife_phase)phase));
    shelflife_buffer_byte(&r->out, '\n');
    put_number(r, stuck, "stuck: if a Pod is lost after that day, its controller cannot replace it");
}

static void put_comparison(struct report_output *r)
{
    size_t stricter = 0;
    for (size_t i = 0; i < r->result->difference_count; i++)
        stricter += r->result->differences[i]->action > r->result->differences[i]->old_action;
    shelflife_buffer_format(&r->out, "%zu stricter, %zu milder than with the policy of --compare\n", stricter,
                            r->result->difference_count - stricter);
}

void shelflife_report_put_below(struct report_output *r)
{
    static void (*const puts[])(struct report_output *) = {
        [SHELFLIFE_REPORT_FINDINGS] = put_findings,
        [SHELFLIFE_REPORT_FORECAST] = put_forecast,
        [SHELFLIFE_REPORT_COMPARISON] = put_comparison,
    };
    puts[r->options->what](r);
}
