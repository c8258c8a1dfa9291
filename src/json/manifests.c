#include "json/manifests.h"

#include "json/unicode.h"
#include "json/words.h"

enum {
    PIECE = 64 << 10,                            /* bytes that are read at a time */
    PROBE_MAX = 1 << 20,                         /* bytes of a document that decide whether it is JSON */
    LINE_START_MAX = SHELFLIFE_JSON_COMMENT_MAX, /* bytes of a line that decide what it is */
};

typedef struct shelflife_json_manifests manifests;
typedef struct shelflife_json_position position;

enum line {
    LINE_BLANK,
    LINE_COMMENT,   /* "#" is its first character */
    LINE_SEPARATOR, /* "---", and at most a comment */
    LINE_START,     /* "---", and the beginning of a document */
    LINE_DIRECTIVE, /* "%YAML 1.2" */
    LINE_CONTENT,
};

/* A JSON value that is being read, to find its end. */
struct json_value {
    struct shelflife_json_parser *parser;
    shelflife_json_handler *handler; /* NULL: only the grammar counts */
    void *context;
    size_t depth;
    bool quiet; /* the handler skips the whole value */
    bool ended;
};

struct shelflife_json_manifests {
    shelflife_yaml_input *input;
    void *input_context;
    char *piece;
    struct shelflife_json_unicode unicode;
    bool over;

    buffer window; /* of the text; what is before `at` has been read */
    size_t at;
    position here; /* of window.at[at]; its column is not known within a line of YAML */

    shelflife_json_comment_handler *on_comment;
    void *comment_context;
    struct json_value json;
    struct shelflife_yaml *yaml;
    bool line_start; /* `at` is at the start of a line of YAML */
    bool in_content; /* the YAML document has content already */
    char before;     /* the last byte of YAML that was passed on */
    position start, error_at;
    bool reading_json, failed;
};

static shelflife_json_handler on_json;

manifests *shelflife_json_manifests_new(shelflife_yaml_input *input, void *context)
{
    manifests *m = shelflife_calloc(1, sizeof(*m));
    if (!m)
        return NULL;
    m->input = input;
    m->input_context = context;
    m->here = (position){.line = 1, .column = 1};
    m->piece = shelflife_malloc(PIECE);
    m->yaml = shelflife_yaml_new(SHELFLIFE_YAML_MANIFESTS);
    m->json.parser = shelflife_json_parser_new(on_json, &m->json, false);
    shelflife_buffer_init(&m->window, SIZE_MAX / 2);
    if (m->piece && m->yaml && m->json.parser)
        return m;
    shelflife_json_manifests_free(m);
    return NULL;
}

void shelflife_json_manifests_free(manifests *m)
{
    if (!m)
        return;
    shelflife_json_parser_free(m->json.parser);
    shelflife_yaml_free(m->yaml);
    shelflife_buffer_free(&m->window);
    shelflife_free(m->piece);
    shelflife_free(m);
}

void shelflife_json_manifests_comments(manifests *m, shelflife_json_comment_handler *handler, void *context)
{
    m->on_comment = handler;
    m->comment_context = context;
}

/* ---- The window ---- */

static str rest(const manifests *m)
{
    return (str){m->window.at + m->at, m->window.len - m->at};
}

/* Reads a piece of the text, unless it has ended. */
static bool fill(manifests *m, error *err)
{
    size_t got = 0;
    if (m->at > PIECE && m->at > m->window.len / 2) {
        m->window.len -= m->at;
        shelflife_copy(m->window.at, m->window.at + m->at, m->window.len);
        m->at = 0;
    }
    if (!m->input(m->input_context, m->piece, PIECE, &got, err))
        return false;
    m->over = got == 0;
    shelflife_json_unicode_append(&m->unicode, (str){m->piece, got}, m->over, &m->window);
    return !m->window.failed || shelflife_fail_memory(err);
}

/* Makes the window contain this many bytes after `at`, unless the text ends before. */
static bool need(manifests *m, size_t bytes, error *err)
{
    while (rest(m).len < bytes && !m->over)
        if (!fill(m, err))
            return false;
    return true;
}

static void advance(manifests *m, size_t bytes)
{
    m->at += bytes;
    m->here.offset += bytes;
    m->here.column += bytes;
}

/* ---- Lines ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static size_t skip_spaces(str line, size_t i)
{
    static const str others[] = {STR_INIT("\xc2\xa0"), STR_INIT("\xc2\x85")};
    while (i < line.len) {
        str at = shelflife_str_after(line, i);
        if (is_space(line.at[i]))
            i++;
        else if (shelflife_str_starts(at, others[0]) || shelflife_str_starts(at, others[1]))
            i += others[0].len;
        else
            break;
    }
    return i;
}

static enum line separator_or_content(str line)
{
    static const str separator = STR_INIT("---");
    size_t i = skip_spaces(line, separator.len);
    if ((i == line.len && i < LINE_START_MAX) || (i < line.len && (line.at[i] == '\n' || line.at[i] == '#')))
        return LINE_SEPARATOR;
    return is_space(line.at[separator.len]) ? LINE_START : LINE_CONTENT;
}

/* What the line is that begins with this text. Sets *end to the position after it, or to SIZE_MAX if it does
   not end here. */
static enum line line_of(str text, size_t *end)
{
    const char *newline = text.len ? memchr(text.at, '\n', text.len) : NULL;
    *end = newline ? (size_t)(newline - text.at) + 1 : SIZE_MAX;
    str line = newline ? shelflife_str_first(text, *end) : text;
    if (shelflife_str_starts(line, STR("---")))
        return separator_or_content(line);
    if (line.len && (line.at[0] == '#' || line.at[0] == '%'))
        return line.at[0] == '#' ? LINE_COMMENT : LINE_DIRECTIVE;
    size_t i = 0;
    while (i < line.len && is_space(line.at[i]))
        i++;
    return i == line.len || line.at[i] == '\n' ? LINE_BLANK : LINE_CONTENT;
}

/* Looks at the line at `at`. Byte order marks at the start of a document are dropped. */
static bool next_line(manifests *m, enum line *line, size_t *end, error *err)
{
    static const str mark = STR_INIT(SHELFLIFE_JSON_BOM);
    do {
        if (!need(m, LINE_START_MAX, err))
            return false;
        str text = rest(m);
        size_t marks = 0;
        while (shelflife_str_starts(shelflife_str_after(text, marks), mark))
            marks += mark.len;
        *line = line_of(shelflife_str_after(text, marks), end);
        bool begins = !m->in_content || *line == LINE_SEPARATOR || *line == LINE_START;
        if (!marks || !begins)
            return true;
        m->at += marks;
        m->here.offset += marks;
    } while (rest(m).len < LINE_START_MAX && !m->over);
    return true;
}

static bool report_comment(manifests *m, size_t end, error *err)
{
    str line = shelflife_str_first(rest(m), end == SIZE_MAX ? LINE_START_MAX : end);
    while (line.len && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
        line.len--;
    return !m->on_comment || m->on_comment(m->comment_context, line, m->here.line, err);
}

/* Passes over the rest of the line. */
static bool pass_line(manifests *m, error *err)
{
    for (;;) {
        str text = rest(m);
        const char *newline = text.len ? memchr(text.at, '\n', text.len) : NULL;
        advance(m, newline ? (size_t)(newline - text.at) + 1 : text.len);
        if (newline) {
            m->here.line++;
            m->here.column = 1;
        }
        if (newline || m->over)
            return true;
        if (!fill(m, err))
            return false;
    }
}

/* Passes over what is before a document: blank lines, comments, separators. Sets *more to whether a document
   follows. */
static bool pass_blank(manifests *m, bool *more, error *err)
{
    enum line line;
    size_t end;
    m->in_content = false;
    while (next_line(m, &line, &end, err)) {
        *more = rest(m).len > 0;
        if (!*more || line == LINE_CONTENT || line == LINE_START || line == LINE_DIRECTIVE)
            return true;
        if ((line == LINE_COMMENT && !report_comment(m, end, err)) || !pass_line(m, err))
            return false;
    }
    return false;
}

/* After an error: passes over the rest of the document. */
static bool pass_document(manifests *m, error *err)
{
    enum line line;
    size_t end;
    m->in_content = true;
    if (!m->line_start && !pass_line(m, err))
        return false;
    while (next_line(m, &line, &end, err)) {
        if (!rest(m).len || line == LINE_SEPARATOR || line == LINE_START)
            return true;
        if (!pass_line(m, err))
            return false;
    }
    return false;
}

/* ---- JSON ---- */

static enum shelflife_json_next on_json(void *context, enum shelflife_json_event event, str text, bool last,
                                        error *err)
{
    struct json_value *v = context;
    enum shelflife_json_next next = SHELFLIFE_JSON_CONTINUE;
    v->depth -= shelflife_json_closes(event);
    if (v->handler && !v->quiet)
        next = v->handler(v->context, event, text, last, err);
    if (next == SHELFLIFE_JSON_STOP)
        return next;
    v->ended = shelflife_json_closes(event) && v->depth == 0;
    if (next == SHELFLIFE_JSON_SKIP && shelflife_json_opens(event)) {
        v->quiet = v->depth == 0;
        v->depth += v->quiet;
        return v->quiet ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_SKIP;
    }
    v->depth += shelflife_json_opens(event);
    if (!v->ended)
        return next;
    shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "the value has ended");
    return SHELFLIFE_JSON_STOP;
}

static void begin_json(manifests *m, shelflife_json_handler *handler, void *context)
{
    m->json = (struct json_value){.parser = m->json.parser, .handler = handler, .context = context};
    shelflife_json_parser_reset(m->json.parser);
    m->start = m->here;
    m->reading_json = true;
}

static position moved(position start, position by)
{
    return (position){.offset = start.offset + by.offset,
                      .line = start.line + by.line - 1,
                      .column = by.line == 1 ? start.column + by.column - 1 : by.column};
}

/* Whether the document at `at` is JSON, as far as PROBE_MAX bytes say. Otherwise *why says why not. */
static bool is_json(manifests *m, bool *yes, error *why, error *err)
{
    begin_json(m, NULL, NULL);
    for (size_t seen = 0; seen < PROBE_MAX;) {
        if (!need(m, seen + 1, err))
            return false;
        str text = shelflife_str_after(rest(m), seen);
        seen += text.len;
        *yes = text.len ? shelflife_json_parser_feed(m->json.parser, text, why) || m->json.ended
                        : shelflife_json_parser_finish(m->json.parser, why);
        m->error_at = moved(m->start, shelflife_json_parser_position(m->json.parser));
        if (!*yes || m->json.ended)
            return true;
    }
    return true;
}

static bool read_json(manifests *m, shelflife_json_handler *handler, void *context, error *err)
{
    uint64_t fed = 0;
    position end = {0};
    begin_json(m, handler, context);
    for (bool ok = true; ok && !m->json.ended;) {
        if (!need(m, 1, err))
            return false;
        str text = rest(m);
        ok = text.len ? shelflife_json_parser_feed(m->json.parser, text, err)
                      : shelflife_json_parser_finish(m->json.parser, err);
        end = shelflife_json_parser_position(m->json.parser);
        m->at += ok ? text.len : (size_t)(end.offset - fed);
        fed += text.len;
    }
    m->here = m->error_at = moved(m->start, end);
    if (m->json.ended)
        advance(m, 1); /* past the bracket */
    return m->json.ended;
}

/* ---- YAML ---- */

/*
 * kubectl takes `fd00::` in [fd00::] for text; libyaml 0.2.5 does not take a colon before one of these
 * characters in a plain scalar in flow style. A character that is not allowed in a text is put between them,
 * which shelflife_yaml_read() drops.
 */
static bool needs_mark(char before, char after)
{
    return after && strchr(",?[]{}", after) && before && !strchr(" \t\r\n\"',[]{}", before);
}

/* Copies a part of a line, with marks. `whole`: the line, or the text, ends with it. Returns the number of
   bytes copied from it. */
static size_t copy_line(manifests *m, str line, bool whole, char *to, size_t size, size_t *got)
{
    static const str mark = STR_INIT(SHELFLIFE_YAML_MARK);
    size_t i = 0;
    for (; i < line.len && *got + 1 + mark.len <= size; i++) {
        char c = line.at[i], after = i + 1 < line.len ? line.at[i + 1] : 0;
        if (c == ':' && !after && !whole)
            break;
        to[(*got)++] = c;
        if (c == ':' && needs_mark(m->before, after)) {
            shelflife_copy(to + *got, mark.at, mark.len);
            *got += mark.len;
        }
        m->before = c;
    }
    return i;
}

/* Gives libyaml the lines of one document. */
static bool give_lines(void *context, char *to, size_t size, size_t *got, error *err)
{
    manifests *m = context;
    enum line line = LINE_CONTENT;
    size_t end;
    *got = 0;
    while (*got + 1 + STR(SHELFLIFE_YAML_MARK).len <= size) {
        if (m->line_start) {
            if (!next_line(m, &line, &end, err))
                return false;
            if (m->in_content && (line == LINE_SEPARATOR || line == LINE_START))
                return true;
            if (line == LINE_COMMENT && !report_comment(m, end, err))
                return false;
            m->in_content = m->in_content || line == LINE_CONTENT || line == LINE_START;
            m->line_start = false;
        }
        if (!need(m, 2, err))
            return false;
        str text = rest(m);
        if (!text.len)
            return true;
        const char *newline = memchr(text.at, '\n', text.len);
        str part = newline ? shelflife_str_first(text, (size_t)(newline - text.at) + 1) : text;
        size_t copied = copy_line(m, part, newline || m->over, to, size, got);
        advance(m, copied);
        if (copied && m->window.at[m->at - 1] == '\n') {
            m->line_start = true;
            m->here.line++;
            m->here.column = 1;
        }
    }
    return true;
}

static bool read_yaml(manifests *m, shelflife_json_handler *handler, void *context, error *err)
{
    m->start = m->here;
    m->reading_json = false;
    m->line_start = m->here.column == 1;
    m->in_content = !m->line_start;
    m->before = '\n';
    return shelflife_yaml_read(m->yaml, give_lines, m, handler, context, err);
}

/* ---- Documents ---- */

static bool is_later(position a, position b)
{
    return a.line != b.line ? a.line > b.line : a.column > b.column;
}

static bool read_document(manifests *m, shelflife_json_handler *handler, void *context, error *err)
{
    bool json = false;
    error why = {0};
    if (!need(m, 1, err))
        return false;
    str text = rest(m);
    size_t i = 0;
    while (i < text.len && (is_space(text.at[i]) || text.at[i] == '\n'))
        i++;
    if (i < text.len && (text.at[i] == '{' || text.at[i] == '[')) {
        advance(m, i);
        if (!is_json(m, &json, &why, err))
            return false;
    }
    if (json)
        return read_json(m, handler, context, err);
    if (read_yaml(m, handler, context, err))
        return true;
    position at = moved(m->start, shelflife_yaml_position(m->yaml));
    /* If it is neither, the reader that got further says what is wrong. */
    if (why.kind == SHELFLIFE_ERROR_NONE || err->kind != SHELFLIFE_ERROR_INPUT || is_later(at, m->error_at))
        m->error_at = at;
    else
        *err = why;
    return false;
}

bool shelflife_json_manifests_next(manifests *m, shelflife_json_handler *handler, void *context, bool *more,
                                   error *err)
{
    error after = {0};
    *more = false;
    m->failed = false;
    if (pass_blank(m, more, err) && (!*more || read_document(m, handler, context, err)))
        return true;
    m->failed = true;
    bool wrong = err->kind == SHELFLIFE_ERROR_INPUT || err->kind == SHELFLIFE_ERROR_LIMIT;
    *more = *more && wrong && pass_document(m, &after);
    return false;
}

position shelflife_json_manifests_position(const manifests *m)
{
    if (m->failed)
        return m->error_at;
    return moved(m->start, m->reading_json ? shelflife_json_parser_position(m->json.parser)
                                           : shelflife_yaml_position(m->yaml));
}
