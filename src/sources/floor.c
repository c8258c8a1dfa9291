#include "sources/floor.h"

#include <errno.h>

#include "base/ascii.h"

enum { ARGUMENT_MAX = 64 << 10, SHOWN_MAX = 128 };

struct shelflife_sources_floor {
    str name;
    int64_t serial;
    bool configured; /* else it is that of the built-in edition */
};

static void cleanup_catalogs(struct shelflife_catalogs **set)
{
    shelflife_catalogs_free(*set);
}

static bool add_embedded(struct shelflife_sources_floors *floors, size_t more, error *err)
{
    CLEANUP(cleanup_catalogs) struct shelflife_catalogs *set = shelflife_catalogs_new();
    if (!set)
        return shelflife_fail_memory(err);
    if (!shelflife_catalogs_add_embedded(set, err) || !shelflife_catalogs_finish(set, err))
        return false;
    size_t count = shelflife_catalogs_count(set);
    floors->at = shelflife_arena_array(&floors->memory, count + more, sizeof(*floors->at));
    if (!floors->at)
        return shelflife_arena_fail(&floors->memory, err);
    for (; floors->count < count; floors->count++) {
        const struct shelflife_catalog *catalog = shelflife_catalogs_at(set, floors->count);
        struct shelflife_sources_floor *floor = &floors->at[floors->count];
        *floor = (struct shelflife_sources_floor){.serial = catalog->serial};
        if (!shelflife_arena_copy(&floors->memory, catalog->name, &floor->name))
            return shelflife_arena_fail(&floors->memory, err);
    }
    return true;
}

static bool read_serial(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    *out = n;
    return ascii_is_digit(text[0]) && *end == '\0' && errno == 0;
}

static bool add_configured(struct shelflife_sources_floors *floors, const char *text, error *err)
{
    str all = shelflife_str_of(text);
    size_t sign = shelflife_str_find(all, '=');
    struct shelflife_sources_floor floor = {.configured = true};
    if (sign == SIZE_MAX || sign == 0 || !read_serial(text + sign + 1, &floor.serial))
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "--min-serial must be NAME=SERIAL, such as endoflife=12, but is \"%.*s\"",
                              STR_PRINT(shelflife_str_first(all, SHOWN_MAX)));
    if (!shelflife_arena_copy(&floors->memory, shelflife_str_first(all, sign), &floor.name))
        return shelflife_arena_fail(&floors->memory, err);
    floors->at[floors->count++] = floor;
    return true;
}

bool shelflife_sources_floors_init(struct shelflife_sources_floors *floors, const char *const *configured,
                                   size_t count, error *err)
{
    *floors = (struct shelflife_sources_floors){0};
    shelflife_arena_init(&floors->memory, SIZE_MAX);
    bool ok = add_embedded(floors, count, err);
    for (size_t i = 0; ok && i < count; i++)
        ok = add_configured(floors, configured[i], err);
    if (!ok)
        shelflife_sources_floors_free(floors);
    return ok;
}

void shelflife_sources_floors_free(struct shelflife_sources_floors *floors)
{
    shelflife_arena_free(&floors->memory);
    *floors = (struct shelflife_sources_floors){0};
}

bool shelflife_sources_floors_check(const struct shelflife_sources_floors *floors,
                                    const struct shelflife_catalog *catalog, const char *origin, error *err)
{
    for (size_t i = 0; i < floors->count; i++) {
        const struct shelflife_sources_floor *floor = &floors->at[i];
        if (catalog->serial >= floor->serial || !shelflife_str_equal(catalog->name, floor->name))
            continue;
        return shelflife_fail(
            err, SHELFLIFE_ERROR_INPUT,
            "%s: the catalog \"%.*s\" with serial %lld is refused: %s serial %lld; publish a "
            "newer one",
            origin, STR_PRINT(catalog->name), (long long)catalog->serial,
            floor->configured ? "--min-serial demands at least" : "the built-in edition is newer, with",
            (long long)floor->serial);
    }
    return true;
}
