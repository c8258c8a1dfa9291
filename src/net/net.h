/*
 * An HTTP client over libcurl. It sends one request at a time, passes on the body as it arrives, and limits
 * everything. HTTPS only, unless the caller allows HTTP; a redirect never leaves HTTPS.
 *
 * Error kinds: IO if the peer could not be reached or the connection broke, LIMIT if it sent too much, INPUT
 * if it did not speak HTTP, USAGE if the URL or the caller's certificates are wrong. Texts begin with the
 * URL, without user, password and query, which may contain secrets.
 */
#ifndef SHELFLIFE_NET_NET_H
#define SHELFLIFE_NET_NET_H

#include <stdatomic.h>

#include "base/base.h"
#include "base/dependency.h"
#include "net/url.h"

/*
 * Process-wide initialization, to be called once by the main program, before it starts threads and after
 * they have ended. Between the two calls, everything here may be used from any thread.
 */
bool shelflife_net_start(error *err);
void shelflife_net_stop(void);

/*
 * Keeps connections open between requests. One thread at a time may use a client; concurrent threads need one
 * each. NULL without memory.
 */
struct shelflife_net_http_client;
struct shelflife_net_http_client *shelflife_net_http_client_new(error *err);
void shelflife_net_http_client_free(struct shelflife_net_http_client *client); /* NULL is fine */

/*
 * How to reach a peer, and which one to trust. All zero is the default: HTTPS, the system's CAs, no client
 * certificate, the proxy of HTTPS_PROXY and NO_PROXY (never for loopback). Strings are borrowed for the
 * request. Paths name PEM files, which must be regular files and are read again for each new connection.
 */
struct shelflife_net_http_peer {
    const char *ca_file; /* instead of the system's CAs */
    str ca_pem;          /* the same from memory; overrides ca_file */
    const char *certificate_file, *key_file;
    str certificate_pem, key_pem; /* override the files */
    const char *server_name;      /* the name to send as SNI and verify, instead of the URL's host */
    const char *proxy; /* "http://proxy:3128", "socks5://…"; "": none, whatever the environment */
    bool insecure;     /* accept any certificate */
    bool allow_http;   /* accept http:// URLs, too */
};

/* 0 means the default in brackets, except for `redirects`. */
struct shelflife_net_http_limits {
    uint64_t body_bytes;        /* of the body, after decompression [64 MiB] */
    unsigned connect_ms;        /* for name resolution, connect and TLS handshake [10 s] */
    unsigned total_ms;          /* for everything [5 min] */
    unsigned slow_bytes_second; /* a lower rate than this … [100] */
    unsigned slow_seconds;      /* … for this long ends the request [30 s] */
    unsigned redirects;         /* how many to follow; for GET, and to HTTPS only [none] */
};

enum shelflife_net_http_method {
    SHELFLIFE_NET_HTTP_GET,
    SHELFLIFE_NET_HTTP_POST,
    SHELFLIFE_NET_HTTP_PUT,
    SHELFLIFE_NET_HTTP_PATCH,
    SHELFLIFE_NET_HTTP_DELETE,
    SHELFLIFE_NET_HTTP_HEAD,
};
const char *shelflife_net_http_method_name(enum shelflife_net_http_method method); /* "GET" */

struct shelflife_net_http_header {
    const char *name;
    str value; /* control characters are refused, as USAGE */
};

/*
 * The response. A header field that is absent, or longer than its array, is the empty string; the arrays are
 * larger than any valid value.
 */
struct shelflife_net_http_response {
    int status; /* 200; 0: no response */
    char etag[512];
    char last_modified[64];
    char content_type[128];
    char retry_after[64];
    char location[1024];
    char date[64];
    enum shelflife_net_place place; /* of the address that answered; ELSEWHERE if a proxy was used */
    /* After a failure: the same request may succeed later. */
    bool transient;
};

/* Receives bytes of the body, whatever the status; *response has the status and all fields by then. False
   ends the request with the error in *err. */
typedef bool shelflife_net_http_sink(void *context, const struct shelflife_net_http_response *response,
                                     str bytes, error *err);

struct shelflife_net_http_request {
    enum shelflife_net_http_method method;
    const char *url;
    const struct shelflife_net_http_peer *peer; /* NULL: all zero */
    const struct shelflife_net_http_header *headers;
    size_t header_count;
    const char *bearer_token;    /* NULL: none. Not sent to another host after a redirect */
    const char *user, *password; /* NULL: none */
    str body;
    const char *content_type; /* of the body */
    bool no_compression;      /* do not offer gzip and deflate */
    /* Places (their values added up) that are not connected to, whatever the name of the host is. What a
       proxy resolves a name to is not known here. */
    unsigned refused_places;
    buffer *header_lines; /* set to the response's header fields; NULL: not wanted */
    struct shelflife_net_http_limits limits;
    const atomic_bool *cancel;     /* ends the request within a second when true; NULL: never */
    shelflife_net_http_sink *sink; /* NULL: the body is discarded */
    void *context;
};

/*
 * Sends the request. *response is cleared first, so the request must not borrow from it. True if a complete
 * response arrived, whatever its status. Whether a gzip stream is complete is left to the reader of its
 * content.
 */
bool shelflife_net_http_perform(struct shelflife_net_http_client *client,
                                const struct shelflife_net_http_request *request,
                                struct shelflife_net_http_response *response, error *err);

/* Takes the next field of this name (in lower case) from the lines that a request collected; fields of a name
   may be repeated. *lines is what follows. */
bool shelflife_net_http_next_field(str *lines, const char *name, str *value);

/* A sink that appends to a buffer, its context. LIMIT beyond the buffer's limit. */
shelflife_net_http_sink shelflife_net_http_collect;

/* 429, 500, 502, 503 and 504: the same request may succeed later. */
bool shelflife_net_http_status_transient(int status);

/* The version of libcurl. */
struct shelflife_dependency shelflife_net_dependency(void);

#endif
