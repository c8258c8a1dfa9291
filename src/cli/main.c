#include <stdlib.h>

#include "base/base.h"
#include "cli/commands.h"
#include "cli/invoked.h"
#include "cli/output.h"

int main(int argc, char **argv)
{
    shelflife_set_allocator(malloc, realloc, free); /* for jansson */
    shelflife_cli_open_standard();
    return shelflife_cli_invoked_as(argv[0]) == CLI_INVOKED_TO_COMPLETE ? shelflife_cli_complete(argc, argv)
                                                                        : shelflife_cli_root(argc, argv);
}
