#ifndef SHELFLIFE_KUBE_TEXT_H
#define SHELFLIFE_KUBE_TEXT_H

#include "base/base.h"

/* Appends a file. IO if it cannot be read, LIMIT if it is longer than `max`. */
bool shelflife_kube_read_file(const char *path, size_t max, buffer *out, error *err);

#endif
