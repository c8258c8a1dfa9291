#include "audit/ignore.h"

#include "json/unicode.h"

enum kind {
    ONE,     /* a character */
    ANY,     /* "?" */
    SET,     /* "[a-c]" */
    STAR,    /* "*" */
    FOLDERS, /* a slash and what is around "**": "/", or "/…/" */
    REST,    /* "**" at the end, or at the start: anything */
};

struct shelflife_audit_ignore_token {
    unsigned char kind, one;
    uint64_t set[4]; /* a bit for each byte */
};

typedef struct shelflife_audit_ignore list;
typedef struct shelflife_audit_ignore_pattern pattern;
typedef struct shelflife_audit_ignore_token token;

void shelflife_audit_ignore_cut(list *l, size_t count)
{
    while (l->count > count)
        free(l->at[--l->count].tokens);
}

void shelflife_audit_ignore_free(list *l)
{
    shelflife_audit_ignore_cut(l, 0);
    free(l->at);
    *l = (list){0};
}

/* ---- Reading ---- */

static void put_in_set(token *t, unsigned char c)
{
    t->set[c / 64] |= UINT64_C(1) << (c % 64);
}

static bool is_in_set(const token *t, unsigned char c)
{
    return t->set[c / 64] >> (c % 64) & 1;
}

/* Reads "[a-c]" at *i. False if it does not end. */
static bool read_set(str text, size_t *i, token *out)
{
    size_t at = *i + 1;
    bool not_these = at < text.len && (text.at[at] == '!' || text.at[at] == '^');
    *out = (token){.kind = SET};
    at += not_these;
    for (size_t first = at; at < text.len && (text.at[at] != ']' || at == first); at++) {
        if (text.at[at] == '\\' && at + 1 < text.len)
            at++;
        unsigned char from = (unsigned char)text.at[at], to = from;
        if (at + 2 < text.len && text.at[at + 1] == '-' && text.at[at + 2] != ']') {
            to = (unsigned char)text.at[at + 2];
            at += 2;
        }
        for (unsigned c = from; c <= to; c++)
            put_in_set(out, (unsigned char)c);
    }
    for (size_t k = 0; not_these && k < COUNT(out->set); k++)
        out->set[k] = ~out->set[k];
    out->set['/' / 64] &= ~(UINT64_C(1) << ('/' % 64));
    *i = at;
    return at < text.len;
}

/* The stars at `i`: "**" is only special as a whole part of a path, otherwise it is "*". */
static token read_stars(str text, size_t *i)
{
    size_t end = *i;
    while (end < text.len && text.at[end] == '*')
        end++;
    bool starts = *i == 0, ends = end == text.len;
    bool two = end - *i == 2 && (starts || text.at[*i - 1] == '/') && (ends || text.at[end] == '/');
    token t = {.kind = STAR};
    if (two)
        t.kind = ends ? REST : FOLDERS;
    *i = two && !ends ? end : end - 1; /* FOLDERS has its slash */
    return t;
}

/* The tokens of a pattern without "!" and outer slashes. */
static bool compile(str text, pattern *out, error *err)
{
    for (size_t i = 0; i < text.len; i++) {
        token *t = &out->tokens[out->count++];
        *t = (token){.kind = ONE, .one = (unsigned char)text.at[i]};
        switch (text.at[i]) {
        case '?':
            t->kind = ANY;
            break;
        case '*':
            *t = read_stars(text, &i);
            break;
        case '[':
            if (!read_set(text, &i, t))
                return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                                      "\"[\" without \"]\"; write \"\\[\" for the character itself");
            break;
        case '\\':
            if (++i == text.len)
                return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "a \"\\\" at the end has no meaning");
            t->one = (unsigned char)text.at[i];
            break;
        default:
            break;
        }
    }
    return true;
}

/* Without the end of the line, and without blanks at the end unless they are escaped. */
static str trim(str text)
{
    if (shelflife_str_ends(text, STR("\r")))
        text.len--;
    while (text.len && text.at[text.len - 1] == ' ' && (text.len < 2 || text.at[text.len - 2] != '\\'))
        text.len--;
    return text;
}

static bool keep(list *l, str text, const pattern *p, error *err)
{
    pattern kept = *p;
    if (!shelflife_grow(&l->at, &l->capacity, l->count + 1, sizeof(*l->at)))
        return shelflife_fail_memory(err);
    size_t capacity = 0;
    kept.tokens = NULL;
    if (!shelflife_grow(&kept.tokens, &capacity, text.len + 1, sizeof(*kept.tokens)))
        return shelflife_fail_memory(err);
    l->at[l->count++] = kept;
    if (compile(text, &l->at[l->count - 1], err))
        return true;
    shelflife_audit_ignore_cut(l, l->count - 1);
    return false;
}

bool shelflife_audit_ignore_add(list *l, str text, size_t base, error *err)
{
    pattern p = {.base = base};
    text = trim(text);
    if (!text.len || text.at[0] == '#')
        return true;
    if (text.len > SHELFLIFE_AUDIT_IGNORE_PATTERN_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "longer than %d bytes",
                              SHELFLIFE_AUDIT_IGNORE_PATTERN_MAX);
    if (l->count == SHELFLIFE_AUDIT_IGNORE_PATTERNS_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "more than %d patterns",
                              SHELFLIFE_AUDIT_IGNORE_PATTERNS_MAX);
    p.negated = text.at[0] == '!';
    text = shelflife_str_after(text, p.negated);
    p.for_folders = shelflife_str_ends(text, STR("/"));
    text.len -= p.for_folders;
    p.whole = shelflife_str_find(text, '/') != SIZE_MAX;
    text = shelflife_str_after(text, shelflife_str_starts(text, STR("/")));
    if (!text.len)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "no name in it");
    return keep(l, text, &p, err);
}

bool shelflife_audit_ignore_read(list *l, str text, size_t base, const char *origin, error *err)
{
    static const str mark = STR_INIT(SHELFLIFE_JSON_BOM);
    unsigned number = 1;
    if (shelflife_str_starts(text, mark))
        text = shelflife_str_after(text, mark.len);
    for (size_t end; text.len; text = shelflife_str_after(text, end + 1), number++) {
        error why = {0};
        end = shelflife_str_find(text, '\n');
        end = end == SIZE_MAX ? text.len : end;
        if (!shelflife_audit_ignore_add(l, shelflife_str_first(text, end), base, &why))
            return why.kind == SHELFLIFE_ERROR_MEMORY
                       ? shelflife_fail_memory(err)
                       : shelflife_fail(err, why.kind, "%s:%u: %s", origin, number, why.text);
    }
    return true;
}

/* ---- Matching ---- */

/* A set of positions in the tokens: those that what was read may lead to. */
struct positions {
    size_t low, high; /* those outside are not set */
    bool set[SHELFLIFE_AUDIT_IGNORE_PATTERN_MAX + 2];
};

static void reach(const pattern *p, struct positions *s, size_t at)
{
    for (; !s->set[at]; at++) {
        s->set[at] = true;
        s->low = at < s->low ? at : s->low;
        s->high = at > s->high ? at : s->high;
        /* "*" matches an empty text, too, and so does "**" with its slash. */
        if (at == p->count || (p->tokens[at].kind != STAR && p->tokens[at].kind != FOLDERS))
            return;
    }
}

static void empty(struct positions *s)
{
    if (s->low <= s->high)
        memset(s->set + s->low, 0, s->high - s->low + 1);
    s->low = SIZE_MAX;
    s->high = 0;
}

/* What a character leads to from a position. */
static void step(const pattern *p, size_t at, unsigned char c, struct positions *to)
{
    const token *t = &p->tokens[at];
    switch (t->kind) {
    case ONE:
        if (c == t->one)
            reach(p, to, at + 1);
        break;
    case ANY:
        if (c != '/')
            reach(p, to, at + 1);
        break;
    case SET:
        if (is_in_set(t, c))
            reach(p, to, at + 1);
        break;
    case STAR:
        if (c != '/')
            reach(p, to, at);
        break;
    case FOLDERS: /* leaves only at a slash: a start of a part of the path follows it */
        to->set[at] = true;
        to->low = at < to->low ? at : to->low;
        to->high = at > to->high ? at : to->high;
        if (c == '/')
            reach(p, to, at + 1);
        break;
    case REST:
        reach(p, to, p->count);
        to->set[at] = true;
        to->low = at < to->low ? at : to->low;
        break;
    default:
        break;
    }
}

static bool matches(const pattern *p, str text)
{
    if (p->tokens[0].kind == ONE && (!text.len || (unsigned char)text.at[0] != p->tokens[0].one))
        return false; /* most */
    struct positions sets[2] = {{.low = SIZE_MAX}, {.low = SIZE_MAX}};
    struct positions *now = &sets[0], *then = &sets[1];
    reach(p, now, 0);
    for (size_t i = 0; i < text.len && now->low <= now->high; i++) {
        for (size_t at = now->low; at <= now->high && at < p->count; at++)
            if (now->set[at])
                step(p, at, (unsigned char)text.at[i], then);
        empty(now);
        struct positions *swap = now;
        now = then;
        then = swap;
    }
    return now->low <= now->high && now->set[p->count];
}

enum shelflife_audit_ignored shelflife_audit_ignore_match(const list *l, str path, bool is_folder)
{
    size_t slash = shelflife_str_find_last(path, '/');
    str name = slash == SIZE_MAX ? path : shelflife_str_after(path, slash + 1);
    for (size_t i = l->count; i-- > 0;) {
        const pattern *p = &l->at[i];
        if (p->for_folders && !is_folder)
            continue;
        if (matches(p, p->whole ? shelflife_str_after(path, p->base) : name))
            return p->negated ? SHELFLIFE_AUDIT_IGNORE_TAKEN : SHELFLIFE_AUDIT_IGNORE_LEFT_OUT;
    }
    return SHELFLIFE_AUDIT_IGNORE_UNKNOWN;
}
