"""Backs the directory DIR up as a file share and restores it, with the official SDK.

    eval "$(quaymaster env --for python)"; python3 backup.py DIR     # below a directory of --share-directories
"""
import os
import sys
import time
from functools import partial

from azure.identity import ClientSecretCredential
from azure.mgmt.recoveryservices import RecoveryServicesClient
from azure.mgmt.recoveryservicesbackup import RecoveryServicesBackupClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.storage import StorageManagementClient

url = os.environ["QUAYMASTER_URL"]
who = ClientSecretCredential(os.environ["AZURE_TENANT_ID"], os.environ["AZURE_CLIENT_ID"],
                             os.environ["AZURE_CLIENT_SECRET"], authority=url, disable_instance_discovery=True)
where = {"base_url": url, "credential_scopes": [url + "/.default"]}
subscription = os.environ["AZURE_SUBSCRIPTION_ID"]
backup = RecoveryServicesBackupClient(who, subscription, **where)
at = ("vault1", "python")
container = "StorageContainer;Storage;python;pythonaccount"
share = ("Azure", container, "AzureFileShare;documents")


def run(request, *what):
    """Sends the request, follows the operation named by its 202 to the job, and waits for the job."""
    answers = []
    request(*at, *what, raw_response_hook=lambda answer: answers.append(answer.http_response))
    operation = answers[0].headers["Azure-AsyncOperation"].split("?")[0].rsplit("/", 1)[1]
    while (status := backup.backup_operation_statuses.get(*at, operation)).status == "InProgress":
        time.sleep(0.1)
    while (job := backup.job_details.get(*at, status.properties.job_id).properties).status == "InProgress":
        time.sleep(0.1)
    print(f"{job.operation}: {job.status}")
    assert job.status == "Completed", job.error_details


ResourceManagementClient(who, subscription, **where).resource_groups.create_or_update("python", {"location": "westeurope"})
storage = StorageManagementClient(who, subscription, **where)
account = storage.storage_accounts.begin_create("python", "pythonaccount", {
    "location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}).result()
storage.file_shares.create("python", "pythonaccount", "documents", {
    "properties": {"metadata": {"quaymaster_path": os.path.abspath(sys.argv[1])}}})
RecoveryServicesClient(who, subscription, **where).vaults.begin_create_or_update("python", "vault1", {
    "location": "westeurope", "sku": {"name": "RS0", "tier": "Standard"},
    "properties": {"publicNetworkAccess": "Enabled"}}).result()
daily = ["2026-11-21T02:00:00Z"]
policy = backup.protection_policies.create_or_update(*at, "daily", {"properties": {
    "backupManagementType": "AzureStorage", "workLoadType": "AzureFileShare", "timeZone": "UTC",
    "schedulePolicy": {"schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Daily",
                       "scheduleRunTimes": daily},
    "retentionPolicy": {"retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": {
        "retentionTimes": daily, "retentionDuration": {"count": 30, "durationType": "Days"}}}}})
backup.protection_containers.begin_register(*at, "Azure", container, {"properties": {
    "containerType": "StorageContainer", "backupManagementType": "AzureStorage", "sourceResourceId": account.id}}).result()
run(partial(backup.protected_items.begin_create_or_update, polling=False), *share, {"properties": {
    "protectedItemType": "AzureFileShareProtectedItem", "policyId": policy.id, "sourceResourceId": account.id}})
share = (*share[:-1], next(iter(backup.backup_protected_items.list(*at))).name)  # the name is assigned by the vault
run(backup.backups.trigger, *share, {"properties": {"objectType": "AzureFileShareBackupRequest"}})
point = next(iter(backup.recovery_points.list(*at, *share)))
run(partial(backup.restores.begin_trigger, polling=False), *share, point.name, {"properties": {
    "objectType": "AzureFileShareRestoreRequest", "recoveryType": "OriginalLocation", "sourceResourceId": account.id,
    "restoreRequestType": "FullShareRestore", "copyOptions": "Overwrite"}})
