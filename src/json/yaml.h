/*
 * YAML as the same events that JSON is told as (shelflife/json.h), so that whoever reads the one reads the
 * other. libyaml scans; here scalars get their types (core schema), aliases are expanded under a budget, and
 * nesting ends at SHELFLIFE_YAML_DEPTH_MAX, as libyaml is quadratic in it. Nothing is built: memory is for
 * nesting, for the keys of open maps, and for what carries an anchor.
 *
 * Every document is one value, told in whole tokens. A number is told as written, which JSON need not allow:
 * 0x1F, .inf.
 */
#ifndef SHELFLIFE_JSON_YAML_H
#define SHELFLIFE_JSON_YAML_H

#include "base/base.h"
#include "shelflife/json.h"

enum { SHELFLIFE_YAML_DEPTH_MAX = 1000 };

enum shelflife_yaml_dialect {
    /* Configuration: exactly one document, no tags but !!str, no NUL, "<<" is a key like any other. */
    SHELFLIFE_YAML_STRICT,
    /* What people hand to kubectl: any number of documents, tags are ignored, "<<" merges maps. An empty
       document is null. */
    SHELFLIFE_YAML_MANIFESTS,
};

/* Puts up to `size` bytes of the text at `to`; *got is 0 at its end. */
typedef bool shelflife_yaml_input(void *context, char *to, size_t size, size_t *got, error *err);

struct shelflife_yaml;

/* NULL without memory. */
struct shelflife_yaml *shelflife_yaml_new(enum shelflife_yaml_dialect dialect);
void shelflife_yaml_free(struct shelflife_yaml *y);

/*
 * Reads a text from its beginning to its end. An error says what is wrong, and shelflife_yaml_position()
 * where; texts say no position themselves. Its kind is INPUT, unless input or handler left another.
 */
bool shelflife_yaml_read(struct shelflife_yaml *y, shelflife_yaml_input *input, void *input_context,
                         shelflife_json_handler *handler, void *context, error *err);

/* In a handler, where the token is that it is told (of what an alias repeats, where that was written); after
   an error, where that is. Lines from 1, columns and the offset in characters. */
struct shelflife_json_position shelflife_yaml_position(const struct shelflife_yaml *y);

/* For a handler that stops because of something it was told before: the error is there. Returns false. */
bool shelflife_yaml_fail(struct shelflife_yaml *y, struct shelflife_json_position at, error *err,
                         const char *format, ...) SHELFLIFE_PRINTF(4, 5);

/* Whether the text of a number is a whole one: decimal with a sign, 0o17 or 0x1F. *fits says whether it
   could be told in *out. */
bool shelflife_yaml_integer(str number, int64_t *out, bool *fits);

/* Whether it is .inf or .nan, which JSON has no word for. */
bool shelflife_yaml_unreal(str number);

#endif
