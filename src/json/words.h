/* Helpers for those that read events, documents and YAML. */
#ifndef SHELFLIFE_JSON_WORDS_H
#define SHELFLIFE_JSON_WORDS_H

#include "base/base.h"
#include "shelflife/json.h"

/* Appends a string in quotes, as the writer writes it. */
void shelflife_json_append_string(buffer *out, str s);

/* Whether the event begins a map or an array. */
static inline bool shelflife_json_opens(enum shelflife_json_event event)
{
    return event == SHELFLIFE_JSON_MAP_START || event == SHELFLIFE_JSON_ARRAY_START;
}

/* Whether it ends one. */
static inline bool shelflife_json_closes(enum shelflife_json_event event)
{
    return event == SHELFLIFE_JSON_MAP_END || event == SHELFLIFE_JSON_ARRAY_END;
}

static inline bool shelflife_json_is_among(str s, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (shelflife_str_equal(s, shelflife_str_of(words[i])))
            return true;
    return false;
}

/* The number of bytes from position i on that are in `set`. */
static inline size_t shelflife_json_run_of(str s, size_t from, const char *set)
{
    size_t i = from;
    while (i < s.len && s.at[i] && strchr(set, s.at[i]))
        i++;
    return i - from;
}

#endif
