#include "audit/list.h"

typedef struct shelflife_audit_list pages;

bool shelflife_audit_list_open(pages *p, const struct shelflife_shapes *shapes,
                               shelflife_audit_object_handler *on_object, void *context, error *err)
{
    p->context = context;
    p->objects = shelflife_audit_objects_new(shapes, on_object, context);
    if (p->objects)
        p->parser = shelflife_json_parser_new(shelflife_audit_objects_event, p->objects, false);
    return p->parser || shelflife_fail_memory(err);
}

void shelflife_audit_list_free(pages *p)
{
    shelflife_json_parser_free(p->parser);
    shelflife_audit_objects_free(p->objects);
}

bool shelflife_audit_list_event(void *context, enum shelflife_kube_list_event event,
                                const struct shelflife_kube_page *page, str bytes, error *err)
{
    pages *p = context;
    switch (event) {
    case SHELFLIFE_KUBE_PAGE_START:
        p->begin(p->context);
        shelflife_json_parser_reset(p->parser);
        shelflife_audit_objects_begin(p->objects, p->api_version, p->kind, NULL, NULL);
        return true;
    case SHELFLIFE_KUBE_PAGE_BYTES:
        return shelflife_json_parser_feed(p->parser, bytes, err);
    case SHELFLIFE_KUBE_PAGE_END:
        return shelflife_json_parser_finish(p->parser, err) && p->commit(p->context, page, err);
    case SHELFLIFE_KUBE_PAGE_AGAIN:
        return true;
    case SHELFLIFE_KUBE_RESTART:
        p->restart(p->context);
        return true;
    }
    return true;
}

bool shelflife_audit_note_list(struct shelflife_audit *a, str source,
                               const struct shelflife_kube_reply *reply, bool part, const error *why,
                               error *err)
{
    const struct shelflife_audit_problem problem = {.source = source,
                                                    .text = shelflife_str_of(why->text),
                                                    .forbidden = reply->status == 403,
                                                    .part = part};
    bool ok = true;
    if (why->kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    pthread_mutex_lock(&a->lock);
    if (shelflife_audit_cancelled(a))
        a->interrupted = true;
    else
        ok = shelflife_audit_note(a, &problem, err);
    pthread_mutex_unlock(&a->lock);
    return ok;
}
