#include "inputs/github_matrix.h"

typedef struct shelflife_input_reading reading;
typedef struct shelflife_input_node node;
typedef struct shelflife_input_entry entry;
typedef struct shelflife_input_github_matrix matrix;

static bool is_control(str key)
{
    return shelflife_str_equal(key, STR("include")) || shelflife_str_equal(key, STR("exclude"));
}

/* The recursion is limited by the depth of the nodes. */
static bool is_equal(const node *a, const node *b)
{
    if (a->type != b->type || a->count != b->count || !shelflife_str_equal(a->text, b->text))
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const node *other = a->type == SHELFLIFE_INPUT_NODE_MAP
                                ? shelflife_input_node_get(b, a->entries[i].key)
                                : b->entries[i].value;
        if (!other || !is_equal(a->entries[i].value, other))
            return false;
    }
    return true;
}

/* Whether the values that both maps have are equal. With `all`, the second must have all of the first. */
static bool agrees(const node *some, const node *combination, bool all)
{
    for (size_t i = 0; i < some->count; i++) {
        const node *value = shelflife_input_node_get(combination, some->entries[i].key);
        if (value ? !is_equal(some->entries[i].value, value) : all)
            return false;
    }
    return true;
}

static bool add(matrix *m, const node *combination)
{
    if (m->count == SHELFLIFE_INPUT_GITHUB_MATRIX_MAX) {
        m->cut = true;
        return false;
    }
    m->at[m->count++] = combination;
    return true;
}

static const node *merged(reading *r, const node *a, const node *b)
{
    entry *entries = shelflife_arena_array(&r->arena, a->count + b->count, sizeof(*entries));
    if (!entries)
        return NULL;
    shelflife_copy(entries, a->entries, a->count * sizeof(*entries));
    shelflife_copy(entries + a->count, b->entries, b->count * sizeof(*entries));
    return shelflife_input_node_map(&r->arena, entries, a->count + b->count, a->place);
}

/* Multiplies what is there with the values of a variable. */
static bool multiply(reading *r, matrix *m, const entry *variable)
{
    matrix product = {.computed = m->computed, .cut = m->cut};
    const node *values = variable->value;
    const entry single = {.value = values};
    bool list = values->type == SHELFLIFE_INPUT_NODE_LIST;
    for (size_t i = 0; i < m->count; i++)
        for (size_t j = 0; j < (list ? values->count : 1); j++) {
            const entry *value = list ? &values->entries[j] : &single;
            if (product.count == SHELFLIFE_INPUT_GITHUB_MATRIX_MAX) {
                product.cut = true;
                break;
            }
            const node *one = shelflife_input_node_map(&r->arena, &(entry){variable->key, value->value}, 1,
                                                       value->value->place);
            const node *more = one ? merged(r, m->at[i], one) : NULL;
            if (!more)
                return shelflife_input_reading_full(r);
            add(&product, more);
        }
    *m = product;
    return true;
}

static bool exclude(reading *r, matrix *m, const node *list)
{
    for (size_t i = 0; shelflife_input_node_is(list, SHELFLIFE_INPUT_NODE_LIST) && i < list->count; i++) {
        const node *some = list->entries[i].value;
        size_t kept = 0;
        for (size_t j = 0; j < m->count; j++) {
            if (!shelflife_input_reading_step(r))
                return false;
            if (some->type != SHELFLIFE_INPUT_NODE_MAP || !agrees(some, m->at[j], true))
                m->at[kept++] = m->at[j];
        }
        m->count = kept;
    }
    return true;
}

/* An element of `include` extends the combinations whose own values it does not change; if there are none, it
   is a combination of its own. */
static bool include(reading *r, matrix *m, const matrix *own, const node *list)
{
    for (size_t i = 0; shelflife_input_node_is(list, SHELFLIFE_INPUT_NODE_LIST) && i < list->count; i++) {
        const node *some = list->entries[i].value;
        bool fits = false;
        for (size_t j = 0; j < own->count && some->type == SHELFLIFE_INPUT_NODE_MAP; j++) {
            if (!shelflife_input_reading_step(r))
                return false;
            if (!agrees(some, own->at[j], false))
                continue;
            m->at[j] = merged(r, m->at[j], some);
            fits = true;
            if (!m->at[j])
                return shelflife_input_reading_full(r);
        }
        if (!fits && some->type == SHELFLIFE_INPUT_NODE_MAP && !add(m, some))
            return true;
        m->computed = m->computed || some->type == SHELFLIFE_INPUT_NODE_SCALAR;
    }
    return true;
}

bool shelflife_input_github_matrix_expand(reading *r, const node *map, matrix *out)
{
    *out = (matrix){.computed = shelflife_input_node_is(map, SHELFLIFE_INPUT_NODE_SCALAR)};
    if (!shelflife_input_node_is(map, SHELFLIFE_INPUT_NODE_MAP))
        return true;
    const node *empty = shelflife_input_node_map(&r->arena, NULL, 0, map->place);
    if (!empty)
        return shelflife_input_reading_full(r);
    const node *includes = SHELFLIFE_INPUT_NODE_GET(map, "include");
    bool variables = false;
    add(out, empty);
    for (size_t i = 0; i < map->count; i++) {
        if (is_control(map->entries[i].key))
            continue;
        variables = true;
        if (!shelflife_input_reading_step(r) || !multiply(r, out, &map->entries[i]))
            return false;
    }
    out->count = variables ? out->count : 0;
    out->computed = shelflife_input_node_is(includes, SHELFLIFE_INPUT_NODE_SCALAR);
    if (!exclude(r, out, SHELFLIFE_INPUT_NODE_GET(map, "exclude")))
        return false;
    const matrix own = *out;
    return include(r, out, &own, includes);
}
