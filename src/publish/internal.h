/*
 * One run of publishing, and what reports and Events share.
 */
#ifndef SHELFLIFE_PUBLISH_INTERNAL_H
#define SHELFLIFE_PUBLISH_INTERNAL_H

#include "audit/audit.h"
#include "kube/kube.h"
#include "shelflife/json.h"
#include "json/document.h"

struct shelflife_publish_options;
struct shelflife_publish_outcome;

#define PUBLISH_MANAGER "shelflife"

enum {
    PUBLISH_PATH_MAX = 16 << 10,
    PUBLISH_OBJECT_MAX = 8 << 20,
    PUBLISH_UID_MAX = 256,
};

struct publish_run {
    const struct shelflife_audit_result *result;
    const struct shelflife_publish_options *options;
    struct shelflife_publish_outcome *outcome;
    struct shelflife_kube *kube;
    struct shelflife_kube_client *client;
    struct shelflife_kube_resources resources;
    error first_failure; /* if outcome->failed */
};

bool shelflife_publish_is_cancelled(const struct publish_run *run);
void shelflife_publish_count_failure(struct publish_run *run, const error *why);

/* The string under a key of a map; *out stays as it is if there is none. */
void shelflife_publish_get_string(const struct node *map, const char *key, str *out);

/* Appends the metadata.uid of the object at a path. */
bool shelflife_publish_read_uid(struct publish_run *run, str path, buffer *uid, error *err);

/* False if publishing the reports could not begin; the failure of a single report is counted. */
bool shelflife_publish_reports(struct publish_run *run, error *err);
void shelflife_publish_events(struct publish_run *run);

#endif
