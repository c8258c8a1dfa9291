#include "inputs/compose_variables.h"

#include "base/ascii.h"

enum {
    NESTED_MAX = 10,     /* defaults in defaults */
    TEXT_MAX = 64 << 10, /* bytes of an expanded text */
    SHOWN_MAX = 100,     /* bytes of a variable that a reason names */
};

typedef struct shelflife_input_reading reading;
typedef struct shelflife_input_node node;
typedef struct shelflife_input_compose_environment env;
typedef struct shelflife_input_compose_text expanded;

/* ---- Replacing variables ---- */

struct expansion {
    reading *reading;
    const env *environment;
    expanded *out;
    buffer text;
    bool newer; /* docker-compose 1 reads it differently */
};

/* ${name sign operand} */
struct variable {
    str name, sign, operand;
};

static str name_at(str text)
{
    size_t len = 0;
    while (len < text.len &&
           (ascii_is_letter(text.at[len]) || text.at[len] == '_' || (len && ascii_is_digit(text.at[len]))))
        len++;
    return shelflife_str_first(text, len);
}

/* The position of the brace that closes the one before the text. */
static size_t closing_brace(str text)
{
    size_t depth = 1;
    for (size_t i = 0; i < text.len; i++) {
        depth += text.at[i] == '{' && i > 0 && text.at[i - 1] == '$';
        depth -= text.at[i] == '}';
        if (depth == 0)
            return i;
    }
    return SIZE_MAX;
}

/* Takes a variable from the text after a "$". */
static bool take_variable(str *text, struct variable *v)
{
    static const str signs[] = {STR_INIT(":-"), STR_INIT("-"),  STR_INIT(":?"),
                                STR_INIT("?"),  STR_INIT(":+"), STR_INIT("+")};
    *v = (struct variable){0};
    if (!shelflife_str_starts(*text, STR("{"))) {
        v->name = name_at(*text);
        *text = shelflife_str_after(*text, v->name.len);
        return v->name.len;
    }
    str inner = shelflife_str_after(*text, 1);
    size_t end = closing_brace(inner);
    if (end == SIZE_MAX)
        return false;
    *text = shelflife_str_after(inner, end + 1);
    inner = shelflife_str_first(inner, end);
    v->name = name_at(inner);
    inner = shelflife_str_after(inner, v->name.len);
    for (size_t i = 0; i < COUNT(signs) && !v->sign.len; i++)
        if (shelflife_str_starts(inner, signs[i]))
            v->sign = signs[i];
    v->operand = shelflife_str_after(inner, v->sign.len);
    return v->name.len && (v->sign.len || !inner.len);
}

static const node *value_of(const env *e, str name)
{
    const node *value = NULL;
    for (; e && !value; e = e->outer)
        value = shelflife_input_node_get(e->values, name);
    return value;
}

/* Only the first reason is kept. */
static bool unresolved(struct expansion *x, str name, const char *reason)
{
    str shown = shelflife_str_first(name, shelflife_utf8_cut(name, SHOWN_MAX));
    return x->out->why.len ||
           shelflife_input_reading_format(x->reading, &x->out->why, "%.*s %s", STR_PRINT(shown), reason);
}

static bool add_way(struct expansion *x, const char *before, str name, const char *after)
{
    str way;
    str shown = shelflife_str_first(name, shelflife_utf8_cut(name, SHOWN_MAX));
    return shelflife_input_reading_format(x->reading, &way, "%s%.*s%s", before, STR_PRINT(shown), after) &&
           shelflife_input_reading_phrase(x->reading, x->out->way, way, &x->out->way);
}

static bool expand(struct expansion *x, str text, unsigned depth);

/* Values in .env may name other variables, except in single quotes. */
static bool use_value(struct expansion *x, const struct variable *v, const node *value, unsigned depth)
{
    if (!add_way(x, "", v->name, " of .env"))
        return false;
    if (value->tag.len)
        return expand(x, value->text, depth + 1);
    shelflife_buffer_append(&x->text, value->text);
    return true;
}

static bool use_operand(struct expansion *x, const struct variable *v, unsigned depth)
{
    x->newer = x->newer || shelflife_str_find(v->operand, '$') != SIZE_MAX;
    return add_way(x, "default of ", v->name, "") && expand(x, v->operand, depth + 1);
}

static bool replace(struct expansion *x, const struct variable *v, unsigned depth)
{
    const node *value = value_of(x->environment, v->name);
    bool colon = shelflife_str_starts(v->sign, STR(":"));
    bool set = value && (!colon || value->text.len || value->tag.len);
    switch (v->sign.len ? v->sign.at[v->sign.len - 1] : ' ') {
    case '+':
        x->newer = true;
        return !set || expand(x, v->operand, depth + 1);
    case '-':
        x->newer = x->newer || shelflife_str_find(v->operand, '$') != SIZE_MAX;
        return set ? use_value(x, v, value, depth) : use_operand(x, v, depth);
    case '?':
        return set ? use_value(x, v, value, depth)
                   : unresolved(x, v->name, "must be set, and has no default");
    default:
        return set ? use_value(x, v, value, depth) : unresolved(x, v->name, "is not set, and has no default");
    }
}

/* The recursion is limited to NESTED_MAX. */
static bool expand(struct expansion *x, str text, unsigned depth)
{
    if (depth > NESTED_MAX)
        return unresolved(x, text, "is nested too deeply");
    while (text.len) {
        size_t dollar = shelflife_str_find(text, '$');
        struct variable v;
        shelflife_buffer_append(&x->text, shelflife_str_first(text, dollar));
        text = shelflife_str_after(text, dollar);
        if (!text.len)
            break;
        if (!shelflife_input_reading_step(x->reading))
            return false;
        str from = text;
        text = shelflife_str_after(text, 1);
        if (shelflife_str_starts(text, STR("$"))) {
            shelflife_buffer_byte(&x->text, '$');
            text = shelflife_str_after(text, 1);
        } else if (!take_variable(&text, &v)) {
            return unresolved(x, from, "is not a variable");
        } else if (!replace(x, &v, depth)) {
            return false;
        }
    }
    return true;
}

/* Whether a text is one variable and nothing else. */
static const node *only_variable(const env *e, str text)
{
    struct variable v;
    if (!shelflife_str_starts(text, STR("$")))
        return NULL;
    text = shelflife_str_after(text, 1);
    return take_variable(&text, &v) && !text.len ? value_of(e, v.name) : NULL;
}

static bool finish(struct expansion *x, str written)
{
    str text = shelflife_str_trim(shelflife_buffer_str(&x->text));
    if (x->text.failed && !x->out->why.len && !unresolved(x, STR("the text"), "is too long"))
        return false;
    if (x->newer && !x->out->why.len)
        return shelflife_input_reading_format(
            x->reading, &x->out->why, "docker-compose 1 reads it differently; Compose 2 takes \"%.*s\"",
            STR_PRINT(text));
    if (!text.len && written.len && !x->out->why.len)
        return unresolved(x, written, "is empty");
    return x->out->why.len || shelflife_arena_copy(&x->reading->arena, text, &x->out->text) ||
           shelflife_input_reading_full(x->reading);
}

bool shelflife_input_compose_expand(reading *r, const env *environment, const node *scalar, expanded *out)
{
    struct expansion x = {.reading = r, .environment = environment, .out = out};
    *out = (expanded){.text = scalar->text, .place = scalar->place};
    if (shelflife_str_find(scalar->text, '$') == SIZE_MAX)
        return true;
    const node *value = only_variable(environment, scalar->text);
    shelflife_buffer_init(&x.text, TEXT_MAX);
    bool ok =
        shelflife_input_reading_room(r, &x.text) && expand(&x, scalar->text, 0) && finish(&x, scalar->text);
    shelflife_buffer_free(&x.text);
    if (value && !out->why.len)
        out->place = value->place;
    if (out->why.len)
        out->way = (str){0};
    return ok;
}

/* ---- .env ---- */

/* Takes a value out of its quotes; without quotes, a comment ends it. */
static str unquote(str value, bool *literal)
{
    char quote = value.len ? value.at[0] : ' ';
    *literal = quote == '\'';
    if (quote == '\'' || quote == '"') {
        str inner = shelflife_str_after(value, 1);
        size_t end = shelflife_str_find(inner, quote);
        if (end != SIZE_MAX)
            return shelflife_str_first(inner, end);
    }
    for (size_t i = 1; i < value.len; i++)
        if (value.at[i] == '#' && shelflife_is_space(value.at[i - 1]))
            return shelflife_str_trim(shelflife_str_first(value, i));
    return value;
}

/* Reads a line "NAME=value". *set is false for another line. */
static bool read_line(reading *r, str line, struct shelflife_input_place place,
                      struct shelflife_input_entry *out, bool *set)
{
    bool literal;
    line = shelflife_str_trim(line);
    if (shelflife_str_starts(line, STR("export ")))
        line = shelflife_str_trim(shelflife_str_after(line, 7));
    size_t equals = shelflife_str_find(line, '=');
    str name = shelflife_str_trim(shelflife_str_first(line, equals));
    *set = equals != SIZE_MAX && name.len && name_at(name).len == name.len;
    if (!*set)
        return true;
    str value = unquote(shelflife_str_trim(shelflife_str_after(line, equals + 1)), &literal);
    struct shelflife_input_node *scalar = shelflife_input_node_scalar(&r->arena, value, place);
    if (!scalar)
        return shelflife_input_reading_full(r);
    if (!literal && shelflife_str_find(value, '$') != SIZE_MAX)
        scalar->tag = STR("$"); /* to be expanded */
    *out = (struct shelflife_input_entry){name, scalar};
    return true;
}

bool shelflife_input_compose_environment_read(reading *r, str file, str text, const node **values)
{
    size_t lines = 1, count = 0;
    struct shelflife_input_place place = {.file = file};
    for (size_t i = 0; i < text.len; i++)
        lines += text.at[i] == '\n';
    struct shelflife_input_entry *entries = shelflife_arena_array(&r->arena, lines, sizeof(*entries));
    if (!entries)
        return shelflife_input_reading_full(r);
    while (text.len) {
        bool set;
        place.line++;
        if (!read_line(r, shelflife_str_line(&text), place, &entries[count], &set))
            return false;
        count += set;
    }
    *values = shelflife_input_node_map(&r->arena, entries, count, place);
    return *values || shelflife_input_reading_full(r);
}
