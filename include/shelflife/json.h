/*
 * JSON as a stream of events (RFC 8259): feed bytes in any chunks, get events. No document is built, no
 * I/O is done; memory is a bit for each level of nesting. Work is linear in the bytes fed, however they
 * are cut.
 *
 * The grammar is strict everywhere. What the grammar leaves open is taken as an API server sends it:
 * numbers of any size and exponent, \u0000 in strings, duplicate keys. UTF-8 is not checked: whoever
 * keeps a string does that (shelflife_str_is_utf8()). Escapes are decoded; a lone surrogate escape comes
 * as its three bytes ED Ax/Bx xx, which no UTF-8 check lets pass.
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

/* What the handler wants next. */
enum shelflife_json_next {
    SHELFLIFE_JSON_CONTINUE,
    /* No more of this: after a KEY (any fragment), neither the rest of the key nor its value is told;
       after MAP_START or ARRAY_START, nothing up to and including its end; after a STRING or NUMBER
       fragment, not the rest. The grammar is still checked. */
    SHELFLIFE_JSON_SKIP,
    SHELFLIFE_JSON_STOP, /* the handler failed; feeding fails with the error the handler left */
};

/*
 * Called for each event. `text` is the fragment, for KEY, STRING and NUMBER; it lives until the handler
 * returns. `last` is true on a token's last fragment, which may be empty. A token that has no escapes and
 * lies in one chunk comes as one fragment, pointing into the chunk. On STOP the handler fills *err.
 */
typedef enum shelflife_json_next shelflife_json_handler(void *context, enum shelflife_json_event event,
                                                        struct shelflife_str text, bool last,
                                                        struct shelflife_error *err);

/* RFC 8259 allows a parser a limit of depth; an API server takes 10,000 levels in an object, and a review
   or list adds a few around it. */
enum { SHELFLIFE_JSON_DEPTH_MAX = 10240 };

struct shelflife_json_parser;

/* One value, or with `many` any number of values with white space between them (JSON lines). NULL if
   memory ran out. */
SHELFLIFE_API struct shelflife_json_parser *shelflife_json_parser_new(shelflife_json_handler *handler,
                                                                      void *context, bool many);
SHELFLIFE_API void shelflife_json_parser_free(struct shelflife_json_parser *parser);

/* Ready for the next text, whatever state it was in. */
SHELFLIFE_API void shelflife_json_parser_reset(struct shelflife_json_parser *parser);

/* Reads a chunk. False: a syntax error, which names line, column and byte offset, or the handler stopped;
   feeding after that fails again with the same error. */
SHELFLIFE_API bool shelflife_json_parser_feed(struct shelflife_json_parser *parser,
                                              struct shelflife_str chunk, struct shelflife_error *err);

/* The text is over. False if it is not a whole value. */
SHELFLIFE_API bool shelflife_json_parser_finish(struct shelflife_json_parser *parser,
                                                struct shelflife_error *err);

struct shelflife_json_position {
    uint64_t offset; /* bytes before it */
    uint64_t line;   /* from 1 */
    uint64_t column; /* from 1, in bytes */
};

/* Where the parser is: in a handler, at the first byte of the token the event is about. */
SHELFLIFE_API struct shelflife_json_position shelflife_json_parser_position(
    const struct shelflife_json_parser *parser);

/* Bytes examined since the last reset, counting a byte each time it is looked at: for tests that hold
   work to be linear. */
SHELFLIFE_API uint64_t shelflife_json_parser_work(const struct shelflife_json_parser *parser);

/*
 * A writer: appends compact JSON to a buffer, places commas and colons, escapes strings. Invalid UTF-8
 * becomes U+FFFD; control characters, and U+2028 and U+2029, are escaped. If the buffer fails, the writer
 * stops; nothing is ever cut inside a character or an escape, and what is in the buffer then is not a
 * whole text: look at buffer->failed. Misuse (a value without a key in a map) is a bug in the caller and
 * asserts.
 */
enum { SHELFLIFE_JSON_WRITER_DEPTH_MAX = 64 };

struct shelflife_json_writer {
    struct shelflife_buffer *out;
    unsigned depth;
    bool comma;        /* something stands before, at this level */
    bool key;          /* a key waits for its value */
    uint64_t map_bits; /* bit d: level d is a map */
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
/* A value that is JSON already. The caller vouches for it. */
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
