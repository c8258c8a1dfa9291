/* rooms: base json */
/*
 * The tokenizer and the writer on any bytes:
 *   - however the text is cut, the same events, or the same error;
 *   - skipped text is checked like reported text, and the work is linear;
 *   - jansson accepts what we accept and refuses what we refuse, except for the differences listed at
 *     jansson_may_refuse() and jansson_may_accept();
 *   - where both accept, our events written again are the same document to jansson, and the same events
 *     to us;
 *   - any bytes written as a string read back, if they are UTF-8, and are UTF-8 in any case; a limit only
 *     shortens what is written, not inside a character.
 */
#include <jansson.h>
#include <stdio.h>

#include "base/base.h"
#include "shelflife/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                  \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

struct reader {
    const struct shelflife_json_parser *parser;
    buffer trace; /* for each token: its event, its bytes, their number, its place */
    buffer token;
    bool inside;
    enum shelflife_json_event event;
    size_t tokens, skip_at; /* the token (from 1) that is skipped; 0: none */
    size_t depth, depth_max;
    bool utf8; /* all strings and keys are */
    struct shelflife_json_writer *writer;
};

static void rewrite(struct shelflife_json_writer *w, enum shelflife_json_event event, str token)
{
    switch (event) {
    case SHELFLIFE_JSON_MAP_START:
        shelflife_json_write_map(w);
        break;
    case SHELFLIFE_JSON_ARRAY_START:
        shelflife_json_write_array(w);
        break;
    case SHELFLIFE_JSON_MAP_END:
    case SHELFLIFE_JSON_ARRAY_END:
        shelflife_json_write_end(w);
        break;
    case SHELFLIFE_JSON_KEY:
        shelflife_json_write_key(w, token);
        break;
    case SHELFLIFE_JSON_STRING:
        shelflife_json_write_string(w, token);
        break;
    case SHELFLIFE_JSON_NUMBER:
        shelflife_json_write_raw(w, token);
        break;
    case SHELFLIFE_JSON_TRUE:
    case SHELFLIFE_JSON_FALSE:
        shelflife_json_write_bool(w, event == SHELFLIFE_JSON_TRUE);
        break;
    case SHELFLIFE_JSON_NULL:
        shelflife_json_write_null(w);
        break;
    }
}

static enum shelflife_json_next take(void *context, enum shelflife_json_event event, str text, bool last,
                                     error *err)
{
    (void)err;
    struct reader *r = context;
    REQUIRE(!r->inside || r->event == event);
    if (!r->inside && ++r->tokens == r->skip_at)
        return SHELFLIFE_JSON_SKIP;
    r->event = event;
    r->inside = !last;
    shelflife_buffer_append(&r->token, text);
    if (!last)
        return SHELFLIFE_JSON_CONTINUE;
    str token = shelflife_buffer_str(&r->token);
    uint64_t offset = shelflife_json_parser_position(r->parser).offset;
    shelflife_buffer_byte(&r->trace, (char)event);
    shelflife_buffer_append(&r->trace, token);
    shelflife_buffer_append(&r->trace, (str){(const char *)&token.len, sizeof(token.len)});
    if (!r->writer) /* what is written again has other places */
        shelflife_buffer_append(&r->trace, (str){(const char *)&offset, sizeof(offset)});
    r->utf8 = r->utf8 && shelflife_str_is_utf8(token);
    r->depth += event == SHELFLIFE_JSON_MAP_START || event == SHELFLIFE_JSON_ARRAY_START;
    r->depth_max = r->depth > r->depth_max ? r->depth : r->depth_max;
    r->depth -= event == SHELFLIFE_JSON_MAP_END || event == SHELFLIFE_JSON_ARRAY_END;
    if (r->writer && r->depth_max <= SHELFLIFE_JSON_WRITER_DEPTH_MAX)
        rewrite(r->writer, event, token);
    shelflife_buffer_reset(&r->token);
    return SHELFLIFE_JSON_CONTINUE;
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Reads text in chunks of at most `chunk` bytes; if seed is not NULL, of random sizes. */
static bool read_text(str text, size_t chunk, uint32_t *seed, struct reader *r, error *err)
{
    *r = (struct reader){.utf8 = true, .skip_at = r->skip_at, .writer = r->writer};
    shelflife_buffer_init(&r->trace, SIZE_MAX);
    shelflife_buffer_init(&r->token, SIZE_MAX);
    struct shelflife_json_parser *parser = shelflife_json_parser_new(take, r, false);
    REQUIRE(parser);
    r->parser = parser;
    bool ok = true;
    for (size_t at = 0; ok && at < text.len;) {
        size_t n = seed ? 1 + next_random(seed) % chunk : chunk;
        str part = shelflife_str_first(shelflife_str_after(text, at), n);
        ok = shelflife_json_parser_feed(parser, part, err);
        at += part.len;
    }
    ok = ok && shelflife_json_parser_finish(parser, err);
    if (!ok)
        REQUIRE(!shelflife_json_parser_finish(parser, NULL) &&
                !shelflife_json_parser_feed(parser, STR("1"), NULL));
    REQUIRE(shelflife_json_parser_work(parser) <= 16 * text.len + 16);
    shelflife_json_parser_free(parser);
    shelflife_buffer_free(&r->token);
    return ok;
}

static void check_same(str text, size_t chunk, uint32_t *seed, bool ok, const struct reader *whole,
                       const error *whole_err)
{
    struct reader r = {0};
    error err = {0};
    REQUIRE(read_text(text, chunk, seed, &r, &err) == ok);
    if (ok)
        REQUIRE(shelflife_str_equal(shelflife_buffer_str(&r.trace), shelflife_buffer_str(&whole->trace)));
    else
        REQUIRE(err.kind == whole_err->kind && strcmp(err.text, whole_err->text) == 0);
    shelflife_buffer_free(&r.trace);
}

static void check_skip(str text, uint32_t *seed, bool ok, const struct reader *whole, const error *whole_err)
{
    struct reader r = {.skip_at = 1 + next_random(seed) % (whole->tokens + 1)};
    error err = {0};
    REQUIRE(read_text(text, 1 + next_random(seed) % 40, seed, &r, &err) == ok);
    REQUIRE(ok || strcmp(err.text, whole_err->text) == 0);
    REQUIRE(r.tokens <= whole->tokens + 1); /* a number cut by the end of a broken text may have begun */
    shelflife_buffer_free(&r.trace);
}

/* What we accept and jansson need not. */
static bool jansson_may_refuse(str text, const struct reader *r, enum json_error_code code)
{
    /* It checks UTF-8 everywhere, and surrogate escapes, which come from us as no UTF-8. */
    if (!shelflife_str_is_utf8(text) || !r->utf8)
        return true;
    switch ((int)code) {
    case json_error_stack_overflow: /* it takes 2,048 levels */
        return r->depth_max > 2000;
    case json_error_numeric_overflow: /* it takes what fits int64_t and double */
    case json_error_null_byte_in_key: /* it keeps keys as C strings */
    case json_error_out_of_memory:
        return true;
    default:
        return false;
    }
}

/* What we refuse and jansson may accept: it drops a raw NUL after a number, which it takes for the end of its
   lookahead. Our error is then about that NUL. */
static bool jansson_may_accept(const error *err)
{
    return strstr(err->text, "found byte 0x00") != NULL;
}

static void check_rewritten(str text, const json_t *document)
{
    buffer out;
    error err = {0};
    struct shelflife_json_writer w;
    shelflife_buffer_init(&out, SIZE_MAX);
    shelflife_json_writer_init(&w, &out);
    struct reader r = {.writer = &w}, again = {0};
    REQUIRE(read_text(text, SIZE_MAX, NULL, &r, &err));
    if (r.depth_max <= SHELFLIFE_JSON_WRITER_DEPTH_MAX) {
        REQUIRE(!out.failed);
        json_t *rewritten = json_loadb(out.at, out.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        REQUIRE(rewritten && json_equal(rewritten, document));
        json_decref(rewritten);
        buffer twice;
        shelflife_buffer_init(&twice, SIZE_MAX);
        shelflife_json_writer_init(&w, &twice);
        again.writer = &w;
        REQUIRE(read_text(shelflife_buffer_str(&out), SIZE_MAX, NULL, &again, &err));
        REQUIRE(shelflife_str_equal(shelflife_buffer_str(&r.trace), shelflife_buffer_str(&again.trace)));
        REQUIRE(shelflife_str_equal(shelflife_buffer_str(&out), shelflife_buffer_str(&twice)));
        shelflife_buffer_free(&again.trace);
        shelflife_buffer_free(&twice);
    }
    shelflife_buffer_free(&r.trace);
    shelflife_buffer_free(&out);
}

static void check_against_jansson(str text, bool ok, const struct reader *whole, const error *err)
{
    json_error_t why;
    json_t *document = json_loadb(text.at, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    if (document && !ok)
        REQUIRE(jansson_may_accept(err));
    else if (!document && ok)
        REQUIRE(jansson_may_refuse(text, whole, json_error_code(&why)));
    else if (document)
        check_rewritten(text, document);
    json_decref(document);
}

static void check_written(str text, uint32_t *seed)
{
    buffer out, cut;
    error err = {0};
    struct shelflife_json_writer w;
    shelflife_buffer_init(&out, SIZE_MAX);
    shelflife_json_writer_init(&w, &out);
    shelflife_json_write_string(&w, text);
    REQUIRE(!out.failed && shelflife_str_is_utf8(shelflife_buffer_str(&out)));
    struct reader r = {0};
    REQUIRE(read_text(shelflife_buffer_str(&out), SIZE_MAX, NULL, &r, &err));
    REQUIRE(r.tokens == 1 && r.utf8);
    if (shelflife_str_is_utf8(text)) {
        REQUIRE(r.trace.len == 1 + text.len + sizeof(size_t) + sizeof(uint64_t));
        REQUIRE(text.len == 0 || memcmp(r.trace.at + 1, text.at, text.len) == 0);
    }
    shelflife_buffer_init(&cut, next_random(seed) % out.len);
    shelflife_json_writer_init(&w, &cut);
    shelflife_json_write_string(&w, text);
    REQUIRE(cut.failed && cut.len <= cut.limit && shelflife_str_is_utf8(shelflife_buffer_str(&cut)));
    REQUIRE(shelflife_str_starts(shelflife_buffer_str(&out), shelflife_buffer_str(&cut)));
    shelflife_buffer_free(&r.trace);
    shelflife_buffer_free(&cut);
    shelflife_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size};
    uint32_t seed = 2166136261;
    for (size_t i = 0; i < size; i++)
        seed = (seed ^ data[i]) * 16777619;
    struct reader whole = {0};
    error err = {0};
    bool ok = read_text(text, SIZE_MAX, NULL, &whole, &err);
    REQUIRE(ok == (err.kind == SHELFLIFE_ERROR_NONE));
    check_same(text, 1, NULL, ok, &whole, &err);
    check_same(text, 40, &seed, ok, &whole, &err);
    check_skip(text, &seed, ok, &whole, &err);
    check_against_jansson(text, ok, &whole, &err);
    check_written(text, &seed);
    shelflife_buffer_free(&whole.trace);
    return 0;
}
