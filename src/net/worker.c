#include "net/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "net/url.h"

enum {
    REQUEST_MAX = 64 << 20, /* bytes; the largest bodies that are sent are reports */
    HEADERS_MAX = 64,
    CHUNK_MAX = 1 << 20,   /* of a body; libcurl passes on at most 512 KiB at once */
    LINES_MAX = 128 << 10, /* of the header lines of a response */
    STEP_MS = 200,         /* between looks at `cancel` */
    SPARE_MS = 10000,      /* for the worker beyond the request's own time limit */
    TOTAL_MS = 300000,     /* the default of that limit */
};

/* The socket to the process that forks the workers; negative: requests are sent by the calling process. */
static int forker = -1;

/* ---- Messages ---- */

/* The fields of a request that are not strings. Both ends are the same program in two processes. */
struct request_head {
    enum shelflife_net_http_method method;
    struct shelflife_net_http_limits limits;
    bool insecure, allow_http, no_compression, header_lines;
    unsigned refused_places;
    uint32_t header_count;
};

/* What a worker sends: some with bytes of the body, then the end. An attacker may control a worker, and then
 * any byte can come: no bool is read from it. */
struct reply_head {
    uint8_t end, ok, transient;
    uint32_t header_size;                        /* bytes of header lines that follow, once */
    uint32_t size;                               /* bytes of the body that follow these */
    struct shelflife_net_http_response response; /* without `transient` */
};

typedef ssize_t move_bytes(int fd, void *bytes, size_t size, int flags);

static bool move_all(move_bytes *move, int fd, void *bytes, size_t size)
{
    for (char *at = bytes; size;) {
        ssize_t n = move(fd, at, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static ssize_t send_some(int fd, void *bytes, size_t size, int flags)
{
    return send(fd, bytes, size, flags);
}

static bool send_all(int fd, const void *bytes, size_t size)
{
    void *same;
    memcpy(&same, &bytes, sizeof(same)); /* send_some() only reads them */
    return move_all(send_some, fd, same, size);
}

static bool receive_all(int fd, void *bytes, size_t size)
{
    return move_all(recv, fd, bytes, size);
}

/* The strings of a request, in the order in which they are sent. */
enum text {
    TEXT_URL,
    TEXT_CA_FILE,
    TEXT_CA_PEM,
    TEXT_CERTIFICATE_FILE,
    TEXT_KEY_FILE,
    TEXT_CERTIFICATE_PEM,
    TEXT_KEY_PEM,
    TEXT_SERVER_NAME,
    TEXT_PROXY,
    TEXT_BEARER_TOKEN,
    TEXT_USER,
    TEXT_PASSWORD,
    TEXT_BODY,
    TEXT_CONTENT_TYPE,
    TEXTS,
};

static void list_texts(const struct shelflife_net_http_request *r, const struct shelflife_net_http_peer *p,
                       str texts[TEXTS])
{
    texts[TEXT_URL] = shelflife_str_of(r->url);
    texts[TEXT_CA_FILE] = shelflife_str_of(p->ca_file);
    texts[TEXT_CA_PEM] = p->ca_pem;
    texts[TEXT_CERTIFICATE_FILE] = shelflife_str_of(p->certificate_file);
    texts[TEXT_KEY_FILE] = shelflife_str_of(p->key_file);
    texts[TEXT_CERTIFICATE_PEM] = p->certificate_pem;
    texts[TEXT_KEY_PEM] = p->key_pem;
    texts[TEXT_SERVER_NAME] = shelflife_str_of(p->server_name);
    texts[TEXT_PROXY] = shelflife_str_of(p->proxy);
    texts[TEXT_BEARER_TOKEN] = shelflife_str_of(r->bearer_token);
    texts[TEXT_USER] = shelflife_str_of(r->user);
    texts[TEXT_PASSWORD] = shelflife_str_of(r->password);
    texts[TEXT_BODY] = r->body;
    texts[TEXT_CONTENT_TYPE] = shelflife_str_of(r->content_type);
}

static void set_texts(const str texts[TEXTS], struct shelflife_net_http_request *r,
                      struct shelflife_net_http_peer *p)
{
    r->url = texts[TEXT_URL].at;
    p->ca_file = texts[TEXT_CA_FILE].at;
    p->ca_pem = texts[TEXT_CA_PEM];
    p->certificate_file = texts[TEXT_CERTIFICATE_FILE].at;
    p->key_file = texts[TEXT_KEY_FILE].at;
    p->certificate_pem = texts[TEXT_CERTIFICATE_PEM];
    p->key_pem = texts[TEXT_KEY_PEM];
    p->server_name = texts[TEXT_SERVER_NAME].at;
    p->proxy = texts[TEXT_PROXY].at;
    r->bearer_token = texts[TEXT_BEARER_TOKEN].at;
    r->user = texts[TEXT_USER].at;
    r->password = texts[TEXT_PASSWORD].at;
    r->body = texts[TEXT_BODY];
    r->content_type = texts[TEXT_CONTENT_TYPE].at;
}

static const uint32_t absent = UINT32_MAX;

/* A length, the bytes, and a NUL. */
static void append_text(buffer *out, str text)
{
    uint32_t size = text.at ? (uint32_t)text.len : absent;
    shelflife_buffer_append(out, (str){(const char *)&size, sizeof(size)});
    if (!text.at)
        return;
    shelflife_buffer_append(out, text);
    shelflife_buffer_byte(out, '\0');
}

static bool take_text(str *from, str *text)
{
    uint32_t size;
    *text = (str){NULL, 0};
    if (from->len < sizeof(size))
        return false;
    memcpy(&size, from->at, sizeof(size));
    *from = shelflife_str_after(*from, sizeof(size));
    if (size == absent)
        return true;
    if (from->len <= size || from->at[size] != '\0')
        return false;
    *text = shelflife_str_first(*from, size);
    *from = shelflife_str_after(*from, (size_t)size + 1);
    return true;
}

static bool write_request(const struct shelflife_net_http_request *r, buffer *out, error *err)
{
    static const struct shelflife_net_http_peer no_peer = {0};
    const struct shelflife_net_http_peer *peer = r->peer ? r->peer : &no_peer;
    str texts[TEXTS];
    const struct request_head head = {.method = r->method,
                                      .limits = r->limits,
                                      .insecure = peer->insecure,
                                      .allow_http = peer->allow_http,
                                      .no_compression = r->no_compression,
                                      .header_lines = r->header_lines != NULL,
                                      .refused_places = r->refused_places,
                                      .header_count = (uint32_t)r->header_count};
    if (r->header_count > HEADERS_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "a request cannot have more than %d headers",
                              HEADERS_MAX);
    list_texts(r, peer, texts);
    shelflife_buffer_append(out, (str){(const char *)&head, sizeof(head)});
    for (size_t i = 0; i < TEXTS; i++)
        append_text(out, texts[i]);
    for (size_t i = 0; i < r->header_count; i++) {
        append_text(out, shelflife_str_of(r->headers[i].name));
        append_text(out, r->headers[i].value);
    }
    if (!out->failed)
        return true;
    return r->body.len > REQUEST_MAX / 2 ? shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                                                          "the request is longer than %d bytes", REQUEST_MAX)
                                         : shelflife_fail_memory(err);
}

/* A request as the worker reads it. */
struct received {
    struct shelflife_net_http_request request;
    struct shelflife_net_http_peer peer;
    struct shelflife_net_http_header headers[HEADERS_MAX];
    int channel;
    buffer header_lines;
    bool header_lines_sent;
};

static bool read_request(str bytes, struct received *out)
{
    struct request_head head;
    str texts[TEXTS];
    if (bytes.len < sizeof(head))
        return false;
    memcpy(&head, bytes.at, sizeof(head));
    bytes = shelflife_str_after(bytes, sizeof(head));
    bool ok = head.header_count <= HEADERS_MAX;
    for (size_t i = 0; ok && i < TEXTS; i++)
        ok = take_text(&bytes, &texts[i]);
    for (size_t i = 0; ok && i < head.header_count; i++) {
        str name;
        ok = take_text(&bytes, &name) && name.at && take_text(&bytes, &out->headers[i].value);
        out->headers[i].name = name.at;
    }
    if (!ok || bytes.len || !texts[TEXT_URL].at)
        return false;
    out->peer = (struct shelflife_net_http_peer){.insecure = head.insecure, .allow_http = head.allow_http};
    out->request = (struct shelflife_net_http_request){.method = head.method,
                                                       .limits = head.limits,
                                                       .peer = &out->peer,
                                                       .headers = out->headers,
                                                       .header_count = head.header_count,
                                                       .no_compression = head.no_compression,
                                                       .refused_places = head.refused_places};
    if (head.header_lines)
        out->request.header_lines = &out->header_lines;
    set_texts(texts, &out->request, &out->peer);
    return true;
}

/* ---- The worker ---- */

/* The caller closed the channel, and wants no more: it cancelled the request, or is gone. */
static void *wait_for_hangup(void *channel)
{
    struct pollfd end = {.fd = *(const int *)channel, .events = POLLRDHUP};
    while (poll(&end, 1, -1) < 0)
        ;
    _exit(0);
}

/* The header lines go before the first bytes of the body, or before the end. */
static bool send_head(struct received *to, struct reply_head *head)
{
    str lines = {0};
    if (to->request.header_lines && !to->header_lines_sent)
        lines = shelflife_buffer_str(&to->header_lines);
    to->header_lines_sent = true;
    head->header_size = (uint32_t)lines.len;
    return send_all(to->channel, head, sizeof(*head)) && send_all(to->channel, lines.at, lines.len);
}

static bool send_chunk(void *context, const struct shelflife_net_http_response *response, str bytes,
                       error *err)
{
    struct received *to = context;
    struct reply_head head = {.size = (uint32_t)bytes.len, .response = *response};
    return (bytes.len <= CHUNK_MAX && send_head(to, &head) && send_all(to->channel, bytes.at, bytes.len)) ||
           shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot pass on the response");
}

static bool answer_with(struct received *received, int channel, struct shelflife_net_http_client *client)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    uint32_t size;
    struct reply_head end = {.end = 1};
    error err = {0};
    shelflife_buffer_init(&bytes, REQUEST_MAX);
    bytes.secret = true;
    if (!receive_all(channel, &size, sizeof(size)) || !shelflife_buffer_reserve(&bytes, size) ||
        !receive_all(channel, bytes.at, size) || !read_request((str){bytes.at, size}, received))
        return false;
    bytes.len = size;
    received->channel = channel;
    received->request.sink = send_chunk;
    received->request.context = received;
    end.ok = shelflife_net_http_perform(client, &received->request, &end.response, &err);
    end.transient = end.response.transient;
    return send_head(received, &end) && (end.ok || send_all(channel, &err, sizeof(err)));
}

static bool answer(const int *channel, struct shelflife_net_http_client *client)
{
    struct received received;
    shelflife_buffer_init(&received.header_lines, LINES_MAX);
    received.header_lines_sent = false;
    bool ok = answer_with(&received, *channel, client);
    shelflife_buffer_free(&received.header_lines);
    return ok;
}

static _Noreturn void work(int channel)
{
    error err;
    pthread_t watcher;
    struct shelflife_net_http_client *client =
        shelflife_net_start(&err) ? shelflife_net_http_client_new(&err) : NULL;
    if (client && pthread_create(&watcher, NULL, wait_for_hangup, &channel) == 0)
        while (answer(&channel, client))
            ;
    _exit(0);
}

/* ---- The process that forks the workers ---- */

/* Receives the worker's end of a channel: -1 if it did not come, for example because there are too many open
 * files. False when the program has ended. */
static bool receive_channel(int control, int *fd)
{
    char byte;
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } with;
    struct iovec one = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &one, .msg_iovlen = 1, .msg_control = with.space, .msg_controllen = sizeof(with.space)};
    ssize_t n;
    while ((n = recvmsg(control, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    const struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    *fd = -1;
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(header), sizeof(*fd));
    return n != 0;
}

static bool send_channel(int control, int fd)
{
    char byte = 0;
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } with = {0};
    struct iovec one = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &one, .msg_iovlen = 1, .msg_control = with.space, .msg_controllen = sizeof(with.space)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    ssize_t n;
    while ((n = sendmsg(control, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR)
        ;
    return n == 1;
}

/* Ends when the program closes its end of the socket, which the end of the program does, too. */
static _Noreturn void fork_workers(int control, void (*restrict_process)(void))
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGPIPE};
    for (size_t i = 0; i < COUNT(ignored); i++)
        signal(ignored[i], SIG_IGN); /* SIGCHLD: how a worker ended does not matter */
    prctl(PR_SET_NAME, "shelflife-net");
    if (restrict_process) { /* so that no other process of this user can write to its memory */
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    }
    for (int channel; receive_channel(control, &channel); close(channel)) {
        if (channel < 0) {
            poll(NULL, 0, STEP_MS); /* it may be out of memory */
            continue;
        }
        if (fork() != 0)
            continue;
        close(control);
        if (restrict_process)
            restrict_process();
        work(channel);
    }
    _exit(0);
}

bool shelflife_net_workers_start(void (*restrict_process)(void), error *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot make a socket: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        fork_workers(pair[1], restrict_process);
    }
    int code = errno;
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot start a process: %s", strerror(code));
    }
    forker = pair[0];
    return true;
}

void shelflife_net_workers_stop(void)
{
    if (forker >= 0)
        close(forker);
    forker = -1;
}

bool shelflife_net_workers_started(void)
{
    return forker >= 0;
}

/* ---- The caller ---- */

static bool open_channel(int *channel, error *err)
{
    int pair[2];
    if (*channel >= 0)
        return true;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot make a socket: %s", strerror(errno));
    bool ok = send_channel(forker, pair[1]);
    close(pair[1]);
    if (!ok) {
        close(pair[0]);
        return shelflife_fail(err, SHELFLIFE_ERROR_IO,
                              "the process that sends requests has ended; restart this program");
    }
    *channel = pair[0];
    return true;
}

/* An exchange with a worker. */
struct conversation {
    int fd;
    const struct shelflife_net_http_request *request;
    struct shelflife_net_http_response *response;
    int64_t deadline; /* milliseconds */
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    error *err;
};

static int64_t milliseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The worker failed, not the peer: the next request gets a new one. */
static bool fail(const struct conversation *c, const char *what)
{
    c->response->transient = true;
    return shelflife_fail(c->err, SHELFLIFE_ERROR_IO, "%s: %s", c->shown, what);
}

/* Moves all bytes, in whatever pieces the worker takes or gives them. */
static bool exchange(const struct conversation *c, move_bytes *move, short event, void *bytes, size_t size)
{
    for (char *at = bytes; size;) {
        struct pollfd ready = {.fd = c->fd, .events = event};
        if (c->request->cancel && atomic_load(c->request->cancel))
            return shelflife_fail(c->err, SHELFLIFE_ERROR_IO, "%s: cancelled", c->shown);
        if (milliseconds() > c->deadline)
            return fail(c, "the worker process does not answer");
        if (poll(&ready, 1, STEP_MS) <= 0)
            continue;
        ssize_t n = move(c->fd, at, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return fail(c, "the worker process ended");
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static bool hear(const struct conversation *c, void *bytes, size_t size)
{
    return exchange(c, recv, POLLIN, bytes, size);
}

static bool tell(const struct conversation *c, void *bytes, size_t size)
{
    return exchange(c, send_some, POLLOUT, bytes, size);
}

static void end_texts(struct shelflife_net_http_response *r)
{
    char *const ends[] = {
        r->etag + sizeof(r->etag),
        r->last_modified + sizeof(r->last_modified),
        r->content_type + sizeof(r->content_type),
        r->retry_after + sizeof(r->retry_after),
        r->location + sizeof(r->location),
        r->date + sizeof(r->date),
    };
    for (size_t i = 0; i < COUNT(ends); i++)
        ends[i][-1] = '\0';
    /* Any number can come. */
    if ((unsigned)r->place & ~(unsigned)SHELFLIFE_NET_PLACES_OWN)
        r->place = SHELFLIFE_NET_ELSEWHERE;
}

static bool hear_lines(const struct conversation *c, uint32_t size)
{
    buffer *out = c->request->header_lines;
    if (size == 0)
        return true;
    if (size > LINES_MAX || !out)
        return fail(c, "the worker process sent too much at once");
    shelflife_buffer_reset(out);
    if (!shelflife_buffer_reserve(out, size))
        return shelflife_fail_memory(c->err);
    out->len = size;
    return hear(c, out->at, size);
}

static bool hear_error(const struct conversation *c, bool *complete)
{
    error err = {0};
    if (!hear(c, &err, sizeof(err)))
        return false;
    *complete = true;
    err.text[sizeof(err.text) - 1] = '\0';
    bool known = err.kind > SHELFLIFE_ERROR_NONE && err.kind <= SHELFLIFE_ERROR_TIME;
    return shelflife_fail(c->err, known ? err.kind : SHELFLIFE_ERROR_IO, "%s", err.text);
}

static bool converse(const struct conversation *c, bool *complete)
{
    CLEANUP(shelflife_buffer_free) buffer chunk;
    shelflife_buffer_init(&chunk, CHUNK_MAX);
    for (;;) {
        struct reply_head head;
        if (!hear(c, &head, sizeof(head)))
            return false;
        end_texts(&head.response);
        *c->response = head.response;
        c->response->transient = head.transient != 0;
        if (!hear_lines(c, head.header_size))
            return false;
        if (head.end && head.ok)
            return *complete = true;
        if (head.end)
            return hear_error(c, complete);
        shelflife_buffer_reset(&chunk);
        if (head.size > CHUNK_MAX)
            return fail(c, "the worker process sent too much at once");
        if (!shelflife_buffer_reserve(&chunk, head.size))
            return shelflife_fail_memory(c->err);
        if (!hear(c, chunk.at, head.size))
            return false;
        if (c->request->sink &&
            !c->request->sink(c->request->context, c->response, (str){chunk.at, head.size}, c->err))
            return false;
    }
}

bool shelflife_net_worker_perform(int *channel, const struct shelflife_net_http_request *request,
                                  struct shelflife_net_http_response *response, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    unsigned total = request->limits.total_ms ? request->limits.total_ms : TOTAL_MS;
    struct conversation c = {
        .request = request, .response = response, .deadline = milliseconds() + total + SPARE_MS, .err = err};
    bool complete = false;
    *response = (struct shelflife_net_http_response){0};
    if (request->header_lines)
        shelflife_buffer_reset(request->header_lines);
    shelflife_buffer_init(&bytes, REQUEST_MAX);
    bytes.secret = true;
    shelflife_net_url_shown(request->url, c.shown);
    if (!write_request(request, &bytes, err) || !open_channel(channel, err))
        return false;
    uint32_t size = (uint32_t)bytes.len;
    c.fd = *channel;
    bool ok = tell(&c, &size, sizeof(size)) && tell(&c, bytes.at, bytes.len) && converse(&c, &complete);
    if (complete)
        return ok;
    close(c.fd);
    *channel = -1;
    return false;
}
