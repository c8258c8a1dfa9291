/* Whether a request's headers leave no doubt about where the request ends. */
#ifndef SHELFLIFE_SERVER_HEADERS_H
#define SHELFLIFE_SERVER_HEADERS_H

#include <stdbool.h>

struct MHD_Connection;

/*
 * libmicrohttpd uses the first of several equal headers, and appends a folded line to the header's name.
 * False if
 * - Content-Length, Transfer-Encoding, Content-Type or Host comes twice, or a longer name begins with one;
 * - Content-Length comes beside Transfer-Encoding;
 * - Transfer-Encoding is not "chunked", or comes with HTTP/1.0;
 * - a name or value contains characters that it must not.
 */
bool shelflife_server_headers_check(struct MHD_Connection *mhd, const char *version);

#endif
