/*
 * Finds the container images of a Kubernetes object. An extractor takes the object as JSON events (json.h)
 * and never builds it in memory: it needs memory for the levels of nesting and for what it finds.
 *
 * Shapes say where images are: path patterns for API groups and kinds. For the kinds of Kubernetes itself
 * they are the exact paths of the Pod spec. In all other kinds, images are searched in everything below
 * `spec` or `template` that looks like a Pod template, and where further shapes say: those of many operators
 * are built in (docs/operations.md). Images are never searched below `status`, `annotations` or
 * `managedFields`, nor in Events, CustomResourceDefinitions and the kinds of policy engines. In
 * ControllerRevisions, they are searched only if shelflife_extractor_begin() is given the kind, and only in
 * the Pod template in `data`, whose keys are compared without regard to case, as the controllers do.
 *
 * In some kinds, a string contains another object, or the values of a Helm chart, as YAML or JSON. Their
 * images are found, too, with both paths: "spec.templates[0].resource.manifest > spec.containers[0].image".
 * In the kinds of Tekton and Argo, the parameters in an image are replaced if the object has their values.
 *
 * A path pattern is a list of keys joined by ".", such as spec.**.containers[].image. `[]` after a key means
 * all elements of an array, `*` any one key, and `**` any number of levels, including none. Keys
 * that do not consist of letters, digits, "_" and "-" only are quoted, with `\"` and `\\` as escapes:
 * metadata.annotations["example.com/image"]. If `{}` is at the end, the image can also be a map of its parts:
 * {registry, repository, tag, digest}, where `name` or `image` can be a part of the repository, and `hub` is
 * the registry.
 */
#ifndef SHELFLIFE_WORKLOAD_H
#define SHELFLIFE_WORKLOAD_H

#include "shelflife/arena.h"
#include "shelflife/error.h"
#include "shelflife/json.h"
#include "shelflife/str.h"

SHELFLIFE_BEGIN_DECLS

/* A further place of images: `path` in objects of API group `group` ("" is the core group, "*" any group) and
   kind `kind` ("" or "*" is any kind). It has no effect on the kinds and below the keys that are never
   searched. */
struct shelflife_shape {
    struct shelflife_str group, kind, path;
};

struct shelflife_shapes; /* compiled shapes; they do not change, and any number of threads may use them */

/*
 * Compiles the built-in shapes and `extra`. `fields` are paths, of keys only, of strings or other scalars
 * that the extractor returns in addition to images, see shelflife_object.fields. Errors name the pattern and
 * the byte.
 */
SHELFLIFE_API struct shelflife_shapes *shelflife_shapes_new(const struct shelflife_shape *extra,
                                                            size_t extra_count,
                                                            const struct shelflife_str *fields,
                                                            size_t field_count, struct shelflife_error *err);
SHELFLIFE_API void shelflife_shapes_free(struct shelflife_shapes *shapes);

/* Whether objects of a kind can have images. */
enum shelflife_kind_images {
    SHELFLIFE_KIND_NEVER,   /* never */
    SHELFLIFE_KIND_MAYBE,   /* possibly: no shape names the kind, but an object may contain Pod templates */
    SHELFLIFE_KIND_NAMED,   /* yes: a shape names the kind */
    SHELFLIFE_KIND_HISTORY, /* yes, but it is an earlier version of a workload, not a workload */
};
SHELFLIFE_API enum shelflife_kind_images shelflife_shapes_kind(const struct shelflife_shapes *shapes,
                                                               struct shelflife_str group,
                                                               struct shelflife_str kind);

/* The most bytes of an image that are kept. No reference is as long (reference.h), so that what is cut is
   invalid, too. */
enum { SHELFLIFE_IMAGE_MAX = 4097 };

struct shelflife_image {
    struct shelflife_str text;      /* as written, escapes decoded; any bytes; cut to SHELFLIFE_IMAGE_MAX */
    size_t size;                    /* bytes of the text before it was cut */
    uint64_t hash;                  /* of the whole text, if it was cut and there is a sink; otherwise 0 */
    uint32_t index;                 /* counts the object's images in the order of the text, with gaps */
    struct shelflife_str path;      /* "spec.template.spec.containers[0].image"; valid UTF-8, with "…" in
                                       the middle if it would exceed SHELFLIFE_PATH_MAX bytes */
    struct shelflife_str container; /* the `name` beside the image: "main"; or absent, as for an image
                                       volume, or if more than 64 KiB of images and names are in maps that
                                       have not ended. Valid UTF-8 and shortened like `path` */
    bool as_written; /* the kind is one of Kubernetes itself, which replaces nothing in the text: what looks
                        like a parameter is a mistake */
    struct shelflife_json_position position; /* of the string or map, or of the text that contains it; all 0
                                                if unknown */
};

enum { SHELFLIFE_PATH_MAX = 512 }; /* bytes */

struct shelflife_owner {
    struct shelflife_str api_version, kind, name, uid;
};

/* A string that contains an object or values, but that could not be read to its end; or "spec", if the object
   has more parameters than are read, so that none was replaced. */
struct shelflife_unread {
    struct shelflife_str path, why;
    struct shelflife_json_position position;
};

/* What an extractor returns of an object. Absent strings have len 0 and at NULL. */
struct shelflife_object {
    struct shelflife_str api_version, kind;
    struct shelflife_str namespace_name, name, generate_name, uid;
    struct shelflife_owner owner; /* the ownerReference with controller: true; absent if there is none */
    bool mirror_pod;              /* has the annotation kubernetes.io/config.mirror */
    const struct shelflife_str *fields; /* the text of each field asked for, or absent if it is not there,
                                           null, a map or an array; the last one of duplicate keys */
    const struct shelflife_image *images;
    size_t image_count;                    /* in the order of the text, without blank strings */
    size_t images_left_out;                /* further images, see shelflife_extractor_limit() */
    const struct shelflife_unread *unread; /* in the order of the text, at most 21 */
    size_t unread_count;
};

struct shelflife_extractor;

/* Creates an extractor, which handles any number of objects, one at a time. Results are allocated in the
   arena, which must outlive the extractor and may be reset between objects. Returns NULL if memory runs out.
 */
SHELFLIFE_API struct shelflife_extractor *shelflife_extractor_new(struct shelflife_arena *arena);
SHELFLIFE_API void shelflife_extractor_free(struct shelflife_extractor *x);

/*
 * Starts an object, whatever state the previous one was in. If `kind` is given, `group` and `kind` select the
 * shapes, whatever the object's own apiVersion and kind are. Pass them if you know them, as it saves work. If
 * `kind` is absent, the object's own are used. The two strings are only read during the call; `shapes` must
 * stay valid until the object is done. The positions of images come from `parser`, unless it is NULL.
 */
SHELFLIFE_API void shelflife_extractor_begin(struct shelflife_extractor *x,
                                             const struct shelflife_shapes *shapes,
                                             struct shelflife_str group, struct shelflife_str kind,
                                             const struct shelflife_json_parser *parser);

/* Sets a function that returns the positions of images, for events that do not come from a JSON parser. Call
   it after shelflife_extractor_begin(). */
typedef struct shelflife_json_position shelflife_locator(const void *context);
SHELFLIFE_API void shelflife_extractor_locate(struct shelflife_extractor *x, shelflife_locator *locator,
                                              const void *context);

/*
 * Sets a function that gets each image as soon as it is complete, so that images need no memory. The object's
 * list of images is then empty. Call it after shelflife_extractor_begin().
 *
 * An image is complete at the end of the map that it is in, as its container's name may follow it. So images
 * do not always come in the order of the text; see `index`. An image with a parameter comes at the end of the
 * object. `path` may be absent: see shelflife_extractor_path(). If `kind` was not given to
 * shelflife_extractor_begin(), the images that count are known, and handed on, only during
 * shelflife_extractor_object().
 *
 * The object fails (SHELFLIFE_ERROR_LIMIT) if it has more parameters, or images with parameters, than can be
 * kept until then.
 *
 * The strings are valid during the call. `key` is the secret of SipHash-2-4 (16 bytes, valid until the object
 * is done) for shelflife_image.hash, or NULL. If the function returns false, it must set *err, and the object
 * fails.
 */
typedef bool shelflife_image_sink(void *context, const struct shelflife_image *image,
                                  struct shelflife_error *err);
SHELFLIFE_API void shelflife_extractor_sink(struct shelflife_extractor *x, shelflife_image_sink *sink,
                                            void *context, const unsigned char *key);

/* Within the function: writes the image's path into the arena. */
SHELFLIFE_API bool shelflife_extractor_path(struct shelflife_extractor *x, struct shelflife_arena *arena,
                                            struct shelflife_str *path, struct shelflife_error *err);

/* Releases what the last object took of memory, except a little. Its results stay in the arena. */
SHELFLIFE_API void shelflife_extractor_reset(struct shelflife_extractor *x);

/* The number of bytes of memory that the extractor holds, without the arena. */
SHELFLIFE_API size_t shelflife_extractor_memory(const struct shelflife_extractor *x);

/* Limits what is returned of each object that begins from now on: at most `images` images, whose texts and
   paths have at most about `bytes` bytes in all. Further images are only counted. Without this there is no
   limit. While the object's kind is not known, strings that turn out not to be images of that kind count,
   too. */
SHELFLIFE_API void shelflife_extractor_limit(struct shelflife_extractor *x, size_t images, size_t bytes);

/* Takes the next event of the object. This is a shelflife_json_handler whose context is the extractor. A
   value that is not a map has no images. Do not call it after the object is done. */
SHELFLIFE_API enum shelflife_json_next shelflife_extractor_event(void *x, enum shelflife_json_event event,
                                                                 struct shelflife_str text, bool last,
                                                                 struct shelflife_error *err);

/* Whether the object is complete. */
SHELFLIFE_API bool shelflife_extractor_done(const struct shelflife_extractor *x);

/* Returns what was found, once the object is done. Fails only if memory or the arena's limit runs out. The
   result is allocated in the arena. */
SHELFLIFE_API const struct shelflife_object *shelflife_extractor_object(struct shelflife_extractor *x,
                                                                        struct shelflife_error *err);

SHELFLIFE_END_DECLS

#endif
