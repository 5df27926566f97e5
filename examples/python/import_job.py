"""Creates an import job for one drive, ships it, reads its keys back and cancels it.

    pip install azure-identity azure-mgmt-resource azure-mgmt-storage && pip install --pre azure-mgmt-storageimportexport
    eval "$(quaymaster env --for python)"; python3 import_job.py
"""
import os

from azure.identity import ClientSecretCredential
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.storage import StorageManagementClient
from azure.mgmt.storageimportexport import StorageImportExport  # a pre-release, which pip installs only with --pre

url = os.environ["QUAYMASTER_URL"]
who = ClientSecretCredential(os.environ["AZURE_TENANT_ID"], os.environ["AZURE_CLIENT_ID"],
                             os.environ["AZURE_CLIENT_SECRET"], authority=url, disable_instance_discovery=True)
where = {"base_url": url, "credential_scopes": [url + "/.default"]}
subscription = os.environ["AZURE_SUBSCRIPTION_ID"]
ResourceManagementClient(who, subscription, **where).resource_groups.create_or_update("drives", {"location": "westus2"})
account = StorageManagementClient(who, subscription, **where).storage_accounts.begin_create("drives", "drivesaccount", {
    "location": "westus2", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}).result()

client = StorageImportExport(who, subscription, **where)
print([location.name for location in client.locations.list()][:3])
job = client.jobs.create("import1", "drives", {"location": "westus2", "properties": {
    "job_type": "Import", "storage_account_id": account.id, "backup_drive_manifest": True, "log_level": "Verbose",
    "diagnostics_path": "waimportexport",
    "return_address": {"recipient_name": "Tests", "street_address1": "1 Street", "city": "Redmond",
                       "state_or_province": "WA", "postal_code": "98052", "country_or_region": "USA",
                       "phone": "4250000000", "email": "tests@example.org"},
    "return_shipping": {"carrier_name": "FedEx", "carrier_account_number": "123456789"},
    "drive_list": [{"drive_id": "00CA0001", "manifest_file": "\\DriveManifest.xml",
                    "bit_locker_key": "238810-662376-448998-450120-652806-203390-606320-483076",
                    "manifest_hash": "109B21108597EF36D5785F08303F3638", "drive_header_hash": ""}]}})
print(job.name, job.properties.state)
job = client.jobs.update("import1", "drives", {"state": "Shipping", "delivery_package": {
    "carrier_name": "FedEx", "tracking_number": "123", "drive_count": 1, "ship_date": "2026-11-21"}})
assert job.properties.state == "Shipping" and job.properties.backup_drive_manifest
assert [key.drive_id for key in client.bit_locker_keys.list("import1", "drives")] == ["00CA0001"]
client.jobs.update("import1", "drives", {"cancel_requested": True})
print([one.name for one in client.jobs.list_by_resource_group("drives")])
