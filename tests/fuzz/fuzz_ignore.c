/* rooms: base json reference workload catalog policy inventory admission net file kube pki inputs audit */
/*
 * The first line is a path, the others are a .shelflifeignore. What it says about the path is what its last
 * pattern that matches by itself says.
 */
#include "audit/ignore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum shelflife_audit_ignored match_one_by_one(const struct shelflife_audit_ignore *all, str path)
{
    enum shelflife_audit_ignored last = SHELFLIFE_AUDIT_IGNORE_UNKNOWN;
    for (size_t i = 0; i < all->count; i++) {
        const struct shelflife_audit_ignore one = {.at = all->at + i, .count = 1};
        enum shelflife_audit_ignored told = shelflife_audit_ignore_match(&one, path, true);
        last = told == SHELFLIFE_AUDIT_IGNORE_UNKNOWN ? last : told;
    }
    return last;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct shelflife_audit_ignore list = {0};
    error err = {0};
    str text = {(const char *)data, size};
    str path = shelflife_str_first(text, shelflife_str_find(text, '\n'));
    text = shelflife_str_after(text, path.len + 1);
    if (size > 4096)
        return 0;
    if (!shelflife_audit_ignore_read(&list, text, 0, "f", &err) && err.kind != SHELFLIFE_ERROR_INPUT &&
        err.kind != SHELFLIFE_ERROR_LIMIT)
        abort();
    if (shelflife_audit_ignore_match(&list, path, true) != match_one_by_one(&list, path))
        abort();
    shelflife_audit_ignore_free(&list);
    return 0;
}
