/* rooms: base json reference catalog net pki feeds */
/* Allocation failure while a catalog is renewed, compared and checked with tags. */
#include "unit/allocation_kit.h"

#include "feeds/changelog.h"
#include "feeds/disagree.h"
#include "feeds/feed_list.h"
#include "feeds/lint_tags.h"
#include "feeds/update.h"

static const str catalog =
    STR_INIT("{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": \"own\", \"asOf\": "
             "\"2026-09-01\", "
             "\"serial\": 7, \"feeds\": [{\"format\": \"endoflife\", \"url\": \"a\", \"products\": {\"app\": "
             "\"app\"}}], "
             "\"products\": [{\"name\": \"app\", \"repositories\": [\"images.example/app\"], \"rows\": ["
             "{\"release\": \"2.0\", \"endOfPatch\": \"2028-01-01\"}, {\"release\": \"1.0\", "
             "\"endOfPatch\": \"2027-01-01\"}]}]}");
static const str feeds[] = {
    STR_INIT("{\"generated_at\": \"2026-09-10T\", \"result\": {\"name\": \"app\", \"releases\": [{\"name\": "
             "\"2.0\", "
             "\"eolFrom\": \"2027-01-01\", \"latest\": {\"name\": \"2.0.1\"}}, {\"name\": \"3.0\"}]}}"),
    STR_INIT("{\"generated_at\": \"2026-09-10T\", \"result\": {\"name\": \"app\", \"releases\": [{\"name\": "
             "\"2.0\", "
             "\"eolFrom\": \"2027-02-01\"}]}}")};
static const str references =
    STR_INIT("images.example/app:1.5\nimages.example/app:1.6\nimages.example/app:1.7\n"
             "images.example/app:1.8\nimages.example/app:1.9\n");

static bool is_wrong(error *err, const char *what, size_t count)
{
    return shelflife_fail(err, SHELFLIFE_ERROR_NONE, "%s: %zu", what, count);
}

static bool update(void *context, error *err)
{
    (void)context;
    const struct shelflife_feeds_feed list[] = {
        {.format = "endoflife", .bytes = feeds[0], .origin = "first"},
        {.format = "endoflife", .bytes = feeds[1], .origin = "second"}};
    static const shelflife_day fetched[] = {SHELFLIFE_DAY_NONE, SHELFLIFE_DAY_NONE};
    const struct shelflife_feeds_update asked = {.catalog = catalog,
                                                 .origin = "own.json",
                                                 .feeds = list,
                                                 .feed_count = COUNT(list),
                                                 .as_of = SHELFLIFE_DAY_NONE,
                                                 .fetched = fetched};
    CLEANUP(shelflife_feeds_edition_free) struct shelflife_feeds_edition edition;
    CLEANUP(shelflife_buffer_free) buffer out;
    CLEANUP(shelflife_buffer_free) buffer entry;
    shelflife_feeds_edition_init(&edition);
    shelflife_buffer_init(&out, SIZE_MAX);
    shelflife_buffer_init(&entry, SIZE_MAX);
    if (!shelflife_feeds_update(&asked, &out, &edition, err) ||
        !shelflife_feeds_changelog_write(shelflife_buffer_str(&out), "new", &edition.differences, &entry,
                                         err))
        return false;
    /* The end that moves, and the release that is gone. */
    return (edition.changed && edition.refused.count == 2 && edition.notes.count == 1) ||
           is_wrong(err, "refused", edition.refused.count);
}

static bool list_feeds(void *context, error *err)
{
    (void)context;
    CLEANUP(shelflife_feeds_feed_list_free) struct shelflife_feeds_feed_list list;
    bool ok = shelflife_feeds_feed_list_read(catalog, "own.json", &list, err);
    return ok &&
           ((list.count == 1 && list.at[0].feed.product_count == 1) || is_wrong(err, "feeds", list.count));
}

static bool disagree(void *context, error *err)
{
    (void)context;
    static const str other = STR_INIT(
        "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": \"other\", \"asOf\": "
        "\"2026-09-01\", \"products\": [{\"name\": \"app\", \"repositories\": [\"images.example/app\"], "
        "\"rows\": [{\"release\": \"2.0\", \"endOfPatch\": \"2028-02-01\"}]}]}");
    const struct shelflife_feeds_named_catalog both[] = {{catalog, "own.json"}, {other, "other.json"}};
    CLEANUP(shelflife_feeds_findings_free) struct shelflife_feeds_findings findings;
    shelflife_feeds_findings_init(&findings);
    return shelflife_feeds_disagree(both, COUNT(both), &findings, err) &&
           (findings.count == 1 || is_wrong(err, "disagreements", findings.count));
}

static bool check_tags(void *context, error *err)
{
    (void)context;
    CLEANUP(shelflife_feeds_findings_free) struct shelflife_feeds_findings findings;
    shelflife_feeds_findings_init(&findings);
    return shelflife_feeds_lint_tags(catalog, "own.json", references, &findings, err) &&
           (findings.count == 1 || is_wrong(err, "findings", findings.count));
}

static void renewing_and_checking(void **state)
{
    static const struct {
        const char *name;
        kit_operation *operation;
        size_t step;
    } cases[] = {
        {"update", update, 7},
        {"list feeds", list_feeds, 1},
        {"disagree", disagree, 1},
        {"check tags", check_tags, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        kit_step = cases[i].step;
        kit_fail_each(cases[i].name, cases[i].operation, NULL);
    }
}

static int begin(void **state)
{
    (void)state;
    shelflife_set_allocator(malloc, realloc, free);
    kit_start(false);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(renewing_and_checking)};
    return cmocka_run_group_tests_name("allocation update", tests, begin, NULL);
}
