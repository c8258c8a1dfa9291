/* Catalog files that are compressed. */
#ifndef SHELFLIFE_SERVER_GUNZIP_H
#define SHELFLIFE_SERVER_GUNZIP_H

#include "base/base.h"

/* Appends what a gzip file holds, all of its members, up to the buffer's limit. Errors name `path`. */
bool shelflife_sources_gunzip(str bytes, const char *path, buffer *out, error *err);

#endif
