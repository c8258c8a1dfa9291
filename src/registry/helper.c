#include "registry/helper.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/ascii.h"
#include "net/child.h"
#include "json/document.h"

enum {
    OUTPUT_MAX = 1 << 20,
    NAME_MAX_LENGTH = 64,
    TIMEOUT_MS = 30000,
};

/* ---- Starting it ---- */

static bool start(char *program, const char *server, struct shelflife_net_child *c, error *err)
{
    char get[] = "get";
    char *args[] = {program, get, NULL};
    const struct shelflife_net_child_command command = {
        .program = program, .args = args, .env = environ, .input = shelflife_str_of(server), .quiet = true};
    if (command.input.len > SHELFLIFE_NET_CHILD_INPUT_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "the name of the registry is too long");
    int code = shelflife_net_child_start(c, &command);
    return code == 0 || shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "cannot run it: %s", strerror(code));
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
    CLEANUP(shelflife_net_child_end) struct shelflife_net_child c = {.output = -1};
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
