/* The catalogs of tests/data/catalogs/frozen, for tests whose expectations must not change with the data. */
#ifndef SHELFLIFE_TEST_FROZEN_H
#define SHELFLIFE_TEST_FROZEN_H

#include "shelflife/catalog.h"
#include "unit/test.h"

static inline void add_frozen_catalogs(struct shelflife_catalogs *set)
{
    static const char *const names[] = {"aws-dlc", "endoflife", "google-dlc", "vertex-ai"};
    enum { LIMIT = 1 << 20 };
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[512];
        error err = {0};
        CLEANUP(shelflife_buffer_free) buffer bytes;
        snprintf(path, sizeof(path), TESTS_DIR "/data/catalogs/frozen/%s.json", names[i]);
        FILE *f = fopen(path, "rb");
        if (!f)
            fail_msg("%s cannot be opened", path);
        shelflife_buffer_init(&bytes, LIMIT);
        assert_true(shelflife_buffer_reserve(&bytes, LIMIT));
        bytes.len = fread(bytes.at, 1, LIMIT, f);
        fclose(f);
        if (!shelflife_catalogs_add(set, shelflife_buffer_str(&bytes), names[i], &err))
            fail_msg("%s", err.text);
    }
}

#endif
