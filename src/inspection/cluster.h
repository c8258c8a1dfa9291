/*
 * Reads which images a cluster runs, and which the templates of its workloads would run: once, or
 * continuously.
 */
#ifndef SHELFLIFE_INSPECTION_CLUSTER_H
#define SHELFLIFE_INSPECTION_CLUSTER_H

#include "inspection/seen.h"
#include "kube/kube.h"
#include "shelflife/admission.h"

/* Something that a person should know. `part`: images may be missing because of it. */
typedef void shelflife_inspection_notice(void *context, bool part, const char *text);

/* All borrowed. */
struct shelflife_inspection_cluster_options {
    const struct shelflife_snapshot *snapshot; /* the policy's shapes, and what it says about inspection */
    const char *namespace;                     /* NULL: all */
    shelflife_day today;                       /* NONE: as the clock says */
    bool pull_secrets;                         /* also note whose credentials Pods are pulled with */
    struct shelflife_inspection_seen *seen;    /* gets the images */
    shelflife_inspection_notice *notice;       /* never called by two threads at once */
    void *context;
    const atomic_bool *cancel;
};

struct shelflife_inspection_cluster;
struct shelflife_inspection_cluster *shelflife_inspection_cluster_open(
    const struct shelflife_kube_config *config, const struct shelflife_inspection_cluster_options *options,
    error *err);
void shelflife_inspection_cluster_close(struct shelflife_inspection_cluster *cluster); /* NULL is fine */

/* A client of the cluster for the caller's thread, which belongs to the cluster. */
struct shelflife_kube_client *shelflife_inspection_cluster_client(
    struct shelflife_inspection_cluster *cluster);

/* Lists all kinds that have images. A kind that cannot be read is a notice. Fails if no discovery is
   possible, without memory, and if it is cancelled. */
bool shelflife_inspection_cluster_read(struct shelflife_inspection_cluster *cluster, error *err);

/*
 * Reads, and then watches, in threads of their own, until stop() or the cluster is cancelled. Kinds that
 * cannot be watched are only listed. start() returns when the threads run, and may be called again after
 * stop(), which finds new kinds, and sees again what still exists.
 */
bool shelflife_inspection_cluster_start(struct shelflife_inspection_cluster *cluster, error *err);
void shelflife_inspection_cluster_stop(struct shelflife_inspection_cluster *cluster);

/* Waits until there are new images and all kinds have been listed, or for a time. True: there are, and have.
 */
bool shelflife_inspection_cluster_wait(struct shelflife_inspection_cluster *cluster, uint64_t milliseconds);

/* Whether all kinds have been listed since start(), or were refused. */
bool shelflife_inspection_cluster_listed(struct shelflife_inspection_cluster *cluster);

/* Reads the credentials of Pods seen so far, and passes the text of each to the sink. A Secret that cannot be
   read is a notice. */
typedef bool shelflife_inspection_secret_sink(void *context, str json, const char *origin, error *err);
bool shelflife_inspection_cluster_secrets(struct shelflife_inspection_cluster *cluster,
                                          shelflife_inspection_secret_sink *sink, void *context, error *err);

/* Appends the ClusterRole that reading and watching need, as YAML. */
bool shelflife_inspection_cluster_role(struct shelflife_inspection_cluster *cluster, const char *name,
                                       buffer *out, error *err);

#endif
