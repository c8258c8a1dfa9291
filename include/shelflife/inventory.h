/*
 * An inventory keeps what was found in the configurations of images: for each digest its evidence, and the
 * references under which it was seen. policies/inventory.schema.json describes the file format, which may be
 * compressed with gzip by the caller. An inventory has an index; looking up a reference takes time
 * proportional to its length, and does not allocate.
 *
 *     struct shelflife_inventory *inventory = shelflife_inventory_new();
 *     shelflife_inventory_add(inventory, bytes, "inventory.json", &err);
 *     shelflife_inventory_finish(inventory, &err);
 *     if (shelflife_inventory_find(inventory, &reference, &entry)) …
 *
 * A large inventory may be kept in several parts, each a file of its own. The parts of one edition belong
 * together: finish() takes the newest edition that is complete, so that a reader never sees half of one.
 */
#ifndef SHELFLIFE_INVENTORY_H
#define SHELFLIFE_INVENTORY_H

#include "shelflife/arena.h"
#include "shelflife/buffer.h"
#include "shelflife/day.h"
#include "shelflife/error.h"
#include "shelflife/evidence.h"
#include "shelflife/reference.h"

SHELFLIFE_BEGIN_DECLS

enum { SHELFLIFE_DIGEST_TEXT = 7 + 128 }; /* "sha256:…" or "sha512:…" */

/* An image that was inspected. Strings are valid as long as the inventory, the digests as long as the entry.
 */
struct shelflife_inventory_entry {
    char digest[SHELFLIFE_DIGEST_TEXT + 1];   /* that the references name: of an index, or of a manifest */
    char manifest[SHELFLIFE_DIGEST_TEXT + 1]; /* of the platform's manifest; equal to `digest` if there is no
                                                 index */
    struct shelflife_str platform;            /* "linux/arm64/v8" */
    shelflife_day inspected;
    shelflife_day last_seen; /* of any of its references */
    struct shelflife_evidence_list evidence;
    struct shelflife_str base_name, base_digest; /* as annotated, which is a hint; or absent */
    shelflife_day snapshot;                      /* of the base system's packages, or NONE */
    bool outdated;                               /* its publisher says that a newer build replaces it */
    uint64_t rules; /* shelflife_catalogs_evidence_rules() of the catalogs it was inspected for */
};

/* A reference under which an image was seen. */
struct shelflife_inventory_reference {
    struct shelflife_str name, tag; /* normalized; `tag` may be absent */
    shelflife_day last_seen;
};

struct shelflife_inventory;

/* Returns NULL if memory runs out. */
SHELFLIFE_API struct shelflife_inventory *shelflife_inventory_new(void);
SHELFLIFE_API void shelflife_inventory_free(struct shelflife_inventory *inventory); /* NULL is fine */

/* Adds a file, in JSON. Of two entries of one digest, the one inspected later counts, with the references of
   both; of two digests of one tag, the one seen later. Errors name `origin` and the JSON path, and leave the
   inventory as it was. */
SHELFLIFE_API bool shelflife_inventory_add(struct shelflife_inventory *inventory, struct shelflife_str bytes,
                                           const char *origin, struct shelflife_error *err);

/* Adds an entry, or replaces the one of its digest. */
SHELFLIFE_API bool shelflife_inventory_put(struct shelflife_inventory *inventory,
                                           const struct shelflife_inventory_entry *entry,
                                           struct shelflife_error *err);

/* Says that a reference was seen on a day, and that it names the digest. */
SHELFLIFE_API bool shelflife_inventory_see(struct shelflife_inventory *inventory,
                                           const struct shelflife_inventory_reference *reference,
                                           struct shelflife_str digest, struct shelflife_error *err);

/* Drops the references, and entries without any, that were last seen before `day`. Returns how many entries
   were dropped. */
SHELFLIFE_API size_t shelflife_inventory_drop(struct shelflife_inventory *inventory, shelflife_day day);

/* Checks that no part is missing, and builds the index. Nothing can be found before, nor added after. Once
   finished it does not change, and any number of threads may use it. */
SHELFLIFE_API bool shelflife_inventory_finish(struct shelflife_inventory *inventory,
                                              struct shelflife_error *err);

/* Finds the image of a reference: by its digest, or else by name and tag. Without a tag, "latest". */
SHELFLIFE_API bool shelflife_inventory_find(const struct shelflife_inventory *inventory,
                                            const struct shelflife_reference *reference,
                                            struct shelflife_inventory_entry *out);

/* The entries in the order of their digests, and the references of each, sorted by name and tag. */
SHELFLIFE_API size_t shelflife_inventory_count(const struct shelflife_inventory *inventory);
SHELFLIFE_API void shelflife_inventory_at(const struct shelflife_inventory *inventory, size_t i,
                                          struct shelflife_inventory_entry *out);
SHELFLIFE_API size_t shelflife_inventory_reference_count(const struct shelflife_inventory *inventory,
                                                         size_t i);
SHELFLIFE_API void shelflife_inventory_reference_at(const struct shelflife_inventory *inventory, size_t i,
                                                    size_t k, struct shelflife_inventory_reference *out);

/* The day of the newest file added, or of the newest entry; NONE if it is empty. */
SHELFLIFE_API shelflife_day shelflife_inventory_as_of(const struct shelflife_inventory *inventory);

SHELFLIFE_END_DECLS

#endif
