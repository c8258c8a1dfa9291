/* The part of a policy that the exported rules are computed from. */
#ifndef SHELFLIFE_FEEDS_VAP_STRIP_H
#define SHELFLIFE_FEEDS_VAP_STRIP_H

#include "base/base.h"
#include "json/document.h"

/* Appends the policy without the settings that the export expresses itself: those for some images or
   namespaces only, and those that change over time. What remains depends only on the day: an image that is
   denied on one day is denied on all later days. */
bool shelflife_feeds_vap_strip(str policy, const char *origin, buffer *json, error *err);

/* Whether an override applies to some images or namespaces only. */
bool shelflife_feeds_vap_is_particular(const struct node *override);

#endif
