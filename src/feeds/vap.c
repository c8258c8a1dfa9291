#include "feeds/vap.h"

#include "feeds/format.h"
#include "feeds/vap_rules.h"
#include "json/document.h"
#include "json/words.h"

enum {
    CHUNK_MAX = 50000,    /* bytes of one expression: CEL reads 100,000 characters at most */
    OBJECT_MAX = 1400000, /* bytes of the policy: etcd takes requests of 1.5 MiB */
    /* What Kubernetes lets one expression cost, and about what it costs an image to see that its name does
       not begin so, and to try a rule or an exception. */
    COST_MAX = 1000000,
    COST_OF_HEAD = 14,
    COST_OF_RULE = 40,
    COST_OF_NAME = 600,
    IMAGES_USUAL = 40,
    IMAGES_MIN = 5,
};

struct writer {
    const struct shelflife_feeds_vap *vap;
    struct node policy; /* its root */
    buffer *out, *notes;
    size_t exceptions;
    error *err;
};

/* ---- the policy without what the export says by itself ---- */

/* What the judge is not to know. Namespaces' modes, controllers and mirrors do not matter to it, since it is
   asked about no namespace, and about names as catalogs write them. */
static const char *const stripped[] = {"exceptions", "mirrors", "onStale", "maxAge"};

/* Of some images or namespaces only. */
static bool is_particular(const struct node *override)
{
    struct node ignored;
    return shelflife_node_get(override, "images", &ignored) ||
           shelflife_node_get(override, "namespaces", &ignored);
}

/* Denial of what is not yet over may end when it is. */
static void copy_actions(struct node actions, struct shelflife_json_writer *w)
{
    static const char *const early[] = {"supported", "ending"};
    struct node action;
    shelflife_json_write_map(w);
    for (size_t i = 0; shelflife_node_at(&actions, i, &action); i++) {
        shelflife_json_write_key(w, shelflife_str_of(action.key));
        if (shelflife_json_is_among(shelflife_str_of(action.key), early, COUNT(early)))
            shelflife_json_write_string(w, STR("warn"));
        else
            shelflife_feeds_format_copy(action, w);
    }
    shelflife_json_write_end(w);
}

static void copy_settings(struct node map, struct shelflife_json_writer *w);

static void copy_overrides(struct node overrides, struct shelflife_json_writer *w)
{
    struct node override;
    shelflife_json_write_array(w);
    for (size_t i = 0; shelflife_node_at(&overrides, i, &override); i++)
        if (!is_particular(&override))
            copy_settings(override, w);
    shelflife_json_write_end(w);
}

/* Of the policy, or of an override. */
static void copy_settings(struct node map, struct shelflife_json_writer *w)
{
    struct node value;
    shelflife_json_write_map(w);
    for (size_t i = 0; shelflife_node_at(&map, i, &value); i++) {
        if (shelflife_json_is_among(shelflife_str_of(value.key), stripped, COUNT(stripped)))
            continue;
        shelflife_json_write_key(w, shelflife_str_of(value.key));
        if (strcmp(value.key, "overrides") == 0 && shelflife_node_type(value) == NODE_ARRAY)
            copy_overrides(value, w);
        else if (strcmp(value.key, "actions") == 0 && shelflife_node_type(value) == NODE_MAP)
            copy_actions(value, w);
        else
            shelflife_feeds_format_copy(value, w);
    }
    shelflife_json_write_end(w);
}

bool shelflife_feeds_vap_strip(str policy, const char *origin, buffer *json, error *err)
{
    struct shelflife_document *document = shelflife_document_read(policy, origin, err);
    if (!document)
        return false;
    struct shelflife_json_writer w;
    shelflife_json_writer_init(&w, json);
    copy_settings(shelflife_document_root(document), &w);
    shelflife_document_free(document);
    return !json->failed || shelflife_fail_memory(err);
}

/* ---- small things ---- */

static void note(struct writer *w, const char *format, ...) SHELFLIFE_PRINTF(2, 3);

static void note(struct writer *w, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    shelflife_buffer_format(w->notes, "%s\n", line);
}

static void put(struct writer *w, str text)
{
    shelflife_buffer_append(w->out, text);
}

/* Text as a CEL string. */
static void put_string(struct writer *w, str text)
{
    struct shelflife_json_writer json;
    shelflife_json_writer_init(&json, w->out);
    shelflife_json_write_string(&json, text);
}

static void put_glob(struct writer *w, str glob)
{
    for (size_t i = 0; i < glob.len; i++) {
        str rest = shelflife_str_after(glob, i);
        if (shelflife_str_starts(rest, STR("**"))) {
            put(w, STR(".*"));
            i++;
        } else if (glob.at[i] == '*') {
            put(w, STR("[^/]*"));
        } else {
            shelflife_feeds_regex_quote(shelflife_str_first(rest, 1), w->out);
        }
    }
}

/* An expression for any of the list's patterns under the key; for all if there is no such list. */
static void put_globs(struct writer *w, const struct node *map, const char *key)
{
    struct node list, pattern;
    str text;
    put(w, STR("r'^("));
    if (!shelflife_node_get(map, key, &list))
        put(w, STR(".*"));
    else
        for (size_t i = 0; shelflife_node_at(&list, i, &pattern); i++)
            if (shelflife_node_string(pattern, &text, NULL)) {
                put(w, i ? STR("|") : STR(""));
                put_glob(w, text);
            }
    put(w, STR(")$'"));
}

static bool get_text(const struct node *map, const char *key, str *text)
{
    struct node value;
    return shelflife_node_get(map, key, &value) && shelflife_node_type(value) == NODE_STRING &&
           shelflife_node_string(value, text, NULL);
}

static bool has_word(const struct node *map, const char *key, str word)
{
    str text;
    return get_text(map, key, &text) && shelflife_str_equal(text, word);
}

/* ---- exceptions ---- */

/* An override that can only make policy stricter. */
static bool only_hardens(const struct node *override)
{
    static const char *const about[] = {"images", "namespaces", "products", "catalogs"};
    struct node value, action;
    str text;
    for (size_t i = 0; shelflife_node_at(override, i, &value); i++) {
        if (shelflife_json_is_among(shelflife_str_of(value.key), about, COUNT(about)))
            continue;
        if (strcmp(value.key, "actions") != 0)
            return false;
        for (size_t k = 0; shelflife_node_at(&value, k, &action); k++)
            if (!shelflife_node_string(action, &text, NULL) || !shelflife_str_equal(text, STR("deny")))
                return false;
    }
    return true;
}

static void put_exception(struct writer *w, const struct node *entry, str until)
{
    put(w, STR("      ["));
    put_string(w, until);
    put(w, STR(", "));
    put_globs(w, entry, "images");
    put(w, STR(", "));
    put_globs(w, entry, "namespaces");
    put(w, STR("],\n"));
    w->exceptions++;
}

static void put_exceptions(struct writer *w)
{
    struct node list, entry;
    str until;
    put(w, STR("  # The last day, images, namespaces.\n  - name: exceptions\n    expression: |-\n      [\n"));
    for (size_t i = 0;
         shelflife_node_get(&w->policy, "exceptions", &list) && shelflife_node_at(&list, i, &entry); i++)
        if (get_text(&entry, "until", &until))
            put_exception(w, &entry, until);
    for (size_t i = 0;
         shelflife_node_get(&w->policy, "overrides", &list) && shelflife_node_at(&list, i, &entry); i++) {
        if (!is_particular(&entry))
            continue;
        if (only_hardens(&entry)) {
            note(w, "overrides[%zu]: stricter settings for some images or namespaces are ignored", i);
            continue;
        }
        put_exception(w, &entry, STR("9999-12-31"));
        note(w, "overrides[%zu]: for its images or namespaces, nothing is denied", i);
    }
    /* A list of nothing has no type. */
    put(w, STR("      ['0001-01-01', '', '']]\n"));
}

/* ---- mirrors ---- */

static void put_alias(struct writer *w, str alias, str canonical)
{
    put(w, STR("       ["));
    put_string(w, alias);
    put(w, STR(", "));
    put_string(w, canonical);
    put(w, STR("],\n"));
}

static str without_slash(str prefix)
{
    return shelflife_str_ends(prefix, STR("/")) ? shelflife_str_first(prefix, prefix.len - 1) : prefix;
}

struct alias {
    str from, to;
};

static int longer_first(const void *left, const void *right)
{
    const struct alias *a = left, *b = right;
    int order = (a->from.len < b->from.len) - (a->from.len > b->from.len);
    return order ? order : shelflife_str_compare(a->from, b->from);
}

struct aliases {
    struct alias *at; /* owned */
    size_t count, capacity;
};

static void free_aliases(struct aliases *aliases)
{
    free(aliases->at);
}

static bool add_alias(struct writer *w, struct aliases *aliases, str from, str to)
{
    if (!shelflife_grow(&aliases->at, &aliases->capacity, aliases->count + 1, sizeof(*aliases->at)))
        return shelflife_fail_memory(w->err);
    aliases->at[aliases->count++] = (struct alias){without_slash(from), without_slash(to)};
    return true;
}

/* Pairs of prefixes, from and to; the longest counts, so they are tried in that order. */
static void put_aliases(struct writer *w, const char *name, struct aliases *aliases)
{
    shelflife_sort(aliases->at, aliases->count, sizeof(*aliases->at), longer_first);
    shelflife_buffer_format(w->out, "  - name: %s\n    expression: |-\n      [\n", name);
    for (size_t i = 0; i < aliases->count; i++)
        put_alias(w, aliases->at[i].from, aliases->at[i].to);
    put(w, STR("       ['/', '/']]\n"));
}

static bool put_own_mirrors(struct writer *w)
{
    struct aliases aliases CLEANUP(free_aliases) = {0};
    struct node list, entry;
    str from, to;
    for (size_t i = 0;
         shelflife_node_get(&w->policy, "mirrors", &list) && shelflife_node_at(&list, i, &entry); i++)
        if (get_text(&entry, "from", &from) && get_text(&entry, "to", &to) &&
            !add_alias(w, &aliases, from, to))
            return false;
    put_aliases(w, "mirrors", &aliases);
    return true;
}

/* Whether names below the prefix may be denied. */
static bool leads_to_rule(const struct feeds_vap_rules *rules, str prefix)
{
    for (size_t i = 0; i < rules->count; i++)
        if (shelflife_str_starts(rules->at[i].head, prefix) ||
            shelflife_str_starts(prefix, rules->at[i].head))
            return true;
    return false;
}

/* Those of a catalog that lead to a rule. */
static bool add_catalog_mirrors(struct writer *w, struct node catalog, struct feeds_vap_rules *rules,
                                struct aliases *aliases)
{
    struct node mirrors, list, alias;
    str from, to;
    size_t starred = 0;
    if (!shelflife_node_get(&catalog, "mirrors", &mirrors))
        return true;
    for (size_t i = 0; shelflife_node_at(&mirrors, i, &list); i++) {
        if (!leads_to_rule(rules, shelflife_str_of(list.key)))
            continue;
        for (size_t k = 0; shelflife_node_at(&list, k, &alias); k++) {
            if (!shelflife_node_string(alias, &from, w->err))
                return false;
            if (shelflife_str_find(from, '*') != SIZE_MAX) {
                starred++;
                continue;
            }
            if (!shelflife_arena_copy(&rules->memory, from, &from) ||
                !shelflife_arena_copy(&rules->memory, shelflife_str_of(list.key), &to))
                return shelflife_arena_fail(&rules->memory, w->err);
            if (!add_alias(w, aliases, from, to))
                return false;
        }
    }
    if (starred)
        note(w, "%zu mirrors with a \"*\" in the host", starred);
    return true;
}

/* ---- the catalogs ---- */

static void put_regex(struct writer *w, str regex)
{
    if (!regex.len) {
        put(w, STR("''"));
        return;
    }
    put(w, STR("r'^(?:"));
    put(w, regex);
    put(w, STR(")$'"));
}

static void put_rule(struct writer *w, const struct feeds_vap_rule *rule)
{
    char day[SHELFLIFE_DAY_TEXT_MAX];
    shelflife_buffer_format(w->out, "        ['%s', ", shelflife_day_format(rule->from, day));
    put_regex(w, rule->regex);
    put(w, STR(", "));
    put_regex(w, rule->unless);
    put(w, STR("]"));
}

/* A map of nothing has no type. */
static const char no_rule[] = "       '/': [['9999-12-31', '', '']]}\n";

static bool begins_head(const struct feeds_vap_rules *rules, size_t i)
{
    return i == 0 || !shelflife_str_equal(rules->at[i].head, rules->at[i - 1].head);
}

/* The rules by their heads, so that a name is tried on few of them; in as many variables as it takes. */
static size_t put_rules(struct writer *w, const struct feeds_vap_rules *rules)
{
    size_t chunks = 0, begun = 0;
    for (size_t i = 0; i < rules->count; i++) {
        bool full = chunks == 0 || w->out->len - begun > CHUNK_MAX;
        bool head = full || begins_head(rules, i);
        if (i)
            put(w, head ? STR("],\n") : STR(",\n"));
        if (full) {
            if (chunks++)
                put(w, shelflife_str_of(no_rule));
            shelflife_buffer_format(w->out, "  - name: ends%zu\n    expression: |-\n      {\n", chunks - 1);
            begun = w->out->len;
        }
        if (head) {
            put(w, STR("       "));
            put_string(w, rules->at[i].head);
            put(w, STR(": [\n"));
        }
        put_rule(w, &rules->at[i]);
    }
    put(w, chunks ? STR("],\n") : STR("  - name: ends0\n    expression: |-\n      {\n"));
    put(w, shelflife_str_of(no_rule));
    return chunks ? chunks : 1;
}

static bool has_digests(struct node catalog)
{
    struct node products, product, rows, row, ignored;
    if (!shelflife_node_get(&catalog, "products", &products))
        return false;
    for (size_t i = 0; shelflife_node_at(&products, i, &product); i++)
        for (size_t k = 0; shelflife_node_get(&product, "rows", &rows) && shelflife_node_at(&rows, k, &row);
             k++)
            if (shelflife_node_get(&row, "digests", &ignored))
                return true;
    return false;
}

static bool put_catalog(struct writer *w, size_t i, struct feeds_vap_rules *rules, struct aliases *aliases)
{
    const struct shelflife_catalog *catalog = shelflife_catalogs_at(w->vap->catalogs, i);
    struct shelflife_document *document =
        shelflife_document_read(shelflife_catalogs_bytes_at(w->vap->catalogs, i), "catalog", w->err);
    if (!document)
        return false;
    struct node root = shelflife_document_root(document), ignored;
    size_t left = 0;
    bool ok = shelflife_feeds_vap_rules_add(rules, root, w->vap->judge, w->vap->context, &left, w->err);
    ok = ok && add_catalog_mirrors(w, root, rules, aliases);
    if (ok && left)
        note(w, "%zu patterns of the catalog %.*s have too many variants", left, STR_PRINT(catalog->name));
    if (ok && has_digests(root))
        note(w, "digests in the catalog %.*s: only names and tags are judged", STR_PRINT(catalog->name));
    if (ok && shelflife_node_get(&root, "parts", &ignored))
        note(w, "base systems that tags of other images name (catalog %.*s)", STR_PRINT(catalog->name));
    shelflife_document_free(document);
    return ok;
}

/* ---- the expressions ---- */

static const char pod_of[] =
    "%s == null ? {} : request.kind.kind == 'Pod' ? dyn(%s).spec :\n"
    "      request.kind.kind == 'CronJob' ? dyn(%s).spec.jobTemplate.spec.template.spec :\n"
    "      request.kind.kind == 'PodTemplate' ? dyn(%s).template.spec : dyn(%s).spec.template.spec\n";

static const char images_of[] =
    "((has(variables.%s.containers) && variables.%s.containers != null ? variables.%s.containers : []) +\n"
    "      (has(variables.%s.initContainers) ? variables.%s.initContainers : []) +\n"
    "      (has(variables.%s.ephemeralContainers) ? variables.%s.ephemeralContainers : [])).filter(c,\n"
    "      has(c.image)).map(c, string(c.image)) +\n"
    "      (has(variables.%s.volumes) ? variables.%s.volumes : []).filter(v,\n"
    "      has(v.image) && has(v.image.reference)).map(v, string(v.image.reference))\n";

static void put_objects(struct writer *w)
{
    static const struct {
        const char *object, *spec, *images;
    } sides[] = {{"object", "spec", "images"}, {"oldObject", "oldSpec", "oldImages"}};
    for (size_t i = 0; i < COUNT(sides); i++) {
        const char *o = sides[i].object, *s = sides[i].spec;
        shelflife_buffer_format(w->out, "  - name: %s\n    expression: |-\n      ", s);
        shelflife_buffer_format(w->out, pod_of, o, o, o, o, o);
        shelflife_buffer_format(w->out, "  - name: %s\n    expression: |-\n      ", sides[i].images);
        shelflife_buffer_format(w->out, images_of, s, s, s, s, s, s, s, s, s);
    }
}

/* From an image as it is written to [name, ":" and tag, "@" and digest, image as written], the name as in
   reference.h. */
static const char normalize[] =
    "  - name: introduced\n"
    "    expression: variables.images.filter(i, !(i in variables.oldImages))\n"
    "  # For each image: [normalized name, tag with \":\", digest with \"@\", image as written].\n"
    "  - name: references\n"
    "    expression: |-\n"
    "      variables.introduced.map(i, i.contains('@')\n"
    "        ? [i.substring(0, i.indexOf('@')), i.substring(i.indexOf('@')), i] : [i, '', i]).map(r,\n"
    "      r[0].lastIndexOf(':') > r[0].lastIndexOf('/')\n"
    "        ? [r[0].substring(0, r[0].lastIndexOf(':')), r[0].substring(r[0].lastIndexOf(':')), r[1], "
    "r[2]]\n"
    "        : [r[0], '', r[1], r[2]]).map(r,\n"
    "      r[0].matches(r'^([^/]*[.:A-Z][^/]*|localhost)/')\n"
    "        ? [r[0].substring(0, r[0].indexOf('/')).lowerAscii(), r[0].substring(r[0].indexOf('/')), r[1], "
    "r[2], r[3]]\n"
    "        : ['docker.io', '/' + r[0], r[1], r[2], r[3]]).map(r,\n"
    "      [r[0].endsWith(':443') ? r[0].substring(0, size(r[0]) - 4) : r[0], r[1], r[2], r[3], "
    "r[4]]).map(r,\n"
    "      [r[0] in ['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'] ? 'docker.io' : "
    "r[0],\n"
    "        r[1], r[2], r[3], r[4]]).map(r,\n"
    "      [r[0] + (r[0] == 'docker.io' && r[1].lastIndexOf('/') == 0 ? '/library' : '') + r[1], r[2], r[3], "
    "r[4]])\n";

/* The name by which the catalogs know it, after a prefix of yours and one of theirs has been replaced, with
   ":" and tag; beside the image as it is written. */
static const char canonicalize[] =
    "  - name: names\n"
    "    expression: |-\n"
    "      variables.references.filter(r, !variables.exceptions.exists(w, variables.day <= w[0] &&\n"
    "        (r[0] + r[1] + r[2]).matches(w[1]) && request.namespace.matches(w[2]))).map(r,\n"
    "      [variables.mirrors.filter(m, r[0].startsWith(m[0] + '/')).map(m, m[1] + "
    "r[0].substring(size(m[0]))) + [r[0]],\n"
    "        [r[1], r[3]]]).map(r,\n"
    "      [r[0][0].matches(r'^docker\\.io/[^/]*$') ? 'docker.io/library' + r[0][0].substring(9) : r[0][0],\n"
    "        r[1][0], r[1][1]]).map(r,\n"
    "      [variables.aliases.filter(m, (r[0] + '/').startsWith(m[0] + '/')).map(m,\n"
    "        m[1] + r[0].substring(size(m[0]))) + [r[0]], [r[1], r[2]]]).map(r,\n"
    "      [r[0][0] + (r[1][0] == '' ? ':' : r[1][0]), r[1][1]])\n";

static void put_denied(struct writer *w, size_t chunks)
{
    put(w, STR("  - name: denied\n    expression: |-\n      variables.names.filter(n,\n"));
    for (size_t i = 0; i < chunks; i++) {
        shelflife_buffer_format(
            w->out,
            "        %svariables.ends%zu.exists(h, n[0].startsWith(h) && variables.ends%zu[h].exists(e,\n"
            "          variables.day >= e[0] && n[0].substring(size(h)).matches(e[1]) &&\n"
            "          (e[2] == '' || !n[0].substring(size(h)).matches(e[2]))))",
            i ? "|| " : "", i, i);
        put(w, i + 1 < chunks ? STR("\n") : STR(""));
    }
    put(w, STR(").map(n, n[1])\n"));
}

/* ---- matching ---- */

static const char beginning[] =
    "apiVersion: admissionregistration.k8s.io/v1\n"
    "kind: ValidatingAdmissionPolicy\n"
    "metadata:\n"
    "  name: %.*s\n"
    "spec:\n"
    "  # This also refuses objects that exceed the cost limit of Kubernetes for expressions.\n"
    "  failurePolicy: Fail\n"
    "  matchConstraints:\n"
    "    matchPolicy: Equivalent\n"
    "    resourceRules:\n"
    "    - operations: [CREATE, UPDATE]\n"
    "      apiGroups: ['']\n"
    "      apiVersions: [v1]\n"
    "      resources: [pods, pods/ephemeralcontainers, replicationcontrollers, podtemplates]\n"
    "      scope: Namespaced\n"
    "    - operations: [CREATE, UPDATE]\n"
    "      apiGroups: [apps]\n"
    "      apiVersions: [v1]\n"
    "      resources: [deployments, replicasets, statefulsets, daemonsets]\n"
    "      scope: Namespaced\n"
    "    - operations: [CREATE, UPDATE]\n"
    "      apiGroups: [batch]\n"
    "      apiVersions: [v1]\n"
    "      resources: [jobs, cronjobs]\n"
    "      scope: Namespaced\n"
    "  matchConditions:\n"
    "  - name: not-a-mirror-of-a-static-pod\n"
    "    expression: \"!request.userInfo.username.startsWith('system:node:')\"\n";

/* Controllers that are trusted to make Pods for owners that were judged when they were written. */
static void put_keep(struct writer *w)
{
    struct node trusted, list, entry;
    str user;
    if (!has_word(&w->policy, "existingWorkloads", STR("keep")))
        return;
    put(w, STR("  # existingWorkloads: keep\n"
               "  - name: not-made-by-a-controller\n"
               "    expression: |-\n"
               "      request.operation != 'CREATE' || !has(object.metadata.ownerReferences) ||\n"
               "      !object.metadata.ownerReferences.exists(o, has(o.controller) && o.controller) ||\n"
               "      !(request.userInfo.username == 'system:kube-controller-manager' ||\n"
               "      request.userInfo.username.matches(\n"
               "      r'^system:serviceaccount:kube-system:[a-z-]+-controller$')"));
    bool some = shelflife_node_get(&w->policy, "trustedControllers", &trusted);
    for (size_t i = 0;
         some && shelflife_node_get(&trusted, "controllers", &list) && shelflife_node_at(&list, i, &entry);
         i++)
        if (get_text(&entry, "user", &user)) {
            put(w, STR(" ||\n      request.userInfo.username == "));
            put_string(w, user);
        }
    put(w, STR(")\n"));
    note(w,
         "the kinds of owner that a trusted controller creates objects for: every controller in "
         "kube-system is trusted%s",
         some && shelflife_node_get(&trusted, "presets", &list)
             ? "; for other presets, add the users to trustedControllers.controllers"
             : "");
}

/* Otherwise it is off. */
static bool names_kube_system(const struct node *policy)
{
    struct node list, entry, names, name;
    str text;
    if (!shelflife_node_get(policy, "namespaces", &list))
        return false;
    for (size_t i = 0; shelflife_node_at(&list, i, &entry); i++)
        for (size_t k = 0; shelflife_node_get(&entry, "names", &names) && shelflife_node_at(&names, k, &name);
             k++)
            if (shelflife_node_string(name, &text, NULL) && shelflife_str_equal(text, STR("kube-system")))
                return true;
    return false;
}

/* Namespaces with their own mode are not judged, because a binding cannot select them by pattern. */
static void put_namespaces(struct writer *w)
{
    struct node list, entry;
    size_t n = 0;
    put(w, STR("  - name: namespace-is-judged\n    expression: |-\n      "));
    put(w, names_kube_system(&w->policy) ? STR("true") : STR("request.namespace != 'kube-system'"));
    for (size_t i = 0;
         shelflife_node_get(&w->policy, "namespaces", &list) && shelflife_node_at(&list, i, &entry); i++) {
        str mode;
        struct node ignored;
        if (shelflife_node_get(&entry, "floor", &ignored))
            note(w, "the floor of namespaces[%zu]: only the label sets the mode", i);
        if (!get_text(&entry, "mode", &mode) || shelflife_str_equal(mode, STR("enforce")))
            continue;
        put(w, STR(" &&\n      !request.namespace.matches("));
        put_globs(w, &entry, "names");
        put(w, STR(")"));
        n += !shelflife_str_equal(mode, STR("off"));
    }
    put(w, STR("\n"));
    if (n)
        note(w, "mode warn or audit in %zu entries of namespaces: there are no warnings there", n);
}

/* ---- bindings ---- */

struct binding {
    const char *mode, *action;
};

static void put_bindings(struct writer *w)
{
    static const struct binding bindings[] = {{"enforce", "Deny"}, {"warn", "Warn"}, {"audit", "Audit"}};
    str mode = STR("enforce");
    get_text(&w->policy, "mode", &mode);
    for (size_t i = 0; i < COUNT(bindings); i++) {
        const struct binding *b = &bindings[i];
        bool others = shelflife_str_equal(mode, shelflife_str_of(b->mode));
        shelflife_buffer_format(w->out,
                                "---\n"
                                "apiVersion: admissionregistration.k8s.io/v1\n"
                                "kind: ValidatingAdmissionPolicyBinding\n"
                                "metadata:\n"
                                "  name: %.*s-%s\n"
                                "spec:\n"
                                "  policyName: %.*s\n"
                                "  validationActions: [%s]\n"
                                "  matchResources:\n"
                                "    namespaceSelector:\n"
                                "      matchExpressions:\n"
                                "      - key: shelflife.dev/mode\n"
                                "        operator: %s\n"
                                "        values: [",
                                STR_PRINT(w->vap->name), b->mode, STR_PRINT(w->vap->name), b->action,
                                others ? "NotIn" : "In");
        if (others)
            for (size_t k = 0; k < COUNT(bindings); k++) {
                if (k != i)
                    shelflife_buffer_format(w->out, "%s, ", bindings[k].mode);
            }
        shelflife_buffer_format(w->out, "%s]\n", others ? "\"off\"" : b->mode);
    }
}

/* ---- all of it ---- */

/* Notes the actions of the policy or an override that do not simply deny from some day on. */
static void note_actions(struct writer *w, const struct node *map, const char *where)
{
    static const char *const unknown[] = {"supported", "ending",   "unresolved", "unlisted",
                                          "invalid",   "outdated", "unverified"};
    struct node actions;
    for (size_t i = 0; shelflife_node_get(map, "actions", &actions) && i < COUNT(unknown); i++)
        if (has_word(&actions, unknown[i], STR("deny")))
            note(w, "%sactions.%s: deny", where, unknown[i]);
}

static void note_policy(struct writer *w)
{
    struct node overrides, override, ignored;
    char where[64];
    note_actions(w, &w->policy, "");
    for (size_t i = 0; shelflife_node_get(&w->policy, "overrides", &overrides) &&
                       shelflife_node_at(&overrides, i, &override);
         i++) {
        snprintf(where, sizeof(where), "overrides[%zu].", i);
        if (!is_particular(&override))
            note_actions(w, &override, where);
    }
    if (has_word(&w->policy, "onStale", STR("warn")))
        note(w, "onStale: warn: export again before the catalogs are older than maxAge");
    if (shelflife_node_get(&w->policy, "shapes", &ignored))
        note(w, "shapes");
    note(w, "custom resources");
    note(w, "warnings: only denials are reported");
    note(w, "an UPDATE that changes only the spelling of an image counts as introducing it");
    note(w, "further numbers after a release in a name, if another release begins with it");
}

static bool put_variables(struct writer *w, struct feeds_vap_rules *rules)
{
    struct aliases aliases CLEANUP(free_aliases) = {0};
    char at[SHELFLIFE_DAY_TEXT_MAX];
    shelflife_buffer_format(
        w->out,
        "  variables:\n"
        "  # CEL cannot read the clock: the creation time of a new object, otherwise the day of the export.\n"
        "  - name: day\n"
        "    expression: |-\n"
        "      request.operation == 'CREATE' && has(object.metadata.creationTimestamp)\n"
        "        ? string(object.metadata.creationTimestamp).substring(0, 10) : '%s'\n",
        shelflife_day_format(w->vap->at, at));
    put_objects(w);
    put(w, shelflife_str_of(normalize));
    put_exceptions(w);
    if (!put_own_mirrors(w))
        return false;
    for (size_t i = 0; i < shelflife_catalogs_count(w->vap->catalogs); i++)
        if (!put_catalog(w, i, rules, &aliases))
            return false;
    put_aliases(w, "aliases", &aliases);
    put(w, shelflife_str_of(canonicalize));
    if (!shelflife_feeds_vap_rules_finish(rules, w->err))
        return false;
    put(w, STR("  # [day, expression, exception] by the beginning of a name: denied from that day on, if the "
               "rest matches.\n"));
    put_denied(w, put_rules(w, rules));
    return true;
}

/* About what it costs to judge an image by the dearest expression: for all heads and one head's rules, or for
   all exceptions. */
static size_t cost_of_image(const struct writer *w, const struct feeds_vap_rules *rules)
{
    size_t heads = 1, own = 0, most = 0;
    for (size_t i = 0; i < rules->count; i++) {
        bool head = begins_head(rules, i);
        heads += head;
        own = head ? 1 : own + 1;
        most = own > most ? own : most;
    }
    size_t denied = heads * COST_OF_HEAD + most * COST_OF_RULE;
    size_t names = w->exceptions * COST_OF_RULE + COST_OF_NAME;
    return denied > names ? denied : names;
}

/* Fails for a policy that a cluster would not store, or that would refuse nearly everything. */
static bool check_limits(struct writer *w, const struct feeds_vap_rules *rules)
{
    size_t images = COST_MAX / cost_of_image(w, rules);
    if (w->out->len > OBJECT_MAX)
        return shelflife_fail(
            w->err, SHELFLIFE_ERROR_LIMIT,
            "the policy would have %zu bytes, but a cluster stores at most %d; export fewer catalogs",
            w->out->len, OBJECT_MAX);
    if (images < IMAGES_MIN)
        return shelflife_fail(
            w->err, SHELFLIFE_ERROR_LIMIT,
            "Kubernetes would refuse objects with more than %zu images, because they exceed its "
            "cost limit for expressions; export fewer catalogs or exceptions",
            images);
    if (images < IMAGES_USUAL)
        note(w,
             "objects with more than about %zu images: they exceed the cost limit for expressions, and are "
             "refused",
             images);
    return true;
}

/* The notes as comments, at the beginning. */
static void put_notes(struct writer *w, str notes)
{
    char at[SHELFLIFE_DAY_TEXT_MAX];
    shelflife_buffer_format(w->out, "# Exported by shelflife on %s, from",
                            shelflife_day_format(w->vap->at, at));
    for (size_t i = 0; i < shelflife_catalogs_count(w->vap->catalogs); i++) {
        const struct shelflife_catalog *c = shelflife_catalogs_at(w->vap->catalogs, i);
        shelflife_buffer_format(w->out, "%s %.*s of %s", i ? "," : "", STR_PRINT(c->name),
                                shelflife_day_format(c->as_of, at));
    }
    put(w, STR(".\n# Apply it with --server-side: it may be too large for the annotation that kubectl "
               "uses otherwise.\n"
               "# Not expressed here:\n"));
    while (notes.len) {
        size_t end = shelflife_str_find(notes, '\n');
        shelflife_buffer_format(w->out, "# - %.*s\n", STR_PRINT(shelflife_str_first(notes, end)));
        notes = shelflife_str_after(notes, end + 1);
    }
}

static bool write_all(struct writer *w, buffer *yaml, struct feeds_vap_rules *rules)
{
    shelflife_buffer_format(w->out, beginning, STR_PRINT(w->vap->name));
    put_keep(w);
    put_namespaces(w);
    if (!put_variables(w, rules))
        return false;
    put(w,
        STR("  validations:\n"
            "  - expression: size(variables.denied) == 0\n"
            "    reason: Forbidden\n"
            "    message: an image is past the support dates that the policy allows\n"
            "    messageExpression: |-\n"
            "      'image ' + variables.denied[0] + ' is past the support dates that the policy allows'\n"));
    put_bindings(w);
    note_policy(w);
    if (!check_limits(w, rules))
        return false;
    buffer *body = w->out;
    w->out = yaml;
    put_notes(w, shelflife_buffer_str(w->notes));
    put(w, shelflife_buffer_str(body));
    return (!body->failed && !yaml->failed && !w->notes->failed) || shelflife_fail_memory(w->err);
}

bool shelflife_feeds_vap_write(const struct shelflife_feeds_vap *vap, buffer *yaml, buffer *notes, error *err)
{
    struct shelflife_document *document = shelflife_document_read(vap->policy, vap->policy_origin, err);
    struct feeds_vap_rules rules CLEANUP(shelflife_feeds_vap_rules_free);
    buffer body CLEANUP(shelflife_buffer_free);
    shelflife_feeds_vap_rules_init(&rules);
    shelflife_buffer_init(&body, SIZE_MAX);
    if (!document)
        return false;
    struct writer w = {vap, shelflife_document_root(document), &body, notes, 0, err};
    bool ok = write_all(&w, yaml, &rules);
    shelflife_document_free(document);
    return ok;
}
