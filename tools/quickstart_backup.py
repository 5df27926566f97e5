"""The backups of the quickstart: a virtual machine and a file share, protected, backed up, changed, restored, stopped."""
import filecmp
import os
import shutil
import subprocess
import sys
import time
import urllib.parse

from azure_rest import Failed, mebibytes, say

VAULT, MACHINE, SHARE, POLICY = "quickstart-vault", "vm1", "documents", "nightly"
API = {"backup": "2024-04-01", "compute": "2024-07-01", "storage": "2022-09-01"}
LOCATION = "westus"
MOST_BYTES = 512 << 20  # of the source that is copied to the image and the share


def copy_sample(source, target):
    """Copies regular files of the source, up to MOST_BYTES in total; returns the number of bytes."""
    total = 0
    for folder, folders, names in os.walk(source):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.islink(path) or not os.path.isfile(path) or not os.access(path, os.R_OK):
                continue
            total += os.path.getsize(path)
            if total > MOST_BYTES:
                return total
            copy = os.path.join(target, os.path.relpath(path, source))
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copyfile(path, copy)
    return total


def build_image(tree, size, image):
    """A raw disk image with an ext4 file system that contains the tree."""
    blocks = f"{(size * 3 // 2 >> 20) + 128}M"
    made = subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-N", "200000", "-d", tree, image, blocks],
                          capture_output=True, text=True)
    if made.returncode != 0:
        raise Failed(f"mke2fs could not build the image: {made.stderr.strip()}")


def change_image(image, scratch):
    """Replaces and adds a few files in the file system, as a running machine would."""
    commands = []
    for number in range(5):
        path = scratch / f"change-{number}"
        path.write_bytes(os.urandom(200_000))
        commands.append(f"write {path} changed-{number}")
    changed = subprocess.run(["debugfs", "-w", "-f", "-", image], input="\n".join(commands) + "\n",
                             capture_output=True, text=True)
    if changed.returncode != 0:
        raise Failed(f"debugfs could not change the image: {changed.stderr.strip()}")


class Vault:
    """One Recovery Services vault over REST."""

    def __init__(self, arm):
        self.arm = arm
        self.path = f"{arm.group}/providers/Microsoft.RecoveryServices/vaults/{VAULT}"
        self.jobs = []

    def at(self, tail, query=""):
        return f"{self.path}{tail}?api-version={API['backup']}{query}"

    def call(self, method, tail, body=None):
        return self.arm.ask(method, self.at(tail), body)

    def properties(self, tail):
        return self.call("GET", tail)[0]["properties"]

    def finish(self, headers):
        """Follows Azure-AsyncOperation to its end; returns the job it names, if any."""
        address = urllib.parse.urlparse(headers["Azure-AsyncOperation"])
        while True:
            answer, _ = self.arm.ask("GET", f"{address.path}?{address.query}")
            if answer["status"] == "Succeeded":
                return answer.get("properties", {}).get("jobId")
            if answer["status"] != "InProgress":
                raise Failed(f"the operation {answer['name']} ended {answer['status']}: {answer.get('error')}")
            time.sleep(0.05)

    def run(self, what, method, tail, body=None):
        """Sends a request that starts a job and follows the job to its end."""
        _, headers = self.call(method, tail, body)
        job = self.finish(headers)
        return self.watch(what, job)

    def watch(self, what, job):
        live = sys.stdout.isatty()
        while True:
            properties = self.properties(f"/backupJobs/{job}")
            info = properties["extendedInfo"]
            done = info.get("progressPercentage", 0 if properties["status"] == "InProgress" else 100)
            tasks = ", ".join(f"{task['taskId']} {task['status']}" for task in info["tasksList"])
            line = f"  {what:<22} {properties['operation']:<16} {properties['status']:<11} {done:5.1f} %  {tasks}"
            if live:
                print("\r\033[K" + line, end="", flush=True)
            if properties["status"] not in ("InProgress", "Cancelling"):
                print() if live else say(line)
                self.jobs.append((what, job, properties))
                if properties["status"] != "Completed":
                    raise Failed(f"the job {job} ended {properties['status']}: {properties.get('errorDetails')}")
                return properties
            time.sleep(0.1)


def create_vault(arm):
    vault = Vault(arm)
    _, headers = vault.call("PUT", "", {"location": LOCATION, "sku": {"name": "Standard"}, "properties": {}})
    vault.finish(headers)
    return vault


def create_machine(arm, image):
    disk = f"{arm.group}/providers/Microsoft.Compute/disks/{MACHINE}-os"
    arm.call("PUT", disk, API["compute"], {"location": LOCATION, "properties": {
        "osType": "Linux", "creationData": {"createOption": "Import", "sourceUri": str(image)}}}, (200, 201, 202))
    machine = f"{arm.group}/providers/Microsoft.Compute/virtualMachines/{MACHINE}"
    arm.call("PUT", machine, API["compute"], {"location": LOCATION, "properties": {
        "hardwareProfile": {"vmSize": "Standard_DS1_v2"},
        "storageProfile": {"osDisk": {"osType": "Linux", "createOption": "Attach", "managedDisk": {"id": disk}}}}},
        (200, 201, 202))
    return machine


def create_share(arm, account, name, directory):
    directory.mkdir(parents=True, exist_ok=True)
    arm.call("PUT", f"{account}/fileServices/default/shares/{name}", API["storage"],
             {"properties": {"metadata": {"quaymaster_path": str(directory)}}})


def create_policies(vault):
    at = "2026-01-01T22:30:00Z"
    schedule = {"schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Daily", "scheduleRunTimes": [at]}
    retention = {"retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": {
        "retentionTimes": [at], "retentionDuration": {"count": 30, "durationType": "Days"}}}
    common = {"schedulePolicy": schedule, "retentionPolicy": retention, "timeZone": "W. Europe Standard Time"}
    vault.call("PUT", f"/backupPolicies/{POLICY}-vm", {"properties": {
        "backupManagementType": "AzureIaasVM", "instantRpRetentionRangeInDays": 2, **common}})
    vault.call("PUT", f"/backupPolicies/{POLICY}-share", {"properties": {
        "backupManagementType": "AzureStorage", "workLoadType": "AzureFileShare", **common}})


def points_of(vault, item):
    """Oldest first."""
    listed = vault.call("GET", f"{item}/recoveryPoints")[0]["value"]
    return [point["name"] for point in reversed(listed)]


def machine_round(arm, vault, images, tree, size, account):
    group = arm.group.rsplit("/", 1)[1]
    image = images / "vm1.raw"
    build_image(tree, size, image)
    machine = create_machine(arm, image)
    item = (f"/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;{group};{MACHINE}"
            f"/protectedItems/VM;iaasvmcontainerv2;{group};{MACHINE}")
    protect = {"protectedItemType": "Microsoft.Compute/virtualMachines", "sourceResourceId": machine}
    say(f"machine {MACHINE} with a disk of {mebibytes(image.stat().st_size)} (ext4)")
    vault.run("protect machine", "PUT", item,
              {"properties": {**protect, "policyId": f"{vault.path}/backupPolicies/{POLICY}-vm"}})
    backup = {"properties": {"objectType": "IaasVMBackupRequest"}}
    vault.run("first backup", "POST", f"{item}/backup", backup)
    original = images / "original.copy"
    subprocess.run(["cp", "--sparse=always", image, original], check=True)
    change_image(image, images)
    vault.run("changed backup", "POST", f"{item}/backup", backup)

    point = points_of(vault, item)[0]
    restored = vault.run("restore disk", "POST", f"{item}/recoveryPoints/{point}/restore", {"properties": {
        "objectType": "IaasVMRestoreRequest", "recoveryPointId": point, "recoveryType": "RestoreDisks",
        "sourceResourceId": machine, "storageAccountId": account, "region": LOCATION,
        "targetResourceGroupId": arm.group, "createNewCloudService": False, "originalStorageAccountOption": False}})
    found = restored_disk(arm, restored)
    if not filecmp.cmp(original, found, shallow=False):
        raise Failed(f"the restored disk {found} differs from what was backed up")
    say(f"  restored disk         {mebibytes(os.path.getsize(found))}, identical to the original")
    vault.run("stop protection", "PUT", item, {"properties": {
        **protect, "policyId": "", "protectionState": "ProtectionStopped"}})


def restored_disk(arm, job):
    """The image file of the managed disk that a restore created."""
    disks = arm.call("GET", f"{arm.group}/providers/Microsoft.Compute/disks", API["compute"])["value"]
    new = [disk for disk in disks if disk["name"] != f"{MACHINE}-os"]
    if len(new) != 1:
        raise Failed(f"the restore should have made one disk, there are {len(new)}: {job['extendedInfo']}")
    return new[0]["properties"]["creationData"]["sourceUri"].removeprefix("file://")


def share_round(arm, vault, shares, account):
    group, name = arm.group.rsplit("/", 1)[1], account.rsplit("/", 1)[1]
    create_share(arm, account, SHARE, shares / SHARE)
    create_share(arm, account, "elsewhere", shares / "elsewhere")
    container = f"/backupFabrics/Azure/protectionContainers/StorageContainer;Storage;{group};{name}"
    _, headers = vault.call("PUT", container, {"properties": {
        "backupManagementType": "AzureStorage", "containerType": "StorageContainer", "sourceResourceId": account}})
    vault.finish(headers)
    vault.finish(vault.call("POST", f"{container}/inquire")[1])
    query = urllib.parse.quote("backupManagementType eq 'AzureStorage'")
    found = arm.ask("GET", vault.at("/backupProtectableItems", f"&$filter={query}"))[0]["value"]
    one = next(item for item in found if item["properties"]["friendlyName"] == SHARE)
    item = f"{container}/protectedItems/{one['name']}"
    vault.run("protect share", "PUT", item, {"properties": {
        "protectedItemType": "AzureFileShareProtectedItem", "sourceResourceId": account,
        "policyId": f"{vault.path}/backupPolicies/{POLICY}-share"}})
    vault.run("backup share", "POST", f"{item}/backup", {"properties": {"objectType": "AzureFileShareBackupRequest"}})

    wanted = next(os.path.relpath(os.path.join(folder, names[0]), shares / SHARE)
                  for folder, _, names in os.walk(shares / SHARE) if names)
    point = points_of(vault, item)[0]
    vault.run("restore one file", "POST", f"{item}/recoveryPoints/{point}/restore", {"properties": {
        "objectType": "AzureFileShareRestoreRequest", "recoveryType": "AlternateLocation",
        "sourceResourceId": account, "copyOptions": "Overwrite", "restoreRequestType": "ItemLevelRestore",
        "restoreFileSpecs": [{"path": wanted, "fileSpecType": "File", "targetFolderPath": "found"}],
        "targetDetails": {"name": "elsewhere", "targetResourceId": account}}})
    restored = shares / "elsewhere" / "found" / os.path.basename(wanted)
    if not filecmp.cmp(shares / SHARE / wanted, restored, shallow=False):
        raise Failed(f"the restored file {restored} differs from {wanted}")
    say(f"  restored file         {wanted}, identical to the original")
    vault.run("stop share", "PUT", item, {"properties": {
        "protectedItemType": "AzureFileShareProtectedItem", "sourceResourceId": account, "policyId": "",
        "protectionState": "ProtectionStopped"}})


def print_jobs(jobs):
    say(f"\n{'job':<18} {'operation':<16} {'status':<10} {'seconds':>8} {'bytes read':>12} {'bytes new':>12} {'rate':>12}")
    for what, _, job in jobs:
        numbers = job["extendedInfo"].get("internalPropertyBag", {})
        seconds = iso_seconds(job["duration"])
        read, new = int(numbers.get("Bytes read", 0)), int(numbers.get("Bytes new", 0))
        rate = f"{read / 1048576 / seconds:,.0f} MiB/s" if read and seconds else ""
        say(f"{what:<18} {job['operation']:<16} {job['status']:<10} {seconds:8.2f} "
            f"{mebibytes(read) if read else '':>12} {mebibytes(new) if 'Bytes new' in numbers else '':>12} {rate:>12}")


def iso_seconds(text):
    """PT1H2M3.5S"""
    seconds, number = 0.0, ""
    for letter in text.removeprefix("PT"):
        if letter in "HMS":
            seconds += float(number) * {"H": 3600, "M": 60, "S": 1}[letter]
            number = ""
        else:
            number += letter
    return seconds


def back_up_and_restore(arm, account, source, root):
    images, shares = root / "images", root / "shares"
    size = copy_sample(source, shares / SHARE)
    vault = create_vault(arm)
    say(f"vault {VAULT} created")
    create_policies(vault)
    machine_round(arm, vault, images, shares / SHARE, size, account)
    share_round(arm, vault, shares, account)
    return vault.jobs
