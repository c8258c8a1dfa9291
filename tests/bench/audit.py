#!/usr/bin/env python3
"""What an audit costs: Pods in pages of 500 from a local stand-in, beside `kubectl get pods -A -o json`; and a file of
`kubectl get -o json`, beside `jq` reading the images out of it. Ratios are of one run.

usage: audit.py [PODS [MEGABYTES]]    SHELFLIFE names the binary; kubectl and jq are left out where there are none"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
import api_server  # noqa: E402

BINARY = os.environ.get("SHELFLIFE", ROOT / "build/release/shelflife")
IMAGES = ["python:3.8-slim-bookworm", "debian:11", "redis:7.2", "nginx:1.25", "ghcr.io/acme/app:1"]


def pod(i):
    """About what a real one is, 2.8 KB."""
    fields = {"f:metadata": {"f:labels": {".": {}, "f:app": {}}}, "f:spec": {"f:containers": {'k:{"name":"main"}': {
        ".": {}, "f:image": {}, "f:imagePullPolicy": {}, "f:resources": {}}}}}
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": f"web-{i % 2000}-{i:06}", "namespace": f"team-{i % 50}", "uid": f"{i:032x}",
                     "labels": {"app": f"app-{i % 2000}", "pod-template-hash": "6d4b75cb6d"},
                     "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"web-{i % 2000}",
                                          "uid": "u", "controller": True, "blockOwnerDeletion": True}],
                     "managedFields": [{"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1",
                                        "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields}] * 3},
        "spec": {"nodeName": f"node-{i % 300}", "containers": [{
            "name": "main", "image": IMAGES[i % 5], "env": [{"name": f"E{k}", "value": "v" * 20} for k in range(12)],
            "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}]},
        "status": {"phase": "Running", "conditions": [
            {"type": t, "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
            for t in ("Initialized", "Ready", "ContainersReady", "PodScheduled")]}}


def measure(name, command):
    """Seconds of the clock, seconds of processor, and megabytes of memory."""
    script = ("import resource, subprocess, sys, time\nt = time.monotonic()\n"
              "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n"
              "r = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
              "print(code, time.monotonic() - t, r.ru_utime + r.ru_stime, r.ru_maxrss / 1024)")
    done = subprocess.run([sys.executable, "-c", script, *map(str, command)], capture_output=True, text=True, check=True)
    code, clock, processor, memory = map(float, done.stdout.split())
    if code not in (0, 1):
        sys.exit(f"{name}: exit code {code:.0f}\n{done.stderr}")
    print(f"{name:24} {clock:8.2f} s {processor:8.2f} s of processor {memory:8.1f} MiB")
    return clock, processor


def bench_cluster(count, folder):
    pages, last = [], (count - 1) // 500
    for page in range(last + 1):
        items = [pod(i) for i in range(page * 500, min(count, page * 500 + 500))]
        more = {"continue": str(page + 1), "remainingItemCount": count - page * 500 - len(items)} if page < last else {}
        pages.append(json.dumps({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1", **more},
                                 "items": items}, separators=(",", ":")).encode())
    print(f"{count} Pods in {len(pages)} pages, {sum(map(len, pages)) / 1e6:.0f} MB")

    def answer(handler, plural, query):
        if plural == "pods":
            handler.reply(pages[int(query.get("continue", "0"))])
        return plural == "pods"

    with api_server.Server({}, answer) as server:
        kubeconfig = server.kubeconfig(folder)
        ours, _ = measure("shelflife audit", [BINARY, "audit", "--kubeconfig", kubeconfig])
        kubectl = shutil.which("kubectl", path=os.environ.get("KUBEBUILDER_ASSETS", "") + ":" + os.environ["PATH"])
        if kubectl:
            theirs, _ = measure("kubectl get pods -A", [kubectl, "--kubeconfig", kubeconfig, "get", "pods", "-A", "-o", "json"])
            print(f"ratio {theirs / ours:.1f}")


def bench_file(megabytes, folder):
    path = folder / "list.json"
    with open(path, "w") as f:
        f.write('{\n    "apiVersion": "v1",\n    "items": [\n')
        i = 0
        while f.tell() < megabytes * 1_000_000:
            f.write((",\n" if i else "") + json.dumps(pod(i), indent=4))
            i += 1
        f.write('\n    ],\n    "kind": "List"\n}\n')
    size = path.stat().st_size / 1e6
    print(f"a file of {size:.0f} MB")
    _, ours = measure("shelflife audit", [BINARY, "audit", path])
    print(f"{size / ours:.0f} MB a second of processor")
    if shutil.which("jq"):
        _, theirs = measure("jq", ["jq", "-r", ".items[].spec.containers[].image", path])
        print(f"ratio {theirs / ours:.1f}")


def main():
    with tempfile.TemporaryDirectory(prefix="shelflife-bench.") as folder:
        bench_cluster(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, pathlib.Path(folder))
        bench_file(int(sys.argv[2]) if len(sys.argv) > 2 else 1000, pathlib.Path(folder))


if __name__ == "__main__":
    main()
