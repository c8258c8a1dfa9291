#include "sources/live.h"

#include "sources/remote_status.h"

enum { FIRST_WAIT_MS = 10000 };

static void fingerprint(void *context, buffer *out)
{
    const struct shelflife_sources_live *live = context;
    shelflife_sources_inputs_fingerprint(&live->inputs, out);
}

/* Not an error, since the catalog may be added later, but often a mistake. */
static void log_unmatched(const struct shelflife_sources_live *live,
                          const struct shelflife_sources_snapshot *snapshot)
{
    size_t count;
    const str *unmatched = shelflife_sources_snapshot_unmatched(snapshot, &count);
    for (size_t i = 0; i < count; i++) {
        struct shelflife_log_line line;
        shelflife_log_begin(&line, live->log, SHELFLIFE_LOG_WARNING,
                            "the policy names something that no catalog has; this part has no effect");
        shelflife_log_string(&line, "policy", shelflife_str_of(live->config->policy));
        shelflife_log_string(&line, "detail", unmatched[i]);
        shelflife_log_end(&line);
    }
}

/* Puts catalogs and policy of a snapshot in use, together with an inventory. */
static bool use(struct shelflife_sources_live *live, const struct shelflife_sources_snapshot *snapshot,
                struct shelflife_sources_inventory *inventory, error *err)
{
    struct shelflife_sources_snapshot *together = shelflife_sources_snapshot_with(snapshot, inventory, err);
    if (!together)
        return false;
    shelflife_sources_current_swap(&live->current, together);
    return true;
}

static bool build(void *context, error *err)
{
    struct shelflife_sources_live *live = context;
    struct shelflife_sources_snapshot *snapshot = shelflife_sources_snapshot_build(&live->inputs, err);
    bool used = snapshot && use(live, snapshot, live->inventory, err);
    if (used)
        log_unmatched(live, snapshot);
    shelflife_sources_snapshot_release(snapshot);
    return used;
}

static void fingerprint_inventories(void *context, buffer *out)
{
    const struct shelflife_sources_live *live = context;
    shelflife_sources_inputs_fingerprint_inventories(&live->inputs, out);
}

static bool build_inventory(void *context, error *err)
{
    struct shelflife_sources_live *live = context;
    struct shelflife_sources_inventory *inventory = shelflife_sources_inventory_load(
        live->inputs.inventory_files, live->inputs.inventory_file_count, live->inputs.inventory_remotes, err);
    if (!inventory)
        return false;
    struct shelflife_sources_snapshot *snapshot = shelflife_sources_live_take(live);
    bool used = use(live, snapshot, inventory, err);
    shelflife_sources_snapshot_release(snapshot);
    struct shelflife_sources_inventory *unused = used ? live->inventory : inventory;
    live->inventory = used ? inventory : live->inventory;
    shelflife_sources_release(unused);
    return used;
}

void shelflife_sources_live_init(struct shelflife_sources_live *live,
                                 const struct shelflife_sources_config *config, struct shelflife_log *log)
{
    const struct shelflife_sources_reload_target target = {live, "snapshot", fingerprint, build};
    const struct shelflife_sources_reload_target inventory_target = {
        live, "inventory", fingerprint_inventories, build_inventory};
    *live = (struct shelflife_sources_live){.config = config, .log = log};
    shelflife_sources_current_init(&live->current);
    shelflife_sources_reload_init(&live->reload, &target, log);
    shelflife_sources_reload_init(&live->inventory_reload, &inventory_target, log);
}

void shelflife_sources_live_free(struct shelflife_sources_live *live)
{
    shelflife_sources_inputs_close(&live->inputs);
    shelflife_sources_current_free(&live->current);
    shelflife_sources_reload_free(&live->reload);
    shelflife_sources_reload_free(&live->inventory_reload);
    shelflife_sources_release(live->inventory);
}

bool shelflife_sources_live_load(struct shelflife_sources_live *live, error *err)
{
    if (!shelflife_sources_inputs_open(&live->inputs, live->config, shelflife_sources_remote_log, live->log,
                                       err) ||
        (live->inputs.remotes &&
         !shelflife_sources_remotes_start(live->inputs.remotes, FIRST_WAIT_MS, err)) ||
        (live->inputs.inventory_remotes &&
         !shelflife_sources_remotes_start(live->inputs.inventory_remotes, FIRST_WAIT_MS, err)) ||
        !shelflife_sources_reload_first(&live->reload, err))
        return false;
    if (live->config->inventory_count)
        shelflife_sources_reload_try_first(&live->inventory_reload);
    return true;
}

void shelflife_sources_live_check(struct shelflife_sources_live *live, bool always)
{
    shelflife_sources_reload_check(&live->reload, always);
    if (live->config->inventory_count)
        shelflife_sources_reload_check(&live->inventory_reload, always);
}

struct shelflife_sources_snapshot *shelflife_sources_live_take(struct shelflife_sources_live *live)
{
    return shelflife_sources_current_take(&live->current);
}

void shelflife_sources_live_write_status(struct shelflife_sources_live *live, buffer *lines)
{
    shelflife_sources_reload_write_status(&live->reload, lines);
    shelflife_sources_reload_write_status(&live->inventory_reload, lines);
    if (live->inputs.remotes)
        shelflife_sources_remotes_write_status(live->inputs.remotes, lines);
    if (live->inputs.inventory_remotes)
        shelflife_sources_remotes_write_status(live->inputs.inventory_remotes, lines);
}

void shelflife_sources_live_write_metrics(struct shelflife_sources_live *live, buffer *out)
{
    if (live->inputs.remotes)
        shelflife_sources_remotes_write_metrics(live->inputs.remotes, out);
}

uint64_t shelflife_sources_live_count_fetches(struct shelflife_sources_live *live, bool succeeded)
{
    uint64_t sum = 0;
    size_t count = live->inputs.remotes ? shelflife_sources_remotes_count(live->inputs.remotes) : 0;
    for (size_t i = 0; i < count; i++) {
        struct shelflife_sources_remote_status status;
        shelflife_sources_remotes_status(live->inputs.remotes, i, &status);
        sum += succeeded ? status.fetched : status.failed;
    }
    return sum;
}
