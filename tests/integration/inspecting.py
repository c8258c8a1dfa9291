"""Runs `shelflife inspect` and `shelflife inventory` for tests, without credentials of the user. All hosts except loopback
have a proxy that does not exist, so that no test can reach another machine."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHELFLIFE = pathlib.Path(os.environ.get("SHELFLIFE", ROOT / "build/dev/shelflife")).resolve()
SANITIZED = any(word in SHELFLIFE.read_bytes() for word in (b"__asan_init", b"__tsan_init"))
AT = "2026-11-23"
# A process of its own, since what a large parent takes counts for its child, too, until that has started its program.
MEASURE = """import os, resource, sys
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code if code >= 0 else 128 - code)"""
OURS = re.compile(r"^(XDG_|REGISTRY_|DOCKER_)|proxy$", re.I)


def environment(home, **more):
    kept = {name: value for name, value in os.environ.items() if not OURS.search(name)}
    nowhere = {name: "http://127.0.0.1:1" for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY")}
    return {**kept, **nowhere, "HOME": str(home), **{name: str(value) for name, value in more.items()}}


class Done:
    """What a command did: .code, .out, .err, and .json if it printed any. .memory is the most that it took, in MiB."""

    def __init__(self, *command, env=None, stdin=b"", home=None, timeout=300):
        with tempfile.TemporaryDirectory(prefix="shelflife-home.") as folder:
            used = pathlib.Path(folder) / "used"
            done = subprocess.run([sys.executable, "-S", "-E", "-c", MEASURE, used, SHELFLIFE, *map(str, command)], input=stdin,
                                  capture_output=True, env=environment(home or folder, **(env or {})), timeout=timeout, check=False)
            self.memory = int(used.read_text()) / 1024
        self.command, self.code, self.out, self.err = command, done.returncode, done.stdout.decode(), done.stderr.decode()

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"{' '.join(map(str, self.command))}: exit code {self.code}\n{self.out[-3000:]}\n{self.err[-3000:]}"


def inspect(*arguments, at=AT, **options):
    return Done("inspect", "-o", "json", "--at", at, *arguments, **options)


def evidence(entry):
    """What an inspected image says, as {(kind, name): value}; lines of history under their text."""
    return {(e["kind"], e["name"] or e["value"]): e["value"] for e in entry["evidence"]}
