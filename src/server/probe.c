/* The plain port: probes and metrics. Each answer ends its connection. */
#include <sys/socket.h>

#include "server/microhttpd.h"
#include "server/state.h"
#include "shelflife/version.h"

enum { PAGE_MAX = 1 << 20, CONNECTIONS = 64, MILLISECONDS = 1000 };

/* Writes a page, and returns its status. */
typedef unsigned page_writer(struct shelflife_server *server, bool verbose, buffer *out);

static unsigned write_live(UNUSED struct shelflife_server *server, UNUSED bool verbose, buffer *out)
{
    shelflife_buffer_append(out, STR("ok\n"));
    return MHD_HTTP_OK;
}

static bool write_certificate(struct shelflife_server *server, buffer *out)
{
    struct shelflife_credentials *credentials =
        shelflife_server_current_credentials_take(&server->credentials);
    int64_t expiry = shelflife_server_credentials_expiry(credentials);
    const struct shelflife_server_certificate_provider *keeper = server->config.keeper;
    /* A keeper knows better than our clock what counts as over. */
    bool there = credentials != NULL;
    bool valid = keeper ? there : expiry > shelflife_server_now();
    shelflife_server_credentials_release(credentials);
    char until[SHELFLIFE_DAY_TEXT_MAX];
    shelflife_day_format(shelflife_day_of_seconds(expiry), until);
    if (there)
        shelflife_buffer_format(out, "[%c] certificate: valid until %s\n", valid ? '+' : '-', until);
    else
        shelflife_buffer_append(out, STR("[-] certificate: there is none yet\n"));
    return (!keeper || keeper->ready(keeper->context, out)) && valid;
}

/* Not what reviews wait for, either: catalogs may still come. */
static void write_unknown(const struct shelflife_loaded *loaded, buffer *out)
{
    size_t count;
    const str *unknown = shelflife_sources_snapshot_unmatched(loaded, &count);
    for (size_t i = 0; i < count; i++)
        shelflife_buffer_format(out, "[!] policy: %.*s\n", STR_PRINT(unknown[i]));
}

static void write_catalogs(struct shelflife_server *server, buffer *out)
{
    struct shelflife_loaded *loaded = shelflife_sources_current_take(&server->current);
    const struct shelflife_snapshot *view = shelflife_sources_snapshot_view(loaded);
    size_t n = shelflife_catalogs_count(view->catalogs);
    shelflife_buffer_format(out, "[+] snapshot: %zu catalogs, %.*s\n", n, STR_PRINT(view->digest));
    for (size_t i = 0; i < n; i++) {
        const struct shelflife_catalog *catalog = shelflife_catalogs_at(view->catalogs, i);
        char as_of[SHELFLIFE_DAY_TEXT_MAX];
        bool stale = shelflife_sources_snapshot_is_stale(view, catalog,
                                                         shelflife_day_of_seconds(shelflife_server_now()));
        shelflife_buffer_format(out, "    %.*s: %zu releases as of %s%s, from %.*s\n",
                                STR_PRINT(catalog->name), catalog->row_count,
                                shelflife_day_format(catalog->as_of, as_of), stale ? " (stale)" : "",
                                STR_PRINT(catalog->origin));
    }
    write_unknown(loaded, out);
    shelflife_sources_snapshot_release(loaded);
}

/* What could not be reloaded does not make the server less ready: the old one is in use. */
static void write_reloads(struct shelflife_server *server, buffer *out)
{
    for (size_t i = 0; i < SHELFLIFE_SERVER_RELOADEDS; i++) {
        enum shelflife_server_reloaded what = (enum shelflife_server_reloaded)i;
        error why;
        int64_t at;
        if (shelflife_server_reload_failed(&server->reload, what, &why, &at))
            shelflife_buffer_format(
                out, "[!] reload of the %s failed %lld seconds ago, the old one stays: %s\n",
                shelflife_server_reloaded_name(what), (long long)(shelflife_server_now() - at), why.text);
    }
}

static unsigned write_ready(struct shelflife_server *server, bool verbose, buffer *out)
{
    write_catalogs(server, out);
    bool ready = write_certificate(server, out);
    if (atomic_load(&server->draining)) {
        shelflife_buffer_append(out, STR("[-] draining: the server is about to stop\n"));
        ready = false;
    }
    write_reloads(server, out);
    const struct shelflife_catalog_provider *supplier = server->config.sources.supplier;
    if (supplier)
        supplier->write_status(supplier->context, out);
    if (!verbose)
        shelflife_buffer_reset(out);
    shelflife_buffer_append(out, ready ? STR("ok\n") : STR("not ready\n"));
    return ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
}

static unsigned write_metrics(struct shelflife_server *server, UNUSED bool verbose, buffer *out)
{
    struct shelflife_credentials *credentials =
        shelflife_server_current_credentials_take(&server->credentials);
    struct shelflife_loaded *loaded = shelflife_sources_current_take(&server->current);
    struct shelflife_server_gauges gauges = {
        .snapshot = shelflife_sources_snapshot_view(loaded),
        .now = shelflife_server_now(),
        .certificate_expiry = shelflife_server_credentials_expiry(credentials),
        .connections = shelflife_server_connections_count(&server->connections),
        .draining = atomic_load(&server->draining),
        .log_dropped = atomic_load(&server->log.dropped),
        .supplier = server->config.sources.supplier,
    };
    shelflife_server_metrics_write(&server->metrics, &gauges, out);
    if (server->config.keeper)
        server->config.keeper->write_metrics(server->config.keeper->context, out);
    shelflife_sources_snapshot_release(loaded);
    shelflife_server_credentials_release(credentials);
    return MHD_HTTP_OK;
}

static unsigned write_wrong_method(UNUSED struct shelflife_server *server, UNUSED bool verbose, buffer *out)
{
    shelflife_buffer_append(out, STR("Only GET and HEAD are answered here.\n"));
    return MHD_HTTP_METHOD_NOT_ALLOWED;
}

static unsigned write_wrong_path(UNUSED struct shelflife_server *server, UNUSED bool verbose, buffer *out)
{
    shelflife_buffer_append(out, STR("There is nothing here. Ask for /livez, /readyz or /metrics.\n"));
    return MHD_HTTP_NOT_FOUND;
}

static const char plain_text[] = "text/plain; charset=utf-8";

struct page {
    const char *path;
    page_writer *write;
    const char *type;
};

static const struct page pages[] = {
    {"/livez", write_live, plain_text},
    {"/readyz", write_ready, plain_text},
    {"/metrics", write_metrics, "text/plain; version=0.0.4; charset=utf-8"},
};
static const struct page wrong_path = {"", write_wrong_path, plain_text};
static const struct page wrong_method = {"", write_wrong_method, plain_text};

static const struct page *find_page(const char *path, const char *method)
{
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return &wrong_method;
    for (size_t i = 0; i < COUNT(pages); i++)
        if (strcmp(path, pages[i].path) == 0)
            return &pages[i];
    return &wrong_path;
}

static enum MHD_Result respond(struct shelflife_server *server, struct MHD_Connection *mhd,
                               const struct page *page)
{
    buffer body;
    shelflife_buffer_init(&body, PAGE_MAX);
    bool verbose =
        MHD_lookup_connection_value_n(mhd, MHD_GET_ARGUMENT_KIND, "verbose", 7, NULL, NULL) == MHD_YES;
    unsigned status = page->write(server, verbose, &body);
    struct MHD_Response *response =
        body.failed ? NULL : MHD_create_response_from_buffer(body.len, body.at, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        shelflife_buffer_free(&body);
        return MHD_NO;
    }
    enum MHD_Result ok = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, page->type);
    if (ok == MHD_YES)
        ok = MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    if (ok == MHD_YES && page == &wrong_method)
        ok = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    if (ok == MHD_YES)
        ok = MHD_queue_response(mhd, status, response);
    MHD_destroy_response(response);
    return ok;
}

static enum MHD_Result on_request(void *server, struct MHD_Connection *mhd, const char *path,
                                  const char *method, UNUSED const char *version, UNUSED const char *upload,
                                  size_t *upload_size, void **request)
{
    const struct page *page = find_page(path, method);
    if (!*request) {
        *request = mhd;
        return MHD_YES;
    }
    if (*upload_size) {
        *upload_size = 0;
        return MHD_YES;
    }
    return respond(server, mhd, page);
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **slot,
                          enum MHD_ConnectionNotificationCode code)
{
    struct shelflife_server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        struct shelflife_server_connection *c = *slot = calloc(1, sizeof(*c));
        if (c)
            shelflife_server_connections_add(&server->probe_connections, c, fd,
                                             server->config.header_timeout);
        else
            shutdown(fd, SHUT_RDWR);
    } else if (*slot) {
        shelflife_server_connections_remove(*slot);
        free(*slot);
    }
}

struct MHD_Daemon *shelflife_server_probe_start(struct shelflife_server *server, int fd)
{
    unsigned seconds = (server->config.header_timeout + MILLISECONDS - 1) / MILLISECONDS;
    shelflife_server_connections_init(&server->probe_connections, CONNECTIONS, &server->log,
                                      &server->metrics);
    return MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0, NULL, NULL,
                            on_request, server, MHD_OPTION_EXTERNAL_LOGGER, shelflife_server_transport_log,
                            server, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned)(CONNECTIONS + SHELFLIFE_SERVER_SPARE_CONNECTIONS),
                            MHD_OPTION_CONNECTION_TIMEOUT, seconds, MHD_OPTION_THREAD_STACK_SIZE,
                            (size_t)SHELFLIFE_SERVER_STACK_BYTES, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
                            server, MHD_OPTION_END);
}
