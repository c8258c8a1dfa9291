#include "feeds/vap_strip.h"

#include "feeds/format.h"
#include "json/words.h"

/* The export writes exceptions and mirrors itself, and cannot express the age of catalogs. The modes of
   namespaces, trusted controllers and the like stay, because the rules are computed without a namespace. */
static const char *const stripped[] = {"exceptions", "mirrors", "onStale", "maxAge"};

bool shelflife_feeds_vap_is_particular(const struct node *override)
{
    struct node ignored;
    return shelflife_node_get(override, "images", &ignored) ||
           shelflife_node_get(override, "namespaces", &ignored);
}

/* Images with these phases may be denied on one day and allowed on a later one. */
static void copy_actions(struct node actions, struct shelflife_json_writer *w)
{
    static const char *const early[] = {"supported", "ending"};
    struct node action;
    shelflife_json_write_map(w);
    for (size_t i = 0; shelflife_node_at(&actions, i, &action); i++) {
        shelflife_json_write_key(w, shelflife_str_of(action.key));
        if (shelflife_json_is_among(shelflife_str_of(action.key), early, COUNT(early)))
            shelflife_json_write_string(w, STR("warn"));
        else
            shelflife_feeds_format_copy(action, w);
    }
    shelflife_json_write_end(w);
}

static void copy_settings(struct node map, struct shelflife_json_writer *w);

static void copy_overrides(struct node overrides, struct shelflife_json_writer *w)
{
    struct node override;
    shelflife_json_write_array(w);
    for (size_t i = 0; shelflife_node_at(&overrides, i, &override); i++)
        if (!shelflife_feeds_vap_is_particular(&override))
            copy_settings(override, w);
    shelflife_json_write_end(w);
}

/* `map` is the policy or an override. */
static void copy_settings(struct node map, struct shelflife_json_writer *w)
{
    struct node value;
    shelflife_json_write_map(w);
    for (size_t i = 0; shelflife_node_at(&map, i, &value); i++) {
        if (shelflife_json_is_among(shelflife_str_of(value.key), stripped, COUNT(stripped)))
            continue;
        shelflife_json_write_key(w, shelflife_str_of(value.key));
        if (strcmp(value.key, "overrides") == 0 && shelflife_node_type(value) == NODE_ARRAY)
            copy_overrides(value, w);
        else if (strcmp(value.key, "actions") == 0 && shelflife_node_type(value) == NODE_MAP)
            copy_actions(value, w);
        else
            shelflife_feeds_format_copy(value, w);
    }
    shelflife_json_write_end(w);
}

bool shelflife_feeds_vap_strip(str policy, const char *origin, buffer *json, error *err)
{
    struct shelflife_document *document = shelflife_document_read(policy, origin, err);
    if (!document)
        return false;
    struct shelflife_json_writer w;
    shelflife_json_writer_init(&w, json);
    copy_settings(shelflife_document_root(document), &w);
    shelflife_document_free(document);
    return !json->failed || shelflife_fail_memory(err);
}
