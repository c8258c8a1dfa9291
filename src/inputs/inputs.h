/*
 * Files that name images, but are not Kubernetes manifests: Dockerfiles, Compose files, CI files,
 * kustomizations, Helm charts. A reader gets a file and reports each image that the file builds on or runs,
 * with the line that a person would edit.
 *
 * A reader gives one of three answers, and never keeps silent about a file that it was given:
 * - an image;
 * - an image that could not be resolved, with the reason: "VERSION has no default";
 * - a part of a file that was not read, with the reason.
 *
 * All strings are valid until the handler returns, and may contain any bytes.
 */
#ifndef SHELFLIFE_INPUTS_INPUTS_H
#define SHELFLIFE_INPUTS_INPUTS_H

#include <stdatomic.h>

#include "base/base.h"

/* Where something is written. */
struct shelflife_input_place {
    str file;              /* "app/Dockerfile" */
    uint32_t line, column; /* from 1; 0 if not known */
};

struct shelflife_input_image {
    str image;      /* the reference; if it could not be resolved, the text as written */
    str why;        /* why it could not be resolved: "VERSION has no default"; absent: it was resolved */
    str way;        /* how it was found, unless it is written like this: "default of VERSION" */
    str hint;       /* what to correct in the file: "quote the tag"; or absent */
    str kind, name; /* what uses it: "Stage" and "build", "Service" and "web", "Job" and "test" */
    str path;       /* where in the document: "services.web.image", "FROM" */
    /* Of a Kubernetes object; absent: it is none. */
    str api_version, namespace, container;
    str file; /* that identifies what uses it; absent: the one of the place */
    struct shelflife_input_place place;
    bool unused; /* in the file, but not in what it builds or runs: a stage that is not needed */
};

/* A part of a file that was not read, or a file. */
struct shelflife_input_unread {
    struct shelflife_input_place place;
    str why;    /* a phrase: "the remote base https://… is not fetched" */
    bool whole; /* it is the whole file that was asked for, such as one that is not YAML */
};

/* An object of a rendered text. */
struct shelflife_input_object {
    str api_version, kind, namespace, name;
    str source; /* the path in the "# Source:" comment before it; or absent */
    str hook;   /* its annotation helm.sh/hook; or absent */
    bool local; /* it has the annotation config.kubernetes.io/local-config, so that it is not in a result */
};

/* Kubernetes objects that a program has rendered, such as helm, or that a kustomization changes. */
struct shelflife_input_rendered {
    str text;      /* YAML documents, or JSON */
    str way;       /* "rendered by helm" */
    str file;      /* the file that they were made from, which is a part of their identity */
    str text_file; /* the file that the text is in; absent: none, so that its lines mean nothing */
    str namespace; /* that all objects get; absent: their own */
    /* Completes each image of the text, unless it is NULL. *image has what the text says, with the place in
       `text_file`; everything may be changed. An image that becomes absent is left out. */
    bool (*complete)(void *context, const struct shelflife_input_object *object, str container,
                     struct shelflife_input_image *image, error *err);
    void *context;
};

/* Gets what a reader finds. Each handler returns false with an error to stop the reader. */
struct shelflife_input_sink {
    bool (*image)(void *context, const struct shelflife_input_image *image, error *err);
    bool (*unread)(void *context, const struct shelflife_input_unread *unread, error *err);
    bool (*rendered)(void *context, const struct shelflife_input_rendered *rendered, error *err);
    void *context;
    /* Another file than the one that was asked for was read, such as one that it includes; or NULL. */
    bool (*used)(void *context, str path, error *err);
};

/* How a reader reads other files, such as those that a file includes: appends the content to `out`, and
   fails with a reason in *why, like shelflife_file_read(). A test can give files that do not exist. */
struct shelflife_input_files {
    bool (*read)(void *context, const char *path, buffer *out, error *why);
    bool (*exists)(void *context, const char *path);
    void *context;
};

struct shelflife_input_options {
    const struct shelflife_input_files *files; /* NULL: those on disk */
    bool named;                                /* the user named the file; false: it was found in a folder */
    bool render;                               /* may run kubectl, kustomize and helm on the files */
    unsigned render_timeout_ms;                /* for each; 0: two minutes */
    const char *const *values;                 /* files of values for helm */
    size_t value_count;
    const atomic_bool *cancel; /* NULL: never */
};

/* A kind of file. */
struct shelflife_input_format {
    const char *name; /* "Dockerfile" */
    /* Reads the file at `path`, whose content is `text`. Returns false only if the sink fails, or without
       memory. */
    bool (*read)(const char *path, str text, const struct shelflife_input_options *options,
                 const struct shelflife_input_sink *sink, error *err);
};

/* The format of a file, going by its name and the folders it is in; NULL: none of these, so that its content
   decides. */
const struct shelflife_input_format *shelflife_input_format_of(const char *path);

/* Whether files of a format are in a hidden folder of this name, such as ".github". */
bool shelflife_input_in_hidden_folder(str name);

/* ---- Which files are not read by themselves ---- */

/* What kustomizations are made of: the resources, patches and other files that they name, and kustomizations
   that another one names. Paths are compared without their "." and "..", not through links. */
struct shelflife_input_parts;
struct shelflife_input_parts *shelflife_input_parts_new(void); /* NULL without memory */
void shelflife_input_parts_free(struct shelflife_input_parts *parts);

/* Adds what the kustomization at `path` names. One that cannot be read names nothing. */
bool shelflife_input_parts_add(struct shelflife_input_parts *parts, const char *path, str text,
                               const struct shelflife_input_files *files, error *err);

/* The path of a kustomization that a file is a part of; absent: of none. */
str shelflife_input_parts_of(struct shelflife_input_parts *parts, const char *path);

/* The readers, each in the file of its name. */
extern const struct shelflife_input_format shelflife_input_dockerfile, shelflife_input_compose,
    shelflife_input_gitlab_ci, shelflife_input_github_workflow, shelflife_input_github_action,
    shelflife_input_kustomization, shelflife_input_chart;

#endif
