#include "net/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/retry.h"

enum { TICK_MS = 20 /* between checks whether the program has ended */ };

/* ---- Starting ---- */

static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, const int output[2],
                   const int errors[2], bool interactive)
{
    sigset_t none, usual;
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    int code = 0;
    /* On a terminal it stays in our process group: only the foreground group can read from the terminal. */
    if (!interactive) {
        flags |= POSIX_SPAWN_SETPGROUP;
        code |= posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    code |= posix_spawn_file_actions_adddup2(actions, output[1], STDOUT_FILENO);
    if (errors[1] >= 0)
        code |= posix_spawn_file_actions_adddup2(actions, errors[1], STDERR_FILENO);
    code |= posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    code |= posix_spawnattr_setsigmask(attributes, &none);
    code |= posix_spawnattr_setsigdefault(attributes, &usual);
    code |= posix_spawnattr_setflags(attributes, flags);
    return code;
}

static int spawn(const struct shelflife_net_child_command *command, const int output[2], const int errors[2],
                 pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions))
        return ENOMEM;
    if (posix_spawnattr_init(&attributes)) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    int code = prepare(&actions, &attributes, output, errors, command->interactive);
    if (!code)
        code = posix_spawnp(pid, command->program, &actions, &attributes, command->args, command->env);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

int shelflife_net_child_start(struct shelflife_net_child *c,
                              const struct shelflife_net_child_command *command)
{
    int output[2], errors[2] = {-1, -1};
    *c = (struct shelflife_net_child){
        .output = -1, .errors = -1, .messages = command->messages, .own_group = !command->interactive};
    if (pipe2(output, O_CLOEXEC))
        return errno;
    c->output = output[0];
    int code = c->messages && pipe2(errors, O_CLOEXEC) ? errno : 0;
    c->errors = errors[0];
    if (!code)
        code = spawn(command, output, errors, &c->pid);
    close(output[1]);
    if (errors[1] >= 0)
        close(errors[1]);
    if (code)
        c->pid = 0;
    return code;
}

/* ---- Following ---- */

void shelflife_net_child_end(struct shelflife_net_child *c)
{
    if (c->pid > 0 && !c->ended) {
        kill(c->own_group ? -c->pid : c->pid, SIGKILL);
        while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    if (c->output >= 0)
        close(c->output);
    if (c->messages && c->errors >= 0)
        close(c->errors);
}

static void check_ended(struct shelflife_net_child *c)
{
    pid_t got = waitpid(c->pid, &c->status, WNOHANG);
    /* If SIGCHLD is ignored there is no status. */
    c->ended = got == c->pid || (got < 0 && errno != EINTR);
    if (got < 0 && c->ended)
        c->status = 0;
}

/* Appends available output. */
static void read_output(int *fd, buffer *out)
{
    char chunk[8192];
    ssize_t n = read(*fd, chunk, sizeof(chunk));
    if (n > 0)
        shelflife_buffer_append(out, (str){chunk, (size_t)n});
    else if (n == 0 || errno != EINTR) {
        close(*fd);
        *fd = -1;
    }
    explicit_bzero(chunk, sizeof(chunk));
}

/* Reads what is there; returns whether there was something. */
static bool read_available(struct shelflife_net_child *c, buffer *out)
{
    struct pollfd fds[] = {{.fd = c->output, .events = POLLIN},
                           {.fd = c->messages ? c->errors : -1, .events = POLLIN}};
    if (poll(fds, COUNT(fds), c->ended ? 0 : TICK_MS) <= 0)
        return false;
    if (fds[0].revents)
        read_output(&c->output, out);
    if (fds[1].revents)
        read_output(&c->errors, c->messages);
    return true;
}

bool shelflife_net_child_follow(struct shelflife_net_child *c, uint64_t timeout_ms, const atomic_bool *cancel,
                                buffer *out, error *err)
{
    uint64_t start = shelflife_clock_now();
    for (;;) {
        bool ready = read_available(c, out);
        if (out->failed)
            return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "it printed more than %zu bytes", out->limit);
        if (!ready && c->ended)
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
