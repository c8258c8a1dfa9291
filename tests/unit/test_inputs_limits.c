/* rooms: base json file net workload inputs */
/* Files that someone has written to take long, or much memory, are read up to a limit, which is reported. */
#include "fuzz/inputs.h"
#include "unit/test.h"

struct found {
    size_t images, unread;
    buffer last; /* what was not read, the last one */
};

static bool count_image(void *context, const struct shelflife_input_image *image, error *err UNUSED)
{
    assert_true(image->image.len > 0);
    ((struct found *)context)->images++;
    return true;
}

static bool keep_unread(void *context, const struct shelflife_input_unread *unread, error *err UNUSED)
{
    struct found *found = context;
    found->unread++;
    shelflife_buffer_reset(&found->last);
    shelflife_buffer_append(&found->last, unread->why);
    return true;
}

static void laughs(buffer *b)
{
    shelflife_buffer_format(b, "a0: &a0 {image: x}\n");
    for (int i = 1; i < 30; i++)
        shelflife_buffer_format(b, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1, i - 1, i - 1);
}

static void nested(buffer *b)
{
    for (int i = 0; i < 200; i++)
        shelflife_buffer_format(b, "%s", "{a: ");
}

static void large(buffer *b)
{
    while (b->len <= 9 << 20)
        shelflife_buffer_format(b, "# a line of a comment, as long as lines of comments are\n");
}

static void merged_maps(buffer *b)
{
    shelflife_buffer_format(b, "m: &m\n");
    for (int i = 0; i < 10000; i++)
        shelflife_buffer_format(b, "  k%d: 1\n", i);
    shelflife_buffer_format(b, ".b:\n");
    for (int i = 0; i < 4000; i++)
        shelflife_buffer_format(b, "  k%d: 1\n", i);
    for (int i = 0; i < 10000; i++)
        shelflife_buffer_format(b, "j%d: {extends: .b}\n", i);
}

static void chain_of_services(buffer *b)
{
    shelflife_buffer_format(b, "services:\n  s0: {image: x}\n");
    for (int i = 1; i < 2000; i++)
        shelflife_buffer_format(b, "  s%d: {extends: s%d}\n", i, i - 1);
}

static void chain_of_values(buffer *b)
{
    shelflife_buffer_format(b, "services: {a: {image: $A0}}\n=== .env\n");
    for (int i = 0; i < 12; i++) {
        shelflife_buffer_format(b, "A%d=", i);
        for (int k = 0; k < 20; k++)
            shelflife_buffer_format(b, "${A%d}", i + 1);
        shelflife_buffer_format(b, "\n");
    }
}

static void chain_of_variables(buffer *b)
{
    shelflife_buffer_format(b, "j: {image: $A0}\nvariables:\n");
    for (int i = 0; i < 9; i++) {
        shelflife_buffer_format(b, "  A%d: \"", i);
        for (int k = 0; k < 50; k++)
            shelflife_buffer_format(b, "$A%d", i + 1);
        shelflife_buffer_format(b, "\"\n");
    }
    shelflife_buffer_format(b, "  A9: \"\"\n");
}

static void branching_extends(buffer *b)
{
    for (int i = 0; i < 11; i++) {
        shelflife_buffer_format(b, "j%d: {extends: [", i);
        for (int k = 0; k < 2000; k++)
            shelflife_buffer_format(b, "j%d, ", (i + 1) % 11);
        shelflife_buffer_format(b, "]}\n");
    }
}

static void github_matrix(buffer *b)
{
    shelflife_buffer_format(b, "jobs:\n  j:\n    container: x:${{ matrix.k0 }}${{ matrix.k9 }}\n");
    shelflife_buffer_format(b, "    strategy:\n      matrix:\n");
    for (int i = 0; i < 10; i++) {
        shelflife_buffer_format(b, "        k%d: [", i);
        for (int k = 0; k < 300; k++)
            shelflife_buffer_format(b, "%d, ", k);
        shelflife_buffer_format(b, "]\n");
    }
}

static void github_includes(buffer *b)
{
    github_matrix(b);
    shelflife_buffer_format(b, "        include:\n");
    for (int i = 0; i < 20000; i++)
        shelflife_buffer_format(b, "        - {n%d: 1}\n", i);
}

static void gitlab_rules(buffer *b)
{
    shelflife_buffer_format(b, "workflow:\n  rules:\n");
    for (int i = 0; i < 100; i++)
        shelflife_buffer_format(b, "  - {variables: {A: %d}}\n", i);
    shelflife_buffer_format(b, "j:\n  image: x:$A$B$C\n  parallel: {matrix: [{B: [");
    for (int i = 0; i < 200; i++)
        shelflife_buffer_format(b, "%d, ", i);
    shelflife_buffer_format(b, "]}]}\n  rules:\n");
    for (int i = 0; i < 100; i++)
        shelflife_buffer_format(b, "  - {variables: {C: %d}}\n", i);
}

static void gitlab_images(buffer *b)
{
    for (int i = 0; i < 20000; i++)
        shelflife_buffer_format(b, "j%d: {image: x}\n", i);
}

static void gitlab_includes(buffer *b)
{
    shelflife_buffer_format(b, "include:\n");
    for (int i = 0; i < 160; i++)
        shelflife_buffer_format(b, "- a.yml\n");
    shelflife_buffer_format(b, "=== a.yml\nj: {image: x}\n");
}

static void compose_files(buffer *b)
{
    shelflife_buffer_format(b, "include:\n");
    for (int i = 0; i < 300; i++)
        shelflife_buffer_format(b, "- f%d.yml\n", i);
    for (int i = 0; i < 300; i++)
        shelflife_buffer_format(b, "=== f%d.yml\nservices: {s%d: {image: x}}\n", i, i);
}

static void absent_files(buffer *b)
{
    shelflife_buffer_format(b, "services:\n");
    for (int i = 0; i < 5000; i++)
        shelflife_buffer_format(b, "  s%d: {extends: nothing}\n", i);
}

static void limits_are_reported(void **state)
{
    static const struct {
        const struct shelflife_input_format *format;
        void (*write)(buffer *);
        const char *limit; /* that is reported last */
    } cases[] = {
        {&shelflife_input_compose, laughs, "aliases repeat too much"},
        {&shelflife_input_gitlab_ci, laughs, "aliases repeat too much"},
        {&shelflife_input_github_workflow, laughs, "aliases repeat too much"},
        {&shelflife_input_gitlab_ci, nested, "more than 100 levels of nesting"},
        {&shelflife_input_github_action, large, "it is larger than 8 MiB"},
        {&shelflife_input_gitlab_ci, merged_maps, "needs more than 64 MiB of memory"},
        {&shelflife_input_compose, chain_of_services, "more than 1000 parts of it cannot be read"},
        {&shelflife_input_compose, chain_of_values, "needs more than 64 MiB of memory"},
        {&shelflife_input_gitlab_ci, chain_of_variables, "needs more than 64 MiB of memory"},
        {&shelflife_input_gitlab_ci, branching_extends, "more than 1000 parts of it cannot be read"},
        {&shelflife_input_github_workflow, github_matrix, "only the first 256 combinations are read"},
        {&shelflife_input_github_workflow, github_includes, "needs more than 64 MiB of memory"},
        {&shelflife_input_gitlab_ci, gitlab_rules, "it has more than 10000 images"},
        {&shelflife_input_gitlab_ci, gitlab_images, "it has more than 10000 images"},
        {&shelflife_input_gitlab_ci, gitlab_includes, "more than 150 includes are not read"},
        {&shelflife_input_compose, compose_files, "it refers to more than 200 files"},
        {&shelflife_input_compose, absent_files, "more than 1000 parts of it cannot be read"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer text;
        struct found found = {0};
        error err = {0};
        str all, first;
        shelflife_buffer_init(&text, 64 << 20);
        shelflife_buffer_init(&found.last, 4096);
        cases[i].write(&text);
        all = shelflife_buffer_str(&text);
        find_file(all, (str){0}, &first);
        const struct shelflife_input_files files = {.read = read_file, .exists = has_file, .context = &all};
        const struct shelflife_input_options options = {.files = &files};
        const struct shelflife_input_sink sink = {
            .image = count_image, .unread = keep_unread, .context = &found};
        if (!cases[i].format->read("compose.yaml", first, &options, &sink, &err))
            fail_msg("case %zu: %s", i, err.text);
        shelflife_buffer_byte(&found.last, '\0');
        if (!strstr(found.last.at, cases[i].limit))
            fail_msg("case %zu: %zu unread, the last one: %s, not: %s", i, found.unread, found.last.at,
                     cases[i].limit);
        assert_true(found.images <= 10000 && found.unread <= 1001);
        shelflife_buffer_free(&text);
        shelflife_buffer_free(&found.last);
    }
}

static void what_is_outside_of_a_repository_is_not_shown(void **state)
{
    static const char *const paths[] = {"../../etc/passwd", "/../etc/passwd", "a/../../etc/passwd"};
    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        char text[200];
        struct found found = {0};
        error err = {0};
        const struct shelflife_input_options options = {0};
        const struct shelflife_input_sink sink = {
            .image = count_image, .unread = keep_unread, .context = &found};
        shelflife_buffer_init(&found.last, 4096);
        snprintf(text, sizeof(text), "include: {local: \"%s\"}", paths[i]);
        assert_true(
            shelflife_input_gitlab_ci.read(".gitlab-ci.yml", shelflife_str_of(text), &options, &sink, &err));
        shelflife_buffer_byte(&found.last, '\0');
        assert_non_null(strstr(found.last.at, "GitLab allows no \"..\" here"));
        assert_int_equal(found.images, 0);
        shelflife_buffer_free(&found.last);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_reported),
        cmocka_unit_test(what_is_outside_of_a_repository_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
