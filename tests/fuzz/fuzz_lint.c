/* rooms: feeds catalog reference net pki json base */
/* Any bytes as a catalog: what the loader refuses is a finding, what it takes is looked at to the end; and it
   differs in nothing from itself. */
#include "feeds/diff.h"
#include "feeds/lint.h"
#include "shelflife/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { LONGEST = 4096 }; /* linting tries patterns with rows, so its work is no longer linear */
    str bytes = {(const char *)data, size};
    struct shelflife_feeds_findings findings;
    struct shelflife_feeds_differences differences;
    if (size > LONGEST)
        return 0;
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    must(set);
    bool good = shelflife_catalogs_add(set, bytes, "fuzz", NULL) && shelflife_catalogs_finish(set, NULL);
    shelflife_catalogs_free(set);
    shelflife_feeds_findings_init(&findings);
    must(shelflife_feeds_lint(bytes, "fuzz", &findings, NULL));
    must(good || findings.count > 0);
    for (size_t i = 0; i < findings.count; i++)
        must(findings.at[i].problem.len > 0 && shelflife_str_is_utf8(findings.at[i].problem));
    shelflife_feeds_findings_free(&findings);
    shelflife_feeds_differences_init(&differences);
    if (good) {
        must(shelflife_feeds_diff(bytes, "fuzz", bytes, "fuzz", &differences, NULL));
        must(differences.count == 0);
    }
    shelflife_feeds_differences_free(&differences);
    return 0;
}
