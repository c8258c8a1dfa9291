/* rooms: file base */
#include "file/file.h"
#include "unit/folder_kit.h"

static const str json_and_yaml[] = {STR_INIT(".json"), STR_INIT(".yaml")};

static void folder_is_listed_in_the_order_of_its_names(void **state)
{
    static const char *const names[] = {"b.json", "a.yaml", "c", ".hidden.json", "B.json", "json"};
    static const struct {
        size_t endings;
        const char *expected[6];
    } cases[] = {{0, {"B.json", "a.yaml", "b.json", "c", "json"}}, {2, {"B.json", "a.yaml", "b.json"}}};
    char path[PATH_MAX];
    for (size_t i = 0; i < COUNT(names); i++)
        put(state, names[i], STR("{}"));
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_file_list_free) struct shelflife_file_list list = {0};
        size_t count = 0;
        assert_true(shelflife_file_list_folder(&list, *state, json_and_yaml, cases[i].endings, NULL));
        for (; cases[i].expected[count]; count++)
            assert_string_equal(list.at[count], path_in(state, cases[i].expected[count], path));
        assert_int_equal(list.count, count);
    }
}

static void list_is_appended_to(void **state)
{
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list list = {0};
    char path[PATH_MAX];
    put(state, "a", STR(""));
    assert_true(shelflife_file_list_add(&list, "", "z", NULL));
    assert_true(shelflife_file_list_add(&list, "x/", "y", NULL));
    assert_true(shelflife_file_list_folder(&list, *state, NULL, 0, NULL));
    assert_int_equal(list.count, 3);
    assert_string_equal(list.at[0], "z");
    assert_string_equal(list.at[1], "x/y");
    assert_string_equal(list.at[2], path_in(state, "a", path));
}

static void only_a_folder_can_be_listed(void **state)
{
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list list = {0};
    char path[PATH_MAX];
    error why = {0};
    put(state, "file", STR(""));
    assert_true(shelflife_file_is_folder(*state));
    assert_false(shelflife_file_is_folder(path_in(state, "file", path)));
    assert_false(shelflife_file_is_folder("/nowhere/at/all"));
    assert_false(shelflife_file_list_folder(&list, path, NULL, 0, &why));
    assert_string_equal(why.text, "Not a directory");
    assert_false(shelflife_file_list_folder(&list, "/nowhere/at/all", NULL, 0, &why));
    assert_string_equal(why.text, "No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(folder_is_listed_in_the_order_of_its_names),
        IN_A_FOLDER(list_is_appended_to),
        IN_A_FOLDER(only_a_folder_can_be_listed),
    };
    return cmocka_run_group_tests_name("file_list", tests, NULL, NULL);
}
