/* Builds the index of an inventory. */
#include "inventory/internal.h"

#include <inttypes.h>

/* ---- Parts ---- */

static bool is_same_edition(const struct inventory_part *a, const struct inventory_part *b)
{
    return a->edition == b->edition && a->count == b->count;
}

/* Whether the parts of an edition are all there; if not, *missing is the first that is not. */
static bool is_complete(const struct shelflife_inventory *inventory, const struct inventory_part *like,
                        uint32_t *missing)
{
    for (*missing = 0; *missing < like->count; ++*missing) {
        bool found = false;
        for (size_t i = 0; i < inventory->part_count && !found; i++) {
            const struct inventory_part *part = &inventory->parts[i];
            found = is_same_edition(part, like) && part->index == *missing;
        }
        if (!found)
            return false;
    }
    return true;
}

static bool fail_missing(const struct inventory_part *part, uint32_t missing, error *err)
{
    char time[SHELFLIFE_TIME_TEXT_MAX];
    size_t len = shelflife_time_format(part->edition, 'T', time);
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                          "part %" PRIu32 " of %" PRIu32
                          " of the inventory's edition %.*sZ is missing, and no "
                          "other edition is complete: give all of its parts",
                          missing + 1, part->count, (int)len, time);
}

/* The newest edition that is complete, or else NULL. *why is about the newest one. */
static const struct inventory_part *choose(const struct shelflife_inventory *inventory, error *why)
{
    const struct inventory_part *best = NULL, *newest = NULL;
    uint32_t missing;
    for (size_t i = 0; i < inventory->part_count; i++) {
        const struct inventory_part *part = &inventory->parts[i];
        /* Each edition is looked at once, for the part that has the lowest number. */
        if ((best && part->edition <= best->edition) || (newest && is_same_edition(part, newest)))
            continue;
        bool complete = is_complete(inventory, part, &missing);
        if (complete)
            best = part;
        if (!newest || part->edition > newest->edition) {
            newest = part;
            if (!complete)
                fail_missing(part, missing, why);
        }
    }
    return best;
}

static bool join_parts(struct shelflife_inventory *inventory, error *err)
{
    error why = {0};
    if (!inventory->parts)
        return true;
    const struct inventory_part *best = choose(inventory, &why);
    if (!best)
        return shelflife_fail(err, why.kind, "%s", why.text);
    struct inventory_part chosen = *best;
    for (size_t i = 0; i < inventory->part_count; i++) {
        struct inventory_part *part = &inventory->parts[i];
        if (!is_same_edition(part, &chosen))
            continue;
        if (!shelflife_inventory_fill_with(inventory, part->content, err))
            return false;
        part->content = NULL;
    }
    for (size_t i = 0; i < inventory->part_count; i++)
        shelflife_inventory_free(inventory->parts[i].content);
    shelflife_free(inventory->parts);
    inventory->parts = NULL;
    inventory->part_count = inventory->part_capacity = 0;
    return true;
}

/* Gives back what an array has too much. */
static void fit(void *array, size_t *capacity, size_t count, size_t size)
{
    void *old;
    memcpy(&old, array, sizeof(old));
    void *smaller = count > 0 && count < *capacity ? shelflife_realloc(old, count * size) : NULL;
    if (!smaller)
        return;
    memcpy(array, &smaller, sizeof(smaller));
    *capacity = count;
}

/* ---- Order ---- */

/* By name and tag. Equal texts have equal numbers. */
static int compare_names(const struct shelflife_inventory *inventory, const struct inventory_reference *x,
                         const struct inventory_reference *y)
{
    if (x->name != y->name)
        return shelflife_str_compare(inventory_text(inventory, x->name), inventory_text(inventory, y->name));
    if (x->tag != y->tag)
        return shelflife_str_compare(inventory_text(inventory, x->tag), inventory_text(inventory, y->tag));
    return 0;
}

/* Sorts by entry, and then by name and tag. */
static int compare_references(const void *a, const void *b, void *context)
{
    const struct shelflife_inventory *inventory = context;
    const struct inventory_reference *x = a, *y = b;
    if (x->entry != y->entry)
        return x->entry < y->entry ? -1 : 1;
    return compare_names(inventory, x, y);
}

static int compare_entries(const void *a, const void *b, void *context)
{
    const struct shelflife_inventory *inventory = context;
    const struct inventory_entry *x = &inventory->entries[*(const uint32_t *)a],
                                 *y = &inventory->entries[*(const uint32_t *)b];
    if (!x->count != !y->count)
        return x->count ? -1 : 1;
    int order = x->count ? compare_names(inventory, &inventory->references[x->first],
                                         &inventory->references[y->first])
                         : 0;
    return order ? order
                 : shelflife_str_compare(inventory_text(inventory, x->digest),
                                         inventory_text(inventory, y->digest));
}

/* Sorts the references of each entry, without those that were dropped. */
static void sort_references(struct shelflife_inventory *inventory)
{
    size_t kept = 0;
    for (size_t i = 0; i < inventory->reference_count; i++)
        if (inventory->references[i].last_seen != SHELFLIFE_DAY_NONE)
            inventory->references[kept++] = inventory->references[i];
    inventory->reference_count = kept;
    if (kept > 1)
        qsort_r(inventory->references, kept, sizeof(*inventory->references), compare_references, inventory);
    for (size_t i = 0; i < inventory->entry_count; i++)
        inventory->entries[i].count = 0;
    for (size_t i = 0; i < kept; i++) {
        struct inventory_entry *entry = &inventory->entries[inventory->references[i].entry];
        if (entry->count++ == 0)
            entry->first = (uint32_t)i;
    }
}

struct sorting {
    uint32_t *order; /* indexes of entries */
    struct inventory_entry *entries;
    struct inventory_reference *references;
};

static void end_sorting(struct sorting *s)
{
    shelflife_free(s->order);
    shelflife_free(s->entries);
    shelflife_free(s->references);
}

/* Leaves the old ones in *s. */
static void exchange(struct shelflife_inventory *inventory, struct sorting *s, size_t entries,
                     size_t references)
{
    struct inventory_entry *old_entries = inventory->entries;
    struct inventory_reference *old_references = inventory->references;
    inventory->entries = s->entries;
    inventory->references = s->references;
    s->entries = old_entries;
    s->references = old_references;
    inventory->entry_capacity = inventory->entry_count + 1;
    inventory->reference_capacity = inventory->reference_count + 1;
    inventory->entry_count = entries;
    inventory->reference_count = references;
}

/* Puts the entries in order, and their references with them. */
static bool sort_entries(struct shelflife_inventory *inventory, error *err)
{
    size_t count = 0, references = 0;
    CLEANUP(end_sorting)
    struct sorting s = {.order = shelflife_malloc((inventory->entry_count + 1) * sizeof(*s.order)),
                        .entries = shelflife_malloc((inventory->entry_count + 1) * sizeof(*s.entries)),
                        .references =
                            shelflife_malloc((inventory->reference_count + 1) * sizeof(*s.references))};
    if (!s.order || !s.entries || !s.references)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < inventory->entry_count; i++)
        if (!inventory->entries[i].dropped)
            s.order[count++] = (uint32_t)i;
    if (count > 1)
        qsort_r(s.order, count, sizeof(*s.order), compare_entries, inventory);
    for (size_t i = 0; i < count; i++) {
        const struct inventory_entry *entry = &inventory->entries[s.order[i]];
        s.entries[i] = *entry;
        s.entries[i].first = (uint32_t)references;
        for (uint32_t k = 0; k < entry->count; k++) {
            s.references[references] = inventory->references[entry->first + k];
            s.references[references++].entry = (uint32_t)i;
        }
    }
    exchange(inventory, &s, count, references);
    fit(&inventory->entries, &inventory->entry_capacity, count, sizeof(*inventory->entries));
    fit(&inventory->references, &inventory->reference_capacity, references, sizeof(*inventory->references));
    return true;
}

/* ---- Memory ---- */

/* Whether much of what is kept belongs to nothing any more. */
static bool has_waste(const struct shelflife_inventory *inventory)
{
    size_t dropped = 0;
    for (size_t i = 0; i < inventory->entry_count; i++)
        dropped += inventory->entries[i].dropped;
    return dropped > inventory->entry_count / 8;
}

/* Copies what is still there, without what only dropped entries had. */
static bool drop_waste(struct shelflife_inventory *inventory, error *err)
{
    struct shelflife_inventory *fresh = shelflife_inventory_new();
    if (!fresh)
        return shelflife_fail_memory(err);
    bool copied = shelflife_inventory_fill_copy(fresh, inventory, err);
    if (copied) {
        struct shelflife_inventory old = *inventory;
        *inventory = *fresh;
        *fresh = old;
    }
    shelflife_inventory_free(fresh);
    return copied;
}

static bool point_to_texts(struct shelflife_inventory *inventory, error *err)
{
    inventory->evidence = shelflife_malloc((inventory->piece_count + 1) * sizeof(*inventory->evidence));
    if (!inventory->evidence)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < inventory->piece_count; i++) {
        const struct inventory_piece *piece = &inventory->pieces[i];
        inventory->evidence[i] = (struct shelflife_evidence){(enum shelflife_evidence_kind)piece->kind,
                                                             inventory_text(inventory, piece->name),
                                                             inventory_text(inventory, piece->value)};
    }
    shelflife_free(inventory->pieces);
    inventory->pieces = NULL;
    inventory->piece_capacity = 0;
    return true;
}

static shelflife_day newest_inspection(const struct shelflife_inventory *inventory)
{
    shelflife_day newest = SHELFLIFE_DAY_NONE;
    for (size_t i = 0; i < inventory->entry_count; i++)
        if (inventory->entries[i].inspected > newest)
            newest = inventory->entries[i].inspected;
    return newest;
}

bool shelflife_inventory_finish(struct shelflife_inventory *inventory, error *err)
{
    if (inventory->finished)
        return true;
    if (!join_parts(inventory, err) || (has_waste(inventory) && !drop_waste(inventory, err)))
        return false;
    shelflife_inventory_table_free(&inventory->by_set);
    shelflife_inventory_table_free(&inventory->by_digest);
    shelflife_inventory_table_free(&inventory->by_reference);
    shelflife_inventory_texts_finish(&inventory->texts);
    sort_references(inventory);
    if (!sort_entries(inventory, err) || !point_to_texts(inventory, err))
        return false;
    fit(&inventory->sets, &inventory->set_capacity, inventory->set_count, sizeof(*inventory->sets));
    if (inventory->as_of == SHELFLIFE_DAY_NONE)
        inventory->as_of = newest_inspection(inventory);
    inventory->finished = shelflife_inventory_find_prepare(inventory, err);
    return inventory->finished;
}
