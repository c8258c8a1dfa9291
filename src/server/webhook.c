/* The TLS port: what happens on a connection, and what is answered to a request. */
#include <gnutls/abstract.h>
#include <sys/socket.h>
#include <time.h>

#include "server/microhttpd.h"
#include "server/state.h"

enum {
    REPLY_MAX = 1 << 20,
    REPLY_KEPT = 64 << 10,        /* a larger buffer is given back after its reply */
    CONNECTION_MEMORY = 32 << 10, /* libmicrohttpd's default: it clears it for each request */
    MILLISECONDS = 1000,
};

/* Why a request is not even looked at. Its body is read to the end all the same: libmicrohttpd cannot reply
   in the middle of one and keep the connection. */
struct refusal {
    unsigned status;
    enum shelflife_server_reason reason;
    str text;
    const char *header, *value; /* or NULL */
};

static const struct refusal no_such_path = {
    404, SHELFLIFE_SERVER_REASON_PATH,
    STR_INIT(
        "There is nothing here. Reviews go to /validate, or to /validate/enforce, /warn, /audit, /off.\n"),
    NULL, NULL};
static const struct refusal not_a_post = {405, SHELFLIFE_SERVER_REASON_METHOD,
                                          STR_INIT("Send a review by POST.\n"), "Allow", "POST"};
static const struct refusal not_json = {415, SHELFLIFE_SERVER_REASON_MEDIA_TYPE,
                                        STR_INIT("Send a review as application/json.\n"), NULL, NULL};
static const struct refusal no_memory = {503, SHELFLIFE_SERVER_REASON_MEMORY,
                                         STR_INIT("Out of memory; try again.\n"), "Retry-After", "1"};

static const struct {
    const char *path;
    enum shelflife_mode mode;
} paths[] = {
    {"/validate", SHELFLIFE_MODE_POLICY},    {"/validate/enforce", SHELFLIFE_MODE_ENFORCE},
    {"/validate/warn", SHELFLIFE_MODE_WARN}, {"/validate/audit", SHELFLIFE_MODE_AUDIT},
    {"/validate/off", SHELFLIFE_MODE_OFF},
};

/* A connection and the request that is under way on it. Only the connection's own thread uses it. */
struct session {
    struct shelflife_server_connection connection; /* first: GnuTLS and the list have pointers to it */
    struct shelflife_server *server;
    struct shelflife_credentials *credentials;
    bool heard;          /* something came */
    bool plain;          /* and it was HTTP */
    bool shown;          /* our certificate was sent */
    bool secured;        /* the handshake is done */
    const char *refused; /* what was wrong with the client's certificate */
    bool interrupted;    /* the last request did not finish, */
    bool stalled;        /* because nothing came any more */

    struct shelflife_review *review; /* while there is a request */
    buffer reply;                    /* lent to the response, which is gone when the next request begins */

    const struct refusal *refusal;
    struct shelflife_loaded *loaded;
    size_t size; /* of the body, so far */
    int64_t started;
};

static const struct shelflife_server_judge admission = {
    shelflife_review_new,   shelflife_review_free,   shelflife_review_begin, shelflife_review_feed,
    shelflife_review_abort, shelflife_review_finish, shelflife_review_reset};

static const struct shelflife_server_judge *judge_of(const struct shelflife_server *server)
{
    return server->config.judge ? server->config.judge : &admission;
}

static int64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static shelflife_day today(const struct shelflife_server *server)
{
    if (server->config.at != SHELFLIFE_DAY_NONE)
        return server->config.at;
    return shelflife_day_of_seconds(shelflife_server_now());
}

/* Connections */

static struct session *session_of_tls(gnutls_session_t session)
{
    gnutls_transport_ptr_t receive, send;
    gnutls_transport_get_ptr2(session, &receive, &send);
    return receive;
}

/* Says in the client's own language that it speaks the wrong one. */
static void answer_plain(int fd)
{
    static const char reply[] = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
                                "Content-Length: 28\r\nConnection: close\r\n\r\nThis port speaks only HTTPS.";
    char rest[4096];
    send(fd, reply, sizeof(reply) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    shutdown(fd, SHUT_WR);
    /* What is left unread when the descriptor is closed would reset the connection, and lose the reply. */
    while (recv(fd, rest, sizeof(rest), MSG_DONTWAIT) > 0)
        ;
}

/* GnuTLS's way to bytes. Here, and only here, it shows that something came: whether a client speaks TLS at
   all, and when the next request begins, whose headers have a deadline from their first byte. */
static ssize_t receive_bytes(gnutls_transport_ptr_t context, void *data, size_t size)
{
    struct session *v = context;
    ssize_t n = recv(v->connection.fd, data, size, 0);
    if (n <= 0)
        return n;
    if (!v->heard) {
        const unsigned char first = *(const unsigned char *)data;
        v->heard = true;
        v->plain = first >= 'A' && first <= 'Z';
        if (v->plain) {
            answer_plain(v->connection.fd);
            return 0;
        }
    }
    if (atomic_load_explicit(&v->connection.stage, memory_order_relaxed) == SHELFLIFE_SERVER_STAGE_IDLE)
        shelflife_server_connection_enter(&v->connection, SHELFLIFE_SERVER_STAGE_HEADERS,
                                          v->server->config.header_timeout);
    return n;
}

static int on_handshake(gnutls_session_t session, unsigned type, UNUSED unsigned when, unsigned incoming,
                        UNUSED const gnutls_datum_t *message)
{
    struct session *v = session_of_tls(session);
    v->shown |= type == GNUTLS_HANDSHAKE_CERTIFICATE_PKT && !incoming;
    v->secured |= type == GNUTLS_HANDSHAKE_FINISHED && incoming;
    return 0;
}

static int verify_client(gnutls_session_t session)
{
    const char *why;
    if (shelflife_server_credentials_verify(session, &why))
        return 0;
    session_of_tls(session)->refused = why;
    return GNUTLS_E_CERTIFICATE_ERROR;
}

static bool secure(struct session *v, gnutls_session_t session)
{
    v->credentials = shelflife_server_current_credentials_take(&v->server->credentials);
    gnutls_transport_ptr_t receive, send; /* as libmicrohttpd set them: the descriptor */
    gnutls_transport_get_ptr2(session, &receive, &send);
    gnutls_transport_set_ptr2(session, v, send);
    gnutls_transport_set_pull_function(session, receive_bytes);
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_POST, on_handshake);
    return v->credentials && shelflife_server_credentials_attach(v->credentials, session, verify_client);
}

/* libmicrohttpd closes newcomers at once when its own limit is reached. Before it comes to that they are
   rather kept in the kernel's queue, so that those who were shed can go. */
static void wait_a_moment(void)
{
    const struct timespec millisecond = {0, 1000000};
    nanosleep(&millisecond, NULL);
}

static void *open_session(struct shelflife_server *server, struct MHD_Connection *mhd)
{
    int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    gnutls_session_t session = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
    struct session *v = calloc(1, sizeof(*v));
    if (!v) {
        shelflife_server_metrics_error(&server->metrics, SHELFLIFE_SERVER_REASON_MEMORY);
        shutdown(fd, SHUT_RDWR);
        return NULL;
    }
    v->server = server;
    shelflife_buffer_init(&v->reply, REPLY_MAX);
    unsigned leaving = shelflife_server_connections_add(&server->connections, &v->connection, fd,
                                                        server->config.header_timeout);
    if (leaving > SHELFLIFE_SERVER_SPARE_CONNECTIONS / 2)
        wait_a_moment();
    if (!secure(v, session)) {
        shelflife_server_metrics_error(&server->metrics, v->credentials ? SHELFLIFE_SERVER_REASON_MEMORY
                                                                        : SHELFLIFE_SERVER_REASON_HANDSHAKE);
        shutdown(fd, SHUT_RDWR);
    }
    return v;
}

/* Why a connection was closed that we had not shut down ourselves. */
static void tell_end(const struct session *v)
{
    /* What people meet when the caBundle of their webhook configuration is not up to date. */
    static const char shown[] = "it ended after our certificate was shown: does the client trust its CA, and "
                                "has it a certificate of its own if one is asked for?";
    const struct shelflife_server_connection *c = &v->connection;
    if (v->plain)
        shelflife_server_connection_tell(c, SHELFLIFE_SERVER_REASON_PLAIN_HTTP, "HTTP without TLS", NULL);
    else if (v->refused)
        shelflife_server_connection_tell(c, SHELFLIFE_SERVER_REASON_CLIENT_CERTIFICATE,
                                         "client certificate refused", v->refused);
    else if (v->heard && !v->secured)
        shelflife_server_connection_tell(c, SHELFLIFE_SERVER_REASON_HANDSHAKE, "TLS handshake failed",
                                         v->shown ? shown : "it ended before our certificate was shown");
    else if (v->stalled)
        shelflife_server_connection_tell(c, SHELFLIFE_SERVER_REASON_TIMEOUT,
                                         "the peer stalled during a request", NULL);
    else if (v->interrupted)
        shelflife_server_connection_tell(c, SHELFLIFE_SERVER_REASON_INTERRUPTED,
                                         "the peer left during a request", NULL);
}

static void close_session(struct session *v)
{
    if (!shelflife_server_connections_remove(&v->connection))
        tell_end(v);
    shelflife_server_credentials_release(v->credentials);
    shelflife_buffer_free(&v->reply);
    free(v);
}

static void on_connection(void *server, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *context = open_session(server, mhd);
    else if (*context)
        close_session(*context);
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
                                   enum shelflife_mode *mode)
{
    if (!find_mode(path, mode))
        return &no_such_path;
    if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
        return &not_a_post;
    if (!is_json(MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE)))
        return &not_json;
    return NULL;
}

static bool take_review(struct session *v)
{
    struct shelflife_server_pool *pool = &v->server->pool;
    pthread_mutex_lock(&pool->lock);
    v->review = pool->count ? pool->at[--pool->count] : NULL;
    pthread_mutex_unlock(&pool->lock);
    if (!v->review)
        v->review = judge_of(v->server)->new ();
    return v->review;
}

static void give_review(struct session *v)
{
    struct shelflife_server_pool *pool = &v->server->pool;
    if (!v->review)
        return;
    judge_of(v->server)->reset(v->review);
    pthread_mutex_lock(&pool->lock);
    if (pool->count < SHELFLIFE_SERVER_POOL_MAX) {
        pool->at[pool->count++] = v->review;
        v->review = NULL;
    }
    pthread_mutex_unlock(&pool->lock);
    if (v->review)
        judge_of(v->server)->free(v->review);
    v->review = NULL;
}

static void begin(struct session *v, struct MHD_Connection *mhd, const char *path, const char *method)
{
    enum shelflife_mode mode;
    v->started = nanoseconds();
    v->size = 0;
    shelflife_server_connection_enter(&v->connection, SHELFLIFE_SERVER_STAGE_BODY,
                                      v->server->config.body_timeout);
    v->refusal = check(mhd, path, method, &mode);
    if (v->refusal)
        return;
    if (!take_review(v)) {
        v->refusal = &no_memory;
        return;
    }
    v->loaded = shelflife_sources_current_take(&v->server->current);
    judge_of(v->server)->begin(v->review, shelflife_sources_snapshot_view(v->loaded), today(v->server), mode);
}

bool shelflife_server_fail_too_large(size_t max_body, error *err)
{
    return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "the body is larger than %zu bytes", max_body);
}

static void take(struct session *v, str chunk)
{
    size_t limit = v->server->config.max_body, before = v->size;
    v->size = chunk.len > SIZE_MAX - before ? SIZE_MAX : before + chunk.len;
    if (v->refusal || before > limit)
        return;
    /* To the byte, so that the reply does not depend on how the body was cut on its way. */
    judge_of(v->server)->feed(v->review, shelflife_str_first(chunk, limit - before));
    if (v->size <= limit)
        return;
    error err;
    shelflife_server_fail_too_large(limit, &err);
    judge_of(v->server)->abort(v->review, &err);
}

static enum MHD_Result respond(struct session *v, struct MHD_Connection *mhd, unsigned status, str body,
                               const char *type, const struct refusal *refusal)
{
    struct MHD_Response *response = shelflife_server_response_borrowed(body);
    if (!response)
        return MHD_NO;
    enum MHD_Result ok = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (ok == MHD_YES && refusal && refusal->header)
        ok = MHD_add_response_header(response, refusal->header, refusal->value);
    if (ok == MHD_YES && atomic_load_explicit(&v->server->draining, memory_order_relaxed))
        ok = MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    /* Who was refused can still be shed, and does not stay idle for long: to be let in costs a review. */
    if (ok == MHD_YES && status == MHD_HTTP_OK && shelflife_server_connection_serve(&v->connection))
        ok = MHD_set_connection_option(mhd, MHD_CONNECTION_OPTION_TIMEOUT,
                                       v->server->config.idle_timeout / MILLISECONDS);
    if (ok == MHD_YES)
        ok = MHD_queue_response(mhd, status, response);
    MHD_destroy_response(response);
    return ok;
}

static enum MHD_Result refuse(struct session *v, struct MHD_Connection *mhd, const struct refusal *refusal)
{
    shelflife_server_connection_tell(&v->connection, refusal->reason, "request refused", NULL);
    return respond(v, mhd, refusal->status, refusal->text, "text/plain; charset=utf-8", refusal);
}

static enum shelflife_server_reason reason_of(const struct session *v,
                                              const struct shelflife_outcome *outcome)
{
    if (v->size > v->server->config.max_body || outcome->code == 413)
        return SHELFLIFE_SERVER_REASON_TOO_LARGE;
    return outcome->http_status == 400 ? SHELFLIFE_SERVER_REASON_NO_UID : SHELFLIFE_SERVER_REASON_BAD_REVIEW;
}

static void log_review(struct session *v, const struct shelflife_outcome *outcome, int64_t duration)
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
    shelflife_log_begin(&line, &v->server->log, outcome->error ? SHELFLIFE_LOG_WARNING : SHELFLIFE_LOG_INFO,
                        outcome->error ? "review could not be judged" : "review");
    for (size_t i = 0; i < COUNT(strings); i++)
        if (strings[i].value.len)
            shelflife_log_string(&line, strings[i].key, strings[i].value);
    shelflife_log_bool(&line, "allowed", outcome->allowed);
    shelflife_log_bool(&line, "dryRun", outcome->dry_run);
    shelflife_log_integer(&line, "microseconds", duration / 1000);
    shelflife_log_end_later(&line);
}

static void account(struct session *v, const struct shelflife_outcome *outcome)
{
    int64_t duration = nanoseconds() - v->started;
    shelflife_server_metrics_review(&v->server->metrics, outcome, duration);
    if (outcome->error)
        shelflife_server_metrics_error(&v->server->metrics, reason_of(v, outcome));
    if (outcome->message.len || outcome->error || v->server->config.log_reviews)
        log_review(v, outcome, duration);
}

static void let_go(struct session *v)
{
    give_review(v);
    shelflife_sources_snapshot_release(v->loaded);
    v->loaded = NULL;
}

static enum MHD_Result finish(struct session *v, struct MHD_Connection *mhd)
{
    shelflife_server_connection_enter(&v->connection, SHELFLIFE_SERVER_STAGE_REPLY,
                                      v->server->config.body_timeout);
    if (v->refusal)
        return refuse(v, mhd, v->refusal);
    struct shelflife_outcome outcome;
    shelflife_buffer_reset(&v->reply);
    if (!judge_of(v->server)->finish(v->review, &v->reply, &outcome, NULL))
        return refuse(v, mhd, &no_memory);
    account(v, &outcome);
    let_go(v);
    bool review = outcome.http_status == 200;
    return respond(v, mhd, (unsigned)outcome.http_status, shelflife_buffer_str(&v->reply),
                   review ? "application/json" : "text/plain; charset=utf-8", NULL);
}

/* Called for the headers, then for each piece of the body, and once more when it is over. A reply may be
   given no earlier than in the second call: in the first it would end the connection. */
static enum MHD_Result on_request(UNUSED void *server, struct MHD_Connection *mhd, const char *path,
                                  const char *method, UNUSED const char *version, const char *upload,
                                  size_t *upload_size, void **request)
{
    struct session *v = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    if (!v)
        return MHD_NO;
    if (!*request) {
        *request = v;
        begin(v, mhd, path, method);
        return MHD_YES;
    }
    if (*upload_size) {
        take(v, (str){upload, *upload_size});
        *upload_size = 0;
        return MHD_YES;
    }
    return finish(v, mhd);
}

static void on_completed(UNUSED void *server, UNUSED struct MHD_Connection *mhd, void **request,
                         enum MHD_RequestTerminationCode code)
{
    struct session *v = *request;
    if (!v)
        return;
    let_go(v);
    if (v->reply.capacity > REPLY_KEPT)
        shelflife_buffer_free(&v->reply);
    if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        shelflife_server_connection_enter(&v->connection, SHELFLIFE_SERVER_STAGE_IDLE, 0);
    else
        v->interrupted = true;
    v->stalled = code == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED;
}

/* libmicrohttpd wants a certificate of its own. It is never asked for: each session has its credentials. */
static int no_certificate(UNUSED gnutls_session_t session, UNUSED const gnutls_datum_t *names,
                          UNUSED int names_count, UNUSED const gnutls_pk_algorithm_t *algorithms,
                          UNUSED int algorithm_count, UNUSED gnutls_pcert_st **certificates,
                          UNUSED unsigned *count, UNUSED gnutls_privkey_t *key)
{
    return -1;
}

void shelflife_server_webhook_stop(struct shelflife_server *server)
{
    MHD_stop_daemon(server->webhook);
    for (unsigned i = 0; i < server->pool.count; i++)
        judge_of(server)->free(server->pool.at[i]);
}

struct MHD_Daemon *shelflife_server_webhook_start(struct shelflife_server *server, int fd)
{
    const struct shelflife_server_config *config = &server->config;
    /* After our own deadline, which is counted and logged. */
    unsigned opening_seconds = config->header_timeout / MILLISECONDS + 2;
    /* No epoll: with TLS a client that stalls in the handshake pins a core. */
    return MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ITC | MHD_USE_TLS |
            MHD_USE_ERROR_LOG,
        0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, shelflife_server_transport_log, server,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
        config->max_connections + SHELFLIFE_SERVER_SPARE_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        opening_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)SHELFLIFE_SERVER_STACK_BYTES, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_HTTPS_PRIORITIES,
        SHELFLIFE_SERVER_TLS_PRIORITIES, MHD_OPTION_HTTPS_CERT_CALLBACK, no_certificate, MHD_OPTION_END);
}
