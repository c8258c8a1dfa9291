#include "inputs/nodes.h"

#include "json/words.h"
#include "json/yaml.h"

typedef struct shelflife_input_node node;
typedef struct shelflife_input_entry entry;
typedef struct shelflife_input_place place;

/* A map or list that is being read. */
struct open {
    node *node;
    size_t first; /* of its entries among the pending ones */
    str key;      /* of the next value */
    str outer;    /* the key of this map or list in the one around it */
};

struct builder {
    arena *memory;
    struct shelflife_yaml *yaml;
    str file;
    enum shelflife_input_merges merges;
    struct shelflife_input_documents *out;
    struct open open[SHELFLIFE_INPUT_NODE_DEPTH_MAX + 1];
    size_t depth;
    entry *pending;
    size_t pending_count, pending_capacity;
};

/* ---- Maps ---- */

static int compare_keys(const void *a, const void *b)
{
    const entry *x = *(const entry *const *)a, *y = *(const entry *const *)b;
    int order = shelflife_str_compare(x->key, y->key);
    return order ? order : (x > y) - (x < y);
}

static int compare_key(const void *key, const void *element)
{
    const entry *e = *(const entry *const *)element;
    return shelflife_str_compare(*(const str *)key, e->key);
}

/* Sorts pointers to the entries, and keeps the last one of equal keys. */
static size_t sort_entries(const entry *entries, size_t count, const entry **sorted)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &entries[i];
    shelflife_sort(sorted, count, sizeof(const entry *), compare_keys);
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || !shelflife_str_equal(sorted[i]->key, sorted[i + 1]->key))
            sorted[kept++] = sorted[i];
    return kept;
}

static int compare_addresses(const void *a, const void *b)
{
    const entry *x = *(const entry *const *)a, *y = *(const entry *const *)b;
    return (x > y) - (x < y);
}

static bool fill_map(arena *memory, node *map, const entry *entries, size_t count)
{
    const entry **sorted = shelflife_arena_array(memory, count, sizeof(*sorted));
    entry *own = shelflife_arena_array(memory, count, sizeof(*own));
    if (!sorted || !own)
        return false;
    map->count = sort_entries(entries, count, sorted);
    shelflife_sort(sorted, map->count, sizeof(*sorted), compare_addresses);
    for (size_t i = 0; i < map->count; i++)
        own[i] = *sorted[i];
    map->entries = own;
    map->by_key = sorted;
    sort_entries(own, map->count, sorted);
    return true;
}

node *shelflife_input_node_map(arena *memory, const entry *entries, size_t count, place at)
{
    node *map = shelflife_arena_alloc(memory, sizeof(*map));
    if (!map)
        return NULL;
    *map = (node){.type = SHELFLIFE_INPUT_NODE_MAP, .place = at};
    return fill_map(memory, map, entries, count) ? map : NULL;
}

node *shelflife_input_node_scalar(arena *memory, str text, place at)
{
    node *scalar = shelflife_arena_alloc(memory, sizeof(*scalar));
    if (scalar)
        *scalar = (node){.type = SHELFLIFE_INPUT_NODE_SCALAR, .text = text, .place = at};
    return scalar;
}

const entry *shelflife_input_node_entry(const node *map, str key)
{
    if (!shelflife_input_node_is(map, SHELFLIFE_INPUT_NODE_MAP))
        return NULL;
    size_t i = shelflife_lower_bound(&key, map->by_key, map->count, sizeof(*map->by_key), compare_key);
    return i < map->count && shelflife_str_equal(map->by_key[i]->key, key) ? map->by_key[i] : NULL;
}

const node *shelflife_input_node_get(const node *map, str key)
{
    const entry *e = shelflife_input_node_entry(map, key);
    return e && e->value->type != SHELFLIFE_INPUT_NODE_NULL ? e->value : NULL;
}

str shelflife_input_node_text(const node *n)
{
    return shelflife_input_node_is(n, SHELFLIFE_INPUT_NODE_SCALAR) ? n->text : (str){0};
}

static bool is_reset(const node *value)
{
    return shelflife_str_equal(value->tag, STR("!reset"));
}

/* The recursion is limited by the depth of the maps. */
const node *shelflife_input_node_merge(arena *memory, const node *base, const node *over, bool *ok)
{
    bool maps = shelflife_input_node_is(base, SHELFLIFE_INPUT_NODE_MAP) &&
                shelflife_input_node_is(over, SHELFLIFE_INPUT_NODE_MAP);
    if (!over || !maps || shelflife_str_equal(over->tag, STR("!override")))
        return over ? over : base;
    entry *entries = shelflife_arena_array(memory, base->count + over->count, sizeof(*entries));
    size_t count = 0;
    *ok = *ok && entries;
    for (size_t i = 0; *ok && i < base->count; i++) {
        const entry *e = &base->entries[i], *other = shelflife_input_node_entry(over, e->key);
        const node *value = other && other->value->type != SHELFLIFE_INPUT_NODE_NULL ? other->value : NULL;
        if (!other || !is_reset(other->value))
            entries[count++] = (entry){e->key, shelflife_input_node_merge(memory, e->value, value, ok)};
    }
    for (size_t i = 0; *ok && i < over->count; i++)
        if (!shelflife_input_node_entry(base, over->entries[i].key) && !is_reset(over->entries[i].value))
            entries[count++] = over->entries[i];
    const node *map = *ok ? shelflife_input_node_map(memory, entries, count, over->place) : NULL;
    *ok = map;
    return map;
}

/* ---- Reading ---- */

static bool push(struct builder *b, str key, const node *value, error *err)
{
    if (!shelflife_grow(&b->pending, &b->pending_capacity, b->pending_count + 1, sizeof(*b->pending)))
        return shelflife_fail_memory(err);
    b->pending[b->pending_count++] = (entry){key, value};
    return true;
}

/* Adds the entries of a map, or of the maps of a list: the first of these wins. */
static bool push_merged(struct builder *b, const node *from, error *err)
{
    for (size_t i = from->count; i > 0; i--) {
        const entry *e = &from->entries[i - 1];
        bool ok = from->type == SHELFLIFE_INPUT_NODE_MAP
                      ? push(b, e->key, e->value, err)
                      : e->value->type != SHELFLIFE_INPUT_NODE_MAP || push_merged(b, e->value, err);
        if (!ok)
            return false;
    }
    return true;
}

static bool is_merge(str key)
{
    return shelflife_str_equal(key, STR("<<"));
}

/* Adds the map's entries again in the order in which later ones win. */
static bool push_in_order(struct builder *b, size_t first, size_t end, error *err)
{
    bool in_place = b->merges == SHELFLIFE_INPUT_MERGES_LATER;
    for (size_t i = end; !in_place && i > first; i--)
        if (is_merge(b->pending[i - 1].key) && !push_merged(b, b->pending[i - 1].value, err))
            return false;
    for (size_t i = first; i < end; i++) {
        entry e = b->pending[i];
        bool ok = !is_merge(e.key) ? push(b, e.key, e.value, err) : !in_place || push_merged(b, e.value, err);
        if (!ok)
            return false;
    }
    return true;
}

static bool close_map(struct builder *b, struct open *o, error *err)
{
    size_t first = o->first, end = b->pending_count;
    bool merges = false;
    for (size_t i = first; b->merges && i < end; i++)
        merges = merges || is_merge(b->pending[i].key);
    if (merges && !push_in_order(b, first, end, err))
        return false;
    if (merges)
        first = end;
    const entry *entries = b->pending ? b->pending + first : NULL;
    bool ok = fill_map(b->memory, o->node, entries, b->pending_count - first);
    b->pending_count = o->first;
    return ok || shelflife_arena_fail(b->memory, err);
}

static bool close_list(struct builder *b, struct open *o, error *err)
{
    size_t count = b->pending_count - o->first;
    entry *entries = shelflife_arena_array(b->memory, count, sizeof(*entries));
    if (!entries)
        return shelflife_arena_fail(b->memory, err);
    shelflife_copy(entries, b->pending ? b->pending + o->first : NULL, count * sizeof(*entries));
    o->node->entries = entries;
    o->node->count = count;
    b->pending_count = o->first;
    return true;
}

/* A whole value has been read. */
static bool add_value(struct builder *b, str key, const node *value, error *err)
{
    if (b->depth)
        return push(b, key, value, err);
    if (b->out->count == SHELFLIFE_INPUT_NODE_DOCUMENTS_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "it has more than %d documents",
                              SHELFLIFE_INPUT_NODE_DOCUMENTS_MAX);
    b->out->at[b->out->count++] = value;
    return true;
}

static bool is_text(enum shelflife_json_event event)
{
    return event == SHELFLIFE_JSON_STRING || event == SHELFLIFE_JSON_NUMBER;
}

static node *make_node(struct builder *b, enum shelflife_json_event event, str text)
{
    static const enum shelflife_input_node_type types[] = {
        [SHELFLIFE_JSON_MAP_START] = SHELFLIFE_INPUT_NODE_MAP,
        [SHELFLIFE_JSON_ARRAY_START] = SHELFLIFE_INPUT_NODE_LIST,
        [SHELFLIFE_JSON_STRING] = SHELFLIFE_INPUT_NODE_SCALAR,
        [SHELFLIFE_JSON_NUMBER] = SHELFLIFE_INPUT_NODE_SCALAR,
        [SHELFLIFE_JSON_TRUE] = SHELFLIFE_INPUT_NODE_SCALAR,
        [SHELFLIFE_JSON_FALSE] = SHELFLIFE_INPUT_NODE_SCALAR,
        [SHELFLIFE_JSON_NULL] = SHELFLIFE_INPUT_NODE_NULL,
    };
    struct shelflife_json_position at = shelflife_yaml_position(b->yaml);
    node *n = shelflife_arena_alloc(b->memory, sizeof(*n));
    if (!n)
        return NULL;
    *n = (node){.type = types[event], .place = {b->file, (uint32_t)at.line, (uint32_t)at.column}};
    if (event == SHELFLIFE_JSON_TRUE || event == SHELFLIFE_JSON_FALSE)
        n->text = event == SHELFLIFE_JSON_TRUE ? STR("true") : STR("false");
    else if (is_text(event) && !shelflife_arena_copy(b->memory, text, &n->text))
        return NULL;
    str tag = shelflife_yaml_tag(b->yaml);
    return tag.len == 0 || shelflife_arena_copy(b->memory, tag, &n->tag) ? n : NULL;
}

static bool take(struct builder *b, enum shelflife_json_event event, str text, error *err)
{
    struct open *inner = &b->open[b->depth ? b->depth - 1 : 0];
    if (event == SHELFLIFE_JSON_KEY)
        return shelflife_arena_copy(b->memory, text, &inner->key) || shelflife_arena_fail(b->memory, err);
    if (shelflife_json_closes(event)) {
        b->depth--;
        return (event == SHELFLIFE_JSON_MAP_END ? close_map : close_list)(b, inner, err) &&
               add_value(b, inner->outer, inner->node, err);
    }
    node *n = make_node(b, event, text);
    str key = b->depth && inner->node->type == SHELFLIFE_INPUT_NODE_MAP ? inner->key : (str){0};
    if (!n)
        return shelflife_arena_fail(b->memory, err);
    if (!shelflife_json_opens(event))
        return add_value(b, key, n, err);
    b->open[b->depth++] = (struct open){.node = n, .first = b->pending_count, .outer = key};
    return true;
}

static enum shelflife_json_next on_event(void *context, enum shelflife_json_event event, str text,
                                         bool last UNUSED, error *err)
{
    return take(context, event, text, err) ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
}

bool shelflife_input_node_read(arena *memory, str file, str text, enum shelflife_input_merges merges,
                               struct shelflife_input_documents *out, place *at, error *err)
{
    struct builder b = {.memory = memory, .file = file, .merges = merges, .out = out};
    b.yaml = shelflife_yaml_new(SHELFLIFE_YAML_TAGGED);
    if (!b.yaml)
        return shelflife_fail_memory(err);
    shelflife_yaml_limit(b.yaml, SHELFLIFE_INPUT_NODE_DEPTH_MAX, SHELFLIFE_INPUT_NODE_REPEAT_MAX);
    out->count = 0;
    bool ok = shelflife_yaml_read(b.yaml, shelflife_yaml_text, &text, on_event, &b, err);
    struct shelflife_json_position position = shelflife_yaml_position(b.yaml);
    if (!ok)
        *at = (place){file, (uint32_t)position.line, (uint32_t)position.column};
    shelflife_yaml_free(b.yaml);
    shelflife_free(b.pending);
    return ok;
}
