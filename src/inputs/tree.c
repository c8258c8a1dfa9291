#include "inputs/tree.h"

#include "json/words.h"
#include "json/yaml.h"

typedef struct shelflife_input_tree tree;

struct reading {
    arena *memory;
    struct shelflife_yaml *yaml;
    tree *open[SHELFLIFE_INPUT_TREE_DEPTH_MAX + 2]; /* the document array, then the open maps and arrays */
    tree *last[SHELFLIFE_INPUT_TREE_DEPTH_MAX + 2]; /* of their values */
    size_t depth, count;
    str key;
};

static tree *add(struct reading *r, enum shelflife_input_type type, error *err)
{
    if (++r->count > SHELFLIFE_INPUT_TREE_VALUES_MAX) {
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "it has more than %d values",
                       SHELFLIFE_INPUT_TREE_VALUES_MAX);
        return NULL;
    }
    tree *t = shelflife_arena_alloc(r->memory, sizeof(*t));
    if (!t) {
        shelflife_arena_fail(r->memory, err);
        return NULL;
    }
    struct shelflife_json_position at = shelflife_yaml_position(r->yaml);
    *t = (tree){.type = type, .key = r->key, .line = (uint32_t)at.line, .column = (uint32_t)at.column};
    r->key = (str){0};
    *(r->last[r->depth] ? &r->last[r->depth]->next : &r->open[r->depth]->first) = t;
    r->last[r->depth] = t;
    return t;
}

static bool add_value(struct reading *r, enum shelflife_json_event event, str text, error *err)
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
    tree *t = add(r, types[event], err);
    if (!t || !shelflife_arena_copy(r->memory, text, &t->text))
        return t && shelflife_arena_fail(r->memory, err);
    if (!shelflife_json_opens(event))
        return true;
    r->open[++r->depth] = t;
    r->last[r->depth] = NULL;
    return true;
}

static enum shelflife_json_next on_event(void *context, enum shelflife_json_event event, str text,
                                         bool last UNUSED, error *err)
{
    struct reading *r = context;
    bool ok = true;
    if (event == SHELFLIFE_JSON_KEY)
        ok = shelflife_arena_copy(r->memory, text, &r->key) || shelflife_arena_fail(r->memory, err);
    else if (shelflife_json_closes(event))
        r->depth--;
    else
        ok = add_value(r, event, text, err);
    return ok ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
}

tree *shelflife_input_tree_read(str text, arena *memory, uint32_t *line, error *why)
{
    struct reading r = {.memory = memory, .yaml = shelflife_yaml_new(SHELFLIFE_YAML_MANIFESTS)};
    tree *root = shelflife_arena_alloc(memory, sizeof(*root));
    if (line)
        *line = 0;
    if (!r.yaml || !root) {
        shelflife_yaml_free(r.yaml);
        shelflife_fail_memory(why);
        return NULL;
    }
    root->type = SHELFLIFE_INPUT_ARRAY;
    r.open[0] = root;
    shelflife_yaml_limit(r.yaml, SHELFLIFE_INPUT_TREE_DEPTH_MAX, SHELFLIFE_INPUT_TREE_ALIASES_MAX);
    bool ok = shelflife_yaml_read(r.yaml, shelflife_yaml_text, &text, on_event, &r, why);
    struct shelflife_json_position at = shelflife_yaml_position(r.yaml);
    shelflife_yaml_free(r.yaml);
    if (line)
        *line = (uint32_t)at.line;
    return ok ? root : NULL;
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
