/* For tests of the command line: captures what is printed. */
#ifndef SHELFLIFE_TEST_CLI_KIT_H
#define SHELFLIFE_TEST_CLI_KIT_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit/test.h"

struct capture {
    FILE *stream;
    int saved, file;
    char text[8192];
};

/* Redirects stdout or stderr to memory until capture_end(). */
static inline void capture_begin(struct capture *c, FILE *stream)
{
    fflush(stream);
    c->stream = stream;
    c->saved = dup(fileno(stream));
    c->file = memfd_create("capture", MFD_CLOEXEC);
    assert_true(c->saved >= 0 && c->file >= 0);
    assert_true(dup2(c->file, fileno(stream)) >= 0);
}

static inline const char *capture_end(struct capture *c)
{
    fflush(c->stream);
    assert_true(dup2(c->saved, fileno(c->stream)) >= 0);
    ssize_t n = pread(c->file, c->text, sizeof(c->text) - 1, 0);
    assert_true(n >= 0);
    c->text[n] = '\0';
    close(c->saved);
    close(c->file);
    return c->text;
}

/* Splits a line at its spaces: argv[0] is "test". The words live in `line`. */
enum { WORDS_MAX = 16 };
static inline int split(char *line, char *argv[WORDS_MAX])
{
    static char name[] = "test";
    int argc = 0;
    argv[argc++] = name;
    for (char *at = line; *at;) {
        assert_true(argc < WORDS_MAX - 1);
        argv[argc++] = at;
        at += strcspn(at, " ");
        if (*at)
            *at++ = '\0';
    }
    argv[argc] = NULL;
    return argc;
}

#endif
