/* rooms: feeds catalog reference net pki json base */
#include "feeds/export.h"
#include "unit/feeds_kit.h"

#define PRODUCT                                                                                              \
    "\"repositories\": [\"quay.io/acme/app\", \"images.example/{acc}.{version}\"], \"rows\": ["              \
    "{\"release\": \"3.1\", \"endOfPatch\": \"2028-01-31\", \"endOfAvailability\": \"2029-01-31\", "         \
    "\"endOfExtendedPatch\": \"2030-01-31\", \"latest\": \"3.1.4\", \"latestDate\": \"2026-07-01\"}, "       \
    "{\"release\": \"22.04\", \"endOfPatch\": \"2027-06-01\", \"codename\": \"jammy\"}, "                    \
    "{\"release\": \"2\", \"ended\": true}, {\"release\": \"1\"}, "                                          \
    "{\"release\": \"0.9\", \"when\": {\"acc\": \"cpu\"}, \"endOfPatch\": \"2026-01-01\"}, "                 \
    "{\"release\": \"0.9\", \"endOfPatch\": \"2026-01-02\"}]"

/* Exports the catalog own, whose product app has these keys. */
static bool export_app(const char *keys, enum shelflife_feeds_standard standard, const char *product,
                       buffer *out, buffer *skipped, error *err)
{
    buffer catalog CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&catalog, SIZE_MAX);
    feeds_kit_catalog("app", "\"publisher\": \"Acme\", ", keys, &catalog);
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    assert_true(set && shelflife_catalogs_add(set, shelflife_buffer_str(&catalog), "catalog", err) &&
                shelflife_catalogs_finish(set, err));
    const struct shelflife_feeds_export asked = {
        .catalogs = set, .standard = standard, .products = &product, .product_count = product ? 1 : 0};
    shelflife_buffer_init(out, SIZE_MAX);
    shelflife_buffer_init(skipped, SIZE_MAX);
    bool ok = shelflife_feeds_export(&asked, out, skipped, err);
    shelflife_catalogs_free(set);
    return ok;
}

static bool export(enum shelflife_feeds_standard standard, const char *product, buffer *out, buffer *skipped,
                   error *err)
{
    return export_app(PRODUCT, standard, product, out, skipped, err);
}

static void check(str text, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!feeds_kit_has(text, parts[i]))
            fail_msg("%s is not in %.*s", parts[i], STR_PRINT(text));
}

static void a_product_is_a_document_of_cle(void **state)
{
    static const char *const wanted[] = {
        "{\"identifier\":\"pkg:oci/"
        "app?repository_url=quay.io%2Facme\",\"updatedAt\":\"2026-01-01T00:00:00Z\"",
        "\"events\":[{\"id\":5,\"type\":\"endOfSupport\",\"effective\":\"2030-01-31T23:59:59Z\","
        "\"published\":"
        "\"2026-01-01T00:00:00Z\",\"versions\":[{\"range\":\"vers:generic/"
        ">=3.1|<3.2\"}],\"supportId\":\"extended\"}",
        "{\"id\":4,\"type\":\"endOfDistribution\",\"effective\":\"2029-01-31T23:59:59Z\"",
        "{\"id\":2,\"type\":\"endOfSupport\",\"effective\":\"2027-06-01T23:59:59Z\",\"published\":"
        "\"2026-01-01T00:00:00Z\",\"versions\":[{\"version\":\"22.04\"}],\"supportId\":\"standard\"}",
        "{\"id\":1,\"type\":\"released\",\"effective\":\"2026-07-01T00:00:00Z\",\"published\":"
        "\"2026-01-01T00:00:00Z\",\"version\":\"3.1.4\"}]}\n"};
    static const char *const skipped[] = {"own/app 2: it has ended on an unknown day\n",
                                          "own/app 0.9: its dates depend on the variant of the image\n",
                                          "own/app 1: it has no date\n", "own/app: `codename` of 1 row\n",
                                          "own/app: 1 other repository\n"};
    buffer out CLEANUP(shelflife_buffer_free), notes CLEANUP(shelflife_buffer_free);
    error err = {0};
    (void)state;
    assert_true(export(SHELFLIFE_FEEDS_CLE, "app", &out, &notes, &err));
    check(shelflife_buffer_str(&out), wanted, COUNT(wanted));
    check(shelflife_buffer_str(&notes), skipped, COUNT(skipped));
}

static void releases_are_statements_of_openeox(void **state)
{
    static const char *const wanted[] = {
        "{\"statements\":[{\"core\":{\"$schema\":\"https://docs.oasis-open.org/openeox/eox-core/v1.0/schema/"
        "core.json\","
        "\"end_of_life\":\"2030-01-31T23:59:59Z\",\"end_of_security_support\":\"2028-01-31T23:59:59Z\","
        "\"last_updated\":\"2026-01-01T00:00:00Z\"},\"product_name\":\"app\",\"product_version\":\"3.1\","
        "\"vendor_name\":\"Acme\"",
        "\"end_of_life\":\"tba\",\"end_of_security_support\":\"tba\""};
    static const char *const skipped[] = {"own/app: `endOfAvailability` of 1 row\n",
                                          "own/app: `latest` of 1 row\n",
                                          "own/app 2: it has ended on an unknown day\n"};
    buffer out CLEANUP(shelflife_buffer_free), notes CLEANUP(shelflife_buffer_free);
    error err = {0};
    (void)state;
    assert_true(export(SHELFLIFE_FEEDS_OPENEOX, "own/app", &out, &notes, &err));
    check(shelflife_buffer_str(&out), wanted, COUNT(wanted));
    check(shelflife_buffer_str(&notes), skipped, COUNT(skipped));
}

static void other_repositories_are_noted_once_for_openeox(void **state)
{
    static const char *const products[] = {
        PRODUCT, "\"repositories\": [\"quay.io/acme/app\", \"quay.io/acme/old\"], \"rows\": ["
                 "{\"release\": \"2\", \"ended\": true}, {\"release\": \"1\"}, {\"release\": \"0\"}]"};
    static const str note = STR_INIT("own/app: 1 other repository\n");
    (void)state;
    for (size_t i = 0; i < COUNT(products); i++) {
        buffer out CLEANUP(shelflife_buffer_free), notes CLEANUP(shelflife_buffer_free);
        error err = {0};
        assert_true(export_app(products[i], SHELFLIFE_FEEDS_OPENEOX, NULL, &out, &notes, &err));
        str text = shelflife_buffer_str(&notes);
        const char *first = memmem(text.at, text.len, note.at, note.len);
        assert_non_null(first);
        str rest = shelflife_str_after(text, (size_t)(first - text.at) + note.len);
        assert_false(feeds_kit_has(rest, note.at));
    }
}

static void an_import_of_an_export_gives_the_same_dates(void **state)
{
    static const char *const formats[] = {
        [SHELFLIFE_FEEDS_CLE] = "cle", [SHELFLIFE_FEEDS_OPENEOX] = "openeox"};
    static const char *const wanted[][2] = {
        [SHELFLIFE_FEEDS_CLE] =
            {"{\"release\": \"3.1\", \"endOfPatch\": \"2028-01-31\", \"endOfAvailability\": "
             "\"2029-01-31\", \"endOfExtendedPatch\": \"2030-01-31\", \"latest\": \"3.1.4\", "
             "\"latestDate\": \"2026-07-01\"}",
             "{\"release\": \"22.04\", \"endOfPatch\": \"2027-06-01\"}"},
        [SHELFLIFE_FEEDS_OPENEOX] = {
            "{\"release\": \"3.1\", \"endOfPatch\": \"2028-01-31\", \"endOfExtendedPatch\": "
            "\"2030-01-31\"}",
            "{\"release\": \"22.04\", \"endOfPatch\": \"2027-06-01\"}"}};
    (void)state;
    for (size_t i = 0; i < COUNT(formats); i++) {
        buffer out CLEANUP(shelflife_buffer_free), notes CLEANUP(shelflife_buffer_free);
        buffer catalog CLEANUP(shelflife_buffer_free);
        struct shelflife_feeds_imported outcome = {0};
        error err = {0};
        shelflife_buffer_init(&catalog, SIZE_MAX);
        assert_true(export((enum shelflife_feeds_standard)i, NULL, &out, &notes, &err));
        const struct shelflife_feeds_feed feed = {
            .format = formats[i], .bytes = shelflife_buffer_str(&out), .origin = "export"};
        const struct shelflife_feeds_import asked = {
            .feeds = &feed, .feed_count = 1, .as_of = SHELFLIFE_DAY_NONE};
        if (!shelflife_feeds_import(&asked, &catalog, &outcome, &err))
            fail_msg("%s", err.text);
        check(shelflife_buffer_str(&catalog), wanted[i], 2);
        assert_true(
            feeds_kit_has(shelflife_buffer_str(&catalog), "\"repositories\": [\"quay.io/acme/app\"]"));
    }
}

static void products_that_do_not_exist_are_errors(void **state)
{
    buffer out CLEANUP(shelflife_buffer_free), notes CLEANUP(shelflife_buffer_free);
    error err = {0};
    (void)state;
    assert_false(export(SHELFLIFE_FEEDS_CLE, "other/app", &out, &notes, &err));
    assert_string_equal(err.text, "no catalog has a product \"other/app\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_product_is_a_document_of_cle),
                                       cmocka_unit_test(releases_are_statements_of_openeox),
                                       cmocka_unit_test(other_repositories_are_noted_once_for_openeox),
                                       cmocka_unit_test(an_import_of_an_export_gives_the_same_dates),
                                       cmocka_unit_test(products_that_do_not_exist_are_errors)};
    return cmocka_run_group_tests_name("feeds_export", tests, NULL, NULL);
}
