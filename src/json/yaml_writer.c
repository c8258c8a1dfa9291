#include "json/yaml_writer.h"

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/printable.h"
#include "shelflife/json.h"

enum { KEY_MAX = 1000, INDENT = 2 };

/* What a value or the first key of a map comes after. */
enum after { AFTER_NOTHING, AFTER_DASH, AFTER_KEY };

struct shelflife_yaml_writer {
    struct shelflife_json_parser *parser;
    buffer *out;
    buffer token; /* the key, string or number that is read */
    enum after after;
    size_t depth;
    struct level {
        bool map, filled;
        enum after after; /* where it began */
    } levels[SHELFLIFE_JSON_WRITER_DEPTH_MAX];
};

/* ---- Scalars ---- */

/* Words that YAML 1.1 or 1.2 reads as another type, in lower case. */
static bool is_reserved(str s)
{
    static const char *const words[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
    char lower[8];
    if (s.len >= sizeof(lower))
        return false;
    for (size_t i = 0; i < s.len; i++)
        lower[i] = ascii_lower(s.at[i]);
    for (size_t i = 0; i < COUNT(words); i++)
        if (shelflife_str_equal((str){lower, s.len}, shelflife_str_of(words[i])))
            return true;
    return false;
}

/* Whether the string needs no quotes, wherever it is. A first letter rules out numbers and dates. */
static bool is_plain(str s)
{
    if (!s.len || !(ascii_is_alphanumeric(s.at[0]) && !ascii_is_digit(s.at[0])) || is_reserved(s))
        return false;
    for (size_t i = 1; i < s.len; i++) {
        bool last = i + 1 == s.len, before_blank = !last && s.at[i + 1] == ' ';
        bool inside = (s.at[i] == ' ' && !before_blank) || (s.at[i] == ':' && !before_blank);
        if (!ascii_is_alphanumeric(s.at[i]) && shelflife_str_find(STR("/._@+-()"), s.at[i]) == SIZE_MAX &&
            (last || !inside))
            return false;
    }
    return true;
}

static void put_character(str bytes, uint32_t c, buffer *out)
{
    if (c == '"' || c == '\\') {
        shelflife_buffer_byte(out, '\\');
        shelflife_buffer_byte(out, (char)c);
    } else if (c == '\n') {
        shelflife_buffer_append(out, STR("\\n"));
    } else if (c == '\t') {
        shelflife_buffer_append(out, STR("\\t"));
    } else if (c == 0xffffffff) {
        shelflife_buffer_append(out, STR("\\uFFFD"));
    } else if (shelflife_printable_is_hidden(c) || c == 0xfffe || c == 0xffff) {
        shelflife_buffer_format(out, c > 0xffff ? "\\U%08X" : c > 0xff ? "\\u%04X" : "\\x%02X", (unsigned)c);
    } else {
        shelflife_buffer_append(out, bytes);
    }
}

static void put_string(str s, buffer *out)
{
    if (is_plain(s)) {
        shelflife_buffer_append(out, s);
        return;
    }
    shelflife_buffer_byte(out, '"');
    for (size_t i = 0; i < s.len;) {
        size_t from = i;
        uint32_t c = shelflife_utf8_next(s, &i);
        put_character((str){s.at + from, i - from}, c, out);
    }
    shelflife_buffer_byte(out, '"');
}

/* ---- Structure ---- */

static void begin_line(struct shelflife_yaml_writer *w)
{
    shelflife_buffer_format(w->out, "\n%*s", (int)(INDENT * (w->depth - 1)), "");
}

/* Before a key or a dash. The first one of a value after a dash stays on its line. */
static void begin_member(struct shelflife_yaml_writer *w)
{
    struct level *level = &w->levels[w->depth - 1];
    if (level->filled || level->after == AFTER_KEY)
        begin_line(w);
    else if (level->after == AFTER_DASH)
        shelflife_buffer_byte(w->out, ' ');
    level->filled = true;
}

/* Before any value. */
static void begin_value(struct shelflife_yaml_writer *w)
{
    if (!w->depth || w->levels[w->depth - 1].map)
        return;
    begin_member(w);
    shelflife_buffer_byte(w->out, '-');
    w->after = AFTER_DASH;
}

static void begin_scalar(struct shelflife_yaml_writer *w)
{
    begin_value(w);
    if (w->after != AFTER_NOTHING)
        shelflife_buffer_byte(w->out, ' ');
}

static bool begin_level(struct shelflife_yaml_writer *w, bool map, error *err)
{
    begin_value(w);
    if (w->depth == COUNT(w->levels))
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "more than %zu levels cannot be written as YAML",
                              COUNT(w->levels));
    w->levels[w->depth++] = (struct level){.map = map, .after = w->after};
    return true;
}

static void end_level(struct shelflife_yaml_writer *w)
{
    const struct level *level = &w->levels[--w->depth];
    if (level->filled)
        return;
    shelflife_buffer_append(w->out, level->after == AFTER_NOTHING ? STR("") : STR(" "));
    shelflife_buffer_append(w->out, level->map ? STR("{}") : STR("[]"));
}

static bool put_key(struct shelflife_yaml_writer *w, str key, error *err)
{
    if (key.len > KEY_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                              "a key of more than %d bytes cannot be written as YAML", KEY_MAX);
    begin_member(w);
    put_string(key, w->out);
    shelflife_buffer_byte(w->out, ':');
    w->after = AFTER_KEY;
    return true;
}

/* A token that came whole. */
static bool put_token(struct shelflife_yaml_writer *w, enum shelflife_json_event event, error *err)
{
    str token = shelflife_buffer_str(&w->token);
    if (event == SHELFLIFE_JSON_KEY)
        return put_key(w, token, err);
    begin_scalar(w);
    if (event == SHELFLIFE_JSON_STRING)
        put_string(token, w->out);
    else
        shelflife_buffer_append(w->out, token);
    return true;
}

static void put_word(struct shelflife_yaml_writer *w, str word)
{
    begin_scalar(w);
    shelflife_buffer_append(w->out, word);
}

static enum shelflife_json_next handle(void *context, enum shelflife_json_event event, str text, bool last,
                                       error *err)
{
    struct shelflife_yaml_writer *w = context;
    bool ok = true;
    switch (event) {
    case SHELFLIFE_JSON_MAP_START:
    case SHELFLIFE_JSON_ARRAY_START:
        ok = begin_level(w, event == SHELFLIFE_JSON_MAP_START, err);
        break;
    case SHELFLIFE_JSON_MAP_END:
    case SHELFLIFE_JSON_ARRAY_END:
        end_level(w);
        break;
    case SHELFLIFE_JSON_KEY:
    case SHELFLIFE_JSON_STRING:
    case SHELFLIFE_JSON_NUMBER:
        shelflife_buffer_append(&w->token, text);
        if (w->token.failed)
            ok = shelflife_fail_memory(err);
        else if (last) {
            ok = put_token(w, event, err);
            shelflife_buffer_reset(&w->token);
        }
        break;
    case SHELFLIFE_JSON_TRUE:
        put_word(w, STR("true"));
        break;
    case SHELFLIFE_JSON_FALSE:
        put_word(w, STR("false"));
        break;
    case SHELFLIFE_JSON_NULL:
        put_word(w, STR("null"));
        break;
    }
    return ok ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
}

/* ---- The writer ---- */

struct shelflife_yaml_writer *shelflife_yaml_writer_new(buffer *out)
{
    struct shelflife_yaml_writer *w = shelflife_calloc(1, sizeof(*w));
    if (!w)
        return NULL;
    w->out = out;
    shelflife_buffer_init(&w->token, SIZE_MAX);
    w->parser = shelflife_json_parser_new(handle, w, false);
    if (w->parser)
        return w;
    shelflife_yaml_writer_free(w);
    return NULL;
}

void shelflife_yaml_writer_free(struct shelflife_yaml_writer *w)
{
    if (!w)
        return;
    shelflife_json_parser_free(w->parser);
    shelflife_buffer_free(&w->token);
    shelflife_free(w);
}

bool shelflife_yaml_writer_feed(struct shelflife_yaml_writer *w, str json, error *err)
{
    return shelflife_json_parser_feed(w->parser, json, err);
}

bool shelflife_yaml_writer_finish(struct shelflife_yaml_writer *w, error *err)
{
    if (!shelflife_json_parser_finish(w->parser, err))
        return false;
    shelflife_buffer_byte(w->out, '\n');
    return true;
}
