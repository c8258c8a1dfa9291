/*
 * Reads members of tar archives, which may be compressed with gzip, bzip2, xz or zstd. Nothing is extracted:
 * names are only compared. An archive is read once from start to end, and its small members that look like
 * JSON are kept; another member costs another pass.
 *
 * It uses libarchive, which is loaded when an archive is opened: the webhook does not need it.
 */
#ifndef SHELFLIFE_REGISTRY_ARCHIVE_H
#define SHELFLIFE_REGISTRY_ARCHIVE_H

#include "registry/image.h"

enum {
    SHELFLIFE_REGISTRY_ARCHIVE_MEMBER_MAX = 1 << 20, /* bytes of a member that is kept */
    SHELFLIFE_REGISTRY_ARCHIVE_KEPT_MAX = 16 << 20,  /* bytes of all of them */
    SHELFLIFE_REGISTRY_ARCHIVE_PASSES_MAX = 64,
};

struct shelflife_registry_archive;

/* Opens a regular file, or a pipe. Of a pipe, only what is kept can be read. Errors begin with the path. */
struct shelflife_registry_archive *shelflife_registry_archive_open(const char *path, error *err);
void shelflife_registry_archive_free(struct shelflife_registry_archive *archive); /* NULL is fine */

/* Passes the bytes of a member to a sink. Symbolic and hard links are followed within the archive. Without
   such a member, *found is false. */
bool shelflife_registry_archive_read(struct shelflife_registry_archive *archive, str name,
                                     shelflife_registry_sink *sink, void *context, bool *found, error *err);

#endif
