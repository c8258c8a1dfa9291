/*
 * An inventory keeps what was found in the configurations of images: for each digest its evidence, and the
 * references under which it was seen. It has no verdicts: a newer catalog judges the same evidence again.
 * policies/inventory.schema.json describes the file format, which may be compressed with gzip by the caller.
 * An inventory has an index; looking up a reference takes time proportional to its length, and does not
 * allocate.
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

enum {
    SHELFLIFE_DIGEST_TEXT = 7 + 128, /* "sha256:…" or "sha512:…" */
    SHELFLIFE_INVENTORY_PLATFORM_MAX = 255,
    SHELFLIFE_INVENTORY_PARTS_MAX = 10000,
};

/* An image that was inspected. Strings are valid as long as the inventory, the digests as long as the entry.
 */
struct shelflife_inventory_entry {
    char digest[SHELFLIFE_DIGEST_TEXT + 1];   /* that the references name: of an index, or of a manifest */
    char manifest[SHELFLIFE_DIGEST_TEXT + 1]; /* of the platform's manifest; equal to `digest` if there is no
                                                 index */
    struct shelflife_str platform;            /* "linux/arm64/v8" */
    shelflife_day inspected;
    shelflife_day last_seen; /* of any of its references; NONE: it has none. put() does not read it */
    struct shelflife_evidence_list evidence;     /* by kind, in the order of the enum, else as it was put */
    struct shelflife_str base_name, base_digest; /* as annotated, which is a hint; or absent */
    shelflife_day snapshot;                      /* of the base system's packages, or NONE */
    bool outdated;                               /* its publisher says that a newer build replaces it */
    uint64_t rules; /* shelflife_catalogs_evidence_rules() of the catalogs it was inspected for; 0: unknown */
};

/* A reference under which an image was seen. */
struct shelflife_inventory_reference {
    struct shelflife_str name, tag; /* normalized; an absent tag: it was seen by its digest only. For a
 reference with neither tag nor digest, give the tag "latest" */
    shelflife_day last_seen;
};

struct shelflife_inventory;

/* Returns NULL if memory runs out. */
SHELFLIFE_API struct shelflife_inventory *shelflife_inventory_new(void);
SHELFLIFE_API void shelflife_inventory_free(struct shelflife_inventory *inventory); /* NULL is fine */

/* ---- Filling an inventory. A call that fails leaves it as it was. ---- */

/* Adds a file, in JSON. Of two entries of one digest, the one inspected later counts, with the references of
   both. Errors name `origin` and the JSON path. Adding parts of an edition is remembered until finish(). */
SHELFLIFE_API bool shelflife_inventory_add(struct shelflife_inventory *inventory, struct shelflife_str bytes,
                                           const char *origin, struct shelflife_error *err);

/* The same for a file that comes in chunks of any size. The inventory and `origin` are borrowed; nothing is
   added before end(). Returns NULL if memory runs out. */
struct shelflife_inventory_reader;
SHELFLIFE_API struct shelflife_inventory_reader *shelflife_inventory_reader_new(
    struct shelflife_inventory *inventory, const char *origin);
SHELFLIFE_API bool shelflife_inventory_reader_feed(struct shelflife_inventory_reader *reader,
                                                   struct shelflife_str chunk, struct shelflife_error *err);
SHELFLIFE_API bool shelflife_inventory_reader_end(struct shelflife_inventory_reader *reader,
                                                  struct shelflife_error *err);
SHELFLIFE_API void shelflife_inventory_reader_free(struct shelflife_inventory_reader *reader);

/* Adds what a finished inventory has, by the rules of add(). */
SHELFLIFE_API bool shelflife_inventory_merge(struct shelflife_inventory *inventory,
                                             const struct shelflife_inventory *more,
                                             struct shelflife_error *err);

/* Adds an entry, or replaces the one of its digest; that one's references stay. Texts must be UTF-8.
   `manifest` may be "". A base_digest that is not a digest is left out. */
SHELFLIFE_API bool shelflife_inventory_put(struct shelflife_inventory *inventory,
                                           const struct shelflife_inventory_entry *entry,
                                           struct shelflife_error *err);

/* Says that a reference was seen on a day, and that it named the digest of an entry: an index, or a manifest
   without one. Fails with USAGE if there is no entry of that digest. */
SHELFLIFE_API bool shelflife_inventory_see(struct shelflife_inventory *inventory,
                                           const struct shelflife_inventory_reference *reference,
                                           struct shelflife_str digest, struct shelflife_error *err);

/* Drops the references that were last seen before `day`, and entries without any. Returns how many entries
   were dropped. */
SHELFLIFE_API size_t shelflife_inventory_drop(struct shelflife_inventory *inventory, shelflife_day day);

/* Checks that no part is missing, and builds the index. Nothing can be found before, nor added after. Once
   finished it does not change, and any number of threads may use it. If this fails, all that can be done with
   the inventory is to free it. */
SHELFLIFE_API bool shelflife_inventory_finish(struct shelflife_inventory *inventory,
                                              struct shelflife_error *err);

/* ---- What follows is for inventories that are finished; before, they are empty. ---- */

/* Finds the image of a reference: by its digest, or else by name and tag. Without a tag, "latest". Of several
   images that had this name and tag, the one seen last; of those, the one inspected last. */
SHELFLIFE_API bool shelflife_inventory_find(const struct shelflife_inventory *inventory,
                                            const struct shelflife_reference *reference,
                                            struct shelflife_inventory_entry *out);

/* Finds the image of a digest: of an index or a manifest. */
SHELFLIFE_API bool shelflife_inventory_find_digest(const struct shelflife_inventory *inventory,
                                                   struct shelflife_str digest,
                                                   struct shelflife_inventory_entry *out);

/* Whether the image of the reference's digest was seen under its name and tag. False without a tag or a
   digest. */
SHELFLIFE_API bool shelflife_inventory_saw(const struct shelflife_inventory *inventory,
                                           const struct shelflife_reference *reference);

/* The entries, in the order of their first reference and then of their digest, and the references of each,
   sorted by name and tag. */
SHELFLIFE_API size_t shelflife_inventory_count(const struct shelflife_inventory *inventory);
/* The index of the entry of a digest, of an index or a manifest; SIZE_MAX if there is none. */
SHELFLIFE_API size_t shelflife_inventory_index(const struct shelflife_inventory *inventory,
                                               struct shelflife_str digest);
SHELFLIFE_API void shelflife_inventory_at(const struct shelflife_inventory *inventory, size_t i,
                                          struct shelflife_inventory_entry *out);
SHELFLIFE_API size_t shelflife_inventory_reference_count(const struct shelflife_inventory *inventory,
                                                         size_t i);
SHELFLIFE_API void shelflife_inventory_reference_at(const struct shelflife_inventory *inventory, size_t i,
                                                    size_t k, struct shelflife_inventory_reference *out);

/* The different lists of evidence that the entries have: those that are equal are in the same place. Some
   may belong to no entry. */
SHELFLIFE_API size_t shelflife_inventory_evidence_count(const struct shelflife_inventory *inventory);
SHELFLIFE_API struct shelflife_evidence_list shelflife_inventory_evidence_at(
    const struct shelflife_inventory *inventory, size_t i);

/* The day of the newest file added, or of the newest inspection; NONE if there is neither. */
SHELFLIFE_API shelflife_day shelflife_inventory_as_of(const struct shelflife_inventory *inventory);

/* The number of bytes of memory that the inventory holds. */
SHELFLIFE_API size_t shelflife_inventory_memory(const struct shelflife_inventory *inventory);

/* ---- Writing ---- */

/* Which file is written. Zeroed: one with all entries, of the day as_of() says. */
struct shelflife_inventory_file {
    shelflife_day as_of; /* 0: shelflife_inventory_as_of() */
    /* A part: the entries from `first` on, `entries` of them. */
    uint32_t part_count; /* 0: not a part */
    uint32_t part_index; /* from 0 */
    int64_t edition;     /* when the parts were written, in seconds since the epoch; a later edition counts */
    size_t first, entries;
};

/* Gets a piece of the file, in order. Returns false, with the error set, to give up. */
typedef bool shelflife_inventory_sink(void *context, struct shelflife_str bytes, struct shelflife_error *err);

/* Writes an inventory as a file, in pieces of about 64 KiB, with a line for each entry. The same inventory
   always gives the same bytes. */
SHELFLIFE_API bool shelflife_inventory_write(const struct shelflife_inventory *inventory,
                                             const struct shelflife_inventory_file *file,
                                             shelflife_inventory_sink *sink, void *context,
                                             struct shelflife_error *err);

SHELFLIFE_END_DECLS

#endif
