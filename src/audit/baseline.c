#include "audit/auditor.h"
#include "audit/internal.h"
#include "shelflife/json.h"
#include "json/document.h"

typedef struct shelflife_audit_accepted accepted;

int shelflife_audit_accepted_compare(const void *a, const void *b)
{
    const accepted *x = a, *y = b;
    int order = shelflife_str_compare(x->name, y->name);
    order = order ? order : shelflife_str_compare(x->image, y->image);
    order = order ? order : shelflife_str_compare(x->namespace, y->namespace);
    order = order ? order : shelflife_str_compare(x->kind, y->kind);
    order = order ? order : shelflife_str_compare(x->file, y->file);
    return order ? order : shelflife_str_compare(x->cluster, y->cluster);
}

/* ---- Reading ---- */

static bool read_text(struct shelflife_audit *audit, const struct node *finding, const char *key, bool needed,
                      str *out, error *err)
{
    struct node node;
    str text;
    if (!shelflife_node_get(finding, key, &node))
        return !needed || shelflife_node_fail(*finding, err, "%s is missing", key);
    /* An empty string counts as absent. */
    if (shelflife_node_type(node) == NODE_STRING && !shelflife_node_string(node, &text, NULL))
        return true;
    return shelflife_node_string(node, &text, err) &&
           (shelflife_arena_copy(&audit->arena, text, out) || shelflife_fail_memory(err));
}

static bool read_phase(const struct node *finding, enum shelflife_phase *out, error *err)
{
    struct node node;
    size_t word;
    if (!shelflife_node_get(finding, "phase", &node))
        return shelflife_node_fail(*finding, err, "phase is missing");
    if (!shelflife_node_word(node, shelflife_phase_names, SHELFLIFE_PHASES, &word, err))
        return false;
    *out = (enum shelflife_phase)word;
    return true;
}

static bool read_action(const struct node *finding, enum shelflife_action *out, error *err)
{
    struct node node;
    size_t word;
    if (!shelflife_node_get(finding, "action", &node))
        return shelflife_node_fail(*finding, err, "action is missing");
    if (!shelflife_node_word(node, shelflife_action_names, SHELFLIFE_DENY + 1, &word, err))
        return false;
    *out = (enum shelflife_action)word;
    return true;
}

/* A finding of a file is identified by the file, too. */
static bool check_file(const struct shelflife_audit *audit, const struct node *finding, str file, error *err)
{
    static const char again[] = "make a new baseline with --write-baseline";
    if (audit->options.files && !file.len)
        return shelflife_node_fail(
            *finding, err,
            "file is missing, which files' findings are identified by: the baseline is "
            "of a cluster or of an older version; %s",
            again);
    if (!audit->options.files && file.len)
        return shelflife_node_fail(*finding, err,
                                   "the baseline is of files, and this audit is of a cluster; %s", again);
    return true;
}

static bool read_finding(struct shelflife_audit *audit, struct node node, error *err)
{
    static const char *const keys[] = {"cluster", "file",  "namespace", "kind",
                                       "name",    "image", "phase",     "action"};
    accepted a = {0};
    if (!shelflife_node_map(node, err) || !shelflife_node_known(node, keys, COUNT(keys), err) ||
        !read_text(audit, &node, "cluster", false, &a.cluster, err) ||
        !read_text(audit, &node, "file", false, &a.file, err) || !check_file(audit, &node, a.file, err) ||
        !read_text(audit, &node, "namespace", false, &a.namespace, err) ||
        !read_text(audit, &node, "kind", true, &a.kind, err) ||
        !read_text(audit, &node, "name", false, &a.name, err) ||
        !read_text(audit, &node, "image", true, &a.image, err) || !read_phase(&node, &a.phase, err) ||
        !read_action(&node, &a.action, err))
        return false;
    if (!shelflife_grow(&audit->accepted, &audit->accepted_capacity, audit->accepted_count + 1, sizeof(a)))
        return shelflife_fail_memory(err);
    audit->accepted[audit->accepted_count++] = a;
    return true;
}

static bool read_root(struct shelflife_audit *audit, struct node root, error *err)
{
    static const char *const keys[] = {"apiVersion", "kind", "at", "findings"};
    struct node list, child;
    if (!shelflife_node_kind(root, "Baseline", err) || !shelflife_node_known(root, keys, COUNT(keys), err))
        return false;
    if (!shelflife_node_get(&root, "findings", &list))
        return shelflife_node_fail(root, err, "findings is missing");
    if (!shelflife_node_array(list, err))
        return false;
    for (size_t i = 0; shelflife_node_at(&list, i, &child); i++)
        if (!read_finding(audit, child, err))
            return false;
    shelflife_sort(audit->accepted, audit->accepted_count, sizeof(*audit->accepted),
                   shelflife_audit_accepted_compare);
    return true;
}

bool shelflife_audit_baseline(struct shelflife_audit *audit, str bytes, const char *origin, error *err)
{
    struct shelflife_document *document = shelflife_document_read(bytes, origin, err);
    bool ok = document && read_root(audit, shelflife_document_root(document), err);
    shelflife_document_free(document);
    return ok;
}

/* ---- Lookup ---- */

static accepted key_of(const struct shelflife_audit_entry *entry)
{
    const struct shelflife_audit_workload *w = entry->workload;
    return (accepted){.cluster = w->cluster,
                      .file = w->file,
                      .namespace = w->namespace,
                      .kind = w->kind,
                      .name = w->name,
                      .image = entry->image->verdict.image,
                      .phase = entry->image->verdict.phase,
                      .action = entry->action};
}

bool shelflife_audit_accepts(const struct shelflife_audit *audit, const struct shelflife_audit_entry *entry)
{
    const accepted key = key_of(entry), *found = NULL;
    if (audit->accepted_count)
        found = bsearch(&key, audit->accepted, audit->accepted_count, sizeof(key),
                        shelflife_audit_accepted_compare);
    if (!found)
        return false;
    /* There is one for each digest that ran. */
    while (found > audit->accepted && shelflife_audit_accepted_compare(found - 1, &key) == 0)
        found--;
    for (; found < audit->accepted + audit->accepted_count; found++) {
        if (shelflife_audit_accepted_compare(found, &key) != 0)
            return false;
        if (key.phase <= found->phase && key.action <= found->action)
            return true;
    }
    return false;
}

/* ---- Writing ---- */

/* One per line, so that a diff of two baselines is readable. */
static void write_finding(const struct shelflife_audit_entry *entry, bool first, buffer *out)
{
    struct shelflife_json_writer w;
    const accepted a = key_of(entry);
    shelflife_buffer_append(out, first ? STR("\n") : STR(",\n"));
    shelflife_json_writer_init(&w, out);
    shelflife_json_write_map(&w);
    shelflife_json_member_optional(&w, "cluster", a.cluster);
    shelflife_json_member_optional(&w, "file", a.file);
    shelflife_json_member_optional(&w, "namespace", a.namespace);
    shelflife_json_member_optional(&w, "kind", a.kind);
    shelflife_json_member_optional(&w, "name", a.name);
    shelflife_json_member_optional(&w, "image", a.image);
    shelflife_json_member_text(&w, "phase", shelflife_phase_name(a.phase));
    shelflife_json_member_text(&w, "action", shelflife_action_name(a.action));
    shelflife_json_write_end(&w);
}

static int compare_by_workload(const void *a, const void *b)
{
    const accepted x = key_of(*(const struct shelflife_audit_entry *const *)a);
    const accepted y = key_of(*(const struct shelflife_audit_entry *const *)b);
    int order = shelflife_str_compare(x.cluster, y.cluster);
    order = order ? order : shelflife_str_compare(x.file, y.file);
    order = order ? order : shelflife_str_compare(x.namespace, y.namespace);
    order = order ? order : shelflife_str_compare(x.kind, y.kind);
    order = order ? order : shelflife_str_compare(x.name, y.name);
    return order ? order : shelflife_str_compare(x.image, y.image);
}

size_t shelflife_audit_write_baseline(const struct shelflife_audit_result *result, buffer *out)
{
    char day[SHELFLIFE_DAY_TEXT_MAX];
    size_t count = 0;
    size_t size = sizeof(const struct shelflife_audit_entry *);
    CLEANUP(cleanup_free) const struct shelflife_audit_entry **list = calloc(result->entry_count + 1, size);
    if (!list) {
        out->failed = true;
        return 0;
    }
    for (size_t i = 0; i < result->finding_count; i++)
        list[count++] = result->findings[i];
    for (size_t i = 0; i < result->entry_count; i++)
        if (result->entries[i].accepted)
            list[count++] = &result->entries[i];
    shelflife_sort(list, count, size, compare_by_workload);
    shelflife_buffer_format(out, "{\"apiVersion\":\"shelflife.dev/v1\",\"kind\":\"Baseline\",\"at\":\"%s\",",
                            shelflife_day_format(result->at, day));
    shelflife_buffer_append(out, STR("\"findings\":["));
    for (size_t i = 0; i < count; i++)
        write_finding(list[i], i == 0, out);
    shelflife_buffer_append(out, count ? STR("\n]}\n") : STR("]}\n"));
    return count;
}

void shelflife_audit_fingerprint(const struct shelflife_audit_entry *entry,
                                 char text[SHELFLIFE_AUDIT_FINGERPRINT])
{
    const accepted a = key_of(entry);
    const str parts[] = {a.namespace, a.kind, a.name, a.image, a.file, a.cluster};
    const size_t always = 4;
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a: the same in every run */
    for (size_t i = 0; i < COUNT(parts); i++)
        for (size_t k = 0; k <= parts[i].len && (i < always || parts[i].len); k++)
            hash = (hash ^ (k < parts[i].len ? (unsigned char)parts[i].at[k] : 0)) * UINT64_C(1099511628211);
    snprintf(text, SHELFLIFE_AUDIT_FINGERPRINT, "%016llx", (unsigned long long)hash);
}
