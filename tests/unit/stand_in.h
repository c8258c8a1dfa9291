/* Starts a server of tests/integration/ for a test program; it ends with the program. */
#ifndef SHELFLIFE_TEST_STAND_IN_H
#define SHELFLIFE_TEST_STAND_IN_H

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/test.h"

struct stand_in {
    pid_t pid;
    int input;       /* the server ends when this is closed */
    char line[1024]; /* of JSON, which it printed */
};

static void stand_in_start(struct stand_in *s, const char *script)
{
    int in[2], out[2];
    char path[] = TESTS_DIR "/integration/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", python[] = "python3";
    char *args[] = {python, path, NULL};
    posix_spawn_file_actions_t actions;
    snprintf(path, sizeof(path), TESTS_DIR "/integration/%s", script);
    assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    assert_int_equal(posix_spawnp(&s->pid, "python3", &actions, NULL, args, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    s->input = in[1];
    FILE *f = fdopen(out[0], "r");
    assert_non_null(f);
    if (!fgets(s->line, sizeof(s->line), f))
        fail_msg("%s did not start", script);
    fclose(f);
}

static void stand_in_stop(struct stand_in *s)
{
    close(s->input);
    waitpid(s->pid, NULL, 0);
}

/* The value of a key in the line of JSON that the server printed: a port. */
static int stand_in_port(const struct stand_in *s, const char *name)
{
    char key[64];
    snprintf(key, sizeof(key), "\"%s\": ", name);
    const char *at = strstr(s->line, key);
    assert_non_null(at);
    return (int)strtol(at + strlen(key), NULL, 10);
}

/* "/tmp/…/NAME" in the folder of the server's certificates. */
static UNUSED const char *stand_in_file(const struct stand_in *s, const char *name, char path[256])
{
    const char *at = strstr(s->line, "\"folder\": \"");
    assert_non_null(at);
    at += strlen("\"folder\": \"");
    snprintf(path, 256, "%.*s/%s", (int)strcspn(at, "\""), at, name);
    return path;
}

/* A whole file; the caller frees it. */
static UNUSED str stand_in_read(const char *path)
{
    static const size_t most = 1 << 20;
    char *text = malloc(most);
    FILE *f = fopen(path, "rb");
    assert_true(text && f);
    size_t n = fread(text, 1, most, f);
    fclose(f);
    return (str){text, n};
}

#endif
