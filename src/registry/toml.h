/*
 * Reads the part of TOML 1.0 that configuration of registries needs: tables, dotted and quoted keys, strings
 * on one line, booleans, numbers and dates as they are written, arrays over several lines, and inline tables.
 * Anything else (strings over several lines, arrays of tables) is an error that says so.
 */
#ifndef SHELFLIFE_REGISTRY_TOML_H
#define SHELFLIFE_REGISTRY_TOML_H

#include "base/base.h"

enum shelflife_registry_toml_type {
    SHELFLIFE_REGISTRY_TOML_STRING,
    SHELFLIFE_REGISTRY_TOML_BOOL,
    SHELFLIFE_REGISTRY_TOML_ARRAY,
    SHELFLIFE_REGISTRY_TOML_OTHER, /* a number or a date */
};

struct shelflife_registry_toml_value {
    enum shelflife_registry_toml_type type;
    str text; /* of a string, without quotation marks and with a NUL; as it is written for others */
    bool yes; /* of a bool */
    const struct shelflife_registry_toml_value *items; /* of an array */
    size_t count;
};

enum { SHELFLIFE_REGISTRY_TOML_DEPTH = 8 /* keys of a path, and arrays in each other */ };

/* Gets each table when its header is read, with NULL as value, and each value, with the keys that lead to it,
   from the root. */
typedef bool shelflife_registry_toml_sink(void *context, const str *keys, size_t depth,
                                          const struct shelflife_registry_toml_value *value, error *err);

/* Errors of the text are INPUT and name the line; those of the sink get the line before them. What the sink
   gets is in the arena. A key may be repeated: that is left to the sink. */
bool shelflife_registry_toml_read(str text, arena *a, shelflife_registry_toml_sink *sink, void *context,
                                  error *err);

#endif
