/*
 * Finds tables and headings in Markdown: lines that begin with "#", and lines with "|" around a line of
 * dashes. Marks of code, emphasis and links are removed from texts.
 */
#include "feeds/table.h"

enum { RAW_MAX = 2 * FEEDS_CELL_MAX }; /* bytes of a cell or heading with its marks */

/* Skips the target of a link, after its "]". */
static size_t skip_target(str text, size_t i)
{
    if (i >= text.len || text.at[i] != '(')
        return i;
    size_t end = shelflife_str_find(shelflife_str_after(text, i), ')');
    return end == SIZE_MAX ? i : i + end + 1;
}

/* Skips a tag of HTML such as <br>. */
static size_t skip_tag(str text, size_t i)
{
    size_t end = shelflife_str_find(shelflife_str_after(text, i), '>');
    return end == SIZE_MAX ? i + 1 : i + end + 1;
}

/* Appends the text of a cell or heading without its marks. */
static void add_plain(buffer *out, str text)
{
    for (size_t i = 0; i < text.len;) {
        char c = text.at[i];
        if (c == '\\' && i + 1 < text.len) {
            shelflife_feeds_text_add(out, (str){text.at + i + 1, 1});
            i += 2;
        } else if (c == '<') {
            shelflife_feeds_text_add(out, STR(" "));
            i = skip_tag(text, i);
        } else if (c == ']') {
            i = skip_target(text, i + 1);
        } else if (c == '`' || c == '*' || c == '[') {
            i++;
        } else {
            size_t from = i++;
            while (i < text.len && shelflife_str_find(STR("\\<]`*["), text.at[i]) == SIZE_MAX)
                i++;
            shelflife_feeds_text_add(out, (str){text.at + from, i - from});
        }
    }
}

/* Takes the next cell of a line, up to a "|" that is not escaped. */
static str next_cell(str *rest)
{
    size_t i = 0;
    while (i < rest->len && rest->at[i] != '|')
        i += rest->at[i] == '\\' && i + 1 < rest->len ? 2 : 1;
    str cell = shelflife_str_first(*rest, i);
    *rest = shelflife_str_after(*rest, i + 1);
    return cell;
}

/* Whether a line separates the heading of a table from its rows: | --- | :-: | */
static bool is_separator(str line)
{
    bool dashes = false, bar = false;
    for (size_t i = 0; i < line.len; i++) {
        dashes = dashes || line.at[i] == '-';
        bar = bar || line.at[i] == '|';
        if (shelflife_str_find(STR("|-: \t"), line.at[i]) == SIZE_MAX)
            return false;
    }
    return dashes && bar;
}

static bool add_row(struct feeds_page *page, str line, size_t number, error *err)
{
    bool ok = true;
    buffer text;
    shelflife_buffer_init(&text, FEEDS_CELL_MAX);
    if (shelflife_str_starts(line, STR("|")))
        line = shelflife_str_after(line, 1);
    shelflife_feeds_page_row(page, number);
    while (ok && line.len) {
        str cell = next_cell(&line);
        shelflife_buffer_reset(&text);
        if (cell.len <= RAW_MAX)
            add_plain(&text, cell);
        ok = text.failed || cell.len > RAW_MAX
                 ? shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s:%zu: a cell has more than %d bytes",
                                  page->origin, number, FEEDS_CELL_MAX)
                 : shelflife_feeds_page_cell(page, shelflife_str_trim(shelflife_buffer_str(&text)), 1, 1,
                                             number, err);
    }
    shelflife_buffer_free(&text);
    return ok && shelflife_feeds_page_row_end(page, err);
}

static bool add_heading(struct feeds_page *page, str line, error *err)
{
    unsigned level = 0;
    while (line.len && line.at[0] == '#') {
        level++;
        line = shelflife_str_after(line, 1);
    }
    if (level > FEEDS_LEVELS || line.len == 0 || line.len > RAW_MAX || line.at[0] != ' ')
        return true;
    /* An anchor at the end, {#id}, is not part of the heading. */
    line = shelflife_str_trim(shelflife_str_first(line, shelflife_str_find(line, '{')));
    buffer text;
    shelflife_buffer_init(&text, FEEDS_CELL_MAX);
    add_plain(&text, line);
    bool ok = shelflife_feeds_page_heading(page, level, shelflife_str_trim(shelflife_buffer_str(&text)), err);
    shelflife_buffer_free(&text);
    return ok;
}

/* Where the parser is. */
struct markdown {
    struct feeds_page *page;
    error *err;
    str before; /* the line before; absent in a table or code */
    size_t number;
    bool in_table, in_code;
};

static bool fail_line(const struct markdown *m, size_t number, const char *what)
{
    return shelflife_fail(m->err, SHELFLIFE_ERROR_INPUT, "%s:%zu: %s", m->page->origin, number, what);
}

/* A line that begins with "|" is the head of a table or one of its rows: otherwise its dates would be lost.
 */
static bool check_before(const struct markdown *m)
{
    return !shelflife_str_starts(m->before, STR("|")) ||
           fail_line(m, m->number - 1,
                     "the row is in no table; a table begins with the names of its columns and then "
                     "| --- | --- |, and ends before an empty line");
}

static bool begin_table(struct markdown *m)
{
    str head = m->before;
    m->in_table = true;
    m->before = (str){0};
    return shelflife_feeds_page_table(m->page, m->number - 1, m->err) &&
           add_row(m->page, head, m->number - 1, m->err);
}

/* Reads a line that is not code. */
static bool read_line(struct markdown *m, str line)
{
    m->in_table = m->in_table && shelflife_str_find(line, '|') != SIZE_MAX;
    if (m->in_table)
        return add_row(m->page, line, m->number, m->err);
    if (is_separator(line) && shelflife_str_find(m->before, '|') != SIZE_MAX)
        return begin_table(m);
    if (!check_before(m))
        return false;
    m->before = line;
    return !shelflife_str_starts(line, STR("#")) || add_heading(m->page, line, m->err);
}

bool shelflife_feeds_page_markdown(str bytes, struct feeds_page *page, error *err)
{
    struct markdown m = {.page = page, .err = err, .number = 1};
    bool whole = shelflife_str_ends(bytes, STR("\n"));
    for (str rest = bytes; rest.len; m.number++) {
        str line = shelflife_str_trim(shelflife_str_line(&rest));
        bool fence = shelflife_str_starts(line, STR("```")) || shelflife_str_starts(line, STR("~~~"));
        if (fence || m.in_code) {
            if (!check_before(&m))
                return false;
            m.in_code = m.in_code != fence;
            m.in_table = false;
            m.before = (str){0};
        } else if (!read_line(&m, line)) {
            return false;
        }
        bool row = m.in_table || shelflife_str_starts(m.before, STR("|"));
        if (row && rest.len == 0 && !whole)
            return fail_line(&m, m.number, "the file ends within a line");
    }
    return check_before(&m);
}
