#include "server/dependencies.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>

struct shelflife_dependency shelflife_server_http_dependency(void)
{
    return (struct shelflife_dependency){"libmicrohttpd", LIBMICROHTTPD_VERSION, MHD_get_version()};
}

struct shelflife_dependency shelflife_server_tls_dependency(void)
{
    return (struct shelflife_dependency){"GnuTLS", GNUTLS_VERSION, gnutls_check_version(NULL)};
}
