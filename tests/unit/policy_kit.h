/* What the policy's tests share. */
#ifndef SHELFLIFE_POLICY_KIT_H
#define SHELFLIFE_POLICY_KIT_H

#include "unit/test.h"

/* Begins *out with a file's bytes; the caller frees it. */
static inline void read_file(const char *path, buffer *out)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s cannot be opened", path);
    shelflife_buffer_init(out, 1 << 20);
    assert_true(shelflife_buffer_reserve(out, 1 << 20));
    out->len = fread(out->at, 1, 1 << 20, f);
    fclose(f);
}

#endif
