#include "sources/reload.h"

void shelflife_sources_reload_init(struct shelflife_sources_reload *reload,
                                   const struct shelflife_sources_reload_target *target,
                                   struct shelflife_log *log)
{
    *reload = (struct shelflife_sources_reload){.target = *target, .log = log};
    shelflife_file_watch_init(&reload->watch);
    pthread_mutex_init(&reload->lock, NULL);
}

void shelflife_sources_reload_free(struct shelflife_sources_reload *reload)
{
    shelflife_file_watch_free(&reload->watch);
    pthread_mutex_destroy(&reload->lock);
}

static bool check(struct shelflife_sources_reload *reload)
{
    buffer fingerprint;
    shelflife_buffer_init(&fingerprint, SHELFLIFE_FILE_FINGERPRINT_MAX);
    reload->target.fingerprint(reload->target.context, &fingerprint);
    return shelflife_file_watch_check(&reload->watch, &fingerprint);
}

bool shelflife_sources_reload_first(struct shelflife_sources_reload *reload, error *err)
{
    /* Before the files are read, so that a change during that is noticed. */
    check(reload);
    shelflife_file_watch_use(&reload->watch);
    reload->built = reload->target.build(reload->target.context, err);
    return reload->built;
}

static void log_outcome(const struct shelflife_sources_reload *reload, bool built, const error *err)
{
    struct shelflife_log_line line;
    shelflife_log_begin(&line, reload->log, err ? SHELFLIFE_LOG_ERROR : SHELFLIFE_LOG_INFO,
                        !err    ? (built ? "reloaded" : "loaded")
                        : built ? "reload failed, the previous version stays in use"
                                : "loading failed, it is tried again when the files change");
    shelflife_log_string(&line, "what", shelflife_str_of(reload->target.what));
    if (err)
        shelflife_log_string(&line, "error", shelflife_str_of(err->text));
    shelflife_log_end(&line);
}

static void build(struct shelflife_sources_reload *reload)
{
    error err;
    bool ok = reload->target.build(reload->target.context, &err);
    pthread_mutex_lock(&reload->lock);
    bool built = reload->built;
    reload->built = built || ok;
    reload->failed = !ok;
    reload->counts[ok]++;
    if (!ok) {
        reload->why = err;
        reload->failed_at = time(NULL);
    }
    pthread_mutex_unlock(&reload->lock);
    log_outcome(reload, built, ok ? NULL : &err);
}

void shelflife_sources_reload_try_first(struct shelflife_sources_reload *reload)
{
    check(reload);
    shelflife_file_watch_use(&reload->watch);
    build(reload);
}

void shelflife_sources_reload_check(struct shelflife_sources_reload *reload, bool always)
{
    if (!check(reload) && !always)
        return;
    shelflife_file_watch_use(&reload->watch);
    build(reload);
}

uint64_t shelflife_sources_reload_count(struct shelflife_sources_reload *reload, bool succeeded)
{
    pthread_mutex_lock(&reload->lock);
    uint64_t count = reload->counts[succeeded];
    pthread_mutex_unlock(&reload->lock);
    return count;
}

void shelflife_sources_reload_write_status(struct shelflife_sources_reload *reload, buffer *lines)
{
    pthread_mutex_lock(&reload->lock);
    bool failed = reload->failed, built = reload->built;
    error why = reload->why;
    int64_t failed_at = reload->failed_at;
    pthread_mutex_unlock(&reload->lock);
    if (failed)
        shelflife_buffer_format(
            lines, "[!] %s of the %s failed %lld seconds ago, %s: %s\n", built ? "reload" : "loading",
            reload->target.what, (long long)(time(NULL) - failed_at),
            built ? "the previous version stays in use" : "there is none in use", why.text);
}
