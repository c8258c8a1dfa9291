/* Paths inside of files, which are relative to the folder of the file. */
#ifndef SHELFLIFE_INPUTS_PATHS_H
#define SHELFLIFE_INPUTS_PATHS_H

#include "base/base.h"

/* The folder of a file: "a" of "a/b", "" of "b", "/" of "/b". */
str shelflife_input_paths_folder(str path);

/* folder/name without ".", ".." and double slashes, as text: links are not followed. `name` may be absolute;
   "" is the current folder. Followed by a NUL. */
bool shelflife_input_paths_join(str folder, str name, arena *memory, str *out, error *err);

/* Whether kustomize would fetch it: a URL, or a repository of git. */
bool shelflife_input_paths_is_remote(str name);

#endif
