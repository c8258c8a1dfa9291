#include "catalog/nearby.h"

#include "catalog/ends.h"

size_t shelflife_catalog_numbers(str text)
{
    size_t i = 0, end = 0;
    while (i < text.len && ascii_is_digit(text.at[i])) {
        while (i < text.len && ascii_is_digit(text.at[i]))
            i++;
        end = i;
        if (i < text.len && catalog_is_separator(text.at[i]))
            i++;
    }
    return end;
}

/* ---- groups ---- */

enum { NUMBERS_MAX = 8 /* of a release that are in groups, which bounds memory */ };

static catalog_hash hash(uint32_t product, str version)
{
    catalog_hash h = catalog_hash_start(product);
    for (size_t i = 0; i < version.len; i++)
        h = catalog_hash_byte(h, catalog_dotted(version.at[i]));
    return h;
}

/* Whether the version is that of the group: the beginning of its row's release. */
static bool is_version_of(const struct shelflife_catalogs *set, const struct catalog_group *group,
                          uint32_t product, str version)
{
    const struct shelflife_row *row = &set->content.rows.at[group->row];
    str release = shelflife_catalog_without_v(row->release);
    if (row->product != &set->content.products.at[product] || group->len != version.len)
        return false;
    for (size_t i = 0; i < version.len; i++)
        if (catalog_dotted(release.at[i]) != catalog_dotted(version.at[i]))
            return false;
    return true;
}

static struct catalog_group *find_hashed(const struct shelflife_catalogs *set, uint32_t product, str version,
                                         catalog_hash h, uint64_t *probes)
{
    const struct catalog_index *x = &set->index;
    size_t at = 0;
    for (uint32_t i; (i = shelflife_catalog_table_next(&x->groups, h, &at, probes)) != CATALOG_TABLE_NONE;) {
        struct catalog_group *group = &x->group_list.at[i];
        if (is_version_of(set, group, product, version))
            return group;
    }
    return NULL;
}

static struct catalog_group *find_group(const struct shelflife_catalogs *set, uint32_t product, str version,
                                        uint64_t *probes)
{
    return find_hashed(set, product, version, hash(product, version), probes);
}

/* The ends of a group are the latest of its rows. */
static bool add_to_group(struct shelflife_catalogs *set, uint32_t product, str version, bool whole,
                         uint32_t row, error *err)
{
    struct catalog_index *x = &set->index;
    const struct catalog_ends ends = catalog_ends(&set->content.rows.at[row]);
    const catalog_hash h = hash(product, version);
    uint64_t probes = 0;
    struct catalog_group *group = find_hashed(set, product, version, h, &probes);
    if (!group) {
        group = CATALOG_VECTOR_ADD(&x->group_list);
        if (!group)
            return shelflife_fail_memory(err);
        *group = (struct catalog_group){row, (uint16_t)version.len, whole, ends};
        return shelflife_catalog_table_put(&x->groups, h, (uint32_t)(x->group_list.count - 1), err);
    }
    group->whole = group->whole || whole;
    if (ends.patch > group->ends.patch)
        group->row = row;
    group->ends = catalog_ends_latest(&group->ends, &ends);
    return true;
}

static bool add_row(struct shelflife_catalogs *set, uint32_t product, uint32_t row, error *err)
{
    str release = shelflife_catalog_without_v(set->content.rows.at[row].release);
    bool any_version = set->content.rows.at[row].numbers == 0;
    size_t end = shelflife_catalog_numbers(release), groups = 0;
    bool ok = add_to_group(set, product, (str){release.at, 0}, false, row, err);
    for (size_t i = 1; ok && i <= end && groups < NUMBERS_MAX; i++)
        /* A release that is nothing but numbers is found as such. */
        if (i < release.len ? i == end || catalog_is_separator(release.at[i]) : !any_version) {
            ok = add_to_group(set, product, shelflife_str_first(release, i), i == end && any_version, row,
                              err);
            groups++;
        }
    return ok;
}

bool shelflife_catalog_nearby_build(struct shelflife_catalogs *set, error *err)
{
    const struct catalog_content *c = &set->content;
    if (!shelflife_catalog_table_init(&set->index.groups, c->rows.count, err))
        return false;
    for (uint32_t i = 0; i < c->products.count; i++) {
        const struct shelflife_product *product = &c->products.at[i];
        if (c->products_private.at[i].unversioned || product->whole_tag)
            continue;
        for (size_t k = 0; k < product->row_count; k++)
            if (!add_row(set, i, (uint32_t)(product->first_row + k), err))
                return false;
    }
    return true;
}

/* ---- matching ---- */

/* Whether a version is a release of its own. */
static bool is_listed(const struct shelflife_catalogs *set, uint32_t product, str version, uint64_t *probes)
{
    for (unsigned in_name = 0; in_name < 2; in_name++) {
        const uint32_t owner = catalog_key_owner(product, in_name);
        const catalog_hash h = catalog_hash_str(catalog_hash_start(owner), version);
        const struct catalog_key *key = shelflife_catalog_find_key(set, owner, h, version, probes);
        for (size_t i = 0; key && i < key->row_count; i++)
            if (!set->content.rows.at[set->index.key_rows.at[key->first + i]].numbers)
                return true;
    }
    return false;
}

static bool match_group(const struct shelflife_catalogs *set, const struct catalog_group *group, str version,
                        struct shelflife_match *match)
{
    if (group->ends.patch == CATALOG_NEVER)
        return false;
    *match = (struct shelflife_match){.row = &set->content.rows.at[group->row],
                                      .kind = SHELFLIFE_MATCH_SEVERAL,
                                      .release = version,
                                      .rows_open = 1};
    catalog_ends_put(&group->ends, match);
    return true;
}

struct wanted {
    const struct shelflife_row *rows;
    str version;
    uint64_t *probes;
};

static int compare_to_wanted(const void *key, const void *element)
{
    const struct wanted *wanted = key;
    const uint32_t *row = element;
    (*wanted->probes)++;
    return shelflife_catalog_compare(wanted->version, wanted->rows[*row].release);
}

/* The number of rows, sorted by version, that are older. */
static size_t count_older(const struct shelflife_catalogs *set, uint32_t product, str version,
                          uint64_t *probes)
{
    struct wanted wanted = {.rows = set->content.rows.at, .version = version};
    wanted.probes = probes;
    const uint32_t *order = set->index.by_version.at + set->content.products.at[product].first_row;
    return shelflife_lower_bound(&wanted, order, set->content.products_private.at[product].ordered,
                                 sizeof(*order), compare_to_wanted);
}

/* The last day on which a release near the version may have been patched: that at a place in the order of
 * versions, others of the same version, and those that continue it. */
static int32_t last_day(const struct shelflife_catalogs *set, uint32_t product, size_t place,
                        uint64_t *probes)
{
    const struct shelflife_row *rows = set->content.rows.at;
    const uint32_t *order = set->index.by_version.at + set->content.products.at[product].first_row;
    const size_t count = set->content.products_private.at[product].ordered;
    const str release = shelflife_catalog_without_v(rows[order[place]].release);
    const struct catalog_group *group =
        find_group(set, product, shelflife_str_first(release, shelflife_catalog_numbers(release)), probes);
    struct catalog_ends ends = catalog_ends(&rows[order[place]]);
    size_t from = place, to = place + 1;
    if (group)
        ends = catalog_ends_latest(&ends, &group->ends);
    while (from > 0 && place - from < CATALOG_ROWS_PER_KEY_MAX &&
           shelflife_catalog_compare(rows[order[from - 1]].release, release) == 0)
        from--;
    while (to < count && to - from <= CATALOG_ROWS_PER_KEY_MAX &&
           shelflife_catalog_compare(rows[order[to]].release, release) == 0)
        to++;
    /* Rows that share a spelling have a limit. */
    if (to - from > CATALOG_ROWS_PER_KEY_MAX)
        return CATALOG_NEVER;
    for (size_t i = from; i < to; i++) {
        struct catalog_ends other = catalog_ends(&rows[order[i]]);
        ends = catalog_ends_latest(&ends, &other);
    }
    return catalog_end_later(ends.extended, ends.patch);
}

/* YAML reads 1.20 without quotes as 1.2. */
static bool may_have_lost_zero(const struct shelflife_catalogs *set, uint32_t product, str version,
                               uint64_t *probes)
{
    char longer[CATALOG_VERSION_MAX + 1] UNINITIALIZED;
    if (version.len == 0 || version.len > CATALOG_VERSION_MAX || shelflife_str_find(version, '.') == SIZE_MAX)
        return false;
    shelflife_copy(longer, version.at, version.len);
    longer[version.len] = '0';
    version = (str){longer, version.len + 1};
    return find_group(set, product, version, probes) || is_listed(set, product, version, probes);
}

/* A version of a release that is listed with other text after its numbers: 3.5, if 3.x is. */
static bool is_of_release(const struct shelflife_catalogs *set, uint32_t product, str version,
                          uint64_t *probes)
{
    catalog_hash h = catalog_hash_start(product);
    for (size_t i = 0; i < version.len; i++) {
        const struct catalog_group *group = NULL;
        if (catalog_is_separator(version.at[i]))
            group = find_hashed(set, product, shelflife_str_first(version, i), h, probes);
        if (group && group->whole)
            return true;
        h = catalog_hash_byte(h, catalog_dotted(version.at[i]));
    }
    return false;
}

/* The number of a build, a date, or a commit whose hash has no letters. It says nothing of its age. */
static bool is_build(str version)
{
    enum { SHORT_COMMIT = 7 };
    return version.len >= SHORT_COMMIT && shelflife_str_find(version, '.') == SIZE_MAX;
}

/* Whether the version can be a release, or begin it: 1.1 can be 1.01, or 1.1.2. */
static bool can_be(const struct shelflife_catalogs *set, uint32_t row, str version)
{
    str release = shelflife_catalog_without_v(set->content.rows.at[row].release);
    size_t end = 0, left = 1;
    for (size_t i = 0; i < version.len; i++)
        left += catalog_is_separator(version.at[i]);
    while (end < release.len && !(catalog_is_separator(release.at[end]) && --left == 0))
        end++;
    return shelflife_catalog_compare(shelflife_str_first(release, end), version) == 0;
}

bool shelflife_catalog_nearby(const struct shelflife_catalogs *set, uint32_t product, str version,
                              uint64_t *probes, struct shelflife_match *match)
{
    const struct shelflife_product *p = &set->content.products.at[product];
    const uint32_t *order = set->index.by_version.at + p->first_row;
    size_t ordered = set->content.products_private.at[product].ordered;
    const struct catalog_group *group = find_group(set, product, version, probes);
    /* A release that is listed was not found, as its rows are for other variants. */
    if (version.len && is_listed(set, product, version, probes))
        return false;
    if (may_have_lost_zero(set, product, version, probes))
        return false;
    if (group)
        return match_group(set, group, version, match);
    if (version.len == 0 || is_build(version) || is_of_release(set, product, version, probes))
        return false;
    size_t older = count_older(set, product, version, probes);
    if (older == ordered || can_be(set, order[older], version))
        return false;
    *match = (struct shelflife_match){.row = &set->content.rows.at[order[older]],
                                      .kind = SHELFLIFE_MATCH_OLDER,
                                      .release = version,
                                      .end_of_patch = SHELFLIFE_DAY_NONE,
                                      .end_of_availability = SHELFLIFE_DAY_NONE,
                                      .end_of_extended_patch = SHELFLIFE_DAY_NONE,
                                      .ended = true,
                                      .rows_open = 1};
    if (older == 0)
        return true;
    int32_t before = last_day(set, product, older - 1, probes);
    int32_t after = last_day(set, product, older, probes);
    match->kind = SHELFLIFE_MATCH_BETWEEN;
    match->counts_after = catalog_end_day(catalog_end_later(before, after));
    return before != CATALOG_NEVER && after != CATALOG_NEVER;
}
