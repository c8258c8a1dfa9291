/* Small catalogs and policies for the tests of the room sources. */
#ifndef SHELFLIFE_TEST_SOURCES_KIT_H
#define SHELFLIFE_TEST_SOURCES_KIT_H

#include "shelflife/catalog.h"
#include "unit/folder_kit.h"

/* A catalog of one product, as JSON. */
static UNUSED str catalog_text(const char *name, int serial, char text[1024])
{
    int n = snprintf(text, 1024,
                     "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": \"%s\", "
                     "\"asOf\": \"2026-11-01\", \"serial\": %d, \"products\": [{\"name\": \"app\", "
                     "\"repositories\": [\"images.example/app\"], "
                     "\"rows\": [{\"release\": \"1.0\", \"endOfPatch\": \"2026-01-01\"}]}]}",
                     name, serial);
    return (str){text, (size_t)n};
}

static UNUSED void put_catalog(void **state, const char *file, const char *name, int serial)
{
    char text[1024];
    put(state, file, catalog_text(name, serial, text));
}

/* The serial of the catalog of this name; -1 if there is none. */
static UNUSED int64_t serial_of(const struct shelflife_catalogs *set, const char *name)
{
    for (size_t i = 0; i < shelflife_catalogs_count(set); i++)
        if (shelflife_str_equal(shelflife_catalogs_at(set, i)->name, shelflife_str_of(name)))
            return shelflife_catalogs_at(set, i)->serial;
    return -1;
}

#endif
