/*
 * Finds Kubernetes objects in JSON or YAML events: single objects, arrays, Lists (v1 List and typed ones such
 * as PodList, also nested), recorded AdmissionReviews, and any number of these in one text. Objects are
 * passed to the extractor as a stream and are never held in memory as a whole.
 */
#ifndef SHELFLIFE_AUDIT_OBJECTS_H
#define SHELFLIFE_AUDIT_OBJECTS_H

#include "base/base.h"
#include "inputs/tree.h"
#include "shelflife/workload.h"

/* What is kept of one object, so that one with very many images cannot fill the memory: images, and bytes of
   their texts and paths. Real objects have far fewer. */
enum { SHELFLIFE_AUDIT_IMAGES_MAX = 256, SHELFLIFE_AUDIT_IMAGE_BYTES_MAX = 64 << 10 };

/* What a container runtime says that it runs: status.containerStatuses[] and the like. */
struct shelflife_audit_running {
    str container; /* its name */
    str digest;    /* in its imageID: of an index or a manifest */
};

struct shelflife_audit_found_object {
    const struct shelflife_object *object;
    str api_version, kind;                         /* its own, or its list's */
    str namespace;                                 /* its own, or its review's */
    const struct shelflife_audit_running *running; /* containers of a Pod */
    size_t running_count;
    const struct shelflife_input_tree *spec; /* if it was kept; or NULL */
    str spec_missing;                        /* why only its beginning could be kept; or absent */
    bool finished; /* a Pod that has succeeded or failed, or a Job that is complete or has failed */
};

/* Valid until the handler returns. */
typedef bool shelflife_audit_object_handler(void *context, const struct shelflife_audit_found_object *found,
                                            error *err);

struct shelflife_audit_objects;

/* `shapes` and the context must outlive it. NULL without memory. */
struct shelflife_audit_objects *shelflife_audit_objects_new(const struct shelflife_shapes *shapes,
                                                            shelflife_audit_object_handler *handler,
                                                            void *context);
void shelflife_audit_objects_free(struct shelflife_audit_objects *objects);

/* From now on, keeps the spec of objects of the kinds for which the function returns true, and whose kind
   comes after the spec. */
void shelflife_audit_objects_keep_specs(struct shelflife_audit_objects *objects, bool (*is_wanted)(str kind));

/*
 * Starts a text. With a kind, its lists' elements are of that kind and apiVersion, which need not outlive
 * the call; otherwise each object has its own. A map without a kind is not an object. `locator` may be NULL.
 */
void shelflife_audit_objects_begin(struct shelflife_audit_objects *objects, str api_version, str kind,
                                   shelflife_locator *locator, const void *locator_context);

/* Whether the text that ends here has a value that is not an object: not a map or an array, or a map
   without a kind. Null is nothing. *at: the first one's position. */
bool shelflife_audit_objects_strange(const struct shelflife_audit_objects *objects,
                                     struct shelflife_json_position *at);

/* A shelflife_json_handler; the context is the objects. */
enum shelflife_json_next shelflife_audit_objects_event(void *context, enum shelflife_json_event event,
                                                       str text, bool last, error *err);

#endif
