#include "inputs/paths.h"

str shelflife_input_paths_folder(str path)
{
    size_t slash = shelflife_str_find_last(path, '/');
    return slash == SIZE_MAX ? (str){0} : shelflife_str_first(path, slash ? slash : 1);
}

/* Takes the next part of a path, which may be empty. */
static str next_part(str *rest)
{
    size_t slash = shelflife_str_find(*rest, '/');
    str part = shelflife_str_first(*rest, slash);
    *rest = slash == SIZE_MAX ? (str){0} : shelflife_str_after(*rest, slash + 1);
    return part;
}

/* Appends a part to text[0..len), in which `root` bytes are the leading slash. Returns the new length. */
static size_t add_part(char *text, size_t len, size_t root, str part)
{
    str whole = {text, len};
    str last = shelflife_str_after(whole, shelflife_str_find_last(whole, '/') + 1); /* SIZE_MAX + 1 is 0 */
    if (part.len == 0 || shelflife_str_equal(part, STR(".")))
        return len;
    if (shelflife_str_equal(part, STR("..")) && len > root && !shelflife_str_equal(last, STR(".."))) {
        len -= last.len;
        return len > root ? len - 1 : len;
    }
    if (shelflife_str_equal(part, STR("..")) && root && len == root)
        return len;
    if (len > root)
        text[len++] = '/';
    memcpy(text + len, part.at, part.len);
    return len + part.len;
}

bool shelflife_input_paths_join(str folder, str name, arena *memory, str *out, error *err)
{
    bool absolute = shelflife_str_starts(name, STR("/"));
    str rest[] = {absolute ? (str){0} : folder, name};
    char *text = shelflife_arena_alloc(memory, folder.len + name.len + 3);
    if (!text)
        return shelflife_arena_fail(memory, err);
    size_t root = absolute || shelflife_str_starts(folder, STR("/")), len = root;
    text[0] = '/';
    for (size_t i = 0; i < COUNT(rest); i++)
        while (rest[i].len)
            len = add_part(text, len, root, next_part(&rest[i]));
    text[len] = '\0';
    *out = (str){text, len};
    return true;
}

static bool contains(str s, str part)
{
    for (size_t i = 0; i + part.len <= s.len; i++)
        if (memcmp(s.at + i, part.at, part.len) == 0)
            return true;
    return false;
}

bool shelflife_input_paths_is_remote(str name)
{
    static const str starts[] = {STR_INIT("git@"), STR_INIT("git::"), STR_INIT("gh:"),
                                 STR_INIT("github.com")};
    static const str parts[] = {STR_INIT("://"),   STR_INIT("?ref="), STR_INIT("?version="),
                                STR_INIT("&ref="), STR_INIT(".git/"), STR_INIT("@github.com")};
    for (size_t i = 0; i < COUNT(starts); i++)
        if (shelflife_str_starts(name, starts[i]))
            return true;
    for (size_t i = 0; i < COUNT(parts); i++)
        if (contains(name, parts[i]))
            return true;
    return shelflife_str_ends(name, STR(".git"));
}
