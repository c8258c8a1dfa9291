/* rooms: base json reference workload catalog policy inventory admission net file kube pki inputs audit */
#include "audit/auditor.h"
#include "audit/list.h"
#include "unit/policy_kit.h"

/* What a list calls, in order: "begin", the objects, "commit N" and "restart". */
struct journal {
    buffer text;
    bool refuse; /* commits fail */
};

static void begin(void *context)
{
    struct journal *j = context;
    shelflife_buffer_append(&j->text, STR("begin;"));
}

static bool commit(void *context, const struct shelflife_kube_page *page, error *err)
{
    struct journal *j = context;
    shelflife_buffer_format(&j->text, "commit %u;", page->number);
    return !j->refuse || shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "full");
}

static void restart(void *context)
{
    struct journal *j = context;
    shelflife_buffer_append(&j->text, STR("restart;"));
}

static bool on_object(void *context, const struct shelflife_audit_found_object *found, error *err)
{
    struct journal *j = context;
    (void)err;
    shelflife_buffer_format(&j->text, "%.*s %.*s %.*s;", STR_PRINT(found->api_version),
                            STR_PRINT(found->kind), STR_PRINT(found->object->name));
    return true;
}

struct step {
    enum shelflife_kube_list_event event;
    unsigned page;
    const char *bytes;
};

#define START(page)                                                                                          \
    {                                                                                                        \
        SHELFLIFE_KUBE_PAGE_START, page, NULL                                                                \
    }
#define BYTES(page, text)                                                                                    \
    {                                                                                                        \
        SHELFLIFE_KUBE_PAGE_BYTES, page, text                                                                \
    }
#define END(page)                                                                                            \
    {                                                                                                        \
        SHELFLIFE_KUBE_PAGE_END, page, NULL                                                                  \
    }
#define AGAIN(page)                                                                                          \
    {                                                                                                        \
        SHELFLIFE_KUBE_PAGE_AGAIN, page, NULL                                                                \
    }
#define RESTART                                                                                              \
    {                                                                                                        \
        SHELFLIFE_KUBE_RESTART, 0, NULL                                                                      \
    }
#define ITEM(name) "{\"metadata\":{\"name\":\"" name "\"},\"spec\":{\"containers\":[{\"image\":\"i\"}]}}"

static void a_page_counts_when_it_is_complete(void **state)
{
    static const struct {
        size_t count; /* of steps; the last fails if `failure` is set */
        struct step steps[8];
        bool refuse;
        enum shelflife_error_kind failure;
        const char *calls;
    } cases[] = {
        {7,
         {START(0), BYTES(0, "{\"kind\":\"PodList\",\"items\":["), BYTES(0, ITEM("a") "," ITEM("b") "]}"),
          END(0), START(1), BYTES(1, "{\"items\":[" ITEM("c") "]}"), END(1)},
         false,
         SHELFLIFE_ERROR_NONE,
         "begin;v1 Pod a;v1 Pod b;commit 0;begin;v1 Pod c;commit 1;"},
        /* The connection breaks within an object: the page is read again from its beginning. */
        {6,
         {START(0), BYTES(0, "{\"items\":[" ITEM("a") ",{\"metadata\":"), AGAIN(0), START(0),
          BYTES(0, "{\"items\":[" ITEM("a") "]}"), END(0)},
         false,
         SHELFLIFE_ERROR_NONE,
         "begin;v1 Pod a;begin;v1 Pod a;commit 0;"},
        {7,
         {START(0), BYTES(0, "{\"items\":[" ITEM("a") "]}"), END(0), RESTART, START(0),
          BYTES(0, "{\"items\":[]}"), END(0)},
         false,
         SHELFLIFE_ERROR_NONE,
         "begin;v1 Pod a;commit 0;restart;begin;commit 0;"},
        {3,
         {START(0), BYTES(0, "{\"items\":[" ITEM("a")), END(0)},
         false,
         SHELFLIFE_ERROR_INPUT,
         "begin;v1 Pod a;"},
        {2, {START(0), BYTES(0, "{]")}, false, SHELFLIFE_ERROR_INPUT, "begin;"},
        {3, {START(0), BYTES(0, "{\"items\":[]}"), END(0)}, true, SHELFLIFE_ERROR_LIMIT, "begin;commit 0;"},
    };
    error err = {0};
    struct shelflife_shapes *shapes = shelflife_shapes_new(NULL, 0, NULL, 0, &err);
    (void)state;
    assert_non_null(shapes);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct journal j = {.refuse = cases[i].refuse};
        struct shelflife_audit_list list = {.api_version = STR("v1"),
                                            .kind = STR("Pod"),
                                            .begin = begin,
                                            .commit = commit,
                                            .restart = restart};
        shelflife_buffer_init(&j.text, SIZE_MAX);
        assert_true(shelflife_audit_list_open(&list, shapes, on_object, &j, &err));
        for (size_t k = 0; k < cases[i].count; k++) {
            const struct step *step = &cases[i].steps[k];
            const struct shelflife_kube_page page = {.number = step->page};
            bool fails = cases[i].failure && k + 1 == cases[i].count;
            if (shelflife_audit_list_event(&list, step->event, &page, shelflife_str_of(step->bytes), &err) ==
                fails)
                fail_msg("case %zu, step %zu", i, k);
        }
        assert_str_equal(shelflife_buffer_str(&j.text), cases[i].calls);
        assert_int_equal(err.kind, cases[i].failure);
        err = (error){0};
        shelflife_audit_list_free(&list);
        shelflife_buffer_free(&j.text);
    }
    shelflife_shapes_free(shapes);
}

/* ---- Lists that fail ---- */

struct auditing {
    struct shelflife_catalogs *catalogs;
    struct shelflife_policy *policy;
    struct shelflife_snapshot snapshot;
    atomic_bool cancel;
    struct shelflife_audit *audit;
};

static int begin_audit(void **state)
{
    static struct auditing a;
    error err = {0};
    a.catalogs = read_catalogs();
    a.policy = read_text("");
    a.snapshot = (struct shelflife_snapshot){.catalogs = a.catalogs, .policy = a.policy};
    atomic_store(&a.cancel, false);
    const struct shelflife_audit_options options = {
        .snapshot = &a.snapshot, .at = 20000, .within = -1, .cancel = &a.cancel};
    a.audit = shelflife_audit_new(&options, &err);
    *state = &a;
    return a.audit ? 0 : -1;
}

static int end_audit(void **state)
{
    struct auditing *a = *state;
    shelflife_audit_free(a->audit);
    shelflife_policy_free(a->policy);
    shelflife_catalogs_free(a->catalogs);
    return 0;
}

static void a_failed_list_is_a_problem_of_its_kind(void **state)
{
    static const struct {
        int status;
        bool part, forbidden;
    } cases[] = {{403, false, true}, {500, true, false}, {0, false, false}};
    struct auditing *a = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct shelflife_kube_reply reply = {.status = cases[i].status};
        const error why = {.kind = SHELFLIFE_ERROR_IO, .text = "the server refuses"};
        error err = {0};
        assert_true(shelflife_audit_note_list(a->audit, STR("pods"), &reply, cases[i].part, &why, &err));
        assert_int_equal(a->audit->problem_count, i + 1);
        const struct shelflife_audit_problem *problem = &a->audit->problems[i];
        assert_str_equal(problem->source, "pods");
        assert_str_equal(problem->text, "the server refuses");
        assert_int_equal(problem->forbidden, cases[i].forbidden);
        assert_int_equal(problem->part, cases[i].part);
    }
    assert_false(a->audit->interrupted);
}

static void a_cancelled_audit_has_no_problem(void **state)
{
    struct auditing *a = *state;
    const struct shelflife_kube_reply reply = {0};
    const error why = {.kind = SHELFLIFE_ERROR_IO, .text = "cancelled"};
    error err = {0};
    atomic_store(&a->cancel, true);
    assert_true(shelflife_audit_note_list(a->audit, STR("pods"), &reply, false, &why, &err));
    assert_int_equal(a->audit->problem_count, 0);
    assert_true(a->audit->interrupted);
}

static void a_lack_of_memory_ends_the_audit(void **state)
{
    struct auditing *a = *state;
    const struct shelflife_kube_reply reply = {0};
    const error why = {.kind = SHELFLIFE_ERROR_MEMORY, .text = "out of memory"};
    error err = {0};
    assert_false(shelflife_audit_note_list(a->audit, STR("pods"), &reply, false, &why, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_MEMORY);
    assert_int_equal(a->audit->problem_count, 0);
}

#define AUDIT_TEST(name) cmocka_unit_test_setup_teardown(name, begin_audit, end_audit)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_counts_when_it_is_complete),
        AUDIT_TEST(a_failed_list_is_a_problem_of_its_kind),
        AUDIT_TEST(a_cancelled_audit_has_no_problem),
        AUDIT_TEST(a_lack_of_memory_ends_the_audit),
    };
    return cmocka_run_group_tests_name("audit_list", tests, NULL, NULL);
}
