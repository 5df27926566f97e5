"""The server from outside: started like a user would, called through its public REST APIs with Python's standard library."""
import base64
import datetime
import hashlib
import hmac
import http.client
import json
import signal
import ssl
import subprocess
import threading
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree


class Failed(Exception):
    """An error, described in one line for the user."""


def say(text):
    print(text, flush=True)


def mebibytes(count):
    return f"{count / 1048576:,.1f} MiB"


class Server:
    """`quaymaster serve` on free ports, with its own data directory and dock."""

    def __init__(self, binary, root, options=()):
        self.binary, self.data, self.dock = binary, root / "data", root / "dock"
        self.log = root / "server.log"
        self.dock.mkdir()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [binary, "serve", "--data", self.data, "--dock", self.dock, "--arm-port", "0", "--blob-port", "0",
                 *options],
                stdout=log, stderr=log)
        started = time.monotonic()
        while not (self.data / "endpoints.json").exists():
            if self.process.poll() is not None or time.monotonic() - started > 30:
                raise Failed(f"the server did not start; its log ends: {self.tail()}")
            time.sleep(0.001)
        self.ready_at = time.monotonic()
        self.env = self.read_env()

    def read_env(self):
        text = subprocess.run([self.binary, "env", "--data", self.data], check=True, capture_output=True, text=True).stdout
        pairs = (line.removeprefix("export ").split("=", 1) for line in text.splitlines() if line.startswith("export "))
        return {name: value.strip("'\"") for name, value in pairs}

    def tail(self):
        return " | ".join(self.log.read_text(errors="replace").splitlines()[-3:])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        if code != 0:
            raise Failed(f"the server ended with {code}; its log ends: {self.tail()}")


class Arm:
    """Resource Manager with a token, the way any client does it."""

    def __init__(self, env, group):
        self.url = urllib.parse.urlparse(env["QUAYMASTER_URL"])
        self.tls = ssl.create_default_context(cafile=env["SSL_CERT_FILE"])
        self.connection = http.client.HTTPSConnection(self.url.hostname, self.url.port, context=self.tls)
        self.subscription = f"/subscriptions/{env['AZURE_SUBSCRIPTION_ID']}"
        self.group = f"{self.subscription}/resourceGroups/{group}"
        form = urllib.parse.urlencode({
            "grant_type": "client_credentials", "client_id": env["AZURE_CLIENT_ID"],
            "client_secret": env["AZURE_CLIENT_SECRET"], "scope": "https://management.azure.com/.default"})
        status, answer, _ = self.exchange("POST", f"/{env['AZURE_TENANT_ID']}/oauth2/v2.0/token", form,
                                          {"Content-Type": "application/x-www-form-urlencoded"})
        if status != 200:
            raise Failed(f"no token: {answer}")
        self.token = answer["access_token"]

    def exchange(self, method, path, body, headers):
        try:
            return self.try_exchange(method, path, body, headers)
        except (http.client.RemoteDisconnected, ConnectionError, ssl.SSLError):
            self.connection.close()  # the server closed it because it was idle; the next request opens another
            return self.try_exchange(method, path, body, headers)

    def try_exchange(self, method, path, body, headers):
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text else None, response.headers

    def ask(self, method, path, body=None, accept=(200, 201, 202, 204)):
        """Any path with its query, as in the server's own links. Returns body and headers."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = json.dumps(body) if body is not None else None
        status, answer, fields = self.exchange(method, path, data, headers)
        if status not in accept:
            raise Failed(f"{method} {path} answered {status}: {answer}")
        return answer, fields

    def call(self, method, path, version, body=None, accept=(200, 201)):
        return self.ask(method, f"{path}?api-version={version}", body, accept)[0]


class Blobs:
    """The Blob service with Shared Key, signed here and not by a library of the server. One connection per thread."""

    def __init__(self, endpoint, account, key):
        self.url = urllib.parse.urlparse(endpoint)
        self.account, self.key = account, base64.b64decode(key)
        self.local = threading.local()

    def connection(self):
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection(self.url.hostname, self.url.port)
        return self.local.connection

    def get(self, path, query=()):
        path = self.url.path.rstrip("/") + path
        date = datetime.datetime.now(datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
        resource = f"/{self.account}{path}" + "".join(f"\n{name}:{value}" for name, value in sorted(query))
        text = f"GET{12 * chr(10)}x-ms-date:{date}\nx-ms-version:2021-12-02\n{resource}"
        signature = base64.b64encode(hmac.new(self.key, text.encode(), hashlib.sha256).digest()).decode()
        connection = self.connection()
        connection.request("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""), headers={
            "x-ms-date": date, "x-ms-version": "2021-12-02", "Authorization": f"SharedKey {self.account}:{signature}"})
        response = connection.getresponse()
        if response.status != 200:
            raise Failed(f"GET {path} answered {response.status}: {response.read(300)!r}")
        return response

    def read(self, path):
        return self.get(path).read()

    def digest(self, path):
        """SHA-256 and size of a blob, streamed."""
        hasher, size, response = hashlib.sha256(), 0, self.get(path)
        while piece := response.read(1 << 20):
            hasher.update(piece)
            size += len(piece)
        return hasher.digest(), size

    def names(self, container):
        marker = ""
        while True:
            query = [("comp", "list"), ("restype", "container")] + ([("marker", marker)] if marker else [])
            page = ElementTree.fromstring(self.get(f"/{container}", query).read())
            for name in page.iterfind("Blobs/Blob/Name"):
                encoded = name.get("Encoded") == "true"
                yield urllib.parse.unquote(name.text) if encoded else name.text
            marker = page.findtext("NextMarker")
            if not marker:
                return
