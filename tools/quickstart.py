#!/usr/bin/env python3
"""The main job on real input, from outside: everything here speaks the public REST APIs with Python's own library.

Prepares a drive folder from a directory, imports it through Microsoft.ImportExport with backupDriveManifest, watches the
job, then checks the manifest backup against the drive and every blob against its source file. Ends non-zero with one
line when anything differs.
"""
import argparse
import base64
import concurrent.futures
import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree

GROUP, ACCOUNT, CONTAINER, JOB, DRIVE = "quickstart", "quickstartdata", "tree", "first-import", "QM000001"
API = {"resources": "2021-04-01", "storage": "2022-09-01", "import": "2021-01-01"}


class Failed(Exception):
    """What went wrong, in one line a person can act on."""


def say(text):
    print(text, flush=True)


def mebibytes(count):
    return f"{count / 1048576:,.1f} MiB"


class Server:
    """`quaymaster serve` on free ports, with its own data directory and dock."""

    def __init__(self, binary, root):
        self.binary, self.data, self.dock = binary, root / "data", root / "dock"
        self.log = root / "server.log"
        self.dock.mkdir()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [binary, "serve", "--data", self.data, "--dock", self.dock, "--arm-port", "0", "--blob-port", "0"],
                stdout=log, stderr=log)
        started = time.monotonic()
        while not (self.data / "endpoints.json").exists():
            if self.process.poll() is not None or time.monotonic() - started > 30:
                raise Failed(f"the server did not start; its log ends: {self.tail()}")
            time.sleep(0.01)
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

    def __init__(self, env):
        self.url = urllib.parse.urlparse(env["QUAYMASTER_URL"])
        self.tls = ssl.create_default_context(cafile=env["SSL_CERT_FILE"])
        self.connection = http.client.HTTPSConnection(self.url.hostname, self.url.port, context=self.tls)
        self.subscription = f"/subscriptions/{env['AZURE_SUBSCRIPTION_ID']}"
        self.group = f"{self.subscription}/resourceGroups/{GROUP}"
        form = urllib.parse.urlencode({
            "grant_type": "client_credentials", "client_id": env["AZURE_CLIENT_ID"],
            "client_secret": env["AZURE_CLIENT_SECRET"], "scope": "https://management.azure.com/.default"})
        status, answer, _ = self.exchange("POST", f"/{env['AZURE_TENANT_ID']}/oauth2/v2.0/token", form,
                                          {"Content-Type": "application/x-www-form-urlencoded"})
        if status != 200:
            raise Failed(f"no token: {answer}")
        self.token = answer["access_token"]

    def exchange(self, method, path, body, headers):
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text else None, response.headers

    def call(self, method, path, version, body=None, accept=(200, 201)):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = json.dumps(body) if body is not None else None
        status, answer, _ = self.exchange(method, f"{path}?api-version={version}", data, headers)
        if status not in accept:
            raise Failed(f"{method} {path} answered {status}: {answer}")
        return answer


class Blobs:
    """The Blob service with Shared Key, signed here and not by any library of the server. One connection a thread."""

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


def regular_files(root):
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path) and os.access(path, os.R_OK):
                yield path


def file_digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest() if hasattr(hashlib, "file_digest") \
            else hashlib.sha256(file.read()).digest()


def prepare_drive(binary, source, drive):
    """Writes files and manifest onto the drive folder; answers its driveList entry."""
    command = [binary, "drive", "prepare", source, drive, "--account", ACCOUNT, "--container", CONTAINER,
               "--drive-id", DRIVE, "--json"]
    process = subprocess.run(command, capture_output=True, text=True)
    if process.returncode != 0:
        raise Failed(f"drive prepare failed: {process.stderr.strip().splitlines()[-1:]}")
    events = [json.loads(line) for line in process.stdout.splitlines() if line.startswith("{")]
    entry = next((event["drive"] for event in events if event.get("event") == "done"), None)
    if entry is None:
        raise Failed("drive prepare printed no driveList entry")
    return entry


def create_resources(arm):
    arm.call("PUT", arm.group, API["resources"], {"location": "westus"})
    account = f"{arm.group}/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}"
    arm.call("PUT", account, API["storage"], {
        "location": "westus", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}, accept=(200, 201, 202))
    keys = arm.call("POST", f"{account}/listKeys", API["storage"])
    endpoint = arm.call("GET", account, API["storage"])["properties"]["primaryEndpoints"]["blob"]
    return account, keys["keys"][0]["value"], endpoint


def create_job(arm, account, entry):
    job = f"{arm.group}/providers/Microsoft.ImportExport/jobs/{JOB}"
    address = {"recipientName": "Quickstart", "streetAddress1": "1 Quay", "city": "Harbour", "postalCode": "10000",
               "countryOrRegion": "US", "phone": "5550100", "email": "quickstart@example.org"}
    arm.call("PUT", job, API["import"], {"location": "westus", "properties": {
        "storageAccountId": account, "jobType": "Import", "returnAddress": address, "backupDriveManifest": True,
        "logLevel": "Verbose", "driveList": [entry]}})
    arm.call("PATCH", job, API["import"], {"properties": {"state": "Shipping", "deliveryPackage": {
        "carrierName": "By hand", "trackingNumber": "1", "driveCount": 1}}})
    return job


def watch(arm, job):
    live = sys.stdout.isatty()
    last, started = None, time.monotonic()
    while True:
        properties = arm.call("GET", job, API["import"])["properties"]
        drive = properties["driveList"][0]
        line = (f"  {properties['state']:<13} {properties.get('percentComplete', 0):>3} %  drive {drive['state']:<13} "
                f"{mebibytes(drive.get('bytesSucceeded', 0)):>14}  {time.monotonic() - started:6.1f} s")
        if live:
            print("\r" + line, end="", flush=True)
        elif properties["state"] != last:
            say(line)
        last = properties["state"]
        if last in ("Completed", "Closed"):
            if live:
                print()
            return properties, time.monotonic() - started
        time.sleep(0.05)


def check_manifest(server, blobs, uri, drive, entry):
    path = urllib.parse.urlparse(uri).path.removeprefix(blobs.url.path.rstrip("/"))
    if not path.startswith("/waimportexport/waies/"):
        raise Failed(f"manifestUri does not point into waimportexport/waies: {uri}")
    original = (drive / entry["manifestFile"].lstrip("\\").replace("\\", "/")).read_bytes()
    if blobs.read(path) != original:
        raise Failed("the manifest backup differs from the manifest on the drive")
    say(f"  manifest backup   {len(original):,} bytes, identical to the drive's")


def check_blobs(blobs, source, threads):
    files = {os.path.relpath(path, source): path for path in regular_files(source)}
    names = list(blobs.names(CONTAINER))
    if sorted(files) != sorted(names):
        missing, extra = sorted(set(files) - set(names)), sorted(set(names) - set(files))
        raise Failed(f"{len(missing)} files have no blob, {len(extra)} blobs have no file: {(missing + extra)[:3]}")

    def compare(name):
        digest, size = blobs.digest(f"/{CONTAINER}/{urllib.parse.quote(name)}")
        if digest != file_digest(files[name]):
            raise Failed(f"blob {name} differs from its source file")
        return size

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return len(names), sum(pool.map(compare, names))


def run(options):
    source = pathlib.Path(options.directory).resolve()
    if not source.is_dir():
        raise Failed(f"{source} is not a directory")
    with contextlib.ExitStack() as cleanup:
        root = pathlib.Path(tempfile.mkdtemp(prefix="quaymaster-quickstart-", dir=options.work))
        cleanup.callback(shutil.rmtree, root, ignore_errors=True)
        server = Server(options.binary, root)
        cleanup.callback(lambda: server.process.poll() is None and server.process.kill())
        say(f"server ready at {server.env['QUAYMASTER_URL']}")

        started = time.monotonic()
        drive = root / "drive"
        drive.mkdir()
        entry = prepare_drive(options.binary, source, drive)
        say(f"drive {DRIVE} prepared from {source} in {time.monotonic() - started:.1f} s")

        arm = Arm(server.env)
        account, key, endpoint = create_resources(arm)
        job = create_job(arm, account, entry)
        say(f"import job {JOB} created, drive docked")
        docked = server.dock / "drive-1"
        drive.rename(docked)

        properties, seconds = watch(arm, job)
        result = properties["driveList"][0]
        if properties["state"] != "Completed" or result["state"] != "Completed":
            raise Failed(f"the job ended {properties['state']}, the drive {result['state']} ({result.get('copyStatus')})")
        say(f"  manifestUri       {result['manifestUri']}")

        blobs = Blobs(endpoint, ACCOUNT, key)
        check_manifest(server, blobs, result["manifestUri"], docked, entry)
        files, size = check_blobs(blobs, source, threads=4)
        say(f"  every blob        {files:,} files, identical to their sources")
        server.stop()
        say(f"imported {files:,} files, {mebibytes(size)} in {seconds:.2f} s: {size / 1048576 / seconds:,.0f} MiB/s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", nargs="?", default="/usr/share", help="what to put on the drive (default /usr/share)")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--work", help="where the drive, the dock and the server's data live while it runs")
    try:
        run(parser.parse_args())
    except Failed as failure:
        print(f"quickstart: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
