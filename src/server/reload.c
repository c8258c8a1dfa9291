#include "server/reload.h"

#include "pki/pki.h"
#include "server/state.h"
#include "sources/files.h"

enum { PRINT_MAX = 1 << 20, KEPT_MAX = 1 << 20 };

static void print_files(const struct shelflife_server_config *config, enum shelflife_server_reloaded what,
                        buffer *out)
{
    shelflife_buffer_reset(out);
    if (what == SHELFLIFE_SERVER_RELOADED_CERTIFICATE) {
        shelflife_file_fingerprint(config->tls.certificate, out);
        shelflife_file_fingerprint(config->tls.key, out);
        shelflife_file_fingerprint(config->tls.client_ca, out);
        return;
    }
    shelflife_file_fingerprint(config->sources.policy, out);
    for (size_t i = 0; i < config->sources.catalog_count; i++)
        shelflife_sources_fingerprint_catalogs(config->sources.catalogs[i], out);
    const struct shelflife_catalog_provider *supplier = config->sources.supplier;
    if (supplier)
        shelflife_buffer_format(out, "supplied %llu\n",
                                (unsigned long long)supplier->edition(supplier->context));
}

/* What is no error, as catalogs may still come, and yet somebody's mistake as often as not. */
static void log_unknown(struct shelflife_server *server, const struct shelflife_loaded *loaded)
{
    size_t count;
    const str *unknown = shelflife_sources_snapshot_unmatched(loaded, &count);
    for (size_t i = 0; i < count; i++) {
        struct shelflife_log_line line;
        shelflife_log_begin(&line, &server->log, SHELFLIFE_LOG_WARNING,
                            "the policy names what no catalog has; it does nothing there");
        shelflife_log_string(&line, "policy", shelflife_str_of(server->config.sources.policy));
        shelflife_log_string(&line, "detail", unknown[i]);
        shelflife_log_end(&line);
    }
}

static struct shelflife_loaded *load_snapshot(struct shelflife_server *server, error *err)
{
    struct shelflife_loaded *loaded = shelflife_sources_snapshot_load(&server->config.sources, err);
    if (loaded)
        log_unknown(server, loaded);
    return loaded;
}

bool shelflife_server_reload_init(struct shelflife_server *server, error *err)
{
    struct shelflife_server_reload *reload = &server->reload;
    pthread_mutex_init(&reload->lock, NULL);
    pthread_mutex_init(&reload->kept.lock, NULL);
    shelflife_buffer_init(&reload->kept.certificate, KEPT_MAX);
    shelflife_buffer_init(&reload->kept.key, KEPT_MAX);
    for (size_t i = 0; i < SHELFLIFE_SERVER_RELOADEDS; i++) {
        shelflife_buffer_init(&reload->files[i].tried, PRINT_MAX);
        shelflife_buffer_init(&reload->files[i].seen, PRINT_MAX);
        /* Before they are read: what changes while they are is then noticed. */
        print_files(&server->config, (enum shelflife_server_reloaded)i, &reload->files[i].tried);
    }
    struct shelflife_loaded *loaded = load_snapshot(server, err);
    if (!loaded)
        return false;
    shelflife_sources_current_init(&server->current, loaded);
    if (server->config.keeper) {
        shelflife_server_current_credentials_init(&server->credentials, NULL);
        return true;
    }
    struct shelflife_credentials *credentials =
        shelflife_server_credentials_load(&server->config.tls, shelflife_server_now(), &reload->begins, err);
    if (!credentials)
        return false;
    shelflife_server_current_credentials_init(&server->credentials, credentials);
    return true;
}

void shelflife_server_reload_free(struct shelflife_server_reload *reload)
{
    for (size_t i = 0; i < SHELFLIFE_SERVER_RELOADEDS; i++) {
        shelflife_buffer_free(&reload->files[i].tried);
        shelflife_buffer_free(&reload->files[i].seen);
    }
    shelflife_buffer_free(&reload->kept.certificate);
    shelflife_pki_wipe(&reload->kept.key);
    pthread_mutex_destroy(&reload->kept.lock);
    pthread_mutex_destroy(&reload->lock);
}

static bool rebuild_snapshot(struct shelflife_server *server, error *err)
{
    struct shelflife_loaded *loaded = load_snapshot(server, err);
    if (loaded)
        shelflife_sources_current_swap(&server->current, loaded);
    return loaded != NULL;
}

/* Serves with them from now on, if they could be made. */
static bool swap_credentials(struct shelflife_server *server, struct shelflife_credentials *credentials)
{
    if (credentials)
        shelflife_server_current_credentials_swap(&server->credentials, credentials);
    return credentials != NULL;
}

static void keep(buffer *kept, str pem)
{
    shelflife_pki_wipe(kept);
    shelflife_buffer_init(kept, KEPT_MAX);
    shelflife_buffer_append(kept, pem);
}

bool shelflife_server_serve(struct shelflife_server *server, str certificate, str key, int64_t now,
                            error *err)
{
    struct shelflife_server_reload *reload = &server->reload;
    pthread_mutex_lock(&reload->kept.lock);
    bool ok = swap_credentials(
        server, shelflife_server_credentials_make(certificate, key, &server->config.tls, now, err));
    if (ok) {
        keep(&reload->kept.certificate, certificate);
        keep(&reload->kept.key, key);
        reload->kept.now = now;
    }
    pthread_mutex_unlock(&reload->kept.lock);
    return ok;
}

/* The client CA has changed, or may have. */
static bool rebuild_kept(struct shelflife_server *server, error *err)
{
    struct shelflife_server_reload *reload = &server->reload;
    bool ok = true;
    pthread_mutex_lock(&reload->kept.lock);
    if (reload->kept.certificate.len)
        ok = swap_credentials(
            server, shelflife_server_credentials_make(shelflife_buffer_str(&reload->kept.certificate),
                                                      shelflife_buffer_str(&reload->kept.key),
                                                      &server->config.tls, reload->kept.now, err));
    pthread_mutex_unlock(&reload->kept.lock);
    return ok;
}

static bool rebuild_certificate(struct shelflife_server *server, error *err)
{
    if (server->config.keeper)
        return rebuild_kept(server, err);
    return swap_credentials(server,
                            shelflife_server_credentials_load(&server->config.tls, shelflife_server_now(),
                                                              &server->reload.begins, err));
}

static void log_reload(struct shelflife_server *server, enum shelflife_server_reloaded what, const error *err)
{
    struct shelflife_log_line line;
    shelflife_log_begin(&line, &server->log, err ? SHELFLIFE_LOG_ERROR : SHELFLIFE_LOG_INFO,
                        err ? "reload failed; the old one stays in use" : "reloaded");
    shelflife_log_string(&line, "what", shelflife_str_of(shelflife_server_reloaded_name(what)));
    if (err)
        shelflife_log_string(&line, "error", shelflife_str_of(err->text));
    shelflife_log_end(&line);
}

static void rebuild(struct shelflife_server *server, enum shelflife_server_reloaded what)
{
    static bool (*const rebuilders[])(struct shelflife_server *, error *) = {rebuild_snapshot,
                                                                             rebuild_certificate};
    _Static_assert(COUNT(rebuilders) == SHELFLIFE_SERVER_RELOADEDS, "one for each thing that is reloaded");
    struct shelflife_server_reload *reload = &server->reload;
    error err;
    bool ok = rebuilders[what](server, &err);
    pthread_mutex_lock(&reload->lock);
    reload->failed[what] = !ok;
    if (!ok) {
        reload->why[what] = err;
        reload->failed_at[what] = shelflife_server_now();
    }
    pthread_mutex_unlock(&reload->lock);
    shelflife_server_metrics_reload(&server->metrics, what, ok);
    log_reload(server, what, ok ? NULL : &err);
}

/* A certificate that was refused since its life had not begun, as others' clocks are ahead of ours. */
static bool has_begun(const struct shelflife_server_reload *reload, enum shelflife_server_reloaded what)
{
    return what == SHELFLIFE_SERVER_RELOADED_CERTIFICATE && reload->begins &&
           shelflife_server_now() >= reload->begins;
}

void shelflife_server_reload_look(struct shelflife_server *server, bool all)
{
    for (size_t i = 0; i < SHELFLIFE_SERVER_RELOADEDS; i++) {
        enum shelflife_server_reloaded what = (enum shelflife_server_reloaded)i;
        buffer *tried = &server->reload.files[i].tried, *seen = &server->reload.files[i].seen;
        buffer print;
        shelflife_buffer_init(&print, PRINT_MAX);
        print_files(&server->config, what, &print);
        str now = shelflife_buffer_str(&print);
        bool changed = !shelflife_str_equal(now, shelflife_buffer_str(tried));
        bool settled = shelflife_str_equal(now, shelflife_buffer_str(seen));
        shelflife_buffer_free(seen);
        *seen = print;
        if (!all && !(changed && settled) && !has_begun(&server->reload, what))
            continue;
        shelflife_buffer_reset(tried);
        shelflife_buffer_append(tried, now);
        rebuild(server, what);
    }
}

bool shelflife_server_reload_failed(struct shelflife_server_reload *reload,
                                    enum shelflife_server_reloaded what, error *why, int64_t *at)
{
    pthread_mutex_lock(&reload->lock);
    bool failed = reload->failed[what];
    *why = reload->why[what];
    *at = reload->failed_at[what];
    pthread_mutex_unlock(&reload->lock);
    return failed;
}
