/* Collects tokens that the streaming parser delivers in fragments, up to a limit. */
#ifndef SHELFLIFE_REGISTRY_TEXT_H
#define SHELFLIFE_REGISTRY_TEXT_H

#include "base/ascii.h"
#include "base/base.h"
#include "json/words.h"

enum { REGISTRY_TEXT_MAX = 4096 };

struct registry_text {
    size_t len;
    bool cut; /* it is longer than what is here */
    char at[REGISTRY_TEXT_MAX];
};

static inline void registry_text_clear(struct registry_text *t)
{
    t->len = 0;
    t->cut = false;
}

static inline void registry_text_add(struct registry_text *t, str fragment)
{
    size_t room = sizeof(t->at) - t->len;
    t->cut |= fragment.len > room;
    fragment = shelflife_str_first(fragment, room);
    shelflife_copy(t->at + t->len, fragment.at, fragment.len);
    t->len += fragment.len;
}

static inline str registry_text_str(const struct registry_text *t)
{
    return (str){t->at, t->len};
}

/* Whether two names of members are the same to a container runtime. */
static inline bool registry_text_is(str name, const char *expected)
{
    return ascii_equal_fold(name, shelflife_str_of(expected));
}

/* "a string", "a map": what an event is the beginning of. */
static inline const char *registry_text_type(enum shelflife_json_event event)
{
    static const char *const names[] = {
        [SHELFLIFE_JSON_MAP_START] = "a map",
        [SHELFLIFE_JSON_MAP_END] = "a map",
        [SHELFLIFE_JSON_ARRAY_START] = "an array",
        [SHELFLIFE_JSON_ARRAY_END] = "an array",
        [SHELFLIFE_JSON_KEY] = "a key",
        [SHELFLIFE_JSON_STRING] = "a string",
        [SHELFLIFE_JSON_NUMBER] = "a number",
        [SHELFLIFE_JSON_TRUE] = "a boolean",
        [SHELFLIFE_JSON_FALSE] = "a boolean",
        [SHELFLIFE_JSON_NULL] = "null",
    };
    return names[event];
}

/* Whether a text can be kept: UTF-8 without control characters. */
static inline bool registry_text_is_plain(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] < 0x20 || s.at[i] == 0x7f)
            return false;
    return shelflife_str_is_utf8(s);
}

#endif
