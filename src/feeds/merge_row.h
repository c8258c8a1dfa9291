/* Writes one row of a catalog: what a feed says about it, and what it keeps. */
#ifndef SHELFLIFE_FEEDS_MERGE_ROW_H
#define SHELFLIFE_FEEDS_MERGE_ROW_H

#include "feeds/facts.h"
#include "feeds/place.h"
#include "shelflife/json.h"

/* How a note begins that explains a derived day. The importer writes, replaces and removes such notes. */
extern const str shelflife_feeds_derived;

/* Whether the row has a note of a person; the notes about derived days do not count. */
bool shelflife_feeds_merge_has_note(const struct node *row);

/* A row to be written. */
struct feeds_merge_row {
    struct node old; /* value NULL: a new row */
    const struct feeds_release *fact;
    str release, spelling, codename;  /* of a new row */
    struct node like;                 /* of a new row: an old one whose `is` and `when` it has, too */
    const struct feeds_field *fields; /* of a new row: further conditions; several of one name are a list */
    size_t field_count;
};

/* Writes a row, its keys in the order of the schema. A row that names a source of its own has its dates from
   there, and not from the feed. */
void shelflife_feeds_merge_row(struct shelflife_json_writer *w, const struct feeds_merge_row *row);

#endif
