/*
 * Patterns of files and folders that an audit leaves out, as in a .gitignore file: of --exclude, and of the
 * .shelflifeignore of each folder.
 *
 * "*" and "?" match no "/", "[a-c]" and "[!a-c]" are sets, "**" between slashes matches any folders, "\"
 * takes the next character literally. A pattern with a slash at its start or inside it is compared with the
 * path from the folder of its file on, any other one with the name. One that ends in "/" is for folders only.
 * "!" takes back what patterns before it leave out; the last pattern that matches decides. Blank lines and
 * lines that begin with "#" are ignored.
 *
 * Matching takes time proportional to the length of the pattern times that of the path.
 */
#ifndef SHELFLIFE_AUDIT_IGNORE_H
#define SHELFLIFE_AUDIT_IGNORE_H

#include "base/base.h"

#define SHELFLIFE_AUDIT_IGNORE_FILE ".shelflifeignore"

enum {
    SHELFLIFE_AUDIT_IGNORE_PATTERN_MAX = 512, /* bytes of a pattern */
    SHELFLIFE_AUDIT_IGNORE_PATTERNS_MAX = 1000,
    SHELFLIFE_AUDIT_IGNORE_BYTES_MAX = 256 << 10, /* of a file */
};

struct shelflife_audit_ignore_pattern {
    struct shelflife_audit_ignore_token *tokens;
    size_t count;
    size_t base;                      /* bytes of a path that are the folder of its file */
    bool negated, for_folders, whole; /* whole: compared with the path, not the name */
};

/* Zeroed memory is an empty list. */
struct shelflife_audit_ignore {
    struct shelflife_audit_ignore_pattern *at;
    size_t count, capacity;
};

void shelflife_audit_ignore_free(struct shelflife_audit_ignore *list);

/* Adds one pattern, or none if the text is blank or a comment. `base` is the length of "folder/" in the paths
   that it is compared with. Errors are INPUT without a position, LIMIT if there are too many, or MEMORY. */
bool shelflife_audit_ignore_add(struct shelflife_audit_ignore *list, str text, size_t base, error *err);

/* Adds the patterns of a file's text. Errors name `origin` and the line. */
bool shelflife_audit_ignore_read(struct shelflife_audit_ignore *list, str text, size_t base,
                                 const char *origin, error *err);

/* Keeps only the first `count` patterns. */
void shelflife_audit_ignore_cut(struct shelflife_audit_ignore *list, size_t count);

enum shelflife_audit_ignored {
    SHELFLIFE_AUDIT_IGNORE_UNKNOWN, /* no pattern matches */
    SHELFLIFE_AUDIT_IGNORE_TAKEN,   /* a pattern with "!" decides */
    SHELFLIFE_AUDIT_IGNORE_LEFT_OUT,
};

/* What the patterns say about a path, without what they say about the folders that it is in. */
enum shelflife_audit_ignored shelflife_audit_ignore_match(const struct shelflife_audit_ignore *list, str path,
                                                          bool is_folder);

#endif
