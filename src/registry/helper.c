#include "registry/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/ascii.h"
#include "net/child.h"
#include "json/document.h"

enum {
    OUTPUT_MAX = 1 << 20,
    SERVER_MAX = 2048, /* bytes, which a pipe always takes at once */
    NAME_MAX_LENGTH = 64,
    TIMEOUT_MS = 30000,
};

/* ---- Starting it ---- */

static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int input, int output)
{
    sigset_t none, usual;
    int code = 0;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    code |= posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO);
    code |= posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
    code |= posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    code |= posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    code |= posix_spawnattr_setsigmask(attributes, &none);
    code |= posix_spawnattr_setsigdefault(attributes, &usual);
    code |= posix_spawnattr_setflags(attributes,
                                     POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    return code;
}

static int spawn(char *program, int input, int output, pid_t *pid)
{
    char get[] = "get";
    char *args[] = {program, get, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions))
        return ENOMEM;
    if (posix_spawnattr_init(&attributes)) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    int code = prepare(&actions, &attributes, input, output);
    if (!code)
        code = posix_spawnp(pid, program, &actions, &attributes, args, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

/* A pipe that holds the server already, as it is short. */
static int open_input(const char *server, error *err)
{
    int ends[2];
    size_t size = strlen(server);
    if (size > SERVER_MAX) {
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "the name of the registry is too long");
        return -1;
    }
    if (pipe2(ends, O_CLOEXEC)) {
        shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot create a pipe: %s", strerror(errno));
        return -1;
    }
    ssize_t n = write(ends[1], server, size);
    close(ends[1]);
    if (n == (ssize_t)size)
        return ends[0];
    close(ends[0]);
    shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot write to a pipe");
    return -1;
}

static bool start(char *program, const char *server, struct shelflife_net_child *c, error *err)
{
    int ends[2], input = open_input(server, err);
    if (input < 0)
        return false;
    if (pipe2(ends, O_CLOEXEC)) {
        close(input);
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot create a pipe: %s", strerror(errno));
    }
    c->output = ends[0];
    int code = spawn(program, input, ends[1], &c->pid);
    close(ends[1]);
    close(input);
    if (!code)
        return true;
    c->pid = 0;
    return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "cannot run it: %s", strerror(code));
}

/* ---- Its output ---- */

static bool take(const struct node *root, const char *key, arena *a, str *out, error *err)
{
    struct node member;
    *out = (str){0};
    if (!shelflife_node_get(root, key, &member))
        return shelflife_node_fail(*root, err, "must have a %s", key);
    return shelflife_node_string(member, out, err) &&
           (shelflife_arena_copy(a, *out, out) || shelflife_arena_fail(a, err));
}

bool shelflife_registry_helper_read(str text, const char *program, arena *a,
                                    struct shelflife_registry_credential *out, error *err)
{
    str user, secret;
    *out = (struct shelflife_registry_credential){0};
    CLEANUP(cleanup_document)
    struct shelflife_document *d = shelflife_document_read_secret(text, program, err);
    if (!d)
        return false;
    struct node root = shelflife_document_root(d);
    if (!shelflife_node_map(root, err) || !take(&root, "Username", a, &user, err) ||
        !take(&root, "Secret", a, &secret, err))
        return false;
    if (shelflife_str_equal(user, STR("<token>"))) {
        out->identity_token = secret;
    } else {
        out->user = user;
        out->password = secret;
    }
    return shelflife_arena_copy(a, shelflife_str_of(program), &out->origin) || shelflife_arena_fail(a, err);
}

/* What programs print, on their standard output, if they have nothing for a server. */
static bool has_none(str text)
{
    static const char said[] = "credentials not found";
    return text.len && memmem(text.at, text.len, said, sizeof(said) - 1);
}

static bool is_name(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++)
        if (!ascii_is_alphanumeric(name[i]) && !strchr("-_.", name[i]))
            return false;
    return n > 0 && n <= NAME_MAX_LENGTH && name[0] != '.';
}

static bool run(char *program, const char *server, const atomic_bool *cancel, arena *a,
                struct shelflife_registry_credential *out, error *err)
{
    CLEANUP(shelflife_net_child_end) struct shelflife_net_child c = {.output = -1, .own_group = true};
    CLEANUP(shelflife_buffer_free) buffer printed;
    shelflife_buffer_init(&printed, OUTPUT_MAX);
    printed.secret = true;
    if (!start(program, server, &c, err) ||
        !shelflife_net_child_follow(&c, TIMEOUT_MS, cancel, &printed, err))
        return shelflife_error_prefix(err, "%s", program);
    str text = shelflife_buffer_str(&printed);
    bool failed = WIFSIGNALED(c.status) || WEXITSTATUS(c.status) != 0;
    if (failed && has_none(text))
        return true;
    if (WIFSIGNALED(c.status))
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%s was killed by signal %d", program,
                              WTERMSIG(c.status));
    if (failed)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO,
                              "%s failed with exit status %d: run `echo %s | %s get` to see why", program,
                              WEXITSTATUS(c.status), server, program);
    return shelflife_registry_helper_read(text, program, a, out, err);
}

bool shelflife_registry_helper_get(const char *name, const char *server, const atomic_bool *cancel, arena *a,
                                   struct shelflife_registry_credential *out, error *err)
{
    char program[sizeof("docker-credential-") + NAME_MAX_LENGTH];
    *out = (struct shelflife_registry_credential){0};
    if (!is_name(name))
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "the name of a credential helper must be letters, digits, -, _ and .");
    snprintf(program, sizeof(program), "docker-credential-%s", name);
    return run(program, server, cancel, a, out, err);
}
