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

/* Writes a map of a piece of evidence: its kind, name and value. */
void shelflife_report_write_evidence(struct shelflife_json_writer *w,
                                     const struct shelflife_evidence *evidence);

/* Writes the member "base" of an image: null if nothing is annotated. */
void shelflife_report_write_base(struct shelflife_json_writer *w, struct shelflife_str name,
                                 struct shelflife_str digest);

/* Writes the members "by", "evidence" and "contradicts" of a match. */
void shelflife_report_write_match_by(struct shelflife_json_writer *w, const struct shelflife_match *match);

#endif
