#include "feeds/check.h"

#include "shelflife/catalog.h"

bool shelflife_feeds_catalog_check(const char *origin, str bytes, error *err)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    bool ok = set ? shelflife_catalogs_add(set, bytes, origin, err) && shelflife_catalogs_finish(set, err)
                  : shelflife_fail_memory(err);
    shelflife_catalogs_free(set);
    return ok;
}
