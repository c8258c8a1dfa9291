"""Image patterns of a policy: images that are made for them cost little, and no other name of an image avoids them."""
import json
import pathlib
import re
import tempfile
import unittest

from webhook import TestCase, pod_review

IMAGES, PATTERNS = 20000, 400
HEAD = "apiVersion: shelflife.dev/v1\nkind: Policy\n"
MIRROR = "mirrors:\n- {from: harbor.corp.example/hub/, to: docker.io/}\n- {from: harbor.corp.example/cache/, to: mirror.gcr.io/}\n"
NAMES = ["python", "docker.io/library/python", "mirror.gcr.io/library/python", "public.ecr.aws/docker/library/python",
         "Index.Docker.IO/library/python", "MIRROR.gcr.io:443/library/python", "harbor.corp.example/hub/python",
         "HARBOR.corp.example:0443/hub/library/python", "harbor.corp.example/cache/library/python"]


def exceptions(patterns):
    return "exceptions:\n" + "".join(
        f'- {{images: ["{pattern}"], owner: team, reason: contract, until: 2099-01-01}}\n' for pattern in patterns)


class Patterns(TestCase):
    def serve_policy(self, text):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        policy = pathlib.Path(folder.name, "policy.yaml")
        policy.write_text(HEAD + text)
        return self.serve("--policy", policy, "--body-timeout", "10m")

    def judge(self, server, images):
        review = pod_review()
        review["request"]["object"]["spec"]["containers"] = [
            {"name": f"c{i}", "image": image} for i, image in enumerate(images)]
        status, body = server.post(json.dumps(review).encode(), "/validate?timeout=10m")[:2]
        self.assertEqual(status, 200)
        return body["response"]

    def test_many_images_that_almost_match_many_patterns_are_judged(self):
        # One pattern at a time, this takes minutes, longer than the client waits.
        patterns = [f"**/**:**team*-legacy*-legacy*-legacy*x{i}" for i in range(PATTERNS)]
        server = self.serve_policy("actions: {unpatched: deny}\n" + exceptions([*patterns, "**/python:2.7**waived"]))
        almost = [f"docker.io/library/python:2.7-team{'-legacy' * 13}-{i}" for i in range(IMAGES)]
        response = self.judge(server, almost)
        self.assertFalse(response["allowed"])
        shown, more = re.fullmatch(r"(.*); and (\d+) more", response["status"]["message"]).groups()
        self.assertEqual(shown.count('container "') + int(more), IMAGES)
        response = self.judge(server, [image + "-waived" for image in almost])
        self.assertTrue(response["allowed"], response)

    def test_a_denial_holds_under_every_name_of_an_image(self):
        server = self.serve_policy(MIRROR + 'overrides:\n- {images: ["docker.io/library/python**"], actions: {unpatched: deny}}\n')
        for name in NAMES:
            for tag in ("2.7", "2.7-slim", "2.7@sha256:" + "a" * 64):
                with self.subTest(name=name, tag=tag):
                    self.assertFalse(self.judge(server, [f"{name}:{tag}"])["allowed"])
        self.assertTrue(self.judge(server, ["mirror.gcr.io/library/ruby:2.7"])["allowed"])

    def test_an_exception_or_a_milder_override_holds_under_the_written_name_only(self):
        denied = "actions: {unpatched: deny}\n" + MIRROR
        for text in (exceptions(["docker.io/library/python:2.7"]),
                     'overrides:\n- {images: ["docker.io/library/python:2.7"], actions: {unpatched: allow}}\n'):
            server = self.serve_policy(denied + text)
            for name in NAMES:
                with self.subTest(name=name):
                    written = name in ("python", "docker.io/library/python", "Index.Docker.IO/library/python")
                    self.assertEqual(self.judge(server, [f"{name}:2.7"])["allowed"], written)

    def test_an_exception_for_a_mirror_does_not_extend_to_what_it_mirrors(self):
        server = self.serve_policy("actions: {unpatched: deny}\n" + MIRROR + exceptions(["harbor.corp.example/hub/**"]))
        for name in NAMES:
            with self.subTest(name=name):
                written = name.lower().startswith("harbor") and "/hub/" in name
                self.assertEqual(self.judge(server, [f"{name}:2.7"])["allowed"], written)


if __name__ == "__main__":
    unittest.main()
