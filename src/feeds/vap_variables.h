/* The CEL variables of the exported policy, from the images of an object to those that are denied. */
#ifndef SHELFLIFE_FEEDS_VAP_VARIABLES_H
#define SHELFLIFE_FEEDS_VAP_VARIABLES_H

#include "feeds/vap_rules.h"
#include "feeds/vap_writer.h"

/* Writes all variables; the last is `denied`, a list of images. Adds the rules of all catalogs to *rules. */
bool shelflife_feeds_vap_put_variables(struct feeds_vap_writer *w, struct feeds_vap_rules *rules);

#endif
