/* For tests of imports: a feed and a catalog as texts, and what must be in the result. */
#ifndef TESTS_UNIT_FEEDS_KIT_H
#define TESTS_UNIT_FEEDS_KIT_H

#include "feeds/import.h"
#include "unit/test.h"

struct feeds_case {
    const char *feed;
    const char *catalog;     /* rows and keys of a product named "app"; NULL: a new catalog */
    const char *wanted[6];   /* must be in the result, or in the error if that is set */
    const char *unwanted[3]; /* must not be in the result */
    const char *error;       /* must be in the error; NULL: there must be none */
    const char *skipped;     /* must be among the lines about what is not imported */
};

/* The catalog of a case, as JSON. `head` has further keys of the catalog, each ended by a comma. */
static inline void feeds_kit_catalog(const char *name, const char *head, const char *product, buffer *out)
{
    shelflife_buffer_format(
        out,
        "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": \"own\", "
        "\"asOf\": \"2026-01-01\", \"serial\": 7, %s\"products\": [{\"name\": \"%s\", %s}]}",
        head, name, product);
}

static inline bool feeds_kit_has(str text, const char *part)
{
    return memmem(text.at ? text.at : "", text.len, part, strlen(part)) != NULL;
}

/* Imports a feed. Afterwards, imports it again into the result, which must not change. */
static inline void feeds_kit_run(const char *format, const char *name, const struct feeds_case *c,
                                 size_t number)
{
    static const char *const repository = "images.example/app";
    buffer catalog CLEANUP(shelflife_buffer_free), first CLEANUP(shelflife_buffer_free);
    buffer second CLEANUP(shelflife_buffer_free), skipped CLEANUP(shelflife_buffer_free);
    buffer *all[] = {&catalog, &first, &second, &skipped};
    for (size_t i = 0; i < COUNT(all); i++)
        shelflife_buffer_init(all[i], SIZE_MAX);
    if (c->catalog)
        feeds_kit_catalog(name, "", c->catalog, &catalog);
    const struct shelflife_feeds_name product = {name, NULL};
    shelflife_day today;
    assert_true(shelflife_day_parse(STR("2026-09-01"), &today));
    const struct shelflife_feeds_feed feed = {.format = format,
                                              .bytes = shelflife_str_of(c->feed),
                                              .origin = "feed",
                                              .products = &product,
                                              .product_count = c->catalog ? 0 : 1};
    struct shelflife_feeds_import asked = {.feeds = &feed,
                                           .feed_count = 1,
                                           .catalog = shelflife_buffer_str(&catalog),
                                           .catalog_origin = "catalog",
                                           .repositories = &repository,
                                           .repository_count = c->catalog ? 0 : 1,
                                           .as_of = SHELFLIFE_DAY_NONE,
                                           .fetched = today};
    struct shelflife_feeds_imported outcome = {.skipped = &skipped};
    error err = {0};
    bool ok = shelflife_feeds_import(&asked, &first, &outcome, &err);
    if (ok != (c->error == NULL) || (c->error && !strstr(err.text, c->error)))
        fail_msg("case %zu: %s", number, ok ? "no error" : err.text);
    if (c->skipped && !feeds_kit_has(shelflife_buffer_str(&skipped), c->skipped))
        fail_msg("case %zu: skipped: %.*s", number, STR_PRINT(shelflife_buffer_str(&skipped)));
    if (!ok)
        return;
    str result = shelflife_buffer_str(&first);
    for (size_t i = 0; i < COUNT(c->wanted) && c->wanted[i]; i++)
        if (!feeds_kit_has(result, c->wanted[i]))
            fail_msg("case %zu: %s is not in %.*s", number, c->wanted[i], STR_PRINT(result));
    for (size_t i = 0; i < COUNT(c->unwanted) && c->unwanted[i]; i++)
        if (feeds_kit_has(result, c->unwanted[i]))
            fail_msg("case %zu: %s is in %.*s", number, c->unwanted[i], STR_PRINT(result));
    asked.catalog = result;
    asked.repository_count = 0;
    ok = shelflife_feeds_import(&asked, &second, &outcome, &err);
    if (!ok || outcome.changed || !shelflife_str_equal(result, shelflife_buffer_str(&second)))
        fail_msg("case %zu: again: %s%.*s", number, ok ? "" : err.text,
                 STR_PRINT(shelflife_buffer_str(&second)));
}

#define FEEDS_KIT_RUN(format, name, cases)                                                                   \
    for (size_t i = 0; i < COUNT(cases); i++)                                                                \
    feeds_kit_run(format, name, &(cases)[i], i)

#endif
