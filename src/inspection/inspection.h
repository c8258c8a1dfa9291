/*
 * Inspects images and keeps what it finds in an inventory: many at a time for a command, and continuously for
 * what a cluster runs.
 */
#ifndef SHELFLIFE_INSPECTION_INSPECTION_H
#define SHELFLIFE_INSPECTION_INSPECTION_H

#include "registry/registry.h"
#include "shelflife/catalog.h"
#include "shelflife/inventory.h"

/* What is to be inspected. `seen` is the day for the inventory. */
struct shelflife_inspection_job {
    const struct shelflife_reference *reference; /* with a digest, or a tag whose digest is asked for first */
    const struct shelflife_reference *other; /* where the same digest is too, if it is not there; or NULL */
    str running; /* the digest that runs under this tag; it counts if the registry cannot be asked. Or absent
                  */
    shelflife_day seen;
};

enum shelflife_inspection_outcome {
    SHELFLIFE_INSPECTION_FOUND,     /* inspected now */
    SHELFLIFE_INSPECTION_UNCHANGED, /* the inventory has this digest, inspected for the same rules */
    SHELFLIFE_INSPECTION_FAILED,
};

/* Called for each job when it is done, never by two threads at once. */
typedef void shelflife_inspection_listener(void *context, size_t job,
                                           enum shelflife_inspection_outcome outcome, const error *why);

/* Everything is borrowed; 0 and NULL: the default in brackets. */
struct shelflife_inspection_options {
    struct shelflife_registry *registry;
    const struct shelflife_catalogs *catalogs; /* which evidence to keep */
    str platform;                              /* [linux/amd64] */
    unsigned threads;                          /* [16] */
    shelflife_day today;
    shelflife_inspection_listener *listener; /* [none] */
    void *context;
    const atomic_bool *cancel;
};

/*
 * Inspects images side by side, and adds what it finds to `into`, which is not finished. `known` is the
 * inventory of before, finished, or NULL: what it has for a digest is taken from it. Fails only for memory or
 * threads, or if it is cancelled; an image that cannot be inspected is reported to the listener, and its
 * entry of before stays.
 *
 * Each digest is inspected once, under the first reference that it can be inspected by, except that new tags
 * are inspected without asking for their digests first. Of several hosts,
 * those with the fewest requests come first, so that a slow one does not delay the others. A host that has
 * not answered several times in a row is not asked again.
 */
bool shelflife_inspection_run(const struct shelflife_inspection_options *options,
                              const struct shelflife_inspection_job *jobs, size_t count,
                              const struct shelflife_inventory *known, struct shelflife_inventory *into,
                              error *err);

#endif
