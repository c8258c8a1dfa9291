/*
 * Catalogs at HTTPS URLs, and in container registries (oci://…; see artifact.h); and inventories
 * there, by the same rules, with the asOf day in place of the serial. A catalog is accepted only
 * if it is signed with the configured key, is valid, has the same name as the current one, and does not have
 * a lower serial than the current one, the same catalog from another URL, the built-in one, or than is
 * configured; otherwise the current one stays in use. Until the signature is verified nothing is parsed, and
 * of all downloads together only one is larger than SHELFLIFE_SOURCES_FETCH_SMALL. The last accepted catalog
 * is saved in a cache folder with its signature. It is used until the URL can be reached, also after a
 * restart, and its serial keeps older catalogs out.
 *
 *     remotes = shelflife_sources_remotes_new(urls, count, &options, listener, context, &err);
 *     shelflife_sources_remotes_start(remotes, 10000, &err);     starts a polling thread for each
 *     shelflife_sources_remotes_add(remotes, catalogs, &err);    the current catalogs, at any time
 *     shelflife_sources_remotes_free(remotes);
 */
#ifndef SHELFLIFE_SOURCES_REMOTE_H
#define SHELFLIFE_SOURCES_REMOTE_H

#include "base/base.h"
#include "net/url.h"
#include "registry/registry.h"
#include "shelflife/catalog.h"
#include "shelflife/inventory.h"

/* Limits of the time between polls. */
enum {
    SHELFLIFE_SOURCES_REMOTE_INTERVAL_MIN_MS = 100,
    SHELFLIFE_SOURCES_REMOTE_INTERVAL_MAX_MS = 24 * 3600 * 1000,
};

/* Everything is borrowed. */
struct shelflife_sources_remote_options {
    const char *key_file;  /* the public key, PEM; read each time, so that it can be replaced */
    const char *ca_file;   /* NULL: the system's CAs */
    const char *cache_dir; /* created if it does not exist; NULL: no cache */
    size_t max_bytes;      /* of a catalog, after decompression; 0: SHELFLIFE_SOURCES_FETCH_DEFAULT */
    const char *const *min_serials; /* each "NAME=SERIAL": the lowest serial of the catalog of that name */
    size_t min_serial_count;
    /* For what is in registries; total_ms and cancel are not used. */
    struct shelflife_registry_options registry;
    bool inventories;     /* they are inventories, in registries; min_serials and max_bytes are not used */
    unsigned interval_ms; /* between polls, for shelflife_sources_remotes_start(); after a failure the
                             first one comes sooner */
};

enum shelflife_sources_remote_event {
    SHELFLIFE_SOURCES_REMOTE_NEW,        /* a new catalog is in use */
    SHELFLIFE_SOURCES_REMOTE_UNCHANGED,  /* the URL still has the current catalog */
    SHELFLIFE_SOURCES_REMOTE_FAILED,     /* the current catalog stays in use */
    SHELFLIFE_SOURCES_REMOTE_CACHED,     /* the cached catalog is in use until the URL has been reached */
    SHELFLIFE_SOURCES_REMOTE_NOT_CACHED, /* the cached copy could not be written, or could not be read */
};

/* The state of one remote catalog. */
struct shelflife_sources_remote_status {
    bool inventory;                        /* it is an inventory; `name` and `serial` are not set */
    char url[SHELFLIFE_NET_URL_SHOWN_MAX]; /* without parts that may be secret */
    bool in_use;                           /* there is a catalog, described by what follows */
    char name[129];
    int64_t serial;
    shelflife_day as_of;
    bool cached;          /* it is from the cache, and the URL has not been reached since */
    int64_t confirmed_at; /* when the URL last had this catalog, in seconds since the epoch; 0: never */
    bool failing;         /* the last attempt failed, as described by what follows */
    error why;
    int64_t failed_at;
    uint64_t fetched, unchanged, failed; /* number of attempts by outcome */
};

/* Called from any of the threads, never by two at once. */
typedef void shelflife_sources_remote_listener(void *context,
                                               const struct shelflife_sources_remote_status *status,
                                               enum shelflife_sources_remote_event event, const error *why);

struct shelflife_sources_remotes;

/* Reads the cached copies. Fails only for the key, the cache folder or memory; other failures are reported to
   the listener. The URLs are borrowed. */
struct shelflife_sources_remotes *shelflife_sources_remotes_new(
    const char *const *urls, size_t count, const struct shelflife_sources_remote_options *options,
    shelflife_sources_remote_listener *listener, void *context, error *err);

/* Fetches each catalog once in the calling thread, with a few retries. Fails if a URL cannot be used and has
   no cached copy. For commands. */
bool shelflife_sources_remotes_fetch(struct shelflife_sources_remotes *all, error *err);

/* Starts polling, and waits until each URL has been tried once, but not longer than `wait_ms`. Fails if the
   interval is outside its limits, or for memory or threads. */
bool shelflife_sources_remotes_start(struct shelflife_sources_remotes *all, unsigned wait_ms, error *err);

/* Adds the current catalogs to a set. */
bool shelflife_sources_remotes_add(struct shelflife_sources_remotes *all, struct shelflife_catalogs *set,
                                   error *err);

/* Adds the current inventories to one that is not finished. */
bool shelflife_sources_remotes_merge(struct shelflife_sources_remotes *all, struct shelflife_inventory *into,
                                     error *err);

/* A number that changes whenever these would add something else. */
uint64_t shelflife_sources_remotes_changes(struct shelflife_sources_remotes *all);

size_t shelflife_sources_remotes_count(const struct shelflife_sources_remotes *all);
void shelflife_sources_remotes_status(struct shelflife_sources_remotes *all, size_t i,
                                      struct shelflife_sources_remote_status *out);

/* Stops polling, which takes up to a second. NULL is fine. */
void shelflife_sources_remotes_free(struct shelflife_sources_remotes *all);

#endif
