#include "policy/internal.h"

const char *const shelflife_action_names[] = {"allow", "warn", "deny", NULL};
const char *const shelflife_mode_names[] = {"off", "audit", "warn", "enforce", "policy", NULL};

const char *const shelflife_known_names[] = {"name", "inspection", "nothing", NULL};

_Static_assert(COUNT(shelflife_action_names) == SHELFLIFE_DENY + 2, "a name for each action");
_Static_assert(COUNT(shelflife_mode_names) == SHELFLIFE_MODE_POLICY + 2, "a name for each mode");

_Static_assert(COUNT(shelflife_known_names) == SHELFLIFE_KNOWNS + 1, "a name for each source");

const char *shelflife_action_name(enum shelflife_action action)
{
    return shelflife_action_names[action];
}

const char *shelflife_mode_name(enum shelflife_mode mode)
{
    return shelflife_mode_names[mode];
}

bool shelflife_mode_parse(str text, enum shelflife_mode *mode)
{
    for (size_t i = 0; i < SHELFLIFE_MODE_POLICY; i++)
        if (shelflife_str_equal(text, shelflife_str_of(shelflife_mode_names[i]))) {
            *mode = (enum shelflife_mode)i;
            return true;
        }
    return false;
}

enum shelflife_action shelflife_mode_soften(enum shelflife_mode mode, enum shelflife_action action)
{
    static const enum shelflife_action most[] = {SHELFLIFE_ALLOW, SHELFLIFE_ALLOW, SHELFLIFE_WARN,
                                                 SHELFLIFE_DENY, SHELFLIFE_DENY};
    _Static_assert(COUNT(most) == SHELFLIFE_MODE_POLICY + 1, "the most that each mode lets through");
    return action < most[mode] ? action : most[mode];
}

void shelflife_policy_namespace_lists(const struct shelflife_policy *policy, str namespace,
                                      uint64_t lists[SHELFLIFE_POLICY_GLOB_LIST_WORDS_MAX])
{
    memset(lists, 0, policy->namespaces.list_width * sizeof(*lists));
    shelflife_policy_globs_match(&policy->namespaces, namespace, lists);
}

enum shelflife_mode shelflife_policy_mode(const struct shelflife_policy *policy, str namespace,
                                          enum shelflife_mode path)
{
    enum shelflife_mode own = policy->mode, floor = SHELFLIFE_MODE_OFF;
    bool found = false;
    uint64_t lists[SHELFLIFE_POLICY_GLOB_LIST_WORDS_MAX] UNINITIALIZED;
    shelflife_policy_namespace_lists(policy, namespace, lists);
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct policy_namespace_rule *rule = &policy->rules[i];
        if (!shelflife_policy_globs_has(lists, rule->names))
            continue;
        if (rule->has_mode && !found) {
            own = rule->mode;
            found = true;
        }
        if (rule->has_floor && rule->floor > floor)
            floor = rule->floor;
    }
    enum shelflife_mode mode = path == SHELFLIFE_MODE_POLICY ? own : path;
    return mode > floor ? mode : floor;
}
