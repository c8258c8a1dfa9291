/*
 * Compiled shapes: all path patterns as one automaton, which reads the steps from an object's root to a
 * value. A set of states is a bit set: bit i of a pattern is set if the first i steps of the pattern lead to
 * the value. Going down one key or element takes a few word operations (shift-and), whatever the number of
 * patterns. With an empty set, nothing below the value matters.
 */
#ifndef SHELFLIFE_WORKLOAD_SHAPES_H
#define SHELFLIFE_WORKLOAD_SHAPES_H

#include "base/base.h"
#include "shelflife/workload.h"
#include "workload/kinds.h"
#include "workload/parts.h"

/* What has been read of an object, and the owner being read. */
struct shelflife_workload_notes {
    struct shelflife_object object;
    struct shelflife_owner candidate;
    bool controller; /* of the candidate */
    str *fields;
};

/* Strings that every object has: their paths, and their place in struct shelflife_workload_notes. */
struct shelflife_workload_noted_string {
    str path;
    size_t offset;
};
enum { SHELFLIFE_WORKLOAD_NOTED_STRINGS = 10 };
extern const struct shelflife_workload_noted_string
    shelflife_workload_noted_strings[SHELFLIFE_WORKLOAD_NOTED_STRINGS];

/* From here on: the caller's fields. */
enum { SHELFLIFE_WORKLOAD_SLOT_FIELDS = SHELFLIFE_WORKLOAD_SLOT_STRINGS + SHELFLIFE_WORKLOAD_NOTED_STRINGS };

struct shelflife_workload_pattern {
    str path;
    size_t slot;
    size_t first, end; /* its bits; the last one is set if the whole pattern matches */
    bool parts;        /* "{}": the image can also be a map of its parts */
};

/* Going down one level: bits in `match` move to the next step, bits in `keep` stay ("**"). */
struct shelflife_workload_move {
    const uint64_t *match, *keep;
};

struct shelflife_workload_word {
    str text;
    struct shelflife_workload_move move;
    bool stop;
};

/* Why a pattern applies to a kind. */
enum shelflife_workload_row_class {
    SHELFLIFE_WORKLOAD_ROW_EXACT,   /* a built-in kind, to which no generic row applies */
    SHELFLIFE_WORKLOAD_ROW_GENERIC, /* every other kind */
    SHELFLIFE_WORKLOAD_ROW_FURTHER, /* in addition to the others */
    SHELFLIFE_WORKLOAD_ROW_HISTORY, /* an earlier version of a workload, to which no other row applies */
};

struct shelflife_workload_row {
    str group, kind;
    enum shelflife_workload_row_class class;
    size_t pattern;
    uint32_t next; /* number + 1 of the next row of such a kind */
};

enum { SHELFLIFE_WORKLOAD_ROW_LISTS = 256 };

struct shelflife_shapes {
    arena memory;
    size_t width; /* of a set, in 64-bit words */
    size_t field_count;
    struct shelflife_workload_pattern *patterns; /* those of images last */
    size_t pattern_count, noted_pattern_count;
    struct shelflife_workload_row *rows;
    size_t row_count;
    uint32_t rows_of[SHELFLIFE_WORKLOAD_ROW_LISTS]; /* number + 1 of the first row, by hash of the kind */
    uint32_t any_kind;                              /* of the first row for any kind */
    struct shelflife_workload_word *words; /* the keys that patterns name; the first are those of enum
                                              shelflife_workload_part */
    size_t word_count;
    uint16_t *buckets; /* word number + 1, open addressing */
    size_t bucket_mask;
    struct shelflife_workload_move other, element; /* any other key; an array's element */
    const uint64_t *starts;                        /* the first bit of each pattern */
    const uint64_t *star;                          /* steps that are "**" */
    const uint64_t *accept;                        /* the last bit of each pattern */
    const uint64_t *images, *maps;                 /* those of images, and of them those that can be maps */
    const uint64_t *parameters, *texts; /* those of parameters, and of strings that contain images */
    const uint64_t *beside;             /* the step before, if it is a key of an image's pattern */
    const uint16_t *pattern_at;         /* by bit of `accept` */
};

/* Selects the patterns for a kind, as the set of all their bits. Returns whether images of the kind are run
 * as they are written, see shelflife_workload_kinds_run_as_written(). */
bool shelflife_workload_shapes_select(const struct shelflife_shapes *s, str group, str kind, uint64_t *set);

/* Selects the patterns of all kinds. */
void shelflife_workload_shapes_select_all(const struct shelflife_shapes *s, uint64_t *set);

/* Finds the word of a key, or returns NULL. The table is small, so that keys made to collide do not make it
 * slow. */
const struct shelflife_workload_word *shelflife_workload_shapes_word(const struct shelflife_shapes *s,
                                                                     str key);

/* Whether a key may have a word: false for nearly all keys that have none. */
static inline bool shelflife_workload_shapes_may_know(const struct shelflife_shapes *s, str key)
{
    return s->buckets[shelflife_str_tag(key) & s->bucket_mask];
}

/* The same for the key in lower case. It compares keys as Go's encoding/json does. */
const struct shelflife_workload_word *shelflife_workload_shapes_folded_word(const struct shelflife_shapes *s,
                                                                            str key);

/* The following functions use only the first `width` words of a set, which contain the bits of all selected
 * patterns. */

/* The states of the selected patterns at the root of an object. */
void shelflife_workload_shapes_root(const struct shelflife_shapes *s, size_t width, const uint64_t *selected,
                                    uint64_t *to);

/* The states one level down. Returns false if there are none. */
bool shelflife_workload_shapes_move(const struct shelflife_shapes *s, size_t width,
                                    struct shelflife_workload_move move, const uint64_t *from, uint64_t *to);

/* The number of the list in `rows_of` that has the rows of a kind. */
static inline size_t shelflife_workload_shapes_list_of(str kind)
{
    return shelflife_str_tag(kind) % SHELFLIFE_WORKLOAD_ROW_LISTS;
}

static inline void shelflife_workload_set_bit(uint64_t *set, size_t bit)
{
    set[bit / 64] |= UINT64_C(1) << bit % 64;
}

#endif
