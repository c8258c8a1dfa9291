#include <errno.h>

#include "file/file.h"
#include "inputs/kustomize.h"
#include "inputs/paths.h"
#include "inputs/program.h"
#include "shelflife/json.h"

typedef struct shelflife_input_kustomize build;
typedef struct shelflife_input_image image;
typedef struct shelflife_input_subject subject;

/* ---- Resources as they are, with the steps ---- */

struct resource {
    build *build;
    uint32_t number;
};

/* How an image came about. The place of the image is that of the step. */
static str describe(const subject *x)
{
    static const str names[] = {
        [SHELFLIFE_INPUT_STEP_IMAGES] = STR_INIT("from images"),
        [SHELFLIFE_INPUT_STEP_PATCH] = STR_INIT("from a patch"),
        [SHELFLIFE_INPUT_STEP_OPERATION] = STR_INIT("from a patch"),
    };
    return x->by && !x->why.len ? names[x->by->kind] : (str){0};
}

static bool not_known(build *b, const subject *x, image *i, error *err)
{
    if (!x->why.len)
        return true;
    return shelflife_arena_format(&b->memory, &i->why, "%.*s; --render shows it", STR_PRINT(x->why)) ||
           shelflife_arena_fail(&b->memory, err);
}

static bool complete(void *context, const struct shelflife_input_object *object, str container, image *i,
                     error *err)
{
    const struct resource *r = context;
    build *b = r->build;
    subject x = {.object = object,
                 .resource = r->number,
                 .namespace = b->resources[r->number].namespace.len ? (str){0} : object->namespace,
                 .path = i->path,
                 .container = container,
                 .image = i->image,
                 .name = object->name,
                 .place = i->place};
    if (object->local) {
        i->image = (str){0};
        return true;
    }
    if (!shelflife_input_kustomize_apply(b, 0, &x, err) || !not_known(b, &x, i, err))
        return false;
    i->way = describe(&x);
    i->image = x.removed ? (str){0} : x.image;
    i->name = x.name;
    i->place = x.place;
    i->hint = x.hint.len ? x.hint : i->hint;
    return true;
}

static bool on_added(void *context, const subject *x, error *err)
{
    build *b = context;
    bool is_known = x->object->api_version.len > 0;
    str namespace = is_known ? b->resources[x->resource].namespace : (str){0};
    image i = {.image = x->image,
               .api_version = x->object->api_version,
               .namespace = namespace.len ? namespace : x->object->namespace,
               .container = x->container,
               .file = b->root,
               .kind = x->object->kind,
               .name = x->name,
               .path = x->path,
               .place = x->place,
               .way = describe(x),
               .hint = x->hint};
    return not_known(b, x, &i, err) && b->sink->image(b->sink->context, &i, err);
}

static bool read_resources(build *b, error *err)
{
    for (size_t i = 0; i < b->resource_count; i++) {
        const struct shelflife_input_resource *at = &b->resources[i];
        struct resource r = {b, (uint32_t)i};
        const struct shelflife_input_rendered rendered = {.text = at->text,
                                                          .file = b->root,
                                                          .text_file = at->path,
                                                          .namespace = at->namespace,
                                                          .complete = complete,
                                                          .context = &r};
        if (!b->sink->rendered(b->sink->context, &rendered, err))
            return false;
    }
    return shelflife_input_kustomize_added(b, on_added, b, err);
}

/* ---- What kustomize has built ---- */

/* An object of the result. */
struct made {
    str kind, namespace, name;
    uint32_t resource; /* that it comes from; UINT32_MAX: none */
};

struct result {
    build *build;
    struct made *made; /* sorted */
    size_t count;
    struct shelflife_input_tree **trees; /* of the resources, as far as they are needed */
};

static int compare_made(const void *a, const void *b)
{
    const struct made *x = a, *y = b;
    int order = shelflife_str_compare(x->name, y->name);
    if (!order)
        order = shelflife_str_compare(x->kind, y->kind);
    return order ? order : shelflife_str_compare(x->namespace, y->namespace);
}

/* A resource by its path without links. */
struct real {
    char *path;
    uint32_t resource;
};

static int compare_real(const void *a, const void *b)
{
    const struct real *x = a, *y = b;
    return strcmp(x->path, y->path);
}

static void free_real(struct real **list)
{
    for (struct real *r = *list; r && r->path; r++)
        free(r->path);
    free(*list);
}

static struct real *real_paths(const build *b, size_t *count)
{
    struct real *list = calloc(b->resource_count + 1, sizeof(*list));
    *count = 0;
    for (uint32_t i = 0; list && i < b->resource_count; i++) {
        char *path = realpath(b->resources[i].path.at, NULL);
        if (path)
            list[(*count)++] = (struct real){path, i};
    }
    if (list)
        shelflife_sort(list, *count, sizeof(*list), compare_real);
    return list;
}

/* The annotation's text is "path: ../a/b.yaml" and further lines. */
static bool origin_of(build *b, const struct shelflife_input_tree *object, const char *home,
                      const struct real *list, size_t count, uint32_t *resource, error *err)
{
    const struct shelflife_input_tree *metadata = shelflife_input_tree_get(object, "metadata");
    str text = shelflife_input_tree_string(shelflife_input_tree_get(metadata, "annotations"),
                                           "config.kubernetes.io/origin");
    str path = shelflife_str_line(&text), joined;
    *resource = UINT32_MAX;
    if (!shelflife_str_starts(path, STR("path: ")))
        return true;
    if (!shelflife_input_paths_join(shelflife_str_of(home), shelflife_str_after(path, 6), &b->memory, &joined,
                                    err))
        return false;
    struct real key;
    CLEANUP(cleanup_free) char *copy = strndup(joined.at, joined.len);
    if (!copy)
        return shelflife_fail_memory(err);
    key.path = copy;
    const struct real *found = count ? bsearch(&key, list, count, sizeof(key), compare_real) : NULL;
    if (found)
        *resource = found->resource;
    return true;
}

static bool list_made(struct result *r, const struct shelflife_input_tree *documents, const char *home,
                      error *err)
{
    build *b = r->build;
    size_t count = 0, real_count;
    CLEANUP(free_real) struct real *list = real_paths(b, &real_count);
    for (const struct shelflife_input_tree *t = documents->first; t; t = t->next)
        count++;
    r->made = shelflife_arena_array(&b->memory, count, sizeof(*r->made));
    r->trees = shelflife_arena_array(&b->memory, b->resource_count, sizeof(struct shelflife_input_tree *));
    if (!list || !r->made || !r->trees)
        return shelflife_fail_memory(err);
    for (const struct shelflife_input_tree *t = documents->first; t; t = t->next) {
        const struct shelflife_input_tree *metadata = shelflife_input_tree_get(t, "metadata");
        struct made *m = &r->made[r->count++];
        *m = (struct made){.kind = shelflife_input_tree_string(t, "kind"),
                           .namespace = shelflife_input_tree_string(metadata, "namespace"),
                           .name = shelflife_input_tree_string(metadata, "name")};
        if (!origin_of(b, t, home, list, real_count, &m->resource, err))
            return false;
    }
    shelflife_sort(r->made, r->count, sizeof(*r->made), compare_made);
    return true;
}

static bool contains(str s, str part)
{
    for (size_t i = 0; i + part.len <= s.len; i++)
        if (shelflife_str_starts(shelflife_str_after(s, i), part))
            return true;
    return false;
}

/* Looks for the image in an object of the resource, and sets the place if the steps make the same of it. */
static bool place_by_object(struct result *r, struct shelflife_input_tree *t,
                            const struct shelflife_input_object *object, subject x, image *i, bool *found,
                            error *err)
{
    build *b = r->build;
    struct shelflife_input_tree *value = NULL;
    bool listed;
    str name = shelflife_input_tree_string(shelflife_input_tree_get(t, "metadata"), "name"), text = i->image;
    struct shelflife_input_object original = *object;
    original.name = name;
    if (!shelflife_str_equal(shelflife_input_tree_string(t, "kind"), object->kind) ||
        !contains(object->name, name))
        return true;
    enum shelflife_input_says says =
        shelflife_input_kustomize_look(t, x.path, x.container, true, &value, &listed, &b->work);
    x.object = &original;
    x.name = name;
    x.image = value && says == SHELFLIFE_INPUT_SAYS_IMAGE ? value->text : (str){0};
    if (value)
        x.place.line = value->line;
    if (!shelflife_input_kustomize_apply(b, 0, &x, err))
        return false;
    if (!shelflife_str_equal(x.name, object->name) || !value)
        return true;
    *found = true;
    if (x.why.len) {
        i->place = x.place; /* of the patch that only kustomize understands */
        return true;
    }
    i->place.line = value->line;
    if (!shelflife_str_equal(x.image, text))
        return true;
    i->place = x.place;
    i->hint = x.hint;
    if (x.by)
        i->way = describe(&x);
    return true;
}

static bool place_by_resource(struct result *r, uint32_t number, const struct shelflife_input_object *object,
                              str container, image *i, bool *found, error *err)
{
    build *b = r->build;
    const struct shelflife_input_resource *resource = &b->resources[number];
    const subject x = {
        .resource = number, .path = i->path, .container = container, .place = {.file = resource->path}};
    i->place = x.place;
    if (!r->trees[number])
        r->trees[number] = shelflife_input_tree_read(resource->text, &b->memory, NULL, NULL);
    struct shelflife_input_tree *t = shelflife_input_tree_first(r->trees[number]);
    for (; t && !*found; t = t->next)
        if (!place_by_object(r, t, object, x, i, found, err))
            return false;
    return true;
}

/* The image of a container in a patch or an operation; NULL: it has none. */
static struct shelflife_input_tree *image_of_step(build *b, const struct shelflife_input_step *s, str path,
                                                  str container)
{
    struct shelflife_input_tree *value = NULL;
    bool listed;
    if (s->kind == SHELFLIFE_INPUT_STEP_PATCH)
        return shelflife_input_kustomize_look(s->value, path, container, true, &value, &listed, &b->work) ==
                       SHELFLIFE_INPUT_SAYS_IMAGE
                   ? value
                   : NULL;
    if (s->kind != SHELFLIFE_INPUT_STEP_OPERATION || !container.len)
        return NULL;
    const struct shelflife_input_tree *added = shelflife_input_tree_get(s->value, "value");
    value = shelflife_input_tree_get(added, "image");
    bool is = shelflife_str_equal(shelflife_input_tree_string(added, "name"), container);
    return is && value && value->type == SHELFLIFE_INPUT_STRING ? value : NULL;
}

/* An image of a container that a patch adds. */
static bool place_by_patch(struct result *r, const struct shelflife_input_object *object, str container,
                           image *i, error *err)
{
    build *b = r->build;
    for (size_t k = 0; k < b->step_count; k++) {
        const struct shelflife_input_step *s = &b->steps[k];
        const struct shelflife_input_tree *value = image_of_step(b, s, i->path, container);
        if (!value)
            continue;
        subject x = {.object = object,
                     .resource = s->from,
                     .path = i->path,
                     .container = container,
                     .image = value->text,
                     .name = object->name,
                     .by = s,
                     .place = {s->place.file, value->line, value->column}};
        if (!shelflife_input_kustomize_apply(b, k + 1, &x, err))
            return false;
        if (x.why.len || !shelflife_str_equal(x.image, i->image))
            continue;
        i->place = x.place;
        i->way = describe(&x);
        return true;
    }
    return true;
}

static bool complete_made(void *context, const struct shelflife_input_object *object, str container, image *i,
                          error *err)
{
    struct result *r = context;
    struct made key = {.kind = object->kind, .namespace = object->namespace, .name = object->name};
    const struct made *m = r->count ? bsearch(&key, r->made, r->count, sizeof(key), compare_made) : NULL;
    bool found = false;
    key.namespace = (str){0}; /* an object without one can have been given that of the audit */
    if (!m && r->count)
        m = bsearch(&key, r->made, r->count, sizeof(key), compare_made);
    i->place = (struct shelflife_input_place){.file = r->build->root};
    if (m && m->resource != UINT32_MAX &&
        !place_by_resource(r, m->resource, object, container, i, &found, err))
        return false;
    return found || place_by_patch(r, object, container, i, err);
}

/* ---- Running kustomize ---- */

static bool not_rendered(build *b, const char *why, error *err)
{
    struct shelflife_input_unread unread = {.place = {.file = b->root}};
    if (!shelflife_arena_format(&b->memory, &unread.why, "not rendered: %s", why))
        return shelflife_arena_fail(&b->memory, err);
    return b->sink->unread(b->sink->context, &unread, err);
}

/* The path from one absolute folder to another, for a kustomization, which must not name absolute ones. */
static void relative(const char *from, const char *to, buffer *out)
{
    for (const char *c = from; *c; c++)
        if (*c == '/' && c[1])
            shelflife_buffer_append(out, STR("../"));
    shelflife_buffer_append(out, shelflife_str_of(to + 1));
}

/* A kustomization around the user's that also asks where objects come from. */
static bool write_around(const char *home, const char *folder, error *why)
{
    CLEANUP(shelflife_buffer_free) buffer text, path;
    struct shelflife_json_writer w;
    shelflife_buffer_init(&text, 1 << 20);
    shelflife_buffer_init(&path, 1 << 20);
    relative(home, folder, &path);
    shelflife_json_writer_init(&w, &text);
    shelflife_json_write_map(&w);
    shelflife_json_member_array(&w, "resources");
    shelflife_json_write_string(&w, shelflife_buffer_str(&path));
    shelflife_json_write_end(&w);
    shelflife_json_member_array(&w, "buildMetadata");
    shelflife_json_write_string(&w, STR("originAnnotations"));
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    if (text.failed || path.failed)
        return shelflife_fail_memory(why);
    CLEANUP(cleanup_free) char *file = NULL;
    if (asprintf(&file, "%s/kustomization.yaml", home) < 0) {
        file = NULL;
        return shelflife_fail_memory(why);
    }
    return shelflife_file_replace(file, shelflife_buffer_str(&text), SHELFLIFE_FILE_NORMAL, why);
}

static bool run_kustomize(build *b, const struct shelflife_input_home *home, buffer *out, error *why)
{
    str folder = shelflife_input_paths_folder(b->root), copy;
    CLEANUP(cleanup_free) char *kubectl = shelflife_input_program_find("kubectl");
    CLEANUP(cleanup_free) char *kustomize = kubectl ? NULL : shelflife_input_program_find("kustomize");
    if (!kubectl && !kustomize)
        return shelflife_fail(why, SHELFLIFE_ERROR_IO, "neither kubectl nor kustomize is in PATH");
    if (!shelflife_arena_copy(&b->memory, folder.len ? folder : STR("."), &copy))
        return shelflife_fail_memory(why);
    CLEANUP(cleanup_free) char *real = realpath(copy.at, NULL);
    if (!real)
        return shelflife_fail(why, SHELFLIFE_ERROR_IO, "%s: %s", copy.at, strerror(errno));
    const char *const args[] = {kubectl ? kubectl : kustomize, kubectl ? "kustomize" : "build", home->path,
                                NULL};
    return write_around(home->path, real, why) &&
           shelflife_input_program_run(args, home, b->options, out, why);
}

/* Sets *done if the kustomization was built. If not, *why has the reason. */
static bool render_in(build *b, const struct shelflife_input_home *home, bool *done, error *why, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer text;
    struct result r = {.build = b};
    shelflife_buffer_init(&text, SHELFLIFE_INPUT_PROGRAM_OUTPUT_MAX);
    if (!run_kustomize(b, home, &text, why))
        return true;
    const struct shelflife_input_tree *documents =
        shelflife_input_tree_read(shelflife_buffer_str(&text), &b->memory, NULL, why);
    if (!documents)
        return true;
    const struct shelflife_input_rendered rendered = {.text = shelflife_buffer_str(&text),
                                                      .way = STR("built by kustomize"),
                                                      .file = b->root,
                                                      .complete = complete_made,
                                                      .context = &r};
    *done = true;
    return list_made(&r, documents, home->path, err) && b->sink->rendered(b->sink->context, &rendered, err);
}

static bool render(build *b, bool *done, error *err)
{
    CLEANUP(shelflife_input_home_remove) struct shelflife_input_home home = {0};
    error why = {0};
    if (b->wrong)
        return true; /* reported */
    if (b->missing)
        return not_rendered(b, "it names something that is missing", err);
    if (b->remote)
        return not_rendered(b, "it names something that would have to be fetched", err);
    if (shelflife_input_home_make(&home, &why) && !render_in(b, &home, done, &why, err))
        return false;
    if (why.kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    return *done || not_rendered(b, why.text, err);
}

/* ---- The format ---- */

/* Flux has objects of this kind, too, which are in files of this name at times. */
static bool is_other(const struct shelflife_input_tree *map)
{
    str version = shelflife_input_tree_string(map, "apiVersion");
    return version.len && !shelflife_str_starts(version, STR("kustomize.config.k8s.io/"));
}

static bool read_build(build *b, const char *path, str text, error *err)
{
    bool done = false;
    if (!shelflife_input_kustomize_load(b, path, text, err))
        return false;
    if (!b->root_map || is_other(b->root_map))
        return true;
    if (shelflife_str_equal(shelflife_input_tree_string(b->root_map, "kind"), STR("Component")))
        return not_rendered(b, "a component is a part of other kustomizations, and none here names it", err);
    if (b->options->render && !render(b, &done, err))
        return false;
    return done || read_resources(b, err);
}

static bool read(const char *path, str text, const struct shelflife_input_options *options,
                 const struct shelflife_input_sink *sink, error *err)
{
    build b = {.options = options, .sink = sink};
    bool ok = read_build(&b, path, text, err);
    shelflife_input_kustomize_free(&b);
    return ok;
}

const struct shelflife_input_format shelflife_input_kustomization = {"kustomization", read};
