/*
 * The envelope of an AdmissionReview: a state machine over JSON events that keeps the few fields a verdict
 * needs, hands `object` and `oldObject` to the extractor, and skips the rest unread.
 */
#ifndef SHELFLIFE_ADMISSION_ENVELOPE_H
#define SHELFLIFE_ADMISSION_ENVELOPE_H

#include "base/base.h"
#include "shelflife/policy.h"

enum admission_envelope_string {
    ADMISSION_ENVELOPE_API_VERSION,
    ADMISSION_ENVELOPE_KIND,
    ADMISSION_ENVELOPE_UID,
    ADMISSION_ENVELOPE_OPERATION,
    ADMISSION_ENVELOPE_NAME,
    ADMISSION_ENVELOPE_NAMESPACE,
    ADMISSION_ENVELOPE_SUBRESOURCE,
    ADMISSION_ENVELOPE_OBJECT_GROUP,
    ADMISSION_ENVELOPE_OBJECT_KIND,
    ADMISSION_ENVELOPE_GROUP,
    ADMISSION_ENVELOPE_RESOURCE,
    ADMISSION_ENVELOPE_USER,
    ADMISSION_ENVELOPE_STRINGS
};

/* Bytes of the uid, which is sent back, and of each other string that is kept: user names have no limit of
   their own. A longer one is an error. */
enum { ADMISSION_ENVELOPE_UID_MAX = 1024, ADMISSION_ENVELOPE_STRING_MAX = 64 << 10 };

struct envelope_field;

struct admission_envelope {
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
    str string[ADMISSION_ENVELOPE_STRINGS];
    bool dry_run;
    const struct shelflife_object *object, *old_object; /* NULL: absent, null, or not needed */
};

/* A shelflife_json_handler; the context is the envelope. */
enum shelflife_json_next shelflife_admission_envelope_event(void *envelope, enum shelflife_json_event event,
                                                            str text, bool last, error *err);

/* After the last event: whether it is a review that can be answered. */
bool shelflife_admission_envelope_check(struct admission_envelope *e, error *err);

/* By what has been read so far: false if no image of this review will be judged, whatever else is in it. */
bool shelflife_admission_envelope_counts(const struct admission_envelope *e);

/* The mode, as far as it is known: of the namespace if it has been read; else the path's, and for a path
   that leaves it to the policy `enforce`. */
enum shelflife_mode shelflife_admission_envelope_mode(const struct admission_envelope *e);

/* "admission.k8s.io/v1" or "…/v1beta1", to answer in kind. */
str shelflife_admission_envelope_version(const struct admission_envelope *e);

#endif
