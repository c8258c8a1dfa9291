#include "audit/list.h"

typedef struct shelflife_audit_list list;

bool shelflife_audit_list_open(list *l, const struct shelflife_shapes *shapes,
                               shelflife_audit_object_handler *on_object, void *context, error *err)
{
    l->context = context;
    l->objects = shelflife_audit_objects_new(shapes, on_object, context);
    if (l->objects)
        l->parser = shelflife_json_parser_new(shelflife_audit_objects_event, l->objects, false);
    return l->parser || shelflife_fail_memory(err);
}

void shelflife_audit_list_free(list *l)
{
    shelflife_json_parser_free(l->parser);
    shelflife_audit_objects_free(l->objects);
}

bool shelflife_audit_list_event(void *context, enum shelflife_kube_list_event event,
                                const struct shelflife_kube_page *page, str bytes, error *err)
{
    list *l = context;
    switch (event) {
    case SHELFLIFE_KUBE_PAGE_START:
        l->begin(l->context);
        shelflife_json_parser_reset(l->parser);
        shelflife_audit_objects_begin(l->objects, l->api_version, l->kind, NULL, NULL);
        return true;
    case SHELFLIFE_KUBE_PAGE_BYTES:
        return shelflife_json_parser_feed(l->parser, bytes, err);
    case SHELFLIFE_KUBE_PAGE_END:
        return shelflife_json_parser_finish(l->parser, err) && l->commit(l->context, page, err);
    case SHELFLIFE_KUBE_PAGE_AGAIN:
        return true;
    case SHELFLIFE_KUBE_RESTART:
        l->restart(l->context);
        return true;
    }
    return true;
}

/* Unless the audit is being stopped. */
static bool note(struct shelflife_audit *a, const struct shelflife_audit_problem *problem, error *err)
{
    bool ok = true;
    pthread_mutex_lock(&a->lock);
    if (shelflife_audit_cancelled(a))
        a->interrupted = true;
    else
        ok = shelflife_audit_note(a, problem, err);
    pthread_mutex_unlock(&a->lock);
    return ok;
}

bool shelflife_audit_note_list(struct shelflife_audit *a, str source,
                               const struct shelflife_kube_reply *reply, bool part, const error *why,
                               error *err)
{
    const struct shelflife_audit_problem problem = {.source = source,
                                                    .text = shelflife_str_of(why->text),
                                                    .forbidden = reply->status == 403,
                                                    .part = part};
    if (why->kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    return note(a, &problem, err);
}

bool shelflife_audit_note_optional(struct shelflife_audit *a, str source,
                                   const struct shelflife_kube_reply *reply, str text, const error *why,
                                   error *err)
{
    const struct shelflife_audit_problem problem = {
        .source = source, .text = text, .forbidden = true, .part = true, .note = true};
    return reply->status == 403 ? note(a, &problem, err)
                                : shelflife_audit_note_list(a, source, reply, false, why, err);
}
