#include "server/session.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "sources/shared.h"

static struct shelflife_server_session *session_of(gnutls_session_t tls)
{
    return gnutls_transport_get_ptr(tls);
}

/* Answers a client that speaks plain HTTP, in plain HTTP. */
static void answer_plain(int fd)
{
    static const char reply[] = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
                                "Content-Length: 28\r\nConnection: close\r\n\r\nThis port serves only HTTPS.";
    char rest[4096];
    send(fd, reply, sizeof(reply) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    shutdown(fd, SHUT_WR);
    /* Unread bytes would make the kernel reset the connection on close, and the client lose the reply. */
    while (recv(fd, rest, sizeof(rest), MSG_DONTWAIT) > 0)
        ;
}

/* How GnuTLS reads. Only here can we see that bytes arrived: the first ones show whether the client speaks
   TLS, and after a request they begin the next one, whose headers have a deadline from then on. */
static ssize_t receive_bytes(gnutls_transport_ptr_t context, void *data, size_t size)
{
    struct shelflife_server_session *s = context;
    ssize_t n = recv(s->connection.fd, data, size, 0);
    if (n <= 0)
        return n;
    if (!s->received) {
        const unsigned char first = *(const unsigned char *)data;
        s->received = true;
        s->plain = first >= 'A' && first <= 'Z';
        if (s->plain) {
            answer_plain(s->connection.fd);
            return 0;
        }
    }
    if (atomic_load_explicit(&s->connection.stage, memory_order_relaxed) == SHELFLIFE_SERVER_STAGE_IDLE)
        shelflife_server_connection_enter(&s->connection, SHELFLIFE_SERVER_STAGE_HEADERS, s->header_timeout);
    return n;
}

/* Sends what is held, and then a new record. Returns how many bytes of the new one were taken, or fails with
   EAGAIN if none were. */
static ssize_t send_with_held(struct shelflife_server_session *s, const void *data, size_t size)
{
    struct iovec parts[2] = {{.iov_base = s->held + s->held_from, .iov_len = s->held_to - s->held_from},
                             {.iov_len = size}};
    memcpy(&parts[1].iov_base, &data, sizeof(data)); /* it is only read, but struct iovec has no const */
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = COUNT(parts)};
    ssize_t n = sendmsg(s->connection.fd, &message, MSG_NOSIGNAL);
    if (n < 0)
        return n;
    size_t held = parts[0].iov_len, sent = (size_t)n;
    s->held_from += sent < held ? sent : held;
    if (sent > held)
        return (ssize_t)(sent - held);
    errno = EAGAIN;
    return -1;
}

/* How GnuTLS sends a record. If it fails with EAGAIN, GnuTLS sends it again later. */
static ssize_t send_bytes(gnutls_transport_ptr_t context, const void *data, size_t size)
{
    struct shelflife_server_session *s = context;
    if (s->hold && size <= sizeof(s->held)) {
        memcpy(s->held, data, size);
        s->held_from = 0;
        s->held_to = size;
        s->hold = false;
        return (ssize_t)size;
    }
    s->hold = false;
    return send_with_held(s, data, size);
}

void shelflife_server_session_hold_headers(struct shelflife_server_session *session)
{
    session->hold = session->held_from == session->held_to;
}

void shelflife_server_session_end_reply(struct shelflife_server_session *session)
{
    session->hold = false;
    if (session->held_from < session->held_to)
        send_with_held(session, NULL, 0);
}

static int on_handshake(gnutls_session_t tls, unsigned type, UNUSED unsigned when, unsigned incoming,
                        UNUSED const gnutls_datum_t *message)
{
    struct shelflife_server_session *s = session_of(tls);
    s->certificate_sent |= type == GNUTLS_HANDSHAKE_CERTIFICATE_PKT && !incoming;
    s->secured |= type == GNUTLS_HANDSHAKE_FINISHED && incoming;
    /* Not before: only then has the client proved that it has the key of its certificate. */
    if (s->secured && s->certified)
        atomic_store_explicit(&s->connection.verified, true, memory_order_relaxed);
    return 0;
}

static int verify_client(gnutls_session_t tls)
{
    struct shelflife_server_session *s = session_of(tls);
    const char *why;
    s->certified = shelflife_server_credentials_verify(tls, &why);
    if (s->certified)
        return 0;
    s->refused = why;
    return GNUTLS_E_CERTIFICATE_ERROR;
}

static bool secure(struct shelflife_server_session *s, gnutls_session_t tls)
{
    gnutls_transport_set_ptr(tls, s);
    gnutls_transport_set_pull_function(tls, receive_bytes);
    gnutls_transport_set_push_function(tls, send_bytes);
    gnutls_handshake_set_hook_function(tls, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_POST, on_handshake);
    return s->credentials && shelflife_server_credentials_attach(s->credentials, tls, verify_client);
}

void shelflife_server_session_open(struct shelflife_server_session *session,
                                   struct shelflife_server_connections *all, int fd,
                                   const struct sockaddr *peer, gnutls_session_t tls,
                                   struct shelflife_credentials *credentials, unsigned header_timeout)
{
    *session =
        (struct shelflife_server_session){.credentials = credentials, .header_timeout = header_timeout};
    shelflife_server_connections_add(all, &session->connection, fd, peer, header_timeout);
    if (secure(session, tls))
        return;
    shelflife_server_metrics_error(all->metrics, credentials ? SHELFLIFE_SERVER_REASON_MEMORY
                                                             : SHELFLIFE_SERVER_REASON_HANDSHAKE);
    shutdown(fd, SHUT_RDWR);
}

/* Reports why a connection ended that we had not shut down ourselves. */
static void report_end(const struct shelflife_server_session *s)
{
    /* What people see when the caBundle of their webhook configuration is out of date. */
    static const char sent[] =
        "the client closed the connection after it received the certificate: check that it trusts the CA, "
        "and that it has a client certificate if one is required";
    const struct shelflife_server_connection *c = &s->connection;
    if (s->plain)
        shelflife_server_connection_report(c, SHELFLIFE_SERVER_REASON_PLAIN_HTTP, "HTTP without TLS", NULL);
    else if (s->refused)
        shelflife_server_connection_report(c, SHELFLIFE_SERVER_REASON_CLIENT_CERTIFICATE,
                                           "client certificate refused", s->refused);
    else if (s->received && !s->secured)
        shelflife_server_connection_report(c, SHELFLIFE_SERVER_REASON_HANDSHAKE, "TLS handshake failed",
                                           s->certificate_sent ? sent
                                                               : "it ended before the certificate was sent");
    else if (s->stalled)
        shelflife_server_connection_report(c, SHELFLIFE_SERVER_REASON_TIMEOUT,
                                           "the client stalled during a request", NULL);
    else if (s->interrupted)
        shelflife_server_connection_report(c, SHELFLIFE_SERVER_REASON_INTERRUPTED,
                                           "the client disconnected during a request", NULL);
}

void shelflife_server_session_close(struct shelflife_server_session *session)
{
    if (!shelflife_server_connections_remove(&session->connection))
        report_end(session);
    shelflife_sources_release(session->credentials);
}
