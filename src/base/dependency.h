/* A library that the program uses: the version it was compiled with, and the one that is loaded. */
#ifndef SHELFLIFE_BASE_DEPENDENCY_H
#define SHELFLIFE_BASE_DEPENDENCY_H

struct shelflife_dependency {
    const char *name, *compiled, *loaded; /* "OpenSSL", "3.0.17", "3.0.19"; never freed */
};

#endif
