/*
 * The deny part of catalogs and policy as a Kubernetes ValidatingAdmissionPolicy
 * (admissionregistration.k8s.io/v1) with its bindings, in CEL, for clusters without the webhook. It never
 * denies what the webhook would not, and lists what it leaves out.
 */
#ifndef SHELFLIFE_FEEDS_VAP_H
#define SHELFLIFE_FEEDS_VAP_H

#include "base/base.h"
#include "feeds/vap_options.h"

/* Appends the manifests to *yaml, and a line for each rule that they cannot express to *notes. */
bool shelflife_feeds_vap_write(const struct shelflife_feeds_vap_options *vap, buffer *yaml, buffer *notes,
                               error *err);

#endif
