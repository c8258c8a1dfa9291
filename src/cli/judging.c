#include "cli/judging.h"

#include "cli/output.h"
#include "sources/remote_status.h"

const char *const shelflife_cli_fail_on_words[] = {"deny", "warn", "never", NULL};

struct cli_judging shelflife_cli_judging(void)
{
    return (struct cli_judging){.at = shelflife_day_of_seconds(time(NULL)), .fail_on = CLI_FAIL_ON_NEVER};
}

void shelflife_cli_judging_free(struct cli_judging *judging)
{
    shelflife_cli_list_free(&judging->catalogs);
    shelflife_cli_list_free(&judging->inventories);
    shelflife_cli_list_free(&judging->min_serials);
    shelflife_cli_list_free(&judging->registry.plain_http);
}

static void warn_of_unmatched(const struct cli_judging *judging,
                              const struct shelflife_sources_snapshot *loaded)
{
    size_t count;
    const str *unmatched = shelflife_sources_snapshot_unmatched(loaded, &count);
    for (size_t i = 0; i < count; i++)
        shelflife_cli_message("%s: %.*s; this has no effect", judging->policy, STR_PRINT(unmatched[i]));
}

static void warn_of_failure(UNUSED void *context, const struct shelflife_sources_remote_status *status,
                            enum shelflife_sources_remote_event event, const error *why)
{
    /* Without a catalog in use, the command fails for the same reason. */
    if (why && (status->in_use || event == SHELFLIFE_SOURCES_REMOTE_NOT_CACHED))
        shelflife_cli_message("%s: %s", shelflife_sources_remote_event_text(status, event), why->text);
}

struct shelflife_sources_snapshot *shelflife_cli_load(const struct cli_judging *judging, error *err)
{
    struct shelflife_sources_config sources = {.policy = judging->policy,
                                               .catalogs = judging->catalogs.at,
                                               .catalog_count = judging->catalogs.count,
                                               .inventories = judging->inventories.at,
                                               .inventory_count = judging->inventories.count,
                                               .no_embedded = judging->no_embedded,
                                               .keep_bytes = true,
                                               .remote = judging->remote};
    sources.remote.registry = cli_registry_options(&judging->registry, NULL);
    sources.remote.min_serials = judging->min_serials.at;
    sources.remote.min_serial_count = judging->min_serials.count;
    struct shelflife_sources_snapshot *loaded = shelflife_sources_load(&sources, warn_of_failure, NULL, err);
    if (loaded)
        warn_of_unmatched(judging, loaded);
    return loaded;
}

bool shelflife_cli_fails(const struct cli_judging *judging, enum shelflife_action action)
{
    return (judging->fail_on == CLI_FAIL_ON_DENY && action == SHELFLIFE_DENY) ||
           (judging->fail_on == CLI_FAIL_ON_WARN && action != SHELFLIFE_ALLOW);
}
