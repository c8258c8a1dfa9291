/*
 * libmicrohttpd, 0.9.75 and later. Differences of 1.0 are handled here and nowhere else.
 */
#ifndef SHELFLIFE_SERVER_MICROHTTPD_H
#define SHELFLIFE_SERVER_MICROHTTPD_H

#include <microhttpd.h>

#include "server/connection.h"

#if MHD_VERSION < 0x00097500
#error "libmicrohttpd 0.9.75 or later is needed"
#endif

/* Of a daemon's threads; only the pages that are touched cost memory. */
enum { SHELFLIFE_SERVER_STACK_BYTES = 512 << 10 };

/* A response whose body belongs to the caller, and does not change until the request has ended. */
static inline struct MHD_Response *shelflife_server_response_borrowed(str body)
{
#if MHD_VERSION >= 0x01000000
    return MHD_create_response_from_buffer_static(body.len, body.at);
#else
    void *at;
    memcpy(&at, &body.at, sizeof(at)); /* it is only read, but 0.9 asks for a void * */
    return MHD_create_response_from_buffer(body.len, at, MHD_RESPMEM_PERSISTENT);
#endif
}

/* Counts an error of the transport, and logs it unless too many lines were logged this second. */
void shelflife_server_transport_report(const struct shelflife_server_connections *connections,
                                       const char *message, str detail);

/* Reports what libmicrohttpd logs. The context is the daemon's list of connections. */
void shelflife_server_transport_log(void *connections, const char *format, va_list args)
    SHELFLIFE_PRINTF(2, 0);

#endif
