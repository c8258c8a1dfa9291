/* Compresses with gzip while bytes come. */
#ifndef SHELFLIFE_INSPECTION_GZIP_H
#define SHELFLIFE_INSPECTION_GZIP_H

#include "base/base.h"

struct shelflife_inspection_gzip;
struct shelflife_inspection_gzip *shelflife_inspection_gzip_new(buffer *out, error *err);
void shelflife_inspection_gzip_free(struct shelflife_inspection_gzip *gzip); /* NULL is fine */

/* A shelflife_inventory_sink; its context is the compressor. LIMIT if the result does not fit into the
   buffer. The same bytes always give the same result. */
bool shelflife_inspection_gzip_feed(void *gzip, str bytes, error *err);
bool shelflife_inspection_gzip_end(struct shelflife_inspection_gzip *gzip, error *err);

#endif
