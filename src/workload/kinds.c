#include "workload/kinds.h"

#define SHAPE(group, kind, path)                                                                             \
    {                                                                                                        \
        STR_INIT(group), STR_INIT(kind), STR_INIT(path)                                                      \
    }

static const struct shelflife_shape exact[] = {
    SHAPE("", "Pod", "spec"),
    SHAPE("", "PodTemplate", "template.spec"),
    SHAPE("", "ReplicationController", "spec.template.spec"),
    SHAPE("apps", "DaemonSet", "spec.template.spec"),
    SHAPE("apps", "Deployment", "spec.template.spec"),
    SHAPE("apps", "ReplicaSet", "spec.template.spec"),
    SHAPE("apps", "StatefulSet", "spec.template.spec"),
    SHAPE("batch", "Job", "spec.template.spec"),
    SHAPE("batch", "CronJob", "spec.jobTemplate.spec.template.spec"),
    SHAPE("extensions", "DaemonSet", "spec.template.spec"),
    SHAPE("extensions", "Deployment", "spec.template.spec"),
    SHAPE("extensions", "ReplicaSet", "spec.template.spec"),
};

static const str generic[] = {STR_INIT("spec.**"), STR_INIT("template.**")};

static const str pod_spec[] = {
    STR_INIT("containers[].image"),
    STR_INIT("initContainers[].image"),
    STR_INIT("ephemeralContainers[].image"),
    STR_INIT("volumes[].image.reference"),
};

#define ARGO(kind)                                                                                           \
    SHAPE("argoproj.io", kind, "spec.**.container.image"),                                                   \
        SHAPE("argoproj.io", kind, "spec.**.script.image"),                                                  \
        SHAPE("argoproj.io", kind, "spec.**.sidecars[].image")
#define TEKTON(kind)                                                                                         \
    SHAPE("tekton.dev", kind, "spec.**.steps[].image"),                                                      \
        SHAPE("tekton.dev", kind, "spec.**.sidecars[].image"),                                               \
        SHAPE("tekton.dev", kind, "spec.**.stepTemplate.image")
#define SPARK(kind, at)                                                                                      \
    SHAPE("sparkoperator.k8s.io", kind, at ".image"),                                                        \
        SHAPE("sparkoperator.k8s.io", kind, at ".driver.image"),                                             \
        SHAPE("sparkoperator.k8s.io", kind, at ".executor.image"),                                           \
        SHAPE("sparkoperator.k8s.io", kind, "spec.**.sidecars[].image")

static const struct shelflife_shape further[] = {
    /* the kind of pods/ephemeralcontainers before Kubernetes 1.22 */
    SHAPE("", "EphemeralContainers", "ephemeralContainers[].image"),
    ARGO("Workflow"),
    ARGO("WorkflowTemplate"),
    ARGO("ClusterWorkflowTemplate"),
    ARGO("CronWorkflow"),
    TEKTON("Task"),
    TEKTON("ClusterTask"),
    TEKTON("TaskRun"),
    TEKTON("Pipeline"),
    TEKTON("PipelineRun"),
    SHAPE("tekton.dev", "StepAction", "spec.image"),
    SHAPE("tekton.dev", "Condition", "spec.check.image"),
    SHAPE("trainer.kubeflow.org", "TrainJob", "spec.trainer.image"),
    SHAPE("trainer.kubeflow.org", "OptimizationJob", "spec.trainJobTemplate.spec.trainer.image"),
    /* predictor, transformer and explainer; in each `model`, or a framework's name in older objects */
    SHAPE("serving.kserve.io", "InferenceService", "spec.*.*.image"),
    SHAPE("serving.kserve.io", "ClusterStorageContainer", "spec.container.image"),
    SPARK("SparkApplication", "spec"),
    SPARK("ScheduledSparkApplication", "spec.template"),
};

/* Their controller uses what is in `data` to create Pods. It reads the keys without regard to case. */
#define REVISION(path) SHAPE("apps", "ControllerRevision", "data.spec.template.spec." path)

static const struct shelflife_shape history[] = {
    REVISION("containers[].image"),
    REVISION("initcontainers[].image"),
    REVISION("ephemeralcontainers[].image"),
    REVISION("volumes[].image.reference"),
};

static const struct shelflife_shape excluded[] = {
    SHAPE("", "Event", ""),
    SHAPE("events.k8s.io", "Event", ""),
    SHAPE("apiextensions.k8s.io", "CustomResourceDefinition", ""),
    SHAPE("admissionregistration.k8s.io", "*", ""),
    SHAPE("shelflife.dev", "*", ""),
    SHAPE("kyverno.io", "*", ""),
    SHAPE("policies.kyverno.io", "*", ""),
    SHAPE("reports.kyverno.io", "*", ""),
    SHAPE("templates.gatekeeper.sh", "*", ""),
    SHAPE("constraints.gatekeeper.sh", "*", ""),
    SHAPE("mutations.gatekeeper.sh", "*", ""),
    SHAPE("expansion.gatekeeper.sh", "*", ""),
    SHAPE("config.gatekeeper.sh", "*", ""),
    SHAPE("policies.kubewarden.io", "*", ""),
    SHAPE("policy.sigstore.dev", "*", ""),
    SHAPE("wgpolicyk8s.io", "*", ""),
    SHAPE("openreports.io", "*", ""),
};

static const str stops[] = {STR_INIT("status"), STR_INIT("annotations"), STR_INIT("managedFields")};

const struct shelflife_workload_kinds shelflife_workload_kinds = {
    exact,   COUNT(exact),   generic,  COUNT(generic),  pod_spec, COUNT(pod_spec), further, COUNT(further),
    history, COUNT(history), excluded, COUNT(excluded), stops,    COUNT(stops),
};

static bool have(const struct shelflife_shape *rows, size_t count, str group, str kind)
{
    for (size_t i = 0; i < count; i++)
        if (shelflife_workload_kinds_match(rows[i].group, rows[i].kind, group, kind))
            return true;
    return false;
}

bool shelflife_workload_kinds_exclude(str group, str kind)
{
    return have(excluded, COUNT(excluded), group, kind);
}

bool shelflife_workload_kinds_is_history(str group, str kind)
{
    return have(history, COUNT(history), group, kind);
}
