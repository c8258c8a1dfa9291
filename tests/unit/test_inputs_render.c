/* rooms: audit inputs kube net file pki admission policy inventory catalog workload reference json base */
/*
 * Kustomizations and charts, read without a program. Each folder of tests/data/inputs/{kustomize,helm} is a
 * case: a file `read` names what is read, `expected` has what must be reported. SHELFLIFE_UPDATE=1 writes it.
 */
#include "unit/folder_kit.h"

#include "file/file.h"
#include "unit/inputs_kit.h"

static void read_case(struct told *t, const char *path, const struct shelflife_input_options *options)
{
    buffer text;
    error err = {0};
    shelflife_buffer_init(&text, 1 << 20);
    const struct shelflife_input_format *format = shelflife_input_format_of(path);
    if (!shelflife_file_read(path, &text, &err))
        fail_msg("%s", err.text);
    assert_non_null(format);
    if (!tell(t, format, path, shelflife_buffer_str(&text), options, &err))
        fail_msg("%s: %s", path, err.text);
    shelflife_buffer_free(&text);
}

/* The first line of `read`, and the files of values in the others. */
static void run_case(const char *folder)
{
    struct told t;
    buffer names, expected;
    char lines[4][256] = {{0}};
    const char *values[3];
    size_t count = 0;
    error err = {0};
    assert_int_equal(chdir(folder), 0);
    shelflife_buffer_init(&names, 4096);
    shelflife_buffer_init(&expected, 1 << 20);
    assert_true(shelflife_file_read("read", &names, &err));
    for (str rest = shelflife_buffer_str(&names); rest.len && count < COUNT(lines); count++) {
        str line = shelflife_str_line(&rest);
        memcpy(lines[count], line.at, line.len < 255 ? line.len : 255);
        if (count)
            values[count - 1] = lines[count];
    }
    tell_new(&t);
    read_case(&t, lines[0],
              &(const struct shelflife_input_options){
                  .render = getenv("SHELFLIFE_RENDER"), .values = values, .value_count = count - 1});
    if (getenv("SHELFLIFE_UPDATE"))
        assert_true(
            shelflife_file_replace("expected", shelflife_buffer_str(&t.text), SHELFLIFE_FILE_NORMAL, &err));
    assert_true(shelflife_file_read("expected", &expected, &err));
    if (!shelflife_str_equal(shelflife_buffer_str(&t.text), shelflife_buffer_str(&expected)))
        fail_msg("%s: reported\n%.*sexpected\n%.*s", folder, STR_PRINT(shelflife_buffer_str(&t.text)),
                 STR_PRINT(shelflife_buffer_str(&expected)));
    tell_free(&t);
    shelflife_buffer_free(&names);
    shelflife_buffer_free(&expected);
}

static void run_cases(const char *folder)
{
    struct shelflife_file_list list = {0};
    error err = {0};
    assert_true(shelflife_file_list_folder(&list, folder, NULL, 0, &err));
    assert_true(list.count > 0);
    for (size_t i = 0; i < list.count; i++)
        run_case(list.at[i]);
    shelflife_file_list_free(&list);
}

static void reads_kustomizations(void **state UNUSED)
{
    run_cases(TESTS_DIR "/data/inputs/kustomize");
}

static void reads_charts(void **state UNUSED)
{
    run_cases(TESTS_DIR "/data/inputs/helm");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_kustomizations),
        cmocka_unit_test(reads_charts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
