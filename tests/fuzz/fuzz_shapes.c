/* rooms: base json workload */
/*
 * Any bytes are a path or an error. A path compiles as an image's, as a field's, or as both; what it compiles
 * to runs over an object that has all sorts of steps.
 */
#include "base/base.h"
#include "shelflife/json.h"
#include "shelflife/workload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const str object =
    STR_INIT("{\"a\":{\"b\":[{\"c\":\"1\"},[\"2\"]],\"a\":{\"a\":{\"a\":\"3\"}},\"\":{\"a.b\":\"4\"}},"
             "\"b\":[[[\"5\"]]],\"status\":{\"a\":\"6\"},\"c\":\"7\",\"name\":\"8\"}");

static void run(const struct shelflife_shapes *shapes)
{
    arena memory;
    shelflife_arena_init(&memory, 1 << 20);
    struct shelflife_extractor *x = shelflife_extractor_new(&memory);
    struct shelflife_json_parser *parser = shelflife_json_parser_new(shelflife_extractor_event, x, false);
    if (!x || !parser)
        abort();
    shelflife_extractor_begin(x, shapes, STR("g"), STR("K"), parser);
    if (!shelflife_json_parser_feed(parser, object, NULL) || !shelflife_json_parser_finish(parser, NULL))
        abort();
    const struct shelflife_object *result = shelflife_extractor_object(x, NULL);
    if (!result || result->image_count > 8)
        abort();
    for (size_t i = 0; i < result->image_count; i++)
        if (shelflife_str_find(result->images[i].path, 's') == 0)
            abort(); /* below status */
    shelflife_json_parser_free(parser);
    shelflife_extractor_free(x);
    shelflife_arena_free(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str path = {(const char *)data, size};
    const struct shelflife_shape extra = {STR_INIT("*"), STR_INIT("*"), path};
    for (int as_field = 0; as_field < 2; as_field++) {
        error err = {0};
        struct shelflife_shapes *shapes = as_field ? shelflife_shapes_new(NULL, 0, &path, 1, &err)
                                                   : shelflife_shapes_new(&extra, 1, NULL, 0, &err);
        if ((shapes == NULL) != (err.kind != SHELFLIFE_ERROR_NONE))
            abort();
        if (shapes)
            run(shapes);
        shelflife_shapes_free(shapes);
    }
    return 0;
}
