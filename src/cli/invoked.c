#include "cli/invoked.h"

static bool by_kubectl;

enum cli_invoked shelflife_cli_invoked_as(const char *path)
{
    str name = shelflife_str_of(path);
    size_t slash = shelflife_str_find_last(name, '/');
    name = slash == SIZE_MAX ? name : shelflife_str_after(name, slash + 1);
    if (shelflife_str_equal(name, STR("kubectl_complete-shelflife")))
        return CLI_INVOKED_TO_COMPLETE;
    by_kubectl = shelflife_str_equal(name, STR("kubectl-shelflife"));
    return by_kubectl ? CLI_INVOKED_BY_KUBECTL : CLI_INVOKED_DIRECTLY;
}

static bool may_begin_after(str before)
{
    static const str ends[] = {STR_INIT("\n"), STR_INIT("\""), STR_INIT("  "), STR_INIT("| "),
                               STR_INIT(": ")};
    for (size_t i = 0; i < COUNT(ends); i++)
        if (shelflife_str_ends(before, ends[i]))
            return true;
    return before.len == 0;
}

void shelflife_cli_invoked_text(str text, buffer *out)
{
    const str name = STR("shelflife ");
    size_t done = 0;
    for (size_t i = 0; by_kubectl && i < text.len; i++) {
        if (text.at[i] != 's' || !shelflife_str_starts(shelflife_str_after(text, i), name) ||
            !may_begin_after(shelflife_str_first(text, i)))
            continue;
        shelflife_buffer_append(out, (str){text.at + done, i - done});
        shelflife_buffer_append(out, STR("kubectl "));
        done = i;
    }
    shelflife_buffer_append(out, shelflife_str_after(text, done));
}
