/*
 * Aggregates objects: one record for each image of each owner. Memory grows with distinct owners and images,
 * not with Pods. Where an object was read is part of its identity: equal objects of two clusters or two files
 * are two owners. Equal objects of one file are one, whose containers are those of all of them.
 *
 * A Pod is counted for its controller, which its ownerReference identifies by kind and name (files have no
 * uids), and is not stored. Every other object with a controller is stored with a link to it, so that the top
 * of each chain can be found after all kinds were read, in any order: Pod -> ReplicaSet -> Deployment, Pod ->
 * Job -> CronJob, Pod -> PyTorchJob. A ReplicaSet with zero replicas has no live Pods, so its images are
 * added to its owner as history, without a link; this saves memory because most ReplicaSets have zero
 * replicas. Static Pods, whose controller is their Node, are their own owners.
 *
 * An ownerReference in a file means the object of that file. If the file does not have it, it means that of
 * another file: see shelflife_audit_rollup_link().
 */
#ifndef SHELFLIFE_AUDIT_ROLLUP_H
#define SHELFLIFE_AUDIT_ROLLUP_H

#include "audit/hash_index.h"
#include "audit/objects.h"
#include "inputs/inputs.h"

/* The number of a text; 0 is the empty one. */
typedef uint32_t shelflife_audit_text;

#define SHELFLIFE_AUDIT_NO_OWNER UINT32_MAX

/* Where objects are read. */
struct shelflife_audit_rollup_source {
    str name;    /* in problems: the file or, in a cluster, the kind */
    str cluster; /* or absent */
    str file;    /* or absent */
    /* Where each image of the object is edited, how it was found, and its text, which counts instead of that
       in the object; without a text, the image does not count. NULL: they are as the object has them. */
    const struct shelflife_input_image *images;
};

struct shelflife_audit_rollup_owner {
    shelflife_audit_text cluster, file, namespace, api_version, group, kind, name, responsible;
    uint32_t pods;   /* live Pods that it owns, or 1 for a live Pod */
    uint32_t parent; /* the owner that owns it; SHELFLIFE_AUDIT_NO_OWNER: it is the top */
    bool seen;       /* the object itself was read */
    bool borrowed;   /* `responsible` comes from an object that it owns */
    bool alone;      /* no Kubernetes object, so that nothing creates Pods for it */
};

struct shelflife_audit_rollup_container {
    shelflife_audit_text name, path;
    uint32_t line, column;
};

struct shelflife_audit_rollup_record {
    uint32_t owner;
    shelflife_audit_text image, file;
    shelflife_audit_text digest; /* that living Pods run, or 0 */
    shelflife_audit_text why;    /* why the image could not be resolved, or 0 */
    shelflife_audit_text way, hint;
    uint32_t line, column;
    uint32_t pods;            /* living ones */
    uint32_t container_total; /* `containers` has the first of them */
    struct shelflife_audit_rollup_container *containers;
    uint64_t object; /* the number of the last object that had it */
    bool counted;    /* the containers are those of this object */
    bool declared;   /* of the owner's own object, not only of Pods */
    bool alive;      /* not only in what is history or unused */
    bool unused;     /* only in what is unused */
};

/* An object with more images than are kept; or, without a kind, all further ones of the source. */
struct shelflife_audit_rollup_cut {
    shelflife_audit_text cluster, source, namespace, kind, name;
    uint32_t line, column;            /* of its first image */
    uint64_t objects, kept, left_out; /* number of objects; images of them */
};
enum { SHELFLIFE_AUDIT_CUTS = 20 }; /* objects of one source that are named */

/* A string in an object that could not be read, and may contain images. */
struct shelflife_audit_rollup_unread {
    shelflife_audit_text cluster, source, namespace, kind, name, path, why;
    uint32_t line, column;
};
enum { SHELFLIFE_AUDIT_UNREAD = 100 }; /* that are kept */

/* Objects read of a namespace of a cluster. */
struct shelflife_audit_rollup_namespace {
    shelflife_audit_text cluster, name;
    uint64_t objects;
};

struct shelflife_audit_rollup {
    struct shelflife_audit_hash_key key;
    bool digests; /* records are kept apart by digest */
    arena arena;
    str *texts;
    size_t text_count, text_capacity;
    struct shelflife_audit_rollup_owner *owners;
    size_t owner_count, owner_capacity;
    struct shelflife_audit_rollup_record *records;
    size_t record_count, record_capacity;
    struct shelflife_audit_rollup_namespace *namespaces;
    size_t namespace_count, namespace_capacity;
    struct shelflife_audit_rollup_cut *cuts; /* those of one source follow one another */
    size_t cut_count, cut_capacity;
    struct shelflife_audit_rollup_unread *unread;
    size_t unread_count, unread_capacity;
    struct shelflife_audit_hash_index text_index, owner_index, record_index, namespace_index;
    uint64_t objects, pods;
};

void shelflife_audit_rollup_init(struct shelflife_audit_rollup *rollup, struct shelflife_audit_hash_key key);
void shelflife_audit_rollup_reset(struct shelflife_audit_rollup *rollup); /* empties it, keeps some memory */
void shelflife_audit_rollup_free(struct shelflife_audit_rollup *rollup);

/* Takes an object. `owner_fields` of its fields, from the first, are labels and annotations that say who is
   responsible; the next is spec.replicas. */
bool shelflife_audit_rollup_add(struct shelflife_audit_rollup *rollup,
                                const struct shelflife_audit_found_object *found, size_t owner_fields,
                                const struct shelflife_audit_rollup_source *source, error *err);

/* Adds an image of a file that is not a manifest, or of a list of images. */
bool shelflife_audit_rollup_add_input(struct shelflife_audit_rollup *rollup,
                                      const struct shelflife_input_image *image, error *err);

/* Adds everything from another rollup. */
bool shelflife_audit_rollup_merge(struct shelflife_audit_rollup *into,
                                  const struct shelflife_audit_rollup *from, error *err);

/*
 * Links owners that were only named in a file to the object of another file, such as when each kind was
 * written to a file of its own. Of several such objects it is the one whose file has most folders in common
 * with the file that names it. If two have equally many, nothing says which it is, and the owner stays
 * unlinked. Call it when everything was added.
 */
bool shelflife_audit_rollup_link(struct shelflife_audit_rollup *rollup, error *err);

/* Drops the stages of a Dockerfile whose images are also known from what builds it, such as a Compose
   service, at the same lines: what the service says counts, as it has the arguments of the build. A stage
   with another image stays. Call it when everything was added. */
bool shelflife_audit_rollup_drop_built(struct shelflife_audit_rollup *rollup, error *err);

/* Frees the indexes. Call it when nothing more will be added. */
void shelflife_audit_rollup_close(struct shelflife_audit_rollup *rollup);

/* Frees owners and records, but not texts and namespaces. */
void shelflife_audit_rollup_drop(struct shelflife_audit_rollup *rollup);

/* Whether the images of an owner are run as they are written. Those in a file may still be replaced. */
bool shelflife_audit_rollup_run_as_written(const struct shelflife_audit_rollup *rollup, uint32_t owner);

str shelflife_audit_rollup_text(const struct shelflife_audit_rollup *rollup, shelflife_audit_text text);

/* The top of an owner's chain of controllers; if the chain is a circle, one of its members. */
uint32_t shelflife_audit_rollup_top(const struct shelflife_audit_rollup *rollup, uint32_t owner);

#endif
