#include "base/printable.h"

#define ELLIPSIS "…"

/* Unicode 15, categories Cc and Cf, U+2028 and U+2029; ascending. */
bool shelflife_printable_is_hidden(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x0000, 0x001f},   {0x007f, 0x009f},   {0x00ad, 0x00ad},         {0x0600, 0x0605},
        {0x061c, 0x061c},   {0x06dd, 0x06dd},   {0x070f, 0x070f},         {0x0890, 0x0891},
        {0x08e2, 0x08e2},   {0x180e, 0x180e},   {0x200b, 0x200f},         {0x2028, 0x202e},
        {0x2060, 0x206f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},         {0x110bd, 0x110bd},
        {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},       {0x1d173, 0x1d17a},
        {0xe0001, 0xe0001}, {0xe0020, 0xe007f}, {0xffffffff, 0xffffffff},
    };
    for (size_t i = 0; i < COUNT(ranges) && c >= ranges[i].first; i++)
        if (c <= ranges[i].last)
            return true;
    return false;
}

/* The position after the printable ASCII that starts at byte i. Most text is ASCII: 8 bytes at a time. */
static size_t pass_plain(str s, size_t i)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
    for (uint64_t word; s.len - i >= sizeof(word); i += sizeof(word)) {
        memcpy(&word, s.at + i, sizeof(word));
        /* The sums of 7-bit values do not carry into the next byte. A high bit is set by DEL in the first
         * sum, and by all characters from 0x20 in the second. */
        uint64_t low = word & ~highs;
        if ((word | (low + ones) | ~(low + 0x60 * ones)) & highs)
            break;
    }
    while (i < s.len && s.at[i] >= 0x20 && s.at[i] < 0x7f)
        i++;
    return i;
}

/* No character gets longer, so the output is at most as long as s. */
static void append_whole(str s, buffer *out)
{
    for (size_t i = 0; i < s.len;) {
        size_t start = i;
        i = pass_plain(s, i);
        if (i == start && shelflife_printable_is_hidden(shelflife_utf8_next(s, &i)))
            shelflife_buffer_byte(out, '?');
        else
            shelflife_buffer_append(out, (str){s.at + start, i - start});
    }
}

void shelflife_printable_append(str s, size_t max, buffer *out)
{
    size_t dots = sizeof(ELLIPSIS) - 1;
    if (s.len <= max) {
        append_whole(s, out);
        return;
    }
    if (max < dots)
        return;
    size_t head = shelflife_utf8_cut(s, (max - dots + 1) / 2), tail = s.len - (max - dots) / 2;
    while (tail < s.len && ((unsigned char)s.at[tail] & 0xc0) == 0x80)
        tail++;
    append_whole(shelflife_str_first(s, head), out);
    shelflife_buffer_append(out, STR(ELLIPSIS));
    append_whole(shelflife_str_after(s, tail), out);
}
