#include "inputs/dockerfile.h"

#include <stdio.h>

#include "base/ascii.h"
#include "inputs/dockerfile_lines.h"
#include "inputs/dockerfile_report.h"
#include "inputs/dockerfile_words.h"

enum { PATTERN_WORK_MAX = 1 << 26 /* steps of patterns in a file */ };

typedef struct shelflife_input_dockerfile_variable variable;
typedef struct shelflife_input_dockerfile_reference reference;

struct reader {
    str file;
    const struct shelflife_input_build *build;
    const struct shelflife_input_sink *sink;
    bool sink_failed;

    struct shelflife_input_dockerfile_lines lines;
    struct shelflife_input_dockerfile_stages stages;
    struct shelflife_input_dockerfile_names names, given; /* of variables; of the build's arguments */
    variable *variables;
    size_t variable_count, variable_capacity;
    size_t work;
    arena arena;
    buffer word, flag;
    struct shelflife_input_place unknown; /* the first line that is not an instruction */
    str unknown_word;
    size_t unknown_count;
    bool early; /* an instruction came before the first FROM */
};

static struct shelflife_input_place place_at(const struct reader *r, const char *byte)
{
    struct shelflife_input_dockerfile_piece at = shelflife_input_dockerfile_lines_at(&r->lines, byte);
    return (struct shelflife_input_place){r->file, at.line, at.column};
}

static bool keep(struct reader *r, str text, str *kept, error *err)
{
    text = shelflife_str_first(text, SHELFLIFE_INPUT_DOCKERFILE_VALUE_MAX);
    return shelflife_arena_copy(&r->arena, text, kept) || shelflife_arena_fail(&r->arena, err);
}

static bool report_unread(struct reader *r, struct shelflife_input_place place, str why, error *err)
{
    struct shelflife_input_unread unread = {.place = place, .why = why};
    r->sink_failed = !r->sink->unread(r->sink->context, &unread, err);
    return !r->sink_failed;
}

SHELFLIFE_PRINTF(4, 5)
static bool unread_at(struct reader *r, struct shelflife_input_place place, error *err, const char *format,
                      ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return report_unread(r, place, shelflife_str_of(text), err);
}

/* ---- Variables ---- */

static const variable *find_variable(const void *context, str name)
{
    const struct reader *r = context;
    uint32_t number;
    bool found = shelflife_input_dockerfile_names_find(&r->names, name, false, &number);
    return found ? &r->variables[number] : NULL;
}

static bool set_variable(struct reader *r, const variable *v, error *err)
{
    uint32_t number;
    if (shelflife_input_dockerfile_names_find(&r->names, v->name, false, &number)) {
        if (v->set || v->why)
            r->variables[number] = *v;
        return true;
    }
    if (r->variable_count == SHELFLIFE_INPUT_DOCKERFILE_ARGS_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "it has more than %d ARGs",
                              SHELFLIFE_INPUT_DOCKERFILE_ARGS_MAX);
    if (!shelflife_grow(&r->variables, &r->variable_capacity, r->variable_count + 1, sizeof(*r->variables)))
        return shelflife_fail_memory(err);
    number = (uint32_t)r->variable_count++;
    r->variables[number] = *v;
    return shelflife_input_dockerfile_names_set(&r->names, v->name, number, err);
}

static bool is_given(const struct reader *r, str name, str *value)
{
    uint32_t number;
    if (!shelflife_input_dockerfile_names_find(&r->given, name, false, &number))
        return false;
    *value = r->build->args[number].value;
    return true;
}

/* What Docker sets for each build, on linux/amd64. */
static bool set_predefined(struct reader *r, error *err)
{
    static const struct {
        str name, value;
    } predefined[] = {
        {STR_INIT("TARGETPLATFORM"), STR_INIT("linux/amd64")},
        {STR_INIT("TARGETOS"), STR_INIT("linux")},
        {STR_INIT("TARGETARCH"), STR_INIT("amd64")},
        {STR_INIT("TARGETVARIANT"), STR_INIT("")},
        {STR_INIT("BUILDPLATFORM"), STR_INIT("linux/amd64")},
        {STR_INIT("BUILDOS"), STR_INIT("linux")},
        {STR_INIT("BUILDARCH"), STR_INIT("amd64")},
        {STR_INIT("BUILDVARIANT"), STR_INIT("")},
    };
    for (size_t i = 0; i < COUNT(predefined); i++) {
        variable v = {.name = predefined[i].name, .value = predefined[i].value, .set = true};
        bool given = is_given(r, v.name, &v.value);
        v.source = given ? SHELFLIFE_INPUT_DOCKERFILE_GIVEN : SHELFLIFE_INPUT_DOCKERFILE_PLATFORM;
        if (!set_variable(r, &v, err))
            return false;
    }
    return true;
}

static bool index_given(struct reader *r, error *err)
{
    for (size_t i = 0; i < r->build->arg_count; i++)
        if (!shelflife_input_dockerfile_names_set(&r->given, r->build->args[i].name, (uint32_t)i, err))
            return false;
    return true;
}

/* Replaces the variables of a word. The result is in r->word until the next call. */
static bool expand(struct reader *r, str word, struct shelflife_input_dockerfile_expansion *e, error *err)
{
    shelflife_buffer_reset(&r->word);
    *e = (struct shelflife_input_dockerfile_expansion){
        .find = find_variable, .context = r, .escape = r->lines.escape, .work = &r->work, .out = &r->word};
    shelflife_input_dockerfile_expand(word, e);
    return !e->no_memory || shelflife_fail_memory(err);
}

/* Where the tag of an image begins, its digest, or else its name. */
static size_t find_end_part(str image)
{
    size_t slash = shelflife_str_find_last(image, '/'), start = slash == SIZE_MAX ? 0 : slash + 1;
    for (size_t i = start; i < image.len; i++)
        if (image.at[i] == ':' || image.at[i] == '@')
            return i + 1;
    return start;
}

/* What a person would edit to change the tag: the variable's value, if the tag is in it, else the word. */
static struct shelflife_input_place place_of(const struct reader *r,
                                             const struct shelflife_input_dockerfile_expansion *e,
                                             const char *word)
{
    bool in_variable =
        e->last && e->last->place.line && e->last_end > find_end_part(shelflife_buffer_str(&r->word));
    return in_variable ? e->last->place : place_at(r, word);
}

/* ARG NAME, ARG NAME=VALUE */
static bool read_variable(struct reader *r, str word, error *err)
{
    size_t equal = shelflife_str_find(word, '=');
    str value;
    variable v = {.place = place_at(r, word.at)};
    if (equal == 0)
        return unread_at(r, v.place, err, "an ARG has no name");
    if (!keep(r, shelflife_str_first(word, equal), &v.name, err))
        return false;
    if (is_given(r, v.name, &value)) {
        v.set = true;
        v.value = value;
        v.source = SHELFLIFE_INPUT_DOCKERFILE_GIVEN;
        v.place.line = 0;
    } else if (equal != SIZE_MAX) {
        struct shelflife_input_dockerfile_expansion e;
        if (!expand(r, shelflife_str_after(word, equal + 1), &e, err))
            return false;
        v.set = !e.why;
        v.why = e.why;
        v.place = place_of(r, &e, word.at);
        if (!keep(r, shelflife_buffer_str(&r->word), &v.value, err) ||
            (e.missing.at && !keep(r, e.missing, &v.missing, err)))
            return false;
    }
    return set_variable(r, &v, err);
}

static bool read_arg(struct reader *r, str args, bool onbuild UNUSED, error *err)
{
    if (r->stages.count)
        return true;
    for (;;) {
        str word = shelflife_input_dockerfile_quoted_word(&args, r->lines.escape);
        if (word.len == 0)
            return true;
        if (!read_variable(r, word, err))
            return false;
    }
}

/* ---- References ---- */

static const char *const ways[] = {
    [SHELFLIFE_INPUT_DOCKERFILE_DEFAULT] = "default of ",
    [SHELFLIFE_INPUT_DOCKERFILE_GIVEN] = "build argument ",
    [SHELFLIFE_INPUT_DOCKERFILE_PLATFORM] = "for linux/amd64: ",
};

/* "default of REGISTRY, VERSION" */
static bool describe_way(struct reader *r, const struct shelflife_input_dockerfile_expansion *e, str *way,
                         error *err)
{
    for (size_t i = 0; i < e->used_count; i++) {
        str name = shelflife_str_first(e->used[i]->name, 100);
        bool same = i && e->used[i]->source == e->used[i - 1]->source;
        if (!shelflife_arena_format(&r->arena, way, "%.*s%s%s%.*s", STR_PRINT(*way), i ? ", " : "",
                                    same ? "" : ways[e->used[i]->source], STR_PRINT(name)))
            return shelflife_arena_fail(&r->arena, err);
    }
    return true;
}

static bool describe_missing(struct reader *r, str name, reference *to, error *err)
{
    const variable *v = find_variable(r, name);
    arena *a = &r->arena;
    name = shelflife_str_first(name, 100);
    bool ok;
    if (v && v->why)
        ok = shelflife_arena_format(a, &to->why, "the default of %.*s is not valid: %s", STR_PRINT(name),
                                    v->why) &&
             shelflife_arena_format(a, &to->hint, "correct ARG %.*s in line %u", STR_PRINT(name),
                                    v->place.line);
    else if (v && v->set)
        ok = shelflife_arena_format(a, &to->why, "%.*s is set after its use", STR_PRINT(name)) &&
             shelflife_arena_format(a, &to->hint, "move ARG %.*s of line %u before the ARGs that use it",
                                    STR_PRINT(name), v->place.line);
    else if (v)
        ok = shelflife_arena_format(a, &to->why, "%.*s has no default", STR_PRINT(name)) &&
             shelflife_arena_format(a, &to->hint, "give ARG %.*s a default in line %u", STR_PRINT(name),
                                    v->place.line);
    else
        ok = shelflife_arena_format(a, &to->why, "%.*s is not set before the first FROM", STR_PRINT(name)) &&
             shelflife_arena_format(a, &to->hint, "add \"ARG %.*s=VALUE\" before the first FROM",
                                    STR_PRINT(name));
    return ok || shelflife_arena_fail(a, err);
}

/* Fills in what `text` is. The place is that of `at`, in the instruction. */
static bool resolve(struct reader *r, str text, const char *at, reference *to, error *err)
{
    struct shelflife_input_dockerfile_expansion e;
    if (!expand(r, text, &e, err))
        return false;
    to->place = place_at(r, at);
    to->line = to->place.line;
    if (!e.why && !e.missing.at && r->word.len == 0)
        e.why = "it is empty";
    if (!keep(r, e.why || e.missing.at ? text : shelflife_buffer_str(&r->word), &to->text, err))
        return false;
    if (e.why) {
        to->why = shelflife_str_of(e.why);
        return true;
    }
    if (e.missing.at)
        return describe_missing(r, e.missing, to, err);
    to->place = place_of(r, &e, at);
    return describe_way(r, &e, &to->way, err);
}

/* What COPY --from or RUN --mount=from names. */
static bool refer(struct reader *r, enum shelflife_input_dockerfile_kind kind, str text, const char *at,
                  bool onbuild, error *err)
{
    reference to = {.kind = kind, .onbuild = onbuild};
    to.variable = shelflife_str_find(text, '$') != SIZE_MAX;
    if (text.len == 0 || r->stages.count == 0)
        return true;
    return resolve(r, text, at, &to, err) && shelflife_input_dockerfile_stages_refer(&r->stages, &to, err);
}

/* ---- FROM ---- */

static bool keep_lower(struct reader *r, str name, str *lower, error *err)
{
    char *to = shelflife_arena_alloc(&r->arena, name.len);
    if (!to)
        return shelflife_arena_fail(&r->arena, err);
    for (size_t i = 0; i < name.len; i++)
        to[i] = ascii_lower(name.at[i]);
    *lower = (str){to, name.len};
    return true;
}

static bool add_stage(struct reader *r, str written, error *err)
{
    str name = {0}, lower = {0};
    if (written.len) {
        if (!keep(r, written, &name, err) || !keep_lower(r, name, &lower, err))
            return false;
    } else if (!shelflife_arena_format(&r->arena, &name, "%zu", r->stages.count)) {
        return shelflife_arena_fail(&r->arena, err);
    }
    return shelflife_input_dockerfile_stages_add(&r->stages, name, lower, err);
}

static bool is_stage_name(str name)
{
    if (name.len && !ascii_is_letter(name.at[0]))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!ascii_is_alphanumeric(name.at[i]) && name.at[i] != '-' && name.at[i] != '_' && name.at[i] != '.')
            return false;
    return true;
}

/* FROM takes an image, or an image AS a name. */
static bool read_from(struct reader *r, str args, bool onbuild, error *err)
{
    const char *flag;
    for (shelflife_buffer_reset(&r->flag); shelflife_input_dockerfile_flag(&args, &flag, &r->flag);)
        shelflife_buffer_reset(&r->flag);
    str words[4], rest = args;
    for (size_t i = 0; i < COUNT(words); i++)
        words[i] = shelflife_input_dockerfile_word(&rest);
    if (args.len == 0)
        args = shelflife_buffer_str(&r->lines.joined);
    struct shelflife_input_place place = place_at(r, args.at);
    if (onbuild)
        return unread_at(r, place, err, "ONBUILD FROM is not allowed");
    bool as = ascii_equal_fold(words[1], STR("as"));
    reference to = {.kind = SHELFLIFE_INPUT_DOCKERFILE_FROM, .place = place, .line = place.line};
    if (!add_stage(r, as ? words[2] : (str){0}, err))
        return false;
    if (words[0].len == 0 || (words[1].len && (!as || words[2].len == 0 || words[3].len))) {
        to.why = STR("FROM takes an image, or an image AS a name");
        if (shelflife_str_starts(words[1], STR("#")) || shelflife_str_starts(words[3], STR("#")))
            to.hint = STR("write the comment on a line of its own");
        if (!keep(r, args, &to.text, err))
            return false;
    } else if (!resolve(r, words[0], words[0].at, &to, err)) {
        return false;
    }
    if (as && !is_stage_name(words[2]) && !to.hint.at)
        to.hint = STR("a stage's name begins with a letter, and has letters, digits, -, _ and .");
    return shelflife_input_dockerfile_stages_refer(&r->stages, &to, err);
}

/* ---- COPY, RUN, ADD, ONBUILD ---- */

static bool skip_heredocs(struct reader *r, str args, error *err)
{
    str open;
    shelflife_input_dockerfile_lines_skip_heredocs(&r->lines, args, &open);
    return !open.at || unread_at(r, place_at(r, open.at), err, "the heredoc %.*s has no end",
                                 STR_PRINT(shelflife_str_first(open, 100)));
}

/* "type=bind,from=IMAGE,target=/mnt" */
static bool read_mount(struct reader *r, str mount, const char *at, bool onbuild, error *err)
{
    str from = {0};
    while (mount.len) {
        size_t comma = shelflife_str_find(mount, ',');
        str field = shelflife_str_first(mount, comma);
        size_t equal = shelflife_str_find(field, '=');
        str key = shelflife_str_first(field, equal), value = shelflife_str_after(field, equal);
        value = shelflife_str_after(value, 1);
        if (ascii_equal_fold(key, STR("from")))
            from = value;
        if (ascii_equal_fold(key, STR("type")) && ascii_equal_fold(value, STR("tmpfs")))
            return true;
        mount = comma == SIZE_MAX ? (str){0} : shelflife_str_after(mount, comma + 1);
    }
    return refer(r, SHELFLIFE_INPUT_DOCKERFILE_MOUNT, from, at, onbuild, err);
}

/* Takes the flags of an instruction, "--from=X" of COPY or "--mount=X" of RUN. */
static bool read_flags(struct reader *r, str *args, str wanted, bool onbuild, error *err)
{
    const char *at;
    for (;;) {
        shelflife_buffer_reset(&r->flag);
        if (!shelflife_input_dockerfile_flag(args, &at, &r->flag))
            return true;
        if (r->flag.failed)
            return shelflife_fail_memory(err);
        str flag = shelflife_buffer_str(&r->flag);
        if (wanted.len == 0 || !shelflife_str_starts(flag, wanted))
            continue;
        str value = shelflife_str_after(flag, wanted.len);
        bool mount = shelflife_str_equal(wanted, STR("--mount="));
        if (mount ? !read_mount(r, value, at, onbuild, err)
                  : !refer(r, SHELFLIFE_INPUT_DOCKERFILE_COPY, value, at, onbuild, err))
            return false;
    }
}

static bool read_copy(struct reader *r, str args, bool onbuild, error *err)
{
    return read_flags(r, &args, STR("--from="), onbuild, err) && skip_heredocs(r, args, err);
}

static bool read_run(struct reader *r, str args, bool onbuild, error *err)
{
    return read_flags(r, &args, STR("--mount="), onbuild, err) && skip_heredocs(r, args, err);
}

static bool read_add(struct reader *r, str args, bool onbuild, error *err)
{
    return read_flags(r, &args, (str){0}, onbuild, err) && skip_heredocs(r, args, err);
}

static bool read_onbuild(struct reader *r, str args, bool onbuild, error *err);

/* ---- Instructions ---- */

typedef bool read_instruction(struct reader *r, str args, bool onbuild, error *err);

static const struct instruction {
    str name;
    read_instruction *read; /* NULL: it names no image */
} instructions[] = {
    {STR_INIT("add"), read_add},   {STR_INIT("arg"), read_arg},    {STR_INIT("cmd"), NULL},
    {STR_INIT("copy"), read_copy}, {STR_INIT("entrypoint"), NULL}, {STR_INIT("env"), NULL},
    {STR_INIT("expose"), NULL},    {STR_INIT("from"), read_from},  {STR_INIT("healthcheck"), NULL},
    {STR_INIT("label"), NULL},     {STR_INIT("maintainer"), NULL}, {STR_INIT("onbuild"), read_onbuild},
    {STR_INIT("run"), read_run},   {STR_INIT("shell"), NULL},      {STR_INIT("stopsignal"), NULL},
    {STR_INIT("user"), NULL},      {STR_INIT("volume"), NULL},     {STR_INIT("workdir"), NULL},
};

static const struct instruction *find_instruction(str word)
{
    for (size_t i = 0; i < COUNT(instructions); i++)
        if (ascii_equal_fold(word, instructions[i].name))
            return &instructions[i];
    return NULL;
}

/* A file that is something else has many such lines: only the first one is reported. */
static bool note_unknown(struct reader *r, str word, error *err)
{
    if (r->unknown_count++)
        return true;
    r->unknown = place_at(r, word.at);
    return keep(r, shelflife_str_first(word, 60), &r->unknown_word, err);
}

static bool report_unknown(struct reader *r, error *err)
{
    if (r->unknown_count == 0)
        return true;
    if (r->unknown_count == 1)
        return unread_at(r, r->unknown, err, "\"%.*s\" is not an instruction", STR_PRINT(r->unknown_word));
    return unread_at(r, r->unknown, err, "%zu lines are not instructions, the first one is \"%.*s\"",
                     r->unknown_count, STR_PRINT(r->unknown_word));
}

static bool read_onbuild(struct reader *r, str args, bool onbuild UNUSED, error *err)
{
    str word = shelflife_input_dockerfile_word(&args);
    const struct instruction *instruction = find_instruction(word);
    if (!instruction)
        return note_unknown(r, word.len ? word : shelflife_buffer_str(&r->lines.joined), err);
    if (instruction->read == read_onbuild || shelflife_str_equal(instruction->name, STR("maintainer")))
        return unread_at(r, place_at(r, word.at), err, "ONBUILD %.*s is not allowed", STR_PRINT(word));
    return !instruction->read || instruction->read(r, args, true, err);
}

static bool read_one(struct reader *r, str text, error *err)
{
    str word = shelflife_input_dockerfile_word(&text);
    const struct instruction *instruction = find_instruction(word);
    if (!instruction)
        return note_unknown(r, word, err);
    bool begins = instruction->read == read_from || instruction->read == read_arg;
    if (r->stages.count == 0 && !begins && !r->early) {
        r->early = true;
        if (!unread_at(r, place_at(r, word.at), err, "%.*s comes before the first FROM", STR_PRINT(word)))
            return false;
    }
    return !instruction->read || instruction->read(r, text, false, err);
}

static bool read_all(struct reader *r, error *err)
{
    str text;
    do {
        if (!shelflife_input_dockerfile_lines_next(&r->lines, &text, err))
            return false;
        if (text.len && !read_one(r, text, err))
            return false;
    } while (text.len);
    return report_unknown(r, err);
}

/* ---- The whole file ---- */

static bool report(struct reader *r, error *err)
{
    bool found;
    struct shelflife_input_place whole = {r->file, 0, 0};
    if (!shelflife_input_dockerfile_stages_finish(&r->stages, r->build->target, &found, err))
        return false;
    if (r->stages.count == 0)
        return unread_at(r, whole, err, "it has no FROM");
    if (!found)
        return unread_at(r, whole, err, "it has no stage \"%.*s\"",
                         STR_PRINT(shelflife_str_first(r->build->target, 100)));
    struct shelflife_input_image frontend = {.image = r->lines.syntax,
                                             .way = STR("frontend"),
                                             .kind = STR("Frontend"),
                                             .name = STR("syntax"),
                                             .path = STR("# syntax"),
                                             .unused = true};
    frontend.place =
        (struct shelflife_input_place){r->file, r->lines.syntax_at.line, r->lines.syntax_at.column};
    r->sink_failed = !shelflife_input_dockerfile_report(&r->stages, r->build, r->sink, err) ||
                     (frontend.image.at && !r->sink->image(r->sink->context, &frontend, err));
    return !r->sink_failed;
}

static bool read_file(struct reader *r, str text, error *err)
{
    struct shelflife_input_place whole = {r->file, 0, 0};
    if (text.len > SHELFLIFE_INPUT_DOCKERFILE_SIZE_MAX)
        return unread_at(r, whole, err, "it is larger than %d MiB",
                         SHELFLIFE_INPUT_DOCKERFILE_SIZE_MAX >> 20);
    if (!shelflife_buffer_reserve(&r->word, r->word.limit))
        return shelflife_fail_memory(err);
    if (!index_given(r, err) || !set_predefined(r, err))
        return false;
    if (r->lines.bad_escape.at && !unread_at(r, whole, err, "the escape directive is neither \\ nor `: %.*s",
                                             STR_PRINT(shelflife_str_first(r->lines.bad_escape, 60))))
        return false;
    return read_all(r, err) && report(r, err);
}

static void free_reader(struct reader *r)
{
    shelflife_input_dockerfile_lines_free(&r->lines);
    shelflife_input_dockerfile_stages_free(&r->stages);
    shelflife_input_dockerfile_names_free(&r->names);
    shelflife_input_dockerfile_names_free(&r->given);
    shelflife_free(r->variables);
    shelflife_arena_free(&r->arena);
    shelflife_buffer_free(&r->word);
    shelflife_buffer_free(&r->flag);
}

bool shelflife_input_dockerfile_read(str file, str text, const struct shelflife_input_build *build,
                                     const struct shelflife_input_sink *sink, error *err)
{
    static const struct shelflife_input_build plain = {0};
    struct reader r = {.file = file, .build = build ? build : &plain, .sink = sink, .work = PATTERN_WORK_MAX};
    shelflife_input_dockerfile_lines_init(&r.lines, text);
    shelflife_arena_init(&r.arena, SHELFLIFE_INPUT_DOCKERFILE_MEMORY_MAX);
    shelflife_buffer_init(&r.word, SHELFLIFE_INPUT_DOCKERFILE_VALUE_MAX);
    shelflife_buffer_init(&r.flag, SIZE_MAX);
    error why = {0};
    bool ok = read_file(&r, text, &why);
    if (!ok && !r.sink_failed && why.kind == SHELFLIFE_ERROR_LIMIT)
        ok = report_unread(&r, (struct shelflife_input_place){file, 0, 0}, shelflife_str_of(why.text), &why);
    if (!ok && err)
        *err = why;
    free_reader(&r);
    return ok;
}

static bool read_format(const char *path, str text, const struct shelflife_input_options *options UNUSED,
                        const struct shelflife_input_sink *sink, error *err)
{
    return shelflife_input_dockerfile_read(shelflife_str_of(path), text, NULL, sink, err);
}

const struct shelflife_input_format shelflife_input_dockerfile = {"Dockerfile", read_format};
