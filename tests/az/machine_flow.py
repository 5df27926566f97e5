"""A virtual machine from the first vault to the last job, as commands of a user of az."""
import datetime
import json
import os
import sys
import unittest

import dateutil.parser

from session import Failed, Flow, az


class Machine(Flow):
    @classmethod
    def setUpClass(cls):
        with open(cls.folder / "images/vm1.raw", "wb") as image:
            image.truncate(16 << 20)
            image.seek(1 << 20)
            image.write(bytes(range(256)) * 4096)
        az("group create -n machines -l westeurope")
        az("storage account create -n machinesaccount -g machines -l westeurope --sku Standard_LRS")
        compute = "/resourceGroups/machines/providers/Microsoft.Compute"
        disk = cls.put(f"{compute}/disks/disk1", "2022-07-02", {
            "location": "westeurope", "sku": {"name": "Premium_LRS"},
            "properties": {"osType": "Linux", "creationData": {
                "createOption": "Import", "sourceUri": str(cls.folder / "images/vm1.raw")}}})
        cls.machine = cls.put(f"{compute}/virtualMachines/vm1", "2022-08-01", {
            "location": "westeurope", "properties": {
                "hardwareProfile": {"vmSize": "Standard_D2s_v3"},
                "storageProfile": {"osDisk": {"osType": "Linux", "name": "disk1", "createOption": "Attach",
                                              "managedDisk": {"id": disk["id"]}}}}})["id"]

    def vault(self, name):
        az(f"backup vault create -g machines -n {name} -l westeurope")
        return f"-g machines -v {name}"

    def protected(self, name):
        self.plain_vault("machines", name)
        vault = f"-g machines -v {name}"
        az(f"backup protection enable-for-vm {vault} --vm vm1 -p DefaultPolicy")
        return vault

    def backed_up(self, vault):
        job = az(f"backup protection backup-now {vault} -c vm1 -i vm1 --retain-until 01-02-2030"
                 " --backup-management-type AzureIaasVM --workload-type VM")
        self.assertEqual(job["properties"]["operation"], "Backup")
        self.assertEqual(self.ended(vault, job)["properties"]["status"], "Completed")
        return job["name"]

    def test_vault(self):
        vault = self.vault("v-vault")
        again = az("backup vault create -g machines -n v-vault -l westeurope")
        self.assertEqual(again["properties"]["provisioningState"], "Succeeded")
        self.assertIn("v-vault", [one["name"] for one in az("backup vault list -g machines")])
        self.assertIn("v-vault", [one["name"] for one in az("backup vault list")])
        az("backup vault backup-properties set -g machines -n v-vault --backup-storage-redundancy LocallyRedundant")
        born = az("backup vault backup-properties show -g machines -n v-vault")[1]["properties"]["softDeleteFeatureState"]
        az("backup vault backup-properties set -g machines -n v-vault --soft-delete-feature-state Disable")
        shown = az("backup vault backup-properties show -g machines -n v-vault")
        self.assertEqual(shown[0]["properties"]["storageModelType"], "LocallyRedundant")
        self.assertEqual(shown[1]["properties"]["softDeleteFeatureState"],
                         {"Enabled": "Disabled", "AlwaysON": "AlwaysON"}[born], "the newest az asks for AlwaysON")
        az("backup vault backup-properties set -g machines -n v-vault --classic-alerts Enable")
        az("backup vault identity assign -g machines -n v-vault --system-assigned")
        az("backup vault identity show -g machines -n v-vault")
        az("backup vault encryption show -g machines -n v-vault")
        self.refused("backup vault show -g machines -n nothing", 3, "ResourceNotFound")
        self.assertEqual(az(f"backup item list {vault}"), [])
        az("backup vault delete -g machines -n v-vault -y")
        self.refused("backup vault show -g machines -n v-vault", 3, "ResourceNotFound")

    def test_policies(self):
        vault = self.vault("v-policies")
        names = [one["name"] for one in az(f"backup policy list {vault}")]
        self.assertIn("DefaultPolicy", names)
        az(f"backup policy list {vault} --backup-management-type AzureIaasVM --workload-type VM")
        policy = az(f"backup policy get-default-for-vm {vault}")
        self.assertEqual(policy["properties"]["retentionPolicy"]["dailySchedule"]["retentionDuration"]["count"], 30)
        policy["properties"]["retentionPolicy"]["dailySchedule"]["retentionDuration"]["count"] = 60
        path = self.folder / "work/policy.json"
        path.write_text(json.dumps(policy))
        az(f"backup policy create {vault} -n sixty --policy @{path} --backup-management-type AzureIaasVM"
           " --workload-type VM")
        policy["properties"]["retentionPolicy"]["dailySchedule"]["retentionDuration"]["count"] = 61
        path.write_text(json.dumps(policy))
        az(f"backup policy set {vault} -n sixty --policy @{path}")
        shown = az(f"backup policy show {vault} -n sixty")
        self.assertEqual(shown["properties"]["retentionPolicy"]["dailySchedule"]["retentionDuration"]["count"], 61)
        self.assertEqual(az(f"backup policy list-associated-items {vault} -n sixty"
                            " --backup-management-type AzureIaasVM"), [])
        az(f"backup policy delete {vault} -n sixty")
        self.refused(f"backup policy show {vault} -n sixty", 3, "sixty")

    def test_backup_and_restore(self):
        vault = self.protected("v-restore")
        found = az(f"backup protection check-vm --vm {self.machine}")
        self.assertTrue(found.lower().endswith("/vaults/v-restore"), found)
        containers = az(f"backup container list {vault} --backup-management-type AzureIaasVM")
        self.assertEqual([one["properties"]["friendlyName"] for one in containers], ["vm1"])
        az(f"backup container show {vault} -n vm1 --backup-management-type AzureIaasVM")
        items = az(f"backup item list {vault} --backup-management-type AzureIaasVM --workload-type VM")
        self.assertEqual([one["properties"]["friendlyName"] for one in items], ["vm1"])
        item = az(f"backup item show {vault} -c vm1 -n vm1 --backup-management-type AzureIaasVM --workload-type VM")
        self.assertEqual(item["properties"]["protectionState"], "IRPending")
        native = az(f"backup item show {vault}", "-c", containers[0]["name"], "-n", item["name"])
        self.assertEqual(native["id"], item["id"])

        job = self.backed_up(vault)
        shown = az(f"backup job show {vault} -n {job}")
        self.assertEqual(shown["properties"]["status"], "Completed")
        listed = az(f"backup job list {vault} --status Completed --operation Backup")
        self.assertEqual([one["name"] for one in listed], [job])
        self.assertEqual(az(f"backup job list {vault} --status Failed"), [])

        points = az(f"backup recoverypoint list {vault} -c vm1 -i vm1 --backup-management-type AzureIaasVM"
                    " --workload-type VM")
        self.assertEqual(len(points), 1)
        point = points[0]["name"]
        one = az(f"backup recoverypoint show {vault} -c vm1 -i vm1 -n {point} --backup-management-type AzureIaasVM"
                 " --workload-type VM")
        self.assertEqual(one["name"], point)
        self.assertEqual(az(f"backup recoverypoint list {vault} -c vm1 -i vm1 --start-date 01-01-2020 --end-date"
                            " 02-01-2020 --backup-management-type AzureIaasVM --workload-type VM"), [])
        restore = az(f"backup restore restore-disks {vault} -c vm1 -i vm1 -r {point} --storage-account machinesaccount"
                     " --target-resource-group machines")
        self.assertEqual(restore["properties"]["operation"], "Restore")
        self.assertEqual(self.ended(vault, restore)["properties"]["status"], "Completed")

        self.network()
        elsewhere = az(f"backup restore restore-disks {vault} -c vm1 -i vm1 -r {point} --storage-account"
                       " machinesaccount --target-resource-group machines --target-vm-name vm2 --target-vnet-name net"
                       " --target-vnet-resource-group machines --target-subnet-name default")
        self.assertEqual(self.ended(vault, elsewhere)["properties"]["status"], "Completed")
        self.assertIn("vm2", [one["name"] for one in az("vm list -d -g machines")])
        az("vm delete -g machines -n vm2 -y")

        stopped = az(f"backup protection disable {vault} -c vm1 -i vm1 -y --backup-management-type AzureIaasVM"
                     " --workload-type VM")
        self.assertEqual(stopped["properties"]["status"], "Completed")
        resumed = az(f"backup protection resume {vault} -c vm1 -i vm1 -p DefaultPolicy"
                     " --backup-management-type AzureIaasVM --workload-type VM")
        self.assertEqual(resumed["properties"]["status"], "Completed")
        az(f"backup item set-policy {vault} -c vm1 -n vm1 -p DefaultPolicy --backup-management-type AzureIaasVM"
           " --workload-type VM")
        az(f"backup protection disable {vault} -c vm1 -i vm1 -y --delete-backup-data true --backup-management-type"
           " AzureIaasVM --workload-type VM")
        az(f"backup protection undelete {vault} -c vm1 -i vm1 --backup-management-type AzureIaasVM --workload-type VM")
        az("backup vault backup-properties set -g machines -n v-restore --soft-delete-feature-state Disable")
        az(f"backup protection disable {vault} -c vm1 -i vm1 -y --delete-backup-data true --backup-management-type"
           " AzureIaasVM --workload-type VM")
        self.assertEqual(az(f"backup item list {vault}"), [])
        az("backup vault delete -g machines -n v-restore -y")

    def network(self):
        try:
            az("network vnet create -g machines -n net --address-prefix 10.0.0.0/16 --subnet-name default"
               " --subnet-prefixes 10.0.0.0/24")
        except Failed as failed:  # Debian's az cannot load its own network commands: use a generic resource
            self.assertIn("'NoneType' object has no attribute", failed.text)
            subnet = {"name": "default", "properties": {"addressPrefix": "10.0.0.0/24"}}
            network = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": [subnet]}
            az("resource create -g machines -n net -l westeurope --resource-type Microsoft.Network/virtualNetworks -p",
               json.dumps(network))
        else:
            self.assertEqual([one["name"] for one in az("network vnet list -g machines")], ["net"])
            self.refused("network vnet subnet delete -g machines --vnet-name net -n default", 1, "with their virtual network")

    def begun(self, vault):
        """A backup that runs for a second or two: half a gibibyte of incompressible data."""
        with open(self.folder / "images/vm1.raw", "wb") as image:
            for _ in range(8):
                image.write(os.urandom(64 << 20))
        job = az(f"backup protection backup-now {vault} -c vm1 -i vm1 --retain-until 01-02-2030"
                 " --backup-management-type AzureIaasVM --workload-type VM")
        self.assertEqual(job["properties"]["status"], "InProgress", "the first look is not held")
        return job["name"]

    def test_machines_with_details(self):
        shown = az("vm show -d -g machines -n vm1")
        self.assertEqual(shown["networkProfile"]["networkInterfaces"], [])
        self.assertEqual([one["name"] for one in az("vm list -d -g machines")], ["vm1"])
        statuses = [one["code"] for one in az("vm get-instance-view -g machines -n vm1")["instanceView"]["statuses"]]
        self.assertIn("PowerState/unknown", statuses)

    def test_wait_for_a_job_and_stop_one(self):
        vault = self.protected("v-stop")
        job = self.begun(vault)
        az(f"backup job wait {vault} -n {job}")
        came_back = datetime.datetime.now(datetime.timezone.utc)
        shown = az(f"backup job show {vault} -n {job}")["properties"]
        self.assertEqual(shown["status"], "Completed")
        late = (came_back - dateutil.parser.isoparse(shown["endTime"])).total_seconds()
        print(f"az backup job wait came back {late * 1000:.0f} ms after the job's end", file=sys.stderr)
        self.assertLess(late, 5, "az looks again after 30 s, unless the server holds its request")

        job = self.begun(vault)
        az(f"backup job stop {vault} -n {job}")
        self.assertEqual(self.ended(vault, {"name": job})["properties"]["status"], "Cancelled")
        job = self.backed_up(vault)
        self.refused(f"backup job stop {vault} -n {job}", 1, "BMSUserErrorJobNotCancellable")
        self.refused(f"backup job show {vault} -n 00000000-0000-0000-0000-000000000001", 3, "JobNotFound")


if __name__ == "__main__":
    unittest.main()
