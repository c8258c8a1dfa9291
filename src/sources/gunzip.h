/* Files that are compressed with gzip. */
#ifndef SHELFLIFE_SOURCES_GUNZIP_H
#define SHELFLIFE_SOURCES_GUNZIP_H

#include "base/base.h"
#include "base/dependency.h"

/* Whether bytes begin as a gzip file does. */
static inline bool shelflife_sources_is_gzip(str bytes)
{
    return shelflife_str_starts(bytes, STR("\x1f\x8b"));
}

/* Appends the decompressed bytes of a gzip file, of all its members, up to the buffer's limit. Errors name
   `path`. */
bool shelflife_sources_gunzip(str bytes, const char *path, buffer *out, error *err) SHELFLIFE_MUST_CHECK;

/* The same, but gives the bytes to a sink in pieces, `limit` of them at most. */
bool shelflife_sources_gunzip_pieces(str bytes, const char *path, size_t limit,
                                     bool (*sink)(void *context, str piece, error *err), void *context,
                                     error *err) SHELFLIFE_MUST_CHECK;

/* The version of zlib. */
struct shelflife_dependency shelflife_sources_dependency(void);

#endif
