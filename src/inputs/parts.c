#include "inputs/files.h"
#include "inputs/kustomize.h"
#include "inputs/paths.h"

struct part {
    str path, of;
};

struct shelflife_input_parts {
    arena memory;
    struct part *at;
    size_t count, capacity;
    bool sorted;
};

typedef struct shelflife_input_parts parts;

enum { MEMORY_MAX = 256 << 20 };

parts *shelflife_input_parts_new(void)
{
    parts *p = calloc(1, sizeof(*p));
    if (p)
        shelflife_arena_init(&p->memory, MEMORY_MAX);
    return p;
}

void shelflife_input_parts_free(parts *p)
{
    if (!p)
        return;
    shelflife_arena_free(&p->memory);
    free(p->at);
    free(p);
}

struct adding {
    parts *parts;
    str file; /* the kustomization */
    const struct shelflife_input_files *files;
};

static bool add(const struct adding *a, str name, error *err)
{
    parts *p = a->parts;
    str path, nested;
    if (!shelflife_input_paths_join(shelflife_input_paths_folder(a->file), name, &p->memory, &path, err) ||
        !shelflife_input_kustomize_find(path, a->files, &p->memory, &nested, err))
        return false;
    if (shelflife_str_equal(nested, a->file))
        return true; /* "." */
    if (!shelflife_grow(&p->at, &p->capacity, p->count + 1, sizeof(*p->at)))
        return shelflife_fail_memory(err);
    p->at[p->count++] = (struct part){nested.len ? nested : path, a->file};
    p->sorted = false;
    return true;
}

static bool on_name(void *context, const struct shelflife_input_tree *name, error *err)
{
    /* A file of a generator can be written as key=path. */
    size_t equals = shelflife_str_find(name->text, '=');
    if (shelflife_input_paths_is_remote(name->text) || shelflife_str_find(name->text, '\n') != SIZE_MAX)
        return true;
    return add(context, name->text, err) &&
           (equals == SIZE_MAX || add(context, shelflife_str_after(name->text, equals + 1), err));
}

static int compare(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    return shelflife_str_compare(x->path, y->path);
}

bool shelflife_input_parts_add(parts *p, const char *path, str text,
                               const struct shelflife_input_files *files, error *err)
{
    struct adding a = {.parts = p, .files = files};
    arena memory;
    shelflife_arena_init(&memory, MEMORY_MAX);
    const struct shelflife_input_tree *documents = shelflife_input_tree_read(text, &memory, NULL, NULL);
    bool ok = !documents ||
              (shelflife_input_paths_join((str){0}, shelflife_str_of(path), &p->memory, &a.file, err) &&
               shelflife_input_kustomize_named(shelflife_input_tree_first(documents), on_name, &a, err));
    shelflife_arena_free(&memory);
    return ok;
}

str shelflife_input_parts_of(parts *p, const char *path)
{
    str of = {0};
    arena memory;
    struct part key = {0};
    if (!p->sorted)
        shelflife_sort(p->at, p->count, sizeof(*p->at), compare);
    p->sorted = true;
    shelflife_arena_init(&memory, MEMORY_MAX);
    if (shelflife_input_paths_join((str){0}, shelflife_str_of(path), &memory, &key.path, NULL)) {
        const struct part *found = p->count ? bsearch(&key, p->at, p->count, sizeof(key), compare) : NULL;
        of = found ? found->of : of;
    }
    shelflife_arena_free(&memory);
    return of;
}
