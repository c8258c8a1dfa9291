#include "server/microhttpd.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

/* When accept() fails on the probe port, for example for lack of descriptors, libmicrohttpd calls it again at
   once, and would keep a core busy until one is free. This is the only place in its loop where we can wait.
 */
static void slow_down(const char *format)
{
    static const char accepting[] = "Error accepting connection";
    const struct timespec wait = {0, 20000000};
    if (strncmp(format, accepting, sizeof(accepting) - 1) == 0)
        nanosleep(&wait, NULL);
}

void shelflife_server_transport_report(const struct shelflife_server_connections *connections,
                                       const char *message, str detail)
{
    shelflife_server_metrics_error(connections->metrics, SHELFLIFE_SERVER_REASON_TRANSPORT);
    if (!shelflife_log_peer(connections->log))
        return;
    struct shelflife_log_line line;
    shelflife_log_begin(&line, connections->log, SHELFLIFE_LOG_WARNING, message);
    shelflife_log_string(&line, "detail", detail);
    shelflife_log_end(&line);
}

void shelflife_server_transport_log(void *connections, const char *format, va_list args)
{
    char text[512];
    int n = vsnprintf(text, sizeof(text), format, args);
    str detail = {text, n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1};
    while (detail.len && detail.at[detail.len - 1] == '\n')
        detail.len--;
    shelflife_server_transport_report(connections, "libmicrohttpd", detail);
    slow_down(format);
}
