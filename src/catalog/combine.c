#include "catalog/combine.h"

static uint32_t choice_at(const struct catalog_choice *c, size_t i)
{
    return c->numbers ? c->numbers[i] : c->first + (uint32_t)i;
}

static str value_of(const struct catalog_fields *known, str field)
{
    for (size_t i = 0; i < known->count; i++)
        if (shelflife_str_equal(known->fields[i].field, field))
            return known->fields[i].value;
    return (str){0};
}

enum { CLOSED = -1, OPEN = 0 }; /* greater: an exact match; one more than the number of fields */

static int standing(const struct catalog_condition *when, const struct catalog_fields *known)
{
    int matched = 0;
    bool exactly = true;
    while (when->field.len) {
        str field = when->field, value = value_of(known, field);
        bool has = false;
        for (; shelflife_str_equal(when->field, field); when++)
            has = has || shelflife_str_equal(when->value, value);
        if (!has && value.len)
            return CLOSED;
        exactly = exactly && has;
        matched += has;
    }
    return exactly ? matched + 1 : OPEN;
}

/* An end of support as a number: the later, the greater. */
#define OVER INT64_MIN  /* on an unknown day */
#define NEVER INT64_MAX /* no known end */

static int64_t end_of(shelflife_day day)
{
    return day == SHELFLIFE_DAY_NONE ? NEVER : day;
}

static int64_t patch_end(const struct shelflife_row *row)
{
    return row->ended ? OVER : end_of(row->end_of_patch);
}

/* Where another row of the release has extended support, a row without it counts with its own end. */
static int64_t extended_end(const struct shelflife_row *row)
{
    return row->end_of_extended_patch != SHELFLIFE_DAY_NONE ? row->end_of_extended_patch : patch_end(row);
}

static shelflife_day day_of(int64_t end)
{
    return end == NEVER || end == OVER ? SHELFLIFE_DAY_NONE : (shelflife_day)end;
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Combines the rows with the score `best`: the latest of each date. Returns false if they are of several
 * releases. */
static bool combine(const struct shelflife_catalogs *set, const struct catalog_choice *choice,
                    const int8_t *standings, int best, struct shelflife_match *match)
{
    int64_t patch = OVER, availability = OVER, extended = OVER;
    bool has_extended = false;
    *match = (struct shelflife_match){0};
    for (size_t i = 0; i < choice->count; i++) {
        const struct shelflife_row *row = &set->content.rows.at[choice_at(choice, i)];
        if (standings[i] != best)
            continue;
        if (match->row && !shelflife_str_equal(match->row->release, row->release))
            return false;
        int64_t ends = patch_end(row), vanishes = end_of(row->end_of_availability);
        if (!match->row || ends > patch_end(match->row) ||
            (ends == patch_end(match->row) && vanishes > end_of(match->row->end_of_availability)))
            match->row = row;
        patch = greater(patch, ends);
        availability = greater(availability, vanishes);
        extended = greater(extended, extended_end(row));
        has_extended = has_extended || row->end_of_extended_patch != SHELFLIFE_DAY_NONE;
        match->rows_open++;
    }
    match->ended = patch == OVER;
    match->end_of_patch = day_of(patch);
    match->end_of_availability = day_of(availability);
    match->end_of_extended_patch = has_extended ? day_of(extended) : SHELFLIFE_DAY_NONE;
    return true;
}

enum catalog_releases shelflife_catalog_combine(const struct shelflife_catalogs *set,
                                                const struct catalog_choice *choice,
                                                const struct catalog_fields *known,
                                                struct shelflife_match *match)
{
    int8_t standings[CATALOG_ROWS_PER_KEY_MAX];
    int best = CLOSED;
    for (size_t i = 0; i < choice->count; i++) {
        const uint32_t first = set->content.whens.at[choice_at(choice, i)];
        standings[i] = known ? (int8_t)standing(set->content.conditions.at + first, known) : OPEN;
        best = standings[i] > best ? standings[i] : best;
    }
    if (best == CLOSED)
        return CATALOG_NO_RELEASE;
    return combine(set, choice, standings, best, match) ? CATALOG_ONE_RELEASE : CATALOG_SEVERAL_RELEASES;
}
