#include "registry/challenge.h"

#include "base/ascii.h"

/* A value in reading. */
struct reader {
    str value;
    size_t at;
    arena *memory;
    error *err;
};

enum scheme { SCHEME_NONE, SCHEME_OTHER, SCHEME_BASIC, SCHEME_BEARER, SCHEME_AGAIN /* of Bearer */ };

static char peek(const struct reader *r)
{
    return r->at < r->value.len ? r->value.at[r->at] : '\0';
}

static bool is_token(char c)
{
    return ascii_is_alphanumeric(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token68(char c)
{
    return ascii_is_alphanumeric(c) || (c && strchr("-._~+/=", c));
}

static void skip(struct reader *r, const char *set)
{
    while (peek(r) && strchr(set, peek(r)))
        r->at++;
}

static str take(struct reader *r, bool (*belongs)(char c))
{
    size_t begin = r->at;
    while (r->at < r->value.len && belongs(peek(r)))
        r->at++;
    return (str){r->value.at + begin, r->at - begin};
}

static bool fail(const struct reader *r, const char *what)
{
    return shelflife_fail(r->err, SHELFLIFE_ERROR_INPUT, "WWW-Authenticate: byte %zu: %s", r->at + 1, what);
}

static bool equals(str s, const char *name)
{
    return ascii_equal_fold(s, shelflife_str_of(name));
}

/* A quoted string, without the quotes and backslashes. */
static bool take_quoted(struct reader *r, str *out)
{
    char *text = shelflife_arena_alloc(r->memory, r->value.len - r->at);
    size_t n = 0;
    if (!text)
        return shelflife_arena_fail(r->memory, r->err);
    for (r->at++; r->at < r->value.len; r->at++) {
        char c = r->value.at[r->at];
        if (c == '"') {
            r->at++;
            *out = (str){text, n};
            return true;
        }
        if (c == '\\' && ++r->at == r->value.len)
            break;
        text[n++] = r->value.at[r->at];
    }
    return fail(r, "a quoted text must end with a quotation mark");
}

static bool take_value(struct reader *r, str *out)
{
    if (peek(r) == '"')
        return take_quoted(r, out);
    /* Some write URLs without quotation marks. */
    size_t begin = r->at;
    while (peek(r) && !strchr(", \t\"", peek(r)))
        r->at++;
    *out = (str){r->value.at + begin, r->at - begin};
    return true;
}

static enum scheme begin_scheme(struct reader *r, str name, struct shelflife_registry_challenge *out)
{
    enum scheme scheme = equals(name, "Bearer")  ? SCHEME_BEARER
                         : equals(name, "Basic") ? SCHEME_BASIC
                                                 : SCHEME_OTHER;
    if (scheme == SCHEME_BEARER && out->bearer)
        return SCHEME_AGAIN;
    out->bearer |= scheme == SCHEME_BEARER;
    out->basic |= scheme == SCHEME_BASIC;
    out->other |= scheme == SCHEME_OTHER;
    if (scheme == SCHEME_OTHER) { /* it may have one value without a name, such as "Negotiate YII=" */
        size_t before = r->at;
        take(r, is_token68);
        skip(r, " \t");
        if (peek(r) && peek(r) != ',')
            r->at = before;
    }
    return scheme;
}

static bool keep_parameter(struct reader *r, str name, str value, struct shelflife_registry_challenge *out)
{
    const struct {
        const char *name;
        str *to;
    } kept[] = {
        {"realm", &out->realm}, {"service", &out->service}, {"scope", &out->scope}, {"error", &out->error}};
    for (size_t i = 0; i < COUNT(kept); i++)
        if (equals(name, kept[i].name) && !kept[i].to->at &&
            !shelflife_arena_copy(r->memory, value, kept[i].to))
            return shelflife_arena_fail(r->memory, r->err);
    return true;
}

bool shelflife_registry_challenge_read(str value, arena *a, struct shelflife_registry_challenge *challenge,
                                       error *err)
{
    struct reader r = {.value = value, .memory = a, .err = err};
    enum scheme scheme = SCHEME_NONE;
    for (;;) {
        skip(&r, ", \t");
        if (r.at == value.len)
            return true;
        str name = take(&r, is_token), text;
        if (name.len == 0)
            return fail(&r, "there must be a name");
        skip(&r, " \t");
        if (peek(&r) != '=') {
            scheme = begin_scheme(&r, name, challenge);
            continue;
        }
        if (scheme == SCHEME_NONE)
            return fail(&r, "a parameter must follow a kind of authentication such as Bearer");
        r.at++;
        skip(&r, " \t");
        if (!take_value(&r, &text) || (scheme == SCHEME_BEARER && !keep_parameter(&r, name, text, challenge)))
            return false;
        skip(&r, " \t");
        if (peek(&r) && peek(&r) != ',')
            return fail(&r, "there must be a comma between parameters");
    }
}
