/* Escapes foreign text for each target. */
#include "base/ascii.h"
#include "base/printable.h"
#include "report/internal.h"

static bool is_one_of(char c, str set)
{
    return shelflife_str_find(set, c) != SIZE_MAX;
}

void shelflife_report_escape_plain(str s, buffer *out)
{
    shelflife_printable_append(s, SIZE_MAX, out);
}

/* Returns how many bytes at the start of `rest` to replace by *by, or 0. */
typedef size_t replacer(str rest, str *by);

static void replace(str s, buffer *out, replacer *find)
{
    buffer clean CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&clean, SIZE_MAX);
    shelflife_printable_append(s, SIZE_MAX, &clean);
    str text = shelflife_buffer_str(&clean), by;
    size_t run = 0;
    for (size_t i = 0; i < text.len;) {
        size_t n = find(shelflife_str_after(text, i), &by);
        if (n) {
            shelflife_buffer_append(out, (str){text.at + run, i - run});
            shelflife_buffer_append(out, by);
            run = i + n;
        }
        i += n ? n : 1;
    }
    shelflife_buffer_append(out, shelflife_str_after(text, run));
    out->failed |= clean.failed;
}

/* A replacement for single characters. */
static size_t one(str by, str *out)
{
    *out = by;
    return 1;
}

/* ---- CSV ---- */

/* What a spreadsheet takes for the start of a formula. Some of them read full-width signs as well. */
static bool is_formula(str s)
{
    static const str wide[] = {STR_INIT("＝"), STR_INIT("＋"), STR_INIT("－"), STR_INIT("＠")};
    for (size_t i = 0; i < COUNT(wide); i++)
        if (shelflife_str_starts(s, wide[i]))
            return true;
    return s.len && is_one_of(*s.at, STR("=+-@\t\r\n"));
}

static size_t for_csv(str rest, str *by)
{
    return *rest.at == '"' ? one(STR("\"\""), by) : 0;
}

static bool needs_quotes(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (is_one_of(s.at[i], STR("\",; ")))
            return true;
    return false;
}

void shelflife_report_escape_csv(str s, buffer *out)
{
    bool formula = is_formula(s), quoted = formula || needs_quotes(s);
    if (quoted)
        shelflife_buffer_byte(out, '"');
    if (formula)
        shelflife_buffer_byte(out, '\'');
    replace(s, out, for_csv);
    if (quoted)
        shelflife_buffer_byte(out, '"');
}

/* ---- Markdown ---- */

/* The point of "3.8". Any other may make a link. */
static bool is_decimal_point(const char *at, size_t i, size_t len)
{
    return at[i] == '.' && i > 0 && i + 1 < len && ascii_is_digit(at[i - 1]) && ascii_is_digit(at[i + 1]);
}

/* Writes every punctuation mark as an entity, so that it cannot start Markdown, a link or a mention. */
static void append_entities(str s, str harmless, buffer *out)
{
    buffer clean CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&clean, SIZE_MAX);
    shelflife_printable_append(s, SIZE_MAX, &clean);
    for (size_t i = 0; i < clean.len; i++) {
        char c = clean.at[i];
        if (ascii_is_alphanumeric(c) || (unsigned char)c >= 0x80 || is_one_of(c, harmless) ||
            is_decimal_point(clean.at, i, clean.len))
            shelflife_buffer_byte(out, c);
        else
            shelflife_buffer_format(out, "&#%d;", c);
    }
    out->failed |= clean.failed;
}

static bool is_quiet_in_code(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_alphanumeric(s.at[i]) && !is_one_of(s.at[i], STR("/:._@-, ")))
            return false;
    return true;
}

void shelflife_report_escape_markdown(str s, buffer *out)
{
    append_entities(s, STR(" ,-()"), out);
}

void shelflife_report_escape_code(str s, buffer *out)
{
    if (!s.len)
        return;
    if (is_quiet_in_code(s)) {
        shelflife_buffer_byte(out, '`');
        shelflife_buffer_append(out, s);
        shelflife_buffer_byte(out, '`');
        return;
    }
    shelflife_buffer_append(out, STR("<code>"));
    append_entities(s, STR(" /-"), out);
    shelflife_buffer_append(out, STR("</code>"));
}

/* ---- XML and HTML ---- */

static size_t for_xml(str rest, str *by)
{
    switch (*rest.at) {
    case '&':
        return one(STR("&amp;"), by);
    case '<':
        return one(STR("&lt;"), by);
    case '>':
        return one(STR("&gt;"), by);
    case '"':
        return one(STR("&quot;"), by);
    case '\'':
        return one(STR("&#39;"), by);
    case '\xef': /* U+FFFE and U+FFFF are not allowed in XML */
        *by = STR("?");
        return shelflife_str_starts(rest, STR("\xef\xbf\xbe")) ||
                       shelflife_str_starts(rest, STR("\xef\xbf\xbf"))
                   ? 3
                   : 0;
    default:
        return 0;
    }
}

void shelflife_report_escape_xml(str s, buffer *out)
{
    replace(s, out, for_xml);
}

/* ---- URI ---- */

void shelflife_report_escape_uri(str s, buffer *out)
{
    for (size_t i = 0; i < s.len; i++) {
        if (ascii_is_alphanumeric(s.at[i]) || is_one_of(s.at[i], STR("/-._~")))
            shelflife_buffer_byte(out, s.at[i]);
        else
            shelflife_buffer_format(out, "%%%02X", (unsigned)(unsigned char)s.at[i]);
    }
}
