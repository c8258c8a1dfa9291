/*
 * Files of the configuration: read whole, listed, and watched by their stat().
 */
#ifndef SHELFLIFE_SERVER_FILES_H
#define SHELFLIFE_SERVER_FILES_H

#include "base/base.h"

/* Appends a file's bytes. More than the buffer takes is a LIMIT error. */
bool shelflife_file_read(const char *path, buffer *out, error *err) SHELFLIFE_MUST_CHECK;

/* Paths, in owned memory. */
struct shelflife_file_list {
    char **at;
    size_t count, capacity;
};
void shelflife_file_list_free(struct shelflife_file_list *list);

/* Adds a file, or of a folder the files in it named *.json, *.yaml or *.yml, in the order of their names;
   those that begin with a dot are passed over. A folder without any is an error. */
bool shelflife_file_list_add(struct shelflife_file_list *list, const char *path,
                             error *err) SHELFLIFE_MUST_CHECK;

/* Appends what tells that a file, or a folder's list of files, is another than before: numbers from stat(),
   through symbolic links. A missing file has a print, too. NULL appends nothing. */
void shelflife_file_print(const char *path, buffer *out);

#endif
