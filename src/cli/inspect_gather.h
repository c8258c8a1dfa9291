/* How `shelflife inspect` finds out what images say: many in registries side by side, those on disk, or from
   an inventory. */
#ifndef SHELFLIFE_CLI_INSPECT_GATHER_H
#define SHELFLIFE_CLI_INSPECT_GATHER_H

#include <pthread.h>

#include "cli/options.h"
#include "registry/registry.h"
#include "shelflife/catalog.h"
#include "shelflife/inventory.h"

/* An image: an argument, or one of several that are in one file. */
struct cli_inspected {
    size_t argument; /* which one it is, or is in */
    size_t order;    /* of what was found */
    bool known;      /* from the inventory */
    str image;       /* as the user names it: "team/app:1", "oci:DIR:1.2" */
    str why;         /* it could not be inspected; else absent */
    struct shelflife_registry_image found;
    const str *references; /* that it is judged by; none for a file without a name */
    size_t reference_count;
};

struct cli_gather {
    /* Set before. */
    const struct cli_list *images;
    struct shelflife_registry_options registry;
    str platform;
    bool offline;   /* ask no registry, only `known` */
    const char *as; /* the reference of images on disk, instead of their own; or NULL */
    const struct shelflife_catalogs *catalogs;
    const struct shelflife_inventory *known; /* or NULL */
    shelflife_day today;
    bool progress; /* show how far it is, on standard error */
    /* What was found, in the order of the arguments. */
    arena memory;
    struct cli_inspected *at;
    size_t count, failed;
    struct shelflife_inventory *inventory; /* of all of them and those of `known`; finished */
    /* While it works. */
    struct shelflife_registry *open;
    pthread_mutex_t lock;
    size_t capacity;
    atomic_size_t next;
    size_t done;
    bool stopped; /* without memory, or cancelled; *why says so */
    error why;
};

/* Inspects all images. An image that cannot be inspected does not stop the others. */
bool shelflife_cli_gather(struct cli_gather *gather, error *err);
void shelflife_cli_gather_free(struct cli_gather *gather);

#endif
