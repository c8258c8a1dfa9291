/*
 * Reads the objects of an API list, page by page. A page counts only after it has arrived completely. If the
 * connection breaks within a page, the page is read again, and the list may start again from its first page.
 */
#ifndef SHELFLIFE_AUDIT_LIST_H
#define SHELFLIFE_AUDIT_LIST_H

#include "audit/internal.h"
#include "audit/objects.h"
#include "kube/kube.h"

struct shelflife_audit_list {
    str api_version, kind;        /* of the objects, for lists whose items lack them */
    void (*begin)(void *context); /* a page begins, perhaps again: discard what is not committed */
    bool (*commit)(void *context, const struct shelflife_kube_page *page, error *err);
    void (*restart)(void *context); /* forget all pages */
    void *context;
    struct shelflife_json_parser *parser;
    struct shelflife_audit_objects *objects;
};

/* Passes each object to on_object. The caller sets the members above `context`. */
bool shelflife_audit_list_open(struct shelflife_audit_list *list, const struct shelflife_shapes *shapes,
                               shelflife_audit_object_handler *on_object, void *context, error *err);
void shelflife_audit_list_free(struct shelflife_audit_list *list);

/* A shelflife_kube_list_handler; its context is the list. */
bool shelflife_audit_list_event(void *list, enum shelflife_kube_list_event event,
                                const struct shelflife_kube_page *page, str bytes, error *err);

/* Notes the failure of a list as a problem of `source`, unless the audit is being stopped. `part`: some pages
   were read. Fails only without memory. Locks the audit. */
bool shelflife_audit_note_list(struct shelflife_audit *audit, str source,
                               const struct shelflife_kube_reply *reply, bool part, const error *why,
                               error *err);

/* The same for something that may be forbidden: then it is only a note, with this text. */
bool shelflife_audit_note_optional(struct shelflife_audit *audit, str source,
                                   const struct shelflife_kube_reply *reply, str text, const error *why,
                                   error *err);

#endif
