#include "cli/inspect_gather.h"

#include <stdio.h>

enum {
    THREADS_MAX = 16,
    RESULTS_MAX = 256 << 20, /* bytes of all that was found */
    IMAGE_MAX = 64 << 20,    /* bytes that reading one image may take */
};

static bool keep(void *context, const struct shelflife_evidence *evidence)
{
    const struct cli_gather *g = context;
    return shelflife_catalogs_reads(g->catalogs, evidence);
}

static struct shelflife_registry_wanted wanted_of(struct cli_gather *g)
{
    return (struct shelflife_registry_wanted){
        .platform = g->platform, .keep = keep, .context = g, .referrers = true};
}

/* ---- Results ---- */

static bool copy_text(arena *a, str *text)
{
    return text->len == 0 || shelflife_arena_copy(a, *text, text);
}

static bool copy_texts(arena *a, const str **list, size_t count)
{
    str *copy = shelflife_arena_array(a, count, sizeof(*copy));
    bool ok = copy != NULL;
    for (size_t i = 0; ok && i < count; i++) {
        copy[i] = (*list)[i];
        ok = copy_text(a, &copy[i]);
    }
    *list = copy;
    return ok;
}

static bool copy_evidence(arena *a, struct shelflife_evidence_list *list)
{
    struct shelflife_evidence *copy = shelflife_arena_array(a, list->count, sizeof(*copy));
    bool ok = copy != NULL;
    for (size_t i = 0; ok && i < list->count; i++) {
        copy[i] = list->at[i];
        ok = copy_text(a, &copy[i].name) && copy_text(a, &copy[i].value);
    }
    list->at = copy;
    return ok;
}

/* Copies what a result points to into the arena of all results. */
static bool copy_result(arena *a, struct cli_inspected *r)
{
    struct shelflife_registry_image *f = &r->found;
    str *const texts[] = {&r->image,  &r->why,      &f->digest,    &f->manifest,
                          &f->config, &f->platform, &f->base_name, &f->base_digest};
    bool ok = true;
    for (size_t i = 0; ok && i < COUNT(texts); i++)
        ok = copy_text(a, texts[i]);
    return ok && copy_texts(a, &f->notes, f->note_count) &&
           copy_texts(a, &r->references, r->reference_count) && copy_evidence(a, &f->evidence);
}

static void stop(struct cli_gather *g, const error *why)
{
    if (!g->stopped)
        g->why = *why;
    g->stopped = true;
}

static void add(struct cli_gather *g, struct cli_inspected result)
{
    error err = {0};
    pthread_mutex_lock(&g->lock);
    if (!shelflife_grow(&g->at, &g->capacity, g->count + 1, sizeof(*g->at))) {
        shelflife_fail_memory(&err);
        stop(g, &err);
    } else if (!copy_result(&g->memory, &result)) {
        shelflife_arena_fail(&g->memory, &err);
        stop(g, &err);
    } else {
        result.order = g->count;
        g->at[g->count++] = result;
        g->failed += result.why.len > 0;
    }
    pthread_mutex_unlock(&g->lock);
}

static void add_failure(struct cli_gather *g, size_t argument, const error *why)
{
    add(g, (struct cli_inspected){.argument = argument,
                                  .image = shelflife_str_of(g->images->at[argument]),
                                  .why = shelflife_str_of(why->text)});
}

static void end_argument(struct cli_gather *g)
{
    pthread_mutex_lock(&g->lock);
    g->done++;
    if (g->progress)
        fprintf(stderr, "\r\x1b[K%zu of %zu images", g->done, g->images->count);
    pthread_mutex_unlock(&g->lock);
}

static bool is_stopped(struct cli_gather *g)
{
    pthread_mutex_lock(&g->lock);
    bool stopped = g->stopped;
    pthread_mutex_unlock(&g->lock);
    return stopped || (g->registry.cancel && atomic_load(g->registry.cancel));
}

/* ---- Images on disk ---- */

struct disk {
    struct cli_gather *gather;
    size_t argument;
    size_t added;
};

static bool add_from_disk(void *context, const struct shelflife_registry_disk_image *image, error *err)
{
    struct disk *d = context;
    struct cli_inspected result = {.argument = d->argument, .image = image->place};
    str as = shelflife_str_of(d->gather->as);
    if (image->image)
        result.found = *image->image;
    else
        result.why = shelflife_str_of(image->failure->text);
    result.references = d->gather->as ? &as : image->references;
    result.reference_count = d->gather->as ? 1 : image->reference_count;
    add(d->gather, result);
    d->added++;
    return !is_stopped(d->gather) || shelflife_fail(err, SHELFLIFE_ERROR_IO, "stopped");
}

static void inspect_disk(struct cli_gather *g, size_t argument)
{
    struct disk disk = {.gather = g, .argument = argument};
    const struct shelflife_registry_wanted wanted = wanted_of(g);
    error err = {0};
    if (!shelflife_registry_read_disk(g->images->at[argument], &wanted, add_from_disk, &disk, &err) &&
        (disk.added == 0 || !is_stopped(g)))
        add_failure(g, argument, &err);
}

/* ---- Images of an inventory ---- */

static bool find_known(const struct cli_gather *g, const struct shelflife_reference *reference,
                       struct shelflife_registry_image *out, arena *a, error *err)
{
    struct shelflife_inventory_entry e;
    if (!g->known || !shelflife_inventory_find(g->known, reference, &e))
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%.*s: not in the inventory",
                              STR_PRINT(reference->normalized));
    *out = (struct shelflife_registry_image){.platform = e.platform,
                                             .evidence = e.evidence,
                                             .base_name = e.base_name,
                                             .base_digest = e.base_digest,
                                             .outdated = e.outdated,
                                             .outdated_since = SHELFLIFE_DAY_NONE};
    return (shelflife_arena_copy(a, shelflife_str_of(e.digest), &out->digest) &&
            shelflife_arena_copy(a, shelflife_str_of(e.manifest), &out->manifest)) ||
           shelflife_arena_fail(a, err);
}

/* ---- Images in registries ---- */

static bool inspect_reference(struct cli_gather *g, struct shelflife_registry_client *client, str image,
                              arena *a, struct shelflife_registry_image *out, error *err)
{
    struct shelflife_reference reference;
    struct shelflife_registry_failure failure;
    if (!shelflife_reference_parse(image, a, &reference, err))
        return shelflife_error_prefix(err, "%.*s", STR_PRINT(image));
    if (g->offline)
        return find_known(g, &reference, out, a, err);
    const struct shelflife_registry_wanted wanted = wanted_of(g);
    return shelflife_registry_inspect(client, &reference, &wanted, a, out, &failure, err);
}

static void inspect_argument(struct cli_gather *g, struct shelflife_registry_client *client, size_t argument,
                             arena *a)
{
    str image = shelflife_str_of(g->images->at[argument]);
    struct cli_inspected result = {.argument = argument,
                                   .image = image,
                                   .known = g->offline,
                                   .references = &image,
                                   .reference_count = 1};
    error err = {0};
    if (inspect_reference(g, client, image, a, &result.found, &err))
        add(g, result);
    else
        add_failure(g, argument, &err);
}

/* Each takes the next argument until there is none. */
static void *work(void *context)
{
    struct cli_gather *g = context;
    error err = {0};
    arena a;
    struct shelflife_registry_client *client = g->open ? shelflife_registry_client_new(g->open, &err) : NULL;
    shelflife_arena_init(&a, IMAGE_MAX);
    if (g->open && !client) {
        pthread_mutex_lock(&g->lock);
        stop(g, &err);
        pthread_mutex_unlock(&g->lock);
    }
    for (size_t i; (i = atomic_fetch_add(&g->next, 1)) < g->images->count && !is_stopped(g);) {
        if (shelflife_registry_is_on_disk(g->images->at[i]))
            inspect_disk(g, i);
        else
            inspect_argument(g, client, i, &a);
        shelflife_arena_reset(&a);
        end_argument(g);
    }
    shelflife_arena_free(&a);
    shelflife_registry_client_free(client);
    return NULL;
}

static void work_side_by_side(struct cli_gather *g, size_t threads)
{
    pthread_t more[THREADS_MAX];
    size_t started = 0;
    while (started + 1 < threads && pthread_create(&more[started], NULL, work, g) == 0)
        started++;
    work(g);
    for (size_t i = 0; i < started; i++)
        pthread_join(more[i], NULL);
}

static int compare_results(const void *a, const void *b)
{
    const struct cli_inspected *x = a, *y = b;
    if (x->argument != y->argument)
        return x->argument < y->argument ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* ---- The inventory to judge by ---- */

/* The day of the base system's packages, which depends on the image's evidence alone. */
static bool find_snapshot(const struct cli_gather *g, const struct shelflife_registry_image *image,
                          shelflife_day *out, error *err)
{
    CLEANUP(shelflife_arena_free) arena a;
    struct shelflife_reference reference;
    struct shelflife_resolution resolution;
    shelflife_arena_init(&a, IMAGE_MAX);
    if (!shelflife_reference_parse(STR("localhost/image"), &a, &reference, err) ||
        !shelflife_catalogs_resolve(g->catalogs, reference.name, &reference, &image->evidence, &a,
                                    &resolution, err))
        return false;
    *out = resolution.snapshot;
    return true;
}

static bool put(struct cli_gather *g, const struct cli_inspected *r, error *err)
{
    const struct shelflife_registry_image *f = &r->found;
    struct shelflife_inventory_entry e = {.platform = f->platform,
                                          .inspected = g->today,
                                          .last_seen = g->today,
                                          .evidence = f->evidence,
                                          .base_name = f->base_name,
                                          .base_digest = f->base_digest,
                                          .outdated = f->outdated,
                                          .rules = shelflife_catalogs_evidence_rules(g->catalogs)};
    snprintf(e.digest, sizeof(e.digest), "%.*s", STR_PRINT(f->digest));
    snprintf(e.manifest, sizeof(e.manifest), "%.*s", STR_PRINT(f->manifest));
    return find_snapshot(g, f, &e.snapshot, err) && shelflife_inventory_put(g->inventory, &e, err);
}

static bool see(struct cli_gather *g, const struct cli_inspected *r, error *err)
{
    CLEANUP(shelflife_arena_free) arena a;
    shelflife_arena_init(&a, IMAGE_MAX);
    for (size_t i = 0; i < r->reference_count; i++) {
        struct shelflife_reference reference;
        if (!shelflife_reference_parse(r->references[i], &a, &reference, NULL))
            continue;
        bool tagged = reference.tag.len || !reference.digest.len;
        struct shelflife_inventory_reference seen = {reference.name, reference.tag, g->today};
        if (tagged && reference.tag.len == 0)
            seen.tag = STR("latest");
        if (!shelflife_inventory_see(g->inventory, &seen, r->found.digest, err))
            return false;
    }
    return true;
}

static bool fill_inventory(struct cli_gather *g, error *err)
{
    g->inventory = shelflife_inventory_new();
    if (!g->inventory)
        return shelflife_fail_memory(err);
    if (g->known && !shelflife_inventory_merge(g->inventory, g->known, err))
        return false;
    for (size_t i = 0; i < g->count; i++)
        if (!g->at[i].why.len && !g->at[i].known && (!put(g, &g->at[i], err) || !see(g, &g->at[i], err)))
            return false;
    return shelflife_inventory_finish(g->inventory, err);
}

/* ---- All of it ---- */

static bool asks_registries(const struct cli_gather *g)
{
    bool asks = false;
    for (size_t i = 0; i < g->images->count; i++)
        asks |= !g->offline && !shelflife_registry_is_on_disk(g->images->at[i]);
    return asks;
}

bool shelflife_cli_gather(struct cli_gather *g, error *err)
{
    shelflife_arena_init(&g->memory, RESULTS_MAX);
    pthread_mutex_init(&g->lock, NULL);
    bool asks = asks_registries(g);
    if (asks && !(g->open = shelflife_registry_open(&g->registry, err)))
        return false;
    work_side_by_side(g, asks && g->images->count < THREADS_MAX ? g->images->count : asks ? THREADS_MAX : 1);
    if (g->progress)
        fprintf(stderr, "\r\x1b[K");
    if (g->stopped) {
        if (err)
            *err = g->why;
        return false;
    }
    if (g->registry.cancel && atomic_load(g->registry.cancel))
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "interrupted");
    shelflife_sort(g->at, g->count, sizeof(*g->at), compare_results);
    return fill_inventory(g, err);
}

void shelflife_cli_gather_free(struct cli_gather *g)
{
    shelflife_inventory_free(g->inventory);
    shelflife_registry_close(g->open);
    shelflife_arena_free(&g->memory);
    shelflife_free(g->at);
}
