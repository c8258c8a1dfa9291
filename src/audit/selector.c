#include "audit/selector.h"

#include "base/ascii.h"

typedef struct shelflife_audit_selector selector;
typedef struct shelflife_audit_selector_term term;

struct parser {
    str text;
    size_t at;
    selector *out;
    error *err;
};

static bool fail(const struct parser *p, const char *expected)
{
    return shelflife_fail(p->err, SHELFLIFE_ERROR_USAGE,
                          "the label selector \"%.*s\" is wrong at byte %zu: expected %s", STR_PRINT(p->text),
                          p->at + 1, expected);
}

static void skip_blanks(struct parser *p)
{
    while (p->at < p->text.len && (p->text.at[p->at] == ' ' || p->text.at[p->at] == '\t'))
        p->at++;
}

static bool take(struct parser *p, const char *what)
{
    str word = shelflife_str_of(what);
    skip_blanks(p);
    if (!shelflife_str_starts(shelflife_str_after(p->text, p->at), word))
        return false;
    p->at += word.len;
    return true;
}

static bool is_part(char c, bool key)
{
    return ascii_is_alphanumeric(c) || c == '-' || c == '_' || c == '.' || (key && c == '/');
}

/* A key or a value; may be empty. */
static str take_name(struct parser *p, bool key)
{
    skip_blanks(p);
    size_t start = p->at;
    while (p->at < p->text.len && is_part(p->text.at[p->at], key))
        p->at++;
    return shelflife_str_first(shelflife_str_after(p->text, start), p->at - start);
}

static bool add_value(struct parser *p, term *t)
{
    if (p->out->value_count == SHELFLIFE_AUDIT_SELECTOR_VALUES_MAX)
        return fail(p, "fewer values");
    p->out->values[p->out->value_count++] = take_name(p, false);
    t->count++;
    return true;
}

static bool read_set(struct parser *p, term *t)
{
    if (!take(p, "("))
        return fail(p, "\"(\" and values");
    do
        if (!add_value(p, t))
            return false;
    while (take(p, ","));
    return take(p, ")") || fail(p, "\",\" or \")\"");
}

/* A word of the grammar, which ends where it ends: "in" is not a part of "inner". */
static bool take_word(struct parser *p, const char *word)
{
    size_t before = p->at;
    if (take(p, word) && (p->at == p->text.len || !is_part(p->text.at[p->at], true)))
        return true;
    p->at = before;
    return false;
}

static bool read_condition(struct parser *p, term *t)
{
    if (take_word(p, "in"))
        return read_set(p, t);
    t->negated = true;
    if (take_word(p, "notin"))
        return read_set(p, t);
    if (take(p, "!="))
        return add_value(p, t);
    t->negated = false;
    if (take(p, "==") || take(p, "="))
        return add_value(p, t);
    return true;
}

static bool read_term(struct parser *p)
{
    if (p->out->term_count == SHELFLIFE_AUDIT_SELECTOR_TERMS_MAX)
        return fail(p, "fewer conditions");
    term *t = &p->out->terms[p->out->term_count];
    *t = (term){.negated = take(p, "!"), .first = p->out->value_count};
    bool absent = t->negated;
    t->key = take_name(p, true);
    if (!t->key.len)
        return fail(p, "the key of a label");
    if (!absent && !read_condition(p, t))
        return false;
    p->out->term_count++;
    return true;
}

bool shelflife_audit_selector_parse(str text, selector *out, error *err)
{
    struct parser p = {.text = text, .out = out, .err = err};
    *out = (selector){0};
    skip_blanks(&p);
    if (p.at == text.len)
        return true;
    do
        if (!read_term(&p))
            return false;
    while (take(&p, ","));
    return p.at == text.len || fail(&p, "\",\", or one of = == != in notin after a key");
}

static bool has_value(const selector *s, const term *t, str value)
{
    for (size_t i = 0; i < t->count; i++)
        if (shelflife_str_equal(s->values[t->first + i], value))
            return true;
    return t->count == 0;
}

bool shelflife_audit_selector_matches(const selector *s, const str *labels)
{
    for (size_t i = 0; i < s->term_count; i++) {
        const term *t = &s->terms[i];
        bool has = labels[i].at && has_value(s, t, labels[i]);
        if (has == t->negated)
            return false;
    }
    return true;
}
