/* rooms: base json reference workload catalog policy inventory */
#include "base/base.h"
#include "shelflife/policy.h"

static const char catalog[] =
    "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": \"tree\", \"asOf\": "
    "\"2026-01-01\","
    " \"parts\": [\"oak\"], \"products\": ["
    "{\"name\": \"oak\", \"part\": [\"{codename}\"], \"repositories\": [\"docker.io/library/oak\"], "
    "\"rows\": "
    "[{\"release\": \"11\", \"codename\": \"bark\", \"endOfPatch\": \"2025-06-30\"}]},"
    "{\"name\": \"pine\", \"repositories\": [\"docker.io/library/pine\"], \"evidence\": [{\"env\": "
    "\"PINE\"}, {\"label\": \"pine.example/a-long-name-of-a-label-that-is-cut-in-a-line\"}], \"rows\": "
    "[{\"release\": \"3.8\", \"endOfPatch\": \"2025-01-01\", \"endOfAvailability\": \"2025-12-31\"},"
    " {\"release\": \"3.9\", \"endOfPatch\": \"2026-08-01\", \"latest\": \"3.9.9\"}]}]}";

#define DIGEST_OF(digit) "sha256:" digit digit digit digit digit digit digit digit
#define DIGEST(digit) DIGEST_OF(digit digit digit digit digit digit digit digit) /* 64 digits */
#define SEEN(name) "\"references\": [{\"name\": \"" name "\", \"lastSeen\": \"2026-01-01\"}]"
#define IMAGE(digit)                                                                                         \
    "{\"digest\": \"" DIGEST(digit) "\", \"platform\": \"linux/amd64\", \"inspected\": \"2026-01-01\", "

static const char inventory_text[] =
    "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Inventory\", \"asOf\": \"2026-01-01\", \"images\": "
    "[" IMAGE("1")
        SEEN("gcr.io/acme/app:1") ", \"evidence\": {\"env\": {\"PINE\": \"3.8.1\"}}, \"snapshot\": "
                                  "\"2025-01-15\", \"outdated\": true}," IMAGE("2") SEEN(
                                      "docker.io/library/pine:3.9.1") ", \"evidence\": {\"labels\": "
                                                                      "{\"pine.example/"
                                                                      "a-long-name-of-a-label-that-is-cut-in-"
                                                                      "a-line\": \"3.8\"}}, \"base\": "
                                                                      "{\"name\": \"x\", "
                                                                      "\"digest\": \"" DIGEST("1") "\"}}]}";

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* Days between those of the horizon change nothing. */
static void check_horizon(const struct shelflife_policy *policy, const struct shelflife_catalogs *catalogs,
                          const struct shelflife_inventory *inventory, str namespace,
                          const struct shelflife_verdict *first, arena *a)
{
    enum { DAYS = 60, STEP = 13 };
    const shelflife_day *days;
    size_t count, next = 0;
    error err;
    enum shelflife_phase phase = first->phase;
    enum shelflife_action action = first->action;
    if (!shelflife_policy_horizon(policy, first, a, &days, &count, &err))
        return;
    for (shelflife_day at = first->at + 1; at < first->at + DAYS * STEP; at += STEP) {
        struct shelflife_verdict then;
        bool may = false;
        while (next < count && days[next] <= at) {
            may = true;
            next++;
        }
        if (!shelflife_policy_judge(policy, catalogs, inventory, first->image, namespace, at, a, &then, &err))
            return;
        check(may || (then.phase == phase && then.action == action));
        phase = then.phase;
        action = then.action;
    }
}

static void check_inspected(const struct shelflife_verdict *v)
{
    for (size_t i = 0; i < v->match_count; i++)
        check(v->inspected || !v->matches[i].match->evidence);
    check(v->known != SHELFLIFE_KNOWN_BY_INSPECTION || v->inspected);
    check(!v->contradicted || v->inspected);
    check(!(v->because & SHELFLIFE_BECAUSE_BUILD_AGE) || (v->inspected && v->action != SHELFLIFE_DENY));
}

static void judge(const struct shelflife_policy *policy, const struct shelflife_catalogs *catalogs,
                  const struct shelflife_inventory *inventory, str image, str namespace)
{
    enum { LONGEST = 100, DAY = 20600 };
    arena a;
    buffer line;
    struct shelflife_verdict v;
    error err;
    shelflife_arena_init(&a, 8 << 20);
    shelflife_buffer_init(&line, 4096);
    if (shelflife_policy_judge(policy, catalogs, inventory, image, namespace, DAY, &a, &v, &err)) {
        shelflife_verdict_describe(&v, LONGEST, &line);
        check(!line.failed && line.len <= LONGEST && shelflife_str_is_utf8(shelflife_buffer_str(&line)));
        check(!v.exception || v.action == SHELFLIFE_ALLOW);
        check_inspected(&v);
        check_horizon(policy, catalogs, inventory, namespace, &v, &a);
        check(v.announced == SHELFLIFE_DAY_NONE || v.action == SHELFLIFE_WARN);
    }
    shelflife_policy_mode(policy, namespace, SHELFLIFE_MODE_POLICY);
    shelflife_policy_keeps(policy, image, namespace, image);
    shelflife_buffer_free(&line);
    shelflife_arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count_mistake(void *count, const error *mistake)
{
    check(mistake->kind == SHELFLIFE_ERROR_INPUT && shelflife_str_is_utf8(shelflife_str_of(mistake->text)));
    ++*(size_t *)count;
}

/* Going on after a mistake finds a mistake where stopping at it does, and no more than the limit. */
static void check_mistakes(str text, bool good)
{
    size_t mistakes = 0;
    error err;
    struct shelflife_policy *policy = shelflife_policy_check(text, "fuzz", count_mistake, &mistakes, &err);
    check((policy != NULL) == good && mistakes <= SHELFLIFE_POLICY_MISTAKES_MAX && (!policy || !mistakes));
    shelflife_policy_free(policy);
}

/* A policy; its last line is judged as an image, too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    error err;
    str text = {(const char *)data, size};
    struct shelflife_policy *policy = shelflife_policy_read(text, "fuzz", &err);
    check_mistakes(text, policy != NULL);
    if (!policy) {
        check(err.kind != SHELFLIFE_ERROR_NONE && shelflife_str_is_utf8(shelflife_str_of(err.text)));
        return 0;
    }
    struct shelflife_catalogs *catalogs = shelflife_catalogs_new();
    check(catalogs && shelflife_catalogs_add(catalogs, (str){catalog, sizeof(catalog) - 1}, "tree", &err) &&
          shelflife_catalogs_finish(catalogs, &err));
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    check(inventory &&
          shelflife_inventory_add(inventory, (str){inventory_text, sizeof(inventory_text) - 1}, "inventory",
                                  &err) &&
          shelflife_inventory_finish(inventory, &err));
    size_t end = shelflife_str_find_last(text, '\n');
    judge(policy, catalogs, inventory, end == SIZE_MAX ? text : shelflife_str_after(text, end + 1),
          STR("prod-1"));
    judge(policy, catalogs, inventory, STR("pine:3.8-bark"), STR("kube-system"));
    judge(policy, catalogs, inventory, STR("pine:3.9.1"), STR("a"));
    judge(policy, catalogs, inventory, STR("pine:latest"), (str){0});
    judge(policy, catalogs, inventory, STR("gcr.io/acme/app:1"), STR("a"));
    shelflife_inventory_free(inventory);
    shelflife_catalogs_free(catalogs);
    shelflife_policy_free(policy);
    return 0;
}
