/* rooms: base registry net pki file json reference */
/*
 * Any WWW-Authenticate is read or is an error with its byte; what is read is not longer than what was given,
 * and reading it a second time adds nothing.
 */
#include "registry/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    arena a;
    error err = {0};
    struct shelflife_registry_challenge c = {0};
    str value = {(const char *)data, size};
    shelflife_arena_init(&a, 64 << 20);
    if (!shelflife_registry_challenge_read(value, &a, &c, &err)) {
        check(err.kind == SHELFLIFE_ERROR_INPUT && strncmp(err.text, "WWW-Authenticate: byte ", 23) == 0);
    } else {
        struct shelflife_registry_challenge again = c;
        check(c.realm.len + c.service.len + c.scope.len + c.error.len <= size);
        check(c.bearer || !(c.realm.at || c.service.at || c.scope.at || c.error.at));
        check(shelflife_registry_challenge_read(value, &a, &again, &err));
        check(again.bearer == c.bearer && again.basic == c.basic && again.other == c.other);
        check(shelflife_str_equal(again.realm, c.realm) && shelflife_str_equal(again.scope, c.scope));
    }
    shelflife_arena_free(&a);
    return 0;
}
