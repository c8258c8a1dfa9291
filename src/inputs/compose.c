#include "inputs/compose_variables.h"
#include "inputs/dockerfile.h"

enum {
    EXTENDS_MAX = 32,  /* services that extend one another */
    INCLUDES_MAX = 10, /* projects that include one another */
    ARGS_MAX = 1000,   /* of a build */
};

typedef struct shelflife_input_reading reading;
typedef struct shelflife_input_reading_file file;
typedef struct shelflife_input_node node;
typedef struct shelflife_input_entry entry;
typedef struct shelflife_input_place place;
typedef struct shelflife_input_compose_text expanded;

/* The files of a project, the base first. */
struct project {
    reading *reading;
    struct shelflife_input_compose_environment environment;
    const node *services;        /* of all files, without what they extend */
    const node *built;           /* the names of images that services build: the service of each */
    str note;                    /* which tools take the file, if not all do */
    const struct project *outer; /* that includes it */
    const file *first;
};

/* A service with what it extends and overrides. */
struct service {
    struct project *project;
    str name;
    const node *map;
    str way; /* "profile debug" */
};

static const node *get(const node *map, const char *key)
{
    return shelflife_input_node_get(map, shelflife_str_of(key));
}

static str text_of(const node *map, const char *key)
{
    return shelflife_input_node_text(get(map, key));
}

/* ---- Services ---- */

/* An argument list as a map: "PYTHON=3.8" is an entry, "PYTHON" alone has the value null. */
static const node *arguments(reading *r, const node *list)
{
    entry *entries = shelflife_arena_array(&r->arena, list->count, sizeof(*entries));
    size_t count = 0;
    for (size_t i = 0; entries && i < list->count; i++) {
        const node *item = list->entries[i].value;
        str text = shelflife_input_node_text(item);
        size_t equals = shelflife_str_find(text, '=');
        str value = equals == SIZE_MAX ? (str){0} : shelflife_str_after(text, equals + 1);
        node *scalar = shelflife_input_node_scalar(&r->arena, value, item->place);
        if (!scalar)
            return NULL;
        if (equals == SIZE_MAX)
            scalar->type = SHELFLIFE_INPUT_NODE_NULL;
        entries[count++] = (entry){shelflife_str_first(text, equals), scalar};
    }
    return entries ? shelflife_input_node_map(&r->arena, entries, count, list->place) : NULL;
}

/* A map with other values for some keys. */
static const node *with(reading *r, const node *map, const entry *changes, size_t count)
{
    entry *entries = shelflife_arena_array(&r->arena, map->count + count, sizeof(*entries));
    if (!entries)
        return NULL;
    shelflife_copy(entries, map->entries, map->count * sizeof(*entries));
    shelflife_copy(entries + map->count, changes, count * sizeof(*entries));
    node *changed = shelflife_input_node_map(&r->arena, entries, map->count + count, map->place);
    if (changed)
        changed->tag = map->tag;
    return changed;
}

/* `build: ./app` and lists of arguments in the form of maps, which can be merged. */
static const node *plain_build(reading *r, const node *build)
{
    const node *args = get(build, "args");
    if (build->type == SHELFLIFE_INPUT_NODE_SCALAR)
        return shelflife_input_node_map(&r->arena, &(entry){STR("context"), build}, 1, build->place);
    if (!shelflife_input_node_is(args, SHELFLIFE_INPUT_NODE_LIST))
        return build;
    const node *map = arguments(r, args);
    return map ? with(r, build, &(entry){STR("args"), map}, 1) : NULL;
}

/* What of a service matters here. */
static bool plain_service(reading *r, const node *service, const node **out)
{
    static const char *const keys[] = {"image", "build", "profiles", "deploy", "scale"};
    entry entries[COUNT(keys)];
    size_t count = 0;
    for (size_t i = 0; i < COUNT(keys); i++) {
        const entry *e = shelflife_input_node_entry(service, shelflife_str_of(keys[i]));
        if (!e)
            continue;
        entries[count] = *e;
        if (shelflife_str_equal(e->key, STR("build")) && e->value->type != SHELFLIFE_INPUT_NODE_NULL)
            entries[count].value = plain_build(r, e->value);
        if (!entries[count++].value)
            return shelflife_input_reading_full(r);
    }
    *out = shelflife_input_node_map(&r->arena, entries, count, service->place);
    return *out || shelflife_input_reading_full(r);
}

static bool is_version_1(const node *root)
{
    for (size_t i = 0; root->type == SHELFLIFE_INPUT_NODE_MAP && i < root->count; i++)
        if (get(root->entries[i].value, "image") || get(root->entries[i].value, "build"))
            return !get(root, "services");
    return false;
}

/* The services of a file; of the first format they are at its top. */
static const node *services_of(const file *f)
{
    const node *root = f->documents.count ? f->documents.at[0] : NULL;
    if (!root)
        return NULL;
    return is_version_1(root) ? root : get(root, "services");
}

/* A service that is extended: its file and name. */
struct target {
    const file *file;
    str name;
};

static bool find_target(struct project *p, const file *from, const node *extends, struct target *out)
{
    reading *r = p->reading;
    const node *name = extends->type == SHELFLIFE_INPUT_NODE_SCALAR ? extends : get(extends, "service");
    const node *path = get(extends, "file");
    str joined;
    *out = (struct target){.file = from, .name = shelflife_input_node_text(name)};
    if (!shelflife_input_node_is(path, SHELFLIFE_INPUT_NODE_SCALAR))
        return true;
    expanded text;
    if (!shelflife_input_compose_expand(r, &p->environment, path, &text))
        return false;
    out->file = NULL;
    if (text.why.len || shelflife_str_starts(text.text, STR("/")))
        return shelflife_input_reading_unread(
            r, path->place, "the file %.*s, which is extended, is not read%s", STR_PRINT(text.text),
            text.why.len ? "" : ": its path is absolute");
    return shelflife_input_reading_join(r, shelflife_input_reading_folder(path->place.file), text.text,
                                        &joined) &&
           shelflife_input_reading_load(r, joined, path->place, &out->file);
}

/* Merges a service with the ones that it extends, the farthest first. */
static bool extend(struct project *p, const file *f, const node *service, const node **out)
{
    reading *r = p->reading;
    const node *chain[EXTENDS_MAX];
    size_t count = 0;
    bool ok = true;
    while (service) {
        if (count == EXTENDS_MAX)
            return shelflife_input_reading_unread(
                r, service->place, "more than %d services extend one another, or they do so in a circle",
                EXTENDS_MAX);
        if (!plain_service(r, service, &chain[count++]))
            return false;
        struct target target;
        const node *extends = get(service, "extends");
        if (!extends)
            break;
        if (!find_target(p, f, extends, &target))
            return false;
        f = target.file;
        service = f ? shelflife_input_node_get(services_of(f), target.name) : NULL;
        if (f && f->documents.count && !service &&
            !shelflife_input_reading_unread(r, extends->place, "there is no service %.*s in %.*s to extend",
                                            STR_PRINT(target.name), STR_PRINT(f->path)))
            return false;
    }
    for (*out = NULL; ok && count > 0; count--)
        *out = shelflife_input_node_merge(&r->arena, *out, chain[count - 1], &ok);
    return ok || shelflife_input_reading_full(r);
}

/* Adds the services of a file to those of the files before it. */
static bool add_services(struct project *p, const file *f)
{
    reading *r = p->reading;
    const node *services = services_of(f);
    if (!shelflife_input_node_is(services, SHELFLIFE_INPUT_NODE_MAP))
        return true;
    entry *entries = shelflife_arena_array(&r->arena, services->count, sizeof(*entries));
    size_t count = 0;
    bool ok = entries;
    for (size_t i = 0; ok && i < services->count; i++) {
        const node *own = services->entries[i].value, *whole = NULL;
        if (own->type != SHELFLIFE_INPUT_NODE_MAP)
            continue;
        if (!extend(p, f, own, &whole))
            return false;
        if (whole)
            entries[count++] = (entry){services->entries[i].key, whole};
    }
    const node *map = ok ? shelflife_input_node_map(&r->arena, entries, count, services->place) : NULL;
    ok = map;
    p->services = shelflife_input_node_merge(&r->arena, p->services, map, &ok);
    return ok || shelflife_input_reading_full(r);
}

/* ---- Builds ---- */

/* A sink that reports what a Dockerfile builds on as what the service does. */
struct build_sink {
    const struct service *service;
    uint32_t shift; /* of the lines, for a text inside of the Compose file */
    bool one_line;  /* the text is a single line of it */
};

static void shift(const struct build_sink *b, place *at)
{
    if (!b->shift)
        return;
    at->line = b->one_line ? b->shift : at->line + b->shift;
    at->column = 0;
}

static bool built_image(void *context, const struct shelflife_input_image *found, error *err UNUSED)
{
    const struct build_sink *b = context;
    struct shelflife_input_image image = *found;
    reading *r = b->service->project->reading;
    shift(b, &image.place);
    return shelflife_input_reading_phrase(r, b->service->way, found->way, &image.way) &&
           shelflife_input_reading_image(r, &image);
}

static bool built_unread(void *context, const struct shelflife_input_unread *found, error *err UNUSED)
{
    const struct build_sink *b = context;
    place at = found->place;
    shift(b, &at);
    return shelflife_input_reading_unread(b->service->project->reading, at, "%.*s", STR_PRINT(found->why));
}

static bool read_arguments(const struct service *s, const node *args, struct shelflife_input_build *build)
{
    reading *r = s->project->reading;
    size_t count = shelflife_input_node_is(args, SHELFLIFE_INPUT_NODE_MAP) ? args->count : 0;
    if (count > ARGS_MAX)
        return shelflife_input_reading_unread(r, args->place, "more than %d build arguments are not read",
                                              ARGS_MAX);
    struct shelflife_input_build_arg *out = shelflife_arena_array(&r->arena, count, sizeof(*out));
    if (!out)
        return shelflife_input_reading_full(r);
    build->args = out;
    for (size_t i = 0; i < count; i++) {
        const node *value = args->entries[i].value;
        str name = args->entries[i].key;
        expanded text;
        if (value->type != SHELFLIFE_INPUT_NODE_SCALAR)
            value = shelflife_input_node_get(s->project->environment.values, name);
        if (!value)
            continue;
        if (!shelflife_input_compose_expand(r, &s->project->environment, value, &text))
            return false;
        if (!text.why.len)
            out[build->arg_count++] = (struct shelflife_input_build_arg){name, text.text};
        else if (!shelflife_input_reading_unread(
                     r, text.place, "the build argument %.*s is not resolved, its default is used: %.*s",
                     STR_PRINT(name), STR_PRINT(text.why)))
            return false;
    }
    return true;
}

static bool read_dockerfile(const struct service *s, const node *build, str path, str text,
                            struct build_sink context)
{
    struct shelflife_input_build how = {.kind = STR("Service"), .name = s->name};
    const struct shelflife_input_sink sink = {
        .image = built_image, .unread = built_unread, .context = &context};
    const node *target = get(build, "target");
    expanded stage = {0};
    reading *r = s->project->reading;
    if (!read_arguments(s, get(build, "args"), &how))
        return false;
    if (shelflife_input_node_is(target, SHELFLIFE_INPUT_NODE_SCALAR) &&
        !shelflife_input_compose_expand(r, &s->project->environment, target, &stage))
        return false;
    if (stage.why.len)
        return shelflife_input_reading_unread(
            r, target->place, "the target of the build is not resolved: %.*s", STR_PRINT(stage.why));
    how.target = stage.text;
    return shelflife_input_dockerfile_read(path, text, &how, &sink, r->err);
}

static bool is_remote(str context)
{
    static const str starts[] = {STR_INIT("git@"), STR_INIT("github.com/"), STR_INIT("gitlab.com/"),
                                 STR_INIT("bitbucket.org/")};
    for (size_t i = 0; i < COUNT(starts); i++)
        if (shelflife_str_starts(context, starts[i]))
            return true;
    return shelflife_input_reading_find(context, STR("://")) != SIZE_MAX;
}

/* The path of a value of a build, relative to a folder. *got is false if it was reported as not read. */
static bool build_path(const struct service *s, str folder, const node *value, str *out, bool *got)
{
    reading *r = s->project->reading;
    expanded text;
    const char *why = "";
    if (!shelflife_input_compose_expand(r, &s->project->environment, value, &text))
        return false;
    *got = false;
    if (is_remote(text.text))
        why = "it is remote";
    else if (shelflife_str_starts(text.text, STR("/")))
        why = "its path is absolute";
    if (text.why.len || *why)
        return shelflife_input_reading_unread(r, value->place, "the build from %.*s is not read: %s%.*s",
                                              STR_PRINT(text.text), why, STR_PRINT(text.why));
    *got = true;
    *out = folder;
    return shelflife_str_equal(text.text, STR(".")) ||
           shelflife_input_reading_join(r, folder, text.text, out);
}

/* The file that a build reads if it names none. */
static bool usual_file(reading *r, str folder, str *out)
{
    str other;
    if (!shelflife_input_reading_join(r, folder, STR("Dockerfile"), out) ||
        !shelflife_input_reading_join(r, folder, STR("Containerfile"), &other))
        return false;
    if (!shelflife_input_reading_exists(r, *out) && shelflife_input_reading_exists(r, other))
        *out = other;
    return true;
}

/* *got is false if it was reported that the file is not read. */
static bool build_file(const struct service *s, const node *build, bool *got)
{
    reading *r = s->project->reading;
    const node *context = get(build, "context"), *dockerfile = get(build, "dockerfile");
    const node *from = context ? context : build;
    str folder = shelflife_input_reading_folder(from->place.file), path, text;
    *got = true;
    if (context && !build_path(s, folder, context, &folder, got))
        return false;
    if (*got && !(dockerfile ? build_path(s, folder, dockerfile, &path, got) : usual_file(r, folder, &path)))
        return false;
    return !*got || (shelflife_input_reading_text(r, path, from->place, &text, got) &&
                     (!*got || read_dockerfile(s, build, path, text, (struct build_sink){.service = s})));
}

static bool build_inline(const struct service *s, const node *build, const node *text)
{
    expanded content;
    if (!shelflife_input_compose_expand(s->project->reading, &s->project->environment, text, &content))
        return false;
    struct build_sink context = {.service = s,
                                 .shift = text->place.line,
                                 .one_line = shelflife_str_find(text->text, '\n') == SIZE_MAX};
    if (content.why.len)
        return shelflife_input_reading_unread(s->project->reading, text->place,
                                              "dockerfile_inline is not read: %.*s", STR_PRINT(content.why));
    return read_dockerfile(s, build, text->place.file, content.text, context);
}

/* Images that replace a name in the Dockerfile. */
static bool build_contexts(const struct service *s, const node *contexts)
{
    static const str start = STR_INIT("docker-image://");
    reading *r = s->project->reading;
    for (size_t i = 0; shelflife_input_node_is(contexts, SHELFLIFE_INPUT_NODE_MAP) && i < contexts->count;
         i++) {
        str text = shelflife_input_node_text(contexts->entries[i].value), path;
        if (!shelflife_str_starts(text, start))
            continue;
        if (!shelflife_input_reading_format(r, &path, "services.%.*s.build.additional_contexts.%.*s",
                                            STR_PRINT(s->name), STR_PRINT(contexts->entries[i].key)))
            return false;
        const struct shelflife_input_image image = {.image = shelflife_str_after(text, start.len),
                                                    .kind = STR("Service"),
                                                    .name = s->name,
                                                    .way = s->way,
                                                    .path = path,
                                                    .place = contexts->entries[i].value->place};
        if (!shelflife_input_reading_image(r, &image))
            return false;
    }
    return true;
}

static bool report_build(const struct service *s, const node *build, bool *got)
{
    const node *text = get(build, "dockerfile_inline");
    *got = true;
    bool ok = shelflife_input_node_is(text, SHELFLIFE_INPUT_NODE_SCALAR) ? build_inline(s, build, text)
                                                                         : build_file(s, build, got);
    return ok && build_contexts(s, get(build, "additional_contexts"));
}

/* ---- Images ---- */

/* "profile debug", "replicas: 0" */
static bool describe(struct service *s)
{
    reading *r = s->project->reading;
    const node *profiles = get(s->map, "profiles");
    str replicas = text_of(get(s->map, "deploy"), "replicas");
    bool none =
        shelflife_str_equal(replicas, STR("0")) || shelflife_str_equal(text_of(s->map, "scale"), STR("0"));
    s->way = s->project->note;
    for (size_t i = 0; shelflife_input_node_is(profiles, SHELFLIFE_INPUT_NODE_LIST) && i < profiles->count;
         i++) {
        str profile, name = shelflife_input_node_text(profiles->entries[i].value);
        if (!shelflife_input_reading_format(r, &profile, "profile %.*s", STR_PRINT(name)) ||
            !shelflife_input_reading_phrase(r, s->way, profile, &s->way))
            return false;
    }
    return !none || shelflife_input_reading_phrase(r, s->way, STR("replicas: 0"), &s->way);
}

/* The image of a service that is not built here, or whose build is not read. */
static bool report_image(const struct service *s, const node *image)
{
    reading *r = s->project->reading;
    expanded text;
    struct shelflife_input_image found = {.kind = STR("Service"), .name = s->name};
    if (!shelflife_input_compose_expand(r, &s->project->environment, image, &text) ||
        !shelflife_input_reading_phrase(r, s->way, text.way, &found.way) ||
        !shelflife_input_reading_format(r, &found.path, "services.%.*s.image", STR_PRINT(s->name)))
        return false;
    found.image = text.text;
    found.why = text.why;
    found.place = text.place;
    str builder = shelflife_input_node_text(shelflife_input_node_get(s->project->built, text.text));
    bool own = shelflife_str_equal(builder, s->name);
    if (own && !found.why.len)
        found.why = STR("the service builds it from a file that is not read");
    if (builder.len && !own &&
        !shelflife_input_reading_format(r, &found.why, "the service %.*s builds it", STR_PRINT(builder)))
        return false;
    return shelflife_input_reading_image(r, &found);
}

static bool report_service(struct project *p, const entry *e)
{
    struct service s = {.project = p, .name = e->key, .map = e->value};
    const node *build = get(s.map, "build"), *image = get(s.map, "image");
    bool built = false;
    if (!describe(&s) || (build && !report_build(&s, build, &built)))
        return false;
    return built || !shelflife_input_node_is(image, SHELFLIFE_INPUT_NODE_SCALAR) || report_image(&s, image);
}

/* Finds the names that services give to what they build. */
static bool find_built(struct project *p)
{
    reading *r = p->reading;
    size_t count = 0;
    entry *entries = shelflife_arena_array(&r->arena, p->services->count, sizeof(*entries));
    for (size_t i = 0; entries && i < p->services->count; i++) {
        const entry *e = &p->services->entries[i];
        const node *image = get(e->value, "image");
        expanded text;
        if (!get(e->value, "build") || !shelflife_input_node_is(image, SHELFLIFE_INPUT_NODE_SCALAR))
            continue;
        if (!shelflife_input_compose_expand(r, &p->environment, image, &text))
            return false;
        const node *name = shelflife_input_node_scalar(&r->arena, e->key, image->place);
        if (!name)
            return shelflife_input_reading_full(r);
        entries[count++] = (entry){text.text, name};
    }
    p->built = entries ? shelflife_input_node_map(&r->arena, entries, count, p->services->place) : NULL;
    return p->built || shelflife_input_reading_full(r);
}

/* ---- Projects ---- */

static bool read_environment(struct project *p, str path, bool optional, place from)
{
    reading *r = p->reading;
    str text;
    bool got;
    if (optional && !shelflife_input_reading_exists(r, path))
        return true;
    return shelflife_input_reading_text(r, path, from, &text, &got) &&
           (!got || shelflife_input_compose_environment_read(r, path, text, &p->environment.values));
}

static bool read_project(struct project *p, const file *const *files, size_t count, unsigned depth);

static bool is_open(const struct project *p, const file *f)
{
    for (; p; p = p->outer)
        if (p->first == f)
            return true;
    return false;
}

/* An element of `include:`: a path, or a map with paths, whose later ones override the earlier ones. */
static bool include(struct project *p, const node *item, unsigned depth)
{
    enum { PATHS_MAX = 10 };
    reading *r = p->reading;
    const node *path = item->type == SHELFLIFE_INPUT_NODE_MAP ? get(item, "path") : item;
    const entry single = {.value = path};
    bool list = shelflife_input_node_is(path, SHELFLIFE_INPUT_NODE_LIST);
    const file *files[PATHS_MAX];
    size_t count = !path ? 0 : list ? path->count : 1, loaded = 0;
    struct project included = {
        .reading = r, .environment.outer = &p->environment, .note = p->note, .outer = p};
    for (size_t i = 0; i < count && i < PATHS_MAX; i++) {
        const node *written = (list ? path->entries : &single)[i].value;
        expanded text = {0};
        str joined;
        if (written->type != SHELFLIFE_INPUT_NODE_SCALAR)
            continue;
        if (!shelflife_input_compose_expand(r, &p->environment, written, &text))
            return false;
        if (text.why.len || is_remote(text.text) || shelflife_str_starts(text.text, STR("/")))
            return shelflife_input_reading_unread(r, written->place, "the included %.*s is not read",
                                                  STR_PRINT(text.text));
        if (!shelflife_input_reading_join(r, shelflife_input_reading_folder(written->place.file), text.text,
                                          &joined) ||
            !shelflife_input_reading_load(r, joined, written->place, &files[loaded]))
            return false;
        loaded += files[loaded]->documents.count > 0;
    }
    if (loaded && is_open(p, files[0]))
        return shelflife_input_reading_unread(p->reading, item->place, "%.*s includes itself",
                                              STR_PRINT(files[0]->path));
    str env_file = text_of(item, "env_file"), env_path;
    str folder = loaded ? shelflife_input_reading_folder(files[0]->path) : (str){0};
    if (env_file.len)
        folder = shelflife_input_reading_folder(item->place.file);
    if (!loaded || !shelflife_input_reading_join(r, folder, env_file.len ? env_file : STR(".env"), &env_path))
        return !loaded;
    return read_environment(&included, env_path, !env_file.len, item->place) &&
           read_project(&included, files, loaded, depth + 1);
}

static bool includes(struct project *p, const file *f, unsigned depth)
{
    const node *list = f->documents.count ? get(f->documents.at[0], "include") : NULL;
    if (!shelflife_input_node_is(list, SHELFLIFE_INPUT_NODE_LIST))
        return true;
    if (depth == INCLUDES_MAX)
        return shelflife_input_reading_unread(p->reading, list->place,
                                              "more than %d files include one another", INCLUDES_MAX);
    for (size_t i = 0; i < list->count; i++)
        if (!shelflife_input_reading_step(p->reading) || !include(p, list->entries[i].value, depth))
            return false;
    return true;
}

/* The recursion is limited to INCLUDES_MAX. */
static bool read_project(struct project *p, const file *const *files, size_t count, unsigned depth)
{
    p->first = files[0];
    for (size_t i = 0; i < count; i++)
        if (!includes(p, files[i], depth) || !add_services(p, files[i]))
            return false;
    if (!p->services)
        return true;
    if (!find_built(p))
        return false;
    for (size_t i = 0; i < p->services->count; i++)
        if (!report_service(p, &p->services->entries[i]))
            return false;
    return true;
}

/* ---- The files of a folder ---- */

/* In the order in which docker-compose 1 looks for them; Compose 2 looks for "compose" first. */
static const char *const bases[] = {"docker-compose.yml", "docker-compose.yaml", "compose.yml",
                                    "compose.yaml"};
static const char *const newer[] = {"compose.yaml", "compose.yml", "docker-compose.yml",
                                    "docker-compose.yaml"};
static const char *const overrides[] = {"docker-compose.override.yml", "docker-compose.override.yaml",
                                        "compose.override.yml", "compose.override.yaml"};

/* The first file of a list that is in a folder; NULL: none. */
static bool find_first(reading *r, str folder, const char *const *names, size_t count, const char **found,
                       str *path)
{
    for (size_t i = 0; i < count; i++) {
        if (!shelflife_input_reading_join(r, folder, shelflife_str_of(names[i]), path))
            return false;
        if (shelflife_input_reading_exists(r, *path)) {
            *found = names[i];
            return true;
        }
    }
    *found = NULL;
    return true;
}

static bool is_among(str name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (shelflife_str_equal(name, shelflife_str_of(names[i])))
            return true;
    return false;
}

/* Which tools take a file, if several are in its folder. */
static bool note_choice(struct project *p, str folder, str name)
{
    const char *one, *two;
    str path;
    if (!find_first(p->reading, folder, bases, COUNT(bases), &one, &path) ||
        !find_first(p->reading, folder, newer, COUNT(newer), &two, &path))
        return false;
    bool by_one = one && shelflife_str_equal(name, shelflife_str_of(one));
    bool by_two = two && shelflife_str_equal(name, shelflife_str_of(two));
    if (!one || !two || (by_one && by_two))
        return true;
    if (by_one)
        return shelflife_input_reading_format(p->reading, &p->note, "Compose 2 takes %s instead", two);
    if (by_two)
        return shelflife_input_reading_format(p->reading, &p->note, "docker-compose 1 takes %s instead", one);
    return shelflife_input_reading_format(p->reading, &p->note, "only podman-compose takes it beside %s",
                                          two);
}

/* Reads a file with its override; or an override with its base. */
static bool read_folder(struct project *p, const file *root)
{
    reading *r = p->reading;
    const file *files[2] = {root, NULL};
    str folder = shelflife_input_reading_folder(root->path), path, name = root->path, env;
    size_t count = 1;
    const char *other;
    name = folder.len ? shelflife_str_after(name, shelflife_str_find_last(name, '/') + 1) : name;
    bool is_base = is_among(name, bases, COUNT(bases));
    bool is_override = is_among(name, overrides, COUNT(overrides));
    if (is_base && !note_choice(p, folder, name))
        return false;
    if (!find_first(r, folder, is_override ? bases : overrides, COUNT(bases), &other, &path))
        return false;
    if (is_override && other && !r->options->named)
        return true; /* it is read with its base */
    if (other && (is_base || is_override)) {
        if (!shelflife_input_reading_load(r, path, (place){.file = root->path}, &files[is_base]))
            return false;
        files[!is_base] = root;
        count = 2;
    }
    return shelflife_input_reading_join(r, folder, STR(".env"), &env) &&
           read_environment(p, env, true, (place){.file = root->path}) && read_project(p, files, count, 0);
}

static bool read_compose(const char *path, str text, const struct shelflife_input_options *options,
                         const struct shelflife_input_sink *sink, error *err)
{
    reading r;
    struct project p = {.reading = &r};
    const file *root;
    bool ok = shelflife_input_reading_begin(&r, path, text, options, sink, SHELFLIFE_INPUT_MERGES_EXPLICIT,
                                            &root, err);
    const node *top = ok && root->documents.count ? root->documents.at[0] : NULL;
    if (top && get(top, "apiVersion") && get(top, "kind"))
        ok = shelflife_input_reading_unread(
            &r, top->place, "it is a Kubernetes object in a file with the name of a Compose file: rename it");
    else if (top)
        ok = read_folder(&p, root);
    return shelflife_input_reading_end(&r, ok);
}

const struct shelflife_input_format shelflife_input_compose = {"Compose file", read_compose};
