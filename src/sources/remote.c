#include "sources/remote.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wait.h"
#include "file/file.h"
#include "net/retry.h"
#include "pki/pki.h"
#include "sources/artifact.h"
#include "sources/fetch.h"
#include "sources/floor.h"
#include "sources/inventory_file.h"
#include "sources/shared.h"

enum {
    KEY_MAX = 1 << 20,
    SIGNATURE_MAX = 4096,
    FETCH_MS = 60000, /* per download */
    FIRST_RETRY_MS = 1000,
    JITTER = 10, /* a poll is up to a tenth of the interval early, so that replicas do not poll together */
    ONE_SHOT_TRIES = 3,
    ONE_SHOT_BUDGET = 20000, /* milliseconds */
    REFERENCE_MEMORY_MAX = 1 << 20,
};

/* The text of a catalog, used by the remote and by threads that read it. */
struct catalog_file {
    struct shelflife_sources_shared shared;
    buffer bytes;
};

struct remote {
    struct shelflife_sources_remotes *all;
    const char *url;
    char *cache;                                 /* a file; NULL: none */
    struct shelflife_net_http_client *client;    /* NULL: it is in a registry */
    struct shelflife_registry_client *artifacts; /* NULL: it is not */
    char etag[512], last_modified[64];           /* of the current catalog; used only by the thread. In a
           registry, etag is its digest */
    pthread_t thread;
    bool running;
    bool large; /* it is the large download; used only by the thread */
    bool tried; /* at least once; protected by the lock, like what follows */
    struct catalog_file *file;
    struct shelflife_sources_remote_status status;
};

struct shelflife_sources_remotes {
    struct shelflife_sources_remote_options options;
    shelflife_sources_remote_listener *listener;
    void *context;
    pthread_mutex_t listening; /* one call of the listener at a time */
    pthread_mutex_t lock;
    pthread_cond_t tried; /* a remote was tried */
    pthread_cond_t idle;  /* the large download has ended */
    bool busy;            /* there is one */
    struct shelflife_sources_floors floors;
    struct shelflife_registry *registry; /* NULL: all are at URLs */
    atomic_bool cancel;
    uint64_t changes;
    size_t count;
    struct remote at[];
};

static void destroy(void *object)
{
    struct catalog_file *file = object;
    shelflife_buffer_free(&file->bytes);
    free(file);
}

/* Takes over the buffer's memory. */
static struct catalog_file *new_file(buffer *bytes, error *err)
{
    struct catalog_file *file = malloc(sizeof(*file));
    if (!file) {
        shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_sources_share(file, destroy);
    file->bytes = *bytes;
    *bytes = (buffer){.limit = bytes->limit};
    return file;
}

static struct catalog_file *take_file(struct remote *r)
{
    pthread_mutex_lock(&r->all->lock);
    struct catalog_file *file = shelflife_sources_keep(r->file);
    pthread_mutex_unlock(&r->all->lock);
    return file;
}

static int64_t now(void)
{
    return shelflife_clock_system.seconds(shelflife_clock_system.context);
}

/* ---- the outcome of an attempt ---- */

/* Counts it, saves why it failed, and calls the listener. */
static void record(struct remote *r, enum shelflife_sources_remote_event event, const error *why)
{
    struct shelflife_sources_remotes *all = r->all;
    struct shelflife_sources_remote_status *s = &r->status, copy;
    pthread_mutex_lock(&all->lock);
    if (event == SHELFLIFE_SOURCES_REMOTE_NEW || event == SHELFLIFE_SOURCES_REMOTE_UNCHANGED) {
        s->confirmed_at = now();
        s->failing = s->cached = false;
    } else if (event == SHELFLIFE_SOURCES_REMOTE_FAILED && why) {
        s->failing = true;
        s->why = *why;
        s->failed_at = now();
    }
    s->fetched += event == SHELFLIFE_SOURCES_REMOTE_NEW;
    s->unchanged += event == SHELFLIFE_SOURCES_REMOTE_UNCHANGED;
    s->failed += event == SHELFLIFE_SOURCES_REMOTE_FAILED;
    copy = *s;
    pthread_mutex_unlock(&all->lock);
    pthread_mutex_lock(&all->listening);
    all->listener(all->context, &copy, event, why);
    pthread_mutex_unlock(&all->listening);
}

/* How new a file is, a catalog or an inventory. */
struct edition {
    str name;
    int64_t serial;
    shelflife_day as_of;
};

static void put_in_use(struct remote *r, struct catalog_file *file, struct edition edition, bool cached)
{
    struct shelflife_sources_remote_status *s = &r->status;
    pthread_mutex_lock(&r->all->lock);
    struct catalog_file *before = r->file;
    r->file = file;
    r->all->changes++;
    s->in_use = true;
    s->cached = cached;
    s->serial = edition.serial;
    s->as_of = edition.as_of;
    snprintf(s->name, sizeof(s->name), "%.*s", STR_PRINT(edition.name));
    pthread_mutex_unlock(&r->all->lock);
    shelflife_sources_release(before);
}

/* ---- accepting a catalog ---- */

static void cleanup_catalogs(struct shelflife_catalogs **set)
{
    shelflife_catalogs_free(*set);
}

/* Two URLs may have the same catalog, so that neither can serve an older edition than the other. */
static bool check_others(struct remote *r, const struct shelflife_catalog *catalog, error *err)
{
    struct shelflife_sources_remotes *all = r->all;
    for (size_t i = 0; i < all->count; i++) {
        struct shelflife_sources_remote_status other;
        shelflife_sources_remotes_status(all, i, &other);
        if (&all->at[i] != r && other.in_use && catalog->serial < other.serial &&
            shelflife_str_equal(catalog->name, shelflife_str_of(other.name)))
            return shelflife_fail(
                err, SHELFLIFE_ERROR_INPUT,
                "%s: the catalog \"%s\" with serial %lld is refused: serial %lld is in use from "
                "%s; publish the same edition at both",
                r->status.url, other.name, (long long)catalog->serial, (long long)other.serial, other.url);
    }
    return true;
}

/* An edition must not be older than the one in use from this URL, and must be of the same catalog. */
static bool check_current(const struct remote *r, const struct shelflife_catalog *catalog, error *err)
{
    const struct shelflife_sources_remote_status *s = &r->status;
    if (!s->in_use)
        return true;
    if (!shelflife_str_equal(catalog->name, shelflife_str_of(s->name)))
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                              "%s: contains the catalog \"%.*s\", but the one in use from this URL is \"%s\"",
                              s->url, STR_PRINT(catalog->name), s->name);
    if (catalog->serial >= s->serial)
        return true;
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                          "%s: the catalog has serial %lld, but serial %lld is already in use: "
                          "publish a newer one",
                          s->url, (long long)catalog->serial, (long long)s->serial);
}

/* A signed catalog is still refused if it is an old edition, or a different catalog. */
static bool check_succession(struct remote *r, const struct shelflife_catalog *catalog, error *err)
{
    return check_current(r, catalog, err) &&
           shelflife_sources_floors_check(&r->all->floors, catalog, r->status.url, err) &&
           check_others(r, catalog, err);
}

/* An inventory, finished. */
static struct shelflife_inventory *read_inventory(str bytes, const char *origin, error *err)
{
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    bool read = inventory ? shelflife_sources_inventory_add_bytes(inventory, bytes, origin, err)
                          : shelflife_fail_memory(err);
    if (read && shelflife_inventory_finish(inventory, err))
        return inventory;
    shelflife_inventory_free(inventory);
    return NULL;
}

static bool check_day(const struct remote *r, shelflife_day as_of, error *err)
{
    const struct shelflife_sources_remote_status *s = &r->status;
    char before[SHELFLIFE_DAY_TEXT_MAX], now_text[SHELFLIFE_DAY_TEXT_MAX];
    return !s->in_use || as_of >= s->as_of ||
           shelflife_fail(
               err, SHELFLIFE_ERROR_INPUT,
               "%s: the inventory is as of %s, but one as of %s is already in use: publish a newer "
               "one",
               s->url, shelflife_day_format(as_of, now_text), shelflife_day_format(s->as_of, before));
}

/* The same for an inventory as take_over() for a catalog. */
static bool take_over_inventory(struct remote *r, buffer *bytes, bool cached, error *err)
{
    struct edition edition = {.as_of = SHELFLIFE_DAY_NONE};
    struct shelflife_inventory *inventory = read_inventory(shelflife_buffer_str(bytes), r->status.url, err);
    if (!inventory)
        return false;
    edition.as_of = shelflife_inventory_as_of(inventory);
    shelflife_inventory_free(inventory);
    struct catalog_file *file = check_day(r, edition.as_of, err) ? new_file(bytes, err) : NULL;
    if (file)
        put_in_use(r, file, edition, cached);
    return file != NULL;
}

/* Uses the bytes, which it takes over, if they are a catalog that may replace the current one. */
static bool take_over(struct remote *r, buffer *bytes, bool cached, error *err)
{
    if (r->all->options.inventories)
        return take_over_inventory(r, bytes, cached, err);
    CLEANUP(cleanup_catalogs) struct shelflife_catalogs *set = shelflife_catalogs_new();
    if (!set)
        return shelflife_fail_memory(err);
    if (!shelflife_catalogs_add(set, shelflife_buffer_str(bytes), r->status.url, err) ||
        !shelflife_catalogs_finish(set, err) || !check_succession(r, shelflife_catalogs_at(set, 0), err))
        return false;
    const struct shelflife_catalog *catalog = shelflife_catalogs_at(set, 0);
    const struct edition edition = {catalog->name, catalog->serial, catalog->as_of};
    struct catalog_file *file = new_file(bytes, err);
    if (file)
        put_in_use(r, file, edition, cached);
    return file != NULL;
}

/* ---- the cached copy: a line with the signature, then the catalog ---- */

static bool read_key(const struct shelflife_sources_remotes *all, buffer *out, error *err)
{
    shelflife_buffer_init(out, KEY_MAX);
    return shelflife_file_read(all->options.key_file, out, err);
}

static bool read_copy(struct remote *r, error *err)
{
    buffer copy CLEANUP(shelflife_buffer_free), key CLEANUP(shelflife_buffer_free);
    buffer bytes CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&copy, r->all->options.max_bytes + SIGNATURE_MAX);
    shelflife_buffer_init(&bytes, r->all->options.max_bytes);
    if (!read_key(r->all, &key, err) || !shelflife_file_read(r->cache, &copy, err))
        return false;
    str all = shelflife_buffer_str(&copy),
        signature = shelflife_str_first(all, shelflife_str_find(all, '\n'));
    shelflife_buffer_append(&bytes, shelflife_str_after(all, signature.len + 1));
    if (bytes.failed)
        return shelflife_fail_memory(err);
    return (shelflife_pki_verify(shelflife_buffer_str(&key), shelflife_buffer_str(&bytes), signature, err) &&
            take_over(r, &bytes, true, err)) ||
           shelflife_error_prefix(err, "%s", r->cache);
}

static void write_copy(struct remote *r, str signature, str bytes)
{
    error err;
    if (!r->cache)
        return;
    buffer copy CLEANUP(shelflife_buffer_free);
    while (signature.len && signature.at[signature.len - 1] <= ' ')
        signature.len--;
    shelflife_buffer_init(&copy, SIZE_MAX);
    shelflife_buffer_append(&copy, signature);
    shelflife_buffer_byte(&copy, '\n');
    shelflife_buffer_append(&copy, bytes);
    bool ok = copy.failed ? shelflife_fail_memory(&err)
                          : shelflife_file_replace(r->cache, shelflife_buffer_str(&copy),
                                                   SHELFLIFE_FILE_NORMAL, &err);
    if (!ok)
        record(r, SHELFLIFE_SOURCES_REMOTE_NOT_CACHED, &err);
}

/* ---- one large download at a time: it is in memory before its signature is verified ---- */

static bool begin_large(void *context, error *err)
{
    struct remote *r = context;
    struct shelflife_sources_remotes *all = r->all;
    const struct timespec until = shelflife_wait_deadline(FETCH_MS);
    int code = 0;
    pthread_mutex_lock(&all->lock);
    while (!r->large && all->busy && code == 0 && !atomic_load(&all->cancel))
        code = pthread_cond_timedwait(&all->idle, &all->lock, &until);
    if (!all->busy)
        r->large = all->busy = true;
    pthread_mutex_unlock(&all->lock);
    return r->large || shelflife_fail(err, SHELFLIFE_ERROR_IO, "another large catalog is being downloaded");
}

static void end_large(struct remote *r)
{
    if (!r->large)
        return;
    pthread_mutex_lock(&r->all->lock);
    r->large = r->all->busy = false;
    pthread_cond_signal(&r->all->idle);
    pthread_mutex_unlock(&r->all->lock);
}

/* ---- fetching ---- */

static bool is_in_use(struct remote *r, str bytes)
{
    struct catalog_file *file = take_file(r);
    bool same = file && shelflife_str_equal(shelflife_buffer_str(&file->bytes), bytes);
    shelflife_sources_release(file);
    return same;
}

/* The signature of a catalog that cosign signed is one of its artifact, and cannot verify the copy alone. */
static bool fetch_artifact(struct remote *r, enum shelflife_sources_remote_event *event,
                           struct shelflife_net_http_response *response, error *err)
{
    buffer bytes CLEANUP(shelflife_buffer_free), key CLEANUP(shelflife_buffer_free);
    buffer signature CLEANUP(shelflife_buffer_free);
    struct shelflife_sources_artifact_found found;
    shelflife_buffer_init(&bytes, r->all->options.max_bytes);
    shelflife_buffer_init(&signature, SIGNATURE_MAX);
    *response = (struct shelflife_net_http_response){0};
    *event = SHELFLIFE_SOURCES_REMOTE_UNCHANGED;
    if (!read_key(r->all, &key, err))
        return false;
    const struct shelflife_sources_artifact artifact = {.client = r->artifacts,
                                                        .url = r->url,
                                                        .type = r->all->options.inventories
                                                                    ? SHELFLIFE_SOURCES_INVENTORY_TYPE
                                                                    : SHELFLIFE_SOURCES_CATALOG_TYPE,
                                                        .key = shelflife_buffer_str(&key),
                                                        .known = r->etag,
                                                        .begin = begin_large,
                                                        .context = r};
    bool ok = shelflife_sources_artifact_fetch(&artifact, &bytes, &signature, &found, err);
    response->transient = found.transient;
    if (!ok || found.unchanged)
        return ok;
    str fetched = shelflife_buffer_str(&bytes);
    if (!is_in_use(r, fetched)) {
        if (!take_over(r, &bytes, false, err))
            return false;
        *event = SHELFLIFE_SOURCES_REMOTE_NEW;
        if (found.own)
            write_copy(r, shelflife_buffer_str(&signature), fetched);
    }
    snprintf(r->etag, sizeof(r->etag), "%s", found.digest);
    return true;
}

/* One attempt. *event is its outcome, unless it failed. */
static bool fetch(struct remote *r, enum shelflife_sources_remote_event *event,
                  struct shelflife_net_http_response *response, error *err)
{
    buffer bytes CLEANUP(shelflife_buffer_free), key CLEANUP(shelflife_buffer_free);
    buffer signature CLEANUP(shelflife_buffer_free);
    const struct shelflife_sources_fetch fetch = {.url = r->url,
                                                  .ca_file = r->all->options.ca_file,
                                                  .etag = r->etag,
                                                  .last_modified = r->last_modified,
                                                  .max_bytes = r->all->options.max_bytes,
                                                  .limit_option = "--max-catalog",
                                                  .total_ms = FETCH_MS,
                                                  .cancel = &r->all->cancel,
                                                  .begin_large = begin_large,
                                                  .context = r};
    struct shelflife_net_http_response beside;
    shelflife_buffer_init(&bytes, r->all->options.max_bytes);
    shelflife_buffer_init(&signature, SIGNATURE_MAX);
    *response = (struct shelflife_net_http_response){0};
    *event = SHELFLIFE_SOURCES_REMOTE_UNCHANGED;
    if (!read_key(r->all, &key, err) || !shelflife_sources_fetch(r->client, &fetch, &bytes, response, err))
        return false;
    if (response->status == 304)
        return true;
    str fetched = shelflife_buffer_str(&bytes);
    bool same = is_in_use(r, fetched);
    if (!same) {
        if (!shelflife_sources_fetch_verified(r->client, &fetch, shelflife_buffer_str(&key), fetched,
                                              &signature, &beside, err) ||
            !take_over(r, &bytes, false, err))
            return false;
        *event = SHELFLIFE_SOURCES_REMOTE_NEW;
    }
    /* Not before: what was refused must be fetched again. */
    memcpy(r->etag, response->etag, sizeof(r->etag));
    memcpy(r->last_modified, response->last_modified, sizeof(r->last_modified));
    if (!same)
        write_copy(r, shelflife_buffer_str(&signature), fetched);
    return true;
}

static bool fetch_and_record(struct remote *r, struct shelflife_net_http_response *response, error *why)
{
    enum shelflife_sources_remote_event event;
    bool ok = (r->artifacts ? fetch_artifact : fetch)(r, &event, response, why);
    end_large(r);
    if (!ok && atomic_load(&r->all->cancel))
        return false;
    record(r, ok ? event : SHELFLIFE_SOURCES_REMOTE_FAILED, ok ? NULL : why);
    return ok;
}

/* ---- polling ---- */

static uint64_t earlier(uint64_t interval)
{
    const struct shelflife_clock *clock = &shelflife_clock_system;
    return interval - clock->random(clock->context) % (interval / JITTER + 1);
}

static void *poll_source(void *context)
{
    struct remote *r = context;
    struct shelflife_sources_remotes *all = r->all;
    const struct shelflife_clock *clock = &shelflife_clock_system;
    const uint64_t interval = all->options.interval_ms;
    struct shelflife_net_retry retry = {
        .policy = {.tries = UINT32_MAX,
                   .base = interval < FIRST_RETRY_MS ? interval : FIRST_RETRY_MS,
                   .cap = interval,
                   .budget = UINT64_MAX},
        .clock = clock};
    shelflife_net_retry_start(&retry);
    while (!atomic_load(&all->cancel)) {
        struct shelflife_net_http_response response;
        error why;
        uint64_t wait = interval;
        if (fetch_and_record(r, &response, &why)) {
            wait = earlier(interval);
            shelflife_net_retry_start(&retry);
        } else if (!shelflife_net_retry_next(&retry, response.retry_after, &wait) || wait > interval) {
            wait = interval;
        }
        pthread_mutex_lock(&all->lock);
        r->tried = true;
        pthread_cond_broadcast(&all->tried);
        pthread_mutex_unlock(&all->lock);
        clock->sleep(clock->context, wait, &all->cancel);
    }
    return NULL;
}

static bool all_tried(const struct shelflife_sources_remotes *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (!all->at[i].tried)
            return false;
    return true;
}

static void wait_until_tried(struct shelflife_sources_remotes *all, unsigned wait_ms)
{
    const struct timespec until = shelflife_wait_deadline(wait_ms);
    pthread_mutex_lock(&all->lock);
    while (!all_tried(all) && pthread_cond_timedwait(&all->tried, &all->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&all->lock);
}

static bool check_interval(unsigned interval_ms, error *err)
{
    return (interval_ms >= SHELFLIFE_SOURCES_REMOTE_INTERVAL_MIN_MS &&
            interval_ms <= SHELFLIFE_SOURCES_REMOTE_INTERVAL_MAX_MS) ||
           shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                          "catalogs cannot be polled every %u ms: the limits are %d and %d ms", interval_ms,
                          SHELFLIFE_SOURCES_REMOTE_INTERVAL_MIN_MS, SHELFLIFE_SOURCES_REMOTE_INTERVAL_MAX_MS);
}

bool shelflife_sources_remotes_start(struct shelflife_sources_remotes *all, unsigned wait_ms, error *err)
{
    sigset_t everything, before;
    int code = 0;
    if (!check_interval(all->options.interval_ms, err))
        return false;
    /* Signals must reach the thread that waits for them. */
    sigfillset(&everything);
    pthread_sigmask(SIG_BLOCK, &everything, &before);
    for (size_t i = 0; code == 0 && i < all->count; i++) {
        code = pthread_create(&all->at[i].thread, NULL, poll_source, &all->at[i]);
        all->at[i].running = code == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code)
        return shelflife_fail(err, SHELFLIFE_ERROR_MEMORY, "cannot start a thread: %s", strerror(code));
    wait_until_tried(all, wait_ms);
    return true;
}

bool shelflife_sources_remotes_fetch(struct shelflife_sources_remotes *all, error *err)
{
    for (size_t i = 0; i < all->count; i++) {
        struct remote *r = &all->at[i];
        struct shelflife_net_retry retry = {.policy = {.tries = ONE_SHOT_TRIES, .budget = ONE_SHOT_BUDGET},
                                            .clock = &shelflife_clock_system};
        struct shelflife_net_http_response response;
        error why;
        bool ok;
        shelflife_net_retry_start(&retry);
        while (!(ok = fetch_and_record(r, &response, &why)) && response.transient &&
               shelflife_net_retry_wait(&retry, response.retry_after, &all->cancel))
            ;
        if (ok || r->status.in_use)
            continue;
        if (err)
            *err = why;
        return false;
    }
    return true;
}

/* ---- all of them ---- */

static bool name_copy(struct remote *r, error *err)
{
    const char *folder = r->all->options.cache_dir;
    char hash[SHELFLIFE_PKI_SHA256_TEXT_MAX];
    str url = shelflife_str_of(r->url);
    if (!folder)
        return true;
    if (!shelflife_pki_sha256(&url, 1, hash, err))
        return false;
    if (asprintf(&r->cache, "%s/%s.signed", folder, hash) >= 0)
        return true;
    r->cache = NULL;
    return shelflife_fail_memory(err);
}

/* The registries are opened for the first that is in one. */
static bool open_artifacts(struct remote *r, error *err)
{
    struct shelflife_sources_remotes *all = r->all;
    CLEANUP(shelflife_arena_free) arena memory;
    struct shelflife_reference reference;
    shelflife_arena_init(&memory, REFERENCE_MEMORY_MAX);
    if (!shelflife_sources_artifact_parse(r->url, &memory, &reference, err))
        return false;
    if (!all->registry) {
        struct shelflife_registry_options options = all->options.registry;
        options.total_ms = FETCH_MS;
        options.cancel = &all->cancel;
        all->registry = shelflife_registry_open(&options, err);
    }
    r->artifacts = all->registry ? shelflife_registry_client_new(all->registry, err) : NULL;
    return r->artifacts != NULL;
}

static bool open_client(struct remote *r, error *err)
{
    if (shelflife_sources_is_artifact(r->url))
        return open_artifacts(r, err);
    r->client = shelflife_net_http_client_new(err);
    return r->client != NULL;
}

static bool prepare(struct remote *r, error *err)
{
    error why;
    if (!open_client(r, err) || !name_copy(r, err))
        return false;
    if (!r->cache || access(r->cache, F_OK) != 0)
        return true;
    if (read_copy(r, &why))
        record(r, SHELFLIFE_SOURCES_REMOTE_CACHED, NULL);
    else
        record(r, SHELFLIFE_SOURCES_REMOTE_NOT_CACHED, &why);
    return true;
}

static bool check_options(const struct shelflife_sources_remotes *all, error *err)
{
    const struct shelflife_sources_remote_options *o = &all->options;
    buffer key CLEANUP(shelflife_buffer_free);
    bool readable = read_key(all, &key, err);
    if (!readable)
        return false;
    if (o->cache_dir && mkdir(o->cache_dir, 0755) != 0 && errno != EEXIST)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot create the directory %s: %s", o->cache_dir,
                              strerror(errno));
    return true;
}

struct shelflife_sources_remotes *shelflife_sources_remotes_new(
    const char *const *urls, size_t count, const struct shelflife_sources_remote_options *options,
    shelflife_sources_remote_listener *listener, void *context, error *err)
{
    struct shelflife_sources_remotes *all = calloc(1, sizeof(*all) + count * sizeof(all->at[0]));
    if (!all) {
        shelflife_fail_memory(err);
        return NULL;
    }
    all->options = *options;
    if (options->inventories)
        all->options.max_bytes = SHELFLIFE_SOURCES_FETCH_MAX;
    else if (!all->options.max_bytes)
        all->options.max_bytes = SHELFLIFE_SOURCES_FETCH_DEFAULT;
    all->listener = listener;
    all->context = context;
    pthread_mutex_init(&all->lock, NULL);
    pthread_mutex_init(&all->listening, NULL);
    shelflife_wait_init(&all->tried);
    shelflife_wait_init(&all->idle);
    bool ok = check_options(all, err) && shelflife_sources_floors_init(&all->floors, options->min_serials,
                                                                       options->min_serial_count, err);
    for (size_t i = 0; ok && i < count; i++) {
        struct remote *r = &all->at[all->count++];
        r->all = all;
        r->url = urls[i];
        r->status.as_of = SHELFLIFE_DAY_NONE;
        r->status.inventory = options->inventories;
        shelflife_net_url_shown(r->url, r->status.url);
        ok = prepare(r, err);
    }
    if (ok)
        return all;
    shelflife_sources_remotes_free(all);
    return NULL;
}

/* Of two URLs with the same catalog, the newer edition counts. */
static bool is_outdone(struct shelflife_sources_remotes *all, size_t i)
{
    struct shelflife_sources_remote_status own, other;
    shelflife_sources_remotes_status(all, i, &own);
    for (size_t k = 0; k < all->count; k++) {
        shelflife_sources_remotes_status(all, k, &other);
        if (other.in_use && other.serial > own.serial && strcmp(other.name, own.name) == 0)
            return true;
    }
    return false;
}

bool shelflife_sources_remotes_add(struct shelflife_sources_remotes *all, struct shelflife_catalogs *set,
                                   error *err)
{
    for (size_t i = 0; i < all->count; i++) {
        struct catalog_file *file = take_file(&all->at[i]);
        bool ok = !file || is_outdone(all, i) ||
                  shelflife_catalogs_add(set, shelflife_buffer_str(&file->bytes), all->at[i].status.url, err);
        shelflife_sources_release(file);
        if (!ok)
            return false;
    }
    return true;
}

static bool merge_file(const struct remote *r, const struct catalog_file *file,
                       struct shelflife_inventory *into, error *err)
{
    struct shelflife_inventory *one = read_inventory(shelflife_buffer_str(&file->bytes), r->status.url, err);
    bool ok = one && shelflife_inventory_merge(into, one, err);
    shelflife_inventory_free(one);
    return ok;
}

bool shelflife_sources_remotes_merge(struct shelflife_sources_remotes *all, struct shelflife_inventory *into,
                                     error *err)
{
    for (size_t i = 0; i < all->count; i++) {
        struct catalog_file *file = take_file(&all->at[i]);
        bool ok = !file || merge_file(&all->at[i], file, into, err);
        shelflife_sources_release(file);
        if (!ok)
            return false;
    }
    return true;
}

uint64_t shelflife_sources_remotes_changes(struct shelflife_sources_remotes *all)
{
    pthread_mutex_lock(&all->lock);
    uint64_t changes = all->changes;
    pthread_mutex_unlock(&all->lock);
    return changes;
}

size_t shelflife_sources_remotes_count(const struct shelflife_sources_remotes *all)
{
    return all->count;
}

void shelflife_sources_remotes_status(struct shelflife_sources_remotes *all, size_t i,
                                      struct shelflife_sources_remote_status *out)
{
    pthread_mutex_lock(&all->lock);
    *out = all->at[i].status;
    pthread_mutex_unlock(&all->lock);
}

void shelflife_sources_remotes_free(struct shelflife_sources_remotes *all)
{
    if (!all)
        return;
    atomic_store(&all->cancel, true);
    pthread_mutex_lock(&all->lock);
    pthread_cond_broadcast(&all->idle);
    pthread_mutex_unlock(&all->lock);
    for (size_t i = 0; i < all->count; i++) {
        struct remote *r = &all->at[i];
        if (r->running)
            pthread_join(r->thread, NULL);
        shelflife_net_http_client_free(r->client);
        shelflife_registry_client_free(r->artifacts);
        shelflife_sources_release(r->file);
        free(r->cache);
    }
    shelflife_registry_close(all->registry);
    shelflife_sources_floors_free(&all->floors);
    pthread_cond_destroy(&all->idle);
    pthread_cond_destroy(&all->tried);
    pthread_mutex_destroy(&all->listening);
    pthread_mutex_destroy(&all->lock);
    free(all);
}
