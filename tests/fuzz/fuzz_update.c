/* rooms: feeds catalog reference net pki json base */
/*
 * Any bytes as a feed, after a NUL byte as the catalog to update, and after another one as image references.
 * A new edition is a catalog, it has an entry in the changelog, and the same feed does not change it again.
 */
#include "feeds/changelog.h"
#include "feeds/check.h"
#include "feeds/disagree.h"
#include "feeds/feed_list.h"
#include "feeds/lint_tags.h"
#include "feeds/update.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static str next_part(str *rest)
{
    str part = shelflife_str_first(*rest, shelflife_str_find(*rest, '\0'));
    *rest = shelflife_str_after(*rest, part.len + 1);
    return part;
}

static bool update(str feed, str catalog, buffer *out, struct shelflife_feeds_edition *edition)
{
    const struct shelflife_feeds_feed feeds[] = {{.format = "endoflife", .bytes = feed, .origin = "first"},
                                                 {.format = "endoflife", .bytes = feed, .origin = "second"}};
    static const shelflife_day fetched[] = {SHELFLIFE_DAY_NONE, SHELFLIFE_DAY_NONE};
    const struct shelflife_feeds_update asked = {.catalog = catalog,
                                                 .origin = "catalog",
                                                 .feeds = feeds,
                                                 .feed_count = COUNT(feeds),
                                                 .as_of = SHELFLIFE_DAY_NONE,
                                                 .fetched = fetched};
    error err = {0};
    bool ok = shelflife_feeds_update(&asked, out, edition, &err);
    must(ok == (err.kind == SHELFLIFE_ERROR_NONE));
    return ok;
}

static void check_edition(str feed, const buffer *first, const struct shelflife_feeds_edition *edition)
{
    struct shelflife_feeds_edition again CLEANUP(shelflife_feeds_edition_free);
    buffer second CLEANUP(shelflife_buffer_free), entry CLEANUP(shelflife_buffer_free);
    str new = shelflife_buffer_str(first);
    shelflife_feeds_edition_init(&again);
    shelflife_buffer_init(&second, SIZE_MAX);
    shelflife_buffer_init(&entry, SIZE_MAX);
    must(shelflife_feeds_catalog_check("new", new, NULL));
    must(shelflife_feeds_changelog_write(new, "new", &edition->differences, &entry, NULL));
    must(update(feed, new, &second, &again) && !again.changed);
    must(shelflife_str_equal(new, shelflife_buffer_str(&second)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { LONGEST = 4096 }; /* linting is not linear */
    str rest = {(const char *)data, size};
    str feed = next_part(&rest), catalog = next_part(&rest);
    struct shelflife_feeds_edition edition CLEANUP(shelflife_feeds_edition_free);
    struct shelflife_feeds_findings findings CLEANUP(shelflife_feeds_findings_free);
    struct shelflife_feeds_feed_list list;
    buffer out CLEANUP(shelflife_buffer_free);
    const struct shelflife_feeds_named_catalog both[] = {{catalog, "one"}, {catalog, "two"}};
    shelflife_feeds_edition_init(&edition);
    shelflife_feeds_findings_init(&findings);
    shelflife_buffer_init(&out, SIZE_MAX);
    if (size > LONGEST)
        return 0;
    if (shelflife_feeds_catalog_check("catalog", catalog, NULL)) {
        shelflife_feeds_feed_list_read(catalog, "catalog", &list, NULL);
        shelflife_feeds_feed_list_free(&list);
    }
    if (update(feed, catalog, &out, &edition) && edition.changed)
        check_edition(feed, &out, &edition);
    must(shelflife_feeds_disagree(both, COUNT(both), &findings, NULL));
    must(findings.count == 0 || shelflife_feeds_catalog_check("catalog", catalog, NULL));
    must(shelflife_feeds_lint_tags(catalog, "catalog", rest, &findings, NULL));
    return 0;
}
