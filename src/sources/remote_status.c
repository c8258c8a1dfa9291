#include "sources/remote_status.h"

#include "base/prometheus.h"

const char *shelflife_sources_remote_event_text(const struct shelflife_sources_remote_status *status,
                                                enum shelflife_sources_remote_event event)
{
    static const char *const of_inventories[] = {
        [SHELFLIFE_SOURCES_REMOTE_NEW] = "inventory fetched",
        [SHELFLIFE_SOURCES_REMOTE_UNCHANGED] = "inventory unchanged",
        [SHELFLIFE_SOURCES_REMOTE_FAILED] = "cannot fetch the inventory, the current one stays in use",
        [SHELFLIFE_SOURCES_REMOTE_CACHED] = "inventory read from the cache",
        [SHELFLIFE_SOURCES_REMOTE_NOT_CACHED] = "cannot use the cached copy of the inventory",
    };
    static const char *const texts[] = {
        [SHELFLIFE_SOURCES_REMOTE_NEW] = "catalog fetched",
        [SHELFLIFE_SOURCES_REMOTE_UNCHANGED] = "catalog unchanged",
        [SHELFLIFE_SOURCES_REMOTE_FAILED] = "cannot fetch the catalog, the current one stays in use",
        [SHELFLIFE_SOURCES_REMOTE_CACHED] = "catalog read from the cache",
        [SHELFLIFE_SOURCES_REMOTE_NOT_CACHED] = "cannot use the cached copy of the catalog",
    };
    return status->inventory ? of_inventories[event] : texts[event];
}

void shelflife_sources_remote_log(void *context, const struct shelflife_sources_remote_status *status,
                                  enum shelflife_sources_remote_event event, const error *why)
{
    struct shelflife_log_line line;
    if (event == SHELFLIFE_SOURCES_REMOTE_UNCHANGED)
        return;
    shelflife_log_begin(&line, context, why ? SHELFLIFE_LOG_ERROR : SHELFLIFE_LOG_INFO,
                        shelflife_sources_remote_event_text(status, event));
    shelflife_log_string(&line, "url", shelflife_str_of(status->url));
    if (status->in_use) {
        char as_of[SHELFLIFE_DAY_TEXT_MAX];
        if (!status->inventory) {
            shelflife_log_string(&line, "catalog", shelflife_str_of(status->name));
            shelflife_log_integer(&line, "serial", status->serial);
        }
        shelflife_log_string(&line, "asOf", shelflife_str_of(shelflife_day_format(status->as_of, as_of)));
    }
    if (why)
        shelflife_log_string(&line, "error", shelflife_str_of(why->text));
    shelflife_log_end(&line);
}

void shelflife_sources_remotes_write_status(struct shelflife_sources_remotes *all, buffer *lines)
{
    int64_t now = time(NULL);
    for (size_t i = 0; i < shelflife_sources_remotes_count(all); i++) {
        struct shelflife_sources_remote_status s;
        shelflife_sources_remotes_status(all, i, &s);
        char as_of[SHELFLIFE_DAY_TEXT_MAX];
        shelflife_buffer_format(lines, "[%c] %s at %s: ", s.failing || s.cached || !s.in_use ? '!' : '+',
                                s.inventory ? "inventory" : "catalog", s.url);
        if (s.in_use && s.inventory)
            shelflife_buffer_format(lines, "as of %s%s", shelflife_day_format(s.as_of, as_of),
                                    s.cached ? ", from the cache" : "");
        else if (s.in_use)
            shelflife_buffer_format(lines, "%s, serial %lld%s", s.name, (long long)s.serial,
                                    s.cached ? ", from the cache" : "");
        else
            shelflife_buffer_append(lines, STR("none yet"));
        if (s.confirmed_at)
            shelflife_buffer_format(lines, ", confirmed %lld seconds ago", (long long)(now - s.confirmed_at));
        if (s.failing)
            shelflife_buffer_format(lines, "; failed %lld seconds ago: %s", (long long)(now - s.failed_at),
                                    s.why.text);
        shelflife_buffer_byte(lines, '\n');
    }
}

static void write_fetches(struct shelflife_sources_remotes *all, buffer *out)
{
    shelflife_prometheus_head(out, "shelflife_catalog_fetches_total", "counter",
                              "Times that a catalog was requested from its URL.");
    for (size_t i = 0; i < shelflife_sources_remotes_count(all); i++) {
        struct shelflife_sources_remote_status s;
        shelflife_sources_remotes_status(all, i, &s);
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

static void write_confirmations(struct shelflife_sources_remotes *all, buffer *out)
{
    static const char name[] = "shelflife_catalog_confirmed_timestamp_seconds";
    shelflife_prometheus_head(out, name, "gauge",
                              "When a catalog's URL last confirmed the catalog in use; 0: never.");
    for (size_t i = 0; i < shelflife_sources_remotes_count(all); i++) {
        struct shelflife_sources_remote_status s;
        shelflife_sources_remotes_status(all, i, &s);
        shelflife_prometheus_label(
            out, "shelflife_catalog_confirmed_timestamp_seconds{url=", shelflife_str_of(s.url));
        shelflife_buffer_format(out, "} %lld\n", (long long)s.confirmed_at);
    }
}

void shelflife_sources_remotes_write_metrics(struct shelflife_sources_remotes *all, buffer *out)
{
    write_fetches(all, out);
    write_confirmations(all, out);
}
