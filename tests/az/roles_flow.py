"""Roles: definitions and assignments, and what a principal may do before and after."""
import os
import re
import subprocess
import unittest

from session import Flow, az


class Roles(Flow):
    @classmethod
    def setUpClass(cls):
        az("group create -n roles -l westeurope")
        cls.scope = f"/subscriptions/{cls.subscription}/resourceGroups/roles"
        made = subprocess.run([os.environ["QUAYMASTER_BINARY"], "principal", "create", "worker"], check=True,
                              capture_output=True, text=True).stdout
        cls.worker = re.search("^object id +(.*)$", made, re.M)[1]
        cls.client = re.search("^client id +(.*)$", made, re.M)[1]

    def assignments(self, *more):
        return az(f"role assignment list --scope {self.scope}", *more)

    def test_definitions(self):
        names = [one["roleName"] for one in az("role definition list")]
        for name in ("Owner", "Reader", "Backup Operator", "Storage Blob Data Owner"):
            self.assertIn(name, names)
        shown = az("role definition list", "--name", "Backup Reader")
        self.assertEqual([one["name"] for one in shown], ["a795c7a0-d4a2-40c1-ae25-d81f01202912"])

    def test_assignments(self):
        give = f"role assignment create --assignee-object-id {self.worker} --assignee-principal-type ServicePrincipal"
        made = az(f"{give} --scope {self.scope} --role", "Backup Operator")
        self.assertEqual((made["principalId"], made["scope"]), (self.worker, self.scope))
        again = az(f"{give} --scope {self.scope} --role", "Backup Operator")
        self.assertEqual(again["id"], made["id"], "az makes one of a conflict")
        listed = [one for one in self.assignments() if one["principalId"] == self.worker]
        self.assertEqual([one["roleDefinitionName"] for one in listed], ["Backup Operator"])
        inherited = self.assignments("--include-inherited")
        self.assertIn("Owner", [one["roleDefinitionName"] for one in inherited], "the administrator's, from above")
        self.assertIn(made["id"], [one["id"] for one in az("role assignment list --all")])
        az(f"role assignment delete --ids {made['id']}")
        self.assertEqual([one for one in self.assignments() if one["principalId"] == self.worker], [])

    def test_the_directory(self):
        shown = az(f"ad sp show --id {self.client}")
        self.assertEqual((shown["id"], shown["displayName"]), (self.worker, "worker"))
        self.assertIn(self.client, [one["appId"] for one in az("ad sp list --all")])
        made = az(f"role assignment create --assignee {self.client} --role Reader --scope {self.scope}")
        self.assertEqual(made["principalId"], self.worker)
        for listed in (az(f"role assignment list --assignee {self.client} --scope {self.scope}"),
                       az(f"role assignment list --scope {self.scope} --role Reader")):
            self.assertEqual([one["principalName"] for one in listed], [self.client])
        az(f"role assignment delete --assignee {self.client} --role Reader --scope {self.scope}")
        self.assertEqual(az(f"role assignment list --assignee {self.client} --scope {self.scope}"), [])

    def test_refusals(self):
        nobody = "--assignee-object-id dddddddd-0000-4000-8000-000000000001 --assignee-principal-type ServicePrincipal"
        self.refused(f"role assignment create {nobody} --scope {self.scope} --role Reader", 1, "PrincipalNotFound")
        self.refused(f"role assignment create --assignee-object-id {self.worker} --assignee-principal-type "
                     f"ServicePrincipal --scope {self.scope}x --role Reader", 3, "ResourceGroupNotFound")


if __name__ == "__main__":
    unittest.main()
