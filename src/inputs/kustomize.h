/*
 * What a kustomization builds, as far as it can be read without kustomize: the files with its resources, and
 * the steps that change their images, in the order in which kustomize takes them. Each step is about a range
 * of the resources: those that a kustomization has collected when the step comes.
 */
#ifndef SHELFLIFE_INPUTS_KUSTOMIZE_H
#define SHELFLIFE_INPUTS_KUSTOMIZE_H

#include "inputs/inputs.h"
#include "inputs/tree.h"

/* The objects that a patch is for. */
struct shelflife_input_target {
    str kind, namespace, name; /* absent: any */
    bool unsure;               /* by a selector or a pattern, so that there may be fewer */
};

enum shelflife_input_step_kind {
    SHELFLIFE_INPUT_STEP_IMAGES,    /* an entry of `images` */
    SHELFLIFE_INPUT_STEP_PATCH,     /* a strategic merge patch */
    SHELFLIFE_INPUT_STEP_OPERATION, /* of a JSON patch */
    SHELFLIFE_INPUT_STEP_NAME,      /* namePrefix, nameSuffix */
    SHELFLIFE_INPUT_STEP_UNCLEAR,   /* what only kustomize can do */
};

struct shelflife_input_step {
    enum shelflife_input_step_kind kind;
    uint32_t from, to; /* the resources that it is about */
    struct shelflife_input_place place;
    struct shelflife_input_target target; /* of a patch or an operation */
    struct shelflife_input_tree *value;   /* the entry, the patch, or the operation */
    str path;                             /* of an operation: "spec.template.spec.containers[0].image" */
    str prefix, suffix;
    const char *why;                          /* of what is unclear */
    bool met, met_others;                     /* an object was one of its targets, or may be; several were */
    uint32_t met_resource;                    /* the first such object's */
    struct shelflife_input_object met_object; /* it, with the name that it then had */
};

struct shelflife_input_resource {
    str path, text;
    str namespace; /* that a kustomization sets; or absent */
};

struct shelflife_input_kustomize {
    const struct shelflife_input_options *options;
    const struct shelflife_input_sink *sink;
    arena memory;
    str root;                                    /* the file of the kustomization */
    const struct shelflife_input_tree *root_map; /* NULL: it cannot be read */
    struct shelflife_input_resource *resources;
    size_t resource_count, resource_capacity;
    struct shelflife_input_step *steps, spare; /* spare: takes what does not fit */
    size_t step_count, step_capacity;
    const str *open[32]; /* the kustomizations that are being read, each named by the one before */
    size_t depth, kustomizations, bytes;
    uint64_t work;
    bool remote;  /* something would have to be fetched */
    bool missing; /* something that is named is not there; kustomize would try to fetch it */
    bool wrong;   /* the kustomization cannot be read */
    bool cut;     /* too many kustomizations build on one another */
};

/* Reads a kustomization, and what it names. Reports what cannot be read to the sink. */
bool shelflife_input_kustomize_load(struct shelflife_input_kustomize *build, const char *path, str text,
                                    error *err);
void shelflife_input_kustomize_free(struct shelflife_input_kustomize *build);

/* The file of the kustomization in a folder; absent: there is none. */
bool shelflife_input_kustomize_find(str folder, const struct shelflife_input_files *files, arena *memory,
                                    str *out, error *err);

/* Calls the handler for each file or folder that a kustomization names. */
typedef bool shelflife_input_named_handler(void *context, const struct shelflife_input_tree *name,
                                           error *err);
bool shelflife_input_kustomize_named(const struct shelflife_input_tree *kustomization,
                                     shelflife_input_named_handler *handler, void *context, error *err);

/* An image, and what the steps make of it. */
struct shelflife_input_subject {
    const struct shelflife_input_object *object;
    uint32_t resource;
    str namespace; /* of the object; absent: none, or a kustomization sets it, so that any may be meant */
    str path, container; /* of the image: "spec.containers[0].image", "main" */
    /* What the steps change: */
    str image, name;                       /* of the image and the object */
    const struct shelflife_input_step *by; /* that set the image last; NULL: it is as in the resource */
    struct shelflife_input_place place;    /* of what set it, if there is one */
    str why, hint;                         /* why the image is not known; what to correct. Or absent */
    bool removed;
    bool moved; /* its index in the path is not that of the object any more */
};

/* Takes the steps from number `first` on. `subject` has the image as the resource has it. */
bool shelflife_input_kustomize_apply(struct shelflife_input_kustomize *build, size_t first,
                                     struct shelflife_input_subject *subject, error *err);

/* What a value says about the image at a path of an object. */
enum shelflife_input_says {
    SHELFLIFE_INPUT_SAYS_NOTHING,
    SHELFLIFE_INPUT_SAYS_IMAGE,
    SHELFLIFE_INPUT_SAYS_REMOVED,
    SHELFLIFE_INPUT_SAYS_UNCLEAR,
};

/* Looks it up in a patch, or in an object whose lists may be in another order. `by_name`: in lists, the
   element with the container's name counts; otherwise what is in a list is unclear. Sets *value to the image,
   and *listed if the value has the list that the image is in. Adds what it took to *work. */
enum shelflife_input_says shelflife_input_kustomize_look(struct shelflife_input_tree *map, str path,
                                                         str container, bool by_name,
                                                         struct shelflife_input_tree **value, bool *listed,
                                                         uint64_t *work);

/* Calls the handler for each image that patches add: with no object that has the container. */
typedef bool shelflife_input_added_handler(void *context, const struct shelflife_input_subject *added,
                                           error *err);
bool shelflife_input_kustomize_added(struct shelflife_input_kustomize *build,
                                     shelflife_input_added_handler *handler, void *context, error *err);

#endif
