/*
 * The result of an audit, as plain data: what was found in files or a cluster, judged on a day, grouped by
 * owner. Reports only read it.
 *
 * Everything is in the result's own memory, except rows, products, catalogs and exceptions: these belong
 * to the snapshot, which must outlive the result. Strings of objects may contain any bytes: code that prints
 * them must make them printable. Absent strings have length 0, absent days are SHELFLIFE_DAY_NONE.
 *
 *   source --> workload --> entry <-- image --> verdict, turns
 *                             ^
 *               findings, changes, differences
 */
#ifndef SHELFLIFE_AUDIT_AUDIT_H
#define SHELFLIFE_AUDIT_AUDIT_H

#include "base/base.h"
#include "shelflife/admission.h"

/* An image has this phase and action from `day` until the next turn. */
struct shelflife_audit_turn {
    shelflife_day day;
    enum shelflife_phase phase;
    enum shelflife_action action; /* before the namespace's mode */
};

/* An image reference and its verdict. If the policy treats a reference differently in some namespaces, there
   is one of these for each treatment; if different digests of it run, one for each digest. */
struct shelflife_audit_image {
    struct shelflife_verdict
        verdict; /* verdict.image is the text; the action is before the namespace's mode */
    str digest;  /* that runs, or else that the inventory has for the reference; absent: not known */
    const struct shelflife_audit_turn *turns; /* changes of phase or action after the audit's day,
                                                 by day */
    size_t turn_count;
    enum shelflife_phase old_phase; /* by the old policy; without one, as in the verdict */
    enum shelflife_action old_action;
    size_t workloads; /* that use it, without history */
};

/* Where an object was read. For a cluster the file is absent. */
struct shelflife_audit_place {
    str file;              /* as given or found: "deploy/app.yaml", "-" for standard input */
    uint32_t line, column; /* of the image, from 1; 0 if not known */
};

/* The object at the top of a chain of controllers. Equal objects of two files, or of two clusters, are two
   workloads. */
struct shelflife_audit_workload {
    str cluster;                 /* the context's name or the server's address; absent for files, and if only
                                    one cluster was asked for */
    str file;                    /* that it was read from; absent for a cluster */
    str namespace;               /* absent: cluster-scoped, or not set in the file */
    str api_version, kind, name; /* an object without a name has its generateName; an image of a list of
                                    images has kind "Image" and no name */
    str responsible; /* the responsible team: the first of the policy's `owners` labels and annotations
                        that is set */
    enum shelflife_mode mode; /* of its namespace, as in the webhook; never MODE_POLICY */
    bool seen;     /* the object itself was read; false: only objects that it owns were (its kind is removed,
                      forbidden or has no images) */
    uint64_t pods; /* living Pods folded into it */
};

struct shelflife_audit_container {
    str name;              /* "main", or absent */
    str path;              /* "spec.template.spec.containers[0].image" */
    uint32_t line, column; /* of the image in the file, from 1; 0 if not known */
};

/* An image in a workload; one entry for all its containers and Pods. If a file has equal objects more than
   once, the containers are those of all of them. If the audit judges what runs by its
   digest, and Pods of the workload run several, there is one entry for each digest. */
struct shelflife_audit_entry {
    const struct shelflife_audit_workload *workload;
    const struct shelflife_audit_image *image;
    struct shelflife_audit_place place;
    str why;  /* why the image could not be resolved from the file: "VERSION has no default"; or absent */
    str way;  /* how it was found, unless it is written like this: "rendered by helm", "default of VERSION" */
    str hint; /* what to correct in the file: "quote the tag"; or absent */
    const struct shelflife_audit_container *containers; /* of the object nearest to the top */
    uint32_t container_count; /* of `containers`: at most SHELFLIFE_AUDIT_CONTAINERS */
    uint32_t container_total; /* with those left out */
    uint32_t pods;            /* living Pods with the image */
    bool declared;            /* the workload's own object has it; false: only objects that it owns do */
    bool history;             /* only in finished Pods and Jobs, and ReplicaSets at zero, or unused */
    bool unused;              /* in the file, but not in what it builds or runs: a stage that is not needed */
    bool accepted;            /* in the baseline */
    bool soon;                /* its phase changes inside the window (`within`) */
    bool pods_judged;         /* if it is denied, so are the Pods that its controller creates */
    bool stuck;               /* denied, and the Pods that its controller creates are denied, too */
    enum shelflife_action action;     /* what the webhook would do when it is created, mode included */
    enum shelflife_action old_action; /* the same by the old policy */
    shelflife_day next;               /* the day of the next change of phase, or absent */
    int32_t days_left;                /* from the audit's day to `next`; meaningless without one */
};
enum { SHELFLIFE_AUDIT_CONTAINERS = 16 };

/* A line of the forecast. */
struct shelflife_audit_change {
    shelflife_day day; /* the first day on which it is so */
    const struct shelflife_audit_entry *entry;
    enum shelflife_phase from, to;
    enum shelflife_action before, after; /* mode included; changes without a change of phase when an exception
                                            ends */
    bool stuck; /* Pods of its controller are denied from then on, so it cannot reschedule */
};

/* A source that could not be read completely, or an object of which not all images were judged. The rest was
   audited. */
struct shelflife_audit_problem {
    str cluster;           /* as of a workload */
    str source;            /* a file, or a kind as the API names it: "deployments.apps" */
    uint64_t line, column; /* 0 if not known */
    str text;              /* a sentence, without source and position */
    bool forbidden;        /* the API server does not let us read that kind */
    bool part;             /* something of the source was read */
    bool empty;            /* all of the source was read, and nothing in it is to be audited */
    bool note;         /* nothing that is known to have images is missing: an extension's server is down, the
                          mode of a namespace or a string in an object could not be read. The audit counts as
                          complete */
    uint64_t left_out; /* images of objects that were not judged; 0: the source could not be read */
};

/* What was not audited, on purpose, for one reason. */
struct shelflife_audit_skipped {
    str source;     /* names of some: files, folders or namespaces: ".git, .idea, …" */
    str why;        /* what they are: "hidden folders", "objects in namespaces whose mode is off" */
    uint64_t count; /* of all of them */
};

/* A catalog used, and how old it was. */
struct shelflife_audit_catalog {
    const struct shelflife_catalog *catalog;
    int32_t age; /* days from asOf to the audit's day; may be negative */
    bool stale;  /* past the policy's maxAge */
    bool used;   /* an image has a release of it, or should have one */
};

struct shelflife_audit_counts {
    uint64_t sources;                        /* files, lists and kinds read, including those with problems */
    uint64_t objects;                        /* objects read */
    uint64_t pods;                           /* living ones among them */
    uint64_t workloads;                      /* with images, without history */
    uint64_t images;                         /* distinct references, without history */
    uint64_t phases[SHELFLIFE_PHASES];       /* workloads by the worst phase of their images */
    uint64_t actions[SHELFLIFE_DENY + 1];    /* workloads by the strictest action */
    uint64_t image_phases[SHELFLIFE_PHASES]; /* distinct references by phase, the worst if there are several;
                                                without history */
    uint64_t known[SHELFLIFE_KNOWNS]; /* distinct images, by where their release is known from; an image
                                         of which several digests run counts for each */
    uint64_t outdated, unverified, contradicted, waived; /* entries */
    uint64_t accepted; /* entries that would be findings without the baseline */
    uint64_t history;  /* entries that would be findings if they were not history */
    uint64_t unused;   /* the same for entries that are unused; not in `history` */
    uint64_t off;      /* objects in namespaces that are not judged */
    uint64_t left_out; /* images of objects with too many, which were not judged */
};

struct shelflife_audit_result {
    const struct shelflife_snapshot *snapshot;
    str cluster; /* the context's name or the server's address; absent for files and several clusters */
    const str
        *clusters; /* all of them that were asked for, in their order, also if they could not be reached */
    size_t cluster_count;
    shelflife_day at;    /* the day judged for */
    shelflife_day today; /* the day the audit was made */
    int32_t within;      /* days; -1: no window was asked for */
    bool compared;       /* with another policy */
    bool partial;        /* interrupted, some source failed, or images were left out */
    bool interrupted;
    bool unread; /* interrupted, or some source failed: objects are missing */

    /* All entries, worst first: by action after the mode, action before it, phase, next date, then by
       namespace, kind, name and image. Unless options.all is set, entries without a problem at any time are
       only counted. */
    const struct shelflife_audit_entry *entries;
    size_t entry_count;
    /* The entries to report: those that the policy, apart from the namespace's mode, warns about or denies,
       or that an exception waives; with a window also those whose phase changes in it. Without accepted ones
       and, unless options.history is set, without history. In the same order. */
    const struct shelflife_audit_entry *const *findings;
    size_t finding_count;
    const struct shelflife_audit_image *const *images; /* by text, then by digest */
    size_t image_count;
    const struct shelflife_audit_workload *const *workloads; /* of the entries; by namespace, kind, name */
    size_t workload_count;
    const struct shelflife_audit_change *changes; /* the forecast: by day, then as the entries. Up to the
                                                     window's end if there is a window */
    size_t change_count;
    const struct shelflife_audit_entry *const *differences; /* whose action another policy changes */
    size_t difference_count;
    const struct shelflife_audit_problem *problems; /* by source */
    size_t problem_count;
    const struct shelflife_audit_skipped *skipped;
    size_t skipped_count;
    const struct shelflife_audit_catalog *catalogs;
    size_t catalog_count;
    struct shelflife_audit_counts counts;

    arena arena;
    void *entry_memory; /* that the entries are in */
};

void shelflife_audit_result_free(struct shelflife_audit_result *result); /* NULL is fine */

/* Computes an entry's fingerprint from file, namespace, kind, name and image, so that it does not depend on
   day, phase and line. 16 hex digits and a NUL. */
enum { SHELFLIFE_AUDIT_FINGERPRINT = 17 };
void shelflife_audit_fingerprint(const struct shelflife_audit_entry *entry,
                                 char text[SHELFLIFE_AUDIT_FINGERPRINT]);

#endif
