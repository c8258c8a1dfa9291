#include "base/base.h"

str shelflife_str_of(const char *text)
{
    return (str){text, text ? strlen(text) : 0};
}

int shelflife_str_compare(str a, str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.at, b.at, n) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

size_t shelflife_str_find(str s, char c)
{
    const char *p = s.len ? memchr(s.at, c, s.len) : NULL;
    return p ? (size_t)(p - s.at) : SIZE_MAX;
}

size_t shelflife_str_find_last(str s, char c)
{
    const char *found = s.len ? memrchr(s.at, c, s.len) : NULL;
    return found ? (size_t)(found - s.at) : SIZE_MAX;
}

str shelflife_str_trim(str s)
{
    while (s.len && shelflife_is_space(s.at[0]))
        s = shelflife_str_after(s, 1);
    while (s.len && shelflife_is_space(s.at[s.len - 1]))
        s.len--;
    return s;
}

str shelflife_str_line(str *rest)
{
    str line = shelflife_str_first(*rest, shelflife_str_find(*rest, '\n'));
    *rest = shelflife_str_after(*rest, line.len + 1);
    return line;
}

/* RFC 3629, section 4: the first byte determines the length, and the range of the second byte. */
uint32_t shelflife_utf8_next(str s, size_t *i)
{
    const unsigned char *p = (const unsigned char *)s.at + *i;
    size_t left = s.len - *i;
    unsigned char lead = p[0];
    (*i)++;
    if (lead < 0x80)
        return lead;
    size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || left <= more)
        return 0xffffffff;
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0xffffffff;
    uint32_t c = lead & (0x3fU >> more);
    for (size_t k = 1; k <= more; k++) {
        if ((p[k] & 0xc0) != 0x80)
            return 0xffffffff;
        c = c << 6 | (p[k] & 0x3fU);
    }
    *i += more;
    return c;
}

size_t shelflife_utf8_skip_ascii(str s, size_t i)
{
    uint64_t word;
    for (; s.len - i >= sizeof(word); i += sizeof(word)) {
        memcpy(&word, s.at + i, sizeof(word));
        if (word & 0x8080808080808080)
            break;
    }
    while (i < s.len && (unsigned char)s.at[i] < 0x80)
        i++;
    return i;
}

bool shelflife_str_is_utf8(str s)
{
    for (size_t i = shelflife_utf8_skip_ascii(s, 0); i < s.len; i = shelflife_utf8_skip_ascii(s, i))
        if (shelflife_utf8_next(s, &i) == 0xffffffff)
            return false;
    return true;
}

size_t shelflife_utf8_cut(str s, size_t max)
{
    if (s.len <= max)
        return s.len;
    size_t n = max;
    while (n > 0 && ((unsigned char)s.at[n] & 0xc0) == 0x80)
        n--;
    return n;
}

/* Characters that take two columns: East Asian Width W and F of Unicode, in blocks. */
static const struct {
    uint32_t first, last;
} wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x26a1, 0x26a1},   {0x26bd, 0x26be},   {0x2705, 0x2705},   {0x270a, 0x270b},
    {0x2728, 0x2728},   {0x274c, 0x274e},   {0x2753, 0x2757},   {0x2795, 0x2797},   {0x2b1b, 0x2b1c},
    {0x2b50, 0x2b55},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},   {0xffe0, 0xffe6},
    {0x16fe0, 0x18cff}, {0x1aff0, 0x1b2ff}, {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f19a},
    {0x1f200, 0x1f265}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f7e0, 0x1f7f0}, {0x1f900, 0x1faff},
    {0x20000, 0x3fffd},
};

static bool is_wide(uint32_t c)
{
    for (size_t i = 0; i < COUNT(wide) && c >= wide[i].first; i++)
        if (c <= wide[i].last)
            return true;
    return false;
}

size_t shelflife_utf8_width(str s)
{
    size_t width = 0;
    for (size_t i = 0; i < s.len;)
        width += is_wide(shelflife_utf8_next(s, &i)) ? 2 : 1;
    return width;
}
