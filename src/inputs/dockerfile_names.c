#include "inputs/dockerfile_names.h"

#include "base/ascii.h"

typedef struct shelflife_input_dockerfile_names names_of;

void shelflife_input_dockerfile_names_free(names_of *names)
{
    shelflife_free(names->names);
    *names = (names_of){0};
}

static int compare(const void *key, const void *element)
{
    const struct shelflife_input_dockerfile_name *name = element;
    return shelflife_str_compare(*(const str *)key, name->name);
}

static int compare_fold(const void *key, const void *element)
{
    str a = *(const str *)key, b = ((const struct shelflife_input_dockerfile_name *)element)->name;
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        unsigned char lower = (unsigned char)ascii_lower(a.at[i]), other = (unsigned char)b.at[i];
        if (lower != other)
            return lower < other ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}

static bool find(const names_of *names, str text, bool fold, size_t *at)
{
    int (*comparing)(const void *, const void *) = fold ? compare_fold : compare;
    *at = shelflife_lower_bound(&text, names->names, names->count, sizeof(*names->names), comparing);
    return *at < names->count && comparing(&text, &names->names[*at]) == 0;
}

bool shelflife_input_dockerfile_names_set(names_of *names, str name, uint32_t number, error *err)
{
    size_t at;
    if (find(names, name, false, &at)) {
        names->names[at].number = number;
        return true;
    }
    if (!shelflife_grow(&names->names, &names->capacity, names->count + 1, sizeof(*names->names)))
        return shelflife_fail_memory(err);
    memmove(&names->names[at + 1], &names->names[at], (names->count - at) * sizeof(*names->names));
    names->names[at] = (struct shelflife_input_dockerfile_name){name, number};
    names->count++;
    return true;
}

bool shelflife_input_dockerfile_names_find(const names_of *names, str text, bool fold, uint32_t *number)
{
    size_t at;
    if (!find(names, text, fold, &at))
        return false;
    *number = names->names[at].number;
    return true;
}
