/* Keeps an inventory up to date with what a cluster runs, for as long as it is asked to. */
#ifndef SHELFLIFE_INSPECTION_WATCH_H
#define SHELFLIFE_INSPECTION_WATCH_H

#include "inspection/update.h"

/* Everything is borrowed. Milliseconds. */
struct shelflife_inspection_watch_options {
    struct shelflife_inspection_cluster *cluster;
    struct shelflife_inspection_seen *seen;
    struct shelflife_inspection_update *update;
    unsigned write_ms;   /* the inventory is stored at most this often */
    unsigned refresh_ms; /* all kinds are listed again, and all tags are asked for, this often */
    /* After each round: what it did, and the error with which it ended, or NULL. */
    void (*round)(void *context, const struct shelflife_inspection_update_counts *counts, const error *why);
    void *context;
    const struct shelflife_clock *clock;
    const atomic_bool *cancel;
};

/* Returns when it is cancelled. A cluster or a registry that cannot be reached is tried again after a wait.
 */
void shelflife_inspection_watch(const struct shelflife_inspection_watch_options *options);

#endif
