/*
 * Exit codes, and what the program prints: standard output for results, standard error for messages.
 *
 * Print with stdio or the functions below, and end a command with shelflife_cli_finish(), which reports
 * output that could not be written.
 */
#ifndef SHELFLIFE_CLI_OUTPUT_H
#define SHELFLIFE_CLI_OUTPUT_H

#include <stdio.h>

#include "base/base.h"

enum cli_exit {
    CLI_EXIT_OK = 0,
    CLI_EXIT_FINDINGS = 1, /* at or above --fail-on */
    CLI_EXIT_USAGE = 2,    /* wrong usage or bad configuration */
    CLI_EXIT_FAILED = 3,   /* a file, an address or the output cannot be used */
    CLI_EXIT_PARTIAL = 4,  /* part of the work failed */
};

/* Opens /dev/null for each of the standard descriptors that is closed, so that no file or connection takes
   its number and receives messages. Using such a descriptor still fails. */
void shelflife_cli_open_standard(void);

/* Prints "shelflife: <text>" to standard error. Control and format characters become "?". */
void shelflife_cli_message(const char *format, ...) SHELFLIFE_PRINTF(1, 2);

/* Prints the error and returns its exit code. */
int shelflife_cli_fail(const error *err);

/* Prints text of users, catalogs or certificates, with "?" for control and format characters. At most 4096
   bytes: a longer text is cut in the middle. */
void shelflife_cli_print(str s);

/* Writes bytes unchanged. Errors show in shelflife_cli_flush() and shelflife_cli_finish(). */
void shelflife_cli_write(str bytes);

/* Prints JSON and a line break. False if the buffer failed. */
bool shelflife_cli_print_json(const buffer *json, error *err) SHELFLIFE_MUST_CHECK;

/* Writes out what is buffered. False if something printed so far could not be written. */
bool shelflife_cli_flush(error *err);

/* The end of a command: flushes. Returns code, or CLI_EXIT_FAILED with a message if not all could be
   written. No message if the reader closed the pipe. */
int shelflife_cli_finish(int code);

#endif
