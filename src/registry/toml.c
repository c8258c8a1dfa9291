#include "registry/toml.h"

#include "base/ascii.h"

enum { DEPTH = SHELFLIFE_REGISTRY_TOML_DEPTH, ITEMS_MAX = 1024 };

struct keys {
    str at[DEPTH];
    size_t count;
};

struct reader {
    str text;
    size_t at;
    unsigned line;
    arena *memory;
    shelflife_registry_toml_sink *sink;
    void *context;
    error *err;
};

typedef struct shelflife_registry_toml_value value;

static bool fail(const struct reader *r, const char *what)
{
    return shelflife_fail(r->err, SHELFLIFE_ERROR_INPUT, "line %u: %s", r->line, what);
}

static char peek(const struct reader *r)
{
    return r->at < r->text.len ? r->text.at[r->at] : '\0';
}

static bool starts(const struct reader *r, const char *what)
{
    return shelflife_str_starts(shelflife_str_after(r->text, r->at), shelflife_str_of(what));
}

static void skip_blanks(struct reader *r)
{
    while (peek(r) == ' ' || peek(r) == '\t')
        r->at++;
}

static void skip_comment(struct reader *r)
{
    if (peek(r) == '#')
        while (r->at < r->text.len && peek(r) != '\n')
            r->at++;
}

/* Blanks, comments and line feeds. */
static void skip_lines(struct reader *r)
{
    for (;; r->at++) {
        while (peek(r) && strchr(" \t\r", peek(r)))
            r->at++;
        skip_comment(r);
        if (peek(r) != '\n')
            return;
        r->line++;
    }
}

/* What remains of a line must be nothing. */
static bool end_line(struct reader *r)
{
    skip_blanks(r);
    skip_comment(r);
    if (peek(r) == '\r')
        r->at++;
    return r->at == r->text.len || peek(r) == '\n' || fail(r, "there must be nothing more on this line");
}

static bool take(struct reader *r, char c, const char *what)
{
    skip_blanks(r);
    if (peek(r) != c)
        return fail(r, what);
    r->at++;
    return true;
}

/* ---- Strings ---- */

static size_t put_character(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* The digits after \u and \U. */
static bool take_code(struct reader *r, size_t digits, uint32_t *c)
{
    *c = 0;
    for (size_t i = 0; i < digits; i++, r->at++) {
        char d = ascii_lower(peek(r));
        if (!ascii_is_digit(d) && !(d >= 'a' && d <= 'f'))
            return fail(r, "\\u must have 4 and \\U 8 hexadecimal digits");
        *c = *c << 4 | (uint32_t)(ascii_is_digit(d) ? d - '0' : d - 'a' + 10);
    }
    return (*c > 0 && *c < 0xd800) || (*c > 0xdfff && *c <= 0x10ffff) ||
           fail(r, "\\u and \\U must be the code of a character");
}

static bool take_escape(struct reader *r, char *to, size_t *n)
{
    static const char names[] = "btnfr\"\\", meant[] = "\b\t\n\f\r\"\\";
    char c = peek(r);
    const char *at = c ? strchr(names, c) : NULL;
    uint32_t code;
    r->at++;
    if (at) {
        to[(*n)++] = meant[at - names];
        return true;
    }
    if (c != 'u' && c != 'U')
        return fail(r, "this escape is not known: write \\\\ for a backslash");
    if (!take_code(r, c == 'u' ? 4 : 8, &code))
        return false;
    *n += put_character(to + *n, code);
    return true;
}

static bool take_string(struct reader *r, str *out)
{
    char quote = peek(r);
    if (starts(r, "\"\"\"") || starts(r, "'''"))
        return fail(r, "a text over several lines is not supported: write it on one line");
    r->at++;
    size_t end = r->at;
    while (end < r->text.len && r->text.at[end] != '\n')
        end++;
    char *text = shelflife_arena_alloc(r->memory, end - r->at + 1);
    size_t n = 0;
    if (!text)
        return shelflife_arena_fail(r->memory, r->err);
    while (r->at < end) {
        char c = r->text.at[r->at++];
        if (c == quote) {
            *out = (str){text, n};
            return true;
        }
        if (((unsigned char)c < ' ' && c != '\t') || c == 0x7f)
            return fail(r, "a text must not have control characters");
        if (c != '\\' || quote == '\'')
            text[n++] = c;
        else if (!take_escape(r, text, &n))
            return false;
    }
    return fail(r, "a text must end with a quotation mark on the same line");
}

/* ---- Keys ---- */

static bool is_bare(char c)
{
    return ascii_is_alphanumeric(c) || c == '_' || c == '-';
}

static bool take_key(struct reader *r, str *out)
{
    if (peek(r) == '"' || peek(r) == '\'')
        return take_string(r, out);
    size_t begin = r->at;
    while (is_bare(peek(r)))
        r->at++;
    *out = (str){r->text.at + begin, r->at - begin};
    return out->len > 0 ||
           fail(r, "there must be a key: letters, digits, _ and -, or a text in quotation marks");
}

/* Keys with dots between them. */
static bool take_keys(struct reader *r, struct keys *keys)
{
    for (;;) {
        skip_blanks(r);
        if (keys->count == DEPTH)
            return fail(r, "too many keys in each other");
        if (!take_key(r, &keys->at[keys->count++]))
            return false;
        skip_blanks(r);
        if (peek(r) != '.')
            return true;
        r->at++;
    }
}

/* ---- Values ---- */

static bool pass_on(struct reader *r, const struct keys *keys, const value *v)
{
    return r->sink(r->context, keys->at, keys->count, v, r->err) ||
           shelflife_error_prefix(r->err, "line %u", r->line);
}

static bool take_value(struct reader *r, size_t depth, value *out);

/* The items are copied when the number of them is known. */
static bool take_array(struct reader *r, size_t depth, value *out)
{
    CLEANUP(cleanup_free) value *items = NULL;
    size_t capacity = 0, count = 0;
    for (r->at++;;) {
        skip_lines(r);
        if (peek(r) == ']')
            break;
        if (count == ITEMS_MAX)
            return fail(r, "too many items");
        if (!shelflife_grow(&items, &capacity, count + 1, sizeof(*items)))
            return shelflife_fail_memory(r->err);
        if (!take_value(r, depth + 1, &items[count++]))
            return false;
        skip_lines(r);
        if (peek(r) == ',')
            r->at++;
        else if (peek(r) != ']')
            return fail(r, "there must be a comma or ] after an item");
    }
    r->at++;
    value *copy = shelflife_arena_array(r->memory, count, sizeof(*copy));
    if (!copy)
        return shelflife_arena_fail(r->memory, r->err);
    shelflife_copy(copy, items, count * sizeof(*copy));
    *out = (value){.type = SHELFLIFE_REGISTRY_TOML_ARRAY, .items = copy, .count = count};
    return true;
}

static bool take_word(struct reader *r, value *out)
{
    size_t begin = r->at;
    while (is_bare(peek(r)) || (peek(r) && strchr("+.:", peek(r))))
        r->at++;
    str word = {r->text.at + begin, r->at - begin};
    *out = (value){.type = SHELFLIFE_REGISTRY_TOML_OTHER, .text = word};
    out->yes = shelflife_str_equal(word, STR("true"));
    if (out->yes || shelflife_str_equal(word, STR("false")))
        out->type = SHELFLIFE_REGISTRY_TOML_BOOL;
    else if (word.len == 0 || ascii_is_letter(word.at[0]))
        return fail(r, "there must be a value: a text in quotation marks, true, false, a number or an array");
    return true;
}

static bool take_value(struct reader *r, size_t depth, value *out)
{
    skip_blanks(r);
    if (depth == DEPTH)
        return fail(r, "too many arrays in each other");
    if (peek(r) == '[')
        return take_array(r, depth, out);
    if (peek(r) != '"' && peek(r) != '\'')
        return take_word(r, out);
    *out = (value){.type = SHELFLIFE_REGISTRY_TOML_STRING};
    return take_string(r, &out->text);
}

static bool take_member(struct reader *r, struct keys keys);

static bool take_inline_table(struct reader *r, const struct keys *keys)
{
    r->at++;
    if (!pass_on(r, keys, NULL))
        return false;
    skip_blanks(r);
    if (peek(r) == '}') {
        r->at++;
        return true;
    }
    for (;;) {
        if (!take_member(r, *keys))
            return false;
        skip_blanks(r);
        if (peek(r) == '}') {
            r->at++;
            return true;
        }
        if (!take(r, ',', "there must be a comma or } after a member"))
            return false;
    }
}

/* Each level has one more key, so that they cannot be too many. */
static bool take_member(struct reader *r, struct keys keys)
{
    value v;
    if (!take_keys(r, &keys) || !take(r, '=', "there must be = after a key"))
        return false;
    skip_blanks(r);
    if (peek(r) == '{')
        return take_inline_table(r, &keys);
    return take_value(r, 0, &v) && pass_on(r, &keys, &v);
}

static bool take_table(struct reader *r, struct keys *table)
{
    table->count = 0;
    r->at++;
    if (peek(r) == '[')
        return fail(r, "arrays of tables ([[…]]) are not supported");
    return take_keys(r, table) && take(r, ']', "there must be ] after the name of a table") &&
           pass_on(r, table, NULL);
}

bool shelflife_registry_toml_read(str text, arena *a, shelflife_registry_toml_sink *sink, void *context,
                                  error *err)
{
    struct reader r = {.text = text, .line = 1, .memory = a, .sink = sink, .context = context, .err = err};
    struct keys table = {.count = 0};
    if (!shelflife_str_is_utf8(text) || shelflife_str_find(text, '\0') != SIZE_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "this is not text in UTF-8");
    for (;;) {
        skip_lines(&r);
        if (r.at == text.len)
            return true;
        if (!(peek(&r) == '[' ? take_table(&r, &table) : take_member(&r, table)) || !end_line(&r))
            return false;
    }
}
