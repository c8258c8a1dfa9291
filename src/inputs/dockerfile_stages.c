#include "inputs/dockerfile_stages.h"

#include "base/ascii.h"

#define DOCKER SHELFLIFE_INPUT_DOCKERFILE_DOCKER
#define BUILDAH SHELFLIFE_INPUT_DOCKERFILE_BUILDAH
#define TOOLS SHELFLIFE_INPUT_DOCKERFILE_TOOLS
#define IMAGE SHELFLIFE_INPUT_DOCKERFILE_IMAGE
#define EMPTY SHELFLIFE_INPUT_DOCKERFILE_EMPTY
#define ERROR SHELFLIFE_INPUT_DOCKERFILE_ERROR

typedef struct shelflife_input_dockerfile_stages stages;
typedef struct shelflife_input_dockerfile_stage stage_of;
typedef struct shelflife_input_dockerfile_names names_of;
typedef struct shelflife_input_dockerfile_reference reference;

void shelflife_input_dockerfile_stages_free(stages *s)
{
    shelflife_free(s->stages);
    shelflife_free(s->references);
    *s = (stages){0};
}

bool shelflife_input_dockerfile_stages_add(stages *s, str name, str lower, error *err)
{
    if (s->count == SHELFLIFE_INPUT_DOCKERFILE_STAGES_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "it has more than %d stages",
                              SHELFLIFE_INPUT_DOCKERFILE_STAGES_MAX);
    if (!shelflife_grow(&s->stages, &s->capacity, s->count + 1, sizeof(*s->stages)))
        return shelflife_fail_memory(err);
    s->stages[s->count++] = (stage_of){.name = name, .lower = lower, .first = (uint32_t)s->reference_count};
    return true;
}

bool shelflife_input_dockerfile_stages_refer(stages *s, const reference *r, error *err)
{
    if (s->reference_count == SHELFLIFE_INPUT_DOCKERFILE_REFERENCES_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "it names more than %d images and stages",
                              SHELFLIFE_INPUT_DOCKERFILE_REFERENCES_MAX);
    if (!shelflife_grow(&s->references, &s->reference_capacity, s->reference_count + 1,
                        sizeof(*s->references)))
        return shelflife_fail_memory(err);
    s->references[s->reference_count] = *r;
    s->references[s->reference_count++].stage = (uint32_t)s->count - 1;
    s->stages[s->count - 1].count++;
    return true;
}

/* ---- Which stage a reference is ---- */

static bool is_scratch(str text)
{
    return shelflife_str_equal(text, STR("scratch"));
}

/* Whether a text is a number; *number is at most `most`. */
static bool is_number(str text, size_t most, size_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.at[i]))
            return false;
        *number = *number * 10 + (size_t)(text.at[i] - '0');
        if (*number > most)
            *number = most;
    }
    return text.len > 0;
}

/* Whether a text without a registry cannot be an image because of its upper case. */
static bool is_not_image(str text)
{
    for (size_t i = 0; i < text.len && text.at[i] != ':' && text.at[i] != '@'; i++) {
        if (text.at[i] == '/')
            return false;
        if (ascii_is_upper(text.at[i]))
            return true;
    }
    return false;
}

static int32_t look_up(const names_of *names, str text, bool fold)
{
    uint32_t number;
    if (shelflife_input_dockerfile_names_find(names, text, fold, &number))
        return (int32_t)number;
    return is_scratch(text) ? EMPTY : IMAGE;
}

/* COPY --from takes also a number. */
static bool find_by_number(reference *r)
{
    size_t number;
    if (r->kind != SHELFLIFE_INPUT_DOCKERFILE_COPY || !is_number(r->text, r->stage, &number))
        return false;
    bool found = number < r->stage;
    if (!found && !r->onbuild)
        r->why = STR("there is no such stage before this one");
    r->target[DOCKER] = r->target[BUILDAH] = found ? (int32_t)number : r->onbuild ? EMPTY : IMAGE;
    return true;
}

/* buildah compares with the names of the stages before, an unnamed stage's number being its name. */
static void find_with_buildah(const names_of *before, reference *r)
{
    r->target[BUILDAH] = is_scratch(r->text) ? EMPTY : look_up(before, r->text, false);
}

/* Docker compares FROM with the names of the stages before in lower case, COPY and mounts with those of all
   stages and in any case. */
static void find_with_docker(const names_of *names, reference *r)
{
    bool is_from = r->kind == SHELFLIFE_INPUT_DOCKERFILE_FROM;
    int32_t target = look_up(names, r->text, !is_from);
    bool later = target >= 0 && (uint32_t)target >= r->stage && !r->onbuild;
    r->target[DOCKER] = r->variable || later ? ERROR : target;
}

/* Where only one of the tools finds a stage, the other one may fail. */
static void find_errors(reference *r)
{
    for (int tool = 0; tool < TOOLS; tool++)
        if (r->target[tool] == IMAGE && r->target[!tool] >= 0 && is_not_image(r->text))
            r->target[tool] = ERROR;
}

static bool is_open(const reference *r)
{
    return !r->why.at;
}

/* The base of a stage with both tools, and what else is in it with buildah. */
static void find_before(stages *s, stage_of *stage, const names_of *docker, const names_of *buildah)
{
    for (uint32_t i = 0; i < stage->count; i++) {
        reference *r = &s->references[stage->first + i];
        r->target[DOCKER] = r->target[BUILDAH] = IMAGE;
        if (!is_open(r) || find_by_number(r))
            continue;
        find_with_buildah(buildah, r);
        if (r->kind == SHELFLIFE_INPUT_DOCKERFILE_FROM)
            find_with_docker(docker, r);
    }
}

static bool find_all(stages *s, names_of *docker, names_of *buildah, error *err)
{
    for (size_t n = 0; n < s->count; n++) {
        stage_of *stage = &s->stages[n];
        find_before(s, stage, docker, buildah);
        if (stage->lower.at && !shelflife_input_dockerfile_names_set(docker, stage->lower, (uint32_t)n, err))
            return false;
        if (!shelflife_input_dockerfile_names_set(buildah, stage->name, (uint32_t)n, err))
            return false;
    }
    for (size_t i = 0; i < s->reference_count; i++) {
        reference *r = &s->references[i];
        size_t number;
        bool counted =
            r->kind == SHELFLIFE_INPUT_DOCKERFILE_COPY && is_number(r->text, SIZE_MAX / 16, &number);
        if (is_open(r) && r->kind != SHELFLIFE_INPUT_DOCKERFILE_FROM && !counted)
            find_with_docker(docker, r);
        find_errors(r);
    }
    return true;
}

/* ---- What a stage needs ---- */

struct walk {
    stages *s;
    int tool;
    uint32_t *todo; /* stages, each at most once for each of its three uses */
    size_t count;
};

static void reach(struct walk *w, uint32_t number, struct shelflife_input_dockerfile_use use)
{
    struct shelflife_input_dockerfile_use *known = &w->s->stages[number].use[w->tool];
    if (!known->needed)
        known->cause = use.cause;
    bool more = !known->needed || (use.base && !known->base) || (use.triggers && !known->triggers);
    known->needed = true;
    known->base |= use.base;
    known->triggers |= use.triggers;
    if (more)
        w->todo[w->count++] = number;
}

static void follow(struct walk *w, uint32_t number)
{
    const stage_of *stage = &w->s->stages[number];
    struct shelflife_input_dockerfile_use use = stage->use[w->tool];
    for (uint32_t i = stage->first; i < stage->first + stage->count; i++) {
        const reference *r = &w->s->references[i];
        if (r->target[w->tool] < 0 || (r->onbuild && !use.triggers))
            continue;
        bool is_from = r->kind == SHELFLIFE_INPUT_DOCKERFILE_FROM;
        bool differs = r->target[DOCKER] != r->target[BUILDAH];
        reach(w, (uint32_t)r->target[w->tool],
              (struct shelflife_input_dockerfile_use){.base = is_from && use.base,
                                                      .triggers = is_from && w->tool == DOCKER,
                                                      .cause = differs || r->onbuild ? i + 1 : use.cause});
    }
}

static void walk_from(struct walk w, uint32_t final)
{
    reach(&w, final, (struct shelflife_input_dockerfile_use){.base = true});
    while (w.count)
        follow(&w, w.todo[--w.count]);
}

static bool find_final(const stages *s, const names_of *docker, const names_of *buildah, str target,
                       uint32_t *final)
{
    size_t number;
    *final = (uint32_t)s->count - 1;
    if (target.len == 0 || shelflife_input_dockerfile_names_find(docker, target, true, final) ||
        shelflife_input_dockerfile_names_find(buildah, target, false, final))
        return true;
    bool found = is_number(target, s->count, &number) && number < s->count;
    *final = found ? (uint32_t)number : 0;
    return found;
}

bool shelflife_input_dockerfile_stages_finish(stages *s, str target, bool *found, error *err)
{
    CLEANUP(shelflife_input_dockerfile_names_free) names_of docker = {0};
    CLEANUP(shelflife_input_dockerfile_names_free) names_of buildah = {0};
    CLEANUP(cleanup_free) uint32_t *todo = shelflife_calloc(s->count * 3 + 1, sizeof(*todo));
    uint32_t final;
    if (!todo)
        return shelflife_fail_memory(err);
    if (!find_all(s, &docker, &buildah, err))
        return false;
    *found = s->count && find_final(s, &docker, &buildah, target, &final);
    for (int tool = 0; *found && tool < TOOLS; tool++)
        walk_from((struct walk){.s = s, .tool = tool, .todo = todo}, final);
    return true;
}
