/*
 * Reads a string of an object that contains another object, or the values of a Helm chart, in YAML or JSON.
 */
#ifndef SHELFLIFE_WORKLOAD_EMBEDDED_H
#define SHELFLIFE_WORKLOAD_EMBEDDED_H

#include "base/base.h"
#include "shelflife/workload.h"

enum {
    SHELFLIFE_WORKLOAD_EMBEDDED_MAX = 256 << 10,     /* bytes of all such strings of an object */
    SHELFLIFE_WORKLOAD_EMBEDDED_COUNT_MAX = 100,     /* their number */
    SHELFLIFE_WORKLOAD_EMBEDDED_DEPTH_MAX = 100,     /* levels of nesting in one */
    SHELFLIFE_WORKLOAD_EMBEDDED_ALIASES_MAX = 10000, /* values in one that aliases repeat */
    SHELFLIFE_WORKLOAD_EMBEDDED_EVENTS_MAX = 200000, /* keys and values in them, aliases expanded */
};

/* What the strings of an object have used of this. */
struct shelflife_workload_embedded_use {
    size_t bytes, count, events;
};

/*
 * Reads a string, and hands its images on, each with its path inside the string. `values`: it contains the
 * values of a chart. Fails if memory runs out, or if the function fails. If the string cannot be read, sets
 * *why; the images before that place are handed on. The items of a list are objects.
 */
bool shelflife_workload_embedded_read(str text, bool values, const struct shelflife_shapes *shapes,
                                      struct shelflife_workload_embedded_use *use, shelflife_image_sink *sink,
                                      void *context, error *why, error *err);

/*
 * Argo replaces {{…}} before it reads a text, so it can stand where YAML would take it for two maps. Appends
 * the text with other characters in place of the braces, of the same length and without a meaning in YAML.
 */
void shelflife_workload_embedded_hide_templates(str text, buffer *out);

/* Puts the braces back, in a text that is in memory of the caller. */
void shelflife_workload_embedded_show_templates(char *at, size_t len);

/* The object that begins is itself in a string: strings in it that contain further objects are not read. Call
 * it after shelflife_extractor_begin(). */
void shelflife_workload_extractor_shallow(struct shelflife_extractor *x);

/* Ends an object that could not be read to its end: it has the images before that place. */
bool shelflife_workload_extractor_cut(struct shelflife_extractor *x, error *err);

#endif
