/* Which files the snapshot is made of. */
#ifndef SHELFLIFE_SOURCES_FILES_H
#define SHELFLIFE_SOURCES_FILES_H

#include "file/file.h"

/* Adds a catalog file, or the catalog files in a folder: *.json, *.yaml, *.yml, also with .gz, in the order
   of their names, without those that begin with a dot. A folder without any is an error. */
bool shelflife_sources_list_catalogs(struct shelflife_file_list *files, const char *path,
                                     error *err) SHELFLIFE_MUST_CHECK;

/* Appends what changes when one of these files does, or when a folder gets or loses one. */
void shelflife_sources_fingerprint_catalogs(const char *path, buffer *out);

/* The same for inventories: *.json and *.json.gz. */
bool shelflife_sources_list_inventories(struct shelflife_file_list *files, const char *path,
                                        error *err) SHELFLIFE_MUST_CHECK;
void shelflife_sources_fingerprint_inventories(const char *path, buffer *out);

#endif
