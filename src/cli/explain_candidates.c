#include "cli/explain_candidates.h"

#include <stdio.h>

#include "cli/catalog_common.h"
#include "cli/output.h"

enum { SHOWN_MAX = 12 };

struct candidates {
    const struct shelflife_catalogs *catalogs;
    const struct shelflife_product *product;
    str version; /* that the release begins with; empty: any */
    shelflife_day at;
    size_t next; /* row */
    str last;    /* the release before */
};

/* The version that a tag names, without what follows it: "3" of "3-bookworm"; empty for "latest". */
static str version_in(str tag)
{
    size_t len = 0;
    if (tag.len && tag.at[0] == 'v')
        tag = shelflife_str_after(tag, 1);
    while (len < tag.len && tag.at[len] != '-' && tag.at[len] != '_')
        len++;
    return len && tag.at[0] >= '0' && tag.at[0] <= '9' ? shelflife_str_first(tag, len) : (str){0};
}

/* Returns false if the image cannot be one of several releases. */
static bool find(const struct shelflife_catalogs *catalogs, const struct shelflife_verdict *verdict,
                 struct candidates *c)
{
    const struct shelflife_product *product = verdict->resolution.product;
    const struct shelflife_reference *reference = &verdict->reference;
    bool open = verdict->phase == SHELFLIFE_PHASE_UNRESOLVED ||
                (verdict->because & SHELFLIFE_BECAUSE_UNRESOLVED) != 0;
    if (!open || verdict->invalid || !product || product->whole_tag ||
        (reference->digest.len && !reference->tag.len))
        return false;
    *c = (struct candidates){
        .catalogs = catalogs, .product = product, .version = version_in(reference->tag), .at = verdict->at};
    return true;
}

/* The next row of a release that was not there yet; NULL at the end. */
static const struct shelflife_row *next(struct candidates *c)
{
    while (c->next < c->product->row_count) {
        const struct shelflife_row *row =
            shelflife_catalogs_row_at(c->catalogs, c->product->first_row + c->next++);
        bool fits = c->version.len == 0 ||
                    (shelflife_str_starts(row->release, c->version) && row->release.len > c->version.len &&
                     row->release.at[c->version.len] == '.');
        if (!fits || row->release.len == 0 || shelflife_str_equal(row->release, c->last))
            continue;
        c->last = row->release;
        return row;
    }
    return NULL;
}

static size_t count_of(struct candidates c)
{
    size_t count = 0;
    while (next(&c))
        count++;
    return count;
}

static void print_row(const struct shelflife_row *row, shelflife_day at, const struct cli_style *style)
{
    enum shelflife_phase phase = shelflife_cli_row_phase(row, at, CLI_NOTICE);
    const char *colour = shelflife_cli_phase_style(style, phase);
    char day[SHELFLIFE_DAY_TEXT_MAX];
    printf("  %-11s ", "");
    shelflife_cli_print_column(row->release, 8);
    printf(" %s%s%s", colour, shelflife_phase_name(phase), *colour ? style->plain : "");
    if (row->end_of_patch != SHELFLIFE_DAY_NONE)
        printf(", end of patch %s", shelflife_day_format(row->end_of_patch, day));
    if (row->end_of_availability != SHELFLIFE_DAY_NONE)
        printf(", end of availability %s", shelflife_day_format(row->end_of_availability, day));
    putchar('\n');
}

void shelflife_cli_candidates_print(const struct shelflife_catalogs *catalogs,
                                    const struct shelflife_verdict *verdict, const struct cli_style *style)
{
    struct candidates c;
    if (!find(catalogs, verdict, &c))
        return;
    size_t count = count_of(c), shown = 0;
    if (count < 2)
        return;
    printf("  %-11s any of %zu releases; the tag moves when a new one is published\n", "could be", count);
    for (const struct shelflife_row *row; shown < SHOWN_MAX && (row = next(&c)); shown++)
        print_row(row, c.at, style);
    if (count > shown)
        printf("  %-11s and %zu more\n", "", count - shown);
}

void shelflife_cli_candidates_write(const struct shelflife_catalogs *catalogs,
                                    const struct shelflife_verdict *verdict, struct shelflife_json_writer *w)
{
    struct candidates c;
    shelflife_json_member_array(w, "candidates");
    if (find(catalogs, verdict, &c))
        for (const struct shelflife_row *row; (row = next(&c));) {
            enum shelflife_phase phase = shelflife_cli_row_phase(row, c.at, CLI_NOTICE);
            shelflife_json_write_map(w);
            shelflife_json_member_string(w, "release", row->release);
            shelflife_json_member_text(w, "phase", shelflife_phase_name(phase));
            shelflife_json_member_day(w, "endOfPatch", row->end_of_patch);
            shelflife_json_member_day(w, "endOfAvailability", row->end_of_availability);
            shelflife_json_member_nullable(w, "latest", row->latest);
            shelflife_json_write_end(w);
        }
    shelflife_json_write_end(w);
}
