/*
 * The images in values of Helm charts that objects contain: a HelmRelease of Flux, an Application or
 * ApplicationSet of Argo CD, a HelmChart or HelmChartConfig of k3s. The chart is not there, so that nothing
 * says what it makes of them.
 */
#ifndef SHELFLIFE_AUDIT_VALUES_H
#define SHELFLIFE_AUDIT_VALUES_H

#include "audit/objects.h"
#include "inputs/inputs.h"

/* Whether objects of a kind have values of charts, going by its name. */
bool shelflife_audit_values_are_in(str kind);

/* The places of values that are laid over each other, as paths begin: "spec.source.helm.values > ",
   "spec.values". */
enum { SHELFLIFE_AUDIT_VALUES_ROOTS = 3 };

struct shelflife_audit_value {
    struct shelflife_input_image image; /* without file, kind and name */
    const str *roots;
    str path; /* below them */
    struct shelflife_audit_value *next;
};

struct shelflife_audit_values_note {
    uint32_t line, column;
    str why;
    struct shelflife_audit_values_note *next;
};

struct shelflife_audit_values {
    struct shelflife_audit_value *first, *last;
    size_t count;                              /* at most SHELFLIFE_AUDIT_IMAGES_MAX */
    size_t left_out;                           /* further images */
    struct shelflife_audit_values_note *notes; /* what was not read */
    size_t note_count;
};

/* Reads the values in an object, all into the arena. Fails without memory, or because the values need more
   than the arena may have; then what was found until then is in *out. */
bool shelflife_audit_values_read(const struct shelflife_audit_found_object *found, arena *memory,
                                 struct shelflife_audit_values *out, error *err);

/* Whether the image that an extractor found at a path of the object is one of these. */
bool shelflife_audit_values_have(const struct shelflife_audit_values *values, str path);

#endif
