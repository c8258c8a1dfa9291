/*
 * Patterns of repositories, tags and parts (policies/catalog.schema.json describes them). A pattern is kept
 * as it is written and read again at each match: a field is a run of bytes that the literal behind it ends,
 * so nothing backtracks, and a match costs the pattern's length and the text's.
 */
#ifndef SHELFLIFE_CATALOG_PATTERN_H
#define SHELFLIFE_CATALOG_PATTERN_H

#include "base/base.h"

enum {
    CATALOG_NAME_MAX_BYTES =
        512, /* of a repository pattern, or a prefix; and so of a name that may match one */
    CATALOG_TAG_PATTERN_MAX = 64, /* bytes of a tag or part pattern */
    CATALOG_FIELDS_MAX = 8,       /* of a pattern, of those it fixes, and of a row's `when` */
    CATALOG_FIELD_NAME_MAX = 32,  /* bytes */
};

/* What a field is, or has to be. */
struct catalog_condition {
    str field, value;
};

struct catalog_pattern {
    const char *at;
    uint32_t product;
    uint32_t fields; /* that it fixes: its first condition */
    uint32_t next;   /* in the set's index, of the same key; CATALOG_TABLE_NONE ends */
    uint16_t len;
    uint16_t head; /* bytes before the first field */
};

static inline str catalog_pattern_text(const struct catalog_pattern *p)
{
    return (str){p->at, p->len};
}

static inline str catalog_pattern_head(const struct catalog_pattern *p)
{
    return (str){p->at, p->head};
}

/* What a name tells. */
struct catalog_capture {
    str version; /* absent if the pattern has no {version} */
    struct catalog_condition fields[2 * CATALOG_FIELDS_MAX];
    size_t count;
};

enum catalog_pattern_kind { CATALOG_PATTERN_REPOSITORY, CATALOG_PATTERN_TAG, CATALOG_PATTERN_PART };

/* What is wrong with the syntax of a pattern, as the end of a sentence ("has …"), or NULL. Fills *names with
   its fields but {version} and {codename}; *head with the bytes before the first. */
const char *shelflife_catalog_pattern_fault(str s, enum catalog_pattern_kind kind,
                                            str names[CATALOG_FIELDS_MAX], size_t *count, uint16_t *head,
                                            bool *has_version);

/* A name as an example of a repository pattern, fields filled with "x" and brackets left out: at most as
   long as the pattern. */
size_t shelflife_catalog_pattern_example(str s, char *out);

/* Whether a repository name matches; *told is then what it tells, pointing into the name, without the
   fields that the pattern fixes. */
bool shelflife_catalog_pattern_match(str pattern, str name, struct catalog_capture *told);

/* The literal behind {version} in a tag pattern. */
str shelflife_catalog_pattern_suffix(const struct catalog_pattern *tag);

/* The last letters of the literal of a part pattern with {version}, and the separator behind them if there
   is one: what a tag is searched for first. */
str shelflife_catalog_part_run(const struct catalog_pattern *part);

static inline bool catalog_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool catalog_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool catalog_is_letter(char c)
{
    return catalog_is_lower(c) || (c >= 'A' && c <= 'Z');
}

static inline bool catalog_is_separator(char c)
{
    return c == '.' || c == '-' || c == '_' || c == '+';
}

/* Whether a version may end before byte i of s: at the end, before a separator, between a letter and a
   digit. */
static inline bool catalog_is_boundary(str s, size_t i)
{
    return i == s.len || catalog_is_separator(s.at[i]) ||
           (i > 0 && catalog_is_letter(s.at[i - 1]) && catalog_is_digit(s.at[i]));
}

#endif
