/* Listening sockets, and the addresses to bind them to. */
#ifndef SHELFLIFE_SERVER_LISTEN_H
#define SHELFLIFE_SERVER_LISTEN_H

#include "base/base.h"

/* Splits "0.0.0.0:8443", "[::]:8443", "localhost:8443" or ":8443" (an empty host: all IPv6 and
   IPv4 addresses). The host points into `address`. */
bool shelflife_server_listen_parse(const char *address, str *host, uint16_t *port,
                                   error *err) SHELFLIFE_MUST_CHECK;

/* Binds and listens; port 0 takes any free port. Returns the socket, and the port in *port; -1 and *err on
   failure. */
int shelflife_server_listen(const char *address, uint16_t *port, error *err);

#endif
