#include "base/ascii.h"
#include "inputs/dockerfile.h"
#include "inputs/github_matrix.h"

enum { TEXT_MAX = 4 << 10 /* bytes of a text with its expressions replaced */ };

typedef struct shelflife_input_reading reading;
typedef struct shelflife_input_reading_file file;
typedef struct shelflife_input_node node;
typedef struct shelflife_input_entry entry;
typedef struct shelflife_input_place place;
typedef struct shelflife_input_github_matrix matrix;

static const node *get(const node *map, const char *key)
{
    return shelflife_input_node_get(map, shelflife_str_of(key));
}

static size_t find(str text, str what)
{
    return shelflife_input_reading_find(text, what);
}

/* A job, or an action. */
struct job {
    reading *reading;
    str kind, name, path; /* "Job", "test", "jobs.test" */
    matrix matrix;
};

/* ---- Expressions ---- */

/* A text whose expressions are replaced, in one combination of the matrix. */
struct value {
    str text, why, way;
    place place;
    const node *whole; /* the value of the expression, if it is the only one */
    bool varies;       /* it depends on the matrix */
    bool single;       /* the text is a single expression */
};

/* Why the value of a context is not known. */
static const struct {
    const char *context, *reason;
} contexts[] = {
    {"needs.", "is an output of another job"},    {"inputs.", "is an input"},
    {"vars.", "is a variable of the repository"}, {"secrets.", "is a secret"},
    {"github.", "is known only when it runs"},    {"env.", "is not available here"},
    {"steps.", "is an output of a step"},
};

/* `reason` is NULL if the context of the expression is the reason. */
static bool unresolved(reading *r, struct value *v, str expression, const char *reason)
{
    for (size_t i = 0; i < COUNT(contexts) && !reason; i++)
        if (shelflife_str_starts(expression, shelflife_str_of(contexts[i].context)))
            reason = contexts[i].reason;
    return v->why.len || shelflife_input_reading_format(r, &v->why, "%.*s %s", STR_PRINT(expression),
                                                        reason ? reason : "is not evaluated");
}

/* Takes ".name" or "['name']" from an expression. */
static bool take_property(str *expression, str *name)
{
    bool bracket = shelflife_str_starts(*expression, STR("['"));
    str rest = shelflife_str_after(*expression, bracket ? 2 : 1);
    size_t len = 0;
    if (!bracket && !shelflife_str_starts(*expression, STR(".")))
        return false;
    while (len < rest.len &&
           (ascii_is_alphanumeric(rest.at[len]) || rest.at[len] == '_' || rest.at[len] == '-'))
        len++;
    *name = shelflife_str_first(rest, len);
    rest = shelflife_str_after(rest, len);
    if (bracket && !shelflife_str_starts(rest, STR("']")))
        return false;
    *expression = shelflife_str_after(rest, bracket ? 2 : 0);
    return len > 0;
}

/* Finds the value of "matrix.a.b". *known is false if the expression is more than that. NULL: no value. */
static const node *find_in_matrix(const node *combination, str expression, bool *known)
{
    const node *value = combination;
    str rest = shelflife_str_after(expression, 6), name;
    *known = rest.len > 0;
    while (rest.len && *known) {
        *known = take_property(&rest, &name);
        value = *known ? shelflife_input_node_get(value, name) : NULL;
    }
    return value;
}

static bool evaluate(const struct job *job, const node *combination, str expression, struct value *v,
                     buffer *out)
{
    reading *r = job->reading;
    bool known = false;
    str way;
    if (expression.len > 1 && expression.at[0] == '\'' &&
        shelflife_str_find(shelflife_str_after(expression, 1), '\'') == expression.len - 2) {
        shelflife_buffer_append(out,
                                shelflife_str_first(shelflife_str_after(expression, 1), expression.len - 2));
        return true;
    }
    if (!shelflife_str_starts(expression, STR("matrix.")) &&
        !shelflife_str_starts(expression, STR("matrix[")))
        return unresolved(r, v, expression, NULL);
    const node *value = find_in_matrix(combination, expression, &known);
    str text = shelflife_input_node_text(value);
    v->varies = true;
    if (known && ((job->matrix.computed && !value) || find(text, STR("${{")) != SIZE_MAX))
        return unresolved(r, v, expression, "is computed when it runs");
    if (!known || (!text.len && !v->single))
        return unresolved(r, v, expression, known ? "has no value" : NULL);
    v->whole = v->single ? value : NULL;
    shelflife_buffer_append(out, text);
    if (shelflife_input_node_is(value, SHELFLIFE_INPUT_NODE_MAP))
        return true;
    return shelflife_input_reading_format(r, &way, "%.*s = %.*s", STR_PRINT(expression), STR_PRINT(text)) &&
           shelflife_input_reading_phrase(r, v->way, way, &v->way);
}

/* Whether a text is one expression and nothing else. */
static bool is_single(str text)
{
    size_t end = find(text, STR("}}"));
    return shelflife_str_starts(text, STR("${{")) && end != SIZE_MAX && end + 2 == text.len;
}

static bool replace(const struct job *job, const node *combination, str text, struct value *v, buffer *out)
{
    while (text.len) {
        size_t start = find(text, STR("${{"));
        shelflife_buffer_append(out, shelflife_str_first(text, start));
        text = shelflife_str_after(text, start);
        if (!text.len)
            break;
        size_t end = find(text, STR("}}"));
        if (end == SIZE_MAX)
            return unresolved(job->reading, v, text, "has no end");
        str expression = shelflife_str_trim(shelflife_str_after(shelflife_str_first(text, end), 3));
        if (!evaluate(job, combination, expression, v, out))
            return false;
        text = shelflife_str_after(text, end + 2);
    }
    return true;
}

/* Replaces the expressions in a text. `combination` is NULL without a matrix. */
static bool resolve(const struct job *job, const node *combination, const node *scalar, struct value *v)
{
    CLEANUP(shelflife_buffer_free) buffer text;
    shelflife_buffer_init(&text, TEXT_MAX);
    *v = (struct value){.text = scalar->text, .place = scalar->place};
    if (find(scalar->text, STR("${{")) == SIZE_MAX)
        return true;
    v->single = is_single(scalar->text);
    if (!shelflife_input_reading_room(job->reading, &text) ||
        !replace(job, combination, scalar->text, v, &text))
        return false;
    if (text.failed && !v->why.len)
        v->why = STR("the text is too long");
    if (v->why.len) {
        v->way = (str){0};
        return true;
    }
    if (v->whole)
        v->place = v->whole->place;
    return shelflife_arena_copy(&job->reading->arena, shelflife_buffer_str(&text), &v->text) ||
           shelflife_input_reading_full(job->reading);
}

/* ---- Images ---- */

static bool report(const struct job *job, const struct value *v, str path)
{
    static const str scheme = STR_INIT("docker://");
    struct shelflife_input_image image = {.image = v->text,
                                          .why = v->why,
                                          .way = v->way,
                                          .kind = job->kind,
                                          .name = job->name,
                                          .path = path,
                                          .place = v->place};
    if (shelflife_str_starts(image.image, scheme))
        image.image = shelflife_str_after(image.image, scheme.len);
    return !image.image.len || shelflife_input_reading_image(job->reading, &image);
}

/* The image of a combination: `spec` is a string, or a map with the key `image`. An absent text: no image. */
static bool image_of(const struct job *job, const node *combination, const node *spec, struct value *v)
{
    *v = (struct value){0};
    bool varies = false;
    str way = {0};
    if (shelflife_input_node_is(spec, SHELFLIFE_INPUT_NODE_SCALAR)) {
        if (!resolve(job, combination, spec, v))
            return false;
        if (!shelflife_input_node_is(v->whole, SHELFLIFE_INPUT_NODE_MAP))
            return true;
        spec = v->whole;
        varies = true;
        way = STR("of the matrix");
    }
    spec = get(spec, "image");
    *v = (struct value){.varies = varies};
    if (!shelflife_input_node_is(spec, SHELFLIFE_INPUT_NODE_SCALAR))
        return true;
    if (!resolve(job, combination, spec, v))
        return false;
    v->varies = v->varies || varies;
    return shelflife_input_reading_phrase(job->reading, way, v->way, &v->way);
}

/* Reports the images of all combinations, each once. */
static bool report_all(const struct job *job, const node *spec, str path)
{
    const struct value *seen[SHELFLIFE_INPUT_GITHUB_MATRIX_MAX];
    const matrix *m = &job->matrix;
    size_t count = 0;
    for (size_t i = 0; i == 0 || i < m->count; i++) {
        struct value *v = shelflife_arena_alloc(&job->reading->arena, sizeof(*v));
        if (!v)
            return shelflife_input_reading_full(job->reading);
        if (!shelflife_input_reading_step(job->reading) ||
            !image_of(job, m->count ? m->at[i] : NULL, spec, v))
            return false;
        bool known = v->text.len == 0;
        for (size_t j = 0; j < count && !known; j++)
            known = shelflife_str_equal(seen[j]->text, v->text) && shelflife_str_equal(seen[j]->why, v->why);
        if (!known && !report(job, v, path))
            return false;
        if (!known)
            seen[count++] = v;
        if (!v->varies)
            break;
    }
    return true;
}

/* ---- Jobs ---- */

static bool refuse_merge_keys(reading *r, const node *map)
{
    const node *merge = get(map, "<<");
    return !merge || shelflife_input_reading_unread(
                         r, merge->place, "GitHub does not know merge keys (<<): write the keys here");
}

static bool read_services(const struct job *job, const node *services)
{
    struct value v;
    if (shelflife_input_node_is(services, SHELFLIFE_INPUT_NODE_SCALAR)) {
        if (!resolve(job, NULL, services, &v))
            return false;
        return shelflife_input_reading_unread(job->reading, services->place,
                                              "the services are not read: %.*s",
                                              STR_PRINT(v.why.len ? v.why : STR("they are not a map")));
    }
    for (size_t i = 0; shelflife_input_node_is(services, SHELFLIFE_INPUT_NODE_MAP) && i < services->count;
         i++) {
        str path;
        const entry *e = &services->entries[i];
        if (!shelflife_input_reading_format(job->reading, &path, "%.*s.services.%.*s.image",
                                            STR_PRINT(job->path), STR_PRINT(e->key)) ||
            !refuse_merge_keys(job->reading, e->value) || !report_all(job, e->value, path))
            return false;
    }
    return true;
}

static bool read_steps(const struct job *job, const node *steps)
{
    for (size_t i = 0; shelflife_input_node_is(steps, SHELFLIFE_INPUT_NODE_LIST) && i < steps->count; i++) {
        const node *uses = get(steps->entries[i].value, "uses");
        str path;
        if (!shelflife_str_starts(shelflife_input_node_text(uses), STR("docker://")))
            continue;
        if (!shelflife_input_reading_format(job->reading, &path, "%.*s.steps[%zu].uses", STR_PRINT(job->path),
                                            i) ||
            !report_all(job, uses, path))
            return false;
    }
    return true;
}

/* A workflow of another repository that the job calls. */
static bool read_call(const struct job *job, const node *uses)
{
    str text = shelflife_input_node_text(uses);
    return !text.len || shelflife_str_starts(text, STR("./")) ||
           shelflife_input_reading_unread(job->reading, uses->place, "the workflow %.*s is not fetched",
                                          STR_PRINT(text));
}

static bool read_job(reading *r, const entry *e)
{
    struct job job = {.reading = r, .kind = STR("Job"), .name = e->key};
    const node *map = e->value, *container = get(map, "container");
    const node *combinations = get(get(map, "strategy"), "matrix");
    str path = {0};
    if (!shelflife_input_reading_format(r, &job.path, "jobs.%.*s", STR_PRINT(e->key)) ||
        !refuse_merge_keys(r, map) || !refuse_merge_keys(r, container) ||
        !shelflife_input_github_matrix_expand(r, combinations, &job.matrix))
        return false;
    if (job.matrix.cut &&
        !shelflife_input_reading_unread(r, combinations->place, "only the first %d combinations are read",
                                        SHELFLIFE_INPUT_GITHUB_MATRIX_MAX))
        return false;
    const char *image = shelflife_input_node_is(container, SHELFLIFE_INPUT_NODE_MAP) ? ".image" : "";
    if (container &&
        (!shelflife_input_reading_format(r, &path, "%.*s.container%s", STR_PRINT(job.path), image) ||
         !report_all(&job, container, path)))
        return false;
    return read_services(&job, get(map, "services")) && read_steps(&job, get(map, "steps")) &&
           read_call(&job, get(map, "uses"));
}

static bool read_jobs(reading *r, const node *root)
{
    const node *jobs = get(root, "jobs");
    if (!refuse_merge_keys(r, root) || !refuse_merge_keys(r, jobs))
        return false;
    for (size_t i = 0; shelflife_input_node_is(jobs, SHELFLIFE_INPUT_NODE_MAP) && i < jobs->count; i++)
        if (jobs->entries[i].value->type == SHELFLIFE_INPUT_NODE_MAP && !read_job(r, &jobs->entries[i]))
            return false;
    return true;
}

/* ---- Actions ---- */

static bool read_dockerfile(const struct job *action, const node *image)
{
    reading *r = action->reading;
    const struct shelflife_input_build how = {.kind = action->kind, .name = action->name};
    str path, text;
    bool got;
    return shelflife_input_reading_join(r, shelflife_input_reading_folder(image->place.file), image->text,
                                        &path) &&
           shelflife_input_reading_text(r, path, image->place, &text, &got) &&
           (!got || shelflife_input_dockerfile_read(path, text, &how, r->sink, r->err));
}

static bool read_action(reading *r, const node *root)
{
    struct job action = {.reading = r,
                         .kind = STR("Action"),
                         .name = shelflife_input_node_text(get(root, "name")),
                         .path = STR("runs")};
    const node *runs = get(root, "runs"), *image = get(runs, "image");
    if (!runs)
        return shelflife_input_reading_unread(
            r, root->place, "it has the name of a GitHub action, but no \"runs\": rename it");
    if (!shelflife_input_node_is(image, SHELFLIFE_INPUT_NODE_SCALAR))
        return read_steps(&action, get(runs, "steps"));
    return shelflife_str_starts(image->text, STR("docker://")) ? report_all(&action, image, STR("runs.image"))
                                                               : read_dockerfile(&action, image);
}

/* ---- Files ---- */

static bool read_file(const char *path, str text, const struct shelflife_input_options *options,
                      const struct shelflife_input_sink *sink, bool (*read)(reading *, const node *),
                      error *err)
{
    reading r;
    const file *root;
    bool ok =
        shelflife_input_reading_begin(&r, path, text, options, sink, SHELFLIFE_INPUT_MERGES_NONE, &root, err);
    if (ok && root->documents.count)
        ok = read(&r, root->documents.at[0]);
    return shelflife_input_reading_end(&r, ok);
}

static bool read_workflow(const char *path, str text, const struct shelflife_input_options *options,
                          const struct shelflife_input_sink *sink, error *err)
{
    return read_file(path, text, options, sink, read_jobs, err);
}

static bool read_action_file(const char *path, str text, const struct shelflife_input_options *options,
                             const struct shelflife_input_sink *sink, error *err)
{
    return read_file(path, text, options, sink, read_action, err);
}

const struct shelflife_input_format shelflife_input_github_workflow = {"GitHub workflow", read_workflow};
const struct shelflife_input_format shelflife_input_github_action = {"GitHub action", read_action_file};
