/* Small helpers of this room: base64, files, RFC 3339 times. */
#ifndef SHELFLIFE_KUBE_TEXT_H
#define SHELFLIFE_KUBE_TEXT_H

#include "base/base.h"

/* Decodes standard base64, with white space anywhere, into the arena (a NUL behind it). *valid is false if
   it is no base64; the return value is false only if the arena failed. */
bool shelflife_kube_base64_decode(arena *memory, str text, str *out, bool *valid);
void shelflife_kube_base64_encode(buffer *out, str bytes);

/* Appends a file. IO if it cannot be read, LIMIT if it is longer than `max`. */
bool shelflife_kube_read_file(const char *path, size_t max, buffer *out, error *err);

/* s without white space around it. */
str shelflife_kube_trim(str s);

/* "2026-11-23T10:00:00Z", "2026-11-23T10:00:00.5+02:00": seconds since the epoch. */
bool shelflife_kube_time(str text, int64_t *seconds);

#endif
