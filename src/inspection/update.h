/*
 * Keeps an inventory up to date: inspects images that were seen, keeps what is known about the others for
 * some time, and stores the result.
 */
#ifndef SHELFLIFE_INSPECTION_UPDATE_H
#define SHELFLIFE_INSPECTION_UPDATE_H

#include "inspection/cluster.h"
#include "inspection/seen.h"
#include "inspection/store.h"

/* Everything is borrowed. */
struct shelflife_inspection_update_options {
    const struct shelflife_catalogs *catalogs;
    struct shelflife_registry_options registry;
    struct shelflife_inspection_cluster *cluster; /* whose imagePullSecrets are used, or NULL */
    struct shelflife_inspection_store *store;
    const struct shelflife_inventory *known; /* from elsewhere, finished, or NULL: it is added */
    str platform;
    unsigned threads;
    shelflife_day today; /* NONE: as the clock says */
    int32_t keep;        /* days after which an image that was not seen is dropped */
    shelflife_inspection_notice *notice;
    void *context;
    /* Called after each image with how many are done, or NULL. Never by two threads at once. */
    void (*progress)(void *context, size_t done, size_t all);
    const atomic_bool *cancel;
};

struct shelflife_inspection_update_counts {
    size_t found, unchanged, failed; /* images in this round */
    size_t dropped, entries;         /* of the inventory, after it */
    bool changed;                    /* the inventory says something else than what is stored */
    bool stored;                     /* and it was stored */
};

struct shelflife_inspection_update;

/* Loads what is stored. */
struct shelflife_inspection_update *shelflife_inspection_update_open(
    const struct shelflife_inspection_update_options *options, error *err);
void shelflife_inspection_update_free(struct shelflife_inspection_update *update); /* NULL is fine */

/*
 * Inspects images of the set, and stores the inventory if that changes it. An image that cannot be inspected
 * is a notice, and is taken again by TAKE_FAILED; its entry stays. False if the round is cancelled, or
 * without memory, or if the inventory cannot be stored: what was found is not lost, and stored in the next
 * round.
 */
bool shelflife_inspection_update_round(struct shelflife_inspection_update *update,
                                       struct shelflife_inspection_seen *seen,
                                       enum shelflife_inspection_take which,
                                       struct shelflife_inspection_update_counts *counts, error *err);

/* The inventory as it is now, finished. */
const struct shelflife_inventory *shelflife_inspection_update_inventory(
    const struct shelflife_inspection_update *update);

#endif
