/* rooms: feeds catalog reference net pki json base */
#include "feeds/table.h"
#include "unit/test.h"

/* Writes the tables of a page: "heading|heading: a,b;c,d", one line per table. */
static void write(const struct feeds_page *page, buffer *out)
{
    for (size_t t = 0; t < page->count; t++) {
        const struct feeds_table *table = &page->tables[t];
        for (size_t i = 0; i < FEEDS_LEVELS; i++)
            if (table->headings[i].len)
                shelflife_buffer_format(out, "%.*s|", STR_PRINT(table->headings[i]));
        for (size_t r = 0; r < table->count; r++)
            for (size_t c = 0; c < table->rows[r].count; c++)
                shelflife_buffer_format(out, "%s%.*s",
                                        c   ? ","
                                        : r ? ";"
                                            : " ",
                                        STR_PRINT(table->rows[r].cells[c]));
        shelflife_buffer_byte(out, '\n');
    }
}

static void pages_have_tables(void **state)
{
    static const struct {
        const char *page, *tables, *error;
    } cases[] = {
        {"<h1>A</h1><h2>B</h2><table><tr><th>x<th>y<tr><td>1<td>2</table>", "A|B| x,y;1,2\n", NULL},
        /* A heading ends those below it. Other text is not part of it. */
        {"<h2>B</h2><h3>C</h3>text<h2>D&nbsp;&amp; E</h2><p>t<table><tr><td>1</table>", "D & E| 1\n", NULL},
        /* Merged cells, in both directions. */
        {"<table><tr><td rowspan=2>a<td colspan=2>b<tr><td>c<td>d</table>", " a,b,b;a,c,d\n", NULL},
        {"<table><tr><td rowspan=0>a<td>1<tr><td>2<tr><td>3</table>", " a,1;a,2;a,3\n", NULL},
        {"<table><tr><td>a<td rowspan=3>b<tr><td>c</table>", " a,b;c,b\n", NULL},
        {"<table><tr><td colspan=x>a</table>", " a\n", NULL},
        {"<table><tr><td colspan=40>a</table>", NULL, "page:1: the table has more than 32 columns"},
        {"<table><tr>\n<td rowspan=5000>a</table>", NULL, "page:2: rowspan must be at most 1000"},
        /* Paragraphs and lines are separated by a space, marks are not shown. */
        {"<table><tr><td><ul><li><code>a</code></li>\n<li>b<br>c</li></ul></table>", " a b c\n", NULL},
        {"<table><tr><td>a<table><tr><td>inner</table>b</table>", " a inner b\n", NULL},
        {"<script>'<table><tr><td>no</table>'</script><table><tr><td>1</table>", " 1\n", NULL},
        {"<table><tr><td>1\n<tr><td>2", NULL, "page:2: the page ends within a table"},
        {"<p>none", "", NULL},
        {"<html>\n<body><table><tr><td>1</table>\n<p>", NULL, "page:3: the page has no end"},
        {"<BODY><table><tr><td>1</table>", NULL, "page:1: the page has no end"},
        {"<html><body><table><tr><td>1</table></body>", " 1\n", NULL},
        {"<html><table><tr><td>1</table></HTML>\n", " 1\n", NULL},
        {"<table></table>", "\n", NULL},
        {"# A\n## B `code` {#id}\n| x | y |\n|---|:-:|\n| **1** | [2](http://x) |\ntext\n",
         "A|B code| x,y;1,2\n", NULL},
        {"x | y\n--- | ---\n1 | a\\|b<br>c\n\nno | table\n", " x,y;1,a|b c\n", NULL},
        /* A row that is in no table would be lost. */
        {"| x |\n| --- |\n| 1 |\n\n| 2 |\n", NULL, "page:5: the row is in no table"},
        {"| x |\n\ntext\n", NULL, "page:1: the row is in no table"},
        {"| x |\n```\n```\n", NULL, "page:1: the row is in no table"},
        {"```\n| x |\n```\n", "", NULL},
        /* What a cut leaves of a row. */
        {"| x | y |\n| --- | --- |\n| 1 | 2027-11-1", NULL, "page:3: the file ends within a line"},
        {"| x |\n| --- |\n| 1 |", NULL, "page:3: the file ends within a line"},
        {"| x |\n| --- |\n| 1 |\ntext", " x;1\n", NULL},
        {"```\n| x |\n|---|\n```\n", "", NULL},
        {"| x |\n| --- |\n\n| y |\n| --- |\n", " x\n y\n", NULL},
        {"", "", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        arena memory CLEANUP(shelflife_arena_free);
        buffer out CLEANUP(shelflife_buffer_free);
        struct feeds_page page CLEANUP(shelflife_feeds_page_free);
        error err = {0};
        shelflife_arena_init(&memory, 1 << 20);
        shelflife_buffer_init(&out, 1 << 16);
        shelflife_feeds_page_init(&page, &memory, "page");
        bool ok = shelflife_feeds_page_read(shelflife_str_of(cases[i].page), &page, &err);
        write(&page, &out);
        if (ok != (cases[i].error == NULL) || (!ok && !strstr(err.text, cases[i].error)))
            fail_msg("case %zu: %s", i, err.text);
        if (ok && !shelflife_str_equal(shelflife_buffer_str(&out), shelflife_str_of(cases[i].tables)))
            fail_msg("case %zu: %.*s", i, STR_PRINT(shelflife_buffer_str(&out)));
    }
}

static void elements_may_not_be_nested_without_end(void **state)
{
    arena memory CLEANUP(shelflife_arena_free);
    buffer html CLEANUP(shelflife_buffer_free);
    struct feeds_page page CLEANUP(shelflife_feeds_page_free);
    error err = {0};
    (void)state;
    shelflife_arena_init(&memory, 1 << 20);
    shelflife_buffer_init(&html, 1 << 20);
    shelflife_feeds_page_init(&page, &memory, "page");
    for (int i = 0; i < 1000; i++)
        shelflife_buffer_append(&html, STR("<b>"));
    assert_false(shelflife_feeds_page_read(shelflife_buffer_str(&html), &page, &err));
    assert_string_equal(err.text, "page:1: elements are nested more than 250 deep");
}

static void elements_without_an_end_are_not_nested(void **state)
{
    static const char *const elements[] = {"<br>", "<wbr>", "<source>", "<img src=x>", "<track>"};
    (void)state;
    for (size_t e = 0; e < COUNT(elements); e++) {
        arena memory CLEANUP(shelflife_arena_free);
        buffer html CLEANUP(shelflife_buffer_free), out CLEANUP(shelflife_buffer_free);
        struct feeds_page page CLEANUP(shelflife_feeds_page_free);
        error err = {0};
        shelflife_arena_init(&memory, 1 << 20);
        shelflife_buffer_init(&html, 1 << 20);
        shelflife_buffer_init(&out, 1 << 16);
        shelflife_feeds_page_init(&page, &memory, "page");
        shelflife_buffer_append(&html, STR("<table><tr><td>a"));
        for (int i = 0; i < 300; i++)
            shelflife_buffer_append(&html, shelflife_str_of(elements[e]));
        shelflife_buffer_append(&html, STR("<td>b</table>"));
        if (!shelflife_feeds_page_read(shelflife_buffer_str(&html), &page, &err))
            fail_msg("%s: %s", elements[e], err.text);
        write(&page, &out);
        assert_true(shelflife_str_equal(shelflife_buffer_str(&out), STR(" a,b\n")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pages_have_tables),
                                       cmocka_unit_test(elements_may_not_be_nested_without_end),
                                       cmocka_unit_test(elements_without_an_end_are_not_nested)};
    return cmocka_run_group_tests_name("feeds_table", tests, NULL, NULL);
}
