#include "inputs/dockerfile_report.h"

#include <stdio.h>

#define DOCKER SHELFLIFE_INPUT_DOCKERFILE_DOCKER
#define BUILDAH SHELFLIFE_INPUT_DOCKERFILE_BUILDAH
#define TOOLS SHELFLIFE_INPUT_DOCKERFILE_TOOLS
#define IMAGE SHELFLIFE_INPUT_DOCKERFILE_IMAGE
#define EMPTY SHELFLIFE_INPUT_DOCKERFILE_EMPTY
#define ERROR SHELFLIFE_INPUT_DOCKERFILE_ERROR

typedef struct shelflife_input_dockerfile_stages stages_of;
typedef struct shelflife_input_dockerfile_reference reference;

/* How much an image matters to what is built. */
enum rank { BASE, NEEDED, UNUSED_IMAGE, NO_IMAGE };

enum { TEXT_MAX = 512, WHAT_MAX = 20 };

static const str paths[] = {
    [SHELFLIFE_INPUT_DOCKERFILE_FROM] = STR_INIT("FROM"),
    [SHELFLIFE_INPUT_DOCKERFILE_COPY] = STR_INIT("COPY --from"),
    [SHELFLIFE_INPUT_DOCKERFILE_MOUNT] = STR_INIT("RUN --mount"),
};

static const char *const tool_names[] = {[DOCKER] = "Docker", [BUILDAH] = "buildah"};

static enum rank rank_with(const stages_of *s, const reference *r, int tool)
{
    const struct shelflife_input_dockerfile_use *use = &s->stages[r->stage].use[tool];
    if (r->target[tool] != IMAGE)
        return NO_IMAGE;
    if (!use->needed || (r->onbuild && !use->triggers))
        return UNUSED_IMAGE;
    return r->kind == SHELFLIFE_INPUT_DOCKERFILE_FROM && use->base ? BASE : NEEDED;
}

struct ranks {
    enum rank with[TOOLS], best;
};

static struct ranks rank_of(const stages_of *s, const reference *r)
{
    struct ranks ranks;
    for (int tool = 0; tool < TOOLS; tool++)
        ranks.with[tool] = rank_with(s, r, tool);
    ranks.best = ranks.with[DOCKER] < ranks.with[BUILDAH] ? ranks.with[DOCKER] : ranks.with[BUILDAH];
    return ranks;
}

/* The tool with which alone an image is used like this; TOOLS: it does not depend on it. */
static int tool_of(const struct ranks *ranks)
{
    if (ranks->best >= UNUSED_IMAGE || ranks->with[DOCKER] == ranks->with[BUILDAH])
        return TOOLS;
    return ranks->with[DOCKER] == ranks->best ? DOCKER : BUILDAH;
}

/* ---- The way: "build stage, default of VERSION, buildah only" ---- */

static void add(buffer *way, str what)
{
    if (what.len == 0)
        return;
    if (way->len)
        shelflife_buffer_append(way, STR(", "));
    shelflife_buffer_append(way, what);
}

static void describe_way(const reference *r, const struct ranks *ranks, buffer *way)
{
    int tool = tool_of(ranks);
    if (r->onbuild)
        add(way, STR("onbuild"));
    else if (ranks->best == UNUSED_IMAGE)
        add(way, STR("not needed"));
    else if (ranks->best == NEEDED && r->kind == SHELFLIFE_INPUT_DOCKERFILE_FROM)
        add(way, STR("build stage"));
    add(way, r->way);
    if (tool == TOOLS)
        return;
    bool base = ranks->best == BASE && ranks->with[!tool] == NEEDED;
    shelflife_buffer_format(way, "%s%s%s only", way->len ? ", " : "", base ? "base with " : "",
                            tool_names[tool]);
}

/* ---- The hint: why the tools differ, and what to do about it ---- */

static void describe(const reference *r, int tool, char text[WHAT_MAX])
{
    int32_t target = r->target[tool];
    if (target >= 0)
        snprintf(text, WHAT_MAX, "stage %d", target);
    else
        snprintf(text, WHAT_MAX, "%s",
                 target == IMAGE   ? "an image"
                 : target == EMPTY ? "an empty image"
                                   : "an error");
}

static bool is_number(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return true;
}

static const char *advice(const reference *r)
{
    if (r->variable)
        return "name it in a FROM, and copy from that stage";
    if (is_number(r->text))
        return "give the stage a name";
    if (r->target[DOCKER] == EMPTY || r->target[BUILDAH] == EMPTY)
        return "give the stage another name";
    if (r->target[DOCKER] == ERROR && r->target[BUILDAH] == IMAGE)
        return "write the stage before this one";
    if (r->target[DOCKER] == ERROR && r->kind != SHELFLIFE_INPUT_DOCKERFILE_FROM)
        return "give the stages different names";
    return "write the stage's name in lower case everywhere";
}

static str explain(const reference *r, char text[TEXT_MAX])
{
    char docker[WHAT_MAX], buildah[WHAT_MAX];
    if (r->onbuild && r->target[DOCKER] == r->target[BUILDAH])
        return STR("buildah does not run the ONBUILD instructions of a stage");
    describe(r, DOCKER, docker);
    describe(r, BUILDAH, buildah);
    snprintf(text, TEXT_MAX, "\"%.*s\" in line %u is %s with Docker, and %s with buildah: %s",
             STR_PRINT(shelflife_str_first(r->text, 100)), r->line, docker, buildah, advice(r));
    return shelflife_str_of(text);
}

static str hint_of(const stages_of *s, const reference *r, const struct ranks *ranks, char text[TEXT_MAX])
{
    int tool = tool_of(ranks);
    if (r->hint.at || tool == TOOLS)
        return r->hint;
    if (r->onbuild || r->target[DOCKER] != r->target[BUILDAH])
        return explain(r, text);
    uint32_t cause = s->stages[r->stage].use[tool].cause;
    return cause ? explain(&s->references[cause - 1], text) : (str){0};
}

/* ---- Images ---- */

static bool report(const stages_of *s, const reference *r, const struct ranks *ranks,
                   const struct shelflife_input_build *build, const struct shelflife_input_sink *sink,
                   buffer *way, error *err)
{
    char text[TEXT_MAX];
    shelflife_buffer_reset(way);
    describe_way(r, ranks, way);
    if (way->failed)
        return shelflife_fail_memory(err);
    struct shelflife_input_image image = {
        .image = r->text,
        .why = r->why,
        .way = shelflife_buffer_str(way),
        .hint = hint_of(s, r, ranks, text),
        .kind = build->kind.len ? build->kind : STR("Stage"),
        .name = build->kind.len ? build->name : s->stages[r->stage].name,
        .path = paths[r->kind],
        .place = r->place,
        .unused = ranks->best == UNUSED_IMAGE,
    };
    return sink->image(sink->context, &image, err);
}

bool shelflife_input_dockerfile_report(const stages_of *s, const struct shelflife_input_build *build,
                                       const struct shelflife_input_sink *sink, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer way = {.limit = SIZE_MAX};
    for (enum rank rank = BASE; rank < NO_IMAGE; rank++)
        for (size_t i = 0; i < s->reference_count; i++) {
            struct ranks ranks = rank_of(s, &s->references[i]);
            if (ranks.best == rank && !report(s, &s->references[i], &ranks, build, sink, &way, err))
                return false;
        }
    return true;
}
