/*
 * Reads JSON with jansson, and leaves jansson when there is no memory.
 *
 * jansson 2.14 ignores that its buffer for the current token cannot grow. It then loses characters of a
 * string or number without an error, reads and writes past the end of a string that has lost its closing
 * quote, or aborts in an assertion. So its allocations must not fail: the functions that
 * shelflife_set_allocator() gives to jansson do not return to it without memory, but jump out of it.
 */
#ifndef SHELFLIFE_JSON_JANSSON_H
#define SHELFLIFE_JSON_JANSSON_H

#include <jansson.h>

#include "base/base.h"

/* Like json_loadb(), refusing duplicate keys. NULL with an empty text in *why means out of memory. The
   document must be freed in the same thread. */
json_t *shelflife_json_load(str text, json_error_t *why);

#endif
