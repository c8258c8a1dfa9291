/* What the exported manifests do not express, and the comment that says so. */
#ifndef SHELFLIFE_FEEDS_VAP_NOTES_H
#define SHELFLIFE_FEEDS_VAP_NOTES_H

#include "feeds/vap_writer.h"

/* Notes the settings of the policy that are not exported, and the limits that every export has. */
void shelflife_feeds_vap_note_policy(struct feeds_vap_writer *w);

/* Writes the comment at the beginning of the manifests: their origin, and the notes. */
void shelflife_feeds_vap_put_notes(struct feeds_vap_writer *w, str notes);

#endif
