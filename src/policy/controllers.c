#include "policy/internal.h"

/*
 * Controllers that create objects for an owner, which was judged when it was written: each user
 * with the kinds of owners that it creates objects for.
 */
#define KUBE_SYSTEM "system:serviceaccount:kube-system:"
#define TRUST(user, group, kind)                                                                             \
    {                                                                                                        \
        STR_INIT(user), STR_INIT(group), STR_INIT(kind)                                                      \
    }

static const struct policy_trust kubernetes[] = {
    TRUST(KUBE_SYSTEM "replicaset-controller", "apps", "ReplicaSet"),
    TRUST(KUBE_SYSTEM "deployment-controller", "apps", "Deployment"),
    TRUST(KUBE_SYSTEM "statefulset-controller", "apps", "StatefulSet"),
    TRUST(KUBE_SYSTEM "daemon-set-controller", "apps", "DaemonSet"),
    TRUST(KUBE_SYSTEM "job-controller", "batch", "Job"),
    TRUST(KUBE_SYSTEM "cronjob-controller", "batch", "CronJob"),
    TRUST(KUBE_SYSTEM "replication-controller", "", "ReplicationController"),
    /* A controller manager whose controllers have no service accounts of their own. */
    TRUST("system:kube-controller-manager", "apps", "ReplicaSet"),
    TRUST("system:kube-controller-manager", "apps", "Deployment"),
    TRUST("system:kube-controller-manager", "apps", "StatefulSet"),
    TRUST("system:kube-controller-manager", "apps", "DaemonSet"),
    TRUST("system:kube-controller-manager", "batch", "Job"),
    TRUST("system:kube-controller-manager", "batch", "CronJob"),
    TRUST("system:kube-controller-manager", "", "ReplicationController"),
};

/* The users of the following presets are the names of service accounts, in the namespace that the policy
 * names. There are no namespaces here: if one does not exist, anybody who may create namespaces could create
 * it. */
static const struct policy_trust kubeflow[] = {
    TRUST("training-operator", "kubeflow.org", "PyTorchJob"),
    TRUST("training-operator", "kubeflow.org", "TFJob"),
    TRUST("training-operator", "kubeflow.org", "MPIJob"),
    TRUST("training-operator", "kubeflow.org", "XGBoostJob"),
    TRUST("training-operator", "kubeflow.org", "PaddleJob"),
    TRUST("training-operator", "kubeflow.org", "MXJob"),
    TRUST("training-operator", "kubeflow.org", "JAXJob"),
    TRUST("mpi-operator", "kubeflow.org", "MPIJob"),
    TRUST("notebook-controller-service-account", "kubeflow.org", "Notebook"),
    TRUST("kubeflow-trainer-controller-manager", "trainer.kubeflow.org", "TrainJob"),
    TRUST("jobset-controller-manager", "jobset.x-k8s.io", "JobSet"),
};

static const struct policy_trust argo[] = {
    TRUST("argo", "argoproj.io", "Workflow"),
    TRUST("argo", "argoproj.io", "CronWorkflow"),
    TRUST("argo-workflows-workflow-controller", "argoproj.io", "Workflow"),
    TRUST("argo-workflows-workflow-controller", "argoproj.io", "CronWorkflow"),
    TRUST("argo-rollouts", "argoproj.io", "Rollout"),
};

static const struct policy_trust knative[] = {
    TRUST("controller", "serving.knative.dev", "Service"),
    TRUST("controller", "serving.knative.dev", "Configuration"),
    TRUST("controller", "serving.knative.dev", "Revision"),
};

static const struct policy_trust tekton[] = {
    TRUST("tekton-pipelines-controller", "tekton.dev", "TaskRun"),
    TRUST("tekton-pipelines-controller", "tekton.dev", "PipelineRun"),
};

static const struct policy_preset presets[] = {
    {kubernetes, COUNT(kubernetes), false}, {kubeflow, COUNT(kubeflow), true}, {argo, COUNT(argo), true},
    {knative, COUNT(knative), true},        {tekton, COUNT(tekton), true},
};

static const char *const names[] = {"kubernetes", "kubeflow", "argo", "knative", "tekton"};

_Static_assert(COUNT(names) == COUNT(presets), "a name for each preset");

const char *const *shelflife_policy_preset_names(size_t *count)
{
    *count = COUNT(names);
    return names;
}

const struct policy_preset *shelflife_policy_preset(size_t preset)
{
    return &presets[preset];
}

bool shelflife_policy_trusts(const struct shelflife_policy *policy, str user, str owner_group, str owner_kind)
{
    for (size_t i = 0; i < policy->trusted_count; i++) {
        const struct policy_trust *t = &policy->trusted[i];
        if (shelflife_str_equal(t->user, user) && shelflife_str_equal(t->kind, owner_kind) &&
            shelflife_str_equal(t->group, owner_group))
            return true;
    }
    return false;
}

bool shelflife_policy_keeps(const struct shelflife_policy *policy, str user, str owner_group, str owner_kind)
{
    return policy->keep && shelflife_policy_trusts(policy, user, owner_group, owner_kind);
}

bool shelflife_policy_keeps_pods_of(const struct shelflife_policy *policy, str owner_group, str owner_kind)
{
    for (size_t i = 0; policy->keep && i < policy->trusted_count; i++)
        if (shelflife_str_equal(policy->trusted[i].kind, owner_kind) &&
            shelflife_str_equal(policy->trusted[i].group, owner_group))
            return true;
    return false;
}

bool shelflife_policy_is_controller(const struct shelflife_policy *policy, str user)
{
    for (size_t i = 0; i < policy->trusted_count; i++)
        if (shelflife_str_equal(policy->trusted[i].user, user))
            return true;
    return false;
}
