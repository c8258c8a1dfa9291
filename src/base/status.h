/*
 * What a part of the program reports about itself to those who operate it. The server takes one list of these
 * for /readyz?verbose and /metrics.
 */
#ifndef SHELFLIFE_BASE_STATUS_H
#define SHELFLIFE_BASE_STATUS_H

#include "base/base.h"

/* Both functions are called from the thread of the probe port, while the server runs: they may take a lock,
   but must not wait for the network. */
struct shelflife_status_provider {
    void *context;
    /* Appends lines for /readyz?verbose ("[+] …" works, "[!] …" needs attention, "[-] …" is not ready), each
       ended by a newline. Returns false to make the server not ready. NULL: always ready, without a line. */
    bool (*ready)(void *context, buffer *lines);
    /* Appends metrics (base/prometheus.h). */
    void (*write_metrics)(void *context, buffer *out);
};

#endif
