#include "audit/rendered.h"

#include <sys/stat.h>

#include "audit/values.h"
#include "inputs/hooks.h"

typedef struct shelflife_audit audit;
typedef struct shelflife_audit_text_source source;
typedef struct shelflife_input_image image;

enum {
    MEMORY_MAX = 64 << 20, /* for the values of one object */
};

bool shelflife_audit_rendered_has_lines(const source *s)
{
    return !s->rendered || s->rendered->text_file.len;
}

/* ---- "# Source:" ---- */

void shelflife_audit_rendered_begin(source *s)
{
    s->comment_len = 0;
}

bool shelflife_audit_rendered_comment(void *context, str line, uint64_t number UNUSED, error *err UNUSED)
{
    static const str start = STR_INIT("# Source: ");
    source *s = context;
    if (!shelflife_str_starts(line, start))
        return true;
    str path = shelflife_str_trim(shelflife_str_after(line, start.len));
    bool is_path = shelflife_str_find(path, '/') != SIZE_MAX && shelflife_str_find(path, ':') == SIZE_MAX &&
                   shelflife_str_find(path, ' ') == SIZE_MAX && path.at[0] != '/';
    s->comment_len = is_path ? path.len : 0;
    if (is_path)
        memcpy(s->comment, path.at, path.len);
    return true;
}

/* ---- Places ---- */

/* An object with the images that it is reported with. */
struct completed {
    const source *source;
    const struct shelflife_audit_found_object *found;
    struct shelflife_input_object described;
    arena *memory;
    struct shelflife_image *from; /* as they are in the object */
    image *images;                /* where they are edited */
    size_t count;
    bool edited_there; /* in the file that the comment names */
};

/* Whether a comment of the text names the template of the document. */
static bool has_template(const source *s)
{
    return s->comment_len && !s->rendered;
}

/* Rendered output that is kept in a file is what people edit, unless the template is there, too. */
static bool is_edited_there(const source *s)
{
    char path[SHELFLIFE_JSON_COMMENT_MAX + 1];
    struct stat status;
    if (!s->is_file)
        return true;
    memcpy(path, s->comment, s->comment_len);
    path[s->comment_len] = '\0';
    return stat(path, &status) == 0;
}

static bool place_by_comment(const struct completed *c, image *i, error *err)
{
    const source *s = c->source;
    str template = {s->comment, s->comment_len};
    if (!has_template(s))
        return true;
    if (c->edited_there) {
        i->place = (struct shelflife_input_place){.file = template};
        i->way = STR("rendered");
        return true;
    }
    return shelflife_arena_format(c->memory, &i->way, "rendered from %.*s", STR_PRINT(template)) ||
           shelflife_arena_fail(c->memory, err);
}

/* Values for a chart that is not there, so that nothing says what it makes of them. */
static bool is_value(const struct shelflife_audit_found_object *found, str path)
{
    static const struct {
        str kind, path;
    } kinds[] = {
        {STR_INIT("HelmRelease"), STR_INIT("spec.values")},
        {STR_INIT("Application"), STR_INIT("spec.source")},
        {STR_INIT("ApplicationSet"), STR_INIT("spec.")},
        {STR_INIT("HelmChart"), STR_INIT("spec.valuesContent")},
        {STR_INIT("HelmChart"), STR_INIT("spec.set")},
        {STR_INIT("HelmChartConfig"), STR_INIT("spec.valuesContent")},
    };
    for (size_t k = 0; k < COUNT(kinds); k++)
        if (shelflife_str_equal(found->kind, kinds[k].kind) && shelflife_str_starts(path, kinds[k].path))
            return true;
    return false;
}

static bool complete(const struct completed *c, const struct shelflife_image *from, image *i, error *err)
{
    const source *s = c->source;
    const struct shelflife_audit_found_object *found = c->found;
    const struct shelflife_input_object *object = &c->described;
    char room[SHELFLIFE_INPUT_HOOK_MAX];
    *i = (image){.image = from->text,
                 .way = s->rendered ? s->rendered->way : (str){0},
                 .kind = found->kind,
                 .name = object->name,
                 .path = from->path,
                 .place = {.file = s->rendered ? s->rendered->text_file : s->name,
                           .line = (uint32_t)from->position.line,
                           .column = (uint32_t)from->position.column}};
    if (is_value(found, from->path))
        i->way = STR("from values");
    if (!place_by_comment(c, i, err))
        return false;
    if (has_template(s)) {
        shelflife_input_hook_describe(object->hook, i, room);
        if (!shelflife_arena_copy(c->memory, i->way, &i->way))
            return shelflife_arena_fail(c->memory, err);
    }
    if (s->rendered && s->rendered->complete &&
        !s->rendered->complete(s->rendered->context, object, from->container, i, err))
        return false;
    if (!i->way.len && is_value(found, from->path))
        i->way = STR("from values");
    return true;
}

static struct shelflife_input_object describe(const audit *a, const source *s,
                                              const struct shelflife_audit_found_object *found)
{
    str hook = found->object->fields[a->owner_fields + SHELFLIFE_AUDIT_FIELD_HOOK];
    str local = found->object->fields[a->owner_fields + SHELFLIFE_AUDIT_FIELD_LOCAL];
    return (struct shelflife_input_object){.api_version = found->api_version,
                                           .kind = found->kind,
                                           .namespace = found->namespace,
                                           .name = found->object->name,
                                           .source = {s->comment_len ? s->comment : NULL, s->comment_len},
                                           .hook = hook,
                                           .local = local.len && !shelflife_str_equal(local, STR("false"))};
}

/* ---- Objects ---- */

static bool add(struct completed *c, const struct shelflife_image *from, error *err)
{
    c->from[c->count] = *from;
    return complete(c, from, &c->images[c->count++], err);
}

static bool add_value(struct completed *c, const struct shelflife_audit_value *v, error *err)
{
    const struct shelflife_image from = {
        .text = v->image.image,
        .path = v->image.path,
        .position = {.line = v->image.place.line, .column = v->image.place.column}};
    image *i = &c->images[c->count];
    if (!add(c, &from, err))
        return false;
    if (shelflife_str_equal(i->way, STR("from values")))
        i->way = v->image.way;
    i->why = i->why.len ? i->why : v->image.why;
    i->hint = i->hint.len ? i->hint : v->image.hint;
    i->unused = i->unused || v->image.unused;
    return true;
}

static bool note_values(audit *a, const source *s, const struct shelflife_audit_values_note *n, error *err)
{
    bool has_place = shelflife_audit_rendered_has_lines(s);
    const struct shelflife_audit_problem problem = {.source = s->name,
                                                    .line = has_place ? n->line : 0,
                                                    .column = has_place ? n->column : 0,
                                                    .text = n->why,
                                                    .part = true,
                                                    .note = true};
    return shelflife_audit_note(a, &problem, err);
}

/* Reads the values of a chart. If they are too large, those that were read count. */
static bool read_values(audit *a, const source *s, const struct shelflife_audit_found_object *found,
                        arena *memory, struct shelflife_audit_values *values, error *err)
{
    error why = {0};
    if (!shelflife_audit_values_read(found, memory, values, &why)) {
        error text;
        if (why.kind == SHELFLIFE_ERROR_MEMORY)
            return shelflife_fail_memory(err);
        shelflife_fail(&text, why.kind, "the rest of the values is not read: %s", why.text);
        const struct shelflife_audit_values_note rest = {
            .line = found->spec->line, .column = found->spec->column, .why = shelflife_str_of(text.text)};
        if (!note_values(a, s, &rest, err))
            return false;
    }
    for (const struct shelflife_audit_values_note *n = values->notes; n; n = n->next)
        if (!note_values(a, s, n, err))
            return false;
    return true;
}

static bool complete_all(struct completed *c, const struct shelflife_audit_values *values, error *err)
{
    const struct shelflife_object *object = c->found->object;
    size_t room = object->image_count + values->count;
    c->from = shelflife_arena_array(c->memory, room, sizeof(*c->from));
    c->images = shelflife_arena_array(c->memory, room, sizeof(*c->images));
    if (!c->from || !c->images)
        return shelflife_arena_fail(c->memory, err);
    c->edited_there = room && has_template(c->source) && is_edited_there(c->source);
    for (size_t i = 0; i < object->image_count; i++)
        if ((!is_value(c->found, object->images[i].path) ||
             !shelflife_audit_values_have(values, object->images[i].path)) &&
            !add(c, &object->images[i], err))
            return false;
    for (const struct shelflife_audit_value *v = values->first; v; v = v->next)
        if (!add_value(c, v, err))
            return false;
    return true;
}

bool shelflife_audit_rendered_add(audit *a, const struct shelflife_audit_found_object *found, const source *s,
                                  arena *memory, error *err)
{
    struct shelflife_audit_found_object changed = *found;
    struct shelflife_object named = *found->object;
    struct shelflife_audit_rollup_source where = {.name = s->name,
                                                  .file = s->rendered ? s->rendered->file : s->name};
    CLEANUP(shelflife_arena_free) arena value_memory;
    struct shelflife_audit_values values;
    shelflife_arena_init(&value_memory, MEMORY_MAX);
    struct completed c = {.source = s, .found = found, .described = describe(a, s, found), .memory = memory};
    if (!read_values(a, s, found, &value_memory, &values, err) || !complete_all(&c, &values, err))
        return false;
    if (c.count) {
        named.name = c.images[0].name;
        if (has_template(s))
            where.file = c.images[0].place.file;
    }
    named.images = c.from;
    named.image_count = c.count;
    named.images_left_out += values.left_out;
    changed.object = &named;
    where.images = c.images;
    return shelflife_audit_rollup_add(&a->rollup, &changed, a->owner_fields, &where, err);
}
