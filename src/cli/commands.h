/* The subcommands, each in the file of its name. argv[0] is the name of the subcommand; each returns an exit
   code (output.h). */
#ifndef SHELFLIFE_CLI_COMMANDS_H
#define SHELFLIFE_CLI_COMMANDS_H

/* shelflife itself. */
int shelflife_cli_root(int argc, char **argv);

int shelflife_cli_serve(int argc, char **argv);
int shelflife_cli_explain(int argc, char **argv);
int shelflife_cli_inspect(int argc, char **argv);
int shelflife_cli_audit(int argc, char **argv);
int shelflife_cli_review(int argc, char **argv);
int shelflife_cli_catalog(int argc, char **argv);
int shelflife_cli_inventory(int argc, char **argv);
int shelflife_cli_policy(int argc, char **argv);
int shelflife_cli_certs(int argc, char **argv);
int shelflife_cli_inventory_update(int argc, char **argv);
int shelflife_cli_completion(int argc, char **argv);
int shelflife_cli_man(int argc, char **argv);
int shelflife_cli_version(int argc, char **argv);

/* What could come next on a command line: for the shells and kubectl. */
int shelflife_cli_complete(int argc, char **argv);

/* shelflife catalog … */
int shelflife_cli_catalog_list(int argc, char **argv);
int shelflife_cli_catalog_show(int argc, char **argv);
int shelflife_cli_catalog_lint(int argc, char **argv);
int shelflife_cli_catalog_import(int argc, char **argv);
int shelflife_cli_catalog_diff(int argc, char **argv);
int shelflife_cli_catalog_sign(int argc, char **argv);
int shelflife_cli_catalog_push(int argc, char **argv);
int shelflife_cli_catalog_verify(int argc, char **argv);
int shelflife_cli_catalog_update(int argc, char **argv);
int shelflife_cli_catalog_fetch(int argc, char **argv);
int shelflife_cli_catalog_export(int argc, char **argv);

/* shelflife policy … */
int shelflife_cli_policy_show(int argc, char **argv);
int shelflife_cli_policy_test(int argc, char **argv);

/* shelflife inventory … */
int shelflife_cli_inventory_show(int argc, char **argv);
int shelflife_cli_inventory_merge(int argc, char **argv);
int shelflife_cli_inventory_export(int argc, char **argv);
int shelflife_cli_inventory_push(int argc, char **argv);

#endif
