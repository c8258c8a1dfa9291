#include "workload/pattern.h"
#include "base/ascii.h"

static bool is_plain(char c)
{
    return ascii_is_alphanumeric(c) || c == '_' || c == '-';
}

bool shelflife_workload_pattern_is_plain(str key)
{
    for (size_t i = 0; i < key.len; i++)
        if (!is_plain(key.at[i]))
            return false;
    return key.len > 0;
}

static char peek(const struct shelflife_workload_pattern_reader *r)
{
    if (r->at < r->text.len)
        return r->text.at[r->at];
    return '\0';
}

static bool refuse(const struct shelflife_workload_pattern_reader *r, error *err, const char *rule)
{
    return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "byte %zu: %s", r->at + 1, rule);
}

static bool check_length(const struct shelflife_workload_pattern_reader *r, str key, error *err)
{
    return key.len <= SHELFLIFE_WORKLOAD_PATTERN_KEY_MAX || refuse(r, err, "a key has at most 256 bytes");
}

static bool read_plain(struct shelflife_workload_pattern_reader *r, struct shelflife_workload_step *step,
                       error *err)
{
    size_t start = r->at;
    while (is_plain(peek(r)))
        r->at++;
    step->kind = SHELFLIFE_WORKLOAD_STEP_KEY;
    step->key = (str){r->text.at + start, r->at - start};
    if (r->at == start)
        return refuse(r, err,
                      "a key must be \"*\", \"**\", or letters, digits, \"_\" and \"-\", "
                      "or be quoted as [\"…\"]");
    return check_length(r, step->key, err);
}

/* Reads after the opening quote, up to and including `"]`. */
static bool read_quoted(struct shelflife_workload_pattern_reader *r, struct shelflife_workload_step *step,
                        error *err)
{
    char *key = shelflife_arena_alloc(r->memory, r->text.len - r->at);
    size_t len = 0;
    if (!key)
        return shelflife_arena_fail(r->memory, err);
    for (; peek(r) != '"'; r->at++) {
        if (peek(r) == '\\')
            r->at++;
        if (r->at >= r->text.len)
            return refuse(r, err, "a quoted key ends in a quote and \"]\"");
        key[len++] = peek(r);
    }
    r->at++;
    if (peek(r) != ']')
        return refuse(r, err, "a quoted key ends in a quote and \"]\"");
    r->at++;
    step->kind = SHELFLIFE_WORKLOAD_STEP_KEY;
    step->key = (str){key, len};
    return check_length(r, step->key, err);
}

static bool read_bracket(struct shelflife_workload_pattern_reader *r, struct shelflife_workload_step *step,
                         error *err)
{
    bool first = r->at == 0;
    r->at++;
    if (peek(r) == '"') {
        r->at++;
        return read_quoted(r, step, err);
    }
    if (peek(r) != ']' || first)
        return refuse(r, err,
                      first ? "a path begins with a key" : "brackets are empty, or contain a key in quotes");
    r->at++;
    step->kind = SHELFLIFE_WORKLOAD_STEP_ELEMENT;
    return true;
}

static bool read_braces(struct shelflife_workload_pattern_reader *r, struct shelflife_workload_step *step,
                        error *err)
{
    r->at++;
    if (peek(r) != '}')
        return refuse(r, err, "braces are empty");
    r->at++;
    if (r->at != r->text.len)
        return refuse(r, err, "nothing follows \"{}\"");
    step->kind = SHELFLIFE_WORKLOAD_STEP_PARTS;
    return true;
}

bool shelflife_workload_pattern_next(struct shelflife_workload_pattern_reader *r,
                                     struct shelflife_workload_step *step, error *err)
{
    *step = (struct shelflife_workload_step){.kind = SHELFLIFE_WORKLOAD_STEP_END};
    if (r->at > 0 && r->at == r->text.len)
        return true;
    if (peek(r) == '[')
        return read_bracket(r, step, err);
    if (peek(r) == '{' && r->at > 0)
        return read_braces(r, step, err);
    if (r->at > 0) {
        if (peek(r) != '.')
            return refuse(r, err, "a step is followed by \".\", \"[]\", \"{}\" or a quoted key");
        r->at++;
    }
    if (peek(r) != '*')
        return read_plain(r, step, err);
    r->at++;
    step->kind = SHELFLIFE_WORKLOAD_STEP_ANY_KEY;
    if (peek(r) == '*') {
        r->at++;
        step->kind = SHELFLIFE_WORKLOAD_STEP_ANY;
    }
    return true;
}
