/* Where an inventory is kept: in a file, or in ConfigMaps of a cluster (sets.h). */
#ifndef SHELFLIFE_INSPECTION_STORE_H
#define SHELFLIFE_INSPECTION_STORE_H

#include "inspection/sets.h"
#include "kube/kube.h"
#include "shelflife/inventory.h"

/* Everything is borrowed. Either a file, or a name. */
struct shelflife_inspection_store {
    const char *file; /* compressed with gzip if its name ends in ".gz" */
    const char *namespace, *name;
    uint32_t parts; /* ConfigMaps of a set, at most; 0: 8 */
    struct shelflife_kube_client *client;
    int64_t edition; /* that was read or written last; 0: none */
    bool untidy;     /* load() found parts that a writer did not delete, as it was interrupted; save() does */
};

enum { SHELFLIFE_INSPECTION_PARTS_DEFAULT = 8 };

/* Checks "NAMESPACE/NAME" and divides it. */
bool shelflife_inspection_store_place(const char *text, char namespace[64], char name[254], error *err);

/* Adds what is stored to an inventory that is not finished. It is fine if there is nothing. */
bool shelflife_inspection_store_load(struct shelflife_inspection_store *store,
                                     struct shelflife_inventory *into, error *err);

/*
 * Stores a finished inventory. If another writer has stored a newer edition in ConfigMaps meanwhile, that is
 * added first: *inventory is then replaced. IO if another writer writes at the same time, and goes on doing
 * so.
 */
bool shelflife_inspection_store_save(struct shelflife_inspection_store *store,
                                     struct shelflife_inventory **inventory, shelflife_day as_of, int64_t now,
                                     error *err);

/* Appends the roles that loading and saving need, as YAML: they are in the namespace of the ConfigMaps. */
void shelflife_inspection_store_roles(const struct shelflife_inspection_store *store, const char *role,
                                      buffer *out);

#endif
