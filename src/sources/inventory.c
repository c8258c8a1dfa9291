#include "sources/inventory.h"

#include "sources/inventory_file.h"

/* Of one path. */
static struct shelflife_inventory *load_one(const char *path, error *err)
{
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    if (!inventory)
        shelflife_fail_memory(err);
    else if (shelflife_sources_inventory_add(inventory, path, err)) {
        if (shelflife_inventory_finish(inventory, err))
            return inventory;
        shelflife_error_prefix(err, "%s", path);
    }
    shelflife_inventory_free(inventory);
    return NULL;
}

static struct shelflife_inventory *load_all(const char *const *paths, size_t count,
                                            struct shelflife_sources_remotes *remotes, error *err)
{
    if (count == 1 && !remotes)
        return load_one(paths[0], err);
    struct shelflife_inventory *all = shelflife_inventory_new();
    bool fine = all || shelflife_fail_memory(err);
    for (size_t i = 0; fine && i < count; i++) {
        struct shelflife_inventory *one = load_one(paths[i], err);
        fine = one && shelflife_inventory_merge(all, one, err);
        shelflife_inventory_free(one);
    }
    fine = fine && (!remotes || shelflife_sources_remotes_merge(remotes, all, err));
    if (fine && shelflife_inventory_finish(all, err))
        return all;
    shelflife_inventory_free(all);
    return NULL;
}

static void destroy(void *object)
{
    struct shelflife_sources_inventory *inventory = object;
    shelflife_inventory_free(inventory->content);
    free(inventory);
}

struct shelflife_sources_inventory *shelflife_sources_inventory_load(
    const char *const *paths, size_t count, struct shelflife_sources_remotes *remotes, error *err)
{
    struct shelflife_sources_inventory *inventory = calloc(1, sizeof(*inventory));
    if (!inventory) {
        shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_sources_share(inventory, destroy);
    inventory->content = load_all(paths, count, remotes, err);
    if (inventory->content)
        return inventory;
    shelflife_sources_release(inventory);
    return NULL;
}
