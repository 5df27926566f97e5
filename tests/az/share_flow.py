"""A file share: protected, backed up, restored completely and by file, stopped, unregistered."""
import json
import unittest

from session import Flow, az

KIND = "--backup-management-type AzureStorage --workload-type AzureFileShare"


class Share(Flow):
    def test_backup_and_restore(self):
        source = self.folder / "shares/documents"
        source.mkdir()
        (source / "letters").mkdir()
        (source / "letters/one.txt").write_text("dear reader\n")
        (source / "empty.txt").touch()
        az("group create -n shares -l westeurope")
        az("storage account create -n sharesaccount -g shares -l westeurope --sku Standard_LRS")
        self.put("/resourceGroups/shares/providers/Microsoft.Storage/storageAccounts/sharesaccount/fileServices/default"
                 "/shares/documents", "2022-09-01", {"properties": {"metadata": {"quaymaster_path": str(source)}}})
        self.plain_vault("shares", "v1")
        vault = "-g shares -v v1"
        az("backup vault backup-properties set -g shares -n v1 --soft-delete-feature-state Disable")
        policy = self.policy(vault)
        az(f"backup protection enable-for-azurefileshare {vault} -p {policy} --storage-account sharesaccount"
           " --azure-file-share documents")
        containers = az(f"backup container list {vault} --backup-management-type AzureStorage")
        self.assertEqual([one["properties"]["friendlyName"] for one in containers], ["sharesaccount"])
        items = az(f"backup item list {vault} {KIND}")
        self.assertEqual([one["properties"]["friendlyName"] for one in items], ["documents"])
        which = f"-c sharesaccount -i documents {KIND}"
        job = az(f"backup protection backup-now {vault} {which} --retain-until 01-02-2030")
        self.assertEqual(self.ended(vault, job)["properties"]["status"], "Completed")
        points = az(f"backup recoverypoint list {vault} {which}")
        self.assertEqual(len(points), 1)
        restore = (f"{vault} -c sharesaccount -i documents -r {points[0]['name']} --resolve-conflict Overwrite")
        (source / "letters/one.txt").write_text("changed\n")
        job = az(f"backup restore restore-azurefiles {restore} --restore-mode OriginalLocation --source-file-type File"
                 " --source-file-path letters/one.txt")
        self.assertEqual(self.ended(vault, job)["properties"]["status"], "Completed")
        self.assertEqual((source / "letters/one.txt").read_text(), "dear reader\n")
        (source / "empty.txt").unlink()
        job = az(f"backup restore restore-azurefileshare {restore} --restore-mode OriginalLocation")
        self.assertEqual(self.ended(vault, job)["properties"]["status"], "Completed")
        self.assertTrue((source / "empty.txt").exists())
        az(f"backup protection disable {vault} {which} -y")
        az(f"backup protection resume {vault} {which} -p {policy}")
        az(f"backup protection disable {vault} {which} -y --delete-backup-data true")
        self.assertEqual(az(f"backup item list {vault} {KIND}"), [])
        az(f"backup container unregister {vault} -c sharesaccount -y --backup-management-type AzureStorage")
        self.assertEqual(az(f"backup container list {vault} --backup-management-type AzureStorage"), [])
        az("backup vault delete -g shares -n v1 -y")

    def policy(self, vault):
        at = "2026-11-21T02:00:00+00:00"
        policy = {"properties": {
            "backupManagementType": "AzureStorage", "workLoadType": "AzureFileShare", "timeZone": "UTC",
            "schedulePolicy": {"schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Daily",
                               "scheduleRunTimes": [at]},
            "retentionPolicy": {"retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": {
                "retentionTimes": [at], "retentionDuration": {"count": 30, "durationType": "Days"}}}}}
        path = self.folder / "work/share-policy.json"
        path.write_text(json.dumps(policy))
        az(f"backup policy create {vault} -n daily --policy @{path} {KIND}")
        return "daily"


if __name__ == "__main__":
    unittest.main()
