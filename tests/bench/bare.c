/*
 * The least that a server of reviews can do with libmicrohttpd, for benchmarks: a thread for each connection,
 * TLS, no log; reads each body, discards it, and sends the contents of the file REPLY. Prints its port and
 * serves until SIGTERM.
 *
 *     bench_bare CERT KEY REPLY
 */
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>

#include "file/file.h"
#include "server/tls.h"

static bool read_file(const char *path, buffer *out)
{
    enum { FILE_MAX = 1 << 20 };
    error err;
    shelflife_buffer_init(out, FILE_MAX);
    return shelflife_file_read(path, out, &err);
}

/* The same, with the NUL at its end that a C string has. */
static bool read_pem(const char *path, buffer *out)
{
    if (!read_file(path, out))
        return false;
    shelflife_buffer_byte(out, '\0');
    return !out->failed;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *mhd, UNUSED const char *url,
                                  UNUSED const char *method, UNUSED const char *version,
                                  UNUSED const char *body, size_t *len, void **state)
{
    static int begun;
    if (!*state) {
        *state = &begun;
        return MHD_YES;
    }
    if (*len) {
        *len = 0;
        return MHD_YES;
    }
    const buffer *reply = context;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->len, reply->at, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    enum MHD_Result ok = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    if (ok == MHD_YES)
        ok = MHD_queue_response(mhd, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return ok;
}

int main(int argc, char **argv)
{
    buffer certificate, key, reply;
    if (argc != 4 || !read_pem(argv[1], &certificate) || !read_pem(argv[2], &key) ||
        !read_file(argv[3], &reply))
        return 2;
    sigset_t end;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigaddset(&end, SIGINT);
    pthread_sigmask(SIG_BLOCK, &end, NULL);
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_TLS, 0, NULL, NULL, on_request,
        &reply, MHD_OPTION_SOCK_ADDR, &any, MHD_OPTION_HTTPS_PRIORITIES, SHELFLIFE_SERVER_TLS_PRIORITIES,
        MHD_OPTION_HTTPS_MEM_CERT, certificate.at, MHD_OPTION_HTTPS_MEM_KEY, key.at, MHD_OPTION_END);
    if (!daemon)
        return 3;
    printf("%u\n", (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    int received;
    sigwait(&end, &received);
    MHD_stop_daemon(daemon);
    shelflife_buffer_free(&certificate);
    shelflife_buffer_free(&key);
    shelflife_buffer_free(&reply);
    return 0;
}
