/*
 * What could come next on a command line. The arguments are the words after the program's name; the last one
 * is the word at the cursor. Prints a candidate in each line, with a tab and what it means, and at last ":"
 * and a number of enum directive. kubectl understands the same, so this also completes its plugin.
 */
#include "cli/commands.h"
#include "cli/dispatch.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/tables.h"
#include "kube/config.h"
#include "kube/kube.h"
#include "shelflife/catalog.h"
#include "sources/fetch.h"
#include "sources/snapshot.h"
#include "json/document.h"

/* What the shell may add of its own. */
enum directive { MAY_BE_FILES = 0, ONLY_THESE = 4, MAY_BE_FOLDERS = 16 };

enum {
    REQUEST_MS = 3000, /* a cluster that does not answer must not delay the user */
    NAMES_MAX = 8 << 20,
    NAMESPACES_MAX = 1000,
};

struct completing {
    char *const *words; /* those before the word at the cursor */
    size_t count, next; /* the words before `next` are names of commands */
    str word;
    buffer program; /* "shelflife catalog", as those words say */
    bool help;      /* they begin with "help" */
    bool found;     /* the command, or the group that has no more words */
    enum directive directive;
    const char *values[CLI_OPTIONS_MAX]; /* of the command's options, as far as they are in `words` */
};

static void offer(struct completing *c, str candidate, const char *meaning)
{
    if (!shelflife_str_starts(candidate, c->word) || candidate.len == 0)
        return;
    shelflife_cli_print(candidate);
    if (meaning) {
        str line = shelflife_str_of(meaning);
        printf("\t%.*s", STR_PRINT(shelflife_str_first(line, shelflife_str_find(line, '\n'))));
    }
    putchar('\n');
}

/* ---- Names that are not in the tables ---- */

static void offer_name(void *context, str name)
{
    offer(context, name, NULL);
}

/* The value that an option of the command line has so far. NULL: none. */
static const char *value_of(const struct completing *c, const struct cli_option *options, size_t count,
                            const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (shelflife_str_equal(shelflife_str_of(options[i].name), shelflife_str_of(name)))
            return c->values[i];
    return NULL;
}

struct asking {
    struct completing *c;
    const struct cli_option *options;
    size_t count;
};

static void offer_kubeconfig(const struct asking *a, const char *list)
{
    const char *file = value_of(a->c, a->options, a->count, "kubeconfig");
    error err;
    (void)!shelflife_kube_config_names(file, NULL, list, offer_name, a->c, &err);
}

static void offer_contexts(const struct asking *a)
{
    offer_kubeconfig(a, "contexts");
}

static void offer_clusters(const struct asking *a)
{
    offer_kubeconfig(a, "clusters");
}

static void offer_users(const struct asking *a)
{
    offer_kubeconfig(a, "users");
}

static void offer_names_of(struct completing *c, str list)
{
    error err;
    struct node items, item, metadata, name;
    struct shelflife_document *document = shelflife_document_read(list, "namespaces", &err);
    if (!document)
        return;
    struct node root = shelflife_document_root(document);
    if (shelflife_node_get(&root, "items", &items))
        for (size_t i = 0; shelflife_node_at(&items, i, &item); i++) {
            str text;
            if (shelflife_node_get(&item, "metadata", &metadata) &&
                shelflife_node_get(&metadata, "name", &name) && shelflife_node_string(name, &text, NULL))
                offer(c, text, NULL);
        }
    shelflife_document_free(document);
}

static bool get_namespaces(const struct shelflife_kube_config *config, buffer *list, error *err)
{
    const struct shelflife_kube_options options = {
        .retry = {.tries = 1},
        .limits = {.body_bytes = NAMES_MAX, .connect_ms = REQUEST_MS, .total_ms = REQUEST_MS},
        .exec_ms = REQUEST_MS};
    char limit[16];
    int n = snprintf(limit, sizeof(limit), "%d", NAMESPACES_MAX);
    const struct shelflife_kube_query query = {"limit", {limit, (size_t)n}};
    const struct shelflife_kube_request request = {
        .method = SHELFLIFE_NET_HTTP_GET,
        .path = STR("/api/v1/namespaces"),
        .query = &query,
        .query_count = 1,
        .accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
        .sink = shelflife_buffer_collect,
        .context = list};
    struct shelflife_kube_reply reply;
    struct shelflife_kube *kube = shelflife_kube_open(config, &options, err);
    struct shelflife_kube_client *client = kube ? shelflife_kube_client_new(kube, err) : NULL;
    bool ok = client && shelflife_kube_request(client, &request, &reply, err);
    shelflife_kube_client_free(client);
    shelflife_kube_close(kube);
    return ok;
}

static void offer_namespaces(const struct asking *a)
{
    error err;
    buffer list CLEANUP(shelflife_buffer_free);
    struct shelflife_kube_config config;
    const struct shelflife_kube_choice choice = {.kubeconfig =
                                                     value_of(a->c, a->options, a->count, "kubeconfig"),
                                                 .context = value_of(a->c, a->options, a->count, "context"),
                                                 .cluster = value_of(a->c, a->options, a->count, "cluster"),
                                                 .user = value_of(a->c, a->options, a->count, "user")};
    shelflife_buffer_init(&list, NAMES_MAX);
    if (!value_of(a->c, a->options, a->count, "filename") && shelflife_net_start(&err)) {
        if (shelflife_kube_config_read(&choice, NULL, &config, &err)) {
            if (get_namespaces(&config, &list, &err))
                offer_names_of(a->c, shelflife_buffer_str(&list));
            shelflife_kube_config_free(&config);
        }
        shelflife_net_stop();
    }
}

/* The built-in catalogs, and that of --catalog if it is not a URL. */
static struct shelflife_sources_snapshot *load_catalogs(const struct asking *a)
{
    error err;
    const char *own = value_of(a->c, a->options, a->count, "catalog");
    const struct shelflife_sources_config config = {
        .catalogs = &own, .catalog_count = own && !shelflife_sources_is_url(own) ? 1 : 0};
    return shelflife_sources_load(&config, NULL, NULL, &err);
}

static void offer_products(const struct asking *a)
{
    struct shelflife_sources_snapshot *loaded = load_catalogs(a);
    const struct shelflife_catalogs *set = loaded ? shelflife_sources_snapshot_view(loaded)->catalogs : NULL;
    for (size_t i = 0; set && i < shelflife_catalogs_product_count(set); i++) {
        const struct shelflife_product *product = shelflife_catalogs_product_at(set, i);
        char whole[256];
        int n = snprintf(whole, sizeof(whole), "%.*s/%.*s", STR_PRINT(product->catalog->name),
                         STR_PRINT(product->name));
        offer(a->c, product->name, NULL);
        if (a->c->word.len && n > 0 && (size_t)n < sizeof(whole))
            offer(a->c, (str){whole, (size_t)n}, NULL);
    }
    shelflife_sources_snapshot_release(loaded);
}

static void offer_catalogs(const struct asking *a)
{
    struct shelflife_sources_snapshot *loaded = load_catalogs(a);
    const struct shelflife_catalogs *set = loaded ? shelflife_sources_snapshot_view(loaded)->catalogs : NULL;
    for (size_t i = 0; set && i < shelflife_catalogs_count(set); i++)
        offer(a->c, shelflife_catalogs_at(set, i)->name, NULL);
    shelflife_sources_snapshot_release(loaded);
}

/* ---- Values of options, and arguments ---- */

/* What the name of an option, or a word in capitals for an argument, means. */
static const struct {
    const char *word;
    void (*offer)(const struct asking *a);
    enum directive directive;
} sources[] = {
    {"context", offer_contexts, ONLY_THESE}, {"cluster", offer_clusters, ONLY_THESE},
    {"user", offer_users, ONLY_THESE},       {"namespace", offer_namespaces, ONLY_THESE},
    {"PRODUCT", offer_products, ONLY_THESE}, {"CATALOG", offer_catalogs, ONLY_THESE},
    {"OLD", offer_catalogs, MAY_BE_FILES},   {"FILE", NULL, MAY_BE_FILES},
    {"DIR", NULL, MAY_BE_FOLDERS},
};

/* Returns whether the word means something. */
static bool offer_for(const struct asking *a, str word)
{
    for (size_t i = 0; i < COUNT(sources); i++) {
        if (!shelflife_str_equal(word, shelflife_str_of(sources[i].word)))
            continue;
        if (sources[i].offer)
            sources[i].offer(a);
        a->c->directive = sources[i].directive;
        return true;
    }
    return false;
}

/* The words of "[FILE|DIR|-]...": the first that means something decides. */
static void offer_for_any(const struct asking *a, str words)
{
    a->c->directive = ONLY_THESE;
    while (words.len) {
        size_t len = 0;
        while (len < words.len && !strchr("|[]. ", words.at[len]))
            len++;
        if (len && offer_for(a, shelflife_str_first(words, len)))
            return;
        words = shelflife_str_after(words, len + 1);
    }
}

static void offer_value(const struct asking *a, const struct cli_option *option)
{
    a->c->directive = ONLY_THESE;
    if (option->type == CLI_WORD)
        for (size_t i = 0; option->words[i]; i++)
            offer(a->c, shelflife_str_of(option->words[i]), NULL);
    else if (!offer_for(a, shelflife_str_of(option->name)))
        offer_for_any(a, shelflife_str_of(option->argument));
}

static void offer_options(const struct asking *a)
{
    a->c->directive = ONLY_THESE;
    for (size_t i = 0; i <= a->count; i++) {
        static const struct cli_option help = {.name = "help", .help = "print this help"};
        const struct cli_option *option = i < a->count ? &a->options[i] : &help;
        char name[64];
        int n = snprintf(name, sizeof(name), "--%s", option->name);
        offer(a->c, (str){name, (size_t)n}, option->help);
    }
}

/* ---- The words before ---- */

/* The option that a word before the cursor begins: "--output", "--output=json", "-ojson" or "-o". *value:
   what follows the name in the same word, or NULL. */
static const struct cli_option *option_in(const struct asking *a, const char *word, const char **value)
{
    str text = shelflife_str_of(word);
    bool is_long = shelflife_str_starts(text, STR("--"));
    str name = shelflife_str_after(text, is_long ? 2 : 1);
    size_t equals = is_long ? shelflife_str_find(name, '=') : SIZE_MAX;
    *value = equals == SIZE_MAX ? NULL : name.at + equals + 1;
    for (size_t i = 0; i < a->count; i++) {
        const struct cli_option *option = &a->options[i];
        if (is_long) {
            if (shelflife_str_equal(shelflife_str_first(name, equals), shelflife_str_of(option->name)))
                return option;
        } else if (name.len && option->letter && name.at[0] == option->letter) {
            *value = name.len > 1 ? name.at + 1 : NULL;
            return option;
        }
    }
    return NULL;
}

/* Reads the words before the cursor. Returns the option whose argument is at the cursor, or NULL; *arguments:
   how many words are not options; *ended: there was a "--". */
static const struct cli_option *read_words(const struct asking *a, int *arguments, bool *ended)
{
    struct completing *c = a->c;
    const struct cli_option *open = NULL;
    for (size_t i = c->next; i < c->count; i++) {
        const char *word = c->words[i], *value;
        if (open) {
            c->values[open - a->options] = word;
            open = NULL;
        } else if (*ended || word[0] != '-' || word[1] == '\0') {
            ++*arguments;
        } else if (shelflife_str_equal(shelflife_str_of(word), STR("--"))) {
            *ended = true;
        } else if ((open = option_in(a, word, &value)) && (open->type == CLI_FLAG || value)) {
            c->values[open - a->options] = value;
            open = NULL;
        }
    }
    return open;
}

static void complete_command(void *context, const struct cli_usage *usage, const struct cli_option *options,
                             size_t count)
{
    struct completing *c = context;
    const struct asking asking = {c, options, count};
    int arguments = 0;
    bool ended = false;
    if (!shelflife_str_equal(shelflife_str_of(usage->program), shelflife_buffer_str(&c->program)))
        return;
    c->found = true;
    if (c->help)
        return;
    const struct cli_option *open = read_words(&asking, &arguments, &ended);
    const char *value = NULL;
    if (!open && !ended && c->word.len && c->word.at[0] == '-') {
        const struct cli_option *begun = option_in(&asking, c->word.at, &value);
        if (!begun || !value || begun->type == CLI_FLAG) {
            offer_options(&asking);
            return;
        }
        open = begun;
        c->word = shelflife_str_of(value);
    }
    if (open)
        offer_value(&asking, open);
    else if (usage->max_arguments < 0 || arguments < usage->max_arguments)
        offer_for_any(&asking, shelflife_str_of(usage->arguments));
}

static void complete_group(void *context, const struct cli_group *group)
{
    struct completing *c = context;
    if (c->found || !shelflife_str_equal(shelflife_str_of(group->program), shelflife_buffer_str(&c->program)))
        return;
    if (c->next == c->count) {
        c->found = true;
        for (size_t i = 0; i < group->count; i++)
            if (group->commands[i].summary)
                offer(c, shelflife_str_of(group->commands[i].name), group->commands[i].summary);
        return;
    }
    shelflife_buffer_format(&c->program, " %s", c->words[c->next++]);
}

int shelflife_cli_complete(int argc, char **argv)
{
    struct completing c = {.words = argv + 1, .directive = ONLY_THESE};
    const struct cli_table_reader reader = {complete_group, complete_command, &c};
    if (argc > 1) {
        c.count = (size_t)argc - 2;
        c.word = shelflife_str_of(argv[argc - 1]);
    }
    c.help = c.count && shelflife_str_equal(shelflife_str_of(c.words[0]), STR("help"));
    c.next = c.help ? 1 : 0;
    shelflife_buffer_init(&c.program, 4096);
    shelflife_buffer_append(&c.program, STR("shelflife"));
    shelflife_cli_tables_read(&reader);
    shelflife_buffer_free(&c.program);
    printf(":%d\n", (int)c.directive);
    return shelflife_cli_finish(CLI_EXIT_OK);
}
