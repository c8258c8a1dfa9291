/*
 * What has been found, folded: one record for each image of each owner, however many Pods have it. Memory is
 * for distinct owners and images, not for Pods.
 *
 * A Pod is counted at its controller (by kind and name, as in its ownerReference; uids would add nothing, and
 * files have none), and is itself forgotten. Every other object that has a controller is remembered with a
 * link to it, so that in the end each record finds the top of its chain, in whatever order the kinds were
 * read: Pod -> ReplicaSet -> Deployment, Pod -> Job -> CronJob, Pod -> PyTorchJob. A ReplicaSet at zero owns
 * nothing that lives: its images go to its owner at once, as history, and need no link; these are by far the
 * most. Static Pods, whose controller is their Node, are their own owners.
 */
#ifndef SHELFLIFE_AUDIT_ROLLUP_H
#define SHELFLIFE_AUDIT_ROLLUP_H

#include "audit/hash_index.h"
#include "audit/objects.h"

/* The number of a text; 0 is the empty one. */
typedef uint32_t shelflife_audit_text;

#define SHELFLIFE_AUDIT_NO_OWNER UINT32_MAX

struct shelflife_audit_rollup_owner {
    shelflife_audit_text namespace, api_version, group, kind, name, responsible;
    uint32_t pods;   /* living ones that it owns, or is */
    uint32_t parent; /* the owner that owns it; SHELFLIFE_AUDIT_NO_OWNER: it is the top */
    bool seen;       /* the object itself was read */
    bool borrowed;   /* `responsible` is of something it owns */
};

struct shelflife_audit_rollup_container {
    shelflife_audit_text name, path;
};

struct shelflife_audit_rollup_record {
    uint32_t owner;
    shelflife_audit_text image, file;
    uint32_t line, column;
    uint32_t pods;            /* living ones */
    uint32_t container_total; /* `containers` has the first of them */
    struct shelflife_audit_rollup_container *containers;
    uint64_t object; /* the last that had it, by its number */
    bool counted;    /* the containers are those of this object */
    bool declared;   /* of the owner's own object, not only of Pods */
    bool alive;      /* not only in what is history */
};

/* Objects read of a namespace. */
struct shelflife_audit_rollup_namespace {
    shelflife_audit_text name;
    uint64_t objects;
};

struct shelflife_audit_rollup {
    struct shelflife_audit_hash_key key;
    arena arena;
    str *texts;
    size_t text_count, text_capacity;
    struct shelflife_audit_rollup_owner *owners;
    size_t owner_count, owner_capacity;
    struct shelflife_audit_rollup_record *records;
    size_t record_count, record_capacity;
    struct shelflife_audit_rollup_namespace *namespaces;
    size_t namespace_count, namespace_capacity;
    struct shelflife_audit_hash_index text_index, owner_index, record_index, namespace_index;
    uint64_t objects, pods;
};

void shelflife_audit_rollup_init(struct shelflife_audit_rollup *rollup, struct shelflife_audit_hash_key key);
void shelflife_audit_rollup_reset(struct shelflife_audit_rollup *rollup); /* empties it, keeps some memory */
void shelflife_audit_rollup_free(struct shelflife_audit_rollup *rollup);

/* Takes an object. `owner_fields` of its fields, from the first, are labels and annotations that say who is
   responsible; the next is spec.replicas. `file` may be absent. */
bool shelflife_audit_rollup_add(struct shelflife_audit_rollup *rollup,
                                const struct shelflife_audit_found_object *found, size_t owner_fields,
                                str file, error *err);

/* Takes an image that is in no object: of a list of images. */
bool shelflife_audit_rollup_add_image(struct shelflife_audit_rollup *rollup, str image, str file,
                                      uint64_t line, error *err);

/* Takes all that another has. */
bool shelflife_audit_rollup_merge(struct shelflife_audit_rollup *into,
                                  const struct shelflife_audit_rollup *from, error *err);

/* Gives back what it takes to find things again: nothing more is added. */
void shelflife_audit_rollup_close(struct shelflife_audit_rollup *rollup);

/* Gives back owners and records. Texts and namespaces stay. */
void shelflife_audit_rollup_drop(struct shelflife_audit_rollup *rollup);

str shelflife_audit_rollup_text(const struct shelflife_audit_rollup *rollup, shelflife_audit_text text);

/* The top of an owner's chain of controllers; of a chain without end, one of those in it. */
uint32_t shelflife_audit_rollup_top(const struct shelflife_audit_rollup *rollup, uint32_t owner);

#endif
