/*
 * From a Kubernetes object, told as JSON events, to the images in it. Never builds the object: memory is
 * proportional to nesting depth and to what is found.
 *
 * Where images are is data, the shapes: path patterns by API group and kind. For the built-in kinds they
 * are the exact pod-spec paths. For every other kind they are anything of pod-template shape at any depth
 * below `spec` or `template`, and what further shapes name (Argo, Tekton, KServe, Spark, and the
 * configuration's own). Nothing is ever looked for below `status`, `annotations` or `managedFields`, nor
 * in ControllerRevisions, Events, CustomResourceDefinitions or policy engines' kinds.
 *
 * A path pattern is keys joined by ".": `[]` behind a key goes through an array's elements, `*` is any one
 * key, `**` any number of levels (keys and elements, none included). "spec.**.containers[].image". A key of
 * other characters than letters, digits, "_" and "-" is quoted, with `\"` and `\\` inside:
 * metadata.annotations["example.com/image"].
 */
#ifndef SHELFLIFE_WORKLOAD_H
#define SHELFLIFE_WORKLOAD_H

#include "shelflife/arena.h"
#include "shelflife/error.h"
#include "shelflife/json.h"
#include "shelflife/str.h"

SHELFLIFE_BEGIN_DECLS

/* Images of the kinds `kind` ("" or "*": all) of API group `group` ("" is the core group, "*" any) are at
   `path`, besides the built-in shapes. Kinds that never have images cannot be given any, and no path leads
   through `status`, `annotations` or `managedFields`. */
struct shelflife_shape {
    struct shelflife_str group, kind, path;
};

struct shelflife_shapes; /* compiled; immutable, may be shared by threads */

/*
 * Compiles the built-in shapes, `extra` ones, and the paths of `fields`: strings and other scalars of the
 * object that the caller wants told too (see shelflife_object.fields); their paths have keys only. An error
 * names the pattern and the byte.
 */
SHELFLIFE_API struct shelflife_shapes *shelflife_shapes_new(const struct shelflife_shape *extra,
                                                            size_t extra_count,
                                                            const struct shelflife_str *fields,
                                                            size_t field_count, struct shelflife_error *err);
SHELFLIFE_API void shelflife_shapes_free(struct shelflife_shapes *shapes);

/* What is known of a kind beforehand. */
enum shelflife_kind_images {
    SHELFLIFE_KIND_NEVER, /* has none, whatever it looks like */
    SHELFLIFE_KIND_MAYBE, /* no shape is about it; it may hold pod templates */
    SHELFLIFE_KIND_NAMED, /* a shape names it */
};
SHELFLIFE_API enum shelflife_kind_images shelflife_shapes_kind(const struct shelflife_shapes *shapes,
                                                               struct shelflife_str group,
                                                               struct shelflife_str kind);

struct shelflife_image {
    struct shelflife_str text;      /* as written, escapes decoded; any bytes */
    struct shelflife_str path;      /* "spec.template.spec.containers[0].image"; valid UTF-8, and if it is
                                       longer than SHELFLIFE_PATH_MAX, cut in the middle with "…" */
    struct shelflife_str container; /* the value of `name` in the same map ("main"), or absent (as it is for
                                       an image volume); likewise valid and cut */
    struct shelflife_json_position position; /* of the image string; all 0 if the source has none */
};

enum { SHELFLIFE_PATH_MAX = 512 }; /* bytes */

struct shelflife_owner {
    struct shelflife_str api_version, kind, name, uid;
};

/* What was read of one object. Absent strings have len 0 and at NULL. All of it is the arena's. */
struct shelflife_object {
    struct shelflife_str api_version, kind;
    struct shelflife_str namespace_name, name, generate_name, uid;
    struct shelflife_owner owner; /* of the ownerReferences the one with controller: true; kind is absent
                                     if there is none */
    bool mirror_pod;              /* has the annotation kubernetes.io/config.mirror */
    const struct shelflife_str *fields; /* as many as were asked for, of duplicate keys the last; absent if it
                                           is no scalar, or null; else its text */
    const struct shelflife_image *images;
    size_t image_count; /* in the order of the text; blank strings are no images */
};

struct shelflife_extractor;

/* An extractor is used for one object after the other. What it finds is put into the arena, which the
   caller may reset between objects. `shapes` and `arena` must outlive it. NULL if memory ran out. */
SHELFLIFE_API struct shelflife_extractor *shelflife_extractor_new(struct shelflife_arena *arena);
SHELFLIFE_API void shelflife_extractor_free(struct shelflife_extractor *x);

/*
 * Starts a new object, forgetting the last. `group` and `kind`, if known beforehand (a review's
 * request.kind, a list's resource), decide which shapes count, whatever the object says of itself, and
 * save work; with an absent kind the object's own apiVersion and kind decide, wherever in it they stand.
 * Neither string need outlive the call.
 * `parser`, if not NULL, is asked for positions.
 */
SHELFLIFE_API void shelflife_extractor_begin(struct shelflife_extractor *x,
                                             const struct shelflife_shapes *shapes,
                                             struct shelflife_str group, struct shelflife_str kind,
                                             const struct shelflife_json_parser *parser);

/* After begin: asks `locator` for positions instead of a parser, for events that do not come from one (YAML).
 */
typedef struct shelflife_json_position shelflife_locator(const void *context);
SHELFLIFE_API void shelflife_extractor_locate(struct shelflife_extractor *x, shelflife_locator *locator,
                                              const void *context);

/* A shelflife_json_handler: takes the events of one JSON value, the first of which starts it. A value that
   is no map has no images. After it is done no further event may be fed. */
SHELFLIFE_API enum shelflife_json_next shelflife_extractor_event(void *x, enum shelflife_json_event event,
                                                                 struct shelflife_str text, bool last,
                                                                 struct shelflife_error *err);

/* Whether the value has ended. */
SHELFLIFE_API bool shelflife_extractor_done(const struct shelflife_extractor *x);

/* What was found, once done: images of the shapes that count for its kind. NULL with *err if memory or the
   arena's limit ran out. The result lives as long as the arena's content. */
SHELFLIFE_API const struct shelflife_object *shelflife_extractor_object(struct shelflife_extractor *x,
                                                                        struct shelflife_error *err);

SHELFLIFE_END_DECLS

#endif
