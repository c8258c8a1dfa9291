/*
 * Paths and names as they are shown: valid UTF-8, of bounded length.
 */
#ifndef SHELFLIFE_WORKLOAD_PATH_H
#define SHELFLIFE_WORKLOAD_PATH_H

#include "base/base.h"

enum { SHELFLIFE_WORKLOAD_KEY_KEPT = 256 }; /* bytes of a key that a path can show */

/* One level on the way from the root: an array's element, or a map's entry. Small, as there may be
   SHELFLIFE_JSON_DEPTH_MAX of them. */
struct shelflife_workload_place {
    size_t index;
    uint32_t key_at; /* in the buffer of keys */
    uint16_t key_len;
    bool key_cut; /* the key goes on behind what is kept of it */
    bool is_array;
};

/* The path of the places' end, into the arena. `scratch` is overwritten. At most SHELFLIFE_PATH_MAX bytes:
   what is longer loses its middle, in time that does not depend on its length. */
bool shelflife_workload_path_write(const struct shelflife_workload_place *places, size_t count,
                                   const char *keys, buffer *scratch, arena *out_arena, str *out, error *err);

/* Text of the same length, and valid UTF-8. */
bool shelflife_workload_path_keep(str text, buffer *scratch, arena *out_arena, str *out, error *err);

#endif
