#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/printable.h"
#include "cli/invoked.h"

/* errno of the first output that failed: stdio remembers that there was one, but not why. */
static int output_error;

static void note(bool written)
{
    if (!written && !output_error)
        output_error = errno ? errno : EIO;
}

void shelflife_cli_open_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            /* The lowest free number is this one. The wrong direction, so that its use fails. */
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void shelflife_cli_message(const char *format, ...)
{
    char text[SHELFLIFE_ERROR_TEXT_MAX];
    error clean;
    va_list args;
    buffer shown CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&shown, SIZE_MAX);
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    shelflife_fail(&clean, SHELFLIFE_ERROR_USAGE, "%s", text);
    shelflife_cli_invoked_text(shelflife_str_of(clean.text), &shown);
    str message = shown.failed ? shelflife_str_of(clean.text) : shelflife_buffer_str(&shown);
    fprintf(stderr, "shelflife: %.*s\n", STR_PRINT(message));
}

int shelflife_cli_fail(const error *err)
{
    shelflife_cli_message("%s", err->text);
    bool failed = err->kind == SHELFLIFE_ERROR_IO || err->kind == SHELFLIFE_ERROR_MEMORY;
    return failed ? CLI_EXIT_FAILED : CLI_EXIT_USAGE;
}

void shelflife_cli_print(str s)
{
    enum { PRINTED_MAX = 4096 };
    buffer clean CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&clean, PRINTED_MAX);
    shelflife_printable_append(s, PRINTED_MAX, &clean);
    errno = ENOMEM;
    note(!clean.failed);
    shelflife_cli_write(shelflife_buffer_str(&clean));
}

void shelflife_cli_write(str bytes)
{
    errno = 0;
    note(bytes.len == 0 || fwrite(bytes.at, 1, bytes.len, stdout) == bytes.len);
}

bool shelflife_cli_print_json(const buffer *json, error *err)
{
    if (json->failed)
        return shelflife_fail_memory(err);
    shelflife_cli_write(shelflife_buffer_str(json));
    shelflife_cli_write(STR("\n"));
    return true;
}

bool shelflife_cli_flush(error *err)
{
    errno = 0;
    note(fflush(stdout) == 0);
    note(!ferror(stdout));
    return !output_error || shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot write to standard output: %s",
                                           strerror(output_error));
}

int shelflife_cli_finish(int code)
{
    error err;
    if (shelflife_cli_flush(&err))
        return code;
    return output_error == EPIPE ? CLI_EXIT_FAILED : shelflife_cli_fail(&err);
}
