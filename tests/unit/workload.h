/* An extractor over a text, for tests. */
#ifndef SHELFLIFE_TEST_WORKLOAD_H
#define SHELFLIFE_TEST_WORKLOAD_H

#include "unit/test.h"

#include "shelflife/json.h"
#include "shelflife/workload.h"

struct run {
    arena memory;
    struct shelflife_shapes *shapes;
    struct shelflife_extractor *extractor;
    struct shelflife_json_parser *parser;
    error err;
};

static inline void run_init(struct run *r, size_t limit, const struct shelflife_shape *extra,
                            size_t extra_count, const str *fields, size_t field_count)
{
    *r = (struct run){.err.kind = SHELFLIFE_ERROR_NONE};
    shelflife_arena_init(&r->memory, limit);
    r->shapes = shelflife_shapes_new(extra, extra_count, fields, field_count, &r->err);
    if (!r->shapes)
        fail_msg("%s", r->err.text);
    r->extractor = shelflife_extractor_new(&r->memory);
    assert_non_null(r->extractor);
    r->parser = shelflife_json_parser_new(shelflife_extractor_event, r->extractor, false);
    assert_non_null(r->parser);
}

static inline void run_free(struct run *r)
{
    shelflife_json_parser_free(r->parser);
    shelflife_extractor_free(r->extractor);
    shelflife_shapes_free(r->shapes);
    shelflife_arena_free(&r->memory);
}

/* The text in chunks of that size; NULL with r->err if it fails. */
static inline const struct shelflife_object *run_text(struct run *r, const char *group, const char *kind,
                                                      str text, size_t chunk)
{
    shelflife_arena_reset(&r->memory);
    shelflife_json_parser_reset(r->parser);
    shelflife_extractor_begin(r->extractor, r->shapes, shelflife_str_of(group), shelflife_str_of(kind),
                              r->parser);
    for (size_t at = 0; at < text.len; at += chunk)
        if (!shelflife_json_parser_feed(r->parser, shelflife_str_first(shelflife_str_after(text, at), chunk),
                                        &r->err))
            return NULL;
    if (!shelflife_json_parser_finish(r->parser, &r->err))
        return NULL;
    assert_true(shelflife_extractor_done(r->extractor));
    return shelflife_extractor_object(r->extractor, &r->err);
}

/* One line for each image: path, "container", text. */
static inline void append_images(buffer *out, const struct shelflife_object *object)
{
    for (size_t i = 0; i < object->image_count; i++) {
        const struct shelflife_image *image = &object->images[i];
        shelflife_buffer_append(out, STR("  "));
        shelflife_buffer_append(out, image->path);
        shelflife_buffer_append(out, STR(" \""));
        shelflife_buffer_append(out, image->container);
        shelflife_buffer_append(out, STR("\" "));
        shelflife_buffer_append(out, image->text);
        shelflife_buffer_byte(out, '\n');
    }
}

/* Test texts write ' for ". */
static inline str quoted(arena *a, const char *text)
{
    str copy;
    assert_true(shelflife_arena_copy(a, shelflife_str_of(text), &copy));
    for (char *p = a->block ? (char *)(uintptr_t)copy.at : NULL; p && *p; p++)
        if (*p == '\'')
            *p = '"';
    return copy;
}

#endif
