#include "net/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/retry.h"

enum { TICK_MS = 20 /* between checks whether the program has ended */ };

void shelflife_net_child_end(struct shelflife_net_child *c)
{
    if (c->pid > 0 && !c->ended) {
        kill(c->own_group ? -c->pid : c->pid, SIGKILL);
        while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    if (c->output >= 0)
        close(c->output);
}

static void check_ended(struct shelflife_net_child *c)
{
    pid_t got = waitpid(c->pid, &c->status, WNOHANG);
    /* If SIGCHLD is ignored there is no status. */
    c->ended = got == c->pid || (got < 0 && errno != EINTR);
    if (got < 0 && c->ended)
        c->status = 0;
}

/* Reads available output; false if it is too long. */
static bool read_output(struct shelflife_net_child *c, buffer *out)
{
    char chunk[8192];
    ssize_t n = read(c->output, chunk, sizeof(chunk));
    if (n > 0)
        shelflife_buffer_append(out, (str){chunk, (size_t)n});
    else if (n == 0 || errno != EINTR) {
        close(c->output);
        c->output = -1;
    }
    explicit_bzero(chunk, sizeof(chunk));
    return !out->failed;
}

bool shelflife_net_child_follow(struct shelflife_net_child *c, uint64_t timeout_ms, const atomic_bool *cancel,
                                buffer *out, error *err)
{
    uint64_t start = shelflife_clock_now();
    for (;;) {
        struct pollfd fd = {.fd = c->output, .events = POLLIN};
        int ready = poll(&fd, 1, c->ended ? 0 : TICK_MS);
        if (ready > 0 && !read_output(c, out))
            return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "it printed more than %zu bytes", out->limit);
        if (ready <= 0 && c->ended)
            return true;
        if (!c->ended)
            check_ended(c);
        if (cancel && atomic_load(cancel))
            return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cancelled");
        if (shelflife_clock_now() - start > timeout_ms)
            return shelflife_fail(err, SHELFLIFE_ERROR_IO, "it did not finish within %ju s and was killed",
                                  (uintmax_t)(timeout_ms / 1000));
    }
}
