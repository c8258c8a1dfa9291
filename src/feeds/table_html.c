/*
 * Finds tables and headings in HTML, by the events of libxml2's HTML parser: no document is built. Nothing is
 * loaded from the network, and HTML has no entities of its own.
 *
 * This is the only file that uses libxml2. The library is loaded when a page is imported: the webhook does
 * not need it, and it would cost each replica 2.5 MiB of memory and the image 33 MiB.
 */
#include <dlfcn.h>
#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <limits.h>

#include "base/ascii.h"
#include "feeds/table.h"

#define XML_LIBRARY (LIBXML_VERSION >= 21400 ? "libxml2.so.16" : "libxml2.so.2")

enum {
    DEPTH_MAX = 250, /* of elements */
    SPAN_MAX = 1000, /* rows or columns of a merged cell */
};

/* The functions of libxml2 that are used, under their names without the prefix. */
struct xml {
    void *library;
    htmlParserCtxtPtr (*create)(const char *buffer, int size);
    int (*use_options)(htmlParserCtxtPtr parser, int options);
    int (*switch_encoding)(xmlParserCtxtPtr parser, xmlCharEncoding encoding);
    int (*parse)(htmlParserCtxtPtr parser);
    void (*stop)(xmlParserCtxtPtr parser);
    void (*free)(htmlParserCtxtPtr parser);
};

struct html {
    struct xml xml;
    htmlParserCtxtPtr parser;
    struct feeds_page *page;
    error *err;
    bool failed;
    unsigned depth;
    unsigned tables;            /* open ones; the content of an inner one is text of the outer one's cell */
    unsigned heading;           /* the level of the open heading, or 0 */
    bool row, cell;             /* open */
    unsigned silent;            /* open elements whose text is not shown */
    size_t rows, columns, line; /* of the cell */
    buffer text;                /* of the cell or heading */
};

/* Ends the parsing. */
static void stop(struct html *h)
{
    h->failed = true;
    h->xml.stop(h->parser);
}

static void check(struct html *h, bool ok)
{
    if (!ok && !h->failed)
        stop(h);
}

static size_t line_of(const struct html *h)
{
    return h->parser->input && h->parser->input->line > 0 ? (size_t)h->parser->input->line : 1;
}

static bool is(const xmlChar *name, const char *expected)
{
    return strcmp((const char *)name, expected) == 0;
}

static bool is_any(const xmlChar *name, const char *const *names)
{
    while (*names)
        if (is(name, *names++))
            return true;
    return false;
}

static const char *const blocks[] = {"br", "p",  "div", "li", "ul", "ol", "pre",
                                     "tr", "td", "th",  "dd", "dt", NULL};
/* Elements without an end. The parser does not know all of them, and would nest what follows. */
static const char *const voids[] = {"area",  "base", "br",   "col",    "embed", "hr",  "img",
                                    "input", "link", "meta", "source", "track", "wbr", NULL};
static const char *const hidden[] = {"script", "style", "template", "noscript", NULL};

/* Reads rowspan or colspan. Anything that is not a number is 1, as in browsers. */
static size_t read_span(struct html *h, const xmlChar **attributes, const char *name)
{
    for (size_t i = 0; attributes && attributes[i]; i += 2) {
        if (!is(attributes[i], name) || !attributes[i + 1])
            continue;
        const char *text = (const char *)attributes[i + 1];
        char *end;
        long n = strtol(text, &end, 10);
        if (end == text || n < 0)
            return 1;
        if (n > SPAN_MAX)
            check(h, shelflife_fail(h->err, SHELFLIFE_ERROR_LIMIT, "%s:%zu: %s must be at most %d",
                                    h->page->origin, line_of(h), name, SPAN_MAX));
        return (size_t)n;
    }
    return 1;
}

static void end_cell(struct html *h)
{
    if (!h->cell)
        return;
    h->cell = false;
    if (h->text.failed && h->text.len + 4 < FEEDS_CELL_MAX) {
        check(h, shelflife_fail_memory(h->err));
        return;
    }
    if (h->text.failed) {
        check(h, shelflife_fail(h->err, SHELFLIFE_ERROR_LIMIT, "%s:%zu: a cell has more than %d bytes",
                                h->page->origin, h->line, FEEDS_CELL_MAX));
        return;
    }
    check(h, shelflife_feeds_page_cell(h->page, shelflife_str_trim(shelflife_buffer_str(&h->text)), h->rows,
                                       h->columns ? h->columns : 1, h->line, h->err));
}

static void end_row(struct html *h)
{
    end_cell(h);
    if (h->row && !h->failed)
        check(h, shelflife_feeds_page_row_end(h->page, h->err));
    h->row = false;
}

static void start_row(struct html *h)
{
    end_row(h);
    shelflife_feeds_page_row(h->page, line_of(h));
    h->row = true;
}

static void start_cell(struct html *h, const xmlChar **attributes)
{
    end_cell(h);
    if (!h->row)
        start_row(h);
    h->rows = read_span(h, attributes, "rowspan");
    h->columns = read_span(h, attributes, "colspan");
    h->line = line_of(h);
    h->cell = true;
    shelflife_buffer_reset(&h->text);
}

/* The level of h1 to h6, or 0. */
static unsigned level_of(const xmlChar *name)
{
    bool heading = name[0] == 'h' && name[1] >= '1' && name[1] <= '6' && name[2] == '\0';
    return heading ? (unsigned)(name[1] - '0') : 0;
}

static void start_element(void *context, const xmlChar *name, const xmlChar **attributes)
{
    struct html *h = context;
    if (h->failed)
        return;
    h->depth += !is_any(name, voids);
    if (h->depth > DEPTH_MAX) {
        check(h,
              shelflife_fail(h->err, SHELFLIFE_ERROR_LIMIT, "%s:%zu: elements are nested more than %d deep",
                             h->page->origin, line_of(h), DEPTH_MAX));
        return;
    }
    h->silent += is_any(name, hidden);
    if (is(name, "table") && ++h->tables == 1) {
        h->heading = 0;
        check(h, shelflife_feeds_page_table(h->page, line_of(h), h->err));
    } else if (h->tables == 1 && is(name, "tr")) {
        start_row(h);
    } else if (h->tables == 1 && (is(name, "td") || is(name, "th"))) {
        start_cell(h, attributes);
    } else if (h->tables == 0 && level_of(name)) {
        h->heading = level_of(name);
        shelflife_buffer_reset(&h->text);
    } else if (is_any(name, blocks)) {
        shelflife_feeds_text_add(&h->text, STR(" "));
    }
}

static void end_element(void *context, const xmlChar *name)
{
    struct html *h = context;
    if (h->failed)
        return;
    h->depth -= h->depth > 0 && !is_any(name, voids);
    h->silent -= h->silent > 0 && is_any(name, hidden);
    if (is(name, "table") && h->tables > 0) {
        if (h->tables == 1)
            end_row(h);
        h->tables--;
    } else if (h->tables == 1 && is(name, "tr")) {
        end_row(h);
    } else if (h->tables == 1 && (is(name, "td") || is(name, "th"))) {
        end_cell(h);
    } else if (h->tables == 0 && h->heading && level_of(name) == h->heading) {
        check(h, shelflife_feeds_page_heading(h->page, h->heading,
                                              shelflife_str_trim(shelflife_buffer_str(&h->text)), h->err));
        h->heading = 0;
    } else if (is_any(name, blocks)) {
        shelflife_feeds_text_add(&h->text, STR(" "));
    }
}

static void characters(void *context, const xmlChar *text, int length)
{
    struct html *h = context;
    if (!h->failed && !h->silent && (h->cell || h->heading) && length > 0)
        shelflife_feeds_text_add(&h->text, (str){(const char *)text, (size_t)length});
}

/* Sets the handlers, and that the text is UTF-8 whatever it says. */
static void prepare(struct html *h)
{
    h->xml.use_options(h->parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                      HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
    *h->parser->sax = (htmlSAXHandler){.startElement = start_element,
                                       .endElement = end_element,
                                       .characters = characters,
                                       .ignorableWhitespace = characters};
    h->parser->userData = h;
    h->xml.switch_encoding(h->parser, XML_CHAR_ENCODING_UTF8);
}

static void close_library(struct xml *xml)
{
    if (xml->library)
        dlclose(xml->library);
}

static bool open_library(struct xml *xml, const char *origin, error *err)
{
    const struct {
        const char *name;
        void *function; /* the address of a pointer to it */
    } functions[] = {{"htmlCreateMemoryParserCtxt", &xml->create},
                     {"htmlCtxtUseOptions", &xml->use_options},
                     {"xmlSwitchEncoding", &xml->switch_encoding},
                     {"htmlParseDocument", &xml->parse},
                     {"xmlStopParser", &xml->stop},
                     {"htmlFreeParserCtxt", &xml->free}};
    xml->library = dlopen(XML_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; xml->library && i < COUNT(functions); i++) {
        void *found = dlsym(xml->library, functions[i].name);
        if (!found) {
            close_library(xml);
            xml->library = NULL;
            break;
        }
        memcpy(functions[i].function, &found, sizeof(found));
    }
    return xml->library ||
           shelflife_fail(err, SHELFLIFE_ERROR_IO,
                          "%s: to read HTML, the library %s is needed: install libxml2, or import "
                          "the page as Markdown",
                          origin, XML_LIBRARY);
}

/* The place of the last tag that begins with a name; SIZE_MAX if there is none. */
static size_t find_last_tag(str bytes, str name)
{
    for (size_t i = bytes.len; i-- > 0;) {
        str rest = shelflife_str_first(shelflife_str_after(bytes, i + 1), name.len);
        if (bytes.at[i] == '<' && ascii_equal_fold(rest, name))
            return i;
    }
    return SIZE_MAX;
}

static bool has_tag(str bytes, str name)
{
    return find_last_tag(bytes, name) != SIZE_MAX;
}

/* Whether an element begins, and does not end after that. */
static bool is_open(str bytes, str start, str end)
{
    size_t first = find_last_tag(bytes, start), last = find_last_tag(bytes, end);
    return first != SIZE_MAX && (last == SIZE_MAX || last < first);
}

/* What the page ends within. The parser adds missing ends, so the bytes have to show it. NULL: it is
 * complete. */
static const char *find_cut(str bytes)
{
    if (is_open(bytes, STR("table"), STR("/table")))
        return "the page ends within a table";
    bool begun = has_tag(bytes, STR("html")) || has_tag(bytes, STR("body"));
    bool ended = has_tag(bytes, STR("/html")) || has_tag(bytes, STR("/body"));
    return begun && !ended ? "the page has no end: </body> or </html> is missing" : NULL;
}

static bool parse(struct html *h, str bytes)
{
    h->parser = h->xml.create(bytes.at, (int)bytes.len);
    if (!h->parser)
        return shelflife_fail_memory(h->err);
    prepare(h);
    h->xml.parse(h->parser);
    const char *cut = find_cut(bytes);
    if (!h->failed && cut)
        check(h,
              shelflife_fail(h->err, SHELFLIFE_ERROR_INPUT, "%s:%zu: %s", h->page->origin, line_of(h), cut));
    if (h->parser->errNo == XML_ERR_NO_MEMORY && !h->failed)
        check(h, shelflife_fail_memory(h->err));
    h->xml.free(h->parser);
    return !h->failed;
}

bool shelflife_feeds_page_html(str bytes, struct feeds_page *page, error *err)
{
    struct html h = {.page = page, .err = err};
    if (bytes.len > INT_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s: the page is too large", page->origin);
    if (!open_library(&h.xml, page->origin, err))
        return false;
    shelflife_buffer_init(&h.text, FEEDS_CELL_MAX);
    bool ok = parse(&h, bytes);
    shelflife_buffer_free(&h.text);
    close_library(&h.xml);
    return ok;
}
