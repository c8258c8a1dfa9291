/*
 * Parses and normalizes image references. The grammar is that of distribution/reference, which container
 * runtimes use:
 *
 *   reference  = [host [":" port] "/"] path [":" tag] ["@" digest]
 *   path       = component *("/" component), at most 255 characters
 *   component  = [a-z0-9]+ (("." | "_" | "__" | "-"+) [a-z0-9]+)*
 *   tag        = [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}
 *   digest     = algorithm ":" lower-case hex; sha256 64, sha384 96, sha512 128 digits
 *
 * The first segment is a host if it is "localhost", if it contains ":" or an upper-case letter, or if it
 * contains "." and no "_". Otherwise it is part of the path: my_host.example/app is
 * docker.io/my_host.example/app. A name of 64 hex digits is an error, as runtimes take it for an image ID.
 *
 * Normalizing adds docker.io to references without a host, and there "library/" to names of one segment.
 * Hosts become lower case and lose ":443" and leading zeros of the port. index.docker.io,
 * registry-1.docker.io and registry.hub.docker.com become docker.io. A missing tag is not filled in, though
 * runtimes take it for "latest".
 *
 * Use the normalized form to compare references, not as input: "Registry/app" and "registry:443/app" both
 * become "registry/app", which would be parsed as docker.io/registry/app.
 */
#ifndef SHELFLIFE_REFERENCE_H
#define SHELFLIFE_REFERENCE_H

#include "shelflife/arena.h"
#include "shelflife/error.h"
#include "shelflife/str.h"

SHELFLIFE_BEGIN_DECLS

/* The most bytes of a reference. Only a registry could make it longer: a path has at most 255 bytes, a tag
   128 and a digest 135. */
enum { SHELFLIFE_REFERENCE_MAX = 4096 };

/* What is at to + NAME is also at from + NAME: "harbor.corp.example/dockerhub/" and "docker.io/". Both are
   normalized, and end in "/". */
struct shelflife_mirror {
    struct shelflife_str from, to;
};

struct shelflife_reference {
    struct shelflife_str normalized; /* name [":" tag] ["@" digest]; the other members are parts of it */
    struct shelflife_str name;       /* registry "/" repository */
    struct shelflife_str registry;   /* "docker.io", "registry.example.com:5000", "[::1]:5000" */
    struct shelflife_str repository; /* "library/python" */
    struct shelflife_str tag;        /* "3.8", or absent */
    struct shelflife_str digest;     /* "sha256:…", or absent */
};

/* Parses and normalizes a reference. *out points into the arena. If `text` is not a reference, fails with
   INPUT and an error that names the byte, counted from 1, and what is allowed there. Otherwise fails only
   with MEMORY or LIMIT. */
SHELFLIFE_API bool shelflife_reference_parse(struct shelflife_str text, struct shelflife_arena *arena,
                                             struct shelflife_reference *out, struct shelflife_error *err);

/* By what a text that is not a reference may be replaced. */
enum shelflife_placeholder {
    SHELFLIFE_PLACEHOLDER_NONE,
    SHELFLIFE_PLACEHOLDER_PARAMETER, /* it contains something that is replaced before it is used: $(params.x),
                                        {{inputs.parameters.x}}, ${X}, $X, <x>, [x], {x} */
    SHELFLIFE_PLACEHOLDER_KO,        /* ko://…: the tool ko builds an image and writes its name there */
};

/* Whether something replaces a text that is not a reference. Sets *what to the part of the text that shows
   it. Takes time proportional to the length of the text. */
SHELFLIFE_API enum shelflife_placeholder shelflife_reference_placeholder(struct shelflife_str text,
                                                                         struct shelflife_str *what);

SHELFLIFE_END_DECLS

#endif
