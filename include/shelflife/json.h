/*
 * A streaming JSON parser (RFC 8259) and a JSON writer.
 *
 * The parser takes the text in chunks of any size and calls a handler for each event. It builds no document:
 * it needs one bit of memory for each level of nesting, and time proportional to the length of the text,
 * however that is cut into chunks.
 *
 * The grammar is checked strictly. Where RFC 8259 leaves a choice, the parser accepts what Kubernetes API
 * servers send: numbers of any size, \u0000 in strings, and duplicate keys. Escapes are decoded. UTF-8 is not
 * checked; use shelflife_str_is_utf8() on the strings you need. The escape of a lone surrogate is decoded to
 * three bytes (ED A0..BF xx) that are not valid UTF-8.
 */
#ifndef SHELFLIFE_JSON_H
#define SHELFLIFE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "shelflife/buffer.h"
#include "shelflife/day.h"
#include "shelflife/error.h"
#include "shelflife/str.h"

SHELFLIFE_BEGIN_DECLS

enum shelflife_json_event {
    SHELFLIFE_JSON_MAP_START,
    SHELFLIFE_JSON_MAP_END,
    SHELFLIFE_JSON_ARRAY_START,
    SHELFLIFE_JSON_ARRAY_END,
    SHELFLIFE_JSON_KEY,    /* in fragments */
    SHELFLIFE_JSON_STRING, /* in fragments */
    SHELFLIFE_JSON_NUMBER, /* in fragments, as written */
    SHELFLIFE_JSON_TRUE,
    SHELFLIFE_JSON_FALSE,
    SHELFLIFE_JSON_NULL,
};

/* What the parser does after an event. */
enum shelflife_json_next {
    SHELFLIFE_JSON_CONTINUE,
    /* Skips the rest, without events but with the grammar checked. After a fragment of a key: the rest of the
       key and its value. After the start of a map or array: everything up to and including its end. After a
       fragment of a string or number: its other fragments. */
    SHELFLIFE_JSON_SKIP,
    SHELFLIFE_JSON_STOP, /* the handler has failed and set *err; feeding fails with this error */
};

/*
 * Handles an event. `text` is a fragment of a key, string or number, and is valid until the handler returns.
 * `last` is true for the last fragment of a token, which may be empty. A token without escapes that lies
 * within one chunk comes as a single fragment, which points into the chunk.
 */
typedef enum shelflife_json_next shelflife_json_handler(void *context, enum shelflife_json_event event,
                                                        struct shelflife_str text, bool last,
                                                        struct shelflife_error *err);

/* The deepest nesting that the parser accepts. API servers accept objects of 10,000 levels; reviews and lists
   add a few levels around them. */
enum { SHELFLIFE_JSON_DEPTH_MAX = 10240 };

struct shelflife_json_parser;

/* Creates a parser for one value or, with `many`, for any number of values separated by white space (JSON
   lines). Returns NULL if memory runs out. */
SHELFLIFE_API struct shelflife_json_parser *shelflife_json_parser_new(shelflife_json_handler *handler,
                                                                      void *context, bool many);
SHELFLIFE_API void shelflife_json_parser_free(struct shelflife_json_parser *parser);

/* Prepares the parser for another text, whatever state it is in. */
SHELFLIFE_API void shelflife_json_parser_reset(struct shelflife_json_parser *parser);

/* Parses a chunk. Fails on a syntax error, which names line, column and byte offset, or with the handler's
   error. After a failure all further calls fail with the same error. */
SHELFLIFE_API bool shelflife_json_parser_feed(struct shelflife_json_parser *parser,
                                              struct shelflife_str chunk, struct shelflife_error *err);

/* Ends the text. Fails if the text is not complete. */
SHELFLIFE_API bool shelflife_json_parser_finish(struct shelflife_json_parser *parser,
                                                struct shelflife_error *err);

struct shelflife_json_position {
    uint64_t offset; /* in bytes, from 0 */
    uint64_t line;   /* from 1 */
    uint64_t column; /* in bytes, from 1 */
};

/* The position of the parser. In a handler: of the first byte of the event's token. */
SHELFLIFE_API struct shelflife_json_position shelflife_json_parser_position(
    const struct shelflife_json_parser *parser);

/* The number of bytes of memory that the parser holds, whatever it reads. */
SHELFLIFE_API size_t shelflife_json_parser_memory(const struct shelflife_json_parser *parser);

/* The number of bytes examined since the last reset; a byte examined twice counts twice. For tests that check
   that the parser takes linear time. */
SHELFLIFE_API uint64_t shelflife_json_parser_work(const struct shelflife_json_parser *parser);

/*
 * The writer appends compact JSON to a buffer. It places commas and colons, and escapes strings: control and
 * format characters (Unicode categories Cc and Cf), U+2028 and U+2029 are escaped, so that the output is safe
 * to print, and invalid UTF-8 is replaced by U+FFFD. If the buffer fails,
 * the writer stops, and the text in the buffer is incomplete, though never cut within a character or an
 * escape. Check the buffer's `failed`.
 *
 * Writing a value without a key into a map, or a key into an array, is a bug of the caller and fails an
 * assertion.
 */
enum { SHELFLIFE_JSON_WRITER_DEPTH_MAX = 64 };

struct shelflife_json_writer {
    struct shelflife_buffer *out;
    unsigned depth;
    bool comma;        /* the current map or array has an element already */
    bool key;          /* a key was written, and not yet its value */
    uint64_t map_bits; /* bit n is set if level n is a map */
};

SHELFLIFE_API void shelflife_json_writer_init(struct shelflife_json_writer *w, struct shelflife_buffer *out);
SHELFLIFE_API void shelflife_json_write_map(struct shelflife_json_writer *w);
SHELFLIFE_API void shelflife_json_write_array(struct shelflife_json_writer *w);
/* Ends the innermost map or array. */
SHELFLIFE_API void shelflife_json_write_end(struct shelflife_json_writer *w);
SHELFLIFE_API void shelflife_json_write_key(struct shelflife_json_writer *w, struct shelflife_str key);
SHELFLIFE_API void shelflife_json_write_string(struct shelflife_json_writer *w, struct shelflife_str s);
SHELFLIFE_API void shelflife_json_write_integer(struct shelflife_json_writer *w, int64_t n);
SHELFLIFE_API void shelflife_json_write_bool(struct shelflife_json_writer *w, bool b);
SHELFLIFE_API void shelflife_json_write_null(struct shelflife_json_writer *w);
/* Writes a value that is JSON already, without checking it. */
SHELFLIFE_API void shelflife_json_write_raw(struct shelflife_json_writer *w, struct shelflife_str json);

/* A member of a map: its key and its value. */
SHELFLIFE_API void shelflife_json_member_string(struct shelflife_json_writer *w, const char *key,
                                                struct shelflife_str value);
SHELFLIFE_API void shelflife_json_member_text(struct shelflife_json_writer *w, const char *key,
                                              const char *value);
SHELFLIFE_API void shelflife_json_member_integer(struct shelflife_json_writer *w, const char *key, int64_t n);
/* At most INT64_MAX. */
SHELFLIFE_API void shelflife_json_member_count(struct shelflife_json_writer *w, const char *key, uint64_t n);
SHELFLIFE_API void shelflife_json_member_bool(struct shelflife_json_writer *w, const char *key, bool b);
SHELFLIFE_API void shelflife_json_member_null(struct shelflife_json_writer *w, const char *key);
/* An empty string, or SHELFLIFE_DAY_NONE: null. */
SHELFLIFE_API void shelflife_json_member_nullable(struct shelflife_json_writer *w, const char *key,
                                                  struct shelflife_str value);
SHELFLIFE_API void shelflife_json_member_day(struct shelflife_json_writer *w, const char *key,
                                             shelflife_day day);
/* An empty string, or SHELFLIFE_DAY_NONE: no member. */
SHELFLIFE_API void shelflife_json_member_optional(struct shelflife_json_writer *w, const char *key,
                                                  struct shelflife_str value);
SHELFLIFE_API void shelflife_json_member_optional_day(struct shelflife_json_writer *w, const char *key,
                                                      shelflife_day day);
/* A map or array that shelflife_json_write_end() ends. */
SHELFLIFE_API void shelflife_json_member_map(struct shelflife_json_writer *w, const char *key);
SHELFLIFE_API void shelflife_json_member_array(struct shelflife_json_writer *w, const char *key);

SHELFLIFE_END_DECLS

#endif
