/*
 * An HTTP client over libcurl: one request at a time, the body handed on as it arrives, nothing without a
 * limit. HTTPS only, unless the caller says otherwise; a redirect never leaves HTTPS.
 *
 * Error kinds: IO when the peer could not be reached or broke off, LIMIT when it sent too much, INPUT when
 * what it sent is no HTTP, USAGE when the URL or the caller's certificates are wrong. Texts begin with the
 * URL, without user, password and query, which may hold secrets.
 */
#ifndef SHELFLIFE_NET_NET_H
#define SHELFLIFE_NET_NET_H

#include <stdatomic.h>

#include "base/base.h"

/*
 * The process-wide part: once, before any thread, by whoever has main(); the end likewise. Between them
 * everything here may be used from any thread.
 */
bool shelflife_net_start(error *err);
void shelflife_net_stop(void);

/*
 * Holds connections open between requests. One thread at a time may use a client; threads that want to
 * fetch side by side have one each. NULL without memory.
 */
struct shelflife_http_client;
struct shelflife_http_client *shelflife_http_client_new(error *err);
void shelflife_http_client_free(struct shelflife_http_client *client); /* NULL is fine */

/*
 * How a peer is reached and whom to trust. All zero is the usual: HTTPS, the system's CAs, no certificate
 * of our own, a proxy if HTTPS_PROXY and NO_PROXY say so (never for loopback). Strings are borrowed for the
 * request; paths are of PEM files, regular ones, which are read again for each new connection.
 */
struct shelflife_http_peer {
    const char *ca_file; /* instead of the system's CAs */
    str ca_pem;          /* the same from memory; wins over ca_file */
    const char *certificate_file, *key_file;
    str certificate_pem, key_pem; /* win over the files */
    const char *server_name; /* what the certificate must name and SNI tells, instead of the URL's host */
    const char *proxy;       /* "http://proxy:3128", "socks5://…"; "": none whatever the environment says */
    bool insecure;           /* takes any certificate */
    bool allow_http;         /* takes plain http:// URLs too */
};

/* 0 means the default in brackets, for all but `redirects`. */
struct shelflife_http_limits {
    uint64_t body_bytes;        /* of the body, after decompression [64 MiB] */
    unsigned connect_ms;        /* to resolve, connect and shake hands [10 s] */
    unsigned total_ms;          /* for everything [5 min] */
    unsigned slow_bytes_second; /* fewer than these a second … [100] */
    unsigned slow_seconds;      /* … for so long end the request; so does silence [30 s] */
    unsigned redirects;         /* how many to follow; only of GET, only to HTTPS [none] */
};

enum shelflife_http_method {
    SHELFLIFE_HTTP_GET,
    SHELFLIFE_HTTP_POST,
    SHELFLIFE_HTTP_PUT,
    SHELFLIFE_HTTP_PATCH,
    SHELFLIFE_HTTP_DELETE,
};
const char *shelflife_http_method_name(enum shelflife_http_method method); /* "GET" */

struct shelflife_http_header {
    const char *name;
    str value; /* without control characters: others are refused, as USAGE */
};

/*
 * What came back. A header field that is absent, or longer than its place, is the empty string; no server
 * that keeps to the specifications comes near.
 */
struct shelflife_http_response {
    int status; /* 200; 0: none came */
    char etag[512];
    char last_modified[64];
    char content_type[128];
    char retry_after[64];
    char location[1024];
    char date[64];
    /* After a failure: the same request may succeed a little later, for nothing is wrong with it. */
    bool transient;
};

/* Takes bytes of the body, whatever the status; response has the status and all fields by then. False ends
   the request, with the error left in *err as its own. */
typedef bool shelflife_http_sink(void *context, const struct shelflife_http_response *response, str bytes,
                                 error *err);

struct shelflife_http_request {
    enum shelflife_http_method method;
    const char *url;
    const struct shelflife_http_peer *peer; /* NULL: all zero */
    const struct shelflife_http_header *headers;
    size_t header_count;
    const char *bearer_token;    /* NULL: none. Not sent on to another host by a redirect */
    const char *user, *password; /* NULL: none */
    str body;
    const char *content_type; /* of the body */
    bool no_compression;      /* do not offer gzip and deflate */
    struct shelflife_http_limits limits;
    const atomic_bool *cancel; /* ends the request within a second when true; NULL: never */
    shelflife_http_sink *sink; /* NULL: the body is dropped */
    void *context;
};

/*
 * Does the request. *response is emptied first: the request must not borrow from it. True if an answer came
 * whole, whatever its status. That a gzip stream is whole is left to whoever reads what is in it.
 */
bool shelflife_http_perform(struct shelflife_http_client *client,
                            const struct shelflife_http_request *request,
                            struct shelflife_http_response *response, error *err);

/* A sink that collects into a buffer, its context; LIMIT once the buffer's own limit is reached. */
shelflife_http_sink shelflife_http_collect;

/* 429 and what tells of a server in trouble: 500, 502, 503, 504. */
bool shelflife_http_status_transient(int status);

#endif
