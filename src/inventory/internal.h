/* An inventory from inside. */
#ifndef SHELFLIFE_INVENTORY_INTERNAL_H
#define SHELFLIFE_INVENTORY_INTERNAL_H

#include "inventory/digest.h"
#include "inventory/table.h"
#include "inventory/texts.h"
#include "shelflife/inventory.h"

#define INVENTORY_NONE UINT32_MAX

/* An image. Texts are numbers in `texts`. */
struct inventory_entry {
    uint64_t rules;
    uint32_t digest, manifest; /* packed */
    uint32_t platform, base_name, base_digest;
    uint32_t set; /* of evidence */
    shelflife_day inspected, last_seen, snapshot;
    uint32_t first, count; /* its references; once finished */
    bool outdated, dropped;
};

struct inventory_reference {
    uint32_t entry, name, tag;
    shelflife_day last_seen;
};

/* The pieces of evidence that some images have, in the order of their kinds. */
struct inventory_set {
    uint32_t first, count;
};
struct inventory_piece {
    uint32_t kind, name, value;
};

/* A file that is a part of an edition, with what it contains. */
struct inventory_part {
    int64_t edition; /* seconds since the epoch */
    uint32_t index, count;
    struct shelflife_inventory *content;
};

struct shelflife_inventory {
    struct inventory_texts texts;
    struct inventory_entry *entries;
    size_t entry_count, entry_capacity;
    struct inventory_reference *references;
    size_t reference_count, reference_capacity;
    struct inventory_set *sets; /* the first one is empty */
    size_t set_count, set_capacity;
    struct inventory_piece *pieces;
    size_t piece_count, piece_capacity;
    struct shelflife_evidence *evidence; /* once finished, instead of `pieces` */
    /* Of entries, by `digest`, and of references, by entry, name and tag. Once finished: of entries also by
       `manifest`, and of the references that count, by name and tag. */
    struct inventory_table by_digest, by_reference;
    struct inventory_table by_set; /* until it is finished */
    struct inventory_part *parts;
    size_t part_count, part_capacity;
    shelflife_day as_of; /* of the newest file */
    bool finished;
};

/* ---- fill.c ---- */

/* Adds an entry by its numbers, or replaces that of its digest: with `later`, only if the entry was not
   inspected earlier than that. Sets *index. */
bool shelflife_inventory_fill_entry(struct shelflife_inventory *inventory,
                                    const struct inventory_entry *entry, bool later, uint32_t *index,
                                    error *err) SHELFLIFE_MUST_CHECK;

/* Whether these can be the name and the tag of a normalized reference. Such a reference cannot be parsed as
   one: "Registry/app" has the normalized name "registry/app". */
bool shelflife_inventory_fill_is_name(str name, str tag);

/* Makes a set of the pieces from `first` on, which are the newest. */
bool shelflife_inventory_fill_set(struct shelflife_inventory *inventory, size_t first, uint32_t *set,
                                  error *err) SHELFLIFE_MUST_CHECK;
bool shelflife_inventory_fill_piece(struct shelflife_inventory *inventory,
                                    const struct shelflife_evidence *piece, error *err) SHELFLIFE_MUST_CHECK;
bool shelflife_inventory_fill_reference(struct shelflife_inventory *inventory,
                                        const struct inventory_reference *reference,
                                        error *err) SHELFLIFE_MUST_CHECK;

/* Adds what `more` contains, finished or not, except its parts. */
bool shelflife_inventory_fill_copy(struct shelflife_inventory *inventory,
                                   const struct shelflife_inventory *more, error *err) SHELFLIFE_MUST_CHECK;

/* Moves what `more` contains, finished or not, into the inventory, and frees it on success. */
bool shelflife_inventory_fill_with(struct shelflife_inventory *inventory, struct shelflife_inventory *more,
                                   error *err) SHELFLIFE_MUST_CHECK;

/* Frees what an inventory has, but not itself, and leaves it empty. */
void shelflife_inventory_clear(struct shelflife_inventory *inventory);

/* ---- find.c ---- */

/* Makes the index. The entries and references are in order. */
bool shelflife_inventory_find_prepare(struct shelflife_inventory *inventory, error *err) SHELFLIFE_MUST_CHECK;

static inline str inventory_text(const struct shelflife_inventory *inventory, uint32_t number)
{
    return shelflife_inventory_texts_get(&inventory->texts, number);
}

#endif
