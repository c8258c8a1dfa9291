#include "audit/rendered.h"

#include <sys/stat.h>

#include "inputs/hooks.h"

typedef struct shelflife_audit audit;
typedef struct shelflife_audit_text_source source;
typedef struct shelflife_input_image image;

enum {
    PROBLEMS_MAX = 20, /* of one text that are named */
    MEMORY_MAX = 64 << 20,
};

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

/* Rendered output that is kept in a file is what people edit, unless the template is there, too. */
static bool is_there(const source *s)
{
    char path[SHELFLIFE_JSON_COMMENT_MAX + 1];
    struct stat status;
    memcpy(path, s->comment, s->comment_len);
    path[s->comment_len] = '\0';
    return stat(path, &status) == 0;
}

static bool place_by_comment(const source *s, arena *memory, image *i, error *err)
{
    str template = {s->comment, s->comment_len};
    if (!s->comment_len || s->rendered)
        return true;
    if (!s->is_file || is_there(s)) {
        i->place = (struct shelflife_input_place){.file = template};
        i->way = STR("rendered");
        return true;
    }
    return shelflife_arena_format(memory, &i->way, "rendered from %.*s", STR_PRINT(template)) ||
           shelflife_arena_fail(memory, err);
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
        {STR_INIT("HelmChartConfig"), STR_INIT("spec.valuesContent")},
    };
    for (size_t k = 0; k < COUNT(kinds); k++)
        if (shelflife_str_equal(found->kind, kinds[k].kind) && shelflife_str_starts(path, kinds[k].path))
            return true;
    return false;
}

static bool complete(const source *s, const struct shelflife_audit_found_object *found,
                     const struct shelflife_input_object *object, const struct shelflife_image *from,
                     arena *memory, image *i, error *err)
{
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
    if (!place_by_comment(s, memory, i, err))
        return false;
    if (s->comment_len && !s->rendered) {
        shelflife_input_hook_describe(object->hook, i, room);
        if (!shelflife_arena_copy(memory, i->way, &i->way))
            return shelflife_arena_fail(memory, err);
    }
    return !s->rendered || !s->rendered->complete ||
           s->rendered->complete(s->rendered->context, object, from->container, i, err);
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

bool shelflife_audit_rendered_add(audit *a, const struct shelflife_audit_found_object *found, const source *s,
                                  error *err)
{
    const struct shelflife_object *object = found->object;
    struct shelflife_audit_found_object changed = *found;
    struct shelflife_object named = *object;
    struct shelflife_audit_rollup_source where = {.name = s->name,
                                                  .file = s->rendered ? s->rendered->file : s->name};
    CLEANUP(shelflife_arena_free) arena memory;
    shelflife_arena_init(&memory, MEMORY_MAX);
    if (s->rendered && s->rendered->namespace.len)
        changed.namespace = s->rendered->namespace;
    const struct shelflife_input_object described = describe(a, s, &changed);
    image *images = shelflife_arena_array(&memory, object->image_count, sizeof(*images));
    if (!images)
        return shelflife_arena_fail(&memory, err);
    for (size_t i = 0; i < object->image_count; i++)
        if (!complete(s, &changed, &described, &object->images[i], &memory, &images[i], err))
            return false;
    if (object->image_count) {
        named.name = images[0].name;
        if (s->comment_len && !s->rendered)
            where.file = images[0].place.file;
    }
    changed.object = &named;
    where.images = images;
    return shelflife_audit_rollup_add(&a->rollup, &changed, a->owner_fields, &where, err);
}

/* ---- Texts ---- */

struct reading {
    audit *audit;
    source source;
    uint64_t objects;
};

static bool on_object(void *context, const struct shelflife_audit_found_object *found, error *err)
{
    struct reading *r = context;
    struct shelflife_audit_found_object object = *found;
    bool wanted;
    if (r->source.rendered->namespace.len)
        object.namespace = r->source.rendered->namespace;
    if (!shelflife_audit_wants(r->audit, &object, r->source.name, &wanted, err))
        return false;
    if (!wanted)
        return true;
    if (!object.namespace.len)
        object.namespace = shelflife_str_of(r->audit->options.namespace);
    r->objects++;
    return shelflife_audit_rendered_add(r->audit, &object, &r->source, err);
}

static struct shelflife_json_position position(const void *manifests)
{
    return shelflife_json_manifests_position(manifests);
}

static bool note(struct reading *r, const error *why, struct shelflife_json_position at, error *err)
{
    bool has_file = r->source.rendered->text_file.len > 0;
    const struct shelflife_audit_problem problem = {.source = r->source.name,
                                                    .line = has_file ? at.line : 0,
                                                    .column = has_file ? at.column : 0,
                                                    .text = shelflife_str_of(why->text),
                                                    .part = r->objects > 0};
    return why->kind == SHELFLIFE_ERROR_MEMORY ? shelflife_fail_memory(err)
                                               : shelflife_audit_note(r->audit, &problem, err);
}

static bool read_documents(struct reading *r, struct shelflife_json_manifests *manifests,
                           struct shelflife_audit_objects *objects, error *err)
{
    unsigned problems = 0;
    shelflife_json_manifests_comments(manifests, shelflife_audit_rendered_comment, &r->source);
    for (bool more = true; more && problems < PROBLEMS_MAX;) {
        error why = {0};
        shelflife_audit_rendered_begin(&r->source);
        shelflife_audit_objects_begin(objects, (str){0}, (str){0}, position, manifests);
        if (shelflife_json_manifests_next(manifests, shelflife_audit_objects_event, objects, &more, &why))
            continue;
        problems++;
        if (!note(r, &why, shelflife_json_manifests_position(manifests), err))
            return false;
    }
    return true;
}

bool shelflife_audit_rendered(audit *a, const struct shelflife_input_rendered *rendered, error *err)
{
    str rest = rendered->text;
    struct reading *r = calloc(1, sizeof(*r));
    struct shelflife_json_manifests *manifests = shelflife_json_manifests_new(shelflife_yaml_text, &rest);
    struct shelflife_audit_objects *objects = r ? shelflife_audit_objects_new(a->shapes, on_object, r) : NULL;
    bool ok = manifests && objects;
    if (ok) {
        r->audit = a;
        r->source.name = rendered->text_file.len ? rendered->text_file : rendered->file;
        r->source.rendered = rendered;
        ok = read_documents(r, manifests, objects, err);
    } else {
        shelflife_fail_memory(err);
    }
    shelflife_audit_objects_free(objects);
    shelflife_json_manifests_free(manifests);
    free(r);
    return ok;
}
