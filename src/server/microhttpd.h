/*
 * libmicrohttpd, 0.9.75 and later: what differs in 1.0 is told apart here and nowhere else.
 */
#ifndef SHELFLIFE_SERVER_MICROHTTPD_H
#define SHELFLIFE_SERVER_MICROHTTPD_H

#include <microhttpd.h>

#include "base/base.h"

#if MHD_VERSION < 0x00097500
#error "libmicrohttpd 0.9.75 or later is needed"
#endif

/* A response whose body stays the caller's, and stays as it is until the request is over. */
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

#endif
