#!/usr/bin/env python3
"""Mistakes with credentials: a token where something else belongs. No output has a piece of it. SHELFLIFE names the
binary."""
import base64
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import webhook

SHELFLIFE = os.environ["SHELFLIFE"]
PIECE = 6  # bytes of the marker that no output may have
MARKER = "q7Zk-Vx93-Jw5t-Hd81"
DIGITS = "830274615937"
V1 = "client.authentication.k8s.io/v1"


def kubeconfig(user, **more):
    return json.dumps({"apiVersion": "v1", "kind": "Config", "current-context": "c",
                       "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
                       "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
                       "users": [{"name": "u", "user": user}], **more})


def raw(user):
    """A user that JSON of Python cannot write."""
    return kubeconfig("@").replace('"@"', user)


def plugin(command, **more):
    return {"exec": {"apiVersion": V1, "command": command, "interactiveMode": "Never", **more}}


def said(status, version=V1, kind="ExecCredential"):
    return json.dumps({"apiVersion": version, "kind": kind, "status": status})


# What a kubeconfig contains.
KUBECONFIGS = {
    "a bare token": MARKER,
    "a bare number": DIGITS,
    "base64": base64.b64encode(kubeconfig({"token": MARKER}).encode()).decode(),
    "base64 of the marker": MARKER * 20,
    "cut": kubeconfig({"token": MARKER}).partition("-Hd81")[0],
    "no colon": f"apiVersion: v1\nusers:\n- name: u\n  user:\n    token {MARKER}\n",
    "colon too many": f"apiVersion: v1\nusers:\n- name: u\n  user:\n    token: {MARKER}: x\n",
    "an alias": f"users: [{{name: u, user: {{token: *{MARKER}}}}}]\n",
    "a tag": f"users: [{{name: u, user: {{token: !{MARKER} x}}}}]\n",
    "a key twice": f"users: [{{name: u, user: {{{MARKER}: 1, {MARKER}: 2}}}}]\n",
    "kind": kubeconfig({}, kind=MARKER),
    "users": kubeconfig({}, users=MARKER),
    "an entry": kubeconfig({}, users=[MARKER]),
    "a name": kubeconfig({}, users=[{"name": [MARKER]}]),
    "a number as name": kubeconfig({}, users=[{"name": int(DIGITS)}]),
    "names of others": kubeconfig({}, users=[{"name": MARKER, "user": {}}]),
    "user": kubeconfig(MARKER),
    "a number as user": kubeconfig(int(DIGITS)),
    "a list": kubeconfig([MARKER]),
    "token in a list": kubeconfig({"token": [MARKER]}),
    "token in a map": kubeconfig({"token": {MARKER: MARKER}}),
    "a numeric token": kubeconfig({"token": int(DIGITS)}),
    "a real number": raw(f'{{"token": {DIGITS}.5}}'),
    "a large number": raw(f'{{"token": {DIGITS}{DIGITS}}}'),
    "an escape": raw(f'{{"token": "{MARKER}\\x"}}'),
    "a line feed": raw(f'{{"token": "{MARKER}\n"}}'),
    "a token to send": kubeconfig({"token": MARKER + "\n"}),
    "tokenFile": kubeconfig({"tokenFile": MARKER}),
    "tokenFile, absolute": kubeconfig({"tokenFile": "/" + MARKER}),
    "files": kubeconfig({"client-certificate": MARKER, "client-key": MARKER}),
    "devices": kubeconfig({"client-certificate": f"/proc/self/root/../dev/null/../{MARKER}",
                           "client-key": f"/{MARKER}"}),
    "data": kubeconfig({"client-key-data": MARKER}),
    "data without PEM": kubeconfig({"client-key-data": base64.b64encode(MARKER.encode()).decode()}),
    "data with wrong PEM": kubeconfig(dict.fromkeys(
        ("client-certificate-data", "client-key-data"),
        base64.b64encode(f"-----BEGIN PRIVATE KEY-----\n{MARKER}\n-----END PRIVATE KEY-----\n".encode()).decode())),
    "auth-provider": kubeconfig({"auth-provider": {"name": MARKER}}),
    "impersonation": kubeconfig({"as": [MARKER]}),
    "a header": kubeconfig({"as": MARKER + "\r\nx: y"}),
    "a header's name": kubeconfig({"as-user-extra": {MARKER: ["x\n"]}}),
    "a header's values": kubeconfig({"as-user-extra": {MARKER: MARKER}}),
    "exec": kubeconfig({"exec": MARKER}),
    "exec version": kubeconfig({"exec": {"apiVersion": MARKER, "command": "x"}}),
    "exec arguments": kubeconfig(plugin("x", args=MARKER)),
    "exec variables": kubeconfig(plugin("x", env=[{"name": f"A={MARKER}", "value": "x"}])),
    "exec mode": kubeconfig(plugin("x", interactiveMode=MARKER)),
    "a command line": kubeconfig(plugin(f"no-such-program --token {MARKER}")),
    "a password in the server": kubeconfig({}, clusters=[
        {"name": "c", "cluster": {"server": f"https://u:{MARKER}@127.0.0.1:1"}}]),
    "a password in the proxy": kubeconfig({}, clusters=[
        {"name": "c", "cluster": {"server": "https://shelflife.invalid", "proxy-url": f"http://u:{MARKER}@127.0.0.1:1"}}]),
}

# What a plugin prints.
PRINTED = {
    "a bare token": MARKER,
    "a bare number": DIGITS,
    "a JSON string": json.dumps(MARKER),
    "cut": said({"token": MARKER}).partition("-Hd81")[0],
    "something after it": said({"token": "x"}) + MARKER,
    "no quotes": f'{{"apiVersion": "{V1}", "status": {{"token": {MARKER}}}}}',
    "kind": said({"token": MARKER}, kind=MARKER),
    "version": said({"token": MARKER}, version=MARKER),
    "status": said(MARKER),
    "a numeric token": said({"token": int(DIGITS)}),
    "a list": said({"token": [MARKER]}),
    "a time": said({"token": "x", "expirationTimestamp": MARKER}),
    "a header": said({"token": MARKER + "\n"}),
    "half": said({"clientKeyData": MARKER}),
    "no PEM": said({"clientKeyData": MARKER, "clientCertificateData": MARKER}),
    "YAML": f"token: {MARKER}: x\n",
    "a key": f'{{"{MARKER}": 1, "{MARKER}": 2}}',
    "failed": MARKER,
}


def pieces_in(text):
    encoded = base64.b64encode(MARKER.encode()).decode().rstrip("=")
    return [secret[i:i + PIECE]
            for secret in (MARKER, DIGITS, encoded, base64.b64encode(kubeconfig({"token": MARKER}).encode()).decode())
            for i in range(len(secret) - PIECE + 1) if secret[i:i + PIECE] in text]


def catalog_key(folder):
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", folder / "key"], check=True)
    subprocess.run(["openssl", "pkey", "-in", folder / "key", "-pubout", "-out", folder / "pub"], check=True)
    return folder / "pub"


class Secrets(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-secrets.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_quietly(self, *arguments):
        """Fails, and prints no piece of the marker."""
        done = subprocess.run([SHELFLIFE, *map(str, arguments)], capture_output=True, timeout=60, check=False,
                              env={"PATH": os.environ["PATH"], "HOME": str(self.folder)})
        self.assertIn(done.returncode, (2, 3), done.stderr)
        text = (done.stdout + done.stderr).decode()
        self.assertTrue(text.strip())
        self.assertEqual(pieces_in(text), [])

    def audit(self, text):
        path = self.folder / "config"
        path.write_text(text)
        self.run_quietly("audit", "-A", "--kubeconfig", path)

    def test_no_kubeconfig_is_quoted(self):
        for name, text in KUBECONFIGS.items():
            with self.subTest(name):
                self.audit(text)

    def test_no_plugin_is_quoted(self):
        printed, program = self.folder / "printed", self.folder / "plugin"
        program.write_text(f"#!/bin/sh\ncat {printed}\nexit $1\n")
        program.chmod(0o755)
        for name, text in PRINTED.items():
            with self.subTest(name):
                printed.write_text(text)
                self.audit(kubeconfig(plugin(str(program), args=["1" if name == "failed" else "0"])))

    def test_no_flag_is_quoted(self):
        for flags in (["-s", "https://127.0.0.1:1", "--token", MARKER], ["-s", "https://127.0.0.1:1", "--token", MARKER + "\n"],
                      ["-s", f"https://u:{MARKER}@127.0.0.1:1"], ["-s", f"ftp://u:{MARKER}@127.0.0.1:1"],
                      ["-s", f"https://u:{MARKER}@127.0.0.1:1", "--as-uid", "1"]):
            with self.subTest(flags):
                self.run_quietly("audit", *flags)
                self.run_quietly("inventory", "update", "-o", self.folder / "inventory.json", *flags)

    def test_no_url_is_quoted_with_its_password(self):
        key = catalog_key(self.folder)
        for url in (f"https://u:{MARKER}@127.0.0.1:1/x.json", f"https://127.0.0.1:1/x.json?sig={MARKER}",
                    f"https://u:{MARKER}/a?b@127.0.0.1:1/x.json", f"http://u:{MARKER}@127.0.0.1:1/x.json",
                    f"https://u:{MARKER}@[::1/x.json"):
            with self.subTest(url):
                self.run_quietly("explain", "--catalog", url, "--catalog-key", key, "python:3.8")
                self.run_quietly("catalog", "fetch", "--unsigned", url)
                self.run_quietly("catalog", "import", "endoflife", url)

    def test_no_key_is_quoted(self):
        key = self.folder / "tls.key"
        (self.folder / "own.json").write_text("{}")
        for text in (MARKER, f"-----BEGIN PRIVATE KEY-----\n{MARKER}\n-----END PRIVATE KEY-----\n",
                     f"-----BEGIN {MARKER}-----\nAAAA\n-----END {MARKER}-----\n"):
            with self.subTest(text):
                key.write_text(text)
                self.run_quietly("catalog", "sign", "--key", key, self.folder / "own.json")
                self.run_quietly("serve", "--listen", "127.0.0.1:0", "--no-probes", "--tls-cert", key, "--tls-key", key)


class Serving(webhook.TestCase):
    def test_no_metric_probe_or_log_has_the_password_of_a_url(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="shelflife-secrets.")))
        server = self.serve("--catalog", f"https://u:{MARKER}@127.0.0.1:1/x.json", "--catalog", f"https://127.0.0.1:1/y.json?sig={MARKER}",
                            "--catalog-key", catalog_key(folder), "--cache-dir", folder / "cache", "--catalog-interval", "200ms")
        webhook.eventually(lambda: server.metrics()['shelflife_reloads_total{what="catalog_url",outcome="failure"}'] >= 4,
                           "both fail again and again")
        pages = [server.probe(path)[1] for path in ("/metrics", "/readyz?verbose")]
        self.assertTrue(all("x.json" in page for page in pages))
        server.stop()
        self.assertEqual(pieces_in("".join(pages) + b"".join(server.log).decode()), [])


if __name__ == "__main__":
    unittest.main()
