"""A headless Chromium, driven by chromedriver's WebDriver protocol with nothing but the standard library."""
import base64
import json
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

CONTROL = {"LEFT": "\ue012", "UP": "\ue013", "RIGHT": "\ue014", "DOWN": "\ue015", "HOME": "\ue011", "END": "\ue010",
           "PAGE_UP": "\ue00e", "PAGE_DOWN": "\ue00f", "TAB": "\ue004", "ENTER": "\ue007", "ESCAPE": "\ue00c",
           "SHIFT": "\ue008", "BACKSPACE": "\ue003"}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """Started by `with`; a window of its own profile, dropped at the end."""

    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix="shelflife-browser.")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}", "--log-level=WARNING"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}"
        self.session = None
        try:
            self._wait()
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.session:
            try:
                self._ask("DELETE", "")
            except (OSError, RuntimeError):
                pass
        self.driver.terminate()
        self.driver.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _wait(self):
        for _ in range(200):
            try:
                urllib.request.urlopen(self.url + "/status", timeout=5).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("chromedriver did not start")

    def _start(self):
        args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--hide-scrollbars", f"--user-data-dir={self.profile}"]
        capabilities = {"browserName": "chrome", "goog:chromeOptions": {"args": args},
                        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        body = {"capabilities": {"alwaysMatch": capabilities}}
        self.session = self._send("POST", self.url + "/session", body)["sessionId"]
        self._ask("POST", "/url", {"url": "about:blank"})
        self.settle()
        self.requests()  # of the browser's own first page

    def _send(self, method, url, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def _ask(self, method, path, body=None):
        return self._send(method, f"{self.url}/session/{self.session}{path}", body)

    def open(self, file, address=""):
        """`address` begins with "#"."""
        if address:  # else the same file would not be read again
            self._ask("POST", "/url", {"url": "about:blank"})
        self._ask("POST", "/url", {"url": pathlib.Path(file).resolve().as_uri() + address})

    def run(self, script, *args):
        """What the script returns; it sees its arguments as `arguments`."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(args)})

    def settle(self):
        """Waits until what was asked for is drawn, delays of typing included."""
        self._ask("POST", "/execute/async", {"args": [], "script": "const done = arguments[0]; "
                                             "setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 160);"})

    def find(self, selector):
        return self._ask("POST", "/element", {"using": "css selector", "value": selector})

    def click(self, selector):
        self.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", selector)
        self._ask("POST", f"/element/{self.find(selector)[ELEMENT]}/click", {})
        self.settle()

    def type(self, selector, text):
        self._ask("POST", f"/element/{self.find(selector)[ELEMENT]}/value", {"text": text})
        self.settle()

    def press(self, *keys, held=()):
        """Presses keys one after the other on what has the focus."""
        def change(kind, key):
            return {"type": kind, "value": CONTROL.get(key, key)}
        actions = [change("keyDown", key) for key in held]
        for key in keys:
            actions += [change("keyDown", key), change("keyUp", key)]
        actions += [change("keyUp", key) for key in held]
        self._ask("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})
        self.settle()

    def drag(self, selector, dx, steps=10, finger=False):
        """Drags an element to the right (or left) by this number of pixels."""
        self.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", selector)
        moves = [{"type": "pointerMove", "duration": 10, "origin": "pointer", "x": round(dx * (i + 1) / steps) - round(dx * i / steps),
                  "y": 0} for i in range(steps)]
        actions = [{"type": "pointerMove", "duration": 0, "origin": self.find(selector), "x": 0, "y": 0},
                   {"type": "pointerDown", "button": 0}, *moves, {"type": "pointerUp", "button": 0}]
        self._ask("POST", "/actions", {"actions": [{"type": "pointer", "id": "finger" if finger else "mouse", "actions": actions,
                                                 "parameters": {"pointerType": "touch" if finger else "mouse"}}]})
        self.settle()

    def devtools(self, command, **parameters):
        return self._ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def size(self, width, height, mobile=False):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)

    def media(self, kind="", **features):
        listed = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.devtools("Emulation.setEmulatedMedia", media=kind, features=listed)

    def screenshot(self, file):
        """What the window shows."""
        shot = self.devtools("Page.captureScreenshot")
        pathlib.Path(file).write_bytes(base64.b64decode(shot["data"]))

    def complaints(self):
        """The messages on the console since the last call."""
        return [entry["message"] for entry in self._ask("POST", "/se/log", {"type": "browser"})]

    def requests(self):
        """URLs that were asked for since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self._ask("POST", "/se/log", {"type": "performance"})]
        return [message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"]
