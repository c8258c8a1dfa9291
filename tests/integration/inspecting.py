"""Runs `shelflife inspect` and `shelflife inventory` for tests, without credentials of the user. All hosts except loopback
have a proxy that does not exist, so that no test can reach another machine."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading

SHELFLIFE = os.environ["SHELFLIFE"]
SANITIZED = any(word in pathlib.Path(SHELFLIFE).read_bytes() for word in (b"__asan_init", b"__tsan_init"))
AT = "2026-11-23"
OURS = re.compile(r"^(XDG_|REGISTRY_|DOCKER_)|proxy$", re.I)


def environment(home, **more):
    kept = {name: value for name, value in os.environ.items() if not OURS.search(name)}
    nowhere = {name: "http://127.0.0.1:1" for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY")}
    return {**kept, **nowhere, "HOME": str(home), **{name: str(value) for name, value in more.items()}}


class Done:
    """What a command did: .code, .out, .err, and .json if it printed any. .memory is the most that it took, in MiB."""

    def __init__(self, *command, env=None, stdin=b"", home=None, timeout=300):
        with tempfile.TemporaryDirectory(prefix="shelflife-home.") as folder:
            files = [tempfile.TemporaryFile(dir=folder) for _ in range(3)]
            files[0].write(stdin)
            files[0].seek(0)
            process = subprocess.Popen([SHELFLIFE, *map(str, command)], stdin=files[0], stdout=files[1], stderr=files[2],
                                       env=environment(home or folder, **(env or {})))
            late = threading.Timer(timeout, process.kill)
            late.start()
            _, status, used = os.wait4(process.pid, 0)
            late.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
            for file in files[1:]:
                file.seek(0)
            self.out, self.err = (file.read().decode() for file in files[1:])
            for file in files:
                file.close()
        self.command, self.code, self.memory = command, process.returncode, used.ru_maxrss / 1024

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
