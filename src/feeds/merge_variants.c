#include "feeds/format.h"
#include "feeds/merge.h"
#include "feeds/merge_row.h"
#include "feeds/place.h"

#include "base/ascii.h"
#include "shelflife/catalog.h"

/* A fact and a row that describes what it is about. */
struct pair {
    size_t row; /* in the catalog; for a new row, the number of the group */
    const struct feeds_placed *placed;
};

struct pairs {
    struct pair *at;
    size_t count, capacity;
};

enum { GROUPS_MAX = 1000 };

/* Everything about the product that is being written. */
struct variants {
    struct feeds_merge *m;
    const struct node *rows;
    struct pairs known, new;
    const struct feeds_placed *groups[GROUPS_MAX]; /* the first fact of each new row */
    size_t group_count;
    size_t numbers;             /* in all releases of the rows; 0 if they differ */
    str keys[FEEDS_FIELDS_MAX]; /* the fields that usually distinguish the rows */
    size_t key_count;
};

static bool add_pair(struct pairs *pairs, size_t row, const struct feeds_placed *placed, error *err)
{
    if (!shelflife_grow(&pairs->at, &pairs->capacity, pairs->count + 1, sizeof(*pairs->at)))
        return shelflife_fail_memory(err);
    pairs->at[pairs->count++] = (struct pair){row, placed};
    return true;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    if (p->row != q->row)
        return p->row < q->row ? -1 : 1;
    return (p->placed > q->placed) - (p->placed < q->placed);
}

/* The fields that at least half of the product's rows have in `when`. */
static void find_keys(struct variants *v)
{
    struct node row, when, value;
    size_t counts[FEEDS_FIELDS_MAX] = {0}, total = shelflife_node_count(*v->rows);
    str names[FEEDS_FIELDS_MAX];
    size_t count = 0;
    for (size_t r = 0; shelflife_node_at(v->rows, r, &row); r++) {
        if (!shelflife_node_get(&row, "when", &when))
            continue;
        for (size_t i = 0; shelflife_node_at(&when, i, &value); i++) {
            size_t k = 0;
            while (k < count && !shelflife_str_equal(names[k], shelflife_str_of(value.key)))
                k++;
            if (k == count && count < FEEDS_FIELDS_MAX)
                names[count++] = shelflife_str_of(value.key);
            if (k < count)
                counts[k]++;
        }
    }
    for (size_t k = 0; k < count; k++)
        if (counts[k] * 2 >= total)
            v->keys[v->key_count++] = names[k];
}

static void find_numbers(struct variants *v)
{
    struct node row;
    for (size_t i = 0; shelflife_node_at(v->rows, i, &row); i++) {
        size_t count = shelflife_feeds_count_numbers(shelflife_feeds_text_at(&row, "release"));
        v->numbers = i == 0 || count == v->numbers ? count : 0;
        if (v->numbers == 0)
            return;
    }
}

/* The release of a new row: as many numbers as all other rows have. */
static str cut_release(const struct variants *v, str release)
{
    return shelflife_feeds_cut(release, shelflife_feeds_count_numbers(release) ? v->numbers : 0);
}

static bool has_field(const struct feeds_placed *placed, str name)
{
    for (size_t i = 0; i < placed->field_count; i++)
        if (shelflife_str_equal(placed->fields[i].name, name))
            return true;
    return false;
}

/* Whether references with this version find the release without another spelling. */
static bool finds(str release, str version)
{
    return shelflife_str_starts(version, release) &&
           (version.len == release.len || !ascii_is_alphanumeric(version.at[release.len]));
}

/* Whether a version is the release without its separators: 124 is 12.4. */
static bool is_run_together(str release, str version)
{
    size_t k = 0;
    for (size_t i = 0; i < release.len; i++) {
        if (!ascii_is_alphanumeric(release.at[i]))
            continue;
        if (k == version.len || version.at[k++] != release.at[i])
            return false;
    }
    return k == version.len && k < release.len;
}

/* The other spelling that a new row needs for an image. *agrees is false if the image is of another release
   than the feed says. */
static str spelling_of(const struct variants *v, const struct feeds_placed *placed, bool *agrees)
{
    str release = cut_release(v, placed->fact->release);
    bool plain = placed->version.len == 0 || finds(release, placed->version);
    *agrees = plain || is_run_together(release, placed->version);
    return plain ? (str){0} : placed->version;
}

/* Whether two facts belong to one new row. */
static bool is_same_group(const struct variants *v, const struct feeds_placed *a,
                          const struct feeds_placed *b)
{
    bool agrees;
    if (!shelflife_str_equal(cut_release(v, a->fact->release), cut_release(v, b->fact->release)) ||
        !shelflife_str_equal(spelling_of(v, a, &agrees), spelling_of(v, b, &agrees)))
        return false;
    for (size_t k = 0; k < v->key_count; k++)
        if (has_field(a, v->keys[k]) != has_field(b, v->keys[k]) ||
            !shelflife_str_equal(shelflife_feeds_place_field(a, v->keys[k]),
                                 shelflife_feeds_place_field(b, v->keys[k])))
            return false;
    return true;
}

static bool add_new(struct variants *v, const struct feeds_placed *placed)
{
    /* Without an image, it is not known which variant a new row describes. */
    bool known = placed->fact->images.len > 0 || v->key_count == 0;
    if (placed->optional)
        return true;
    if (!known || placed->fact->release.len == 0) {
        shelflife_feeds_skip(v->m, placed->fact->line,
                             "release %.*s is not in the catalog, and the feed does not name its images",
                             STR_PRINT(placed->fact->release));
        return true;
    }
    bool agrees;
    spelling_of(v, placed, &agrees);
    if (!agrees) {
        shelflife_feeds_skip(v->m, placed->fact->line, "it names release %.*s and an image of %.*s",
                             STR_PRINT(placed->fact->release), STR_PRINT(placed->version));
        return true;
    }
    size_t group = 0;
    while (group < v->group_count && !is_same_group(v, v->groups[group], placed))
        group++;
    if (group == GROUPS_MAX)
        return shelflife_fail(v->m->err, SHELFLIFE_ERROR_LIMIT,
                              "%s: it has more than %d new releases of a product", v->m->feed->origin,
                              GROUPS_MAX);
    if (group == v->group_count)
        v->groups[v->group_count++] = placed;
    return add_pair(&v->new, group, placed, v->m->err);
}

/* Finds the rows that describe the fact most exactly. */
static bool pair_up(struct variants *v, const struct feeds_placed *placed)
{
    struct node row;
    unsigned best = 0;
    size_t before = v->known.count;
    for (size_t i = 0; shelflife_node_at(v->rows, i, &row); i++) {
        unsigned fits = shelflife_feeds_place_fits(&row, placed);
        if (fits == 0 || fits < best)
            continue;
        if (fits > best)
            v->known.count = before;
        best = fits;
        if (!add_pair(&v->known, i, placed, v->m->err))
            return false;
    }
    return best || add_new(v, placed);
}

enum { TOGETHER_MAX = 64 }; /* facts that one row describes */

static bool is_same_dates(const struct feeds_release *a, const struct feeds_release *b)
{
    return a->end_of_patch == b->end_of_patch && a->end_of_availability == b->end_of_availability &&
           a->ended == b->ended;
}

static shelflife_day later(shelflife_day a, shelflife_day b)
{
    if (a == SHELFLIFE_DAY_NONE || b == SHELFLIFE_DAY_NONE)
        return SHELFLIFE_DAY_NONE;
    return a > b ? a : b;
}

/* The latest of all dates: what holds for an image that no other row describes. With `like`, only of the
   facts that have the same dates as that one. */
static struct feeds_release combine(const struct pair *pairs, size_t count, const struct feeds_release *like)
{
    struct feeds_release all = {0};
    bool begun = false;
    for (size_t i = 0; i < count; i++) {
        const struct feeds_release *one = pairs[i].placed->fact;
        if (like && !is_same_dates(one, like))
            continue;
        if (!begun) {
            all = *one;
            begun = true;
            continue;
        }
        if (all.ended != one->ended)
            all.end_of_patch = all.ended ? one->end_of_patch : all.end_of_patch;
        else
            all.end_of_patch = later(all.end_of_patch, one->end_of_patch);
        all.ended = all.ended && one->ended;
        all.end_of_availability = later(all.end_of_availability, one->end_of_availability);
        all.keys |= one->keys;
        if (shelflife_version_compare(one->latest, all.latest) > 0)
            all.latest = one->latest;
    }
    return all;
}

static bool has_dates(const struct pair *pairs, size_t count, const struct feeds_release *like)
{
    for (size_t i = 0; i < count; i++)
        if (is_same_dates(pairs[i].placed->fact, like))
            return true;
    return false;
}

/* Whether facts with different dates are about different patches: then the latest date is that of the
 * release. */
static bool is_by_patch(const struct pair *pairs, size_t count)
{
    if (count > TOGETHER_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            if (!is_same_dates(pairs[i].placed->fact, pairs[k].placed->fact) &&
                shelflife_str_equal(pairs[i].placed->fact->release, pairs[k].placed->fact->release))
                return false;
    return true;
}

/* Whether the field's values separate the facts by their dates. */
static bool separates(str field, const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            if (!is_same_dates(pairs[i].placed->fact, pairs[k].placed->fact) &&
                shelflife_str_equal(shelflife_feeds_place_field(pairs[i].placed, field),
                                    shelflife_feeds_place_field(pairs[k].placed, field)))
                return false;
    return true;
}

static bool find_separating(const struct pair *pairs, size_t count, str *field)
{
    const struct feeds_placed *first = pairs[0].placed;
    for (size_t i = 0; i < first->field_count; i++) {
        *field = first->fields[i].name;
        if (separates(*field, pairs, count))
            return true;
    }
    return false;
}

/* Adds the values of a field among the facts with the dates of facts[i]. */
static size_t collect_values(str field, const struct pair *pairs, size_t count, size_t i,
                             struct feeds_field *out, size_t max)
{
    size_t n = 0;
    for (size_t k = i; k < count && n < max; k++) {
        str value = shelflife_feeds_place_field(pairs[k].placed, field);
        bool known = !is_same_dates(pairs[i].placed->fact, pairs[k].placed->fact);
        for (size_t j = 0; j < n && !known; j++)
            known = shelflife_str_equal(out[j].value, value);
        if (!known)
            out[n++] = (struct feeds_field){field, value};
    }
    return n;
}

/* Writes a row for all facts and, if their dates differ, further rows for those with other dates. */
static bool put_group(struct variants *v, const struct feeds_merge_row *row, const struct pair *pairs,
                      size_t count)
{
    struct feeds_field fields[FEEDS_FIELDS_MAX + TOGETHER_MAX];
    struct feeds_release all = combine(pairs, count, NULL), some;
    str field = {0};
    bool differ = false;
    for (size_t i = 1; i < count; i++)
        differ = differ || !is_same_dates(pairs[0].placed->fact, pairs[i].placed->fact);
    differ = differ && !is_by_patch(pairs, count);
    if (differ && (count > TOGETHER_MAX || !find_separating(pairs, count, &field)))
        return shelflife_fail(v->m->err, SHELFLIFE_ERROR_INPUT,
                              "%s: lines %zu and %zu: release %.*s has different dates for the same images",
                              v->m->feed->origin, pairs[0].placed->fact->line,
                              pairs[count - 1].placed->fact->line, STR_PRINT(pairs[0].placed->fact->release));
    /* The rest of the facts get rows of their own, with their own newest patches. */
    if (differ && has_dates(pairs, count, &all))
        all = combine(pairs, count, &all);
    /* A row without a release has no newest patch: the table's version may be that of something else. */
    if (row->old.value && shelflife_feeds_text_at(&row->old, "release").len == 0)
        all.keys &= ~(unsigned)FEEDS_KEY_LATEST;
    struct feeds_merge_row part = *row;
    part.fact = &all;
    shelflife_feeds_merge_row(&v->m->w, &part);
    if (!differ)
        return true;
    if (row->old.value) {
        part.release = shelflife_feeds_text_at(&row->old, "release");
        part.like = row->old;
        part.old = (struct node){0};
    }
    size_t own = row->field_count;
    if (own)
        memcpy(fields, row->fields, own * sizeof(*fields));
    for (size_t i = 0; i < count; i++) {
        bool first = !is_same_dates(&all, pairs[i].placed->fact);
        for (size_t k = 0; k < i && first; k++)
            first = !is_same_dates(pairs[k].placed->fact, pairs[i].placed->fact);
        if (!first)
            continue;
        part.field_count = own + collect_values(field, pairs, count, i, fields + own, TOGETHER_MAX);
        part.fields = fields;
        some = combine(pairs, count, pairs[i].placed->fact);
        part.fact = &some;
        shelflife_feeds_merge_row(&v->m->w, &part);
    }
    return true;
}

static bool put_new_group(struct variants *v, const struct pair *pairs, size_t count)
{
    const struct feeds_placed *first = pairs[0].placed;
    struct feeds_field fields[FEEDS_FIELDS_MAX];
    size_t n = 0;
    for (size_t k = 0; k < v->key_count; k++)
        if (has_field(first, v->keys[k]) || shelflife_str_equal(v->keys[k], STR("py")))
            fields[n++] = (struct feeds_field){v->keys[k], shelflife_feeds_place_field(first, v->keys[k])};
    struct feeds_merge_row row = {
        .release = cut_release(v, first->fact->release), .fields = fields, .field_count = n};
    row.spelling = spelling_of(v, first, &(bool){false});
    return put_group(v, &row, pairs, count);
}

/* Writes the new rows whose release is not lower than `release`, and removes them. */
static bool put_new_above(struct variants *v, str release, bool all, size_t *next)
{
    while (*next < v->new.count) {
        const struct pair *first = &v->new.at[*next];
        size_t count = 1;
        if (!all && shelflife_version_compare(first->placed->fact->release, release) <= 0)
            return true;
        while (*next + count < v->new.count && first[count].row == first->row)
            count++;
        if (!put_new_group(v, first, count))
            return false;
        *next += count;
    }
    return true;
}

static bool put_variants(struct variants *v)
{
    struct node row;
    size_t known = 0, new = 0;
    shelflife_json_member_array(&v->m->w, "rows");
    for (size_t i = 0; shelflife_node_at(v->rows, i, &row); i++) {
        size_t count = 0;
        if (!put_new_above(v, shelflife_feeds_text_at(&row, "release"), false, &new))
            return false;
        while (known + count < v->known.count && v->known.at[known + count].row == i)
            count++;
        struct feeds_merge_row out = {.old = row};
        if (count == 0)
            shelflife_feeds_format_copy(row, &v->m->w);
        else if (!put_group(v, &out, v->known.at + known, count))
            return false;
        known += count;
    }
    if (!put_new_above(v, (str){0}, true, &new))
        return false;
    shelflife_json_write_end(&v->m->w);
    return true;
}

bool shelflife_feeds_merge_variants(struct feeds_merge *m, const struct node *rows,
                                    const struct feeds_placed *const *placed, size_t count)
{
    struct variants v = {.m = m, .rows = rows};
    bool ok = true;
    find_keys(&v);
    find_numbers(&v);
    for (size_t i = 0; ok && i < count; i++)
        ok = pair_up(&v, placed[i]);
    shelflife_sort(v.known.at, v.known.count, sizeof(*v.known.at), compare_pairs);
    shelflife_sort(v.new.at, v.new.count, sizeof(*v.new.at), compare_pairs);
    ok = ok && put_variants(&v);
    shelflife_free(v.known.at);
    shelflife_free(v.new.at);
    return ok;
}
