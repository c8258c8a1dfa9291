/* rooms: base json reference workload catalog policy inventory */
#include "unit/test.h"

#include "shelflife/policy.h"

static void cleanup_policy(struct shelflife_policy **policy)
{
    shelflife_policy_free(*policy);
}
#define POLICY CLEANUP(cleanup_policy) struct shelflife_policy

static struct shelflife_policy *read_policy(const char *rest)
{
    error err = {0};
    CLEANUP(shelflife_buffer_free) buffer text;
    shelflife_buffer_init(&text, 1 << 16);
    shelflife_buffer_format(&text, "apiVersion: shelflife.dev/v1\nkind: Policy\n%s", rest);
    struct shelflife_policy *policy = shelflife_policy_read(shelflife_buffer_str(&text), "test", &err);
    if (!policy)
        fail_msg("%s", err.text);
    return policy;
}

static void names_are_words_and_back(void **state)
{
    (void)state;
    static const char *const modes[] = {"off", "audit", "warn", "enforce"};
    for (size_t i = 0; i < COUNT(modes); i++) {
        enum shelflife_mode mode = SHELFLIFE_MODE_POLICY;
        assert_true(shelflife_mode_parse(shelflife_str_of(modes[i]), &mode));
        assert_int_equal(mode, i);
        assert_string_equal(shelflife_mode_name(mode), modes[i]);
    }
    enum shelflife_mode mode;
    assert_false(shelflife_mode_parse(STR("policy"), &mode));
    assert_false(shelflife_mode_parse(STR("Warn"), &mode));
    assert_false(shelflife_mode_parse(STR(""), &mode));
    assert_string_equal(shelflife_mode_name(SHELFLIFE_MODE_POLICY), "policy");
    assert_string_equal(shelflife_action_name(SHELFLIFE_ALLOW), "allow");
    assert_string_equal(shelflife_action_name(SHELFLIFE_DENY), "deny");
}

static void modes_soften(void **state)
{
    (void)state;
    static const enum shelflife_action expected[][3] = {
        [SHELFLIFE_MODE_OFF] = {SHELFLIFE_ALLOW, SHELFLIFE_ALLOW, SHELFLIFE_ALLOW},
        [SHELFLIFE_MODE_AUDIT] = {SHELFLIFE_ALLOW, SHELFLIFE_ALLOW, SHELFLIFE_ALLOW},
        [SHELFLIFE_MODE_WARN] = {SHELFLIFE_ALLOW, SHELFLIFE_WARN, SHELFLIFE_WARN},
        [SHELFLIFE_MODE_ENFORCE] = {SHELFLIFE_ALLOW, SHELFLIFE_WARN, SHELFLIFE_DENY},
    };
    for (size_t mode = 0; mode < COUNT(expected); mode++)
        for (size_t action = 0; action < 3; action++)
            assert_int_equal(shelflife_mode_soften((enum shelflife_mode)mode, (enum shelflife_action)action),
                             expected[mode][action]);
}

static void namespaces_have_modes_and_floors(void **state)
{
    (void)state;
    POLICY *policy = read_policy("mode: warn\n"
                                 "namespaces:\n"
                                 "- {names: [prod-*], mode: audit, floor: warn}\n"
                                 "- {names: [prod-pay, \"*-bank\"], mode: enforce, floor: enforce}\n"
                                 "- {names: [dev-*], mode: \"off\"}\n"
                                 "- {names: [kube-*], floor: audit}\n"
                                 "- {names: [kube-proxy], mode: enforce}\n");
    static const struct {
        const char *namespace;
        enum shelflife_mode path, mode;
    } cases[] = {
        {"other", SHELFLIFE_MODE_POLICY, SHELFLIFE_MODE_WARN},
        {"", SHELFLIFE_MODE_POLICY, SHELFLIFE_MODE_WARN},
        {"", SHELFLIFE_MODE_OFF, SHELFLIFE_MODE_OFF},
        {"other", SHELFLIFE_MODE_ENFORCE, SHELFLIFE_MODE_ENFORCE},
        {"other", SHELFLIFE_MODE_OFF, SHELFLIFE_MODE_OFF},
        /* A floor lifts the policy's own mode and the path's, and loosens none. */
        {"prod-a", SHELFLIFE_MODE_POLICY, SHELFLIFE_MODE_WARN},
        {"prod-a", SHELFLIFE_MODE_OFF, SHELFLIFE_MODE_WARN},
        {"prod-a", SHELFLIFE_MODE_ENFORCE, SHELFLIFE_MODE_ENFORCE},
        /* The first mode, the tightest floor. */
        {"prod-pay", SHELFLIFE_MODE_POLICY, SHELFLIFE_MODE_ENFORCE},
        {"prod-bank", SHELFLIFE_MODE_AUDIT, SHELFLIFE_MODE_ENFORCE},
        {"dev-a", SHELFLIFE_MODE_POLICY, SHELFLIFE_MODE_OFF},
        {"dev-a", SHELFLIFE_MODE_WARN, SHELFLIFE_MODE_WARN},
        /* kube-system is off by itself, but not below its floor. */
        {"kube-system", SHELFLIFE_MODE_POLICY, SHELFLIFE_MODE_AUDIT},
        {"kube-proxy", SHELFLIFE_MODE_POLICY, SHELFLIFE_MODE_ENFORCE},
        {"xprod-a", SHELFLIFE_MODE_POLICY, SHELFLIFE_MODE_WARN},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (shelflife_policy_mode(policy, shelflife_str_of(cases[i].namespace), cases[i].path) !=
            cases[i].mode)
            fail_msg("%s, path %s", cases[i].namespace, shelflife_mode_name(cases[i].path));
}

static void an_entry_of_ones_own_turns_kube_system_on(void **state)
{
    (void)state;
    POLICY *policy = read_policy("namespaces:\n- {names: [\"*\"], mode: enforce}\n");
    assert_int_equal(shelflife_policy_mode(policy, STR("kube-system"), SHELFLIFE_MODE_POLICY),
                     SHELFLIFE_MODE_ENFORCE);
}

#define SA "system:serviceaccount:"

static void controllers_are_trusted_with_their_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *user, *group, *kind;
        bool keeps, controller;
    } cases[] = {
        {SA "kube-system:replicaset-controller", "apps", "ReplicaSet", true, true},
        {SA "kube-system:replicaset-controller", "apps", "StatefulSet", false, true},
        {SA "kube-system:replicaset-controller", "extensions", "ReplicaSet", false, true},
        {SA "kube-system:replicaset-controller", "", "", false, true},
        {SA "kube-system:deployment-controller", "apps", "Deployment", true, true},
        {SA "kube-system:statefulset-controller", "apps", "StatefulSet", true, true},
        {SA "kube-system:daemon-set-controller", "apps", "DaemonSet", true, true},
        {SA "kube-system:job-controller", "batch", "Job", true, true},
        {SA "kube-system:cronjob-controller", "batch", "CronJob", true, true},
        {SA "kube-system:replication-controller", "", "ReplicationController", true, true},
        {"system:kube-controller-manager", "apps", "ReplicaSet", true, true},
        {"system:kube-controller-manager", "batch", "CronJob", true, true},
        {"system:kube-controller-manager", "", "ReplicationController", true, true},
        {"system:kube-controller-manager", "argoproj.io", "Workflow", false, true},
        {SA "team-a:replicaset-controller", "apps", "ReplicaSet", false, false},
        {"kubernetes-admin", "apps", "ReplicaSet", false, false},
        {"", "apps", "ReplicaSet", false, false},
        {SA "argo:argo", "argoproj.io", "Workflow", true, true},
        {SA "tekton-pipelines:tekton-pipelines-controller", "tekton.dev", "TaskRun", true, true},
        {SA "knative-serving:controller", "serving.knative.dev", "Revision", true, true},
        {SA "kubeflow:training-operator", "kubeflow.org", "PyTorchJob", true, true},
        {SA "jobs:training-operator", "kubeflow.org", "PyTorchJob", true, true},
        {SA "mpi-operator:mpi-operator", "kubeflow.org", "MPIJob", false, false},
        {SA "team-a:argo", "argoproj.io", "Workflow", false, false},
        {"argo", "argoproj.io", "Workflow", false, false},
        {SA "team-a:operator", "example.com", "Train", true, true},
        {SA "team-a:operator", "", "Train", false, true},
    };
    POLICY *policy = read_policy("existingWorkloads: keep\n"
                                 "trustedControllers:\n"
                                 "  presets:\n"
                                 "  - name: kubernetes\n"
                                 "  - {name: kubeflow, namespace: kubeflow}\n"
                                 "  - {name: kubeflow, namespace: jobs}\n"
                                 "  - {name: argo, namespace: argo}\n"
                                 "  - {name: knative, namespace: knative-serving}\n"
                                 "  - {name: tekton, namespace: tekton-pipelines}\n"
                                 "  controllers:\n"
                                 "  - user: system:serviceaccount:team-a:operator\n"
                                 "    owners: [{group: example.com, kind: Train}]\n");
    for (size_t i = 0; i < COUNT(cases); i++) {
        str user = shelflife_str_of(cases[i].user);
        bool keeps = shelflife_policy_keeps(policy, user, shelflife_str_of(cases[i].group),
                                            shelflife_str_of(cases[i].kind));
        if (keeps != cases[i].keeps || shelflife_policy_is_controller(policy, user) != cases[i].controller)
            fail_msg("%s, %s %s", cases[i].user, cases[i].group, cases[i].kind);
    }
}

static void enforce_keeps_nothing(void **state)
{
    (void)state;
    POLICY *policy = read_policy("");
    str user = STR(SA "kube-system:replicaset-controller");
    assert_false(shelflife_policy_keeps(policy, user, STR("apps"), STR("ReplicaSet")));
    assert_true(shelflife_policy_is_controller(policy, user));
    assert_true(shelflife_policy_trusts(policy, user, STR("apps"), STR("ReplicaSet")));
    assert_false(shelflife_policy_trusts(policy, user, STR("apps"), STR("DaemonSet")));
    assert_false(shelflife_policy_is_controller(policy, STR(SA "argo:argo")));
    POLICY *none = read_policy("existingWorkloads: keep\ntrustedControllers: {presets: []}\n");
    assert_false(shelflife_policy_keeps(none, user, STR("apps"), STR("ReplicaSet")));
    assert_false(shelflife_policy_is_controller(none, user));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_words_and_back),
        cmocka_unit_test(modes_soften),
        cmocka_unit_test(namespaces_have_modes_and_floors),
        cmocka_unit_test(an_entry_of_ones_own_turns_kube_system_on),
        cmocka_unit_test(controllers_are_trusted_with_their_kinds),
        cmocka_unit_test(enforce_keeps_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
