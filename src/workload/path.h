/*
 * Paths and names for display: valid UTF-8, of limited length.
 */
#ifndef SHELFLIFE_WORKLOAD_PATH_H
#define SHELFLIFE_WORKLOAD_PATH_H

#include "base/base.h"

enum { SHELFLIFE_WORKLOAD_KEY_KEPT = 256 }; /* bytes of a key that a path shows */

/* One level of a path: an element of an array, or an entry of a map. It is small because there may be
 * SHELFLIFE_JSON_DEPTH_MAX of them. */
struct shelflife_workload_place {
    size_t index;
    uint32_t key_at; /* in the buffer of keys */
    uint16_t key_len;
    bool key_cut; /* the key is longer than what is kept of it */
    bool is_array;
};

/* Writes the path that the levels make into the arena. Overwrites `scratch`. Paths longer than
 * SHELFLIFE_PATH_MAX bytes lose their middle, in time that does not depend on their length. */
bool shelflife_workload_path_write(const struct shelflife_workload_place *places, size_t count,
                                   const char *keys, buffer *scratch, arena *out_arena, str *out, error *err);

/* Makes a text valid UTF-8 without changing its length. */
bool shelflife_workload_path_keep(str text, buffer *scratch, arena *out_arena, str *out, error *err);

#endif
