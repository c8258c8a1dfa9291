/* rooms: base json reference workload catalog policy inventory admission net file kube pki inputs audit */
#include "audit/rollup.h"
#include "audit/values.h"

/* Any JSON as a file of manifests: twice, whole and byte by byte, which must find the same. The second time,
   values of charts are kept and read. */
static bool on_object(void *context, const struct shelflife_audit_found_object *found, error *err)
{
    static const struct shelflife_audit_rollup_source source = {.name = STR_INIT("f"), .file = STR_INIT("f")};
    CLEANUP(shelflife_arena_free) arena memory;
    struct shelflife_audit_values values;
    error ignored;
    shelflife_arena_init(&memory, 64 << 20);
    shelflife_audit_values_read(found, &memory, &values, &ignored);
    if (values.count > SHELFLIFE_AUDIT_IMAGES_MAX)
        abort();
    return shelflife_audit_rollup_add(context, found, 1, &source, err);
}

static bool read_all(const struct shelflife_shapes *shapes, str text, size_t chunk,
                     struct shelflife_audit_rollup *rollup)
{
    error err = {0};
    bool ok = true;
    struct shelflife_audit_objects *objects = shelflife_audit_objects_new(shapes, on_object, rollup);
    struct shelflife_json_parser *parser =
        shelflife_json_parser_new(shelflife_audit_objects_event, objects, true);
    if (!objects || !parser)
        abort();
    if (chunk == 1)
        shelflife_audit_objects_keep_specs(objects, shelflife_audit_values_are_in);
    shelflife_audit_objects_begin(objects, (str){0}, (str){0}, NULL, NULL);
    for (size_t at = 0; ok && at < text.len; at += chunk)
        ok = shelflife_json_parser_feed(parser, shelflife_str_first(shelflife_str_after(text, at), chunk),
                                        &err);
    ok = ok && shelflife_json_parser_finish(parser, &err);
    shelflife_json_parser_free(parser);
    shelflife_audit_objects_free(objects);
    return ok;
}

static void compare(const struct shelflife_audit_rollup *a, const struct shelflife_audit_rollup *b)
{
    if (a->objects != b->objects || a->pods != b->pods || a->record_count != b->record_count ||
        a->owner_count != b->owner_count)
        abort();
    for (size_t i = 0; i < a->record_count; i++) {
        const struct shelflife_audit_rollup_record *x = &a->records[i], *y = &b->records[i];
        if (x->owner != y->owner || x->alive != y->alive || x->container_total != y->container_total ||
            !shelflife_str_equal(shelflife_audit_rollup_text(a, x->image),
                                 shelflife_audit_rollup_text(b, y->image)))
            abort();
        shelflife_audit_rollup_top(a, x->owner);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const str fields[] = {STR_INIT("metadata.labels[\"team\"]"), STR_INIT("spec.replicas")};
    static const struct shelflife_audit_hash_key key = {{1, 2}};
    struct shelflife_shapes *shapes = shelflife_shapes_new(NULL, 0, fields, COUNT(fields), NULL);
    struct shelflife_audit_rollup whole, pieces, merged;
    error err;
    if (!shapes)
        return 0;
    shelflife_audit_rollup_init(&whole, key);
    shelflife_audit_rollup_init(&pieces, key);
    shelflife_audit_rollup_init(&merged, key);
    str text = {(const char *)data, size};
    bool ok = read_all(shapes, text, SIZE_MAX / 2, &whole);
    if (ok != read_all(shapes, text, 1, &pieces))
        abort();
    if (ok) {
        compare(&whole, &pieces);
        if (!shelflife_audit_rollup_merge(&merged, &whole, &err))
            abort();
        compare(&whole, &merged);
    }
    shelflife_audit_rollup_free(&whole);
    shelflife_audit_rollup_free(&pieces);
    shelflife_audit_rollup_free(&merged);
    shelflife_shapes_free(shapes);
    return 0;
}
