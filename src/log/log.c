#include "log/log.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

/* A write of up to PIPE_BUF bytes to a pipe is atomic, and poll() reports a pipe as writable only if that
   many fit: this is the limit of a line and of the delayed lines. TAIL is the space that the end of a cut
   line needs. */
enum {
    LINE_MAX_BYTES = PIPE_BUF,
    LINE_USUAL = 1024,
    TAIL = 32,
    TIME_MAX = 64,
    VALUE_MAX = 512,
    MESSAGE_MAX = 1536,
};

static const int64_t second = 1000000000; /* nanoseconds */

/* Lines a second, and how many more at once after a quiet time. */
static const struct {
    const char *name;
    int64_t rate, burst;
} subjects[] = {
    [SHELFLIFE_LOG_CLIENTS] = {"clients", 20, 20},
    [SHELFLIFE_LOG_REVIEWS] = {"reviews", 200, 400},
};
_Static_assert(COUNT(subjects) == SHELFLIFE_LOG_SUBJECTS, "a rate for each subject");

static const char *const level_names[] = {"info", "warning", "error"};
_Static_assert(COUNT(level_names) == SHELFLIFE_LOG_ERROR + 1, "a name for each level");

static int64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec * second + now.tv_nsec;
}

void shelflife_log_init(struct shelflife_log *log, int fd, enum shelflife_log_format format)
{
    log->fd = fd;
    log->format = format;
    atomic_init(&log->dropped, 0);
    for (size_t i = 0; i < SHELFLIFE_LOG_SUBJECTS; i++) {
        log->rates[i].reported = 0;
        log->rates[i].reported_at = 0;
        atomic_init(&log->rates[i].empty_at, 0);
        atomic_init(&log->rates[i].left_out, 0);
    }
    pthread_mutex_init(&log->lock, NULL);
    log->waiting_len = 0;
    log->waiting_lines = 0;
}

static str timestamp(char text[TIME_MAX])
{
    enum { MILLISECOND = 1000000, DIGITS = 3 };
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char *at = text + shelflife_time_format(now.tv_sec, 'T', text);
    *at++ = '.';
    shelflife_digits(at, DIGITS, (int)(now.tv_nsec / MILLISECOND));
    at += DIGITS;
    *at++ = 'Z';
    return (str){text, (size_t)(at - text)};
}

static void begin_json(struct shelflife_log_line *line, enum shelflife_log_level level, str message)
{
    char time_text[TIME_MAX];
    shelflife_json_writer_init(&line->json, &line->text);
    shelflife_json_write_map(&line->json);
    shelflife_json_member_string(&line->json, "time", timestamp(time_text));
    shelflife_json_member_text(&line->json, "level", level_names[level]);
    shelflife_json_member_string(&line->json, "message", message);
}

void shelflife_log_begin(struct shelflife_log_line *line, struct shelflife_log *log,
                         enum shelflife_log_level level, const char *message)
{
    *line = (struct shelflife_log_line){.log = log};
    shelflife_buffer_init(&line->text, LINE_MAX_BYTES - TAIL);
    shelflife_buffer_reserve(&line->text, LINE_USUAL);
    str text = shelflife_str_of(message);
    text.len = shelflife_utf8_cut(text, MESSAGE_MAX);
    if (log->format == SHELFLIFE_LOG_JSON) {
        begin_json(line, level, text);
    } else {
        char time_text[TIME_MAX];
        shelflife_buffer_append(&line->text, timestamp(time_text));
        shelflife_buffer_format(&line->text, " %-7s ", level_names[level]);
        shelflife_buffer_append(&line->text, text);
    }
    line->head = line->text.len;
    line->json_head = line->json;
}

/* Whether a value needs no quotes in a text line. */
static bool is_word(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] <= ' ' || s.at[i] > '~' || s.at[i] == '"' || s.at[i] == '=')
            return false;
    return s.len > 0;
}

void shelflife_log_string(struct shelflife_log_line *line, const char *key, str value)
{
    value.len = shelflife_utf8_cut(value, VALUE_MAX);
    if (line->log->format == SHELFLIFE_LOG_JSON) {
        shelflife_json_member_string(&line->json, key, value);
        return;
    }
    shelflife_buffer_format(&line->text, " %s=", key);
    if (is_word(value)) {
        shelflife_buffer_append(&line->text, value);
    } else {
        struct shelflife_json_writer quoted;
        shelflife_json_writer_init(&quoted, &line->text);
        shelflife_json_write_string(&quoted, value);
    }
}

void shelflife_log_integer(struct shelflife_log_line *line, const char *key, int64_t value)
{
    if (line->log->format == SHELFLIFE_LOG_JSON) {
        shelflife_json_member_integer(&line->json, key, value);
    } else {
        shelflife_buffer_format(&line->text, " %s=%lld", key, (long long)value);
    }
}

void shelflife_log_bool(struct shelflife_log_line *line, const char *key, bool value)
{
    if (line->log->format == SHELFLIFE_LOG_JSON) {
        shelflife_json_member_bool(&line->json, key, value);
    } else {
        shelflife_buffer_format(&line->text, " %s=%s", key, value ? "true" : "false");
    }
}

static void drop(struct shelflife_log *log, unsigned lines)
{
    atomic_fetch_add_explicit(&log->dropped, lines, memory_order_relaxed);
}

/* Called with the lock held, as the next function. */
static void write_waiting(struct shelflife_log *log)
{
    struct pollfd room = {.fd = log->fd, .events = POLLOUT};
    size_t len = log->waiting_len;
    if (len && (poll(&room, 1, 0) != 1 || !(room.revents & POLLOUT) ||
                write(log->fd, log->waiting, len) != (ssize_t)len))
        drop(log, log->waiting_lines);
    log->waiting_len = 0;
    log->waiting_lines = 0;
}

static void add_waiting(struct shelflife_log *log, str line)
{
    if (line.len > sizeof(log->waiting) - log->waiting_len)
        write_waiting(log);
    memcpy(log->waiting + log->waiting_len, line.at, line.len);
    log->waiting_len += line.len;
    log->waiting_lines++;
}

/* Writes how many lines were left out since it last did, if that was a second or more before `now`. */
static void report_left_out(struct shelflife_log *log, int64_t now)
{
    for (size_t i = 0; i < SHELFLIFE_LOG_SUBJECTS; i++) {
        struct shelflife_log_rate *rate = &log->rates[i];
        uint64_t left_out = atomic_load_explicit(&rate->left_out, memory_order_relaxed);
        if (left_out == rate->reported || now - rate->reported_at < second)
            continue;
        struct shelflife_log_line line;
        shelflife_log_begin(&line, log, SHELFLIFE_LOG_WARNING, "too many lines: left some out");
        shelflife_log_string(&line, "about", shelflife_str_of(subjects[i].name));
        shelflife_log_integer(&line, "lines", (int64_t)(left_out - rate->reported));
        shelflife_log_end_later(&line);
        rate->reported = left_out;
        rate->reported_at = now;
    }
}

void shelflife_log_flush(struct shelflife_log *log)
{
    report_left_out(log, nanoseconds());
    pthread_mutex_lock(&log->lock);
    write_waiting(log);
    pthread_mutex_unlock(&log->lock);
}

void shelflife_log_free(struct shelflife_log *log)
{
    report_left_out(log, INT64_MAX);
    shelflife_log_flush(log);
    pthread_mutex_destroy(&log->lock);
}

static void end_line(struct shelflife_log_line *line, bool now)
{
    bool cut = line->text.failed;
    line->text.failed = false;
    line->text.limit = LINE_MAX_BYTES;
    if (cut) {
        line->text.len = line->head;
        line->json = line->json_head;
        shelflife_log_bool(line, "cut", true);
    }
    if (line->log->format == SHELFLIFE_LOG_JSON)
        shelflife_json_write_end(&line->json);
    shelflife_buffer_byte(&line->text, '\n');
    if (line->text.failed || !line->head) {
        drop(line->log, 1);
    } else {
        pthread_mutex_lock(&line->log->lock);
        add_waiting(line->log, shelflife_buffer_str(&line->text));
        if (now)
            write_waiting(line->log);
        pthread_mutex_unlock(&line->log->lock);
    }
    shelflife_buffer_free(&line->text);
}

void shelflife_log_end(struct shelflife_log_line *line)
{
    end_line(line, true);
}

void shelflife_log_end_later(struct shelflife_log_line *line)
{
    end_line(line, false);
}

void shelflife_log_error(struct shelflife_log *log, enum shelflife_log_level level, const char *message,
                         const error *err)
{
    struct shelflife_log_line line;
    shelflife_log_begin(&line, log, level, message);
    shelflife_log_string(&line, "error", shelflife_str_of(err->text));
    shelflife_log_end(&line);
}

/* A leaky bucket: each line fills it by a part of a second, and it is full at `burst` of them. */
static bool may_log(struct shelflife_log *log, enum shelflife_log_subject subject)
{
    struct shelflife_log_rate *rate = &log->rates[subject];
    int64_t now = nanoseconds(), part = second / subjects[subject].rate;
    int64_t until = atomic_load_explicit(&rate->empty_at, memory_order_relaxed), next;
    do {
        next = (until > now ? until : now) + part;
        if (next - now > subjects[subject].burst * part) {
            atomic_fetch_add_explicit(&rate->left_out, 1, memory_order_relaxed);
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&rate->empty_at, &until, next, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

bool shelflife_log_peer(struct shelflife_log *log)
{
    return may_log(log, SHELFLIFE_LOG_CLIENTS);
}

bool shelflife_log_review(struct shelflife_log *log)
{
    return may_log(log, SHELFLIFE_LOG_REVIEWS);
}

const char *shelflife_log_subject_name(enum shelflife_log_subject subject)
{
    return subjects[subject].name;
}
