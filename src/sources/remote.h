/*
 * Catalogs that live at HTTPS URLs. Each is taken only if it is signed by the configured key, is a catalog,
 * and is not older (by its serial) than the one of its name in use; else the one in use stays. The last good
 * copy is kept in a folder, with its signature, and stands in when the source is away at the start; it also
 * remembers the serial, so that no restart lets an old one in.
 *
 *     remotes = shelflife_sources_remotes_new(&options, listener, context, &err);
 *     shelflife_sources_remotes_start(remotes, 10000, &err);     a thread for each polls from here on
 *     shelflife_sources_remotes_add(remotes, catalogs, &err);    what there is now, at any time
 *     shelflife_sources_remotes_free(remotes);
 */
#ifndef SHELFLIFE_TOOLS_REMOTE_H
#define SHELFLIFE_TOOLS_REMOTE_H

#include "base/base.h"
#include "net/url.h"
#include "shelflife/catalog.h"

/* Everything is borrowed. */
struct shelflife_sources_remote_options {
    const char *const *urls;
    size_t url_count;
    const char *key_file;  /* the public key, PEM; read again each time, so that it can be replaced */
    const char *ca_file;   /* NULL: the system's CAs */
    const char *cache_dir; /* made if it is not there; NULL: no copies are kept */
    unsigned interval_ms;  /* between polls; after failures it starts shorter and grows up to this */
};

enum shelflife_sources_remote_event {
    SHELFLIFE_SOURCES_REMOTE_NEW,       /* another edition is in use */
    SHELFLIFE_SOURCES_REMOTE_UNCHANGED, /* the source was asked, and has no other */
    SHELFLIFE_SOURCES_REMOTE_FAILED,    /* what is in use stays */
    SHELFLIFE_SOURCES_REMOTE_CACHED,    /* the copy kept on disk is in use, for now */
    SHELFLIFE_SOURCES_REMOTE_NOT_KEPT,  /* the copy could not be written, or not be read */
};

/* One remote catalog as it stands. */
struct shelflife_sources_remote_status {
    char url[SHELFLIFE_URL_SHOWN_MAX]; /* without what may be secret in it */
    bool in_use;                       /* there is one, of … */
    char name[129];
    int64_t serial;
    shelflife_day as_of;
    bool cached;          /* it is from the disk, and the source has not been reached since */
    int64_t confirmed_at; /* when the source last said so, seconds since the epoch; 0: never */
    bool failing;         /* the last attempt failed: … */
    error why;
    int64_t failed_at;
    uint64_t fetched, unchanged, failed; /* attempts, by what came of them */
};

/* Called from any of the threads, one call at a time. */
typedef void shelflife_sources_remote_listener(void *context,
                                               const struct shelflife_sources_remote_status *status,
                                               enum shelflife_sources_remote_event event, const error *why);

struct shelflife_remotes;

/* Reads the copies on disk. Fails only for the key, the folder or memory; a listener hears of the rest. */
struct shelflife_remotes *shelflife_sources_remotes_new(
    const struct shelflife_sources_remote_options *options, shelflife_sources_remote_listener *listener,
    void *context, error *err);

/* Asks each source once, in the calling thread, with a few tries. False if one has neither a source that
   answers nor a copy. For programs that do their work and end. */
bool shelflife_sources_remotes_fetch(struct shelflife_remotes *all, error *err);

/* Starts polling, and waits until each source has been asked once, but at most so long. */
bool shelflife_sources_remotes_start(struct shelflife_remotes *all, unsigned wait_ms, error *err);

/* Adds the catalogs that are there to a set. */
bool shelflife_sources_remotes_add(struct shelflife_remotes *all, struct shelflife_catalogs *set, error *err);

/* Another number after each change of what shelflife_sources_remotes_add() would add. */
uint64_t shelflife_sources_remotes_edition(struct shelflife_remotes *all);

size_t shelflife_sources_remotes_count(const struct shelflife_remotes *all);
void shelflife_sources_remotes_status(struct shelflife_remotes *all, size_t i,
                                      struct shelflife_sources_remote_status *out);

/* Ends polling, within a second or so. NULL is fine. */
void shelflife_sources_remotes_free(struct shelflife_remotes *all);

#endif
