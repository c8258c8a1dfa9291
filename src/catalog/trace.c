#include "catalog/trace.h"

void shelflife_catalog_trace_add(struct catalog_recorder *r, enum shelflife_trace_kind kind,
                                 enum shelflife_trace_outcome outcome,
                                 const struct shelflife_product *product, const struct shelflife_row *row,
                                 str text)
{
    if (r->count == r->capacity && !r->cut) {
        size_t capacity = r->capacity ? 2 * r->capacity : 16;
        struct shelflife_trace_step *more =
            capacity > CATALOG_TRACE_MAX ? NULL : shelflife_arena_array(r->arena, capacity, sizeof(*more));
        if (more && r->count)
            memcpy(more, r->steps, r->count * sizeof(*more));
        r->cut = more == NULL;
        if (more) {
            r->steps = more;
            r->capacity = capacity;
        }
    }
    str copy;
    if (r->cut || !shelflife_arena_copy(r->arena, text, &copy)) {
        r->cut = true;
        return;
    }
    r->steps[r->count++] = (struct shelflife_trace_step){kind, outcome, product, row, copy};
}

/* Why a row was not taken: it contradicts the reference, another one fits better, or it is not later. */
static enum shelflife_trace_outcome outcome_of(const struct shelflife_catalogs *set, uint32_t row,
                                               uint32_t taken, const struct catalog_fields *known)
{
    const uint32_t both[] = {taken, row};
    const struct catalog_choice alone = {&row, 0, 1}, together = {both, 0, COUNT(both)};
    struct shelflife_match match;
    if (shelflife_catalog_combine(set, &alone, known, &match) < CATALOG_ONE_RELEASE)
        return SHELFLIFE_TRACE_OTHER_VARIANT;
    enum catalog_releases releases = shelflife_catalog_combine(set, &together, known, &match);
    return releases == CATALOG_ONE_RELEASE && match.rows_open == 1 ? SHELFLIFE_TRACE_LESS_EXACT
                                                                   : SHELFLIFE_TRACE_NOT_LATER;
}

void shelflife_catalog_trace_rows(struct catalog_recorder *r, const struct shelflife_catalogs *set,
                                  const struct catalog_choice *choice, const struct catalog_fields *known,
                                  const struct shelflife_match *match)
{
    const struct shelflife_row *rows = set->content.rows.at;
    const uint32_t taken = (uint32_t)(match->row - rows);
    shelflife_catalog_trace_add(r, SHELFLIFE_TRACE_ROW, SHELFLIFE_TRACE_TAKEN, match->row->product,
                                match->row, (str){0});
    for (size_t i = 0; i < choice->count && !r->cut; i++) {
        uint32_t row = choice->numbers ? choice->numbers[i] : choice->first + (uint32_t)i;
        if (row != taken)
            shelflife_catalog_trace_add(r, SHELFLIFE_TRACE_ROW, outcome_of(set, row, taken, known),
                                        rows[row].product, &rows[row], (str){0});
    }
}
