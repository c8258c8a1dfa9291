#include "inputs/tree.h"

#include "json/words.h"
#include "json/yaml.h"

typedef struct shelflife_input_tree tree;

typedef struct shelflife_input_tree_maker maker;

bool shelflife_input_tree_start(maker *m, arena *memory, error *err)
{
    *m = (maker){.memory = memory, .open = {shelflife_arena_alloc(memory, sizeof(tree))}};
    shelflife_buffer_init(&m->piece, SIZE_MAX / 2);
    if (!m->open[0])
        return shelflife_arena_fail(memory, err);
    *m->open[0] = (tree){.type = SHELFLIFE_INPUT_ARRAY};
    return true;
}

void shelflife_input_tree_stop(maker *m)
{
    shelflife_buffer_free(&m->piece);
}

/* The lines of a block scalar are between it and what follows. */
static void end_string(maker *m, struct shelflife_json_position at)
{
    tree *t = m->string;
    m->string = NULL;
    if (!t || at.line <= t->line)
        return;
    uint64_t lines = t->text.len && t->text.at[t->text.len - 1] != '\n';
    for (size_t i = 0; i < t->text.len; i++)
        lines += t->text.at[i] == '\n';
    t->block = at.line - t->line > lines;
}

static tree *add(maker *m, enum shelflife_input_type type, struct shelflife_json_position at, error *err)
{
    if (++m->count > SHELFLIFE_INPUT_TREE_VALUES_MAX) {
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "it has more than %d values",
                       SHELFLIFE_INPUT_TREE_VALUES_MAX);
        return NULL;
    }
    tree *t = shelflife_arena_alloc(m->memory, sizeof(*t));
    if (!t) {
        shelflife_arena_fail(m->memory, err);
        return NULL;
    }
    *t = (tree){.type = type, .key = m->key, .line = (uint32_t)at.line, .column = (uint32_t)at.column};
    m->key = (str){0};
    *(m->last[m->depth] ? &m->last[m->depth]->next : &m->open[m->depth]->first) = t;
    m->last[m->depth] = t;
    return t;
}

static bool add_value(maker *m, enum shelflife_json_event event, str text, struct shelflife_json_position at,
                      error *err)
{
    static const enum shelflife_input_type types[] = {
        [SHELFLIFE_JSON_MAP_START] = SHELFLIFE_INPUT_MAP,
        [SHELFLIFE_JSON_ARRAY_START] = SHELFLIFE_INPUT_ARRAY,
        [SHELFLIFE_JSON_STRING] = SHELFLIFE_INPUT_STRING,
        [SHELFLIFE_JSON_NUMBER] = SHELFLIFE_INPUT_NUMBER,
        [SHELFLIFE_JSON_TRUE] = SHELFLIFE_INPUT_TRUE,
        [SHELFLIFE_JSON_FALSE] = SHELFLIFE_INPUT_FALSE,
        [SHELFLIFE_JSON_NULL] = SHELFLIFE_INPUT_NULL,
    };
    tree *t = add(m, types[event], at, err);
    if (!t || !shelflife_arena_copy(m->memory, text, &t->text))
        return t && shelflife_arena_fail(m->memory, err);
    m->string = event == SHELFLIFE_JSON_STRING ? t : NULL;
    if (!shelflife_json_opens(event))
        return true;
    if (m->depth == SHELFLIFE_INPUT_TREE_DEPTH_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "it is nested more than %d levels deep",
                              SHELFLIFE_INPUT_TREE_DEPTH_MAX);
    m->open[++m->depth] = t;
    m->last[m->depth] = NULL;
    return true;
}

static bool add_whole(maker *m, enum shelflife_json_event event, str text, struct shelflife_json_position at,
                      error *err)
{
    if (event == SHELFLIFE_JSON_KEY)
        return shelflife_arena_copy(m->memory, text, &m->key) || shelflife_arena_fail(m->memory, err);
    if (!shelflife_json_closes(event))
        return add_value(m, event, text, at, err);
    m->depth--;
    return true;
}

bool shelflife_input_tree_add(maker *m, enum shelflife_json_event event, str text, bool last,
                              struct shelflife_json_position at, error *err)
{
    end_string(m, at);
    if (last && !m->has_piece)
        return add_whole(m, event, text, at, err);
    if (!m->has_piece)
        m->piece_at = at;
    m->has_piece = !last;
    shelflife_buffer_append(&m->piece, text);
    if (m->piece.failed)
        return shelflife_fail_memory(err);
    bool ok = !last || add_whole(m, event, shelflife_buffer_str(&m->piece), m->piece_at, err);
    if (last)
        shelflife_buffer_reset(&m->piece);
    return ok;
}

struct reading {
    maker maker;
    struct shelflife_yaml *yaml;
};

static enum shelflife_json_next on_event(void *context, enum shelflife_json_event event, str text, bool last,
                                         error *err)
{
    struct reading *r = context;
    return shelflife_input_tree_add(&r->maker, event, text, last, shelflife_yaml_position(r->yaml), err)
               ? SHELFLIFE_JSON_CONTINUE
               : SHELFLIFE_JSON_STOP;
}

tree *shelflife_input_tree_read(str text, arena *memory, uint32_t *line, error *why)
{
    struct reading r = {.yaml = shelflife_yaml_new(SHELFLIFE_YAML_MANIFESTS)};
    if (line)
        *line = 0;
    bool ok = r.yaml ? shelflife_input_tree_start(&r.maker, memory, why) : shelflife_fail_memory(why);
    if (ok) {
        shelflife_yaml_limit(r.yaml, SHELFLIFE_INPUT_TREE_DEPTH_MAX, SHELFLIFE_INPUT_TREE_ALIASES_MAX);
        ok = shelflife_yaml_read(r.yaml, shelflife_yaml_text, &text, on_event, &r, why);
        if (line)
            *line = (uint32_t)shelflife_yaml_position(r.yaml).line;
        shelflife_input_tree_stop(&r.maker);
    }
    shelflife_yaml_free(r.yaml);
    return ok ? r.maker.open[0] : NULL;
}

tree *shelflife_input_tree_get(const tree *map, const char *key)
{
    tree *found = NULL;
    if (map && map->type == SHELFLIFE_INPUT_MAP)
        for (tree *t = map->first; t; t = t->next)
            if (shelflife_str_equal(t->key, shelflife_str_of(key)))
                found = t;
    return found;
}

str shelflife_input_tree_string(const tree *map, const char *key)
{
    const tree *t = shelflife_input_tree_get(map, key);
    return t && t->type == SHELFLIFE_INPUT_STRING ? t->text : (str){0};
}

tree *shelflife_input_tree_first(const tree *container)
{
    return container ? container->first : NULL;
}
