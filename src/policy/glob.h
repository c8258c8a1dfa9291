/*
 * The patterns of a policy, compiled into one automaton. A pattern matches a whole text; "*" matches any
 * characters except "/", and "**" matches any characters. Patterns belong to lists, and the answer is the set
 * of the lists that have a pattern that matches.
 *
 * The text before the first wildcard of a pattern, its head, is searched in the sorted heads of all patterns,
 * one byte at a time. After its head, a pattern is a row of states: the number of its literal bytes that have
 * been read, where a wildcard keeps a state. 64 patterns of about the same length are a block. Their states
 * are bits: a word has one state of each, and the next word has the next ones. So a byte of the text takes a
 * few operations for each word that is not zero, whatever the number of wildcards, and the text is read once.
 *
 * The automaton does not change once it is compiled, and any number of threads may use it. Matching needs no
 * memory except about 12 KiB of stack.
 */
#ifndef SHELFLIFE_POLICY_GLOB_H
#define SHELFLIFE_POLICY_GLOB_H

#include "base/base.h"

enum {
    SHELFLIFE_POLICY_GLOB_MAX = 512,          /* bytes of a pattern */
    SHELFLIFE_POLICY_GLOB_STATES_MAX = 65535, /* of all patterns */
    SHELFLIFE_POLICY_GLOB_LIST_OF_ALL = 0,    /* a list without patterns, which every text matches */
    SHELFLIFE_POLICY_GLOB_LIST_WORDS_MAX = (SHELFLIFE_POLICY_GLOB_STATES_MAX + 1) / 64,
};

struct shelflife_policy_glob {
    str text;
    size_t list; /* at least 1 */
};

struct shelflife_policy_globs {
    struct shelflife_policy_glob_head *heads; /* sorted */
    size_t count;
    size_t width;          /* of a set of states, in words */
    size_t list_width;     /* of a set of lists, in words */
    uint8_t class_of[256]; /* of bytes; 0: bytes that no pattern has after its head */
    /* Sets of states: */
    uint64_t *match;     /* for each class, those that a byte of the class leads to the next state */
    uint64_t *keep;      /* those that a wildcard keeps */
    uint64_t *keep_past; /* those that "**" keeps, also at "/" */
    uint64_t *accept;    /* the last one of each pattern */
    uint16_t *list_at;   /* the list, by the last state of a pattern */
};

/* The number of states of a pattern: one, and one for each literal byte after the first wildcard. */
size_t shelflife_policy_glob_states(str pattern);

/* Compiles patterns into the arena, and sorts them. Each has at most SHELFLIFE_POLICY_GLOB_MAX bytes, and all
   together have at most SHELFLIFE_POLICY_GLOB_STATES_MAX states. The lists have the numbers 1, 2, … without
   gaps. The texts must live as long as the automaton. Returns false if the arena fails. */
bool shelflife_policy_globs_compile(struct shelflife_policy_glob *patterns, size_t count, arena *a,
                                    struct shelflife_policy_globs *out) SHELFLIFE_MUST_CHECK;

/* Adds the lists with a pattern that matches the text to a set of globs->list_width words, and the list of
   all. An empty text matches no pattern. */
void shelflife_policy_globs_match(const struct shelflife_policy_globs *globs, str text, uint64_t *lists);

static inline bool shelflife_policy_globs_has(const uint64_t *lists, size_t list)
{
    /* Those who judge have allocated the lists. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
    return lists[list / 64] >> list % 64 & 1;
}

#endif
