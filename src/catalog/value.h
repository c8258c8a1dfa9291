/*
 * Patterns of what an image's configuration says: of a variable's or label's value, or of a line of history.
 * "*" is any run of bytes, and a field is a run of at least one byte. A field ends at the first occurrence of
 * the text after it, so that matching never backtracks and takes time proportional to the lengths of pattern
 * and value.
 */
#ifndef SHELFLIFE_CATALOG_VALUE_H
#define SHELFLIFE_CATALOG_VALUE_H

#include "catalog/pattern.h"

enum {
    CATALOG_VALUE_PATTERN_MAX = 256,
    CATALOG_VALUE_MAX = 4096,        /* bytes of a value or line; longer ones match nothing */
    CATALOG_EVIDENCE_NAME_MAX = 128, /* bytes of the name of a variable, label or annotation */
};

/* What the fields of a pattern are. */
struct catalog_value_fields {
    str variants[CATALOG_FIELDS_MAX];
    size_t variant_count;
    bool version, snapshot, end_of_patch;
    size_t wildcards; /* "*" */
    uint16_t head;    /* bytes before the first field or "*" */
};

/* Checks the syntax of a pattern. Returns the error as the end of a sentence ("has …"), or NULL. */
const char *shelflife_catalog_value_fault(str s, struct catalog_value_fields *out);

/* Spells out a pattern for lines of history. One that does not begin with an instruction is the beginning of
 * the name of a file that is added to "/". Sets *out to the pattern, which may be in `line`. Returns an error
 * like shelflife_catalog_value_fault(), and leaves *out unchanged. */
const char *shelflife_catalog_value_line(str pattern, char line[CATALOG_VALUE_PATTERN_MAX], str *out);

/* What a value says. */
struct catalog_value_capture {
    str version;                          /* at most 128 bytes; absent if there is no {version} */
    shelflife_day snapshot, end_of_patch; /* or NONE */
    struct catalog_condition variants[CATALOG_FIELDS_MAX];
    size_t variant_count;
};

/* Whether a value matches. {snapshot} and {endOfPatch} match only days. */
bool shelflife_catalog_value_match(str pattern, str value, struct catalog_value_capture *out);

#endif
