"""What the benchmarks of the server share: programs pinned to processors, loads, medians."""
import contextlib
import copy
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests/data/reviews/001-create-pods.json"
LUA = """wrk.method = "POST"
wrk.path = "/validate?timeout=10s"
wrk.headers["Content-Type"] = "application/json"
local f = io.open(%s, "rb")
wrk.body = f:read("*a")
f:close()
done = function(summary, latency, requests)
    local e = summary.errors
    io.write(string.format("result %%f %%d\\n", summary.requests / summary.duration * 1e6,
                           e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def large_review(size):
    """The recorded Pod review with its first container repeated until the body has `size` bytes."""
    review = copy.deepcopy(json.loads(RECORDED.read_bytes()))
    containers = review["request"]["object"]["spec"]["containers"]
    one = json.dumps(containers[0])
    for i in range(1, (size - len(json.dumps(review))) // len(one) + 1):
        containers.append({**json.loads(one), "name": f"main-{i}"})
    return json.dumps(review, separators=(",", ":")).encode()


def spawn(processors, command, **options):
    """Starts a program that only runs on these processors. It inherits them, so that nothing else runs before it."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, processors)
    try:
        return subprocess.Popen([str(part) for part in command], text=True, **options)
    finally:
        os.sched_setaffinity(0, mine)


def run(processors, command, codes=(0,)):
    """What the program writes to standard output."""
    process = spawn(processors, command, stdout=subprocess.PIPE, start_new_session=True)
    try:
        out = process.communicate()[0]
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)  # with what it has started; scripts then delete their files
        process.wait()
        raise
    if process.returncode not in codes:
        raise SystemExit(f"{command[0]}: exit code {process.returncode}\n{out}")
    return out


def resident(pid):
    """MiB."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


@contextlib.contextmanager
def running(process):
    """Ends the process with the block, however that ends."""
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Server:
    """A program that prints its port and serves; close it by `running(server.process)`."""

    def __init__(self, processors, command):
        self.process = spawn(processors, command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{command[0]} did not start: exit code {self.process.wait()}")
        self.port = int(line)

    def url(self):
        return f"https://127.0.0.1:{self.port}/validate?timeout=10s"

    def processor_time(self):
        """Seconds."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def flood(server, processors, body, connections, seconds, close=False):
    """As many reviews as the server can answer: reviews a second, and microseconds of its processor time for each.
    With `close`, each on a connection of its own."""
    script = pathlib.Path(f"{body}.lua")
    script.write_text(LUA % json.dumps(str(body)))
    before = server.processor_time()
    out = run(processors, ["wrk", f"-t{len(processors)}", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s",
                           *(["-H", "Connection: close"] if close else []), "-s", script, server.url()])
    rate, errors = re.search(r"result (\S+) (\S+)", out).groups()
    if int(errors) or not float(rate):
        raise SystemExit(f"{errors} requests failed, {rate} a second did not:\n{out}")
    return float(rate), (server.processor_time() - before) / (float(rate) * seconds) * 1e6


@contextlib.contextmanager
def steady(program, server, processors, body, per_second, seconds, connections, lowest_priority=False):
    """Sends reviews at fixed times while the block runs. Yields a function that waits for the last one, and returns the
    milliseconds that 99 % of them took at most."""
    nice = ["nice", "-n", "19"] if lowest_priority else []
    command = [*nice, program, server.url(), body, per_second, seconds, connections]

    def finish():
        out = process.communicate()[0]
        if process.returncode:
            raise SystemExit(f"{program}: exit code {process.returncode}")
        _, failed, _, p99, _ = map(float, out.split())
        if failed:
            raise SystemExit(f"{failed:.0f} reviews failed:\n{out}")
        return p99

    with running(spawn(processors, command, stdout=subprocess.PIPE)) as process:
        yield finish


def spread(values):
    """The median, the lowest and the highest."""
    return statistics.median(values), min(values), max(values)
