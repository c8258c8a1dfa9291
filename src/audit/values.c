#include "audit/values.h"

#include "inputs/values.h"
#include "workload/embedded.h"
#include "workload/kinds.h"

typedef struct shelflife_input_tree tree;
typedef struct shelflife_audit_values values;

enum {
    NOTES_MAX = 20,        /* for an object */
    PARAMETERS_MAX = 1000, /* of one source */
    PARTS_MAX = 32,        /* of a parameter's name */
};

struct reading {
    arena *memory;
    values *out;
    const struct shelflife_audit_found_object *found;
    const str *roots; /* of the values that are read */
    uint64_t work;
};

/* The values of a chart in one place of an object, from the lowest precedence to the highest. */
enum level { LEVEL_TEXT, LEVEL_OBJECT, LEVEL_PARAMETERS };

static bool no_memory(const struct reading *r, error *err)
{
    return shelflife_arena_fail(r->memory, err);
}

static bool note(struct reading *r, const tree *at, str why, error *err)
{
    struct shelflife_audit_values_note **end = &r->out->notes, *n;
    if (r->out->note_count == NOTES_MAX)
        return true;
    while (*end)
        end = &(*end)->next;
    n = shelflife_arena_alloc(r->memory, sizeof(*n));
    if (!n)
        return no_memory(r, err);
    *n = (struct shelflife_audit_values_note){.line = at->line, .column = at->column};
    *end = n;
    r->out->note_count++;
    return shelflife_arena_copy(r->memory, why, &n->why) || no_memory(r, err);
}

/* ---- Images ---- */

/* What is between a root and a path below it. */
static str between(str root, str path)
{
    bool joined = shelflife_str_ends(root, STR(" ")) || shelflife_str_starts(path, STR("["));
    return joined ? STR("") : STR(".");
}

/* The file of the place is the root that the image is below. */
static bool on_image(void *context, const struct shelflife_input_image *image, error *err)
{
    struct reading *r = context;
    values *out = r->out;
    if (out->count == SHELFLIFE_AUDIT_IMAGES_MAX) {
        out->left_out++;
        return true;
    }
    str root = image->place.file;
    struct shelflife_audit_value *v = shelflife_arena_alloc(r->memory, sizeof(*v));
    if (!v)
        return no_memory(r, err);
    *v = (struct shelflife_audit_value){.image = *image, .roots = r->roots};
    v->image.place.file = (str){0};
    if (!shelflife_arena_copy(r->memory, image->image, &v->image.image) ||
        !shelflife_arena_copy(r->memory, image->path, &v->path) ||
        !shelflife_arena_format(r->memory, &v->image.path, "%.*s%.*s%.*s", STR_PRINT(root),
                                STR_PRINT(between(root, image->path)), STR_PRINT(image->path)))
        return no_memory(r, err);
    *(out->last ? &out->last->next : &out->first) = v;
    out->last = v;
    out->count++;
    return true;
}

static bool read_images(struct reading *r, const tree *t, bool unused, error *err)
{
    const struct shelflife_input_sink sink = {.image = on_image, .context = r};
    const struct shelflife_input_values v = {.memory = r->memory,
                                             .files = r->roots,
                                             .untagged = STR("the chart decides the tag"),
                                             .unused = unused,
                                             .sink = &sink};
    return shelflife_input_values_read(&v, t, err);
}

/* ---- Texts ---- */

/* Says which level the values are of. */
static void mark(tree *t, enum level level)
{
    for (; t; t = t->next) {
        t->file = (unsigned short)level;
        mark(t->first, level);
    }
}

/* Puts the braces of templates back. */
static bool show_templates(struct reading *r, str *text, error *err)
{
    char *at = shelflife_arena_alloc(r->memory, text->len);
    if (!at)
        return no_memory(r, err);
    shelflife_copy(at, text->at, text->len);
    shelflife_workload_embedded_show_templates(at, text->len);
    text->at = at;
    return true;
}

/* Moves the values of a text to its lines in the file. */
static bool move(struct reading *r, tree *t, const tree *text, bool hidden, error *err)
{
    for (; t; t = t->next) {
        t->line = text->block ? text->line + t->line : text->line;
        t->column = text->block ? 0 : text->column;
        if ((hidden && t->text.len && !show_templates(r, &t->text, err)) ||
            !move(r, t->first, text, hidden, err))
            return false;
    }
    return true;
}

/* The extractor has said so already if it could not read a text. */
static bool is_known_as_unread(const struct reading *r, const tree *text)
{
    const struct shelflife_object *object = r->found->object;
    for (size_t i = 0; i < object->unread_count; i++)
        if (object->unread[i].position.line == text->line)
            return true;
    return false;
}

/* Reads values that are a text. *out is NULL if they cannot be read; then that is noted. */
static bool read_text(struct reading *r, const tree *text, tree **out, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer hidden;
    error why = {0};
    str content = text->text, reason;
    shelflife_buffer_init(&hidden, SIZE_MAX / 2);
    *out = NULL;
    if (memmem(content.at, content.len, "{{", 2))
        shelflife_workload_embedded_hide_templates(content, &hidden);
    if (hidden.failed)
        return shelflife_fail_memory(err);
    tree *documents = shelflife_input_tree_read(hidden.len ? shelflife_buffer_str(&hidden) : content,
                                                r->memory, NULL, &why);
    if (why.kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    if (!documents)
        return is_known_as_unread(r, text) ||
               (shelflife_arena_format(r->memory, &reason, "the values are not read: %s", why.text)
                    ? note(r, text, reason, err)
                    : no_memory(r, err));
    *out = documents->first;
    if (*out)
        (*out)->next = NULL;
    mark(*out, LEVEL_TEXT);
    return move(r, *out, text, hidden.len > 0, err);
}

/* ---- Parameters ---- */

/* Finds the value of a key in a map, or adds it. */
static tree *open_key(struct reading *r, tree *map, str key)
{
    tree **end = &map->first;
    while (*end && !shelflife_str_equal((*end)->key, key))
        end = &(*end)->next;
    if (!*end && (*end = shelflife_arena_alloc(r->memory, sizeof(**end))))
        **end = (tree){.key = key, .type = SHELFLIFE_INPUT_NULL};
    return *end;
}

/* The part of a name before a "." without "\" before it; *rest is what comes after. */
static bool next_part(struct reading *r, str *rest, str *part, error *err)
{
    char *at = shelflife_arena_alloc(r->memory, rest->len + 1);
    size_t i = 0, len = 0;
    if (!at)
        return no_memory(r, err);
    while (i < rest->len && rest->at[i] != '.') {
        i += rest->at[i] == '\\' && i + 1 < rest->len;
        at[len++] = rest->at[i++];
    }
    *part = (str){at, len};
    *rest = shelflife_str_after(*rest, i + 1);
    return true;
}

static bool is_too_deep(str name)
{
    size_t parts = 1;
    for (size_t i = 0; i < name.len; i++)
        parts += name.at[i] == '.';
    return parts > PARTS_MAX;
}

/* Sets "image.tag". */
static bool set(struct reading *r, tree *root, str name, const tree *value, error *err)
{
    str part = {0}, reason;
    tree *at = root;
    if (shelflife_str_find(name, '[') != SIZE_MAX || is_too_deep(name))
        return shelflife_arena_format(r->memory, &reason, "the parameter %.*s is not read",
                                      (int)(name.len < SHELFLIFE_PATH_MAX ? name.len : SHELFLIFE_PATH_MAX),
                                      name.at)
                   ? note(r, value, reason, err)
                   : no_memory(r, err);
    while (name.len) {
        at->type = SHELFLIFE_INPUT_MAP;
        if (!next_part(r, &name, &part, err))
            return false;
        at = open_key(r, at, part);
        if (!at)
            return no_memory(r, err);
    }
    at->type = value->type;
    at->text = value->text;
    at->line = value->line;
    at->column = value->column;
    at->first = NULL;
    return true;
}

static bool is_scalar(const tree *t)
{
    return t && t->type != SHELFLIFE_INPUT_MAP && t->type != SHELFLIFE_INPUT_ARRAY;
}

/* Reads parameters: [{name: image.tag, value: "1"}], or {image.tag: "1"}. */
static bool read_parameters(struct reading *r, const tree *parameters, tree **out, error *err)
{
    size_t count = 0;
    *out = shelflife_arena_alloc(r->memory, sizeof(**out));
    if (!*out)
        return no_memory(r, err);
    **out = (tree){.type = SHELFLIFE_INPUT_MAP};
    for (const tree *t = shelflife_input_tree_first(parameters); t; t = t->next) {
        bool listed = parameters->type == SHELFLIFE_INPUT_ARRAY;
        const tree *value = listed ? shelflife_input_tree_get(t, "value") : t;
        str name = listed ? shelflife_input_tree_string(t, "name") : t->key;
        if (count++ == PARAMETERS_MAX)
            return note(r, t, STR("further parameters are not read: there are more than 1000"), err);
        if (is_scalar(value) && name.len && !set(r, *out, name, value, err))
            return false;
    }
    mark(*out, LEVEL_PARAMETERS);
    return true;
}

/* ---- Kinds ---- */

/* Makes the places of values below `path`, which have the given names. */
static bool make_roots(struct reading *r, str path, const char *const names[SHELFLIFE_AUDIT_VALUES_ROOTS],
                       error *err)
{
    str *roots = shelflife_arena_array(r->memory, SHELFLIFE_AUDIT_VALUES_ROOTS, sizeof(*roots));
    r->roots = roots;
    for (size_t i = 0; roots && i < SHELFLIFE_AUDIT_VALUES_ROOTS; i++) {
        roots[i] = (str){0};
        if (names[i] && !shelflife_arena_format(r->memory, &roots[i], "%.*s.%s%s", STR_PRINT(path), names[i],
                                                i == LEVEL_OBJECT ? "" : " > "))
            return no_memory(r, err);
    }
    return roots || no_memory(r, err);
}

/* Notes what a key names, if it is there and not empty. */
static bool note_key(struct reading *r, const tree *map, const char *key, const char *why, error *err)
{
    const tree *t = shelflife_input_tree_get(map, key);
    return !t || !t->first || note(r, t, shelflife_str_of(why), err);
}

/* Reads the values in a map: a text, an object which counts instead of the text, and parameters on top. */
static bool read_map(struct reading *r, const tree *map, str path,
                     const char *const names[SHELFLIFE_AUDIT_VALUES_ROOTS], error *err)
{
    tree *text = names[LEVEL_TEXT] ? shelflife_input_tree_get(map, names[LEVEL_TEXT]) : NULL;
    tree *object = names[LEVEL_OBJECT] ? shelflife_input_tree_get(map, names[LEVEL_OBJECT]) : NULL;
    tree *given = names[LEVEL_PARAMETERS] ? shelflife_input_tree_get(map, names[LEVEL_PARAMETERS]) : NULL;
    tree *parameters = NULL, *merged = NULL;
    if (!make_roots(r, path, names, err))
        return false;
    if (object && object->type != SHELFLIFE_INPUT_MAP)
        object = NULL;
    if (text && (text->type != SHELFLIFE_INPUT_STRING || !text->text.len))
        text = NULL;
    if (object)
        mark(object->first, LEVEL_OBJECT);
    if ((text && !read_text(r, text, &text, err)) || (given && !read_parameters(r, given, &parameters, err)))
        return false;
    if (object && text && !read_images(r, text, true, err))
        return false;
    return shelflife_input_values_merge(object ? object : text, parameters, r->memory, &r->work, &merged,
                                        err) &&
           read_images(r, merged, false, err);
}

static bool read_flux(struct reading *r, const tree *spec, error *err)
{
    static const char *const names[] = {NULL, "values", NULL};
    const tree *chart = shelflife_input_tree_get(shelflife_input_tree_get(spec, "chart"), "spec");
    return read_map(r, spec, STR("spec"), names, err) &&
           note_key(r, spec, "valuesFrom", "values from ConfigMaps and Secrets are not read", err) &&
           note_key(r, chart, "valuesFiles", "values files of the chart are not read", err);
}

static bool read_k3s(struct reading *r, const tree *spec, error *err)
{
    static const char *const names[] = {"valuesContent", NULL, "set"};
    return read_map(r, spec, STR("spec"), names, err) &&
           note_key(r, spec, "valuesSecrets", "values from Secrets are not read", err);
}

static bool read_source(struct reading *r, const tree *source, str path, error *err)
{
    static const char *const names[] = {"values", "valuesObject", "parameters"};
    const tree *helm = shelflife_input_tree_get(source, "helm");
    return !helm || (read_map(r, helm, path, names, err) &&
                     note_key(r, helm, "valueFiles", "values files of the chart are not read", err) &&
                     note_key(r, helm, "fileParameters", "parameters from files are not read", err));
}

/* Reads the sources of an Application, whose spec is at `path`. */
static bool read_sources(struct reading *r, const tree *spec, const char *path, error *err)
{
    const tree *sources = shelflife_input_tree_get(spec, "sources");
    str place;
    size_t i = 0;
    if (!shelflife_arena_format(r->memory, &place, "%s.source.helm", path))
        return no_memory(r, err);
    if (!read_source(r, shelflife_input_tree_get(spec, "source"), place, err))
        return false;
    for (const tree *t = shelflife_input_tree_first(sources); t; t = t->next, i++) {
        if (!shelflife_arena_format(r->memory, &place, "%s.sources[%zu].helm", path, i))
            return no_memory(r, err);
        if (!read_source(r, t, place, err))
            return false;
    }
    return true;
}

static bool read_application(struct reading *r, const tree *spec, error *err)
{
    return read_sources(r, spec, "spec", err);
}

static bool read_application_set(struct reading *r, const tree *spec, error *err)
{
    const tree *template = shelflife_input_tree_get(spec, "template");
    return read_sources(r, shelflife_input_tree_get(template, "spec"), "spec.template.spec", err);
}

static const struct {
    str group, kind;
    bool (*read)(struct reading *r, const tree *spec, error *err);
} kinds[] = {
    {STR_INIT("helm.toolkit.fluxcd.io"), STR_INIT("HelmRelease"), read_flux},
    {STR_INIT("helm.fluxcd.io"), STR_INIT("HelmRelease"), read_flux},
    {STR_INIT("argoproj.io"), STR_INIT("Application"), read_application},
    {STR_INIT("argoproj.io"), STR_INIT("ApplicationSet"), read_application_set},
    {STR_INIT("helm.cattle.io"), STR_INIT("HelmChart"), read_k3s},
    {STR_INIT("helm.cattle.io"), STR_INIT("HelmChartConfig"), read_k3s},
};

bool shelflife_audit_values_are_in(str kind)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (shelflife_str_equal(kinds[i].kind, kind))
            return true;
    return false;
}

bool shelflife_audit_values_read(const struct shelflife_audit_found_object *found, arena *memory, values *out,
                                 error *err)
{
    struct reading r = {.memory = memory, .out = out, .found = found};
    str group = shelflife_workload_group_of(found->api_version), reason;
    *out = (values){0};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (!shelflife_str_equal(kinds[i].kind, found->kind) || !shelflife_str_equal(kinds[i].group, group))
            continue;
        if (found->spec && found->spec_missing.len)
            return shelflife_arena_format(memory, &reason, "the values are not read: %.*s",
                                          STR_PRINT(found->spec_missing))
                       ? note(&r, found->spec, reason, err)
                       : no_memory(&r, err);
        return !found->spec || kinds[i].read(&r, found->spec, err);
    }
    return true;
}

bool shelflife_audit_values_have(const values *v, str path)
{
    for (const struct shelflife_audit_value *i = v->first; i; i = i->next) {
        if (!shelflife_str_ends(path, i->path))
            continue;
        str root = shelflife_str_first(path, path.len - i->path.len);
        for (size_t k = 0; k < SHELFLIFE_AUDIT_VALUES_ROOTS; k++)
            if (i->roots[k].len && shelflife_str_starts(root, i->roots[k]) &&
                shelflife_str_equal(shelflife_str_after(root, i->roots[k].len),
                                    between(i->roots[k], i->path)))
                return true;
    }
    return false;
}
