/*
 * Objects of a list of the API, page by page. What a page has counts once it is whole: it may break off and
 * come again, and the list may begin again.
 */
#ifndef SHELFLIFE_AUDIT_PAGES_H
#define SHELFLIFE_AUDIT_PAGES_H

#include "audit/internal.h"
#include "audit/objects.h"
#include "kube/kube.h"

struct shelflife_audit_list {
    str api_version, kind;        /* of the objects, as the extractor is to take them */
    void (*begin)(void *context); /* a page begins, perhaps again: what is not committed is discarded */
    bool (*commit)(void *context, const struct shelflife_kube_page *page, error *err);
    void (*restart)(void *context); /* forget all pages */
    void *context;
    struct shelflife_json_parser *parser;
    struct shelflife_objects *objects;
};

/* Objects go to on_object. Everything above `context` is the caller's to set. */
bool shelflife_audit_list_open(struct shelflife_audit_list *pages, const struct shelflife_shapes *shapes,
                               shelflife_audit_object_handler *on_object, void *context, error *err);
void shelflife_audit_list_free(struct shelflife_audit_list *pages);

/* A shelflife_kube_list_handler; the context is the pages. */
bool shelflife_audit_list_event(void *pages, enum shelflife_kube_list_event event,
                                const struct shelflife_kube_page *page, str bytes, error *err);

/* After a list failed: notes it as a problem of `source`, unless the audit is being stopped. `part`: some
   pages were read. False only without memory. Takes the audit's lock. */
bool shelflife_audit_note_list(struct shelflife_audit *audit, str source,
                               const struct shelflife_kube_reply *reply, bool part, const error *why,
                               error *err);

#endif
