#include "cli/remote.h"

#include <unistd.h>

#include "base/prometheus.h"
#include "cli/output.h"
#include "sources/fetch.h"

enum { FIRST_WAIT_MS = 10000 };

static const char *const event_words[] = {
    [SHELFLIFE_SOURCES_REMOTE_NEW] = "catalog fetched",
    [SHELFLIFE_SOURCES_REMOTE_UNCHANGED] = "catalog unchanged",
    [SHELFLIFE_SOURCES_REMOTE_FAILED] = "cannot fetch the catalog; what is in use stays",
    [SHELFLIFE_SOURCES_REMOTE_CACHED] = "catalog read from the copy kept",
    [SHELFLIFE_SOURCES_REMOTE_NOT_KEPT] = "the copy of the catalog cannot be used",
};

/* ---- listeners ---- */

static void tell_log(void *context, const struct shelflife_sources_remote_status *status,
                     enum shelflife_sources_remote_event event, const error *why)
{
    struct cli_remote *remote = context;
    struct shelflife_log_line line;
    if (event == SHELFLIFE_SOURCES_REMOTE_UNCHANGED)
        return;
    shelflife_log_begin(&line, &remote->log, why ? SHELFLIFE_LOG_ERROR : SHELFLIFE_LOG_INFO,
                        event_words[event]);
    shelflife_log_string(&line, "url", shelflife_str_of(status->url));
    if (status->in_use) {
        char as_of[SHELFLIFE_DAY_TEXT_MAX];
        shelflife_log_string(&line, "catalog", shelflife_str_of(status->name));
        shelflife_log_integer(&line, "serial", status->serial);
        shelflife_log_string(&line, "asOf", shelflife_str_of(shelflife_day_format(status->as_of, as_of)));
    }
    if (why)
        shelflife_log_string(&line, "error", shelflife_str_of(why->text));
    shelflife_log_end(&line);
}

static void tell_people(UNUSED void *context, const struct shelflife_sources_remote_status *status,
                        enum shelflife_sources_remote_event event, const error *why)
{
    if (why && (status->in_use || event == SHELFLIFE_SOURCES_REMOTE_NOT_KEPT))
        shelflife_cli_message("%s: %s", event_words[event], why->text);
}

/* ---- the server's supplier ---- */

static bool add(void *context, struct shelflife_catalogs *catalogs, error *err)
{
    const struct cli_remote *remote = context;
    return shelflife_sources_remotes_add(remote->remotes, catalogs, err);
}

static uint64_t edition(void *context)
{
    const struct cli_remote *remote = context;
    return shelflife_sources_remotes_edition(remote->remotes);
}

static uint64_t count(void *context, bool came)
{
    const struct cli_remote *remote = context;
    uint64_t sum = 0;
    for (size_t i = 0; i < shelflife_sources_remotes_count(remote->remotes); i++) {
        struct shelflife_sources_remote_status status;
        shelflife_sources_remotes_status(remote->remotes, i, &status);
        sum += came ? status.fetched : status.failed;
    }
    return sum;
}

static bool write_status(void *context, buffer *out)
{
    const struct cli_remote *remote = context;
    int64_t now = time(NULL);
    for (size_t i = 0; i < shelflife_sources_remotes_count(remote->remotes); i++) {
        struct shelflife_sources_remote_status s;
        shelflife_sources_remotes_status(remote->remotes, i, &s);
        shelflife_buffer_format(out, "[%c] catalog at %s: ", s.failing || s.cached || !s.in_use ? '!' : '+',
                                s.url);
        if (s.in_use)
            shelflife_buffer_format(out, "%s, serial %lld%s", s.name, (long long)s.serial,
                                    s.cached ? ", from the copy kept" : "");
        else
            shelflife_buffer_append(out, STR("none yet"));
        if (s.confirmed_at)
            shelflife_buffer_format(out, ", confirmed %lld seconds ago", (long long)(now - s.confirmed_at));
        if (s.failing)
            shelflife_buffer_format(out, "; failed %lld seconds ago: %s", (long long)(now - s.failed_at),
                                    s.why.text);
        shelflife_buffer_byte(out, '\n');
    }
    return true;
}

static void write_fetches(const struct cli_remote *remote, buffer *out)
{
    shelflife_prometheus_head(out, "shelflife_catalog_fetches_total", "counter",
                              "Times that a catalog's URL was asked for it.");
    for (size_t i = 0; i < shelflife_sources_remotes_count(remote->remotes); i++) {
        struct shelflife_sources_remote_status s;
        shelflife_sources_remotes_status(remote->remotes, i, &s);
        const struct {
            const char *outcome;
            uint64_t n;
        } counts[] = {{"new", s.fetched}, {"unchanged", s.unchanged}, {"failure", s.failed}};
        for (size_t k = 0; k < COUNT(counts); k++) {
            shelflife_prometheus_label(out, "shelflife_catalog_fetches_total{url=", shelflife_str_of(s.url));
            shelflife_buffer_format(out, ",outcome=\"%s\"} %llu\n", counts[k].outcome,
                                    (unsigned long long)counts[k].n);
        }
    }
}

static void write_confirmations(const struct cli_remote *remote, buffer *out)
{
    shelflife_prometheus_head(out, "shelflife_catalog_confirmed_timestamp_seconds", "gauge",
                              "When a catalog's URL last said what is current; 0: never.");
    for (size_t i = 0; i < shelflife_sources_remotes_count(remote->remotes); i++) {
        struct shelflife_sources_remote_status s;
        shelflife_sources_remotes_status(remote->remotes, i, &s);
        shelflife_prometheus_label(
            out, "shelflife_catalog_confirmed_timestamp_seconds{url=", shelflife_str_of(s.url));
        shelflife_buffer_format(out, "} %lld\n", (long long)s.confirmed_at);
    }
}

static void write_metrics(void *context, buffer *out)
{
    write_fetches(context, out);
    write_confirmations(context, out);
}

/* ---- starting ---- */

static bool sort_arguments(struct cli_remote *remote, const struct cli_list *catalogs, error *err)
{
    for (size_t i = 0; i < catalogs->count; i++) {
        bool url = shelflife_sources_is_url(catalogs->at[i]);
        if (!shelflife_cli_list_add(url ? &remote->urls : &remote->files, catalogs->at[i], err))
            return false;
    }
    return true;
}

static bool start_remotes(struct cli_remote *remote, const struct cli_remote_options *o, bool serve,
                          error *err)
{
    const struct shelflife_sources_remote_options options = {.urls = remote->urls.at,
                                                             .url_count = remote->urls.count,
                                                             .key_file = o->key,
                                                             .ca_file = o->ca_file,
                                                             .cache_dir = o->cache_dir,
                                                             .interval_ms = o->interval};
    if (!o->key)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "catalogs from URLs must be signed: name the public key with --catalog-key");
    if (!shelflife_net_start(err))
        return false;
    remote->network = true;
    remote->remotes = shelflife_sources_remotes_new(&options, serve ? tell_log : tell_people, remote, err);
    if (!remote->remotes)
        return false;
    remote->supplier = (struct shelflife_catalog_provider){
        .add = add, .edition = edition, .count = count, .context = remote};
    remote->status = (struct shelflife_status_provider){remote, write_status, write_metrics};
    return serve ? shelflife_sources_remotes_start(remote->remotes, FIRST_WAIT_MS, err)
                 : shelflife_sources_remotes_fetch(remote->remotes, err);
}

bool shelflife_cli_remote_start(struct cli_remote *remote, const struct cli_list *catalogs,
                                const struct cli_remote_options *options,
                                const enum shelflife_log_format *log, error *err)
{
    *remote = (struct cli_remote){0};
    remote->logging = log != NULL;
    if (log)
        shelflife_log_init(&remote->log, STDERR_FILENO, *log);
    if (sort_arguments(remote, catalogs, err) &&
        (remote->urls.count == 0 || start_remotes(remote, options, log != NULL, err)))
        return true;
    shelflife_cli_remote_free(remote);
    return false;
}

void shelflife_cli_remote_free(struct cli_remote *remote)
{
    shelflife_sources_remotes_free(remote->remotes);
    if (remote->network)
        shelflife_net_stop();
    shelflife_cli_list_free(&remote->urls);
    shelflife_cli_list_free(&remote->files);
    if (remote->logging)
        shelflife_log_free(&remote->log);
    *remote = (struct cli_remote){0};
}

const struct shelflife_catalog_provider *shelflife_cli_remote_supplier(const struct cli_remote *remote)
{
    return remote->remotes ? &remote->supplier : NULL;
}
