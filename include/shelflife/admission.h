/*
 * Judges admission reviews. Takes the bytes of an AdmissionReview request (admission.k8s.io/v1 or v1beta1)
 * and writes the bytes of the response, in the same version. Does no I/O and reads no clock. A review object
 * handles any number of reviews, one at a time; it may be used by one thread at a time.
 *
 *     struct shelflife_review *review = shelflife_review_new();
 *     shelflife_review_begin(review, &snapshot, today, SHELFLIFE_MODE_POLICY);
 *     while (... more of the body ...)
 *         shelflife_review_feed(review, chunk);
 *     shelflife_review_finish(review, &reply, &outcome, &err);
 *
 * A request that cannot be judged is denied: with code 400 (malformed), 413 (exceeds a limit), 503 (no
 * memory) or 504 (too late) if its uid could be read, else with the HTTP status 400. With the modes warn,
 * audit and off it is allowed instead, and outcome.error is set.
 */
#ifndef SHELFLIFE_ADMISSION_H
#define SHELFLIFE_ADMISSION_H

#include "shelflife/policy.h"

SHELFLIFE_BEGIN_DECLS

/* The data that reviews are judged by. It must not change or be freed between begin and finish. */
struct shelflife_snapshot {
    const struct shelflife_catalogs *catalogs;
    const struct shelflife_policy *policy;
    const struct shelflife_inventory *inventory; /* or NULL */
    struct shelflife_str digest; /* of catalogs and policy; written to the audit annotation `catalog` */
    uint64_t edition; /* no two snapshots that a memo is used with have the same, unless they are equal; 0:
                         nothing is remembered from one review to the next */
};

struct shelflife_review;

/* Returns NULL if memory runs out. */
SHELFLIFE_API struct shelflife_review *shelflife_review_new(void);
SHELFLIFE_API void shelflife_review_free(struct shelflife_review *review);

/* Sets the secret that is used to hash images. Without it, no one can make two images with the same hash. Use
   bytes from a random number generator. The default is a fixed key. Call it between
   reviews. */
SHELFLIFE_API void shelflife_review_set_key(struct shelflife_review *review, const unsigned char key[16]);

/*
 * A memo remembers verdicts about images from one review to the next, so that the images that a cluster uses
 * all the time are judged once. Replies are the same with and without it. It forgets everything when the
 * snapshot's edition, the day or the review's key changes, keeps nothing of a snapshot, and needs at most
 * 256 KiB. Any number of reviews can use it, also in turns, in one thread at a time.
 */
struct shelflife_memo;

/* Returns NULL if memory runs out. */
SHELFLIFE_API struct shelflife_memo *shelflife_memo_new(void);
SHELFLIFE_API void shelflife_memo_free(struct shelflife_memo *memo);

/* The number of bytes of memory that the memo holds now. */
SHELFLIFE_API size_t shelflife_memo_memory(const struct shelflife_memo *memo);

/* Sets the memo that the review uses from the next begin on; NULL: only what it remembers by itself. The memo
   must exist until the review has another one or is freed. Call it between reviews. */
SHELFLIFE_API void shelflife_review_set_memo(struct shelflife_review *review, struct shelflife_memo *memo);

/* The number of bytes of memory that the review holds now, with everything in it. A usual review needs less
   than 48 KiB; images need a few bytes each at most: 6 MiB for 100,000 of them. */
SHELFLIFE_API size_t shelflife_review_memory(const struct shelflife_review *review);

/* Starts a review as of the day `at`, whatever state the previous one was in. `mode` is the mode that the
   request's path asks for. */
SHELFLIFE_API void shelflife_review_begin(struct shelflife_review *review,
                                          const struct shelflife_snapshot *snapshot, shelflife_day at,
                                          enum shelflife_mode mode);

/* Reads the next bytes of the body. Errors are reported by shelflife_review_finish(). */
SHELFLIFE_API void shelflife_review_feed(struct shelflife_review *review, struct shelflife_str chunk);

/* Whether the review has failed, and reads no more. shelflife_review_finish() says why. */
SHELFLIFE_API bool shelflife_review_failed(const struct shelflife_review *review);

/* Makes the review fail with the caller's error, for example because the body is too large (LIMIT), and frees
   what it holds. Does nothing if it has failed before. */
SHELFLIFE_API void shelflife_review_abort(struct shelflife_review *review, const struct shelflife_error *why);

/* What a review came to, for log and metrics. The strings are valid until the next call of reset or begin. */
struct shelflife_outcome {
    int http_status; /* 200, or 400 if the request has no uid to respond to */
    bool allowed;
    int code; /* status.code of a denial: 403, or 400, 413, 503 or 504 on an error; otherwise 0 */
    enum shelflife_mode mode;     /* the mode that applied */
    enum shelflife_action action; /* the action taken, after mode and exemptions */
    enum shelflife_phase phase;   /* the worst phase among the images judged */
    bool judged;                  /* false if nothing was judged (DELETE, no images, off), or on an error */
    enum shelflife_error_kind error; /* why the review could not be judged; NONE if it was */
    struct shelflife_str message;    /* of the denial or error, else the worst warning */
    struct shelflife_str uid, operation, group, resource, subresource, kind, namespace_name, name, user;
    bool dry_run;
    uint32_t images[SHELFLIFE_PHASES]; /* number of images judged, by phase */
    uint32_t known[SHELFLIFE_KNOWNS];  /* the same, by where their release is known from */
    uint32_t outdated, unverified, contradicted, waived, warnings;
    uint32_t unread; /* texts of the object that could not be read, see shelflife_object.unread */
};

/* Ends a review: appends the response to *reply, which the caller has initialized. The response is an
   AdmissionReview in JSON, or a plain sentence if http_status is 400. Returns false only if memory or the
   limit of *reply runs out. */
SHELFLIFE_API bool shelflife_review_finish(struct shelflife_review *review, struct shelflife_buffer *reply,
                                           struct shelflife_outcome *out, struct shelflife_error *err);

/* Releases the memory that an unusual review needed. Call it before the object waits for another one. */
SHELFLIFE_API void shelflife_review_reset(struct shelflife_review *review);

SHELFLIFE_END_DECLS

#endif
