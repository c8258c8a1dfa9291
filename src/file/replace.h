/* Files that are written whole or not at all: a reader sees the old one or the new one. */
#ifndef SHELFLIFE_TOOLS_SAVE_H
#define SHELFLIFE_TOOLS_SAVE_H

#include "base/base.h"

/* Replaces a file, or makes it. */
bool shelflife_file_replace(const char *path, str bytes, error *err);

#endif
