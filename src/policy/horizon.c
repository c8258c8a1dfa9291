/* When and where a verdict may differ, for callers that judge for many namespaces and days. */
#include "policy/internal.h"

static void append_match(const uint64_t *lists, size_t namespaces, buffer *out)
{
    if (namespaces != SHELFLIFE_POLICY_GLOB_LIST_OF_ALL)
        shelflife_buffer_byte(out, shelflife_policy_globs_has(lists, namespaces) ? '1' : '0');
}

void shelflife_policy_namespace_class(const struct shelflife_policy *policy, str namespace, buffer *out)
{
    uint64_t lists[SHELFLIFE_POLICY_GLOB_LIST_WORDS_MAX] UNINITIALIZED;
    shelflife_policy_namespace_lists(policy, namespace, lists);
    for (size_t i = 0; i < policy->override_count; i++)
        append_match(lists, policy->overrides[i].namespaces, out);
    for (size_t i = 0; i < policy->exception_count; i++)
        append_match(lists, policy->exceptions[i].namespaces, out);
}

/* ---- Days on which a verdict may change ---- */

struct days {
    shelflife_day after, *at;
    size_t count, capacity;
    bool failed;
};

static void add(struct days *days, shelflife_day day, int64_t later)
{
    int64_t sum = (int64_t)day + later;
    if (day == SHELFLIFE_DAY_NONE || sum <= days->after || sum > INT32_MAX || days->failed)
        return;
    if (!shelflife_grow(&days->at, &days->capacity, days->count + 1, sizeof(*days->at))) {
        days->failed = true;
        return;
    }
    days->at[days->count++] = (shelflife_day)sum;
}

/* The days that follow from the dates of a match, under these settings. */
static void add_match(struct days *days, const struct shelflife_match *match,
                      const struct policy_settings *settings)
{
    const shelflife_day ends[] = {match->end_of_patch, match->end_of_extended_patch};
    int32_t deny_after = settings->value[POLICY_SETTING_DENY_AFTER];
    for (size_t i = 0; i < COUNT(ends); i++) {
        add(days, ends[i], 1);
        add(days, ends[i], -(int64_t)settings->value[POLICY_SETTING_NOTICE]);
        if (deny_after != POLICY_NEVER)
            add(days, ends[i], (int64_t)deny_after + 1);
    }
    add(days, match->end_of_availability, 1);
    if (match->kind == SHELFLIFE_MATCH_BETWEEN)
        add(days, match->counts_after, 1);
}

static void add_settings(struct days *days, const struct shelflife_verdict *verdict,
                         const struct policy_settings *settings)
{
    /* All matches, as those that do not count yet may count later. */
    for (size_t i = 0; i < verdict->resolution.match_count; i++)
        add_match(days, &verdict->resolution.matches[i], settings);
    add(days, settings->value[POLICY_SETTING_ENFORCE_FROM], 0);
    int32_t build_age = settings->value[POLICY_SETTING_MAX_BUILD_AGE];
    if (verdict->inspected && build_age != POLICY_NEVER)
        add(days, verdict->inspected->snapshot, (int64_t)build_age + 1);
}

static void add_stale(struct days *days, const struct shelflife_policy *policy,
                      const struct shelflife_verdict *verdict)
{
    for (size_t i = 0; i < verdict->resolution.match_count; i++)
        add(days, verdict->resolution.matches[i].row->product->catalog->as_of, (int64_t)policy->max_age + 1);
    if (verdict->resolution.covered_by)
        add(days, verdict->resolution.covered_by->as_of, (int64_t)policy->max_age + 1);
}

static int compare_days(const void *a, const void *b)
{
    shelflife_day x = *(const shelflife_day *)a, y = *(const shelflife_day *)b;
    return (x > y) - (x < y);
}

static bool finish(struct days *days, arena *a, const shelflife_day **out, size_t *count, error *err)
{
    if (days->failed)
        return shelflife_fail_memory(err);
    shelflife_day *copy = shelflife_arena_array(a, days->count, sizeof(*copy));
    if (!copy)
        return shelflife_arena_fail(a, err);
    shelflife_sort(days->at, days->count, sizeof(*days->at), compare_days);
    *count = 0;
    for (size_t i = 0; i < days->count; i++)
        if (i == 0 || days->at[i] != days->at[i - 1])
            copy[(*count)++] = days->at[i];
    *out = copy;
    return true;
}

/* The policy's settings, changed by one override. Overrides are not combined: a day on which nothing changes
   only costs the caller one more judgement. */
static struct policy_settings merged(const struct policy_settings *base, const struct policy_override *o)
{
    struct policy_settings settings = *base;
    for (size_t k = 0; k < POLICY_SETTINGS; k++)
        if (o->given >> k & 1)
            settings.value[k] = o->settings.value[k];
    return settings;
}

bool shelflife_policy_horizon(const struct shelflife_policy *policy, const struct shelflife_verdict *verdict,
                              arena *a, const shelflife_day **out, size_t *count, error *err)
{
    static const uint32_t dated =
        UINT32_C(1) << POLICY_SETTING_NOTICE | UINT32_C(1) << POLICY_SETTING_DENY_AFTER |
        UINT32_C(1) << POLICY_SETTING_ENFORCE_FROM | UINT32_C(1) << POLICY_SETTING_MAX_BUILD_AGE;
    struct days days = {.after = verdict->at};
    add_settings(&days, verdict, &policy->settings);
    for (size_t i = 0; i < policy->override_count; i++)
        if (policy->overrides[i].given & dated) {
            struct policy_settings settings = merged(&policy->settings, &policy->overrides[i]);
            add_settings(&days, verdict, &settings);
        }
    for (size_t i = 0; i < policy->exception_count; i++)
        add(&days, policy->exceptions[i].exception.until, 1);
    if (policy->stale_warns)
        add_stale(&days, policy, verdict);
    bool ok = finish(&days, a, out, count, err);
    shelflife_free(days.at);
    return ok;
}
