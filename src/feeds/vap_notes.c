#include "feeds/vap_notes.h"

#include "feeds/vap_strip.h"

/* Notes the denials that do not begin on a certain day and last. */
static void note_actions(struct feeds_vap_writer *w, const struct node *map, const char *where)
{
    static const char *const unknown[] = {"supported", "ending",   "unresolved", "unlisted",
                                          "invalid",   "outdated", "unverified", "contradicted"};
    struct node actions;
    for (size_t i = 0; shelflife_node_get(map, "actions", &actions) && i < COUNT(unknown); i++)
        if (shelflife_feeds_vap_has_word(&actions, unknown[i], STR("deny")))
            shelflife_feeds_vap_note(w, "%sactions.%s: deny", where, unknown[i]);
}

void shelflife_feeds_vap_note_policy(struct feeds_vap_writer *w)
{
    struct node overrides, override, ignored;
    char where[64];
    note_actions(w, &w->policy, "");
    for (size_t i = 0; shelflife_node_get(&w->policy, "overrides", &overrides) &&
                       shelflife_node_at(&overrides, i, &override);
         i++) {
        snprintf(where, sizeof(where), "overrides[%zu].", i);
        if (!shelflife_feeds_vap_is_particular(&override))
            note_actions(w, &override, where);
    }
    if (shelflife_feeds_vap_has_word(&w->policy, "onStale", STR("warn")))
        shelflife_feeds_vap_note(w,
                                 "onStale \"warn\" (export again before the catalogs are older than maxAge)");
    if (shelflife_node_get(&w->policy, "shapes", &ignored))
        shelflife_feeds_vap_note(w, "shapes");
    shelflife_feeds_vap_note(w, "images in custom resources");
    shelflife_feeds_vap_note(w, "what the configurations of images say (evidence, inventories)");
    shelflife_feeds_vap_note(w, "versions that no row lists, such as 2 for all releases 2.x");
    shelflife_feeds_vap_note(w, "warnings (only denials are exported)");
    shelflife_feeds_vap_note(w, "other spellings of an image: an UPDATE to one is judged like a new image");
    shelflife_feeds_vap_note(
        w, "image names with more numbers after the release, if another release begins with it");
}

void shelflife_feeds_vap_put_notes(struct feeds_vap_writer *w, str notes)
{
    char at[SHELFLIFE_DAY_TEXT_MAX];
    shelflife_buffer_format(w->out, "# Exported by shelflife on %s, from",
                            shelflife_day_format(w->vap->at, at));
    for (size_t i = 0; i < shelflife_catalogs_count(w->vap->catalogs); i++) {
        const struct shelflife_catalog *c = shelflife_catalogs_at(w->vap->catalogs, i);
        shelflife_buffer_format(w->out, "%s %.*s of %s", i ? "," : "", STR_PRINT(c->name),
                                shelflife_day_format(c->as_of, at));
    }
    shelflife_feeds_vap_put(w, STR(".\n"));
    shelflife_feeds_vap_put(
        w, w->vap->from_files
               ? STR("# For the staticManifestsDir of the admission plugin ValidatingAdmissionPolicy, on "
                     "each API "
                     "server.\n")
               : STR("# Apply it with --server-side: it may be too large for the annotation that kubectl "
                     "uses otherwise.\n"));
    shelflife_feeds_vap_put(w, STR("# Not exported:\n"));
    while (notes.len) {
        size_t end = shelflife_str_find(notes, '\n');
        shelflife_buffer_format(w->out, "# - %.*s\n", STR_PRINT(shelflife_str_first(notes, end)));
        notes = shelflife_str_after(notes, end + 1);
    }
}
