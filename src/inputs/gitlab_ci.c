#include "inputs/gitlab_variables.h"

enum {
    CHILDREN_MAX = 2, /* pipelines that start one another, as in GitLab */
    MATRIX_MAX = 200, /* combinations of `parallel: matrix`, as in GitLab */
    RULES_MAX = 100,  /* rules of a job that set variables */
    SEEN_MAX = 256,   /* different images of one place in a job */
};

typedef struct shelflife_input_reading reading;
typedef struct shelflife_input_reading_file file;
typedef struct shelflife_input_node node;
typedef struct shelflife_input_entry entry;
typedef struct shelflife_input_place place;
typedef struct shelflife_input_gitlab_config config;
typedef struct shelflife_input_gitlab_scopes scopes;
typedef struct shelflife_input_gitlab_text expanded;

/* Some maps of variables. In a pipeline one of them counts; NULL: none. */
struct choice {
    const node *at[MATRIX_MAX];
    size_t count;
    bool cut; /* there are more */
};

struct pipeline {
    config config;
    const node *variables; /* of all jobs */
    struct choice rules;   /* variables of `workflow: rules` */
    place *used;           /* the places of images that jobs have */
    size_t used_count, used_capacity;
};

struct job {
    struct pipeline *pipeline;
    str name;
    const node *map;
    struct choice rules, matrix;
    const node *variables, *global;
    bool unused; /* no job extends it */
};

static const node *get(const node *map, const char *key)
{
    return shelflife_input_node_get(map, shelflife_str_of(key));
}

static bool at(struct pipeline *p, const node *map, const char *key, const node **out)
{
    return shelflife_input_gitlab_config_at(&p->config, map, key, out);
}

/* ---- Variables of a job ---- */

static void choose(struct choice *c, const node *map, size_t max)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->at[i] == map)
            return;
    c->cut = c->cut || c->count == max;
    if (c->count < max)
        c->at[c->count++] = map;
}

/* The variables that rules set. A rule without variables is a choice, too. */
static bool choose_rules(struct pipeline *p, const node *map, struct choice *out)
{
    const node *rules, *rule, *variables;
    if (!at(p, map, "rules", &rules))
        return false;
    size_t count = shelflife_input_node_is(rules, SHELFLIFE_INPUT_NODE_LIST) ? rules->count : 0;
    for (size_t i = 0; i < count; i++) {
        if (!shelflife_input_gitlab_config_follow(&p->config, rules->entries[i].value, &rule) ||
            !at(p, rule, "variables", &variables))
            return false;
        if (!shelflife_str_equal(shelflife_input_node_text(get(rule, "when")), STR("never")))
            choose(out, variables, RULES_MAX);
    }
    if (!out->count)
        choose(out, NULL, RULES_MAX);
    return true;
}

/* Multiplies the combinations from `first` on with the values of a variable. */
static bool multiply(reading *r, struct choice *c, size_t first, const entry *variable)
{
    struct choice product = *c;
    bool list = variable->value->type == SHELFLIFE_INPUT_NODE_LIST;
    product.count = first;
    for (size_t i = first; i < c->count; i++)
        for (size_t j = 0; j < (list ? variable->value->count : 1); j++) {
            const entry one = {variable->key, list ? variable->value->entries[j].value : variable->value};
            bool ok = shelflife_input_reading_step(r);
            const node *map = ok ? shelflife_input_node_map(&r->arena, &one, 1, one.value->place) : NULL;
            map = map ? shelflife_input_node_merge(&r->arena, c->at[i], map, &ok) : NULL;
            if (!map)
                return r->limit ? false : shelflife_input_reading_full(r);
            choose(&product, map, MATRIX_MAX);
            if (product.cut)
                break;
        }
    *c = product;
    return true;
}

/* The combinations of `parallel: matrix`, a list of maps whose values are texts or lists. */
static bool choose_matrix(struct pipeline *p, const node *map, struct choice *out)
{
    const node *parallel, *matrix, *some;
    reading *r = p->config.reading;
    if (!at(p, map, "parallel", &parallel) || !at(p, parallel, "matrix", &matrix))
        return false;
    size_t count = shelflife_input_node_is(matrix, SHELFLIFE_INPUT_NODE_LIST) ? matrix->count : 0;
    for (size_t i = 0; i < count && !out->cut; i++) {
        if (!shelflife_input_gitlab_config_follow(&p->config, matrix->entries[i].value, &some))
            return false;
        if (!shelflife_input_node_is(some, SHELFLIFE_INPUT_NODE_MAP))
            continue;
        size_t first = out->count;
        const node *empty = shelflife_input_node_map(&r->arena, NULL, 0, some->place);
        if (!empty)
            return shelflife_input_reading_full(r);
        choose(out, empty, MATRIX_MAX);
        for (size_t j = 0; j < some->count && out->count > first; j++)
            if (!multiply(r, out, first, &some->entries[j]))
                return false;
    }
    if (!out->count)
        choose(out, NULL, MATRIX_MAX);
    return !out->cut || shelflife_input_reading_unread(r, matrix->place,
                                                       "only the first %d combinations are read", MATRIX_MAX);
}

/* Whether `inherit:` lets a job have a default. */
static bool inherits(const node *inherit, const char *kind, str key)
{
    const node *what = get(inherit, kind);
    if (!shelflife_input_node_is(what, SHELFLIFE_INPUT_NODE_LIST))
        return !shelflife_str_equal(shelflife_input_node_text(what), STR("false"));
    for (size_t i = 0; i < what->count; i++)
        if (shelflife_str_equal(shelflife_input_node_text(what->entries[i].value), key))
            return true;
    return false;
}

/* The variables of all jobs that a job has. */
static bool inherited_variables(struct job *job)
{
    const node *inherit, *all = job->pipeline->variables;
    reading *r = job->pipeline->config.reading;
    if (!at(job->pipeline, job->map, "inherit", &inherit))
        return false;
    job->global = all;
    if (!all || all->type != SHELFLIFE_INPUT_NODE_MAP || !get(inherit, "variables"))
        return true;
    entry *entries = shelflife_arena_array(&r->arena, all->count, sizeof(*entries));
    size_t count = 0;
    for (size_t i = 0; entries && i < all->count; i++)
        if (inherits(inherit, "variables", all->entries[i].key))
            entries[count++] = all->entries[i];
    job->global = entries ? shelflife_input_node_map(&r->arena, entries, count, all->place) : NULL;
    return job->global || shelflife_input_reading_full(r);
}

/* ---- Images ---- */

static bool mark_used(struct pipeline *p, place where)
{
    if (!shelflife_grow(&p->used, &p->used_capacity, p->used_count + 1, sizeof(*p->used)))
        return shelflife_fail_memory(p->config.reading->err);
    p->used[p->used_count++] = where;
    return true;
}

static bool report(const struct job *job, const expanded *text, str path)
{
    const struct shelflife_input_image image = {.image = text->text,
                                                .why = text->why,
                                                .way = job->unused ? STR("no job uses it") : text->way,
                                                .kind = STR("Job"),
                                                .name = job->name,
                                                .path = path,
                                                .place = text->place,
                                                .unused = job->unused};
    return shelflife_input_reading_image(job->pipeline->config.reading, &image);
}

/* What has been reported of an image. */
struct seen {
    expanded at[SEEN_MAX];
    size_t count;
};

static bool report_new(const struct job *job, const expanded *text, str path, struct seen *seen)
{
    for (size_t i = 0; i < seen->count; i++)
        if (shelflife_str_equal(seen->at[i].text, text->text) &&
            shelflife_str_equal(seen->at[i].why, text->why))
            return true;
    if (seen->count < SEEN_MAX)
        seen->at[seen->count++] = *text;
    return report(job, text, path);
}

/* Reports an image for all values that its variables can have, each once. */
static bool report_values(const struct job *job, const node *scalar, str path, struct seen *seen)
{
    const struct choice *outer = &job->pipeline->rules;
    reading *r = job->pipeline->config.reading;
    for (size_t i = 0; i < job->rules.count; i++)
        for (size_t j = 0; j < job->matrix.count; j++)
            for (size_t k = 0; k < outer->count; k++) {
                const scopes all = {
                    {job->rules.at[i], job->matrix.at[j], job->variables, outer->at[k], job->global}};
                expanded text;
                if (!shelflife_input_reading_step(r) ||
                    !shelflife_input_gitlab_expand(&job->pipeline->config, &all, scalar, &text) ||
                    !report_new(job, &text, path, seen))
                    return false;
                if (!text.varies)
                    return true;
            }
    return true;
}

/* `spec` is a string, or a map with the key `name`. */
static bool report_image(const struct job *job, const node *spec, str path)
{
    struct pipeline *p = job->pipeline;
    const node *name;
    if (!shelflife_input_gitlab_config_follow(&p->config, spec, &spec))
        return false;
    name = spec;
    if (shelflife_input_node_is(spec, SHELFLIFE_INPUT_NODE_MAP) && !at(p, spec, "name", &name))
        return false;
    if (!shelflife_input_node_is(name, SHELFLIFE_INPUT_NODE_SCALAR) || !name->text.len)
        return true;
    struct seen *seen = shelflife_calloc(1, sizeof(*seen));
    if (!seen)
        return shelflife_fail_memory(p->config.reading->err);
    bool ok = mark_used(p, name->place) && report_values(job, name, path, seen);
    shelflife_free(seen);
    return ok;
}

/* A list of services; a reference in it may be a list again. `before` is what the path begins with. */
static bool report_services(const struct job *job, const node *list, str before, bool nested)
{
    struct pipeline *p = job->pipeline;
    size_t count = shelflife_input_node_is(list, SHELFLIFE_INPUT_NODE_LIST) ? list->count : 0;
    for (size_t i = 0; i < count; i++) {
        const node *item;
        str path;
        if (!shelflife_input_gitlab_config_follow(&p->config, list->entries[i].value, &item))
            return false;
        if (shelflife_input_node_is(item, SHELFLIFE_INPUT_NODE_LIST) && !nested) {
            if (!report_services(job, item, before, true))
                return false;
        } else if (!shelflife_input_reading_format(p->config.reading, &path, "%.*sservices[%zu]",
                                                   STR_PRINT(before), i) ||
                   !report_image(job, item, path)) {
            return false;
        }
    }
    return true;
}

/* Finds a value of a job: its own, the one of `default:`, or the one at the top. *before is where it stands.
 */
static bool find_value(const struct job *job, const char *key, const node **out, str *before)
{
    struct pipeline *p = job->pipeline;
    const node *inherit, *defaults;
    if (!at(p, job->map, key, out) || *out)
        return *out &&
               shelflife_input_reading_format(p->config.reading, before, "%.*s.", STR_PRINT(job->name));
    if (!at(p, job->map, "inherit", &inherit))
        return false;
    *before = (str){0};
    if (job->unused || !inherits(inherit, "default", shelflife_str_of(key)))
        return true;
    *before = STR("default.");
    if (!at(p, p->config.root, "default", &defaults) || !at(p, defaults, key, out) || *out)
        return *out;
    *before = (str){0};
    return at(p, p->config.root, key, out);
}

static bool report_job(struct job *job)
{
    struct pipeline *p = job->pipeline;
    const node *image, *services;
    str before, path;
    if (!choose_rules(p, job->map, &job->rules) || !choose_matrix(p, job->map, &job->matrix) ||
        !at(p, job->map, "variables", &job->variables) || !inherited_variables(job))
        return false;
    if (!find_value(job, "image", &image, &before) ||
        !shelflife_input_reading_format(p->config.reading, &path, "%.*simage", STR_PRINT(before)) ||
        !report_image(job, image, path))
        return false;
    return find_value(job, "services", &services, &before) && report_services(job, services, before, false);
}

/* ---- Pipelines ---- */

static bool is_job(const entry *e)
{
    static const char *const others[] = {"default",   "include",       "stages",       "types",
                                         "variables", "workflow",      "image",        "services",
                                         "cache",     "before_script", "after_script", "spec"};
    for (size_t i = 0; i < COUNT(others); i++)
        if (shelflife_str_equal(e->key, shelflife_str_of(others[i])))
            return false;
    return e->value->type == SHELFLIFE_INPUT_NODE_MAP;
}

static bool read_child(struct pipeline *p, const node *trigger, unsigned depth);

static bool read_jobs(struct pipeline *p, unsigned depth)
{
    const node *root = p->config.root;
    for (size_t i = 0; i < root->count; i++) {
        struct job job = {.pipeline = p, .name = root->entries[i].key};
        const node *trigger;
        if (!is_job(&root->entries[i]) || shelflife_str_starts(job.name, STR(".")))
            continue;
        if (!shelflife_input_gitlab_config_get(&p->config, job.name, &job.map) ||
            !at(p, job.map, "trigger", &trigger) ||
            !(trigger ? read_child(p, trigger, depth) : report_job(&job)))
            return false;
    }
    return true;
}

static int compare_places(const void *a, const void *b)
{
    const place *x = a, *y = b;
    int order = shelflife_str_compare(x->file, y->file);
    if (order)
        return order;
    return x->line != y->line ? (x->line > y->line) - (x->line < y->line)
                              : (x->column > y->column) - (x->column < y->column);
}

/* Whether a job has the image, or a service of the list. */
static bool is_used(const struct pipeline *p, const node *value)
{
    bool list = shelflife_input_node_is(value, SHELFLIFE_INPUT_NODE_LIST);
    for (size_t i = 0; i < (list ? value->count : 1); i++) {
        const node *image = list ? value->entries[i].value : value;
        image = shelflife_input_node_is(image, SHELFLIFE_INPUT_NODE_MAP) ? get(image, "name") : image;
        if (image && p->used &&
            bsearch(&image->place, p->used, p->used_count, sizeof(*p->used), compare_places))
            return true;
    }
    return false;
}

/* Reports what hidden jobs and defaults have, and no job. */
static bool read_unused(struct pipeline *p)
{
    static const char *const keys[] = {"image", "services"};
    const node *root = p->config.root;
    size_t used = p->used_count;
    shelflife_sort(p->used, used, sizeof(*p->used), compare_places);
    for (size_t i = 0; i <= root->count; i++) {
        const entry *e = i < root->count ? &root->entries[i] : &(const entry){STR_INIT("default"), root};
        bool defaults = shelflife_str_equal(e->key, STR("default")) || i == root->count;
        struct job job = {.pipeline = p, .name = e->key, .unused = true};
        entry own[COUNT(keys)];
        size_t count = 0;
        if (!defaults && !(is_job(e) && shelflife_str_starts(e->key, STR("."))))
            continue;
        for (size_t k = 0; k < COUNT(keys); k++) {
            p->used_count = used; /* those that are sorted */
            const node *value = get(e->value, keys[k]);
            if (value && !value->tag.len && !is_used(p, value))
                own[count++] = (entry){shelflife_str_of(keys[k]), value};
        }
        job.map =
            count ? shelflife_input_node_map(&p->config.reading->arena, own, count, e->value->place) : NULL;
        if (count && !job.map)
            return shelflife_input_reading_full(p->config.reading);
        if (count && !report_job(&job))
            return false;
    }
    return true;
}

static bool read_pipeline(struct pipeline *p, unsigned depth)
{
    const node *workflow;
    bool ok = true;
    if (p->config.root)
        ok = at(p, p->config.root, "variables", &p->variables) &&
             at(p, p->config.root, "workflow", &workflow) && choose_rules(p, workflow, &p->rules) &&
             read_jobs(p, depth) && read_unused(p);
    shelflife_free(p->used);
    return ok;
}

/* A job that starts a pipeline of files of this repository. */
static bool read_child(struct pipeline *p, const node *trigger, unsigned depth)
{
    const node *includes;
    reading *r = p->config.reading;
    if (!at(p, trigger, "include", &includes) || !includes)
        return !includes;
    if (depth == CHILDREN_MAX)
        return shelflife_input_reading_unread(
            r, includes->place, "more than %d pipelines start one another, or do so in a circle",
            CHILDREN_MAX);
    struct pipeline *child = shelflife_calloc(1, sizeof(*child));
    if (!child)
        return shelflife_fail_memory(r->err);
    child->config.reading = r;
    child->config.folder = p->config.folder;
    bool ok =
        shelflife_input_gitlab_config_includes(&child->config, includes) && read_pipeline(child, depth + 1);
    shelflife_free(child);
    return ok;
}

static bool read_gitlab_ci(const char *path, str text, const struct shelflife_input_options *options,
                           const struct shelflife_input_sink *sink, error *err)
{
    reading r;
    struct pipeline *p = shelflife_calloc(1, sizeof(*p));
    const file *root;
    if (!p)
        return shelflife_fail_memory(err);
    bool ok = shelflife_input_reading_begin(&r, path, text, options, sink, SHELFLIFE_INPUT_MERGES_LATER,
                                            &root, err);
    if (ok && root->documents.count) {
        p->config.reading = &r;
        p->config.folder = shelflife_input_reading_folder(root->path);
        ok = shelflife_input_gitlab_config_file(&p->config, root) && read_pipeline(p, 0);
    }
    shelflife_free(p);
    return shelflife_input_reading_end(&r, ok);
}

const struct shelflife_input_format shelflife_input_gitlab_ci = {"GitLab CI file", read_gitlab_ci};
