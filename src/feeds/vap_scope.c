#include "feeds/vap_scope.h"

static const char beginning[] =
    "apiVersion: admissionregistration.k8s.io/v1\n"
    "kind: ValidatingAdmissionPolicy\n"
    "metadata:\n"
    "  name: %.*s%s\n"
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

/* Trusted controllers create Pods for owners that were judged when they were created. */
static void put_controllers(struct feeds_vap_writer *w)
{
    struct node trusted, list, entry;
    str user;
    if (!shelflife_feeds_vap_has_word(&w->policy, "existingWorkloads", STR("keep")))
        return;
    shelflife_feeds_vap_put(
        w, STR("  # existingWorkloads: keep\n"
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
        if (shelflife_feeds_vap_get_text(&entry, "user", &user)) {
            shelflife_feeds_vap_put(w, STR(" ||\n      request.userInfo.username == "));
            shelflife_feeds_vap_put_string(w, user);
        }
    shelflife_feeds_vap_put(w, STR(")\n"));
    shelflife_feeds_vap_note(
        w,
        "the owner kinds of trusted controllers: every controller in kube-system is trusted for "
        "all kinds%s",
        some && shelflife_node_get(&trusted, "presets", &list)
            ? "; for other presets, add the users to trustedControllers.controllers"
            : "");
}

/* The webhook ignores kube-system unless the policy names it. */
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
static void put_namespaces(struct feeds_vap_writer *w)
{
    struct node list, entry;
    size_t n = 0;
    shelflife_feeds_vap_put(w, STR("  - name: namespace-is-judged\n    expression: |-\n      "));
    shelflife_feeds_vap_put(w, names_kube_system(&w->policy) ? STR("true")
                                                             : STR("request.namespace != 'kube-system'"));
    for (size_t i = 0;
         shelflife_node_get(&w->policy, "namespaces", &list) && shelflife_node_at(&list, i, &entry); i++) {
        str mode;
        struct node ignored;
        if (shelflife_node_get(&entry, "floor", &ignored))
            shelflife_feeds_vap_note(
                w, "the floor of namespaces[%zu]: only the namespace's label sets the mode", i);
        if (!shelflife_feeds_vap_get_text(&entry, "mode", &mode) || shelflife_str_equal(mode, STR("enforce")))
            continue;
        shelflife_feeds_vap_put(w, STR(" &&\n      !request.namespace.matches("));
        shelflife_feeds_vap_put_globs(w, &entry, "names");
        shelflife_feeds_vap_put(w, STR(")"));
        n += !shelflife_str_equal(mode, STR("off"));
    }
    shelflife_feeds_vap_put(w, STR("\n"));
    if (n)
        shelflife_feeds_vap_note(
            w, "mode warn or audit in %zu entries of namespaces: these namespaces are not judged", n);
}

/* Kubernetes demands it of objects in files, and refuses others with such a name. */
static const char *suffix(const struct feeds_vap_writer *w)
{
    return w->vap->from_files ? ".static.k8s.io" : "";
}

void shelflife_feeds_vap_put_scope(struct feeds_vap_writer *w)
{
    shelflife_buffer_format(w->out, beginning, STR_PRINT(w->vap->name), suffix(w));
    put_controllers(w);
    put_namespaces(w);
}

struct binding {
    const char *mode, *action;
};

void shelflife_feeds_vap_put_bindings(struct feeds_vap_writer *w)
{
    static const struct binding bindings[] = {{"enforce", "Deny"}, {"warn", "Warn"}, {"audit", "Audit"}};
    str mode = STR("enforce");
    shelflife_feeds_vap_get_text(&w->policy, "mode", &mode);
    for (size_t i = 0; i < COUNT(bindings); i++) {
        const struct binding *b = &bindings[i];
        bool others = shelflife_str_equal(mode, shelflife_str_of(b->mode));
        shelflife_buffer_format(w->out,
                                "---\n"
                                "apiVersion: admissionregistration.k8s.io/v1\n"
                                "kind: ValidatingAdmissionPolicyBinding\n"
                                "metadata:\n"
                                "  name: %.*s-%s%s\n"
                                "spec:\n"
                                "  policyName: %.*s%s\n"
                                "  validationActions: [%s]\n"
                                "  matchResources:\n"
                                "    namespaceSelector:\n"
                                "      matchExpressions:\n"
                                "      - key: shelflife.dev/mode\n"
                                "        operator: %s\n"
                                "        values: [",
                                STR_PRINT(w->vap->name), b->mode, suffix(w), STR_PRINT(w->vap->name),
                                suffix(w), b->action, others ? "NotIn" : "In");
        if (others)
            for (size_t k = 0; k < COUNT(bindings); k++) {
                if (k != i)
                    shelflife_buffer_format(w->out, "%s, ", bindings[k].mode);
            }
        shelflife_buffer_format(w->out, "%s]\n", others ? "\"off\"" : b->mode);
    }
}
