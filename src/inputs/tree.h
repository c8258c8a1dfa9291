/*
 * A YAML or JSON file in memory, with the line of each value: for files in which values depend on one
 * another, such as the values of a chart. Aliases are expanded. A tree of a hostile file is limited:
 * SHELFLIFE_INPUT_TREE_*.
 */
#ifndef SHELFLIFE_INPUTS_TREE_H
#define SHELFLIFE_INPUTS_TREE_H

#include "base/base.h"
#include "shelflife/json.h"

enum {
    SHELFLIFE_INPUT_TREE_DEPTH_MAX = 100,
    SHELFLIFE_INPUT_TREE_ALIASES_MAX = 10000, /* values that aliases repeat */
    SHELFLIFE_INPUT_TREE_VALUES_MAX = 500000,
};

enum shelflife_input_type {
    SHELFLIFE_INPUT_MAP,
    SHELFLIFE_INPUT_ARRAY,
    SHELFLIFE_INPUT_STRING,
    SHELFLIFE_INPUT_NUMBER, /* as written */
    SHELFLIFE_INPUT_TRUE,
    SHELFLIFE_INPUT_FALSE,
    SHELFLIFE_INPUT_NULL,
};

struct shelflife_input_tree {
    str key;  /* in a map */
    str text; /* of a string or number */
    enum shelflife_input_type type;
    uint32_t line, column;
    bool block;                                /* a string whose lines are those below `line` */
    bool used;                                 /* for the caller */
    unsigned short file;                       /* for the caller */
    struct shelflife_input_tree *first, *next; /* its values; the next value beside it */
};

/* Reads a text into an array of its documents, in the arena. On failure *why has the reason, and *line the
   line or 0; `line` may be NULL. */
struct shelflife_input_tree *shelflife_input_tree_read(str text, arena *memory, uint32_t *line, error *why);

/* Makes a tree of events. */
struct shelflife_input_tree_maker {
    arena *memory;
    /* The array of the values at the top, then the open maps and arrays; and the last value of each. */
    struct shelflife_input_tree *open[SHELFLIFE_INPUT_TREE_DEPTH_MAX + 1],
        *last[SHELFLIFE_INPUT_TREE_DEPTH_MAX + 1];
    size_t depth, count;
    str key;
    struct shelflife_input_tree *string; /* the last value, if it is a string */
    buffer piece;                        /* of a text that arrives in pieces */
    bool has_piece;
    struct shelflife_json_position piece_at;
};

/* Starts a tree in the arena. Its root, open[0], is an array of what the events say. */
bool shelflife_input_tree_start(struct shelflife_input_tree_maker *maker, arena *memory, error *err);
void shelflife_input_tree_stop(struct shelflife_input_tree_maker *maker); /* the tree stays */

/* Adds an event, at its place. Fails for lack of memory, or by the limits, with an error of the kind LIMIT;
   then no more may be added. */
bool shelflife_input_tree_add(struct shelflife_input_tree_maker *maker, enum shelflife_json_event event,
                              str text, bool last, struct shelflife_json_position at, error *err);

/* The value of a key; of duplicate keys the last one. NULL: there is none, or `map` is NULL or not a map. */
struct shelflife_input_tree *shelflife_input_tree_get(const struct shelflife_input_tree *map,
                                                      const char *key);

/* The same for a string; absent if it is none. */
str shelflife_input_tree_string(const struct shelflife_input_tree *map, const char *key);

/* The first value of a map or array; NULL: it has none, or it is NULL. */
struct shelflife_input_tree *shelflife_input_tree_first(const struct shelflife_input_tree *container);

#endif
