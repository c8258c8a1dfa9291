#include "feeds/lint_row.h"

str shelflife_feeds_wanted_value(const struct node *row, str field)
{
    struct node when = feeds_get(row, "when"), value, element;
    for (size_t i = 0; feeds_at(&when, i, &value); i++) {
        if (!shelflife_str_equal(shelflife_str_of(value.key), field))
            continue;
        if (shelflife_node_type(value) != NODE_ARRAY)
            return feeds_text_of(value);
        for (size_t k = 0; feeds_at(&value, k, &element); k++)
            if (feeds_text_of(element).len)
                return feeds_text_of(element);
    }
    return (str){0};
}

void shelflife_feeds_put_numbers(const struct node *row, str version, buffer *out)
{
    int64_t wanted = 0;
    struct node numbers = feeds_get(row, "numbers");
    shelflife_buffer_append(out, version);
    if (!numbers.value || !shelflife_node_integer(numbers, 0, INT16_MAX, &wanted, NULL))
        return;
    for (size_t i = 0; i < version.len; i++)
        wanted -= version.at[i] == '.';
    for (; wanted > 1; wanted--)
        shelflife_buffer_append(out, STR(".0"));
}

bool shelflife_feeds_spelling_at(const struct node *row, size_t i, str *out)
{
    struct node is = feeds_get(row, "is"), spelling;
    size_t count = feeds_count_of(is);
    *out = (str){0};
    if (i == 0)
        *out = feeds_text_of(feeds_get(row, "release"));
    else if (i <= count && feeds_at(&is, i - 1, &spelling))
        *out = feeds_text_of(spelling);
    else if (i == count + 1)
        *out = feeds_text_of(feeds_get(row, "codename"));
    return i <= count + 1;
}
