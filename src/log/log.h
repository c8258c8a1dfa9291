/*
 * The log: a JSON object per line on stderr, or with SHELFLIFE_LOG_TEXT plain text. A line is never split
 * between two calls of write(). Logging never blocks: lines that do not fit into the pipe are dropped and
 * counted. Frequent lines, such as one per review, can be delayed a little, so that several are written at
 * once.
 *
 *     struct shelflife_log_line line;
 *     shelflife_log_begin(&line, log, SHELFLIFE_LOG_INFO, "listening");
 *     shelflife_log_string(&line, "address", address);
 *     shelflife_log_end(&line);
 */
#ifndef SHELFLIFE_LOG_LOG_H
#define SHELFLIFE_LOG_LOG_H

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/base.h"
#include "shelflife/json.h"

enum shelflife_log_format { SHELFLIFE_LOG_JSON, SHELFLIFE_LOG_TEXT };
enum shelflife_log_level { SHELFLIFE_LOG_INFO, SHELFLIFE_LOG_WARNING, SHELFLIFE_LOG_ERROR };

/* Lines of which clients decide how many there are. Their number per second is limited. */
enum shelflife_log_subject { SHELFLIFE_LOG_CLIENTS, SHELFLIFE_LOG_REVIEWS };
enum { SHELFLIFE_LOG_SUBJECTS = SHELFLIFE_LOG_REVIEWS + 1 };

struct shelflife_log_rate {
    atomic_int_least64_t empty_at;  /* nanoseconds of the monotonic clock */
    atomic_uint_least64_t left_out; /* lines so far */
    uint64_t reported;              /* of these, in the log; only shelflife_log_flush() uses it, and … */
    int64_t reported_at;            /* … this */
};

struct shelflife_log {
    int fd;
    enum shelflife_log_format format;
    atomic_uint_least64_t dropped; /* lines */
    struct shelflife_log_rate rates[SHELFLIFE_LOG_SUBJECTS];

    pthread_mutex_t lock; /* protects what follows */
    size_t waiting_len;
    unsigned waiting_lines;
    char waiting[PIPE_BUF];
};

struct shelflife_log_line {
    struct shelflife_log *log;
    buffer text;
    struct shelflife_json_writer json, json_head;
    size_t
        head; /* the length up to the end of the message, which is what remains of a line that is too long */
};

void shelflife_log_init(struct shelflife_log *log, int fd, enum shelflife_log_format format);

/* Writes the delayed lines first. */
void shelflife_log_free(struct shelflife_log *log);

void shelflife_log_begin(struct shelflife_log_line *line, struct shelflife_log *log,
                         enum shelflife_log_level level, const char *message);
void shelflife_log_string(struct shelflife_log_line *line, const char *key, str value);
void shelflife_log_integer(struct shelflife_log_line *line, const char *key, int64_t value);
void shelflife_log_bool(struct shelflife_log_line *line, const char *key, bool value);
void shelflife_log_end(struct shelflife_log_line *line);

/* The same, but the line may be delayed until the next shelflife_log_flush(). */
void shelflife_log_end_later(struct shelflife_log_line *line);

/* Writes the delayed lines, and at most once a second how many lines were left out. One thread may call it at
   a time. */
void shelflife_log_flush(struct shelflife_log *log);

/* A line with a message and the text of an error. */
void shelflife_log_error(struct shelflife_log *log, enum shelflife_log_level level, const char *message,
                         const error *err);

/* Whether a line about a client, or about a review, may be written now. Their number per second is limited,
   so that no client can fill the disk, or hide other lines among its own; a line that may not is counted. */
bool shelflife_log_peer(struct shelflife_log *log);
bool shelflife_log_review(struct shelflife_log *log);

const char *shelflife_log_subject_name(enum shelflife_log_subject subject);

#endif
