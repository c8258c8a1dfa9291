/*
 * Common Lifecycle Enumeration (ECMA-428) 1.0.0: events in the life of a component. endOfSupport, or
 * endOfLife without it, is the end of patch; endOfDistribution the end of availability; released the newest
 * patch. Of two events about the same, the one with the higher id counts; one that is withdrawn does not.
 *
 * Events are about versions and ranges; rows are about releases. A range such as >=3.8|<3.10 is made of
 * releases (vers.h). Any other range is about those of the document's releases that are in it.
 */
#include "base/ascii.h"
#include "catalog/pattern.h"
#include "feeds/read.h"
#include "feeds/vers.h"
#include "shelflife/catalog.h"
#include "json/document.h"

enum {
    EVENTS_MAX = 20000,    /* of a document */
    TARGETS_MAX = 2000,    /* releases of a document */
    EXPANDED_MAX = 100,    /* releases of a range */
    SUPPORTS_MAX = 32,     /* kinds of support */
    STEPS_MAX = 100000000, /* comparisons of a version or range with a release */
};

enum type { RELEASED, SUPPORT, LIFE, DISTRIBUTION, WITHDRAWN, OTHER };

struct event {
    int64_t id, target; /* of a withdrawal: the id of what is withdrawn */
    enum type type;
    shelflife_day day;
    bool extended;  /* support that is paid for */
    bool withdrawn; /* it no longer counts */
    struct node node;
};

/* A release that the document is about. */
struct target {
    str release;
    shelflife_day support, extended, life, distribution, released, latest_date;
    str latest;
    unsigned keys;
};

struct reading {
    const struct feeds_input *input;
    struct feeds_facts *facts;
    struct node document, list; /* the events */
    struct support {
        str id;    /* may be absent, also in events */
        bool paid; /* according to its description */
    } supports[SUPPORTS_MAX];
    size_t support_count;
    struct event *events;
    size_t event_count, event_capacity;
    struct target *targets;
    size_t target_count, target_capacity;
    bool whole;   /* an event is about all versions */
    size_t steps; /* so far */
    error *err;
};

static bool read_time(const struct node *map, const char *key, shelflife_day *out, error *err)
{
    struct node node;
    str text;
    int64_t seconds;
    if (!shelflife_node_get(map, key, &node))
        return shelflife_node_fail(*map, err, "`%s` is missing", key);
    if (!shelflife_node_string(node, &text, err))
        return false;
    if (!shelflife_time_parse(text, &seconds))
        return shelflife_node_fail(node, err, "must be a time like 2028-06-30T00:00:00Z");
    *out = shelflife_day_of_seconds(seconds);
    return true;
}

/* ---- events ---- */

/* Whether a text has one of the words that publishers use for support that costs money. */
static bool has_word(str text)
{
    static const str words[] = {STR_INIT("extend"),     STR_INIT("premium"), STR_INIT("paid"),
                                STR_INIT("commercial"), STR_INIT("esm"),     STR_INIT("els")};
    for (size_t i = 0; i < text.len; i++)
        for (size_t w = 0; w < COUNT(words); w++) {
            size_t k = 0;
            while (k < words[w].len && i + k < text.len && ascii_lower(text.at[i + k]) == words[w].at[k])
                k++;
            if (k == words[w].len && (i == 0 || !ascii_is_letter(text.at[i - 1])))
                return true;
        }
    return false;
}

/* Reads the kinds of support. Those that are not compared would count as free support. */
static bool read_supports(struct reading *r)
{
    enum { DESCRIPTION_MAX = 512 };
    struct node definitions, list, one;
    if (!shelflife_node_get(&r->document, "definitions", &definitions) ||
        !shelflife_node_get(&definitions, "support", &list) || shelflife_node_type(list) != NODE_ARRAY)
        return true;
    if (shelflife_node_count(list) > SUPPORTS_MAX)
        return shelflife_node_fail(list, r->err, "there are more than %d kinds of support", SUPPORTS_MAX);
    for (size_t i = 0; shelflife_node_at(&list, i, &one); i++)
        if (shelflife_node_type(one) == NODE_MAP)
            r->supports[r->support_count++] =
                (struct support){.id = shelflife_feeds_text_at(&one, "id"),
                                 .paid = has_word(shelflife_str_first(
                                     shelflife_feeds_text_at(&one, "description"), DESCRIPTION_MAX))};
    return true;
}

/* Whether support costs money, by its id or its description. Of several kinds with the id, the last one
   counts. */
static bool is_extended(const struct reading *r, str id)
{
    bool paid = false;
    for (size_t i = 0; i < r->support_count; i++)
        if (shelflife_str_equal(r->supports[i].id, id))
            paid = r->supports[i].paid;
    return paid || has_word(id);
}

static enum type type_of(str name)
{
    static const struct {
        str name;
        enum type type;
    } types[] = {{STR_INIT("released"), RELEASED},
                 {STR_INIT("endOfSupport"), SUPPORT},
                 {STR_INIT("endOfLife"), LIFE},
                 {STR_INIT("endOfDistribution"), DISTRIBUTION},
                 {STR_INIT("withdrawn"), WITHDRAWN}};
    for (size_t i = 0; i < COUNT(types); i++)
        if (shelflife_str_equal(types[i].name, name))
            return types[i].type;
    return OTHER;
}

static bool read_id(const struct node *event, const char *key, int64_t *out, error *err)
{
    struct node node;
    return shelflife_node_get(event, key, &node) ? shelflife_node_integer(node, 0, INT64_MAX, out, err)
                                                 : shelflife_node_fail(*event, err, "`%s` is missing", key);
}

static bool read_event(struct reading *r, const struct node *node)
{
    struct event event = {.node = *node, .day = SHELFLIFE_DAY_NONE};
    if (!shelflife_node_map(*node, r->err) || !read_id(node, "id", &event.id, r->err))
        return false;
    str type = shelflife_feeds_text_at(node, "type");
    event.type = type_of(type);
    if (type.len == 0)
        return shelflife_node_fail(*node, r->err, "`type` is missing");
    if (event.type == WITHDRAWN && !read_id(node, "eventId", &event.target, r->err))
        return false;
    if (event.type < WITHDRAWN && !read_time(node, "effective", &event.day, r->err))
        return false;
    event.extended = event.type == SUPPORT && is_extended(r, shelflife_feeds_text_at(node, "supportId"));
    if (r->event_count == EVENTS_MAX)
        return shelflife_node_fail(*node, r->err, "there are more than %d events", EVENTS_MAX);
    if (!shelflife_grow(&r->events, &r->event_capacity, r->event_count + 1, sizeof(*r->events)))
        return shelflife_fail_memory(r->err);
    r->events[r->event_count++] = event;
    return true;
}

/* The newest first. */
static int compare_events(const void *a, const void *b)
{
    const struct event *p = a, *q = b;
    return (p->id < q->id) - (p->id > q->id);
}

static struct event *find_event(const struct reading *r, int64_t id)
{
    const struct event wanted = {.id = id};
    size_t i = shelflife_lower_bound(&wanted, r->events, r->event_count, sizeof(wanted), compare_events);
    return i < r->event_count && r->events[i].id == id ? &r->events[i] : NULL;
}

/* Notes what is not imported from a place in the document. */
static void skip(const struct reading *r, const struct node *node, const char *why)
{
    if (!r->input->skipped)
        return;
    shelflife_buffer_format(r->input->skipped, "%s: ", r->input->origin);
    shelflife_node_path(*node, r->input->skipped);
    shelflife_buffer_format(r->input->skipped, ": %s\n", why);
}

/* A withdrawal can be withdrawn itself, by a later one. */
static bool withdraw(struct reading *r)
{
    for (size_t i = 0; i < r->event_count; i++) {
        struct event *event = &r->events[i];
        if (i > 0 && event->id == event[-1].id)
            return shelflife_node_fail(event->node, r->err, "its `id`, %lld, is that of another event, too",
                                       (long long)event->id);
        if (event->type != WITHDRAWN || event->withdrawn)
            continue;
        struct event *target = find_event(r, event->target);
        if (target && target->id < event->id)
            target->withdrawn = true;
        else
            skip(r, &event->node, "it withdraws nothing: its `eventId` is not that of an earlier event");
    }
    return true;
}

static bool read_events(struct reading *r)
{
    struct node node;
    if (!shelflife_node_get(&r->document, "events", &r->list))
        return shelflife_node_fail(r->document, r->err, "`events` is missing: this is not a CLE document");
    if (!shelflife_node_array(r->list, r->err))
        return false;
    for (size_t i = 0; shelflife_node_at(&r->list, i, &node); i++)
        if (!read_event(r, &node))
            return false;
    shelflife_sort(r->events, r->event_count, sizeof(*r->events), compare_events);
    return withdraw(r);
}

/* ---- releases ---- */

/* Each version and range is compared with all releases. */
static bool spend(struct reading *r, size_t steps)
{
    r->steps += steps;
    return r->steps <= STEPS_MAX ||
           shelflife_node_fail(r->document, r->err,
                               "its events have too many versions and ranges for %zu releases",
                               r->target_count);
}

static struct target *find_target(const struct reading *r, str release)
{
    for (size_t i = 0; i < r->target_count; i++)
        if (shelflife_str_equal(r->targets[i].release, release))
            return &r->targets[i];
    return NULL;
}

static struct target *add_target(struct reading *r, str release)
{
    if (!spend(r, r->target_count))
        return NULL;
    struct target *target = find_target(r, release);
    if (target)
        return target;
    if (r->target_count == TARGETS_MAX) {
        shelflife_node_fail(r->document, r->err, "its events are about more than %d releases", TARGETS_MAX);
        return NULL;
    }
    if (!shelflife_grow(&r->targets, &r->target_capacity, r->target_count + 1, sizeof(*r->targets))) {
        shelflife_fail_memory(r->err);
        return NULL;
    }
    target = &r->targets[r->target_count++];
    *target = (struct target){.release = release,
                              .support = SHELFLIFE_DAY_NONE,
                              .extended = SHELFLIFE_DAY_NONE,
                              .life = SHELFLIFE_DAY_NONE,
                              .distribution = SHELFLIFE_DAY_NONE,
                              .released = SHELFLIFE_DAY_NONE,
                              .latest_date = SHELFLIFE_DAY_NONE};
    return target;
}

/* Adds the releases of each interval of a range, and the single versions. */
static bool add_range(struct reading *r, const struct feeds_vers *range)
{
    str releases[EXPANDED_MAX];
    for (size_t i = 0; i < range->count; i++) {
        const struct feeds_vers_constraint *one = &range->at[i];
        if (one->is == FEEDS_VERS_EQUAL && !add_target(r, one->version))
            return false;
        if (one->is != FEEDS_VERS_GREATER_EQUAL || i + 1 == range->count || one[1].is != FEEDS_VERS_LESS)
            continue;
        size_t count = shelflife_feeds_vers_releases(one->version, one[1].version, &r->facts->memory,
                                                     releases, EXPANDED_MAX);
        if (count == SIZE_MAX)
            return shelflife_arena_fail(&r->facts->memory, r->err);
        for (size_t k = 0; k < count; k++)
            if (!add_target(r, releases[k]))
                return false;
    }
    return true;
}

/* Reads a version or, if *version is absent then, a range in the list `versions`. */
static bool read_versions(const struct reading *r, const struct node *item, str *version,
                          struct feeds_vers *range)
{
    struct node node;
    *version = shelflife_feeds_text_or_at(item, "version");
    if (version->len)
        return shelflife_feeds_is_version(*version) ||
               shelflife_node_fail(*item, r->err, "\"%.*s\" is not a version", STR_PRINT(*version));
    if (!shelflife_node_get(item, "range", &node))
        return shelflife_node_fail(*item, r->err, "must be a map with `version` or `range`");
    str text;
    if (!shelflife_node_string(node, &text, r->err))
        return false;
    const char *fault = shelflife_feeds_vers_read(text, range);
    return !fault || shelflife_node_fail(node, r->err, "\"%.*s\" %s", STR_PRINT(text), fault);
}

static bool is_end(const struct event *event)
{
    return event->type == SUPPORT || event->type == LIFE || event->type == DISTRIBUTION;
}

/* Whether a version belongs to a release: it is the release, or one of its patches. */
static bool is_patch_of(str version, str release)
{
    return release.len && shelflife_str_starts(version, release) &&
           (version.len == release.len || catalog_is_separator(version.at[release.len]));
}

/* The release with the longest name that a version belongs to. */
static struct target *find_patched(const struct reading *r, str version)
{
    struct target *best = NULL;
    for (size_t i = 0; i < r->target_count; i++)
        if (is_patch_of(version, r->targets[i].release) &&
            (!best || r->targets[i].release.len > best->release.len))
            best = &r->targets[i];
    return best;
}

static void set_day(struct target *target, const struct event *event)
{
    static const unsigned keys[] = {
        [SUPPORT] = FEEDS_KEY_END, [LIFE] = FEEDS_KEY_END, [DISTRIBUTION] = FEEDS_KEY_AVAILABILITY};
    shelflife_day *days[] = {[SUPPORT] = event->extended ? &target->extended : &target->support,
                             [LIFE] = &target->life,
                             [DISTRIBUTION] = &target->distribution};
    shelflife_day *day = days[event->type];
    target->keys |= event->extended ? FEEDS_KEY_EXTENDED : keys[event->type];
    if (!event->withdrawn && *day == SHELFLIFE_DAY_NONE)
        *day = event->day;
}

/* Finds the releases that a version or range is made of. */
static bool add_releases(struct reading *r, const struct event *event, const struct node *item, str version,
                         const struct feeds_vers *range)
{
    (void)event;
    (void)item;
    if (version.len)
        return add_target(r, version) != NULL;
    r->whole = r->whole || range->all;
    return add_range(r, range);
}

/* Sets the day of all releases that a version or range is about. */
static bool set_days(struct reading *r, const struct event *event, const struct node *item, str version,
                     const struct feeds_vers *range)
{
    bool any = false;
    if (!spend(r, r->target_count * (version.len ? 1 : range->count + 1)))
        return false;
    for (size_t t = 0; t < r->target_count; t++) {
        str release = r->targets[t].release;
        bool in = version.len   ? shelflife_str_equal(release, version)
                  : release.len ? shelflife_feeds_vers_contains(range, release)
                                : range->all;
        if (in)
            set_day(&r->targets[t], event);
        any = any || in;
    }
    if (!any)
        skip(r, item, "the range is not made of single releases");
    return true;
}

typedef bool each_versions(struct reading *r, const struct event *event, const struct node *item, str version,
                           const struct feeds_vers *range);

/* Calls a function for each item in `versions` of the events that end something. */
static bool walk_ends(struct reading *r, each_versions *each)
{
    struct node list, item;
    struct feeds_vers range = {0};
    str version = {0};
    for (size_t e = 0; e < r->event_count; e++) {
        const struct event *event = &r->events[e];
        if (!is_end(event))
            continue;
        if (!shelflife_node_get(&event->node, "versions", &list))
            return shelflife_node_fail(event->node, r->err, "`versions` is missing");
        if (!shelflife_node_array(list, r->err))
            return false;
        for (size_t i = 0; shelflife_node_at(&list, i, &item); i++)
            if (!read_versions(r, &item, &version, &range) || !each(r, event, &item, version, &range))
                return false;
    }
    return true;
}

/* Reads the versions that were released. One that belongs to no release so far is a release, cut to as many
   numbers as the others have. */
static bool read_released(struct reading *r)
{
    size_t numbers = 0;
    for (size_t i = 0; i < r->target_count; i++) {
        size_t count = shelflife_feeds_count_numbers(r->targets[i].release);
        numbers = i == 0 || count == numbers ? count : 0;
        if (numbers == 0)
            break;
    }
    for (size_t e = 0; e < r->event_count; e++) {
        const struct event *event = &r->events[e];
        str version = shelflife_feeds_text_at(&event->node, "version");
        if (event->type != RELEASED || event->withdrawn)
            continue;
        if (!shelflife_feeds_is_version(version))
            return shelflife_node_fail(event->node, r->err, "`version` is missing, or not a version");
        struct target *target = find_patched(r, version);
        if (!target)
            target = add_target(
                r, shelflife_feeds_cut(version, shelflife_feeds_count_numbers(version) ? numbers : 0));
        if (!target)
            return false;
        target->keys |= FEEDS_KEY_LATEST | FEEDS_KEY_LATEST_DATE;
        if (target->latest.len == 0 || shelflife_version_compare(version, target->latest) > 0) {
            target->latest = version;
            target->latest_date = event->day;
        }
        if (target->released == SHELFLIFE_DAY_NONE || event->day < target->released)
            target->released = event->day;
    }
    return true;
}

/* The newest first. */
static int compare_targets(const void *a, const void *b)
{
    const struct target *p = a, *q = b;
    int order = shelflife_version_compare(q->release, p->release);
    return order ? order : shelflife_str_compare(p->release, q->release);
}

static bool add_facts(const struct reading *r, struct feeds_product *product)
{
    for (size_t i = 0; i < r->target_count; i++) {
        const struct target *target = &r->targets[i];
        struct feeds_release *fact =
            shelflife_feeds_facts_release(r->facts, product, target->release, r->err);
        if (!fact)
            return false;
        fact->keys = target->keys;
        fact->end_of_patch = target->support != SHELFLIFE_DAY_NONE ? target->support : target->life;
        fact->end_of_extended_patch = target->extended;
        if (fact->end_of_patch == SHELFLIFE_DAY_NONE && target->extended != SHELFLIFE_DAY_NONE) {
            fact->end_of_patch = target->extended;
            fact->keys |= FEEDS_KEY_END;
        }
        if (fact->keys & FEEDS_KEY_END)
            fact->keys |= FEEDS_KEY_EXTENDED;
        fact->end_of_availability = target->distribution;
        fact->released = target->released;
        fact->latest = target->latest;
        fact->latest_date = target->latest_date;
        if (shelflife_str_equal(fact->latest, fact->release)) {
            fact->latest = (str){0};
            fact->latest_date = SHELFLIFE_DAY_NONE;
        }
    }
    return true;
}

/* ---- documents ---- */

/* The last part of a package URL's path: "python" in pkg:docker/library/python. If an earlier document has
   this name, the last two parts: "library-python". */
static bool name_of(const struct reading *r, str purl, str *name)
{
    str path = shelflife_str_after(purl, sizeof("pkg:") - 1);
    path = shelflife_str_first(path, shelflife_str_find(path, '?'));
    path = shelflife_str_first(path, shelflife_str_find(path, '#'));
    path = shelflife_str_first(path, shelflife_str_find(path, '@'));
    size_t slash = shelflife_str_find_last(path, '/');
    *name = shelflife_str_after(path, slash + 1);
    for (size_t i = 0; i < r->facts->product_count; i++) {
        if (slash == SIZE_MAX || !shelflife_str_equal(r->facts->products[i].name, *name))
            continue;
        str before = shelflife_str_first(path, slash);
        before = shelflife_str_after(before, shelflife_str_find_last(before, '/') + 1);
        return shelflife_arena_format(&r->facts->memory, name, "%.*s-%.*s", STR_PRINT(before),
                                      STR_PRINT(*name)) ||
               shelflife_arena_fail(&r->facts->memory, r->err);
    }
    return true;
}

/* Reads a package URL. The first one of a document names the product. */
static bool read_purl(const struct reading *r, const struct node *node, struct feeds_product **product)
{
    str purl, name;
    if (!shelflife_node_string(*node, &purl, r->err))
        return false;
    if (!shelflife_str_starts(purl, STR("pkg:")))
        return shelflife_node_fail(*node, r->err, "must be a package URL like pkg:docker/library/python");
    if (!*product) {
        if (!name_of(r, purl, &name))
            return false;
        *product = shelflife_feeds_facts_add(r->facts, name, r->err);
    }
    return *product && shelflife_feeds_facts_purl(r->facts, *product, purl, r->err);
}

static bool read_identifiers(const struct reading *r, const struct node *node, struct feeds_product **product)
{
    struct node item;
    if (shelflife_node_type(*node) != NODE_ARRAY)
        return read_purl(r, node, product);
    for (size_t i = 0; shelflife_node_at(node, i, &item); i++)
        if (!read_purl(r, &item, product))
            return false;
    return *product || shelflife_node_fail(*node, r->err, "must not be empty");
}

/* Whether at least one of the events is about a release. If there is no end, there is nothing to import. */
static bool check_targets(const struct reading *r)
{
    for (size_t i = 0; r->target_count == 0 && i < r->event_count; i++)
        if (is_end(&r->events[i]))
            return shelflife_node_fail(
                r->events[i].node, r->err,
                "neither this nor another event is about a version, or a range of releases "
                "such as vers:semver/>=1.0.0|<2.0.0");
    return true;
}

static bool read_document(struct reading *r)
{
    struct node identifier;
    struct feeds_product *product = NULL;
    shelflife_day updated = SHELFLIFE_DAY_NONE;
    if (!shelflife_node_map(r->document, r->err))
        return false;
    if (!shelflife_node_get(&r->document, "identifier", &identifier))
        return shelflife_node_fail(r->document, r->err,
                                   "`identifier` is missing: this is not a CLE document");
    if (!read_identifiers(r, &identifier, &product) ||
        !read_time(&r->document, "updatedAt", &updated, r->err) || !read_supports(r) || !read_events(r) ||
        !walk_ends(r, add_releases) || !read_released(r))
        return false;
    if ((r->target_count == 0 && r->whole && !add_target(r, (str){0})) || !check_targets(r))
        return false;
    shelflife_sort(r->targets, r->target_count, sizeof(*r->targets), compare_targets);
    if (updated > r->facts->as_of)
        r->facts->as_of = updated;
    return walk_ends(r, set_days) && add_facts(r, product);
}

bool shelflife_feeds_read_cle(const struct feeds_input *input, struct feeds_facts *facts, error *err)
{
    if (!shelflife_feeds_facts_document(facts, input->bytes, input->origin, err))
        return false;
    struct node root = shelflife_document_root(facts->document);
    bool many = shelflife_node_type(root) == NODE_ARRAY, ok = true;
    for (size_t i = 0; ok && (many || i == 0); i++) {
        struct reading r = {.input = input, .facts = facts, .document = root, .err = err};
        if (many && !shelflife_node_at(&root, i, &r.document))
            break;
        ok = read_document(&r);
        shelflife_free(r.events);
        shelflife_free(r.targets);
    }
    facts->single = facts->unnamed = facts->product_count == 1;
    facts->by_repository = true;
    return ok;
}
