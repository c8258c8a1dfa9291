/*
 * Patterns of repositories, tags and parts; policies/catalog.schema.json describes them. Patterns are stored
 * as written and interpreted at each match. A field matches all bytes up to the literal after it, so that
 * matching never backtracks and takes time proportional to the length of pattern and text.
 */
#ifndef SHELFLIFE_CATALOG_PATTERN_H
#define SHELFLIFE_CATALOG_PATTERN_H

#include "base/ascii.h"
#include "base/base.h"

enum {
    CATALOG_NAME_MAX_BYTES = 512, /* of a repository pattern or prefix, and so of a name that can match one */
    CATALOG_TAG_PATTERN_MAX = 64, /* bytes of a tag or part pattern */
    CATALOG_FIELDS_MAX = 8,       /* of a pattern, of the fields it fixes, and of a row's `when` */
    CATALOG_FIELD_NAME_MAX = 32,  /* bytes */
};

/* The value of a field, given or required. */
struct catalog_condition {
    str field, value;
};

/* The value of a field in a list; absent if the list does not have the field. */
static inline str catalog_value_of(const struct catalog_condition *fields, size_t count, str field)
{
    for (size_t i = 0; i < count; i++)
        if (shelflife_str_equal(fields[i].field, field))
            return fields[i].value;
    return (str){0};
}

/* What else must be true of a reference. All of it is absent in the first element of a list. */
struct catalog_limits {
    str from, before; /* only releases from this one on, and before that one, exist in the repository */
    uint32_t words;   /* the first of the words below */
    uint8_t with;     /* their number: at least one must be in the tag */
    uint8_t without;  /* the number of those after them: none may be in the tag */
    uint8_t variants; /* the number of those after them: after a version, they name a variant of the image */
};

struct catalog_pattern {
    const char *at;
    uint32_t product; /* CATALOG_TABLE_NONE: images that are nothing but a base system */
    uint32_t catalog;
    uint32_t fields; /* the fields that it fixes: its first condition */
    uint32_t limits;
    uint32_t next; /* the next one with the same key in the set's index, or CATALOG_TABLE_NONE */
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

/* The fields found in a name. */
struct catalog_capture {
    str version; /* absent if the pattern does not have {version} */
    struct catalog_condition fields[2 * CATALOG_FIELDS_MAX];
    size_t count;
};

enum catalog_pattern_kind { CATALOG_PATTERN_REPOSITORY, CATALOG_PATTERN_TAG, CATALOG_PATTERN_PART };

/* Checks the syntax of a pattern. Returns the error as the end of a sentence ("has …"), or NULL. Sets *names
 * to its fields except {version} and {codename}, and *head to the number of bytes before the first field. */
const char *shelflife_catalog_pattern_fault(str s, enum catalog_pattern_kind kind,
                                            str names[CATALOG_FIELDS_MAX], size_t *count, uint16_t *head,
                                            bool *has_version);

/* Writes a name that matches a repository pattern, with "x" for each field and without the part in brackets.
 * It is at most as long as the pattern. */
size_t shelflife_catalog_pattern_example(str s, char *out);

/* Whether a repository name matches. If so, *out has the fields, which point into the name, without those
 * that the pattern fixes. */
bool shelflife_catalog_pattern_match(str pattern, str name, struct catalog_capture *out);

/* Whether a word is in a list. */
bool shelflife_catalog_is_one_of(str word, const str *words, size_t count);

/* The literal after {version} in a tag pattern. */
str shelflife_catalog_pattern_suffix(const struct catalog_pattern *tag);

/* The last letters of the literal before {version} in a part pattern, with the separator after them if there
 * is one. Tags are searched for these letters first. */
str shelflife_catalog_part_run(const struct catalog_pattern *part);

/* A release without a "v" before its first digit. */
str shelflife_catalog_without_v(str release);

/* Compares releases and versions as a reference may write them: one separator is as good as another, a "v"
 * before the first digit does not count, and 1.01 and 1.1 are equal. */
int shelflife_catalog_compare(str a, str b);

static inline bool catalog_is_separator(char c)
{
    return c == '.' || c == '-' || c == '_' || c == '+';
}

/* The byte of a version, with one separator for all. */
static inline char catalog_dotted(char c)
{
    return catalog_is_separator(c) ? '.' : c;
}

/* Whether a version can end before byte i of s: at the end, before a separator, or between a letter and a
 * digit. */
static inline bool catalog_is_boundary(str s, size_t i)
{
    return i == s.len || catalog_is_separator(s.at[i]) ||
           (i > 0 && ascii_is_letter(s.at[i - 1]) && ascii_is_digit(s.at[i]));
}

#endif
