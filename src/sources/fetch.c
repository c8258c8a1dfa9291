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

/* A download in progress. */
struct download {
    const struct shelflife_sources_fetch *fetch;
    const char *url;
    size_t most;
    size_t begin; /* of the bytes in *out */
    buffer *out;
};

static bool fail_status(const char *url, int status, error *err)
{
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%s: the server replied with HTTP status %d",
                          shelflife_net_url_shown(url, shown), status);
}

static bool collect(void *context, const struct shelflife_net_http_response *response, str bytes, error *err)
{
    const struct download *d = context;
    size_t held = d->out->len - d->begin;
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    if (response->status != 200)
        return fail_status(d->url, response->status, err);
    if (bytes.len > d->most - held) {
        const char *option = d->fetch->limit_option;
        bool set = option && d->most > SIGNATURE_MAX;
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s: the reply is larger than %zu bytes%s%s%s",
                              shelflife_net_url_shown(d->url, shown), d->most, set ? "; " : "",
                              set ? option : "", set ? " sets the limit" : "");
    }
    if (bytes.len + held > SHELFLIFE_SOURCES_FETCH_SMALL && d->fetch->begin_large &&
        !d->fetch->begin_large(d->fetch->context, err))
        return shelflife_error_prefix(err, "%s", shelflife_net_url_shown(d->url, shown));
    shelflife_buffer_append(d->out, bytes);
    return !d->out->failed || shelflife_fail_memory(err);
}

static bool fetch_bytes(struct shelflife_net_http_client *client, const struct shelflife_sources_fetch *f,
                        const char *url, size_t most, buffer *out,
                        struct shelflife_net_http_response *response, error *err)
{
    struct download download = {.fetch = f, .url = url, .most = most, .begin = out->len, .out = out};
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
        .limits = {.body_bytes = UINT64_MAX, /* collect() has the limit */
                   .connect_ms = CONNECT_MS,
                   .total_ms = f->total_ms ? f->total_ms : TOTAL_MS,
                   .slow_seconds = SLOW_SECONDS,
                   .redirects = REDIRECTS},
        .cancel = f->cancel,
        .no_compression = f->no_compression,
        .sink = collect,
        .context = &download,
    };
    bool complete = shelflife_net_http_perform(client, &request, response, err);
    if (complete && (response->status == 200 || (response->status == 304 && count > 0)))
        return true;
    out->len = download.begin;
    response->transient |= shelflife_net_http_status_transient(response->status);
    return complete && fail_status(url, response->status, err);
}

bool shelflife_sources_fetch(struct shelflife_net_http_client *client,
                             const struct shelflife_sources_fetch *fetch, buffer *out,
                             struct shelflife_net_http_response *response, error *err)
{
    size_t most = fetch->max_bytes ? fetch->max_bytes : SHELFLIFE_SOURCES_FETCH_DEFAULT;
    return fetch_bytes(client, fetch, fetch->url, most, out, response, err);
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
