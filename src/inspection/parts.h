/* An inventory as the bytes of files: of one, or of parts that each fit into a ConfigMap. */
#ifndef SHELFLIFE_INSPECTION_PARTS_H
#define SHELFLIFE_INSPECTION_PARTS_H

#include "base/base.h"
#include "inspection/sets.h"
#include "pki/pki.h"
#include "shelflife/inventory.h"

enum { SHELFLIFE_INSPECTION_PART_BYTES = 1000000 /* of a part, compressed */ };

/* Appends the file, compressed if `gzip`. `as_of` 0: as the inventory says. */
bool shelflife_inspection_write_file(const struct shelflife_inventory *inventory, shelflife_day as_of,
                                     bool gzip, buffer *out, error *err);

struct shelflife_inspection_bytes {
    buffer parts[SHELFLIFE_INSPECTION_PARTS_MAX];
    uint32_t count;
};
void shelflife_inspection_bytes_free(struct shelflife_inspection_bytes *bytes);

/* Divides an inventory into as few parts as possible, at most `most` of at most `part_bytes` each,
   compressed. LIMIT if it does not fit. On success the caller frees *out. */
bool shelflife_inspection_write_parts(const struct shelflife_inventory *inventory, shelflife_day as_of,
                                      int64_t edition, uint32_t most, size_t part_bytes,
                                      struct shelflife_inspection_bytes *out, error *err);

/* A digest of what the inventory says, whatever the day and the edition. */
bool shelflife_inspection_digest(const struct shelflife_inventory *inventory,
                                 char digest[SHELFLIFE_PKI_DIGEST_TEXT_MAX], error *err);

#endif
