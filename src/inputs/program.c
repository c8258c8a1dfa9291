#include "inputs/program.h"

#include <errno.h>
#include <ftw.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/printable.h"
#include "net/child.h"
#include "json/words.h"

enum {
    TIMEOUT_MS = 120 * 1000,
    MESSAGES_MAX = 64 << 10, /* bytes of standard error that are kept */
    SHOWN_MAX = 400,         /* bytes of them in an error */
    FOLDERS_OPEN = 8,
};

/* ---- Homes ---- */

bool shelflife_input_home_make(struct shelflife_input_home *home, error *err)
{
    const char *parent = getenv("TMPDIR");
    char *base = realpath(parent && *parent ? parent : "/tmp", NULL);
    int len = base ? snprintf(home->path, sizeof(home->path), "%s/shelflife-XXXXXX", base) : -1;
    free(base);
    if (len > 0 && (size_t)len < sizeof(home->path) && mkdtemp(home->path))
        return true;
    home->path[0] = '\0';
    return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot create a temporary folder: %s", strerror(errno));
}

static int remove_one(const char *path, const struct stat *status UNUSED, int type UNUSED,
                      struct FTW *at UNUSED)
{
    return remove(path);
}

void shelflife_input_home_remove(struct shelflife_input_home *home)
{
    if (home->path[0])
        nftw(home->path, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
    home->path[0] = '\0';
}

/* ---- Programs ---- */

char *shelflife_input_program_find(const char *name)
{
    str rest = shelflife_str_of(getenv("PATH"));
    while (rest.len) {
        str folder = shelflife_str_first(rest, shelflife_str_find(rest, ':'));
        char *path = NULL;
        rest = shelflife_str_after(rest, folder.len + 1);
        /* Not in the current folder, which may be one of the folders that are audited. */
        if (!shelflife_str_starts(folder, STR("/")))
            continue;
        if (asprintf(&path, "%.*s/%s", STR_PRINT(folder), name) < 0)
            return NULL;
        if (access(path, X_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

/* Variables with the home in place of "~". */
static const char *const variables[] = {
    "HOME=~",
    "TMPDIR=~",
    "XDG_CACHE_HOME=~",
    "XDG_CONFIG_HOME=~",
    "XDG_DATA_HOME=~",
    "HELM_CACHE_HOME=~/helm",
    "HELM_CONFIG_HOME=~/helm",
    "HELM_DATA_HOME=~/helm",
    "HELM_PLUGINS=~/helm",
    "KUBECONFIG=~/none",
    "KUBERC=off",
    /* Nothing listens there. */
    "HTTP_PROXY=http://127.0.0.1:9",
    "HTTPS_PROXY=http://127.0.0.1:9",
    "http_proxy=http://127.0.0.1:9",
    "https_proxy=http://127.0.0.1:9",
    "GIT_ALLOW_PROTOCOL=none",
    "GIT_TERMINAL_PROMPT=0",
    "LC_ALL=C.UTF-8",
};

struct environment {
    char *at[COUNT(variables) + 2];
};

static void free_environment(struct environment *e)
{
    for (size_t i = 0; i < COUNT(e->at); i++)
        free(e->at[i]);
}

static bool make_environment(struct environment *e, const char *home)
{
    const char *path = getenv("PATH");
    for (size_t i = 0; i < COUNT(variables); i++) {
        int name = (int)strcspn(variables[i], "~");
        bool has_home = variables[i][name] != '\0';
        if (asprintf(&e->at[i], "%.*s%s%s", name, variables[i], has_home ? home : "",
                     has_home ? variables[i] + name + 1 : "") < 0) {
            e->at[i] = NULL;
            return false;
        }
    }
    if (asprintf(&e->at[COUNT(variables)], "PATH=%s", path ? path : "") >= 0)
        return true;
    e->at[COUNT(variables)] = NULL;
    return false;
}

/* Without the time and the place in the source that kubectl writes first: "E1130 03:11:31.422 7372 run.go:72]
 * ". */
static str without_head(str line)
{
    size_t end = shelflife_str_find(line, ']');
    bool head =
        line.len > 5 && strchr("IWEF", line.at[0]) && shelflife_json_run_of(line, 1, "0123456789") == 4;
    return head && end != SIZE_MAX ? shelflife_str_trim(shelflife_str_after(line, end + 1)) : line;
}

/* The first lines of its messages. */
static bool fail(const char *program, const char *what, const buffer *messages, error *why)
{
    CLEANUP(shelflife_buffer_free) buffer shown;
    const char *slash = strrchr(program, '/');
    str text = shelflife_str_trim(shelflife_buffer_str(messages)), rest = text;
    enum { LINES = 3 };
    shelflife_buffer_init(&shown, 4 * SHOWN_MAX);
    for (int i = 0; i < LINES && rest.len; i++) {
        str line = without_head(shelflife_str_trim(shelflife_str_line(&rest)));
        if (line.len && shown.len)
            shelflife_buffer_append(&shown, STR("; "));
        shelflife_printable_append(line, SHOWN_MAX, &shown);
    }
    return shelflife_fail(why, SHELFLIFE_ERROR_IO, "%s %s%s%.*s", slash ? slash + 1 : program, what,
                          shown.len ? ": " : "", STR_PRINT(shelflife_buffer_str(&shown)));
}

bool shelflife_input_program_run(const char *const *args, const struct shelflife_input_home *home,
                                 const struct shelflife_input_options *options, buffer *out, error *why)
{
    CLEANUP(shelflife_net_child_end) struct shelflife_net_child child = {.output = -1};
    CLEANUP(free_environment) struct environment env = {0};
    CLEANUP(shelflife_buffer_free) buffer messages;
    shelflife_buffer_init(&messages, MESSAGES_MAX);
    struct shelflife_net_child_command command = {.program = args[0], .env = env.at, .messages = &messages};
    memcpy(&command.args, &args, sizeof(command.args)); /* posix_spawn() only reads them */
    if (!make_environment(&env, home->path))
        return shelflife_fail_memory(why);
    int code = shelflife_net_child_start(&child, &command);
    if (code)
        return shelflife_fail(why, SHELFLIFE_ERROR_IO, "cannot run %s: %s", args[0], strerror(code));
    unsigned timeout = options->render_timeout_ms ? options->render_timeout_ms : TIMEOUT_MS;
    if (!shelflife_net_child_follow(&child, timeout, options->cancel, out, why))
        return shelflife_error_prefix(why, "%s", strrchr(args[0], '/') + 1);
    if (WIFSIGNALED(child.status))
        return fail(args[0], "was killed by a signal", &messages, why);
    return WEXITSTATUS(child.status) == 0 || fail(args[0], "failed", &messages, why);
}
