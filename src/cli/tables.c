#include "cli/tables.h"

#include "cli/commands.h"

static const struct cli_table_reader *reading;

void shelflife_cli_tables_read(const struct cli_table_reader *reader)
{
    static char program[] = "shelflife";
    char *argv[] = {program, NULL};
    reading = reader;
    shelflife_cli_root(1, argv);
    reading = NULL;
}

const struct cli_table_reader *shelflife_cli_tables_reader(void)
{
    return reading;
}
