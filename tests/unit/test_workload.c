/* rooms: base json workload */
#include "unit/workload.h"

#include "workload/path.h"

enum { MEMORY = 1 << 24 };

#define CONTAINERS "'containers':[{'name':'c','image':'i'}]"
#define POD_SPEC                                                                                             \
    "{'containers':[{'name':'c','image':'1'}],'initContainers':[{'image':'2','name':'d'}],"                  \
    "'ephemeralContainers':[{'name':'e','image':'3'}],'volumes':[{'name':'v','image':{'reference':'4'}}]}"
/* What comes out of POD_SPEC at a path. */
#define POD_IMAGES(at)                                                                                       \
    "  " at ".containers[0].image \"c\" 1\n"                                                                 \
    "  " at ".initContainers[0].image \"d\" 2\n"                                                             \
    "  " at ".ephemeralContainers[0].image \"e\" 3\n"                                                        \
    "  " at ".volumes[0].image.reference \"\" 4\n"

/* In texts, ' means ". */
struct image_case {
    const char *api_version, *kind, *rest, *images;
};

static void append_case(buffer *text, const struct image_case *c, bool kind_last)
{
    const char *format =
        kind_last ? "{%3$s,'kind':'%2$s','apiVersion':'%1$s'}" : "{'apiVersion':'%1$s','kind':'%2$s',%3$s}";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    shelflife_buffer_format(text, format, c->api_version, c->kind, c->rest);
#pragma GCC diagnostic pop
    for (size_t i = 0; i < text->len; i++)
        if (text->at[i] == '\'')
            text->at[i] = '"';
}

static void check_images(struct run *run, const char *group, const char *kind, str text, size_t chunk,
                         const char *images)
{
    buffer out;
    const struct shelflife_object *object = run_text(run, group, kind, text, chunk);
    if (!object)
        fail_msg("%.*s: %s", STR_PRINT(text), run->err.text);
    shelflife_buffer_init(&out, 1 << 20);
    append_images(&out, object);
    if (!shelflife_str_equal(shelflife_buffer_str(&out), shelflife_str_of(images)))
        fail_msg("%.*s:\n%.*s is not\n%s", STR_PRINT(text), STR_PRINT(shelflife_buffer_str(&out)), images);
    shelflife_buffer_free(&out);
}

/* With kind before and after the rest and known beforehand, whole and byte by byte. */
static void check_cases(const struct image_case *cases, size_t count, const struct shelflife_shape *extra,
                        size_t extra_count)
{
    struct run run;
    buffer text;
    run_init(&run, MEMORY, extra, extra_count, NULL, 0);
    shelflife_buffer_init(&text, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        const struct image_case *c = &cases[i];
        str api_version = shelflife_str_of(c->api_version);
        size_t slash = shelflife_str_find(api_version, '/');
        char group[64] = "";
        if (slash != SIZE_MAX)
            memcpy(group, api_version.at, slash);
        for (int way = 0; way < 8; way++) {
            shelflife_buffer_reset(&text);
            append_case(&text, c, way & 1);
            check_images(&run, way & 2 ? group : "", way & 2 ? c->kind : "", shelflife_buffer_str(&text),
                         way & 4 ? 1 : text.len, c->images);
        }
    }
    shelflife_buffer_free(&text);
    run_free(&run);
}

static void built_in_kinds_have_images_at_their_exact_paths(void **state)
{
    static const struct image_case cases[] = {
        {"v1", "Pod", "'spec':" POD_SPEC, POD_IMAGES("spec")},
        {"v1", "PodTemplate", "'template':{'spec':" POD_SPEC "}", POD_IMAGES("template.spec")},
        {"v1", "ReplicationController", "'spec':{'template':{'spec':" POD_SPEC "}}",
         POD_IMAGES("spec.template.spec")},
        {"apps/v1", "Deployment", "'spec':{'template':{'spec':" POD_SPEC "}}",
         POD_IMAGES("spec.template.spec")},
        {"apps/v1beta2", "ReplicaSet", "'spec':{'template':{'spec':" POD_SPEC "}}",
         POD_IMAGES("spec.template.spec")},
        {"apps/v1", "StatefulSet", "'spec':{'template':{'spec':" POD_SPEC "}}",
         POD_IMAGES("spec.template.spec")},
        {"apps/v1", "DaemonSet", "'spec':{'template':{'spec':" POD_SPEC "}}",
         POD_IMAGES("spec.template.spec")},
        {"extensions/v1beta1", "Deployment", "'spec':{'template':{'spec':" POD_SPEC "}}",
         POD_IMAGES("spec.template.spec")},
        {"extensions/v1beta1", "DaemonSet", "'spec':{'template':{'spec':" POD_SPEC "}}",
         POD_IMAGES("spec.template.spec")},
        {"extensions/v1beta1", "ReplicaSet", "'spec':{'template':{'spec':" POD_SPEC "}}",
         POD_IMAGES("spec.template.spec")},
        {"batch/v1", "Job", "'spec':{'template':{'spec':" POD_SPEC "}}", POD_IMAGES("spec.template.spec")},
        {"batch/v1", "CronJob", "'spec':{'jobTemplate':{'spec':{'template':{'spec':" POD_SPEC "}}}}",
         POD_IMAGES("spec.jobTemplate.spec.template.spec")},
        /* nothing else of them counts */
        {"v1", "Pod", "'spec':{'template':{'spec':" POD_SPEC "}}", ""},
        {"v1", "Pod", "'template':{'spec':" POD_SPEC "}", ""},
        {"v1", "PodTemplate", "'spec':" POD_SPEC, ""},
        {"apps/v1", "Deployment", "'spec':" POD_SPEC ",'template':{'spec':" POD_SPEC "}", ""},
        {"batch/v1", "CronJob", "'spec':{'template':{'spec':" POD_SPEC "}}", ""},
        {"v1", "Pod", "'spec':{'containers':{'image':'i'}}", ""},
        {"v1", "Pod", "'spec':{'containers':[[{'image':'i'}]]}", ""},
        {"v1", "Pod", "'spec':[{" CONTAINERS "}]", ""},
        {"v1", "Pod", "'spec':{'volumes':[{'image':'i'}]}", ""},
        {"v1", "Pod", "'spec':{'containers':[{'image':{'reference':'i'}}]}", ""},
        {"v1", "Pod", "'metadata':{'spec':{" CONTAINERS "}}", ""},
    };
    (void)state;
    check_cases(cases, COUNT(cases), NULL, 0);
}

static void other_kinds_have_images_wherever_a_pod_template_stands(void **state)
{
    static const struct image_case cases[] = {
        {"kubeflow.org/v1", "PyTorchJob", "'spec':{'a':{'Master':{'template':{'spec':" POD_SPEC "}}}}",
         POD_IMAGES("spec.a.Master.template.spec")},
        {"x.example/v1", "Thing", "'spec':" POD_SPEC, POD_IMAGES("spec")},
        {"x.example/v1", "Thing", "'template':" POD_SPEC, POD_IMAGES("template")},
        {"x.example/v1", "Thing", "'spec':{'a':[[{'b':" POD_SPEC "}]]}", POD_IMAGES("spec.a[0][0].b")},
        {"x.example/v1", "Thing", "'spec':[" POD_SPEC "]", POD_IMAGES("spec[0]")},
        {"x.example/v1", "Pod", "'spec':{'a':" POD_SPEC "}", POD_IMAGES("spec.a")},
        {"", "", "'spec':{'a':" POD_SPEC "}", POD_IMAGES("spec.a")},
        {"apps/v1", "Scale", "'spec':{'replicas':3}", ""},
        /* a container within a container: each has its own name */
        {"x.example/v1", "Thing",
         "'spec':{'containers':[{'name':'a','image':'1','x':{'containers':[{'image':'2','name':'b'}]}},"
         "{'image':'3'}]}",
         "  spec.containers[0].image \"a\" 1\n  spec.containers[0].x.containers[0].image \"b\" 2\n"
         "  spec.containers[1].image \"\" 3\n"},
        {"x.example/v1", "Thing", "'other':" POD_SPEC ",'data':{'spec':" POD_SPEC "}", ""},
        {"x.example/v1", "Thing", "'spec':{'containers':[{'x':{'image':'i'}}],'image':'i'}", ""},
    };
    (void)state;
    check_cases(cases, COUNT(cases), NULL, 0);
}

static void status_annotations_and_managed_fields_have_none(void **state)
{
    static const struct image_case cases[] = {
        {"x.example/v1", "Thing",
         "'status':" POD_SPEC ",'metadata':{'annotations':" POD_SPEC ",'managedFields':[" POD_SPEC "]}", ""},
        {"x.example/v1", "Thing",
         "'spec':{'status':" POD_SPEC ",'a':{'annotations':{'x':" POD_SPEC "},'managedFields':[" POD_SPEC
         "]}}",
         ""},
        {"x.example/v1", "Thing",
         "'spec':{'a':{'status':{'b':[{'c':" POD_SPEC "}]},'statuses':" POD_SPEC "}}",
         POD_IMAGES("spec.a.statuses")},
        {"serving.kserve.io/v1beta1", "InferenceService",
         "'spec':{'status':{'model':{'image':'i'}},'predictor':{'annotations':{'image':'i'}}}", ""},
    };
    (void)state;
    check_cases(cases, COUNT(cases), NULL, 0);
}

static void some_kinds_never_have_images(void **state)
{
    static const struct {
        const char *api_version, *kind;
    } kinds[] = {
        {"apps/v1", "ControllerRevision"},
        {"v1", "Event"},
        {"events.k8s.io/v1", "Event"},
        {"apiextensions.k8s.io/v1", "CustomResourceDefinition"},
        {"admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"},
        {"shelflife.dev/v1", "Policy"},
        {"kyverno.io/v1", "ClusterPolicy"},
        {"policies.kyverno.io/v1alpha1", "ImageValidatingPolicy"},
        {"templates.gatekeeper.sh/v1", "ConstraintTemplate"},
        {"constraints.gatekeeper.sh/v1beta1", "AllowedRepos"},
        {"mutations.gatekeeper.sh/v1", "Assign"},
        {"policies.kubewarden.io/v1", "ClusterAdmissionPolicy"},
        {"wgpolicyk8s.io/v1alpha2", "PolicyReport"},
        {"openreports.io/v1alpha1", "Report"},
    };
    static const struct shelflife_shape everything[] = {{STR_INIT("*"), STR_INIT("*"), STR_INIT("**.image")}};
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct image_case c = {kinds[i].api_version, kinds[i].kind,
                               "'spec':" POD_SPEC ",'template':" POD_SPEC ",'data':" POD_SPEC, ""};
        check_cases(&c, 1, everything, 1);
    }
}

static void further_shapes_cover_argo_tekton_kserve_and_spark(void **state)
{
    static const struct image_case cases[] = {
        {"argoproj.io/v1alpha1", "Workflow",
         "'spec':{'templates':[{'name':'t','container':{'image':'1'}},{'script':{'image':'2','source':'x'},"
         "'sidecars':[{'name':'s','image':'3'}],'initContainers':[{'name':'i','image':'4'}]},"
         "{'containerSet':{'containers':[{'name':'m','image':'5'}]}}],"
         "'templateDefaults':{'container':{'image':'6'}}}",
         "  spec.templates[0].container.image \"\" 1\n  spec.templates[1].script.image \"\" 2\n"
         "  spec.templates[1].sidecars[0].image \"s\" 3\n  spec.templates[1].initContainers[0].image \"i\" "
         "4\n"
         "  spec.templates[2].containerSet.containers[0].image \"m\" 5\n"
         "  spec.templateDefaults.container.image \"\" 6\n"},
        {"argoproj.io/v1alpha1", "WorkflowTemplate", "'spec':{'templates':[{'script':{'image':'1'}}]}",
         "  spec.templates[0].script.image \"\" 1\n"},
        {"argoproj.io/v1alpha1", "ClusterWorkflowTemplate",
         "'spec':{'templates':[{'container':{'image':'1'}}]}",
         "  spec.templates[0].container.image \"\" 1\n"},
        {"argoproj.io/v1alpha1", "CronWorkflow",
         "'spec':{'workflowSpec':{'templates':[{'container':{'image':'1'}}]}}",
         "  spec.workflowSpec.templates[0].container.image \"\" 1\n"},
        {"argoproj.io/v1alpha1", "Application", "'spec':{'x':{'container':{'image':'1'}}}", ""},
        {"tekton.dev/v1", "Task",
         "'spec':{'steps':[{'name':'s','image':'1'}],'sidecars':[{'image':'2'}],'stepTemplate':{'image':'3'}"
         "}",
         "  spec.steps[0].image \"s\" 1\n  spec.sidecars[0].image \"\" 2\n  spec.stepTemplate.image \"\" "
         "3\n"},
        {"tekton.dev/v1beta1", "ClusterTask", "'spec':{'steps':[{'image':'1'}]}",
         "  spec.steps[0].image \"\" 1\n"},
        {"tekton.dev/v1", "TaskRun", "'spec':{'taskSpec':{'steps':[{'image':'1'}]}}",
         "  spec.taskSpec.steps[0].image \"\" 1\n"},
        {"tekton.dev/v1", "Pipeline", "'spec':{'tasks':[{'taskSpec':{'steps':[{'image':'1'}]}}]}",
         "  spec.tasks[0].taskSpec.steps[0].image \"\" 1\n"},
        {"tekton.dev/v1", "PipelineRun",
         "'spec':{'pipelineSpec':{'finally':[{'taskSpec':{'stepTemplate':{'image':'1'}}}]}}",
         "  spec.pipelineSpec.finally[0].taskSpec.stepTemplate.image \"\" 1\n"},
        {"tekton.dev/v1beta1", "StepAction", "'spec':{'image':'1'}", "  spec.image \"\" 1\n"},
        {"serving.kserve.io/v1beta1", "InferenceService",
         "'spec':{'predictor':{'model':{'name':'m','image':'1'}},'transformer':{'containers':[{'image':'2'}]}"
         ","
         "'explainer':{'art':{'image':'3'}}}",
         "  spec.predictor.model.image \"m\" 1\n  spec.transformer.containers[0].image \"\" 2\n"
         "  spec.explainer.art.image \"\" 3\n"},
        {"serving.kserve.io/v1beta1", "InferenceService", "'spec':{'predictor':{'sklearn':{'image':'1'}}}",
         "  spec.predictor.sklearn.image \"\" 1\n"},
        {"serving.kserve.io/v1alpha1", "ServingRuntime", "'spec':{" CONTAINERS "}",
         "  spec.containers[0].image \"c\" i\n"},
        {"serving.kserve.io/v1alpha1", "ClusterServingRuntime", "'spec':{" CONTAINERS "}",
         "  spec.containers[0].image \"c\" i\n"},
        {"sparkoperator.k8s.io/v1beta2", "SparkApplication",
         "'spec':{'image':'1','driver':{'image':'2','sidecars':[{'name':'s','image':'3'}],"
         "'initContainers':[{'image':'4'}]},'executor':{'image':'5'}}",
         "  spec.image \"\" 1\n  spec.driver.image \"\" 2\n  spec.driver.sidecars[0].image \"s\" 3\n"
         "  spec.driver.initContainers[0].image \"\" 4\n  spec.executor.image \"\" 5\n"},
        {"sparkoperator.k8s.io/v1beta2", "ScheduledSparkApplication",
         "'spec':{'template':{'image':'1','driver':{'image':'2'},'executor':{'image':'3','sidecars':"
         "[{'image':'4'}]}}}",
         "  spec.template.image \"\" 1\n  spec.template.driver.image \"\" 2\n"
         "  spec.template.executor.image \"\" 3\n  spec.template.executor.sidecars[0].image \"\" 4\n"},
        {"x.example/v1", "Workflow", "'spec':{'templates':[{'container':{'image':'1'}}],'image':'2'}", ""},
    };
    (void)state;
    check_cases(cases, COUNT(cases), NULL, 0);
}

static void extra_shapes_count_for_the_kinds_they_name(void **state)
{
    static const struct shelflife_shape extra[] = {
        {STR_INIT("x.example"), STR_INIT("Thing"), STR_INIT("spec.runner.image")},
        {STR_INIT("x.example"), STR_INIT(""), STR_INIT("spec.*.tool")},
        {STR_INIT("*"), STR_INIT("List"), STR_INIT("items[].images[]")},
        {STR_INIT("y.example"), STR_INIT("*"), STR_INIT("data[\"a.b/c\\\"d\"].**.x")},
        {STR_INIT(""), STR_INIT("Pod"), STR_INIT("spec.extra[][].image")},
    };
    static const struct image_case cases[] = {
        {"x.example/v1", "Thing", "'spec':{'runner':{'image':'1','tool':'2','name':'n'},'image':'3'}",
         "  spec.runner.image \"n\" 1\n  spec.runner.tool \"n\" 2\n"},
        {"x.example/v1", "Other", "'spec':{'runner':{'image':'1','tool':'2'}}",
         "  spec.runner.tool \"\" 2\n"},
        {"z.example/v1", "Thing", "'spec':{'runner':{'image':'1','tool':'2'}}", ""},
        {"x.example/v1", "Thing", "'spec':{'runner':[{'image':'1','tool':'2'}],'status':{'tool':'3'}}", ""},
        {"z.example/v1", "List", "'items':[{'images':['1','2',3,' ',{'x':'4'},'5'],'name':'n'}]",
         "  items[0].images[0] \"\" 1\n  items[0].images[1] \"\" 2\n  items[0].images[5] \"\" 5\n"},
        {"y.example/v1", "A", "'data':{'a.b/c\\'d':{'x':'1','p q':[{'x':'2'}]},'a':{'x':'3'}}",
         "  data[\"a.b/c\\\"d\"].x \"\" 1\n  data[\"a.b/c\\\"d\"][\"p q\"][0].x \"\" 2\n"},
        {"v1", "Pod", "'spec':{'extra':[[],[{'image':'1'}]]," CONTAINERS "}",
         "  spec.extra[1][0].image \"\" 1\n  spec.containers[0].image \"c\" i\n"},
    };
    (void)state;
    check_cases(cases, COUNT(cases), extra, COUNT(extra));
}

static void text_is_decoded_before_it_is_compared(void **state)
{
    static const struct image_case cases[] = {
        {"v1", "Pod",
         "'sp\\u0065c':{'cont\\u0061iners':[{'im\\u0061ge':'a\\/b\\u003a1','n\\u0061me':'\\u0063'}]}",
         "  spec.containers[0].image \"c\" a/b:1\n"},
        {"v1", "Pod", "'spec\\u0000':{" CONTAINERS "},'spe':{" CONTAINERS "}", ""},
        {"v1", "Pod", "'SPEC':{" CONTAINERS "},'spec':{'Containers':[{'image':'1'}]}", ""},
        {"x.example/v1", "Thing", "'spec':{'':{" CONTAINERS "},'a\\n\\\\':{" CONTAINERS "}}",
         "  spec[\"\"].containers[0].image \"c\" i\n  spec[\"a\\u000a\\\\\"].containers[0].image \"c\" i\n"},
        /* a name is shown as valid UTF-8, an image is as it was */
        {"v1", "Pod", "'spec':{'containers':[{'name':'a\\ud800b','image':'\\u00e9'}]}",
         "  spec.containers[0].image \"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
         "b\" \xc3\xa9\n"},
    };
    (void)state;
    check_cases(cases, COUNT(cases), NULL, 0);
}

static void blank_and_other_values_are_no_images(void **state)
{
    static const struct image_case cases[] = {
        {"v1", "Pod",
         "'spec':{'containers':[{'image':''},{'image':' '},{'image':'\\t\\n '},{'image':null},{'image':1},"
         "{'image':true},{'image':[]},{'image':['i']},{},'image',[],{'name':'n'},{'image':' i '}]}",
         "  spec.containers[12].image \"\"  i \n"},
        {"v1", "Pod", "'spec':{'containers':[{'name':'n','image':'i','name':null}]}",
         "  spec.containers[0].image \"\" i\n"},
        {"v1", "Pod", "'spec':null", ""},
        {"v1", "Pod", "'spec':'containers'", ""},
        {"v1", "Pod", "'spec':{'containers':[{'image':'i','name':5}]}",
         "  spec.containers[0].image \"\" i\n"},
        {"v1", "Pod", "'spec':{'containers':[{'name':{'name':'n'},'image':'i'}]}",
         "  spec.containers[0].image \"\" i\n"},
        {"v1", "Pod", "'spec':{'containers':[{'name':['n'],'image':'i'}]}",
         "  spec.containers[0].image \"\" i\n"},
    };
    (void)state;
    check_cases(cases, COUNT(cases), NULL, 0);
}

static void all_images_of_duplicate_keys_count(void **state)
{
    static const struct image_case cases[] = {
        {"v1", "Pod",
         "'spec':{'containers':[{'image':'1','name':'a','image':'2','name':'b'}],'containers':[{'image':'3'}]"
         "},"
         "'spec':{'containers':[{'image':'4'}]},'spec':null",
         "  spec.containers[0].image \"b\" 1\n  spec.containers[0].image \"b\" 2\n"
         "  spec.containers[0].image \"\" 3\n  spec.containers[0].image \"\" 4\n"},
    };
    (void)state;
    check_cases(cases, COUNT(cases), NULL, 0);
    struct run run;
    run_init(&run, MEMORY, NULL, 0, NULL, 0);
    /* of the kind the last counts, whatever stood between */
    str text = quoted(&run.memory, "{'kind':'Event','apiVersion':'v1','spec':{'a':{" CONTAINERS
                                   "}," CONTAINERS "},'kind':'Pod'}");
    str copy;
    arena texts;
    shelflife_arena_init(&texts, 1 << 16);
    assert_true(shelflife_arena_copy(&texts, text, &copy));
    check_images(&run, "", "", copy, copy.len, "  spec.containers[0].image \"c\" i\n");
    shelflife_arena_free(&texts);
    run_free(&run);
}

static void a_value_that_is_no_map_has_no_images(void **state)
{
    static const char *const texts[] = {
        "[{\"spec\":{\"containers\":[{\"image\":\"i\"}]}}]", "\"spec\"", "12.5", "true", "null", "{}", "[]"};
    static const struct shelflife_shape everything[] = {{STR_INIT("*"), STR_INIT("*"), STR_INIT("**.image")}};
    struct run run;
    (void)state;
    run_init(&run, MEMORY, everything, 1, NULL, 0);
    for (size_t i = 0; i < COUNT(texts); i++)
        for (size_t chunk = 1; chunk < 100; chunk += 50)
            check_images(&run, "", "", shelflife_str_of(texts[i]), chunk, "");
    run_free(&run);
}

static void metadata_and_fields_are_told(void **state)
{
    static const str fields[] = {
        STR_INIT("spec.nodeName"), STR_INIT("metadata.labels[\"a.example/team\"]"),
        STR_INIT("spec.replicas"), STR_INIT("spec.on"),
        STR_INIT("spec.off"),      STR_INIT("spec.none"),
        STR_INIT("status.phase"),  STR_INIT("kind"),
        STR_INIT("missing"),
    };
    static const char *const values[] = {"n1", "ml", "1e400", "true", "false", NULL, "Running", "Pod", NULL};
    static const char text[] =
        "{'spec':{'nodeName':'n1','replicas':1e400,'on':true,'off':false,'none':'x','none':null},"
        "'status':{'phase':'Running'},'kind':'Pod','metadata':{'uid':'u','name':'first','labels':"
        "{'a.example/team':'ml','team':'x'},'generateName':'g-','ownerReferences':[{'kind':'A','name':'a',"
        "'controller':false},{'controller':true,'apiVersion':'apps/v1','kind':'ReplicaSet','name':'rs',"
        "'uid':'o','blockOwnerDeletion':true},{'kind':'B','name':'b'}],'namespace':'ns','annotations':"
        "{'kubernetes.io/config.mirror':'x','a':'b'},'name':'last'},'apiVersion':'v1'}";
    struct run run;
    arena texts;
    (void)state;
    run_init(&run, MEMORY, NULL, 0, fields, COUNT(fields));
    shelflife_arena_init(&texts, 1 << 16);
    str t = quoted(&texts, text);
    for (size_t chunk = 1; chunk <= t.len; chunk += t.len - 1) {
        const struct shelflife_object *o = run_text(&run, "", "", t, chunk);
        assert_non_null(o);
        assert_str_equal(o->api_version, "v1");
        assert_str_equal(o->kind, "Pod");
        assert_str_equal(o->namespace_name, "ns");
        assert_str_equal(o->name, "last");
        assert_str_equal(o->generate_name, "g-");
        assert_str_equal(o->uid, "u");
        assert_str_equal(o->owner.api_version, "apps/v1");
        assert_str_equal(o->owner.kind, "ReplicaSet");
        assert_str_equal(o->owner.name, "rs");
        assert_str_equal(o->owner.uid, "o");
        assert_true(o->mirror_pod);
        for (size_t i = 0; i < COUNT(fields); i++) {
            assert_int_equal(o->fields[i].at != NULL, values[i] != NULL);
            assert_str_equal(o->fields[i], values[i]);
        }
        assert_ptr_equal(shelflife_extractor_object(run.extractor, NULL), o);
    }
    shelflife_arena_free(&texts);
    run_free(&run);
}

static void an_owner_is_a_controller_reference_of_the_last_list(void **state)
{
    static const struct {
        const char *metadata, *owner;
        bool mirror;
    } cases[] = {
        {"{}", NULL, false},
        {"null", NULL, false},
        {"{'ownerReferences':[{'kind':'A'}]}", NULL, false},
        {"{'ownerReferences':[{'kind':'A','controller':'true'}]}", NULL, false},
        {"{'ownerReferences':[{'kind':'A','controller':true}]}", "A", false},
        {"{'ownerReferences':[{'controller':true,'kind':'A'},{'kind':'B'}]}", "A", false},
        {"{'ownerReferences':[{'controller':true,'kind':'A','controller':false}]}", NULL, false},
        {"{'ownerReferences':[{'controller':true,'kind':'A'}],'ownerReferences':null}", NULL, false},
        {"{'ownerReferences':[{'controller':true,'kind':'A'}],'ownerReferences':[]}", NULL, false},
        {"{'ownerReferences':[{'controller':true,'kind':{'x':1}}]}", NULL, false},
        {"{'ownerReferences':{'controller':true,'kind':'A'}}", NULL, false},
        {"{'ownerReferences':[{'kind':'A'},{'controller':true,'name':'n'}]}", NULL, false},
        {"{'ownerReferences':[[{'controller':true,'kind':'A'}]]}", NULL, false},
        {"{'annotations':{'kubernetes.io/config.mirror':'x'}}", NULL, true},
        {"{'annotations':{'kubernetes.io/config.mirror':''}}", NULL, true},
        {"{'annotations':{'kubernetes.io/config.mirror':null}}", NULL, false},
        {"{'annotations':{'kubernetes':{'io/config':{'mirror':'x'}}}}", NULL, false},
        {"{'labels':{'kubernetes.io/config.mirror':'x'}}", NULL, false},
    };
    struct run run;
    arena texts;
    (void)state;
    run_init(&run, MEMORY, NULL, 0, NULL, 0);
    shelflife_arena_init(&texts, 1 << 16);
    for (size_t i = 0; i < COUNT(cases); i++) {
        str format, text;
        assert_true(shelflife_arena_format(&texts, &format, "{'metadata':%s}", cases[i].metadata));
        text = quoted(&texts, format.at);
        const struct shelflife_object *o = run_text(&run, "", "Pod", text, text.len);
        assert_non_null(o);
        assert_str_equal(o->owner.kind, cases[i].owner);
        assert_int_equal(o->owner.kind.at != NULL, cases[i].owner != NULL);
        assert_int_equal(o->mirror_pod, cases[i].mirror);
    }
    shelflife_arena_free(&texts);
    run_free(&run);
}

static void append_times(buffer *b, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        shelflife_buffer_append(b, shelflife_str_of(text));
}

static void long_paths_and_names_lose_their_middle(void **state)
{
    struct run run;
    buffer text;
    (void)state;
    run_init(&run, MEMORY, NULL, 0, NULL, 0);
    shelflife_buffer_init(&text, 1 << 20);
    shelflife_buffer_append(&text, STR("{\"spec\":{\""));
    append_times(&text, "\xc3\xa9", 300); /* one key past what is kept */
    shelflife_buffer_append(&text, STR("\":{\"k\":"));
    append_times(&text, "[", 300);
    shelflife_buffer_append(&text, STR("{\"containers\":[{\"name\":\""));
    append_times(&text, "n\xe2\x82\xac", 500);
    shelflife_buffer_append(&text, STR("\",\"image\":\"i\"}]}"));
    append_times(&text, "]", 300);
    shelflife_buffer_append(&text, STR("}}}"));
    for (size_t chunk = 1; chunk <= text.len; chunk += text.len - 1) {
        const struct shelflife_object *o = run_text(&run, "x", "Y", shelflife_buffer_str(&text), chunk);
        assert_non_null(o);
        assert_int_equal(o->image_count, 1);
        str path = o->images[0].path, name = o->images[0].container;
        assert_true(shelflife_str_is_utf8(path) && shelflife_str_is_utf8(name));
        assert_in_range(path.len, SHELFLIFE_PATH_MAX - 12, SHELFLIFE_PATH_MAX);
        assert_in_range(name.len, SHELFLIFE_PATH_MAX - 12, SHELFLIFE_PATH_MAX);
        assert_true(shelflife_str_starts(path, STR("spec[\"\xc3\xa9\xc3\xa9")));
        assert_true(shelflife_str_ends(path, STR("[0][0][0].containers[0].image")));
        assert_true(shelflife_str_starts(name, STR("n\xe2\x82\xacn\xe2\x82\xac")));
        assert_true(shelflife_str_ends(name, STR("n\xe2\x82\xac")));
    }
    shelflife_buffer_free(&text);
    run_free(&run);
}

/* Wherever the kept end of a name begins, a character is not cut. */
static void a_name_is_cut_between_characters(void **state)
{
    struct run run;
    (void)state;
    run_init(&run, MEMORY, NULL, 0, NULL, 0);
    for (size_t pad = 0; pad < 4; pad++) {
        CLEANUP(shelflife_buffer_free) buffer text;
        shelflife_buffer_init(&text, 1 << 20);
        shelflife_buffer_append(&text, STR("{\"spec\":{\"containers\":[{\"image\":\"i\",\"name\":\""));
        append_times(&text, "n\xe2\x82\xac", 500);
        append_times(&text, "z", pad);
        shelflife_buffer_append(&text, STR("\"}]}}"));
        const struct shelflife_object *o = run_text(&run, "", "Pod", shelflife_buffer_str(&text), text.len);
        assert_non_null(o);
        str name = o->images[0].container;
        assert_true(shelflife_str_is_utf8(name));
        assert_in_range(name.len, SHELFLIFE_PATH_MAX - 12, SHELFLIFE_PATH_MAX);
        assert_null(memmem(name.at, name.len, "\xef\xbf\xbd", 3)); /* no replacement character */
    }
    run_free(&run);
}

/* Of an image that arrives in pieces; and the memory that it took is not kept. */
static void a_string_has_the_limit_of_the_arena(void **state)
{
    enum { LENGTH = 200000 };
    struct run run;
    (void)state;
    for (size_t limit = LENGTH - 1; limit < 4 * LENGTH; limit += 2 * LENGTH) {
        CLEANUP(shelflife_buffer_free) buffer text;
        shelflife_buffer_init(&text, 1 << 20);
        run_init(&run, limit, NULL, 0, NULL, 0);
        shelflife_buffer_append(&text, STR("{\"spec\":{\"containers\":[{\"image\":\""));
        append_times(&text, "i", LENGTH);
        shelflife_buffer_append(&text, STR("\"}]}}"));
        const struct shelflife_object *o = run_text(&run, "", "Pod", shelflife_buffer_str(&text), 1000);
        if (limit < LENGTH) {
            assert_null(o);
            assert_int_equal(run.err.kind, SHELFLIFE_ERROR_LIMIT);
            assert_non_null(strstr(run.err.text, "longer than 199999 bytes"));
        } else {
            assert_non_null(o);
            assert_int_equal(o->images[0].text.len, LENGTH);
        }
        check_images(&run, "", "Pod", STR("{\"spec\":{\"containers\":[{\"image\":\"i\"}]}}"), 1,
                     "  spec.containers[0].image \"\" i\n");
        run_free(&run);
    }
}

static void a_path_of_the_greatest_length_is_whole(void **state)
{
    struct run run;
    (void)state;
    run_init(&run, MEMORY, NULL, 0, NULL, 0);
    for (size_t pad = 230; pad < 242; pad++) {
        buffer text;
        shelflife_buffer_init(&text, 1 << 20);
        shelflife_buffer_append(&text, STR("{\"spec\":{\""));
        append_times(&text, "k", pad);
        shelflife_buffer_append(&text, STR("\":{\""));
        append_times(&text, "l", pad);
        shelflife_buffer_append(&text, STR("\":{\"containers\":[{\"image\":\"i\"}]}}}}"));
        const struct shelflife_object *o = run_text(&run, "x", "Y", shelflife_buffer_str(&text), text.len);
        assert_non_null(o);
        str path = o->images[0].path;
        size_t whole = STR("spec...containers[0].image").len + 2 * pad;
        assert_int_equal(path.len, whole > SHELFLIFE_PATH_MAX ? SHELFLIFE_PATH_MAX - 1 : whole);
        shelflife_buffer_free(&text);
    }
    run_free(&run);
}

static void a_path_is_written_from_its_ends(void **state)
{
    enum { LEVELS = 10000 };
    static struct shelflife_workload_place places[LEVELS];
    static const char keys[] = "kk";
    arena memory;
    buffer scratch;
    str path;
    (void)state;
    shelflife_arena_init(&memory, 1 << 16);
    shelflife_buffer_init(&scratch, 1 << 20);
    for (size_t i = 0; i < LEVELS; i++)
        places[i] = (struct shelflife_workload_place){.is_array = i % 2, .index = i, .key_len = 2};
    assert_true(shelflife_workload_path_write(places, LEVELS, keys, &scratch, &memory, &path, NULL));
    assert_true(shelflife_str_starts(path, STR("kk[1].kk[3].kk[5]")));
    assert_true(shelflife_str_ends(path, STR(".kk[9997].kk[9999]")));
    /* what lies between was not looked at */
    assert_true(scratch.capacity <= 4 * (size_t)SHELFLIFE_PATH_MAX);
    shelflife_buffer_free(&scratch);
    shelflife_arena_free(&memory);
}

/* 10,200 levels, an image at every third. Were a path written in all its length, or what is kept not bounded
   for each image, this would be quadratic. */
static void images_at_every_level_cost_the_same(void **state)
{
    enum { LEVELS = 3400 };
    struct run run;
    buffer text;
    (void)state;
    run_init(&run, MEMORY, NULL, 0, NULL, 0);
    shelflife_buffer_init(&text, 1 << 22);
    shelflife_buffer_append(&text, STR("{\"spec\":"));
    append_times(&text, "{\"containers\":[{\"image\":\"i\",\"x\":", LEVELS);
    shelflife_buffer_append(&text, STR("0"));
    append_times(&text, "}]}", LEVELS);
    shelflife_buffer_append(&text, STR("}"));
    for (size_t chunk = 1; chunk <= text.len; chunk += text.len - 1) {
        const struct shelflife_object *o = run_text(&run, "", "", shelflife_buffer_str(&text), chunk);
        if (!o)
            fail_msg("%s", run.err.text);
        assert_int_equal(o->image_count, LEVELS);
        assert_str_equal(o->images[0].path, "spec.containers[0].image");
        for (size_t i = 0; i < LEVELS; i++)
            assert_true(o->images[i].path.len <= SHELFLIFE_PATH_MAX);
        assert_true(shelflife_json_parser_work(run.parser) < 4 * text.len);
        assert_true(run.memory.used < LEVELS * (size_t)1024);
    }
    shelflife_buffer_free(&text);
    run_free(&run);
}

static void five_thousand_containers_are_all_found(void **state)
{
    enum { CONTAINERS_COUNT = 5000 };
    struct run run;
    buffer text;
    (void)state;
    run_init(&run, MEMORY, NULL, 0, NULL, 0);
    shelflife_buffer_init(&text, 1 << 22);
    shelflife_buffer_append(&text, STR("{\"spec\":{\"containers\":["));
    for (unsigned i = 0; i < CONTAINERS_COUNT; i++)
        shelflife_buffer_format(&text, "%s{\"image\":\"i%u\",\"name\":\"n%u\"}", i ? "," : "", i, i);
    shelflife_buffer_append(&text, STR("]}}"));
    const struct shelflife_object *o = run_text(&run, "", "Pod", shelflife_buffer_str(&text), 4096);
    assert_non_null(o);
    assert_int_equal(o->image_count, CONTAINERS_COUNT);
    for (unsigned i = 0; i < CONTAINERS_COUNT; i++) {
        char expected[64];
        snprintf(expected, sizeof(expected), "i%u", i);
        assert_str_equal(o->images[i].text, expected);
        expected[0] = 'n';
        assert_str_equal(o->images[i].container, expected);
        snprintf(expected, sizeof(expected), "spec.containers[%u].image", i);
        assert_str_equal(o->images[i].path, expected);
    }
    shelflife_buffer_free(&text);
    run_free(&run);
}

static void too_much_to_keep_is_a_limit_and_the_next_object_is_well(void **state)
{
    static const char *const places[] = {"{\"spec\":{\"containers\":[{\"image\":\"%s\"}]}}",
                                         "{\"metadata\":{\"name\":\"%s\"}}", "{\"kind\":\"%s\"}"};
    enum { LIMIT = 1 << 16 };
    struct run run;
    char *big = malloc(LIMIT + 1);
    (void)state;
    assert_non_null(big);
    memset(big, 'x', LIMIT);
    big[LIMIT] = '\0';
    run_init(&run, LIMIT, NULL, 0, NULL, 0);
    for (size_t i = 0; i < 2 * COUNT(places); i++) {
        buffer text;
        shelflife_buffer_init(&text, 1 << 20);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        shelflife_buffer_format(&text, places[i / 2], big);
#pragma GCC diagnostic pop
        run.err = (error){0};
        assert_null(run_text(&run, "", "", shelflife_buffer_str(&text), i % 2 ? 1000 : text.len));
        assert_int_equal(run.err.kind, SHELFLIFE_ERROR_LIMIT);
        assert_null(shelflife_extractor_object(run.extractor, NULL));
        shelflife_buffer_free(&text);
        check_images(&run, "", "", STR("{\"spec\":{\"containers\":[{\"image\":\"i\"}]}}"), 7,
                     "  spec.containers[0].image \"\" i\n");
    }
    free(big);
    run_free(&run);
}

static void every_limit_of_memory_is_an_error_or_enough(void **state)
{
    static const str fields[] = {STR_INIT("kind"), STR_INIT("spec.x")};
    arena texts;
    size_t succeeded = 0;
    (void)state;
    shelflife_arena_init(&texts, 1 << 16);
    str text = quoted(&texts, "{'metadata':{'name':'n','ownerReferences':[{'kind':'A','controller':true}]},"
                              "'kind':'Thing','spec':{'x':5,'a':" POD_SPEC "}}");
    for (size_t limit = 0; limit < 4096; limit += 16) {
        struct run run;
        run_init(&run, limit, NULL, 0, fields, COUNT(fields));
        const struct shelflife_object *o = run_text(&run, "", "", text, 3);
        if (o)
            assert_int_equal(o->image_count, 4);
        else
            assert_int_equal(run.err.kind, SHELFLIFE_ERROR_LIMIT);
        succeeded += o != NULL;
        run_free(&run);
    }
    assert_in_range(succeeded, 1, 255);
    shelflife_arena_free(&texts);
}

/* What is kept, and how many images were left out: with the kind known, before the rest, and after it. */
static void images_past_a_limit_are_only_counted(void **state)
{
    (void)state;
    static const struct {
        const char *rest;
        size_t images, bytes, kept, left_out;
    } cases[] = {
        {POD_SPEC, SIZE_MAX, SIZE_MAX, 4, 0},
        {POD_SPEC, 4, 1000, 4, 0},
        {POD_SPEC, 3, 1000, 3, 1},
        {POD_SPEC, 0, 1000, 0, 4},
        {POD_SPEC, 4, 0, 0, 4},
        /* "1" and spec.containers[0].image fit; the next one may exceed the limit by its path. */
        {POD_SPEC, 4, 25, 1, 3},
        {POD_SPEC, 4, 26, 2, 2},
        {"{'containers':[{'image':'long'},{'image':'a'}]}", 2, 3, 1, 1},
        {"{'containers':[{'image':' '},{'image':'a'},{'image':' '}]}", 1, 1000, 1, 0},
    };
    struct run run;
    run_init(&run, MEMORY, NULL, 0, NULL, 0);
    for (size_t i = 0; i < COUNT(cases) * 3; i++) {
        char rest[1000];
        buffer text;
        snprintf(rest, sizeof(rest), "'spec':%s", cases[i / 3].rest);
        shelflife_buffer_init(&text, 1 << 20);
        append_case(&text, &(struct image_case){"v1", "Pod", rest, NULL}, i % 3 == 1);
        shelflife_extractor_limit(run.extractor, cases[i / 3].images, cases[i / 3].bytes);
        const struct shelflife_object *object =
            run_text(&run, "", i % 3 == 2 ? "Pod" : "", shelflife_buffer_str(&text), text.len);
        assert_non_null(object);
        assert_int_equal(object->image_count, cases[i / 3].kept);
        assert_int_equal(object->images_left_out, cases[i / 3].left_out);
        shelflife_buffer_free(&text);
    }
    run_free(&run);
}

/* A Pod has no images at spec.template, but until its kind is known they might be some. */
static void what_is_no_image_of_the_kind_is_not_counted_as_left_out(void **state)
{
    (void)state;
    struct run run;
    run_init(&run, MEMORY, NULL, 0, NULL, 0);
    shelflife_extractor_limit(run.extractor, 1, 1000);
    str text =
        quoted(&run.memory, "{'spec':{'template':{'spec':{" CONTAINERS "}},'containers':[{'image':'1'},"
                            "{'image':'2'}]},'kind':'Pod','apiVersion':'v1'}");
    char copy[1000];
    snprintf(copy, sizeof(copy), "%.*s", STR_PRINT(text));
    const struct shelflife_object *object = run_text(&run, "", "", shelflife_str_of(copy), 1000);
    assert_non_null(object);
    assert_int_equal(object->image_count, 0);
    assert_int_equal(object->images_left_out, 2);
    run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_kinds_have_images_at_their_exact_paths),
        cmocka_unit_test(other_kinds_have_images_wherever_a_pod_template_stands),
        cmocka_unit_test(status_annotations_and_managed_fields_have_none),
        cmocka_unit_test(some_kinds_never_have_images),
        cmocka_unit_test(further_shapes_cover_argo_tekton_kserve_and_spark),
        cmocka_unit_test(extra_shapes_count_for_the_kinds_they_name),
        cmocka_unit_test(text_is_decoded_before_it_is_compared),
        cmocka_unit_test(blank_and_other_values_are_no_images),
        cmocka_unit_test(all_images_of_duplicate_keys_count),
        cmocka_unit_test(a_value_that_is_no_map_has_no_images),
        cmocka_unit_test(metadata_and_fields_are_told),
        cmocka_unit_test(an_owner_is_a_controller_reference_of_the_last_list),
        cmocka_unit_test(long_paths_and_names_lose_their_middle),
        cmocka_unit_test(a_name_is_cut_between_characters),
        cmocka_unit_test(a_string_has_the_limit_of_the_arena),
        cmocka_unit_test(a_path_of_the_greatest_length_is_whole),
        cmocka_unit_test(a_path_is_written_from_its_ends),
        cmocka_unit_test(images_at_every_level_cost_the_same),
        cmocka_unit_test(five_thousand_containers_are_all_found),
        cmocka_unit_test(every_limit_of_memory_is_an_error_or_enough),
        cmocka_unit_test(images_past_a_limit_are_only_counted),
        cmocka_unit_test(what_is_no_image_of_the_kind_is_not_counted_as_left_out),
        cmocka_unit_test(too_much_to_keep_is_a_limit_and_the_next_object_is_well),
    };
    return cmocka_run_group_tests_name("workload", tests, NULL, NULL);
}
