"""The import of the quickstart: a drive folder created from a directory, its job, and the checks of its result."""
import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
import time
import urllib.parse

from azure_rest import Blobs, Failed, mebibytes, say

ACCOUNT, CONTAINER, JOB, DRIVE = "quickstartdata", "tree", "first-import", "QM000001"
API = {"resources": "2021-04-01", "storage": "2022-09-01", "import": "2021-01-01"}


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
    """Writes files and manifest to the drive folder; returns its driveList entry."""
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


def check_manifest(blobs, uri, drive, entry):
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


def import_directory(server, arm, binary, source, root):
    """Runs the import. Returns the account's resource id and a summary line."""
    started = time.monotonic()
    drive = root / "drive"
    drive.mkdir()
    entry = prepare_drive(binary, source, drive)
    say(f"drive {DRIVE} prepared from {source} in {time.monotonic() - started:.1f} s")

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
    check_manifest(blobs, result["manifestUri"], docked, entry)
    files, size = check_blobs(blobs, source, threads=4)
    say(f"  every blob        {files:,} files, identical to their sources")
    return account, f"imported {files:,} files, {mebibytes(size)} in {seconds:.2f} s: {size / 1048576 / seconds:,.0f} MiB/s"
