/*
 * AdmissionReview in, AdmissionReview out (admission.k8s.io/v1, and v1beta1 in kind). Bytes and a day in,
 * bytes out: no I/O, no clock. One review object serves one review after the other, each in one thread.
 *
 * A review that cannot be judged is never let through by our own doing: if its uid could be read, the
 * reply denies with code 400 or 413; if not, the HTTP status is 400. On paths forced to warn, audit or off
 * it is allowed, and counted.
 */
#ifndef SHELFLIFE_ADMISSION_H
#define SHELFLIFE_ADMISSION_H

#include "shelflife/policy.h"

SHELFLIFE_BEGIN_DECLS

/* What a review is judged by. Borrowed for the time of the review. */
struct shelflife_snapshot {
    const struct shelflife_catalogs *catalogs;
    const struct shelflife_policy *policy;
    struct shelflife_str digest; /* of catalogs and policy, told in the audit annotation `catalog` */
};

struct shelflife_review;

SHELFLIFE_API struct shelflife_review *shelflife_review_new(void);
SHELFLIFE_API void shelflife_review_free(struct shelflife_review *review);

/* Starts a review, in whatever state the last one was left. `mode` is the path's. The snapshot must live
   until finish. */
SHELFLIFE_API void shelflife_review_begin(struct shelflife_review *review,
                                          const struct shelflife_snapshot *snapshot, shelflife_day at,
                                          enum shelflife_mode mode);

/* Takes the next bytes of the body. Never fails: what is wrong is told by finish. */
SHELFLIFE_API void shelflife_review_feed(struct shelflife_review *review, struct shelflife_str chunk);

/* Gives the review up for a reason of the caller's (a body past the limit: LIMIT, a deadline). */
SHELFLIFE_API void shelflife_review_abort(struct shelflife_review *review, const struct shelflife_error *why);

/* What happened, for log and metrics. Strings live until the next reset or begin. */
struct shelflife_outcome {
    int http_status; /* 200, or 400 if there is no uid to answer to */
    bool allowed;
    int code;                     /* status.code of a denial: 403, 400, 413; else 0 */
    enum shelflife_mode mode;     /* effective */
    enum shelflife_action action; /* after mode and all softening; of an error, what it led to */
    enum shelflife_phase phase;   /* worst of the images judged */
    bool judged;                  /* false: nothing to judge (DELETE, no images, off) or an error */
    bool error;                   /* the review could not be judged */
    struct shelflife_str message; /* of a denial or error; the worst finding of a warning */
    struct shelflife_str uid, operation, group, resource, subresource, kind, namespace_name, name, user;
    bool dry_run;
    uint32_t images[SHELFLIFE_PHASES]; /* judged images by phase */
    uint32_t outdated, unverified, waived, warnings;
};

/* The body is over: writes the reply (a JSON AdmissionReview, or for HTTP 400 a plain sentence) into
   *reply, which the caller has initialized and emptied. False only if the reply could not be written for
   want of memory. */
SHELFLIFE_API bool shelflife_review_finish(struct shelflife_review *review, struct shelflife_buffer *reply,
                                           struct shelflife_outcome *out, struct shelflife_error *err);

/* Gives back what an unusual review took, while the object waits for its next. */
SHELFLIFE_API void shelflife_review_reset(struct shelflife_review *review);

SHELFLIFE_END_DECLS

#endif
