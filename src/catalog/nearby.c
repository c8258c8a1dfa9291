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

str shelflife_catalog_without_v(str release)
{
    bool v = release.len > 1 && release.at[0] == 'v' && ascii_is_digit(release.at[1]);
    return v ? shelflife_str_after(release, 1) : release;
}

/* ---- groups ---- */

enum { NUMBERS_MAX = 8 /* of a release that are in groups, which bounds memory */ };

static char dotted(char c)
{
    return catalog_is_separator(c) ? '.' : c;
}

static catalog_hash hash(uint32_t product, str version)
{
    catalog_hash h = catalog_hash_start(product);
    for (size_t i = 0; i < version.len; i++)
        h = catalog_hash_byte(h, dotted(version.at[i]));
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
        if (dotted(release.at[i]) != dotted(version.at[i]))
            return false;
    return true;
}

static struct catalog_group *find_group(const struct shelflife_catalogs *set, uint32_t product, str version,
                                        uint64_t *probes)
{
    const struct catalog_index *x = &set->index;
    size_t at = 0;
    for (uint32_t i; (i = shelflife_catalog_table_next(&x->groups, hash(product, version), &at, probes)) !=
                     CATALOG_TABLE_NONE;) {
        struct catalog_group *group = &x->group_list.at[i];
        if (is_version_of(set, group, product, version))
            return group;
    }
    return NULL;
}

/* The ends of a group are the latest of its rows. */
static bool add_to_group(struct shelflife_catalogs *set, uint32_t product, str version, uint32_t row,
                         error *err)
{
    struct catalog_index *x = &set->index;
    const struct shelflife_row *added = &set->content.rows.at[row];
    uint64_t probes = 0;
    struct catalog_group *group = find_group(set, product, version, &probes);
    if (!group) {
        group = CATALOG_VECTOR_ADD(&x->group_list);
        if (!group)
            return shelflife_fail_memory(err);
        *group = (struct catalog_group){row, (uint16_t)version.len, catalog_ends(added)};
        return shelflife_catalog_table_put(&x->groups, hash(product, version),
                                           (uint32_t)(x->group_list.count - 1), err);
    }
    struct catalog_ends ends = catalog_ends(added);
    if (ends.patch > group->ends.patch)
        group->row = row;
    group->ends = catalog_ends_latest(&group->ends, &ends);
    return true;
}

static bool add_row(struct shelflife_catalogs *set, uint32_t product, uint32_t row, error *err)
{
    str release = shelflife_catalog_without_v(set->content.rows.at[row].release);
    size_t end = set->content.rows.at[row].numbers ? 0 : shelflife_catalog_numbers(release);
    bool ok = add_to_group(set, product, (str){release.at, 0}, row, err);
    size_t groups = 0;
    for (size_t i = 1; ok && i <= end && i < release.len && groups < NUMBERS_MAX; i++)
        if (i == end || catalog_is_separator(release.at[i])) {
            ok = add_to_group(set, product, shelflife_str_first(release, i), row, err);
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
        if (c->products_private.at[i].unversioned || c->products_private.at[i].whole_tag)
            continue;
        for (size_t k = 0; k < product->row_count; k++)
            if (!add_row(set, i, (uint32_t)(product->first_row + k), err))
                return false;
    }
    return true;
}

/* ---- matching ---- */

/* The key of a version that is a release of its own. */
static const struct catalog_key *find_listed(const struct shelflife_catalogs *set, uint32_t product,
                                             str version, uint64_t *probes)
{
    for (unsigned in_name = 0; in_name < 2; in_name++) {
        const uint32_t owner = catalog_key_owner(product, in_name);
        size_t at = 0;
        catalog_hash h = catalog_hash_str(catalog_hash_start(owner), version);
        for (uint32_t i;
             (i = shelflife_catalog_table_next(&set->index.keys, h, &at, probes)) != CATALOG_TABLE_NONE;) {
            const struct catalog_key *key = &set->index.key_list.at[i];
            if (key->owner == owner && shelflife_str_equal((str){key->at, key->len}, version) &&
                !set->content.rows.at[set->index.key_rows.at[key->first]].numbers)
                return key;
        }
    }
    return NULL;
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

/* The number of rows, sorted by version, that are older. */
static size_t count_older(const struct shelflife_catalogs *set, uint32_t product, str version,
                          uint64_t *probes)
{
    const struct shelflife_product *p = &set->content.products.at[product];
    const uint32_t *order = set->index.by_version.at + p->first_row;
    size_t low = 0, high = set->content.products_private.at[product].ordered;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        (*probes)++;
        if (shelflife_version_compare(
                shelflife_catalog_without_v(set->content.rows.at[order[middle]].release), version) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The last day on which a release near the version may have been patched. */
static int32_t last_day(const struct shelflife_catalogs *set, uint32_t product, uint32_t row,
                        uint64_t *probes)
{
    const struct shelflife_row *rows = set->content.rows.at;
    str release = shelflife_catalog_without_v(rows[row].release);
    const struct catalog_key *key = find_listed(set, product, release, probes);
    const struct catalog_group *group =
        find_group(set, product, shelflife_str_first(release, shelflife_catalog_numbers(release)), probes);
    struct catalog_ends ends = catalog_ends(&rows[row]);
    if (group)
        ends = catalog_ends_latest(&ends, &group->ends);
    for (size_t i = 0; key && i < key->row_count; i++) {
        struct catalog_ends other = catalog_ends(&rows[set->index.key_rows.at[key->first + i]]);
        ends = catalog_ends_latest(&ends, &other);
    }
    return ends.extended > ends.patch ? ends.extended : ends.patch;
}

/* YAML reads 1.20 without quotes as 1.2. */
static bool may_have_lost_zero(const struct shelflife_catalogs *set, uint32_t product, str version,
                               uint64_t *probes)
{
    char longer[CATALOG_VERSION_MAX + 1];
    if (version.len == 0 || version.len > CATALOG_VERSION_MAX || shelflife_str_find(version, '.') == SIZE_MAX)
        return false;
    shelflife_copy(longer, version.at, version.len);
    longer[version.len] = '0';
    version = (str){longer, version.len + 1};
    return find_group(set, product, version, probes) || find_listed(set, product, version, probes);
}

bool shelflife_catalog_nearby(const struct shelflife_catalogs *set, uint32_t product, str version,
                              uint64_t *probes, struct shelflife_match *match)
{
    const struct shelflife_product *p = &set->content.products.at[product];
    const uint32_t *order = set->index.by_version.at + p->first_row;
    size_t ordered = set->content.products_private.at[product].ordered;
    const struct catalog_group *group = find_group(set, product, version, probes);
    /* A release that is listed was not found, as its rows are for other variants. */
    if (version.len && find_listed(set, product, version, probes))
        return false;
    if (group)
        return match_group(set, group, version, match);
    if (may_have_lost_zero(set, product, version, probes))
        return false;
    size_t older = version.len ? count_older(set, product, version, probes) : ordered;
    if (older == ordered)
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
    int32_t before = last_day(set, product, order[older - 1], probes);
    int32_t after = last_day(set, product, order[older], probes);
    match->kind = SHELFLIFE_MATCH_BETWEEN;
    match->counts_after = catalog_end_day(before > after ? before : after);
    return before != CATALOG_NEVER && after != CATALOG_NEVER;
}
