/* What the checks of a catalog share: its nodes, and the rows from which examples are
 * made. */
#ifndef SHELFLIFE_FEEDS_LINT_ROW_H
#define SHELFLIFE_FEEDS_LINT_ROW_H

#include "json/document.h"

/* Nodes that may be absent: their value is NULL. */
static inline struct node feeds_get(const struct node *map, const char *key)
{
    struct node node = {0};
    return map->value && shelflife_node_get(map, key, &node) ? node : (struct node){0};
}

static inline str feeds_text_of(struct node node)
{
    str s = {0};
    if (node.value && shelflife_node_type(node) == NODE_STRING)
        shelflife_node_string(node, &s, NULL);
    return s;
}

static inline size_t feeds_count_of(struct node node)
{
    return node.value ? shelflife_node_count(node) : 0;
}

static inline bool feeds_at(const struct node *array, size_t i, struct node *out)
{
    return array->value && shelflife_node_at(array, i, out);
}

/* A value that the row requires of a field. Empty if the row accepts any value, or requires that there is
 * none. */
str shelflife_feeds_wanted_value(const struct node *row, str field);

/* Writes a version with as many numbers as the row wants. */
void shelflife_feeds_put_numbers(const struct node *row, str version, buffer *out);

/* How a row spells its release: 0 is the release, then its other spellings, then its codename. Returns false
 * after the last one. */
bool shelflife_feeds_spelling_at(const struct node *row, size_t i, str *out);

#endif
