/* Landlock has no functions in the C library. Debian 12's header knows version 2 of the interface; the
   constants of later versions are from the kernel's Documentation/userspace-api/landlock.rst. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/sandbox.h"

enum { VERSION_WITH_REFER = 2, VERSION_WITH_TRUNCATE = 3, VERSION_WITH_NETWORK = 4 };

static const uint64_t write_rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
static const uint64_t refer = UINT64_C(1) << 13, truncate_file = UINT64_C(1) << 14,
                      connect_tcp = UINT64_C(1) << 1;

/* struct landlock_ruleset_attr with the field that version 4 added. */
struct ruleset {
    uint64_t files, network;
};

static uint64_t rights_of(int version)
{
    return write_rights | (version >= VERSION_WITH_REFER ? refer : 0) |
           (version >= VERSION_WITH_TRUNCATE ? truncate_file : 0);
}

static bool allow_writing(int rules, const char *folder, uint64_t rights)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = rights,
                                              .parent_fd = open(folder, O_PATH | O_CLOEXEC)};
    if (rule.parent_fd < 0)
        return false;
    bool ok = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    int code = errno;
    close(rule.parent_fd);
    errno = code;
    return ok;
}

int shelflife_sandbox_landlock(const char *writable, bool connect, struct shelflife_sandbox_state *state)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    const struct ruleset wanted = {.files = rights_of((int)version) | LANDLOCK_ACCESS_FS_EXECUTE,
                                   .network = connect ? 0 : connect_tcp};
    size_t size = version >= VERSION_WITH_NETWORK ? sizeof(wanted) : sizeof(wanted.files);
    int rules = version < 1 ? -1 : (int)syscall(SYS_landlock_create_ruleset, &wanted, size, 0);
    if (rules < 0) {
        shelflife_sandbox_note(state, "Landlock is not available");
        return 0;
    }
    if (writable && !allow_writing(rules, writable, rights_of((int)version)))
        shelflife_sandbox_note(state, "cannot write in %s: %s", writable, strerror(errno));
    bool ok = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (!ok)
        shelflife_sandbox_note(state, "Landlock cannot be used: %s", strerror(errno));
    close(rules);
    return ok ? (int)version : 0;
}
