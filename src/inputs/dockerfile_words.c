#include "inputs/dockerfile_words.h"

#include "base/ascii.h"

enum {
    NESTED_MAX = 32,   /* "${A:-${B:-…}}" */
    PATTERN_MAX = 64,  /* bytes of a pattern: "${A#PATTERN}" */
    PATTERN_END = '}', /* of a variable */
};

#define OPEN "a variable has no }"

static void skip_blanks(str *rest)
{
    while (rest->len && shelflife_input_dockerfile_is_space(rest->at[0]))
        *rest = shelflife_str_after(*rest, 1);
}

static str take(str *rest, size_t n)
{
    str taken = shelflife_str_first(*rest, n);
    *rest = shelflife_str_after(*rest, n);
    return taken;
}

str shelflife_input_dockerfile_word(str *rest)
{
    size_t n = 0;
    skip_blanks(rest);
    while (n < rest->len && !shelflife_input_dockerfile_is_space(rest->at[n]))
        n++;
    return take(rest, n);
}

size_t shelflife_input_dockerfile_quoted_length(str text, char escape, bool *closed)
{
    size_t n = 0;
    char quote = 0;
    for (; n < text.len; n++) {
        char c = text.at[n];
        if (c == escape && quote != '\'')
            n++;
        else if (quote && c == quote)
            quote = 0;
        else if (!quote && (c == '\'' || c == '"'))
            quote = c;
        else if (!quote && shelflife_input_dockerfile_is_space(c))
            break;
    }
    *closed = !quote;
    return n < text.len ? n : text.len;
}

str shelflife_input_dockerfile_quoted_word(str *rest, char escape)
{
    bool closed;
    skip_blanks(rest);
    return take(rest, shelflife_input_dockerfile_quoted_length(*rest, escape, &closed));
}

bool shelflife_input_dockerfile_flag(str *rest, const char **start, buffer *out)
{
    skip_blanks(rest);
    if (!shelflife_str_starts(*rest, STR("--")))
        return false;
    *start = rest->at;
    str word = shelflife_input_dockerfile_quoted_word(rest, '\\');
    char quote = 0;
    for (size_t i = 0; i < word.len; i++) {
        char c = word.at[i];
        if (quote ? c == quote : c == '\'' || c == '"')
            quote = quote ? 0 : c;
        else if (c != '\\' || i + 1 < word.len)
            shelflife_buffer_byte(out, c == '\\' ? word.at[++i] : c);
    }
    return true;
}

/* ---- Variables ---- */

/* A part of a word. What is not wanted is read with `out` NULL. */
struct part {
    struct shelflife_input_dockerfile_expansion *e;
    str rest;
    unsigned depth;
};

static bool fail(struct part *p, const char *why)
{
    p->e->why = why;
    return false;
}

static char next(struct part *p)
{
    return take(&p->rest, 1).at[0];
}

static bool is_next(const struct part *p, char c)
{
    return p->rest.len && p->rest.at[0] == c;
}

static void put(buffer *out, char c)
{
    if (out)
        shelflife_buffer_byte(out, c);
}

static bool expand_variable(struct part *p, buffer *out);

static bool expand_single_quotes(struct part *p, buffer *out)
{
    (void)next(p);
    size_t end = shelflife_str_find(p->rest, '\'');
    if (end == SIZE_MAX)
        return fail(p, "a ' is not closed");
    if (out)
        shelflife_buffer_append(out, shelflife_str_first(p->rest, end));
    p->rest = shelflife_str_after(p->rest, end + 1);
    return true;
}

static bool expand_double_quotes(struct part *p, buffer *out)
{
    (void)next(p);
    while (p->rest.len) {
        if (is_next(p, '$')) {
            if (!expand_variable(p, out))
                return false;
            continue;
        }
        char c = next(p);
        if (c == '"')
            return true;
        bool escapes = c == p->e->escape;
        if (escapes && p->rest.len == 0)
            break;
        if (escapes && (is_next(p, '"') || is_next(p, '$') || is_next(p, p->e->escape)))
            c = next(p);
        put(out, c);
    }
    return fail(p, "a \" is not closed");
}

/* Up to the byte `stop`, which is read; 0: to the end. */
static bool expand_until(struct part *p, char stop, bool raw, buffer *out)
{
    while (p->rest.len) {
        char c = p->rest.at[0];
        if (c == '\'' || c == '"' || c == '$') {
            bool ok = c == '$'   ? expand_variable(p, out)
                      : c == '"' ? expand_double_quotes(p, out)
                                 : expand_single_quotes(p, out);
            if (!ok)
                return false;
            continue;
        }
        (void)next(p);
        if (stop && c == stop)
            return true;
        if (c == p->e->escape) {
            if (raw)
                put(out, c);
            if (p->rest.len == 0)
                break;
            c = next(p);
        }
        put(out, c);
    }
    return !stop || fail(p, OPEN);
}

static str read_name(struct part *p)
{
    static const str special = STR_INIT("@*#?-$!");
    str s = p->rest;
    size_t n = 0;
    if (s.len && ascii_is_digit(s.at[0]))
        while (n < s.len && ascii_is_digit(s.at[n]))
            n++;
    else if (s.len && shelflife_str_find(special, s.at[0]) != SIZE_MAX)
        n = 1;
    else
        while (n < s.len && (ascii_is_alphanumeric(s.at[n]) || s.at[n] == '_'))
            n++;
    return take(&p->rest, n);
}

static void note_missing(struct part *p, str name)
{
    if (!p->e->missing.at)
        p->e->missing = name;
}

static void note_use(struct part *p, const struct shelflife_input_dockerfile_variable *v)
{
    struct shelflife_input_dockerfile_expansion *e = p->e;
    e->last = v;
    e->last_end = e->out->len;
    for (size_t i = 0; i < e->used_count; i++)
        if (e->used[i] == v)
            return;
    if (e->used_count < COUNT(e->used))
        e->used[e->used_count++] = v;
}

static void use(struct part *p, const struct shelflife_input_dockerfile_variable *v, str name, str value,
                buffer *out)
{
    if (!out)
        return;
    if (!v || !v->set) {
        note_missing(p, name);
        return;
    }
    if (v->missing.at)
        note_missing(p, v->missing);
    shelflife_buffer_append(out, value);
    if (out == p->e->out)
        note_use(p, v);
}

/* ---- Patterns: "*" is any text, "?" is a byte, a backslash takes the next byte as it is ---- */

struct pattern {
    struct {
        char c;
        bool any, one;
    } at[PATTERN_MAX];
    size_t len;
};

static void reverse_pattern(struct pattern *pattern)
{
    struct pattern forward = *pattern;
    for (size_t i = 0; i < pattern->len; i++)
        pattern->at[i] = forward.at[pattern->len - 1 - i];
}

static bool read_pattern(struct part *p, const buffer *text, struct pattern *out)
{
    str s = shelflife_buffer_str(text);
    out->len = 0;
    if (text->failed)
        return fail(p, "a pattern is too long");
    for (size_t i = 0; i < s.len; i++) {
        bool escaped = s.at[i] == '\\' && i + 1 < s.len;
        char c = s.at[escaped ? ++i : i];
        out->at[out->len].c = c;
        out->at[out->len].any = !escaped && c == '*';
        out->at[out->len].one = !escaped && c == '?';
        out->len++;
    }
    return true;
}

/* The states of a pattern that any number of bytes leads to: a bit for each position. */
static void skip_any(const struct pattern *pattern, bool states[PATTERN_MAX + 1])
{
    for (size_t i = 0; i < pattern->len; i++)
        states[i + 1] |= states[i] && pattern->at[i].any;
}

/* The length of the part of a text that a pattern matches: at its beginning, or, reversed, at its end.
   SIZE_MAX: none. */
static size_t match(struct part *p, const struct pattern *pattern, str text, bool reverse, bool longest)
{
    bool states[PATTERN_MAX + 1] = {true};
    size_t found = SIZE_MAX;
    skip_any(pattern, states);
    for (size_t n = 0;; n++) {
        if (states[pattern->len])
            found = n;
        if (n == text.len || (found != SIZE_MAX && !longest))
            return found;
        if (*p->e->work < PATTERN_MAX) {
            p->e->why = "patterns take too long";
            return SIZE_MAX;
        }
        *p->e->work -= PATTERN_MAX;
        char c = text.at[reverse ? text.len - 1 - n : n];
        states[pattern->len] = false;
        for (size_t i = pattern->len; i-- > 0;) {
            bool any = pattern->at[i].any;
            states[i + 1] |= states[i] && !any && (pattern->at[i].one || pattern->at[i].c == c);
            states[i] = states[i] && any;
        }
        skip_any(pattern, states);
    }
}

/* Takes all the memory of a buffer, so that it fails only at its limit. */
static bool reserve(struct part *p, buffer *b)
{
    p->e->no_memory = !shelflife_buffer_reserve(b, b->limit);
    return !p->e->no_memory;
}

/* "${V#PATTERN}", "${V%PATTERN}"; doubled, the longest match. */
static bool expand_trim(struct part *p, char kind, const struct shelflife_input_dockerfile_variable *v,
                        str name, buffer *out)
{
    CLEANUP(shelflife_buffer_free) buffer text = {.limit = PATTERN_MAX};
    struct pattern pattern;
    bool longest = is_next(p, kind);
    if (longest)
        (void)next(p);
    if (!reserve(p, &text) || !expand_until(p, PATTERN_END, true, out ? &text : NULL) ||
        !read_pattern(p, &text, &pattern))
        return false;
    str value = v ? v->value : (str){0};
    bool reverse = kind == '%';
    if (reverse)
        reverse_pattern(&pattern);
    size_t n = out ? match(p, &pattern, value, reverse, longest) : SIZE_MAX;
    if (n != SIZE_MAX)
        value = reverse ? shelflife_str_first(value, value.len - n) : shelflife_str_after(value, n);
    use(p, v, name, value, out);
    return !p->e->why;
}

static void replace(struct part *p, const struct pattern *pattern, str with, bool all, str value,
                    buffer *result)
{
    for (bool done = false; value.len;) {
        size_t n = done ? SIZE_MAX : match(p, pattern, value, false, true);
        if (n == SIZE_MAX || n == 0) {
            shelflife_buffer_byte(result, value.at[0]);
            value = shelflife_str_after(value, 1);
            continue;
        }
        shelflife_buffer_append(result, with);
        value = shelflife_str_after(value, n);
        done = !all;
    }
}

/* "${V/PATTERN/TEXT}"; "//" replaces all. */
static bool expand_replace(struct part *p, const struct shelflife_input_dockerfile_variable *v, str name,
                           buffer *out)
{
    CLEANUP(shelflife_buffer_free) buffer text = {.limit = PATTERN_MAX};
    CLEANUP(shelflife_buffer_free) buffer with = {.limit = SHELFLIFE_INPUT_DOCKERFILE_VALUE_MAX};
    CLEANUP(shelflife_buffer_free) buffer result = {.limit = SHELFLIFE_INPUT_DOCKERFILE_VALUE_MAX};
    struct pattern pattern;
    bool all = is_next(p, '/');
    if (all)
        (void)next(p);
    if (!reserve(p, &text) || !reserve(p, &with) || !reserve(p, &result) ||
        !expand_until(p, '/', true, out ? &text : NULL) ||
        !expand_until(p, PATTERN_END, true, out ? &with : NULL) || !read_pattern(p, &text, &pattern))
        return false;
    if (out && v)
        replace(p, &pattern, shelflife_buffer_str(&with), all, v->value, &result);
    if (with.failed || result.failed)
        return fail(p, "a value is too long");
    use(p, v, name, shelflife_buffer_str(&result), out);
    return !p->e->why;
}

/* ---- Forms with braces ---- */

/* "${V:-WORD}", "${V-WORD}", "${V:+WORD}", "${V:?TEXT}". */
static bool expand_condition(struct part *p, char kind, bool empty_is_unset,
                             const struct shelflife_input_dockerfile_variable *v, str name, buffer *out)
{
    bool has = v && v->set && (!empty_is_unset || v->value.len);
    bool takes_word = kind == '-' ? !has : kind == '+' && has;
    if (!expand_until(p, PATTERN_END, false, takes_word ? out : NULL))
        return false;
    if (kind != '+' && has)
        use(p, v, name, v->value, out);
    if (kind == '?' && !has && out)
        note_missing(p, name);
    return true;
}

static bool expand_braces(struct part *p, buffer *out)
{
    (void)next(p);
    if (is_next(p, '{') || is_next(p, '}') || is_next(p, ':'))
        return fail(p, "a variable has no name");
    str name = read_name(p);
    if (p->rest.len == 0)
        return fail(p, OPEN);
    const struct shelflife_input_dockerfile_variable *v = p->e->find(p->e->context, name);
    char kind = next(p);
    bool empty_is_unset = kind == ':';
    if (empty_is_unset && p->rest.len == 0)
        return fail(p, OPEN);
    if (empty_is_unset)
        kind = next(p);
    if (kind == '-' || kind == '+' || kind == '?')
        return expand_condition(p, kind, empty_is_unset, v, name, out);
    if (!empty_is_unset && kind == '}') {
        use(p, v, name, v ? v->value : (str){0}, out);
        return true;
    }
    if (!empty_is_unset && (kind == '#' || kind == '%'))
        return expand_trim(p, kind, v, name, out);
    if (!empty_is_unset && kind == '/')
        return expand_replace(p, v, name, out);
    return fail(p, "a variable has a form that Docker does not accept");
}

static bool expand_variable(struct part *p, buffer *out)
{
    (void)next(p);
    if (p->depth == NESTED_MAX)
        return fail(p, "variables are nested too deeply");
    if (is_next(p, '{')) {
        p->depth++;
        bool ok = expand_braces(p, out);
        p->depth--;
        return ok;
    }
    str name = read_name(p);
    if (name.len == 0) {
        put(out, '$');
        return true;
    }
    const struct shelflife_input_dockerfile_variable *v = p->e->find(p->e->context, name);
    use(p, v, name, v ? v->value : (str){0}, out);
    return true;
}

void shelflife_input_dockerfile_expand(str word, struct shelflife_input_dockerfile_expansion *e)
{
    struct part p = {.e = e, .rest = word};
    if (expand_until(&p, 0, false, e->out) && e->out->failed)
        e->why = "it is too long";
}
