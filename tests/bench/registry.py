#!/usr/bin/env python3
"""What inspecting many images costs: images in a local docker-registry with TLS, each with a configuration of its own,
beside a loop of `skopeo inspect --config`, and that loop with 16 at a time. The programs run in turns; ratios are of one
round, and each figure is the median of the rounds.

usage: tests/bench/registry.py [--quick] [--build FOLDER] [--images COUNT] [--rounds COUNT]"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
import images  # noqa: E402
import registry_rig  # noqa: E402

MEBIBYTES = 32  # the most that shelflife may take
GOALS = {"inspect": {"skopeo": 30, "skopeo, 16 at a time": 4}, "inventory update": {"skopeo": 30, "skopeo, 16 at a time": 4}}


def image(i):
    """About as much as the configuration of an image with 20 lines of history says, 4 KB."""
    return images.Image(
        env=[f"PYTHON_VERSION=3.{8 + i % 6}.{i % 20}", *(f"SETTING_{k}={i:08x}" for k in range(10)), images.NOBODY],
        labels={"org.opencontainers.image.revision": f"{i:040x}", "org.opencontainers.image.source": "https://git.example/a"},
        history=[images.DEBIAN, *(f"/bin/sh -c #(nop) ENV SETTING_{k}={i:08x} {'x' * 100}" for k in range(20))])


def run(command, environment, stdin=None):
    """Seconds of the clock, and mebibytes of memory of the largest process."""
    script = ("import resource, subprocess, sys, time\nt = time.monotonic()\n"
              "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n"
              "r = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
              "print(code, time.monotonic() - t, r.ru_maxrss / 1024)")
    with open(stdin or os.devnull, "rb") as given:
        done = subprocess.run([sys.executable, "-c", script, *map(str, command)], stdin=given, capture_output=True, text=True,
                              check=True, env=environment)
    code, *figures = map(float, done.stdout.split())
    if code != 0:
        sys.exit(f"{command[0]}: exit code {code:.0f}\n{done.stderr[-2000:]}")
    return figures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="small: shows that it works, not how fast")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--images", type=int)
    parser.add_argument("--rounds", type=int)
    options = parser.parse_args()
    count, rounds = (100, 1) if options.quick else (1000, 3)
    count, rounds = options.images or count, options.rounds or rounds
    shelflife = options.build / "shelflife"
    with tempfile.TemporaryDirectory(prefix="shelflife-bench.") as name:
        folder = pathlib.Path(name)
        authority = registry_rig.Authority(folder)
        with registry_rig.Registry(authority=authority, quiet=True) as registry:
            certificates = folder / "certificates"
            certificates.mkdir()
            (certificates / "ca.crt").write_bytes(authority.ca.read_bytes())
            with images.Push(registry) as push:
                names = [f"team-{i % 100}/app:{i // 100}" for i in range(count)]
                for i, path in enumerate(names):
                    push.image(*path.split(":"), image(i))
            listed, environment = folder / "images", {**os.environ, "HOME": name}
            listed.write_text("".join(f"{registry.host}/{path}\n" for path in names))
            skopeo = f"skopeo inspect --config --cert-dir {certificates} docker://{{}} >/dev/null"
            loop = ["xargs", "-I", "{}", "sh", "-c", skopeo]
            ours = {"inspect": [shelflife, "inspect", "--registry-ca", authority.ca, "--auth-file", "",
                                *listed.read_text().split()],
                    "inventory update": [shelflife, "inventory", "update", "--registry-ca", authority.ca, "--auth-file", "", "--images", listed,
                                         "--output", folder / "inventory.json"]}
            theirs = {"skopeo": loop, "skopeo, 16 at a time": [*loop[:1], "-P", "16", *loop[1:]]}
            print(f"{count:,} images in a registry with TLS, {rounds} rounds")
            results = {name: [] for name in [*ours, *theirs]}
            for _ in range(rounds):
                for name, command in {**ours, **theirs}.items():
                    (folder / "inventory.json").unlink(missing_ok=True)
                    results[name].append(run(command, environment, listed))
            report(results, ours, theirs, options.quick)


def report(results, ours, theirs, quick):
    for name, rows in results.items():
        clock, memory = (statistics.median(column) for column in zip(*rows))
        print(f"  {name:22} {clock:8.2f} s {memory:8.1f} MiB")
    missed = []
    for name in ours:
        for other in theirs:
            ratios = [b[0] / a[0] for a, b in zip(results[name], results[other])]
            middle, goal = statistics.median(ratios), GOALS[name][other]
            print(f"  {name}: {middle:.1f} times faster than {other} ({min(ratios):.1f} to {max(ratios):.1f}; goal {goal})")
            if middle < goal and not quick:
                missed.append(f"{name} is only {middle:.1f} times faster than {other}")
        most = max(memory for _, memory in results[name])
        if most >= MEBIBYTES:
            missed.append(f"{name} took {most:.1f} MiB")
    for text in missed:
        print(f"missed: {text}")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
