"""Called by generate.sh. Splits the rendered chart, all.yaml, into a file for each kind in base/, without the
ValidatingWebhookConfiguration, and writes what newer.yaml has in addition as a component of patches."""
import pathlib
import re
import sys

import yaml

work = pathlib.Path(sys.argv[1])
component = work / "components/kubernetes-1.30"


def documents(name):
    """Yields (text, object) for each document; the text includes comments."""
    for text in re.split(r"^---\n", (work / name).read_text(), flags=re.M):
        thing = yaml.safe_load(text)
        if thing:
            yield text.strip() + "\n", thing


def write_kustomization(folder, kind, version, about, **lists):
    lines = [f"# {about}", f"apiVersion: kustomize.config.k8s.io/{version}", f"kind: {kind}"]
    for key, entries in lists.items():
        lines += [f"{key}:"] + [f"  - {entry}" for entry in entries]
    (folder / "kustomization.yaml").write_text("\n".join(lines) + "\n")


def write_base():
    files = {}
    for text, thing in documents("all.yaml"):
        if thing["kind"] != "ValidatingWebhookConfiguration":
            files.setdefault(thing["kind"].lower() + ".yaml", []).append(text)
    for name, texts in files.items():
        (work / "base" / name).write_text("---\n".join(texts))
    write_kustomization(work / "base", "Kustomization", "v1beta1",
                        "Everything except the ValidatingWebhookConfiguration, which the overlays add. By itself this judges nothing.",
                        resources=["namespace.yaml", *sorted(files)])


def write_patch(thing, **fields):
    name = thing["kind"].lower() + ".yaml"
    patch = {"apiVersion": thing["apiVersion"], "kind": thing["kind"], "metadata": {
        key: value for key, value in thing["metadata"].items() if key in ("name", "namespace")}, **fields}
    (component / name).write_text(yaml.safe_dump(patch, sort_keys=False, width=1000))
    return f"path: {name}"


def write_component():
    old = {(thing["kind"], thing["metadata"]["name"]) for _, thing in documents("all.yaml")}
    patches, added = [], []
    for text, thing in documents("newer.yaml"):
        if (thing["kind"], thing["metadata"]["name"]) not in old:
            added.append(text)
        elif thing["kind"] == "ValidatingWebhookConfiguration":
            patches.append(write_patch(thing, webhooks=[
                {key: webhook[key] for key in ("name", "matchConditions")} for webhook in thing["webhooks"]]))
        elif thing["kind"] == "PodDisruptionBudget":
            patches.append(write_patch(thing, spec={
                "unhealthyPodEvictionPolicy": thing["spec"]["unhealthyPodEvictionPolicy"]}))
        elif thing["kind"] == "Deployment":
            spec = thing["spec"]["template"]["spec"]
            patches.append(write_patch(thing, spec={"template": {"spec": {
                "topologySpreadConstraints": spec["topologySpreadConstraints"],
                "containers": [{key: c[key] for key in ("name", "lifecycle")} for c in spec["containers"]]}}}))
    (component / "admissionpolicies.yaml").write_text("---\n".join(added))
    write_kustomization(component, "Component", "v1alpha1", "Features that need Kubernetes 1.30 or later.",
                        resources=["admissionpolicies.yaml"], patches=patches)


write_base()
write_component()
