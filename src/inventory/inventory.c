#include "shelflife/inventory.h"

#include "base/base.h"

bool shelflife_inventory_find(const struct shelflife_inventory *inventory,
                              const struct shelflife_reference *reference,
                              struct shelflife_inventory_entry *out)
{
    (void)inventory;
    (void)reference;
    *out = (struct shelflife_inventory_entry){0};
    return false;
}
