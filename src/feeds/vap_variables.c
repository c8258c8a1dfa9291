#include "feeds/vap_variables.h"

#include "feeds/vap_aliases.h"
#include "feeds/vap_strip.h"
#include "json/words.h"

enum { CHUNK_MAX = 50000 }; /* bytes of one expression: CEL reads at most 100,000 characters */

/* ---- The images of an object ---- */

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

static void put_objects(struct feeds_vap_writer *w)
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

/* The normalized name is as in reference.h. */
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
    "      r[0].matches(r'^([^/]*[:A-Z][^/]*|[^/_]*[.][^/_]*|localhost)/')\n"
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

/* ---- Exceptions ---- */

/* Whether an override can only make the policy stricter. */
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

static void put_exception(struct feeds_vap_writer *w, const struct node *entry, str until)
{
    shelflife_feeds_vap_put(w, STR("      ["));
    shelflife_feeds_vap_put_string(w, until);
    shelflife_feeds_vap_put(w, STR(", "));
    shelflife_feeds_vap_put_globs(w, entry, "images");
    shelflife_feeds_vap_put(w, STR(", "));
    shelflife_feeds_vap_put_globs(w, entry, "namespaces");
    shelflife_feeds_vap_put(w, STR("],\n"));
    w->exceptions++;
}

static void put_exceptions(struct feeds_vap_writer *w)
{
    struct node list, entry;
    str until;
    shelflife_feeds_vap_put(
        w, STR("  # The last day, images, namespaces.\n  - name: exceptions\n    expression: |-\n      [\n"));
    for (size_t i = 0;
         shelflife_node_get(&w->policy, "exceptions", &list) && shelflife_node_at(&list, i, &entry); i++)
        if (shelflife_feeds_vap_get_text(&entry, "until", &until))
            put_exception(w, &entry, until);
    for (size_t i = 0;
         shelflife_node_get(&w->policy, "overrides", &list) && shelflife_node_at(&list, i, &entry); i++) {
        if (!shelflife_feeds_vap_is_particular(&entry))
            continue;
        if (only_hardens(&entry)) {
            shelflife_feeds_vap_note(
                w, "overrides[%zu]: stricter settings for some images or namespaces are ignored", i);
            continue;
        }
        put_exception(w, &entry, STR("9999-12-31"));
        shelflife_feeds_vap_note(w, "overrides[%zu]: for its images or namespaces, nothing is denied", i);
    }
    /* CEL cannot infer the type of an empty list. */
    shelflife_feeds_vap_put(w, STR("      ['0001-01-01', '', '']]\n"));
}

/* ---- Rules ---- */

/* For each image that is not excepted: [name that the catalogs use, with ":" and tag; image as written]. The
   policy's mirrors are replaced first, then the catalogs'. */
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

static void put_regex(struct feeds_vap_writer *w, str regex)
{
    if (!regex.len) {
        shelflife_feeds_vap_put(w, STR("''"));
        return;
    }
    shelflife_feeds_vap_put(w, STR("r'^(?:"));
    shelflife_feeds_vap_put(w, regex);
    shelflife_feeds_vap_put(w, STR(")$'"));
}

static void put_rule(struct feeds_vap_writer *w, const struct feeds_vap_rule *rule)
{
    char day[SHELFLIFE_DAY_TEXT_MAX];
    shelflife_buffer_format(w->out, "        ['%s', ", shelflife_day_format(rule->from, day));
    put_regex(w, rule->regex);
    shelflife_feeds_vap_put(w, STR(", "));
    put_regex(w, rule->unless);
    shelflife_feeds_vap_put(w, STR("]"));
}

/* CEL cannot infer the type of an empty map. */
static const char no_rule[] = "       '/': [['9999-12-31', '', '']]}\n";

/* Groups the rules by head, so that few are tried on a name, and splits them into as many variables as
   needed. Returns the number of variables. */
static size_t put_rules(struct feeds_vap_writer *w, const struct feeds_vap_rules *rules)
{
    size_t chunks = 0, begun = 0;
    for (size_t i = 0; i < rules->count; i++) {
        bool full = chunks == 0 || w->out->len - begun > CHUNK_MAX;
        bool head = full || shelflife_feeds_vap_rules_begins_head(rules, i);
        if (i)
            shelflife_feeds_vap_put(w, head ? STR("],\n") : STR(",\n"));
        if (full) {
            if (chunks++)
                shelflife_feeds_vap_put(w, shelflife_str_of(no_rule));
            shelflife_buffer_format(w->out, "  - name: ends%zu\n    expression: |-\n      {\n", chunks - 1);
            begun = w->out->len;
        }
        if (head) {
            shelflife_feeds_vap_put(w, STR("       "));
            shelflife_feeds_vap_put_string(w, rules->at[i].head);
            shelflife_feeds_vap_put(w, STR(": [\n"));
        }
        put_rule(w, &rules->at[i]);
    }
    shelflife_feeds_vap_put(w, chunks ? STR("],\n") : STR("  - name: ends0\n    expression: |-\n      {\n"));
    shelflife_feeds_vap_put(w, shelflife_str_of(no_rule));
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

static bool put_catalog(struct feeds_vap_writer *w, size_t i, struct feeds_vap_rules *rules,
                        struct feeds_vap_aliases *aliases)
{
    const struct shelflife_catalog *catalog = shelflife_catalogs_at(w->vap->catalogs, i);
    struct shelflife_document *document =
        shelflife_document_read(shelflife_catalogs_bytes_at(w->vap->catalogs, i), "catalog", w->err);
    if (!document)
        return false;
    struct node root = shelflife_document_root(document), ignored;
    struct feeds_vap_left left = {0};
    bool ok = shelflife_feeds_vap_rules_add(rules, root, w->vap->judge, w->vap->context, &left, w->err);
    ok = ok && shelflife_feeds_vap_aliases_add(w, root, rules, aliases);
    if (ok && left.products)
        shelflife_feeds_vap_note(w, "%zu products of the catalog %.*s that depend on words of the tag",
                                 left.products, STR_PRINT(catalog->name));
    if (ok && left.patterns)
        shelflife_feeds_vap_note(w, "%zu patterns of the catalog %.*s, because they have too many variants",
                                 left.patterns, STR_PRINT(catalog->name));
    if (ok && has_digests(root))
        shelflife_feeds_vap_note(w, "digests in the catalog %.*s: only names and tags are judged",
                                 STR_PRINT(catalog->name));
    if (ok && shelflife_node_get(&root, "parts", &ignored))
        shelflife_feeds_vap_note(
            w, "base systems in tags, such as Debian in python:3.12-bookworm (catalog %.*s)",
            STR_PRINT(catalog->name));
    shelflife_document_free(document);
    return ok;
}

static void put_denied(struct feeds_vap_writer *w, size_t chunks)
{
    shelflife_feeds_vap_put(w,
                            STR("  - name: denied\n    expression: |-\n      variables.names.filter(n,\n"));
    for (size_t i = 0; i < chunks; i++) {
        shelflife_buffer_format(
            w->out,
            "        %svariables.ends%zu.exists(h, n[0].startsWith(h) && variables.ends%zu[h].exists(e,\n"
            "          variables.day >= e[0] && n[0].substring(size(h)).matches(e[1]) &&\n"
            "          (e[2] == '' || !n[0].substring(size(h)).matches(e[2]))))",
            i ? "|| " : "", i, i);
        shelflife_feeds_vap_put(w, i + 1 < chunks ? STR("\n") : STR(""));
    }
    shelflife_feeds_vap_put(w, STR(").map(n, n[1])\n"));
}

/* ---- All variables ---- */

bool shelflife_feeds_vap_put_variables(struct feeds_vap_writer *w, struct feeds_vap_rules *rules)
{
    struct feeds_vap_aliases aliases CLEANUP(shelflife_feeds_vap_aliases_free) = {0};
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
    shelflife_feeds_vap_put(w, shelflife_str_of(normalize));
    put_exceptions(w);
    if (!shelflife_feeds_vap_put_mirrors(w))
        return false;
    for (size_t i = 0; i < shelflife_catalogs_count(w->vap->catalogs); i++)
        if (!put_catalog(w, i, rules, &aliases))
            return false;
    shelflife_feeds_vap_aliases_put(w, "aliases", &aliases);
    shelflife_feeds_vap_put(w, shelflife_str_of(canonicalize));
    if (!shelflife_feeds_vap_rules_finish(rules, w->err))
        return false;
    shelflife_feeds_vap_put(
        w, STR("  # [day, expression, exception] by the beginning of a name: denied from that day on, if the "
               "rest matches.\n"));
    put_denied(w, put_rules(w, rules));
    return true;
}
