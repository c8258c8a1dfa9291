/* rooms: sandbox base */
#include "sandbox/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/folder_kit.h"
#include "unit/test.h"

/* Each test runs in a process of its own, since nothing of this can be undone. What fails there is printed.
 */
static void in_a_process(void (*test)(const char *folder), const char *folder)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        test(folder);
        fflush(NULL);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void expect(bool ok, const char *what)
{
    if (ok)
        return;
    printf("failed: %s (%s)\n", what, strerror(errno));
    fflush(NULL);
    _exit(1);
}

static void refused(long result, int code, const char *what)
{
    expect(result == -1 && errno == code, what);
}

static void *wait_for_word(void *context)
{
    char byte;
    ssize_t n = read(*(const int *)context, &byte, 1);
    refused(socket(AF_INET, SOCK_STREAM, 0), EPERM, "a thread that was there before is filtered, too");
    return n == 1 ? context : NULL;
}

static void *nothing(void *context)
{
    return context;
}

static void refuses(void)
{
    char program[] = "/bin/true", *argv[] = {program, NULL};
    const struct sockaddr_in address = {.sin_family = AF_INET};
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect(page != MAP_FAILED, "memory can be mapped");
    refused(execv("/bin/true", argv), EPERM, "execve is refused");
    refused(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0), EPERM, "fork is refused");
    refused(syscall(SYS_clone3, NULL, 0), ENOSYS, "clone3 does not exist");
    refused(socket(AF_INET, SOCK_STREAM, 0), EPERM, "new sockets are refused");
    refused(socket(AF_UNIX, SOCK_STREAM, 0), EPERM, "new local sockets are refused");
    refused(connect(0, (const struct sockaddr *)&address, sizeof(address)), EPERM, "connect is refused");
    refused(bind(0, (const struct sockaddr *)&address, sizeof(address)), EPERM, "bind is refused");
    refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL), EPERM, "ptrace is refused");
    refused(kill(getpid(), 0), EPERM, "signals are refused");
    refused(setuid(0), EPERM, "another user is refused");
    refused(chroot("/"), EPERM, "chroot is refused");
    refused(syscall(SYS_mount, NULL, NULL, NULL, 0, NULL), EPERM, "mount is refused");
    refused(syscall(SYS_bpf, 0, NULL, 0), EPERM, "bpf is refused");
    refused(syscall(SYS_io_uring_setup, 0, NULL), EPERM, "io_uring is refused");
    refused(syscall(SYS_keyctl, 0), EPERM, "keyrings are refused");
    refused(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), EPERM, "core dumps cannot be switched on again");
    refused(mprotect(page, 4096, PROT_READ | PROT_EXEC), EPERM, "memory cannot become executable");
    expect(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED,
           "executable memory is refused");
}

static void the_server(UNUSED const char *folder)
{
    struct shelflife_sandbox_state state;
    error err;
    int word[2], both[2];
    pthread_t before, after;
    void *result;
    expect(pipe(word) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, both) == 0, "pipes");
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    expect(listen(listening, 1) == 0, "listening");
    expect(shelflife_sandbox_enter(NULL, &state, &err), "entering");
    expect(pthread_create(&before, NULL, wait_for_word, &word[0]) == 0, "a thread before the filter");
    shelflife_sandbox_filter(SHELFLIFE_SANDBOX_SERVER, &state);
    if (strstr(state.missing, "sanitizer"))
        return;
    expect(state.filtered, state.missing);
    expect(write(word[1], "x", 1) == 1, "writing to a pipe");
    expect(pthread_join(before, &result) == 0 && result, "the thread goes on");
    refuses();
    expect(pthread_create(&after, NULL, nothing, &word) == 0 && pthread_join(after, NULL) == 0,
           "threads can be started");
    refused(accept4(listening, NULL, NULL, SOCK_CLOEXEC), EAGAIN, "connections can be accepted");
    expect(send(both[0], "x", 1, MSG_NOSIGNAL) == 1, "open sockets can be written");
    int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    expect(file >= 0 && close(file) == 0, "files can be read");
}

static void a_client(UNUSED const char *folder)
{
    struct shelflife_sandbox_state state = {0};
    char program[] = "/bin/true", *argv[] = {program, NULL};
    shelflife_sandbox_filter(SHELFLIFE_SANDBOX_CLIENT, &state);
    if (strstr(state.missing, "sanitizer"))
        return;
    shelflife_sandbox_client(); /* a second filter only adds to the first */
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    expect(fd >= 0, "a client can open sockets");
    refused(accept4(fd, NULL, NULL, 0), EPERM, "a client cannot accept connections");
    expect(execv("/bin/true", argv) == -1, "a client cannot execute programs");
    refused(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0), EPERM, "a client cannot fork");
    refused(mkdir("/tmp/shelflife-test-never", 0700), EPERM, "a client cannot make folders");
}

static void the_folder(const char *folder)
{
    struct shelflife_sandbox_state state;
    error err;
    char cache[PATH_MAX], inside[PATH_MAX], renamed[PATH_MAX], outside[PATH_MAX];
    snprintf(inside, sizeof(inside), "%s/cache/a", folder);
    snprintf(renamed, sizeof(renamed), "%s/cache/b", folder);
    snprintf(outside, sizeof(outside), "%s/a", folder);
    snprintf(cache, sizeof(cache), "%s/cache", folder);
    expect(shelflife_sandbox_enter(cache, &state, &err), "entering");
    if (!state.landlock)
        return;
    int fd = open(inside, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    expect(fd >= 0 && close(fd) == 0, "files in the folder can be written");
    expect(rename(inside, renamed) == 0 && unlink(renamed) == 0, "and replaced and removed");
    refused(open(outside, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), EACCES, "other files cannot be written");
    refused(open("/bin/true", O_WRONLY | O_CLOEXEC), EACCES, "nor changed");
    char program[] = "/bin/true", *argv[] = {program, NULL};
    refused(execv("/bin/true", argv), EACCES, "nor executed");
}

/* Then the rest is in force, and the state says what is missing. */
static void no_folder(const char *folder)
{
    struct shelflife_sandbox_state state;
    error err;
    char missing[PATH_MAX], outside[PATH_MAX];
    snprintf(missing, sizeof(missing), "%s/missing", folder);
    snprintf(outside, sizeof(outside), "%s/a", folder);
    expect(shelflife_sandbox_enter(missing, &state, &err), "entering");
    expect(strlen(state.missing) > 0, "it says that something is missing");
    if (!state.landlock)
        return;
    expect(strstr(state.missing, missing), "it names the folder");
    refused(open(outside, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), EACCES, "no file can be written");
}

static void nothing_is_dumped(UNUSED const char *folder)
{
    struct shelflife_sandbox_state state;
    struct rlimit limit;
    error err;
    expect(shelflife_sandbox_enter(NULL, &state, &err), "entering");
    expect(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "no new privileges");
    expect(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0, "not dumpable");
    expect(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0,
           "no core dumps");
}

static void the_server_can_serve_and_no_more(UNUSED void **state)
{
    in_a_process(the_server, NULL);
}

static void a_client_can_connect_and_no_more(UNUSED void **state)
{
    in_a_process(a_client, NULL);
}

static void files_are_written_in_one_folder_only(void **state)
{
    char cache[PATH_MAX];
    snprintf(cache, sizeof(cache), "%s/cache", (char *)*state);
    assert_int_equal(mkdir(cache, 0700), 0);
    in_a_process(the_folder, *state);
}

static void a_folder_that_is_missing_leaves_the_rest_in_force(void **state)
{
    in_a_process(no_folder, *state);
}

static void keys_stay_in_memory(UNUSED void **state)
{
    in_a_process(nothing_is_dumped, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_server_can_serve_and_no_more),
        cmocka_unit_test(a_client_can_connect_and_no_more),
        IN_A_FOLDER(files_are_written_in_one_folder_only),
        IN_A_FOLDER(a_folder_that_is_missing_leaves_the_rest_in_force),
        cmocka_unit_test(keys_stay_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
