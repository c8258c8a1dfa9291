/*
 * What an inspection has found about an image, in JSON, for all commands that show it.
 */
#ifndef SHELFLIFE_REPORT_INSPECTED_H
#define SHELFLIFE_REPORT_INSPECTED_H

#include "shelflife/json.h"
#include "shelflife/policy.h"

/* What a match was found by: "tag", "repository", or the kind of evidence, such as "env". */
const char *shelflife_report_match_by(const struct shelflife_match *match);

/* Writes the member "inspected" of an image: null if the inventory does not have it. */
void shelflife_report_write_inspected(struct shelflife_json_writer *w, const struct shelflife_verdict *v);

/* Writes the members "by", "evidence" and "contradicts" of a match. */
void shelflife_report_write_match_by(struct shelflife_json_writer *w, const struct shelflife_match *match);

#endif
