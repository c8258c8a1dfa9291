#!/bin/sh
# libmicrohttpd 0.9.75 (Debian 12, libmicrohttpd12 0.9.75-6) with TLS: on a connection that the program has accepted and
# passed to MHD_add_connection(), it calls setsockopt() for each piece of each reply, to set TCP_NODELAY, which is set.
# On a connection that it has accepted itself, it does so once.
#
# Seen: 20 replies of 2,000 bytes on one connection, after a first one: 0 calls on a connection that the library has
# accepted, and 40 on one that was added: one for the headers and one for the body of each. The library does not know
# whether an added socket is corked, never finds out, and so pushes what it may hold.
#
# Why it matters here: the threads of src/server/workers.c get their connections by MHD_add_connection(), since
# libmicrohttpd spreads those that it accepts unevenly. A body in a buffer that has less than 1,400 bytes with its
# headers needs one call, which then sends it; a body from a callback would need two. So src/server/webhook.c has
# buffers.
#
# Needs Debian 12, gcc and Debian's package lists. Installs nothing on the machine.
set -eu
version=0.9.75-6
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages="libmicrohttpd12=$version libmicrohttpd-dev=$version libgnutls30 libgnutls28-dev"
# shellcheck disable=SC2086 # splitting into words is intended
fetch() { apt-get download -qq $packages >/dev/null 2>&1; }
fetch || { apt-get update -qq >/dev/null 2>&1 && fetch; } ||
    { echo "changed: version $version of libmicrohttpd is not available any more" && exit 1; }
for package in *.deb; do dpkg -x "$package" root; done
libraries=$(dirname "$(find root -name libmicrohttpd.so.12)")

cat >replies.c <<'C'
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { REPLIES = 20, BODY = 2000 };

static atomic_int calls;

/* Takes the place of that of the C library, also for libmicrohttpd. */
int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    calls++;
    return (int)syscall(SYS_setsockopt, fd, level, option, value, size);
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload, size_t *size,
                              void **state)
{
    static char body[BODY];
    (void)context, (void)url, (void)method, (void)version, (void)upload, (void)size;
    if (!*state) { /* the connection stays open if the reply comes with the second call */
        *state = body;
        return MHD_YES;
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(BODY, body, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

static void check(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "failed: %s\n", what);
    exit(2);
}

static void make_certificate(gnutls_datum_t *certificate, gnutls_datum_t *key)
{
    gnutls_x509_privkey_t private;
    gnutls_x509_crt_t crt;
    gnutls_x509_privkey_init(&private);
    gnutls_x509_crt_init(&crt);
    gnutls_x509_privkey_generate(private, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    gnutls_x509_crt_set_version(crt, 3);
    gnutls_x509_crt_set_serial(crt, "\1", 1);
    gnutls_x509_crt_set_dn(crt, "CN=localhost", NULL);
    gnutls_x509_crt_set_activation_time(crt, time(NULL) - 60);
    gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 3600);
    gnutls_x509_crt_set_key(crt, private);
    check(gnutls_x509_crt_sign2(crt, crt, private, GNUTLS_DIG_SHA256, 0) == 0, "sign");
    check(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, certificate) == 0, "export the certificate");
    check(gnutls_x509_privkey_export2(private, GNUTLS_X509_FMT_PEM, key) == 0, "export the key");
}

static void ask(gnutls_session_t tls)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    static char reply[BODY * 2];
    const char *body = NULL;
    size_t have = 0;
    check(gnutls_record_send(tls, request, sizeof(request) - 1) == sizeof(request) - 1, "send");
    while (!body || (size_t)(reply + have - body) < BODY + 4) {
        ssize_t n = gnutls_record_recv(tls, reply + have, sizeof(reply) - 1 - have);
        check(n > 0, "receive");
        have += (size_t)n;
        reply[have] = '\0';
        body = strstr(reply, "\r\n\r\n");
    }
}

/* The calls during REPLIES replies. */
static int measure(int added, const char *certificate, const char *key)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    check(bind(listener, (struct sockaddr *)&at, len) == 0 && listen(listener, 8) == 0, "listen");
    getsockname(listener, (struct sockaddr *)&at, &len);
    unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_TLS;
    struct MHD_Daemon *daemon =
        added ? MHD_start_daemon(flags | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, answer, NULL,
                                 MHD_OPTION_HTTPS_MEM_CERT, certificate, MHD_OPTION_HTTPS_MEM_KEY, key,
                                 MHD_OPTION_END)
              : MHD_start_daemon(flags, 0, NULL, NULL, answer, NULL, MHD_OPTION_HTTPS_MEM_CERT, certificate,
                                 MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_LISTEN_SOCKET, listener,
                                 MHD_OPTION_END);
    check(daemon != NULL, "start");
    check(connect(client, (struct sockaddr *)&at, len) == 0, "connect");
    if (added)
        MHD_add_connection(daemon, accept(listener, NULL, NULL), (struct sockaddr *)&at, len);

    gnutls_certificate_credentials_t credentials;
    gnutls_session_t tls;
    gnutls_certificate_allocate_credentials(&credentials);
    gnutls_init(&tls, GNUTLS_CLIENT);
    gnutls_set_default_priority(tls);
    gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_transport_set_int(tls, client);
    check(gnutls_handshake(tls) == 0, "shake hands");
    ask(tls);
    int before = calls;
    for (int i = 0; i < REPLIES; i++)
        ask(tls);
    int seen = calls - before;
    gnutls_deinit(tls);
    close(client);
    MHD_stop_daemon(daemon);
    gnutls_certificate_free_credentials(credentials);
    if (added)
        close(listener);
    return seen;
}

int main(void)
{
    gnutls_datum_t certificate, key;
    make_certificate(&certificate, &key);
    int accepted = measure(0, (char *)certificate.data, (char *)key.data);
    int added = measure(1, (char *)certificate.data, (char *)key.data);
    printf("libmicrohttpd %s: %d replies need %d calls of setsockopt() on a connection that it has accepted, and %d\n"
           "on one that was added\n",
           MHD_get_version(), REPLIES, accepted, added);
    /* The last calls of a reply may come after the client has read it. */
    return !(accepted <= 2 && added >= 2 * REPLIES - 2 && added <= 2 * REPLIES + 2);
}
C
gcc -I root/usr/include -I "root/usr/include/$(gcc -print-multiarch)" replies.c -o replies \
    "$libraries/libmicrohttpd.so.12" "$libraries/libgnutls.so.30" -Wl,--allow-shlib-undefined -rdynamic
if LD_LIBRARY_PATH=$libraries ./replies; then
    echo "as described"
else
    echo "changed: libmicrohttpd behaves otherwise now" && exit 1
fi
