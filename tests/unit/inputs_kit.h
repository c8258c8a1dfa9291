/* What a reader of a file reports, as lines of text: "image place: kind/name image", and what is beside it.
 */
#ifndef SHELFLIFE_TEST_INPUTS_KIT_H
#define SHELFLIFE_TEST_INPUTS_KIT_H

#include "audit/objects.h"
#include "inputs/inputs.h"
#include "json/yaml.h"

struct told {
    buffer text;
    struct shelflife_shapes *shapes;
    const struct shelflife_input_rendered *rendered; /* that is being read */
};

static UNUSED void add_place(struct told *t, const char *what, const struct shelflife_input_place *place)
{
    shelflife_buffer_format(&t->text, "%s %.*s:%u", what, STR_PRINT(place->file), place->line);
}

static UNUSED void add_part(struct told *t, const char *what, str text)
{
    if (text.len)
        shelflife_buffer_format(&t->text, "%s%.*s", what, STR_PRINT(text));
}

static UNUSED bool tell_image(void *context, const struct shelflife_input_image *image, error *err UNUSED)
{
    struct told *t = context;
    add_place(t, image->unused ? "unused" : "image", &image->place);
    shelflife_buffer_format(&t->text, ": %.*s/%.*s %.*s", STR_PRINT(image->kind), STR_PRINT(image->name),
                            STR_PRINT(image->image));
    add_part(t, " | ", image->way);
    add_part(t, " | not known: ", image->why);
    add_part(t, " | hint: ", image->hint);
    shelflife_buffer_byte(&t->text, '\n');
    return true;
}

static UNUSED bool tell_unread(void *context, const struct shelflife_input_unread *unread, error *err UNUSED)
{
    struct told *t = context;
    add_place(t, "unread", &unread->place);
    add_part(t, ": ", unread->why);
    shelflife_buffer_byte(&t->text, '\n');
    return true;
}

/* The path in the last "# Source:" comment before a line. */
static UNUSED str source_at(str text, uint64_t line)
{
    str source = {0};
    for (uint64_t i = 1; i < line && text.len; i++) {
        str l = shelflife_str_line(&text);
        if (shelflife_str_starts(l, STR("---")))
            source = (str){0};
        if (shelflife_str_starts(l, STR("# Source: ")))
            source = shelflife_str_after(l, 10);
    }
    return source;
}

static UNUSED bool tell_object(void *context, const struct shelflife_audit_found_object *found, error *err)
{
    struct told *t = context;
    const struct shelflife_input_rendered *r = t->rendered;
    for (size_t i = 0; i < found->object->image_count; i++) {
        const struct shelflife_image *at = &found->object->images[i];
        const struct shelflife_input_object object = {
            .api_version = found->api_version,
            .kind = found->kind,
            .namespace = found->namespace,
            .name = found->object->name,
            .source = source_at(r->text, at->position.line),
            .hook = found->object->fields[0],
            .local =
                found->object->fields[1].len && !shelflife_str_equal(found->object->fields[1], STR("false"))};
        struct shelflife_input_image image = {
            .image = at->text,
            .way = r->way,
            .kind = found->kind,
            .name = object.name,
            .path = at->path,
            .place = {r->text_file, (uint32_t)at->position.line, (uint32_t)at->position.column}};
        if (r->complete && !r->complete(r->context, &object, at->container, &image, err))
            return false;
        if (image.image.len && !tell_image(t, &image, err))
            return false;
    }
    return true;
}

static UNUSED struct shelflife_json_position yaml_place(const void *yaml)
{
    return shelflife_yaml_position(yaml);
}

static UNUSED bool tell_rendered(void *context, const struct shelflife_input_rendered *rendered, error *err)
{
    struct told *t = context;
    str rest = rendered->text;
    error why = {0};
    t->rendered = rendered;
    struct shelflife_audit_objects *objects = shelflife_audit_objects_new(t->shapes, tell_object, t);
    struct shelflife_yaml *yaml = shelflife_yaml_new(SHELFLIFE_YAML_MANIFESTS);
    bool ok = objects && yaml;
    if (ok) {
        shelflife_audit_objects_begin(objects, (str){0}, (str){0}, yaml_place, yaml);
        ok = shelflife_yaml_read(yaml, shelflife_yaml_text, &rest, shelflife_audit_objects_event, objects,
                                 &why) ||
             why.kind == SHELFLIFE_ERROR_INPUT;
    }
    if (why.kind)
        shelflife_buffer_format(&t->text, "error %.*s: %s\n", STR_PRINT(rendered->text_file), why.text);
    shelflife_audit_objects_free(objects);
    shelflife_yaml_free(yaml);
    return ok || shelflife_fail_memory(err);
}

static UNUSED void tell_new(struct told *t)
{
    static const str fields[] = {STR_INIT("metadata.annotations[\"helm.sh/hook\"]"),
                                 STR_INIT("metadata.annotations[\"config.kubernetes.io/local-config\"]")};
    *t = (struct told){.shapes = shelflife_shapes_new(NULL, 0, fields, COUNT(fields), NULL)};
    shelflife_buffer_init(&t->text, 64 << 20);
}

static UNUSED void tell_free(struct told *t)
{
    shelflife_buffer_free(&t->text);
    shelflife_shapes_free(t->shapes);
}

static UNUSED bool tell(struct told *t, const struct shelflife_input_format *format, const char *path,
                        str text, const struct shelflife_input_options *options, error *err)
{
    const struct shelflife_input_sink sink = {tell_image, tell_unread, tell_rendered, t, NULL};
    return format->read(path, text, options, &sink, err);
}

#endif
