#include "inputs/files.h"
#include "inputs/kustomize.h"
#include "inputs/paths.h"
#include "json/words.h"

enum {
    KUSTOMIZATIONS_MAX = 1000, /* read for one root */
    STEPS_MAX = 20000,
    RESOURCES_MAX = 10000,
    FILE_MAX = 8 << 20,
    BYTES_MAX = 32 << 20, /* of all files together */
    MEMORY_MAX = 256 << 20,
};

typedef struct shelflife_input_kustomize build;
typedef struct shelflife_input_step step;
typedef struct shelflife_input_tree tree;

/* A kustomization that is being read. */
struct layer {
    build *build;
    str file, folder;
    tree *map;
    uint32_t from; /* its first resource, or its parent's if it is a component */
};

/* ---- Reports ---- */

static bool report(build *b, str file, uint32_t line, str why, error *err)
{
    str name;
    if (!shelflife_arena_format(&b->memory, &name, "cannot read %.*s: ", STR_PRINT(file)))
        return shelflife_arena_fail(&b->memory, err);
    if (shelflife_str_starts(why, name) && /* the place has the name, too */
        !shelflife_arena_format(&b->memory, &why, "it cannot be read: %.*s",
                                STR_PRINT(shelflife_str_after(why, name.len))))
        return shelflife_arena_fail(&b->memory, err);
    const struct shelflife_input_unread unread = {
        .place = {.file = file, .line = line}, .why = why, .whole = !b->root_map};
    return b->sink->unread(b->sink->context, &unread, err);
}

static bool report_name(const struct layer *l, const tree *at, const char *what, const char *why, error *err)
{
    str text;
    if (!shelflife_arena_format(&l->build->memory, &text, "%s%.*s %s", what, STR_PRINT(at->text), why))
        return shelflife_arena_fail(&l->build->memory, err);
    return report(l->build, l->file, at->line, text, err);
}

/* ---- Files ---- */

static bool read_file(build *b, str path, str *out, error *why, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    shelflife_buffer_init(&bytes, FILE_MAX);
    *out = (str){0};
    if (!shelflife_input_files_read(b->options->files, path.at, &bytes, why))
        return why->kind != SHELFLIFE_ERROR_MEMORY || shelflife_fail_memory(err);
    b->bytes += bytes.len;
    if (b->bytes > BYTES_MAX)
        return !shelflife_fail(why, SHELFLIFE_ERROR_LIMIT, "the kustomization has more than %d MB",
                               BYTES_MAX >> 20);
    return shelflife_arena_copy(&b->memory, shelflife_buffer_str(&bytes), out) ||
           shelflife_arena_fail(&b->memory, err);
}

/* Reads a file of YAML that a kustomization names. *out is NULL if it cannot be read, which is reported. */
static bool read_tree(build *b, str path, tree **out, error *err)
{
    error why = {0};
    uint32_t line = 0;
    str text;
    *out = NULL;
    if (!read_file(b, path, &text, &why, err))
        return false;
    if (!why.kind)
        *out = shelflife_input_tree_read(text, &b->memory, &line, &why);
    if (why.kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    return *out || report(b, path, line, shelflife_str_of(why.text), err);
}

bool shelflife_input_kustomize_find(str folder, const struct shelflife_input_files *files, arena *memory,
                                    str *out, error *err)
{
    static const str names[] = {STR_INIT("kustomization.yaml"), STR_INIT("kustomization.yml"),
                                STR_INIT("Kustomization")};
    for (size_t i = 0; i < COUNT(names); i++) {
        if (!shelflife_input_paths_join(folder, names[i], memory, out, err))
            return false;
        if (shelflife_input_files_exists(files, out->at))
            return true;
    }
    *out = (str){0};
    return true;
}

/* ---- What a kustomization names ---- */

static bool each_string(const tree *list, shelflife_input_named_handler *handler, void *context, error *err)
{
    for (tree *t = shelflife_input_tree_first(list); t; t = t->next)
        if (t->type == SHELFLIFE_INPUT_STRING && !handler(context, t, err))
            return false;
    return true;
}

/* The value of `member` in each element, itself a string or a list of strings. */
static bool each_member(const tree *list, const char *member, shelflife_input_named_handler *handler,
                        void *context, error *err)
{
    for (tree *t = shelflife_input_tree_first(list); t; t = t->next) {
        const tree *value = shelflife_input_tree_get(t, member);
        if (value && value->type == SHELFLIFE_INPUT_STRING ? !handler(context, value, err)
                                                           : !each_string(value, handler, context, err))
            return false;
    }
    return true;
}

static const char *const lists[] = {"resources",     "bases",      "components",   "patchesStrategicMerge",
                                    "crds",          "generators", "transformers", "validators",
                                    "configurations"};
static const struct {
    const char *list, *member;
} members[] = {
    {"patches", "path"},
    {"patchesJson6902", "path"},
    {"replacements", "path"},
    {"configMapGenerator", "files"},
    {"configMapGenerator", "envs"},
    {"configMapGenerator", "env"},
    {"secretGenerator", "files"},
    {"secretGenerator", "envs"},
    {"secretGenerator", "env"},
    {"helmCharts", "valuesFile"},
    {"helmCharts", "additionalValuesFiles"},
};

bool shelflife_input_kustomize_named(const tree *map, shelflife_input_named_handler *handler, void *context,
                                     error *err)
{
    for (size_t i = 0; i < COUNT(lists); i++)
        if (!each_string(shelflife_input_tree_get(map, lists[i]), handler, context, err))
            return false;
    for (size_t i = 0; i < COUNT(members); i++)
        if (!each_member(shelflife_input_tree_get(map, members[i].list), members[i].member, handler, context,
                         err))
            return false;
    const tree *path = shelflife_input_tree_get(shelflife_input_tree_get(map, "openapi"), "path");
    return !path || path->type != SHELFLIFE_INPUT_STRING || handler(context, path, err);
}

static bool note_remote(void *context, const tree *name, error *err UNUSED)
{
    build *b = context;
    if (shelflife_str_find(name->text, '\n') != SIZE_MAX)
        return true; /* the text of a patch */
    /* A file of a generator can be written as key=path. */
    str value =
        shelflife_str_after(name->text, shelflife_str_find(name->text, '=') + 1); /* SIZE_MAX + 1 is 0 */
    b->remote =
        b->remote || shelflife_input_paths_is_remote(name->text) || shelflife_input_paths_is_remote(value);
    return true;
}

/* ---- Steps ---- */

static step *add_step(const struct layer *l, enum shelflife_input_step_kind kind, tree *at, error *err)
{
    build *b = l->build;
    if (b->step_count == STEPS_MAX) {
        b->steps[0] = (step){.kind = SHELFLIFE_INPUT_STEP_UNCLEAR,
                             .to = UINT32_MAX,
                             .place = {.file = l->file, .line = at->line},
                             .why = "there are too many patches and images"};
        return &b->spare;
    }
    if (!shelflife_grow(&b->steps, &b->step_capacity, b->step_count + 1, sizeof(*b->steps))) {
        shelflife_fail_memory(err);
        return NULL;
    }
    step *s = &b->steps[b->step_count++];
    *s = (step){.kind = kind,
                .from = l->from,
                .to = (uint32_t)b->resource_count,
                .place = {.file = l->file, .line = at->line, .column = at->column},
                .value = at};
    return s;
}

static step *add_unclear(const struct layer *l, tree *at, const char *why, error *err)
{
    step *s = add_step(l, SHELFLIFE_INPUT_STEP_UNCLEAR, at, err);
    if (s)
        s->why = why;
    return s;
}

/* Whether a text is not a pattern: kustomize takes kinds and names of targets as regular expressions. */
static bool is_plain(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (strchr("*+?()[]{}|^$\\", text.at[i]))
            return false;
    return true;
}

static struct shelflife_input_target read_target(const tree *map)
{
    struct shelflife_input_target t = {.kind = shelflife_input_tree_string(map, "kind"),
                                       .namespace = shelflife_input_tree_string(map, "namespace"),
                                       .name = shelflife_input_tree_string(map, "name")};
    t.unsure =
        shelflife_input_tree_get(map, "labelSelector") || shelflife_input_tree_get(map, "annotationSelector");
    if (!is_plain(t.kind)) {
        t.kind = (str){0};
        t.unsure = true;
    }
    if (!is_plain(t.namespace)) {
        t.namespace = (str){0};
        t.unsure = true;
    }
    if (!is_plain(t.name)) {
        t.unsure = t.unsure || !shelflife_str_equal(t.name, STR(".*"));
        t.name = (str){0};
    }
    return t;
}

/* "/spec/containers/0/image" as "spec.containers[0].image". */
static bool pointer_path(build *b, str pointer, str *out, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer path;
    shelflife_buffer_init(&path, SIZE_MAX / 2);
    while (pointer.len) {
        pointer = shelflife_str_after(pointer, 1);
        str part = shelflife_str_first(pointer, shelflife_str_find(pointer, '/'));
        pointer = shelflife_str_after(pointer, part.len);
        bool number = shelflife_str_equal(part, STR("-")) ||
                      (part.len && shelflife_json_run_of(part, 0, "0123456789") == part.len);
        shelflife_buffer_format(&path, number ? "[%.*s]" : path.len ? ".%.*s" : "%.*s", STR_PRINT(part));
    }
    return (!path.failed || shelflife_fail_memory(err)) &&
           (shelflife_arena_copy(&b->memory, shelflife_buffer_str(&path), out) ||
            shelflife_arena_fail(&b->memory, err));
}

static bool add_operations(const struct layer *l, str file, const tree *list,
                           struct shelflife_input_target target, error *err)
{
    for (tree *t = shelflife_input_tree_first(list); t; t = t->next) {
        if (shelflife_str_equal(shelflife_input_tree_string(t, "op"), STR("test")))
            continue;
        step *s = add_step(l, SHELFLIFE_INPUT_STEP_OPERATION, t, err);
        if (!s || !pointer_path(l->build, shelflife_input_tree_string(t, "path"), &s->path, err))
            return false;
        s->target = target;
        s->place.file = file;
        const tree *value = shelflife_input_tree_get(t, "value");
        if (value)
            s->place.line = value->line;
    }
    return true;
}

static bool add_merge(const struct layer *l, str file, tree *map, const struct shelflife_input_target *target,
                      error *err)
{
    const tree *meta = shelflife_input_tree_get(map, "metadata");
    step *s = add_step(l, SHELFLIFE_INPUT_STEP_PATCH, map, err);
    if (!s)
        return false;
    s->place.file = file;
    s->target =
        target ? *target
               : (struct shelflife_input_target){.kind = shelflife_input_tree_string(map, "kind"),
                                                 .namespace = shelflife_input_tree_string(meta, "namespace"),
                                                 .name = shelflife_input_tree_string(meta, "name")};
    return true;
}

/* A patch of either form; `documents` has what its file, or the text in the kustomization, contains. */
static bool add_patch(const struct layer *l, str file, const tree *documents,
                      const struct shelflife_input_target *target, error *err)
{
    for (tree *t = documents->first; t; t = t->next) {
        bool ok = true;
        if (t->type == SHELFLIFE_INPUT_ARRAY && target)
            ok = add_operations(l, file, t, *target, err);
        else if (t->type == SHELFLIFE_INPUT_MAP)
            ok = add_merge(l, file, t, target, err);
        if (!ok)
            return false;
    }
    return true;
}

/* A text in the kustomization, whose lines are those of the file: a block scalar begins on the next line. */
static void move_lines(tree *t, uint32_t by)
{
    /* Trees are at most SHELFLIFE_INPUT_TREE_DEPTH_MAX deep. */
    for (; t; t = t->next) {
        t->line += by;
        move_lines(t->first, by);
    }
}

static bool add_text_patch(const struct layer *l, const tree *at, const struct shelflife_input_target *target,
                           error *err)
{
    error why = {0};
    tree *documents = shelflife_input_tree_read(at->text, &l->build->memory, NULL, &why);
    if (!documents)
        return why.kind == SHELFLIFE_ERROR_MEMORY
                   ? shelflife_fail_memory(err)
                   : report(l->build, l->file, at->line, shelflife_str_of(why.text), err);
    move_lines(documents->first, at->line);
    return add_patch(l, l->file, documents, target, err);
}

/* kustomize reads only files in or below the folder of the kustomization. */
static bool is_inside(const struct layer *l, str path)
{
    str folder = l->folder;
    bool below = !folder.len
                     ? !shelflife_str_starts(path, STR("../")) && !shelflife_str_starts(path, STR("/"))
                     : shelflife_str_starts(path, folder) &&
                           (path.at[folder.len] == '/' || folder.at[folder.len - 1] == '/');
    if (!below || l->build->options->files)
        return below;
    str copy;
    if (!shelflife_arena_copy(&l->build->memory, folder.len ? folder : STR("."), &copy))
        return false;
    CLEANUP(cleanup_free) char *real_folder = realpath(copy.at, NULL);
    CLEANUP(cleanup_free) char *real = realpath(path.at, NULL);
    if (!real || !real_folder)
        return true; /* it is not there, which is reported when it is read */
    size_t len = strlen(real_folder);
    return strncmp(real, real_folder, len) == 0 && (real[len] == '/' || len == 1);
}

static const char outside[] = "is outside of the folder of the kustomization, which kustomize refuses";

static bool add_file_patch(const struct layer *l, const tree *name,
                           const struct shelflife_input_target *target, error *err)
{
    str path;
    tree *documents;
    if (shelflife_input_paths_is_remote(name->text))
        return report_name(l, name, "the remote patch ", "is not fetched", err);
    if (!shelflife_input_paths_join(l->folder, name->text, &l->build->memory, &path, err))
        return false;
    if (!is_inside(l, path))
        return report_name(l, name, "", outside, err);
    return read_tree(l->build, path, &documents, err) &&
           (!documents || add_patch(l, path, documents, target, err));
}

static bool add_patches(const struct layer *l, const char *key, error *err)
{
    for (tree *t = shelflife_input_tree_first(shelflife_input_tree_get(l->map, key)); t; t = t->next) {
        const tree *at = shelflife_input_tree_get(t, "target");
        const struct shelflife_input_target target = read_target(at);
        const tree *path = shelflife_input_tree_get(t, "path"), *text = shelflife_input_tree_get(t, "patch");
        if (path && path->type == SHELFLIFE_INPUT_STRING &&
            !add_file_patch(l, path, at ? &target : NULL, err))
            return false;
        if (text && text->type == SHELFLIFE_INPUT_STRING &&
            !add_text_patch(l, text, at ? &target : NULL, err))
            return false;
    }
    return true;
}

/* An element is a file, or the text of a patch. */
static bool add_merges(const struct layer *l, error *err)
{
    const tree *list = shelflife_input_tree_get(l->map, "patchesStrategicMerge");
    for (tree *t = shelflife_input_tree_first(list); t; t = t->next) {
        if (t->type != SHELFLIFE_INPUT_STRING)
            continue;
        bool is_text = shelflife_str_find(t->text, '\n') != SIZE_MAX;
        if (is_text ? !add_text_patch(l, t, NULL, err) : !add_file_patch(l, t, NULL, err))
            return false;
    }
    return true;
}

static bool add_names(const struct layer *l, error *err)
{
    str prefix = shelflife_input_tree_string(l->map, "namePrefix");
    str suffix = shelflife_input_tree_string(l->map, "nameSuffix");
    str namespace = shelflife_input_tree_string(l->map, "namespace");
    for (size_t i = l->from; namespace.len && i < l->build->resource_count; i++)
        l->build->resources[i].namespace = namespace;
    if (!prefix.len && !suffix.len)
        return true;
    step *s = add_step(l, SHELFLIFE_INPUT_STEP_NAME, l->map, err);
    if (!s)
        return false;
    s->prefix = prefix;
    s->suffix = suffix;
    return true;
}

static bool add_images(const struct layer *l, error *err)
{
    static const char *const texts[] = {"name", "newName", "newTag", "digest", "tagSuffix"};
    for (tree *t = shelflife_input_tree_first(shelflife_input_tree_get(l->map, "images")); t; t = t->next) {
        for (size_t i = 0; i < COUNT(texts); i++) {
            const tree *value = shelflife_input_tree_get(t, texts[i]);
            if (value && value->type != SHELFLIFE_INPUT_STRING && value->type != SHELFLIFE_INPUT_NULL) {
                str why;
                if (!shelflife_arena_format(&l->build->memory, &why, "%s must be a string: put it in quotes",
                                            texts[i]))
                    return shelflife_arena_fail(&l->build->memory, err);
                return report(l->build, l->file, value->line, why, err);
            }
        }
        if (!add_step(l, SHELFLIFE_INPUT_STEP_IMAGES, t, err))
            return false;
    }
    return true;
}

/* Whether a value has the text "image" in it, as the path of a field that is an image. */
static bool mentions_image(const tree *t)
{
    for (; t; t = t->next) {
        str rest = t->text;
        for (; rest.len >= 5; rest = shelflife_str_after(rest, 1))
            if (memcmp(rest.at, "image", 5) == 0 || memcmp(rest.at, "Image", 5) == 0)
                return true;
        if (mentions_image(t->first))
            return true;
    }
    return false;
}

static bool add_replacement(const struct layer *l, const tree *replacement, error *err)
{
    const tree *targets = shelflife_input_tree_get(replacement, "targets");
    for (tree *t = shelflife_input_tree_first(targets); t; t = t->next) {
        if (!mentions_image(shelflife_input_tree_first(t)))
            continue;
        step *s = add_unclear(l, t, "a replacement may change it", err);
        if (!s)
            return false;
        s->target = read_target(shelflife_input_tree_get(t, "select"));
    }
    return true;
}

static bool add_replacements(const struct layer *l, error *err)
{
    const tree *list = shelflife_input_tree_get(l->map, "replacements");
    for (tree *t = shelflife_input_tree_first(list); t; t = t->next) {
        str name = shelflife_input_tree_string(t, "path"), path;
        tree *documents = NULL;
        if (name.len && (!shelflife_input_paths_join(l->folder, name, &l->build->memory, &path, err) ||
                         (is_inside(l, path) && !read_tree(l->build, path, &documents, err))))
            return false;
        for (tree *d = shelflife_input_tree_first(documents); d; d = d->next)
            if (d->type == SHELFLIFE_INPUT_MAP && !add_replacement(l, d, err))
                return false;
        if (!add_replacement(l, t, err))
            return false;
    }
    return true;
}

/* In the order of kustomize. */
static bool add_steps(const struct layer *l, error *err)
{
    tree *transformers = shelflife_input_tree_get(l->map, "transformers");
    return add_merges(l, err) && add_patches(l, "patches", err) && add_names(l, err) &&
           add_patches(l, "patchesJson6902", err) && add_images(l, err) && add_replacements(l, err) &&
           (!shelflife_input_tree_first(transformers) ||
            add_unclear(l, transformers, "a transformer may change it", err));
}

/* ---- Resources ---- */

static bool load_layer(build *b, str file, str text, const uint32_t *from, error *err);

static bool load_nested(build *b, str file, const uint32_t *from, error *err)
{
    error why = {0};
    str text;
    if (!read_file(b, file, &text, &why, err))
        return false;
    return why.kind ? report(b, file, 0, shelflife_str_of(why.text), err)
                    : load_layer(b, file, text, from, err);
}

static bool add_resource(build *b, str path, error *err)
{
    error why = {0};
    str text;
    if (b->resource_count == RESOURCES_MAX)
        return report(b, path, 0, STR("the kustomization has too many resources"), err);
    if (!read_file(b, path, &text, &why, err))
        return false;
    if (why.kind)
        return report(b, path, 0, shelflife_str_of(why.text), err);
    if (!shelflife_grow(&b->resources, &b->resource_capacity, b->resource_count + 1, sizeof(*b->resources)))
        return shelflife_fail_memory(err);
    b->resources[b->resource_count++] = (struct shelflife_input_resource){.path = path, .text = text};
    return true;
}

static bool add_entry(const struct layer *l, const tree *name, const uint32_t *from, error *err)
{
    build *b = l->build;
    str path, nested;
    if (name->type != SHELFLIFE_INPUT_STRING)
        return true;
    if (shelflife_input_paths_is_remote(name->text))
        return report_name(l, name, "the remote base ", "is not fetched", err);
    if (shelflife_str_starts(name->text, STR("/")))
        return report_name(l, name, "", "is an absolute path, which kustomize refuses", err);
    if (!shelflife_input_paths_join(l->folder, name->text, &b->memory, &path, err) ||
        !shelflife_input_kustomize_find(path, b->options->files, &b->memory, &nested, err))
        return false;
    if (nested.len)
        return load_nested(b, nested, from, err);
    if (shelflife_input_files_exists(b->options->files, path.at))
        return is_inside(l, path) ? add_resource(b, path, err) : report_name(l, name, "", outside, err);
    b->missing = true;
    return report_name(l, name, "", "is neither a file nor a folder with a kustomization", err);
}

static bool add_entries(const struct layer *l, const char *key, const uint32_t *from, error *err)
{
    for (tree *t = shelflife_input_tree_first(shelflife_input_tree_get(l->map, key)); t; t = t->next)
        if (!add_entry(l, t, from, err))
            return false;
    return true;
}

static bool report_generators(const struct layer *l, error *err)
{
    static const struct {
        const char *key, *why;
    } keys[] = {
        {"generators", "what its generators make is not known"},
        {"helmCharts", "its helmCharts are not rendered: audit the output of helm template"},
        {"helmChartInflationGenerator", "its charts are not rendered: audit the output of helm template"},
    };
    for (size_t i = 0; i < COUNT(keys); i++) {
        const tree *t = shelflife_input_tree_get(l->map, keys[i].key);
        if (shelflife_input_tree_first(t) &&
            !report(l->build, l->file, t->line, shelflife_str_of(keys[i].why), err))
            return false;
    }
    return true;
}

static bool load_map(const struct layer *l, error *err)
{
    return shelflife_input_kustomize_named(l->map, note_remote, l->build, err) &&
           add_entries(l, "resources", NULL, err) && add_entries(l, "bases", NULL, err) &&
           report_generators(l, err) && add_entries(l, "components", &l->from, err) && add_steps(l, err);
}

/* `from` is that of the kustomization which has this one as a component. */
static bool load_layer(build *b, str file, str text, const uint32_t *from, error *err)
{
    error why = {0};
    for (size_t i = 0; i < b->depth; i++)
        if (shelflife_str_equal(*b->open[i], file))
            return report(b, file, 0, STR("the kustomization is its own base"), err);
    bool cut = b->cut;
    b->cut = cut || b->depth == COUNT(b->open) || b->kustomizations == KUSTOMIZATIONS_MAX;
    if (b->cut)
        return cut || report(b, file, 0, STR("too many kustomizations build on one another"), err);
    b->kustomizations++;
    uint32_t line;
    tree *documents = shelflife_input_tree_read(text, &b->memory, &line, &why);
    if (why.kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    if (!documents) {
        b->wrong = true;
        return report(b, file, line, shelflife_str_of(why.text), err);
    }
    const struct layer l = {.build = b,
                            .file = file,
                            .folder = shelflife_input_paths_folder(file),
                            .map = shelflife_input_tree_first(documents),
                            .from = from ? *from : (uint32_t)b->resource_count};
    if (b->depth == 0 && (!l.map || l.map->type != SHELFLIFE_INPUT_MAP))
        return report(b, file, 0, STR("it is empty, or no map (\"key: value\")"), err);
    if (b->depth == 0)
        b->root_map = l.map;
    b->open[b->depth++] = &l.file;
    bool ok = load_map(&l, err);
    b->depth--;
    return ok;
}

bool shelflife_input_kustomize_load(build *b, const char *path, str text, error *err)
{
    shelflife_arena_init(&b->memory, MEMORY_MAX);
    return shelflife_input_paths_join((str){0}, shelflife_str_of(path), &b->memory, &b->root, err) &&
           load_layer(b, b->root, text, NULL, err);
}

void shelflife_input_kustomize_free(build *b)
{
    shelflife_arena_free(&b->memory);
    free(b->resources);
    free(b->steps);
}
