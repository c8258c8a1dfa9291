#!/usr/bin/env python3
"""Reviews a second over TLS keep-alive, as a ratio to the same server discarding the body and sending a fixed
reply, which is the one that the judging server gives; both measured in turns, in one run, the server pinned to one
core. The load (wrk) has another core, for reviews a second; then the same core, for processor time: there the server
never pays for waking an idle core, as it does for each reply if it is slower than the load.

usage: tests/bench/server.py [--quick] [--build FOLDER]"""
import argparse
import copy
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONNECTIONS = 16
LUA = 'wrk.method = "POST"\nwrk.path = "/validate?timeout=10s"\nwrk.headers["Content-Type"] = "application/json"\n' \
      'local f = io.open(%s, "rb")\nwrk.body = f:read("*a")\nf:close()\n' \
      'done = function(summary, latency, requests) io.write(string.format("result %%f %%d %%d %%d\\n", ' \
      'summary.requests / summary.duration * 1e6, latency:percentile(50), latency:percentile(99), ' \
      'summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + ' \
      'summary.errors.timeout)) end\n'


def large_review(recorded, size):
    """The recorded Pod review with its first container repeated until the body has `size` bytes."""
    review = copy.deepcopy(recorded)
    containers = review["request"]["object"]["spec"]["containers"]
    one = json.dumps(containers[0])
    for i in range(1, (size - len(json.dumps(review))) // len(one) + 1):
        containers.append({**json.loads(one), "name": f"main-{i}"})
    return review


class Server:
    def __init__(self, program, folder, *reply):
        self.process = subprocess.Popen(["taskset", "-c", "0", program, folder / "tls.crt", folder / "tls.key", *reply],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = int(self.process.stdout.readline())

    def resident(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024

    def cpu(self):
        """Seconds of processor time the server has used."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def load(self, core, lua, seconds):
        """Reviews a second, p50 and p99 in milliseconds, microseconds of processor time of the server for each."""
        before = self.cpu()
        command = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "-s", lua,
                   f"https://127.0.0.1:{self.port}"]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        rate, p50, p99, errors = map(float, re.search(r"result (\S+) (\S+) (\S+) (\S+)", out).groups())
        if errors:
            raise SystemExit(f"{errors:.0f} requests failed:\n{out}")
        return rate, p50 / 1000, p99 / 1000, (self.cpu() - before) / (rate * seconds) * 1e6

    def stop(self):
        self.process.terminate()
        self.process.wait()


def compare(build, folder, name, body, rounds, seconds):
    (folder / "body").write_bytes(body)
    (folder / "post.lua").write_text(LUA % json.dumps(str(folder / "body")))
    judged = subprocess.run([build / "shelflife", "review", folder / "body"], stdout=subprocess.PIPE)
    (folder / "reply").write_bytes(judged.stdout.rstrip(b"\n"))
    servers = {"discard": Server(build / "tests/bench_server_discard", folder, folder / "reply"),
               "judge": Server(build / "tests/bench_server", folder)}
    try:
        apart, together = ({what: [] for what in servers} for _ in range(2))
        for _ in range(rounds):
            for core, results in ((1, apart), (0, together)):
                for what, server in servers.items():
                    results[what].append(server.load(core, folder / "post.lua", seconds))
        print(f"{name} review, {len(body):,} bytes, {CONNECTIONS} connections, {rounds} rounds of {seconds} s")
        for what, server in servers.items():
            rate, p50, p99, _ = (statistics.median(column) for column in zip(*apart[what]))
            print(f"  {what:8} {rate:9,.0f} reviews/s   p50 {p50:7.2f} ms   p99 {p99:7.2f} ms   "
                  f"processor {statistics.median(cpu for *_, cpu in together[what]):8.1f} us a review   "
                  f"resident {server.resident():5.1f} MiB")
        for what, ratios in (
                ("by processor time, the load on the same core",
                 [discard[3] / judge[3] for judge, discard in zip(together["judge"], together["discard"])]),
                ("by reviews a second, the load on another core",
                 [judge[0] / discard[0] for judge, discard in zip(apart["judge"], apart["discard"])])):
            print(f"  ratio    {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) {what}")
    finally:
        for server in servers.values():
            server.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="short rounds: shows that it works, not how fast")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    options = parser.parse_args()
    rounds, seconds = (1, 1) if options.quick else (7, 3)
    recorded = (ROOT / "tests/data/reviews/001-create-pods.json").read_bytes()
    bodies = {"recorded": recorded,
              "3 MB": json.dumps(large_review(json.loads(recorded), 3_000_000), separators=(",", ":")).encode()}
    with tempfile.TemporaryDirectory(prefix="shelflife-bench.") as folder:
        folder = pathlib.Path(folder)
        subprocess.run([options.build / "shelflife", "certs", "init", "--dir", folder, "localhost", "127.0.0.1"],
                       check=True, capture_output=True)
        for name, body in bodies.items():
            compare(options.build, folder, name, body, rounds, seconds)


if __name__ == "__main__":
    main()
