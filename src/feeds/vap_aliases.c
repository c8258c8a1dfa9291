#include "feeds/vap_aliases.h"

static void put_pair(struct feeds_vap_writer *w, str alias, str canonical)
{
    shelflife_feeds_vap_put(w, STR("       ["));
    shelflife_feeds_vap_put_string(w, alias);
    shelflife_feeds_vap_put(w, STR(", "));
    shelflife_feeds_vap_put_string(w, canonical);
    shelflife_feeds_vap_put(w, STR("],\n"));
}

static str without_slash(str prefix)
{
    return shelflife_str_ends(prefix, STR("/")) ? shelflife_str_first(prefix, prefix.len - 1) : prefix;
}

static int longer_first(const void *left, const void *right)
{
    const struct feeds_vap_alias *a = left, *b = right;
    int order = (a->from.len < b->from.len) - (a->from.len > b->from.len);
    return order ? order : shelflife_str_compare(a->from, b->from);
}

void shelflife_feeds_vap_aliases_free(struct feeds_vap_aliases *aliases)
{
    free(aliases->at);
}

static bool add_alias(struct feeds_vap_writer *w, struct feeds_vap_aliases *aliases, str from, str to)
{
    if (!shelflife_grow(&aliases->at, &aliases->capacity, aliases->count + 1, sizeof(*aliases->at)))
        return shelflife_fail_memory(w->err);
    aliases->at[aliases->count++] = (struct feeds_vap_alias){without_slash(from), without_slash(to)};
    return true;
}

void shelflife_feeds_vap_aliases_put(struct feeds_vap_writer *w, const char *name,
                                     struct feeds_vap_aliases *aliases)
{
    shelflife_sort(aliases->at, aliases->count, sizeof(*aliases->at), longer_first);
    shelflife_buffer_format(w->out, "  - name: %s\n    expression: |-\n      [\n", name);
    for (size_t i = 0; i < aliases->count; i++)
        put_pair(w, aliases->at[i].from, aliases->at[i].to);
    shelflife_feeds_vap_put(w, STR("       ['/', '/']]\n"));
}

bool shelflife_feeds_vap_put_mirrors(struct feeds_vap_writer *w)
{
    struct feeds_vap_aliases aliases CLEANUP(shelflife_feeds_vap_aliases_free) = {0};
    struct node list, entry;
    str from, to;
    for (size_t i = 0;
         shelflife_node_get(&w->policy, "mirrors", &list) && shelflife_node_at(&list, i, &entry); i++)
        if (shelflife_feeds_vap_get_text(&entry, "from", &from) &&
            shelflife_feeds_vap_get_text(&entry, "to", &to) && !add_alias(w, &aliases, from, to))
            return false;
    shelflife_feeds_vap_aliases_put(w, "mirrors", &aliases);
    return true;
}

/* Whether names below the prefix may be denied. */
static bool leads_to_rule(const struct feeds_vap_rules *rules, str prefix)
{
    for (size_t i = 0; i < rules->count; i++)
        if (shelflife_str_starts(rules->at[i].head, prefix) ||
            shelflife_str_starts(prefix, rules->at[i].head))
            return true;
    return false;
}

bool shelflife_feeds_vap_aliases_add(struct feeds_vap_writer *w, struct node catalog,
                                     struct feeds_vap_rules *rules, struct feeds_vap_aliases *aliases)
{
    struct node mirrors, list, alias;
    str from, to;
    size_t starred = 0;
    if (!shelflife_node_get(&catalog, "mirrors", &mirrors))
        return true;
    for (size_t i = 0; shelflife_node_at(&mirrors, i, &list); i++) {
        if (!leads_to_rule(rules, shelflife_str_of(list.key)))
            continue;
        for (size_t k = 0; shelflife_node_at(&list, k, &alias); k++) {
            if (!shelflife_node_string(alias, &from, w->err))
                return false;
            if (shelflife_str_find(from, '*') != SIZE_MAX) {
                starred++;
                continue;
            }
            if (!shelflife_arena_copy(&rules->memory, from, &from) ||
                !shelflife_arena_copy(&rules->memory, shelflife_str_of(list.key), &to))
                return shelflife_arena_fail(&rules->memory, w->err);
            if (!add_alias(w, aliases, from, to))
                return false;
        }
    }
    if (starred)
        shelflife_feeds_vap_note(w, "%zu mirrors with a \"*\" in the host", starred);
    return true;
}
