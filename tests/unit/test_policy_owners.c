/* rooms: base json reference workload catalog policy inventory */
#include "unit/policy_kit.h"

#include "policy/internal.h"

static const struct {
    const char *owners, *paths; /* joined by " " */
} good[] = {
    {"", ""},
    {"owners: {}", ""},
    {"owners: {labels: [team]}", "metadata.labels[\"team\"]"},
    /* Labels come before annotations. */
    {"owners: {annotations: [example.com/owner], labels: [team, app.kubernetes.io/part-of]}",
     "metadata.labels[\"team\"] metadata.labels[\"app.kubernetes.io/part-of\"] "
     "metadata.annotations[\"example.com/owner\"]"},
    {"owners: {labels: ['a\"b\\c']}", "metadata.labels[\"a\\\"b\\\\c\"]"},
};

static void owners_are_paths_of_labels_and_annotations(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct shelflife_policy *policy = read_text(good[i].owners);
        CLEANUP(shelflife_buffer_free) buffer text;
        size_t count;
        const str *owners = shelflife_policy_owners(policy, &count);
        shelflife_buffer_init(&text, 4096);
        for (size_t k = 0; k < count; k++)
            shelflife_buffer_format(&text, "%s%.*s", k ? " " : "", STR_PRINT(owners[k]));
        assert_str_equal(shelflife_buffer_str(&text), good[i].paths);
        /* An extractor takes them as fields. */
        struct shelflife_shapes *shapes = shelflife_shapes_new(NULL, 0, owners, count, NULL);
        assert_non_null(shapes);
        shelflife_shapes_free(shapes);
        shelflife_policy_free(policy);
    }
}

static const struct {
    const char *owners, *message;
} bad[] = {
    {"owners: [team]", ": owners: "},
    {"owners: {label: [team]}", ": owners"},
    {"owners: {labels: team}", ": owners.labels: "},
    {"owners: {labels: [1]}", ": owners.labels[0]: "},
    {"owners: {labels: ['']}", ": owners.labels[0]: "},
    {"owners: {labels: [a, b, c, d, e, f, g, h], annotations: [a, b, c, d, e, f, g, h, i]}",
     ": owners.annotations[8]: more than 16 labels and annotations"},
};

static void errors_name_the_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char text[512];
        error err = {0};
        snprintf(text, sizeof(text), "apiVersion: shelflife.dev/v1\nkind: Policy\n%s\n", bad[i].owners);
        assert_null(shelflife_policy_read(shelflife_str_of(text), "p", &err));
        if (!strstr(err.text, bad[i].message))
            fail_msg("%s: %s", bad[i].owners, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_are_paths_of_labels_and_annotations),
        cmocka_unit_test(errors_name_the_place),
    };
    return cmocka_run_group_tests_name("policy, owners", tests, NULL, NULL);
}
