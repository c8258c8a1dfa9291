#!/usr/bin/env python3
"""An exec credential plugin, as well-behaved as its first argument. It counts its runs in the file COUNT names."""
import json
import os
import sys
import time

VERSION = "client.authentication.k8s.io/v1"


def show(status, version=VERSION, kind="ExecCredential"):
    print(json.dumps({"apiVersion": version, "kind": kind, "status": status}))


def main(what, *rest):
    runs = 0
    if "COUNT" in os.environ:
        with open(os.environ["COUNT"], "a+", encoding="ascii") as f:
            f.write("x")
            f.flush()
            runs = f.tell()
    if what == "token":
        show({"token": rest[0]})
    elif what == "numbered":  # another token each time
        show({"token": f"token-{runs}"})
    elif what == "expiring":
        show({"token": f"token-{runs}", "expirationTimestamp": rest[0]})
    elif what == "certificate":
        show({"clientCertificateData": open(rest[0], encoding="ascii").read(),
              "clientKeyData": open(rest[1], encoding="ascii").read()})
    elif what == "show":  # what we were given: as a token
        info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
        show({"token": json.dumps([rest, os.environ.get("GIVEN"), info["spec"], sys.stdin.read()])})
    elif what == "old":
        show({"token": "x"}, version="client.authentication.k8s.io/v1beta1")
    elif what == "no-status":
        print(json.dumps({"apiVersion": VERSION, "kind": "ExecCredential"}))
    elif what == "empty":
        show({})
    elif what == "half":
        show({"clientCertificateData": "x"})
    elif what == "bad-time":
        show({"token": "x", "expirationTimestamp": "tomorrow"})
    elif what == "garbage":
        print("please log in: s3cret")
    elif what == "fail":
        sys.exit(7)
    elif what == "hang":
        time.sleep(60)
    elif what == "flood":
        while True:
            sys.stdout.write("x" * 65536)
    elif what == "background":  # a grandchild keeps standard output open
        show({"token": "x"})
        sys.stdout.flush()
        if os.fork() == 0:
            time.sleep(3)
            os._exit(0)
        os._exit(0)


main(*sys.argv[1:])
