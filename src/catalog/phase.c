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

static enum shelflife_phase phase_by_dates(const struct shelflife_match *match, shelflife_day at,
                                           int32_t notice, bool extended)
{
    extended = extended && match->end_of_extended_patch != SHELFLIFE_DAY_NONE;
    shelflife_day end = shelflife_match_end_of_patch(match, extended);
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

static bool may_have_newer(const struct shelflife_match *match, bool extended)
{
    shelflife_day end = shelflife_match_end_of_patch(match, extended);
    return end != SHELFLIFE_DAY_NONE && end > match->row->product->catalog->as_of;
}

enum shelflife_phase shelflife_match_phase(const struct shelflife_match *match, shelflife_day at,
                                           int32_t notice, bool extended)
{
    if (match->kind == SHELFLIFE_MATCH_BETWEEN && match->counts_after != SHELFLIFE_DAY_NONE &&
        at <= match->counts_after)
        return SHELFLIFE_PHASE_UNRESOLVED;
    /* What ends after the day of the catalog may have got newer releases by then. */
    if (match->kind == SHELFLIFE_MATCH_SEVERAL && may_have_newer(match, extended))
        return SHELFLIFE_PHASE_UNRESOLVED;
    enum shelflife_phase phase = phase_by_dates(match, at, notice, extended);
    return match->kind != SHELFLIFE_MATCH_RELEASE && phase < SHELFLIFE_PHASE_UNPATCHED
               ? SHELFLIFE_PHASE_UNRESOLVED
               : phase;
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

/* How good it is to move to a release. */
enum advice {
    ADVICE_NONE,
    ADVICE_SUPPORTED,
    ADVICE_LASTING,   /* supported for at least a year */
    ADVICE_LONG_TERM, /* with long-term support */
};

enum { LASTING_DAYS = 365, CANDIDATES_MAX = 512 };

static enum advice advice_for(const struct shelflife_row *row, shelflife_day at, int32_t notice,
                              bool extended)
{
    const struct shelflife_match match = {.end_of_patch = row->end_of_patch,
                                          .end_of_availability = row->end_of_availability,
                                          .end_of_extended_patch = row->end_of_extended_patch,
                                          .ended = row->ended};
    if (phase_by_dates(&match, at, notice, extended) != SHELFLIFE_PHASE_SUPPORTED)
        return ADVICE_NONE;
    if (phase_by_dates(&match, at, notice > LASTING_DAYS ? notice : LASTING_DAYS, extended) !=
        SHELFLIFE_PHASE_SUPPORTED)
        return ADVICE_SUPPORTED;
    return row->lts ? ADVICE_LONG_TERM : ADVICE_LASTING;
}

static bool exists(const struct shelflife_match *match, const struct shelflife_row *row)
{
    return !match->before.len || shelflife_catalog_compare(row->release, match->before) < 0;
}

/* Where the rows that are newer begin, in the order of versions. A version that is not listed is older than
 * the match's row. */
static size_t first_newer(const struct shelflife_catalogs *set, const struct shelflife_match *match,
                          const uint32_t *order)
{
    const struct shelflife_row *rows = set->content.rows.at;
    uint32_t row = (uint32_t)(match->row - rows);
    size_t first = set->index.newer.at[row];
    if (match->kind != SHELFLIFE_MATCH_OLDER && match->kind != SHELFLIFE_MATCH_BETWEEN)
        return first;
    while (first > 0 && shelflife_str_equal(rows[order[first - 1]].release, match->row->release))
        first--;
    return first;
}

const struct shelflife_row *shelflife_match_replacement(const struct shelflife_catalogs *set,
                                                        const struct shelflife_match *match, shelflife_day at,
                                                        int32_t notice, bool extended, bool *or_later)
{
    const struct catalog_content *c = &set->content;
    const struct shelflife_product *product = match->row->product;
    const struct catalog_product *private = &c->products_private.at[product - c->products.at];
    const enum advice top = private->has_lts ? ADVICE_LONG_TERM : ADVICE_LASTING;
    const uint32_t *order = set->index.by_version.at + product->first_row;
    const struct catalog_condition *when = c->conditions.at + c->whens.at[match->row - c->rows.at];
    const struct shelflife_row *found = NULL;
    enum advice best = ADVICE_NONE;
    size_t end = private->ordered;
    size_t first = end ? first_newer(set, match, order) : 0;
    *or_later = false;
    if (end > CANDIDATES_MAX && first < end - CANDIDATES_MAX)
        first = end - CANDIDATES_MAX;
    for (size_t i = first; i < end && !(best == top && *or_later); i++) {
        const struct shelflife_row *row = &c->rows.at[order[i]];
        enum advice advice = advice_for(row, at, notice, extended);
        if (advice == ADVICE_NONE || !exists(match, row) ||
            !same_variant(when, c->conditions.at + c->whens.at[order[i]]))
            continue;
        /* Without a lasting release, the newest one is the best. */
        if (advice > best || (advice == ADVICE_SUPPORTED && best == ADVICE_SUPPORTED)) {
            found = row;
            best = advice;
            *or_later = false;
        } else if (advice >= ADVICE_LASTING && !shelflife_str_equal(row->release, found->release)) {
            *or_later = true;
        }
    }
    return found;
}
