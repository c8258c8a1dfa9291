/*
 * Parses YAML into the same events as JSON (shelflife/json.h), with libyaml as the scanner. Scalars get
 * their types by the core schema. Aliases are expanded, up to a limit, and nesting is limited to
 * SHELFLIFE_YAML_DEPTH_MAX levels, because libyaml takes quadratic time in it. No document is built: memory
 * is needed for nesting, for the keys of open maps, and for values with anchors.
 *
 * Each document is one value, with each token in one fragment. Numbers are reported as written, also where
 * JSON does not have them: 0x1F, .inf.
 */
#ifndef SHELFLIFE_JSON_YAML_H
#define SHELFLIFE_JSON_YAML_H

#include "base/base.h"
#include "shelflife/json.h"

enum { SHELFLIFE_YAML_DEPTH_MAX = 1000 };

enum shelflife_yaml_dialect {
    /* For configuration: exactly one document, no tags except !!str, no NUL; "<<" is an ordinary key. */
    SHELFLIFE_YAML_STRICT,
    /* As kubectl reads manifests: any number of documents; tags are ignored, except !!binary, !!merge and
       !!omap; "<<" merges maps. An empty document is null. Where kubectl and kustomize differ, both values
       are reported, under the same key twice: kubectl takes the merged one if "<<" comes after the map's own
       key, and kustomize the map's own. */
    SHELFLIFE_YAML_MANIFESTS,
    /* For readers that give tags and "<<" a meaning of their own: any number of documents; "<<" is an
       ordinary key; shelflife_yaml_tag() returns tags. An empty document is null. */
    SHELFLIFE_YAML_TAGGED,
};

/* A character, U+FDD0, that is dropped from scalars of manifests. It is not allowed in any text; an input
   function can put it where libyaml would otherwise refuse a scalar. */
#define SHELFLIFE_YAML_MARK "\xef\xb7\x90"

/* Reads up to `size` bytes of the text into `to`. Sets *got to 0 at the end. */
typedef bool shelflife_yaml_input(void *context, char *to, size_t size, size_t *got, error *err);

/* An input function for a text: the context is a `str *`, what is left of it. */
bool shelflife_yaml_text(void *rest, char *to, size_t size, size_t *got, error *err);

struct shelflife_yaml;

/* Returns NULL if memory runs out. */
struct shelflife_yaml *shelflife_yaml_new(enum shelflife_yaml_dialect dialect);
void shelflife_yaml_free(struct shelflife_yaml *y);

/* For texts that strangers send: limits nesting to fewer levels than SHELFLIFE_YAML_DEPTH_MAX, and the values
 * that aliases may repeat to fewer than a million. */
void shelflife_yaml_limit(struct shelflife_yaml *y, size_t depth, size_t values);

/*
 * Reads a whole text. Errors say what is wrong; shelflife_yaml_position() returns the position, which is not
 * part of the text. Their kind is INPUT, unless the input function or the handler failed.
 */
bool shelflife_yaml_read(struct shelflife_yaml *y, shelflife_yaml_input *input, void *input_context,
                         shelflife_json_handler *handler, void *context, error *err);

/* In a handler: the position of the event's token, also of one that an alias repeats. After an error: the
 * position of the error. Lines and columns count from 1; columns and the offset are in characters. */
struct shelflife_json_position shelflife_yaml_position(const struct shelflife_yaml *y);

/* In a handler, in the dialect TAGGED: the tag of the event's value as written, such as "!reference"; absent
 * if there is none. It is valid until the handler returns. */
str shelflife_yaml_tag(const struct shelflife_yaml *y);

/* For a handler that stops because of an earlier event: moves the error to its position. Returns false. */
bool shelflife_yaml_fail(struct shelflife_yaml *y, struct shelflife_json_position at, error *err,
                         const char *format, ...) SHELFLIFE_PRINTF(4, 5);

/* Whether a number is an integer: decimal with an optional sign, 0o17 or 0x1F. Sets *fits if it fits into
 * *out. */
bool shelflife_yaml_integer(str number, int64_t *out, bool *fits);

/* Whether it is .inf or .nan, which JSON cannot express. */
bool shelflife_yaml_unreal(str number);

#endif
