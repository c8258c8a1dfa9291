#include "audit/placeholder.h"

#include "base/ascii.h"

static const struct {
    str text, why;
} whole[] = {
    {STR_INIT("controller:latest"), STR_INIT("a placeholder of kubebuilder, which `make deploy` replaces")},
    {STR_INIT("auto"), STR_INIT("a placeholder of Istio, which its injector replaces")},
};

static const str generic = STR_INIT("it has a placeholder, which something replaces before it is used");

/* Words of which at least one is in a placeholder in capital letters: PROJECT_ID, IMAGE-TAG. */
static const str words[] = {
    STR_INIT("ACCOUNT"),   STR_INIT("CHANGE"), STR_INIT("CHANGEME"),   STR_INIT("DIGEST"),
    STR_INIT("HOST"),      STR_INIT("ID"),     STR_INIT("IMAGE"),      STR_INIT("IMG"),
    STR_INIT("NAME"),      STR_INIT("ORG"),    STR_INIT("OWNER"),      STR_INIT("PLACEHOLDER"),
    STR_INIT("PROJECT"),   STR_INIT("REGION"), STR_INIT("REGISTRY"),   STR_INIT("REPLACE"),
    STR_INIT("REPLACEME"), STR_INIT("REPO"),   STR_INIT("REPOSITORY"), STR_INIT("TAG"),
    STR_INIT("TBD"),       STR_INIT("TODO"),   STR_INIT("USER"),       STR_INIT("USERNAME"),
    STR_INIT("VERSION"),   STR_INIT("YOUR"),
};

/* The same in small letters, as a whole part of a reference. */
static const str parts[] = {
    STR_INIT("change-me"),  STR_INIT("changeme"),  STR_INIT("placeholder"),
    STR_INIT("replace-me"), STR_INIT("replaceme"), STR_INIT("replace_me"),
};

static bool is_among(str text, const str *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (shelflife_str_equal(text, list[i]))
            return true;
    return false;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* "PROJECT_ID": words of capital letters, and one that is known. */
static bool is_in_capitals(str part)
{
    bool known = false;
    size_t start = 0;
    for (size_t i = 0; i <= part.len; i++) {
        bool ends = i == part.len || part.at[i] == '_' || part.at[i] == '-';
        if (!ends && !is_upper(part.at[i]) && !ascii_is_digit(part.at[i]))
            return false;
        if (!ends)
            continue;
        known = known || is_among(shelflife_str_first(shelflife_str_after(part, start), i - start), words,
                                  COUNT(words));
        start = i + 1;
    }
    return known;
}

static bool is_placeholder(str part)
{
    return is_in_capitals(part) || is_among(part, parts, COUNT(parts)) ||
           shelflife_str_starts(part, STR("your-")) || shelflife_str_starts(part, STR("your_"));
}

str shelflife_audit_placeholder(str text)
{
    size_t start = 0;
    for (size_t i = 0; i < COUNT(whole); i++)
        if (shelflife_str_equal(text, whole[i].text))
            return whole[i].why;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.at[i] != '/' && text.at[i] != ':' && text.at[i] != '@')
            continue;
        if (is_placeholder(shelflife_str_first(shelflife_str_after(text, start), i - start)))
            return generic;
        start = i + 1;
    }
    return (str){0};
}
