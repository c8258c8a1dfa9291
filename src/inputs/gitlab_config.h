/*
 * The configuration of a GitLab pipeline: what `include:`, `extends:` and `!reference` make of its files.
 */
#ifndef SHELFLIFE_INPUTS_GITLAB_CONFIG_H
#define SHELFLIFE_INPUTS_GITLAB_CONFIG_H

#include "inputs/reading.h"

enum {
    SHELFLIFE_INPUT_GITLAB_INCLUDES_MAX = 150,  /* as in GitLab */
    SHELFLIFE_INPUT_GITLAB_NESTED_MAX = 11,     /* jobs that extend one another, as in GitLab */
    SHELFLIFE_INPUT_GITLAB_REFERENCES_MAX = 10, /* references to references, as in GitLab */
};

/* What an include gives to a file that has inputs. */
struct shelflife_input_gitlab_given {
    str path;
    const struct shelflife_input_node *inputs; /* NULL: nothing */
    bool differs;                              /* it is included again with other inputs */
};

struct shelflife_input_gitlab_config {
    struct shelflife_input_reading *reading;
    str folder;                               /* of the repository */
    const struct shelflife_input_node *root;  /* a map, with what is included */
    const struct shelflife_input_node **jobs; /* of each entry of the root, with what it extends */
    struct shelflife_input_gitlab_given given[SHELFLIFE_INPUT_GITLAB_INCLUDES_MAX];
    size_t given_count;
    const struct shelflife_input_reading_file
        *open[SHELFLIFE_INPUT_GITLAB_INCLUDES_MAX + 1]; /* that include
                                                           one another */
};

/* Makes the configuration of a file, which may have includes. */
bool shelflife_input_gitlab_config_file(struct shelflife_input_gitlab_config *c,
                                        const struct shelflife_input_reading_file *file);

/* The same of what is written at `include:` only, for a child pipeline. */
bool shelflife_input_gitlab_config_includes(struct shelflife_input_gitlab_config *c,
                                            const struct shelflife_input_node *includes);

/* The value of a key of the root: a job with what it extends, or another value. NULL: there is none. */
bool shelflife_input_gitlab_config_get(struct shelflife_input_gitlab_config *c, str key,
                                       const struct shelflife_input_node **out);

/* The value that a value refers to, if it is a `!reference`; else the value. NULL: it does not exist. */
bool shelflife_input_gitlab_config_follow(struct shelflife_input_gitlab_config *c,
                                          const struct shelflife_input_node *value,
                                          const struct shelflife_input_node **out);

/* The value of a key of a map, following references. */
bool shelflife_input_gitlab_config_at(struct shelflife_input_gitlab_config *c,
                                      const struct shelflife_input_node *map, const char *key,
                                      const struct shelflife_input_node **out);

/* The value of an input of the file at `path`. NULL: it is not known, and *why is the reason. */
const struct shelflife_input_node *shelflife_input_gitlab_config_input(
    const struct shelflife_input_gitlab_config *c, str path, str name, const char **why);

#endif
