/* rooms: base json file net workload inputs */
#include <dirent.h>
#include <limits.h>
#include <unistd.h>

#include "file/file.h"
#include "inputs/inputs.h"
#include "unit/test.h"

/*
 * Each folder in tests/data/inputs/FORMAT/ is a case: files, and the file `expected`. This has a line "==
 * PATH" for each file to read ("== PATH named" as if the user had named it), then what the reader reports.
 * SHELFLIFE_GOLDEN=write writes what is reported into `expected`.
 */

static void show(buffer *out, const char *before, str text)
{
    if (text.len)
        shelflife_buffer_format(out, "%s%.*s", before, STR_PRINT(text));
}

static bool on_image(void *context, const struct shelflife_input_image *image, error *err)
{
    buffer *out = context;
    (void)err;
    shelflife_buffer_format(out, "%.*s:%u %.*s", STR_PRINT(image->place.file), image->place.line,
                            STR_PRINT(image->image));
    shelflife_buffer_format(out, " (%.*s %.*s: %.*s)", STR_PRINT(image->kind), STR_PRINT(image->name),
                            STR_PRINT(image->path));
    show(out, "\n    way: ", image->way);
    show(out, "\n    why: ", image->why);
    show(out, "\n    hint: ", image->hint);
    shelflife_buffer_format(out, "%s\n", image->unused ? "\n    unused" : "");
    return true;
}

static bool on_unread(void *context, const struct shelflife_input_unread *unread, error *err)
{
    (void)err;
    shelflife_buffer_format(context, "%.*s:%u not read: %.*s\n", STR_PRINT(unread->place.file),
                            unread->place.line, STR_PRINT(unread->why));
    return true;
}

static void read_one(const char *path, bool named, buffer *out)
{
    const struct shelflife_input_format *format = shelflife_input_format_of(path);
    const struct shelflife_input_options options = {.named = named};
    const struct shelflife_input_sink sink = {.image = on_image, .unread = on_unread, .context = out};
    buffer text;
    error err = {0};
    if (!format)
        fail_msg("%s has no format", path);
    shelflife_buffer_init(&text, 1 << 20);
    if (!shelflife_file_read(path, &text, &err) ||
        !format->read(path, shelflife_buffer_str(&text), &options, &sink, &err))
        fail_msg("%s: %s", path, err.text);
    shelflife_buffer_free(&text);
}

/* Reads what the headings of `expected` name, and compares. The current folder is the case's. */
static void check_case(const char *name)
{
    buffer expected, found;
    error err = {0};
    shelflife_buffer_init(&expected, 1 << 20);
    shelflife_buffer_init(&found, 1 << 20);
    if (!shelflife_file_read("expected", &expected, &err))
        fail_msg("%s: %s", name, err.text);
    for (str rest = shelflife_buffer_str(&expected); rest.len;) {
        char path[PATH_MAX];
        str line = shelflife_str_line(&rest), end = STR(" named");
        if (!shelflife_str_starts(line, STR("== ")))
            continue;
        shelflife_buffer_format(&found, "%.*s\n", STR_PRINT(line));
        bool named = shelflife_str_ends(line, end);
        line = shelflife_str_first(shelflife_str_after(line, 3), line.len - 3 - (named ? end.len : 0));
        snprintf(path, sizeof(path), "%.*s", STR_PRINT(line));
        read_one(path, named, &found);
    }
    const char *write = getenv("SHELFLIFE_GOLDEN");
    if (write && strcmp(write, "write") == 0)
        assert_true(
            shelflife_file_replace("expected", shelflife_buffer_str(&found), SHELFLIFE_FILE_NORMAL, &err));
    else if (!shelflife_str_equal(shelflife_buffer_str(&expected), shelflife_buffer_str(&found)))
        fail_msg("%s: found\n%.*s", name, STR_PRINT(shelflife_buffer_str(&found)));
    shelflife_buffer_free(&expected);
    shelflife_buffer_free(&found);
}

static void check_format(const char *format)
{
    char folder[PATH_MAX];
    struct shelflife_file_list cases = {0};
    error why = {0};
    snprintf(folder, sizeof(folder), "%s/data/inputs/%s", TESTS_DIR, format);
    assert_true(shelflife_file_list_folder(&cases, folder, NULL, 0, &why));
    assert_true(cases.count > 5);
    for (size_t i = 0; i < cases.count; i++) {
        assert_int_equal(chdir(cases.at[i]), 0);
        check_case(cases.at[i]);
    }
    shelflife_file_list_free(&cases);
}

static void compose_files(void **state)
{
    (void)state;
    check_format("compose");
}

static void gitlab_ci_files(void **state)
{
    (void)state;
    check_format("gitlab-ci");
}

static void github_workflows(void **state)
{
    (void)state;
    check_format("github-workflow");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compose_files),
        cmocka_unit_test(gitlab_ci_files),
        cmocka_unit_test(github_workflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
