/*
 * The images in the values of a Helm chart, read without helm: maps with a repository and a tag, and strings
 * that are called image. Which of them a chart renders is not known.
 */
#ifndef SHELFLIFE_INPUTS_VALUES_H
#define SHELFLIFE_INPUTS_VALUES_H

#include "inputs/inputs.h"
#include "inputs/tree.h"

struct shelflife_input_values {
    arena *memory;
    const str *files;        /* by shelflife_input_tree.file */
    str app_version;         /* of the chart, which many charts use as the tag; or absent */
    str name;                /* of the chart */
    str chart;               /* its file, which identifies it; or absent */
    const char *const *skip; /* keys at the top that are not its own; NULL at the end */
    str untagged;            /* why an image without a tag is not resolved; absent: helm knows it */
    bool unused;             /* the chart itself is not used */
    const struct shelflife_input_sink *sink;
};

/* Reports the images in a tree of values. */
bool shelflife_input_values_read(const struct shelflife_input_values *values,
                                 const struct shelflife_input_tree *tree, error *err);

/* `over` on top of `base`, as helm merges values: maps are merged, and null removes a value. Either may be
   NULL. Adds what it took to *work. */
bool shelflife_input_values_merge(struct shelflife_input_tree *base, struct shelflife_input_tree *over,
                                  arena *memory, uint64_t *work, struct shelflife_input_tree **out,
                                  error *err);
enum { SHELFLIFE_INPUT_VALUES_WORK_MAX = 50000000 };

#endif
