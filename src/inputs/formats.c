#include "inputs/inputs.h"

/* How a file of a format is called. The first line that fits decides. */
struct name {
    const char *folder; /* which the file is in: ".github/workflows"; NULL: any */
    const char *start, *end;
    const struct shelflife_input_format *format;
};

static const struct name names[] = {
    {NULL, "", "", NULL},
};

static bool fits(const struct name *name, str folder, str file)
{
    str start = shelflife_str_of(name->start), end = shelflife_str_of(name->end);
    return name->format && file.len >= start.len + end.len && shelflife_str_starts(file, start) &&
           shelflife_str_ends(file, end) &&
           (!name->folder || shelflife_str_ends(folder, shelflife_str_of(name->folder)));
}

const struct shelflife_input_format *shelflife_input_format_of(const char *path)
{
    str whole = shelflife_str_of(path), folder = {0}, file = whole;
    size_t slash = shelflife_str_find_last(whole, '/');
    if (slash != SIZE_MAX) {
        folder = shelflife_str_first(whole, slash);
        file = shelflife_str_after(whole, slash + 1);
    }
    for (size_t i = 0; i < COUNT(names); i++)
        if (fits(&names[i], folder, file))
            return names[i].format;
    return NULL;
}
