#include "inputs/gitlab_variables.h"

#include "base/ascii.h"

enum {
    NESTED_MAX = 10,    /* variables in the values of variables */
    TEXT_MAX = 4 << 10, /* bytes of an expanded text */
    SHOWN_MAX = 100,    /* bytes of a variable that a reason names */
};

typedef struct shelflife_input_reading reading;
typedef struct shelflife_input_node node;
typedef struct shelflife_input_gitlab_config config;
typedef struct shelflife_input_gitlab_scopes scopes;
typedef struct shelflife_input_gitlab_text expanded;

struct expansion {
    config *config;
    const scopes *scopes;
    expanded *out;
    buffer text;
};

/* Only the first reason is kept. */
static bool unresolved(struct expansion *x, str name, const char *reason)
{
    str shown = shelflife_str_first(name, shelflife_utf8_cut(name, SHOWN_MAX));
    return x->out->why.len || shelflife_input_reading_format(x->config->reading, &x->out->why, "%.*s %s",
                                                             STR_PRINT(shown), reason);
}

/* Whether GitLab or its runner sets the variable. */
static bool is_predefined(str name)
{
    static const str starts[] = {STR_INIT("CI_"), STR_INIT("GITLAB_"), STR_INIT("RUNNER_"),
                                 STR_INIT("TRIGGER_")};
    for (size_t i = 0; i < COUNT(starts); i++)
        if (shelflife_str_starts(name, starts[i]))
            return true;
    return shelflife_str_equal(name, STR("CI"));
}

static const node *value_of(const scopes *s, str name)
{
    const node *value = NULL;
    for (size_t i = 0; i < COUNT(s->at) && !value; i++)
        value = shelflife_input_node_get(s->at[i], name);
    return value;
}

/* ---- Replacing ---- */

static bool expand(struct expansion *x, const node *scalar, unsigned depth);

static bool add_way(struct expansion *x, str name, str value)
{
    reading *r = x->config->reading;
    str way;
    return shelflife_input_reading_format(r, &way, "%.*s = %.*s", STR_PRINT(name), STR_PRINT(value)) &&
           shelflife_input_reading_phrase(r, x->out->way, way, &x->out->way);
}

/* A variable has a value, or a map with the value and a description. */
static bool use_variable(struct expansion *x, str name, unsigned depth)
{
    const node *value = value_of(x->scopes, name), *expands = NULL;
    if (shelflife_input_node_is(value, SHELFLIFE_INPUT_NODE_MAP)) {
        expands = SHELFLIFE_INPUT_NODE_GET(value, "expand");
        value = SHELFLIFE_INPUT_NODE_GET(value, "value");
    }
    if (!shelflife_input_gitlab_config_follow(x->config, value, &value))
        return false;
    if (!shelflife_input_node_is(value, SHELFLIFE_INPUT_NODE_SCALAR))
        return unresolved(
            x, name, is_predefined(name) ? "is set by GitLab" : "has no value in the files that were read");
    if (!add_way(x, name, value->text))
        return false;
    if (!shelflife_str_equal(shelflife_input_node_text(expands), STR("false")))
        return expand(x, value, depth + 1);
    shelflife_buffer_append(&x->text, value->text);
    return shelflife_str_find(value->text, '$') == SIZE_MAX ||
           unresolved(x, name, "has a value with \"$\" that is not expanded");
}

/* "$[[ inputs.image ]]" */
static bool use_input(struct expansion *x, str expression, str path, unsigned depth)
{
    static const str start = STR_INIT("inputs.");
    const char *why;
    str name = shelflife_str_after(expression, start.len);
    if (!shelflife_str_starts(expression, start) || shelflife_str_find(name, '|') != SIZE_MAX)
        return unresolved(x, expression, "is not evaluated");
    const node *value = shelflife_input_gitlab_config_input(x->config, path, name, &why);
    if (!shelflife_input_node_is(value, SHELFLIFE_INPUT_NODE_SCALAR))
        return unresolved(x, expression, why);
    return add_way(x, expression, value->text) && expand(x, value, depth + 1);
}

static size_t name_length(str text)
{
    size_t len = 0;
    while (len < text.len && (ascii_is_alphanumeric(text.at[len]) || text.at[len] == '_'))
        len++;
    return len;
}

/* Replaces what begins with the "$" at the start of *text, and takes it from there. */
static bool replace(struct expansion *x, str *text, const node *scalar, unsigned depth)
{
    str rest = shelflife_str_after(*text, 1);
    if (shelflife_str_starts(rest, STR("[["))) {
        rest = shelflife_str_after(rest, 2);
        size_t end = shelflife_input_reading_find(rest, STR("]]"));
        *text = shelflife_str_after(rest, end == SIZE_MAX ? rest.len : end + 2);
        str expression = shelflife_str_trim(shelflife_str_first(rest, end));
        return use_input(x, expression, scalar->place.file, depth);
    }
    bool brace = shelflife_str_starts(rest, STR("{"));
    rest = shelflife_str_after(rest, brace);
    str name = shelflife_str_first(rest, name_length(rest));
    rest = shelflife_str_after(rest, name.len);
    if (!name.len || (brace && !shelflife_str_starts(rest, STR("}")))) {
        str shown = shelflife_str_first(*text, 1);
        size_t end = brace ? shelflife_str_find(*text, '}') : SIZE_MAX;
        if (end != SIZE_MAX)
            shown = shelflife_str_first(*text, end + 1);
        *text = (str){0};
        return unresolved(x, shown, "stays as it is: GitLab knows only $NAME and ${NAME}, without defaults");
    }
    *text = shelflife_str_after(rest, brace);
    return use_variable(x, name, depth);
}

/* The recursion is limited to NESTED_MAX. */
static bool expand(struct expansion *x, const node *scalar, unsigned depth)
{
    str text = scalar->text;
    if (depth > NESTED_MAX)
        return unresolved(x, text, "is nested too deeply, or in a circle");
    while (text.len && !x->out->why.len) {
        size_t dollar = shelflife_str_find(text, '$');
        shelflife_buffer_append(&x->text, shelflife_str_first(text, dollar));
        text = shelflife_str_after(text, dollar);
        if (!shelflife_input_reading_step(x->config->reading) ||
            (text.len && !replace(x, &text, scalar, depth)))
            return false;
    }
    return true;
}

/* The value of a text that is a single variable. */
static const node *only_variable(const scopes *s, str text)
{
    str rest = shelflife_str_after(text, 1);
    bool brace = shelflife_str_starts(rest, STR("{"));
    rest = shelflife_str_after(rest, brace);
    size_t len = name_length(rest);
    if (!shelflife_str_starts(text, STR("$")) || !len ||
        !shelflife_str_equal(shelflife_str_after(rest, len), brace ? STR("}") : STR("")))
        return NULL;
    const node *value = value_of(s, shelflife_str_first(rest, len));
    return shelflife_input_node_is(value, SHELFLIFE_INPUT_NODE_MAP) ? SHELFLIFE_INPUT_NODE_GET(value, "value")
                                                                    : value;
}

bool shelflife_input_gitlab_expand(config *c, const scopes *scopes_of_job, const node *scalar, expanded *out)
{
    struct expansion x = {.config = c, .scopes = scopes_of_job, .out = out};
    *out = (expanded){.text = scalar->text, .place = scalar->place};
    out->varies = shelflife_str_find(scalar->text, '$') != SIZE_MAX;
    if (!out->varies)
        return true;
    const node *value = only_variable(scopes_of_job, scalar->text);
    shelflife_buffer_init(&x.text, TEXT_MAX);
    bool ok = shelflife_input_reading_room(c->reading, &x.text) && expand(&x, scalar, 0);
    if (ok && x.text.failed && !out->why.len)
        out->why = STR("the text is too long");
    if (ok && !out->why.len && !shelflife_str_trim(shelflife_buffer_str(&x.text)).len)
        ok = unresolved(&x, scalar->text, "is empty");
    if (ok && !out->why.len) {
        ok = shelflife_arena_copy(&c->reading->arena, shelflife_buffer_str(&x.text), &out->text) ||
             shelflife_input_reading_full(c->reading);
        out->place = shelflife_input_node_is(value, SHELFLIFE_INPUT_NODE_SCALAR) ? value->place : out->place;
    }
    if (out->why.len)
        out->way = (str){0};
    shelflife_buffer_free(&x.text);
    return ok;
}
