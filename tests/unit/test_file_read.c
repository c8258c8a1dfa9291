/* rooms: file base */
#include <pthread.h>
#include <sys/mman.h>

#include "file/file.h"
#include "unit/folder_kit.h"

typedef bool reader(const char *path, buffer *out, error *err);

static void file_is_read_whole_or_not_at_all(void **state)
{
    static const struct {
        size_t size, limit;
        bool fits;
    } cases[] = {{0, 0, true},
                 {0, 5, true},
                 {5, 5, true},
                 {5, 4, false},
                 {5, 0, false},
                 {1040000, 1 << 20, true}, /* less than a step from the limit */
                 {1 << 20, 1 << 20, true},
                 {(1 << 20) + 1, 1 << 20, false},
                 {200000, SIZE_MAX, true}};
    static reader *const readers[] = {shelflife_file_read, shelflife_file_read_input};
    char path[PATH_MAX], *text = malloc(2 << 20);
    assert_non_null(text);
    for (size_t i = 0; i < 2 << 20; i++)
        text[i] = (char)('a' + i % 7);
    for (size_t i = 0; i < COUNT(cases) * COUNT(readers); i++) {
        size_t size = cases[i / 2].size, limit = cases[i / 2].limit;
        CLEANUP(shelflife_buffer_free) buffer read;
        error err = {0};
        put(state, "file", (str){text, size});
        shelflife_buffer_init(&read, limit);
        bool ok = readers[i % 2](path_in(state, "file", path), &read, &err);
        assert_int_equal(ok, cases[i / 2].fits);
        if (ok) {
            assert_true(shelflife_str_equal(shelflife_buffer_str(&read), (str){text, size}));
            continue;
        }
        char reason[64];
        snprintf(reason, sizeof(reason), "file: it is larger than %zu bytes", limit);
        assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
        assert_non_null(strstr(err.text, reason));
    }
    free(text);
}

static void bytes_are_appended(void **state)
{
    char path[PATH_MAX];
    CLEANUP(shelflife_buffer_free) buffer read;
    shelflife_buffer_init(&read, 5);
    shelflife_buffer_append(&read, STR("ab"));
    put(state, "file", STR("cde"));
    assert_true(shelflife_file_read(path_in(state, "file", path), &read, NULL));
    assert_str_equal(shelflife_buffer_str(&read), "abcde");
    assert_false(shelflife_file_read(path, &read, NULL));
}

static void assert_refused(reader *read, const char *path, const char *reason)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    error err = {0};
    shelflife_buffer_init(&out, SIZE_MAX);
    assert_false(read(path, &out, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_IO);
    if (!strstr(err.text, reason) || !strstr(err.text, path))
        fail_msg("\"%s\" does not say \"%s\"", err.text, reason);
    assert_int_equal(out.len, 0);
}

static bool read_head(const char *path, buffer *out, error *err)
{
    return shelflife_file_read_head(path, 10, out, err);
}

/* None of these may be waited for, or read without end. */
static void what_is_no_file_is_refused(void **state)
{
    static reader *const readers[] = {shelflife_file_read, shelflife_file_read_input, read_head};
    char path[PATH_MAX];
    assert_int_equal(mkfifo(path_in(state, "fifo", path), 0600), 0);
    for (size_t i = 0; i < COUNT(readers); i++) {
        assert_refused(readers[i], path, "not a regular file");
        assert_refused(readers[i], "/dev/zero", "not a regular file");
        assert_refused(readers[i], *state, "Is a directory");
        assert_refused(readers[i], "/nowhere/at/all", "No such file");
    }
}

static void unnamed_pipe_is_input_but_no_configuration(void **state)
{
    (void)state;
    char path[PATH_MAX];
    int fd;
    CLEANUP(shelflife_buffer_free) buffer read;
    error err = {0};
    shelflife_buffer_init(&read, 5);
    assert_refused(shelflife_file_read, pipe_with(STR("12345"), &fd, path), "not a regular file");
    assert_true(shelflife_file_read_input(path, &read, &err));
    assert_str_equal(shelflife_buffer_str(&read), "12345");
    close(fd);
    shelflife_buffer_reset(&read);
    assert_false(shelflife_file_read_input(pipe_with(STR("123456"), &fd, path), &read, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    close(fd);
    shelflife_buffer_reset(&read);
    assert_true(shelflife_file_read_input(pipe_with(STR(""), &fd, path), &read, &err));
    assert_int_equal(read.len, 0);
    close(fd);
}

static void dash_is_standard_input(void **state)
{
    (void)state;
    char path[PATH_MAX];
    int before = dup(STDIN_FILENO), fd;
    CLEANUP(shelflife_buffer_free) buffer read;
    error err = {0};
    shelflife_buffer_init(&read, 5);
    pipe_with(STR("12345"), &fd, path);
    dup2(fd, STDIN_FILENO);
    close(fd);
    assert_true(shelflife_file_read_input("-", &read, &err));
    assert_str_equal(shelflife_buffer_str(&read), "12345");
    pipe_with(STR("67"), &fd, path);
    dup2(fd, STDIN_FILENO);
    close(fd);
    assert_false(shelflife_file_read_input("-", &read, &err));
    assert_string_equal(err.text, "cannot read standard input: it is larger than 0 bytes");
    dup2(before, STDIN_FILENO);
    close(before);
}

static void head_stops_without_an_error(void **state)
{
    static const struct {
        size_t most;
        const char *text;
    } cases[] = {{0, ""}, {3, "123"}, {5, "12345"}, {9, "12345"}};
    char path[PATH_MAX];
    put(state, "file", STR("12345"));
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_buffer_free) buffer read;
        shelflife_buffer_init(&read, SIZE_MAX);
        assert_true(shelflife_file_read_head(path_in(state, "file", path), cases[i].most, &read, NULL));
        assert_str_equal(shelflife_buffer_str(&read), cases[i].text);
    }
}

static void *fail_to_read(void *path)
{
    CLEANUP(shelflife_buffer_free) buffer read;
    shelflife_buffer_init(&read, 64);
    return shelflife_file_read_input(path, &read, NULL) ? path : NULL;
}

/* Reads what is too large in a thread whose stack this test can look at afterwards. */
static void no_byte_of_a_key_stays_on_the_stack(void **state)
{
    enum { STACK = 1 << 20, KEY = 32, COPIES = 8 };
    static const char key[] = "0f4c9d1be2a87365f1d0c2b3a4958677";
    char path[PATH_MAX], text[KEY * COPIES];
    pthread_attr_t attributes;
    pthread_t thread;
    void *outcome;
    int fd;
    for (size_t i = 0; i < COPIES; i++)
        memcpy(text + i * KEY, key, KEY);
    put(state, "key", (str){text, sizeof(text)});
    char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(stack != MAP_FAILED);
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack, STACK);
    for (int pipe = 0; pipe < 2; pipe++) {
        const char *from =
            pipe ? pipe_with((str){text, sizeof(text)}, &fd, path) : path_in(state, "key", path);
        assert_int_equal(pthread_create(&thread, &attributes, fail_to_read, (void *)(uintptr_t)from), 0);
        pthread_join(thread, &outcome);
        assert_null(outcome);
        if (pipe)
            close(fd);
        assert_null(memmem(stack, STACK, key, 8));
    }
    pthread_attr_destroy(&attributes);
    munmap(stack, STACK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(file_is_read_whole_or_not_at_all),
        IN_A_FOLDER(bytes_are_appended),
        IN_A_FOLDER(what_is_no_file_is_refused),
        cmocka_unit_test(unnamed_pipe_is_input_but_no_configuration),
        cmocka_unit_test(dash_is_standard_input),
        IN_A_FOLDER(head_stops_without_an_error),
        IN_A_FOLDER(no_byte_of_a_key_stays_on_the_stack),
    };
    return cmocka_run_group_tests_name("file_read", tests, NULL, NULL);
}
