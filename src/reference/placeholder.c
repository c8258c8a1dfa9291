#include "base/ascii.h"
#include "base/base.h"
#include "shelflife/reference.h"

/* How a parameter is written: what is around its name. */
struct form {
    str open, close;
    bool any; /* whatever is between them; otherwise only a name */
};

static const struct form forms[] = {
    {STR_INIT("$("), STR_INIT(")"), true},  /* Tekton, Kubernetes */
    {STR_INIT("${"), STR_INIT("}"), true},  /* shells, Katib */
    {STR_INIT("{{"), STR_INIT("}}"), true}, /* Argo, Helm */
    {STR_INIT("{"), STR_INIT("}"), false},  /* documentation */
    {STR_INIT("<"), STR_INIT(">"), false},  {STR_INIT("["), STR_INIT("]"), false},
};

static bool is_name(char c)
{
    return ascii_is_alphanumeric(c) || c == '_' || c == '-' || c == '.' || c == ' ';
}

/* Where `close` is in the text, or SIZE_MAX. */
static size_t find(str text, str close)
{
    const char *found = text.len ? memmem(text.at, text.len, close.at, close.len) : NULL;
    return found ? (size_t)(found - text.at) : SIZE_MAX;
}

/* The length of a parameter of this form at the beginning of the text, or 0. */
static size_t measure(const struct form *form, str text)
{
    if (!shelflife_str_starts(text, form->open))
        return 0;
    str inside = shelflife_str_after(text, form->open.len);
    size_t end = 0;
    if (form->any)
        end = find(inside, form->close);
    else
        while (end < inside.len && is_name(inside.at[end]))
            end++;
    if (end == 0 || end == SIZE_MAX || !shelflife_str_starts(shelflife_str_after(inside, end), form->close))
        return 0;
    if (!form->any && !ascii_is_letter(inside.at[0]))
        return 0; /* an address: [::1] */
    return form->open.len + end + form->close.len;
}

/* "$NAME", up to where the name ends. */
static size_t measure_variable(str text)
{
    size_t len = 1;
    if (text.len < 2 || text.at[0] != '$' || (!ascii_is_letter(text.at[1]) && text.at[1] != '_'))
        return 0;
    while (len < text.len && (ascii_is_alphanumeric(text.at[len]) || text.at[len] == '_'))
        len++;
    return len;
}

enum shelflife_placeholder shelflife_reference_placeholder(str text, str *what)
{
    bool open[COUNT(forms)] = {false}; /* one that is not closed: none after it is, either */
    *what = text;
    if (shelflife_str_starts(text, STR("ko://")))
        return SHELFLIFE_PLACEHOLDER_KO;
    for (size_t i = 0; i < text.len; i++) {
        str rest = shelflife_str_after(text, i);
        size_t len = 0;
        for (size_t k = 0; len == 0 && k < COUNT(forms); k++) {
            if (!open[k])
                len = measure(&forms[k], rest);
            open[k] = open[k] || (len == 0 && forms[k].any && shelflife_str_starts(rest, forms[k].open));
        }
        if (len == 0)
            len = measure_variable(rest);
        if (len) {
            *what = shelflife_str_first(rest, len);
            return SHELFLIFE_PLACEHOLDER_PARAMETER;
        }
    }
    return SHELFLIFE_PLACEHOLDER_NONE;
}
