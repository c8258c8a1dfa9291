/*
 * Finds releases in evidence ahead. Which ones it says depends on the catalogs alone, so it can be found once
 * for all references to images that say the same.
 */
#include "catalog/evidence.h"

static catalog_hash hash_place(const struct shelflife_evidence *at)
{
    return (catalog_hash)(uintptr_t)at;
}

const struct catalog_ahead_list *shelflife_catalog_ahead_of(const struct shelflife_catalogs *set,
                                                            const struct shelflife_evidence_list *evidence,
                                                            uint64_t *probes)
{
    size_t at = 0;
    uint32_t i;
    if (!set->ahead)
        return NULL;
    const catalog_hash h = hash_place(evidence->at);
    while ((i = shelflife_catalog_table_next(&set->ahead->table, h, &at, probes)) != CATALOG_TABLE_NONE) {
        const struct catalog_ahead_list *list = &set->ahead->lists.at[i];
        if (list->evidence.at == evidence->at && list->evidence.count == evidence->count)
            return list;
    }
    return NULL;
}

void shelflife_catalog_ahead_free(struct catalog_ahead *ahead)
{
    if (!ahead)
        return;
    shelflife_free(ahead->lists.at);
    shelflife_free(ahead->found.at);
    shelflife_catalog_table_free(&ahead->table);
    shelflife_free(ahead);
}

static size_t bytes_of(const struct catalog_ahead *ahead)
{
    return ahead->lists.count * sizeof(*ahead->lists.at) + ahead->found.count * sizeof(*ahead->found.at) +
           (ahead->table.mask + 1) * sizeof(*ahead->table.slots);
}

static bool find_list(struct catalog_search *s, struct catalog_ahead *ahead)
{
    const size_t first = ahead->found.count;
    shelflife_day snapshot = SHELFLIFE_DAY_NONE;
    if (!shelflife_catalog_evidence_find(s, &ahead->found, &snapshot))
        return false;
    struct catalog_ahead_list *list = CATALOG_VECTOR_ADD(&ahead->lists);
    if (!list)
        return shelflife_fail_memory(s->err);
    *list = (struct catalog_ahead_list){*s->evidence, (uint32_t)first, (uint32_t)(ahead->found.count - first),
                                        snapshot};
    return shelflife_catalog_table_put(&ahead->table, hash_place(s->evidence->at),
                                       (uint32_t)(ahead->lists.count - 1), s->err);
}

/* Gives back what the vectors have too much. */
static void fit(struct catalog_ahead *ahead)
{
    void *lists = shelflife_realloc(ahead->lists.at, (ahead->lists.count + 1) * sizeof(*ahead->lists.at));
    void *found = shelflife_realloc(ahead->found.at, (ahead->found.count + 1) * sizeof(*ahead->found.at));
    ahead->lists.at = lists ? lists : ahead->lists.at;
    ahead->found.at = found ? found : ahead->found.at;
}

/* Stops at the list with which it needs more than `most` bytes. */
static struct catalog_ahead *find_lists(const struct shelflife_catalogs *set,
                                        const struct shelflife_evidence_list *lists, size_t count,
                                        size_t most, error *err)
{
    struct catalog_ahead *ahead = shelflife_calloc(1, sizeof(*ahead));
    if (!ahead) {
        shelflife_fail_memory(err);
        return NULL;
    }
    bool ok = shelflife_catalog_table_init(&ahead->table, 0, err);
    for (size_t i = 0; ok && i < count && bytes_of(ahead) <= most; i++) {
        uint64_t probes = 0;
        struct catalog_search s = {.set = set, .evidence = &lists[i], .probes = &probes, .err = err};
        ok = lists[i].count == 0 || find_list(&s, ahead);
    }
    if (ok) {
        fit(ahead);
        return ahead;
    }
    shelflife_catalog_ahead_free(ahead);
    return NULL;
}

struct shelflife_catalogs *shelflife_catalogs_find_ahead(const struct shelflife_catalogs *set,
                                                         const struct shelflife_evidence_list *lists,
                                                         size_t count, size_t most, error *err)
{
    if (!set->finished || set->failure.kind != SHELFLIFE_ERROR_NONE) {
        shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "the set of catalogs is not finished");
        return NULL;
    }
    struct catalog_ahead *ahead = find_lists(set, lists, count, most, err);
    struct shelflife_catalogs *made = ahead ? shelflife_malloc(sizeof(*made)) : NULL;
    if (made) {
        *made = *set;
        made->ahead = ahead;
        return made;
    }
    if (ahead)
        shelflife_fail_memory(err);
    shelflife_catalog_ahead_free(ahead);
    return NULL;
}
