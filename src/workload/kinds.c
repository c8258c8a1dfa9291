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
    /* predictor, transformer and explainer; in each `model`, or a framework's name in older objects */
    SHAPE("serving.kserve.io", "InferenceService", "spec.*.*.image"),
    SPARK("SparkApplication", "spec"),
    SPARK("ScheduledSparkApplication", "spec.template"),
};

static const struct shelflife_shape excluded[] = {
    SHAPE("", "Event", ""),
    SHAPE("events.k8s.io", "Event", ""),
    SHAPE("apps", "ControllerRevision", ""),
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
    exact,   COUNT(exact),   generic,  COUNT(generic),  pod_spec, COUNT(pod_spec),
    further, COUNT(further), excluded, COUNT(excluded), stops,    COUNT(stops),
};

bool shelflife_workload_kinds_exclude(str group, str kind)
{
    for (size_t i = 0; i < COUNT(excluded); i++)
        if (shelflife_workload_kinds_match(excluded[i].group, excluded[i].kind, group, kind))
            return true;
    return false;
}
