#include <stddef.h>
#include <sys/stat.h>

#include "file/file.h"
#include "kube/override.h"
#include "net/url.h"
#include "pki/pki.h"
#include "shelflife/json.h"
#include "json/document.h"

enum {
    FILE_MAX = 16 << 20,
    CONFIG_MAX = 32 << 20, /* bytes of memory for one configuration */
    FILES_MAX = 100,
    EXTENSION_DEPTH_MAX = 32,
    IMPERSONATE_MAX = 200, /* values of one field */
};

struct file {
    struct shelflife_document *document;
    char *folder; /* with a slash at the end; "" for the working folder */
};

struct shelflife_kubeconfig {
    struct file *files;
    size_t count, capacity;
};

/* A named entry of one of the three lists. Its nodes point at each other, so it must not be copied. */
struct entry {
    struct node root, list, item, value;
    const struct file *file;
};

/* A configuration that is being built. */
struct building {
    const struct shelflife_kube_choice *choice;
    struct shelflife_kube_config *config;
    arena *memory;
    const char *folder;
    error *err;
};

struct shelflife_kubeconfig *shelflife_kubeconfig_new(error *err)
{
    struct shelflife_kubeconfig *k = calloc(1, sizeof(*k));
    if (!k)
        shelflife_fail_memory(err);
    return k;
}

void shelflife_kubeconfig_free(struct shelflife_kubeconfig *k)
{
    if (!k)
        return;
    for (size_t i = 0; i < k->count; i++) {
        shelflife_document_free(k->files[i].document);
        free(k->files[i].folder);
    }
    free(k->files);
    free(k);
}

/* ---- Reading values ---- */

/* A string, which may be empty. */
static bool text_of(struct node node, str *out, error *err)
{
    *out = STR("");
    if (shelflife_node_type(node) != NODE_STRING)
        return shelflife_node_string(node, out, err); /* for its error */
    shelflife_node_string(node, out, NULL);
    return true;
}

/* The string under a key; empty if it is absent. */
static bool get_text(const struct node *map, const char *key, str *out, error *err)
{
    struct node node;
    *out = STR("");
    return !shelflife_node_get(map, key, &node) || text_of(node, out, err);
}

static bool copy_text(struct building *m, str text, const char **out)
{
    str copy;
    if (!shelflife_arena_copy(m->memory, text, &copy))
        return shelflife_arena_fail(m->memory, m->err);
    *out = copy.at;
    return true;
}

static bool copy_path(struct building *m, str path, const char **out)
{
    str whole;
    const char *folder = shelflife_str_starts(path, STR("/")) ? "" : m->folder;
    if (!shelflife_arena_format(m->memory, &whole, "%s%.*s", folder, STR_PRINT(path)))
        return shelflife_arena_fail(m->memory, m->err);
    *out = whole.at;
    return true;
}

static bool copy_data(struct building *m, struct node node, str text, str *out)
{
    bool valid;
    if (!shelflife_pki_base64_decode(text, m->memory, out, &valid))
        return shelflife_arena_fail(m->memory, m->err);
    if (!valid)
        return shelflife_node_fail(node, m->err, "must be a PEM file in base64, but is not base64");
    if (!memmem(out->at, out->len, "-----BEGIN ", 11))
        return shelflife_node_fail(node, m->err, "must be a PEM file in base64, but contains no PEM");
    return true;
}

enum field_type { FIELD_TEXT, FIELD_PATH, FIELD_DATA, FIELD_FLAG };

struct field {
    const char *key;
    enum field_type type;
    size_t offset; /* in struct shelflife_kube_config: const char *, str or bool */
};

#define AT(member) offsetof(struct shelflife_kube_config, member)

static const struct field cluster_fields[] = {
    {"server", FIELD_TEXT, AT(server)},
    {"certificate-authority", FIELD_PATH, AT(peer.ca_file)},
    {"certificate-authority-data", FIELD_DATA, AT(peer.ca_pem)},
    {"insecure-skip-tls-verify", FIELD_FLAG, AT(peer.insecure)},
    {"tls-server-name", FIELD_TEXT, AT(peer.server_name)},
    {"proxy-url", FIELD_TEXT, AT(peer.proxy)},
    {"disable-compression", FIELD_FLAG, AT(no_compression)},
};

static const struct field user_fields[] = {
    {"client-certificate", FIELD_PATH, AT(peer.certificate_file)},
    {"client-certificate-data", FIELD_DATA, AT(peer.certificate_pem)},
    {"client-key", FIELD_PATH, AT(peer.key_file)},
    {"client-key-data", FIELD_DATA, AT(peer.key_pem)},
    {"token", FIELD_TEXT, AT(token)},
    {"tokenFile", FIELD_PATH, AT(token_file)},
    {"username", FIELD_TEXT, AT(user)},
    {"password", FIELD_TEXT, AT(password)},
};

static bool read_field(struct building *m, const struct field *field, struct node node)
{
    void *to = (char *)m->config + field->offset;
    str text;
    if (field->type == FIELD_FLAG)
        return shelflife_node_bool(node, to, m->err);
    if (!text_of(node, &text, m->err))
        return false;
    if (text.len == 0)
        return true;
    if (field->type == FIELD_DATA)
        return copy_data(m, node, text, to);
    return (field->type == FIELD_PATH ? copy_path : copy_text)(m, text, to);
}

static bool read_fields(struct building *m, const struct entry *e, const struct field *fields, size_t count)
{
    struct node node;
    m->folder = e->file->folder;
    if (!shelflife_node_map(e->value, m->err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (shelflife_node_get(&e->value, fields[i].key, &node) && !read_field(m, &fields[i], node))
            return false;
    return true;
}

/* ---- Files ---- */

static bool check_kind(struct node root, error *err)
{
    str kind;
    if (!shelflife_node_map(root, err) || !get_text(&root, "kind", &kind, err))
        return false;
    if (kind.len == 0 || shelflife_str_equal(kind, STR("Config")))
        return true;
    return shelflife_node_fail(root, err, "must be a kubeconfig (kind: Config), but is of another kind");
}

/* Checks that the lists are lists and the entries have names, also in files that turn out not to be used. */
static bool check_list(struct node root, const char *key, error *err)
{
    struct node list, item, name;
    str text;
    if (!shelflife_node_get(&root, key, &list))
        return true;
    if (!shelflife_node_array(list, err))
        return false;
    for (size_t i = 0; shelflife_node_at(&list, i, &item); i++) {
        if (!shelflife_node_map(item, err))
            return false;
        if (!shelflife_node_get(&item, "name", &name))
            return shelflife_node_fail(item, err, "must have a name");
        if (!shelflife_node_string(name, &text, err))
            return false;
    }
    return true;
}

static bool is_set(const char *flag)
{
    return flag && flag[0];
}

static bool is_blank(str text)
{
    return shelflife_str_trim(text).len == 0;
}

bool shelflife_kubeconfig_add(struct shelflife_kubeconfig *k, str text, const char *path, error *err)
{
    static const char *const lists[] = {"clusters", "users", "contexts"};
    if (is_blank(text))
        return true;
    CLEANUP(cleanup_document) struct shelflife_document *d = shelflife_document_read_secret(text, path, err);
    if (!d || !check_kind(shelflife_document_root(d), err))
        return false;
    for (size_t i = 0; i < COUNT(lists); i++)
        if (!check_list(shelflife_document_root(d), lists[i], err))
            return false;
    str folder = shelflife_str_of(path);
    folder = shelflife_str_first(folder, shelflife_str_find_last(folder, '/') + 1); /* SIZE_MAX + 1 is 0 */
    char *copy = strndup(folder.len ? folder.at : "", folder.len);
    if (!copy || !shelflife_grow(&k->files, &k->capacity, k->count + 1, sizeof(*k->files))) {
        free(copy);
        return shelflife_fail_memory(err);
    }
    k->files[k->count++] = (struct file){d, copy};
    d = NULL;
    return true;
}

/* Finds an entry by name: clusters[name].cluster. */
static bool find(const struct shelflife_kubeconfig *k, const char *list, const char *key, str name,
                 struct entry *e)
{
    for (size_t f = 0; f < k->count; f++) {
        e->file = &k->files[f];
        e->root = shelflife_document_root(e->file->document);
        if (!shelflife_node_get(&e->root, list, &e->list))
            continue;
        for (size_t i = 0; shelflife_node_at(&e->list, i, &e->item); i++) {
            str own;
            if (get_text(&e->item, "name", &own, NULL) && shelflife_str_equal(own, name))
                return shelflife_node_get(&e->item, key, &e->value);
        }
    }
    return false;
}

/* "; available: a, b, c". Users are not listed: nothing from that list is quoted. */
static void list_names(const struct shelflife_kubeconfig *k, const char *list, buffer *out)
{
    struct node root, entries, item;
    str name;
    if (shelflife_str_equal(shelflife_str_of(list), STR("users")))
        return;
    for (size_t f = 0; f < k->count; f++) {
        root = shelflife_document_root(k->files[f].document);
        if (!shelflife_node_get(&root, list, &entries))
            continue;
        for (size_t i = 0; shelflife_node_at(&entries, i, &item); i++) {
            if (!get_text(&item, "name", &name, NULL))
                continue;
            shelflife_buffer_append(out, out->len ? STR(", ") : STR("; available: "));
            shelflife_buffer_append(out, name);
        }
    }
}

static bool fail_missing(const struct shelflife_kubeconfig *k, const char *list, const char *what, str name,
                         error *err)
{
    CLEANUP(shelflife_buffer_free) buffer names;
    shelflife_buffer_init(&names, 400); /* more would not fit into the error */
    list_names(k, list, &names);
    if (name.len == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "the kubeconfig selects no %s: name one%.*s", what,
                              STR_PRINT(shelflife_buffer_str(&names)));
    return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "the kubeconfig has no %s \"%.*s\"%.*s", what,
                          STR_PRINT(shelflife_str_first(name, 200)), STR_PRINT(shelflife_buffer_str(&names)));
}

/* ---- Exec plugins ---- */

static const char *const exec_versions[] = {"client.authentication.k8s.io/v1",
                                            "client.authentication.k8s.io/v1beta1"};

static bool read_args(struct building *m, const struct node *map, struct shelflife_kube_exec *exec)
{
    struct node list, item;
    str text;
    size_t count = 0;
    if (shelflife_node_get(map, "args", &list)) {
        if (!shelflife_node_array(list, m->err))
            return false;
        count = shelflife_node_count(list);
    }
    const char **args = shelflife_arena_array(m->memory, count + 2, sizeof(*args));
    if (!args)
        return shelflife_arena_fail(m->memory, m->err);
    args[0] = exec->command;
    for (size_t i = 0; i < count && shelflife_node_at(&list, i, &item); i++)
        if (!text_of(item, &text, m->err) || !copy_text(m, text, &args[i + 1]))
            return false;
    exec->args = args;
    return true;
}

static bool read_variable(struct building *m, struct node item, const char **out)
{
    struct node node;
    str name, value, whole;
    if (!shelflife_node_map(item, m->err))
        return false;
    if (!shelflife_node_get(&item, "name", &node))
        return shelflife_node_fail(item, m->err, "must have a name");
    if (!shelflife_node_string(node, &name, m->err) || !get_text(&item, "value", &value, m->err))
        return false;
    if (shelflife_str_find(name, '=') != SIZE_MAX)
        return shelflife_node_fail(node, m->err, "must be the name of a variable, without \"=\"");
    if (!shelflife_arena_format(m->memory, &whole, "%.*s=%.*s", STR_PRINT(name), STR_PRINT(value)))
        return shelflife_arena_fail(m->memory, m->err);
    *out = whole.at;
    return true;
}

static bool read_env(struct building *m, const struct node *map, struct shelflife_kube_exec *exec)
{
    struct node list, item;
    size_t count = 0;
    if (shelflife_node_get(map, "env", &list)) {
        if (!shelflife_node_array(list, m->err))
            return false;
        count = shelflife_node_count(list);
    }
    const char **env = shelflife_arena_array(m->memory, count + 1, sizeof(*env));
    if (!env)
        return shelflife_arena_fail(m->memory, m->err);
    for (size_t i = 0; i < count && shelflife_node_at(&list, i, &item); i++)
        if (!read_variable(m, item, &env[i]))
            return false;
    exec->env = env;
    return true;
}

static bool read_command(struct building *m, const struct node *map, struct shelflife_kube_exec *exec)
{
    struct node node;
    str text;
    if (!shelflife_node_get(map, "command", &node))
        return shelflife_node_fail(*map, m->err, "must have a command");
    if (!shelflife_node_string(node, &text, m->err))
        return false;
    bool in_path = shelflife_str_find(text, '/') == SIZE_MAX;
    return (in_path ? copy_text : copy_path)(m, text, &exec->command);
}

static bool read_exec(struct building *m, const struct node *map)
{
    static const char *const modes[] = {[SHELFLIFE_KUBE_INTERACTIVE_IF_AVAILABLE] = "IfAvailable",
                                        [SHELFLIFE_KUBE_INTERACTIVE_NEVER] = "Never",
                                        [SHELFLIFE_KUBE_INTERACTIVE_ALWAYS] = "Always"};
    struct shelflife_kube_exec *exec = shelflife_arena_alloc(m->memory, sizeof(*exec));
    struct node node;
    str text;
    size_t i = 0;
    if (!exec)
        return shelflife_arena_fail(m->memory, m->err);
    if (!shelflife_node_map(*map, m->err))
        return false;
    if (!shelflife_node_get(map, "apiVersion", &node))
        return shelflife_node_fail(*map, m->err, "must have an apiVersion: %s", exec_versions[0]);
    if (!shelflife_node_word(node, exec_versions, COUNT(exec_versions), &i, m->err))
        return false;
    exec->api_version = exec_versions[i];
    i = SHELFLIFE_KUBE_INTERACTIVE_IF_AVAILABLE;
    if (shelflife_node_get(map, "interactiveMode", &node) &&
        !shelflife_node_word(node, modes, COUNT(modes), &i, m->err))
        return false;
    exec->interactive = (enum shelflife_kube_interactive)i;
    if (shelflife_node_get(map, "provideClusterInfo", &node) &&
        !shelflife_node_bool(node, &exec->provide_cluster, m->err))
        return false;
    m->config->exec = exec;
    return read_command(m, map, exec) && read_args(m, map, exec) && read_env(m, map, exec) &&
           get_text(map, "installHint", &text, m->err) &&
           (text.len == 0 || copy_text(m, text, &exec->install_hint));
}

/* ---- Configuration for plugins, from the cluster's extensions ---- */

static bool write_node(struct shelflife_json_writer *w, struct node node, unsigned depth, error *err);

static bool write_items(struct shelflife_json_writer *w, struct node node, unsigned depth, error *err)
{
    struct node child;
    if (depth == EXTENSION_DEPTH_MAX)
        return shelflife_node_fail(node, err, "more than %d levels of nesting", EXTENSION_DEPTH_MAX);
    for (size_t i = 0; shelflife_node_at(&node, i, &child); i++) {
        if (child.key)
            shelflife_json_write_key(w, shelflife_str_of(child.key));
        if (!write_node(w, child, depth + 1, err))
            return false;
    }
    shelflife_json_write_end(w);
    return true;
}

static bool write_node(struct shelflife_json_writer *w, struct node node, unsigned depth, error *err)
{
    str text;
    int64_t n;
    bool truth;
    switch (shelflife_node_type(node)) {
    case NODE_MAP:
        shelflife_json_write_map(w);
        return write_items(w, node, depth, err);
    case NODE_ARRAY:
        shelflife_json_write_array(w);
        return write_items(w, node, depth, err);
    case NODE_INTEGER:
        if (!shelflife_node_integer(node, INT64_MIN, INT64_MAX, &n, err))
            return false;
        shelflife_json_write_integer(w, n);
        return true;
    case NODE_BOOL:
        if (!shelflife_node_bool(node, &truth, err))
            return false;
        shelflife_json_write_bool(w, truth);
        return true;
    case NODE_NULL:
        shelflife_json_write_null(w);
        return true;
    case NODE_STRING:
    case NODE_REAL: /* no known plugin has one */
        if (!text_of(node, &text, err))
            return false;
        shelflife_json_write_string(w, text);
        return true;
    }
    return true;
}

static bool read_extension(struct building *m, const struct entry *cluster)
{
    CLEANUP(shelflife_buffer_free) buffer json = {.limit = CONFIG_MAX};
    struct shelflife_json_writer w;
    struct node list, item, extension;
    str name;
    if (!m->config->exec || !m->config->exec->provide_cluster ||
        !shelflife_node_get(&cluster->value, "extensions", &list))
        return true;
    for (size_t i = 0; shelflife_node_at(&list, i, &item); i++) {
        if (!get_text(&item, "name", &name, m->err))
            return false;
        if (!shelflife_str_equal(name, STR("client.authentication.k8s.io/exec")) ||
            !shelflife_node_get(&item, "extension", &extension))
            continue;
        shelflife_json_writer_init(&w, &json);
        if (!write_node(&w, extension, 0, m->err))
            return false;
        return json.failed ? shelflife_fail_memory(m->err)
                           : copy_text(m, shelflife_buffer_str(&json), &m->config->exec->cluster_config);
    }
    return true;
}

/* ---- Impersonation ---- */

/* A USAGE error becomes one about the node. */
static bool fail_for(struct node node, const error *why, error *err)
{
    return why->kind == SHELFLIFE_ERROR_USAGE ? shelflife_node_fail(node, err, "%s", why->text)
                                              : shelflife_fail(err, why->kind, "%s", why->text);
}

static bool add_impersonation(struct building *m, struct node node, const char *name, str value)
{
    error why;
    return shelflife_kube_override_header(m->config, name, value, &why) || fail_for(node, &why, m->err);
}

static bool add_all(struct building *m, const struct node *list, const char *name)
{
    struct node item;
    str text;
    if (!shelflife_node_array(*list, m->err))
        return false;
    if (shelflife_node_count(*list) > IMPERSONATE_MAX)
        return shelflife_node_fail(*list, m->err, "must be at most %d values", IMPERSONATE_MAX);
    for (size_t i = 0; shelflife_node_at(list, i, &item); i++)
        if (!shelflife_node_string(item, &text, m->err) || !add_impersonation(m, item, name, text))
            return false;
    return true;
}

static bool read_extra(struct building *m, const struct node *map)
{
    struct node values;
    if (!shelflife_node_map(*map, m->err))
        return false;
    for (size_t i = 0; shelflife_node_at(map, i, &values); i++) {
        CLEANUP(shelflife_buffer_free) buffer name;
        const char *kept = NULL;
        shelflife_buffer_init(&name, 4096);
        shelflife_buffer_append(&name, STR("Impersonate-Extra-"));
        shelflife_net_url_encode(&name, shelflife_str_of(values.key));
        if (name.failed)
            return shelflife_node_fail(values, m->err, "the key is too long");
        if (!copy_text(m, shelflife_buffer_str(&name), &kept) || !add_all(m, &values, kept))
            return false;
    }
    return true;
}

static bool read_impersonation(struct building *m, const struct node *user)
{
    static const char *const fields[][2] = {{"as", "Impersonate-User"}, {"as-uid", "Impersonate-Uid"}};
    struct node node;
    str text;
    for (size_t i = 0; i < COUNT(fields); i++)
        if (shelflife_node_get(user, fields[i][0], &node) &&
            (!text_of(node, &text, m->err) || (text.len && !add_impersonation(m, node, fields[i][1], text))))
            return false;
    return (!shelflife_node_get(user, "as-groups", &node) || add_all(m, &node, "Impersonate-Group")) &&
           (!shelflife_node_get(user, "as-user-extra", &node) || read_extra(m, &node));
}

/* ---- Selecting a context ---- */

static bool check_server(struct building *m, const struct entry *cluster)
{
    struct shelflife_kube_config *c = m->config;
    struct node node = cluster->value;
    error why;
    str url = shelflife_str_of(c->server);
    if (is_set(m->choice->server))
        return true;
    if (url.len == 0)
        return shelflife_node_fail(node, m->err, "must have a server: an https:// URL");
    shelflife_node_get(&cluster->value, "server", &node);
    return shelflife_kube_override_server(c, url, &why) || fail_for(node, &why, m->err);
}

static bool check_trust(struct building *m, const struct entry *cluster)
{
    const struct shelflife_net_http_peer *p = &m->config->peer;
    bool flags = m->choice->insecure_skip_tls_verify || is_set(m->choice->certificate_authority);
    if (!flags && p->insecure && (p->ca_file || p->ca_pem.len))
        return shelflife_node_fail(
            cluster->value, m->err,
            "has both insecure-skip-tls-verify and a certificate-authority: remove one");
    return true;
}

static bool check_user(struct building *m, const struct entry *user)
{
    const struct shelflife_net_http_peer *p = &m->config->peer;
    const struct shelflife_kube_choice *flags = m->choice;
    struct node node;
    bool certificate = p->certificate_file || p->certificate_pem.len, key = p->key_file || p->key_pem.len;
    if (certificate != key && !is_set(flags->client_certificate) && !is_set(flags->client_key))
        return shelflife_node_fail(user->value, m->err, "has a client %s, but no client %s",
                                   certificate ? "certificate" : "key", certificate ? "key" : "certificate");
    if (!is_set(flags->token) && shelflife_node_get(&user->value, "auth-provider", &node))
        return shelflife_node_fail(node, m->err, "is not supported: use an exec plugin (users[].user.exec)");
    return true;
}

static bool read_user(struct building *m, const struct entry *user, str name)
{
    struct node exec;
    str origin;
    if (!read_fields(m, user, user_fields, COUNT(user_fields)) || !check_user(m, user) ||
        !read_impersonation(m, &user->value))
        return false;
    m->config->token_file_shown = "users[].user.tokenFile of the kubeconfig";
    if (!shelflife_node_get(&user->value, "exec", &exec))
        return true;
    if (!read_exec(m, &exec))
        return false;
    if (!shelflife_arena_format(m->memory, &origin, "%s: user \"%.*s\"", user->root.key, STR_PRINT(name)))
        return shelflife_arena_fail(m->memory, m->err);
    m->config->exec->origin = origin.at;
    return true;
}

/* The first file that has one decides. */
static bool current_context(const struct shelflife_kubeconfig *k, str *name, error *err)
{
    *name = STR("");
    for (size_t f = 0; f < k->count && name->len == 0; f++) {
        struct node root = shelflife_document_root(k->files[f].document);
        if (!get_text(&root, "current-context", name, err))
            return false;
    }
    return true;
}

static str choose_name(const char *chosen, str otherwise)
{
    return is_set(chosen) ? shelflife_str_of(chosen) : otherwise;
}

/* What a context names, and what flags name instead. */
struct chosen {
    str context, cluster, user, namespace;
};

/* Flags that name a cluster make a current context unnecessary. */
static bool choose_names(const struct shelflife_kubeconfig *k, struct building *m, struct chosen *out)
{
    const struct shelflife_kube_choice *flags = m->choice;
    struct entry context;
    if (!current_context(k, &out->context, m->err))
        return false;
    out->context = choose_name(flags->context, out->context);
    if (out->context.len && find(k, "contexts", "context", out->context, &context)) {
        if (!get_text(&context.value, "cluster", &out->cluster, m->err) ||
            !get_text(&context.value, "user", &out->user, m->err) ||
            !get_text(&context.value, "namespace", &out->namespace, m->err))
            return false;
    } else if (out->context.len || (!is_set(flags->cluster) && !is_set(flags->server))) {
        return fail_missing(k, "contexts", "context", out->context, m->err);
    }
    out->cluster = choose_name(flags->cluster, out->cluster);
    out->user = choose_name(flags->user, out->user);
    return true;
}

static bool read_cluster(struct building *m, const struct entry *cluster)
{
    return read_fields(m, cluster, cluster_fields, COUNT(cluster_fields)) && check_server(m, cluster) &&
           check_trust(m, cluster);
}

static bool choose(const struct shelflife_kubeconfig *k, struct building *m)
{
    struct entry cluster, user;
    struct chosen chosen = {0};
    if (!choose_names(k, m, &chosen))
        return false;
    bool has_cluster = find(k, "clusters", "cluster", chosen.cluster, &cluster);
    if (!has_cluster && (chosen.cluster.len || !is_set(m->choice->server)))
        return fail_missing(k, "clusters", "cluster", chosen.cluster, m->err);
    if (chosen.user.len && !find(k, "users", "user", chosen.user, &user))
        return fail_missing(k, "users", "user", chosen.user, m->err);
    if (chosen.namespace.len == 0)
        chosen.namespace = STR("default");
    return (chosen.context.len == 0 || copy_text(m, chosen.context, &m->config->context)) &&
           copy_text(m, chosen.namespace, &m->config->namespace) &&
           (!has_cluster || read_cluster(m, &cluster)) &&
           (chosen.user.len == 0 || read_user(m, &user, chosen.user)) &&
           shelflife_kube_config_override(m->choice, m->config, m->err) &&
           (!has_cluster || read_extension(m, &cluster));
}

bool shelflife_kubeconfig_choose(const struct shelflife_kubeconfig *k,
                                 const struct shelflife_kube_choice *choice,
                                 struct shelflife_kube_config *out, error *err)
{
    struct shelflife_kube_config made = {0};
    struct building m = {.choice = choice, .config = &made, .memory = &made.memory, .err = err};
    shelflife_arena_init(&made.memory, CONFIG_MAX);
    made.memory.secret = true;
    if (!choose(k, &m)) {
        shelflife_arena_free(&made.memory);
        return false;
    }
    *out = made;
    return true;
}

void shelflife_kube_config_free(struct shelflife_kube_config *config)
{
    shelflife_arena_free(&config->memory);
    *config = (struct shelflife_kube_config){0};
}

/* ---- Finding the files ---- */

static bool add_file(struct shelflife_kubeconfig *k, const char *path, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer text;
    shelflife_buffer_init(&text, FILE_MAX);
    text.secret = true;
    if (k->count == FILES_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "KUBECONFIG names more than %d files", FILES_MAX);
    return shelflife_file_read_input(path, &text, err) &&
           shelflife_kubeconfig_add(k, shelflife_buffer_str(&text), path, err);
}

static bool exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

/* One path of a list; it need not exist. */
static bool add_if_there(struct shelflife_kubeconfig *k, str path, error *err)
{
    char *text = strndup(path.at, path.len);
    if (!text)
        return shelflife_fail_memory(err);
    bool ok = path.len == 0 || !exists(text) || add_file(k, text, err);
    free(text);
    return ok;
}

static bool add_list(struct shelflife_kubeconfig *k, str list, error *err)
{
    while (list.len) {
        size_t end = shelflife_str_find(list, ':');
        str path = shelflife_str_first(list, end);
        if (!add_if_there(k, path, err))
            return false;
        list = shelflife_str_after(list, path.len + 1);
    }
    return true;
}

static bool add_home(struct shelflife_kubeconfig *k, const char *home, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer path;
    shelflife_buffer_init(&path, SIZE_MAX);
    shelflife_buffer_format(&path, "%s/.kube/config", home);
    if (path.failed)
        return shelflife_fail_memory(err);
    return add_if_there(k, shelflife_buffer_str(&path), err);
}

static bool find_files(struct shelflife_kubeconfig *k, const struct shelflife_kube_choice *choice,
                       const struct shelflife_kube_places *places, error *err)
{
    str list = shelflife_str_of(places->kubeconfig);
    if (is_set(choice->kubeconfig))
        return add_file(k, choice->kubeconfig, err);
    if (list.len ? !add_list(k, list, err) : places->home && !add_home(k, places->home, err))
        return false;
    return k->count > 0 || is_set(choice->server) ||
           shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                          "no kubeconfig found at %s%s: set --kubeconfig or KUBECONFIG",
                          list.len ? "KUBECONFIG=" : "~/.kube/config", list.len ? list.at : "");
}

bool shelflife_kube_config_read(const struct shelflife_kube_choice *choice,
                                const struct shelflife_kube_places *places, struct shelflife_kube_config *out,
                                error *err)
{
    const struct shelflife_kube_places environment = {getenv("KUBECONFIG"), getenv("HOME")};
    struct shelflife_kubeconfig *k = shelflife_kubeconfig_new(err);
    bool ok = k && find_files(k, choice, places ? places : &environment, err) &&
              shelflife_kubeconfig_choose(k, choice, out, err);
    shelflife_kubeconfig_free(k);
    return ok;
}

static void each_name(const struct shelflife_kubeconfig *k, const char *list,
                      void (*add)(void *context, str name), void *context)
{
    for (size_t f = 0; f < k->count; f++) {
        struct node root = shelflife_document_root(k->files[f].document), entries, item;
        str name;
        if (!shelflife_node_get(&root, list, &entries))
            continue;
        for (size_t i = 0; shelflife_node_at(&entries, i, &item); i++)
            if (get_text(&item, "name", &name, NULL))
                add(context, name);
    }
}

bool shelflife_kube_config_names(const char *kubeconfig, const struct shelflife_kube_places *places,
                                 const char *list, void (*add)(void *context, str name), void *context,
                                 error *err)
{
    const struct shelflife_kube_places environment = {getenv("KUBECONFIG"), getenv("HOME")};
    struct shelflife_kubeconfig *k = shelflife_kubeconfig_new(err);
    const struct shelflife_kube_choice choice = {.kubeconfig = kubeconfig};
    bool ok = k && find_files(k, &choice, places ? places : &environment, err);
    if (ok)
        each_name(k, list, add, context);
    shelflife_kubeconfig_free(k);
    return ok;
}
