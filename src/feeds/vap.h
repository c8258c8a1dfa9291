/*
 * The deny part of catalogs and policy as a Kubernetes ValidatingAdmissionPolicy
 * (admissionregistration.k8s.io/v1) with its bindings: a floor for clusters without the webhook, in CEL. It
 * never denies what the webhook would not, and says what it leaves out.
 */
#ifndef SHELFLIFE_TOOLS_VAP_H
#define SHELFLIFE_TOOLS_VAP_H

#include "base/base.h"
#include "shelflife/catalog.h"

/* Tells the first day on which the policy, as shelflife_feeds_vap_strip() leaves it, denies an image; NONE:
 * never.
 */
typedef bool shelflife_feeds_vap_judge(void *context, str image, shelflife_day *from, error *err);

struct shelflife_feeds_vap {
    const struct shelflife_catalogs *catalogs;
    str policy; /* the bytes of a policy that reads well */
    const char *policy_origin;
    shelflife_day at; /* images that an UPDATE introduces are judged by this day */
    str name;         /* of the objects */
    shelflife_feeds_vap_judge *judge;
    void *context;
};

/* Appends the policy without what the export expresses by itself: what is said of some images or namespaces
   only, and what changes as time goes. Denial is then a matter of days alone: once it begins, it stays. */
bool shelflife_feeds_vap_strip(str policy, const char *origin, buffer *json, error *err);

/* Appends the manifests to *yaml, and to *notes a line for each thing that they do not express. */
bool shelflife_feeds_vap_write(const struct shelflife_feeds_vap *vap, buffer *yaml, buffer *notes,
                               error *err);

#endif
