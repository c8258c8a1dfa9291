/*
 * Reads the configuration of an image as its bytes arrive, and keeps what is evidence: variables of
 * config.Env, config.Labels, and the lines of the history up to the first one that adds files.
 *
 *     reader = shelflife_registry_configuration_new(&wanted, &arena, &err);
 *     shelflife_registry_configuration_feed(reader, chunk, &err);
 *     shelflife_registry_configuration_finish(reader, &configuration, &err);
 *
 * Members may be missing or null; then the image does not say. Of two variables of one name the last counts.
 * A value that is longer than SHELFLIFE_REGISTRY_EVIDENCE_MAX, or has a control character, or is not UTF-8,
 * is not kept. Names of members are compared without case, as container runtimes do it.
 *
 * Errors are INPUT for a text that is not a configuration, and LIMIT. They name the place, and no value.
 */
#ifndef SHELFLIFE_REGISTRY_CONFIGURATION_H
#define SHELFLIFE_REGISTRY_CONFIGURATION_H

#include "registry/platform.h"
#include "registry/registry.h"

enum {
    SHELFLIFE_REGISTRY_CONFIGURATION_MAX = 16 << 20, /* bytes of a configuration */
    SHELFLIFE_REGISTRY_EVIDENCE_MAX = 4096,          /* bytes of a name and its value */
};

/* In the arena. */
struct shelflife_registry_configuration {
    struct shelflife_registry_platform platform;
    struct shelflife_evidence_list evidence; /* env, labels, then history, each in the order of the file */
};

struct shelflife_registry_configuration_reader;

/* `wanted` and the arena are borrowed; `keep` is called while the text is fed. NULL without memory. */
struct shelflife_registry_configuration_reader *shelflife_registry_configuration_new(
    const struct shelflife_registry_wanted *wanted, arena *a, error *err);
void shelflife_registry_configuration_free(struct shelflife_registry_configuration_reader *reader);

bool shelflife_registry_configuration_feed(struct shelflife_registry_configuration_reader *reader, str chunk,
                                           error *err);
/* Ends the text. */
bool shelflife_registry_configuration_finish(struct shelflife_registry_configuration_reader *reader,
                                             struct shelflife_registry_configuration *out, error *err);

/*
 * A line of history without what builders write around an instruction. All of these are
 * "RUN apt-get update":
 *
 *     /bin/sh -c apt-get update                         Docker, buildah
 *     |1 VERSION=3 /bin/sh -c apt-get update
 *     RUN /bin/sh -c apt-get update # buildkit
 *     RUN |1 VERSION=3 /bin/sh -c apt-get update # buildkit
 *
 * and "/bin/sh -c #(nop)  ADD file:… in / " is "ADD file:… in /". A line that begins with no instruction is
 * what some program ran: "RUN" is put before it. The result is in the arena, or points into the line.
 */
bool shelflife_registry_history_line(str line, arena *a, str *out) SHELFLIFE_MUST_CHECK;

/* Whether a line, normalized so, adds files: ADD, COPY and RUN do. */
bool shelflife_registry_history_adds_files(str line);

#endif
