#include "policy/glob.h"

static const char SEGMENT = '*', ANY = '\1';

bool shelflife_policy_glob_compile(str pattern, arena *a, struct shelflife_policy_glob *out)
{
    str copy;
    if (!shelflife_arena_copy(a, pattern, &copy))
        return false;
    char *p = shelflife_arena_alloc(a, pattern.len);
    if (!p)
        return false;
    size_t len = 0, literal = shelflife_str_find(pattern, '*');
    if (literal == SIZE_MAX)
        literal = pattern.len;
    for (size_t i = literal; i < pattern.len;) {
        size_t stars = 0;
        while (i + stars < pattern.len && pattern.at[i + stars] == '*')
            stars++;
        p[len++] = (char)(stars == 0 ? pattern.at[i] : stars == 1 ? SEGMENT : ANY);
        i += stars ? stars : 1;
    }
    *out = (struct shelflife_policy_glob){shelflife_str_first(copy, literal), {p, len}};
    return true;
}

/* A wildcard may match nothing: where it is reached, so is what follows it. */
static void pass_wildcards(str pattern, bool *reached)
{
    for (size_t k = 0; k < pattern.len; k++)
        if (reached[k] && (pattern.at[k] == SEGMENT || pattern.at[k] == ANY))
            reached[k + 1] = true;
}

bool shelflife_policy_glob_match(const struct shelflife_policy_glob *glob, str text)
{
    if (!shelflife_str_starts(text, glob->literal))
        return false;
    text = shelflife_str_after(text, glob->literal.len);
    str pattern = glob->rest;
    /* reached[k]: the pattern's first k characters match the text read so far. */
    bool reached[SHELFLIFE_POLICY_GLOB_MAX + 1] = {true};
    pass_wildcards(pattern, reached);
    for (size_t i = 0; i < text.len; i++) {
        bool any = false;
        for (size_t k = pattern.len + 1; k-- > 0;) {
            bool wild = k < pattern.len;
            bool stays = wild && (pattern.at[k] == ANY || (pattern.at[k] == SEGMENT && text.at[i] != '/'));
            bool steps = k > 0 && reached[k - 1] && pattern.at[k - 1] == text.at[i] &&
                         pattern.at[k - 1] != SEGMENT && pattern.at[k - 1] != ANY;
            reached[k] = (reached[k] && stays) || steps;
            any |= reached[k];
        }
        if (!any)
            return false;
        pass_wildcards(pattern, reached);
    }
    return reached[pattern.len];
}
