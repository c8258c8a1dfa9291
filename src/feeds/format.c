#include "feeds/format.h"

enum {
    VALUE_MAX = 104, /* bytes of a value that stays on its line */
    STEP = 2,
};

/* How the elements of a value are laid out. */
enum form {
    FORM_SHORT,    /* on one line if they fit */
    FORM_LINES,    /* one per line */
    FORM_PRODUCTS, /* each with a line for each key */
    FORM_ROWS,     /* one per line, without further lines inside */
    FORM_ROW,
};

static void put_string(str text, buffer *out)
{
    struct shelflife_json_writer w;
    shelflife_json_writer_init(&w, out);
    shelflife_json_write_string(&w, text);
}

/* Catalogs have no real numbers, and nothing else is formatted. */
static void put_scalar(struct node value, buffer *out)
{
    bool truth = false;
    int64_t number = 0;
    str text = {0};
    switch (shelflife_node_type(value)) {
    case NODE_STRING: /* an empty one is an error to node_string(), and left as it is */
        shelflife_node_string(value, &text, NULL);
        put_string(text, out);
        return;
    case NODE_INTEGER:
        shelflife_node_integer(value, INT64_MIN, INT64_MAX, &number, NULL);
        shelflife_buffer_format(out, "%lld", (long long)number);
        return;
    case NODE_BOOL:
        shelflife_node_bool(value, &truth, NULL);
        shelflife_buffer_append(out, truth ? STR("true") : STR("false"));
        return;
    case NODE_MAP:
    case NODE_ARRAY:
    case NODE_REAL:
    case NODE_NULL:
        break;
    }
    shelflife_buffer_append(out, STR("null"));
}

static bool is_collection(struct node value)
{
    enum node_type type = shelflife_node_type(value);
    return type == NODE_MAP || type == NODE_ARRAY;
}

void shelflife_feeds_format_line(struct node value, buffer *out)
{
    if (!is_collection(value)) {
        put_scalar(value, out);
        return;
    }
    bool map = shelflife_node_type(value) == NODE_MAP;
    struct node child;
    shelflife_buffer_byte(out, map ? '{' : '[');
    for (size_t i = 0; shelflife_node_at(&value, i, &child); i++) {
        if (i)
            shelflife_buffer_append(out, STR(", "));
        if (map) {
            put_string(shelflife_str_of(child.key), out);
            shelflife_buffer_append(out, STR(": "));
        }
        shelflife_feeds_format_line(child, out);
    }
    shelflife_buffer_byte(out, map ? '}' : ']');
}

static enum form form_below(enum form form, const char *key)
{
    static const struct {
        str key;
        enum form form;
    } keys[] = {{STR_INIT("products"), FORM_PRODUCTS}, {STR_INIT("rows"), FORM_ROWS}};
    if (form == FORM_PRODUCTS)
        return FORM_LINES;
    if (form == FORM_ROWS)
        return FORM_ROW;
    for (size_t i = 0; key && i < COUNT(keys); i++)
        if (shelflife_str_equal(shelflife_str_of(key), keys[i].key))
            return keys[i].form;
    return FORM_SHORT;
}

static void new_line(unsigned indent, buffer *out)
{
    shelflife_buffer_format(out, "\n%*s", (int)indent, "");
}

static void put_value(struct node value, enum form form, unsigned indent, buffer *out)
{
    size_t before = out->len;
    bool empty = !is_collection(value) || shelflife_node_count(value) == 0;
    if (empty || form == FORM_ROW || form == FORM_SHORT)
        shelflife_feeds_format_line(value, out);
    if (empty || form == FORM_ROW || (form == FORM_SHORT && out->len - before <= VALUE_MAX))
        return;
    out->len = before;
    bool map = shelflife_node_type(value) == NODE_MAP;
    struct node child;
    shelflife_buffer_byte(out, map ? '{' : '[');
    for (size_t i = 0; shelflife_node_at(&value, i, &child); i++) {
        if (i)
            shelflife_buffer_byte(out, ',');
        new_line(indent + STEP, out);
        if (map) {
            put_string(shelflife_str_of(child.key), out);
            shelflife_buffer_append(out, STR(": "));
        }
        put_value(child, form_below(form, child.key), indent + STEP, out);
    }
    new_line(indent, out);
    shelflife_buffer_byte(out, map ? '}' : ']');
}

void shelflife_feeds_format_catalog(struct node root, buffer *out)
{
    put_value(root, FORM_LINES, 0, out);
    shelflife_buffer_byte(out, '\n');
}

bool shelflife_feeds_format_text(str text, const char *origin, buffer *out, error *err)
{
    CLEANUP(cleanup_document)
    struct shelflife_document *document = shelflife_document_read(text, origin, err);
    if (!document)
        return false;
    shelflife_feeds_format_catalog(shelflife_document_root(document), out);
    return !out->failed || shelflife_fail_memory(err);
}

void shelflife_feeds_format_copy(struct node value, struct shelflife_json_writer *w)
{
    buffer line;
    shelflife_buffer_init(&line, SIZE_MAX);
    shelflife_feeds_format_line(value, &line);
    if (line.failed) {
        shelflife_json_write_null(w); /* so that the writer can go on */
        w->out->failed = true;
    } else {
        shelflife_json_write_raw(w, shelflife_buffer_str(&line));
    }
    shelflife_buffer_free(&line);
}

void shelflife_feeds_format_edition(struct node root, shelflife_day as_of, int64_t serial,
                                    struct shelflife_json_writer *w)
{
    struct node value;
    bool had_serial = shelflife_node_get(&root, "serial", &value);
    shelflife_json_write_map(w);
    for (size_t i = 0; shelflife_node_at(&root, i, &value); i++) {
        str key = shelflife_str_of(value.key);
        bool is_day = shelflife_str_equal(key, STR("asOf"));
        bool is_serial = shelflife_str_equal(key, STR("serial"));
        if (is_day)
            shelflife_json_member_day(w, "asOf", as_of);
        if (is_serial || (is_day && !had_serial))
            shelflife_json_member_integer(w, "serial", serial);
        if (is_day || is_serial)
            continue;
        shelflife_json_write_key(w, key);
        shelflife_feeds_format_copy(value, w);
    }
    shelflife_json_write_end(w);
}
