/* rooms: base json reference workload catalog policy admission net kube audit */
#include "audit/fold.h"

/* Any JSON as a file of manifests: twice, whole and byte by byte, which must find the same. */
static bool on_object(void *context, const struct shelflife_found_object *found, error *err)
{
    return shelflife_fold_add(context, found, 1, STR("f"), err);
}

static bool read_all(const struct shelflife_shapes *shapes, str text, size_t chunk,
                     struct shelflife_fold *fold)
{
    error err = {0};
    bool ok = true;
    struct shelflife_objects *objects = shelflife_objects_new(shapes, on_object, fold);
    struct shelflife_json_parser *parser = shelflife_json_parser_new(shelflife_objects_event, objects, true);
    if (!objects || !parser)
        abort();
    shelflife_objects_begin(objects, (str){0}, (str){0}, NULL, NULL);
    for (size_t at = 0; ok && at < text.len; at += chunk)
        ok = shelflife_json_parser_feed(parser, shelflife_str_first(shelflife_str_after(text, at), chunk),
                                        &err);
    ok = ok && shelflife_json_parser_finish(parser, &err);
    shelflife_json_parser_free(parser);
    shelflife_objects_free(objects);
    return ok;
}

static void compare(const struct shelflife_fold *a, const struct shelflife_fold *b)
{
    if (a->objects != b->objects || a->pods != b->pods || a->record_count != b->record_count ||
        a->owner_count != b->owner_count)
        abort();
    for (size_t i = 0; i < a->record_count; i++) {
        const struct shelflife_fold_record *x = &a->records[i], *y = &b->records[i];
        if (x->owner != y->owner || x->alive != y->alive || x->container_total != y->container_total ||
            !shelflife_str_equal(shelflife_fold_text(a, x->image), shelflife_fold_text(b, y->image)))
            abort();
        shelflife_fold_top(a, x->owner);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const str fields[] = {STR_INIT("metadata.labels[\"team\"]"), STR_INIT("spec.replicas")};
    static const struct shelflife_hash_key key = {{1, 2}};
    struct shelflife_shapes *shapes = shelflife_shapes_new(NULL, 0, fields, COUNT(fields), NULL);
    struct shelflife_fold whole, pieces, merged;
    error err;
    if (!shapes)
        return 0;
    shelflife_fold_init(&whole, key);
    shelflife_fold_init(&pieces, key);
    shelflife_fold_init(&merged, key);
    str text = {(const char *)data, size};
    bool ok = read_all(shapes, text, SIZE_MAX / 2, &whole);
    if (ok != read_all(shapes, text, 1, &pieces))
        abort();
    if (ok) {
        compare(&whole, &pieces);
        if (!shelflife_fold_merge(&merged, &whole, &err))
            abort();
        compare(&whole, &merged);
    }
    shelflife_fold_free(&whole);
    shelflife_fold_free(&pieces);
    shelflife_fold_free(&merged);
    shelflife_shapes_free(shapes);
    return 0;
}
