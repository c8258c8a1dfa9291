#include "server/snapshot.h"

#include "sources/files.h"

static void fingerprint(void *context, buffer *out)
{
    const struct shelflife_server_snapshot *snapshot = context;
    const struct shelflife_sources_config *sources = snapshot->sources;
    shelflife_file_fingerprint(sources->policy, out);
    for (size_t i = 0; i < sources->catalog_count; i++)
        shelflife_sources_fingerprint_catalogs(sources->catalogs[i], out);
    const struct shelflife_catalog_provider *provider = sources->supplier;
    if (provider)
        shelflife_buffer_format(out, "edition %llu\n",
                                (unsigned long long)provider->edition(provider->context));
}

/* Not an error, since the catalog may be added later, but often a mistake. */
static void log_unmatched(const struct shelflife_server_snapshot *snapshot,
                          const struct shelflife_loaded *loaded)
{
    size_t count;
    const str *unmatched = shelflife_sources_snapshot_unmatched(loaded, &count);
    for (size_t i = 0; i < count; i++) {
        struct shelflife_log_line line;
        shelflife_log_begin(&line, snapshot->log, SHELFLIFE_LOG_WARNING,
                            "the policy names something that no catalog has; this part has no effect");
        shelflife_log_string(&line, "policy", shelflife_str_of(snapshot->sources->policy));
        shelflife_log_string(&line, "detail", unmatched[i]);
        shelflife_log_end(&line);
    }
}

static bool build(void *context, error *err)
{
    struct shelflife_server_snapshot *snapshot = context;
    struct shelflife_loaded *loaded = shelflife_sources_snapshot_load(snapshot->sources, err);
    if (!loaded)
        return false;
    log_unmatched(snapshot, loaded);
    shelflife_sources_current_swap(&snapshot->current, loaded);
    return true;
}

void shelflife_server_snapshot_init(struct shelflife_server_snapshot *snapshot,
                                    const struct shelflife_sources_config *sources, struct shelflife_log *log,
                                    struct shelflife_server_metrics *metrics)
{
    const struct shelflife_server_reload_target target = {snapshot, SHELFLIFE_SERVER_RELOADED_SNAPSHOT,
                                                          fingerprint, build};
    snapshot->sources = sources;
    snapshot->log = log;
    shelflife_sources_current_init(&snapshot->current, NULL);
    shelflife_server_reload_init(&snapshot->reload, &target, log, metrics);
}

void shelflife_server_snapshot_free(struct shelflife_server_snapshot *snapshot)
{
    shelflife_sources_current_free(&snapshot->current);
    shelflife_server_reload_free(&snapshot->reload);
}

bool shelflife_server_snapshot_load(struct shelflife_server_snapshot *snapshot, error *err)
{
    return shelflife_server_reload_first(&snapshot->reload, err);
}

void shelflife_server_snapshot_check(struct shelflife_server_snapshot *snapshot, bool all)
{
    shelflife_server_reload_check(&snapshot->reload, all);
}
