/* The images of a layout: see layout.h. */
#include "pki/pki.h"
#include "registry/layout.h"
#include "shelflife/reference.h"

enum { NAMES_MAX = 1024 /* of one image */, NAMES_SHOWN_MAX = 5 };

void shelflife_registry_list_init(struct shelflife_registry_list *list)
{
    *list = (struct shelflife_registry_list){0};
    shelflife_arena_init(&list->memory, SHELFLIFE_REGISTRY_LAYOUT_MEMORY_MAX);
}

void shelflife_registry_list_free(struct shelflife_registry_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        shelflife_free(list->at[i].names);
    shelflife_free(list->at);
    shelflife_arena_free(&list->memory);
}

struct shelflife_registry_listed *shelflife_registry_list_get(struct shelflife_registry_list *list, str key,
                                                              error *err)
{
    for (size_t i = 0; i < list->count; i++)
        if (shelflife_str_equal(list->at[i].key, key))
            return &list->at[i];
    struct shelflife_registry_listed added = {0};
    if (list->count == SHELFLIFE_REGISTRY_LAYOUT_IMAGES_MAX) {
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "there are more than %d images",
                       SHELFLIFE_REGISTRY_LAYOUT_IMAGES_MAX);
        return NULL;
    }
    if (!shelflife_arena_copy(&list->memory, key, &added.key)) {
        shelflife_arena_fail(&list->memory, err);
        return NULL;
    }
    if (!shelflife_grow(&list->at, &list->capacity, list->count + 1, sizeof(*list->at))) {
        shelflife_fail_memory(err);
        return NULL;
    }
    list->at[list->count] = added;
    return &list->at[list->count++];
}

bool shelflife_registry_list_name(struct shelflife_registry_list *list,
                                  struct shelflife_registry_listed *image, str name, bool reference,
                                  error *err)
{
    struct shelflife_registry_name added = {.reference = reference};
    if (image->name_count == NAMES_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "an image has more than %d names", NAMES_MAX);
    if (!shelflife_arena_copy(&list->memory, name, &added.text))
        return shelflife_arena_fail(&list->memory, err);
    if (!shelflife_grow(&image->names, &image->capacity, image->name_count + 1, sizeof(*image->names)))
        return shelflife_fail_memory(err);
    image->names[image->name_count++] = added;
    return true;
}

/* ---- Choosing ---- */

/* Whether two names are the same reference: "app:1" and "docker.io/library/app:1". */
static bool is_same_reference(str a, str b)
{
    CLEANUP(shelflife_arena_free) arena memory;
    struct shelflife_reference x, y;
    shelflife_arena_init(&memory, 64 << 10);
    return shelflife_reference_parse(a, &memory, &x, NULL) &&
           shelflife_reference_parse(b, &memory, &y, NULL) && shelflife_str_equal(x.normalized, y.normalized);
}

static bool is_wanted(const struct shelflife_registry_layout *layout,
                      const struct shelflife_registry_listed *listed)
{
    bool found = layout->name.len == 0 || shelflife_str_equal(listed->key, layout->name);
    for (size_t i = 0; i < listed->name_count && !found; i++) {
        const struct shelflife_registry_name *name = &listed->names[i];
        found = shelflife_str_equal(name->text, layout->name) ||
                (name->reference && is_same_reference(name->text, layout->name));
    }
    return found;
}

static bool fail_none(const struct shelflife_registry_layout *layout,
                      const struct shelflife_registry_list *list, error *err)
{
    char names[512] = "";
    size_t length = 0, shown = 0;
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < list->at[i].name_count; k++) {
            str name = list->at[i].names[k].text;
            if (shown == NAMES_SHOWN_MAX || length + name.len + 3 > sizeof(names))
                continue;
            int n = snprintf(names + length, sizeof(names) - length, "%s%.*s", shown++ ? ", " : "",
                             STR_PRINT(name));
            length += n > 0 ? (size_t)n : 0;
        }
    if (layout->name.len == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s: there is no image in it", layout->text);
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s: there is no image \"%.*s\"%s%s", layout->text,
                          STR_PRINT(layout->name), shown ? "; there are " : "", names);
}

/* ---- Reading ---- */

/* "oci:DIR:1.2", or with the digest if it has no name. */
static bool set_place(const struct shelflife_registry_layout *layout,
                      const struct shelflife_registry_list *list,
                      const struct shelflife_registry_listed *listed, arena *a, str *out)
{
    str name = layout->name.len ? layout->name : listed->name_count ? listed->names[0].text : (str){0};
    if (name.len == 0 && list->count > 1)
        name = listed->key;
    return shelflife_arena_format(a, out, "%s%s%.*s", layout->text, name.len ? ":" : "", STR_PRINT(name));
}

static bool set_references(const struct shelflife_registry_listed *listed, arena *a,
                           struct shelflife_registry_disk_image *out)
{
    str *references = shelflife_arena_array(a, listed->name_count, sizeof(*references));
    if (!references)
        return false;
    for (size_t i = 0; i < listed->name_count; i++)
        if (listed->names[i].reference)
            references[out->reference_count++] = listed->names[i].text;
    out->references = references;
    return true;
}

/* What names, or their absence, mean. */
static bool add_notes(const struct shelflife_registry_list *list,
                      const struct shelflife_registry_listed *listed,
                      const struct shelflife_registry_disk_image *disk, arena *a,
                      struct shelflife_registry_image *image)
{
    bool named = false, local = false;
    for (size_t i = 0; i < list->count; i++)
        named |= list->at[i].name_count > 0;
    for (size_t i = 0; i < disk->reference_count; i++)
        local |= shelflife_str_starts(disk->references[i], STR("localhost/"));
    if (named && listed->name_count == 0 &&
        !shelflife_registry_image_note(
            image, STR("it has no name, while others have one: mostly, another image has taken its name"), a))
        return false;
    return !local ||
           shelflife_registry_image_note(
               image, STR("localhost/ may be what Podman puts before a name without a registry"), a);
}

static bool read_one(const struct shelflife_registry_layout *layout,
                     const struct shelflife_registry_list *list,
                     const struct shelflife_registry_listed *listed, shelflife_registry_list_reader *reader,
                     arena *a, error *err)
{
    struct shelflife_registry_image image = {.outdated_since = SHELFLIFE_DAY_NONE};
    struct shelflife_registry_disk_image disk = {0};
    error why = {0};
    if (!set_place(layout, list, listed, a, &disk.place) || !set_references(listed, a, &disk))
        return shelflife_arena_fail(a, err);
    if (!reader(layout, listed, a, &image, &why))
        disk.failure = &why;
    if (why.kind == SHELFLIFE_ERROR_MEMORY) { /* the others would fail, too */
        if (err)
            *err = why;
        return false;
    }
    if (disk.failure)
        shelflife_error_prefix(&why, "%.*s", STR_PRINT(disk.place));
    else if (!add_notes(list, listed, &disk, a, &image))
        return shelflife_arena_fail(a, err);
    else
        disk.image = &image;
    return layout->sink(layout->sink_context, &disk, err);
}

bool shelflife_registry_list_read(const struct shelflife_registry_layout *layout,
                                  const struct shelflife_registry_list *list,
                                  shelflife_registry_list_reader *reader, error *err)
{
    bool ok = true, any = false;
    arena memory;
    shelflife_arena_init(&memory, SHELFLIFE_REGISTRY_LAYOUT_MEMORY_MAX);
    for (size_t i = 0; ok && i < list->count; i++) {
        if (!is_wanted(layout, &list->at[i]))
            continue;
        any = true;
        ok = read_one(layout, list, &list->at[i], reader, &memory, err);
        shelflife_arena_reset(&memory);
    }
    shelflife_arena_free(&memory);
    return ok && (any || fail_none(layout, list, err));
}
