/* The phase of a match on a day, and the release to move to. */
#include "catalog/internal.h"

const char *const shelflife_phase_names[] = {
    [SHELFLIFE_PHASE_SUPPORTED] = "supported",     [SHELFLIFE_PHASE_UNLISTED] = "unlisted",
    [SHELFLIFE_PHASE_UNRESOLVED] = "unresolved",   [SHELFLIFE_PHASE_INVALID] = "invalid",
    [SHELFLIFE_PHASE_ENDING] = "ending",           [SHELFLIFE_PHASE_UNPATCHED] = "unpatched",
    [SHELFLIFE_PHASE_UNAVAILABLE] = "unavailable", [SHELFLIFE_PHASES] = NULL,
};
_Static_assert(COUNT(shelflife_phase_names) == SHELFLIFE_PHASES + 1, "each phase has a name");

const char *shelflife_phase_name(enum shelflife_phase phase)
{
    return shelflife_phase_names[phase];
}

enum shelflife_phase shelflife_match_phase(const struct shelflife_match *match, shelflife_day at,
                                           int32_t notice, bool extended)
{
    extended = extended && match->end_of_extended_patch != SHELFLIFE_DAY_NONE;
    shelflife_day end = extended ? match->end_of_extended_patch : match->end_of_patch;
    if (match->end_of_availability != SHELFLIFE_DAY_NONE && at > match->end_of_availability)
        return SHELFLIFE_PHASE_UNAVAILABLE;
    if (match->ended && !extended)
        return SHELFLIFE_PHASE_UNPATCHED;
    if (end == SHELFLIFE_DAY_NONE)
        return SHELFLIFE_PHASE_SUPPORTED;
    if (at > end)
        return SHELFLIFE_PHASE_UNPATCHED;
    return (int64_t)end - at <= notice ? SHELFLIFE_PHASE_ENDING : SHELFLIFE_PHASE_SUPPORTED;
}

/* Whether two rows can be of the same variant: they have a common value for each field that both name. */
static bool same_variant(const struct catalog_condition *a, const struct catalog_condition *b)
{
    for (const struct catalog_condition *p = a; p->field.len; p++) {
        bool named = false, common = false;
        for (const struct catalog_condition *q = b; q->field.len; q++) {
            if (!shelflife_str_equal(p->field, q->field))
                continue;
            named = true;
            for (const struct catalog_condition *r = a; r->field.len; r++)
                common = common ||
                         (shelflife_str_equal(r->field, q->field) && shelflife_str_equal(r->value, q->value));
        }
        if (named && !common)
            return false;
    }
    return true;
}

static bool is_supported(const struct shelflife_row *row, shelflife_day at, int32_t notice, bool extended)
{
    const struct shelflife_match match = {.end_of_patch = row->end_of_patch,
                                          .end_of_availability = row->end_of_availability,
                                          .end_of_extended_patch = row->end_of_extended_patch,
                                          .ended = row->ended};
    return shelflife_match_phase(&match, at, notice, extended) == SHELFLIFE_PHASE_SUPPORTED;
}

static bool is_numbered(const struct shelflife_row *row)
{
    return row->release.len > 0 && ascii_is_digit(row->release.at[0]);
}

const struct shelflife_row *shelflife_match_replacement(const struct shelflife_catalogs *set,
                                                        const struct shelflife_match *match, shelflife_day at,
                                                        int32_t notice, bool extended, bool *or_later)
{
    const struct catalog_content *c = &set->content;
    const struct shelflife_product *product = match->row->product;
    const uint32_t *order = set->index.by_version.at + product->first_row;
    const struct catalog_condition *when = c->conditions.at + c->whens.at[match->row - c->rows.at];
    const struct shelflife_row *found = NULL;
    *or_later = false;
    if (!is_numbered(match->row))
        return NULL;
    for (size_t i = set->index.newer.at[match->row - c->rows.at]; i < product->row_count && !*or_later; i++) {
        const struct shelflife_row *row = &c->rows.at[order[i]];
        if (!is_numbered(row) || !is_supported(row, at, notice, extended) ||
            !same_variant(when, c->conditions.at + c->whens.at[order[i]]))
            continue;
        if (!found)
            found = row;
        else if (!shelflife_str_equal(row->release, found->release))
            *or_later = true;
    }
    return found;
}
