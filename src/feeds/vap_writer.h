/* Writes the pieces that all parts of the exported manifests consist of. */
#ifndef SHELFLIFE_FEEDS_VAP_WRITER_H
#define SHELFLIFE_FEEDS_VAP_WRITER_H

#include "base/base.h"
#include "feeds/vap_options.h"
#include "json/document.h"

struct feeds_vap_writer {
    const struct shelflife_feeds_vap_options *vap;
    struct node policy; /* the root of its document */
    buffer *out, *notes;
    size_t exceptions; /* written so far */
    error *err;
};

/* Adds a line to the notes: something that the manifests do not express. */
void shelflife_feeds_vap_note(struct feeds_vap_writer *w, const char *format, ...) SHELFLIFE_PRINTF(2, 3);

void shelflife_feeds_vap_put(struct feeds_vap_writer *w, str text);

/* Writes text as a CEL string. */
void shelflife_feeds_vap_put_string(struct feeds_vap_writer *w, str text);

/* Writes a regular expression, as a CEL string, that matches what one of the patterns in map[key] matches.
   Without that list it matches everything. */
void shelflife_feeds_vap_put_globs(struct feeds_vap_writer *w, const struct node *map, const char *key);

bool shelflife_feeds_vap_get_text(const struct node *map, const char *key, str *text);
bool shelflife_feeds_vap_has_word(const struct node *map, const char *key, str word);

#endif
