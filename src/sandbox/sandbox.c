#include "sandbox/sandbox.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void shelflife_sandbox_note(struct shelflife_sandbox_state *state, const char *format, ...)
{
    size_t len = strlen(state->missing);
    va_list values;
    if (len)
        len += (size_t)snprintf(state->missing + len, sizeof(state->missing) - len, "; ");
    if (len >= sizeof(state->missing))
        return;
    va_start(values, format);
    vsnprintf(state->missing + len, sizeof(state->missing) - len, format, values);
    va_end(values);
}

static bool give_up(error *err)
{
    const struct rlimit none = {0, 0};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
        setrlimit(RLIMIT_CORE, &none) == 0)
        return true;
    return shelflife_fail(err, SHELFLIFE_ERROR_IO,
                          "cannot give up privileges and core dumps: %s; --no-sandbox goes on without",
                          strerror(errno));
}

bool shelflife_sandbox_enter(const char *writable, struct shelflife_sandbox_state *state, error *err)
{
    *state = (struct shelflife_sandbox_state){0};
    if (!give_up(err))
        return false;
    state->landlock = shelflife_sandbox_landlock(writable, false, state);
    return true;
}

void shelflife_sandbox_client(void)
{
    struct shelflife_sandbox_state state = {0};
    give_up(NULL);
    shelflife_sandbox_landlock(NULL, true, &state);
    shelflife_sandbox_filter(SHELFLIFE_SANDBOX_CLIENT, &state);
}
