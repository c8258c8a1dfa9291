/*
 * Texts in files in place of an image that something else fills in: "controller:latest" in what
 * kubebuilder makes, "REPLACE_ME", "gcr.io/PROJECT_ID/app". Those that a reference cannot look like, such as
 * "${IMAGE}", are found when it is judged (shelflife/reference.h).
 */
#ifndef SHELFLIFE_AUDIT_PLACEHOLDER_H
#define SHELFLIFE_AUDIT_PLACEHOLDER_H

#include "base/base.h"

/* Why the image is not known; absent if the text is not such a placeholder. */
str shelflife_audit_placeholder(str text);

#endif
