/*
 * Image references, by the grammar of distribution/reference (the one that container runtimes use):
 *
 *   reference  = [host [":" port] "/"] path [":" tag] ["@" digest]
 *   path       = component *("/" component), at most 255 characters
 *   component  = [a-z0-9]+ (("." | "_" | "__" | "-"+) [a-z0-9]+)*
 *   tag        = [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}
 *   digest     = algorithm ":" lower-case hex; sha256 64, sha384 96, sha512 128 digits
 *
 * The first segment is a host if it is "localhost", or has "." or ":" or an upper-case letter in it. A
 * name of 64 hex digits is refused, as it would be taken for an image ID.
 *
 * Normalization: no host means docker.io, and there one segment means library/…; hosts are compared in
 * lower case without ":443" and without zeros before a port; index.docker.io, registry-1.docker.io and
 * registry.hub.docker.com are docker.io. A missing tag stays missing (runtimes read it as "latest"). The
 * normal form is for comparing: it always names its registry, and need not parse again ("Registry/app" and
 * "registry:443/app" become "registry/app", which as an input is docker.io's).
 */
#ifndef SHELFLIFE_REFERENCE_H
#define SHELFLIFE_REFERENCE_H

#include "shelflife/arena.h"
#include "shelflife/error.h"
#include "shelflife/str.h"

SHELFLIFE_BEGIN_DECLS

struct shelflife_reference {
    struct shelflife_str normalized; /* name [":" tag] ["@" digest]: the others are parts of it */
    struct shelflife_str name;       /* registry "/" repository */
    struct shelflife_str registry;   /* "docker.io", "registry.example.com:5000", "[::1]:5000" */
    struct shelflife_str repository; /* "library/python" */
    struct shelflife_str tag;        /* "3.8", or absent */
    struct shelflife_str digest;     /* "sha256:…", or absent */
};

/* Parses and normalizes text; *out points into memory of the arena. An error names the position (byte,
   from 1) and what may stand there. The kind tells apart INPUT (not a reference) from MEMORY and LIMIT. */
SHELFLIFE_API bool shelflife_reference_parse(struct shelflife_str text, struct shelflife_arena *arena,
                                             struct shelflife_reference *out, struct shelflife_error *err);

SHELFLIFE_END_DECLS

#endif
