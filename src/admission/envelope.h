/*
 * The envelope of an AdmissionReview: a state machine over JSON events that keeps the few fields a verdict
 * needs, hands `object` and `oldObject` to the extractor, and skips the rest unread.
 */
#ifndef SHELFLIFE_ADMISSION_ENVELOPE_H
#define SHELFLIFE_ADMISSION_ENVELOPE_H

#include "base/base.h"
#include "shelflife/policy.h"

enum envelope_string {
    ENVELOPE_API_VERSION,
    ENVELOPE_KIND,
    ENVELOPE_UID,
    ENVELOPE_OPERATION,
    ENVELOPE_NAME,
    ENVELOPE_NAMESPACE,
    ENVELOPE_SUBRESOURCE,
    ENVELOPE_OBJECT_GROUP,
    ENVELOPE_OBJECT_KIND,
    ENVELOPE_GROUP,
    ENVELOPE_RESOURCE,
    ENVELOPE_USER,
    ENVELOPE_STRINGS
};

/* Bytes of the uid, which is sent back, and of each other string that is kept: user names have no limit of
   their own. A longer one is an error. */
enum { ENVELOPE_UID_MAX = 1024, ENVELOPE_STRING_MAX = 64 << 10 };

struct envelope_field;

struct envelope {
    /* Read with these: lent by the review. */
    struct shelflife_extractor *extractor;
    arena *strings;
    buffer token; /* a key or string that comes in pieces */
    const struct shelflife_policy *policy;
    enum shelflife_mode path_mode;

    /* Where it is. */
    unsigned place;
    const struct envelope_field *field; /* whose value comes next */
    bool in_object;                     /* events go to the extractor */
    bool unannounced;                   /* an object came before request.kind */
    bool whole;                         /* all has been read: what is absent now is absent */

    /* What it has read. */
    uint32_t seen; /* bit i: field i of the table */
    str string[ENVELOPE_STRINGS];
    bool dry_run;
    const struct shelflife_object *object, *old_object; /* NULL: absent, null, or not needed */
};

/* A shelflife_json_handler; the context is the envelope. */
enum shelflife_json_next shelflife_envelope_event(void *envelope, enum shelflife_json_event event, str text,
                                                  bool last, error *err);

/* After the last event: whether it is a review that can be answered. */
bool shelflife_envelope_check(struct envelope *e, error *err);

/* By what has been read so far: false if no image of this review will be judged, whatever else is in it. */
bool shelflife_envelope_counts(const struct envelope *e);

/* The mode, as far as it is known: of the namespace if it has been read; else the path's, and for a path
   that leaves it to the policy `enforce`. */
enum shelflife_mode shelflife_envelope_mode(const struct envelope *e);

/* "admission.k8s.io/v1" or "…/v1beta1", to answer in kind. */
str shelflife_envelope_version(const struct envelope *e);

#endif
