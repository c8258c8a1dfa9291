/*
 * A YAML file as a tree whose values know where they are written. Nodes are allocated in an arena, are never
 * changed, and are shared by the trees that are made of them, so that a merged map points to where a person
 * would edit each of its values.
 */
#ifndef SHELFLIFE_INPUTS_NODES_H
#define SHELFLIFE_INPUTS_NODES_H

#include "inputs/inputs.h"

enum {
    SHELFLIFE_INPUT_NODE_DEPTH_MAX = 100,     /* levels of nesting */
    SHELFLIFE_INPUT_NODE_REPEAT_MAX = 200000, /* values that the aliases of a document may repeat */
    SHELFLIFE_INPUT_NODE_DOCUMENTS_MAX = 100,
};

enum shelflife_input_node_type {
    SHELFLIFE_INPUT_NODE_MAP,
    SHELFLIFE_INPUT_NODE_LIST,
    SHELFLIFE_INPUT_NODE_SCALAR, /* a string, a number or a boolean */
    SHELFLIFE_INPUT_NODE_NULL,
};

struct shelflife_input_node;

/* An entry of a map, or an element of a list, which has no key. */
struct shelflife_input_entry {
    str key;
    const struct shelflife_input_node *value;
};

struct shelflife_input_node {
    enum shelflife_input_node_type type;
    str text; /* of a scalar, as written, without quotes */
    str tag;  /* "!reference"; absent: none */
    struct shelflife_input_place place;
    const struct shelflife_input_entry *entries; /* of a map or a list; keys are different */
    size_t count;
    const struct shelflife_input_entry *const *by_key; /* the entries of a map in the order of their keys */
};

/* What "<<" in a map means. */
enum shelflife_input_merges {
    SHELFLIFE_INPUT_MERGES_NONE,     /* nothing: it is a key like others */
    SHELFLIFE_INPUT_MERGES_EXPLICIT, /* the map's own keys win; of several merged maps the first */
    SHELFLIFE_INPUT_MERGES_LATER,    /* what is written later wins (Ruby); of a list of maps the first */
};

struct shelflife_input_documents {
    const struct shelflife_input_node *at[SHELFLIFE_INPUT_NODE_DOCUMENTS_MAX];
    size_t count;
};

/* Reads a YAML file. On failure, *at is the position, if it is known. The error is INPUT if the text is at
   fault, LIMIT if the arena is too small. The text need not stay valid. */
bool shelflife_input_node_read(arena *memory, str file, str text, enum shelflife_input_merges merges,
                               struct shelflife_input_documents *out, struct shelflife_input_place *at,
                               error *err) SHELFLIFE_MUST_CHECK;

/* The entry of a key. NULL: it is not a map, or does not have the key. */
const struct shelflife_input_entry *shelflife_input_node_entry(const struct shelflife_input_node *map,
                                                               str key);

/* The value of a key. NULL: it is not a map, or does not have the key, or the value is null. */
const struct shelflife_input_node *shelflife_input_node_get(const struct shelflife_input_node *map, str key);

/* The same for a literal key. `map` may be NULL. */
#define SHELFLIFE_INPUT_NODE_GET(map, literal) shelflife_input_node_get(map, STR(literal))

/* The text of a scalar; absent if the node is NULL or is not a scalar. */
str shelflife_input_node_text(const struct shelflife_input_node *node);

static inline bool shelflife_input_node_is(const struct shelflife_input_node *node,
                                           enum shelflife_input_node_type type)
{
    return node && node->type == type;
}

/* Makes a scalar at the place of another node. NULL: the arena is full. */
struct shelflife_input_node *shelflife_input_node_scalar(arena *memory, str text,
                                                         struct shelflife_input_place at);

/* Makes a map of entries. A later one replaces an earlier one with the same key. NULL: the arena is
   full. */
struct shelflife_input_node *shelflife_input_node_map(arena *memory,
                                                      const struct shelflife_input_entry *entries,
                                                      size_t count, struct shelflife_input_place at);

/* Merges two maps at all levels: where one of the two values is not a map, that of `over` counts. A value of
   `over` with the tag "!reset" removes the key; one with "!override" is not merged. Either may be NULL. NULL
   with *ok false: the arena is full. */
const struct shelflife_input_node *shelflife_input_node_merge(arena *memory,
                                                              const struct shelflife_input_node *base,
                                                              const struct shelflife_input_node *over,
                                                              bool *ok);

#endif
