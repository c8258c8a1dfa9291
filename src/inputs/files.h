/* The files that a reader reads beside the one that it was given. */
#ifndef SHELFLIFE_INPUTS_FILES_H
#define SHELFLIFE_INPUTS_FILES_H

#include "inputs/inputs.h"

/* As the functions of `files` do it; NULL: real files. What is not a regular file, such as a named pipe,
   exists, so that reading it fails with the reason. A folder does not. */
bool shelflife_input_files_read(const struct shelflife_input_files *files, const char *path, buffer *out,
                                error *why);
bool shelflife_input_files_exists(const struct shelflife_input_files *files, const char *path);

#endif
