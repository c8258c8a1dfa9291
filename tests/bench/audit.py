#!/usr/bin/env python3
"""What an audit costs: Pods in pages of 500 from a local stand-in, beside `kubectl get pods -A -o json`; and a file of
`kubectl get -o json`, beside `jq` reading the images out of it, both on one core. Ratios are of one run; each figure is
the median of its rounds.

usage: tests/bench/audit.py [--quick] [--build FOLDER] [--pods COUNT] [--megabytes SIZE]
kubectl and jq are left out where there are none"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
import api_server  # noqa: E402

ONE_CORE = ["taskset", "-c", "0"]
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


def run(command):
    """Seconds of the clock, seconds of processor, and megabytes of memory."""
    script = ("import resource, subprocess, sys, time\nt = time.monotonic()\n"
              "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n"
              "r = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
              "print(code, time.monotonic() - t, r.ru_utime + r.ru_stime, r.ru_maxrss / 1024)")
    done = subprocess.run([sys.executable, "-c", script, *map(str, command)], capture_output=True, text=True, check=True)
    code, *figures = map(float, done.stdout.split())
    if code not in (0, 1):
        sys.exit(f"{command[0]}: exit code {code:.0f}\n{done.stderr}")
    return figures


def in_turns(commands, rounds):
    """{name: [clock, processor, memory of each round]} of {name: command}, which run in turns."""
    results = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            results[name].append(run(command))
    return results


def compare(ours, theirs, rounds, figure):
    """Runs both in turns, and returns what ours takes. `figure` is the one to compare: 0 the clock, 1 the processor."""
    names = {pathlib.Path([c for c in command if c not in ONE_CORE][0]).name: command for command in (ours, theirs) if command}
    results = in_turns(names, rounds)
    for name, figures in results.items():
        clock, processor, memory = map(statistics.median, zip(*figures))
        print(f"  {name:10} {clock:8.2f} s {processor:8.2f} s of processor {memory:8.1f} MiB")
    first, *second = results.values()
    if second:
        ratios = [b[figure] / a[figure] for a, b in zip(first, second[0])]
        print(f"  {'ratio':10} {statistics.median(ratios):8.1f} ({min(ratios):.1f} to {max(ratios):.1f})")
    return statistics.median(figures[figure] for figures in first)


@contextlib.contextmanager
def cluster(count, folder):
    """The kubeconfig of an API server with this number of Pods."""
    pages, last = [], (count - 1) // 500
    for page in range(last + 1):
        items = [pod(i) for i in range(page * 500, min(count, page * 500 + 500))]
        more = {"continue": str(page + 1), "remainingItemCount": count - page * 500 - len(items)} if page < last else {}
        pages.append(json.dumps({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1", **more},
                                 "items": items}, separators=(",", ":")).encode())
    print(f"{count:,} Pods in {len(pages)} pages, {sum(map(len, pages)) / 1e6:.0f} MB", flush=True)

    def answer(handler, plural, query):
        if plural == "pods":
            handler.reply(pages[int(query.get("continue", "0"))])
        return plural == "pods"

    with api_server.Server({}, answer) as server:
        yield server.kubeconfig(folder)


def write_list(megabytes, path):
    """Writes what `kubectl get pods -A -o json` prints."""
    with open(path, "w") as f:
        f.write('{\n    "apiVersion": "v1",\n    "items": [\n')
        i = 0
        while f.tell() < megabytes * 1_000_000:
            f.write((",\n" if i else "") + json.dumps(pod(i), indent=4))
            i += 1
        f.write('\n    ],\n    "kind": "List"\n}\n')
    print(f"a file of {path.stat().st_size / 1e6:.0f} MB, one core", flush=True)
    return path


def bench_cluster(binary, count, rounds, folder):
    with cluster(count, folder) as kubeconfig:
        kubectl = shutil.which("kubectl", path=os.environ.get("KUBEBUILDER_ASSETS", "") + ":" + os.environ["PATH"])
        compare([binary, "audit", "--kubeconfig", kubeconfig],
                kubectl and [kubectl, "--kubeconfig", kubeconfig, "get", "pods", "-A", "-o", "json"], rounds, 0)


def bench_file(binary, megabytes, rounds, folder):
    path = write_list(megabytes, folder / "list.json")
    jq = shutil.which("jq")
    ours = compare([*ONE_CORE, binary, "audit", path],
                   jq and [*ONE_CORE, jq, "-r", ".items[].spec.containers[].image", path], rounds, 1)
    print(f"  {path.stat().st_size / 1e6 / ours:.0f} MB a second of processor")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="small: shows that it works, not how fast")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--pods", type=int)
    parser.add_argument("--megabytes", type=int)
    options = parser.parse_args()
    pods, megabytes, rounds = (2_000, 10, 1) if options.quick else (100_000, 1000, 3)
    with tempfile.TemporaryDirectory(prefix="shelflife-bench.") as folder:
        bench_cluster(options.build / "shelflife", options.pods or pods, rounds, pathlib.Path(folder))
        bench_file(options.build / "shelflife", options.megabytes or megabytes, rounds, pathlib.Path(folder))


if __name__ == "__main__":
    main()
