#include "policy/internal.h"

/*
 * Controllers that create objects for an owner, which was judged when it was written: the user names of
 * usual installations, each with the kinds of owners that it creates objects for.
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

#define TRAINING_OPERATOR "system:serviceaccount:kubeflow:training-operator"

static const struct policy_trust kubeflow[] = {
    TRUST(TRAINING_OPERATOR, "kubeflow.org", "PyTorchJob"),
    TRUST(TRAINING_OPERATOR, "kubeflow.org", "TFJob"),
    TRUST(TRAINING_OPERATOR, "kubeflow.org", "MPIJob"),
    TRUST(TRAINING_OPERATOR, "kubeflow.org", "XGBoostJob"),
    TRUST(TRAINING_OPERATOR, "kubeflow.org", "PaddleJob"),
    TRUST(TRAINING_OPERATOR, "kubeflow.org", "MXJob"),
    TRUST(TRAINING_OPERATOR, "kubeflow.org", "JAXJob"),
    TRUST("system:serviceaccount:mpi-operator:mpi-operator", "kubeflow.org", "MPIJob"),
    TRUST("system:serviceaccount:kubeflow:notebook-controller-service-account", "kubeflow.org", "Notebook"),
    TRUST("system:serviceaccount:kubeflow-system:kubeflow-trainer-controller-manager", "trainer.kubeflow.org",
          "TrainJob"),
    TRUST("system:serviceaccount:kubeflow-system:jobset-controller-manager", "jobset.x-k8s.io", "JobSet"),
    TRUST("system:serviceaccount:jobset-system:jobset-controller-manager", "jobset.x-k8s.io", "JobSet"),
};

static const struct policy_trust argo[] = {
    TRUST("system:serviceaccount:argo:argo", "argoproj.io", "Workflow"),
    TRUST("system:serviceaccount:argo:argo", "argoproj.io", "CronWorkflow"),
    TRUST("system:serviceaccount:argo:argo-workflows-workflow-controller", "argoproj.io", "Workflow"),
    TRUST("system:serviceaccount:argo:argo-workflows-workflow-controller", "argoproj.io", "CronWorkflow"),
    TRUST("system:serviceaccount:argo-rollouts:argo-rollouts", "argoproj.io", "Rollout"),
};

static const struct policy_trust knative[] = {
    TRUST("system:serviceaccount:knative-serving:controller", "serving.knative.dev", "Service"),
    TRUST("system:serviceaccount:knative-serving:controller", "serving.knative.dev", "Configuration"),
    TRUST("system:serviceaccount:knative-serving:controller", "serving.knative.dev", "Revision"),
};

static const struct policy_trust tekton[] = {
    TRUST("system:serviceaccount:tekton-pipelines:tekton-pipelines-controller", "tekton.dev", "TaskRun"),
    TRUST("system:serviceaccount:tekton-pipelines:tekton-pipelines-controller", "tekton.dev", "PipelineRun"),
};

static const struct {
    const struct policy_trust *at;
    size_t count;
} presets[] = {
    {kubernetes, COUNT(kubernetes)}, {kubeflow, COUNT(kubeflow)}, {argo, COUNT(argo)},
    {knative, COUNT(knative)},       {tekton, COUNT(tekton)},
};

static const char *const names[] = {"kubernetes", "kubeflow", "argo", "knative", "tekton"};

_Static_assert(COUNT(names) == COUNT(presets), "a name for each preset");

const char *const *shelflife_policy_preset_names(size_t *count)
{
    *count = COUNT(names);
    return names;
}

const struct policy_trust *shelflife_policy_preset(size_t preset, size_t *count)
{
    *count = presets[preset].count;
    return presets[preset].at;
}

bool shelflife_policy_keeps(const struct shelflife_policy *policy, str user, str owner_group, str owner_kind)
{
    for (size_t i = 0; policy->keep && i < policy->trusted_count; i++) {
        const struct policy_trust *t = &policy->trusted[i];
        if (shelflife_str_equal(t->user, user) && shelflife_str_equal(t->kind, owner_kind) &&
            shelflife_str_equal(t->group, owner_group))
            return true;
    }
    return false;
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
