#include "server/microhttpd.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

/* When accept() fails, for example for lack of descriptors, libmicrohttpd calls it again at once, and would
   keep a core busy until one is free. This is the only place in its loop where we can wait. */
static void slow_down(const char *format)
{
    static const char accepting[] = "Error accepting connection";
    const struct timespec wait = {0, 20000000};
    if (strncmp(format, accepting, sizeof(accepting) - 1) == 0)
        nanosleep(&wait, NULL);
}

void shelflife_server_transport_log(void *connections, const char *format, va_list args)
{
    const struct shelflife_server_connections *all = connections;
    shelflife_server_metrics_error(all->metrics, SHELFLIFE_SERVER_REASON_TRANSPORT);
    slow_down(format);
    if (!shelflife_log_peer(all->log))
        return;
    char text[512];
    int n = vsnprintf(text, sizeof(text), format, args);
    str detail = {text, n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1};
    while (detail.len && detail.at[detail.len - 1] == '\n')
        detail.len--;
    struct shelflife_log_line line;
    shelflife_log_begin(&line, all->log, SHELFLIFE_LOG_WARNING, "libmicrohttpd");
    shelflife_log_string(&line, "detail", detail);
    shelflife_log_end(&line);
}
