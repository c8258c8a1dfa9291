/*
 * Reads Pods, from a list or from an event of a watch: what they ask for, what runs in fact, and whose
 * credentials the nodes pull it with.
 */
#ifndef SHELFLIFE_INSPECTION_PODS_H
#define SHELFLIFE_INSPECTION_PODS_H

#include "base/base.h"
#include "shelflife/json.h"

struct shelflife_inspection_container {
    str name;     /* absent for an image volume */
    str image;    /* in the spec, or else in the status */
    str image_id; /* in the status, or absent */
};

/* Valid until the handler returns. */
struct shelflife_inspection_pod {
    str namespace, service_account;
    const str *pull_secrets; /* names of Secrets in its namespace */
    size_t pull_secret_count;
    const struct shelflife_inspection_container *containers;
    size_t container_count;
};

typedef bool shelflife_inspection_pod_handler(void *context, const struct shelflife_inspection_pod *pod,
                                              error *err);

struct shelflife_inspection_pods;
struct shelflife_inspection_pods *shelflife_inspection_pods_new(shelflife_inspection_pod_handler *handler,
                                                                void *context, error *err);
void shelflife_inspection_pods_free(struct shelflife_inspection_pods *pods); /* NULL is fine */

/* Starts a text: a map with `items`, which are Pods, or with `object`, a Pod. */
void shelflife_inspection_pods_begin(struct shelflife_inspection_pods *pods);

/* A shelflife_json_handler; `context` is the reader. */
enum shelflife_json_next shelflife_inspection_pods_event(void *context, enum shelflife_json_event event,
                                                         str text, bool last, error *err);

#endif
