/* rooms: base json reference workload catalog policy inventory net file kube pki inputs audit report */
/* Foreign text in reports: whatever it is, what comes out is UTF-8 without control and format characters, and
   cannot end what it stands in. JSON gives back the text as it was. */
#include "base/printable.h"
#include "base/prometheus.h"
#include "report/internal.h"
#include "json/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool contains(str text, str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (shelflife_str_starts(shelflife_str_after(text, i), part))
            return true;
    return false;
}

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_plain(str s)
{
    check(shelflife_str_is_utf8(s));
    for (size_t i = 0; i < s.len;)
        check(!shelflife_printable_is_hidden(shelflife_utf8_next(s, &i)));
    check(!contains(s, STR("\xc2\x9b")) && !contains(s, STR("\xe2\x80\xae")));
}

static void check_csv(str s)
{
    bool quoted = s.len && s.at[0] == '"';
    check(!quoted || (s.len >= 2 && s.at[s.len - 1] == '"'));
    str inner = quoted ? (str){s.at + 1, s.len - 2} : s;
    for (size_t i = 0; i < inner.len; i++) {
        check(quoted || shelflife_str_find(STR("\","), inner.at[i]) == SIZE_MAX);
        if (inner.at[i] == '"')
            check(++i < inner.len && inner.at[i] == '"');
    }
    check(!inner.len || shelflife_str_find(STR("=+-@"), inner.at[0]) == SIZE_MAX);
}

static void check_markdown(str s)
{
    check(shelflife_str_find(s, '|') == SIZE_MAX);
    check(!contains(s, STR("<")) || shelflife_str_starts(s, STR("<code>")));
    check(!contains(s, STR("](")) && !contains(s, STR("**")));
}

static void check_xml(str s)
{
    for (size_t i = 0; i < s.len; i++)
        check(shelflife_str_find(STR("<>\"'"), s.at[i]) == SIZE_MAX);
    check(!contains(s, STR("\xef\xbf\xbe")) && !contains(s, STR("\xef\xbf\xbf")));
}

static void escape_label(str s, buffer *out)
{
    shelflife_prometheus_label(out, "", s);
}

static void check_label(str quoted)
{
    check(quoted.len >= 2 && quoted.at[0] == '"' && quoted.at[quoted.len - 1] == '"');
    str s = {quoted.at + 1, quoted.len - 2};
    for (size_t i = 0; i < s.len; i++) {
        check(s.at[i] != '"');
        if (s.at[i] == '\\')
            check(++i < s.len && (s.at[i] == '\\' || s.at[i] == '"'));
    }
}

static void escape_json(str s, buffer *out)
{
    struct shelflife_json_writer w;
    shelflife_json_writer_init(&w, out);
    shelflife_json_write_array(&w);
    shelflife_json_write_string(&w, s);
    shelflife_json_write_end(&w);
}

/* jansson, which has no part in writing, reads the same text. */
static void check_json_returns(str written, str text)
{
    CLEANUP(cleanup_document)
    struct shelflife_document *d = shelflife_document_read(written, "written", NULL);
    check(d);
    struct node root = shelflife_document_root(d), item;
    str read = STR("");
    check(shelflife_node_at(&root, 0, &item) && shelflife_node_type(item) == NODE_STRING);
    check(text.len == 0 || shelflife_node_string(item, &read, NULL));
    check(shelflife_str_equal(read, text));
}

static void check_json(str s)
{
    check(s.len >= 4 && shelflife_str_starts(s, STR("[\"")) && shelflife_str_ends(s, STR("\"]")));
}

static void check_uri(str s)
{
    for (size_t i = 0; i < s.len; i++)
        check(s.at[i] > 0x20 && s.at[i] < 0x7f && shelflife_str_find(STR("\"<>#?\\"), s.at[i]) == SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        void (*escape)(str s, buffer *out);
        void (*check)(str s);
    } targets[] = {
        {shelflife_report_escape_plain, check_plain},       {shelflife_report_escape_csv, check_csv},
        {shelflife_report_escape_markdown, check_markdown}, {shelflife_report_escape_code, check_markdown},
        {shelflife_report_escape_xml, check_xml},           {escape_label, check_label},
        {shelflife_report_escape_uri, check_uri},           {escape_json, check_json},
    };
    const str text = {(const char *)data, size};
    buffer out;
    shelflife_buffer_init(&out, SIZE_MAX);
    for (size_t i = 0; i < COUNT(targets); i++) {
        shelflife_buffer_reset(&out);
        targets[i].escape(text, &out);
        check(!out.failed);
        check_plain(shelflife_buffer_str(&out));
        targets[i].check(shelflife_buffer_str(&out));
        /* jansson does not accept NULs, and we replace what is not UTF-8. */
        if (targets[i].escape == escape_json && shelflife_str_is_utf8(text) && !memchr(data, 0, size))
            check_json_returns(shelflife_buffer_str(&out), text);
    }
    shelflife_buffer_free(&out);
    return 0;
}
