#include "shelflife/policy.h"

#include "base/base.h"

/* The build sets POLICIES_DIR. The assembler reads the file, so that no source needs to be generated. */
__asm__(".pushsection .rodata.shelflife_policy_default,\"a\"\n"
        ".hidden shelflife_policy_default_start\n"
        ".global shelflife_policy_default_start\n"
        "shelflife_policy_default_start:\n"
        ".incbin \"" POLICIES_DIR "/default.yaml\"\n"
        ".hidden shelflife_policy_default_end\n"
        ".global shelflife_policy_default_end\n"
        "shelflife_policy_default_end:\n"
        ".byte 0\n"
        ".popsection\n");

extern const char shelflife_policy_default_start[], shelflife_policy_default_end[];

struct shelflife_policy *shelflife_policy_default(error *err)
{
    size_t len =
        (size_t)((uintptr_t)shelflife_policy_default_end - (uintptr_t)shelflife_policy_default_start);
    return shelflife_policy_read((str){shelflife_policy_default_start, len}, "default.yaml (embedded)", err);
}
