#include <errno.h>

#include "file/file.h"
#include "inputs/files.h"
#include "inputs/hooks.h"
#include "inputs/paths.h"
#include "inputs/program.h"
#include "inputs/values.h"

enum {
    FILE_MAX = 8 << 20,
    MEMORY_MAX = 256 << 20,
    CHARTS_MAX = 200,  /* with their subcharts */
    CHARTS_DEEP = 8,   /* subcharts in one another */
    FILES_MAX = 1000,  /* of values */
    SKIPPED_MAX = 100, /* keys of subcharts */
};

typedef struct shelflife_input_tree tree;

struct reading {
    const struct shelflife_input_options *options;
    const struct shelflife_input_sink *sink;
    arena memory;
    str files[FILES_MAX];
    unsigned short file_count;
    size_t charts;
    uint64_t work;
};

struct chart {
    struct reading *reading;
    str file, folder, name;
    const tree *map;
};

static bool report(struct reading *r, str file, uint32_t line, str why, error *err)
{
    const struct shelflife_input_unread unread = {.place = {.file = file, .line = line}, .why = why};
    return r->sink->unread(r->sink->context, &unread, err);
}

static bool report_whole(struct reading *r, str file, uint32_t line, const char *why, error *err)
{
    const struct shelflife_input_unread unread = {
        .place = {.file = file, .line = line}, .why = shelflife_str_of(why), .whole = true};
    return r->sink->unread(r->sink->context, &unread, err);
}

static bool no_memory(const struct reading *r, error *err)
{
    return shelflife_arena_fail(&r->memory, err);
}

/* ---- Files ---- */

static void mark(tree *t, unsigned short file)
{
    for (; t; t = t->next) {
        t->file = file;
        mark(t->first, file);
    }
}

/* Reads the first document of a file. *out is NULL if it is not there; if it cannot be read, that is
 * reported. */
static bool read_tree(struct reading *r, str path, tree **out, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    error why = {0};
    *out = NULL;
    shelflife_buffer_init(&bytes, FILE_MAX);
    if (r->file_count == FILES_MAX || !shelflife_input_files_exists(r->options->files, path.at))
        return true;
    r->files[r->file_count] = path;
    tree *documents = NULL;
    uint32_t line = 0;
    if (shelflife_input_files_read(r->options->files, path.at, &bytes, &why))
        documents = shelflife_input_tree_read(shelflife_buffer_str(&bytes), &r->memory, &line, &why);
    if (!documents)
        return why.kind == SHELFLIFE_ERROR_MEMORY ? shelflife_fail_memory(err)
                                                  : report(r, path, line, shelflife_str_of(why.text), err);
    *out = documents->first;
    if (*out)
        (*out)->next = NULL;
    mark(*out, r->file_count++);
    return true;
}

static bool join(const struct chart *c, const char *name, str *out, error *err)
{
    return shelflife_input_paths_join(c->folder, shelflife_str_of(name), &c->reading->memory, out, err);
}

/* The files and folders in charts/, which may be missing. */
static bool list_charts(const struct chart *c, struct shelflife_file_list *list, error *err)
{
    error why = {0};
    str folder;
    if (!join(c, "charts", &folder, err))
        return false;
    if (c->reading->options->files || !shelflife_file_is_folder(folder.at))
        return true;
    return shelflife_file_list_folder(list, folder.at, NULL, 0, &why) || why.kind != SHELFLIFE_ERROR_MEMORY ||
           shelflife_fail_memory(err);
}

static bool is_archive_of(const char *path, str name)
{
    str file =
        shelflife_str_after(shelflife_str_of(path), shelflife_str_find_last(shelflife_str_of(path), '/') + 1);
    return shelflife_str_starts(file, name) && file.len > name.len && file.at[name.len] == '-' &&
           shelflife_str_ends(file, STR(".tgz"));
}

/* ---- Dependencies ---- */

/* Finds charts/NAME or charts/NAME-1.0.tgz. */
static bool find_dependency(const struct chart *c, str name, const struct shelflife_file_list *list, str *out,
                            error *err)
{
    str path;
    *out = (str){0};
    if (!shelflife_arena_format(&c->reading->memory, &path, "charts/%.*s/Chart.yaml", STR_PRINT(name)))
        return no_memory(c->reading, err);
    if (!join(c, path.at, &path, err))
        return false;
    if (shelflife_input_files_exists(c->reading->options->files, path.at))
        *out = shelflife_input_paths_folder(path);
    for (size_t i = 0; i < list->count && !out->len; i++)
        if (is_archive_of(list->at[i], name) &&
            !shelflife_arena_copy(&c->reading->memory, shelflife_str_of(list->at[i]), out))
            return no_memory(c->reading, err);
    return true;
}

static const tree *first_dependency(const struct chart *c)
{
    return shelflife_input_tree_first(shelflife_input_tree_get(c->map, "dependencies"));
}

/* Reports dependencies that are not in charts/, without which helm renders nothing. */
static bool check_dependencies(const struct chart *c, bool *missing, error *err)
{
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list list = {0};
    if (!list_charts(c, &list, err))
        return false;
    for (const tree *t = first_dependency(c); t; t = t->next) {
        str name = shelflife_input_tree_string(t, "name"), found, why;
        if (!name.len)
            continue;
        if (!find_dependency(c, name, &list, &found, err))
            return false;
        if (found.len)
            continue;
        *missing = true;
        if (!shelflife_arena_format(
                &c->reading->memory, &why,
                "not rendered: the dependency %.*s is not in charts/, where helm dependency build "
                "puts it",
                STR_PRINT(name)))
            return no_memory(c->reading, err);
        if (!report(c->reading, c->file, t->line, why, err))
            return false;
    }
    return true;
}

/* ---- Rendering ---- */

/* The file that "CHART/charts/sub/templates/x.yaml" in a comment means. */
static bool place_of(const struct chart *c, str source, str *out, error *err)
{
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list list = {0};
    static const str charts = STR_INIT("charts/");
    str rest = shelflife_str_after(source, shelflife_str_find(source, '/') + 1); /* SIZE_MAX + 1 is 0 */
    if (!shelflife_input_paths_join(c->folder, rest, &c->reading->memory, out, err))
        return false;
    if (shelflife_input_files_exists(c->reading->options->files, out->at) ||
        !shelflife_str_starts(rest, charts))
        return true;
    rest = shelflife_str_after(rest, charts.len);
    str name = shelflife_str_first(rest, shelflife_str_find(rest, '/')), found,
        below = shelflife_str_after(rest, name.len);
    for (const tree *t = first_dependency(c); t; t = t->next)
        if (shelflife_str_equal(shelflife_input_tree_string(t, "alias"), name))
            name = shelflife_input_tree_string(t, "name");
    if (!list_charts(c, &list, err) || !find_dependency(c, name, &list, &found, err))
        return false;
    if (!found.len)
        return true;
    bool archive = shelflife_str_ends(found, STR(".tgz"));
    return shelflife_arena_join(&c->reading->memory, found, archive ? (str){0} : below, out) ||
           no_memory(c->reading, err);
}

static bool complete(void *context, const struct shelflife_input_object *object, str container UNUSED,
                     struct shelflife_input_image *image, error *err)
{
    const struct chart *c = context;
    char room[SHELFLIFE_INPUT_HOOK_MAX];
    image->place = (struct shelflife_input_place){.file = c->file};
    if (object->source.len && !place_of(c, object->source, &image->place.file, err))
        return false;
    shelflife_input_hook_describe(object->hook, image, room);
    str way;
    if (!shelflife_arena_copy(&c->reading->memory, image->way, &way))
        return no_memory(c->reading, err);
    image->way = way;
    return true;
}

struct arguments {
    const char **at;
    char **owned;
    size_t count;
};

static void free_arguments(struct arguments *a)
{
    for (size_t i = 0; a->owned && i < a->count; i++)
        free(a->owned[i]);
    free(a->owned);
    free(a->at);
}

/* helm takes URLs, too. A path without links is none. */
static bool add_path(struct arguments *a, const char *path, error *why)
{
    char *real = realpath(path, NULL);
    if (!real)
        return shelflife_fail(why, SHELFLIFE_ERROR_IO, "%s: %s", path, strerror(errno));
    a->at[a->count] = real;
    a->owned[a->count++] = real;
    return true;
}

static bool make_arguments(const struct chart *c, const char *helm, struct arguments *a, error *why)
{
    const struct shelflife_input_options *o = c->reading->options;
    str folder;
    size_t room = 4 + 2 * o->value_count;
    a->at = calloc(room, sizeof(*a->at));
    a->owned = calloc(room, sizeof(*a->owned));
    if (!a->at || !a->owned ||
        !shelflife_arena_copy(&c->reading->memory, c->folder.len ? c->folder : STR("."), &folder))
        return shelflife_fail_memory(why);
    a->at[a->count++] = helm;
    a->at[a->count++] = "template";
    if (!add_path(a, folder.at, why))
        return false;
    for (size_t i = 0; i < o->value_count; i++) {
        a->at[a->count++] = "--values";
        if (!add_path(a, o->values[i], why))
            return false;
    }
    return true;
}

static bool run_helm(const struct chart *c, buffer *out, error *why)
{
    CLEANUP(shelflife_input_home_remove) struct shelflife_input_home home = {0};
    CLEANUP(free_arguments) struct arguments arguments = {0};
    CLEANUP(cleanup_free) char *helm = shelflife_input_program_find("helm");
    if (!helm)
        return shelflife_fail(why, SHELFLIFE_ERROR_IO, "helm is not in PATH");
    return make_arguments(c, helm, &arguments, why) && shelflife_input_home_make(&home, why) &&
           shelflife_input_program_run(arguments.at, &home, c->reading->options, out, why);
}

static bool not_rendered(const struct chart *c, const char *reason, error *err)
{
    str why;
    if (!shelflife_arena_format(&c->reading->memory, &why, "not rendered: %s", reason))
        return no_memory(c->reading, err);
    return report(c->reading, c->file, 0, why, err);
}

static bool render(struct chart *c, bool *done, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer text;
    error why = {0};
    shelflife_buffer_init(&text, SHELFLIFE_INPUT_PROGRAM_OUTPUT_MAX);
    *done = run_helm(c, &text, &why);
    if (why.kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    if (!*done)
        return not_rendered(c, why.text, err);
    const struct shelflife_input_rendered rendered = {
        .text = shelflife_buffer_str(&text),
        .way = c->reading->options->value_count ? STR("rendered by helm")
                                                : STR("rendered by helm with the default values"),
        .file = c->file,
        .complete = complete,
        .context = c};
    return c->reading->sink->rendered(c->reading->sink->context, &rendered, err);
}

/* ---- Values ---- */

/* Whether a condition of a dependency, "redis.enabled" or several with commas, is false in the values. */
static bool is_switched_off(const tree *dependency, const tree *values)
{
    str rest = shelflife_input_tree_string(dependency, "condition");
    while (rest.len) {
        str path = shelflife_str_trim(shelflife_str_first(rest, shelflife_str_find(rest, ',')));
        rest = shelflife_str_after(rest, path.len + 1);
        const tree *at = values;
        while (path.len && at) {
            str key = shelflife_str_first(path, shelflife_str_find(path, '.'));
            path = shelflife_str_after(path, key.len + 1);
            const tree *next = shelflife_input_tree_first(at);
            while (next && !shelflife_str_equal(next->key, key))
                next = next->next;
            at = next;
        }
        if (at) /* the first that is there decides */
            return at->type == SHELFLIFE_INPUT_FALSE;
    }
    return false;
}

static bool open_chart(struct reading *r, str file, tree *map, struct chart *c)
{
    *c = (struct chart){.reading = r,
                        .file = file,
                        .folder = shelflife_input_paths_folder(file),
                        .map = map,
                        .name = shelflife_input_tree_string(map, "name")};
    return ++r->charts <= CHARTS_MAX;
}

static bool read_values(const struct chart *c, tree *over, bool unused, unsigned depth, error *err);

/* A subchart in a folder. */
static bool read_subchart(const struct chart *c, const char *folder, tree *values, bool unused,
                          unsigned depth, const char **skip, size_t *skipped, error *err)
{
    struct chart sub;
    str file;
    tree *map = NULL, *over;
    if (!shelflife_input_paths_join(shelflife_str_of(folder), STR("Chart.yaml"), &c->reading->memory, &file,
                                    err) ||
        !read_tree(c->reading, file, &map, err))
        return false;
    if (!map || !open_chart(c->reading, file, map, &sub))
        return true;
    str key = sub.name;
    for (const tree *t = first_dependency(c); t; t = t->next) {
        str alias = shelflife_input_tree_string(t, "alias");
        if (!shelflife_str_equal(shelflife_input_tree_string(t, "name"), sub.name))
            continue;
        key = alias.len ? alias : key;
        unused = unused || is_switched_off(t, values);
    }
    if (*skipped < SKIPPED_MAX)
        skip[(*skipped)++] = key.at;
    over = key.len ? shelflife_input_tree_get(values, key.at) : NULL;
    return read_values(&sub, over, unused, depth + 1, err);
}

static bool read_subcharts(const struct chart *c, tree *values, bool unused, unsigned depth,
                           const char **skip, error *err)
{
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list list = {0};
    size_t skipped = 0;
    if (!list_charts(c, &list, err))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        bool archive = shelflife_str_ends(shelflife_str_of(list.at[i]), STR(".tgz")), ok = true;
        if (archive)
            ok = report(c->reading, shelflife_str_of(list.at[i]), 0,
                        STR("a packed chart is not read without helm"), err);
        else if (depth < CHARTS_DEEP && shelflife_file_is_folder(list.at[i]))
            ok = read_subchart(c, list.at[i], values, unused, depth, skip, &skipped, err);
        if (!ok)
            return false;
    }
    return true;
}

/* Reads the values of a chart with those of the user, or of the chart around it, on top. */
static bool read_values(const struct chart *c, tree *over, bool unused, unsigned depth, error *err)
{
    struct reading *r = c->reading;
    const char *skip[SKIPPED_MAX + 1] = {0};
    str path;
    tree *own;
    if (!join(c, "values.yaml", &path, err) || !read_tree(r, path, &own, err) ||
        !shelflife_input_values_merge(own, over, &r->memory, &r->work, &own, err))
        return false;
    const struct shelflife_input_values values = {.memory = &r->memory,
                                                  .files = r->files,
                                                  .chart = c->file,
                                                  .app_version =
                                                      shelflife_input_tree_string(c->map, "appVersion"),
                                                  .name = c->name,
                                                  .skip = skip,
                                                  .unused = unused,
                                                  .sink = r->sink};
    return read_subcharts(c, own, unused, depth, skip, err) && shelflife_input_values_read(&values, own, err);
}

static bool read_static(const struct chart *c, error *err)
{
    struct reading *r = c->reading;
    tree *over = NULL;
    for (size_t i = 0; i < r->options->value_count; i++) {
        str path;
        tree *next;
        if (!shelflife_arena_copy(&r->memory, shelflife_str_of(r->options->values[i]), &path))
            return no_memory(r, err);
        if (!read_tree(r, path, &next, err) ||
            !shelflife_input_values_merge(over, next, &r->memory, &r->work, &over, err))
            return false;
    }
    return read_values(c, over, false, 0, err) && (r->work < SHELFLIFE_INPUT_VALUES_WORK_MAX ||
                                                   report(r, c->file, 0, STR("it has too many values"), err));
}

/* ---- The format ---- */

static bool read_chart(struct reading *r, const char *path, str text, error *err)
{
    struct chart c;
    error why = {0};
    str file;
    bool missing = false, done = false;
    uint32_t line;
    if (!shelflife_arena_copy(&r->memory, shelflife_str_of(path), &file))
        return no_memory(r, err);
    const tree *documents = shelflife_input_tree_read(text, &r->memory, &line, &why);
    if (!documents)
        return why.kind == SHELFLIFE_ERROR_MEMORY ? shelflife_fail_memory(err)
                                                  : report_whole(r, file, line, why.text, err);
    if (!documents->first || documents->first->type != SHELFLIFE_INPUT_MAP)
        return report_whole(r, file, 0, "it is not a map with the chart's name and version", err);
    open_chart(r, file, documents->first, &c);
    if (shelflife_str_equal(shelflife_input_tree_string(c.map, "type"), STR("library")))
        return true; /* it has no objects of its own */
    if (!check_dependencies(&c, &missing, err))
        return false;
    if (!missing && !r->options->render && !not_rendered(&c, "--render runs helm template on it", err))
        return false;
    if (!missing && r->options->render && !render(&c, &done, err))
        return false;
    return done || read_static(&c, err);
}

static bool read(const char *path, str text, const struct shelflife_input_options *options,
                 const struct shelflife_input_sink *sink, error *err)
{
    struct reading *r = calloc(1, sizeof(*r));
    if (!r)
        return shelflife_fail_memory(err);
    r->options = options;
    r->sink = sink;
    shelflife_arena_init(&r->memory, MEMORY_MAX);
    bool ok = read_chart(r, path, text, err);
    shelflife_arena_free(&r->memory);
    free(r);
    return ok;
}

const struct shelflife_input_format shelflife_input_chart = {"chart", read};
