#include "catalog/words.h"

/* ---- words of a tag ---- */

bool shelflife_catalog_has_word(str tag, const str *words, size_t count)
{
    for (size_t i = 0, end; count && i < tag.len; i = end + 1) {
        size_t letters = i;
        for (end = i; end < tag.len && !catalog_is_separator(tag.at[end]);)
            end++;
        while (letters < end && ascii_is_letter(tag.at[letters]))
            letters++;
        if (shelflife_catalog_is_one_of((str){tag.at + i, end - i}, words, count) ||
            (letters < end && shelflife_catalog_is_one_of((str){tag.at + i, letters - i}, words, count)))
            return true;
    }
    return false;
}

/* ---- pre-releases ---- */

/* The words that publishers use. Those of one letter need a number, and no separator may be before "a" and
 * "b", as "-b07" is a build. Some are also written at the end of a tag: 11.8-ubi9-rc. */
static const struct pre_release_word {
    str word;
    bool number, attached, last;
} pre_release_words[] = {
    {STR_INIT("rc"), false, false, true},         {STR_INIT("beta"), false, false, true},
    {STR_INIT("alpha"), false, false, true},      {STR_INIT("dev"), false, false, false},
    {STR_INIT("snapshot"), false, false, true},   {STR_INIT("preview"), false, false, true},
    {STR_INIT("pre"), false, false, false},       {STR_INIT("ea"), false, false, false},
    {STR_INIT("milestone"), false, false, false}, {STR_INIT("nightly"), false, false, true},
    {STR_INIT("canary"), false, false, true},     {STR_INIT("cr"), true, false, false},
    {STR_INIT("ctp"), true, false, false},        {STR_INIT("bc"), true, false, false},
    {STR_INIT("m"), true, false, false},          {STR_INIT("a"), true, true, false},
    {STR_INIT("b"), true, true, false},
};

static bool is_word(str word, str other)
{
    if (word.len != other.len)
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (ascii_lower(word.at[i]) != other.at[i])
            return false;
    return true;
}

size_t shelflife_catalog_pre_release(str version, size_t numbers, str *found)
{
    size_t start = numbers, end;
    if (numbers == 0 || numbers == version.len)
        return 0;
    bool separated = catalog_is_separator(version.at[start]);
    start += separated;
    for (end = start; end < version.len && ascii_is_letter(version.at[end]);)
        end++;
    const str word = {version.at + start, end - start};
    bool number = end < version.len && ascii_is_digit(version.at[end]);
    for (size_t i = 0; i < COUNT(pre_release_words); i++) {
        const struct pre_release_word *known = &pre_release_words[i];
        if (!is_word(word, known->word) || (known->number && !number) || (known->attached && separated))
            continue;
        while (end < version.len && ascii_is_digit(version.at[end]))
            end++;
        *found = word;
        return end;
    }
    return 0;
}

bool shelflife_catalog_ends_in_pre_release(str tag)
{
    size_t end = tag.len, start;
    while (end > 0 && ascii_is_digit(tag.at[end - 1]))
        end--;
    for (start = end; start > 0 && ascii_is_letter(tag.at[start - 1]);)
        start--;
    if (start == 0 || !catalog_is_separator(tag.at[start - 1]))
        return false;
    for (size_t i = 0; i < COUNT(pre_release_words); i++)
        if (pre_release_words[i].last &&
            is_word((str){tag.at + start, end - start}, pre_release_words[i].word))
            return true;
    return false;
}

uint8_t shelflife_catalog_count_numbers(str version)
{
    unsigned count = 0;
    for (size_t i = 0; i < version.len && count < UINT8_MAX; i++) {
        if (!ascii_is_digit(version.at[i]) && version.at[i] != '.')
            break;
        count += ascii_is_digit(version.at[i]) && (i == 0 || version.at[i - 1] == '.');
    }
    return (uint8_t)count;
}

/* ---- fields ---- */

static str value_of(const struct catalog_capture *captured, str field)
{
    return shelflife_str_equal(field, STR("version"))
               ? captured->version
               : catalog_value_of(captured->fields, captured->count, field);
}

size_t shelflife_catalog_fill(str text, const struct catalog_capture *captured, char *out, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        /* No field has a longer name. */
        str rest = shelflife_str_first(shelflife_str_after(text, i), CATALOG_FIELD_NAME_MAX + 2);
        size_t close = rest.at[0] == '{' ? shelflife_str_find(rest, '}') : SIZE_MAX;
        str value = close == SIZE_MAX
                        ? (str){0}
                        : value_of(captured, shelflife_str_first(shelflife_str_after(rest, 1), close - 1));
        if (value.len)
            i += close;
        else
            value = shelflife_str_first(rest, 1);
        if (value.len > size - len)
            return 0;
        shelflife_copy(out + len, value.at, value.len);
        len += value.len;
    }
    return len;
}
