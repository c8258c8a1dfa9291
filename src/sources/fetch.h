/*
 * Downloads catalogs over HTTPS. The signature of a catalog is at the same URL with ".sig" appended to the
 * path. Redirects are followed only to HTTPS URLs; sizes and times have limits.
 */
#ifndef SHELFLIFE_SOURCES_FETCH_H
#define SHELFLIFE_SOURCES_FETCH_H

#include "net/net.h"

struct shelflife_sources_fetch {
    const char *url;
    const char *ca_file;       /* instead of the system's CAs; NULL: the system's */
    const char *etag;          /* of the copy we have, or "" or NULL: then the reply may be "not modified" */
    const char *last_modified; /* likewise */
    size_t max_bytes;          /* after decompression; 0: SHELFLIFE_SOURCES_FETCH_DEFAULT */
    const char *limit_option;  /* that sets it, for the error; NULL: none does */
    bool no_compression;       /* a compressed reply that is cut looks complete, unless it has a signature */
    unsigned total_ms;         /* for the whole download; 0: a minute */
    const atomic_bool *cancel; /* NULL: cannot be cancelled */
    /* Called before more than SHELFLIFE_SOURCES_FETCH_SMALL bytes are kept; may be called again. False ends
       the download with the error in *err. NULL: there is no other download. */
    bool (*begin_large)(void *context, error *err);
    void *context;
};

/* Bytes of a catalog, after decompression: it is not verified before it is complete. */
enum {
    SHELFLIFE_SOURCES_FETCH_SMALL = 256 << 10,
    SHELFLIFE_SOURCES_FETCH_DEFAULT = 8 << 20,
    SHELFLIFE_SOURCES_FETCH_MAX = 64 << 20,
};

/* Whether an argument is a URL, not a file. */
bool shelflife_sources_is_url(const char *text);

/* Appends what is at the URL. response->status is 200, or 304 with nothing appended; any other status is an
   error. After a failure response->transient says whether a retry makes sense. */
bool shelflife_sources_fetch(struct shelflife_net_http_client *client,
                             const struct shelflife_sources_fetch *fetch, buffer *out,
                             struct shelflife_net_http_response *response, error *err);

/* Fetches the signature of the catalog at the URL, and verifies it. `key` is a public key, PEM. */
bool shelflife_sources_fetch_verified(struct shelflife_net_http_client *client,
                                      const struct shelflife_sources_fetch *fetch, str key, str catalog,
                                      buffer *signature, struct shelflife_net_http_response *response,
                                      error *err);

#endif
