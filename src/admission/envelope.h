/*
 * Reads an AdmissionReview: a state machine over JSON events that keeps the few fields a verdict needs,
 * passes `object` and `oldObject` to the extractor, and skips everything else.
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

/* The most bytes of the uid, which is sent back, and of each other string that is kept. Longer ones are an
 * error. Kubernetes does not limit the length of user names. */
enum { ADMISSION_ENVELOPE_UID_MAX = 1024, ADMISSION_ENVELOPE_STRING_MAX = 64 << 10 };

struct envelope_field;

struct admission_envelope {
    /* Borrowed from the review. */
    struct shelflife_extractor *extractor;
    shelflife_image_sink *sink; /* gets the images */
    void *sink_context;
    const unsigned char *sink_key;
    arena *strings;
    buffer token; /* a key or string in fragments */
    const struct shelflife_policy *policy;
    enum shelflife_mode path_mode;

    /* The state. */
    unsigned place;
    const struct envelope_field *field; /* the field whose value comes next */
    bool in_object;                     /* events are passed to the extractor */
    bool unannounced;                   /* an object came before request.kind */
    bool whole;                         /* everything has been read: what is missing now is absent */
    /* The mode, as far as it is known: that of the namespace if that has been read; otherwise that of the
       path, or `enforce` if the path leaves it to the policy. */
    enum shelflife_mode mode;

    /* The result. */
    uint32_t seen; /* bit i: field i of the table has been read */
    str string[ADMISSION_ENVELOPE_STRINGS];
    bool dry_run;
    const struct shelflife_object *object, *old_object; /* NULL: absent, null, or not needed */
};

/* Before the first event. What is borrowed is set. */
void shelflife_admission_envelope_begin(struct admission_envelope *e);

/* A shelflife_json_handler whose context is the envelope. */
enum shelflife_json_next shelflife_admission_envelope_event(void *envelope, enum shelflife_json_event event,
                                                            str text, bool last, error *err);

/* After the last event: whether this is a review that can be responded to. */
bool shelflife_admission_envelope_check(struct admission_envelope *e, error *err);

/* Returns false if it is clear from what has been read so far that no image of this review is judged. */
bool shelflife_admission_envelope_counts(const struct admission_envelope *e);

/* Whether an image that comes now is one of the old object. */
bool shelflife_admission_envelope_is_old(const struct admission_envelope *e);

/* Whether what images are judged by has been read: operation and namespace. */
bool shelflife_admission_envelope_settles(const struct admission_envelope *e);

/* "admission.k8s.io/v1" or "admission.k8s.io/v1beta1", for the response. */
str shelflife_admission_envelope_version(const struct admission_envelope *e);

#endif
