#!/usr/bin/env python3
"""Runs every command that README, docs, help texts and the manual page show, in a folder with the files that they name.

Programs that need a cluster are replaced: kubectl only parses its command line, helm renders on this side. What cannot
run here is in one of two tables, with the reason; a line that is in none of them must work."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import api_server  # noqa: E402
import images  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHELFLIFE = pathlib.Path(os.environ["SHELFLIFE"]).resolve()
CACHE = pathlib.Path(os.environ.get("SHELFLIFE_CACHE", pathlib.Path.home() / ".cache/shelflife"))
PAGES = ["README.md", "certs/README.md", "charts/shelflife/README.md", "policies/catalogs/README.md",
         *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/*.md"))]
SHELLS = {"sh", "bash", "shell", "console"}
# A line that begins with one of these is a command; in a block with "$ ", so is every line that begins so.
PROGRAMS = re.compile(r"(shelflife|kubectl|helm|kustomize|git|openssl|curl|aws|cmake|mkdir|mv|sleep|source|jq|man"
                      r"|(tests|deploy|build|policies)/[\w./-]+)(\s|$)")

# Only the command line is parsed: with --help added.
PARSED = [
    (r"https://|oci://", "asks a server that does not exist; test_update, test_artifacts and test_catalog have one"),
    (r"shelflife serve .*--self-managed-tls", "writes into a cluster; tests/e2e/test_renewal.py"),
    (r"shelflife inventory update", "asks registries that do not exist; test_inventory_update.py"),
    (r"shelflife inspect (--offline )?registry\.", "asks a registry that does not exist; test_inspect.py"),
    (r"shelflife catalog update", "asks the feeds of the catalog; test_update.py"),
    (r"shelflife catalog verify --key cosign.pub", "needs a signature of cosign; test_catalog.py"),
    (r"shelflife audit .*--context prod", "needs a second cluster"),
]
# Not run at all.
NOT_RUN = [
    (r"^(tests|deploy|build)/", "a step of .ci/run, or longer than a test may be"),
    (r"^cmake ", "builds"),
    (r"^mkdir -p new && build/", "fuzzes for minutes"),
    (r"^policies/catalogs/renew", "asks the publishers; tests/integration/test_update.py"),
    (r"^aws ", "another program's, with an account"),
    (r"^sleep 2; curl ", "asks a webhook in a cluster; tests/e2e"),
    (r"^helm (test|uninstall) ", "needs an installed release; tests/e2e/test_chart.py"),
    (r"^source <\(shelflife completion zsh", "for zsh; test_completion.py"),
    (r"shelflife completion fish \| source", "for fish; test_completion.py"),
]

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: 'python:3.8'}]}\n"
POLICY = "apiVersion: shelflife.dev/v1\nkind: Policy\nactions: {unpatched: deny}\n"
TEST = ("apiVersion: shelflife.dev/v1\nkind: PolicyTest\nat: 2026-11-23\ncases:\n"
        "- {images: ['python:3.8'], phase: unpatched, action: deny}\n")
OWN = {"apiVersion": "shelflife.dev/v1", "kind": "Catalog", "name": "own", "asOf": "2026-01-01", "serial": 1,
       "products": [{"name": "app", "repositories": ["example.com/app"], "rows": [{"release": "1", "endOfPatch": "2020-01-01"}]}]}

SHELFLIFE_STAND_IN = f"""#!/bin/bash
# The program; a server is stopped once it serves.
if [[ $1 != serve || " $* " == *" --help "* ]]; then exec '{SHELFLIFE}' "$@"; fi
coproc server {{ exec '{SHELFLIFE}' "$@" --listen 127.0.0.1:0 --probe-listen 127.0.0.1:0 --cache-dir . 2>&1; }}
process=$server_PID
while read -r line <&"${{server[0]}}"; do
    case $line in
    *'"serving"'*) kill "$process" ;;
    shelflife:*) echo "$line" >&2 ;;
    esac
done
wait "$process"
"""


def real(program):
    return next((str(path) for path in sorted(CACHE.glob(f"control-plane-*/{program}"))), None) or shutil.which(program)


KUBECTL_STAND_IN = f"""#!/usr/bin/env python3
# kubectl parses the command line, and finds no server: that is as far as it can go here.
import subprocess, sys
kubectl, words = {real("kubectl")!r}, sys.argv[1:]
if not sys.stdin.isatty() and "-" in words:
    sys.stdin.read()
if "get" in words and "jsonpath" in " ".join(words):
    print("python:3.8 debian:12" if "pods" in words else {POLICY!r})
if kubectl:
    local = ["kustomize"] == words[:1]
    done = subprocess.run([kubectl, *words] + ([] if local else ["--server=http://127.0.0.1:1"]), capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    sys.stdout.write(done.stdout)
    if done.returncode and not any(said in done.stderr for said in ("refused", "no objects passed to apply")):
        sys.exit(done.stderr)
"""
HELM_STAND_IN = f"""#!/usr/bin/env python3
# helm renders here what it would install.
import os, sys
helm, words = {real("helm")!r}, [word for word in sys.argv[1:] if word not in ("--reuse-values", "--wait", "--install")]
if not helm:
    print({POD!r})
else:
    if words[0] in ("install", "upgrade"):
        words[0] = "template"
    os.execv(helm, ["helm", *words])
"""
STAND_INS = {
    "shelflife": SHELFLIFE_STAND_IN,
    "kubectl": KUBECTL_STAND_IN,
    "helm": HELM_STAND_IN,
    "kustomize": "#!/bin/sh\nexec cat deploy/pod.yaml\n",
    "git": "#!/bin/sh\necho deploy/pod.yaml\n",
}


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def join(lines):
    """Lines that end in a backslash, a pipe or within a quote go on in the next one."""
    whole = ""
    for line in lines:
        whole = f"{whole} {line.strip()}" if whole else line.strip()
        if whole.endswith("\\"):
            whole = whole[:-1].rstrip()
        elif not whole.endswith("|"):
            yield whole
            whole = ""


def blocks(text):
    """The code of a page: fenced for a shell, or indented."""
    block, fence = [], None
    for line in text.splitlines():
        if line.strip().startswith("```"):
            if fence is None:
                fence = line.strip()[3:]
            else:
                if fence in SHELLS:
                    yield block
                fence, block = None, []
        elif fence is not None:
            block.append(line)
        elif line.startswith("    "):
            block.append(line[4:])
        elif block:
            yield block
            block = []
    if block:
        yield block


def commands_of(text):
    for block in blocks(text):
        prompted = [i for i, line in enumerate(block) if line.startswith("$ ")]
        wanted = set()
        for i, line in enumerate(block):
            if i in prompted or (not prompted and PROGRAMS.match(line)):
                wanted.add(i)
            elif i - 1 in wanted and block[i - 1].rstrip().endswith(("\\", "|")):
                wanted.add(i)
        yield from join(block[i].removeprefix("$ ") for i in sorted(wanted))


def helps():
    """Each command with the examples of its help."""
    def walk(*words):
        shown = run(SHELFLIFE, *words, "--help")
        if "\noptions:\n" in shown:
            yield " ".join(words), list(join(shown.partition("\nexamples:\n")[2].splitlines()))
            return
        for name in re.findall(r"(?m)^  ([\w-]+) +\S", shown):
            yield from walk(*words, name)
    return walk()


def complete_line(line):
    """What a page leaves out with "…", and comments."""
    line = re.sub(r"\s+#.*$", "", line).removesuffix("&").strip()
    if "shelflife serve" in line:
        return line.replace("…", "--tls-cert certs/tls.crt --tls-key certs/tls.key")
    return line.replace("helm upgrade shelflife …", "helm upgrade shelflife charts/shelflife")


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.work.cleanup)
        cls.model = pathlib.Path(cls.work.name, "model")
        cls.model.mkdir()
        cls.make_model(cls.model)
        programs = pathlib.Path(cls.work.name, "bin")
        programs.mkdir()
        for name, text in STAND_INS.items():
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        for name in ("jq", "man"):
            if not shutil.which(name):
                (programs / name).write_text("#!/bin/sh\nexec cat\n")
                (programs / name).chmod(0o755)
        objects = {"namespaces": [{"metadata": {"name": "team-a"}}], "pods": [{"metadata": {"name": "p", "namespace": "team-a"}, "spec": {
            "containers": [{"name": "c", "image": "python:3.8"}]}}]}
        server = cls.enterClassContext(api_server.Server(objects))
        cls.environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "HOME": cls.work.name, "MANPAGER": "cat",
                           "KUBECONFIG": str(server.kubeconfig(cls.work.name))}
        for folder in (".local/share/bash-completion/completions", ".config/fish/completions", ".zfunc"):
            pathlib.Path(cls.work.name, folder).mkdir(parents=True)

    @staticmethod
    def make_model(folder):
        for name, text in {"own.json": json.dumps(OWN), "policy.yaml": POLICY, "new.yaml": POLICY, "policy-test.yaml": TEST,
                           "old.yaml": POLICY.replace("deny", "warn"), "references.txt": "example.com/app:1\n", "config.json": "{}",
                           "images.txt": "python:3.8\n", "prod.yaml": "{}\n", "deploy/pod.yaml": POD, "manifests/pod.yaml": POD}.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        for name in ("old.json", "new.json", "catalogs/own.json"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(json.dumps(OWN))
        page = (ROOT / "docs/catalogs.md").read_text()
        (folder / "base-images.json").write_text(re.search(r"```json\n(\{.*?\n\})\n```", page, re.S).group(1))
        review = sorted((ROOT / "tests/data/reviews").glob("*.json"))[0]
        shutil.copy(review, folder / "review.json")
        (folder / "recorded").mkdir()
        shutil.copy(review, folder / "recorded")
        (folder / "charts").symlink_to(ROOT / "charts")
        (folder / "chart").symlink_to(ROOT / "charts/shelflife")
        inventory = folder / "full.json"
        known = (ROOT / "tests/data/inventories/good/full.json").read_text()
        inventory.write_text(re.sub(r'("references": *\[\s*\{\s*"name": *)"[^"]*"', r'\1"registry.corp.example/team/app:1"', known, count=1))
        for name in ("inventory", "one", "two", "company", "cluster-1", "cluster-2"):
            run(SHELFLIFE, "inventory", "merge", "-o", folder / f"{name}.json.gz", inventory)
        run(SHELFLIFE, "certs", "init", "--dir", folder / "certs", "--keep-ca-key", "localhost")
        for key, public in (("catalog.key", "catalog.pub"), ("my.key", "cosign.pub")):
            run("openssl", "genpkey", "-algorithm", "ed25519", "-out", folder / key)
            run("openssl", "pkey", "-in", folder / key, "-pubout", "-out", folder / public)
        run(SHELFLIFE, "catalog", "sign", "--key", folder / "catalog.key", folder / "own.json")
        image = images.Image(["PYTHON_VERSION=3.8.1"])
        images.write_docker_archive(folder / "saved.tar", [(["team/app:1"], image)])
        images.write_tar(folder / "app.tar", images.write_layout(folder / "layout", [(None, image)]))

    def sandbox(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.work.name))
        shutil.copytree(self.model, folder, symlinks=True, dirs_exist_ok=True)
        return folder

    def check(self, line, folder):
        """Runs a command line. Findings are fine; wrong usage, and what could not be done, are not."""
        line = complete_line(line)
        for pattern, _ in NOT_RUN:
            if re.search(pattern, line):
                self.used.add(pattern)
                return
        for pattern, _ in PARSED:
            if re.search(pattern, line):
                self.used.add(pattern)
                alone = re.sub(r"\s*(\||>).*", "", line)
                self.assertTrue(alone.startswith("shelflife "), line)
                line = f"{alone} --help"
                break
        if "certs init" in line and "--force" not in line:  # examples are alternatives
            shutil.rmtree(folder / "certs", ignore_errors=True)
        done = subprocess.run(["bash", "-c", f"set -o pipefail; {line}"], cwd=folder, env=self.environment, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=120, check=False)
        self.assertIn(done.returncode, (0, 1, 123), f"{line}\n{done.stderr}{done.stdout[-500:]}")
        self.assertNotRegex(done.stderr, "usage:|unknown (option|command)|Traceback", line)

    def test_every_line(self):
        type(self).used, count = set(), 0
        sources = [(page, list(commands_of((ROOT / page).read_text()))) for page in PAGES]
        sources += [(f"{command} --help", lines) for command, lines in helps()]
        for source, lines in sources:
            folder = self.sandbox()
            for line in lines:
                count += 1
                with self.subTest(source=source, line=line):
                    self.check(line, folder)
        self.assertGreater(count, 150)
        for pattern, reason in [*PARSED, *NOT_RUN]:
            self.assertIn(pattern, self.used, f"no line is exempt because it {reason}: remove the entry")

    def test_the_man_page_has_the_same_examples(self):
        page = run(SHELFLIFE, "man").replace("\\-", "-").replace("\\&", "").replace("\\e", "\\")
        page = " ".join(page.replace("\\\n", " ").split())
        for command, lines in helps():
            self.assertTrue(lines, f"{command} has no example")
            for line in lines:
                self.assertTrue(" ".join(line.split()) in page, (command, line))


if __name__ == "__main__":
    unittest.main()
