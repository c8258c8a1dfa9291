#include "server/webhook.h"

#include <gnutls/abstract.h>
#include <sys/socket.h>

#include "admission/body.h"
#include "server/clock.h"
#include "server/duration.h"
#include "server/headers.h"
#include "server/microhttpd.h"
#include "server/session.h"

enum {
    REPLY_MAX = 1 << 20,
    REPLY_KEPT = 64 << 10, /* a larger buffer is freed after its reply */
    /* Of libmicrohttpd, for each connection; it clears all of it for each request. More is not faster:
       neither for usual reviews, which fit, nor for large ones. */
    CONNECTION_MEMORY = 24 << 10,
    MILLISECONDS = 1000,
    TIMEOUT_DEFAULT = 10000,  /* milliseconds, of an API server */
    TIMEOUT_USED_PERCENT = 80 /* of it: the rest is for sending the reply */
};

/* The reply to a request that is refused by its headers. Unless they are malformed, its body is still read to
   the end: libmicrohttpd cannot reply before that and keep the connection open. */
struct refusal {
    unsigned status;
    enum shelflife_server_reason reason;
    str text;
    const char *header, *value; /* or NULL */
};

static const struct refusal malformed = {
    400, SHELFLIFE_SERVER_REASON_MALFORMED,
    STR_INIT("The headers of the request are malformed, or contradict each other.\n"), "Connection", "close"};
static const struct refusal no_such_path = {
    404, SHELFLIFE_SERVER_REASON_PATH,
    STR_INIT("Not found. Send reviews to /validate, or to /validate/enforce, /warn, /audit or /off.\n"), NULL,
    NULL};
static const struct refusal not_a_post = {405, SHELFLIFE_SERVER_REASON_METHOD,
                                          STR_INIT("Send reviews with POST.\n"), "Allow", "POST"};
static const struct refusal not_json = {415, SHELFLIFE_SERVER_REASON_MEDIA_TYPE,
                                        STR_INIT("Send reviews as application/json.\n"), NULL, NULL};
static const struct refusal no_memory = {503, SHELFLIFE_SERVER_REASON_MEMORY,
                                         STR_INIT("Out of memory; try again.\n"), "Retry-After", "1"};

static const struct refusal no_review_memory = {
    429, SHELFLIFE_SERVER_REASON_REVIEW_MEMORY,
    STR_INIT("Other large reviews hold the memory for reviews; try again.\n"), "Retry-After", "1"};

static const struct {
    const char *path;
    enum shelflife_mode mode;
} paths[] = {
    {"/validate", SHELFLIFE_MODE_POLICY},    {"/validate/enforce", SHELFLIFE_MODE_ENFORCE},
    {"/validate/warn", SHELFLIFE_MODE_WARN}, {"/validate/audit", SHELFLIFE_MODE_AUDIT},
    {"/validate/off", SHELFLIFE_MODE_OFF},
};

/* A connection, and the request that it is in. */
struct request {
    struct shelflife_server_session session;
    struct shelflife_server_webhook *webhook;
    struct shelflife_server_worker *worker;
    struct shelflife_server_budget_holder holder; /* of the review */
    struct shelflife_sources_snapshot *loaded;    /* the snapshot that it is judged by */
    buffer reply;                                 /* libmicrohttpd reads it until the next request begins */
    const struct refusal *refusal;                /* or NULL */
    size_t size;                                  /* bytes of the body so far */
    int64_t started;                              /* shelflife_server_nanoseconds() */
    unsigned client_timeout;                      /* milliseconds that the client waits */
    int64_t deadline;                             /* shelflife_server_milliseconds() */
};

static shelflife_day today(const struct shelflife_server_config *config)
{
    return config->at != SHELFLIFE_DAY_NONE ? config->at : shelflife_day_of_seconds(shelflife_server_now());
}

/* Connections */

static struct request *open_connection(struct shelflife_server_worker *worker, struct MHD_Connection *mhd)
{
    struct shelflife_server_webhook *webhook = worker->webhook;
    int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    const struct sockaddr *peer =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    gnutls_session_t tls = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
    struct request *r = calloc(1, sizeof(*r));
    if (!r) {
        shelflife_server_metrics_error(webhook->parts.metrics, SHELFLIFE_SERVER_REASON_MEMORY);
        shutdown(fd, SHUT_RDWR);
        return NULL;
    }
    r->webhook = webhook;
    r->worker = worker;
    shelflife_buffer_init(&r->reply, REPLY_MAX);
    shelflife_server_session_open(&r->session, &webhook->connections, fd, peer, tls,
                                  shelflife_server_certificate_take(webhook->parts.certificate),
                                  webhook->parts.config->header_timeout);
    return r;
}

static void close_connection(struct request *r)
{
    shelflife_server_session_close(&r->session);
    shelflife_buffer_free(&r->reply);
    free(r);
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **slot,
                          enum MHD_ConnectionNotificationCode code)
{
    struct shelflife_server_worker *worker = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *slot = open_connection(worker, mhd);
        shelflife_server_worker_begin(worker);
        return;
    }
    if (*slot)
        close_connection(*slot);
    shelflife_server_worker_end(worker);
}

/* Requests */

static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    if (!type)
        return true;
    if (strncasecmp(type, json, sizeof(json) - 1) != 0)
        return false;
    char end = type[sizeof(json) - 1];
    return end == '\0' || end == ';' || end == ' ';
}

static bool find_mode(const char *path, enum shelflife_mode *mode)
{
    for (size_t i = 0; i < COUNT(paths); i++)
        if (strcmp(path, paths[i].path) == 0) {
            *mode = paths[i].mode;
            return true;
        }
    return false;
}

static const struct refusal *check(struct MHD_Connection *mhd, const char *path, const char *method,
                                   const char *version, enum shelflife_mode *mode)
{
    if (!shelflife_server_headers_check(mhd, version))
        return &malformed;
    if (!find_mode(path, mode))
        return &no_such_path;
    if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
        return &not_a_post;
    if (!is_json(MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE)))
        return &not_json;
    return NULL;
}

static unsigned time_for_review(const struct request *r)
{
    unsigned most = r->webhook->parts.config->body_timeout;
    return (r->client_timeout < most ? r->client_timeout : most) * TIMEOUT_USED_PERCENT / 100;
}

/* An API server says in the query how long it waits. */
static unsigned client_timeout_of(struct MHD_Connection *mhd)
{
    unsigned client_timeout;
    const char *text = MHD_lookup_connection_value(mhd, MHD_GET_ARGUMENT_KIND, "timeout");
    return text && shelflife_server_duration_parse(shelflife_str_of(text), &client_timeout) ? client_timeout
                                                                                            : TIMEOUT_DEFAULT;
}

static void begin(struct request *r, struct MHD_Connection *mhd, const char *path, const char *method,
                  const char *version)
{
    enum shelflife_mode mode;
    r->started = shelflife_server_nanoseconds();
    r->size = 0;
    shelflife_server_connection_enter(&r->session.connection, SHELFLIFE_SERVER_STAGE_BODY,
                                      r->webhook->parts.config->body_timeout);
    r->refusal = check(mhd, path, method, version, &mode);
    if (r->refusal)
        return;
    int64_t now = shelflife_server_milliseconds();
    r->client_timeout = client_timeout_of(mhd);
    r->deadline = now + time_for_review(r);
    if (!shelflife_server_budget_take(&r->worker->pool, &r->holder, now)) {
        r->refusal = &no_memory;
        return;
    }
    r->loaded = shelflife_sources_live_take(r->webhook->parts.sources);
    shelflife_review_begin(r->holder.review, shelflife_sources_snapshot_view(r->loaded),
                           today(r->webhook->parts.config), mode);
}

/* Gives the review up, unless it has failed: its time has passed. */
static void give_up(struct request *r)
{
    error err;
    shelflife_fail(&err, SHELFLIFE_ERROR_TIME, "took longer than %g s of the %g s that the client waits",
                   time_for_review(r) / (double)MILLISECONDS, r->client_timeout / (double)MILLISECONDS);
    shelflife_review_abort(r->holder.review, &err);
}

static void check_time(struct request *r)
{
    if (shelflife_server_milliseconds() >= r->deadline)
        give_up(r);
}

static void feed(struct request *r, str chunk, size_t before)
{
    size_t limit = r->webhook->parts.config->max_body;
    error err;
    /* Exactly to the limit, so that the reply does not depend on how the network split the body. */
    shelflife_review_feed(r->holder.review, shelflife_str_first(chunk, limit - before));
    if (r->size > limit) {
        shelflife_admission_fail_too_large(limit, &err);
        shelflife_review_abort(r->holder.review, &err);
    }
}

/* What the review holds. One that needs more than there is will never get it: it fails instead, and holds
 * only what its reply needs. */
static size_t measure(struct request *r)
{
    size_t most = r->webhook->parts.config->review_memory, held = shelflife_review_memory(r->holder.review);
    if (held <= SHELFLIFE_SERVER_BUDGET_OWN || held - SHELFLIFE_SERVER_BUDGET_OWN <= most)
        return held;
    error err;
    shelflife_fail(&err, SHELFLIFE_ERROR_LIMIT, "needs more memory than the %zu bytes of --review-memory",
                   most);
    shelflife_review_abort(r->holder.review, &err);
    return shelflife_review_memory(r->holder.review);
}

static void take(struct request *r, str chunk)
{
    size_t before = r->size;
    r->size = chunk.len > SIZE_MAX - before ? SIZE_MAX : before + chunk.len;
    if (r->refusal || before > r->webhook->parts.config->max_body)
        return;
    bool room = shelflife_server_budget_enter(&r->webhook->budget, &r->holder);
    if (room) {
        check_time(r);
        feed(r, chunk, before);
        room = shelflife_server_budget_leave(&r->webhook->budget, &r->holder, measure(r),
                                             shelflife_server_milliseconds());
    }
    if (!room)
        r->refusal = &no_review_memory;
}

static enum MHD_Result respond(struct request *r, struct MHD_Connection *mhd, unsigned status, str body,
                               const char *type, const struct refusal *refusal)
{
    struct MHD_Response *response = shelflife_server_response_borrowed(body);
    if (!response)
        return MHD_NO;
    enum MHD_Result ok = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (ok == MHD_YES && refusal && refusal->header)
        ok = MHD_add_response_header(response, refusal->header, refusal->value);
    if (ok == MHD_YES && atomic_load_explicit(r->webhook->parts.draining, memory_order_relaxed))
        ok = MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    if (ok == MHD_YES)
        ok = MHD_queue_response(mhd, status, response);
    if (ok == MHD_YES && status == MHD_HTTP_OK) {
        shelflife_server_connection_serve(&r->session.connection);
        shelflife_server_session_hold_headers(&r->session);
    }
    MHD_destroy_response(response);
    return ok;
}

static enum MHD_Result refuse(struct request *r, struct MHD_Connection *mhd, const struct refusal *refusal)
{
    shelflife_server_connection_report(&r->session.connection, refusal->reason, "request refused", NULL);
    return respond(r, mhd, refusal->status, refusal->text, "text/plain; charset=utf-8", refusal);
}

static enum shelflife_server_reason reason_of(const struct shelflife_outcome *outcome)
{
    switch (outcome->error) {
    case SHELFLIFE_ERROR_LIMIT:
        return SHELFLIFE_SERVER_REASON_TOO_LARGE;
    case SHELFLIFE_ERROR_MEMORY:
        return SHELFLIFE_SERVER_REASON_MEMORY;
    case SHELFLIFE_ERROR_TIME:
        return SHELFLIFE_SERVER_REASON_REVIEW_TIME;
    default:
        return outcome->http_status == 400 ? SHELFLIFE_SERVER_REASON_NO_UID
                                           : SHELFLIFE_SERVER_REASON_BAD_REVIEW;
    }
}

/* Who the client is. The only place that knows: a token of the API server (KEP-6060) would be a third way. */
static enum shelflife_server_client client_of(const struct request *r)
{
    return atomic_load_explicit(&r->session.connection.verified, memory_order_relaxed)
               ? SHELFLIFE_SERVER_CLIENT_CERTIFICATE
               : SHELFLIFE_SERVER_CLIENT_UNVERIFIED;
}

static void log_review(struct request *r, const struct shelflife_outcome *outcome, int64_t duration)
{
    struct shelflife_log_line line;
    const struct {
        const char *key;
        str value;
    } strings[] = {
        {"uid", outcome->uid},
        {"operation", outcome->operation},
        {"group", outcome->group},
        {"resource", outcome->resource},
        {"subresource", outcome->subresource},
        {"kind", outcome->kind},
        {"namespace", outcome->namespace_name},
        {"name", outcome->name},
        {"user", outcome->user},
        {"mode", shelflife_str_of(shelflife_mode_name(outcome->mode))},
        {"action", shelflife_str_of(shelflife_action_name(outcome->action))},
        {"phase", outcome->judged ? shelflife_str_of(shelflife_phase_name(outcome->phase)) : (str){NULL, 0}},
        {"finding", outcome->message},
    };
    shelflife_log_begin(&line, r->webhook->parts.log,
                        outcome->error ? SHELFLIFE_LOG_WARNING : SHELFLIFE_LOG_INFO,
                        outcome->error ? "review could not be judged" : "review");
    for (size_t i = 0; i < COUNT(strings); i++)
        if (strings[i].value.len)
            shelflife_log_string(&line, strings[i].key, strings[i].value);
    shelflife_log_bool(&line, "allowed", outcome->allowed);
    shelflife_log_bool(&line, "dryRun", outcome->dry_run);
    shelflife_log_bool(&line, "clientVerified", client_of(r) != SHELFLIFE_SERVER_CLIENT_UNVERIFIED);
    const struct {
        const char *key;
        uint32_t count;
    } counts[] = {
        {"inspected", outcome->known[SHELFLIFE_KNOWN_BY_INSPECTION]},
        {"contradicted", outcome->contradicted},
        {"unread", outcome->unread},
    };
    for (size_t i = 0; i < COUNT(counts); i++)
        if (counts[i].count)
            shelflife_log_integer(&line, counts[i].key, counts[i].count);
    shelflife_log_integer(&line, "microseconds", duration / 1000);
    shelflife_log_end_later(&line);
}

static void account(struct request *r, const struct shelflife_outcome *outcome)
{
    int64_t duration = shelflife_server_nanoseconds() - r->started;
    shelflife_server_metrics_review(r->webhook->parts.metrics, outcome, client_of(r), duration);
    if (outcome->error)
        shelflife_server_metrics_error(r->webhook->parts.metrics, reason_of(outcome));
    bool notable =
        outcome->message.len || outcome->error || outcome->unread || r->webhook->parts.config->log_reviews;
    if (notable && shelflife_log_review(r->webhook->parts.log))
        log_review(r, outcome, duration);
}

static void release(struct request *r)
{
    shelflife_server_budget_give_back(&r->webhook->budget, &r->holder);
    shelflife_sources_snapshot_release(r->loaded);
    r->loaded = NULL;
}

static enum MHD_Result finish(struct request *r, struct MHD_Connection *mhd)
{
    shelflife_server_connection_enter(&r->session.connection, SHELFLIFE_SERVER_STAGE_REPLY,
                                      r->webhook->parts.config->body_timeout);
    if (!r->refusal && !shelflife_server_budget_enter(&r->webhook->budget, &r->holder))
        r->refusal = &no_review_memory;
    if (r->refusal)
        return refuse(r, mhd, r->refusal);
    struct shelflife_outcome outcome;
    shelflife_buffer_reset(&r->reply);
    check_time(r);
    if (!shelflife_review_finish(r->holder.review, &r->reply, &outcome, NULL))
        return refuse(r, mhd, &no_memory);
    account(r, &outcome);
    release(r);
    bool review = outcome.http_status == 200;
    return respond(r, mhd, (unsigned)outcome.http_status, shelflife_buffer_str(&r->reply),
                   review ? "application/json" : "text/plain; charset=utf-8", NULL);
}

/* Called for the headers, then for each piece of the body, and again at its end. A reply in the first call
   ends the connection. */
static enum MHD_Result on_request(UNUSED void *webhook, struct MHD_Connection *mhd, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **request)
{
    struct request *r = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    if (!r)
        return MHD_NO;
    if (!*request) {
        *request = r;
        begin(r, mhd, path, method, version);
        return r->refusal == &malformed ? refuse(r, mhd, r->refusal) : MHD_YES;
    }
    if (*upload_size) {
        take(r, (str){upload, *upload_size});
        *upload_size = 0;
        return MHD_YES;
    }
    return finish(r, mhd);
}

static void on_completed(UNUSED void *webhook, UNUSED struct MHD_Connection *mhd, void **request,
                         enum MHD_RequestTerminationCode code)
{
    struct request *r = *request;
    if (!r)
        return;
    release(r);
    shelflife_server_session_end_reply(&r->session);
    if (r->reply.capacity > REPLY_KEPT)
        shelflife_buffer_free(&r->reply);
    /* libmicrohttpd has the timeout of a connection that got a reply to a review. */
    if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        shelflife_server_connection_enter(
            &r->session.connection, SHELFLIFE_SERVER_STAGE_IDLE,
            r->session.connection.served ? 0 : r->webhook->parts.config->header_timeout);
    else
        r->session.interrupted = true;
    r->session.stalled = code == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED;
}

/* No path of ours has anything to unescape, and an escaped NUL would end the path early. */
static size_t keep_escapes(UNUSED void *webhook, UNUSED struct MHD_Connection *mhd, char *text)
{
    return strlen(text);
}

/* libmicrohttpd requires a certificate, but never uses it: each session has its own credentials. */
static int no_certificate(UNUSED gnutls_session_t session, UNUSED const gnutls_datum_t *names,
                          UNUSED int names_count, UNUSED const gnutls_pk_algorithm_t *algorithms,
                          UNUSED int algorithm_count, UNUSED gnutls_pcert_st **certificates,
                          UNUSED unsigned *count, UNUSED gnutls_privkey_t *key)
{
    return -1;
}

void shelflife_server_webhook_init(struct shelflife_server_webhook *webhook,
                                   const struct shelflife_server_webhook_parts *parts)
{
    webhook->parts = *parts;
    shelflife_server_connections_init(&webhook->connections, parts->config->max_connections, parts->log,
                                      parts->metrics);
    shelflife_server_budget_init(&webhook->budget, parts->config->review_memory);
    shelflife_server_workers_init(&webhook->workers, &webhook->connections);
}

void shelflife_server_webhook_free(struct shelflife_server_webhook *webhook)
{
    shelflife_server_workers_free(&webhook->workers);
    shelflife_server_budget_free(&webhook->budget);
    shelflife_server_connections_free(&webhook->connections);
}

static struct MHD_Daemon *start_daemon(struct shelflife_server_webhook *webhook,
                                       struct shelflife_server_worker *worker)
{
    const struct shelflife_server_config *config = webhook->parts.config;
    /* No epoll: with TLS, a client that stalls in the handshake keeps a core busy. */
    return MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC | MHD_USE_TLS |
            MHD_USE_ERROR_LOG,
        0, NULL, NULL, on_request, webhook, MHD_OPTION_EXTERNAL_LOGGER, shelflife_server_transport_log,
        &webhook->connections, MHD_OPTION_CONNECTION_LIMIT, shelflife_server_workers_most(&webhook->workers),
        MHD_OPTION_CONNECTION_TIMEOUT, config->idle_timeout / MILLISECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_THREAD_STACK_SIZE,
        (size_t)SHELFLIFE_SERVER_STACK_BYTES, MHD_OPTION_NOTIFY_CONNECTION, on_connection, worker,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, webhook, MHD_OPTION_HTTPS_PRIORITIES,
        SHELFLIFE_SERVER_TLS_PRIORITIES, MHD_OPTION_HTTPS_CERT_CALLBACK, no_certificate,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_END);
}

bool shelflife_server_webhook_start(struct shelflife_server_webhook *webhook, int fd)
{
    struct shelflife_server_workers *workers = &webhook->workers;
    for (unsigned i = 0; i < workers->count; i++) {
        struct shelflife_server_worker *worker = &workers->at[i];
        worker->webhook = webhook;
        worker->daemon = start_daemon(webhook, worker);
        if (!worker->daemon)
            return false;
    }
    return shelflife_server_workers_accept(workers, fd);
}

void shelflife_server_webhook_quiesce(struct shelflife_server_webhook *webhook)
{
    shelflife_server_workers_quiesce(&webhook->workers);
}

void shelflife_server_webhook_stop(struct shelflife_server_webhook *webhook)
{
    shelflife_server_workers_stop(&webhook->workers);
}
