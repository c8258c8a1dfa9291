/*
 * Images in files that belong together, in the forms that tools write: OCI layouts, docker-archives, and
 * skopeo's folders. The files are in a folder or in an archive.
 */
#ifndef SHELFLIFE_REGISTRY_LAYOUT_H
#define SHELFLIFE_REGISTRY_LAYOUT_H

#include "registry/image.h"

enum {
    SHELFLIFE_REGISTRY_LAYOUT_IMAGES_MAX = 1024,
    SHELFLIFE_REGISTRY_LAYOUT_MEMORY_MAX = 64 << 20, /* bytes for one image, and for the list of images */
};

struct shelflife_registry_layout {
    const char *text; /* as the user names it, without the name of an image: "oci:DIR" */
    str name;         /* of the only image that is wanted, or absent */
    const struct shelflife_registry_wanted *wanted;
    shelflife_registry_disk_sink *sink;
    void *sink_context;
    /* Passes the bytes of a file to a sink. */
    bool (*read)(void *context, str name, shelflife_registry_sink *sink, void *sink_context, bool *found,
                 error *err);
    void *context;
};

/* index.json and blobs/. */
bool shelflife_registry_layout_oci(const struct shelflife_registry_layout *layout, error *err);
/* manifest.json, which lists configurations, as "docker save" writes it. */
bool shelflife_registry_layout_docker(const struct shelflife_registry_layout *layout, error *err);
/* manifest.json, which is the image's manifest, and blobs under their digits, as skopeo writes them. */
bool shelflife_registry_layout_dir(const struct shelflife_registry_layout *layout, error *err);

/* ---- For the forms of layouts ---- */

/* A name that an image has in a layout. */
struct shelflife_registry_name {
    str text;
    bool reference; /* it names a repository; else it is only a tag */
};

/* An image of a layout. Strings are in the list's arena. */
struct shelflife_registry_listed {
    str key;                               /* its digest, or the file of its configuration: unique */
    struct shelflife_registry_name *names; /* the first one is shown */
    size_t name_count, capacity;
    struct shelflife_registry_descriptor descriptor; /* for the reader; valid while the list is filled */
};

struct shelflife_registry_list {
    arena memory;
    struct shelflife_registry_listed *at;
    size_t count, capacity;
};

void shelflife_registry_list_init(struct shelflife_registry_list *list);
void shelflife_registry_list_free(struct shelflife_registry_list *list);
/* Finds or adds an image. NULL: memory, or more than SHELFLIFE_REGISTRY_LAYOUT_IMAGES_MAX. */
struct shelflife_registry_listed *shelflife_registry_list_get(struct shelflife_registry_list *list, str key,
                                                              error *err);
bool shelflife_registry_list_name(struct shelflife_registry_list *list,
                                  struct shelflife_registry_listed *image, str name, bool reference,
                                  error *err);

/* Reads one image of a list into the arena. */
typedef bool shelflife_registry_list_reader(const struct shelflife_registry_layout *layout,
                                            const struct shelflife_registry_listed *listed, arena *a,
                                            struct shelflife_registry_image *image, error *err);
/* Reads the images that are wanted, and passes them to the sink. */
bool shelflife_registry_list_read(const struct shelflife_registry_layout *layout,
                                  const struct shelflife_registry_list *list,
                                  shelflife_registry_list_reader *reader, error *err);

/* Appends a file to a buffer. It is an error if there is no such file. */
bool shelflife_registry_layout_file(const struct shelflife_registry_layout *layout, str name, buffer *out,
                                    error *err);
/* Passes a file with a digest to a sink, and compares it. */
bool shelflife_registry_layout_blob(const struct shelflife_registry_layout *layout, str name, str digest,
                                    shelflife_registry_sink *sink, void *context, error *err);

#endif
