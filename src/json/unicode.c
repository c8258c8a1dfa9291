#include "json/unicode.h"

enum {
    UNKNOWN = 0xfffd, /* the replacement character */
    UTF8_MAX = 4,     /* bytes of a character */
};

static void put(uint32_t c, buffer *out)
{
    char utf8[UTF8_MAX];
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len - 1; i > 0; i--, c >>= 6)
        utf8[i] = (char)(0x80 | (c & 0x3f));
    utf8[0] = (char)(leads[len] | c);
    shelflife_buffer_append(out, (str){utf8, len});
}

/* ---- UTF-8 ---- */

/* Whether the text is the beginning of a character and no more. */
static bool is_cut(str s)
{
    unsigned char lead = (unsigned char)s.at[0];
    size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || s.len >= len)
        return false;
    for (size_t i = 1; i < s.len; i++)
        if (((unsigned char)s.at[i] & 0xc0) != 0x80)
            return false;
    return true;
}

/* Appends what is complete. Returns the number of bytes. */
static size_t append_utf8(str s, bool last, buffer *out)
{
    size_t start = 0, i = 0;
    while ((i = shelflife_utf8_skip_ascii(s, i)) < s.len) {
        size_t at = i;
        if (shelflife_utf8_next(s, &i) != 0xffffffff)
            continue;
        shelflife_buffer_append(out, (str){s.at + start, at - start});
        if (!last && is_cut(shelflife_str_after(s, at)))
            return at;
        put(UNKNOWN, out);
        start = i;
    }
    shelflife_buffer_append(out, (str){s.at + start, i - start});
    return i;
}

/* ---- UTF-16 ---- */

static uint32_t unit(const struct shelflife_json_unicode *u, const char *at)
{
    const unsigned char *b = (const unsigned char *)at;
    return u->form == JSON_UNICODE_UTF16LE ? b[0] | (uint32_t)b[1] << 8 : b[1] | (uint32_t)b[0] << 8;
}

static size_t append_utf16(const struct shelflife_json_unicode *u, str s, bool last, buffer *out)
{
    size_t i = 0;
    while (s.len - i >= 2) {
        uint32_t c = unit(u, s.at + i), low;
        bool high = c >= 0xd800 && c < 0xdc00;
        if (high && s.len - i < 4 && !last)
            break;
        i += 2;
        if (high && s.len - i >= 2 && (low = unit(u, s.at + i)) >= 0xdc00 && low < 0xe000) {
            i += 2;
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
        put(c >= 0xd800 && c < 0xe000 ? UNKNOWN : c, out);
    }
    if (last && i < s.len) {
        put(UNKNOWN, out);
        i = s.len;
    }
    return i;
}

/* ---- Both ---- */

static void find_form(struct shelflife_json_unicode *u, str *text)
{
    bool le = shelflife_str_starts(*text, STR("\xff\xfe")), be = shelflife_str_starts(*text, STR("\xfe\xff"));
    u->form = le ? JSON_UNICODE_UTF16LE : be ? JSON_UNICODE_UTF16BE : JSON_UNICODE_UTF8;
    *text = shelflife_str_after(*text, le || be ? 2 : 0);
}

static size_t append(const struct shelflife_json_unicode *u, str text, bool last, buffer *out)
{
    return u->form == JSON_UNICODE_UTF8 ? append_utf8(text, last, out) : append_utf16(u, text, last, out);
}

void shelflife_json_unicode_append(struct shelflife_json_unicode *u, str piece, bool last, buffer *out)
{
    /* Complete what is held byte by byte: a character has at most four. */
    while (u->held_len && (piece.len || last)) {
        bool end = last && !piece.len;
        if (piece.len)
            u->held[u->held_len++] = piece.at[0];
        piece = shelflife_str_after(piece, piece.len > 0);
        str held = {u->held, u->held_len};
        if (u->form == JSON_UNICODE_UNKNOWN)
            find_form(u, &held);
        size_t used = append(u, held, end, out);
        held = shelflife_str_after(held, used);
        u->held_len = held.len;
        for (size_t i = 0; i < held.len; i++)
            u->held[i] = held.at[i];
    }
    if (u->held_len)
        return;
    if (u->form == JSON_UNICODE_UNKNOWN) {
        if (piece.len < 2 && !last) {
            shelflife_copy(u->held, piece.at, piece.len);
            u->held_len = piece.len;
            return;
        }
        find_form(u, &piece);
    }
    size_t used = append(u, piece, last, out);
    u->held_len = piece.len - used;
    shelflife_copy(u->held, piece.at + used, u->held_len);
}
