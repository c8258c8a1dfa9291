#include "catalog/combine.h"

#include "catalog/ends.h"

static uint32_t choice_at(const struct catalog_choice *c, size_t i)
{
    return c->numbers ? c->numbers[i] : c->first + (uint32_t)i;
}

enum { CLOSED = -1, OPEN = 0 }; /* greater: an exact match; one more than the number of fields */

static int standing(const struct catalog_condition *when, const struct catalog_fields *known)
{
    int matched = 0;
    bool exactly = true;
    while (when->field.len) {
        str field = when->field, value = catalog_value_of(known->fields, known->count, field);
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

/* Combines the rows with the score `best`: the latest of each date. Returns false if they are of several
 * releases. */
static bool combine(const struct shelflife_catalogs *set, const struct catalog_choice *choice,
                    const int8_t *standings, int best, struct shelflife_match *match)
{
    struct catalog_ends latest = {CATALOG_OVER, CATALOG_OVER, CATALOG_OVER, false};
    *match = (struct shelflife_match){0};
    for (size_t i = 0; i < choice->count; i++) {
        const struct shelflife_row *row = &set->content.rows.at[choice_at(choice, i)];
        if (standings[i] != best)
            continue;
        if (match->row && !shelflife_str_equal(match->row->release, row->release))
            return false;
        struct catalog_ends ends = catalog_ends(row);
        /* The row of the match is one of those that are patched longest. */
        if (!match->row || ends.patch > latest.patch ||
            (ends.patch == latest.patch && ends.availability > catalog_end(match->row->end_of_availability)))
            match->row = row;
        latest = catalog_ends_latest(&latest, &ends);
        match->rows_open++;
    }
    if (match->row)
        match->release = match->row->release;
    catalog_ends_put(&latest, match);
    return true;
}

bool shelflife_catalog_is_within(const struct catalog_limits *limits, str release)
{
    return (!limits->from.len || shelflife_catalog_compare(release, limits->from) >= 0) &&
           (!limits->before.len || shelflife_catalog_compare(release, limits->before) < 0);
}

/* Whether versions of the row have as many numbers as the reference. A spelling without numbers, such as a
 * codename, is as good as one with the right number. */
static bool has_numbers(const struct shelflife_row *row, const struct catalog_fields *known)
{
    return !row->numbers || !known->numbers || row->numbers == known->numbers;
}

/* Whether the row's release exists in the repository. */
static bool exists(const struct shelflife_row *row, const struct catalog_fields *known)
{
    return !known->limits || !row->release.len || shelflife_catalog_is_within(known->limits, row->release);
}

enum catalog_releases shelflife_catalog_combine(const struct shelflife_catalogs *set,
                                                const struct catalog_choice *choice,
                                                const struct catalog_fields *known,
                                                struct shelflife_match *match)
{
    int8_t standings[CATALOG_ROWS_PER_KEY_MAX] UNINITIALIZED;
    int best = CLOSED;
    bool listed = false;
    for (size_t i = 0; i < choice->count; i++) {
        const uint32_t first = set->content.whens.at[choice_at(choice, i)];
        const struct shelflife_row *row = &set->content.rows.at[choice_at(choice, i)];
        bool numbers = !known || has_numbers(row, known);
        listed = listed || numbers;
        standings[i] = !known ? OPEN
                       : numbers && exists(row, known)
                           ? (int8_t)standing(set->content.conditions.at + first, known)
                           : CLOSED;
        best = standings[i] > best ? standings[i] : best;
    }
    if (best == CLOSED)
        return listed ? CATALOG_OTHER_VARIANT : CATALOG_NO_RELEASE;
    return combine(set, choice, standings, best, match) ? CATALOG_ONE_RELEASE : CATALOG_SEVERAL_RELEASES;
}
