#include "cli/audit_inspect.h"

#include "cli/output.h"
#include "inspection/combine.h"
#include "inspection/image_id.h"
#include "inspection/seen.h"

enum { SCRATCH_MAX = 16 << 20 };

struct inspecting {
    const struct shelflife_snapshot *snapshot;
    struct shelflife_inspection_seen *seen;
    struct cli_watch *watch;
    shelflife_day today;
    arena scratch;
    size_t failed;
};

/* An image, and what a Pod runs as it, in the form of a Pod's status. */
static bool add(struct inspecting *x, str namespace, str image, str digest, error *err)
{
    struct shelflife_reference reference;
    bool inspects;
    if (!shelflife_policy_inspects(x->snapshot->policy, x->snapshot->catalogs, image, namespace, &x->scratch,
                                   &inspects, err))
        return false;
    if (!inspects)
        return true;
    if (digest.len && shelflife_reference_parse(image, &x->scratch, &reference, NULL)) {
        if (!shelflife_inspection_with_digest(&reference, digest, &x->scratch, &reference, err))
            return false;
        digest = reference.normalized;
    }
    return shelflife_inspection_seen_add(x->seen, image, digest, x->today, err);
}

static bool on_image(void *context, str namespace, str image, str digest, error *err)
{
    struct inspecting *x = context;
    bool ok = add(x, namespace, image, digest, err);
    shelflife_arena_reset(&x->scratch);
    return ok;
}

static void on_inspected(void *context, size_t job UNUSED, enum shelflife_inspection_outcome outcome,
                         const error *why)
{
    struct inspecting *x = context;
    atomic_fetch_add(&x->watch->inspected, 1);
    if (outcome != SHELFLIFE_INSPECTION_FAILED || atomic_load(&x->watch->cancel))
        return;
    x->failed++;
    shelflife_cli_message("%s", why->text);
}

static bool run(struct inspecting *x, const struct cli_registry *registry, struct shelflife_inventory *fresh,
                error *err)
{
    CLEANUP(cleanup_free) struct shelflife_inspection_job *jobs = NULL;
    const struct shelflife_registry_options of_registry =
        cli_image_options(registry, x->snapshot->policy, &x->watch->cancel);
    size_t count;
    if (!shelflife_inspection_seen_take(x->seen, SHELFLIFE_INSPECTION_TAKE_ALL, &jobs, &count, err))
        return false;
    atomic_store(&x->watch->images, count);
    struct shelflife_registry *opened = shelflife_registry_open(&of_registry, err);
    const struct shelflife_inspection_options o = {.registry = opened,
                                                   .catalogs = x->snapshot->catalogs,
                                                   .platform = shelflife_str_of(registry->platform),
                                                   .today = x->today,
                                                   .listener = on_inspected,
                                                   .context = x,
                                                   .cancel = &x->watch->cancel};
    bool ok = opened && shelflife_inspection_run(&o, jobs, count, x->snapshot->inventory, fresh, err) &&
              shelflife_inventory_finish(fresh, err);
    shelflife_registry_close(opened);
    return ok;
}

static void cleanup_inventory(struct shelflife_inventory **inventory)
{
    shelflife_inventory_free(*inventory);
}

static struct shelflife_inventory *inspect(struct inspecting *x, const struct shelflife_audit *audit,
                                           const struct cli_registry *registry, error *err)
{
    CLEANUP(cleanup_inventory) struct shelflife_inventory *fresh = shelflife_inventory_new();
    struct shelflife_inventory *both = shelflife_inventory_new();
    if (!fresh || !both)
        shelflife_fail_memory(err);
    else if (shelflife_audit_each_image(audit, on_image, x, err) && run(x, registry, fresh, err) &&
             shelflife_inspection_combine(x->snapshot->inventory, fresh, both, err) &&
             shelflife_inventory_finish(both, err))
        return both;
    shelflife_inventory_free(both);
    return NULL;
}

struct shelflife_inventory *shelflife_cli_audit_inspect(const struct shelflife_audit *audit,
                                                        const struct shelflife_snapshot *snapshot,
                                                        const struct cli_registry *registry,
                                                        struct cli_watch *watch, size_t *failed, error *err)
{
    struct inspecting x = {.snapshot = snapshot,
                           .watch = watch,
                           .today = shelflife_day_of_seconds(time(NULL)),
                           .seen = shelflife_inspection_seen_new(err)};
    struct shelflife_inventory *inventory = NULL;
    shelflife_arena_init(&x.scratch, SCRATCH_MAX);
    if (x.seen)
        inventory = inspect(&x, audit, registry, err);
    shelflife_inspection_seen_free(x.seen);
    shelflife_arena_free(&x.scratch);
    *failed = x.failed;
    return inventory;
}
