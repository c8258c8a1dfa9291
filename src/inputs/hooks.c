#include "inputs/hooks.h"

static const struct hook {
    str name;
    bool runs; /* when the chart is installed, upgraded or rolled back */
} hooks[] = {
    {STR_INIT("pre-install"), true},  {STR_INIT("post-install"), true},  {STR_INIT("pre-upgrade"), true},
    {STR_INIT("post-upgrade"), true}, {STR_INIT("pre-rollback"), true},  {STR_INIT("post-rollback"), true},
    {STR_INIT("crd-install"), true},  {STR_INIT("pre-delete"), false},   {STR_INIT("post-delete"), false},
    {STR_INIT("test"), false},        {STR_INIT("test-success"), false}, {STR_INIT("test-failure"), false},
};

static const struct hook *find(str name)
{
    for (size_t i = 0; i < COUNT(hooks); i++)
        if (shelflife_str_equal(hooks[i].name, name))
            return &hooks[i];
    return NULL;
}

void shelflife_input_hook_describe(str hook, struct shelflife_input_image *image,
                                   char room[SHELFLIFE_INPUT_HOOK_MAX])
{
    bool runs = false, known = false;
    str rest = hook;
    if (!hook.len)
        return;
    while (rest.len) {
        str word = shelflife_str_first(rest, shelflife_str_find(rest, ','));
        rest = shelflife_str_after(rest, word.len + 1);
        const struct hook *h = find(shelflife_str_trim(word));
        runs = runs || (h && h->runs);
        known = known || h;
    }
    int len =
        snprintf(room, SHELFLIFE_INPUT_HOOK_MAX, "hook: %.*s", STR_PRINT(shelflife_str_first(hook, 100)));
    image->way = (str){room, (size_t)len};
    image->unused = image->unused || !runs;
    if (!known)
        image->hint = STR("helm has no such hook, and never creates the object");
}
