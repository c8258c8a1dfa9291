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

/* The ends of its standard streams, or -1. */
struct streams {
    int input[2], output[2], errors[2];
};

static void close_end(int end)
{
    if (end >= 0)
        close(end);
}

static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes,
                   const struct streams *s, const struct shelflife_net_child_command *command)
{
    sigset_t none, usual;
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    int code = 0;
    /* On a terminal it stays in our process group: only the foreground group can read from the terminal. */
    if (!command->interactive)
        flags |= POSIX_SPAWN_SETPGROUP;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    if (s->input[0] >= 0)
        code |= posix_spawn_file_actions_adddup2(actions, s->input[0], STDIN_FILENO);
    else if (!command->interactive)
        code |= posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    code |= posix_spawn_file_actions_adddup2(actions, s->output[1], STDOUT_FILENO);
    if (s->errors[1] >= 0)
        code |= posix_spawn_file_actions_adddup2(actions, s->errors[1], STDERR_FILENO);
    else if (command->quiet)
        code |= posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    code |= posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    code |= posix_spawnattr_setsigmask(attributes, &none);
    code |= posix_spawnattr_setsigdefault(attributes, &usual);
    code |= posix_spawnattr_setflags(attributes, flags);
    return code;
}

static int spawn(const struct shelflife_net_child_command *command, const struct streams *s, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions))
        return ENOMEM;
    if (posix_spawnattr_init(&attributes)) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    int code = prepare(&actions, &attributes, s, command);
    if (!code)
        code = posix_spawnp(pid, command->program, &actions, &attributes, command->args, command->env);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

/* Makes the pipes that the command needs. That of its input holds the input already. */
static int open_streams(const struct shelflife_net_child_command *command, struct streams *s)
{
    str input = command->input;
    if (input.len > SHELFLIFE_NET_CHILD_INPUT_MAX)
        return E2BIG;
    if (pipe2(s->output, O_CLOEXEC) || (command->messages && pipe2(s->errors, O_CLOEXEC)) ||
        (input.len && pipe2(s->input, O_CLOEXEC)))
        return errno;
    if (input.len && write(s->input[1], input.at, input.len) != (ssize_t)input.len)
        return EIO;
    return 0;
}

int shelflife_net_child_start(struct shelflife_net_child *c,
                              const struct shelflife_net_child_command *command)
{
    struct streams s = {{-1, -1}, {-1, -1}, {-1, -1}};
    pid_t pid = 0;
    int code = open_streams(command, &s);
    if (!code)
        code = spawn(command, &s, &pid);
    *c = (struct shelflife_net_child){.pid = code ? 0 : pid,
                                      .output = s.output[0],
                                      .errors = s.errors[0],
                                      .messages = command->messages,
                                      .own_group = !command->interactive};
    close_end(s.output[1]);
    close_end(s.errors[1]);
    close_end(s.input[0]);
    close_end(s.input[1]);
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
    close_end(c->output);
    if (c->messages)
        close_end(c->errors);
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
