/* The versions of the libraries that this room uses. */
#ifndef SHELFLIFE_SERVER_DEPENDENCIES_H
#define SHELFLIFE_SERVER_DEPENDENCIES_H

#include "base/dependency.h"

struct shelflife_dependency shelflife_server_http_dependency(void);
struct shelflife_dependency shelflife_server_tls_dependency(void);

#endif
