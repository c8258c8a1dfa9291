#include "server/probe.h"

#include <sys/socket.h>

#include "server/clock.h"
#include "server/microhttpd.h"

enum { PAGE_MAX = 1 << 20, CONNECTIONS = 64, MILLISECONDS = 1000 };

/* Writes a page, and returns its HTTP status. */
typedef unsigned page_writer(struct shelflife_server_probe *probe, bool verbose, buffer *out);

static unsigned write_live(UNUSED struct shelflife_server_probe *probe, UNUSED bool verbose, buffer *out)
{
    shelflife_buffer_append(out, STR("ok\n"));
    return MHD_HTTP_OK;
}

/* A name in the policy that no catalog has does not make the server less ready: the catalog may be added
 * later. */
static void write_unmatched(const struct shelflife_sources_snapshot *loaded, buffer *out)
{
    size_t count;
    const str *unmatched = shelflife_sources_snapshot_unmatched(loaded, &count);
    for (size_t i = 0; i < count; i++)
        shelflife_buffer_format(out, "[!] policy: %.*s\n", STR_PRINT(unmatched[i]));
}

static void write_inventory(const struct shelflife_inventory *inventory, buffer *out)
{
    char as_of[SHELFLIFE_DAY_TEXT_MAX];
    if (inventory)
        shelflife_buffer_format(out, "[+] inventory: %zu image%s as of %s\n",
                                shelflife_inventory_count(inventory),
                                shelflife_inventory_count(inventory) == 1 ? "" : "s",
                                shelflife_day_format(shelflife_inventory_as_of(inventory), as_of));
}

static void write_catalogs(struct shelflife_server_probe *probe, buffer *out)
{
    struct shelflife_sources_snapshot *loaded = shelflife_sources_live_take(probe->parts.sources);
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
    write_unmatched(loaded, out);
    write_inventory(view->inventory, out);
    shelflife_sources_snapshot_release(loaded);
}

static unsigned write_ready(struct shelflife_server_probe *probe, bool verbose, buffer *out)
{
    const struct shelflife_server_config *config = probe->parts.config;
    write_catalogs(probe, out);
    /* A failed reload does not make the server less ready: the previous snapshot is in use. */
    shelflife_sources_live_write_status(probe->parts.sources, out);
    bool ready = shelflife_server_certificate_ready(probe->parts.certificate, out);
    for (size_t i = 0; i < config->status_count; i++) {
        const struct shelflife_status_provider *status = &config->statuses[i];
        ready = (!status->ready || status->ready(status->context, out)) && ready;
    }
    if (atomic_load(probe->parts.draining)) {
        shelflife_buffer_append(out, STR("[-] draining: the server is stopping\n"));
        ready = false;
    }
    if (!verbose)
        shelflife_buffer_reset(out);
    shelflife_buffer_append(out, ready ? STR("ok\n") : STR("not ready\n"));
    return ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
}

static struct shelflife_server_reload_count count_reloads(struct shelflife_sources_reload *reload)
{
    return (struct shelflife_server_reload_count){reload->target.what,
                                                  shelflife_sources_reload_count(reload, false),
                                                  shelflife_sources_reload_count(reload, true)};
}

static unsigned write_metrics(struct shelflife_server_probe *probe, UNUSED bool verbose, buffer *out)
{
    const struct shelflife_server_config *config = probe->parts.config;
    struct shelflife_sources_snapshot *loaded = shelflife_sources_live_take(probe->parts.sources);
    struct shelflife_sources_live *sources = probe->parts.sources;
    struct shelflife_server_reload_count reloads[4] = {count_reloads(&sources->reload),
                                                       count_reloads(&probe->parts.certificate->reload)};
    size_t reload_count = 2;
    if (sources->config->inventory_count)
        reloads[reload_count++] = count_reloads(&sources->inventory_reload);
    if (sources->inputs.remotes)
        reloads[reload_count++] = (struct shelflife_server_reload_count){
            "catalog_url", shelflife_sources_live_count_fetches(sources, false),
            shelflife_sources_live_count_fetches(sources, true)};
    struct shelflife_server_gauges gauges = {
        .snapshot = shelflife_sources_snapshot_view(loaded),
        .now = shelflife_server_now(),
        .certificate_expiry = shelflife_server_certificate_expiry(probe->parts.certificate),
        .connections = shelflife_server_connections_count(probe->parts.connections),
        .draining = atomic_load(probe->parts.draining),
        .review_memory = shelflife_server_budget_used(probe->parts.budget),
        .log = probe->parts.log,
        .reloads = reloads,
        .reload_count = reload_count,
    };
    shelflife_server_metrics_write(probe->parts.metrics, &gauges, out);
    shelflife_sources_live_write_metrics(sources, out);
    for (size_t i = 0; i < config->status_count; i++)
        if (config->statuses[i].write_metrics)
            config->statuses[i].write_metrics(config->statuses[i].context, out);
    shelflife_sources_snapshot_release(loaded);
    return MHD_HTTP_OK;
}

static unsigned write_wrong_method(UNUSED struct shelflife_server_probe *probe, UNUSED bool verbose,
                                   buffer *out)
{
    shelflife_buffer_append(out, STR("Use GET or HEAD.\n"));
    return MHD_HTTP_METHOD_NOT_ALLOWED;
}

static unsigned write_wrong_path(UNUSED struct shelflife_server_probe *probe, UNUSED bool verbose,
                                 buffer *out)
{
    shelflife_buffer_append(out, STR("Not found. The paths are /livez, /readyz and /metrics.\n"));
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

static enum MHD_Result respond(struct shelflife_server_probe *probe, struct MHD_Connection *mhd,
                               const struct page *page)
{
    buffer body;
    shelflife_buffer_init(&body, PAGE_MAX);
    bool verbose =
        MHD_lookup_connection_value_n(mhd, MHD_GET_ARGUMENT_KIND, "verbose", 7, NULL, NULL) == MHD_YES;
    unsigned status = page->write(probe, verbose, &body);
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

static enum MHD_Result on_request(void *probe, struct MHD_Connection *mhd, const char *path,
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
    return respond(probe, mhd, page);
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **slot,
                          enum MHD_ConnectionNotificationCode code)
{
    struct shelflife_server_probe *probe = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        struct shelflife_server_connection *c = *slot = calloc(1, sizeof(*c));
        if (c)
            shelflife_server_connections_add(
                &probe->connections, c, fd,
                MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr,
                probe->parts.config->header_timeout);
        else
            shutdown(fd, SHUT_RDWR);
    } else if (*slot) {
        shelflife_server_connections_remove(*slot);
        free(*slot);
    }
}

void shelflife_server_probe_init(struct shelflife_server_probe *probe,
                                 const struct shelflife_server_probe_parts *parts)
{
    probe->parts = *parts;
    probe->daemon = NULL;
    shelflife_server_connections_init(&probe->connections, CONNECTIONS, parts->log, parts->metrics);
}

void shelflife_server_probe_free(struct shelflife_server_probe *probe)
{
    shelflife_server_connections_free(&probe->connections);
}

bool shelflife_server_probe_start(struct shelflife_server_probe *probe, int fd)
{
    unsigned seconds = (probe->parts.config->header_timeout + MILLISECONDS - 1) / MILLISECONDS;
    probe->daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, probe,
        MHD_OPTION_EXTERNAL_LOGGER, shelflife_server_transport_log, &probe->connections,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)(CONNECTIONS + SHELFLIFE_SERVER_SPARE_CONNECTIONS), MHD_OPTION_CONNECTION_TIMEOUT, seconds,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)SHELFLIFE_SERVER_STACK_BYTES, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, probe, MHD_OPTION_END);
    return probe->daemon != NULL;
}

void shelflife_server_probe_stop(struct shelflife_server_probe *probe)
{
    if (probe->daemon)
        MHD_stop_daemon(probe->daemon);
    probe->daemon = NULL;
}
