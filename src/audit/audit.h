/*
 * The result of an audit, as plain data: what was found in files or a cluster, judged on a day, grouped by
 * owner. Reports only read it.
 *
 * All of it lives in the arena of the result. Rows, products, catalogs and exceptions are the snapshot's,
 * which must outlive it. Strings of objects may contain any bytes: code that prints them must make them
 * printable. Absent strings have length 0, absent days are SHELFLIFE_DAY_NONE.
 *
 *   source --> workload --> entry <-- image --> verdict, turns
 *                             ^
 *               findings, changes, differences
 */
#ifndef SHELFLIFE_AUDIT_AUDIT_H
#define SHELFLIFE_AUDIT_AUDIT_H

#include "base/base.h"
#include "shelflife/admission.h"

/* From `day` on, an image has this phase and action, unless something changes. */
struct shelflife_audit_turn {
    shelflife_day day;
    enum shelflife_phase phase;
    enum shelflife_action action; /* before the namespace's mode */
};

/* An image text, with one verdict. A text that policy treats differently in some namespaces is there once
   for each treatment. */
struct shelflife_audit_image {
    struct shelflife_verdict
        verdict; /* verdict.image is the text; the action is before the namespace's mode */
    const struct shelflife_audit_turn *turns; /* coming changes of phase or action, in order of days, from
                                                 the day after the audit's */
    size_t turn_count;
    enum shelflife_phase old_phase; /* by the policy compared with; without one, as in the verdict */
    enum shelflife_action old_action;
    size_t workloads; /* how many use it, history left out */
};

/* Where an object was read. For a cluster the file is absent. */
struct shelflife_audit_place {
    str file;              /* as given or found: "deploy/app.yaml", "-" for standard input */
    uint32_t line, column; /* of the image, from 1; 0 if not known */
};

/* What an object belongs to in the end: the top of its chain of controllers, or itself. */
struct shelflife_audit_workload {
    str namespace;               /* absent: cluster-scoped, or a file that names none */
    str api_version, kind, name; /* an object without a name has its generateName; an image of a list of
                                    images has kind "Image" and no name */
    str responsible; /* who answers for it: the first of the labels and annotations that policy names for
                        this (`owners`) */
    enum shelflife_mode mode; /* of its namespace, as the webhook would take it; never MODE_POLICY */
    bool seen; /* the object itself was read; false: known only by what it owns (its kind is gone, forbidden
                  or has no images of its own) */
    uint64_t pods; /* living Pods folded into it */
};

struct shelflife_audit_container {
    str name; /* "main", or absent */
    str path; /* "spec.template.spec.containers[0].image" */
};

/* An image in a workload, however many containers and Pods of it there are. */
struct shelflife_audit_entry {
    const struct shelflife_audit_workload *workload;
    const struct shelflife_audit_image *image;
    struct shelflife_audit_place place;
    const struct shelflife_audit_container *containers; /* of the object nearest to the top */
    uint32_t container_count;     /* of `containers`: at most SHELFLIFE_AUDIT_CONTAINERS */
    uint32_t container_total;     /* with those left out */
    uint32_t pods;                /* living Pods with the image */
    bool declared;                /* the workload's own object has it; false: only what it owns still does */
    bool history;                 /* only in finished Pods and Jobs, and ReplicaSets at zero */
    bool accepted;                /* in the baseline */
    bool soon;                    /* its phase changes inside the window (`within`) */
    bool pods_judged;             /* whatever denies it, denies the Pods that its controller makes, too */
    bool stuck;                   /* denied, and so would be the Pods that its controller makes */
    enum shelflife_action action; /* what the webhook would do when it is created, mode included */
    enum shelflife_action old_action; /* the same by the policy compared with, mode included */
    shelflife_day next;               /* the day of the next change of phase, or absent */
    int32_t days_left;                /* from the audit's day to `next`; meaningless without one */
};
enum { SHELFLIFE_AUDIT_CONTAINERS = 16 };

/* A line of the forecast. */
struct shelflife_audit_change {
    shelflife_day day; /* the first day on which it is so */
    const struct shelflife_audit_entry *entry;
    enum shelflife_phase from, to;
    enum shelflife_action before, after; /* after the mode; may change while the phase does not, as when an
                                            exception ends */
    bool stuck; /* from then on Pods of its controller are denied too: it could no longer reschedule */
};

/* What could not be read, or only in part. The rest was audited. */
struct shelflife_audit_problem {
    str source;            /* a file, or a kind as the API names it: "deployments.apps" */
    uint64_t line, column; /* 0 if not known */
    str text;              /* a sentence; begins with neither of the above */
    bool forbidden;        /* the API server does not let us read that kind */
    bool part;             /* something of the source was read */
};

/* A catalog used, and how old it was. */
struct shelflife_audit_catalog {
    const struct shelflife_catalog *catalog;
    int32_t age; /* days from asOf to the audit's day; may be negative */
    bool stale;  /* past the policy's maxAge */
};

struct shelflife_audit_counts {
    uint64_t sources;                      /* files, lists and kinds read, broken ones too */
    uint64_t objects;                      /* objects read */
    uint64_t pods;                         /* living ones among them */
    uint64_t workloads;                    /* with images, history left out */
    uint64_t images;                       /* distinct texts, history left out */
    uint64_t phases[SHELFLIFE_PHASES];     /* workloads by the worst phase of their images */
    uint64_t actions[SHELFLIFE_DENY + 1];  /* workloads by the strictest action */
    uint64_t outdated, unverified, waived; /* entries */
    uint64_t accepted;                     /* entries that would be findings without the baseline */
    uint64_t history;                      /* entries that would be findings if they were not history */
    uint64_t off;                          /* objects in namespaces that are not judged */
};

struct shelflife_audit_result {
    const struct shelflife_snapshot *snapshot;
    str cluster;         /* the context's name or the server's address; absent for files */
    shelflife_day at;    /* the day judged for */
    shelflife_day today; /* the day the audit was made */
    int32_t within;      /* days; -1: no window was asked for */
    bool compared;       /* with another policy */
    bool partial;        /* interrupted, or some source failed */
    bool interrupted;

    /* All entries, worst first: by action after the mode, action before it, phase, next date, then by
       namespace, kind, name and image. Those that nothing is, was or will be wrong with are counted only,
       unless all were asked for. */
    const struct shelflife_audit_entry *entries;
    size_t entry_count;
    /* Those of them to report: what policy warns about or denies, whatever the namespace's mode makes of it,
       or an exception waives; with a window also what changes phase in it; in all: neither accepted nor
       (unless asked for) history. In the same order. */
    const struct shelflife_audit_entry *const *findings;
    size_t finding_count;
    const struct shelflife_audit_image *const *images; /* by text */
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
    const struct shelflife_audit_catalog *catalogs;
    size_t catalog_count;
    struct shelflife_audit_counts counts;

    arena arena;
};

void shelflife_audit_result_free(struct shelflife_audit_result *result); /* NULL is fine */

/* An entry's fingerprint, of namespace, kind, name and image text: the same from run to run, whatever the
   day, the phase, the line and the file. 16 hex digits and a NUL. */
enum { SHELFLIFE_AUDIT_FINGERPRINT = 17 };
void shelflife_audit_fingerprint(const struct shelflife_audit_entry *entry,
                                 char text[SHELFLIFE_AUDIT_FINGERPRINT]);

#endif
