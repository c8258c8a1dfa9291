#!/usr/bin/env python3
"""What the server costs: reviews a second, processor time, delays, memory, the time of a start, audits and sizes. It is
compared with a bare server and with an earlier build, in turns. The bare server (bare.c) is libmicrohttpd with TLS and a
constant reply, the one that shelflife gives. The earlier build is that of before.sh.

usage: tests/bench/server.py [--quick] [--rounds N] [--json FILE] [--build FOLDER] [--before COMMIT] [--only PART...]

Prints each figure and each ratio: the median of the rounds, with the lowest and the highest. A run fails if a request
fails, but not if a goal is missed, because machines differ."""
import argparse
import collections
import contextlib
import http.client
import json
import operator
import os
import pathlib
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import typing

import audit
from measure import RECORDED, ROOT, Server, flood, large_review, resident, run, running, spawn, spread, steady

PROCESSORS = sorted(os.sched_getaffinity(0))
FIRST, SECOND = set(PROCESSORS[:1]), set(PROCESSORS[1:2])
OTHERS = set(PROCESSORS[2:6]) if len(PROCESSORS) >= 4 else None
# The processors of the server, and of its load. On a machine with less than four, the load shares those of the server in
# the last two.
PLACES = {"apart": (FIRST, SECOND), "one": (FIRST, OTHERS or FIRST), "two": (FIRST | SECOND, OTHERS or FIRST | SECOND)}


class Flood(typing.NamedTuple):
    """As many reviews as can be answered."""
    body: str = "small"
    connections: int = 16
    place: str = "apart"
    close: bool = False
    longer: int = 1  # times; the more connections are opened first, the longer it has to be


FLOODS = {
    "reviews/s": Flood(),
    "reviews/s, 256 connections": Flood(connections=256, longer=3),
    "reviews/s, one core": Flood(place="one"),
    "reviews/s, two cores": Flood(place="two"),
    "reviews/s, 3 MB": Flood(body="large"),
    "reviews/s, new connections": Flood(close=True),
}


class Row(typing.NamedTuple):
    """Samples of (figure, program): alone, divided by those of another, or their difference from those."""
    figure: str
    compared: str
    of: tuple
    beside: tuple | None
    goal: tuple | None  # None: it is only printed

    def values(self, samples):
        if not self.beside:
            return samples[self.of]
        compute = operator.sub if "−" in self.compared else operator.truediv
        return list(map(compute, samples[self.of], samples[self.beside]))


MEETS = {"at least": operator.ge, "at most": operator.le}


def least(number):
    return "at least", number


def most(number):
    return "at most", number


def beside(figure, bare, before, sign="/"):
    """This build beside the two others, with the goal of each."""
    return [Row(figure, f"this {sign} {other}", (figure, "this"), (figure, other), goal)
            for other, goal in (("bare", bare), ("before", before))]


def before(figure, goal=most(1.0)):
    return beside(figure, None, goal)[1:]


def alone(figure, goal):
    return [Row(figure, "this", (figure, "this"), None, goal)]


def within(figure, other, goal):
    """A figure of each program beside another figure of the same one; the goal is this build's."""
    return [Row(f"{figure} / {other}", who, (figure, who), (other, who), goal if who == "this" else None)
            for who in ("this", "bare", "before")]


ROWS = [
    *beside("reviews/s", least(1.0), least(1.9)),
    *beside("processor time of a review, µs", None, None),
    *before("in process, µs", most(0.5)),
    *beside("reviews/s, 3 MB", None, least(1.3)),
    *within("reviews/s, two cores", "reviews/s, one core", least(1.8)),
    *beside("p99 at 1,000/s, ms", most(0.3), None, sign="−"),
    *beside("p99 at 1,000/s with 10/s of 3 MB, ms", most(1.0), None, sign="−"),
    *beside("reviews/s, new connections", least(0.95), None),
    *within("reviews/s, 256 connections", "reviews/s", least(0.9)),
    *alone("start to ready, ms", most(50)), *before("start to ready, ms"),
    *alone("resident idle, MiB", most(12)), *before("resident idle, MiB"),
    *alone("resident with 64 connections, MiB", most(18)), *before("resident with 64 connections, MiB"),
    *before("audit of Pods, s of processor"), *before("audit of Pods, MiB"),
    *before("audit of a file, s of processor"), *before("audit of a file, MiB"),
    *before("size of the program, MB"), *before("size of the image, MB"),
]


def wait_until_ready(process, log):
    """Until /readyz says so. Returns the first line of the log, which has the ports."""
    while process.poll() is None:
        text = log.read_text()
        if "\n" in text:
            first = json.loads(text.split("\n")[0])
            connection = http.client.HTTPConnection("127.0.0.1", first["probePort"], timeout=10)
            connection.request("GET", "/readyz")
            ready = connection.getresponse().status == 200
            connection.close()
            if ready:
                return first
        time.sleep(0.0005)
    raise SystemExit(f"the server ended with {process.returncode}\n{log.read_text()}")


def send_reviews(port, ca):
    """Opens a connection, sends a few reviews, and returns it."""
    connection = http.client.HTTPSConnection("localhost", port, timeout=30, context=ssl.create_default_context(cafile=ca))
    for _ in range(3):
        connection.request("POST", "/validate?timeout=10s", RECORDED.read_bytes(), {"Content-Type": "application/json"})
        reply = connection.getresponse()
        if reply.status != 200:
            raise SystemExit(f"a review got the status {reply.status}")
        reply.read()
    return connection


class Bench:
    """Each part takes one round of samples."""

    def __init__(self, builds, folder, stack, quick):
        self.builds, self.folder, self.stack, self.quick = builds, folder, stack, quick
        self.samples = collections.defaultdict(list)
        self.servers = {}
        self.seconds = 1 if quick else 3
        run(FIRST, [builds["this"] / "shelflife", "certs", "init", "--dir", folder, "localhost", "127.0.0.1"])
        for body, content in (("small", RECORDED.read_bytes()), ("large", large_review(3_000_000))):
            (folder / body).write_bytes(content)
            judged = subprocess.run([builds["this"] / "shelflife", "review", folder / body], stdout=subprocess.PIPE)
            (folder / f"{body}.reply").write_bytes(judged.stdout.rstrip(b"\n"))

    def server(self, who, body, processors):
        """Each is started on its processors, because a server may have as many threads as they are."""
        name = who, body, frozenset(processors)
        if name not in self.servers:
            program = self.builds["this"] / "tests/bench_bare" if who == "bare" else self.builds[who] / "tests/bench_server"
            reply = [self.folder / f"{body}.reply"] if who == "bare" else []
            self.servers[name] = Server(processors, [program, self.folder / "tls.crt", self.folder / "tls.key", *reply])
            self.stack.enter_context(running(self.servers[name].process))
        return self.servers[name]

    def programs(self):
        return ["bare", *self.builds]

    def reviews(self):
        for figure, (body, connections, place, close, longer) in FLOODS.items():
            for who in self.programs():
                processors, load = PLACES[place]
                rate, processor = flood(self.server(who, body, processors), load, self.folder / body, connections,
                                        self.seconds * longer, close)
                self.samples[figure, who].append(rate)
                if place == "one":
                    self.samples["processor time of a review, µs", who].append(processor)

    def delays(self):
        processors, load = PLACES["apart"]
        program, seconds = self.builds["this"] / "tests/bench_steady", 2 * self.seconds
        for who in self.programs():
            server = self.server(who, "small", processors)
            small = program, server, load, self.folder / "small", 1000, seconds, 16
            large = program, server, load, self.folder / "large", 10, seconds, 1
            with steady(*small) as p99:
                self.samples["p99 at 1,000/s, ms", who].append(p99())
            with steady(*large, lowest_priority=True) as p99_of_large, steady(*small) as p99:
                self.samples["p99 at 1,000/s with 10/s of 3 MB, ms", who].append(p99())
                self.samples["p99 of these of 3 MB, ms", who].append(p99_of_large())

    def in_process(self):
        for who, build in self.builds.items():
            out = run(FIRST, [build / "tests/bench_admission", RECORDED])
            self.samples["in process, µs", who].append(float(re.search(r"([\d.]+) us", out)[1]))

    def start(self):
        for who, build in self.builds.items():
            with open(self.folder / "log", "w+") as log, contextlib.ExitStack() as stack:
                began = time.perf_counter()
                process = stack.enter_context(running(spawn(FIRST, [
                    build / "shelflife", "serve", "--listen", "127.0.0.1:0", "--probe-listen", "127.0.0.1:0", "--tls-cert",
                    self.folder / "tls.crt", "--tls-key", self.folder / "tls.key"], stderr=log)))
                ports = wait_until_ready(process, self.folder / "log")
                self.samples["start to ready, ms", who].append((time.perf_counter() - began) * 1000)
                time.sleep(0.5)
                self.samples["resident idle, MiB", who].append(resident(process.pid))
                for _ in range(64):
                    stack.enter_context(contextlib.closing(send_reviews(ports["port"], self.folder / "ca.crt")))
                self.samples["resident with 64 connections, MiB", who].append(resident(process.pid))

    def audits(self):
        pods, megabytes, rounds = (2_000, 10, 1) if self.quick else (100_000, 1_000, 3)

        def measure(what, *arguments):
            pin = ["taskset", "-c", str(min(FIRST))]
            commands = {who: [*pin, build / "shelflife", "audit", *arguments] for who, build in self.builds.items()}
            for who, figures in audit.in_turns(commands, rounds).items():
                _, processor, memory = zip(*figures)
                self.samples[f"audit of {what}, s of processor", who] += processor
                self.samples[f"audit of {what}, MiB", who] += memory

        with audit.cluster(pods, self.folder) as kubeconfig:
            measure("Pods", "--kubeconfig", kubeconfig)
        measure("a file", audit.write_list(megabytes, self.folder / "list.json"))
        (self.folder / "list.json").unlink()

    def sizes(self):
        """Without debug information, as users get them; the image is a tar archive with compressed layers."""
        for who, build in self.builds.items():
            source = ROOT if who == "this" else build.parents[1]
            program, image = self.folder / "program", self.folder / "image.tar"
            run(SECOND, ["strip", "--strip-all", "-o", program, build / "shelflife"])
            run(SECOND, ["env", f"TMPDIR={self.folder}", f"SHELFLIFE={program}", "SOURCE_DATE_EPOCH=0",
                         f"REVISION={'0' * 40}", source / "deploy/image/build.sh", image])
            self.samples["size of the program, MB", who].append(program.stat().st_size / 1e6)
            self.samples["size of the image, MB", who].append(image.stat().st_size / 1e6)


PARTS = {"reviews": Bench.reviews, "delays": Bench.delays, "in-process": Bench.in_process, "start": Bench.start,
         "audits": Bench.audits, "sizes": Bench.sizes}
ONCE = "audits", "sizes"


def find_before(commit):
    """The folder of the build of that commit, or None if this clone does not have it."""
    folder = run(PROCESSORS, [ROOT / "tests/bench/before.sh", *([commit] if commit else [])], codes=(0, 3)).strip()
    return pathlib.Path(folder) if folder else None


def describe_run(builds, quick):
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return {"machine": {"processor": model[1] if model else os.uname().machine, "processors": len(PROCESSORS),
                        "kernel": os.uname().release},
            "this": commit.stdout.strip(), "before": builds["before"].parents[1].name if "before" in builds else None,
            "quick": quick}


def describe(row, samples):
    median, lowest, highest = (round(value, 2) for value in spread(row.values(samples)))
    result = {"figure": row.figure, "compared": row.compared, "median": median, "lowest": lowest, "highest": highest}
    if row.goal:
        word, number = row.goal
        result |= {"goal": f"{word} {number}", "met": MEETS[word](median, number)}
    return result


def table(titles, lines):
    print("\n| " + " | ".join(titles) + " |\n|" + "---|" * len(titles))
    for line in lines:
        print("| " + " | ".join(line) + " |")


def report(samples, goals):
    programs = ("this", "bare", "before")
    table(("figure", *programs), (
        (figure, *("{:,.2f} ({:,.2f} to {:,.2f})".format(*spread(samples[figure, who])) if (figure, who) in samples else ""
                   for who in programs))
        for figure in dict.fromkeys(figure for figure, _ in samples)))
    table(("figure", "of", "median (lowest to highest)", "goal", ""), (
        (row["figure"], row["compared"], "{median:.2f} ({lowest:.2f} to {highest:.2f})".format(**row), row.get("goal", ""),
         {True: "met", False: "missed"}.get(row.get("met"), "")) for row in goals))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="one short round: shows that it works, not how fast it is")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write all figures and ratios to this file")
    parser.add_argument("--build", type=pathlib.Path, metavar="FOLDER", default=ROOT / "build/release")
    parser.add_argument("--before", metavar="COMMIT", help="compare with the build of this commit; see before.sh")
    parser.add_argument("--only", nargs="+", metavar="PART", choices=PARTS, default=list(PARTS), help=", ".join(PARTS))
    options = parser.parse_args()
    if not SECOND:
        sys.exit("server.py: the server and its load need a processor each, and there is only one")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    earlier = find_before(options.before)
    builds = {"this": options.build.resolve(), **({"before": earlier} if earlier else {})}
    os.sched_setaffinity(0, SECOND)
    with tempfile.TemporaryDirectory(prefix="shelflife-bench.") as folder, contextlib.ExitStack() as stack:
        bench = Bench(builds, pathlib.Path(folder), stack, options.quick)
        for part in options.only:
            for _ in range(1 if options.quick or part in ONCE else options.rounds):
                PARTS[part](bench)
            print(f"{part}: measured", flush=True)
    goals = [describe(row, bench.samples) for row in ROWS if {row.of, row.beside or row.of} <= bench.samples.keys()]
    report(bench.samples, goals)
    if options.quick:
        print("\nThis was one short round: it shows that all is measured, not how fast it is.")
    if options.json:
        figures = [{"figure": figure, "program": who, "samples": values} for (figure, who), values in bench.samples.items()]
        kept = {**describe_run(builds, options.quick), "goals": goals, "figures": figures}
        options.json.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
