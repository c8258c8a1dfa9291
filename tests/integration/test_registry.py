#!/usr/bin/env python3
"""Inspects images in registries: docker-registry with each form of access, and one that behaves badly."""
import base64
import contextlib
import json
import os
import pathlib
import socket
import stat
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import hostile_registry as trouble  # noqa: E402
import images  # noqa: E402
import registry_rig  # noqa: E402
from inspecting import SANITIZED, Done, evidence, inspect  # noqa: E402
from registry_rig import PASSWORD, USER  # noqa: E402

PYTHON = images.Image(images.PYTHON, history=[images.DEBIAN])
FOUND = {("env", "PYTHON_VERSION"): "3.8.20"}
SECRETS = (PASSWORD, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(), "refresh-1234", "helper-1234")
METADATA = "169.254.169.254"


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-test.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def assert_found(self, done, count=1):
        self.assertEqual(done.code, 0, done)
        for entry in done.json:
            self.assertLessEqual(FOUND.items(), evidence(entry).items(), done)
        self.assertEqual(len(done.json), count)

    def assert_fails(self, done, *words, code=3):
        self.assertEqual(done.code, code, done)
        for word in words:
            self.assertRegex(done.err, word)
        for secret in SECRETS:
            self.assertNotIn(secret, done.out + done.err)
        self.assertLess(len(done.err), 4000)
        self.assertFalse([c for c in done.err if ord(c) < 32 and c != "\n"], done)

    def credentials(self, host, pair=(USER, PASSWORD), **more):
        return registry_rig.config_json(self.folder / "auth.json", {host: pair}, **more)


class Open(Case):
    """A registry that all may read."""

    @classmethod
    def setUpClass(cls):
        cls.registry = registry_rig.with_registry(cls)
        images.push(cls.registry, "team/app", "1", PYTHON)

    def recorder(self):
        recorder = registry_rig.Recorder(self.registry)
        recorder.__enter__()
        self.addCleanup(recorder.__exit__)
        return recorder

    def test_two_requests_are_enough(self):
        recorder = self.recorder()
        done = inspect(f"{recorder.host}/team/app:1")
        self.assert_found(done)
        self.assertEqual(done.json[0]["inspected"]["digest"], PYTHON.digest)
        manifests = [r for r in recorder.asked if "/manifests/" in r["path"] and "/manifests/sha256-" not in r["path"]]
        blobs = [r["path"] for r in recorder.asked if "/blobs/" in r["path"]]
        self.assertEqual(blobs, [f"/v2/team/app/blobs/{images.digest_of(PYTHON.config)}"])
        self.assertLessEqual([r["method"] for r in manifests].count("GET"), 1)
        self.assertLessEqual([r["method"] for r in manifests].count("HEAD"), 1)
        for request in manifests:
            accepted = {word.strip() for word in request["headers"]["accept"].split(",")}
            self.assertLessEqual(registry_rig.MANIFEST_TYPES, accepted)
        for request in recorder.asked:
            self.assertNotIn("authorization", request["headers"])
            self.assertTrue(request["headers"]["user-agent"].startswith("shelflife"))

    def test_a_digest(self):
        recorder = self.recorder()
        self.assert_found(inspect(f"{recorder.host}/team/app@{PYTHON.digest}"))
        self.assertNotIn("HEAD", [r["method"] for r in recorder.asked])
        self.assert_found(inspect(f"{recorder.host}/team/app:gone@{PYTHON.digest}"))

    def test_what_is_missing(self):
        host = self.registry.host
        self.assert_fails(inspect(f"{host}/team/app:2"), "team/app:2", "404|not found|no such")
        self.assert_fails(inspect(f"{host}/team/other:1"), "team/other:1")
        self.assert_fails(inspect(f"{host}/team/app@sha256:{'0' * 64}"), "0000")
        done = inspect(f"{host}/team/app:2", f"{host}/team/app:1")
        self.assertEqual(done.code, 4, done)
        self.assertIn("3.8.20", done.out)

    def test_a_registry_that_is_not_there(self):
        with registry_rig.Registry() as registry:
            host = registry.host
        self.assert_fails(inspect(f"{host}/team/app:1"), "team/app:1|" + host)

    def test_a_child_of_an_index_that_was_deleted(self):
        other = images.Image([*images.PYTHON, "A=1"])
        images.push(self.registry, "team/index", "1", images.Index([other]))
        with images.Push(self.registry) as push:
            push.send("DELETE", f"/v2/team/index/manifests/{other.digest}", status=(202,))
        self.assert_fails(inspect(f"{self.registry.host}/team/index:1"), other.digest[:19])


class Passwords(Case):
    """Basic authentication."""

    @classmethod
    def setUpClass(cls):
        cls.registry = registry_rig.with_registry(cls, users={USER: PASSWORD})
        basic = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        images.push(cls.registry, "team/app", "1", PYTHON, {"Authorization": basic})
        cls.image = f"{cls.registry.host}/team/app:1"

    def test_forms_of_keys(self):
        host = self.registry.host
        for key in (host, f"http://{host}", f"https://{host}", f"https://{host}/v1/", f"https://{host}/v2/", f"{host}/team",
                    f"{host}/team/app"):
            with self.subTest(key=key):
                self.assert_found(inspect("--auth-file", self.credentials(key), self.image))

    def test_a_key_of_another_place_does_not_count(self):
        host = self.registry.host
        for key in ("127.0.0.1", host + "0", f"{host}/tea", f"{host}/team/app/more", "registry.corp.example"):
            with self.subTest(key=key):
                self.assert_fails(inspect("--auth-file", self.credentials(key), self.image), "401|credential")

    def test_the_longest_key_counts(self):
        auth = registry_rig.config_json(self.folder / "auth.json", {
            self.registry.host: (USER, "wrong"), f"{self.registry.host}/team": (USER, PASSWORD)})
        self.assert_found(inspect("--auth-file", auth, self.image))

    def test_forms_of_entries(self):
        plain = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        for entry in ({"username": USER, "password": PASSWORD}, {"auth": plain},
                      {"auth": plain, "email": "a@corp.example"}):
            with self.subTest(entry=entry):
                self.assert_found(inspect("--auth-file", self.credentials(self.registry.host, entry), self.image))

    def test_places_of_the_file(self):
        host = self.registry.host
        for variable, place in (("REGISTRY_AUTH_FILE", "mine.json"), ("XDG_RUNTIME_DIR", "containers/auth.json"),
                                ("DOCKER_CONFIG", "config.json"), ("HOME", ".docker/config.json")):
            with self.subTest(variable=variable):
                folder = self.folder / variable
                file = folder / place
                file.parent.mkdir(parents=True)
                registry_rig.config_json(file, {host: (USER, PASSWORD)})
                value = file if variable == "REGISTRY_AUTH_FILE" else folder
                self.assert_found(inspect(self.image, env={variable: value}))
                self.assert_fails(inspect("--auth-file", "", self.image, env={variable: value}), "401|credential")

    def test_the_first_place_counts(self):
        wrong = registry_rig.config_json(self.folder / "config.json", {self.registry.host: (USER, "wrong")})
        right = registry_rig.config_json(self.folder / "right.json", {self.registry.host: (USER, PASSWORD)})
        self.assert_found(inspect(self.image, env={"REGISTRY_AUTH_FILE": right, "DOCKER_CONFIG": self.folder}))
        self.assert_found(inspect("--auth-file", right, self.image, env={"REGISTRY_AUTH_FILE": wrong}))

    def test_no_or_wrong_credentials(self):
        self.assert_fails(inspect(self.image), "401|credential")
        auth = self.credentials(self.registry.host, (USER, "wrong"))
        self.registry.forget()
        self.assert_fails(inspect("--auth-file", auth, self.image), "401|credential")
        self.assertLessEqual(len(self.registry.asked()), 4)  # a wrong password is not tried over and over

    def test_a_broken_file(self):
        file = self.folder / "auth.json"
        for text in ("{", '{"auths": []}', '{"auths": {"%s": {"auth": "%%%%"}}}' % self.registry.host):
            with self.subTest(text=text):
                file.write_text(text)
                self.assert_fails(inspect("--auth-file", file, self.image), "auth.json", code=2)
        self.assert_fails(inspect("--auth-file", self.folder / "none.json", self.image), "none.json")

    def helper(self, name, script):
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        file = folder / f"docker-credential-{name}"
        file.write_text("#!/bin/sh\n" + script)
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        return {"PATH": f"{folder}:{os.environ['PATH']}"}

    def test_a_credential_helper(self):
        reply = json.dumps({"ServerURL": self.registry.host, "Username": USER, "Secret": PASSWORD})
        (self.folder / "reply").write_text(reply)
        env = self.helper("test", f'echo "$@" >"{self.folder}/asked"; cat >>"{self.folder}/asked"; cat "{self.folder}/reply"\n')
        for more in ({"credHelpers": {self.registry.host: "test"}}, {"credsStore": "test"}):
            with self.subTest(more=more):
                auth = registry_rig.config_json(self.folder / "auth.json", {}, **more)
                self.assert_found(inspect("--auth-file", auth, self.image, env=env))
                self.assertEqual((self.folder / "asked").read_text().split(), ["get", self.registry.host])

    def test_a_helper_without_credentials(self):
        env = self.helper("test", "cat >/dev/null; echo 'credentials not found in native keychain'; exit 1\n")
        auth = self.credentials(self.registry.host, credsStore="test")
        self.assert_found(inspect("--auth-file", auth, self.image, env=env))

    def test_a_helper_that_fails(self):
        auth = registry_rig.config_json(self.folder / "auth.json", {}, credHelpers={self.registry.host: "test"})
        self.assert_fails(inspect("--auth-file", auth, self.image, env={"PATH": "/nowhere"}), "docker-credential-test")
        for script in ("cat >/dev/null; echo helper-1234 is wrong >&2; exit 1\n", "cat >/dev/null; echo '{\"Secret\": \"helper-1234\"'\n",
                       "cat >/dev/null; echo '[\"helper-1234\"]'\n"):
            with self.subTest(script=script):
                env = self.helper("test", script)
                self.assert_fails(inspect("--auth-file", auth, self.image, env=env), "docker-credential-test")

    def test_a_name_of_a_helper_that_is_a_path(self):
        for name in ("../test", "a/b", "a b", ""):
            with self.subTest(name=name):
                auth = registry_rig.config_json(self.folder / "auth.json", {}, credHelpers={self.registry.host: name})
                self.assertIn(inspect("--auth-file", auth, self.image).code, (2, 3))


class Tokens(Case):
    """A registry that trusts a token service."""

    def start(self, **options):
        folder = self.folder / "tokens"
        folder.mkdir()
        tokens = registry_rig.TokenService(folder, **options)
        tokens.__enter__()
        self.addCleanup(tokens.__exit__)
        registry = registry_rig.with_registry(self, tokens=tokens)
        for name in ("team/app", "public/app"):
            access = [{"type": "repository", "name": name, "actions": ["pull", "push"]}]
            images.push(registry, name, "1", PYTHON, {"Authorization": "Bearer " + tokens.sign(USER, access)})
        return tokens, registry

    def test_with_credentials(self):
        tokens, registry = self.start()
        auth = self.credentials(registry.host)
        self.assert_found(inspect("--auth-file", auth, f"{registry.host}/team/app:1"))
        self.assertEqual(len(tokens.asked), 1)
        request = tokens.asked[0]
        self.assertTrue(request["headers"]["authorization"].startswith("Basic "))
        path, _, query = request["path"].partition("?")
        self.assertEqual(path, "/token")
        self.assertTrue(query.startswith("account=of+the+realm&"), query)
        self.assertIn("scope=repository%3Ateam%2Fapp%3Apull", query.replace(":", "%3A").replace("/", "%2F"))
        self.assertNotIn("push", query)

    def test_without_credentials(self):
        tokens, registry = self.start(anonymous=["public/"])
        self.assert_found(inspect(f"{registry.host}/public/app:1"))
        self.assertNotIn("authorization", tokens.asked[0]["headers"])
        self.assert_fails(inspect(f"{registry.host}/team/app:1"), "401|403|denied|credential")

    def test_one_token_for_a_repository(self):
        tokens, registry = self.start()
        auth = self.credentials(registry.host)
        self.assert_found(inspect("--auth-file", auth, f"{registry.host}/team/app:1", f"{registry.host}/team/app@{PYTHON.digest}",
                                  f"{registry.host}/public/app:1"), count=3)
        self.assertLessEqual(len(tokens.asked), 3)

    def test_wrong_credentials(self):
        tokens, registry = self.start()
        auth = self.credentials(registry.host, (USER, "wrong"))
        self.assert_fails(inspect("--auth-file", auth, f"{registry.host}/team/app:1"), "401|credential")
        self.assertLessEqual(len(tokens.asked), 2)

    def test_an_identity_token(self):
        tokens, registry = self.start(refresh={"refresh-1234": USER})
        entry = {"auth": base64.b64encode(b"00000000-0000-0000-0000-000000000000:").decode(), "identitytoken": "refresh-1234"}
        auth = self.credentials(registry.host, entry)
        self.assert_found(inspect("--auth-file", auth, f"{registry.host}/team/app:1"))
        self.assertIn(b"grant_type=refresh_token", tokens.asked[-1]["body"])
        self.assertEqual(tokens.asked[-1]["method"], "POST")

    def test_an_identity_token_of_a_helper(self):
        tokens, registry = self.start(refresh={"refresh-1234": USER})
        folder = self.folder / "bin"
        folder.mkdir()
        file = folder / "docker-credential-test"
        file.write_text("#!/bin/sh\ncat >/dev/null\necho '{\"Username\": \"<token>\", \"Secret\": \"refresh-1234\"}'\n")
        file.chmod(0o700)
        auth = registry_rig.config_json(self.folder / "auth.json", {}, credHelpers={registry.host: "test"})
        self.assert_found(inspect("--auth-file", auth, f"{registry.host}/team/app:1",
                                  env={"PATH": f"{folder}:{os.environ['PATH']}"}))
        self.assertEqual(tokens.asked[-1]["method"], "POST")

    def test_odd_forms_of_the_reply(self):
        tokens, registry = self.start()
        auth = self.credentials(registry.host)
        good = {
            "access_token": lambda r: {"access_token": r["token"]},
            "both": lambda r: {"token": r["token"], "access_token": r["token"]},
            "no time": lambda r: {"token": r["token"]},
            "a time of zero": lambda r: {**r, "expires_in": 0},
            "null": lambda r: {**r, "expires_in": None, "issued_at": None, "refresh_token": None, "access_token": None},
            "a long time": lambda r: {**r, "expires_in": 1 << 62},
            "an empty one": lambda r: {"token": "", "access_token": r["token"]},
        }
        for name, reply in good.items():
            with self.subTest(name):
                tokens.reply = reply
                self.assert_found(inspect("--auth-file", auth, f"{registry.host}/team/app:1"))
        bad = {
            "none": lambda r: {}, "a list": lambda r: [], "no JSON": lambda r: b"<html>", "a number": lambda r: {"token": 5},
            "a line break": lambda r: {"token": "a\r\nX-Other: b"}, "much": lambda r: {"token": "x" * (8 << 20)},
            "not valid": lambda r: {"token": "x.y.z"},
        }
        for name, reply in bad.items():
            with self.subTest(name):
                tokens.reply = reply
                self.assert_fails(inspect("--auth-file", auth, f"{registry.host}/team/app:1"), "127.0.0.1")

    def test_a_token_of_the_file(self):
        tokens, registry = self.start()
        token = tokens.sign(USER, [{"type": "repository", "name": "team/app", "actions": ["pull"]}])
        auth = self.credentials(registry.host, {"registrytoken": token})
        self.assert_found(inspect("--auth-file", auth, f"{registry.host}/team/app:1"))
        self.assertEqual(tokens.asked, [])


class Tls(Case):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-test.")
        cls.addClassCleanup(folder.cleanup)
        cls.authority = registry_rig.Authority(folder.name)
        cls.registry = registry_rig.with_registry(cls, authority=cls.authority)
        images.push(cls.registry, "team/app", "1", PYTHON)
        cls.image = f"{cls.registry.host}/team/app:1"

    def test_a_private_ca(self):
        self.assert_found(inspect("--registry-ca", self.authority.ca, self.image))

    def test_without_the_ca(self):
        self.registry.forget()
        self.assert_fails(inspect(self.image), "certificate")
        self.assertEqual(self.registry.asked(), [])

    def test_a_file_that_is_no_ca(self):
        file = self.folder / "ca.crt"
        file.write_text("none")
        done = inspect("--registry-ca", file, self.image)
        self.assertIn(done.code, (2, 3), done)
        self.assertIn("ca.crt", done.err)

    def test_a_ca_of_the_hosts_folder(self):
        folder = self.folder / self.registry.host
        folder.mkdir()
        (folder / "hosts.toml").write_text(f'server = "https://{self.registry.host}"\n\n'
                                           f'[host."https://{self.registry.host}"]\n  ca = "{self.authority.ca}"\n')
        self.assert_found(inspect("--hosts-dir", self.folder, self.image))


class Mirrors(Case):
    """containerd's hosts.toml. The registry that is mirrored is never asked: its name has no address."""

    @classmethod
    def setUpClass(cls):
        cls.registry = registry_rig.with_registry(cls)
        images.push(cls.registry, "team/app", "1", PYTHON)
        images.push(cls.registry, "library/python", "3.8", PYTHON)
        images.push(cls.registry, "prefix/team/app", "1", PYTHON)
        cls.other = registry_rig.with_registry(cls)
        images.push(cls.other, "team/only-here", "1", PYTHON)

    def hosts(self, name, text):
        folder = self.folder / "hosts" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hosts.toml").write_text(text)
        return ["--hosts-dir", self.folder / "hosts"]

    def mirror(self, *registries, more=""):
        return "".join(f'[host."http://{r.host}"]\n  capabilities = ["pull", "resolve"]\n{more}' for r in registries)

    def test_a_mirror(self):
        args = self.hosts("registry.corp.example", 'server = "https://registry.corp.example"\n' + self.mirror(self.registry))
        self.assert_found(inspect(*args, "registry.corp.example/team/app:1"))

    def test_of_docker_hub(self):
        self.registry.forget()
        args = self.hosts("docker.io", 'server = "https://registry-1.docker.io"\n' + self.mirror(self.registry))
        self.assert_found(inspect(*args, "python:3.8"))
        self.assertTrue(any("/v2/library/python/manifests/" in path for _, path, _, _ in self.registry.asked()))

    def policy(self, *mirrors):
        path = self.folder / f"{self.id()}.json"
        path.write_text(json.dumps({"apiVersion": "shelflife.dev/v1", "kind": "Policy", "mirrors": [
            {"from": start, "to": to} for start, to in mirrors]}))
        return ["--policy", path]

    def test_of_the_policy(self):
        self.registry.forget()
        args = self.policy((f"{self.registry.host}/prefix/", "registry.corp.example/"), (f"{self.other.host}/", "docker.io/"))
        self.assert_found(inspect(*args, "registry.corp.example/team/app:1"))
        self.assertEqual({path.split("/manifests/")[0] for _, path, _, _ in self.registry.asked() if "/manifests/" in path},
                         {"/v2/prefix/team/app"})
        self.assert_found(inspect(*args, "team/only-here:1"))

    def test_those_of_the_policy_are_not_asked_if_there_are_others(self):
        self.other.forget()
        args = self.hosts("registry.corp.example", self.mirror(self.registry))
        self.assert_found(inspect(*args, *self.policy((f"{self.other.host}/", "registry.corp.example/")),
                                  "registry.corp.example/team/app:1"))
        self.assertEqual(self.other.asked(), [])

    def test_the_next_one_if_the_first_does_not_have_it(self):
        args = self.hosts("registry.corp.example", self.mirror(self.registry, self.other))
        self.assert_found(inspect(*args, "registry.corp.example/team/only-here:1"))

    def test_the_next_one_if_others_do_not_answer(self):
        """Their queues of connections are full, so that no answer comes to a new one."""
        with contextlib.ExitStack() as stack:
            text = ""
            for _ in range(2):
                silent = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
                for _ in range(4):
                    client = stack.enter_context(socket.socket())
                    client.setblocking(False)
                    client.connect_ex(silent.getsockname())
                text += f'[host."http://127.0.0.1:{silent.getsockname()[1]}"]\n'
            args = self.hosts("registry.corp.example", text + self.mirror(self.registry))
            self.assert_found(inspect(*args, "registry.corp.example/team/app:1"))

    def test_for_all_others(self):
        self.assert_found(inspect(*self.hosts("_default", self.mirror(self.registry)), "registry.corp.example/team/app:1"))

    def test_a_path(self):
        text = f'[host."http://{self.registry.host}/v2/prefix"]\n  capabilities = ["pull", "resolve"]\n  override_path = true\n'
        self.registry.forget()
        self.assert_found(inspect(*self.hosts("registry.corp.example", text), "registry.corp.example/team/app:1"))
        self.assertTrue(any("/v2/prefix/team/app/" in path for _, path, _, _ in self.registry.asked()))

    def test_a_broken_file(self):
        done = inspect(*self.hosts("registry.corp.example", "server = \n"), "registry.corp.example/team/app:1")
        self.assertIn(done.code, (2, 3), done)
        self.assertIn("hosts.toml", done.err)


class Platforms(Case):
    @classmethod
    def setUpClass(cls):
        cls.registry = registry_rig.with_registry(cls)
        cls.by_platform = {platform: images.Image([f"PYTHON_VERSION=3.{i}.1"], platform=platform)
                           for i, platform in enumerate(["linux/amd64", "linux/arm64/v8", "linux/arm/v7", "windows/amd64"], 8)}
        entries = list(cls.by_platform.values())
        cls.index = images.Index([images.attestation(), *entries])
        for form in ("oci", "docker"):
            children = [images.Image([f"PYTHON_VERSION=3.{i}.1"], platform=p, form=form)
                        for i, p in enumerate(cls.by_platform, 8)]
            images.push(cls.registry, "team/app", form, images.Index(children, form=form))
        images.push(cls.registry, "team/app", "1", cls.index)
        images.push(cls.registry, "team/nested", "1", images.Index([images.Index([entries[1]]), images.Index([entries[0]])]))
        images.push(cls.registry, "team/lying", "1", images.Index([entries[1]], [{"os": "linux", "architecture": "amd64"}]))
        images.push(cls.registry, "team/empty", "1", images.Index([]))

    def version(self, *arguments):
        done = inspect(*arguments)
        self.assertEqual(done.code, 0, done)
        return evidence(done.json[0])["env", "PYTHON_VERSION"], done.json[0]

    def test_the_one_asked_for(self):
        for tag in ("1", "oci", "docker"):
            image = f"{self.registry.host}/team/app:{tag}"
            for platform, wanted in ((None, "3.8.1"), ("linux/amd64", "3.8.1"), ("linux/arm64", "3.9.1"), ("linux/arm64/v8", "3.9.1"),
                                     ("linux/arm/v7", "3.10.1"), ("linux/arm", "3.10.1"), ("windows/amd64", "3.11.1")):
                with self.subTest(tag=tag, platform=platform):
                    version, entry = self.version(*(["--platform", platform] if platform else []), image)
                    self.assertEqual(version, wanted)

    def test_both_digests(self):
        _, entry = self.version("--platform", "linux/arm64", f"{self.registry.host}/team/app:1")
        self.assertEqual((entry["inspected"]["digest"], entry["manifest"]),
                         (self.index.digest, self.by_platform["linux/arm64/v8"].digest))

    def test_none_of_them(self):
        self.assert_fails(inspect("--platform", "linux/s390x", f"{self.registry.host}/team/app:1"), "linux/s390x", "linux/arm64")
        self.assert_fails(inspect(f"{self.registry.host}/team/empty:1"), "linux/amd64")

    def test_no_platform(self):
        for text in ("linux", "linux/", "/amd64", "linux/amd64/v1/x", "linux amd64"):
            with self.subTest(text=text):
                self.assert_fails(inspect("--platform", text, f"{self.registry.host}/team/app:1"), "platform", code=2)

    def test_an_index_in_an_index(self):
        version, _ = self.version(f"{self.registry.host}/team/nested:1")
        self.assertEqual(version, "3.8.1")

    def test_an_index_that_lies(self):
        done = inspect(f"{self.registry.host}/team/lying:1")
        self.assertEqual(done.code, 0, done)
        self.assertIn("linux/arm64", done.out + done.err)


class Hostile(Case):
    def setUp(self):
        super().setUp()
        self.server = self.start()

    def start(self, context=None):
        server = trouble.Hostile(context)
        server.__enter__()
        self.addCleanup(server.__exit__)
        return server

    def with_trouble(self, name, what, image=PYTHON):
        return self.server.put(f"team/{name}", "1", image, what)

    def test_the_server_without_trouble(self):
        self.assert_found(inspect(self.with_trouble("good", None)))

    def test_what_passes(self):
        passing = {
            "busy": trouble.times(1, trouble.status(429, Retry_After="0")),
            "busy-date": trouble.times(1, trouble.status(429, Retry_After="Sun, 06 Nov 1994 08:49:37 GMT")),
            "away": trouble.times(1, trouble.status(503)),
            "broken": trouble.times(1, trouble.status(500, b"<html>")),
            "gateway": trouble.times(1, trouble.status(502, Retry_After="soon")),
            "dropped": trouble.times(1, trouble.drop),
            "half-manifest": trouble.only("manifests", trouble.times(1, trouble.half), "GET"),
            "half-config": trouble.only("blobs", trouble.times(1, trouble.half)),
        }
        for name, what in passing.items():
            with self.subTest(name):
                self.assert_found(inspect(self.with_trouble(name, what)))

    def test_odd_but_valid(self):
        odd = {
            "chunked": trouble.in_turn(trouble.only("manifests", trouble.chunked), trouble.only("blobs", trouble.chunked)),
            "no-digest": trouble.only("manifests", trouble.without_digest),
            "typed": trouble.only("manifests", trouble.typed(images.OCI_MANIFEST + "; charset=utf-8")),
            "untyped": trouble.only("manifests", trouble.typed(None)),
            "plain": trouble.only("manifests", trouble.typed("text/plain")),
            "no-head": trouble.only("manifests", trouble.status(405), "HEAD"),
        }
        for name, what in odd.items():
            with self.subTest(name):
                self.assert_found(inspect(self.with_trouble(name, what)))

    def test_what_does_not_pass(self):
        self.assert_fails(inspect(self.with_trouble("later", trouble.status(429, Retry_After="86400"))), "429")
        self.assertLessEqual(len(self.server.of("team/later")), 2)  # it does not wait for a day
        self.assert_fails(inspect(self.with_trouble("forbidden", trouble.status(403, trouble.error("DENIED", "not you")))), "403")
        self.assertLessEqual(len(self.server.of("team/forbidden")), 2)
        for name, what in (("missing", trouble.status(404, b"page not found\n")), ("teapot", trouble.status(418, b"\0\x1b[2J"))):
            with self.subTest(name):
                self.assert_fails(inspect(self.with_trouble(name, what)), f"team/{name}")

    def test_other_bytes(self):
        for kind in ("manifests", "blobs"):
            with self.subTest(kind):
                self.assert_fails(inspect(self.with_trouble(kind, trouble.only(kind, trouble.changed))), "digest")
        lie = trouble.only("manifests", trouble.lying("sha256:" + "0" * 64))
        self.assert_fails(inspect(self.with_trouble("lie", lie)), "digest|404")
        for text in ("sha256:short", "md5:" + "0" * 32, "x" * 9000, ""):
            with self.subTest(text=text):
                done = inspect(self.with_trouble("odd", trouble.only("manifests", trouble.lying(text))))
                self.assertIn(done.code, (0, 3), done)
                self.assertNotIn("xxxxx" * 100, done.err)

    def test_what_is_not_an_image(self):
        image = json.loads(PYTHON.manifest)

        def manifest(**changes):
            return json.dumps({**image, **changes}).encode()

        helm = manifest(config={**image["config"], "mediaType": "application/vnd.cncf.helm.config.v1+json"})
        empty = manifest(artifactType="application/vnd.example", config={
            "mediaType": "application/vnd.oci.empty.v1+json", "digest": images.digest_of(b"{}"), "size": 2})
        schema_1 = json.dumps({"schemaVersion": 1, "name": "team/app", "tag": "1", "architecture": "amd64", "fsLayers": [],
                               "history": []}).encode()
        for name, media_type, body, words in (
                ("helm", images.OCI_MANIFEST, helm, "not an image"), ("artifact", images.OCI_MANIFEST, empty, "not an image"),
                ("schema-1", images.SCHEMA_1, schema_1, "schema"), ("html", "text/html", b"<html>sign in</html>", "manifest|JSON"),
                ("nothing", images.OCI_MANIFEST, b"", "manifest"), ("list", images.OCI_MANIFEST, b"[]", "manifest"),
                ("future", images.OCI_MANIFEST, manifest(schemaVersion=3), "schema"),
                ("no-config", images.OCI_MANIFEST, manifest(config=None), "config"),
                ("path", images.OCI_MANIFEST, manifest(config={**image["config"], "digest": "sha256:../../x"}), "digest"),
                ("large", images.OCI_MANIFEST, manifest(config={**image["config"], "size": 1 << 62}), "size|large|limit"),
                ("deep", images.OCI_MANIFEST, b"[" * 100000, "manifest|JSON")):
            with self.subTest(name):
                self.assert_fails(inspect(self.with_trouble(name, trouble.replaced(media_type, body))), words)

    def test_indexes_without_end(self):
        image = PYTHON
        for _ in range(40):
            image = images.Index([image], [None])
        self.assert_fails(inspect(self.with_trouble("nested", None, image)), "index|nested|deep")
        self.assertLess(len(self.server.of("team/nested")), 30)

    def test_redirects_to_another_host(self):
        other = self.start()
        other.put("team/moved", "1", PYTHON)
        name = self.with_trouble("moved", trouble.in_turn(
            trouble.challenge('Basic realm="here"'), trouble.only("blobs", trouble.redirect(trouble.sibling(other)))))
        self.assert_found(inspect("--auth-file", self.credentials(self.server.host), name))
        self.assertTrue(any("authorization" in r["headers"] for r in self.server.of("team/moved")))
        self.assertTrue(other.asked)
        for request in other.asked:
            self.assertNotIn("authorization", request["headers"])

    def test_another_host_that_asks_for_a_password(self):
        other = self.start()
        other.put("team/asking", "1", PYTHON, trouble.challenge('Basic realm="there"'))
        name = self.with_trouble("asking", trouble.only("blobs", trouble.redirect(trouble.sibling(other))))
        self.assert_fails(inspect("--auth-file", self.credentials(self.server.host), name), "HTTP status 401")
        for request in other.asked + self.server.of("team/asking"):
            self.assertNotIn("authorization", request["headers"])

    def test_redirects_that_do_not_end(self):
        for code in (301, 302, 303, 307, 308):
            name = f"loop-{code}"
            self.assert_fails(inspect(self.with_trouble(name, trouble.redirect(lambda h: h.path, code))), "redirect")
            self.assertLess(len(self.server.of(f"team/{name}")), 30)

    def test_redirects_to_forbidden_places(self):
        watch = self.start()
        for i, url in enumerate((f"http://{METADATA}/latest/meta-data/", f"https://{METADATA}/", "http://[fe80::1]/", "http://2852039166/",
                                 "http://0xa9.0xfe.0xa9.0xfe/", "http://[::ffff:169.254.169.254]/", "file:///etc/passwd",
                                 "http://registry.corp.example/", "gopher://127.0.0.1/", "//" + METADATA + "/x", "https://")):
            with self.subTest(url=url):
                what = trouble.only("blobs", trouble.redirect(url))
                self.assert_fails(inspect(self.with_trouble(f"to-{i}", what), env=watch.as_proxy()), "redirect|link-local|Location|refused")
                self.assertEqual(watch.forget(), [])

    def test_realms_at_forbidden_places(self):
        watch = self.start()
        auth = self.credentials(self.server.host)
        for i, realm in enumerate((f"http://{METADATA}/token", f"https://{METADATA}/token", "http://[fe80::1]/token", "http://2852039166/",
                                   "file:///etc/passwd", "http://auth.corp.example/token", "ftp://127.0.0.1/", "", "/token",
                                   "https://" + "x" * 100000)):
            with self.subTest(realm=realm[:60]):
                what = trouble.challenge(f'Bearer realm="{realm}",service="here",scope="repository:team/app:pull"')
                self.assert_fails(inspect("--auth-file", auth, self.with_trouble(f"realm-{i}", what), env=watch.as_proxy()),
                                  "realm|link-local|challenge|token|refused")
                self.assertEqual(watch.forget(), [])

    def test_odd_challenges(self):
        for i, text in enumerate(("", "Bearer", "Bearer realm=", 'Bearer realm="', "Negotiate", "Basic", ",,,", 'Digest realm="x"',
                                  "Bearer " + "a=b," * 10000, 'Bearer realm="http://127.0.0.1:1/\\', "\xff\xfe")):
            with self.subTest(text=text[:60]):
                done = inspect("--auth-file", self.credentials(self.server.host), self.with_trouble(
                    f"challenge-{i}", trouble.challenge(text)))
                self.assertIn(done.code, (0, 3), done)
                for secret in SECRETS:
                    self.assertNotIn(secret, done.err)

    def test_a_registry_that_repeats_the_password(self):
        def repeat(answer):
            def answers(h):
                basic = h.headers.get("Authorization", "").removeprefix("Basic ")
                if not basic:
                    return h.answer(401, b"", WWW_Authenticate='Basic realm="x"')
                return answer(h, base64.b64decode(basic).decode().partition(":")[2], basic)
            return answers
        config = {"mediaType": "", "digest": images.digest_of(b""), "size": 0}
        for i, answer in enumerate((
                lambda h, password, _: h.answer(401, b"", WWW_Authenticate=f'Bearer realm="http://{h.server.host}/{password}"'),
                lambda h, password, _: h.answer(307, b"", Location=f"http://{password}.example/app"),
                lambda h, password, basic: h.answer(307, b"", Location=f"http://{h.server.host}/v2/a/manifests/{password}/{basic}"),
                lambda h, password, basic: h.answer(200, json.dumps({"schemaVersion": 2, "config": {
                    **config, "mediaType": f"{password}/{basic}"}}).encode(), Content_Type=images.OCI_MANIFEST),
                lambda h, password, _: h.answer(200, json.dumps({"schemaVersion": 2, "manifests": [{
                    **config, "platform": {"os": password, "architecture": "x"}}]}).encode(), Content_Type=images.OCI_INDEX))):
            with self.subTest(i):
                pair = ("bob", "open-sesame-7")  # which a URL can have
                done = inspect("--auth-file", self.credentials(self.server.host, pair),
                               self.with_trouble(f"repeats-{i}", repeat(answer)))
                self.assert_fails(done, "…")
                for secret in (pair[1], base64.b64encode(":".join(pair).encode()).decode()):
                    self.assertNotIn(secret, done.out + done.err)

    def test_bodies_without_end(self):
        for kind in ("manifests", "blobs"):
            with self.subTest(kind):
                name = f"endless-{kind}"
                done = inspect(self.with_trouble(name, trouble.only(kind, trouble.endless)))
                self.assert_fails(done, f"team/{name}")
                with self.server.closed:
                    self.assertTrue(self.server.closed.wait_for(lambda: f"team/{name}" in self.server.sent, 60))
                self.assertLess(self.server.sent[f"team/{name}"], 64 << 20)
        self.assert_fails(inspect(self.with_trouble("head", trouble.huge_header)), "team/head")
        endless_error = trouble.only("manifests", lambda h: h.command == "GET" and trouble.endless(h))
        self.assert_fails(inspect(self.with_trouble("error", endless_error)), "team/error")

    def test_a_host_that_may_be_plain_http(self):
        elsewhere = self.start()
        elsewhere.put("team/app", "1", PYTHON)
        self.assert_found(inspect("--plain-http", "registry.corp.example", "registry.corp.example/team/app:1",
                                  env=elsewhere.as_proxy()))
        elsewhere.forget()
        self.assert_fails(inspect("registry.corp.example/team/app:1", env=elsewhere.as_proxy()), "registry.corp.example")
        self.assertLessEqual({r["method"] for r in elsewhere.forget()}, {"CONNECT"})

    def test_several_at_a_time(self):
        names = [self.server.put(f"team/many-{i}", "1", images.Image([*images.PYTHON, f"A={i}"])) for i in range(50)]
        bad = [self.with_trouble(f"bad-{i}", trouble.status(404)) for i in range(5)]
        done = inspect(*names, *bad)
        self.assertEqual(done.code, 4, done)
        self.assertEqual(sum("3.8.20" in json.dumps(entry) for entry in done.json), 50)
        for name in bad:
            self.assertIn(name, done.err)


class Configurations(Case):
    """Configurations that no builder writes."""

    def setUp(self):
        super().setUp()
        self.server = trouble.Hostile()
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)

    def of(self, name, config):
        data = config if isinstance(config, bytes) else json.dumps(config).encode()
        return inspect(self.server.put(f"team/{name}", "1", images.Image(config=data)))

    def system(self, **config):
        return {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}, "config": config}

    def test_much_of_it(self):
        for name, config in (
                ("env", self.system(Env=[*images.PYTHON, *(f"N{i}=v" for i in range(100_000))])),
                ("labels", self.system(Env=images.PYTHON, Labels={f"n{i}": "v" for i in range(100_000)})),
                ("history", {**self.system(Env=images.PYTHON), "history": [{"created_by": f"RUN {i}"} for i in range(100_000)]})):
            with self.subTest(name):
                done = self.of(name, config)
                if done.code == 0:
                    self.assert_found(done)
                else:
                    self.assert_fails(done, f"team/{name}")
                self.assertLess(done.memory, 400 if SANITIZED else 64)

    def test_what_is_too_large(self):
        done = self.of("large", json.dumps(self.system(Env=["A=" + "x" * (64 << 20)])).encode())
        self.assert_fails(done, "team/large")
        self.assertLess(done.memory, 400 if SANITIZED else 64)

    def test_a_version_of_a_megabyte(self):
        done = self.of("version", self.system(Env=["PYTHON_VERSION=" + "3" * (1 << 20)]))
        self.assertIn(done.code, (0, 3), done)
        self.assertLess(len(done.err), 4000)

    def test_control_characters(self):
        done = self.of("control", self.system(Env=["PYTHON_VERSION=3.8.20\x1b[2J\u202e"], Labels={"\x1b]0;": "\x07"}))
        self.assertEqual(done.code, 0, done)
        for text in (done.out, done.err, Done("inspect", f"{self.server.host}/team/control:1").out):
            self.assertFalse([c for c in text if ord(c) < 32 and c != "\n" or c == "\u202e"], text)

    def test_what_says_nothing(self):
        for name, config in (("none", {"os": "linux", "architecture": "amd64"}), ("null", {**self.system(), "config": None, "history": None}),
                             ("nulls", self.system(Env=None, Labels=None))):
            with self.subTest(name):
                done = self.of(name, config)
                self.assertEqual(done.code, 0, done)
                self.assertEqual(done.json[0]["evidence"], [])

    def test_what_is_wrong(self):
        for name, config in (("text", self.system(Env="PYTHON_VERSION=3.8.20")), ("numbers", self.system(Env=[1, 2])),
                             ("labels", self.system(Labels=["a"])), ("deep", b"[" * 100_000), ("cut", b'{"os": "linux"'),
                             ("latin", b'{"os": "linux", "architecture": "amd64", "config": {"Env": ["A=\xff"]}}'), ("nothing", b"")):
            with self.subTest(name):
                done = self.of(name, config)
                self.assertIn(done.code, (0, 3), done)
                self.assertEqual(done.out.count("\x1b"), 0)

    def test_no_other_variable_is_shown(self):
        image = self.server.put("team/secret", "1", images.Image([*images.PYTHON, "DATABASE_PASSWORD=open-sesame"]))
        for form in ("table", "json"):
            done = Done("inspect", "-o", form, image)
            self.assertEqual(done.code, 0, done)
            self.assertNotIn("open-sesame", done.out + done.err)
            self.assertIn("3.8.20", done.out)


if __name__ == "__main__":
    unittest.main()
