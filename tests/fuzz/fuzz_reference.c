/* rooms: base reference */
/*
 * Any bytes are a reference or an error, never both; a reference's parts lie in its normal form, hold to
 * the grammar's limits, and parse again to the same wherever they can. What shows that something replaces the
 * text is a part of it.
 */
#include "base/base.h"
#include "shelflife/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static bool inside(str part, str whole)
{
    return part.len == 0 || (part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

/* The normal forms of "Registry/app" and "registry:443/app" no longer differ from repositories on docker.io.
 */
static bool is_recognized_as_registry(str host)
{
    return shelflife_str_find(host, '.') != SIZE_MAX || shelflife_str_find(host, ':') != SIZE_MAX ||
           shelflife_str_equal(host, STR("localhost"));
}

static void check_placeholder(str text)
{
    str what;
    if (shelflife_reference_placeholder(text, &what) == SHELFLIFE_PLACEHOLDER_PARAMETER)
        check(what.len > 1 && inside(what, text));
    else
        check(shelflife_str_equal(what, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    arena a;
    error err = {0};
    struct shelflife_reference r, again;
    shelflife_arena_init(&a, 1 << 20);
    check_placeholder((str){(const char *)data, size});
    if (!shelflife_reference_parse((str){(const char *)data, size}, &a, &r, &err)) {
        check(err.kind == SHELFLIFE_ERROR_INPUT || err.kind == SHELFLIFE_ERROR_LIMIT);
        check(strncmp(err.text, "byte ", 5) == 0 || err.kind == SHELFLIFE_ERROR_LIMIT);
    } else {
        check(inside(r.name, r.normalized) && inside(r.registry, r.name) && inside(r.repository, r.name));
        check(inside(r.tag, r.normalized) && inside(r.digest, r.normalized));
        check(r.name.len == r.registry.len + 1 + r.repository.len);
        check(r.normalized.len ==
              r.name.len + (r.tag.len ? 1 + r.tag.len : 0) + (r.digest.len ? 1 + r.digest.len : 0));
        check(r.registry.len > 0 && r.repository.len > 0 && r.repository.len <= 255 && r.tag.len <= 128);
        check(!shelflife_str_ends(r.registry, STR(":443")));
        for (size_t i = 0; i < r.name.len; i++)
            check(r.name.at[i] < 'A' || r.name.at[i] > 'Z');
        if (is_recognized_as_registry(r.registry)) {
            check(shelflife_reference_parse(r.normalized, &a, &again, NULL));
            check(shelflife_str_equal(again.normalized, r.normalized));
            check(shelflife_str_equal(again.registry, r.registry) && shelflife_str_equal(again.tag, r.tag));
        }
    }
    shelflife_arena_free(&a);
    return 0;
}
