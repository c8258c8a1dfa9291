/*
 * The deny part of catalogs and policy as a Kubernetes ValidatingAdmissionPolicy
 * (admissionregistration.k8s.io/v1) with its bindings, in CEL, for clusters without the webhook. It never
 * denies what the webhook would not, and lists what it leaves out.
 */
#ifndef SHELFLIFE_FEEDS_VAP_H
#define SHELFLIFE_FEEDS_VAP_H

#include "base/base.h"
#include "feeds/vap_rules.h"
#include "shelflife/catalog.h"

struct shelflife_feeds_vap {
    const struct shelflife_catalogs *catalogs;
    str policy; /* the bytes of a valid policy */
    const char *policy_origin;
    shelflife_day at; /* images that an UPDATE introduces are judged by this day */
    str name;         /* of the objects */
    shelflife_feeds_vap_judge *judge;
    void *context;
};

/* Appends the policy without the settings that the export expresses itself: those for some images or
   namespaces only, and those that change over time. What remains depends only on the day: an image that is
   denied on one day is denied on all later days. */
bool shelflife_feeds_vap_strip(str policy, const char *origin, buffer *json, error *err);

/* Appends the manifests to *yaml, and a line for each rule that they cannot express to *notes. */
bool shelflife_feeds_vap_write(const struct shelflife_feeds_vap *vap, buffer *yaml, buffer *notes,
                               error *err);

#endif
