/* rooms: all */
/* Events of a watch, as the API server sends them: of Pods, and of objects of any kind. What is found does
   not depend on how the bytes are divided. */
#include "audit/objects.h"
#include "inspection/event.h"
#include "inspection/pods.h"
#include "kube/kube.h"

struct reading {
    struct shelflife_inspection_pods *pods;
    struct shelflife_audit_objects *objects;
    struct shelflife_inspection_event object;
    struct shelflife_json_parser *pod_parser, *object_parser;
    buffer found, event; /* of all events, and of the one that is coming */
};

static bool on_pod(void *context, const struct shelflife_inspection_pod *pod, error *err)
{
    struct reading *r = context;
    (void)err;
    for (size_t i = 0; i < pod->container_count; i++) {
        shelflife_buffer_append(&r->event, pod->containers[i].image);
        shelflife_buffer_append(&r->event, pod->containers[i].image_id);
        shelflife_buffer_byte(&r->event, '\n');
    }
    return true;
}

static bool on_object(void *context, const struct shelflife_audit_found_object *found, error *err)
{
    struct reading *r = context;
    (void)err;
    for (size_t i = 0; i < found->object->image_count; i++)
        shelflife_buffer_append(&r->event, found->object->images[i].text);
    return true;
}

static void begin(void *context)
{
    struct reading *r = context;
    shelflife_buffer_reset(&r->event);
    shelflife_json_parser_reset(r->pod_parser);
    shelflife_json_parser_reset(r->object_parser);
    shelflife_inspection_pods_begin(r->pods);
    shelflife_inspection_event_begin(&r->object);
    shelflife_audit_objects_begin(r->objects, STR("apps/v1"), STR("Deployment"), NULL, NULL);
}

static bool on_bytes(void *context, str bytes, error *err)
{
    struct reading *r = context;
    return shelflife_json_parser_feed(r->pod_parser, bytes, err) &&
           shelflife_json_parser_feed(r->object_parser, bytes, err);
}

static bool end(void *context, enum shelflife_kube_change change, error *err)
{
    struct reading *r = context;
    if (!shelflife_json_parser_finish(r->pod_parser, err) ||
        !shelflife_json_parser_finish(r->object_parser, err))
        return false;
    shelflife_buffer_format(&r->found, "%d ", (int)change);
    shelflife_buffer_append(&r->found, shelflife_buffer_str(&r->event));
    return true;
}

static void read_all(str bytes, size_t piece, const struct shelflife_shapes *shapes, buffer *found)
{
    struct reading r = {0};
    error err = {0};
    const struct shelflife_kube_follow follow = {
        .begin = begin, .bytes = on_bytes, .end = end, .context = &r};
    struct shelflife_kube_watch *watch = shelflife_kube_watch_new(&follow, &err);
    r.pods = shelflife_inspection_pods_new(on_pod, &r, &err);
    r.objects = shelflife_audit_objects_new(shapes, on_object, &r);
    r.object =
        (struct shelflife_inspection_event){.handler = shelflife_audit_objects_event, .context = r.objects};
    r.pod_parser = shelflife_json_parser_new(shelflife_inspection_pods_event, r.pods, false);
    r.object_parser = shelflife_json_parser_new(shelflife_inspection_event_next, &r.object, false);
    shelflife_buffer_init(&r.found, 1 << 20);
    shelflife_buffer_init(&r.event, 1 << 20);
    bool ok = true;
    for (; ok && bytes.len; bytes = shelflife_str_after(bytes, piece))
        ok = shelflife_kube_watch_feed(watch, shelflife_str_first(bytes, piece), &err);
    shelflife_buffer_append(found, shelflife_buffer_str(&r.found));
    shelflife_buffer_append(found, shelflife_str_of(shelflife_kube_watch_version(watch)));
    shelflife_buffer_byte(found, ok ? '+' : '-');
    shelflife_json_parser_free(r.pod_parser);
    shelflife_json_parser_free(r.object_parser);
    shelflife_inspection_pods_free(r.pods);
    shelflife_audit_objects_free(r.objects);
    shelflife_kube_watch_free(watch);
    shelflife_buffer_free(&r.found);
    shelflife_buffer_free(&r.event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const str bytes = {(const char *)data, size};
    const size_t piece = size ? 1 + data[size / 2] % 31 : 1;
    struct shelflife_shapes *shapes = shelflife_shapes_new(NULL, 0, NULL, 0, NULL);
    buffer whole, pieces;
    shelflife_buffer_init(&whole, 4 << 20);
    shelflife_buffer_init(&pieces, 4 << 20);
    read_all(bytes, size ? size : 1, shapes, &whole);
    read_all(bytes, piece, shapes, &pieces);
    if (!shelflife_str_equal(shelflife_buffer_str(&whole), shelflife_buffer_str(&pieces)))
        abort();
    shelflife_buffer_free(&whole);
    shelflife_buffer_free(&pieces);
    shelflife_shapes_free(shapes);
    return 0;
}
