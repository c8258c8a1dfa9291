"""For tests/lint/vap and tests/lint/rights: evaluates a ValidatingAdmissionPolicy with CEL libraries of Node.js."""
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = {"vap.mjs": ("@bufbuild/cel", "0.6.1"), "rights.mjs": ("@marcbachmann/cel-js", "8.0.0")}


def evaluate(policy, requests, script="vap.mjs"):
    """What the script writes about these requests. Its library is installed at the first use."""
    package, version = PACKAGES[script]
    cache = pathlib.Path(os.environ.get("SHELFLIFE_CACHE", pathlib.Path.home() / ".cache/shelflife")) / f"{package.split('/')[1]}-{version}"
    if not (cache / "node_modules" / package).exists():
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", cache, f"{package}@{version}"], check=True,
                       stdout=subprocess.DEVNULL)
    done = subprocess.run(["node", HERE / script, cache], input=json.dumps({"policy": policy, "requests": requests}),
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {done.stderr}")
    return json.loads(done.stdout)
