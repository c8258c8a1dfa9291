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

/* The paths that several kinds share cost nothing for another kind. */
#define AT(group, kind, path) SHAPE(group, kind, path)
#define IMAGE(group, kind) AT(group, kind, "spec.image")
#define PART_IMAGES(group, kind) AT(group, kind, "spec.*.image") /* one for each part of a system */
#define CONTAINERS(group, kind) AT(group, kind, "spec.**.container.image")

#define ARGO_IN(group, kind)                                                                                 \
    CONTAINERS(group, kind), AT(group, kind, "spec.**.script.image"),                                        \
        AT(group, kind, "spec.**.sidecars[].image")
#define ARGO(kind) ARGO_IN("argoproj.io", kind)
#define TEKTON_IN(group, kind)                                                                               \
    AT(group, kind, "spec.**.steps[].image"), AT(group, kind, "spec.**.sidecars[].image"),                   \
        AT(group, kind, "spec.**.stepTemplate.image")
#define TEKTON(kind) TEKTON_IN("tekton.dev", kind)
#define SPARK(kind, at)                                                                                      \
    SHAPE("sparkoperator.k8s.io", kind, at ".image"),                                                        \
        SHAPE("sparkoperator.k8s.io", kind, at ".driver.image"),                                             \
        SHAPE("sparkoperator.k8s.io", kind, at ".executor.image"),                                           \
        SHAPE("sparkoperator.k8s.io", kind, "spec.**.sidecars[].image")
#define KUBEVIRT(group, kind) AT(group, kind, "spec.**.containerDisk.image"), CONTAINERS(group, kind)
#define NVIDIA(kind)                                                                                         \
    AT("apps.nvidia.com", kind, "spec.image{}"), AT("apps.nvidia.com", kind, "spec.*.image{}"),              \
        AT("apps.nvidia.com", kind, "spec.**.containerSpec.image{}")
#define K8SSANDRA(group, kind)                                                                               \
    AT(group, kind, "spec.**.serverImage"), AT(group, kind, "spec.**.containerImage{}"),                     \
        AT(group, kind, "spec.**.initContainerImage{}"), AT(group, kind, "spec.**.jmxInitContainerImage{}"), \
        AT(group, kind, "spec.**.perNodeConfigInitContainerImage")
#define VALUES(group, kind, at) AT(group, kind, at ".**.image{}")

/* the kind of pods/ephemeralcontainers before Kubernetes 1.22 */
static const struct shelflife_shape debug[] = {
    SHAPE("", "EphemeralContainers", "ephemeralContainers[].image"),
};

static const struct shelflife_shape further[] = {
    ARGO("Workflow"),
    ARGO("WorkflowTemplate"),
    ARGO("ClusterWorkflowTemplate"),
    ARGO("CronWorkflow"),
    TEKTON("Task"),
    TEKTON("ClusterTask"),
    TEKTON("TaskRun"),
    TEKTON("Pipeline"),
    TEKTON("PipelineRun"),
    IMAGE("tekton.dev", "StepAction"),
    PART_IMAGES("tekton.dev", "Condition"),
    SHAPE("trainer.kubeflow.org", "TrainJob", "spec.trainer.image"),
    SHAPE("trainer.kubeflow.org", "OptimizationJob", "spec.trainJobTemplate.spec.trainer.image"),
    /* predictor, transformer and explainer; in each `model`, or a framework's name in older objects */
    SHAPE("serving.kserve.io", "InferenceService", "spec.*.*.image"),
    CONTAINERS("serving.kserve.io", "InferenceService"), /* v1alpha2 */
    CONTAINERS("serving.kserve.io", "ClusterStorageContainer"),
    SPARK("SparkApplication", "spec"),
    SPARK("ScheduledSparkApplication", "spec.template"),
    /* before version 1 */
    CONTAINERS("serving.knative.dev", "Service"),
    CONTAINERS("serving.knative.dev", "Configuration"),

    /* Objects that contain other objects, of any kind. */
    ARGO("Sensor"),
    TEKTON_IN("argoproj.io", "Sensor"),
    ARGO_IN("triggers.tekton.dev", "TriggerTemplate"),
    TEKTON_IN("triggers.tekton.dev", "TriggerTemplate"),
    ARGO_IN("kubeflow.org", "Experiment"),
    TEKTON_IN("kubeflow.org", "Experiment"),
    AT("kubeflow.org", "Experiment", "spec.**.trainer.image"),
    AT("kubeflow.org", "Experiment", "spec.**.customCollector.image"),
    ARGO_IN("kubeflow.org", "ScheduledWorkflow"),

    /* Values of Helm charts: whatever is called image. */
    VALUES("helm.toolkit.fluxcd.io", "HelmRelease", "spec.values"),
    VALUES("argoproj.io", "Application", "spec.**.valuesObject"),
    VALUES("argoproj.io", "ApplicationSet", "spec.**.valuesObject"),

    CONTAINERS("numaflow.numaproj.io", "Pipeline"),
    CONTAINERS("numaflow.numaproj.io", "MonoVertex"),
    CONTAINERS("numaflow.numaproj.io", "ServingPipeline"),
    CONTAINERS("numaflow.numaproj.io", "Vertex"),
    CONTAINERS("numaplane.numaproj.io", "PipelineRollout"),
    CONTAINERS("numaplane.numaproj.io", "MonoVertexRollout"),
    CONTAINERS("dataflow.argoproj.io", "Pipeline"),
    AT("dataflow.argoproj.io", "Pipeline", "spec.steps[].git.image"),
    CONTAINERS("chaos-mesh.org", "Workflow"),
    CONTAINERS("gateway.envoyproxy.io", "EnvoyProxy"),
    AT("shipwright.io", "BuildStrategy", "spec.**.steps[].image"),
    AT("shipwright.io", "BuildStrategy", "spec.buildSteps[].image"),
    AT("shipwright.io", "ClusterBuildStrategy", "spec.**.steps[].image"),
    AT("shipwright.io", "ClusterBuildStrategy", "spec.buildSteps[].image"),
    PART_IMAGES("shipwright.io", "Build"),

    KUBEVIRT("kubevirt.io", "VirtualMachine"),
    KUBEVIRT("kubevirt.io", "VirtualMachineInstance"),
    KUBEVIRT("kubevirt.io", "VirtualMachineInstanceReplicaSet"),
    KUBEVIRT("pool.kubevirt.io", "VirtualMachinePool"),

    PART_IMAGES("pxc.percona.com", "PerconaXtraDBCluster"),
    AT("pxc.percona.com", "PerconaXtraDBCluster", "spec.**.sidecars[].image"),
    PART_IMAGES("ps.percona.com", "PerconaServerMySQL"),
    AT("ps.percona.com", "PerconaServerMySQL", "spec.*.*.image"),
    IMAGE("psmdb.percona.com", "PerconaServerMongoDB"),
    PART_IMAGES("psmdb.percona.com", "PerconaServerMongoDB"),
    AT("psmdb.percona.com", "PerconaServerMongoDB", "spec.**.sidecars[].image"),
    IMAGE("pgv2.percona.com", "PerconaPGCluster"),
    PART_IMAGES("pgv2.percona.com", "PerconaPGCluster"),
    AT("pgv2.percona.com", "PerconaPGCluster", "spec.*.*.image"),
    IMAGE("postgres-operator.crunchydata.com", "PostgresCluster"),
    AT("postgres-operator.crunchydata.com", "PostgresCluster", "spec.*.*.image"),
    AT("postgresql.cnpg.io", "Cluster", "spec.imageName"),
    AT("postgresql.cnpg.io", "ImageCatalog", "spec.images[].image"),
    AT("postgresql.cnpg.io", "ImageCatalog", "spec.componentImages[].image"),
    AT("postgresql.cnpg.io", "ClusterImageCatalog", "spec.images[].image"),
    AT("postgresql.cnpg.io", "ClusterImageCatalog", "spec.componentImages[].image"),
    PART_IMAGES("postgresql.cnpg.io", "Pooler"),
    AT("acid.zalan.do", "postgresql", "spec.dockerImage"),
    AT("acid.zalan.do", "postgresql", "spec.**.sidecars[].image"),
    AT("acid.zalan.do", "OperatorConfiguration", "configuration.docker_image"),
    AT("acid.zalan.do", "OperatorConfiguration", "configuration.logical_backup.logical_backup_docker_image"),
    AT("acid.zalan.do", "OperatorConfiguration", "configuration.connection_pooler.connection_pooler_image"),
    AT("k8s.mariadb.com", "MariaDB", "spec.image{}"),
    AT("mariadb.mmontes.io", "MariaDB", "spec.image{}"),
    AT("clickhouse.com", "ClickHouseCluster", "spec.*.image{}"),
    AT("clickhouse.com", "KeeperCluster", "spec.*.image{}"),
    PART_IMAGES("databases.spotahome.com", "RedisFailover"),
    AT("databases.spotahome.com", "RedisFailover", "spec.*.*.image"),
    IMAGE("dragonflydb.io", "Dragonfly"),
    PART_IMAGES("starrocks.com", "StarRocksCluster"),
    K8SSANDRA("k8ssandra.io", "K8ssandraCluster"),
    K8SSANDRA("cassandra.datastax.com", "CassandraDatacenter"),
    K8SSANDRA("stargate.k8ssandra.io", "Stargate"),
    K8SSANDRA("reaper.k8ssandra.io", "Reaper"),
    AT("solr.apache.org", "SolrCloud", "spec.solrImage{}"),
    AT("solr.apache.org", "SolrCloud", "spec.busyBoxImage{}"),
    AT("solr.apache.org", "SolrCloud", "spec.zookeeperRef.provided.image{}"),
    AT("zookeeper.pravega.io", "ZookeeperCluster", "spec.image{}"),
    IMAGE("flink.apache.org", "FlinkDeployment"),
    AT("flink.apache.org", "FlinkBlueGreenDeployment", "spec.template.spec.image"),
    IMAGE("kafka.strimzi.io", "KafkaConnect"),
    IMAGE("kafka.strimzi.io", "KafkaBridge"),
    IMAGE("kafka.strimzi.io", "KafkaMirrorMaker"),
    IMAGE("kafka.strimzi.io", "KafkaMirrorMaker2"),
    PART_IMAGES("kafka.strimzi.io", "Kafka"),
    IMAGE("redpanda.vectorized.io", "Cluster"),
    PART_IMAGES("redpanda.vectorized.io", "Console"),
    VALUES("cluster.redpanda.com", "Redpanda", "spec.clusterSpec"),
    IMAGE("rabbitmq.com", "RabbitmqCluster"),
    AT("rabbitmq.com", "RabbitmqCluster", "spec.secretBackend.vault.defaultUserUpdaterImage"),

    PART_IMAGES("ceph.rook.io", "CephCluster"),
    IMAGE("minio.min.io", "Tenant"),
    PART_IMAGES("minio.min.io", "Tenant"),
    AT("trident.netapp.io", "TridentOrchestrator", "spec.tridentImage"),
    AT("trident.netapp.io", "TridentOrchestrator", "spec.autosupportImage"),

    NVIDIA("NIMService"),
    NVIDIA("NemoCustomizer"),
    NVIDIA("NemoDatastore"),
    NVIDIA("NemoEntitystore"),
    NVIDIA("NemoEvaluator"),
    NVIDIA("NemoGuardrail"),
    AT("apps.nvidia.com", "NIMPipeline", "spec.services[].spec.image{}"),
    PART_IMAGES("nvidia.com", "GPUCluster"),
    IMAGE("nvidia.com", "NVIDIADriver"),
    AT("ray.io", "RayCluster", "spec.*.*.image"),

    IMAGE("opentelemetry.io", "OpenTelemetryCollector"),
    PART_IMAGES("opentelemetry.io", "Instrumentation"),
    IMAGE("monitoring.coreos.com", "Prometheus"),
    IMAGE("monitoring.coreos.com", "PrometheusAgent"),
    IMAGE("monitoring.coreos.com", "Alertmanager"),
    IMAGE("monitoring.coreos.com", "ThanosRuler"),
    PART_IMAGES("jaegertracing.io", "Jaeger"),
    AT("jaegertracing.io", "Jaeger", "spec.*.*.image"),
    IMAGE("core.humio.com", "HumioCluster"),
    IMAGE("agent.k8s.elastic.co", "Agent"),
    IMAGE("apm.k8s.elastic.co", "ApmServer"),
    IMAGE("beat.k8s.elastic.co", "Beat"),
    IMAGE("elasticsearch.k8s.elastic.co", "Elasticsearch"),
    IMAGE("enterprisesearch.k8s.elastic.co", "EnterpriseSearch"),
    IMAGE("kibana.k8s.elastic.co", "Kibana"),
    IMAGE("logstash.k8s.elastic.co", "Logstash"),
    IMAGE("maps.k8s.elastic.co", "ElasticMapsServer"),

    IMAGE("core.spinkube.dev", "SpinApp"),
    IMAGE("openfaas.com", "Function"),
    PART_IMAGES("litmuschaos.io", "ChaosExperiment"),
    PART_IMAGES("upgrade.cattle.io", "Plan"),
    AT("actions.summerwind.dev", "RunnerDeployment", "spec.template.spec.image"),
    IMAGE("actions.summerwind.dev", "RunnerSet"),
    AT("apps.kruise.io", "DaemonSet", "spec.template.spec.containers.image"),
    AT("install.istio.io", "IstioOperator", "spec.**.patches[].value[].image"),
};

/* Parameters that images are made of: maps of name and value. */
#define PARAMS(group, kind) AT(group, kind, "spec.**.params[]")         /* Tekton */
#define PARAMETERS(group, kind) AT(group, kind, "spec.**.parameters[]") /* Argo */

static const struct shelflife_shape parameters[] = {
    PARAMS("tekton.dev", "Task"),
    PARAMS("tekton.dev", "ClusterTask"),
    PARAMS("tekton.dev", "TaskRun"),
    PARAMS("tekton.dev", "Pipeline"),
    PARAMS("tekton.dev", "PipelineRun"),
    PARAMS("tekton.dev", "StepAction"),
    PARAMS("triggers.tekton.dev", "TriggerTemplate"),
    PARAMS("kubeflow.org", "Experiment"),
    PARAMS("argoproj.io", "Sensor"),
    PARAMETERS("argoproj.io", "Sensor"),
    PARAMETERS("argoproj.io", "Workflow"),
    PARAMETERS("argoproj.io", "WorkflowTemplate"),
    PARAMETERS("argoproj.io", "ClusterWorkflowTemplate"),
    PARAMETERS("argoproj.io", "CronWorkflow"),
    PARAMETERS("triggers.tekton.dev", "TriggerTemplate"),
    PARAMETERS("kubeflow.org", "Experiment"),
    PARAMETERS("kubeflow.org", "ScheduledWorkflow"),
};

/* Strings that contain an object, in YAML or JSON. */
#define MANIFEST(group, kind) AT(group, kind, "spec.**.resource.manifest")

static const struct shelflife_shape manifests[] = {
    MANIFEST("argoproj.io", "Workflow"),
    MANIFEST("argoproj.io", "WorkflowTemplate"),
    MANIFEST("argoproj.io", "ClusterWorkflowTemplate"),
    MANIFEST("argoproj.io", "CronWorkflow"),
    MANIFEST("argoproj.io", "Sensor"),
    MANIFEST("triggers.tekton.dev", "TriggerTemplate"),
    MANIFEST("kubeflow.org", "Experiment"),
    MANIFEST("kubeflow.org", "ScheduledWorkflow"),
};

/* Strings that contain the values of a Helm chart. */
static const struct shelflife_shape values[] = {
    AT("argoproj.io", "Application", "spec.**.helm.values"),
    AT("argoproj.io", "ApplicationSet", "spec.**.helm.values"),
    AT("helm.cattle.io", "HelmChart", "spec.valuesContent"),
    AT("helm.cattle.io", "HelmChartConfig", "spec.valuesContent"),
};

/* Such values as if they were an object. No API group has this name. */
static const struct shelflife_shape values_root[] = {
    SHAPE("!", "values", "**.image{}"),
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

#define SHAPES(table, slot)                                                                                  \
    {                                                                                                        \
        table, COUNT(table), slot, false                                                                     \
    }

/* The fewer patterns are before those of a kind, the less work its objects are. */
static const struct shelflife_workload_table tables[] = {
    {debug, COUNT(debug), SHELFLIFE_WORKLOAD_SLOT_IMAGE, true},
    SHAPES(parameters, SHELFLIFE_WORKLOAD_SLOT_PARAMETER),
    SHAPES(manifests, SHELFLIFE_WORKLOAD_SLOT_MANIFEST),
    SHAPES(further, SHELFLIFE_WORKLOAD_SLOT_IMAGE),
    SHAPES(values, SHELFLIFE_WORKLOAD_SLOT_VALUES),
    SHAPES(values_root, SHELFLIFE_WORKLOAD_SLOT_IMAGE),
};

const struct shelflife_workload_kinds shelflife_workload_kinds = {
    exact,   COUNT(exact),   generic,  COUNT(generic),  pod_spec, COUNT(pod_spec), tables, COUNT(tables),
    history, COUNT(history), excluded, COUNT(excluded), stops,    COUNT(stops),
};

static bool visit_all(const struct shelflife_shape *rows, size_t count,
                      shelflife_workload_kinds_visitor *visit, void *context, error *err)
{
    for (size_t i = 0; i < count; i++)
        if (!visit(context, rows[i].group, rows[i].kind, err))
            return false;
    return true;
}

bool shelflife_workload_kinds_each(shelflife_workload_kinds_visitor *visit, void *context, error *err)
{
    return visit_all(exact, COUNT(exact), visit, context, err) &&
           visit_all(further, COUNT(further), visit, context, err) &&
           visit_all(values, COUNT(values), visit, context, err);
}

static bool is_other_group(void *context, str group, str kind UNUSED, error *err UNUSED)
{
    return !shelflife_str_equal(group, *(const str *)context);
}

bool shelflife_workload_kinds_know(str group)
{
    return !shelflife_workload_kinds_each(is_other_group, &group, NULL);
}

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

bool shelflife_workload_kinds_run_as_written(str group, str kind)
{
    return have(exact, COUNT(exact), group, kind) || have(history, COUNT(history), group, kind) ||
           have(debug, COUNT(debug), group, kind);
}
