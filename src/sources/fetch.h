/*
 * Catalogs by HTTPS. A catalog's signature is beside it, at the same URL with ".sig" behind the path. No
 * redirect is followed to anything but HTTPS; sizes and times have limits.
 */
#ifndef SHELFLIFE_TOOLS_FETCH_H
#define SHELFLIFE_TOOLS_FETCH_H

#include "net/net.h"

struct shelflife_sources_fetch {
    const char *url;
    const char *ca_file;       /* instead of the system's CAs; NULL: those */
    const char *etag;          /* of the copy that is there, or "" or NULL: asks whether there is another */
    const char *last_modified; /* likewise */
    unsigned total_ms;         /* for everything; 0: a minute */
    const atomic_bool *cancel; /* NULL: never */
};

enum { SHELFLIFE_SOURCES_FETCH_MAX = 64 << 20 /* bytes of a catalog, after decompression */ };

/* Whether an argument that may be a file is a URL. */
bool shelflife_sources_is_url(const char *text);

/* Appends what is at the URL. *response tells 200, or 304 with nothing appended; any other status is an
   error. After a failure response->transient says whether it is worth asking again. */
bool shelflife_sources_fetch(struct shelflife_http_client *client,
                             const struct shelflife_sources_fetch *fetch, buffer *out,
                             struct shelflife_http_response *response, error *err);

/* Fetches the signature of the catalog at the URL, and verifies it. `key` is a public key, PEM. */
bool shelflife_sources_fetch_verified(struct shelflife_http_client *client,
                                      const struct shelflife_sources_fetch *fetch, str key, str catalog,
                                      buffer *signature, struct shelflife_http_response *response,
                                      error *err);

#endif
