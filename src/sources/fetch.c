#include "sources/fetch.h"

#include <stdio.h>

#include "net/url.h"
#include "pki/pki.h"

enum { TOTAL_MS = 60000, CONNECT_MS = 10000, SLOW_SECONDS = 10, REDIRECTS = 3, SIGNATURE_MAX = 4096 };

bool shelflife_sources_is_url(const char *text)
{
    str s = shelflife_str_of(text);
    return shelflife_str_starts(s, STR("https://")) || shelflife_str_starts(s, STR("http://"));
}

static bool fetch_bytes(struct shelflife_net_http_client *client, const struct shelflife_sources_fetch *f,
                        const char *url, uint64_t most, buffer *out,
                        struct shelflife_net_http_response *response, error *err)
{
    struct shelflife_net_http_header headers[2];
    size_t count = 0;
    const struct shelflife_net_http_peer peer = {.ca_file = f->ca_file};
    if (f->etag && *f->etag)
        headers[count++] = (struct shelflife_net_http_header){"If-None-Match", shelflife_str_of(f->etag)};
    if (f->last_modified && *f->last_modified)
        headers[count++] =
            (struct shelflife_net_http_header){"If-Modified-Since", shelflife_str_of(f->last_modified)};
    const struct shelflife_net_http_request request = {
        .url = url,
        .peer = &peer,
        .headers = headers,
        .header_count = count,
        .limits = {.body_bytes = most,
                   .connect_ms = CONNECT_MS,
                   .total_ms = f->total_ms ? f->total_ms : TOTAL_MS,
                   .slow_seconds = SLOW_SECONDS,
                   .redirects = REDIRECTS},
        .cancel = f->cancel,
        .sink = shelflife_net_http_collect,
        .context = out,
    };
    size_t before = out->len;
    if (!shelflife_net_http_perform(client, &request, response, err)) {
        out->len = before;
        return false;
    }
    if (response->status == 200 || (response->status == 304 && count > 0))
        return true;
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    out->len = before;
    response->transient = shelflife_net_http_status_transient(response->status);
    return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%s: the server replied with HTTP status %d",
                          shelflife_net_url_shown(url, shown), response->status);
}

bool shelflife_sources_fetch(struct shelflife_net_http_client *client,
                             const struct shelflife_sources_fetch *fetch, buffer *out,
                             struct shelflife_net_http_response *response, error *err)
{
    return fetch_bytes(client, fetch, fetch->url, SHELFLIFE_SOURCES_FETCH_MAX, out, response, err);
}

bool shelflife_sources_fetch_verified(struct shelflife_net_http_client *client,
                                      const struct shelflife_sources_fetch *fetch, str key, str catalog,
                                      buffer *signature, struct shelflife_net_http_response *response,
                                      error *err)
{
    char *url CLEANUP(cleanup_free) = NULL;
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    int path = (int)strcspn(fetch->url, "?#");
    struct shelflife_sources_fetch beside = *fetch;
    if (asprintf(&url, "%.*s.sig%s", path, fetch->url, fetch->url + path) < 0) {
        url = NULL;
        return shelflife_fail_memory(err);
    }
    beside.etag = beside.last_modified = NULL;
    if (!fetch_bytes(client, &beside, url, SIGNATURE_MAX, signature, response, err))
        return false;
    if (shelflife_pki_verify(key, catalog, shelflife_buffer_str(signature), err))
        return true;
    /* A publisher replaces the catalog and its signature one after the other. */
    response->transient = true;
    return shelflife_error_prefix(err, "%s", shelflife_net_url_shown(url, shown));
}
